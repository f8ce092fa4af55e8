"""Files written so that a reader, or a crash, never meets half of one."""

import os
import re
import secrets
from pathlib import Path

from odtool.errors import PortalError

_PART = re.compile(r"[a-z0-9_-]{1,100}(\.(csv|json|html))?")
UNFINISHED = ".part"


def inside(root: Path, *parts: str) -> Path:
    """The path below `root`. Raises PortalError for a part that is no plain name: names come from cells."""
    for part in parts:
        if not _PART.fullmatch(part):
            raise PortalError(
                f"「{part}」はファイルやフォルダーの名前に使えません（英小文字、数字、_ - だけ）。",
                f"“{part}” cannot be the name of a file or folder (only a-z, 0-9, _ and -).",
            )
    return root.joinpath(*parts)


def put(path: Path, content: bytes) -> bool:
    """Write the whole file, or leave it alone where it holds these bytes already; whether it was written."""
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as error:
        raise PortalError(
            f"{path}: 書き込めません（{error.strerror}）。空き容量と権限を確かめてください。",
            f"{path}: cannot be written ({error.strerror}). Check free space and permissions.",
        ) from None
    return True


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}{UNFINISHED}")
    try:
        with beside.open("xb") as file:  # unlike mkstemp, leaves the reading rights to the umask
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # the rename itself is durable once the folder is
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def get(path: Path) -> bytes:
    """The file's bytes. Raises PortalError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise PortalError(
            f"{path}: 読めません（{error.strerror}）。", f"{path}: cannot be read ({error.strerror})."
        ) from None
