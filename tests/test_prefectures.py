"""What prefectures themselves reported comes out of catalogues of that shape, to the unit.

The catalogues are written here; the numbers are those the prefectures published (Kyoto's 734 datasets of the prefecture
and all 26 municipalities; Nara's table of February 2019; Kanagawa's and Hiroshima's counts).
"""

import csv
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path

import pytest

from odtool.coverage import overview
from odtool.coverage.matrix import Coverage, members
from odtool.coverage.observation import Observation
from odtool.coverage.observed import store
from odtool.coverage.target import target
from odtool.report.coverage_csv import bodies_csv
from odtool.report.coverage_text import coverage_text
from tests.seeing import BODIK, DONE, KYOTO_FU, TODAY, drawn, other, seen

NARA = {
    "290009": ("奈良県", 77), "292010": ("奈良市", 72), "292036": ("大和郡山市", 14), "292044": ("天理市", 96),
    "292095": ("生駒市", 275), "292117": ("葛城市", 9), "292125": ("宇陀市", 12), "293628": ("三宅町", 3),
}  # fmt: skip
FILES = 12_000


def catalogue(counts: dict[str, int], files: int = 0) -> Iterator[Observation]:
    """So many datasets of each body; so many files in all, at least one each."""
    total = sum(counts.values())
    number = 0
    for code, count in counts.items():
        for dataset in range(count):
            mine = max(1, files * (number + 1) // total - files * number // total)
            number += 1
            for resource in range(mine):
                yield other(code, dataset, f"r{resource}")


def kyoto() -> dict[str, int]:
    """734 datasets of the prefecture and its 26 municipalities, as unevenly spread as they are anywhere."""
    rest = members("京都府")
    counts = {KYOTO_FU: 300, **dict.fromkeys(rest, 10)}
    counts[rest[0]] += 734 - sum(counts.values())
    return counts


def table(shown: Coverage) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(bodies_csv(shown).removeprefix("\ufeff"))))


# --- Kyoto ---------------------------------------------------------------------------------------


def test_kyoto_all_26_municipalities_734_datasets_about_12000_files() -> None:
    shown = drawn(*catalogue(kyoto(), FILES))
    totals = shown.totals
    assert (totals.started, totals.municipalities, totals.datasets) == (26, 26, 734)
    assert totals.files == FILES
    text = coverage_text(shown, "ja")
    assert "26 市区町村のうち 26 が公開を始めています（取組率 100%）" in text
    assert "734 データセット、12,000 ファイル" in text


def test_kyoto_the_same_datasets_on_a_second_portal_change_nothing() -> None:
    first = list(catalogue(kyoto(), FILES))
    again = [other_portal(file) for file in first if file.municipality == members("京都府")[3]]
    shown = drawn(*first, *again)
    assert (shown.totals.datasets, shown.totals.files) == (734, FILES)


def other_portal(file: Observation) -> Observation:
    from dataclasses import replace

    return replace(file, source="https://city.example", dataset_name=f"x{file.dataset_name}")


def test_kyoto_its_target_of_all_municipalities_is_reached() -> None:
    wish = target("令和2年度末までに全市町村")
    assert wish is not None and wish.by == date(2021, 3, 31)
    from odtool.coverage.target import progress

    started = drawn(*catalogue(kyoto())).totals.started
    assert progress(wish, [], municipalities=26, today=TODAY, now=started).in_time


def test_a_prefecture_counts_national_datasets_and_all_others_apart() -> None:
    shown = drawn(seen(), *catalogue({"262048": 4}))
    uji = next(row for row in shown.rows if row.code == "262048")
    assert (uji.published, uji.body.datasets) == (1, 5)


def test_a_municipality_with_no_national_dataset_has_started_all_the_same() -> None:
    shown = drawn(*catalogue({"262048": 1}))
    assert shown.totals.started == 1 and shown.totals.published == 0


# --- Nara ----------------------------------------------------------------------------------------


def nara() -> Coverage:
    return drawn(*catalogue({code: count for code, (_, count) in NARA.items()}), area="奈良県")


