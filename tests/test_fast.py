"""Large files: what the column library passes over, the rules would have passed too."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odtool.datasets import catalog
from odtool.datasets.schema import from_descriptor
from odtool.judging import check, validate
from odtool.judging.column import ANYTHING_SUSPICIOUS, Column, _suspicious
from odtool.model import Dataset, Field
from odtool.report.as_json import as_json
from odtool.table import blocks

pl = pytest.importorskip("polars")

from odtool.judging import fast  # noqa: E402 - needs polars

SCHEMA = {
    "missingValues": ["", "NA"],
    "primaryKey": ["コード", "番号"],
    "fields": [
        {"name": "番号", "type": "string", "constraints": {"required": True, "unique": True}},
        {"name": "コード", "type": "string", "constraints": {"pattern": "[0-9]{6}"}},
        {"name": "種別", "type": "string", "constraints": {"enum": ["有", "無"], "required": True}},
        {"name": "緯度", "type": "number", "constraints": {"minimum": 20, "maximum": 46}},
        {"name": "日", "type": "date"},
        {"name": "時", "type": "time", "format": "%H:%M"},
        {"name": "語", "type": "string", "constraints": {"minLength": 1, "maxLength": 5}},
        {"name": "型", "type": "string", "constraints": {"pattern": r"\w+(?!x)"}},
        {"name": "URL", "type": "string", "format": "uri"},
    ],
}
VALUES = ["", "", "NA", "1", "262129", "有", "無", "35.1", "2026-04-01", "09:00", "https://a.example.jp/", "あいう", "x", "　", " a",
          "#REF!", "4.00E+12", "-", "a\nb", 'a"b', "a,b", "１２", "ｱ", "\x1c", "\ufeffa", "090-1234-5678", "=A1", "9:00", "2026/4/1",
          "\x00", "あ" * 9, "E+", "345.2", "nan", "1e1", "a\r\nb", "\r"]  # fmt: skip


def _both(data: bytes, name: str, choice: check.Choice) -> tuple[str, str]:
    """The report as JSON, from the column library and from the rules alone."""
    found = []
    was = validate.LARGE
    try:
        for validate.LARGE in (0, sys.maxsize):
            report, _ = check.judge(data, name, choice)
            found.append(json.dumps([as_json([report], "2026-04-01", "ja"), dict(report.totals)]))
    finally:
        validate.LARGE = was
    return found[0], found[1]


def _bytes(rows: list[list[str]], quoting: int, newline: str, encoding: str, *, last: bool) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=quoting, lineterminator=newline).writerows(rows)  # type: ignore[arg-type]
    text = stream.getvalue()
    return (text if last else text.removesuffix(newline)).encode(encoding, "replace")


@st.composite
def _tables(draw: st.DrawFn) -> bytes:
    width = len(SCHEMA["fields"])
    good = ["", "262129", "有", "35.123", "2026-04-01", "09:00", "あいう", "abc", "https://a.example.jp/"]
    rows = [[field["name"] for field in SCHEMA["fields"]]]  # type: ignore[index]
    rows += [[f"{n:010d}", *good[1:]] for n in range(draw(st.integers(1, 60)))]
    for _ in range(draw(st.integers(0, 12))):
        row = draw(st.integers(1, len(rows) - 1))
        rows[row][draw(st.integers(0, width - 1)) % len(rows[row])] = draw(st.sampled_from(VALUES))
    for _ in range(draw(st.integers(0, 2))):
        row = draw(st.integers(1, len(rows) - 1))
        kind = draw(st.sampled_from(["short", "long", "empty", "blank", "twice", "one", "nothing"]))
        rows[row] = {
            "short": rows[row][:-2] or ["x"], "long": [*rows[row], "more"], "empty": [""] * width, "blank": ["　"] * width,
            "twice": rows[1], "one": ["x"], "nothing": [],
        }[kind]  # fmt: skip
    data = _bytes(rows, draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])), draw(st.sampled_from(["\n", "\r\n"])),
                  draw(st.sampled_from(["utf-8", "utf-8-sig", "cp932"])), last=draw(st.booleans()))  # fmt: skip
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(data)))
        data = (
            data[:at]
            + draw(st.sampled_from([b'"', b",", b"\n", b"\r", b'""', b"\xef\xbb\xbf", b"\t"]))
            + data[at:]
        )
    return data


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=_tables(), size=st.sampled_from([150, 700, 10_000]), limit=st.sampled_from([0, 1, 3, 1_000]))
def test_large_and_small_files_are_judged_alike(data: bytes, size: int, limit: int) -> None:
    choice = check.Choice(from_descriptor(SCHEMA, "schema"), limit)
    was = fast.SIZE
    fast.SIZE = size
    try:
        quick, exact = _both(data, "a.csv", choice)
    finally:
        fast.SIZE = was
    assert quick == exact


@pytest.mark.parametrize("path", sorted(Path("tests/samples").rglob("*.csv")), ids=lambda path: path.name)
def test_the_samples_are_judged_alike(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "SIZE", 2_000)
    quick, exact = _both(path.read_bytes(), path.name, check.RECOGNISED)
    assert quick == exact


@pytest.mark.corpus
def test_real_files_are_judged_alike(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "SIZE", 5_000)
    for path in sorted(corpus.rglob("*.csv")):
        quick, exact = _both(path.read_bytes(), path.name, check.RECOGNISED)
        assert quick == exact, path.name


def test_a_cell_longer_than_python_reads_is_found_in_large_files_too() -> None:
    rows = [["a", "b"], *([str(n), "x"] for n in range(300)), ["9999", "あ\n" * 700_000]]
    data = _bytes(rows, csv.QUOTE_ALL, "\r\n", "utf-8", last=True)
    quick, exact = _both(data, "a.csv", check.RECOGNISED)
    assert quick == exact


def _fields() -> list[Field]:
    every: list[Dataset] = [*catalog.datasets().values(), from_descriptor(SCHEMA, "schema")]
    return list({(f.kind, f.shape): f for dataset in every for f in dataset.fields}.values())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(st.text(max_size=12), st.sampled_from(VALUES), st.from_regex("[0-9:.-]{1,10}")),
        min_size=1,
        max_size=80,
    )
)
def test_nothing_is_found_in_what_the_filters_take_for_good(values: list[str]) -> None:
    values = [value for value in values if value]
    for field in _fields():
        column = Column(1, field.name, field, ("",), frozenset())
        good = fast._good(column.asked(wants_blank=False), ANYTHING_SUSPICIOUS)
        if good and values:
            shown = pl.DataFrame({"a": values}).select("a", fine=good(pl.col("a")))
            for value, fine in shown.rows():
                assert not (fine and column._judge(value)), (field.name, value)


def test_blank_and_suspicious_mean_the_same_to_both_engines() -> None:
    every = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
    series = pl.Series(every)
    assert series.str.contains(fast._BLANK).to_list() == [c.isspace() for c in every]
    assert series.str.contains(ANYTHING_SUSPICIOUS).to_list() == [c == "\n" or _suspicious(c) for c in every]


@given(
    st.lists(st.sampled_from(["a", ",", "\n", '"', "\r\n", "あ"]), max_size=60).map("".join),
    st.integers(1, 12),
)
def test_blocks_put_together_are_the_file(text: str, size: int) -> None:
    data = text.encode()
    assert b"".join(blocks.blocks(data, 0, size)) == data


@given(
    st.lists(st.lists(st.text('a,"\n\rあ', max_size=4), min_size=3, max_size=3), min_size=1, max_size=12),
    st.integers(1, 40),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_blocks_of_a_written_table_hold_whole_records(rows: list[list[str]], size: int, quoting: int) -> None:
    data = _bytes(rows, quoting, "\r\n", "utf-8", last=True)
    found = [
        list(csv.reader(io.StringIO(block.decode(), newline=""))) for block in blocks.blocks(data, 0, size)
    ]
    assert [row for part in found for row in part] == rows


@pytest.mark.parametrize(
    ("block", "records"),
    [
        (b"a,b\nc,d\n", 2),
        (b"a,b\r\nc,d", 2),
        (b'a,"b,\n"\nc,d\n', 2),
        (b'"a""b",c\n', 1),
        (b'a"b,c\n', None),  # Python takes such a quote for a part of the value
        (b'"a"b,c\n', None),
        (b"a,b\rc,d\n", None),
        (b"a,b\n\nc,d\n", None),
        (b"a\nb,c,d\n", 2),  # on average; the reader refuses the second
        (b"\xef\xbb\xbfa,b\n", None),
    ],
)
def test_only_plain_blocks_are_read_by_the_column_library(block: bytes, records: int | None) -> None:
    assert blocks.plain_records(block, b",", 2) == records
