"""What the user names → files, and their bytes."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from odtool.errors import UsageError, because
from odtool.text import visible

# In a folder only these are looked at; a file named by itself is read whatever it is called.
SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".pdf"})
STDIN = "-"


def expand(paths: Iterable[str]) -> Iterator[str]:
    """Files as they are, folders as the tables inside, in a stable order. Missing ones come through too, and so do
    folders inside that cannot be looked into."""
    for path in paths:
        if path not in (STDIN, "") and _is_folder(path):
            yield from sorted(_inside(path))
        else:
            yield path


_handed: ContextVar[tuple[str, bytes] | None] = ContextVar("handed", default=None)


@contextmanager
def handed(path: str, data: bytes) -> Iterator[None]:
    """While this lasts, that is what the file holds: for a machine that was sent the bytes and has no such file."""
    token = _handed.set((path, data))
    try:
        yield
    finally:
        _handed.reset(token)


def content(path: str) -> bytes:
    """The bytes of a file, or of standard input for «-». Raises UsageError where there are none to be had."""
    if path == STDIN:
        return _standard_input()
    if (given := _handed.get()) and given[0] == path:
        return given[1]
    named = visible(path, 500) or '""'
    try:
        if not path:  # an empty variable in a script; Path("") would be the current folder
            raise FileNotFoundError
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise UsageError(
            f"{named}: ファイルがありません。名前と場所を確かめてください。",
            f"{named}: there is no such file.",
        ) from None
    except OSError as error:
        raise UsageError(
            f"{named}: 開けません（{because(error)}）。ほかのソフトで開いていないか、権限があるか確かめてください。",
            f"{named}: cannot be opened ({error.strerror}).",
        ) from None


def _inside(folder: str) -> Iterator[str]:
    closed: list[str] = []

    def note(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # gone since it was listed
            closed.append(error.filename or folder)

    for place, _, names in os.walk(folder, onerror=note):
        yield from (str(found) for name in names if _is_candidate(found := Path(place, name)))
    yield from closed


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except OSError:  # `content` says what is wrong with it
        return False


@cache
def _standard_input() -> bytes:
    """Kept, because it can be read only once, and some reports show again what was judged."""
    return sys.stdin.buffer.read()


def _is_candidate(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$")) and path.is_file()
