"""The ledger: what was checked and what was published, in one SQLite file, append only.

Rows are never changed or removed, which triggers in the database itself hold to.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from odtool.errors import UsageError

VERSION = 1


@dataclass(frozen=True, slots=True)
class Check:
    """One file judged. `at` is an ISO time with zone; `slug` and `edition` are "" where no dataset fits."""

    at: str
    path: str
    sha256: str
    municipality: str
    slug: str
    edition: str
    status: str
    errors: int
    warnings: int
    hints: int
    tool: str


@dataclass(frozen=True, slots=True)
class Publication:
    """One file brought to a portal and read back. `action` is create, update or unchanged."""

    at: str
    portal: str
    dataset_name: str
    file_name: str
    municipality: str
    slug: str
    edition: str
    action: str
    source_sha256: str
    content_sha256: str
    errors: int
    warnings: int
    url: str
    tool: str


class Ledger:
    """Opened for one piece of work; every note is durable when the call returns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def note(self, entry: Check | Publication) -> None:
        table = _TABLES[type(entry)]
        marks = ", ".join("?" * len(fields(entry)))
        with self._connection:
            self._connection.execute(f"INSERT INTO {table} VALUES ({marks})", _storable(astuple(entry)))  # noqa: S608 - our own table names

    def checks(self) -> list[Check]:
        """All checks, oldest first."""
        return [Check(*row) for row in self._connection.execute("SELECT * FROM checks ORDER BY rowid")]

    def publications(self) -> list[Publication]:
        """All publications, oldest first."""
        return [
            Publication(*row) for row in self._connection.execute("SELECT * FROM publications ORDER BY rowid")
        ]


def _storable(values: tuple[str | int, ...]) -> list[str | int]:
    """A file name that is no UTF-8 comes from the system with surrogates, which SQLite does not take."""
    return [v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for v in values]


_TABLES: dict[type, str] = {Check: "checks", Publication: "publications"}


@contextmanager
def ledger(path: str | Path) -> Iterator[Ledger]:
    """The ledger in that file, made where there is none. Raises UsageError where it cannot be used."""
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        opened = sqlite3.connect(path, timeout=30)
    except (sqlite3.DatabaseError, OSError) as error:
        raise _unusable(path, error) from None
    with closing(opened) as connection:
        try:
            _prepare(connection)
            yield Ledger(connection)
        except sqlite3.DatabaseError as error:  # no OSError: the work done meanwhile has its own
            raise _unusable(path, error) from None


def _unusable(path: str | Path, error: Exception) -> UsageError:
    return UsageError(
        f"{path}: 台帳として使えません（{error}）。別の場所を --ledger で指定してください。",
        f"{path}: cannot be used as the ledger ({error}). Give another place with --ledger.",
    )


def _prepare(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise sqlite3.DatabaseError(f"written by a newer odtool (version {version})")
    if version == VERSION:
        return
    connection.execute("PRAGMA journal_mode = WAL")
    with connection:
        for entry, table in _TABLES.items():
            columns = ", ".join(
                f"{field.name} {'INTEGER' if field.type in (int, 'int') else 'TEXT'} NOT NULL"
                for field in fields(entry)
            )
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns}) STRICT")
            for verb in ("UPDATE", "DELETE"):
                connection.execute(
                    f"CREATE TRIGGER IF NOT EXISTS {table}_{verb.lower()} BEFORE {verb} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END"
                )
        connection.execute(f"PRAGMA user_version = {VERSION}")
