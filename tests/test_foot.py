"""Notes and totals below the data, and rows of another body."""

import pytest

from odtool import foot, validate
from odtool.foot import kind_of
from odtool.model import Raw
from tests.test_validate import HEADER, aed, found, given, judge, row

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


def test_a_note_between_rows_of_data_is_judged_as_data() -> None:
    text = aed(row(), ["※休止中", *[""] * (WIDTH - 1)], row())
    assert found(text, "footnote-below") == [] and judge(text).rows == 3


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
