"""Targets of prefectures, and how things came along."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from odtool.coverage.goals import targets
from odtool.coverage.sighting import DayTotal
from odtool.coverage.target import Target, deadline, progress, target
from odtool.coverage.tiles import tiles
from odtool.coverage.trend import Point, at, thinned, trend
from odtool.errors import UsageError
from odtool.report.coverage_words import forecast

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("sentence", "measure", "value", "by"),
    [
        ("令和2年度末までに全市町村", "municipalities", None, date(2021, 3, 31)),
        ("23/23市町", "municipalities", 23, None),
        ("２３／２３市町", "municipalities", 23, None),
        ("累計150データセット", "datasets", 150, None),
        ("令和元年度末までに県が累計 1,100 データセット", "own", 1100, date(2020, 3, 31)),
        ("2027-03-31までに20市町村", "municipalities", 20, date(2027, 3, 31)),
        ("令和9年12月末までに適合100件", "valid", 100, date(2027, 12, 31)),
        ("2027年度末までに300ファイル", "files", 300, date(2028, 3, 31)),
    ],
)
def test_a_target_is_a_sentence(sentence: str, measure: str, value: int | None, by: date | None) -> None:
    found = target(sentence)
    assert found is not None and (found.measure, found.value, found.by) == (measure, value, by)


@pytest.mark.parametrize(
    "sentence",
    ["", "がんばる", "令和2年度末まで", "150", "全市町村とその他いろいろ", "累計たくさんのデータセット"],
)
def test_a_sentence_that_means_nothing_known_is_no_target(sentence: str) -> None:
    assert target(sentence) is None


@pytest.mark.parametrize(
    ("written", "day"),
    [("令和8年度末", "2027-03-31"), ("令和9年3月末", "2027-03-31"), ("令和9年", "2027-12-31"), ("2027-02-28", "2027-02-28")],
)  # fmt: skip
def test_a_deadline_is_the_last_day_of_what_is_named(written: str, day: str) -> None:
    assert deadline(written) == date.fromisoformat(day)


@pytest.mark.parametrize("written", ["", "来年", "2027-02-31", "令和9年13月末"])
def test_what_is_no_day_is_none(written: str) -> None:
    assert deadline(written) is None


def records(*numbers: int, days: int = 100) -> list[tuple[date, int]]:
    return [(TODAY - timedelta(days=days * (len(numbers) - n)), number) for n, number in enumerate(numbers)]


WISH = Target("x", "datasets", 150, date(2027, 3, 31))


def test_a_straight_line_tells_when_it_will_be_reached() -> None:
    aim = progress(WISH, records(100, 110, 120), municipalities=26, today=TODAY, now=130)
    assert (aim.reached_on, aim.forecast, aim.in_time) == (TODAY + timedelta(days=200), 143, False)
    assert "期限（2027-03-31）に 143 まで" in forecast(aim, "ja")
    sooner = progress(Target("x", "datasets", 140, WISH.by), records(100, 110, 120), municipalities=26, today=TODAY, now=130)  # fmt: skip
    assert sooner.in_time and "間に合う見込み" in forecast(sooner, "ja")


@pytest.mark.parametrize("history", [[], records(120), records(118, 119, 120, days=10)])
def test_with_too_little_history_no_forecast_is_made_and_that_is_said(
    history: list[tuple[date, int]],
) -> None:
    aim = progress(WISH, history, municipalities=26, today=TODAY, now=130)
    assert aim.reached_on is None and aim.in_time is None
    assert "見込みはまだ出せません" in forecast(aim, "ja") and "no forecast yet" in forecast(aim, "en")


def test_what_does_not_grow_is_not_promised() -> None:
    for numbers in ((130, 130, 130), (150, 140, 131)):
        aim = progress(WISH, records(*numbers), municipalities=26, today=TODAY, now=130)
        assert aim.standstill and not aim.in_time and "届きません" in forecast(aim, "ja")


@pytest.mark.parametrize("by", [None, date(2027, 3, 31), date(2026, 3, 31)])
def test_a_day_more_than_ten_years_off_is_not_named(by: date | None) -> None:
    aim = progress(Target("x", "datasets", 300, by), records(127, 128, 129), municipalities=26, today=TODAY, now=130)  # fmt: skip
    assert aim.reached_on is None and aim.distant and not aim.in_time
    assert "10年より先" in forecast(aim, "ja") and "このままの速さ" in forecast(aim, "ja") and "20" not in forecast(aim, "ja").replace("2026", "").replace("2027", "")  # fmt: skip
    assert "more than 10 years from now" in forecast(aim, "en")
    near = progress(Target("x", "datasets", 165, by), records(127, 128, 129), municipalities=26, today=TODAY, now=130)  # fmt: skip
    assert near.reached_on == TODAY + timedelta(days=3500) and not near.distant


def test_a_day_that_has_passed_is_said_to_have() -> None:
    late = Target("x", "datasets", 150, date(2026, 3, 31))
    assert "期限（2026-03-31）を過ぎています" in forecast(
        progress(late, [], municipalities=1, today=TODAY, now=1), "ja"
    )
    aim = progress(late, records(100, 110, 120), municipalities=1, today=TODAY, now=130)
    assert "期限（2026-03-31）を過ぎています" in forecast(aim, "ja") and aim.in_time is False


def test_all_municipalities_never_means_more_than_there_are() -> None:
    wish = Target("x", "municipalities", None, date(2030, 3, 31))
    aim = progress(wish, records(10, 15, 20), municipalities=26, today=TODAY, now=25)
    assert aim.goal == 26 and aim.forecast == 26


# --- odtool.toml ---------------------------------------------------------------------------------


def said(folder: Path, text: str, name: str = "odtool.toml") -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


def test_targets_stand_under_the_name_or_the_code_of_the_prefecture(tmp_path: Path) -> None:
    text = (
        '[targets."京都府"]\ngoals = ["令和8年度末までに全市町村", {name = "適合を増やす", measure = "valid", value = 200, by = 2027-03-31}]\n'
        "[targets.290009]\ngoals = ['累計150データセット']\n"
    )
    path = said(tmp_path, text)
    assert [(wish.measure, wish.value, wish.by) for wish in targets(path, "京都府")] == [
        ("municipalities", None, date(2027, 3, 31)),
        ("valid", 200, date(2027, 3, 31)),
    ]
    assert [wish.name for wish in targets(path, "奈良県")] == ["累計150データセット"] and not targets(
        path, "広島県"
    )


@pytest.mark.parametrize("by", ["2027-03-31T00:00:00", "2027-03-31T09:00:00+09:00", "'2027-03-31'"])
def test_the_day_of_a_target_may_have_a_time(tmp_path: Path, by: str) -> None:
    path = said(tmp_path, f'[targets."京都府"]\ngoals = [{{name = "全市町村", by = {by}}}]\n')
    (wish,) = targets(path, "京都府")
    assert type(wish.by) is date and wish.by == date(2027, 3, 31)


def test_targets_in_a_csv_of_excel_are_read_and_their_prefectures_must_exist(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("都道府県,目標\n京都府,全市町村\n", "cp932")
    assert [wish.name for wish in targets(str(path), "京都府")] == ["全市町村"]
    path.write_text("都道府県,目標\n京都府,全市町村\n京都,全市町村\n", "utf-8")
    with pytest.raises(UsageError, match=r"3行目.*都道府県の名前"):
        targets(str(path), "京都府")
    with pytest.raises(UsageError, match="ファイルがありません"):
        targets(str(tmp_path / "none.csv"), "京都府")


def test_targets_may_come_from_a_csv(tmp_path: Path) -> None:
    path = said(
        tmp_path, "都道府県,目標,期限\n京都府,全市町村,令和8年度末\n奈良県,累計150データセット,\n", "t.csv"
    )
    assert [(wish.measure, wish.by) for wish in targets(path, "京都府")] == [
        ("municipalities", date(2027, 3, 31))
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[targets."京都府"]\ngoals = ["がんばる"]', "goals[1]"),
        ('[targets."京都"]\ngoals = []', "targets.京都"),
        ('[targets."京都府"]\ngoals = "全市町村"', "goals = ["),
        ('[targets."京都府"]\ngoals = [{name = "x", measure = "y"}]', "measure"),
        ('[targets."京都府"]\ngoals = [{name = "x", measure = "valid"}]', "value"),
        ('[targets."京都府"]\ngoals = [{name = "全市町村", by = "いつか"}]', "by"),
        ('[targets."京都府"]\ngoals = [{name = "全市町村", wer = 1}]', "wer"),
        ('[targets."京都府"]\ngoals = [{name = "x", measure = "valid", value = 0}]', "value"),
        ('[targets."京都府"]\ngoals = ["令和8年13月末までに全市町村"]', "goals[1]"),
        ('[targets."京都府"]\ngoals = ["累計0データセット"]', "goals[1]"),
        ("[targets.262021]\ngoals = ['全市町村']", "targets.262021"),
        ("targets = 1", "targets"),
    ],
)
def test_what_is_no_target_is_told_in_one_sentence_that_names_it(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(UsageError, match=r"odtool\.toml") as error:
        targets(said(tmp_path, text), "京都府")
    assert words in error.value.ja and "\n" not in error.value.ja


# --- how it came along ---------------------------------------------------------------------------


def test_days_add_up_to_how_it_was() -> None:
    moves = [
        ("2026-01-01", "none", "valid", 3),
        ("2026-02-01", "valid", "stale", 1),
        ("2026-02-01", "none", "improve", 2),
    ]
    totals = [DayTotal("2026-01-01", "262048", 3, 9), DayTotal("2026-01-01", "260002", 7, 7), DayTotal("2026-03-01", "262048", 0, 0)]  # fmt: skip
    points = trend(["2026-01-01", "2026-02-01", "2026-02-15", "2026-03-01"], moves, totals, municipalities={"262048"}, prefecture="260002")  # fmt: skip
    assert [(point.day, point.valid, point.published, point.started, point.datasets, point.files, point.own) for point in points] == [
        ("2026-01-01", 3, 3, 1, 10, 16, 7),
        ("2026-02-01", 2, 5, 1, 10, 16, 7),
        ("2026-02-15", 2, 5, 1, 10, 16, 7),
        ("2026-03-01", 2, 5, 0, 7, 7, 7),
    ]  # fmt: skip
    found = at(points, "2026-02-20")
    assert found is not None and found.day == "2026-02-15" and at(points, "2025-12-31") is None


def test_a_chart_keeps_the_first_the_last_and_the_ends_of_months() -> None:
    days = [(date(2024, 1, 10) + timedelta(days=n)).isoformat() for n in range(1000)]
    kept = [point.day for point in thinned([Point(day) for day in days])]
    assert kept[0] == days[0] and kept[-1] == days[-1] and len(kept) <= 24
    assert all((date.fromisoformat(day) + timedelta(days=1)).day == 1 for day in kept[1:-1])


def test_tiles_keep_neighbours_together_and_never_share_a_place() -> None:
    places = {"north": (36.0, 135.0), "south": (34.0, 135.0), "east": (35.0, 136.0), "west": (35.0, 134.0)}
    found = tiles(places)
    assert found["north"][0] < found["south"][0] and found["west"][1] < found["east"][1]
    crowd = tiles(
        {str(n): (35 + n % 3 / 1000, 135 + n // 3 / 1000) for n in range(60)} | {"far": (30.0, 140.0)}
    )
    assert (
        len(set(crowd.values())) == 61
        and tiles({}) == {}
        and tiles({"one": (35.0, 135.0)}) == {"one": (0, 0)}
    )
