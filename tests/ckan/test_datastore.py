"""The rows of what is published in a real DataStore: types, keys, differences, lost answers, withdrawal."""

import csv
import http.server
import io
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from odtool.errors import PortalError
from odtool.judging.check import RECOGNISED
from odtool.ledger.journal import Call
from odtool.planning.plan import Wishes
from odtool.portal import Payload
from odtool.portal.action import ActionApi
from odtool.portal.ckan import Ckan as Portal
from odtool.portal.datastore import DataStore
from odtool.publishing.contents import contents
from odtool.publishing.publish import apply, exit_code, take_away
from tests.ckan.faults import Fault, proxy
from tests.ckan.plugin import Ckan
from tests.publishing import (
    AED,
    NOTE,
    OTHER_NOTE,
    edited,
    judged,
    now,
    planned,
    publish,
    reply,
    sample,
    server,
)

DATASET = "261009_aed"
NUMBER, NAME, LATITUDE = "NO", "名称", "緯度"


@dataclass
class Place:
    """A CKAN with an organisation of this test's own and a resource without a table, and the calls made there."""

    ckan: Ckan
    organization: str
    calls: list[str] = field(default_factory=list)

    def tell(self, call: Call) -> None:
        if call.outcome != "begun":
            self.calls.append(call.action)

    def portal(self, address: str = "") -> Portal:
        return Portal("test", address or self.ckan.url, self.ckan.token, organization=self.organization,
                      create_organization=True, tables=True, pause=0.02, tell=self.tell)  # fmt: skip

    def store(self, address: str = "") -> DataStore:
        return DataStore(
            ActionApi(address or self.ckan.url, self.ckan.token, pause=0.02, tell=self.tell), 0.02
        )

    def upload(self) -> str:
        """The id of a resource with an uploaded file."""
        owner = self.ckan.action("organization_create", name=f"o{secrets.token_hex(4)}")["id"]
        package = self.ckan.action("package_create", name=f"d{secrets.token_hex(4)}", owner_org=owner)["id"]
        answer = requests.post(
            f"{self.ckan.url}/api/3/action/resource_create",
            data={"package_id": package, "name": "表", "format": "CSV"},
            files={"upload": ("table.csv", b"a\r\n1\r\n", "text/csv")},
            headers={"Authorization": self.ckan.token},
            timeout=30,
        )
        return str(answer.json()["result"]["id"])

    def resource(self) -> dict[str, Any]:
        (found,) = self.ckan.action("package_show", id=DATASET)["resources"]
        return dict(found)

    def table(self, resource_id: str) -> Any:
        return self.ckan.action("datastore_search", resource_id=resource_id, limit=32000, sort="_id")

    def rows(self, resource_id: str) -> list[dict[str, Any]]:
        return [{k: v for k, v in r.items() if k != "_id"} for r in self.table(resource_id)["records"]]

    def purge(self) -> None:
        headers = {"Authorization": self.ckan.token}
        url = f"{self.ckan.url}/api/3/action/package_show"
        answer = requests.get(url, {"id": DATASET}, headers=headers, timeout=30)
        if answer.ok:
            self.ckan.action("dataset_purge", id=answer.json()["result"]["id"])


@pytest.fixture
def place(ckan: Ckan) -> Iterator[Place]:
    found = Place(ckan, "{code}-" + secrets.token_hex(4))
    found.purge()
    yield found
    found.purge()


def payload(header: Sequence[str], rows: Sequence[Sequence[object]], **types: str) -> Payload:
    """A CSV as it is published, its columns of these types."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    fields = [{"name": label, "type": types.get(label, "string")} for label in header]
    return Payload.of(text.getvalue().encode("utf-8-sig"), {"fields": fields})


def passed_on(ckan: Ckan, request: http.server.BaseHTTPRequestHandler) -> None:
    """CKAN's own answer."""
    length = int(request.headers.get("Content-Length", 0))
    headers = {
        key: value for key, value in request.headers.items() if key in ("Authorization", "Content-Type")
    }
    body = request.rfile.read(length)
    found = requests.request(request.command, ckan.url + request.path, data=body, headers=headers, timeout=60)
    if length:
        request.headers.replace_header("Content-Length", "0")  # it is read
    reply(request, found.status_code, found.content, "application/json")


