"""The rows of what is published in a real DataStore: types, keys, differences, lost answers, withdrawal."""

import csv
import io
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from odtool.errors import PortalError
from odtool.journal import Call
from odtool.plan import Wishes
from odtool.portal import Payload
from odtool.portal.action import ActionApi
from odtool.portal.ckan import Ckan as Portal
from odtool.portal.datastore import DataStore
from odtool.publish import Outcome, exit_code, take_away
from tests.ckan.plugin import Ckan
from tests.publishing import AED, NOTE, OTHER_NOTE, edited, judged, publish, reply, sample, server

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
        return DataStore(ActionApi(address or self.ckan.url, self.ckan.token, pause=0.02, tell=self.tell), 0.02)

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
    rows = [["0001", "12.50", "007", "2026-04-01", "令和8年4月1日", "0751234567"], ["0002", "", "12", "", "", ""]]
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


def test_names_that_no_table_can_have_become_short_ones_with_the_whole_name_in_the_dictionary(place: Place) -> None:
    resource = place.upload()
    header = ["あ" * 21, "あ" * 22, "あ" * 23, "_下線", '"引用"', "", "率（%）", "開始（:分）", "a:b,c", "改\n行", " 空白"]
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
    for rows in ([["1", "甲"], ["1", "乙"]], [["1", "甲"], ["2", "乙"]], [["1", "甲"], ["1", "乙"]], [["", "甲"]]):
        store.load(resource, payload(["ID", NAME], rows))
        assert sorted([told(r)["ID"], r[NAME]] for r in place.rows(resource)) == sorted(rows)


def test_other_columns_make_another_table(place: Place) -> None:
    resource, store = place.upload(), place.store()
    store.load(resource, payload(["ID", NAME], [["1", "甲"]]))
    store.load(resource, payload(["ID", "面積"], [["1", "2.5"]], 面積="number"))
    assert [f["id"] for f in place.table(resource)["fields"]] == ["_id", "ID", "面積"]
    assert place.rows(resource) == [{"ID": "1", "面積": 2.5}]
