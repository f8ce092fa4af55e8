"""What a run did, a line of JSON for each step, in a file of its own. No secrets, no contents of cells."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO

from odtool.errors import UsageError, because
from odtool.text import visible

LONGEST = 500  # characters of a text that comes from outside
Fact = str | int | bool


class Log:
    """One run's. Every line is in the file when the call that writes it returns; whatever fails is a UsageError."""

    def __init__(self, path: Path, run: str, job: str, now: Callable[[], str]) -> None:
        self._now, self._run, self._job = now, run, job
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream: TextIO = path.open("a", encoding="utf-8", errors="replace", newline="\n")
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(
            f"{self._path}: ログを書けません（{because(error)}）。場所と権限、空き容量を確かめてください。",
            f"{self._path}: the log cannot be written ({error.strerror}). Check the place, its permissions, the free space.",
        )

    def note(self, event: str, **facts: Fact) -> None:
        shown = {key: visible(v, LONGEST) if isinstance(v, str) else v for key, v in facts.items()}
        line = {"at": self._now(), "job": self._job, "run": self._run, "event": event, **shown}
        try:
            self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._stream.flush()
        except OSError as error:
            raise self._unwritable(error) from None

    def __enter__(self) -> "Log":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # a full disk was told before
            self._stream.close()
