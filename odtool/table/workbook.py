"""XLSX bytes → sheets of text cells, behind a guard that reads only the zip directory.

A workbook keeps numbers, dates and times as typed values. They become the text that the national
definitions ask for (2026-04-01, 09:00, 1234), whatever the cell's display format is.
"""

import datetime as dt
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from html import unescape
from typing import Any
from xml.etree import ElementTree

from odtool.table.strict import usual

MAX_UNPACKED = 300 * 2**20  # bytes of all entries together
MAX_RATIO = 200  # unpacked : packed, of one entry larger than a megabyte
MAX_ENTRIES = 5_000
MAX_SHEETS = 500
MAX_SPREAD = 5_000_000  # cells of the rectangle that a reader makes of a sheet, where most of it is empty
MAX_EMPTY = 50  # cells of it for each that is written

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    hidden: bool
    rows: list[list[str]]


class NotAWorkbookError(Exception):
    """A zip that is something else; what it is and what to do, in both languages."""

    def __init__(self, ja: str, en: str, advice_ja: str, advice_en: str) -> None:
        super().__init__(en)
        self.ja, self.en, self.advice_ja, self.advice_en = ja, en, advice_ja, advice_en


class UnsafeError(Exception):
    """A workbook that is damaged or would unpack to an extreme size."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(en)
        self.ja, self.en = ja, en


def read(data: bytes) -> list[Sheet]:
    """Every sheet in the book's order. Raises NotAWorkbookError or UnsafeError before anything is unpacked."""
    guard(data)
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    data = usual(data)
    _guard_sheets(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        unread = _unread_cells(data)
        sheets = []
        for number, meta in enumerate(book.sheets_metadata):
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            cells = book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
            rows = [[cell_text(cell) for cell in row] for row in cells]
            for row, column, value in unread.get(number, ()):
                if row < len(rows) and column < len(rows[row]):
                    rows[row][column] = value
            sheets.append(Sheet(meta.name, meta.visible != SheetVisibleEnum.Visible, rows))
        return sheets
    except MemoryError:  # says nothing of the book
        raise
    except Exception as error:  # the reader has no common error class
        raise UnsafeError("壊れているため読めません", "it is damaged and cannot be read") from error


def guard(data: bytes) -> None:
    """Refuse, from the directory and checksums alone, what no reader should open. Raises NotAWorkbookError or
    UnsafeError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise UnsafeError("壊れているため読めません", "it is damaged and cannot be read") from error
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names:
        if any(name.startswith("word/") for name in names):
            raise NotAWorkbookError("Word 文書", "a Word document", "表を Excel に写し、xlsx か CSV で保存してください。",
                               "Copy the table to Excel and save it as xlsx or CSV.")  # fmt: skip
        if "mimetype" in names and "content.xml" in names:
            raise NotAWorkbookError("OpenDocument の文書", "an OpenDocument file", "xlsx か CSV で保存し直してください。",
                               "Save it as xlsx or CSV.")  # fmt: skip
        raise NotAWorkbookError("圧縮ファイル（zip）", "a zip archive", "展開してから、中のファイルを指定してください。",
                           "Unpack it and give the files inside.")  # fmt: skip
    total = sum(entry.file_size for entry in entries)
    worst = max((e.file_size / max(e.compress_size, 1) for e in entries if e.file_size > 2**20), default=0)
    if total > MAX_UNPACKED or worst > MAX_RATIO or len(entries) > MAX_ENTRIES:
        size = f"{total / 2**20:,.0f} MB"
        raise UnsafeError(f"展開すると {size} になります", f"it unpacks to {size}")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnsafeError("パスワードがかかっています", "it is protected by a password")
    # A directory can lie about sizes. Unpacking ends at the size it tells, and the checksum is then wrong.
    try:
        damaged = archive.testzip()
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
    ) as error:
        raise UnsafeError("壊れているため読めません", "it is damaged and cannot be read") from error
    if damaged:
        raise UnsafeError("壊れているため読めません", "it is damaged and cannot be read")


def _guard_sheets(data: bytes) -> None:
    """A reader makes a rectangle of every sheet, from its first cell to its last: a few bytes can ask for it all."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        count = archive.read("xl/workbook.xml").count(b"<sheet ")
        if count > MAX_SHEETS:
            raise UnsafeError(f"シートが {count:,} 枚あります", f"it has {count:,} sheets")
        for entry in archive.infolist():
            xml = archive.read(entry)  # a sheet may have any name
            if b"sheetData" not in xml:
                continue
            rows, columns = _extent(xml)
            if rows * columns > max(MAX_SPREAD, MAX_EMPTY * len(re.findall(rb"<(?:\w+:)?c\b", xml))):
                raise UnsafeError(
                    f"値のあるセルが離れていて、{rows:,}行×{columns:,}列の表になります",
                    f"its cells lie so far apart that the table would have {rows:,} rows and {columns:,} columns",
                )


def _extent(xml: bytes) -> tuple[int, int]:
    """The last row and column that any cell of the sheet names; the rows are exact only where there may be too many."""
    columns = max((_column_index(name.decode()) + 1 for name in set(re.findall(_CELL, xml))), default=0)
    digits = next(
        (n for n in range(9, 4, -1) if re.search(rb"""\br=["'][A-Z]{0,3}[0-9]{%d}["']""" % n, xml)), 4
    )
    rows = 10**digits - 1
    if rows * columns > MAX_SPREAD:
        rows = max(
            (int(found[1]) for found in re.finditer(rb"""\br=["'][A-Z]{0,3}([0-9]{1,9})["']""", xml)),
            default=0,
        )
    return rows, columns


_CELL = rb"""\br=["']([A-Z]{1,3})[0-9]"""
_ERROR_CELL = rb'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)([0-9]+)"[^>]*>(?:<f.*?</f>|<f[^>]*/>)?<v>([^<]*)</v>'
# A result that is an empty text is marked as text (t="str"); an empty one without that mark was never calculated.
_OPEN_FORMULA = (
    rb'<c\b(?![^>]*\bt="str")[^>]*\br="([A-Z]+)([0-9]+)"[^>/]*>'
    rb"<f(?:[^>]*/>|(?:\s[^>]*)?>([^<]*)</f>)(?:<v\s*/>|<v></v>)?</c>"
)


def _unread_cells(data: bytes) -> dict[int, list[tuple[int, int, str]]]:
    """By sheet: row and column (from 0) and text of each formula error, and of each formula that has no result because
    nobody has opened the book since it was made; calamine reads both as empty."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        relations = _xml(archive, "xl/_rels/workbook.xml.rels")
        targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
        sheets = _xml(archive, "xl/workbook.xml").find(f"{_MAIN}sheets")
        found = {}
        for number, sheet in enumerate(sheets if sheets is not None else ()):
            target = targets.get(sheet.get(f"{_RELATION}id"), "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            xml = archive.read(path) if path in archive.namelist() else b""
            cells = re.findall(_ERROR_CELL, xml) if b't="e"' in xml else []
            if b"<f" in xml:
                cells += [
                    (letters, row, b"=" + text) for letters, row, text in re.findall(_OPEN_FORMULA, xml)
                ]
            found[number] = [
                (int(row) - 1, _column_index(letters.decode()), unescape(value.decode()))
                for letters, row, value in cells
            ]
    return found


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    # The guard has bounded what it unpacks to, and expat itself refuses entities that grow without bound.
    return ElementTree.fromstring(archive.read(name))  # noqa: S314


def _column_index(letters: str) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def cell_text(cell: Any) -> str:
    """A typed value as the national definitions write it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, dt.time):
        return cell.strftime("%H:%M:%S" if cell.second else "%H:%M")
    if isinstance(cell, dt.timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
    return str(cell)
