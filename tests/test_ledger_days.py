"""Whoever only publishes has a past all the same: the ledger tells it."""

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from odtool.coverage import overview
from odtool.coverage.ledger_days import past
from odtool.coverage.matrix import Overview
from odtool.coverage.observed import store
from odtool.coverage.sighting import DayState, DayTotal
from odtool.coverage.target import target
from odtool.ledger.journal import Publication, Withdrawal
from odtool.ledger.record import ledger, reading
from odtool.text import width
from tests.seeing import DONE, other, seen
from tests.test_coverage import UJI, check, publication

ROOT = Path(__file__).parent.parent
MAIZURU, JOYO, KYOTO_FU, KITA_WARD, KYOTO_CITY = "262021", "262072", "260002", "261017", "261009"
FIRST = date(2025, 4, 1)


def on(day: date, hour: int = 3) -> str:
    return f"{day.isoformat()}T{hour:02}:00:00+09:00"


def put(day: date, code: str = UJI, slug: str = "aed", file: str = "", **parts: object) -> Publication:
    name = f"{code}_{slug}"
    return publication(on(day), municipality=code, slug=slug, dataset_name=name, file_name=file or f"{name}.csv", content_sha256=f"{name}{file}", **parts)  # fmt: skip


def off(
    day: date, code: str = UJI, slug: str = "aed", file: str = "", *, verified: bool = True
) -> Withdrawal:
    return Withdrawal(on(day, 5), "https://a.example", f"{code}_{slug}", file, code, "x", verified, "odtool")


def shown(path: Path, day: date, *goals: str, area: str = "京都府", book: Path | None = None) -> Overview:
    wishes = [wish for wish in map(target, goals) if wish]
    return overview.overview(today=day, ledger=str(path), store=str(book) if book else None, area=area, targets=wishes)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def test_each_day_of_the_past_is_as_the_table_was_on_that_day(path: Path) -> None:
    """A year of a ledger at random; the table of every evening is what the past must say later."""
    at_random = random.Random(7)
    towns, slugs = (UJI, MAIZURU, JOYO, KYOTO_FU, KITA_WARD, KYOTO_CITY), ("aed", "event", "population")
    evenings = []
    for number in range(0, 120, 3):
        with ledger(path) as book:
            for _ in range(at_random.randrange(6)):
                code, slug, file = at_random.choice(towns), at_random.choice(slugs), at_random.choice(("", "b.csv"))  # fmt: skip
                if at_random.random() < 0.25:
                    book.note(
                        off(day(number), code, slug, at_random.choice(("", f"{code}_{slug}.csv")), verified=at_random.random() < 0.8)
                    )  # fmt: skip
                else:
                    kind = at_random.choice(("create", "update", "unchanged", "unchanged"))
                    book.note(put(day(number), code, slug, file, action=kind, errors=at_random.choice((0, 0, 2)), warnings=at_random.choice((0, 3))))  # fmt: skip
            if number == 0:
                book.note(put(day(0)), check(on(day(0)), errors=3, municipality=MAIZURU))
        evenings.append(shown(path, day(number)).points[-1])
    found = shown(path, day(500)).points
    then = {point.day: point for point in found}
    assert len({point.published for point in evenings}) > 5  # it went up and down
    last = None
    for evening in evenings:
        last = then.get(evening.day, last)  # a day without an entry is as the one before
        assert last is not None and replace(last, day=evening.day) == evening


def test_what_was_withdrawn_is_unpublished_from_that_day_on_and_back_when_it_is_restored(path: Path) -> None:
    with ledger(path) as book:
        book.note(put(day(0)), put(day(0), slug="event", warnings=1))
        book.note(off(day(10), verified=False), off(day(20)))
        book.note(put(day(30), action="restore"))
    states = overview.changes(str(path), None, UJI)
    assert [(each.day, each.slug, each.state) for each in states] == [
        ("2025-04-01", "aed", "valid"), ("2025-04-01", "event", "improve"), ("2025-04-21", "aed", "none"), ("2025-05-01", "aed", "valid"),
    ]  # fmt: skip
    points = shown(path, day(400)).points
    assert [(point.day, point.published, point.datasets, point.started) for point in points] == [
        ("2025-04-01", 2, 2, 1), ("2025-04-21", 1, 1, 1), ("2025-05-01", 2, 2, 1), ("2026-05-06", 2, 2, 1),
    ]  # fmt: skip


def test_a_nightly_run_that_changes_nothing_is_a_day_on_which_it_was_known_and_no_change(path: Path) -> None:
    with ledger(path) as book:
        book.note(put(day(0)))
        book.note(*(put(day(n), action="unchanged") for n in range(1, 100)))
        book.note(put(day(100), action="unchanged", warnings=2))  # a new rule finds something
    with reading(path) as told:
        assert len(told.changes()) == 2  # nights cost nothing
    points = shown(path, day(200)).points
    assert len(points) == 102 and [points[n].valid for n in (0, 99, 100)] == [1, 1, 0]


def test_what_was_withdrawn_and_found_unchanged_later_is_published_again(path: Path) -> None:
    with ledger(path) as book:
        book.note(put(day(0)), put(day(1), action="unchanged"), off(day(2)), put(day(3), action="unchanged"))
        book.note(put(day(4), action="unchanged"))
    assert [each.state for each in overview.changes(str(path), None, UJI)] == ["valid", "none", "valid"]
    assert shown(path, day(9)).points[-1].valid == shown(path, day(9)).points[-2].valid == 1


