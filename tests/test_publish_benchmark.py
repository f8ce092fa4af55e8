"""The benchmark of publishing: what it counts and compares, and the files it publishes. No portal, no clock."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.publishing.course import Step, creation, kinds, middle, upload
from benchmarks.publishing.files import LIST, OTHER_REMARK, items, judged, with_invalid, with_remark
from benchmarks.publishing.left import Entry, Kept, Left, Sent, left
from benchmarks.publishing.table import lines, table
from benchmarks.publishing.tools import Item, Place, Ran, package, run
from tests.ckan.faults import Seen

FILE = Sent("262021_aed", "262021_aed.csv", b"\xef\xbb\xbfID,\xe5\x90\x8d\xe7\xa7\xb0\r\n0012,A\r\n")
OTHER = Sent("262021_hospital", "262021_hospital.csv", b"ID\r\n1\r\n")
GOOD = Kept("r1", FILE.name, FILE.sha256)


def entry(*resources: Kept, id: str = "d1", changed: str = "1") -> dict[str, Entry]:  # noqa: A002
    return {FILE.dataset: Entry(id, changed, resources)}


def test_what_is_as_it_should_be_has_no_fault() -> None:
    found = left([FILE], entry(GOOD))
    assert (found.words(), found.names, found.datasets, found.resources) == ("○", (), 1, 1)


def test_a_dataset_that_is_missing_is_no_dataset_without_file() -> None:
    assert left([FILE, OTHER], entry()).words() == "データセットなし 1、ファイルなし 1"


def test_a_second_resource_with_the_same_file_is_a_duplicate_and_another_file_is_not() -> None:
    found = left([FILE], entry(GOOD, replace(GOOD, id="r2"), Kept("r3", "datapackage.json", "x")))
    assert (found.twice, found.others, found.resources, found.words()) == (1, 1, 3, "重複 1")


def test_bytes_that_differ_and_links_to_nothing_are_seen() -> None:
    assert left([FILE], entry(replace(GOOD, sha256="0" * 64))).words() == "違う中身 1"
    assert left([FILE], entry(replace(GOOD, sha256=""))).words() == "違う中身 1"


def test_a_new_id_is_told_from_one_that_was_kept() -> None:
    before = entry(GOOD)
    kept = left([FILE], entry(GOOD), before)
    renewed = left([FILE], entry(replace(GOOD, id="r2")), before)
    assert (kept.kept, kept.renewed, renewed.kept, renewed.renewed) == (1, 0, 0, 1)


def test_a_dataset_is_touched_when_its_date_or_its_id_is_another() -> None:
    before = entry(GOOD)
    states = entry(GOOD), entry(GOOD, changed="2"), entry(GOOD, id="d2")
    assert [left([FILE], state, before).touched for state in states] == [0, 1, 1]


def test_a_leading_zero_lost_in_the_datastore_is_a_fault() -> None:
    head = ("ID", "名称")
    as_is, cut = (replace(GOOD, rows=(head, (cell, "A"))) for cell in ("0012", "12"))
    assert left([FILE], entry(as_is)).stored == 1
    assert left([FILE], entry(as_is)).words() == "○"
    assert left([FILE], entry(cut)).words() == "DataStore の値が違う 1"


# --- calls -----------------------------------------------------------------------------------------


def seen(*actions: str) -> list[Seen]:
    return [Seen(number, "POST", action, "", 200, "") for number, action in enumerate(actions, 1)]


def test_calls_are_reads_writes_and_downloads() -> None:
    calls = seen("package_show", "package_create", "resource_patch", "download", "license_list")
    assert kinds(calls) == {"read": 2, "write": 2, "download": 1}


def test_the_calls_whose_answers_are_to_be_lost_are_found_by_what_they_did() -> None:
    one = ("package_create", "resource_create", "resource_create", "package_patch")
    calls = seen("package_show", *one, *one, *one)
    assert creation(calls, 1) == 6
    assert upload(calls, 1, each=2, count=3) == 7
    assert middle(calls) == 7


def test_where_only_what_changed_was_sent_the_first_upload_is_meant() -> None:
    assert upload(seen("package_show", "resource_patch", "package_show"), 5, each=1, count=10) == 2
    assert upload(seen("package_show", "package_revise", "package_show"), 5, each=1, count=10) == 2


def test_a_rerun_without_writes_has_no_answer_to_lose() -> None:
    assert middle(seen("license_list", "package_show")) == 0


# --- files -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def every() -> list[Item]:
    return items()


def test_ten_datasets_are_published_as_odtool_writes_them(every: list[Item]) -> None:
    assert len({item.sent.dataset for item in every}) == len(every) == 10
    for item in every:
        report, written = judged(item.sent.content, item.sent.name)
        assert (report.status, written) == ("valid", item.sent.content)


def test_one_file_changes_and_stays_valid(every: list[Item]) -> None:
    changed = with_remark(every, OTHER_REMARK)
    off = [new.sent for old, new in zip(every, changed, strict=True) if old.sent != new.sent]
    assert [sent.name for sent in off] == [LIST]
    assert OTHER_REMARK.encode() in off[0].content


def test_the_invalid_file_takes_the_place_of_a_valid_one(every: list[Item]) -> None:
    mixed, bad = with_invalid(every)
    assert [item.sent for item in mixed].count(bad) == 1
    assert judged(bad.content, bad.name)[0].status == "invalid"


# --- the programs ------------------------------------------------------------------------------------


def test_what_a_program_says_is_kept_without_the_token(tmp_path: Path) -> None:
    ran = Ran()
    code = "import os, sys; print('A', os.environ['KEY']); print('B', os.environ['KEY'], file=sys.stderr); sys.exit(3)"
    assert run(ran, [sys.executable, "-c", code], tmp_path, "s3cret", KEY="s3cret") == 3
    assert (ran.said.split(), ran.codes) == (["A", "***", "B", "***"], [3])


def test_the_token_is_in_no_datapackage(every: list[Item], tmp_path: Path) -> None:
    own = package(every[0], Place("http://127.0.0.1:9", "city", "s3cret", lambda _: None), tmp_path)
    described = (own / "datapackage.json").read_text("utf-8")
    assert "s3cret" not in described and json.loads(described)["name"] == every[0].sent.dataset
    assert (own / every[0].sent.name).read_bytes() == every[0].sent.content


# --- the table -------------------------------------------------------------------------------------


def test_the_table_has_a_column_for_each_program_and_says_why_one_has_none() -> None:
    step = Step(
        "", 1.0, 0.5, [0], "", {"read": 1, "write": 2, "download": 0}, {}, 0, Left(1, 0, 0, 1, 2, 0, 0)
    )
    names = ("first again changed invalid", "creation_lost upload_lost replacement_lost rerun_lost")
    faults = [name.replace("_", " ") for name in names[1].split()]
    steps = [
        replace(step, step=name) for name in (*names[0].split(), *faults, *(f"{f}, again" for f in faults))
    ]
    tools = {"a": {"version": "1", "unusable": ""}, "b": {"version": "2", "unusable": "no such host"}}
    shown = table({"a": steps}, tools).splitlines()
    assert shown[0] == "|  | a 1 |" and shown[-1] == "b 2: no such host"
    assert len(shown) == len(lines()) + 4
    assert "3 (2)" in shown[2] and "重複 2" in shown[4]
