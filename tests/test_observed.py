"""The store of what was seen on portals."""

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest

from odtool.coverage.observation import Observation
from odtool.coverage.observed import broken, reading, signature, store
from odtool.coverage.sighting import Correction, DayState, DayTotal, Gone, Progress
from odtool.errors import UsageError

KYOTO = "https://portal.example"
FULL = Observation(
    "2026-11-20T03:00:00+09:00", KYOTO, "262048_aed", "r1", url=f"{KYOTO}/r1.csv", title="【宇治市】AED", organisation="宇治市",
    municipality="262048", slug="aed", edition="standard", dataset="standard-aed", recognised_by="contents", verdict="invalid",
    errors=3, warnings=2, fixable=3, rules="date-format=3", licence="CC-BY-4.0", open=True, format="CSV",
    levels=(90, None, 70), updated="2026-04-01", updated_by="title", expected=365, alive=True, sha256="ab" * 32, size=1234,
    rows=10, tool="1.0", why="日付", why_en="date",
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


def test_what_was_noted_comes_back_whole(place: Path) -> None:
    bare = Observation("2026-11-20T03:00:00+09:00", KYOTO, "x", "r2")
    with store(place) as book:
        assert book.note([FULL, bare]) == 2
        assert list(book.latest()) == [FULL, bare]
    with reading(place) as book:
        assert list(book.latest()) == [FULL, bare]


def test_a_file_that_is_as_it_was_is_not_written_again(place: Path) -> None:
    later = replace(FULL, at="2026-11-21T03:00:00+09:00", tool="1.1")
    with store(place) as book:
        book.note([FULL])
        assert book.note([later]) == 0
        assert book.note([replace(later, errors=0, verdict="valid")]) == 1
        assert [entry.errors for entry in book.history(KYOTO, "262048_aed")] == [3, 0]
        assert [entry.errors for entry in book.latest()] == [0]


def test_a_night_without_an_answer_does_not_hide_what_was_there(place: Path) -> None:
    missed = Observation(
        "2026-11-21T03:00:00+09:00", KYOTO, "262048_aed", "r1", verdict="not-seen", why="応答なし"
    )
    with store(place) as book:
        book.note([FULL])
        book.note([missed])
        assert list(book.latest()) == [FULL, missed]
        book.note([replace(FULL, at="2026-11-22T03:00:00+09:00")])
        assert [entry.verdict for entry in book.latest()] == ["invalid"]


def test_what_is_gone_is_seen_no_more_until_it_comes_back(place: Path) -> None:
    other = replace(FULL, resource="r2")
    with store(place) as book:
        book.note([FULL, other])
        book.note(gone=[Gone("2026-11-21", KYOTO, "262048_aed", "r1")])
        assert [entry.resource for entry in book.latest()] == ["r2"]
        book.note(gone=[Gone("2026-11-22", KYOTO, "262048_aed")])
        assert not list(book.latest())
        assert book.note([FULL]) == 1
        assert [entry.resource for entry in book.latest()] == ["r1"]


@pytest.mark.parametrize(
    "table", ["observations", "gone", "corrections", "snapshots", "days", "day_states", "day_totals"]
)
def test_the_database_itself_refuses_to_change_or_remove(place: Path, table: str) -> None:
    with store(place) as book:
        book.note([FULL], gone=[Gone("1", KYOTO, "y")])
        book.correct(Correction("1", KYOTO, "262048_aed", "r1", "ignore"))
        book.keep_day(
            "2026-11-20", "1", [DayState("", "262048", "aed", "valid")], [DayTotal("", "262048", 1, 1)]
        )
        book.freeze("令和8年度末", made="1", day="2026-11-20", area="", content="{}\n")
    connection = sqlite3.connect(place)
    column = connection.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchone()[0]
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"):
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            connection.execute(statement)
    connection.close()


def test_progress_is_of_portals_datasets_and_files_and_is_overwritten(place: Path) -> None:
    whole, one = Progress(KYOTO, at="1", state="begun"), Progress(KYOTO, "a", "r1", "1", etag='"x"')
    with store(place) as book:
        book.note(progress=[whole, one])
        book.note(progress=[replace(whole, state="done"), Progress(KYOTO, "a", fingerprint="f")])
        assert book.progress(KYOTO) == replace(whole, state="done")
        assert book.progress(KYOTO, "a", "r1") == one and book.progress(KYOTO, "b") is None
        assert set(book.all_progress(KYOTO)) == {("", ""), ("a", ""), ("a", "r1")}
        assert [source.state for source in book.sources()] == ["done"]


def test_the_last_word_of_an_officer_counts_and_can_be_taken_back(place: Path) -> None:
    def say(what: str, value: str = "") -> None:
        book.correct(Correction("1", KYOTO, "d", "r", what, value, "見て確かめた"))  # type: ignore[arg-type]

    with store(place) as book:
        say("dataset", "standard-aed")
        say("municipality", "262048")
        say("dataset", "standard-event")
        assert [(entry.what, entry.value) for entry in book.corrections()] == [
            ("dataset", "standard-event"),
            ("municipality", "262048"),
        ]
        say("")
        say("ignore")
        assert [entry.what for entry in book.corrections()] == ["ignore"]
        assert book.corrections()[0].who


def test_a_day_keeps_only_what_moved(place: Path) -> None:
    uji = DayState("", "262048", "aed", "valid")
    with store(place) as book:
        assert book.keep_day("2026-11-20", "1", [uji, DayState("", "262048", "event", "none")]) == 1
        assert book.keep_day("2026-11-21", "2", [uji]) == 0
        assert (
            book.keep_day("2026-11-22", "3", [replace(uji, state="stale")], [DayTotal("", "262048", 5, 9)])
            == 1
        )
        assert (
            book.keep_day("2026-11-22", "4", [replace(uji, state="not-seen")], [DayTotal("", "262048", 5, 9)])
            == 1
        )
        assert book.days() == ["2026-11-20", "2026-11-21", "2026-11-22"]
        assert book.states() == {("262048", "aed"): "not-seen"}
        assert book.moves(["262048"]) == [
            ("2026-11-20", "none", "valid", 1),
            ("2026-11-22", "stale", "not-seen", 1),
            ("2026-11-22", "valid", "stale", 1),
        ]
        assert book.moves(["270008"]) == [] and len(book.moves()) == 3
        assert book.day_totals() == [DayTotal("2026-11-22", "262048", 5, 9)]
        assert [entry.state for entry in book.cell_history("262048", "aed")] == ["valid", "stale", "not-seen"]


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ("valid none", ("2026-11-02", "valid")),
        ("valid not-seen none", ("2026-11-03", "valid")),
        ("stale not-seen none not-seen none", ("2026-11-03", "stale")),
        ("valid none valid not-seen invalid none", ("2026-11-06", "invalid")),
        ("not-seen none", None),
        ("valid none valid", None),
        ("valid not-seen", None),
    ],
)
def test_a_cell_that_is_unpublished_says_since_when_and_as_what_it_was_last_seen(
    place: Path, states: str, told: tuple[str, str] | None
) -> None:
    with store(place) as book:
        for number, state in enumerate(states.split(), 1):
            day = f"2026-11-{number:02}"
            book.keep_day(
                day, day, [DayState(day, "262048", "aed", state), DayState(day, "262048", "event", "valid")]
            )  # type: ignore[arg-type]
        assert book.ended() == ({("262048", "aed"): told} if told else {})


