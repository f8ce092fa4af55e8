"""Publishing to a real CKAN, also through a proxy that loses answers."""

import http.server
import io
import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from odtool.errors import UsageError
from odtool.planning.metadata import CC_BY, Licence
from odtool.planning.plan import StalePlanError, Wishes
from odtool.portal import PortalStopError
from odtool.portal.ckan import Ckan as Portal
from odtool.publishing import flow
from odtool.publishing.publish import Outcome, exit_code
from tests.ckan.plugin import Ckan
from tests.publishing import (
    AED,
    NOTE,
    OTHER_NOTE,
    PUBLISHED,
    SAMPLES,
    VALID,
    edited,
    judged,
    now,
    odtool,
    planned,
    publish,
    reply,
    sample,
    server,
    statuses,
)

NAMES = tuple(re.sub(r"(_\d{8})?\.\w+$", "", name) for name in VALID)
DATASET = "261009_aed"


@dataclass(frozen=True)
class Place:
    """A CKAN without any of our datasets, and an organisation name pattern of this test's own."""

    ckan: Ckan
    organization: str

    def portal(self, token: str | None = None, address: str | None = None, **how: Any) -> Portal:
        how = {"organization": self.organization, "create_organization": True, "pause": 0.05} | how
        return Portal("test", address or self.ckan.url, self.ckan.token if token is None else token, **how)

    def show(self, name: str = DATASET) -> Any:
        return self.ckan.action("package_show", id=name)

    def exists(self, name: str = DATASET) -> bool:
        return requests.get(f"{self.ckan.url}/api/3/action/package_show", {"id": name}, timeout=30).ok

    def settings(self, folder: Path) -> None:
        (folder / "odtool.toml").write_text(
            f'[portals.city]\ntype = "ckan"\nurl = "{self.ckan.url}"\norganization = "{self.organization}"\n',
            "utf-8",
        )


@pytest.fixture
def place(ckan: Ckan) -> Iterator[Place]:
    purge(ckan)
    yield Place(ckan, "{code}-" + secrets.token_hex(4))
    purge(ckan)


def purge(ckan: Ckan) -> None:
    for name in NAMES:
        answer = requests.get(
            f"{ckan.url}/api/3/action/package_show",
            {"id": name},
            headers={"Authorization": ckan.token},
            timeout=30,
        )
        if answer.ok:
            ckan.action("dataset_purge", id=answer.json()["result"]["id"])


def download(url: str) -> bytes:
    return requests.get(url, timeout=30).content


def test_every_valid_sample_is_published_once_and_a_second_run_changes_nothing(place: Place) -> None:
    outcomes = publish(place.portal(), str(SAMPLES))
    assert {name for name, status in statuses(outcomes).items() if status == "published"} == set(VALID)
    assert {o.status for o in outcomes} == {"published", "refused"}
    first = {name: place.show(name) for name in NAMES}
    again = publish(place.portal(), str(SAMPLES))
    assert {o.status for o in again} == {"unchanged", "refused"}
    for name in NAMES:
        shown = place.show(name)
        assert shown["metadata_modified"] == first[name]["metadata_modified"]
        assert [r["id"] for r in shown["resources"]] == [r["id"] for r in first[name]["resources"]]


def test_the_public_gets_the_bytes_that_were_made_of_the_file(place: Place) -> None:
    (outcome,) = publish(place.portal(), sample("292010_tourism.csv"))
    assert download(outcome.url) == judged(sample("292010_tourism.csv"))[1]


def test_leading_zeros_reach_the_portal(place: Place, tmp_path: Path) -> None:
    text = (SAMPLES / AED).read_bytes().decode("utf-8-sig")
    header, *rows = text.splitlines()
    number = header.split(",").index("内線番号")
    cells = rows[0].split(",")
    cells[number] = "0012"
    (tmp_path / AED).write_text("\n".join([header, ",".join(cells), *rows[1:]]) + "\n", "utf-8")
    (outcome,) = publish(place.portal(), str(tmp_path / AED))
    assert download(outcome.url).decode("utf-8-sig").splitlines()[1].split(",")[number] == "0012"


