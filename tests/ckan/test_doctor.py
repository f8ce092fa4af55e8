"""odtool doctor before a real CKAN: what it finds with good, wrong, ended and weak tokens, and what a trial leaves."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from odtool.advisories import known_of, parsed
from odtool.portal.action import ActionApi
from odtool.portal.trial import Place, Trial
from tests.ckan.faults import Fault, Kind, Moment, proxy
from tests.ckan.plugin import Ckan
from tests.publishing import odtool

CODE = "261009"
TRIED = ("write", "upload", "search-lag", "datastore-write")


@pytest.fixture
def place(ckan: Ckan, tmp_path: Path) -> Path:
    (tmp_path / "odtool.toml").write_text(
        f'[portals.kyoto]\ntype = "ckan"\nurl = "{ckan.url}"\ntoken_env = "KYOTO"\ndatastore = true\n',
        "utf-8",
    )
    return tmp_path


def organized(place: Path, name: str) -> None:
    """The settings name the organisation by a pattern of its own."""
    with (place / "odtool.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'organization = "{name.replace(CODE, "{code}")}"\n')


def examined(place: Path, token: str, *more: str) -> tuple[int, dict[str, list[dict[str, Any]]], str]:
    """The exit code, the findings by name, and all that was said."""
    done = odtool(place, "doctor", "kyoto", "--format", "json", *more, KYOTO=token)
    said = done.stdout + done.stderr
    assert "Traceback" not in said and (len(token) < 8 or token not in said), said
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in json.loads(done.stdout)["findings"]:
        found.setdefault(finding["name"], []).append(finding)
    return done.returncode, found, said


def states(found: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    return {name: listed[-1]["state"] for name, listed in found.items()}


def test_an_editor_of_the_municipality_is_ready_and_nothing_is_written(ckan: Ckan, place: Path) -> None:
    organization = ckan.fresh_organization(CODE, "京都市")
    organized(place, organization)
    before = ckan.action("package_search", include_private=True, rows=0)["count"]
    code, found, said = examined(place, ckan.fresh_editor(organization), "--municipality", CODE)
    told = states(found)
    assert code == 0, said
    for name in ("settings", "address", "clock", "ckan", "revise", "token", "token-valid", "token-expiry",
                 "organization", "licence", "datastore", "ledger", "last-run"):  # fmt: skip
        assert told[name] == "ok", found[name]
    for name in (*TRIED, "upload-limit"):  # what was not tried is not called good
        assert told[name] == "unknown", found[name]
    assert "確認していません" in found["write"][0]["message"]["ja"]
    assert found["ckan"][0]["facts"]["version"] == ckan.version
    assert found["organization"][0]["facts"] == {
        "municipality": CODE, "organization": organization, "create": True, "update": True
    }  # fmt: skip
    assert ckan.action("package_search", include_private=True, rows=0)["count"] == before
    assert not (place / "odtool-ledger.sqlite").exists()


def test_the_version_is_judged_by_what_is_known_of_it(ckan: Ckan, place: Path) -> None:
    _, found, _ = examined(place, "")
    version = parsed(ckan.version)
    assert version
    (finding,) = found["version"]
    assert finding["state"] == ("warning" if known_of(version) else "ok")
    assert (version < (2, 10)) <= (finding["state"] == "warning")


@pytest.mark.parametrize(
    "token", ["", "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJ4In0.AAAA", "11111111-2222-3333-4444-555555555555"]
)
def test_a_token_that_is_missing_or_wrong_is_a_problem(ckan: Ckan, place: Path, token: str) -> None:
    ckan.fresh_organization(CODE, "京都市")
    code, found, _ = examined(place, token)
    told = states(found)
    if token:
        assert code == 3 and told["token-valid"] == "problem"
        assert told["organization"] == told["token-expiry"] == "unknown"  # one cause, one line
        assert list(told.values()).count("problem") == 1
    else:
        assert code == 2 and told["token"] == "problem" and told["token-valid"] == "unknown"
    assert all(told[name] == "unknown" for name in TRIED)


def test_an_editor_without_an_organisation_is_told_whom_to_ask(ckan: Ckan, place: Path) -> None:
    mine, other = ckan.fresh_organization(CODE, "京都市"), ckan.fresh_organization("262021", "舞鶴市")
    name = f"loose-{secrets.token_hex(4)}"
    ckan.action("user_create", name=name, email=f"{name}@example.com", password=secrets.token_hex(16))
    token = ckan.action("api_token_create", user=name, name="tests")["token"]
    code, found, _ = examined(place, token)
    assert code == 3 and states(found)["token-valid"] == "ok"
    assert (
        "組織がありません" in found["organization"][0]["message"]["ja"]
        and "編集者" in found["organization"][0]["do"]["ja"]
    )
    organized(place, mine)
    _, found, _ = examined(place, ckan.fresh_editor(other), "--municipality", CODE)
    assert "権限がこのトークンにありません" in found["organization"][0]["message"]["ja"]
    _, found, _ = examined(place, ckan.fresh_editor(other), "--municipality", "262137")
    assert "--create-organization" in found["organization"][0]["do"]["ja"]


def test_organisations_that_are_named_unlike_the_pattern_are_told(ckan: Ckan, place: Path) -> None:
    organization = ckan.fresh_organization(CODE, "京都市")
    token = ckan.fresh_editor(organization)
    code, found, _ = examined(place, token)
    assert code == 0 and found["organization"][0]["state"] == "warning"
    assert organization in found["organization"][0]["message"]["ja"]
    organized(place, organization)
    _, found, _ = examined(place, token)
    assert (
        found["organization"][0]["state"] == "ok"
        and organization in found["organization"][0]["message"]["ja"]
    )


def test_a_member_who_may_only_read_is_no_editor(ckan: Ckan, place: Path) -> None:
    organization = ckan.fresh_organization(CODE, "京都市")
    organized(place, organization)
    name = f"reader-{secrets.token_hex(4)}"
    ckan.action("user_create", name=name, email=f"{name}@example.com", password=secrets.token_hex(16))
    ckan.action("organization_member_create", id=organization, username=name, role="member")
    token = ckan.action("api_token_create", user=name, name="tests")["token"]
    code, found, _ = examined(place, token, "--municipality", CODE)
    assert code == 3 and states(found)["organization"] == "problem"


def test_a_token_of_a_sysadmin_is_warned_of(ckan: Ckan, place: Path) -> None:
    code, found, _ = examined(place, ckan.token)
    if parsed(ckan.version) >= (2, 10):  # type: ignore[operator]
        assert (
            found["token-valid"][0]["state"] == "warning"
            and "管理者" in found["token-valid"][0]["message"]["ja"]
        )
    assert code == 0


def test_a_token_that_has_ended_is_called_that(ckan: Ckan, place: Path) -> None:
    organization = ckan.fresh_organization(CODE, "京都市")
    good = ckan.fresh_editor(organization)
    key = signing_key(ckan)
    soon, ended = (signed(good, key, exp) for exp in (4_000_000_000, 1_600_000_000))
    code, found, _ = examined(place, soon)
    assert code == 0 and states(found)["token-valid"] == "ok", "the key is not the one that CKAN signs with"
    assert "あと" in found["token-expiry"][0]["message"]["ja"]
    code, found, _ = examined(place, ended)
    assert code == 2
    assert "期限が 2020-09-13" in found["token-expiry"][0]["message"]["ja"]
    told = states(found)
    assert told["token-valid"] == told["organization"] == "unknown"
    assert list(told.values()).count("problem") == 1  # the token's end is the cause of all of it


def test_the_end_of_a_revoked_token_is_not_told_as_if_it_counted(ckan: Ckan, place: Path) -> None:
    organization = ckan.fresh_organization(CODE, "京都市")
    token = signed(ckan.fresh_editor(organization), signing_key(ckan), 4_000_000_000)
    payload = token.split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    ckan.action("api_token_revoke", jti=said["jti"])
    code, found, _ = examined(place, token)
    told = states(found)
    assert code == 3 and told["token-valid"] == "problem" and list(told.values()).count("problem") == 1
    assert told["token-expiry"] == "unknown" and "認めません" in found["token-expiry"][0]["message"]["ja"]


def test_a_trial_of_writing_reads_everything_back_and_leaves_nothing_behind(ckan: Ckan, place: Path) -> None:
    organization = ckan.fresh_organization(CODE, "京都市")
    organized(place, organization)
    code, found, said = examined(
        place, ckan.fresh_editor(organization), "--municipality", CODE, "--write-test"
    )
    told = states(found)
    assert code == 0, said
    for name in (*TRIED, "clean-up"):
        assert told[name] == "ok", found[name]
    name = found["write"][0]["facts"]["dataset"]
    assert ckan.action("package_show", id=name)["state"] == "deleted"
    assert isinstance(found["search-lag"][0]["facts"]["seconds"], float)
    history = odtool(place, "history", "--calls")
    assert "package_create" in history.stdout and "package_delete" in history.stdout


def test_a_trial_that_is_disturbed_at_any_call_leaves_nothing_public_and_nothing_untold(ckan: Ckan) -> None:
    organization = ckan.fresh_organization(CODE, "京都市")
    there = Place(organization, ckan.action("organization_show", id=organization)["id"], datastore=True)
    token = ckan.fresh_editor(organization)

    with proxy(ckan.url) as between:

        def tried(*faults: Fault) -> tuple[str, dict[str, str]]:
            between.set(*faults)
            api = ActionApi(between.address, token, pause=0.01, timeout=(2, 2))
            with contextlib.closing(api):
                trial = Trial(between.address, token, api, longest_lag=0.0)
                return trial.name, {finding.name: finding.state for finding in trial.run(there)}

        _, undisturbed = tried()
        assert set(undisturbed.values()) == {"ok"}
        calls = len(between.calls)
        assert calls > 8
        kinds: tuple[tuple[Kind, Moment], ...] = (("reset", "after"), ("502", "before"), ("500", "after"))
        for number in range(1, calls + 1):
            kind, moment = kinds[number % len(kinds)]
            name, states = tried(Fault(number, kind, moment))
            between.set()
            left = ckan.action("package_search", fq=f"name:{name}", include_private=True)["results"]
            assert all(dataset["private"] for dataset in left)
            assert not left or states["clean-up"] == "problem", (number, kind, states)
            assert states["clean-up"] == "ok", (number, kind, states)  # one failure is not too much for it
        name, states = tried(Fault(3, "502", calls=1_000))  # the portal goes down for good
        assert states["clean-up"] == "problem"


def test_what_a_trial_that_died_left_behind_is_told(ckan: Ckan, place: Path) -> None:
    organization = ckan.fresh_organization(CODE, "京都市")
    organized(place, organization)
    left = f"odtool-doctor-{secrets.token_hex(4)}"
    ckan.action("package_create", name=left, owner_org=organization, private=True)
    token = ckan.fresh_editor(organization)
    code, found, _ = examined(place, token, "--municipality", CODE, "--write-test")
    *_, cleaned, told = found["clean-up"]
    assert (
        code == 0
        and cleaned["state"] == "ok"
        and told["state"] == "warning"
        and left in told["message"]["ja"]
    )
    assert ckan.action("package_show", id=left)["state"] == "active"  # a person may look at it first
    ckan.action("package_delete", id=left)


def test_a_trial_that_is_interrupted_is_cleaned_up_after(ckan: Ckan) -> None:
    organization = ckan.fresh_organization(CODE, "京都市")
    there = Place(organization, ckan.action("organization_show", id=organization)["id"], datastore=True)
    token = ckan.fresh_editor(organization)
    times = iter((0.0,))

    def interrupted() -> float:
        try:
            return next(times)
        except StopIteration:
            raise KeyboardInterrupt from None

    api = ActionApi(ckan.url, token)
    with contextlib.closing(api):
        trial = Trial(ckan.url, token, api, monotonic=interrupted)
        with pytest.raises(KeyboardInterrupt):
            trial.run(there)
    assert ckan.action("package_show", id=trial.name)["state"] == "deleted"


def test_a_trial_without_an_organisation_does_not_happen(ckan: Ckan, place: Path) -> None:
    first, second = ckan.fresh_organization(CODE, "京都市"), ckan.fresh_organization("262021", "舞鶴市")
    token = ckan.fresh_editor(first)
    who = ckan.action("organization_show", id=first)["users"]
    editor = next(user["name"] for user in who if user["name"].startswith("editor-"))
    ckan.action("organization_member_create", id=second, username=editor, role="editor")
    _, found, _ = examined(place, token, "--write-test")
    assert states(found)["write"] == "unknown" and "--municipality" in found["write"][0]["do"]["ja"]


def test_a_licence_that_the_portal_does_not_have_is_told_with_those_it_has(ckan: Ckan, place: Path) -> None:
    with (place / "odtool.toml").open("a", encoding="utf-8") as settings:
        settings.write('licence = "no-such-licence"\n')
    code, found, _ = examined(place, "")
    assert (
        code == 2 and found["licence"][0]["state"] == "problem" and "cc-by" in found["licence"][0]["do"]["ja"]
    )


def signing_key(ckan: Ckan) -> str:
    """With which that CKAN signs its tokens; the test is skipped where it is somebody else's."""
    root = Path(os.environ.get("CKAN_IT_ROOT") or f"{tempfile.gettempdir()}/odtool-ckan-{os.geteuid()}")
    place = root / f"site-{ckan.version}-{urlsplit(ckan.url).port}"
    found = [re.findall(rf"(?m)^\s*{re.escape(name)}\s*=\s*(?:string:)?([^\s%]+)$", ini.read_text("utf-8"))
             for ini in place.glob("*.ini")
             for name in ("api_token.jwt.encode.secret", "SECRET_KEY", "beaker.session.secret")]  # fmt: skip
    keys = [key for listed in found for key in listed]
    if not keys:
        pytest.skip("the key of this CKAN's tokens is not at hand")
    return keys[0]


def signed(token: str, key: str, exp: int) -> str:
    """The same token with an end."""
    header, payload, _ = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))) | {"exp": exp}
    body = f"{header}.{base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b'=').decode()}"
    mark = hmac.new(key.encode(), body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"
