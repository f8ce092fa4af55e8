"""Where a body begins that has published nothing, and how the workbook prints."""

from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest

from odtool.coverage.matrix import Coverage, Overview, Seen, coverage, members
from odtool.coverage.overview import names
from odtool.report.coverage_begin import FIRST, missing, popular
from odtool.report.coverage_xlsx import coverage_xlsx
from tests.seeing import DONE, TODAY, UJI, seen

TOWN = "264652"  # 与謝野町
HAVE = {"toilet": 3, "aed": 7, "event": 5, "population": 1, "hospital": 6, "public_facility": 4, "tourism": 2}


def drawn(have: dict[str, int], *more: str, area: str = "京都府") -> Coverage:
    """So many municipalities of Kyoto have each; Yosano has `more`."""
    codes = members("京都府")
    slugs = names("ja")
    assert set(have) <= set(slugs), sorted(slugs)
    files = [
        seen(municipality=code, dataset_name=f"{code}_{slug}", slug=slug, dataset="", sha256=f"{code}{slug}")
        for slug, count in have.items()
        for code in codes[:count]
    ] + [
        seen(municipality=TOWN, dataset_name=f"{TOWN}_{slug}", slug=slug, dataset="", sha256=f"{TOWN}{slug}")
        for slug in more
    ]
    return coverage([], [], datasets=slugs, today=TODAY, area=area, municipalities=codes, seen=Seen(files, (), {}, (DONE,)))  # fmt: skip


def rows_of(shown: Coverage, name: str = "与謝野町", lang: str = "ja") -> list[list[object]]:
    book = openpyxl.load_workbook(BytesIO(coverage_xlsx(Overview(shown), lang)))
    return [[cell.value for cell in row[:4]] for row in book[name].iter_rows(min_row=5)]


@pytest.fixture
def have() -> dict[str, int]:
    there = names("ja")
    return {slug: count for slug, count in HAVE.items() if slug in there}


def test_a_town_without_anything_is_told_first_what_most_others_have_and_the_rest_in_one_line(
    have: dict[str, int],
) -> None:
    assert len(have) > FIRST
    shown = drawn(have)
    rows = rows_of(shown)
    named = names("ja")
    wanted = sorted(have, key=lambda slug: -have[slug])[:FIRST]
    assert [row[0] for row in rows[:FIRST]] == [named[slug] for slug in wanted]
    assert rows[0][2] == f"京都府の {have[wanted[0]]} 市区町村が公開しています"
    assert str(rows[0][3]).startswith("まずここから。") and f"odtool template standard-aed --municipality {TOWN}" in str(rows[0][3])  # fmt: skip
    assert len(rows) == FIRST + 1
    rest = rows[FIRST]
    assert rest[0] == f"ほか {len(named) - FIRST} データセット" and rest[1] == "– 未公開"
    assert {*str(rest[2]).split("、")} == {name for slug, name in named.items() if slug not in wanted}
    assert len({row[3] for row in rows}) == len(rows)  # nothing is said twice


def test_what_needs_something_else_stands_before_what_was_never_published(have: dict[str, int]) -> None:
    rows = rows_of(drawn(have, "event"))
    assert str(rows[0][0]) == names("ja")["event"] and rows[0][1] == "● 公開・適合"
    assert names("ja")["event"] not in [row[0] for row in rows[1:]]


def test_where_nobody_has_anything_no_order_is_made_up() -> None:
    (only,) = rows_of(drawn({}))
    assert only[0] == f"{len(names('ja'))} データセット" and "一つ選び" in str(only[3])
    (english,) = rows_of(drawn({}), lang="en")
    assert english[0] == f"{len(names('ja'))} datasets" and "Choose one" in str(english[3])


def test_few_that_are_missing_are_all_named(have: dict[str, int]) -> None:
    there = list(names("ja"))
    rows = rows_of(drawn(have, *there[FIRST + 1 :]))
    missing_ = [row for row in rows if row[1] == "– 未公開"]
    assert {row[0] for row in missing_} == {names("ja")[slug] for slug in there[: FIRST + 1]}


def test_a_table_of_a_choice_of_municipalities_says_that_it_counts_no_others(have: dict[str, int]) -> None:
    shown = drawn(have, area="")
    uji, town = (next(row for row in shown.rows if row.code == code) for code in (UJI, TOWN))
    assert "この表の京都府の 7 市区町村" in next(missing(town, shown, popular(shown), "ja")).why
    stranger = replace(uji, prefecture="奈良県", cells=town.cells)
    assert "この表の 7 市区町村" in next(missing(stranger, shown, popular(shown), "ja")).why


def test_the_overview_prints_side_by_side_with_names_heads_title_and_key_on_each_sheet(
    have: dict[str, int],
) -> None:
    sheet = openpyxl.load_workbook(BytesIO(coverage_xlsx(Overview(drawn(have)), "en")))["Overview"]
    assert sheet.print_title_rows == "$5:$5" and sheet.print_title_cols == "$A:$C"
    assert sheet.page_setup.scale == 80 and not sheet.sheet_properties.pageSetUpPr.fitToPage
    assert [entry.id for entry in sheet.col_breaks.brk] == [18]
    wide = sum(sheet.column_dimensions[letter].width for letter in "ABC") + 15 * sheet.column_dimensions["D"].width  # fmt: skip
    assert wide * 7 / 96 * 25.4 * 0.8 < 420 - 2 * 0.4 * 25.4  # of A3, a character being 7 pixels
    assert "open data" in sheet.oddHeader.left.text and "one step" in sheet.oddFooter.left.text
