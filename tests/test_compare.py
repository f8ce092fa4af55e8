"""Columns that are compared by their names, and what is passed over without asking."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odtool.datasets.catalog import datasets
from odtool.judging.column import FEW
from odtool.municipality import MARGIN, box, municipalities
from odtool.rules import RULES
from tests.test_validate import HEADER, aed, found, row

often = settings(max_examples=300, deadline=None, derandomize=True, database=None)
CODES = ["262129", "011002", "011088", "260002", "350001", "133621", "264652", "473618"]


def joined(dataset: str, rule: str) -> set[tuple[str | None, ...]]:
    join = RULES[rule].join
    assert join
    return set(join(datasets()[dataset].fields))


def test_the_beginning_and_the_end_of_a_period_are_found_by_their_names() -> None:
    assert joined("standard-event", "period-reversed") == {("開始日", "終了日"), ("掲載開始日", "掲載終了日")}
    assert joined("suisho-food_business_all", "period-reversed") == {("許可開始日", "許可満了日")}
    assert joined("standard-school_district", "period-reversed") == {
        ("通学区域_登録年月日", "通学区域_廃止日")
    }
    assert joined("standard-event", "hours-reversed") == {("開始時間", "終了時間", "開始日", "終了日")}
    assert ("子供預かり開所時間", "子供預かり閉所時間", None, None) in joined(
        "standard-preschool", "hours-reversed"
    )


def test_the_classes_of_age_are_summed_only_where_none_is_missing() -> None:
    fields = datasets()["suisho-population"].fields
    join = RULES["age-sum"].join
    assert join
    assert [names[0] for names in join(fields)] == ["男性", "女性"]
    assert all(len(names) == 19 for names in join(fields))
    assert [names[0] for names in join([f for f in fields if f.name != "20-24歳の女性"])] == ["男性"]
    assert [names[0] for names in join([f for f in fields if f.name != "85歳以上の男性"])] == ["女性"]


def test_a_place_is_compared_with_the_code_of_its_own_prefix() -> None:
    assert joined("standard-aed", "address-mismatch") == {
        ("所在地_全国地方公共団体コード", "所在地_連結表記")
    }
    assert joined("suisho-aed", "address-mismatch") == {("都道府県コード又は市区町村コード", "住所")}


def test_a_wrong_place_is_told_in_its_row() -> None:
    header = list(HEADER)
    wrong = row(緯度="34.693738", 経度="135.502165")
    assert {"緯度", "経度"} <= set(header)
    (finding,) = found(aed(row(), wrong), "coordinate-elsewhere")
    assert finding.row == 3 and finding.facts["code"] in ("262129", wrong[0])


# --- what is passed over -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("rule", ["address-mismatch", "coordinate-elsewhere"])
def test_in_what_fits_a_code_the_check_finds_nothing(rule: str, code: str) -> None:
    fits, check = RULES[rule].fits, RULES[rule].check
    assert fits
    pattern = fits({code, CODES[0], "999999", ""})
    assert pattern

    @often
    @given(st.from_regex(pattern, fullmatch=True))
    def holds(joined: str) -> None:
        assert list(check(*joined.split("\t"))) == []

    holds()


def test_a_file_of_the_whole_country_is_judged_row_by_row() -> None:
    fits = RULES["address-mismatch"].fits
    assert fits and fits(municipalities().keys()) is None and fits({"999999"}) is None


def test_a_wrong_place_among_many_right_ones_is_found() -> None:
    right = [
        row(NO=str(n), 緯度=f"35.62{n:04}", 住所=f"京都府京丹後市峰山町杉谷{n}") for n in range(FEW + 10)
    ]
    wrong = row(NO="9000", 緯度="34.693738", 経度="135.502165", 住所="大阪府大阪市北区中之島1-3-20")
    for rule in ("coordinate-elsewhere", "address-mismatch"):
        assert found(aed(*right), rule) == []
        assert [finding.row for finding in found(aed(*right, wrong), rule)] == [FEW + 12]


# --- where a municipality lies -----------------------------------------------------------------------


def test_each_municipality_lies_in_its_prefecture() -> None:
    known = 0
    for code, place in municipalities().items():
        bounds = box(code)
        if bounds is None:
            continue
        known += 1
        around = box(next(c for c, other in municipalities().items() if other.prefecture == place.prefecture))
        assert around and around.south <= bounds.south < bounds.north <= around.north, code
        assert around.west <= bounds.west < bounds.east <= around.east, code
        assert 20 < bounds.south < bounds.north < 46 and 122 < bounds.west < bounds.east < 154
    assert known > len(municipalities()) - 10
    assert 0 < MARGIN < 0.5


def test_the_place_of_an_unknown_code_is_not_known() -> None:
    assert box("999999") is None and box("990006") is None and box("") is None
