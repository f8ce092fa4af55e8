"""A zip archive → the tables inside, in a folder of ours. Nothing of it can get out of that folder or fill the disk."""

import hashlib
import lzma
import os
import shutil
import struct
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path, PurePosixPath

from odtool.assets.archive import shown
from odtool.errors import UsageError, because
from odtool.source import SUFFIXES
from odtool.text import visible

MOST_FILES = 20_000
MOST = 4_000_000_000  # bytes of all files together
RATIO, SMALL = 200, 100_000_000  # unpacked to packed bytes, and up to which size nobody asks
_PIECE = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, struct.error, RuntimeError,
            NotImplementedError, OverflowError)  # fmt: skip
_DONE = ".done"


def unpacked(archive: Path, into: Path) -> list[Path]:
    """The tables of the archive, each in a folder that is named by the archive's digest below `into`; what was unpacked
    before is not unpacked again. Raises UsageError."""
    try:
        with archive.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()[:32]
    except OSError as error:
        raise UsageError(
            f"{archive}: 開けません（{because(error)}）。場所と権限を確かめてください。",
            f"{archive}: cannot be opened ({error.strerror}).",
        ) from None
    goal = into / digest
    if not (goal / _DONE).is_file():
        shutil.rmtree(goal, ignore_errors=True)  # what an interrupted run left
        _unpack(archive, goal)
    return sorted(path for path in goal.rglob("*") if path.is_file() and path.name != _DONE)


def _unpack(archive: Path, goal: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as opened:
            wanted = _wanted(archive, opened.infolist())
            goal.mkdir(parents=True)
            left = min(MOST, max(SMALL, RATIO * archive.stat().st_size))
            for name, info in wanted.items():
                left -= _one(opened, info, goal / name, left, archive)
        (goal / _DONE).touch()
    except _DAMAGED as error:
        if isinstance(error, OSError) and error.errno:
            raise UsageError(
                f"{archive}: 展開した内容を書き込めません（{because(error)}）。空き容量と権限を確かめてください。",
                f"{archive}: what is inside cannot be written ({error.strerror}).",
            ) from None
        raise UsageError(
            f"{archive}: zip が壊れているか、途中で切れているか、パスワード付きです。作り直してください。",
            f"{archive}: the zip archive is damaged, cut off or has a password. Make it anew.",
        ) from None


def _wanted(archive: Path, infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The tables by their place inside. Raises UsageError where one has no harmless place, or there are none."""
    if len(infos) > MOST_FILES:
        raise UsageError(
            f"{archive}: 中のファイルが{len(infos):,}個あり、上限の{MOST_FILES:,}個を超えています。分けてください。",
            f"{archive}: holds {len(infos):,} files, more than {MOST_FILES:,}. Split it.",
        )
    found: dict[str, zipfile.ZipInfo] = {}
    taken: set[str] = set()
    for info in infos:
        name = shown(info).replace("\\", "/")
        pure = PurePosixPath(name)
        if info.is_dir() or pure.suffix.lower() not in SUFFIXES or pure.name.startswith((".", "~$")):
            continue
        if pure.parts[0] == "__MACOSX":
            continue
        unsafe = pure.is_absolute() or ".." in pure.parts or any(ord(c) < 32 or c in ':*?"<>|' for c in name)
        if unsafe or len(os.fsencode(pure.name)) > 240 or str(pure).casefold() in taken:
            raise UsageError(
                f"{archive}: 中の「{visible(name, 200)}」は、置き場所として使えない名前か、同じ名前が2つあります。作り直してください。",
                f"{archive}: “{visible(name, 200)}” inside has a name that cannot be used as a place, or is there twice.",
            )
        taken.add(str(pure).casefold())
        found[str(pure)] = info
    if not found:
        raise UsageError(
            f"{archive}: 中に CSV も xlsx もありません。",
            f"{archive}: there are no CSV or xlsx files inside.",
        )
    return found


def _one(opened: zipfile.ZipFile, info: zipfile.ZipInfo, goal: Path, left: int, archive: Path) -> int:
    """Unpack one file in pieces, believing nothing that the archive says of its size; the bytes written."""
    goal.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with opened.open(info) as packed, goal.open("xb") as stream:
        while piece := packed.read(_PIECE):
            size += len(piece)
            if size > left:
                break
            stream.write(piece)
    if size > left:
        with suppress(OSError):
            shutil.rmtree(goal.parent)
        raise UsageError(
            f"{archive}: 展開すると大きすぎるため、途中で止めました（zip 爆弾のおそれ）。",
            f"{archive}: unpacks to too much and was stopped; it may be a zip bomb.",
        )
    return size