def test_of_one_file_on_two_portals_the_second_makes_no_second_dataset(path: Path) -> None:
    with ledger(path) as book:
        book.note(put(day(0)), put(day(1), portal="https://b.example"))
    assert [(point.datasets, point.files) for point in shown(path, day(9)).points] == [(1, 1)] * 3


def test_targets_are_forecast_from_the_ledger_alone(path: Path) -> None:
    with ledger(path) as book:
        for number, code in enumerate((UJI, MAIZURU, JOYO, KYOTO_CITY)):
            book.note(put(day(30 * number), code), put(day(30 * number), code, "event"))
    found = shown(
        path, day(120), "令和8年度末までに全市町村", "累計150データセット", "令和7年度末までに8データセット"
    )
    everybody, many, few = found.targets
    # 1, 2, 3, 4, 4 towns every 30 days: 240/9000 towns a day, and 609 days are left.
    assert (everybody.now, everybody.goal, everybody.records, everybody.forecast) == (4, 26, 5, 20)
    assert (many.now, many.goal, few.reached) == (8, 150, True)
    assert everybody.reached_on is not None and everybody.in_time is False


def test_where_portals_were_looked_at_the_ledger_tells_only_of_the_time_before_and_no_forecast_crosses(
    path: Path, tmp_path: Path
) -> None:
    book = tmp_path / "s.sqlite"
    with ledger(path) as told:
        told.note(put(day(0)), put(day(50), MAIZURU), put(day(150), JOYO))
    with store(book) as open_:
        open_.note([seen(), *(other(KYOTO_CITY, n) for n in range(9))], progress=[DONE])
        overview.keep_day(open_, str(path), day(100), on(day(100)))
    found = shown(path, day(200), "累計150データセット", book=book)
    assert [(point.day, point.ledger) for point in found.points] == [
        (day(0).isoformat(), True), (day(50).isoformat(), True), (day(100).isoformat(), False), (day(200).isoformat(), False),
    ]  # fmt: skip
    assert found.targets[0].records == 2 and found.targets[0].reached_on is None
    moved = overview.changes(str(path), str(book), MAIZURU)
    assert [(each.day, each.state) for each in moved] == [(day(50).isoformat(), "valid")]


def test_a_store_made_by_a_snapshot_alone_does_not_cut_the_past(path: Path, tmp_path: Path) -> None:
    book = tmp_path / "s.sqlite"
    with ledger(path) as told:
        told.note(put(day(0)), put(day(50), MAIZURU))
    with store(book) as open_:
        overview.keep_day(open_, str(path), day(70), on(day(70)))
    points = shown(path, day(90), book=book).points
    assert [(point.day, point.published, point.ledger) for point in points] == [
        (day(n).isoformat(), count, False) for n, count in ((0, 1), (50, 2), (70, 2), (90, 2))
    ]


def test_entries_whose_time_cannot_be_read_belong_to_no_day() -> None:
    odd = replace(put(day(0)), at="いつか")
    found = past([odd, put(day(1), slug="event")], [], slugs={"aed", "event"})
    assert found.days == ["2025-04-02"] and found.states == [DayState("2025-04-02", UJI, "event", "valid")]
    assert found.totals == [DayTotal("2025-04-02", UJI, 1, 1)]


def run(folder: Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "odtool", "coverage", *arguments],
        check=False, capture_output=True, timeout=120, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == code and b"Traceback" not in done.stderr, done.stderr.decode()
    return (done.stderr if code else done.stdout).decode()


def test_the_commands_show_the_past_without_anything_collected(tmp_path: Path) -> None:
    with ledger(tmp_path / "odtool-ledger.sqlite") as book:
        book.note(put(day(0)), put(day(40), MAIZURU), off(day(80)))
    text = run(tmp_path, "history", "--prefecture", "京都府")
    assert [line.split()[:3] for line in text.splitlines()[1:4]] == [
        ["2025-04-01", "1", "1"], ["2025-05-11", "2", "2"], ["2025-06-20", "1", "1"],
    ]  # fmt: skip
    listed = json.loads(run(tmp_path, "history", "--municipality", UJI, "--format", "json"))
    assert [(each["day"], each["status"]) for each in listed] == [("2025-04-01", "valid"), ("2025-06-20", "none")]  # fmt: skip
    found = json.loads(run(tmp_path, "report", "--prefecture", "京都府", "--format", "json"))
    assert [point["day"] for point in found["history"]][:3] == ["2025-04-01", "2025-05-11", "2025-06-20"]
    assert not list(tmp_path.glob("odtool-coverage*"))  # looking makes no file


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_table_of_days_fits_80_columns(tmp_path: Path, lang: str) -> None:
    with ledger(tmp_path / "odtool-ledger.sqlite") as book:
        book.note(put(day(0)), put(day(1), MAIZURU))
    lines = run(tmp_path, "history", "--lang", lang).splitlines()
    assert max(map(width, lines)) <= 80 and len({width(line) for line in lines[:4]}) == 1


def test_the_days_before_the_first_look_are_marked(tmp_path: Path) -> None:
    with ledger(tmp_path / "odtool-ledger.sqlite") as book:
        book.note(put(day(0)))
    with store(tmp_path / "odtool-coverage.sqlite") as open_:
        open_.note([seen()], progress=[DONE])
        overview.keep_day(open_, None, day(100), on(day(100)))
    text = run(tmp_path, "history", "--prefecture", "京都府")
    assert "2025-04-01*" in text and "2025-07-10*" not in text and "台帳" in text


def test_without_a_ledger_and_without_a_store_history_says_what_is_missing(tmp_path: Path) -> None:
    assert "観測の記録がありません" in run(tmp_path, "history", code=2)
    assert "観測の記録がありません" in run(tmp_path, "history", "--municipality", UJI, code=2)
