"""odtool.toml."""

from pathlib import Path

import pytest

from odtool.errors import UsageError
from odtool.planning.offer import Digest, offer
from odtool.publishing.publish import connect
from odtool.settings.config import portal_named, portals, token
from tests.publishing import judged, sample

GOOD = """
[portals.city]
type = "ckan"
url = "https://data.example.jp/"
organization = "{code}"
token_file = "secret.txt"
licence = "cc-by-40-intl"
licence_title = "CC BY 4.0"

[portals.files]
type = "folder"
path = "public"
title = "舞鶴市のオープンデータ"
"""


def written(folder: Path, text: str) -> str:
    (folder / "odtool.toml").write_text(text, "utf-8")
    return str(folder / "odtool.toml")


def test_a_declared_portal_is_found_and_its_paths_start_at_the_file(tmp_path: Path) -> None:
    found = portal_named("files", written(tmp_path, GOOD))
    assert (found.type, Path(found.path), found.title) == (
        "folder",
        tmp_path / "public",
        "舞鶴市のオープンデータ",
    )
    city = portal_named("city", str(tmp_path / "odtool.toml"))
    assert (city.url, city.terms.id, city.terms.title) == (
        "https://data.example.jp",
        "cc-by-40-intl",
        "CC BY 4.0",
    )


def test_the_public_address_of_a_catalogue_is_read_like_any_address(tmp_path: Path) -> None:
    public = 'base_url = "https://opendata.example.lg.jp/"\n'
    found = portal_named("files", written(tmp_path, GOOD + public))
    assert found.base_url == "https://opendata.example.lg.jp"
    for wrong in ("javascript:x", "opendata", "https://x.example/?a=b", "https://user:pass@x.example/"):
        with pytest.raises(UsageError):
            portals(written(tmp_path, GOOD + public.replace("https://opendata.example.lg.jp/", wrong)))


def test_without_a_name_it_is_a_folder_under_cc_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = portal_named(None)
    assert (found.name, found.type, found.path) == ("folder:odtool-portal", "folder", "odtool-portal")
    assert found.terms.id == "CC-BY-4.0" and "creativecommons.org/licenses/by/4.0" in found.terms.url


def test_a_folder_or_an_address_may_be_named_directly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert portal_named("folder:out/x").path == "out/x"
    assert portal_named("https://data.example.jp/sub/").url == "https://data.example.jp/sub"


