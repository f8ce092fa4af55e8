"""Taking datasets off a real CKAN: what the public still gets, what is left on the server, who may, and the way back."""

import http.server
import io
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from odtool.errors import PortalError
from odtool.ledger.journal import Publication, Withdrawal
from odtool.ledger.record import ledger
from odtool.municipality import municipalities
from odtool.planning.plan import Wishes
from odtool.publishing.publish import Outcome
from odtool.publishing.withdraw import Removal, exit_code, withdraw
from tests.ckan.plugin import Ckan
from tests.ckan.test_publish import DATASET, Place, download, purge, through
from tests.ckan.towns import write_files
from tests.publishing import (
    AED,
    NOTE,
    OTHER_NOTE,
    SAMPLES,
    edited,
    now,
    odtool,
    publish,
    reply,
    sample,
    server,
    statuses,
)

REASON = "個人情報が含まれていたため"
YEARS = ("142034_population_20260401.csv", "142034_population_20250401.csv")
POPULATION = "142034_population"
TOMBSTONE = "取り下げました".encode()
RESTORED = Wishes(restore=frozenset({DATASET}))
Request = http.server.BaseHTTPRequestHandler


@pytest.fixture
def place(ckan: Ckan) -> Iterator[Place]:
    purge(ckan)
    yield Place(ckan, "{code}-" + secrets.token_hex(4))
    purge(ckan)


def gone(portal: Any, *names: str, noted: list[Any] | None = None, **removal: Any) -> list[Outcome]:
    note = noted.append if noted is not None else lambda _: None
    return withdraw(names, portal, Removal(REASON, **removal), now=now, note=note)


def get(url: str, token: str = "") -> requests.Response:
    return requests.get(url, headers={"Authorization": token} if token else {}, timeout=30)


def two_years(tmp_path: Path) -> tuple[str, str]:
    older = tmp_path / YEARS[1]
    older.write_bytes((SAMPLES / YEARS[0]).read_bytes())
    return sample(YEARS[0]), str(older)


def tables(place: Place) -> Any:
    return place.portal(tables=True)


def own(place: Place) -> Any:
    """The portal as a municipality's staff reach it: with an editor's token."""
    organization = place.ckan.fresh_organization("261009", "京都市")
    token = place.ckan.fresh_editor(organization)
    return place.portal(token=token, organization=organization, create_organization=False, tables=True)


# --- a whole dataset -----------------------------------------------------------------------------


def test_an_editor_withdraws_a_dataset_and_neither_entry_nor_file_nor_table_is_left(
    place: Place, tmp_path: Path
) -> None:
    portal = own(place)
    publish(portal, sample(AED))
    old = place.show()["resources"][0]
    # a former name of the same file, which CKAN goes on answering to
    requests.post(f"{place.ckan.url}/api/3/action/resource_patch", data={"id": old["id"]},
                  files={"upload": ("former.csv", io.BytesIO(b"other"), "text/csv")},
                  headers={"Authorization": place.ckan.token}, timeout=30).raise_for_status()  # fmt: skip
    publish(portal, sample(AED), wishes=Wishes(overwrite=True))
    (resource,) = place.show()["resources"]
    former = resource["url"].replace(AED, "former.csv")
    assert download(former) == download(resource["url"]) and NOTE.encode() in download(former)
    noted: list[Any] = []
    (outcome,) = gone(portal, DATASET, noted=noted)
    assert (outcome.status, exit_code([outcome])) == ("withdrawn", 0), outcome.ja
    assert [entry.verified for entry in noted if isinstance(entry, Withdrawal)] == [True]
    assert not place.exists()
    for url in (resource["url"], former, f"{place.ckan.url}/dataset/{DATASET}"):
        answer = get(url)
        assert answer.status_code in (401, 403, 404) or "login" in answer.url, url
        assert NOTE.encode() not in answer.content
        seen = get(url, place.ckan.token)  # not even who may see it gets the old bytes
        assert NOTE.encode() not in seen.content
    assert TOMBSTONE in get(former, place.ckan.token).content
    table = f"{place.ckan.url}/api/3/action/datastore_search?resource_id={resource['id']}"
    assert get(table).status_code in (403, 404) and get(table, place.ckan.token).status_code == 404
    shown = place.show()
    extras = {extra["key"]: extra["value"] for extra in shown["extras"]}
    assert shown["private"] and REASON in extras["odtool_withdrawn"]


