"""What is known of portals: every shipped profile, how settings use it, and how it is told."""

import json
import re
from pathlib import Path

import pytest

from odtool.errors import UsageError
from odtool.planning.metadata import CC_BY, KEYS
from odtool.portal import web
from odtool.portal.ckan_entry import PLACES, places_with
from odtool.publishing.publish import connect
from odtool.settings.config import portal_named
from odtool.settings.profile import FACTS, SURE, Profile, profile, profiles
from tests.publishing import odtool, sample

ALL = list(profiles().values())


def settings(folder: Path, text: str) -> str:
    (folder / "odtool.toml").write_text(text, "utf-8")
    return str(folder / "odtool.toml")


def test_the_profiles_that_are_promised_are_there() -> None:
    assert {"plain", "bodik", "tokyo", "yamaguchi", "geospatial", "shirasagi", "dataeye"} <= set(profiles())
    assert next(iter(profiles())) == "plain"


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.name)
def test_every_fact_is_of_its_kind_and_says_how_sure_it_is_and_why(known: Profile) -> None:
    for key, fact in known.facts.items():
        assert isinstance(fact.value, FACTS[key][0]), key
    for fact in [*known.facts.values(), *known.places.values(), *known.fields.values()]:
        assert fact.sure in SURE and all(fact.source), fact
        assert not re.search(r"[぀-ヿ㐀-鿿]", fact.source[1])
    assert known.api == "hand" or {"title", "description", "licence"} <= set(known.places)
    assert known.api == "ckan" or not known.places
    assert all(note[0] and note[1] for note in (*known.notes, known.title))
    own = set(known.texts("required"))
    assert set(known.places) - own <= {*KEYS, "copyright"} and own <= set(known.places)
    pattern = known.text("tag_pattern")
    assert not pattern or re.fullmatch(pattern, "自治体標準ODS")


def test_the_plain_profile_and_the_program_agree_on_the_places() -> None:
    assert places_with(profile("plain").own_places) == PLACES


def test_an_unknown_profile_names_those_near() -> None:
    with pytest.raises(UsageError, match="bodik"):
        profile("bodic")


def test_a_portal_of_a_profile_needs_no_more_than_its_name(tmp_path: Path) -> None:
    found = portal_named("kyoto", settings(tmp_path, '[portals.kyoto]\nprofile = "bodik"'))
    assert (found.type, found.url, found.owner) == ("ckan", "https://data.bodik.jp", "{code}")
    assert (found.terms.id, found.terms.url) == ("cc-by-40-intl", CC_BY.url)
    assert found.policy.worded("language", "ja") == "Japanese"
    assert found.warnings == () and found.missing == ()
    assert found.largest is None  # the limit is told by one source only: no file is refused for it


def test_what_the_settings_state_counts_before_the_profile(tmp_path: Path) -> None:
    text = """
[portals.x]
profile = "bodik"
url = "https://example.jp/ckan/"
licence = "PDL1.0"
organization = "city-{code}"
max_upload_mb = 5
"""
    found = portal_named("x", settings(tmp_path, text))
    assert (found.url, found.owner, found.largest) == ("https://example.jp/ckan", "city-{code}", 5_000_000)
    ((ja, en),) = found.warnings
    assert "PDL1.0" in ja and "BODIK API" in ja and "cc-zero" in en


def test_a_licence_that_keeps_data_from_being_picked_up_is_told_before_publishing(tmp_path: Path) -> None:
    text = '[portals.x]\nprofile = "bodik"\nurl = "http://127.0.0.1:9"\nlicence = "PDL1.0"'
    settings(tmp_path, text)
    done = odtool(tmp_path, "plan", sample("261009_aed.csv"), "--portal", "x")
    assert done.returncode == 3 and "注意: ライセンス「PDL1.0」" in done.stderr


def test_fields_that_the_portal_asks_for_are_named_before_anything_is_sent(tmp_path: Path) -> None:
    text = '[portals.g]\nprofile = "geospatial"\n[portals.g.extras]\narea = "舞鶴市"\nfee = ""'
    found = portal_named("g", settings(tmp_path, text))
    with pytest.raises(UsageError) as refused:
        connect(found, writing=True)
    assert "charge" in refused.value.ja and "推定" in refused.value.ja and "area" not in refused.value.ja
    rest = "".join(f'{key} = "x"\n' for key in ("charge", "quality", "restriction", "license_agreement"))
    found = portal_named("g", settings(tmp_path, f"{text}\n{rest}"))
    portal = connect(found, writing=False)
    assert {"area", "license_agreement"} <= set(portal.holds) and "temporal" not in portal.holds
    portal.close()


def test_a_profile_without_an_api_is_a_folder_for_hand_upload(tmp_path: Path) -> None:
    found = portal_named("p", settings(tmp_path, '[portals.p]\nprofile = "dataeye"\npath = "up"'))
    assert found.type == "upload" and connect(found, writing=True).by_hand
    with pytest.raises(UsageError, match="dataeye"):
        portal_named(
            "p", settings(tmp_path, '[portals.p]\nprofile = "dataeye"\ntype = "ckan"\nurl = "https://x.jp"')
        )


def test_requests_keep_the_pace_that_a_portal_asks_for() -> None:
    slept: list[float] = []
    now = 100.0

    def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    pace = web.Pace(2.0, clock=lambda: now, sleep=sleep)
    pace.wait()
    now += 0.5
    pace.wait()
    now += 5
    pace.wait()
    assert slept == [1.5]
    web.Pace(0, clock=lambda: now, sleep=sleep).wait()
    assert slept == [1.5]


def test_a_portal_with_a_pace_is_asked_no_faster(tmp_path: Path) -> None:
    found = portal_named("kyoto", settings(tmp_path, '[portals.kyoto]\nprofile = "bodik"'))
    portal = connect(found, writing=False)
    api = portal._api  # type: ignore[attr-defined]
    assert api._session.pace is api.public.pace and api.public.pace._seconds == 2.0
    portal.close()


def test_the_command_lists_profiles_and_portals_and_tells_what_is_assumed(tmp_path: Path) -> None:
    settings(tmp_path, '[portals.kyoto]\nprofile = "bodik"\n[portals.g]\nprofile = "geospatial"')
    listed = odtool(tmp_path, "portals")
    assert listed.returncode == 0 and "KYOTO DATASTORE" in listed.stdout and "kyoto" in listed.stdout
    one = odtool(tmp_path, "portals", "g")
    assert "（推定・出典" in one.stdout and "まだ書かれていない項目: area, charge" in one.stdout
    english = odtool(tmp_path, "portals", "tokyo", "--lang", "en")
    assert "(assumed; " in english.stdout and not re.search(
        r"[぀-ヿ㐀-鿿]", english.stdout.replace("推奨", "")
    )
    told = json.loads(odtool(tmp_path, "portals", "--format", "json").stdout)
    assert told["schema"] == "odtool-portals/1" and [d["name"] for d in told["declared"]] == ["kyoto", "g"]
    assert told["declared"][1]["missing"][0] == "area"
    wrong = odtool(tmp_path, "portals", "bodic")
    assert wrong.returncode == 2 and "bodik" in wrong.stderr