def frozen(book: object, name: str, content: str = '{"a":1}\n{"b":2}\n') -> None:
    book.freeze(name, made="2027-03-31T10:00:00+09:00", day="2027-03-31", area="京都府", content=content)  # type: ignore[attr-defined]


def test_a_snapshot_is_frozen_once_and_signed(place: Path) -> None:
    with store(place) as book:
        frozen(book, "令和8年度末")
        kept = book.snapshot("令和8年度末")
        assert kept.content == '{"a":1}\n{"b":2}\n' and kept.rows == 2 and signature(kept) == kept.sha256
        with pytest.raises(UsageError, match="上書きはできません"):
            frozen(book, "令和8年度末", "{}")
        frozen(book, "令和9年度末")
        assert book.snapshots()[1].after == kept.sha256 and not broken(book)
        with pytest.raises(UsageError, match="令和8年度末"):
            book.snapshot("令和7年度末")


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE snapshots SET content = x'00' WHERE name = '1'",
        "UPDATE snapshots SET day = '2027-04-01' WHERE name = '1'",
        "UPDATE snapshots SET rows = 3 WHERE name = '1'",
        "DELETE FROM snapshots WHERE name = '0'",
    ],
)
def test_whoever_goes_round_the_database_is_found_out(place: Path, harm: str) -> None:
    with store(place) as book:
        for number in range(3):
            frozen(book, str(number))
    connection = sqlite3.connect(place)
    for verb in ("update", "delete"):
        connection.execute(f"DROP TRIGGER snapshots_{verb}")
    connection.execute(harm)
    connection.commit()
    connection.close()
    with reading(place) as book:
        assert set(broken(book)) == {"1"}