def test_it_is_refused_until_restored_and_comes_back_under_the_same_ids_with_the_same_bytes(
    place: Place,
) -> None:
    portal = own(place)
    publish(portal, sample(AED))
    before = place.show()
    content = download(before["resources"][0]["url"])
    gone(portal, DATASET)
    hidden = place.show()
    (outcome,) = publish(portal, sample(AED))
    assert outcome.status == "refused" and f"--restore {DATASET}" in outcome.ja and place.show() == hidden
    (outcome,) = publish(portal, sample(AED), wishes=RESTORED)
    assert outcome.status == "published", outcome.ja
    after = place.show()
    assert (after["id"], after["private"]) == (before["id"], False)
    assert [r["id"] for r in after["resources"]] == [r["id"] for r in before["resources"]]
    assert download(after["resources"][0]["url"]) == content
    assert not {"odtool_withdrawn", "odtool_withdrawn_files"} & {extra["key"] for extra in after["extras"]}
    assert statuses(publish(portal, sample(AED))) == {AED: "unchanged"}
    if not place.ckan.version.startswith("2.9"):  # there it can be seen by those concerned only
        listed = place.ckan.action("package_activity_list", id=before["id"])
        assert len(listed) >= 3


def test_what_others_put_into_the_dataset_is_hidden_but_not_erased(place: Place) -> None:
    portal = own(place)
    publish(portal, sample(AED))
    answer = requests.post(f"{place.ckan.url}/api/3/action/resource_create",
                           data={"package_id": DATASET, "name": "図", "url": "x"},
                           files={"upload": ("theirs.txt", io.BytesIO(b"theirs"), "text/plain")},
                           headers={"Authorization": place.ckan.token}, timeout=30)  # fmt: skip
    theirs = answer.json()["result"]["url"]
    place.ckan.action("resource_create", package_id=DATASET, name="リンク", url="http://127.0.0.1:1/x.csv")
    assert download(theirs) == b"theirs"
    (outcome,) = gone(portal, DATASET)
    assert outcome.status == "withdrawn", outcome.ja
    assert get(theirs).content != b"theirs" and get(theirs, place.ckan.token).content == b"theirs"
    assert len(place.show()["resources"]) == 3


def test_a_file_that_another_run_brought_since_is_erased_too(place: Place, tmp_path: Path) -> None:
    """Between the look and the hiding; here it comes with the very call that hides."""
    paths = two_years(tmp_path)
    publish(place.portal(), paths[0])
    came: list[Outcome] = []

    def late(request: Request, action: str) -> bool:
        if action == "package_patch" and not came:
            came.extend(publish(place.portal(), paths[1]))
        return False

    with server(through(place.ckan, late, arrives=True)) as address:
        (outcome,) = gone(place.portal(address=address), POPULATION)
    assert outcome.status == "withdrawn" and came[0].status == "published", outcome.ja
    content = [get(r["url"], place.ckan.token).content for r in place.show(POPULATION)["resources"]]
    assert len(content) == 2 and all(TOMBSTONE in each for each in content)


# --- one file ------------------------------------------------------------------------------------


def test_one_file_is_withdrawn_its_neighbour_stays_and_it_comes_back_only_when_told(
    place: Place, tmp_path: Path
) -> None:
    paths, portal = two_years(tmp_path), tables(place)
    publish(portal, *paths)
    kept, bad = place.show(POPULATION)["resources"]
    (outcome,) = gone(portal, POPULATION, file=YEARS[1])
    assert outcome.status == "withdrawn", outcome.ja
    assert [r["id"] for r in place.show(POPULATION)["resources"]] == [kept["id"]]
    assert get(bad["url"]).status_code == 404 and get(kept["url"]).status_code == 200
    table = f"{place.ckan.url}/api/3/action/datastore_search?resource_id={bad['id']}"
    assert get(table).status_code == 404 and get(table, place.ckan.token).status_code == 404
    found = publish(portal, *paths)
    assert statuses(found) == {YEARS[0]: "unchanged", YEARS[1]: "refused"} and "--restore" in found[1].ja
    assert exit_code(gone(portal, POPULATION, file=YEARS[1])) == 0  # done before
    wishes = Wishes(restore=frozenset({POPULATION}))
    assert statuses(publish(portal, *paths, wishes=wishes)) == {YEARS[0]: "unchanged", YEARS[1]: "published"}
    assert {o.status for o in publish(portal, *paths)} == {"unchanged"}


