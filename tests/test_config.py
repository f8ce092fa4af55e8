"""odtool.toml."""

from pathlib import Path

import pytest

from odtool.config import portal_named, portals, token
from odtool.errors import UsageError

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
    "name", ["town", "folder:", "ftp://example.jp", "https://", "https://user:pass@example.jp"]
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