def of_file(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(judged(path)[1].decode("utf-8-sig"), newline="")))


def told(record: dict[str, Any]) -> dict[str, str]:
    return {key: "" if value is None else str(value) for key, value in record.items()}


# --- what the table holds ----------------------------------------------------------------------


def test_the_rows_of_a_published_file_are_in_the_table_cell_by_cell(place: Place) -> None:
    (outcome,) = publish(place.portal(), sample(AED))
    assert outcome.status == "published", outcome.ja
    resource = place.resource()
    assert resource["datastore_active"] and resource["odtool_loaded"] == resource["odtool_sha256"]
    wanted = of_file(sample(AED))
    assert len(wanted) > 1 and wanted[0][NUMBER].startswith("0")
    for row, held in zip(wanted, place.rows(resource["id"]), strict=True):
        assert float(held.pop(LATITUDE)) == float(row.pop(LATITUDE))
        assert float(held.pop("経度")) == float(row.pop("経度"))
        assert told(held) == row


def test_types_come_from_the_schema_and_only_where_every_value_survives(place: Place) -> None:
    resource = place.upload()
    header = ["ID", "面積", "戸数", "開始日", "更新日", "電話番号"]
    rows = [
        ["0001", "12.50", "007", "2026-04-01", "令和8年4月1日", "0751234567"],
        ["0002", "", "12", "", "", ""],
    ]
    types = {"面積": "number", "戸数": "integer", "開始日": "date", "更新日": "date", "電話番号": "number"}
    place.store().load(resource, payload(header, rows, **types))
    table = place.table(resource)
    assert {f["id"]: f["type"] for f in table["fields"][1:]} == {
        "ID": "text", "面積": "numeric", "戸数": "text", "開始日": "date", "更新日": "text", "電話番号": "text",
    }  # fmt: skip
    assert [list(map(str, told(row).values())) for row in place.rows(resource)] == [
        ["0001", "12.5", "007", "2026-04-01", "令和8年4月1日", "0751234567"],
        ["0002", "", "12", "", "", ""],
    ]


def test_names_that_no_table_can_have_become_short_ones_with_the_whole_name_in_the_dictionary(
    place: Place,
) -> None:
    resource = place.upload()
    header = [
        "あ" * 21,
        "あ" * 22,
        "あ" * 23,
        "_下線",
        '"引用"',
        "",
        "率（%）",
        "開始（:分）",
        "a:b,c",
        "改\n行",
        " 空白",
    ]
    place.store().load(resource, payload(header, [list(range(11))]))
    fields = place.table(resource)["fields"][1:]
    assert [f["info"]["label"] for f in fields] == header
    names = [f["id"] for f in fields]
    assert (names[0], names[6], names[8]) == (header[0], header[6], header[8])
    assert len(set(names)) == len(header) and all(len(name.encode()) <= 63 for name in names)
    assert [told(row) for row in place.rows(resource)] == [dict(zip(names, map(str, range(11)), strict=True))]
    place.calls.clear()
    place.store().load(resource, payload(header, [list(range(11))]))
    assert "datastore_delete" not in place.calls  # the same names again


# --- differences -------------------------------------------------------------------------------


def test_with_a_key_only_what_differs_is_written_and_the_rows_keep_their_numbers(place: Place) -> None:
    resource, store = place.upload(), place.store()
    rows = [[f"{n:04}", f"施設{n}"] for n in range(50)]
    store.load(resource, payload(["ID", NAME], rows))
    before = {r["ID"]: r["_id"] for r in place.table(resource)["records"]}
    changed = [["0000", "改名"], *rows[2:], ["0099", "新設"]]
    place.calls.clear()
    store.load(resource, payload(["ID", NAME], changed))
    after = place.table(resource)["records"]
    assert sorted([r["ID"], r[NAME]] for r in after) == sorted(changed)
    assert all(before[r["ID"]] == r["_id"] for r in after if r["ID"] in before)
    assert place.calls == [
        "datastore_search", "datastore_create", "datastore_upsert", "datastore_upsert", "datastore_delete",
        "datastore_search",
    ]  # fmt: skip


