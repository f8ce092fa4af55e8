"""Notes and totals below the data, and rows of another body."""

from dataclasses import replace

import pytest

from odtool.datasets.identify import against
from odtool.judging import validate
from odtool.mending.fix import fix
from odtool.model import Form, Grid, Raw, Table
from odtool.table import foot
from odtool.table.foot import kind_of
from tests.test_validate import AED, HEADER, aed, found, given, judge, row

WIDTH = len(HEADER)


def told(text: str) -> set[str]:
    return {finding.rule for finding in judge(text).findings}


@pytest.mark.parametrize(
    "note",
    ["※令和8年4月1日現在", "（注）休日は閉館", "注1）事前に予約が必要", "注：要予約", "出典：京都府", "令和8年4月1日現在",
     "（2026年4月1日時点）", "* 調査中"],
)  # fmt: skip
def test_a_note_below_the_data_is_one_finding_and_not_judged_as_data(note: str) -> None:
    judged = judge(aed(row(), [note, *[""] * (WIDTH - 1)]))
    (finding,) = given(judged, "footnote-below")
    assert (finding.row, finding.facts["text"], finding.facts["count"]) == (3, note, 1)
    assert judged.rows == 1
    assert told(aed(row(), [note, *[""] * (WIDTH - 1)])) == told(aed(row())) | {"footnote-below"}


def test_notes_after_blank_rows_are_told_together_and_a_short_row_is_no_fault_of_its_own() -> None:
    text = aed(row(), [""] * WIDTH) + "※1 要予約\r\n※2 休日は閉館\r\n"
    (finding,) = found(text, "footnote-below")
    assert (finding.row, finding.facts["count"]) == (4, 2)
    assert found(text, "row-ragged") == []
    assert [f.row for f in found(text, "row-blank")] == [3]


def test_a_row_of_totals_below_the_data_is_told_and_not_judged() -> None:
    totals = ["", "合 計", *[""] * (WIDTH - 3), "1,250"]
    judged = judge(aed(row(), totals))
    (finding,) = given(judged, "total-row")
    assert finding.row == 3 and judged.rows == 1


@pytest.mark.parametrize(
    "record",
    [["1", "合計", "中央公民館", "3"], ["262129", "※", "中央公民館", "4"], ["", "中央公民館", "", ""],
     ["合計", "", "", ""], ["計画課", "10", "20", ""], ["注文の多い料理店", "", "", ""], ["", "", "", ""]],
)  # fmt: skip
def test_a_row_of_data_is_no_note_and_no_total(record: list[str]) -> None:
    assert kind_of(record, 4) is None


# --- among the data ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        (["※休止中"], "note-among"),
        (["【北区】"], "note-among"),
        (["", "", "■ 中央地区"], "note-among"),
        (["", "", "（注）休日は閉館"], "note-among"),
        (["", "小計", "", "12", "30"], "total-among"),
        (["", "", "", "", "合　計"], "total-among"),
        (["小計", "", "12"], "total-among"),
        (HEADER, "header-repeated"),
    ],
)
def test_a_record_among_the_data_that_is_none_is_one_finding_and_not_judged(
    record: list[str], rule: str
) -> None:
    other = [*record, *[""] * (WIDTH - len(record))]
    text = aed(row(), other, row(NO="0000000002"), other, row(NO="0000000003"))
    judged = judge(text)
    (finding,) = given(judged, rule)
    assert (finding.row, finding.facts["count"], finding.facts["rows"]) == (3, 2, "3, 5")
    assert judged.rows == 3
    assert told(text) == told(aed(row(), row(NO="0000000002"), row(NO="0000000003"))) | {rule}


@pytest.mark.parametrize(
    "cells",
    [
        {"名称": "合計"},
        {"名称": "注文の多い料理店"},
        {"名称": "【仮】中央公民館", "備考": "※要予約"},
        {"名称": "計画課"},
    ],
)
def test_a_row_of_data_with_such_words_is_judged_as_data(cells: dict[str, str]) -> None:
    judged = judge(aed(row(), row(NO="0000000002", **cells), row(NO="0000000003")))
    assert judged.rows == 3
    assert not {"note-among", "total-among", "header-repeated"} & judged.totals.keys()