def test_the_entry_says_what_it_should(place: Place) -> None:
    publish(place.portal(), sample(AED))
    shown = place.show()
    assert (shown["title"], shown["private"], shown["license_id"]) == (
        "【京都市】AED設置箇所一覧",
        False,
        "cc-by",
    )
    assert shown["organization"]["title"] == "京都市"
    assert {tag["name"] for tag in shown["tags"]} == {"推奨データセット", "AED設置箇所"}
    (resource,) = shown["resources"]
    assert (resource["name"], resource["format"], resource["mimetype"]) == (
        "AED設置箇所一覧",
        "CSV",
        "text/csv",
    )
    assert resource["url"].endswith(f"/{AED}") and resource["hash"].startswith("sha256:")


def test_a_changed_file_keeps_the_resource_and_what_others_added(place: Place, tmp_path: Path) -> None:
    publish(place.portal(), sample(AED))
    before = place.show()
    extras = [{"key": e["key"], "value": e["value"]} for e in before["extras"]]
    place.ckan.action(
        "package_patch",
        id=before["id"],
        notes="担当課が書いた説明",
        author="消防局",
        license_id="cc-zero",
        extras=[*extras, {"key": "frequency", "value": "毎月"}],
        tags=[*({"name": tag["name"]} for tag in before["tags"]), {"name": "救命"}],
    )
    other = place.ckan.action(
        "resource_create", package_id=before["id"], name="地図", url="https://example.jp/map", format="HTML"
    )
    place.ckan.action("resource_patch", id=before["resources"][0]["id"], description="手で足した説明")
    (outcome,) = publish(place.portal(), edited(AED, tmp_path, NOTE, OTHER_NOTE))
    assert (outcome.status, outcome.item.action) == ("published", "update"), outcome.ja
    assert [change.field for change in outcome.item.changes] == ["content"]
    assert [change.field for change in outcome.item.left] == ["description", "licence"]
    after = place.show()
    assert [r["id"] for r in after["resources"]] == [before["resources"][0]["id"], other["id"]]
    assert after["resources"][0]["description"] == "手で足した説明"
    assert (after["notes"], after["author"], after["license_id"]) == (
        "担当課が書いた説明",
        "消防局",
        "cc-zero",
    )
    assert {"key": "frequency", "value": "毎月"} in [
        {k: e[k] for k in ("key", "value")} for e in after["extras"]
    ]
    assert "救命" in {tag["name"] for tag in after["tags"]}
    assert OTHER_NOTE.encode() in download(outcome.url)


def test_dated_files_become_resources_of_one_dataset(place: Place, tmp_path: Path) -> None:
    older = tmp_path / "142034_population_20250401.csv"
    older.write_bytes((SAMPLES / "142034_population_20260401.csv").read_bytes())
    paths = (sample("142034_population_20260401.csv"), str(older))
    assert [o.status for o in publish(place.portal(), *paths)] == ["published", "published"]
    assert [r["name"] for r in place.show("142034_population")["resources"]] == [
        "地域・年齢別人口（2026年4月1日）",
        "地域・年齢別人口（2025年4月1日）",
    ]
    assert {o.status for o in publish(place.portal(), *paths)} == {"unchanged"}


def test_a_file_replaced_by_hand_is_shown_and_put_right_under_the_same_resource_when_told(
    place: Place,
) -> None:
    publish(place.portal(), sample(AED))
    (resource,) = place.show()["resources"]
    requests.post(
        f"{place.ckan.url}/api/3/action/resource_update",
        data={"id": resource["id"], "name": "手作業"},
        files={"upload": (AED, io.BytesIO(b"by hand"), "text/csv")},
        headers={"Authorization": place.ckan.token},
        timeout=30,
    ).raise_for_status()
    by_hand = place.show()
    (outcome,) = publish(place.portal(), sample(AED))
    assert (outcome.status, exit_code([outcome])) == ("drift", 3)
    assert place.show() == by_hand
    (outcome,) = publish(place.portal(), sample(AED), wishes=Wishes(overwrite=True))
    assert (outcome.status, outcome.item.action) == ("published", "update"), outcome.ja
    assert [r["id"] for r in place.show()["resources"]] == [resource["id"]]


def test_a_dataset_in_the_trash_leaves_its_name_free(place: Place) -> None:
    publish(place.portal(), sample(AED))
    old = place.show()["id"]
    place.ckan.action("package_delete", id=old)
    (outcome,) = publish(place.portal(), sample(AED))
    assert (outcome.status, outcome.item.action) == ("published", "create")
    assert place.show()["id"] != old
    place.ckan.action("dataset_purge", id=old)


