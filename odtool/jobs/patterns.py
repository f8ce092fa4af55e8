"""A pattern with «*», «?» or «**» → what fits it, and the folders on the way that cannot be looked into.

Python's own glob passes over a folder that may not be read, as if it were empty; a job that withdraws what is missing
would then take its data for gone.
"""

import glob
import os
from collections.abc import Callable, Iterator
from pathlib import Path


def is_pattern(text: str) -> bool:
    """Whether there is anything in it that stands for other letters."""
    return glob.has_magic(text)


def plain(text: str) -> str:
    """The folders before the first part in which anything stands for other letters; all of it where none does."""
    parts = Path(text).parts
    first = next((n for n, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return str(Path(*parts[:first]))


def matching(base: str, pattern: str, alive: Callable[[], None]) -> tuple[list[str], list[OSError]]:
    """What fits the pattern, in a stable order, and for each folder that would have to be looked into for it and cannot
    be, why; a folder that is gone is none of these. `base` is the folder that a relative pattern is meant from, which may
    have brackets in its own name. `alive` is called now and then."""
    whole = os.path.join(glob.escape(base), pattern)  # noqa: PTH118 - keeps \\server\share as it is
    found = sorted(glob.glob(whole, recursive=True))  # noqa: PTH207 - takes absolute patterns
    parts = Path(whole).parts
    closed: dict[str, OSError] = {}
    for n, part in enumerate(parts):
        if n and glob.has_magic(part) and part != glob.escape(part.replace("[[]", "[")):
            for folder in glob.iglob(str(Path(*parts[:n])), recursive=True):  # noqa: PTH207
                alive()
                closed |= {str(e.filename or folder): e for e in _closed(folder, part == "**", alive)}
    return found, [closed[folder] for folder in sorted(closed)]


def _closed(folder: str, deep: bool, alive: Callable[[], None]) -> Iterator[OSError]:
    wrong: list[OSError] = []
    for _ in os.walk(folder, onerror=wrong.append):
        alive()
        if not deep:
            break
    yield from (e for e in wrong if not isinstance(e, (FileNotFoundError, NotADirectoryError)))
