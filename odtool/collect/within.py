"""A zip → the tables inside it, each to be judged as a file of its own; whatever else it holds is left alone.

Only size, depth and number are limited. Nothing is written to disk, so names in it lead nowhere.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from odtool.assets import kinds
from odtool.assets.archive import shown
from odtool.datasets import elsewhere
from odtool.text import visible

UNPACKED = 200_000_000  # bytes that a zip may unpack to, the zips in it included
RATIO = 200  # times its own size
LEAST = 1_000_000  # bytes that even the smallest may unpack to
MEMBERS = 2_000  # entries of one zip that may come before a table
TABLES = 200  # tables of one zip that are judged
DEPTH = 3  # zips within zips
LONGEST = 200  # characters of a name inside
_TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls")


@dataclass(frozen=True, slots=True)
class Inside:
    """A table in a zip: its name there, and its bytes or, where they cannot be had, why in both languages."""

    name: str
    data: bytes = b""
    why: tuple[str, str] = ("", "")


BROKEN = (
    "zip として読めないため、確認していません。",
    "It cannot be read as a zip, so it was not checked.",
)
_LOCKED = (
    "zip にパスワードがかかっているため、確認していません。",
    "The zip is locked with a password, so it was not checked.",
)
_LARGE = (
    "zip を開くと大きくなりすぎるため、確認していません。",
    "The zip unpacks to too much, so it was not checked.",
)
_MANY = (
    f"zip の中の表が {TABLES} 個より多いため、ここから先は確認していません。",
    f"The zip holds more than {TABLES} tables; from here on they were not checked.",
)
_FAR = (
    f"zip の中の項目が {MEMBERS:,} 個より多いため、ここから先の表は確認していません。",
    f"The zip holds more than {MEMBERS:,} entries; tables from here on were not checked.",
)
_DEEP = (
    f"zip の中の zip が {DEPTH} 段より深いため、確認していません。",
    f"Zips lie within zips more than {DEPTH} deep, so it was not checked.",
)


def is_document(data: bytes) -> bool:
    """Whether the zip is one file in itself: a workbook, another document, or a standard's own archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {info.filename for info in archive.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError):
        return False
    return "[Content_Types].xml" in names or "mimetype" in names or elsewhere.of_archive(data) is not None


def tables(data: bytes) -> Iterator[Inside]:
    """The tables in the zip and in the zips within it, one at a time. One that cannot be read stands there with its
    reason, and so does the zip itself, without a name, where that is what cannot be read."""
    left = [min(UNPACKED, max(RATIO * len(data), LEAST)), TABLES]
    yield from _in(data, "", 1, left)


def _in(data: bytes, above: str, depth: int, left: list[int]) -> Iterator[Inside]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for number, info in enumerate(archive.infolist()):
                bare = shown(info)
                suffix = PurePosixPath(bare).suffix.lower()
                if (
                    info.is_dir()
                    or suffix not in (*_TABLES, ".zip")
                    or kinds.is_litter(PurePosixPath(bare).name)
                ):
                    continue
                name = f"{above}{bare}"[-LONGEST:]
                if not left[1] or number >= MEMBERS:
                    yield Inside(name, why=_FAR if left[1] else _MANY)
                    return
                content, why = _content(archive, info, left)
                if suffix == ".zip" and not any(why) and not is_document(content):
                    if depth >= DEPTH:
                        yield Inside(name, why=_DEEP)
                    else:
                        yield from _in(content, f"{name}/", depth + 1, left)
                    continue
                left[1] -= 1
                yield Inside(name, content, why)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, IndexError):
        yield Inside(visible(above.rstrip("/"), LONGEST), why=BROKEN)


def _content(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: list[int]
) -> tuple[bytes, tuple[str, str]]:
    """The bytes of an entry, of as many as are `left`; what the directory says of their number is not believed."""
    if info.flag_bits & 1:
        return b"", _LOCKED
    try:
        with archive.open(info) as file:
            content = file.read(left[0] + 1)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
        EOFError,
        IndexError,
    ):
        return b"", BROKEN
    except Exception as error:
        if type(error).__name__ == "LZMAError":  # without loading lzma for its name
            return b"", BROKEN
        raise
    if len(content) > left[0]:
        left[0] = 0  # or each of many would be unpacked as far, again and again
        return b"", _LARGE
    left[0] -= len(content)
    return content, ("", "")
