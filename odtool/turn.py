"""One run at a time: whoever writes to a portal has it for itself, as far as this machine and user go.

The lock is the operating system's: it ends with the process that holds it, however that ends, so a crash leaves none
behind. Runs on other machines are not kept apart by it; there the portal has to (see portal.ckan).
"""

import contextlib
import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from odtool.errors import PortalError, UsageError, because

WAIT = 60.0  # seconds; most runs are shorter
_LOOK = 0.2  # seconds between tries

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _leave(handle: int) -> None:
        pass  # closing it lets go

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _leave(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)  # closing it would not: processes that we have begun share it


class BusyError(PortalError):
    """Somebody else publishes there."""


def folder() -> Path:
    """Where the locks are: $ODTOOL_STATE, or the place that the system gives to programs for such files.

    Not beside the ledger: two ledgers may tell of one portal.
    """
    if named := os.environ.get("ODTOOL_STATE"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "odtool" / "state"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "odtool"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "odtool"


@contextlib.contextmanager
def turn(
    address: str, *, wait: float = WAIT, waiting: Callable[[str, str], None] = lambda *_: None
) -> Iterator[None]:
    """Hold the portal at the address, or in the folder, for as long as this lasts.

    Where another run has it, `waiting` is told so once, in both languages, and up to `wait` seconds are waited. Raises
    BusyError where that is not enough, UsageError where no lock can be made.
    """
    path = (
        folder()
        / "locks"
        / f"{hashlib.sha256(_known(address).encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.lock"
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unusable(path, error) from None
    try:
        _wait(path, handle, address, wait, waiting)
        try:
            yield
        finally:
            _leave(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold the lock of that file, made where there is none, for as long as this lasts; False where another process that
    lives holds it. Raises OSError."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _take(handle)
        except (BlockingIOError, PermissionError):
            yield False
            return
        try:
            yield True
        finally:
            _leave(handle)
    finally:
        os.close(handle)


def _wait(path: Path, handle: int, address: str, wait: float, waiting: Callable[[str, str], None]) -> None:
    end = time.monotonic() + wait
    told = False
    while True:
        try:
            _take(handle)
            return
        except (BlockingIOError, PermissionError):  # the second is how Windows says it
            pass
        except OSError as error:
            raise _unusable(path, error) from None
        if time.monotonic() >= end:
            raise BusyError(
                f"{address} には別の odtool が公開しているところです（{wait:.0f}秒待ちました）。何も変えていません。"
                "終わってから、もう一度実行してください。",
                f"Another odtool is publishing to {address} (waited {wait:.0f} seconds). Nothing was changed. "
                "Run this again when it has finished.",
            )
        if not told:
            told = True
            waiting(
                f"{address} には別の odtool が公開しているところです。終わるのを待ちます（{wait:.0f}秒まで）。",
                f"Another odtool is publishing to {address}. Waiting for it to finish (up to {wait:.0f} seconds).",
            )
        time.sleep(max(0.0, min(_LOOK, end - time.monotonic())))


def _known(address: str) -> str:
    """The same for every way to write one place."""
    if not address.startswith(("http://", "https://")):
        return str(Path(address).resolve())
    parts = urlsplit(address)
    return f"{(parts.hostname or '').lower()}:{parts.port or ''}{parts.path.rstrip('/')}"


def _unusable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{path}: 二重の公開を防ぐロックを作れません（{because(error)}）。書き込めるフォルダーを環境変数 ODTOOL_STATE に指定してください。",
        f"{path}: the lock that prevents two runs at once cannot be made ({error.strerror}). Name a folder that can "
        "be written to in the environment variable ODTOOL_STATE.",
    )