def test_an_update_of_its_neighbour_does_not_forget_that_a_file_was_withdrawn(
    place: Place, tmp_path: Path
) -> None:
    paths, portal = two_years(tmp_path), place.portal()
    publish(portal, *paths)
    gone(portal, POPULATION, file=YEARS[1])
    place.ckan.action("resource_delete", id=place.show(POPULATION)["resources"][0]["id"])
    assert statuses(publish(portal, *paths)) == {YEARS[0]: "published", YEARS[1]: "refused"}


# --- what others made ----------------------------------------------------------------------------


def by_hand(place: Place, organization: str, name: str = DATASET) -> dict[str, Any]:
    """A dataset that a colleague made on the portal's own pages, with one uploaded file."""
    place.ckan.action("package_create", name=name, title="手で作った", owner_org=organization,
                      extras=[{"key": "frequency", "value": "毎月"}])  # fmt: skip
    requests.post(f"{place.ckan.url}/api/3/action/resource_create",
                  data={"package_id": name, "name": "一覧", "format": "CSV", "url": "x"},
                  files={"upload": ("list.csv", io.BytesIO(b"secret"), "text/csv")},
                  headers={"Authorization": place.ckan.token}, timeout=30).raise_for_status()  # fmt: skip
    shown: dict[str, Any] = place.show(name)
    return shown


def test_a_dataset_made_by_hand_is_left_alone_and_on_request_hidden_with_its_files_untouched(
    place: Place,
) -> None:
    organization = place.ckan.fresh_organization("261009", "京都市")
    before = by_hand(place, organization)
    token = place.ckan.fresh_editor(organization)
    how: dict[str, Any] = {"token": token, "organization": organization, "create_organization": False}
    (outcome,) = gone(place.portal(**how), DATASET)
    assert (outcome.status, exit_code([outcome])) == ("refused", 2) and "--foreign" in outcome.ja
    assert place.show() == before
    (outcome,) = gone(place.portal(**how), DATASET, foreign=True)
    assert outcome.status == "withdrawn" and "ファイルは消していません" in outcome.ja, outcome.ja
    assert not place.exists() and get(before["resources"][0]["url"]).content != b"secret"
    after = place.show()
    assert get(before["resources"][0]["url"], token).content == b"secret"
    assert {"frequency", "odtool_withdrawn"} == {extra["key"] for extra in after["extras"]}
    (adopting,) = publish(place.portal(**how), sample(AED), wishes=Wishes(adopt=frozenset({DATASET})))
    assert adopting.status == "refused" and f"--adopt {DATASET} --restore {DATASET}" in adopting.ja
    both = Wishes(adopt=frozenset({DATASET}), restore=frozenset({DATASET}))
    (adopted,) = publish(place.portal(**how), sample(AED), wishes=both)
    assert adopted.status == "published" and place.exists(), adopted.ja


def test_another_municipalitys_dataset_cannot_be_hidden(place: Place) -> None:
    by_hand(place, place.ckan.fresh_organization("262129", "京丹後市"))
    token = place.ckan.fresh_editor(place.ckan.fresh_organization("261009", "京都市"))
    noted: list[Any] = []
    (outcome,) = gone(place.portal(token=token), DATASET, noted=noted, foreign=True)
    assert (outcome.status, exit_code([outcome])) == ("failed", 3) and place.exists()
    assert [entry.verified for entry in noted if isinstance(entry, Withdrawal)] == [False]


# --- when it does not go well --------------------------------------------------------------------


def spoilt(
    place: Place, *names: str, spoil: Callable[[Request, str], bool], arrives: bool = False
) -> list[Outcome]:
    with server(through(place.ckan, spoil, arrives=arrives)) as address:
        return gone(place.portal(address=address, tables=True), *names)


