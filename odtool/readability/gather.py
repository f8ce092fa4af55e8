"""Bytes → the facts on which the 30 rules are judged."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace

from odtool.datasets.identify import FITS, Index, against, identify
from odtool.judging import gate
from odtool.judging.check import Judged
from odtool.judging.read import Reading, overlong, read
from odtool.judging.validate import validate
from odtool.model import Dataset, Field, Finding, Grid, Match, Table
from odtool.readability import book as books
from odtool.readability import quotes
from odtool.readability.facts import Before, Column, Facts, Package, Sheet, role
from odtool.readability.layout import Layout, Range, lay_out
from odtool.readability.model import Words
from odtool.rules.file import file_name_dataset
from odtool.table.decode import decode
from odtool.text import is_blank

_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def gather(
    data: bytes,
    path: str,
    name: str,
    index: Index,
    *,
    dataset: Dataset | None = None,
    package: Package | None = None,
    package_note: Words | None = None,
    before: tuple[Before, ...] = (),
    judged: Judged | None = None,
) -> Facts:
    """Read the file, lay out each visible sheet, and run the ordinary rules over its table.

    A sheet is held against `dataset`, or else against the one recognised among the index's; `name` is the
    file's name, which can tip that balance. `judged` is the verdict on the very same bytes with all findings, where that is
    known: what was found out for it is not found out once more.
    """
    common = Facts(path, "other", package=package, package_note=package_note, before=before)
    try:
        return _gathered(common, data, _Known(name, index, judged), dataset)
    except csv.Error:  # a cell without end
        return replace(common, refused=(overlong(data),))


class _Known:
    """What is known of the file called `name`, and finds out what is not."""

    def __init__(self, name: str, index: Index, judged: Judged | None) -> None:
        self.name, self._index = name, index
        self._judged = judged
        self._read = judged.read if judged else None
        same = self._read is not None and self._read.name == name and self._read.index is index
        self._identified = self._read.grids if same and self._read else ()

    def reading(self, data: bytes) -> Reading:
        return self._read.reading if self._read else read(data)

    def identified(self, number: int, held: Grid) -> tuple[Table | None, Sequence[Match]]:
        """What the grid with that number is."""
        return self._identified[number] if self._identified else identify(held, self._index, self.name)

    def findings(
        self, number: int, trimmed: Table, match: Match | None, *, whole: bool
    ) -> tuple[Finding, ...]:
        """What the ordinary rules find in it; `whole` says that no cell of the grid was left out."""
        table, _ = self._identified[number] if self._identified else (None, ())
        judged = self._judged
        if (
            whole and judged and judged.found and table is not None
            and judged.table is table and judged.report.match is match
            and (trimmed.labels, trimmed.header_row) == (table.labels, table.header_row)
        ):  # fmt: skip
            # The file's name is no matter here; there it was held against the names of the datasets.
            return tuple(f for f in judged.found.findings if f.rule != file_name_dataset.id)
        return validate(trimmed, match, name=self.name, limit=0).findings


def _gathered(common: Facts, data: bytes, known: _Known, dataset: Dataset | None) -> Facts:
    if kind := _unread(data):
        return replace(common, kind=kind)
    reading = known.reading(data)
    if not reading.grids:
        return replace(common, refused=reading.faults)
    if refused := next(filter(None, map(gate.too_wide, reading.grids)), None):
        return replace(common, refused=(refused,))
    form = reading.grids[0].form
    book = books.read(data) if form.format == "xlsx" else None
    sheets = tuple(
        _sheet(n, grid, known, dataset, book.sheets.get(grid.form.sheet or "") if book else None)
        for n, grid in enumerate(reading.grids)
    )
    strays = () if form.format == "xlsx" else tuple(quotes.stray(decode(data).text, form.delimiter or ","))
    return replace(
        common,
        kind=form.format,
        form=form,
        sheets=sheets,
        book=book,
        hidden_sheets=tuple(f for f in reading.grids[0].faults if f.rule == "sheet-hidden"),
        stray_quotes=strays,
    )


def labels(data: bytes, name: str, index: Index) -> tuple[str, ...]:
    """The column names of the (first) table in the bytes; none where there is no table."""
    facts = gather(data, name, name, index)
    return tuple(column.label for column in facts.tables[0].columns) if facts.tables else ()


def _unread(data: bytes) -> str | None:
    """A format that the rules allow and this program does not read, by content."""
    if data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("mimetype") as entry:
                return "ods" if entry.read(100).startswith(_ODS) else None
        except (KeyError, zipfile.BadZipFile, NotImplementedError, ValueError, RuntimeError, OSError):
            return None
    head = data[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"<?xml") and b"<html" not in head.lower():
        return "xml"
    if head[:1] in (b"{", b"["):
        try:
            json.loads(data.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return None
        return "json"
    return None


def _sheet(
    number: int, grid: Grid, known: _Known, dataset: Dataset | None, book: books.BookSheet | None
) -> Sheet:
    # Of cells that say the same, one is kept: most of a large table's cells repeat.
    kept: dict[str, str] = {}
    rows: Sequence[Sequence[str]] = [
        [kept.setdefault(cell, cell) for cell in record] for record in grid.records()
    ]
    del kept
    held = replace(grid, records=lambda: iter(rows))
    table, matches = known.identified(number, held)
    match = _match(table, matches, dataset)
    csv = grid.form.format != "xlsx"
    merges: tuple[Range, ...] = book.merges if book else ()
    layout = lay_out(rows, table.header_row if table and match else None, merges, csv)
    if layout is None:
        return Sheet(grid.form.sheet, rows, book=book)
    trimmed = Table(_trimmed(held, rows, layout), _labels(rows, layout, merges), layout.header[1])
    if match and any(mapped.column > len(trimmed.labels) for mapped in match.mapping):
        match = replace(match, mapping=tuple(m for m in match.mapping if m.column <= len(trimmed.labels)))
    whole = layout.body[1] >= len(rows) and len(rows[layout.header[0] - 1]) <= layout.columns[1]
    found = known.findings(number, trimmed, match, whole=whole)
    return Sheet(
        grid.form.sheet, rows, layout, trimmed, match, _columns(rows, layout, trimmed, match),
        tuple(_told(found, layout)), book,
    )  # fmt: skip


def _match(table: Table | None, matches: Sequence[Match], dataset: Dataset | None) -> Match | None:
    if table is None:
        return None
    if dataset is not None:
        match = against(table, dataset)
        return match if any(mapped.field for mapped in match.mapping) else None
    return matches[0] if matches and matches[0].score >= FITS else None


def _trimmed(grid: Grid, rows: Sequence[Sequence[str]], layout: Layout) -> Grid:
    """The grid without what stands below or beside the table; rows keep their numbers."""
    last, width = layout.columns[1], len(rows[layout.header[0] - 1])

    def records() -> Iterator[Sequence[str]]:
        for record in rows[: layout.body[1]]:
            # What lies beyond the header's own record is a comma too many, not a remark beside the table.
            yield record if width <= last else [*record[:last], *record[width:]]

    return replace(grid, records=records)


def _labels(rows: Sequence[Sequence[str]], layout: Layout, merges: Sequence[Range]) -> tuple[str, ...]:
    """A name for every column up to the table's last: where names are spread over rows, their parts joined."""
    first, last = layout.header
    width = layout.columns[1]
    grid = {
        (row, column): cell
        for row in range(first, last + 1)
        for column, cell in enumerate(rows[row - 1][:width], 1)
    }
    if last > first:
        for top, left, bottom, right in merges:
            for row in range(max(top, first), min(bottom, last) + 1):
                for column in range(left, min(right, width) + 1):
                    grid[row, column] = grid.get((top, left), "")
    labels = []
    for column in range(1, width + 1):
        parts = [grid.get((row, column), "") for row in range(first, last + 1)]
        kept = parts if last == first else [part for part in dict.fromkeys(parts) if not is_blank(part)]
        labels.append("_".join(kept))
    return tuple(labels)


def _columns(
    rows: Sequence[Sequence[str]], layout: Layout, table: Table, match: Match | None
) -> tuple[Column, ...]:
    fields: dict[str, Field] = {field.name: field for field in match.dataset.fields} if match else {}
    named = {mapped.column: mapped.field for mapped in match.mapping} if match else {}
    columns = []
    for number, label in enumerate(table.labels, 1):
        values: dict[str, list[int]] = {}
        empty = []
        for row in layout.data_rows:
            record = rows[row - 1]
            cell = record[number - 1] if number <= len(record) else ""
            if is_blank(cell):
                empty.append(row)
            else:
                values.setdefault(cell, []).append(row)
        field = fields.get(named.get(number) or "")
        columns.append(Column(number, label, field, values, empty, role(label, field, values)))
    return tuple(columns)


def _told(findings: Sequence[Finding], layout: Layout) -> Iterator[Finding]:
    """Without the remark that the names are not in row 1 where they only take more rows than one."""
    for finding in findings:
        if not (finding.rule == "header-not-first" and layout.header[0] == 1):
            yield finding