@pytest.mark.parametrize(
    "name", ["", "town", "folder:", "ftp://example.jp", "https://", "https://user:pass@example.jp"]
)
def test_any_other_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as refused:
        portal_named(name, written(tmp_path, GOOD))
    if name == "town":
        assert "city、files" in refused.value.ja and "city, files" in refused.value.en
    assert "pass@" not in refused.value.ja + refused.value.en


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[portal.x]\ntype = 'folder'", "portal"),
        ("[portals.x]\ntype = 'folder'\npath = 'p'\ncolour = 'red'", "portals.x.colour"),
        ("[portals.x]\ntype = 'ftp'", "portals.x.type"),
        ("[portals.x]\ntype = 'folder'", "portals.x.path"),
        ("[portals.x]\ntype = 'ckan'\nurl = 5", "portals.x.url"),
        ("[portals.x]\ntype = 'ckan'\nurl = 'data.example.jp'", "portals.x.url"),
        ("[portals.'x y']\ntype = 'folder'\npath = 'p'", "portals.x y"),
        ("portals = 3", "portals"),
        ("[portals]\nx = 3", "portals.x"),
        ("[portals", "odtool.toml"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(UsageError) as refused:
        portals(written(tmp_path, text))
    assert named in refused.value.ja and named in refused.value.en


def test_a_settings_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml"):
        portals(str(tmp_path / "none.toml"))


def test_the_token_is_the_portals_own_before_any_other(tmp_path: Path) -> None:
    city = portal_named("city", written(tmp_path, GOOD))
    (tmp_path / "secret.txt").write_text("of-the-file\n", "utf-8")
    assert token(city, {"ODTOOL_TOKEN_CITY": "own", "CKAN_API_TOKEN": "shared"}) == "own"
    assert token(city, {"CKAN_API_TOKEN": "shared"}) == "of-the-file"
    direct = portal_named("https://data.example.jp")
    assert token(direct, {"CKAN_API_TOKEN": "shared"}) == "shared"
    assert token(direct, {}) == ""


def test_a_broken_token_is_refused_without_being_shown(tmp_path: Path) -> None:
    direct = portal_named("https://data.example.jp")
    with pytest.raises(UsageError) as refused:
        token(direct, {"CKAN_API_TOKEN": "秘密 x"})
    assert "秘密" not in refused.value.ja + refused.value.en


RICH = """
[metadata]
author = "総務課"
maintainer = "情報政策課"

[metadata.262021]
author = "舞鶴市"
frequency = "1年"

[metadata.262021_aed]
frequency = "毎月"

[portals.kyoto]
profile = "bodik"
tags = ["京都府北部"]
datastore = true
views = "odtool"
report_url = "https://example.jp/reports/{dataset}/{file}.html"
max_upload_mb = 50

[portals.kyoto.extras]
copyright = "舞鶴市"

[portals.kyoto.names]
262021_aed = "26202_aed-ichiran"
"""


def test_what_is_stated_of_datasets_reaches_the_policy_and_the_closer_counts(tmp_path: Path) -> None:
    policy = portal_named("kyoto", written(tmp_path, RICH)).policy
    assert policy.of("262021", "262021_aed") == {
        "copyright": "舞鶴市", "author": "舞鶴市", "maintainer": "情報政策課", "frequency": "毎月",
    }  # fmt: skip
    assert policy.of("261009", "261009_aed")["author"] == "総務課"
    assert (policy.tags, policy.largest) == (("京都府北部",), 50_000_000)
    assert policy.names == {"262021_aed": "26202_aed-ichiran"} and "{dataset}" in policy.report_url
    direct = portal_named("https://data.example.jp", str(tmp_path / "odtool.toml"))
    assert direct.policy.of("262021", "262021_x")["frequency"] == "1年"


def test_what_is_stated_stands_in_the_plan_and_what_the_portal_does_not_hold_does_not(tmp_path: Path) -> None:
    settings = portal_named(
        "kyoto", written(tmp_path, RICH.replace("[metadata]\n", '[metadata]\ntemporal = "2026"\n'))
    )
    portal = connect(settings, writing=False)
    report, content = judged(sample("261009_aed.csv"))
    digest = Digest("0" * 64, len(content))
    made = offer(report, digest, settings.policy, judged="2026-11-20", holds=portal.holds)
    portal.close()
    assert made.metadata["author"] == "総務課" and made.metadata["language"] == "Japanese"
    assert made.metadata["licence"] == "cc-by-40-intl" and made.metadata["copyright"] == "舞鶴市"
    assert "temporal" not in made.metadata and "京都府北部" in made.tags
    large = offer(report, Digest("0" * 64, 50_000_001), settings.policy, judged="2026-11-20")
    assert large.refusal and large.refusal.cause == "portal" and "50.0 MB" in large.refusal.ja


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[metadata]\nfrequenzy = '1年'", "frequency"),
        ("[metadata]\n'更新頻度' = '1年'", "frequency"),
        ("[metadata.262021]\ntitel = 'x'", "title"),
        ("[metadata.262021]\nlicence = 'x'", "metadata.262021.licence"),
        ("[metadata.26202]\ntitle = 'x'", "metadata.26202"),
        ("[metadata.999999_aed]\ntitle = 'x'", "metadata.999999_aed"),
        ("[metadata]\ntitle = 3", "metadata.title"),
        ("metadata = 3", "metadata"),
        ("[portals.x]\nprofil = 'bodik'", "profile"),
        ("[portals.x]\nprofile = 'bodic'", "bodik"),
        ("[portals.x]\nprofile = 'bodik'\nviews = 'mine'", "portals.x.views"),
        ("[portals.x]\nprofile = 'bodik'\ndatastore = 'yes'", "portals.x.datastore"),
        ("[portals.x]\nprofile = 'bodik'\nmax_upload_mb = 0", "portals.x.max_upload_mb"),
        ("[portals.x]\nprofile = 'bodik'\nmax_upload_mb = true", "portals.x.max_upload_mb"),
        ("[portals.x]\nprofile = 'bodik'\ntags = ['保健・医療']", "portals.x.tags"),
        ("[portals.x]\nprofile = 'bodik'\ntags = 'x'", "portals.x.tags"),
        ("[portals.x]\nprofile = 'bodik'\n[portals.x.extras]\na = 1", "portals.x.extras"),
        ("[portals.x]\nprofile = 'bodik'\n[portals.x.extras]\nodtool_managed = '0'", "odtool_managed"),
        ("[portals.x]\nprofile = 'bodik'\n[portals.x.extras]\nlicence = 'x'", "portals.x.extras.licence"),
        ("[portals.x]\nprofile = 'bodik'\n[portals.x.names]\naed = 'x'", "portals.x.names.aed"),
        ("[portals.x]\nprofile = 'bodik'\n[portals.x.names]\n262021_aed = '../x'", "262021_aed"),
        ("[portals.x]\nprofile = 'shirasagi'", "portals.x.path"),
        ("[portals.x]\nname = 'x'", "portals.x.name"),
        ("[portals.x]\ntype = 'upload'", "portals.x.path"),
        ("[portals.x]\nprofile = 'bodik'\nbase_url = 'x'", "portals.x.base_url"),
        ("[portals.x]\ntype = 'ckan'\nurl = 'http://example.jp:99999'", "portals.x.url"),
        ("[portals.x]\nprofile = 'bodik'\norganization = 'town-{code6}'", "portals.x.organization"),
    ],
)  # fmt: skip
def test_a_wrong_key_or_value_is_named_with_what_was_probably_meant(
    tmp_path: Path, text: str, named: str
) -> None:
    with pytest.raises(UsageError) as refused:
        portals(written(tmp_path, text))
    assert named in refused.value.ja and named in refused.value.en


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJ4In0.c2lnbmF0dXJl"
UUID = "0bab2b7f-6962-41c8-872f-66ad9b40dcb1"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"[portals.x]\ntype = 'ckan'\nurl = 'https://x.jp'\ntoken = '{UUID}'", "portals.x.token"),
        (f"[portals.x]\ntype = 'ckan'\nurl = 'https://x.jp'\ncontact = '{JWT}'", "portals.x.contact"),
        (f"[portals.x]\ntype = 'ckan'\nurl = 'https://x.jp'\ntoken_env = '{UUID}'", "portals.x.token_env"),
        (f"[portals.x]\ntype = 'ckan'\nurl = 'https://x.jp'\ntags = ['{JWT}']", "portals.x.tags"),
        ("[portals.x]\ntype = 'ckan'\nurl = 'https://x.jp'\nreport_url = 'https://a:hush@x.jp'", "portals.x.report_url"),
        ("[portals.x.extras]\nAPI_KEY = 'hush'", "portals.x.extras.API_KEY"),
        ("[metadata]\npassword = 'hush'", "metadata.password"),
        (f"[metadata]\nauthor = '{JWT}'", "metadata.author"),
        (f"[x]\n{JWT.replace('.', '_')} = 1\n['{JWT}']\na = 1", "x"),
        ("[metadata]\nauthor = 'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE'", "metadata.author"),
    ],
)  # fmt: skip
def test_a_secret_in_the_settings_is_refused_without_being_shown(
    tmp_path: Path, text: str, place: str
) -> None:
    with pytest.raises(UsageError) as refused:
        portals(written(tmp_path, text))
    said = refused.value.ja + refused.value.en
    assert place in said
    assert not any(secret in said for secret in (JWT, UUID, "hush", "aB3dE5gH"))