def test_a_dataset_that_a_colleague_made_public_again_is_told_as_still_public(place: Place) -> None:
    publish(place.portal(), sample(AED))
    seen: list[str] = []

    def again(request: Request, action: str) -> bool:
        seen.append(action)
        if action == "package_show" and "Authorization" not in request.headers:  # the look as the public does
            place.ckan.action("package_patch", id=DATASET, private=False)
        return False

    noted: list[Any] = []
    with server(through(place.ckan, again, arrives=True)) as address:
        (outcome,) = gone(place.portal(address=address), DATASET, noted=noted)
    assert (
        outcome.status == "failed" and "まだ公開されています" in outcome.ja and "package_show" in outcome.ja
    )
    assert [entry.verified for entry in noted if isinstance(entry, Withdrawal)] == [False]
    assert TOMBSTONE in download(place.show()["resources"][0]["url"])  # the data itself is gone all the same
    assert [o.status for o in gone(place.portal(), DATASET)] == ["withdrawn"]


def test_a_file_that_is_still_to_be_had_is_told(place: Place) -> None:
    """As where a cache stands in front of the portal."""
    publish(place.portal(), sample(AED))
    content = download(place.show()["resources"][0]["url"])

    def cached(request: Request) -> None:
        if "/download/" in request.path:
            reply(request, 200, content, "text/csv")
        else:
            through(place.ckan, lambda *_: False, arrives=True)(request)

    with server(cached) as address:
        (outcome,) = gone(place.portal(address=address), DATASET)
    assert outcome.status == "failed" and "/download/" in outcome.ja and "まだ公開されています" in outcome.ja


@pytest.mark.parametrize("status", [202, 418, 500])
def test_an_answer_that_does_not_tell_is_never_taken_for_gone(place: Place, status: int) -> None:
    publish(place.portal(), sample(AED))

    def odd(request: Request) -> None:
        if "Authorization" not in request.headers:
            reply(request, status, b"<html>?</html>")
        else:
            through(place.ckan, lambda *_: False, arrives=True)(request)

    with server(odd) as address:
        (outcome,) = gone(place.portal(address=address), DATASET)
    assert outcome.status == "failed" and f"（{status}）" in outcome.ja and "確かめられません" in outcome.ja


@pytest.mark.parametrize("action", ["package_patch", "resource_patch", "datastore_delete"])
@pytest.mark.parametrize("arrives", [True, False])
def test_a_lost_answer_is_made_up_for(place: Place, action: str, arrives: bool) -> None:
    publish(tables(place), sample(AED))
    left = {action: 1}

    def lose(_: Request, asked: str) -> bool:
        left[asked] = left.get(asked, 0) - 1
        return left[asked] >= 0

    (outcome,) = spoilt(place, DATASET, spoil=lose, arrives=arrives)
    assert outcome.status == "withdrawn", outcome.ja
    assert TOMBSTONE in get(place.show()["resources"][0]["url"], place.ckan.token).content


@pytest.mark.parametrize("action", ["package_patch", "resource_patch", "datastore_delete"])
def test_what_failed_in_part_is_not_said_to_be_done_and_a_rerun_completes_it(
    place: Place, action: str
) -> None:
    publish(tables(place), sample(AED))
    resource = place.show()["resources"][0]
    (outcome,) = spoilt(place, DATASET, spoil=lambda _, asked: asked == action)
    assert outcome.status == "failed", outcome.ja
    assert [o.status for o in gone(tables(place), DATASET)] == ["withdrawn"]
    assert not place.exists() and TOMBSTONE in get(resource["url"], place.ckan.token).content
    table = f"{place.ckan.url}/api/3/action/datastore_search?resource_id={resource['id']}"
    assert get(table, place.ckan.token).status_code == 404


def test_what_cannot_be_hidden_is_erased_all_the_same(place: Place) -> None:
    """As where the portal asks for a field that the entry does not have, and so takes no change of it."""
    publish(place.portal(), sample(AED))

    def strict(request: Request) -> None:
        if request.path.endswith("package_patch"):
            reply(request, 409, b'{"success": false, "error": {"tag_string": ["Missing value"], "__type": "Validation Error"}}',
                  "application/json")  # fmt: skip
        else:
            through(place.ckan, lambda *_: False, arrives=True)(request)

    with server(strict) as address:
        (outcome,) = gone(place.portal(address=address), DATASET)
    assert outcome.status == "failed"
    assert TOMBSTONE in download(place.show()["resources"][0]["url"])


