"""The ledger keeps everything it was told, whatever happens to the program, the disk or the other writer."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import fields, replace
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from odtool import sqlfile
from odtool.errors import PortalError, UsageError
from odtool.ledger import tables
from odtool.ledger.journal import (
    Call,
    Check,
    Planned,
    PlannedItem,
    Publication,
    Readback,
    Run,
    RunEnd,
    Unpublished,
    Withdrawal,
    excerpt,
)
from odtool.ledger.record import Ledger, ledger, reading

AT = "2026-11-20T09:00:00+09:00"
PORTAL = "https://data.example.lg.jp"
NAME, FILE, CODE = "261009_aed", "261009_aed.csv", "261009"

# The tables as the first release made them.
FIRST = """
CREATE TABLE checks (at TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, municipality TEXT NOT NULL,
 slug TEXT NOT NULL, edition TEXT NOT NULL, status TEXT NOT NULL, errors INTEGER NOT NULL, warnings INTEGER NOT NULL,
 hints INTEGER NOT NULL, tool TEXT NOT NULL) STRICT;
CREATE TRIGGER checks_update BEFORE UPDATE ON checks BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
CREATE TRIGGER checks_delete BEFORE DELETE ON checks BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
CREATE TABLE publications (at TEXT NOT NULL, portal TEXT NOT NULL, dataset_name TEXT NOT NULL, file_name TEXT NOT NULL,
 municipality TEXT NOT NULL, slug TEXT NOT NULL, edition TEXT NOT NULL, action TEXT NOT NULL,
 source_sha256 TEXT NOT NULL, content_sha256 TEXT NOT NULL, errors INTEGER NOT NULL, warnings INTEGER NOT NULL,
 url TEXT NOT NULL, tool TEXT NOT NULL) STRICT;
CREATE TRIGGER publications_update BEFORE UPDATE ON publications
 BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
CREATE TRIGGER publications_delete BEFORE DELETE ON publications
 BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