# --- what is not ours ----------------------------------------------------------------------------


def test_a_dataset_that_somebody_else_made_is_not_touched(place: Place) -> None:
    organization = place.ckan.fresh_organization("261009", "京都市")
    place.ckan.action("package_create", name=DATASET, title="手で作った", owner_org=organization)
    before = place.show()
    (outcome,) = publish(place.portal(), sample(AED))
    assert (outcome.status, outcome.item.cause) == ("refused", "portal")
    assert place.show() == before


@pytest.mark.parametrize("change", [{"private": True}, {"owner_org": "another"}])
def test_a_dataset_that_was_hidden_or_moved_is_not_touched(place: Place, change: dict[str, Any]) -> None:
    publish(place.portal(), sample(AED))
    if "owner_org" in change:
        change = {"owner_org": place.ckan.fresh_organization("261009", "京都市")}
    place.ckan.action("package_patch", id=DATASET, **change)
    before = place.show()
    (outcome,) = publish(place.portal(), sample(AED))
    assert (outcome.status, outcome.item.cause) == ("refused", "portal"), outcome.ja
    assert place.show() == before


def test_a_private_dataset_that_the_token_may_not_see_is_not_touched(place: Place) -> None:
    organization = place.ckan.fresh_organization("261009", "京都市")
    place.ckan.action("package_create", name=DATASET, owner_org=organization, private=True)
    (outcome,) = publish(place.portal(token="wrong"), sample(AED))
    assert (outcome.status, outcome.item.cause) == ("refused", "portal")


# --- who may publish -----------------------------------------------------------------------------


def test_an_editor_publishes_to_the_own_organisation_only(place: Place) -> None:
    own = place.ckan.fresh_organization("261009", "京都市")
    token = place.ckan.fresh_editor(own)
    how = {"token": token, "organization": own, "create_organization": False}
    assert statuses(publish(place.portal(**how), sample(AED))) == {AED: "published"}
    other = place.ckan.fresh_organization("262129", "京丹後市")
    toilet = "262129_public_toilet.csv"
    (outcome,) = publish(place.portal(**how | {"organization": other}), sample(toilet))
    assert outcome.status == "failed" and "権限" in outcome.ja
    assert not place.exists("262129_public_toilet")


def test_a_missing_organisation_is_told_or_made_on_request(place: Place) -> None:
    token = place.ckan.fresh_editor(place.ckan.fresh_organization("262021", "舞鶴市"))
    (outcome,) = publish(place.portal(token=token, create_organization=False), sample(AED))
    assert outcome.status == "failed" and "--create-organization" in outcome.ja
    assert not place.exists()
    assert statuses(publish(place.portal(), sample(AED))) == {AED: "published"}


def test_a_wrong_token_writes_nothing_and_stops(place: Place, tmp_path: Path) -> None:
    place.settings(tmp_path)
    secret = f"wrong-{secrets.token_hex(16)}"
    for more in ((), ("--create-organization",)):
        done = odtool(
            tmp_path, "publish", *map(sample, VALID), "--portal", "city", *more, ODTOOL_TOKEN_CITY=secret
        )
        said = done.stdout + done.stderr
        assert done.returncode == 3, said
        assert PUBLISHED not in said and "トークン" in said and secret not in said
        assert "失敗 1件、未実行 8件" in said
    assert not any(map(place.exists, NAMES))
    assert not any(secret.encode() in path.read_bytes() for path in tmp_path.iterdir())


def test_the_token_is_in_no_output_no_plan_and_no_ledger(place: Place, tmp_path: Path) -> None:
    place.settings(tmp_path)
    token = {"ODTOOL_TOKEN_CITY": place.ckan.token}
    plan = odtool(tmp_path, "plan", sample(AED), "--portal", "city", "-o", "plan.json", **token)
    done = odtool(tmp_path, "apply", "plan.json", "--create-organization", **token)
    assert (plan.returncode, done.returncode) == (0, 0), plan.stderr + done.stdout + done.stderr
    again = odtool(tmp_path, "publish", sample(AED), "--portal", "city", **token)
    assert "変更はありませんでした。" in again.stdout
    said = plan.stdout + plan.stderr + done.stdout + done.stderr + again.stdout
    assert place.ckan.token not in said and PUBLISHED in said
    written = [path.read_bytes() for path in tmp_path.iterdir()]
    assert len(written) >= 3 and not any(place.ckan.token.encode() in content for content in written)


