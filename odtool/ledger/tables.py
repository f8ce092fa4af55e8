"""The ledger's file: its tables, made and brought up to date.

A table for each kind of entry, a column for each of its fields. Nothing else knows SQL but `record`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import fields
from pathlib import Path
from typing import Any

from odtool import sqlfile
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
)
from odtool.ledger.spelled import place

VERSION = 2

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
_PLACES: dict[Kind, str] = {
    Run: "address", Publication: "portal", Unpublished: "portal", Withdrawal: "portal"
}  # fmt: skip
"""The columns that hold where a portal is."""
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
    columns = list(names(kind))
    marks = ["placed(?)" if name == _PLACES.get(kind) else "?" for name in columns]
    if kind is Withdrawal:
        columns.append(LATER)
        marks.append("(SELECT coalesce(max(rowid), 0) FROM main.publications)")
    return f"INSERT INTO main.{TABLES[kind]} ({', '.join(columns)}) VALUES ({', '.join(marks)})"  # noqa: S608 - our own names


def opened_to_write(path: Path) -> sqlite3.Connection:
    """The file, made where there is none and brought up to date where an older odtool made it."""
    return _placing(sqlfile.opened_to_write(path, LEDGER), path)


def opened_to_read(path: Path) -> sqlite3.Connection:
    """The file as it is; nothing is written to it, nor to one of an older odtool, of which a copy in memory is
    brought up to date."""
    return _placing(sqlfile.opened_to_read(path, LEDGER), path)


def comparison(kind: Kind, name: str) -> str:
    """The condition that a column has a value; a portal's place may be given in any spelling."""
    return f"{column(kind, name)} = {'placed(?)' if name == _PLACES.get(kind) else '?'}"


def _placing(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """The same connection, which knows that a folder has many spellings: `placed` writes one as it is kept.

    Older ledgers have them as they were typed. Their rows stay as they are, but are read as if they had been kept so:
    through views that stand before the tables. Such a path was meant from where odtool was started, which most often
    was where the ledger is.
    """
    try:
        with told(path):
            connection.create_function("placed", 1, place, deterministic=True)
            bases = (path.absolute().parent, Path.cwd())
            spellings = connection.execute(
                "SELECT DISTINCT address FROM main.runs UNION SELECT DISTINCT portal FROM main.publications WHERE run = ''"
            )
            other = {said: to for (said,) in spellings if (to := place(said, *bases)) != said}
            if other:
                connection.create_function(
                    "read_as", 1, lambda said: other.get(said, said), deterministic=True
                )
                for kind, name in _PLACES.items():
                    columns = ", ".join(
                        f"read_as({each}) AS {each}" if each == name else each
                        for each in (*names(kind), *((LATER,) if kind is Withdrawal else ()))
                    )
                    connection.execute(
                        f"CREATE TEMP VIEW {TABLES[kind]} AS SELECT rowid AS rowid, {columns} FROM main.{TABLES[kind]}"  # noqa: S608 - our own names
                    )
    except BaseException:
        connection.close()
        raise
    return connection


def told(path: str | Path) -> AbstractContextManager[None]:
    """Whatever SQLite complains of, as a UsageError."""
    return sqlfile.told(path, LEDGER)


def _make(connection: sqlite3.Connection, version: int) -> None:
    if version == 1:
        for table in ("checks", "publications"):
            connection.execute(f"ALTER TABLE {table} ADD COLUMN run TEXT NOT NULL DEFAULT ''")
    for kind, table in TABLES.items():
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(_columns(kind))}) STRICT")
        sqlfile.append_only(connection, table, "the ledger is append only")
    for number, index in enumerate(_INDEXES):
        connection.execute(f"CREATE INDEX IF NOT EXISTS asked_{number} ON {index}")


def _columns(kind: Kind) -> Iterator[str]:
    for field in fields(kind):
        default = " DEFAULT ''" if field.name == "run" and kind in (Check, Publication) else ""
        number = field.type in (int, bool, "int", "bool")
        yield f"{field.name} {'INTEGER' if number else 'TEXT'} NOT NULL{default}"
    if kind is Withdrawal:
        yield f"{LATER} INTEGER NOT NULL"


LEDGER = sqlfile.Kind(VERSION, frozenset(TABLES.values()), _make, "台帳", "ledger", "--ledger")
