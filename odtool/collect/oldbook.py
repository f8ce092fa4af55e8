"""A workbook of Excel 97–2003 (xls) → the tables in it, as CSV.

Many portals still hold such books. The format is old, involved and hostile input here: a few bytes can ask a reader for
any amount of memory, and take its process down. So it is read in a process of its own, with limits of memory and time and
without this one's environment; where a system cannot limit a process (Windows), such books are left unread.
"""

import csv
import importlib.util
import io
import json
import os
import subprocess
import sys
from typing import Any

resource: Any = importlib.import_module("resource") if importlib.util.find_spec("resource") else None

MEMORY = 1_000_000_000  # bytes that the reading process may ask for
SECONDS = 60
LARGEST = 50_000_000  # bytes of a book that is read at all, and of what comes of it
_KEPT = ("PATH", "VIRTUAL_ENV", "LANG", "LC_ALL")


def sheets(data: bytes) -> list[bytes]:
    """Every visible sheet that has values, as CSV in UTF-8, in the book's order; none where it cannot be read: it is no
    workbook, damaged, locked, or too large."""
    if resource is None or len(data) > LARGEST or getattr(sys, "frozen", False):
        return []
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))  # as this program finds itself
    try:
        done = subprocess.run(
            [sys.executable, "-m", "odtool.collect.oldbook"],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=SECONDS,
            check=False,
        )
        found = json.loads(done.stdout) if done.returncode == 0 else []
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return []
    return [text.encode("utf-8", "replace") for text in found]


def _read(data: bytes) -> list[str]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    from odtool.table.workbook import cell_text

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    found: list[str] = []
    for meta in book.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet or meta.visible != SheetVisibleEnum.Visible:
            continue
        cells: list[list[Any]] = book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
        rows = [[cell_text(cell) for cell in row] for row in cells]
        if any(any(row) for row in rows):
            out = io.StringIO(newline="")
            csv.writer(out, lineterminator="\r\n").writerows(rows)
            found.append(out.getvalue())
        if sum(map(len, found)) > LARGEST:
            raise MemoryError
    return found


def _limited() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard < 0 else min(most, hard), hard))


if __name__ == "__main__":
    _limited()
    try:
        told = json.dumps(_read(sys.stdin.buffer.read()))
    except BaseException:  # noqa: BLE001 - the reader's own panics are no Exception; whatever it is, there is nothing to tell
        sys.exit(1)
    sys.stdout.write(told)