def test_a_portal_that_cannot_be_reached_stops_the_rest_and_says_so(place: Place) -> None:
    publish(place.portal(), sample(AED), sample("262129_public_toilet.csv"))
    down = lambda _, asked: asked == "package_patch"  # noqa: E731
    outcomes = spoilt(place, DATASET, "262129_public_toilet", spoil=down)
    assert [o.status for o in outcomes] == ["failed", "not-done"] and exit_code(outcomes) == 3
    with pytest.raises(PortalError):
        gone(place.portal(address="http://127.0.0.1:1"), DATASET)


def test_a_wrong_token_is_told_and_nothing_is_withdrawn(place: Place) -> None:
    publish(place.portal(), sample(AED))
    (outcome,) = gone(place.portal(token="wrong"), DATASET)
    assert outcome.status == "failed" and "トークン" in outcome.ja and place.exists()


# --- the command, and --prune --------------------------------------------------------------------


def test_the_command_withdraws_what_is_in_no_ledger_and_shows_no_token(place: Place, tmp_path: Path) -> None:
    place.settings(tmp_path)
    publish(place.portal(), sample(AED))
    token = {"ODTOOL_TOKEN_CITY": place.ckan.token}
    done = odtool(tmp_path, "withdraw", DATASET, "--portal", "city", "--reason", REASON, "--yes", **token)
    said = done.stdout + done.stderr
    assert done.returncode == 0 and "取り下げました" in said and place.ckan.token not in said, said
    with ledger(tmp_path / "odtool-ledger.sqlite") as book:
        (entry,) = book.select(Withdrawal)
        assert (entry.portal, entry.municipality, entry.verified) == (place.ckan.url, "261009", True)
    unpublished = odtool(tmp_path, "publish", sample(AED), "--portal", "city", **token)
    assert unpublished.returncode == 3 and "--restore" in unpublished.stdout
    back = odtool(tmp_path, "publish", sample(AED), "--portal", "city", "--restore", DATASET, **token)
    assert back.returncode == 0, back.stdout
    with ledger(tmp_path / "odtool-ledger.sqlite") as book:
        assert [entry.action for entry in book.select(Publication)] == ["restore"]


def test_without_a_token_it_says_what_is_missing(place: Place, tmp_path: Path) -> None:
    place.settings(tmp_path)
    done = odtool(tmp_path, "withdraw", DATASET, "--portal", "city", "--reason", REASON, "--yes")
    assert done.returncode == 2 and "ODTOOL_TOKEN_CITY" in done.stderr


def test_pruning_withdraws_a_whole_dataset_or_one_file_of_it(place: Place, tmp_path: Path) -> None:
    place.settings(tmp_path)
    token = {"ODTOOL_TOKEN_CITY": place.ckan.token}
    call = ("--portal", "city", "--create-organization", "--municipality", "142034")
    paths = two_years(tmp_path)
    event = sample(YEARS[0])
    assert odtool(tmp_path, "publish", *paths, *call, **token).returncode == 0
    _, bad = place.show(POPULATION)["resources"]
    stopped = odtool(tmp_path, "publish", event, *call, "--prune", "--max-delete", "0", **token)
    assert stopped.returncode == 2 and "--max-delete" in stopped.stderr
    assert len(place.show(POPULATION)["resources"]) == 2
    done = odtool(tmp_path, "publish", event, *call, "--prune", "--max-delete", "1", **token)
    assert done.returncode == 0 and "取り下げ 1件" in done.stdout, done.stdout + done.stderr
    assert [r["url"].rpartition("/")[2] for r in place.show(POPULATION)["resources"]] == [YEARS[0]]
    assert get(bad["url"]).status_code == 404