def test_without_a_key_equal_rows_are_counted(place: Place) -> None:
    resource, store = place.upload(), place.store()
    store.load(resource, payload([NAME, "数"], [["甲", 1], ["甲", 1], ["乙", 2], ["", ""]]))
    store.load(resource, payload([NAME, "数"], [["甲", 1], ["甲", 1], ["甲", 1], ["丙", 3]]))
    assert sorted(told(r)[NAME] for r in place.rows(resource)) == ["丙", "甲", "甲", "甲"]
    store.load(resource, payload([NAME, "数"], [["甲", 1]]))
    assert [told(r) for r in place.rows(resource)] == [{NAME: "甲", "数": "1"}]


def test_a_key_comes_and_goes_with_the_values(place: Place) -> None:
    resource, store = place.upload(), place.store()
    for rows in (
        [["1", "甲"], ["1", "乙"]],
        [["1", "甲"], ["2", "乙"]],
        [["1", "甲"], ["1", "乙"]],
        [["", "甲"]],
    ):
        store.load(resource, payload(["ID", NAME], rows))
        assert sorted([told(r)["ID"], r[NAME]] for r in place.rows(resource)) == sorted(rows)


def test_other_columns_make_another_table(place: Place) -> None:
    resource, store = place.upload(), place.store()
    store.load(resource, payload(["ID", NAME], [["1", "甲"]]))
    store.load(resource, payload(["ID", "面積"], [["1", "2.5"]], 面積="number"))
    assert [f["id"] for f in place.table(resource)["fields"]] == ["_id", "ID", "面積"]
    assert place.rows(resource) == [{"ID": "1", "面積": 2.5}]


@pytest.mark.parametrize("header", [["ID", NAME], ["番号", NAME]], ids=["with a key", "without"])
def test_a_large_table_is_updated_by_difference_and_a_sample_read_back(
    place: Place, header: list[str]
) -> None:
    resource, store = place.upload(), place.store()
    rows = [[f"{n:05}", f"施設{n}"] for n in range(10_500)]
    store.load(resource, payload(header, rows))
    assert place.calls.count("datastore_upsert") == 2 and "datastore_delete" not in place.calls
    rows[7_000:7_002] = [["09999x", "新設"]]
    place.calls.clear()
    store.load(resource, payload(header, rows))
    assert place.calls.count("datastore_upsert") == 1 and place.calls.count("datastore_delete") == 1
    held = [list(told(row).values()) for row in place.rows(resource)]
    assert sorted(held) == sorted(rows)


# --- runs that are disturbed -------------------------------------------------------------------

SHAPES: dict[str, tuple[list[str], list[list[list[str]]]]] = {
    "new table": (["番号", NAME], [[["01", "甲"], ["01", "甲"], ["", "乙"]]]),
    "with a key": (["ID", NAME], [[["01", "甲"], ["02", "乙"]], [["01", "丙"], ["03", "乙"]]]),
    "without a key": (
        ["番号", NAME],
        [[["01", "甲"], ["01", "甲"]], [["01", "甲"], ["03", "乙"], ["03", "乙"]]],
    ),
}
FAULTS: tuple[Fault, ...] = (
    Fault(0, "reset", "before"),
    Fault(0, "reset", "after"),
    Fault(0, "500", "before"),
    Fault(0, "504", "after"),
    Fault(0, "truncated", "after"),
    Fault(0, "503", "before", calls=99),  # as if killed before the call
    Fault(0, "reset", "after", calls=99),  # and after it
)


@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_is_lost_at_whichever_call_one_rerun_gives_the_same_table(place: Place, shape: str) -> None:
    header, states = SHAPES[shape]
    resource = place.upload()
    turn = list(SHAPES).index(shape) * 3  # another fault at each call; over the shapes every one has its turn
    with proxy(place.ckan.url) as between:
        for number in range(1, 20):
            for before in states[:-1]:
                place.store().load(resource, payload(header, before))
            fault = replace(FAULTS[(turn + number) % len(FAULTS)], call=number)
            between.set(fault)
            with suppress(PortalError):
                place.store(between.address).load(resource, payload(header, states[-1]))
            reached = len(between.calls) >= number
            place.store().load(resource, payload(header, states[-1]))
            held = sorted(list(told(row).values()) for row in place.rows(resource))
            assert held == sorted(states[-1]), f"{fault} at call {number}"
            place.ckan.action("datastore_delete", resource_id=resource, force=True)
            if not reached:
                return
    pytest.fail("it makes more calls than were tried")


