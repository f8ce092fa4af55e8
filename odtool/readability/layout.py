"""Where on a sheet the table is: header rows, body, and what else stands around it.

Where a dataset was recognised its header row is known, and no row of data is ever taken for a header. Only
for other tables it is guessed, and more than one header row is seen only where something shows it: merged
cells, a row of units, or a row of words above columns of numbers.
"""

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from odtool.readability.values import UNIT_CELL, is_year, number_like
from odtool.text import PLACEHOLDERS, fold, is_blank

LOOKED_AT = 50  # first rows among which the header of an unknown table is looked for
MOST_HEADER_ROWS = 5
NOTE = re.compile(
    r"[\s　]*(?:[※＊*]|[（(]?(?:注|備考|参考)[）)\d０-９1-9：:．.、 　]|[（(]注|注[）)]|備考|(?:出典|資料|出所|作成者?|作成日|更新日|担当|問い?合わ?せ先?)[\s　]*(?:[：:／/]|$))"
)
TOTALS = frozenset(map(fold, ("合計", "小計", "総計", "計", "総数", "総合計", "全体", "total")))

Cells = Sequence[Sequence[str]]
Range = tuple[int, int, int, int]  # first row, first column, last row, last column, all from 1
Kind = Literal["title", "note", "total", "beside"]


@dataclass(frozen=True, slots=True)
class Outside:
    """A cell that is no part of the table, and what it seems to be."""

    row: int
    column: int
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A table's place; rows and columns count from 1. `columns` of a CSV end where the header's record ends.

    `body` is empty (last < first) where nothing stands below the header. `blank_rows` are wholly empty and
    stand before, inside or (in a CSV, where each is a record) after the table; `others` are further tables.
    """

    header: tuple[int, int]
    body: tuple[int, int]
    columns: tuple[int, int]
    known: bool
    outside: tuple[Outside, ...] = ()
    blank_rows: tuple[int, ...] = ()
    blank_columns: tuple[int, ...] = ()
    others: tuple[Range, ...] = ()
    data_rows: tuple[int, ...] = ()


def lay_out(
    rows: Cells, header: int | None = None, merges: Sequence[Range] = (), csv: bool = True
) -> Layout | None:
    """The layout of a sheet, None where no cell is filled. `header` is the row of a recognised dataset's names."""
    sheet = _Sheet(rows, merges)
    if not sheet.used:
        return None
    first = header or _guess(sheet)
    last_header = first if header else _last_header_row(sheet, first)
    return _Table(sheet, first, last_header, header is not None, csv).layout()


class _Sheet:
    """The cells, and per row how many are filled; a cell covered by a merged one counts as filled."""

    def __init__(self, rows: Cells, merges: Sequence[Range]) -> None:
        self.rows = rows
        self.merges = merges
        covered: dict[int, set[int]] = {}
        for top, left, bottom, right in merges:
            if self.cell(top, left) and (bottom - top) < 100 and (right - left) < 1000:
                for row in range(top, bottom + 1):
                    covered.setdefault(row, set()).update(range(left, right + 1))
        self.filled = [{n for n, cell in enumerate(record, 1) if not is_blank(cell)} for record in rows]
        self.shown = [
            (filled | covered.get(row, set())) if filled or row in covered else filled
            for row, filled in enumerate(self.filled, 1)
        ]
        self.used = [row for row, filled in enumerate(self.filled, 1) if filled]

    def cell(self, row: int, column: int) -> str:
        record = self.rows[row - 1] if 0 < row <= len(self.rows) else ()
        return record[column - 1] if 0 < column <= len(record) else ""

    def texts(self, row: int) -> list[str]:
        return [self.cell(row, column) for column in sorted(self.filled[row - 1])]

    def crossing(self, upper: int, lower: int) -> bool:
        """Whether a merged cell reaches from the one row into the other."""
        return any(top <= upper and bottom >= lower for top, _, bottom, _ in self.merges)

    def spans(self, row: int) -> list[Range]:
        """Cells of the row merged with their neighbours to the right."""
        return [m for m in self.merges if m[0] <= row <= m[2] and m[3] > m[1]]


def _guess(sheet: _Sheet) -> int:
    """The first row that shows as many cells as the rows below usually do."""
    head = [row for row in sheet.used if row <= sheet.used[0] + LOOKED_AT]
    # A title merged over the whole width is one cell, however wide it looks.
    counts = {row: len(sheet.shown[row - 1]) if len(sheet.filled[row - 1]) > 1 else 1 for row in head}
    usual = statistics.median_high(sorted(counts.values()))
    least = max(2, usual * 0.6) if usual > 1 else 1
    found = next((row for row in head if counts[row] >= least), head[0])
    # Numbers right below words: the words are names, some of them missing, not a title.
    if found - 1 in head and _has_numbers(sheet, found) and not _has_numbers(sheet, found - 1):
        return found - 1
    return found


def _has_numbers(sheet: _Sheet, row: int) -> bool:
    return any(number_like(text) and not is_year(text) for text in sheet.texts(row))


