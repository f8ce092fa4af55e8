"""Bytes → grids: which kind of file it is, its encoding, its records.

A CSV gives one grid, a workbook one for each visible sheet. The content decides what a file is, never
its name. Row numbers are those a spreadsheet shows: a quoted line break does not start a new row.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from odtool.judging import container
from odtool.model import Finding, Form, Format, Grid, Raw
from odtool.rules import file, safety
from odtool.table.decode import Decoded, decode, newline
from odtool.value import dataclass

# Characters of a cell at which reading ends: far above what a spreadsheet holds, far below what fills the memory.
LONGEST_READ = 1_000_000
KEPT = 500_000  # bytes of a text whose records are kept: read once, they are asked for four times
_WINDOW = 2 * 2**20  # bytes among which a line must end

_HEAD = 200_000  # characters in which the delimiter is looked for

# What a file is when it is no table: first bytes, its name, what to do.
_OTHERS: tuple[tuple[bytes, str, str, str, str], ...] = (
    (b"%PDF", "PDF", "a PDF", "元の表を Excel で開き、CSV か xlsx で保存してください。",
     "Open the original table and save it as CSV or xlsx."),
    (b"\x89PNG", "画像（PNG）", "a PNG picture", "元の表を CSV か xlsx で用意してください。", "Use the original table."),
    (b"\xff\xd8\xff", "画像（JPEG）", "a JPEG picture", "元の表を CSV か xlsx で用意してください。", "Use the original table."),
    (b"{\\rtf", "リッチテキスト文書", "a rich text document", "表を CSV か xlsx で保存してください。", "Save it as CSV or xlsx."),
    (b"\x1f\x8b", "圧縮ファイル（gzip）", "a gzip archive", "展開してから指定してください。", "Unpack it first."),
    (b"7z\xbc\xaf", "圧縮ファイル（7z）", "a 7z archive", "展開してから指定してください。", "Unpack it first."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """The grids of a file, or the faults for which it has none."""

    grids: tuple[Grid, ...] = ()
    faults: tuple[Finding, ...] = ()


def read(data: bytes) -> Reading:
    csv.field_size_limit(LONGEST_READ)  # for the whole process: another library may have set its own
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_zip(data)
    if fault := _no_table(data) or _endless_line(data):
        return Reading(faults=(fault,))
    decoded = decode(data, _HEAD)
    if not decoded.text or decoded.text.isspace():
        return Reading(faults=(file.file_empty.finding(found="中身が空です", found_en="it is empty"),))
    if _is_markup(decoded.text):
        return Reading(
            faults=(
                file.file_format.finding(
                    found="ウェブページ（HTML/XML）", found_en="a web page (HTML/XML)",
                    advice="ダウンロードし直すか、元の表を CSV か xlsx で保存してください。",
                    advice_en="Download it again, or save the original table as CSV or xlsx.",
                ),
            )
        )  # fmt: skip
    try:
        return Reading((_csv_grid(data, decoded),))
    except csv.Error:
        return Reading(faults=(overlong(data),))


def _read_zip(data: bytes) -> Reading:
    from odtool.judging import gate  # only a workbook needs zip and XML
    from odtool.table import workbook  # only a workbook needs zip and XML
    from odtool.table.hidden import hidden as traces_in

    try:
        sheets = workbook.read(data)
    except workbook.NotAWorkbookError as error:
        return Reading(faults=(file.file_format.finding(found=error.ja, found_en=error.en, advice=error.advice_ja,
                                                        advice_en=error.advice_en),))  # fmt: skip
    except workbook.UnsafeError as error:
        return Reading(faults=(file.workbook_unsafe.finding(found=error.ja, found_en=error.en),))
    hidden = [sheet.name for sheet in sheets if sheet.hidden]
    traces = traces_in(data)
    unseen = (file.sheet_hidden.finding(others="」「".join(hidden)),) if hidden else ()
    faults = (*unseen, *gate.in_book(sheets, traces))
    grids = tuple(
        Grid(
            Form("xlsx", sheet=sheet.name),
            lambda rows=sheet.rows: iter(rows),  # type: ignore[misc]
            (*faults, *gate.in_sheet(sheet, traces.sheets.get(sheet.name))),
        )
        for sheet in sheets
        if not sheet.hidden and any(any(row) for row in sheet.rows)
    )
    if not grids:
        return Reading(faults=(*faults, file.file_empty.finding(found="ブックに値のある表示シートがありません",
                                                                found_en="no visible sheet has values")))  # fmt: skip
    return Reading(grids)


def _no_table(data: bytes) -> Finding | None:
    if data.startswith(container.MAGIC):
        ja, en, advice_ja, advice_en = container.told(data)
        return file.file_format.finding(found=ja, found_en=en, advice=advice_ja, advice_en=advice_en)
    for magic, ja, en, advice_ja, advice_en in _OTHERS:
        if data.startswith(magic):
            return file.file_format.finding(found=ja, found_en=en, advice=advice_ja, advice_en=advice_en)
    return None


def _endless_line(data: bytes) -> Finding | None:
    """The fault of a text with a line that no table has, found before anything is decoded."""
    for start in range(0, len(data) - _WINDOW + 1, _WINDOW):
        end = start + _WINDOW
        if data.find(b"\n", start, end) < 0 and data.find(b"\r", start, end) < 0:
            first = max(data.rfind(b"\n", 0, start), data.rfind(b"\r", 0, start)) + 1
            row = data.count(b"\n", 0, first) + 1
            cells = max(data.count(sign, first, end) for sign in (b",", b"\t"))
            if cells > safety.MOST_COLUMNS:
                return safety.columns_too_many.finding(row=row, count=cells, most=safety.MOST_COLUMNS)
            return safety.cell_endless.finding(row=row, least=LONGEST_READ)
    return None


def overlong(data: bytes) -> Finding:
    """The fault for which the csv module gave up: a cell that is not closed, or is no cell of a table."""
    decoded, row = decode(data, _HEAD), 0
    stream = io.TextIOWrapper(io.BytesIO(data), decoded.codec, errors="replace", newline="")
    try:
        for row, _ in enumerate(csv.reader(stream, delimiter=_delimiter(decoded.text)), 1):  # noqa: B007 - counted
            pass
    except csv.Error:
        pass
    if data.count(b'"') % 2:
        return file.quote_unclosed.finding(row=row + 1)
    return safety.cell_endless.finding(row=row + 1, least=LONGEST_READ)


def _is_markup(text: str) -> bool:
    head = text[:500].lstrip("\ufeff \t\r\n").lower()
    return head.startswith(("<!doctype", "<html", "<?xml", "<head", "<body"))


def _csv_grid(data: bytes, decoded: Decoded) -> Grid:
    text, codec = decoded.text, decoded.codec
    delimiter = _delimiter(text)
    kind: Format = "tsv" if delimiter == "\t" else "csv"

    def records() -> Iterator[Sequence[str]]:
        # Decoded again while it is read: quicker than a second walk over the text, which then need not stay.
        stream = io.TextIOWrapper(io.BytesIO(data), codec, errors="replace", newline="")
        return csv.reader(stream, delimiter=delimiter)

    @cache
    def kept() -> Sequence[Sequence[str]]:
        return list(records())

    plain = text.encode() if codec.startswith("utf-16") else data
    breaks, uniform = newline(plain)
    raw = (
        Raw(data, codec, uniform and breaks != "cr") if decoded.broken_at is None and plain is data else None
    )
    small = len(data) <= KEPT
    grid = Grid(
        Form(kind, decoded.encoding, breaks, delimiter), (lambda: iter(kept())) if small else records, raw=raw
    )
    faults = []
    if decoded.broken_at is not None:
        row, column = _place(grid, "�")
        faults.append(
            file.encoding_broken.finding(
                row=row, column=column, offset=decoded.broken_at + 1, count=decoded.broken_bytes,
                hex=f"0x{data[decoded.broken_at]:02X}",
            )
        )  # fmt: skip
    if plain.count(b'"') % 2 and (row := _open_quote(grid)):
        faults.append(file.quote_unclosed.finding(row=row))
    return replace(grid, faults=tuple(faults)) if faults else grid


def _delimiter(text: str) -> str:
    """A tab where the first records hold more tabs than commas, else a comma."""
    head = text[:_HEAD]
    return "\t" if head.count("\t") > head.count(",") else ","


def _place(grid: Grid, mark: str) -> tuple[int | None, int | None]:
    for row, record in enumerate(grid.records(), 1):
        for column, cell in enumerate(record, 1):
            if mark in cell:
                return row, column
    return None, None


def _open_quote(grid: Grid) -> int | None:
    """The row of the last record, which a missing quote makes run to the end of the file."""
    row, last = 0, None
    for row, record in enumerate(grid.records(), 1):  # noqa: B007 - the last one is what is wanted
        last = record
    return row if last and any("\n" in cell or "\r" in cell for cell in last) else None