def test_a_licence_that_the_portal_does_not_know_is_refused(place: Place) -> None:
    portal = place.portal()
    assert portal.licence(Licence("cc-zero", "CC0", "")).id == "cc-zero"
    assert portal.licence(CC_BY).id == "cc-by"
    with pytest.raises(UsageError, match="cc-by-sa"):
        portal.licence(Licence("cc-by-40-intl", "CC BY", ""))


# --- plans ---------------------------------------------------------------------------------------


def test_a_plan_is_stale_when_the_portal_was_edited_by_hand(place: Place, tmp_path: Path) -> None:
    publish(place.portal(), sample(AED))
    stored = planned(place.portal(), edited(AED, tmp_path, NOTE, OTHER_NOTE))
    place.ckan.action("package_patch", id=DATASET, title="手で変えた題名")
    before = place.show()
    with pytest.raises(StalePlanError):
        flow.apply_plan(stored, place.portal(), now=now)
    assert place.show() == before


def test_a_plan_is_stale_when_the_file_was_edited(place: Place, tmp_path: Path) -> None:
    stored = planned(place.portal(), edited(AED, tmp_path, NOTE, NOTE))
    edited(AED, tmp_path, NOTE, OTHER_NOTE)
    with pytest.raises(StalePlanError):
        flow.apply_plan(stored, place.portal(), now=now)
    assert not place.exists()


# --- answers that get lost -----------------------------------------------------------------------

Request = http.server.BaseHTTPRequestHandler


def through(
    ckan: Ckan, spoil: Callable[[Request, str], bool], *, arrives: bool, status: int = 504
) -> Callable[[Request], None]:
    """Passes requests on to CKAN; where `spoil` says so the answer is lost, and the request with it unless it `arrives`:
    then a page of that `status` comes in its place."""

    def answer(request: Request) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        request.headers.replace_header("Content-Length", "0") if "Content-Length" in request.headers else None
        lost = spoil(request, request.path.partition("?")[0].rpartition("/")[2])
        if lost and not arrives:
            reply(request, 503, b"<html>busy</html>")
            return
        headers = {k: v for k, v in request.headers.items() if k in ("Authorization", "Content-Type")}
        found = requests.request(
            request.command, ckan.url + request.path, data=body, headers=headers, timeout=60
        )
        if lost:
            reply(request, status, b"<html>Not what CKAN said</html>")
        else:
            reply(request, found.status_code, found.content, "application/json")

    return answer


def spoiled(
    place: Place, actions: dict[str, int], *paths: str, arrives: bool
) -> tuple[list[Outcome], list[str]]:
    """Publish while the first answers of some actions are lost; the outcomes, and every action asked for."""
    left, seen = dict(actions), []

    def spoil(request: Request, action: str) -> bool:
        seen.append(action)
        left[action] = left.get(action, 0) - 1
        return left[action] >= 0

    with server(through(place.ckan, spoil, arrives=arrives)) as address:
        return publish(place.portal(address=address), *paths), seen


@pytest.mark.parametrize("action", ["organization_create", "package_create", "package_revise"])
@pytest.mark.parametrize("arrives", [True, False])
def test_after_a_lost_answer_it_looks_and_creates_nothing_twice(
    place: Place, action: str, arrives: bool
) -> None:
    outcomes, seen = spoiled(place, {action: 1}, sample(AED), arrives=arrives)
    assert statuses(outcomes) == {AED: "published"}, outcomes[0].ja
    assert seen.count(action) == (1 if arrives else 2)
    assert len(place.show()["resources"]) == 1


@pytest.mark.parametrize("action", ["organization_create", "package_create", "package_revise"])
def test_a_page_in_the_place_of_the_answer_does_not_mean_that_nothing_was_done(
    place: Place, action: str
) -> None:
    met: list[str] = []

    def once(_: Request, asked: str) -> bool:
        met.append(asked)
        return asked == action and met.count(action) == 1

    with server(through(place.ckan, once, arrives=True, status=200)) as address:
        outcomes = publish(place.portal(address=address), sample(AED))
    assert statuses(outcomes) == {AED: "published"}, outcomes[0].ja
    assert met.count(action) == 1 and len(place.show()["resources"]) == 1