def _last_header_row(sheet: _Sheet, first: int) -> int:
    last = first
    while last - first + 1 < MOST_HEADER_ROWS and _continues_header(sheet, last + 1):
        last += 1
    return last


def _continues_header(sheet: _Sheet, row: int) -> bool:
    if row > len(sheet.rows) or not sheet.filled[row - 1]:
        return False
    texts = sheet.texts(row)
    if _has_numbers(sheet, row):
        return False
    if len(texts) > 1 and all(UNIT_CELL.fullmatch(text.strip()) for text in texts):
        return True
    if sheet.crossing(row - 1, row):
        return True
    if len(texts) > 1 and any(_over(span, sheet.filled[row - 1]) for span in sheet.spans(row - 1)):
        return True
    below = [r for r in sheet.used if row < r <= row + LOOKED_AT]
    numeric = {column for column in sheet.filled[row - 1] if _is_numeric(sheet, column, below)}
    words = {column for column in numeric if sheet.cell(row, column).strip() not in PLACEHOLDERS}
    return bool(numeric) and numeric == words


def _over(span: Range, filled: set[int]) -> bool:
    """Whether a merged cell has at least two names of its own below."""
    return len([column for column in filled if span[1] <= column <= span[3]]) > 1


def _is_numeric(sheet: _Sheet, column: int, rows: Sequence[int]) -> bool:
    texts = [text for row in rows if (text := sheet.cell(row, column).strip()) and text not in PLACEHOLDERS]
    return len(texts) > 1 and sum(map(number_like, texts)) >= 0.8 * len(texts)


