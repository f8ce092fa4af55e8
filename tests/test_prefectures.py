"""What prefectures themselves reported comes out of catalogues of that shape, to the unit.

The catalogues are written here; the numbers are those the prefectures published (Kyoto's 734 datasets of the prefecture
and all 26 municipalities; Nara's table of February 2019; Kanagawa's and Hiroshima's counts).
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from odtool.coverage import overview
from odtool.coverage.matrix import Coverage, Seen, coverage, members
from odtool.coverage.observation import Observation
from odtool.coverage.observed import store
from odtool.coverage.target import target
from odtool.municipality import municipalities
from odtool.report.coverage_csv import bodies_csv
from odtool.report.coverage_text import coverage_text
from tests.collecting import collected, package, reading, site
from tests.seeing import BODIK, DATASETS, DONE, KYOTO_FU, TODAY, drawn, other, seen
from tests.test_coverage import check

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


def test_kyoto_read_from_a_portal_is_what_stands_in_its_catalogue(tmp_path: Path) -> None:
    """The whole way, from a CKAN's answers to the report: the numbers are those of the answers, counted here."""
    codes = [KYOTO_FU, *(code for code in members("京都府"))]
    packages: list[dict[str, Any]] = []
    for number in range(734):
        code = codes[number % 27]
        mine = 12_000 // 734 + (number < 12_000 % 734)
        links = [{"url": f"https://www.example.jp/{number}/{n}.pdf", "format": "PDF", "name": f"{n}"} for n in range(mine)]  # fmt: skip
        packages.append(package(f"{code}_{number}", *links, organization={"name": code, "title": code}))
    foreign = package("270008_1", {"url": "https://www.example.jp/x.pdf", "format": "PDF"}, organization={"name": "270008", "title": "大阪府"})  # fmt: skip
    book = tmp_path / "s.sqlite"
    with site() as portal, site() as second:
        portal.ckan([*packages, foreign])
        # A portal of one city that lists what the prefecture's has: the same files at the same addresses.
        again = [{**entry, "id": f"x{entry['id']}", "name": f"x{entry['name']}"} for entry in packages if entry["organization"]["name"] == codes[1]]  # fmt: skip
        second.ckan(again)
        done = collected(book, reading(portal, prefecture="京都府"), replace(reading(second), name="city"))
    assert [result.state for result in done] == ["done", "done"] and len(again) == 28
    shown = overview.overview(today=TODAY, ledger=None, store=str(book), area="京都府")
    totals = shown.coverage.totals
    assert sum(len(entry["resources"]) for entry in packages) == 12_000
    assert (totals.started, totals.municipalities, totals.datasets, totals.files) == (26, 26, 734, 12_000)
    listed = {row["団体コード"]: int(row["公開データセット数"]) for row in table(shown.coverage)}
    assert listed == Counter(entry["organization"]["name"] for entry in packages)
    assert "26 市区町村のうち 26 が公開を始めています（取組率 100%）" in coverage_text(shown, "ja")


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
    assert (last.now, last.goal, last.in_time) == (125, 150, True)
    # By hand, of the last two years: 112, 125, 125 after 0, 365 and 366 days rise by 0.03557 a day, for 730 days more.
    assert (last.records, last.forecast) == (3, 150)


def test_nara_what_each_body_mainly_publishes_is_what_has_the_most_files() -> None:
    written = {"避難所": 5, "AED設置場所": 2, "人口": 1}  # datasets of Miyake, with their files
    files = [
        other("293628", place, f"r{number}", title=f"【三宅町】{title}", organisation="三宅町")
        for place, (title, count) in enumerate(written.items())
        for number in range(count)
    ]
    many = [other("292095", n, title=f"データ{n:03}") for n in range(275)]
    rows = {row["団体名"]: row for row in table(drawn(*files, *many, area="奈良県"))}
    assert rows["三宅町"]["主な公開データ"] == "【三宅町】避難所、【三宅町】AED設置場所、【三宅町】人口"
    assert (rows["三宅町"]["公開データセット数"], rows["三宅町"]["ファイル数"]) == ("3", "8")
    assert rows["生駒市"]["主な公開データ"].count("、") == 4 and rows["生駒市"]["公開データセット数"] == "275"


# --- Kanagawa and Hiroshima ----------------------------------------------------------------------


def test_kanagawa_33_municipalities_of_which_7_have_not_started() -> None:
    started = members("神奈川県")[:26]
    shown = drawn(*catalogue(dict.fromkeys(started, 3)), area="神奈川県")
    assert (shown.totals.municipalities, shown.totals.started) == (33, 26)
    assert sum(not row.started for row in shown.rows) == 7
    assert "33 市区町村のうち 26 が公開を始めています（取組率 79%）" in coverage_text(shown, "ja")


def test_kanagawa_wards_start_their_city_and_neither_the_prefecture_nor_a_company_nor_a_check_starts_anybody() -> (
    None
):
    """18 wards on a portal make one city; those that are left are left by name."""
    left = {"三浦市", "大井町", "松田町", "山北町", "箱根町", "真鶴町", "清川村"}
    places = {c: place for c, place in municipalities().items() if place.prefecture == "神奈川県"}
    codes = {place.title: code for code, place in places.items() if not place.ward}
    wards = [code for code, place in places.items() if place.ward and place.city == "横浜市"]
    begun = [codes[name] for name in codes.keys() - left - {"神奈川県", "横浜市"}]
    published = catalogue(dict.fromkeys([*begun, *wards, codes["神奈川県"]], 2))
    company = other("", 1, organisation="神奈川の会社", dataset_name="k")
    shown = coverage(
        [check(municipality=codes["大井町"])], [], datasets=DATASETS, today=TODAY, area="神奈川県",
        municipalities=members("神奈川県"), seen=Seen([*published, company], sources=(DONE,)),
    )  # fmt: skip
    assert (len(wards), len(begun)) == (18, 25)
    assert {row.name for row in shown.rows if not row.started} == left
    assert next(row for row in shown.rows if row.name == "横浜市").body.datasets == 36
    assert (shown.totals.started, shown.totals.municipalities) == (26, 33)


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
    assert "8／23（35%）" in coverage_text(shown, "ja")
    # By hand: 4, 5, 7, 8 after 0, 91, 183 and 234 days rise by 560/32010 a day; 15 more take 857.4 days.
    assert (aim.records, aim.reached_on) == (4, date(2029, 3, 27))
    assert "2029-03-27 ごろに届く見込みです（4 回の記録から直線で推定）" in coverage_text(shown, "ja")


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
