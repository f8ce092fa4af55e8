"""A SQLite file of ours: opened, made or brought up to date, and its complaints as sentences.

What a file holds is told by its `Kind`; the ledger and the store of observations are two of them.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from odtool.errors import UsageError

WAIT = 30  # seconds for another writer to finish
_STATISTICS = frozenset({"sqlite_stat1", "sqlite_stat4", "sqlite_sequence"})  # SQLite's own tables


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: the version of its tables, their names, and what makes them or brings older ones up to date,
    given the version that is there (0: none). `ja` and `en` name it to the reader, `option` is how another one is named."""

    version: int
    tables: frozenset[str]
    make: Callable[[sqlite3.Connection, int], None]
    ja: str
    en: str
    option: str


def opened_to_write(path: Path, kind: Kind) -> sqlite3.Connection:
    """The file, made where there is none and brought up to date where an older odtool made it."""
    with told(path, kind):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise sqlite3.OperationalError(error.strerror) from None
        connection = sqlite3.connect(path, timeout=WAIT, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, kind)
        except BaseException:
            connection.close()
            raise
        return connection


def opened_to_read(path: Path, kind: Kind) -> sqlite3.Connection:
    """The file as it is; nothing is written to it, nor to one of an older odtool, of which a copy in memory is
    brought up to date."""
    with told(path, kind):
        connection, version = _readable(path, kind)
        if version == kind.version:
            return connection
        with closing(connection):
            copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            connection.backup(copy)
        _prepare(copy, kind)
        return copy


def append_only(connection: sqlite3.Connection, table: str, words: str) -> None:
    """Let the database itself refuse to change or remove the table's rows."""
    for verb in ("UPDATE", "DELETE"):
        connection.execute(
            f"CREATE TRIGGER IF NOT EXISTS {table}_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )


def _readable(path: Path, kind: Kind) -> tuple[sqlite3.Connection, int]:
    waiting = path.with_name(f"{path.name}-wal")
    # Where nothing can be written beside the file, SQLite reads it only when told that nobody writes to it. Entries
    # that still wait beside it would then be overlooked, so not where there are any.
    settled = not waiting.exists() or not waiting.stat().st_size
    try:
        return _looked_at(path, "mode=ro", kind)
    except sqlite3.OperationalError:
        if not settled:
            raise
        return _looked_at(path, "immutable=1", kind)


def _looked_at(path: Path, mode: str, kind: Kind) -> tuple[sqlite3.Connection, int]:
    address = f"{path.resolve().as_uri()}?{mode}"
    connection = sqlite3.connect(
        address, uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False
    )
    try:
        return connection, _version(connection, kind)
    except BaseException:
        connection.close()
        raise


def _version(connection: sqlite3.Connection, kind: Kind) -> int:
    """Of the tables in the file; 0 where there are none. Raises DatabaseError where they are not ours."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > kind.version:
        raise sqlite3.DatabaseError(f"{_NEWER} (version {version})")
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if there - kind.tables - _STATISTICS:
        raise sqlite3.DatabaseError(_ANOTHER_S)
    return version


def _prepare(connection: sqlite3.Connection, kind: Kind) -> None:
    """Make the tables, or add what an older odtool did not know; all of it or nothing."""
    if _version(connection, kind) == kind.version:
        return
    _settle_mode(connection)
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        version = _version(connection, kind)  # another program may just have done it
        if version == kind.version:
            return
        kind.make(connection, version)
        connection.execute(f"PRAGMA user_version = {kind.version}")


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


_NEWER, _ANOTHER_S = "written by a newer odtool", "a database of another program"
_SAID = (
    (_NEWER, "もっと新しい odtool が書いたファイルです"),
    (_ANOTHER_S, "ほかのプログラムのデータベースです"),
    ("SQLITE_CANTOPEN", "開けないか、作れません。フォルダーと権限を確かめてください"),
    ("SQLITE_NOTADB", "SQLite のファイルではありません"),
    ("SQLITE_CORRUPT", "壊れています"),
    ("SQLITE_IOERR", "読み書きの障害が起きました"),
)
"""How the complaint begins, or its name → what the reader is told; SQLite speaks English only."""


@contextmanager
def told(path: str | Path, kind: Kind) -> Iterator[None]:
    """Whatever SQLite complains of, as a UsageError."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _unusable(path, error, getattr(error, "sqlite_errorname", ""), kind) from None


def _unusable(path: str | Path, error: Exception, name: str, kind: Kind) -> UsageError:
    ja, en, option = kind.ja, kind.en, kind.option
    if name.startswith("SQLITE_FULL"):
        return UsageError(
            f"{path}: 空き容量がないため、{ja}に書けません。空きを作ってから、もう一度実行してください。",
            f"{path}: the {en} cannot be written, no space is left. Make room, then run this again.",
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM")):
        return UsageError(
            f"{path}: {ja}に書く権限がありません。権限を確かめるか、別の場所を {option} で指定してください。",
            f"{path}: the {en} may not be written. Check the permissions, or give another place with {option}.",
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return UsageError(
            f"{path}: ほかの実行が{ja}を使い続けています。それが終わってから、もう一度実行してください。",
            f"{path}: another run keeps using the {en}. Run this again when it has ended.",
        )
    why = next(
        (said for sign, said in _SAID if name.startswith(sign) or str(error).startswith(sign)), str(error)
    )
    return UsageError(
        f"{path}: {ja}として使えません（{why}）。別の場所を {option} で指定してください。",
        f"{path}: cannot be used as the {en} ({error}). Give another place with {option}.",
    )