def test_nara_its_table_of_february_2019() -> None:
    rows = table(nara())
    assert rows[0]["団体名"] == "奈良県"  # the prefecture first, as in its own table
    listed = {
        row["団体名"]: int(row["公開データセット数"]) for row in rows if row["公開データセット数"] != "0"
    }
    assert list(listed.items()) == list(NARA.values())
    assert len(rows) == 40 and all(row["主な公開データ"] for row in rows if row["団体名"] in listed)
    assert (nara().totals.started, nara().totals.municipalities) == (7, 39)


def test_nara_the_yearly_target_of_the_prefecture_from_100_to_150(tmp_path: Path) -> None:
    steps = {"2019-03-31": 77, "2020-03-31": 100, "2021-03-31": 112, "2022-03-31": 125}
    with store(tmp_path / "s.sqlite") as book:
        for day, count in steps.items():
            book.note(catalogue({"290009": count}), progress=[DONE])
            overview.keep_day(book, None, date.fromisoformat(day), f"{day}T03:00:00+09:00")
    goals = [target(f"令和{year}年度末までに県が累計{count}データセット") for year, count in (("元", 100), (2, 110), (3, 120), (5, 150))]  # fmt: skip
    shown = overview.overview(
        today=date(2022, 4, 1), ledger=None, store=str(tmp_path / "s.sqlite"), area="奈良県", targets=[goal for goal in goals if goal]
    )  # fmt: skip
    assert [(point.day, point.own) for point in shown.points] == [*steps.items(), ("2022-04-01", 125)]
    assert [aim.reached for aim in shown.targets] == [True, True, True, False]
    last = shown.targets[-1]
    assert (last.now, last.goal, last.in_time) == (125, 150, True) and last.forecast is not None


# --- Kanagawa and Hiroshima ----------------------------------------------------------------------


def test_kanagawa_33_municipalities_of_which_7_have_not_started() -> None:
    started = members("神奈川県")[:26]
    shown = drawn(*catalogue(dict.fromkeys(started, 3)), area="神奈川県")
    assert (shown.totals.municipalities, shown.totals.started) == (33, 26)
    assert sum(not row.started for row in shown.rows) == 7
    assert "33 市区町村のうち 26 が公開を始めています（取組率 78%）" in coverage_text(shown, "ja")


def test_hiroshima_8_of_23_are_linked_and_23_of_23_is_the_target(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    codes = members("広島県")
    with store(path) as book:
        for day, count in (("2026-03-31", 4), ("2026-06-30", 5), ("2026-09-30", 7)):
            book.note(catalogue(dict.fromkeys(codes[:count], 2)), progress=[DONE])
            overview.keep_day(book, None, date.fromisoformat(day), f"{day}T03:00:00+09:00")
        book.note(catalogue(dict.fromkeys(codes[:8], 2)))
    goal = target("23/23市町")
    assert goal is not None
    shown = overview.overview(today=TODAY, ledger=None, store=str(path), area="広島県", targets=[goal])
    aim = shown.targets[0]
    assert (aim.now, aim.goal, aim.reached) == (8, 23, False)
    assert aim.reached_on is not None and aim.reached_on.year in (2028, 2029)
    assert "8／23（34%）" in coverage_text(shown, "ja")


# --- other bodies --------------------------------------------------------------------------------


def test_joint_bodies_have_rows_of_their_own_and_are_no_municipalities() -> None:
    joint = other("", 1, organisation="相楽東部広域連合", title="火葬場一覧", dataset_name="sagara_1")
    shown = drawn(*catalogue({"262048": 1}), joint)
    assert [(row.name, row.body.datasets) for row in shown.others] == [("京都府", 0), ("相楽東部広域連合", 1)]
    assert (shown.totals.municipalities, shown.totals.started, shown.totals.datasets) == (26, 1, 2)


def test_a_body_without_a_code_on_a_portal_of_many_prefectures_is_not_taken_for_one_of_this_prefecture() -> (
    None
):
    joint = other("", 1, organisation="どこかの広域連合", dataset_name="x_1")
    shown = drawn(*catalogue({"262048": 1, "011002": 1}), joint)
    assert [row.name for row in shown.others] == ["京都府"]
    assert "どこかの広域連合" in [row.name for row in drawn(joint, area="").others]


@pytest.mark.parametrize("resource", ["", "r0"])
def test_a_dataset_without_files_counts_as_a_dataset(resource: str) -> None:
    shown = drawn(other("262048", 1, resource, source=BODIK))
    assert (shown.totals.datasets, shown.totals.files) == (1, int(bool(resource)))
