"""Tables of the store of observations: how they are made, and how rows and values become each other."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar, cast

from odtool import sqlfile
from odtool.coverage.observation import Observation
from odtool.coverage.sighting import Correction, Progress
from odtool.text import visible

LONGEST = 500  # characters of a text that comes from outside

T = TypeVar("T")
Row = tuple[Any, ...]

NAMES = tuple(field.name for field in fields(Observation))
_FREE = frozenset({"title", "organisation", "why", "why_en", "url", "licence", "format"})
_NUMBERS = frozenset({"errors", "warnings", "fixable", "open", "expected", "alive", "size", "rows"})
_LEVELS, _OPEN, _ALIVE = map(NAMES.index, ("levels", "open", "alive"))
AT, TOOL = map(NAMES.index, ("at", "tool"))
_TABLES = {
    "observations": ", ".join(
        f"{name} {'INTEGER' if name in _NUMBERS else 'TEXT NOT NULL'}" for name in NAMES
    ),
    "gone": "at TEXT NOT NULL, source TEXT NOT NULL, dataset_name TEXT NOT NULL, resource TEXT NOT NULL, "
    "before INTEGER NOT NULL",
    "corrections": ", ".join(f"{field.name} TEXT NOT NULL" for field in fields(Correction)),
    "snapshots": "name TEXT NOT NULL UNIQUE, made TEXT NOT NULL, day TEXT NOT NULL, area TEXT NOT NULL, "
    "rows INTEGER NOT NULL, after TEXT NOT NULL, sha256 TEXT NOT NULL, tool TEXT NOT NULL, content BLOB NOT NULL",
    "days": "day TEXT NOT NULL, at TEXT NOT NULL, area TEXT NOT NULL",
    "day_states": "day TEXT NOT NULL, municipality TEXT NOT NULL, slug TEXT NOT NULL, state TEXT NOT NULL, "
    "before TEXT NOT NULL",
    "day_totals": "day TEXT NOT NULL, owner TEXT NOT NULL, datasets INTEGER NOT NULL, files INTEGER NOT NULL",
}
PROGRESS = tuple(field.name for field in fields(Progress))
# What `astuple` gives, without the copies that it makes of every value: thousands of entries are written in a run.
_OF_OBSERVATION, OF_PROGRESS = attrgetter(*NAMES), attrgetter(*PROGRESS)
# Of texts that most files have in common one copy is kept: a portal has tens of thousands of files.
_OWN = frozenset({"resource", "url", "title", "sha256", "fingerprint", "etag"})
REPEATED = tuple(n for n, name in enumerate(NAMES) if name not in _OWN | _NUMBERS)
REPEATED_PROGRESS = tuple(n for n, name in enumerate(PROGRESS) if name not in _OWN)
_INDEXES = {
    "seen": "observations (source, dataset_name, resource, verdict)",
    "lost": "gone (source, dataset_name, resource)",
    "cells": "day_states (municipality, slug)",
    "moves": "day_states (municipality, day, before, state)",
    "owners": "day_totals (owner)",
}


def _make(connection: sqlite3.Connection, version: int) -> None:
    if version == 1:  # it did not note who says how often data are due
        connection.execute("ALTER TABLE observations ADD COLUMN expected_by TEXT NOT NULL DEFAULT ''")
        return
    for table, columns in _TABLES.items():
        connection.execute(f"CREATE TABLE {table} ({columns}) STRICT")
        sqlfile.append_only(connection, table, "observations are append only")
    connection.execute(
        f"CREATE TABLE progress ({', '.join(f'{name} TEXT NOT NULL' for name in PROGRESS)}, "
        "PRIMARY KEY (source, dataset_name, resource)) STRICT, WITHOUT ROWID"
    )
    for name, index in _INDEXES.items():
        connection.execute(f"CREATE INDEX {name} ON {index}")


KIND = sqlfile.Kind(
    2, frozenset({*_TABLES, "progress"}), _make, "観測の記録", "store of observations", "--store"
)


def marks(values: Iterable[Any]) -> str:
    return ", ".join("?" for _ in values)


def row_of(observation: Observation) -> Row:
    values: list[Any] = list(_OF_OBSERVATION(observation))
    values[_LEVELS] = json.dumps(values[_LEVELS])
    for place in (_OPEN, _ALIVE):
        values[place] = None if values[place] is None else int(values[place])
    return tuple(
        visible(value, 2000 if name == "url" else LONGEST) if name in _FREE else value
        for name, value in zip(NAMES, storable(values), strict=True)
    )


def shared(rows: Iterable[Row], repeated: Iterable[int]) -> Iterator[list[Any]]:
    """The rows; what they have in common in these columns is in memory once."""
    known: dict[Any, Any] = {}
    for row in rows:
        values = list(row)
        for n in repeated:
            value = values[n]
            values[n] = known.setdefault(value, value)
        yield values


def observation_of(row: Iterable[Any]) -> Observation:
    values = list(row)
    values[_LEVELS] = _levels(values[_LEVELS])
    for place in (_OPEN, _ALIVE):
        values[place] = None if values[place] is None else bool(values[place])
    return made_of(Observation, values)


@lru_cache(maxsize=10_000)  # few are different
def _levels(written: str) -> tuple[int | None, ...]:
    return tuple(json.loads(written))


def made_of(kind: type[T], row: Iterable[Any]) -> T:
    return cast(Callable[..., T], kind)(*row)


def storable(values: Iterable[Any]) -> list[Any]:
    """What comes from outside may hold surrogates, which SQLite does not take."""
    return [
        value.encode("utf-8", "replace").decode() if isinstance(value, str) else value for value in values
    ]
