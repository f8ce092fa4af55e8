"""Where large bodies wait for being judged: in a folder beside the store, for as long as a run lasts.

Not in the system's temporary folder, which is small on many machines, and where nobody finds again what a run left behind
that was killed. Each run has a folder of its own there and holds its lock, which ends with the run, however that ends; the
next run takes away what no living one holds.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from odtool.errors import OdtoolError
from odtool.turn import held, turn

_LOCK = ".lock"
_WAIT = 10.0  # seconds, for another run that is just making its own


def place(beside: Path) -> Path:
    """The folder for all runs that share that file."""
    return beside.with_name(f"{beside.name}-waiting")


@contextmanager
def shelf(beside: Path | None) -> Iterator[Path]:
    """An empty folder that is gone afterwards; in the system's own place for such where none can be made beside the file,
    or no file is named."""
    with ExitStack() as open_:
        try:
            found = open_.enter_context(_own(place(beside))) if beside else None
        except (OSError, OdtoolError):  # whatever it is, the store itself will tell, or it does not matter
            found = None
        yield found or Path(
            open_.enter_context(tempfile.TemporaryDirectory(prefix="odtool-", ignore_cleanup_errors=True))
        )


@contextmanager
def _own(folder: Path) -> Iterator[Path]:
    with ExitStack() as open_:
        with turn(str(folder), wait=_WAIT):
            folder.mkdir(exist_ok=True, mode=0o700)
            _sweep(folder)
            mine = Path(tempfile.mkdtemp(dir=folder, prefix="run-"))
            lock = mine.with_name(mine.name + _LOCK)
            open_.enter_context(held(lock))
        try:
            yield mine
        finally:
            open_.close()
            with suppress(OSError, OdtoolError), turn(str(folder), wait=_WAIT):
                _take_away(mine)
                folder.rmdir()  # which another run's prevents


def _sweep(folder: Path) -> None:
    """Take away what runs left that are no more."""
    for name in sorted({path.name.removesuffix(_LOCK) for path in folder.glob("run-*")}):
        with suppress(OSError):
            with held(folder / f"{name}{_LOCK}") as ours:
                if not ours:
                    continue
            _take_away(folder / name)


def _take_away(mine: Path) -> None:
    shutil.rmtree(mine, ignore_errors=True)
    if not mine.exists():
        mine.with_name(mine.name + _LOCK).unlink(missing_ok=True)