def test_what_a_record_is_does_not_depend_on_those_beside_it() -> None:
    """A blank cell somewhere makes every record of the lot be looked at closely."""
    odd = [HEADER[0], *[""] * (WIDTH - 2), "合計"]
    plain = [row(NO=f"{n:010}") for n in range(1, 100)]
    blank = row(NO="0000000200")
    blank[0] = ""
    apart, beside = judge(aed(*plain, odd)), judge(aed(*plain[:50], odd, blank, *plain[50:]))
    assert "total-among" not in apart.totals and "total-among" not in beside.totals


def test_a_schema_of_ones_own_is_held_against_every_record() -> None:
    own = replace(AED, edition="schema")
    judged = judge(aed(row(), ["※休止中", *[""] * (WIDTH - 1)], row(NO="0000000002")), dataset=own)
    assert "note-among" not in judged.totals and judged.rows == 3


@pytest.mark.parametrize(
    "record",
    [["※休止中"], ["", "小計", "", "12"], ["", "", "", "", "合計"], ["【北区】"], HEADER, ["", "", "■ 中央"]],
)
def test_a_large_table_is_judged_with_other_records_among_its_data_as_a_small_one(
    record: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = [*record, *[""] * (WIDTH - len(record))]
    plain = [row(NO=f"{n:010}") for n in range(1, 200)]
    text = aed(*plain[:100], other, *plain[100:])
    small = judge(text)
    monkeypatch.setattr(validate, "LARGE", 0)
    assert judge(text) == small and small.rows == 199


def test_notes_far_below_a_long_table_keep_their_row() -> None:
    many = 3 * foot.LONGEST
    text = aed(*[row() for _ in range(many)]) + "※令和8年4月1日現在\r\n"
    (finding,) = found(text, "footnote-below")
    assert finding.row == many + 2 and judge(text).rows == many


def test_a_large_table_is_judged_with_its_notes_as_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    text = aed(*[row() for _ in range(200)]) + "※令和8年4月1日現在\r\n"
    small = judge(text)
    monkeypatch.setattr(validate, "LARGE", 0)
    assert judge(text) == small and given(small, "footnote-below")


def test_the_end_of_a_large_file_is_looked_at_from_a_line_break_on() -> None:
    data = ("住所,数,備考\n" + "京都市,1,\n" * 20_000).encode()
    assert not foot.stands_below(Raw(data, "utf-8"), ",", 3)
    assert foot.stands_below(Raw(data + "※注\n".encode(), "utf-8"), ",", 3)


def test_a_header_that_is_repeated_is_taken_away_and_a_total_is_left_to_a_person() -> None:
    total = ["", "小計", "", "12", *[""] * (WIDTH - 4)]
    records = [HEADER, row(), HEADER, row(NO="0000000002"), total, row(NO="0000000003")]
    given_table = Table(Grid(Form("csv", "utf-8-sig", "crlf", ","), lambda: iter(records)), tuple(HEADER), 1)
    mended = fix(given_table, against(given_table, AED))
    (change,) = [change for change in mended.changes if change.kind == "rows-removed"]
    assert (change.rule, change.row, change.count) == ("header-repeated", 3, 1)
    kept = [record[1] for record in mended.table.grid.records()]
    assert kept == ["NO", "0000000001", "0000000002", "小計", "0000000003"]
    own = fix(given_table, against(given_table, replace(AED, edition="schema")))
    assert sum(list(record) == HEADER for record in own.table.grid.records()) == 2


# --- whose rows these are ---------------------------------------------------------------------------


def test_rows_of_another_prefecture_are_told_at_the_first_of_them() -> None:
    code = HEADER[0]
    other = row(**{code: "271004"})
    (finding,) = found(aed(row(), row(), other, other), "municipalities-mixed")
    assert (finding.row, finding.value, finding.facts["count"]) == (4, "271004", 2)
    assert (finding.facts["main"], finding.facts["found"]) == ("京都府", "大阪府")


def test_bodies_of_one_prefecture_and_unknown_codes_are_not_mixed() -> None:
    code = HEADER[0]
    assert found(aed(row(), row(**{code: "262013"}), row(**{code: "999999"})), "municipalities-mixed") == []
