"""Files that are there whole or not at all: no reader, and no stop in between, meets half of one."""

import os
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

UNFINISHED = ".part"
LEFT = re.compile(rf"\..+\.[0-9a-f]{{8}}{re.escape(UNFINISHED)}")
"""The name of what a program that died has left unfinished."""


def put(path: Path, pieces: Iterable[bytes], *, lasting: bool = False) -> None:
    """Write a file beside that place, as readable as any new one, and put it there at once; `lasting`: so that a power cut
    does not undo it. Raises OSError, and whatever making the pieces raises."""
    beside = path.with_name(f".odtool.{secrets.token_hex(4)}{UNFINISHED}")
    try:
        with beside.open("xb") as file:  # unlike mkstemp, leaves the reading rights to the umask
            file.writelines(pieces)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    if lasting and os.name == "posix":  # the rename itself is durable once the folder is
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
