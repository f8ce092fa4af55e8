"""What stands at a place among the sources, asked of a process that may be left behind where the place does not answer."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from odtool.errors import FaultError, OdtoolError, PortalError, UsageError, died
from odtool.text import visible

PATIENCE = 60  # seconds without any sign of life, where the settings say nothing
_END = 2  # seconds for a process that was killed to be gone

_left: list[subprocess.Popen[bytes]] = []
"""Processes that not even a signal ends: they are kept here, and end with the share."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A file: `path` is where it is read, `origin` the place on the share it was copied from, "" where it lies on a disk,
    `real` the same for every name of it. Or why it is not to be had."""

    path: str
    origin: str = ""
    real: str = ""
    error: OdtoolError | None = None


def seen(base: Path, stated: str, copies: Path, patience: float = PATIENCE) -> Iterator[Seen]:
    """The files at that place, as `looking.look` says. Raises PortalError where it does not answer for so many seconds,
    UsageError where there is nothing, FaultError where we fail at it."""
    return _asked({"base": str(base), "stated": stated, "copies": str(copies), "check": False}, patience)


def there(
    base: Path, stated: str, patience: float = PATIENCE, aside: dict[str, int] | None = None
) -> Iterator[Seen]:
    """What is there, without reading or copying it; `aside` is filled with what `looking.aside` counts. Raises as `seen`
    does."""
    return _asked({"base": str(base), "stated": stated, "copies": "", "check": True}, patience, aside)


def _asked(request: dict[str, Any], patience: float, aside: dict[str, int] | None = None) -> Iterator[Seen]:
    stated = request["stated"]
    for line in _lines(request, patience):
        if "refused" in line:
            raise _error(*line["refused"])
        if "fault" in line:
            kind, trace = line["fault"]
            raise FaultError(
                visible(stated, 300), f"プログラムの不具合: {kind}", f"a fault of the program: {kind}", trace
            )
        if aside is not None and "aside" in line:
            aside.update(line["aside"])
        if "path" in line:
            error = _error(*line["error"]) if "error" in line else None
            yield Seen(line["path"], line.get("origin", ""), line.get("real", ""), error)


def _error(ja: str, en: str, code: int) -> OdtoolError:
    return {2: UsageError, 3: PortalError}.get(code, OdtoolError)(ja, en)


def _lines(request: dict[str, Any], patience: float) -> Iterator[dict[str, Any]]:
    """What the process tells, up to its end."""
    shown = visible(request["stated"], 300)
    paths = os.pathsep.join(filter(None, sys.path))  # as this program finds itself, wherever that was started
    process = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "odtool.jobs.looking"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    pump = threading.Thread(target=_pumped, args=(process.stdout, lines), daemon=True)
    pump.start()
    try:
        with suppress(OSError), process.stdin as stream:  # one that died at once is found out below
            stream.write(json.dumps(request).encode() + b"\n")
        while True:
            try:
                text = lines.get(timeout=patience)
            except queue.Empty:
                raise PortalError(
                    f"{shown}: 共有フォルダーが応答しません（{patience:g}秒待ちました）。接続とファイルサーバーを確かめてください。",
                    f"{shown}: the share does not answer (waited {patience:g} seconds). Check the connection and the server.",
                ) from None
            if not text:
                raise died(shown)
            line = json.loads(text)
            if "end" in line:
                return
            yield line
    finally:
        _ended(process, pump)


def _pumped(stream: IO[bytes], lines: "queue.SimpleQueue[bytes]") -> None:
    with suppress(OSError, ValueError):
        for line in stream:
            lines.put(line)
    lines.put(b"")


def _ended(process: subprocess.Popen[bytes], pump: threading.Thread) -> None:
    process.kill()
    try:
        process.wait(_END)
    except subprocess.TimeoutExpired:  # the system does not let go of it
        _left.append(process)
        return
    pump.join(_END)
    if process.stdout and not pump.is_alive():
        process.stdout.close()