def test_a_lost_answer_to_an_update_leaves_one_resource(place: Place, tmp_path: Path) -> None:
    publish(place.portal(), sample(AED))
    (before,) = place.show()["resources"]
    path = edited(AED, tmp_path, NOTE, OTHER_NOTE)
    outcomes, seen = spoiled(place, {"package_revise": 1}, path, arrives=True)
    assert statuses(outcomes) == {AED: "published"} and seen.count("package_revise") == 1
    assert [r["id"] for r in place.show()["resources"]] == [before["id"]]


def test_it_gives_up_after_three_tries_and_leaves_the_rest(place: Place) -> None:
    outcomes, seen = spoiled(
        place, {"package_create": 99}, sample(AED), sample("262129_public_toilet.csv"), arrives=False
    )
    assert [o.status for o in outcomes] == ["failed", "not-done"] and "503" in outcomes[0].ja
    assert seen.count("package_create") == 3
    assert not place.exists()


def test_what_was_half_done_is_completed_by_the_next_run(place: Place) -> None:
    outcomes, _ = spoiled(place, {"package_revise": 99}, sample(AED), arrives=False)
    assert statuses(outcomes) == {AED: "failed"} and not place.exists()  # hidden until its file is there
    assert statuses(publish(place.portal(), sample(AED))) == {AED: "published"}
    assert len(place.show()["resources"]) == 1


def test_a_lookup_that_fails_for_a_moment_is_repeated(place: Place) -> None:
    outcomes, _ = spoiled(place, {"package_show": 2, "license_list": 1}, sample(AED), arrives=False)
    assert statuses(outcomes) == {AED: "published"}


def test_a_lookup_that_keeps_failing_stops_everything(place: Place) -> None:
    with pytest.raises(PortalStopError, match="503"):
        spoiled(place, {"package_show": 99}, sample(AED), arrives=False)


def test_a_file_over_the_limit_is_told(place: Place) -> None:
    def limit(request: Request) -> None:
        if request.path.endswith("package_revise"):
            reply(request, 413, b"<html>Too large</html>")
        else:
            through(place.ckan, lambda *_: False, arrives=True)(request)

    with server(limit) as address:
        (outcome,) = publish(place.portal(address=address), sample(AED))
    assert outcome.status == "failed" and "大きさ" in outcome.ja


def test_creating_asks_nine_times_and_an_unchanged_dataset_once(place: Place) -> None:
    publish(place.portal(), sample("262129_public_toilet.csv"))
    _, seen = spoiled(place, {}, sample(AED), arrives=True)
    looks = ["license_list", "package_show", "package_show"]
    who = ["organization_list_for_user", "organization_show", "organization_create"]
    written = ["package_create", "package_show", "package_revise", "package_show"]
    previews = ["resource_create_default_resource_views", "resource_patch"]
    # Nine with the download, which goes to the address that CKAN itself gives; who may publish is asked once a run.
    assert seen == [*looks, *who, *written, *previews]
    _, seen = spoiled(place, {}, sample(AED), arrives=True)
    assert seen == ["license_list", "package_show"]


# --- older portals -------------------------------------------------------------------------------


def test_a_portal_without_package_revise_gets_the_file_first_and_then_its_entry(
    place: Place, tmp_path: Path
) -> None:
    """CKAN before 2.9, such as G空間情報センター seems to be."""
    seen: list[str] = []

    def older(request: Request) -> None:
        action = request.path.partition("?")[0].rpartition("/")[2]
        seen.append(action)
        if action == "package_revise":
            reply(request, 400, b'"Bad request - Action name not known: package_revise"', "application/json")
        elif action == "help_show":
            unknown = {"success": False, "error": {"__type": "Not Found Error", "message": "Not found"}}
            reply(request, 404, json.dumps(unknown).encode(), "application/json")
        else:
            through(place.ckan, lambda *_: False, arrives=True)(request)

    with server(older) as address:
        paths = (sample(AED), sample("262129_public_toilet.csv"))
        assert {o.status for o in publish(place.portal(address=address), *paths)} == {"published"}
        assert seen.count("package_revise") == 1  # asked once
        assert not place.show()["private"]
        (before,) = place.show()["resources"]
        changed = edited(AED, tmp_path, NOTE, OTHER_NOTE)
        assert statuses(publish(place.portal(address=address), changed)) == {AED: "published"}
        assert [r["id"] for r in place.show()["resources"]] == [before["id"]]
        assert {o.status for o in publish(place.portal(address=address), changed)} == {"unchanged"}
