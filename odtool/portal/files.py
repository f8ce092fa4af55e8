"""Files written so that a reader, or a crash, never meets half of one."""

import errno
import hashlib
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from odtool import whole
from odtool.errors import PortalError, because

# What a web server hands out as it is. Nothing that a server, or the reader's machine, would run.
_TYPES = (
    "csv tsv json jsonld geojson html xml txt md pdf xlsx xls ods docx doc pptx ppt zip gz tgz 7z tar "
    "tif tiff png jpg jpeg gif las laz asc xyz kml kmz gml gpkg shp shx dbf prj mp4"
)
_PART = re.compile(rf"[a-z0-9_-]{{1,100}}(\.({_TYPES.replace(' ', '|')}))?")
_PIECE = 1 << 20  # bytes
LOCK = ".odtool.lock"
PATIENCE = 120.0  # seconds; whoever holds the lock needs it for one file or one overview
# What a file system answers that knows no locks, as some network shares.
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}


def is_plain(part: str) -> bool:
    """Whether it can be the name of a file or folder of a catalogue: it then leads nowhere else."""
    return _PART.fullmatch(part) is not None


def inside(root: Path, *parts: str) -> Path:
    """The path below `root`. Raises PortalError for a part that is no plain name: names come from cells."""
    for part in parts:
        if not is_plain(part):
            raise PortalError(
                f"「{part}」はファイルやフォルダーの名前に使えません（英小文字、数字、_ - だけ）。",
                f"“{part}” cannot be the name of a file or folder (only a-z, 0-9, _ and -).",
            )
    return root.joinpath(*parts)


def digest(path: Path) -> str:
    """The SHA-256 of a file of any size. Raises PortalError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from None


def stream(path: Path, content: BinaryIO) -> None:
    """Write a file of any size, whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole.put(path, iter(lambda: content.read(_PIECE), b""), lasting=True)
    except OSError as error:
        raise _unwritable(path, error) from None


def remove(path: Path) -> None:
    """Take a file away, if it is there."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None


def put(path: Path, content: bytes) -> bool:
    """Write the whole file, or leave it alone where it holds these bytes already; whether it was written."""
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        whole.put(path, [content], lasting=True)
    except OSError as error:
        raise _unwritable(path, error) from None
    return True


def _unwritable(path: Path, error: OSError) -> PortalError:
    return PortalError(
        f"{path}: 書き込めません（{because(error)}）。空き容量と権限を確かめてください。",
        f"{path}: cannot be written ({error.strerror}). Check free space and permissions.",
    )


def unreadable(path: Path, error: OSError) -> PortalError:
    return PortalError(
        f"{path}: 読めません（{because(error)}）。場所と権限を確かめてください。",
        f"{path}: cannot be read ({error.strerror}). Look at the place and its permissions.",
    )


def get(path: Path) -> bytes:
    """The file's bytes. Raises PortalError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from None


def head(path: Path, most: int) -> tuple[int, bytes]:
    """The file's size and its first bytes, `most` at most. Raises PortalError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return path.stat().st_size, file.read(most)
    except OSError as error:
        raise unreadable(path, error) from None


def sweep(root: Path) -> None:
    """Take away what programs that died left unfinished, two folders deep. Whoever calls this holds the lock."""
    for depth in ("", "*/", "*/*/"):
        for left in root.glob(f"{depth}.*{whole.UNFINISHED}"):
            if whole.LEFT.fullmatch(left.name):
                remove(left)


@contextmanager
def locked(root: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Alone in the folder, made where there is none, until the block ends; a crash leaves no lock behind.

    Raises PortalError where another program does not end within `patience` seconds. A file system that has no
    locks gives none: every file is still written whole.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        file = (root / LOCK).open("a+b")
    except OSError as error:
        raise PortalError(
            f"{root}: 書き込めません（{because(error)}）。空き容量と権限を確かめてください。",
            f"{root}: cannot be written ({error.strerror}). Check free space and permissions.",
        ) from None
    with file:  # to close it is to unlock it
        until = time.monotonic() + patience
        while not _alone(file.fileno()):
            if time.monotonic() > until:
                raise PortalError(
                    f"{root}: 別の odtool がこのフォルダーに書き込み中です。終わってから、もう一度実行してください。",
                    f"{root}: another odtool is writing to this folder. Run this again when it has ended.",
                )
            time.sleep(0.02)
        yield


def _alone(descriptor: int) -> bool:
    """Lock the file if nobody else has; whether it is ours now."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _NO_LOCKS
    return True
