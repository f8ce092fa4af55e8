"""What the user names → files, and their bytes."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from odtool.errors import UsageError

# In a folder only these are looked at; a file named by itself is read whatever it is called.
SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".pdf"})
STDIN = "-"


def expand(paths: Iterable[str]) -> Iterator[str]:
    """Files as they are, folders as the tables inside, in a stable order. Missing ones come through too."""
    for path in paths:
        if path != STDIN and Path(path).is_dir():
            yield from sorted(str(found) for found in Path(path).rglob("*") if _is_candidate(found))
        else:
            yield path


def content(path: str) -> bytes:
    """The bytes of a file, or of standard input for «-». Raises UsageError where there are none to be had."""
    if path == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise UsageError(
            f"{path}: ファイルがありません。名前と場所を確かめてください。", f"{path}: there is no such file."
        ) from None
    except OSError as error:
        raise UsageError(
            f"{path}: 開けません（{error.strerror}）。ほかのソフトで開いていないか、権限があるか確かめてください。",
            f"{path}: cannot be opened ({error.strerror}).",
        ) from None


def _is_candidate(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$")) and path.is_file()