@pytest.mark.parametrize("label", ["ID", "番号"])
def test_two_who_load_the_same_file_at_once_leave_one_table_after_a_rerun(place: Place, label: str) -> None:
    resource = place.upload()
    content = payload([label, NAME], [[n, f"施設{n}"] for n in range(300)])

    def load(store: DataStore) -> None:
        with suppress(PortalError):
            store.load(resource, content)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(load, [place.store(), place.store()]))
    place.store().load(resource, content)
    assert sorted(int(r[label]) for r in place.rows(resource)) == list(range(300))


def test_a_portal_that_takes_little_at_once_gets_the_rows_in_smaller_calls(place: Place) -> None:
    def small(request: http.server.BaseHTTPRequestHandler) -> None:
        if int(request.headers.get("Content-Length", 0)) > 4_000:
            reply(request, 413, b"<html>Request Entity Too Large</html>")
        else:
            passed_on(place.ckan, request)

    resource = place.upload()
    rows = [[f"{n:04}", f"施設{n}" * 5] for n in range(200)]
    with server(small) as address:
        place.store(address).load(resource, payload(["ID", NAME], rows))
    assert [list(r.values()) for r in place.rows(resource)] == rows


def test_a_file_without_rows_makes_an_empty_table(place: Place) -> None:
    resource = place.upload()
    place.store().load(resource, payload(["ID", NAME], [["1", "甲"]]))
    place.store().load(resource, payload(["ID", NAME], []))
    assert place.rows(resource) == [] and len(place.table(resource)["fields"]) == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b"{}",
        b'{"fields": [], "records": []}',
        b'{"fields": 1, "records": 2}',
        b'{"fields": [{"id": "_id", "type": "int"}, {"id": "ID", "type": "text"}], "records": [["x", 1]]}',
        b'{"fields": [{"id": "_id", "type": "int"}, {"id": "ID", "type": "text"}], "records": [[1]]}',
        b'{"fields": [{"id": "_id", "type": "int"}, {"id": "ID", "type": "text"}], "limit": 1, "records": [[1, "1"]]}',
    ],
)
def test_whatever_a_portal_answers_becomes_a_sentence(answer: bytes) -> None:
    def nonsense(request: http.server.BaseHTTPRequestHandler) -> None:
        reply(request, 200, b'{"success": true, "result": ' + answer + b"}", "application/json")

    with server(nonsense) as address, pytest.raises(PortalError, match="もう一度実行"):
        DataStore(ActionApi(address, "", pause=0.001), 0.001).load("r", payload(["ID"], [["1"], ["2"]]))


# --- the portal's own ways ---------------------------------------------------------------------


def test_a_table_that_the_portal_loaded_by_itself_is_replaced(place: Place) -> None:
    resource = place.upload()
    place.ckan.action(
        "datastore_create",
        resource_id=resource,
        force=True,
        fields=[{"id": "ID", "type": "numeric"}, {"id": NAME, "type": "text"}],
        records=[{"ID": "0001", NAME: "甲"}],
    )
    place.store().load(resource, payload(["ID", NAME], [["0001", "甲"]]))
    fields = {f["id"]: f for f in place.table(resource)["fields"]}
    assert fields["ID"]["info"]["type_override"] == "text"  # what its loader goes by the next time
    assert place.rows(resource) == [{"ID": "0001", NAME: "甲"}]


def test_the_portals_own_loader_is_let_finish_first(place: Place) -> None:
    resource = place.upload()
    task = {
        "entity_id": resource,
        "entity_type": "resource",
        "task_type": "xloader",
        "key": "xloader",
        "value": "{}",
    }
    place.ckan.action(
        "task_status_update", **task, state="pending", last_updated=datetime.now(UTC).isoformat()[:19]
    )
    store = place.store()
    with pytest.raises(PortalError, match="読み込んでいる"):
        store.load(resource, payload(["ID"], [["1"]]))
    assert "datastore_create" not in place.calls
    long_ago = (datetime.now(UTC) - timedelta(hours=3)).isoformat()[:19]
    for state, moment in (
        ("pending", long_ago),
        ("complete", long_ago),
    ):  # a loader that died counts for nothing
        place.ckan.action("task_status_update", **task, state=state, last_updated=moment)
        store.load(resource, payload(["ID"], [[state]]))
        assert place.rows(resource) == [{"ID": state}]