def test_ordinary_settings_are_not_taken_for_secrets(tmp_path: Path) -> None:
    text = f"""
[portals.x]
type = "ckan"
url = "https://opendata.example.jp/Ckan2026/path-of-the-portal-of-our-town"
token_file = "secrets/Token-File-Of-Our-Town-2026.txt"
token_env = "OUR_TOKEN_2026"
contact = "https://example.jp/kikikanri/00001234"
[portals.x.names]
262021_aed = "{UUID}"
[metadata]
source_url = "https://example.jp/page?id=3"
"""
    assert portal_named("x", written(tmp_path, text)).names["262021_aed"] == UUID


@pytest.mark.parametrize(
    ("added", "line", "told"),
    [
        ("[portal.x]\n", 14, "portals のことですか"),
        ('[portals.city.extras]\napi_key = "abc"\n', 15, "パスワードのような"),
        ('[metadata]\nfrequncy = "1年"\n', 15, "frequency"),
        ('[portals.files.names]\n"a.b" = "c"\n', 15, "団体コード"),
    ],
)
def test_what_is_off_is_told_by_its_line(tmp_path: Path, added: str, line: int, told: str) -> None:
    with pytest.raises(UsageError) as error:
        portals(written(tmp_path, GOOD + added))
    assert f"odtool.toml の{line}行目: " in error.value.ja and told in error.value.ja
    assert f"odtool.toml, line {line}: " in error.value.en and "abc" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "second", "first"),
    [
        ('[metadata]\nauthor = "a"\n# …\nauthor = "b"\nlanguage = "ja"\n', 4, 2),
        ('[metadata]\nauthor = "a"\nauthor = "b"', 3, 2),
        ('[portals.x]\ntype = "folder"\n[metadata]\n[portals.x]\n', 4, 1),
        ('[metadata]\n"author" = "a"\nauthor = "b"\n', 3, 2),
    ],
)
def test_a_name_that_is_there_twice_is_told_with_both_lines(
    tmp_path: Path, text: str, second: int, first: int
) -> None:
    with pytest.raises(UsageError) as error:
        portals(written(tmp_path, text))
    assert f"{second}行目" in error.value.ja and f"{first}行目にもあります" in error.value.ja
    assert f"line {second} " in error.value.en and f"line {first}, too" in error.value.en