PRAGMA user_version = 1;
"""


def publication(**parts: Any) -> Publication:
    plain = Publication(AT, PORTAL, NAME, FILE, CODE, "aed", "standard", "create", "a" * 64, "b" * 64, 0, 1,
                        f"{PORTAL}/aed.csv", "1.0")  # fmt: skip
    return replace(plain, **parts)


def withdrawal(**parts: Any) -> Withdrawal:
    return replace(Withdrawal(AT, PORTAL, NAME, "", CODE, "個人情報", verified=True, tool="1.0"), **parts)


def call(**parts: Any) -> Call:
    return replace(Call(AT, "POST", "package_create", NAME, "ok", 200, 31, 900, 4_000, "c" * 64), **parts)


ONE_OF_EACH = (
    Check(AT, "aed.csv", "a" * 64, CODE, "aed", "standard", "valid", 0, 1, 2, "1.0", "r"),
    publication(run="r"),
    Unpublished(AT, PORTAL, NAME, FILE, CODE, "aed.csv", "failed", "できません", "failed", "r"),
    withdrawal(run="r", verified=False),
    Readback(AT, NAME, FILE, "b" * 64, "d" * 64, agrees=False, differs="content", run="r"),
    call(run="r", sequence=1),
    Planned(AT, "e" * 64, "create=1", "r"),
    PlannedItem(NAME, FILE, CODE, "aed.csv", "AED", "create", "まだない", "not yet", "r"),
    Run("r", AT, "publish", "kyoto", PORTAL, "me@here", "1.0"),
    RunEnd("r", AT, 3, "だめ", "no"),
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def started(book: Ledger) -> Any:
    return book.run("publish", portal="kyoto", address=PORTAL, now=lambda: AT)


def first_version(path: Path, *entries: Check | Publication) -> None:
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("PRAGMA journal_mode = WAL")
        old.executescript(FIRST)
        for entry in entries:
            values = [getattr(entry, field.name) for field in fields(entry) if field.name != "run"]
            table = "checks" if isinstance(entry, Check) else "publications"
            old.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)


# --- what goes in comes out ----------------------------------------------------------------------


@pytest.mark.parametrize("entry", ONE_OF_EACH, ids=lambda entry: type(entry).__name__)
def test_every_kind_of_entry_comes_back_as_it_was_noted(place: Path, entry: Any) -> None:
    with ledger(place) as book:
        book.note(entry)
    with reading(place) as book:
        assert book.select(type(entry)) == [entry]
        assert book.select(type(entry), run="r") == [entry] and book.select(type(entry), run="s") == []


def test_every_kind_of_entry_has_a_table_that_only_grows(place: Path) -> None:
    with ledger(place) as book:
        for entry in ONE_OF_EACH:
            book.note(entry)
    with closing(sqlite3.connect(place)) as direct:
        names = {name for (name,) in direct.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert names == set(tables.TABLES.values()) and len(names) == len(ONE_OF_EACH)
        for name in names:
            for statement in (f"UPDATE {name} SET rowid = 9", f"DELETE FROM {name}"):
                with pytest.raises(sqlite3.IntegrityError, match="append only"):
                    direct.execute(statement)


def test_a_name_that_is_no_utf8_is_noted_all_the_same(place: Path) -> None:
    with ledger(place) as book:
        book.note(replace(ONE_OF_EACH[2], path="a\udce3.csv"))
        assert book.select(Unpublished)[0].path == "a?.csv"


def test_a_field_that_is_none_cannot_become_part_of_a_query(place: Path) -> None:
    with ledger(place) as book, pytest.raises(ValueError, match="1=1"):
        book.select(Check, **{"1=1 OR run": "x"})


# --- a run ---------------------------------------------------------------------------------------


def test_a_run_stamps_all_it_is_told_and_numbers_its_calls(place: Path) -> None:
    with ledger(place) as book:
        with started(book) as running:
            running.call(call(action="package_show", method="GET"))
            running.call(call())
            running.note(publication())
            running.code = 1
        assert [c.sequence for c in book.select(Call, run=running.id)] == [1, 2]
        assert book.select(Publication, run=running.id) == [publication(run=running.id)]
        assert [(end.exit_code, end.ja) for end in book.select(RunEnd)] == [(1, "")]
        run = book.select(Run)[0]
        assert run.run.startswith("20261120-090000-") and "@" in run.who and run.address == PORTAL


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (PortalError("つながりません。", "unreachable"), 3, "つながりません。"),
        (KeyboardInterrupt(), 130, "中断されました。"),
        (ValueError("secret"), 4, "odtool の不具合（ValueError）で止まりました。"),
    ],
)
def test_a_run_that_fails_notes_how_and_lets_the_error_pass(
    place: Path, error: BaseException, code: int, said: str
) -> None:
    with ledger(place) as book:
        with pytest.raises(type(error)), started(book):
            raise error
        assert [(end.exit_code, end.ja) for end in book.select(RunEnd)] == [(code, said)]


def test_a_plan_is_noted_by_its_digest_its_counts_and_what_it_changes(place: Path) -> None:
    item = replace(ONE_OF_EACH[7], run="")
    items = [
        item,
        replace(item, path="b.csv", action="unchanged"),
        replace(item, path="c.csv", action="refuse"),
    ]
    with ledger(place) as book:
        with started(book) as running:
            running.plan("{}", items)
        noted = book.select(Planned, run=running.id)[0]
        assert noted.summary == "create=1 unchanged=1 refuse=1" and noted.sha256.startswith(
            "44136fa355b3678a"
        )
        assert [(i.path, i.action, i.ja) for i in book.select(PlannedItem)] == [
            ("aed.csv", "create", "まだない"),
            ("c.csv", "refuse", "まだない"),
        ]


def test_calls_from_several_threads_are_all_there_each_with_its_own_number(place: Path) -> None:
    with ledger(place) as book, started(book) as running:

        def work() -> None:
            for _ in range(50):
                running.call(call())

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(c.sequence for c in book.select(Call)) == list(range(1, 201))


# --- what must not be kept -----------------------------------------------------------------------


def test_a_query_and_terminal_controls_are_not_kept_of_a_call(place: Path) -> None:
    with ledger(place) as book, started(book) as running:
        running.call(call(action="/x?apikey=geheim", target="a\x1b[2Jb", told="<b>\x07" + "長" * 9_000))
        noted = book.select(Call)[0]
    assert (noted.action, noted.target) == ("/x", "a�[2Jb") and len(noted.told) == 500
    assert b"geheim" not in place.read_bytes() and b"\x1b" not in noted.told.encode()


def test_an_answer_that_repeats_the_token_is_kept_without_it() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJ4In0.c2lnbmF0dXJl"
    other = "eyJ0eXAiOiJKV1QifQ.eyJqdGkiOiJ5In0.b3RoZXI"
    said = excerpt(
        f"<html>\r\n Authorization: {token} key=0123-abc {other}\x1b".encode(), secrets=("0123-abc", "")
    )
    assert said == "<html> Authorization: *** key=*** ***�"
    assert len(excerpt("x" * 1_000)) == 200


# --- what is on a portal -------------------------------------------------------------------------


def keys(found: list[Publication]) -> list[tuple[str, str]]:
    return [(entry.file_name, entry.action) for entry in found]


def test_what_is_published_is_the_last_publication_of_each_file_on_that_portal(place: Path) -> None:
    with ledger(place) as book:
        book.note(publication(), publication(file_name="b.csv"), publication(action="update"))
        book.note(publication(portal="https://other.example", action="update"))
        assert keys(book.published(PORTAL)) == [("b.csv", "create"), (FILE, "update")]
        assert book.published("https://nobody.example") == []


def test_a_withdrawn_dataset_is_published_no_more_until_it_is_again(place: Path) -> None:
    """All of it within one second, so that times alone could not tell."""
    with ledger(place) as book:
        book.note(publication())
        book.note(publication(file_name="b.csv"))
        book.note(withdrawal(file_name="b.csv"))
        assert keys(book.published(PORTAL)) == keys(book.standing()) == [(FILE, "create")]
        book.note(withdrawal())
        assert book.published(PORTAL) == book.standing() == []
        book.note(publication(action="restore"))
        assert keys(book.published(PORTAL)) == keys(book.standing()) == [(FILE, "restore")]


def test_a_withdrawal_that_was_not_seen_to_work_withdraws_nothing(place: Path) -> None:
    with ledger(place) as book:
        book.note(publication(), withdrawal(verified=False))
        assert keys(book.published(PORTAL)) == keys(book.standing()) == [(FILE, "create")]


def test_a_withdrawal_from_one_portal_leaves_the_other(place: Path) -> None:
    with ledger(place) as book:
        book.note(publication(), publication(portal="https://b.example"), withdrawal())
        assert [entry.portal for entry in book.standing()] == ["https://b.example"]


# --- a ledger of the first release ---------------------------------------------------------------


def shape(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as direct:
        names = [row[0] for row in direct.execute("SELECT name FROM sqlite_master ORDER BY name")]
        return {name: list(direct.execute(f"PRAGMA table_info({name})")) for name in names}


def test_a_ledger_of_the_first_release_is_brought_up_to_date_and_keeps_its_entries(tmp_path: Path) -> None:
    old, new = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    check = Check(AT, "aed.csv", "a" * 64, CODE, "aed", "standard", "valid", 0, 1, 2, "0.1")
    first_version(old, check, publication())
    with ledger(old) as book:
        assert book.checks() == [check] and book.publications() == [publication()]
        with started(book) as running:
            running.note(publication(action="update"))
        assert [entry.run for entry in book.publications()] == ["", running.id]
    with ledger(new):
        pass
    assert shape(old) == shape(new)


def test_reading_a_ledger_of_the_first_release_leaves_it_as_it_is(place: Path) -> None:
    first_version(place, publication())
    before = place.read_bytes()
    with reading(place) as book:
        assert book.publications() == book.standing() == [publication()] and book.select(Run) == []
    assert place.read_bytes() == before


def test_a_first_release_that_broke_off_while_making_its_tables_is_completed(place: Path) -> None:
    with closing(sqlite3.connect(place)) as old:
        old.executescript(FIRST.partition("CREATE TRIGGER")[0])
    with ledger(place) as book:
        book.note(publication())
        assert book.publications() == [publication()]


def test_two_that_bring_a_ledger_up_to_date_at_once_do_not_disturb_each_other(place: Path) -> None:
    first_version(place, publication())
    program = (
        "import sys; from odtool.ledger.record import ledger\n"
        "sys.stdin.readline()\n"
        "with ledger(sys.argv[1]) as book: print(len(book.publications()))"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", program, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]  # fmt: skip
    for one in both:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    assert [one.communicate() for one in both] == [("1\n", "")] * 4


# --- what can go wrong ---------------------------------------------------------------------------

WRITES = """
import sys
from odtool.ledger.journal import Call, Publication
from odtool.ledger.record import ledger
at = "2026-11-20T09:00:00+09:00"
with ledger(sys.argv[1]) as book, book.run("publish", portal="p", address="a", now=lambda: at) as running:
    for n in range(1, 100_000):
        running.call(Call(at, "POST", "package_patch", str(n), "begun"))
        if n % 3 == 0:
            running.note(Publication(at, "a", str(n), "f", "", "", "", "create", "", "", 0, 0, "", ""))
        print(n, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 7, 40, 200])
