"""Where a job keeps what it leaves: its heartbeat, logs, pages, what it has told, and the files it works on."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odtool import whole
from odtool.errors import UsageError, because
from odtool.jobs.settings import Jobs

FOLDER = "odtool-jobs"
VARIABLE = "ODTOOL_JOBS"
_RUN = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one job."""

    root: Path

    @property
    def heartbeat(self) -> Path:
        return self.root / "heartbeat.json"

    @property
    def told(self) -> Path:
        return self.root / "told.json"

    @property
    def work(self) -> Path:
        """Downloads, unpacked archives, mended copies; may be deleted at any time."""
        return self.root / "work"

    @property
    def made(self) -> tuple[Path, ...]:
        """Where there are tables and texts that no person put there."""
        return self.work, self.root / "logs", self.order

    def log(self, run: str) -> Path:
        return self.root / "logs" / f"{run}.jsonl"

    def trace(self, run: str) -> Path:
        """Where we failed, for us; it may hold what cells hold."""
        return self.root / "logs" / f"{run}.trace.txt"

    def page(self, run: str) -> Path:
        return self.root / "runs" / f"{run}.html"

    def report(self, run: str) -> Path:
        return self.root / "runs" / f"{run}-report.html"

    @property
    def order(self) -> Path:
        """The runs in the order in which they began. Their names tell the time, and a clock may go back."""
        return self.root / "order.txt"

    def begun(self, run: str) -> None:
        """Note that this run comes after all others. Raises UsageError where that cannot be written."""
        before = [name for name in self._ordered() if name != run]
        write(self.order, "".join(f"{name}\n" for name in (*before, run)))

    def forget(self, keep: int) -> None:
        """Delete logs and pages of all but the newest runs."""
        ordered = self._ordered()
        kept = set(ordered[-keep:])
        for folder in ("logs", "runs"):
            for path in (self.root / folder).glob("*"):
                run = path.name[:22]
                if _RUN.fullmatch(run) and run not in kept:
                    with suppress(OSError):
                        path.unlink()

    def _ordered(self) -> list[str]:
        """The runs of which anything is left or noted, oldest first: those of before the order was noted by their time."""
        try:
            noted = self.order.read_text("ascii", "replace").splitlines()
        except OSError:
            noted = []
        there = set(self._runs())
        known = [name for name in dict.fromkeys(noted) if name in there]
        return sorted(there - set(known)) + known

    def _runs(self) -> Iterator[str]:
        names = {path.name[:22] for folder in ("logs", "runs") for path in (self.root / folder).glob("*")}
        yield from filter(_RUN.fullmatch, names)


def places(jobs: Jobs, named: str | None = None) -> Path:
    """The folder of all jobs: the one named, $ODTOOL_JOBS, or odtool-jobs beside the settings."""
    return Path(named or os.environ.get(VARIABLE) or jobs.path.absolute().parent / FOLDER)


def write(path: Path, content: str | bytes) -> None:
    """Whole or not at all, in a folder that is made where it is missing. Raises UsageError."""
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole.put(path, [data])
    except OSError as error:
        raise UsageError(
            f"{path}: 書き込めません（{because(error)}）。場所と権限、空き容量を確かめてください。",
            f"{path}: cannot be written ({error.strerror}). Check the place, its permissions and the free space.",
        ) from None


def stored(path: Path) -> dict[str, Any]:
    """The JSON object in that file; empty where there is none, or none that can be read."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
