"""The store of what was seen on portals: one SQLite file, append only but for how far collecting came.

What is noted in one call is in the file when the call returns, all of it or nothing, and survives the death of the
program; several may write. A file that is as it was is not written again: `Progress` tells when it was last looked at.
"""

import getpass
import hashlib
import json
import platform
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, fields
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

from odtool import __version__, sqlfile
from odtool.coverage.observation import Observation
from odtool.coverage.sighting import CellState, Correction, DayState, DayTotal, Gone, Progress, Snapshot
from odtool.errors import UsageError
from odtool.text import visible

DEFAULT = "odtool-coverage.sqlite"
VARIABLE = "ODTOOL_COVERAGE"
LONGEST = 500  # characters of a text that comes from outside
NOT_SEEN = "'not-seen'"

T = TypeVar("T")
Row = tuple[Any, ...]

_NAMES = tuple(field.name for field in fields(Observation))
_FREE = frozenset({"title", "organisation", "why", "why_en", "url", "licence", "format"})
_NUMBERS = frozenset({"errors", "warnings", "fixable", "open", "expected", "alive", "size", "rows"})
_LEVELS, _OPEN, _ALIVE = map(_NAMES.index, ("levels", "open", "alive"))
_AT, _TOOL = map(_NAMES.index, ("at", "tool"))
_TABLES = {
    "observations": ", ".join(
        f"{name} {'INTEGER' if name in _NUMBERS else 'TEXT NOT NULL'}" for name in _NAMES
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
_PROGRESS = tuple(field.name for field in fields(Progress))
# What `astuple` gives, without the copies that it makes of every value: thousands of entries are written in a run.
_OF_OBSERVATION, _OF_PROGRESS = attrgetter(*_NAMES), attrgetter(*_PROGRESS)
# Of texts that most files have in common one copy is kept: a portal has tens of thousands of files.
_OWN = frozenset({"resource", "url", "title", "sha256", "fingerprint", "etag"})
_REPEATED = tuple(n for n, name in enumerate(_NAMES) if name not in _OWN | _NUMBERS)
_REPEATED_PROGRESS = tuple(n for n, name in enumerate(_PROGRESS) if name not in _OWN)
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
        f"CREATE TABLE progress ({', '.join(f'{name} TEXT NOT NULL' for name in _PROGRESS)}, "
        "PRIMARY KEY (source, dataset_name, resource)) STRICT, WITHOUT ROWID"
    )
    for name, index in _INDEXES.items():
        connection.execute(f"CREATE INDEX {name} ON {index}")


KIND = sqlfile.Kind(
    2, frozenset({*_TABLES, "progress"}), _make, "観測の記録", "store of observations", "--store"
)


class Store:
    """Opened for one piece of work; may be used by several threads. Whatever fails is a UsageError."""

    def __init__(self, connection: sqlite3.Connection, path: str | Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = Lock()

    # --- writing -------------------------------------------------------------------------------

    def note(
        self,
        observations: Iterable[Observation] = (),
        *,
        progress: Iterable[Progress] = (),
        gone: Iterable[Gone] = (),
    ) -> int:
        """Write them down, all or none; how many files were not as they were. An observation that says what the last
        one of its file said, but for the moment, is not written again. What is gone goes before what is seen."""
        rows = [_row(observation) for observation in observations]
        with self._writing() as connection:
            for entry in gone:
                connection.execute(
                    "INSERT INTO gone VALUES (?, ?, ?, ?, (SELECT coalesce(max(rowid), 0) FROM observations))",
                    _storable(astuple(entry)),
                )
            fresh = [row for row in rows if self._is_news(row)]
            connection.executemany(f"INSERT INTO observations VALUES ({_marks(_NAMES)})", fresh)  # noqa: S608 - our own names
            connection.executemany(
                f"INSERT OR REPLACE INTO progress VALUES ({_marks(_PROGRESS)})",  # noqa: S608 - our own names
                [_storable(_OF_PROGRESS(entry)) for entry in progress],
            )
        return len(fresh)

    def _is_news(self, row: Row) -> bool:
        key = row[1:4]
        found = self._connection.execute(
            "SELECT rowid, * FROM observations WHERE rowid = (SELECT max(rowid) FROM observations"
            " WHERE source = ? AND dataset_name = ? AND resource = ?)",
            key,
        ).fetchone()
        if found is None:
            return True
        lost = self._connection.execute(
            "SELECT 1 FROM gone WHERE source = ? AND dataset_name = ? AND resource IN ('', ?) AND before >= ?",
            (*key, found[0]),
        ).fetchone()
        return lost is not None or any(
            old != new
            for n, (old, new) in enumerate(zip(found[1:], row, strict=True))
            if n not in (_AT, _TOOL)
        )

    def correct(self, correction: Correction) -> None:
        """Note an officer's word; who says so is filled in where it is empty."""
        values = _storable(astuple(correction))
        values[-1] = values[-1] or _who()
        with self._writing() as connection:
            connection.execute(f"INSERT INTO corrections VALUES ({_marks(values)})", values)  # noqa: S608 - marks only

    def keep_day(
        self,
        day: str,
        at: str,
        states: Iterable[DayState],
        totals: Iterable[DayTotal] = (),
        area: str = "",
    ) -> int:
        """Write down how it is on that day, as far as it is not as it was; how many cells moved. A second look on the
        same day follows the first: the last word on a day counts."""
        with self._writing() as connection:
            now = self.states()
            moved = [
                (day, new.municipality, new.slug, new.state, now.get((new.municipality, new.slug), "none"))
                for new in states
                if new.state != now.get((new.municipality, new.slug), "none")
            ]
            connection.executemany("INSERT INTO day_states VALUES (?, ?, ?, ?, ?)", moved)
            before = self.totals()
            connection.executemany(
                "INSERT INTO day_totals VALUES (?, ?, ?, ?)",
                [
                    (day, new.owner, new.datasets, new.files)
                    for new in totals
                    if (new.datasets, new.files) != before.get(new.owner, (0, 0))
                ],
            )
            connection.execute("INSERT INTO days VALUES (?, ?, ?)", (day, at, area))
        return len(moved)

    def freeze(self, name: str, *, made: str, day: str, area: str, content: str) -> Snapshot:
        """Keep the content under that name for ever. Raises UsageError where the name is taken."""
        with self._writing() as connection:
            last = connection.execute("SELECT sha256 FROM snapshots ORDER BY rowid DESC LIMIT 1").fetchone()
            taken = connection.execute("SELECT made FROM snapshots WHERE name = ?", (name,)).fetchone()
            if taken:
                shown = visible(name)
                raise UsageError(
                    f"「{shown}」という名前の記録は、{taken[0][:10]} に作られています。上書きはできません。別の名前にしてください。",
                    f"A snapshot “{shown}” was made on {taken[0][:10]}. Nothing overwrites it: choose another name.",
                )
            rows = len(content.splitlines())
            bare = Snapshot(name, made, day, area, rows, last[0] if last else "", "", __version__, content)
            packed = zlib.compress(content.encode(), 9)
            whole = (*_storable(astuple(bare)[:6]), signature(bare), bare.tool, packed)
            connection.execute(f"INSERT INTO snapshots VALUES ({_marks(whole)})", whole)  # noqa: S608 - marks only
        return self.snapshot(name)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, sqlfile.told(self._path, KIND):
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield self._connection

    # --- what was seen ---------------------------------------------------------------------------

    def latest(self) -> Iterator[Observation]:
        """The last observation of every file that is not gone; where it could not be seen that time, the last before
        at which it was seen comes first. Read as it goes along."""
        last = "SELECT max(rowid) FROM observations{} GROUP BY source, dataset_name, resource"
        lost = (
            "SELECT 1 FROM gone g WHERE g.source = o.source AND g.dataset_name = o.dataset_name"
            " AND g.resource IN ('', o.resource) AND g.before >= o.rowid"
        )
        query = (
            f"SELECT * FROM observations o WHERE rowid IN ({last.format('')} UNION "  # noqa: S608 - our own names
            f"{last.format(f' WHERE verdict <> {NOT_SEEN}')}) AND NOT EXISTS ({lost}) ORDER BY rowid"
        )
        for row in _shared(self._rows(query), _REPEATED):
            yield _observation(row)

    def history(self, source: str, dataset_name: str, resource: str | None = None) -> list[Observation]:
        """All that was ever noted of a dataset or one of its files, oldest first."""
        query = "SELECT * FROM observations WHERE source = ? AND dataset_name = ?"
        values = [source, dataset_name]
        if resource is not None:
            query, values = f"{query} AND resource = ?", [*values, resource]
        return [_observation(row) for row in self._rows(f"{query} ORDER BY rowid", values)]

    def find(self, words: str) -> list[Observation]:
        """The last observation of each file whose id, dataset or address on the portal is exactly that."""
        query = (
            "SELECT * FROM observations WHERE rowid IN (SELECT max(rowid) FROM observations"
            " WHERE ? IN (resource, dataset_name, url) GROUP BY source, dataset_name, resource) ORDER BY rowid"
        )
        return [_observation(row) for row in self._rows(query, (words,))]

    def corrections(self) -> list[Correction]:
        """The last word on each file or dataset; what was taken back is not among them."""
        return _current(
            _made(Correction, row) for row in self._rows("SELECT * FROM corrections ORDER BY rowid")
        )

    def progress(self, source: str, dataset_name: str = "", resource: str = "") -> Progress | None:
        """How far it came with that portal, dataset or file; None where it never was there."""
        query = "SELECT * FROM progress WHERE source = ? AND dataset_name = ? AND resource = ?"
        return next(
            (_made(Progress, row) for row in self._rows(query, (source, dataset_name, resource))), None
        )

    def all_progress(self, source: str) -> dict[tuple[str, str], Progress]:
        """Everything of that portal, by dataset and file."""
        rows = _shared(self._rows("SELECT * FROM progress WHERE source = ?", (source,)), _REPEATED_PROGRESS)
        return {(row[1], row[2]): _made(Progress, row) for row in rows}

    def sources(self) -> list[Progress]:
        """The portals that were ever looked at, with how that ended last."""
        return [
            _made(Progress, row)
            for row in self._rows(
                "SELECT * FROM progress WHERE dataset_name = '' AND resource = '' ORDER BY source"
            )
        ]

    # --- days and snapshots ----------------------------------------------------------------------

    def states(self) -> dict[tuple[str, str], str]:
        """How each cell (municipality, slug) was when last looked at; unpublished ones may be missing."""
        query = (
            "SELECT municipality, slug, state FROM day_states WHERE rowid IN"
            " (SELECT max(rowid) FROM day_states GROUP BY municipality, slug)"
        )
        return {(municipality, slug): state for municipality, slug, state in self._rows(query)}

    def ended(self) -> dict[tuple[str, str], tuple[str, CellState]]:
        """The cells that are unpublished since a day (ISO) on which they were found so, and what they had been when they
        were last seen: days on which they could not be seen lie between the two, or do not."""
        query = (
            "SELECT gone.municipality, gone.slug, (SELECT day FROM day_states n WHERE n.municipality = gone.municipality"
            " AND n.slug = gone.slug AND n.rowid > was.rowid AND n.state = 'none' ORDER BY n.rowid LIMIT 1), was.state"
            " FROM day_states gone JOIN day_states was ON was.rowid = (SELECT max(rowid) FROM day_states w WHERE"
            " w.municipality = gone.municipality AND w.slug = gone.slug AND w.state NOT IN ('none', 'not-seen'))"
            " WHERE gone.state = 'none' AND gone.rowid IN (SELECT max(rowid) FROM day_states GROUP BY municipality, slug)"
        )
        return {(code, slug): (day, before) for code, slug, day, before in self._rows(query)}

    def totals(self) -> dict[str, tuple[int, int]]:
        """Datasets and files of each body when last looked at."""
        query = "SELECT owner, datasets, files FROM day_totals WHERE rowid IN (SELECT max(rowid) FROM day_totals GROUP BY owner)"
        return {owner: (datasets, files) for owner, datasets, files in self._rows(query)}

    def days(self) -> list[str]:
        """The days on which it was looked, oldest first."""
        return [day for (day,) in self._rows("SELECT DISTINCT day FROM days ORDER BY day")]

    def moves(self, codes: Iterable[str] | None = None) -> list[tuple[str, str, str, int]]:
        """Day, state before, state after, and how many cells moved so, of these municipalities (None: all)."""
        chosen = "" if codes is None else " WHERE municipality IN (SELECT value FROM json_each(?))"
        values = () if codes is None else (json.dumps(sorted(codes)),)
        query = f"SELECT day, before, state, count(*) FROM day_states{chosen} GROUP BY day, before, state ORDER BY day"  # noqa: S608 - our own names
        return list(self._rows(query, values))

    def day_totals(self) -> list[DayTotal]:
        """Every change of the totals, oldest first."""
        return [_made(DayTotal, row) for row in self._rows("SELECT * FROM day_totals ORDER BY day, rowid")]

    def cell_history(self, municipality: str, slug: str = "") -> list[DayState]:
        """The days on which a municipality's cells changed, oldest first; one cell's where a slug is given."""
        query = "SELECT day, municipality, slug, state FROM day_states WHERE municipality = ? AND ? IN ('', slug) ORDER BY day, rowid"
        return [_made(DayState, row) for row in self._rows(query, (municipality, slug))]

    def snapshots(self) -> list[Snapshot]:
        """What is frozen, oldest first, without the contents."""
        query = "SELECT name, made, day, area, rows, after, sha256, tool FROM snapshots ORDER BY rowid"
        return [_made(Snapshot, row) for row in self._rows(query)]

    def snapshot(self, name: str) -> Snapshot:
        """With its content. Raises UsageError with the names there are."""
        for row in self._rows("SELECT * FROM snapshots WHERE name = ?", (name,)):
            try:
                return _made(Snapshot, (*row[:-1], zlib.decompress(row[-1]).decode()))
            except (zlib.error, UnicodeDecodeError):  # somebody went round the triggers: its hash will tell
                return _made(Snapshot, (*row[:-1], ""))
        shown, there = visible(name), [entry.name for entry in self.snapshots()]
        raise UsageError(
            f"「{shown}」という名前の記録はありません（ある記録: {'、'.join(there) or 'なし'}）。",
            f"There is no snapshot “{shown}” (there are: {', '.join(there) or 'none'}).",
        )

    def _rows(self, query: str, values: Iterable[str] = ()) -> Iterator[Row]:
        with sqlfile.told(self._path, KIND):
            yield from self._connection.execute(query, tuple(values))


def signature(snapshot: Snapshot) -> str:
    """The SHA-256 of everything a snapshot says and of the hash of the one before it."""
    head = (
        snapshot.name,
        snapshot.made,
        snapshot.day,
        snapshot.area,
        snapshot.rows,
        snapshot.after,
        snapshot.tool,
    )
    text = json.dumps(head, ensure_ascii=False) + "\n" + snapshot.content
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def broken(store: Store) -> dict[str, tuple[str, str]]:
    """The snapshots that are not as they were made, each with why in both languages."""
    found: dict[str, tuple[str, str]] = {}
    before = ""
    for entry in store.snapshots():
        if signature(store.snapshot(entry.name)) != entry.sha256:
            found[entry.name] = ("内容がハッシュと一致しません", "its content does not agree with its hash")
        elif entry.after != before:
            found[entry.name] = ("直前の記録とつながりません", "it does not follow the snapshot before it")
        before = entry.sha256
    return found


@contextmanager
def store(path: str | Path) -> Iterator[Store]:
    """The store in that file, made where there is none. Raises UsageError where it cannot be used."""
    with closing(sqlfile.opened_to_write(Path(path), KIND)) as connection:
        yield Store(connection, path)


@contextmanager
def reading(path: str | Path) -> Iterator[Store]:
    """The store in that file, to be read only. Raises UsageError where there is none: reading makes no file."""
    if not Path(path).is_file():
        raise UsageError(
            f"{path}: 観測の記録がありません。odtool coverage collect で集めると作られます。別の場所にあれば --store で指定してください。",
            f"{path}: there is no store of observations. odtool coverage collect makes one; if it is elsewhere, say where with --store.",
        )
    with closing(sqlfile.opened_to_read(Path(path), KIND)) as connection:
        yield Store(connection, path)


def _current(corrections: Iterable[Correction]) -> list[Correction]:
    """The last word each on what a file is and whose it is; taking back ends everything said of it before."""
    kept: dict[tuple[str, str, str], dict[bool, Correction]] = {}
    for entry in corrections:
        said = kept.setdefault((entry.source, entry.dataset_name, entry.resource), {})
        if entry.what:
            said[entry.what == "municipality"] = entry
        else:
            said.clear()
    return [entry for said in kept.values() for entry in said.values()]


def _marks(values: Iterable[Any]) -> str:
    return ", ".join("?" for _ in values)


def _row(observation: Observation) -> Row:
    values: list[Any] = list(_OF_OBSERVATION(observation))
    values[_LEVELS] = json.dumps(values[_LEVELS])
    for place in (_OPEN, _ALIVE):
        values[place] = None if values[place] is None else int(values[place])
    return tuple(
        visible(value, 2000 if name == "url" else LONGEST) if name in _FREE else value
        for name, value in zip(_NAMES, _storable(values), strict=True)
    )


def _shared(rows: Iterable[Row], repeated: Iterable[int]) -> Iterator[list[Any]]:
    """The rows; what they have in common in these columns is in memory once."""
    known: dict[Any, Any] = {}
    for row in rows:
        values = list(row)
        for n in repeated:
            values[n] = known.setdefault(values[n], values[n])
        yield values


def _observation(row: Iterable[Any]) -> Observation:
    values = list(row)
    values[_LEVELS] = _levels(values[_LEVELS])
    for place in (_OPEN, _ALIVE):
        values[place] = None if values[place] is None else bool(values[place])
    return _made(Observation, values)


@lru_cache(maxsize=10_000)  # few are different
def _levels(written: str) -> tuple[int | None, ...]:
    return tuple(json.loads(written))


def _made(kind: type[T], row: Iterable[Any]) -> T:
    return cast(Callable[..., T], kind)(*row)


def _storable(values: Iterable[Any]) -> list[Any]:
    """What comes from outside may hold surrogates, which SQLite does not take."""
    return [
        value.encode("utf-8", "replace").decode() if isinstance(value, str) else value for value in values
    ]


def _who() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user has no name
        user = "?"
    return f"{user}@{platform.node() or '?'}"
