"""The ledger's file: its tables, made, brought up to date, opened, and its complaints as sentences.

A table for each kind of entry, a column for each of its fields. Nothing else knows SQL but `record`.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from odtool.errors import UsageError
from odtool.journal import (
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
)

VERSION = 2
WAIT = 30  # seconds for another writer to finish

Kind = type[Any]
"""One of `journal.Entry`."""

TABLES: dict[Kind, str] = {
    Check: "checks",
    Publication: "publications",
    Run: "runs",
    RunEnd: "run_ends",
    Planned: "plans",
    PlannedItem: "plan_items",
    Call: "calls",
    Readback: "readbacks",
    Unpublished: "unpublished",
    Withdrawal: "withdrawals",
}
# What is asked for; checks are read as a whole.
_INDEXES = (
    *(f"{table} (run)" for kind, table in TABLES.items() if kind is not Check),
    "publications (dataset_name, file_name, portal)",
    "plan_items (dataset_name)",
    "unpublished (dataset_name)",
    "withdrawals (dataset_name)",
    "readbacks (dataset_name)",
)
LATER = "publications_before"
"""A column of withdrawals alone: the last publication that was there before. Times are only as fine as seconds."""


def names(kind: Kind) -> tuple[str, ...]:
    """The columns that are fields of the entry, in their order."""
    return tuple(field.name for field in fields(kind))


def flags(kind: Kind) -> frozenset[int]:
    """Which of the columns hold true or false."""
    return frozenset(n for n, field in enumerate(fields(kind)) if field.type in (bool, "bool"))


def column(kind: Kind, name: str) -> str:
    """The name, if it is a column's. Raises ValueError where it is none: it becomes part of a query."""
    if name not in names(kind):
        raise ValueError(name)
    return name


def insertion(kind: Kind) -> str:
    """The statement that adds an entry, its fields in their order."""
    columns, marks = list(names(kind)), ["?"] * len(fields(kind))
    if kind is Withdrawal:
        columns.append(LATER)
        marks.append("(SELECT coalesce(max(rowid), 0) FROM publications)")
    return f"INSERT INTO {TABLES[kind]} ({', '.join(columns)}) VALUES ({', '.join(marks)})"  # noqa: S608 - our own names


def opened_to_write(path: Path) -> sqlite3.Connection:
    """The file, made where there is none and brought up to date where an older odtool made it."""
    with told(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise sqlite3.OperationalError(error.strerror) from None
        connection = sqlite3.connect(path, timeout=WAIT, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def opened_to_read(path: Path) -> sqlite3.Connection:
    """The file as it is; nothing is written to it, nor to one of an older odtool, of which a copy in memory is
    brought up to date."""
    with told(path):
        connection, version = _readable(path)
        if version == VERSION:
            return connection
        with closing(connection):
            copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            connection.backup(copy)
        _prepare(copy)
        return copy


def _readable(path: Path) -> tuple[sqlite3.Connection, int]:
    waiting = path.with_name(f"{path.name}-wal")
    # Where nothing can be written beside the file, SQLite reads it only when told that nobody writes to it. Entries
    # that still wait beside it would then be overlooked, so not where there are any.
    settled = not waiting.exists() or not waiting.stat().st_size
    try:
        return _looked_at(path, "mode=ro")
    except sqlite3.OperationalError:
        if not settled:
            raise
        return _looked_at(path, "immutable=1")


def _looked_at(path: Path, mode: str) -> tuple[sqlite3.Connection, int]:
    address = f"{path.resolve().as_uri()}?{mode}"
    connection = sqlite3.connect(
        address, uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False
    )
    try:
        return connection, _version(connection)
    except BaseException:
        connection.close()
        raise


def _version(connection: sqlite3.Connection) -> int:
    """Of the tables in the file; 0 where there are none. Raises DatabaseError where they are not ours."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise sqlite3.DatabaseError(f"written by a newer odtool (version {version})")
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if there - set(TABLES.values()) - {"sqlite_stat1", "sqlite_stat4"}:
        raise sqlite3.DatabaseError("a database of another program")
    return version


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables, or add what an older odtool did not know; all of it or nothing."""
    if _version(connection) == VERSION:
        return
    _settle_mode(connection)
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        version = _version(connection)  # another program may just have done it
        if version == VERSION:
            return
        if version == 1:
            for table in ("checks", "publications"):
                connection.execute(f"ALTER TABLE {table} ADD COLUMN run TEXT NOT NULL DEFAULT ''")
        for kind, table in TABLES.items():
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(_columns(kind))}) STRICT")
            for verb in ("UPDATE", "DELETE"):
                connection.execute(
                    f"CREATE TRIGGER IF NOT EXISTS {table}_{verb.lower()} BEFORE {verb} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END"
                )
        for number, index in enumerate(_INDEXES):
            connection.execute(f"CREATE INDEX IF NOT EXISTS asked_{number} ON {index}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _settle_mode(connection: sqlite3.Connection) -> None:
    """Several may read while one writes. For this one change SQLite itself does not wait for another program that
    is just making the same file."""
    until = time.monotonic() + WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() >= until:
                raise
            time.sleep(0.02)


def _columns(kind: Kind) -> Iterator[str]:
    for field in fields(kind):
        default = " DEFAULT ''" if field.name == "run" and kind in (Check, Publication) else ""
        number = field.type in (int, bool, "int", "bool")
        yield f"{field.name} {'INTEGER' if number else 'TEXT'} NOT NULL{default}"
    if kind is Withdrawal:
        yield f"{LATER} INTEGER NOT NULL"


@contextmanager
def told(path: str | Path) -> Iterator[None]:
    """Whatever SQLite complains of, as a UsageError."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _unusable(path, error, getattr(error, "sqlite_errorname", "")) from None


def _unusable(path: str | Path, error: Exception, name: str) -> UsageError:
    if name.startswith("SQLITE_FULL"):
        return UsageError(
            f"{path}: 空き容量がないため、台帳に書けません。空きを作ってから、もう一度実行してください。",
            f"{path}: the ledger cannot be written, no space is left. Make room, then run this again.",
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM")):
        return UsageError(
            f"{path}: 台帳に書く権限がありません。権限を確かめるか、別の場所を --ledger で指定してください。",
            f"{path}: the ledger may not be written. Check the permissions, or give another place with --ledger.",
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return UsageError(
            f"{path}: ほかの実行が台帳を使い続けています。それが終わってから、もう一度実行してください。",
            f"{path}: another run keeps using the ledger. Run this again when it has ended.",
        )
    return UsageError(
        f"{path}: 台帳として使えません（{error}）。別の場所を --ledger で指定してください。",
        f"{path}: cannot be used as the ledger ({error}). Give another place with --ledger.",
    )