def test_two_writers_at_once_lose_nothing(place: Path) -> None:
    def write(name: str) -> None:
        with store(place) as book:
            for number in range(20):
                book.note([replace(FULL, dataset_name=name, resource=str(number))])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, "abcd"))
    with reading(place) as book:
        assert len(list(book.latest())) == 80


_WRITER = """
import sys
from dataclasses import replace
from odtool.coverage.observed import store
from odtool.coverage.sighting import Progress
from tests.test_observed import FULL
with store(sys.argv[1]) as book:
    for number in range(100_000):
        seen = [replace(FULL, dataset_name=str(number), resource=r) for r in "abc"]
        book.note(seen, progress=[Progress(FULL.source, str(number), state="done")])
        print(number, flush=True)
"""


def test_what_was_noted_when_the_program_is_killed_is_there_whole(place: Path) -> None:
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(place)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )
        assert writer.stdout
        told = [writer.stdout.readline() for _ in range(30)]
        sleep(0.003)
        os.kill(writer.pid, signal.SIGKILL)
        told += writer.stdout.readlines()
        writer.wait()
        writer.stdout.close()
        with store(place) as book:
            files: dict[str, int] = {}
            for seen in book.latest():
                files[seen.dataset_name] = files.get(seen.dataset_name, 0) + 1
            done = {dataset for dataset, _ in book.all_progress(KYOTO)}
        assert set(files.values()) == {3} and set(files) == done
        assert {line.strip() for line in told if line.endswith("\n")} <= done


def test_hostile_texts_are_kept_harmless(place: Path) -> None:
    with store(place) as book:
        book.note(
            [
                replace(
                    FULL, title="a\x1b[2J\ud800\nb" + "x" * 9000, dataset_name="a\ud800'; DROP TABLE progress"
                )
            ]
        )
        (seen,) = book.latest()
    assert "\x1b" not in seen.title and "\n" not in seen.title and len(seen.title) <= 500


def test_a_missing_store_a_foreign_file_and_the_ledger_are_told_in_one_sentence(
    tmp_path: Path, place: Path
) -> None:
    from odtool.ledger.record import ledger

    with pytest.raises(UsageError, match="観測の記録がありません"), reading(place):
        pass
    assert not place.exists()
    place.write_bytes(b"no database at all, but long enough to be taken for one" * 30)
    with pytest.raises(UsageError, match="観測の記録として使えません"), store(place):
        pass
    with ledger(tmp_path / "ledger.sqlite"):
        pass
    with pytest.raises(UsageError, match="観測の記録として使えません"), store(tmp_path / "ledger.sqlite"):
        pass


def test_the_files_of_a_dataset_are_found_by_id_name_or_address(place: Path) -> None:
    with store(place) as book:
        book.note([FULL, replace(FULL, resource="r2", url="")])
        assert [len(book.find(words)) for words in ("r1", "262048_aed", f"{KYOTO}/r1.csv", "r")] == [
            1,
            2,
            1,
            0,
        ]
