"""What a workbook hides: found by the gate and by the 30 rules alike, however a spreadsheet has hidden it."""

import io
import re
import zipfile

import pytest

from odtool.judging import check, gate
from odtool.judging.check import Choice
from odtool.readability.book import read
from odtool.table.hidden import hidden
from odtool.table.workbook import read as sheets_of
from tests.test_read import book
from tests.test_validate import AED, HEADER, row

TABLE: list[list[object]] = [["名称", "住所", "電話"], ["甲", "乙町1", "x"], ["丙", "丁町2", "y"]]


def changed(find: bytes, replace: bytes, table: list[list[object]] | None = None) -> bytes:
    """A book of which the sheet's XML is changed (by a regular expression)."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book({"表": table or TABLE}))) as old,
        zipfile.ZipFile(stream, "w") as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content, count = re.subn(find, replace, content)
                assert count
            new.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("how", [b'hidden="1"', b"hidden='true'", b'ht="0" customHeight="1"', b'ht="0.0"'])
def test_a_row_is_hidden_by_a_mark_or_by_having_no_height(how: bytes) -> None:
    traces = hidden(changed(b'<row r="3"', b'<row r="3" ' + how)).sheets["表"]
    assert (traces.rows, traces.columns) == ([3], [])


@pytest.mark.parametrize(
    "how", [b'hidden="1"', b'width="0" customWidth="1"', b'width="0.00" customWidth="1"']
)
def test_a_column_is_hidden_by_a_mark_or_by_having_no_width(how: bytes) -> None:
    data = changed(b"<sheetData>", b'<cols><col min="2" max="3" ' + how + b"/></cols><sheetData>")
    assert hidden(data).sheets["表"].columns == [2, 3]


def test_rows_and_columns_that_only_are_low_and_narrow_are_not_hidden() -> None:
    data = changed(b'<row r="3"', b'<row r="3" ht="0.5" customHeight="1" hidden="0"')
    assert hidden(data).sheets["表"].rows == []


def strict(data: bytes) -> bytes:
    """The book as Excel writes it as a «Strict Open XML Spreadsheet»: with other names for all that it holds."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            names = rb"http://schemas\.openxmlformats\.org/(spreadsheetml|officeDocument)/2006/"
            new.writestr(name, re.sub(names, rb"http://purl.oclc.org/ooxml/\1/", old.read(name)))
    return stream.getvalue()


def test_a_book_in_the_strict_form_hides_no_more_than_any_other() -> None:
    data = strict(changed(b'<row r="3"', b'<row r="3" hidden="1"'))
    assert hidden(data).sheets["表"].rows == [3]
    found = read(data)
    assert found and found.sheets["表"].hidden_rows == (3,)
    error = b'<c r="B2" t="e"><v>#REF!</v></c>'
    assert sheets_of(strict(changed(rb'<c r="B2".*?</c>', error)))[0].rows[1][1] == "#REF!"


def test_hidden_rows_are_found_where_the_writer_leaves_the_numbers_out() -> None:
    data = changed(rb'<row r="3"', b'<row hidden="1"')
    assert hidden(data).sheets["表"].rows == [3]


def test_the_gate_and_the_thirty_rules_see_the_same() -> None:
    data = changed(
        b"<sheetData>", b'<cols><col min="3" max="16384" width="0" customWidth="1"/></cols><sheetData>'
    )
    found = read(data)
    assert found and found.sheets["表"].hidden_columns == tuple(range(3, 16_385))
    assert found.sheets["表"].hidden_columns == tuple(hidden(data).sheets["表"].columns)
    (finding,) = gate.in_sheet(sheets_of(data)[0], hidden(data).sheets["表"])
    assert (finding.rule, finding.column, finding.facts["labels"]) == ("column-hidden", 3, "電話")


def test_all_hidden_rows_are_counted() -> None:
    table: list[list[object]] = [["名称"], *([f"値{n}"] for n in range(12_000))]
    data = changed(rb'<row r="(\d{2,})"', rb'<row r="\1" hidden="1"', table)
    (finding,) = gate.in_sheet(sheets_of(data)[0], hidden(data).sheets["表"])
    assert (finding.rule, finding.facts["count"]) == ("row-hidden", 12_001 - 9)


def test_a_file_with_a_column_without_width_is_not_fit_to_be_published() -> None:
    extra = [[*HEADER, "職員メモ"], [*row(), "内部"]]
    data = changed(
        b"<sheetData>",
        b'<cols><col min="%d" max="%d" width="0"/></cols><sheetData>' % ((len(extra[0]),) * 2),
        extra,
    )
    report = check.judge(data, "a.xlsx", Choice(AED))[0]
    assert "column-hidden" in report.totals and report.status == "invalid"
