"""What a workbook holds beside values, as the rules for Excel see it."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Color, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from odtool.datasets import catalog
from odtool.readability import judge
from odtool.readability.book import _tinted, read
from odtool.readability.gather import gather
from odtool.readability.model import Verdict
from tests.readability_books import with_drawing
from tests.readability_samples import FACILITIES, POPULATION, book


def verdict(rule: str, data: bytes) -> Verdict:
    facts = gather(data, "a.xlsx", "a.xlsx", catalog.index())
    return next(v for v in judge(facts).verdicts if v.rule == rule)


def changed(change: Callable[[Worksheet], Any]) -> bytes:
    return book(POPULATION, change)


def test_a_theme_colour_is_a_colour() -> None:
    def accent(sheet: Worksheet) -> None:
        sheet["B3"].fill = PatternFill("solid", fgColor=Color(theme=5, tint=0.4))

    found = verdict("L1-11", changed(accent))
    assert found.status == "not-met" and found.places[0].cells == ("B3",)
    known = read(changed(accent))
    assert known and len(known.sheets["一覧"].looks[3, 2][1]) == 6


def test_black_and_white_of_the_theme_are_no_colours() -> None:
    def plain(sheet: Worksheet) -> None:
        sheet["B3"].font = Font(color=Color(theme=1))
        sheet["B4"].fill = PatternFill("solid", fgColor=Color(theme=0))
        sheet["B5"].font = Font(color=Color(indexed=64))

    assert verdict("L1-11", changed(plain)).status == "met"


def test_a_tint_darkens_or_lightens() -> None:
    assert _tinted("808080", 0.0) == "808080"
    assert _tinted("808080", 0.5) == "C0C0C0" and _tinted("808080", -0.5) == "404040"
    assert _tinted("000000", 1.0) == "FFFFFF"


def test_links_look_different_without_meaning() -> None:
    def link(sheet: Worksheet) -> None:
        sheet["A3"].hyperlink = "https://example.jp/"
        sheet["A3"].font = Font(color="0563C1", underline="single")

    assert verdict("L1-11", changed(link)).status == "met"


def test_a_conditional_format_is_a_note() -> None:
    def rule(sheet: Worksheet) -> None:
        sheet.conditional_formatting.add(
            "B2:B5", CellIsRule("greaterThan", ["100"], fill=PatternFill(bgColor="FF0000"))
        )

    found = verdict("L1-11", changed(rule))
    assert found.status == "met" and found.notes[0].cells == ("B2:B5",)


@pytest.mark.parametrize(
    ("change", "cells"),
    [
        (lambda sheet: setattr(sheet.row_dimensions[3], "hidden", True), ("3:3",)),
        (lambda sheet: sheet.column_dimensions.group("B", "C", hidden=True), ("B:C",)),
        (lambda sheet: setattr(sheet.row_dimensions[300], "hidden", True), None),
        (lambda sheet: sheet.column_dimensions.group("B", "C", hidden=False), None),
    ],
)
def test_hidden_rows_and_columns_of_the_used_range_are_found(
    change: Callable[[Worksheet], Any], cells: tuple[str, ...] | None
) -> None:
    found = verdict("L1-13", changed(change))
    assert [place.cells for place in found.places] == ([cells] if cells else [])


def test_a_row_without_height_is_hidden() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(POPULATION))) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<row r="4"', b'<row r="4" ht="0" customHeight="1"'))
    assert verdict("L1-13", stream.getvalue()).places[0].cells == ("4:4",)


def test_a_hidden_sheet_is_something_hidden() -> None:
    def hide(sheet: Worksheet) -> None:
        other = sheet.parent.create_sheet("作業用")
        other.append(["氏名"])
        other.sheet_state = "hidden"

    found = verdict("L1-13", changed(hide))
    assert found.status == "not-met" and "作業用" in found.places[0].what.ja


def test_every_visible_sheet_is_judged_by_itself() -> None:
    def second(sheet: Worksheet) -> None:
        other = sheet.parent.create_sheet("施設")
        for row in FACILITIES:
            other.append(row)
        other.merge_cells("A2:A3")

    data = changed(second)
    assert [place.sheet for place in verdict("L1-12", data).places] == ["施設"]
    tables = verdict("L1-02", data)
    assert tables.status == "met" and "2枚" in tables.notes[0].what.ja


def test_a_merged_title_is_a_note_and_a_merged_body_is_fatal() -> None:
    title = book([["人口の一覧", None, None], *POPULATION], lambda sheet: sheet.merge_cells("A1:C1"))
    assert verdict("L1-12", title).status == "met" and verdict("L3-01", title).status == "not-met"
    assert verdict("L1-12", changed(lambda sheet: sheet.merge_cells("A2:A3"))).weight == "fatal"
    assert verdict("L1-12", changed(lambda sheet: sheet.merge_cells("B1:C1"))).weight == "critical"


def test_comments_and_text_boxes_beside_the_table_are_notes() -> None:
    def comment(sheet: Worksheet) -> None:
        sheet["B2"].comment = Comment("速報値", "企画課")

    found = verdict("L1-10", changed(comment))
    assert found.status == "met" and found.notes[0].cells == ("B2",)
    beside = verdict("L1-10", with_drawing(book(POPULATION), "text-box", (2, 8), "注"))
    assert beside.status == "met" and "「注」" in beside.notes[0].what.ja


def test_a_number_format_is_no_text() -> None:
    def formats(sheet: Worksheet) -> None:
        for row in range(2, 6):
            sheet.cell(row, 2).number_format = '#,##0"人";[Red]"▲"#,##0"人"'

    assert verdict("L2-01", changed(formats)).status == "met"


def test_digits_stored_as_text_among_numbers_are_told() -> None:
    found = verdict("L2-01", changed(lambda sheet: sheet.__setitem__("B3", "8120")))
    assert found.status == "not-met" and found.places[0].cells == ("B3",)


def test_a_formula_is_told_with_its_cells() -> None:
    found = verdict("L2-06", changed(lambda sheet: sheet.__setitem__("C3", "=B3/2")))
    assert found.places[0].cells == ("C3",) and "=B3/2" in found.places[0].what.ja


def test_formulas_beside_the_table_are_not_in_it() -> None:
    assert verdict("L2-06", changed(lambda sheet: sheet.__setitem__("H40", "=B3/2"))).status == "met"


def test_a_far_cell_with_a_format_costs_nothing() -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in POPULATION:
        sheet.append(row)
    sheet.cell(1_048_576, 16_384).font = Font(bold=True)
    stream = io.BytesIO()
    made.save(stream)
    found = read(stream.getvalue())
    assert found and len(found.sheets) == 1


def test_a_book_whose_formats_cannot_be_read_is_not_called_plain() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(POPULATION))) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<broken" if name == "xl/styles.xml" else old.read(name))
    data = stream.getvalue()
    assert read(data) is None
    found = verdict("L1-11", data)
    assert found.status == "not-judged" and found.reason
