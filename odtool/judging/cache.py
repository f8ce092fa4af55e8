"""Verdicts kept from earlier runs, so that a folder in which little has changed is judged in little time.

A verdict is found again only for the same bytes under the same name, judged by the same program, definitions
and options. The cache is one SQLite file; whatever is wrong with it, files are simply judged anew. Reports in
which something personal was found are not kept.
"""

import hashlib
import os
import pickle
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from odtool import resources

FORMAT = 1  # of what is stored
TOGETHER = 500  # keys that are looked for at once; SQLite takes some thousands
KEPT = 90  # days after which a verdict nobody asked for is deleted
_PRIVATE = '"personal-'  # in a frozen report: a finding about people


def folder() -> Path:
    """Where the cache is: $ODTOOL_CACHE, or the place that the system gives to programs for such files."""
    if named := os.environ.get("ODTOOL_CACHE"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "odtool" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "odtool"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "odtool"


def key(sha256: str, name: str, judged_by: bytes) -> bytes:
    """What a verdict is found by: the file's digest and name, and by what it is judged (see `basis`)."""
    return hashlib.sha256(
        b"\0".join((judged_by, sha256.encode(), name.encode("utf-8", "surrogatepass")))
    ).digest()


def basis(choice: Any) -> bytes:
    """The digest of all that a verdict rests on besides the file: the program, the definitions, the options."""
    found = hashlib.sha256(f"{FORMAT} {sys.version_info[:3]}".encode())
    for name, content in _sources():
        found.update(f"\0{name}\0{len(content)}\0".encode())
        found.update(content)
    found.update(pickle.dumps(choice))  # only written, never read
    return found.digest()


def _sources() -> Iterator[tuple[str, bytes]]:
    """Every file of the program and of the definitions."""
    for name in ("datapackages", "recommended_datasets"):
        yield from _files(resources.folder(name), name, (".json", ".csv"))
    yield from _files(resources.package(), "odtool", (".py",))


def _files(place: Traversable, name: str, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(place.iterdir(), key=lambda entry: entry.name):
        path = f"{name}/{entry.name}"
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files(entry, path, suffixes)
        elif entry.name.endswith(suffixes):
            yield path, entry.read_bytes()


class Verdicts:
    """The stored verdicts, as text by key. Never raises for what is wrong with the file."""

    def __init__(self, connection: sqlite3.Connection, today: int, *, always: bool = False):
        """`always`: to be asked also for a few files, where looking is hardly quicker than judging."""
        self._connection, self._today = connection, today
        self.always = always

    def get(self, wanted: bytes) -> str | None:
        return self.find([wanted]).get(wanted)

    def find(self, wanted: Sequence[bytes]) -> dict[bytes, str]:
        """Those that are known; asked for at once, each costs half. At most TOGETHER."""
        found: dict[bytes, str] = {}
        with suppress(sqlite3.Error, UnicodeDecodeError):
            marks = ", ".join("?" * len(wanted))
            rows = self._connection.execute(
                f"SELECT key, report, digest, used FROM verdicts WHERE key IN ({marks})",  # noqa: S608 - marks only
                wanted,
            )
            old = []
            for key_, text, digest, used in rows:
                if isinstance(text, str) and _digest(text) == digest:
                    found[key_] = text
                    if used != self._today:
                        old.append((self._today, key_))
            self._connection.executemany("UPDATE verdicts SET used = ? WHERE key = ?", old)
        return found

    def put(self, entries: Iterable[tuple[bytes, str]]) -> None:
        rows = [
            (wanted, text, _digest(text), self._today) for wanted, text in entries if _PRIVATE not in text
        ]
        with suppress(sqlite3.Error, UnicodeEncodeError):
            self._connection.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?)", rows)
            self._connection.commit()  # what is stored stays, also when the run is broken off


def _digest(text: str) -> bytes:
    """Tells a damaged entry from a sound one."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@contextmanager
def opened(today: int, place: Path | None = None, *, always: bool = False) -> Iterator[Verdicts | None]:
    """The cache, made where there is none yet; None where it cannot be used. `today` counts days."""
    connection = _connected((place or folder()) / f"verdicts-{FORMAT}.sqlite", today)
    try:
        yield Verdicts(connection, today, always=always) if connection else None
    finally:
        if connection:
            with suppress(sqlite3.Error):
                connection.commit()
            connection.close()


def _connected(file: Path, today: int) -> sqlite3.Connection | None:
    for attempt in (1, 2):
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with suppress(FileExistsError):
                os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # reports quote cells
            connection = sqlite3.connect(file, timeout=5)
        except (OSError, sqlite3.Error):
            return None
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")  # a lost verdict is only judged again
            connection.execute(
                "CREATE TABLE IF NOT EXISTS verdicts (key BLOB PRIMARY KEY, report TEXT, digest BLOB, used INTEGER)"
            )
            connection.execute("DELETE FROM verdicts WHERE used < ?", (today - KEPT,))
            connection.commit()
        except sqlite3.OperationalError:  # locked for long, read-only, full
            connection.close()
            return None
        except sqlite3.Error:  # not a database: begin anew, once
            connection.close()
            if attempt == 2:
                return None
            with suppress(OSError):
                file.unlink()
        else:
            return connection
    return None
