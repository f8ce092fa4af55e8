"""A judged file once more: the records that a report shows, and where they stand in the file's text.

A report keeps findings, not cells. What shows more than findings (the row around a faulty cell, the line
an editor should open, the whole table with marks) reads the file again – and shows nothing of it where it is
no longer the file that was judged.
"""

import csv
import hashlib
import io
import re
from collections.abc import Collection, Iterator, Sequence

from odtool import source
from odtool.errors import UsageError
from odtool.model import Excerpt, FileReport
from odtool.table import workbook
from odtool.table.decode import decode


def records(report: FileReport) -> Iterator[Sequence[str]]:
    """Every record of the sheet that was judged; the n-th (from 1) is what findings call row n."""
    for excerpt in _walk(report):
        yield excerpt.cells


def excerpts(report: FileReport, rows: Collection[int]) -> dict[int, Excerpt]:
    """These rows of the file, as far as it has them."""
    wanted = frozenset(rows)
    found: dict[int, Excerpt] = {}
    if not wanted:
        return found
    last = max(wanted)
    for row, excerpt in enumerate(_walk(report, wanted), 1):
        if row in wanted:
            found[row] = excerpt
        if row == last:
            break
    return found


def _walk(report: FileReport, located: Collection[int] = ()) -> Iterator[Excerpt]:
    """All records; those of the rows `located` with their places."""
    form = report.form
    data = _same(report)
    if form is None or data is None:
        return
    if form.format != "xlsx":
        yield from _of_text(decode(data).text, form.delimiter or ",", located)
        return
    for sheet in workbook.read(data):
        if sheet.name == form.sheet:
            yield from (Excerpt(tuple(row)) for row in sheet.rows)
            return


def _same(report: FileReport) -> bytes | None:
    """The file's bytes if they still are those that were judged."""
    try:
        data = source.content(report.path)
    except UsageError:
        return None
    return data if hashlib.sha256(data).hexdigest() == report.sha256 else None


def _of_text(text: str, delimiter: str, located: Collection[int]) -> Iterator[Excerpt]:
    lines: list[str] = []

    def remembered() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            lines.append(line)
            yield line

    first = 1
    for row, cells in enumerate(csv.reader(remembered(), delimiter=delimiter), 1):
        places = starts("".join(lines), delimiter, first) if row in located else ()
        yield Excerpt(tuple(cells), places)
        first += len(lines)
        lines.clear()


def starts(record: str, delimiter: str, line: int = 1) -> tuple[tuple[int, int], ...]:
    """Line and character (from 1) at which each cell of a record begins; the record's own text begins at `line`."""
    cell = re.compile(rf'(?:"(?:[^"]|"")*+"?)?[^{re.escape(delimiter)}\r\n]*')
    offsets = [0]
    while (found := cell.match(record, offsets[-1])) and record[found.end() : found.end() + 1] == delimiter:
        offsets.append(found.end() + 1)
    breaks = [0, *(end.end() for end in re.finditer(r"\r\n|\r|\n", record))]
    places, n = [], 0
    for offset in offsets:
        while n + 1 < len(breaks) and breaks[n + 1] <= offset:
            n += 1
        places.append((line + n, offset - breaks[n] + 1))
    return tuple(places)