def test_pruning_hides_a_dataset_of_which_nothing_is_left(place: Place, tmp_path: Path) -> None:
    place.settings(tmp_path)
    token = {"ODTOOL_TOKEN_CITY": place.ckan.token}
    kept, other = write_files(tmp_path / "files", municipalities()["262021"], 2)
    name, gone_name = Path(kept).stem, Path(other).stem
    call = ("--portal", "city")
    done = odtool(tmp_path, "publish", kept, other, *call, "--create-organization", **token)
    assert done.returncode == 0 and place.exists(name) and place.exists(gone_name), done.stdout
    try:
        plan = odtool(tmp_path, "plan", kept, *call, "--prune", "-o", "plan.json", **token)
        assert plan.returncode == 0 and "取り下げ" in plan.stdout, plan.stdout + plan.stderr
        done = odtool(tmp_path, "apply", "plan.json", "--max-delete", "1", **token)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not place.exists(gone_name) and place.exists(name)
    finally:
        for each in (name, gone_name):
            place.ckan.action("dataset_purge", id=place.show(each)["id"])


# --- beside others -------------------------------------------------------------------------------


def test_one_that_cannot_be_looked_up_does_not_keep_the_others_public(place: Place) -> None:
    publish(place.portal(), sample(AED), sample("262129_public_toilet.csv"))

    def troubled(request: Request, action: str) -> bool:
        return action == "package_show" and "262129_public_toilet" in request.path

    with server(through(place.ckan, troubled, arrives=True, status=500)) as address:
        outcomes = gone(place.portal(address=address), "262129_public_toilet", DATASET)
    assert [o.status for o in outcomes] == ["failed", "withdrawn"], [o.ja for o in outcomes]
    assert exit_code(outcomes) == 3 and not place.exists()


def test_a_dataset_that_vanishes_meanwhile_is_looked_for_with_all_its_files(place: Place) -> None:
    publish(place.portal(), sample(AED))
    id_ = place.show()["resources"][0]["id"]
    met: list[str] = []

    def meanwhile(request: Request, action: str) -> bool:
        met.append(request.path)
        if action == "package_patch":
            place.ckan.action("package_delete", id=DATASET)
        return False

    with server(through(place.ckan, meanwhile, arrives=True)) as address:
        gone(place.portal(address=address), DATASET)
    assert any(f"/resource/{id_}/download/" in path for path in met)


def test_a_run_that_is_publishing_does_not_bring_back_what_is_withdrawn_meanwhile(
    place: Place, tmp_path: Path
) -> None:
    publish(place.portal(), sample(AED))
    resource = place.show()["resources"][0]
    path = edited(AED, tmp_path, NOTE, OTHER_NOTE)
    withdrawn: list[Outcome] = []

    def meanwhile(_: Request, action: str) -> bool:
        if action == "package_revise" and not withdrawn:
            withdrawn.extend(gone(place.portal(), DATASET))
        return False

    with server(through(place.ckan, meanwhile, arrives=True)) as address:
        (outcome,) = publish(place.portal(address=address), path)
    assert [o.status for o in withdrawn] == ["withdrawn"]
    assert outcome.status == "failed" and not place.exists(), outcome.ja
    assert TOMBSTONE in get(resource["url"], place.ckan.token).content
    assert [o.status for o in publish(place.portal(), path)] == ["refused"]


def test_what_was_withdrawn_and_moved_to_another_organisation_is_not_restored_there(place: Place) -> None:
    publish(place.portal(), sample(AED))
    gone(place.portal(), DATASET)
    other = place.ckan.fresh_organization("261009", "京都市")
    place.ckan.action("package_patch", id=DATASET, owner_org=other)
    (outcome,) = publish(place.portal(), sample(AED), wishes=RESTORED)
    assert outcome.status == "refused" and other in outcome.ja and not place.exists()
    assert [o.status for o in gone(place.portal(), DATASET)] == ["withdrawn"]  # which still works


def test_the_plan_compares_the_rows_of_what_is_published(place: Place, tmp_path: Path) -> None:
    place.settings(tmp_path)
    publish(place.portal(), sample(AED))
    path = edited(AED, tmp_path / "new", NOTE, OTHER_NOTE)
    done = odtool(tmp_path, "plan", path, "--portal", "city", "--rows", "-o", "plan.html")
    assert "変更 53 行" in done.stdout, done.stdout + done.stderr
    assert "変更 53 行" in (tmp_path / "plan.html").read_text("utf-8")