def test_a_killed_program_leaves_everything_it_had_noted(place: Path, lines: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITES, str(place)], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        said = [int(running.stdout.readline()) for _ in range(lines)]
        os.kill(running.pid, signal.SIGKILL)
        said += [int(line) for line in running.stdout if line.endswith("\n")]
    with reading(place) as book:
        noted = [c.sequence for c in book.select(Call)]
        assert noted[: len(said)] == said and len(noted) - len(said) in (0, 1)
        assert len(book.publications()) in (len(said) // 3, len(noted) // 3)
        assert len(book.select(Run)) == 1 and book.select(RunEnd) == []
    with ledger(place) as book, started(book):  # and it goes on
        pass
    with closing(sqlite3.connect(place)) as direct:
        assert direct.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_two_programs_write_at_once_and_nothing_is_lost(place: Path) -> None:
    program = WRITES.replace("100_000", "151")
    both = [
        subprocess.Popen([sys.executable, "-c", program, str(place)], stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]  # fmt: skip
    assert [one.communicate()[1] for one in both] == ["", ""]
    with reading(place) as book:
        assert book.count(Call, "run") == dict.fromkeys((run.run for run in book.select(Run)), 150)
        assert len(book.select(RunEnd)) == 2 and len(book.publications()) == 100


def test_a_full_disk_is_told_in_one_sentence_and_keeps_what_was_noted(place: Path) -> None:
    with ledger(place) as book:
        pages = book._connection.execute("PRAGMA page_count").fetchone()[0]
        book._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(UsageError) as caught, started(book) as running:
            list(map(running.call, repeat(call(told="x" * 400))))
        noted = len(book.select(Call))
    assert "空き容量がないため、台帳に書けません" in caught.value.ja and "no space is left" in caught.value.en
    with ledger(place) as book, started(book):
        assert noted and len(book.select(Call)) == noted


def test_a_ledger_that_may_not_be_written_is_told_in_one_sentence(place: Path) -> None:
    with ledger(place) as book:
        book.note(publication())
    with reading(place) as book, pytest.raises(UsageError, match="書く権限がありません"):
        book.note(publication())


def test_a_ledger_that_somebody_keeps_for_himself_is_told_in_one_sentence(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ledger(place):
        pass
    monkeypatch.setattr(sqlfile, "WAIT", 0)
    with closing(sqlite3.connect(place, isolation_level=None)) as greedy, ledger(place) as book:
        greedy.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UsageError, match="ほかの実行が台帳を使い続けています"):
            book.note(publication())


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE letters (id)", "PRAGMA user_version = 99"],
    ids=["of-another-program", "newer"],
)
@pytest.mark.parametrize("opened", [ledger, reading])
def test_a_database_that_is_not_ours_is_left_alone(place: Path, statement: str, opened: Any) -> None:
    with closing(sqlite3.connect(place)) as other:
        other.execute(statement)
    before = place.read_bytes()
    with pytest.raises(UsageError, match="台帳として使えません"), opened(place):
        pass
    assert place.read_bytes() == before


def test_a_place_where_no_file_can_be_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="台帳として使えません"), ledger(tmp_path / "file" / "l.sqlite"):
        pass


def test_reading_makes_no_file(place: Path) -> None:
    with pytest.raises(UsageError, match="台帳がありません"), reading(place):
        pass
    assert not place.exists()


def test_reading_sees_what_a_writer_that_is_still_at_it_has_noted(place: Path) -> None:
    with ledger(place) as book:
        book.note(publication())
        with reading(place) as other:
            assert other.publications() == [publication()]
