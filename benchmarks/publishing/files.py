"""The files that are published: the valid ones of tests/samples and one that is generated, as the CSV that odtool writes."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import speed
from benchmarks.publishing.left import Sent
from benchmarks.publishing.tools import Item
from odtool.datasets import catalog
from odtool.judging import check
from odtool.model import FileReport
from odtool.planning.offer import table_schema
from odtool.table.write import write

SAMPLES = Path(__file__).parent.parent.parent / "tests" / "samples"
LIST = "262129_aed.csv"  # the generated file
ROWS = 60  # of it
REMARK, OTHER_REMARK = "祝日を除く, 年末年始は休み", "祝日は休み"


def judged(content: bytes, name: str) -> tuple[FileReport, bytes]:
    report, table = check.judge(content, name)
    return report, write(table) if table and report.status == "valid" else b""


def item_of(content: bytes, name: str) -> Item:
    report, clean = judged(content, name)
    assert report.match, f"{name}: {report.status}"
    assert report.status == "valid", f"{name}: {report.status}"
    dataset = report.match.dataset
    stem = name.rpartition(".")[0]
    sent = Sent(f"{stem[:6]}_{dataset.slug}", f"{stem}.csv", clean)
    return Item(sent, dataset.name, ("オープンデータ",), table_schema(report.match))


def generated(spoil: Callable[[list[str]], None] | None = None, remark: str = REMARK) -> bytes:
    """An AED list of 京丹後市, made from a seed; `spoil` may change its first row."""
    rows = [[remark if cell == REMARK else cell for cell in row] for row in speed.national(ROWS, seed=1)]
    if spoil:
        spoil(rows[0])
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(
        [[field.name for field in catalog.dataset("standard-aed").fields], *rows]
    )
    return text.getvalue().encode("utf-8-sig")


def wrong(row: list[str]) -> None:
    """No name, a latitude in words, a time that does not exist."""
    row[3], row[14], row[28] = "", "北緯35度", "25:61"


def items() -> list[Item]:
    """Ten datasets in the order of their names."""
    known = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
    valid = sorted(name for name, expected in known.items() if expected["status"] == "valid")
    found = [item_of((SAMPLES / name).read_bytes(), name) for name in valid]
    return sorted([*found, item_of(generated(), LIST)], key=lambda item: item.sent.name)


def with_remark(every: Sequence[Item], remark: str) -> list[Item]:
    """The same files, but that the generated one says something else in a few of its rows."""
    other = item_of(generated(remark=remark), LIST)
    return [other if item.sent.name == LIST else item for item in every]


def with_invalid(every: Sequence[Item]) -> tuple[list[Item], Sent]:
    """The generated file is replaced by one that must not be published."""
    content = generated(wrong)
    assert judged(content, LIST)[0].status == "invalid"
    bad = Sent("262129_aed", LIST, content)
    return [replace(item, sent=bad) if item.sent.name == LIST else item for item in every], bad