class _Table:
    """The work of finding one table's body and what is around it."""

    def __init__(self, sheet: _Sheet, first: int, last_header: int, known: bool, csv: bool) -> None:
        self.sheet, self.first, self.last_header = sheet, first, last_header
        self.known, self.csv = known, csv
        self.outside: list[Outside] = []
        self.others: list[Range] = []
        self.names = {column for row in range(first, last_header + 1) for column in sheet.shown[row - 1]} or {
            1
        }

    def layout(self) -> Layout:
        sheet = self.sheet
        self._put_out(range(1, self.first), "title")
        data = self._data_rows()
        left, right = self._columns(data)
        body_last = data[-1] if data else self.last_header
        used_last = sheet.used[-1]
        end = len(sheet.rows) if self.csv else used_last
        blank_rows = tuple(
            row for row in range(1, end + 1) if not sheet.filled[row - 1] and not self._in_other(row)
        )
        if not self.outside_below(body_last) and not self.others and self.csv:
            body_last = max(body_last, end)
        taken = {
            column
            for row in (*range(self.first, self.last_header + 1), *data)
            for column in sheet.shown[row - 1]
        }
        blank_columns = tuple(column for column in range(1, right + 1) if column not in taken)
        return Layout(
            (self.first, self.last_header),
            (self.last_header + 1, body_last),
            (left, right),
            self.known,
            tuple(sorted(self.outside, key=lambda cell: (cell.row, cell.column))),
            blank_rows,
            blank_columns,
            tuple(self.others),
            tuple(data),
        )

    def outside_below(self, row: int) -> bool:
        return any(cell.row > row for cell in self.outside)

    def _in_other(self, row: int) -> bool:
        return any(top <= row <= bottom for top, _, bottom, _ in self.others)

    def _put_out(self, rows: Sequence[int], kind: Kind) -> None:
        for row in rows:
            for column in sorted(self.sheet.filled[row - 1]):
                self.outside.append(Outside(row, column, kind, self.sheet.cell(row, column)))

    def _data_rows(self) -> list[int]:
        """The rows of data; notes and totals below them and further tables are put where they belong."""
        data: list[int] = []
        for run in self._runs():
            if data and self._is_table(run, data):
                self._add_other(run)
            elif (data or self.others) and self._is_note_run(run):
                self._put_out(run, "note")
            elif self.others:
                self._extend_other(run)
            else:
                data += run
        while data and (kind := self._tail(data)):
            self._put_out([data.pop()], kind)
        return data

    def _runs(self) -> Iterator[list[int]]:
        """Rows below the header, parted at blank rows and where the header is repeated."""
        header = self._labels(self.last_header)
        run: list[int] = []
        for row in range(self.last_header + 1, len(self.sheet.rows) + 1):
            blank = not self.sheet.filled[row - 1]
            repeated = not blank and len(header) > 1 and _alike(self._labels(row), header) >= 0.8
            if run and (blank or repeated):
                yield run
                run = []
            if not blank:
                run.append(row)
        if run:
            yield run

    def _labels(self, row: int) -> set[str]:
        return {fold(text) for text in self.sheet.texts(row)} if 0 < row <= len(self.sheet.rows) else set()

    def _is_table(self, run: Sequence[int], data: Sequence[int]) -> bool:
        """Whether rows after a gap begin with names of their own."""
        head = next((row for row in run[:3] if len(self.sheet.filled[row - 1]) > 1), None)
        if head is None:
            return False
        header = self._labels(self.last_header)
        if len(header) > 1 and _alike(self._labels(head), header) >= 0.5:
            return True
        rest = [row for row in run if row > head]
        if self.known or not rest or any(number_like(t) and not is_year(t) for t in self.sheet.texts(head)):
            return False
        numbers = [column for column in self.sheet.filled[head - 1] if _is_numeric(self.sheet, column, rest)]
        as_before = [column for column in numbers if _is_numeric(self.sheet, column, data)]
        named = [c for c in numbers if self.sheet.cell(head, c).strip() not in PLACEHOLDERS]
        return bool(named) and (bool(as_before) or len(self.sheet.filled[head - 1]) != len(self.names))

    def _add_other(self, run: Sequence[int]) -> None:
        columns = [column for row in run for column in self.sheet.filled[row - 1]]
        self.others.append((run[0], min(columns), run[-1], max(columns)))

    def _extend_other(self, run: Sequence[int]) -> None:
        top, left, _, right = self.others[-1]
        columns = [column for row in run for column in self.sheet.filled[row - 1]]
        self.others[-1] = (top, min(left, *columns), run[-1], max(right, *columns))

    def _is_note_run(self, run: Sequence[int]) -> bool:
        """Whether rows after a gap are remarks: few cells in a table of many columns, or a note's own signs."""
        few = 1 if len(self.names) < 4 else 2
        thin = all(len(self.sheet.filled[row - 1]) <= few for row in run)
        signed = any(NOTE.match(text) for row in run for text in self.sheet.texts(row)[:1])
        return len(self.names) > 1 and thin and (signed or (not self.known and len(self.names) > 2))

    def _tail(self, data: Sequence[int]) -> Kind | None:
        """What the last row is, if it is no data."""
        row = data[-1]
        texts = self.sheet.texts(row)
        if len(self.names) > 1 and len(texts) <= 2 and NOTE.match(texts[0]):
            return "note"
        total = fold(texts[0]) in TOTALS and min(self.sheet.filled[row - 1]) <= min(self.names) + 1
        if total and not self.known and len(data) > 2 and any(map(number_like, texts[1:])):
            return "total"
        return None

    def _columns(self, data: Sequence[int]) -> tuple[int, int]:
        """First and last column; cells beyond them become remarks beside the table, or a table of their own."""
        left = min(self.names)
        if self.csv and self.known:
            return left, max(len(self.sheet.rows[self.first - 1]), 1)
        counts: dict[int, int] = {}
        for row in data:
            for column in self.sheet.filled[row - 1]:
                counts[column] = counts.get(column, 0) + 1
        width = len(self.sheet.rows[self.first - 1]) if self.csv else max([*self.names, *counts])
        right, gap = left, False
        for column in range(left + 1, width + 1):
            named, count = column in self.names, counts.get(column, 0)
            if not named and not count:
                gap = True
                continue
            belongs = named and not (gap and count == 0)
            if belongs and gap and self._is_repeated(column, right):
                self._beside_table(column, width, data)
                return left, right
            if belongs or count >= max(2, len(data) / 2):
                if not named and gap and self._own_header(column, data):
                    self._beside_table(column, width, data)
                    return left, right
                right, gap = column, False
                continue
            self._put_beside(column, data)
            gap = True
        beside = any(cell.kind == "beside" for cell in self.outside)
        return left, width if self.csv and not beside else right

    def _is_repeated(self, column: int, right: int) -> bool:
        """Whether the names after an empty column are mostly those before it."""
        row = self.last_header
        before = {fold(self.sheet.cell(row, c)) for c in range(1, right + 1)} - {""}
        after = {fold(self.sheet.cell(row, c)) for c in range(column, len(self.sheet.rows[row - 1]) + 1)} - {
            ""
        }
        return len(after) > 1 and len(after & before) / len(after) >= 0.5

    def _own_header(self, column: int, data: Sequence[int]) -> bool:
        """Whether nameless columns after a gap begin with a row of words above numbers."""
        rows = [row for row in data if column in self.sheet.filled[row - 1]]
        return len(rows) > 2 and not number_like(self.sheet.cell(rows[0], column)) and any(
            _is_numeric(self.sheet, c, rows[1:]) and not number_like(self.sheet.cell(rows[0], c))
            for c in self.sheet.filled[rows[0] - 1] if c >= column
        )  # fmt: skip

    def _beside_table(self, column: int, width: int, data: Sequence[int]) -> None:
        rows = [row for row in (*range(self.first, self.last_header + 1), *data)
                if any(c >= column for c in self.sheet.filled[row - 1])]  # fmt: skip
        self.others.append((rows[0], column, rows[-1], width))

    def _put_beside(self, column: int, data: Sequence[int]) -> None:
        for row in (*range(self.first, self.last_header + 1), *data):
            if column in self.sheet.filled[row - 1]:
                self.outside.append(Outside(row, column, "beside", self.sheet.cell(row, column)))


def _alike(some: set[str], others: set[str]) -> float:
    return len(some & others) / max(len(some | others), 1)