def test_without_a_datastore_the_file_is_published_and_the_sentence_says_what_is_not_there(
    place: Place, tmp_path: Path
) -> None:
    def without(request: http.server.BaseHTTPRequestHandler) -> None:
        action = request.path.partition("?")[0].rpartition("/")[2]
        if action.startswith("datastore_"):
            reply(
                request, 400, f'"Bad request - Action name not known: {action}"'.encode(), "application/json"
            )
            return
        passed_on(place.ckan, request)

    noted: list[object] = []
    with server(without) as address:
        portal = place.portal(address)
        plan = planned(portal, sample(AED))
        outcomes = apply(plan, portal, partial(contents, choice=RECOGNISED), now=now, note=noted.append)
    (outcome,) = outcomes
    assert (outcome.status, exit_code(outcomes)) == ("failed", 3)
    assert outcome.ja.startswith(
        "ファイルは公開しました（読み直して一致を確認）。表（DataStore）やプレビューの用意はできませんでした。"
    )
    assert "DataStore がありません" in outcome.ja and "has no DataStore" in outcome.en
    assert requests.get(outcome.url, timeout=30).content == judged(sample(AED))[1]
    assert {type(entry).__name__ for entry in noted} == {"Publication", "Readback", "Unpublished"}
    (outcome,) = publish(place.portal(), sample(AED))  # as soon as there is one
    assert (outcome.status, [c.field for c in outcome.item.changes]) == ("published", ["table"]), outcome.ja
    assert len(place.rows(place.resource()["id"])) == len(of_file(sample(AED)))


# --- with the rest of publishing ---------------------------------------------------------------


def test_a_run_that_ended_before_the_table_was_right_is_completed_by_the_next(
    place: Place, tmp_path: Path
) -> None:
    publish(place.portal(), sample(AED))
    path = edited(AED, tmp_path, NOTE, OTHER_NOTE)
    with proxy(place.ckan.url) as between:
        portal = place.portal(between.address)
        plan = planned(portal, path)
        place.calls.clear()
        between.set(Fault(5, "reset", "after", calls=99))  # its file is there, the table is not
        apply(plan, portal, partial(contents, choice=RECOGNISED), now=now)
    assert "package_revise" in place.calls
    (outcome,) = publish(place.portal(), path)
    assert outcome.status == "published", outcome.ja
    assert [told(r)[NUMBER] for r in place.rows(place.resource()["id"])] == [r[NUMBER] for r in of_file(path)]
    assert any(OTHER_NOTE in map(str, r.values()) for r in place.rows(place.resource()["id"]))
    assert [o.status for o in publish(place.portal(), path)] == ["unchanged"]


def test_withdrawing_takes_the_table_away_and_restoring_brings_it_back(place: Place) -> None:
    portal = place.portal()
    publish(portal, sample(AED))
    resource = place.resource()["id"]
    held = portal.find(DATASET)
    assert held
    take_away(portal, held, None, "2026-11-20 個人情報")
    answer = requests.get(
        f"{place.ckan.url}/api/3/action/datastore_search?resource_id={resource}",
        headers={"Authorization": place.ckan.token},
        timeout=30,
    )
    assert answer.status_code == 404
    (outcome,) = publish(place.portal(), sample(AED), wishes=Wishes(restore=frozenset({DATASET})))
    assert outcome.status == "published", outcome.ja
    assert len(place.rows(place.resource()["id"])) == len(of_file(sample(AED)))


def test_views_are_asked_for_once_and_unchanged_files_need_one_call(place: Place, tmp_path: Path) -> None:
    publish(place.portal(), sample(AED))
    assert place.calls.count("resource_create_default_resource_views") == 1
    if not place.ckan.version.startswith("2.9."):  # the table is no default view there
        (view,) = place.ckan.action("resource_view_list", id=place.resource()["id"])
        assert view["view_type"] == "datatables_view"
    place.calls.clear()
    publish(place.portal(), edited(AED, tmp_path, NOTE, OTHER_NOTE))
    assert "resource_create_default_resource_views" not in place.calls
    place.calls.clear()
    publish(place.portal(), edited(AED, tmp_path, NOTE, OTHER_NOTE))
    assert place.calls == ["license_list", "package_show"]
