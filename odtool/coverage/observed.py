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
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple
from pathlib import Path
from threading import Lock

from odtool import __version__, sqlfile
from odtool.coverage.observation import Observation
from odtool.coverage.sighting import CellState, Correction, DayState, DayTotal, Gone, Progress, Snapshot
from odtool.coverage.stored import (
    AT,
    KIND,
    NAMES,
    OF_PROGRESS,
    PROGRESS,
    REPEATED,
    REPEATED_PROGRESS,
    TOOL,
    Row,
    made_of,
    marks,
    observation_of,
    row_of,
    shared,
    storable,
)
from odtool.errors import UsageError
from odtool.text import visible

DEFAULT = "odtool-coverage.sqlite"
VARIABLE = "ODTOOL_COVERAGE"
NOT_SEEN = "'not-seen'"


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
        rows = [row_of(observation) for observation in observations]
        with self._writing() as connection:
            for entry in gone:
                connection.execute(
                    "INSERT INTO gone VALUES (?, ?, ?, ?, (SELECT coalesce(max(rowid), 0) FROM observations))",
                    storable(astuple(entry)),
                )
            fresh = [row for row in rows if self._is_news(row)]
            connection.executemany(f"INSERT INTO observations VALUES ({marks(NAMES)})", fresh)  # noqa: S608 - our own names
            connection.executemany(
                f"INSERT OR REPLACE INTO progress VALUES ({marks(PROGRESS)})",  # noqa: S608 - our own names
                [storable(OF_PROGRESS(entry)) for entry in progress],
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
            old != new for n, (old, new) in enumerate(zip(found[1:], row, strict=True)) if n not in (AT, TOOL)
        )

    def correct(self, correction: Correction) -> None:
        """Note an officer's word; who says so is filled in where it is empty."""
        values = storable(astuple(correction))
        values[-1] = values[-1] or _who()
        with self._writing() as connection:
            connection.execute(f"INSERT INTO corrections VALUES ({marks(values)})", values)  # noqa: S608 - marks only

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
            whole = (*storable(astuple(bare)[:6]), signature(bare), bare.tool, packed)
            connection.execute(f"INSERT INTO snapshots VALUES ({marks(whole)})", whole)  # noqa: S608 - marks only
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
        for row in shared(self._rows(query), REPEATED):
            yield observation_of(row)

    def history(self, source: str, dataset_name: str, resource: str | None = None) -> list[Observation]:
        """All that was ever noted of a dataset or one of its files, oldest first."""
        query = "SELECT * FROM observations WHERE source = ? AND dataset_name = ?"
        values = [source, dataset_name]
        if resource is not None:
            query, values = f"{query} AND resource = ?", [*values, resource]
        return [observation_of(row) for row in self._rows(f"{query} ORDER BY rowid", values)]

    def find(self, words: str) -> list[Observation]:
        """The last observation of each file whose id, dataset or address on the portal is exactly that."""
        query = (
            "SELECT * FROM observations WHERE rowid IN (SELECT max(rowid) FROM observations"
            " WHERE ? IN (resource, dataset_name, url) GROUP BY source, dataset_name, resource) ORDER BY rowid"
        )
        return [observation_of(row) for row in self._rows(query, (words,))]

    def corrections(self) -> list[Correction]:
        """The last word on each file or dataset; what was taken back is not among them."""
        return _current(
            made_of(Correction, row) for row in self._rows("SELECT * FROM corrections ORDER BY rowid")
        )

    def progress(self, source: str, dataset_name: str = "", resource: str = "") -> Progress | None:
        """How far it came with that portal, dataset or file; None where it never was there."""
        query = "SELECT * FROM progress WHERE source = ? AND dataset_name = ? AND resource = ?"
        return next(
            (made_of(Progress, row) for row in self._rows(query, (source, dataset_name, resource))), None
        )

    def all_progress(self, source: str) -> dict[tuple[str, str], Progress]:
        """Everything of that portal, by dataset and file."""
        rows = shared(self._rows("SELECT * FROM progress WHERE source = ?", (source,)), REPEATED_PROGRESS)
        return {(row[1], row[2]): made_of(Progress, row) for row in rows}

    def sources(self) -> list[Progress]:
        """The portals that were ever looked at, with how that ended last."""
        return [
            made_of(Progress, row)
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
        return [made_of(DayTotal, row) for row in self._rows("SELECT * FROM day_totals ORDER BY day, rowid")]

    def cell_history(self, municipality: str, slug: str = "") -> list[DayState]:
        """The days on which a municipality's cells changed, oldest first; one cell's where a slug is given."""
        query = "SELECT day, municipality, slug, state FROM day_states WHERE municipality = ? AND ? IN ('', slug) ORDER BY day, rowid"
        return [made_of(DayState, row) for row in self._rows(query, (municipality, slug))]

    def snapshots(self) -> list[Snapshot]:
        """What is frozen, oldest first, without the contents."""
        query = "SELECT name, made, day, area, rows, after, sha256, tool FROM snapshots ORDER BY rowid"
        return [made_of(Snapshot, row) for row in self._rows(query)]

    def snapshot(self, name: str) -> Snapshot:
        """With its content. Raises UsageError with the names there are."""
        for row in self._rows("SELECT * FROM snapshots WHERE name = ?", (name,)):
            try:
                return made_of(Snapshot, (*row[:-1], zlib.decompress(row[-1]).decode()))
            except (zlib.error, UnicodeDecodeError):  # somebody went round the triggers: its hash will tell
                return made_of(Snapshot, (*row[:-1], ""))
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


def _who() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user has no name
        user = "?"
    return f"{user}@{platform.node() or '?'}"
