"""What the rest of a table says about one doubtful cell: its column, its row, the file's name.

Every answer reads the table at most once for each column it needs.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from odtool.model import Field, Finding, Match, Table
from odtool.municipality import Municipality, belongs, is_name, municipalities
from odtool.rules.cell.dates import iso_day
from odtool.rules.file import named_code
from odtool.rules.record import coordinate_swapped
from odtool.table.chunks import Oddities, chunks
from odtool.text import fold, narrow

_DAYS_NEEDED = 3  # real days that a column must hold before its numbers are taken for days
_LATER = dt.timedelta(1_462)  # by which the same number is a later day in a workbook that counts from 1904


@dataclass(slots=True)
class Evidence:
    table: Table
    match: Match | None
    name: str
    _columns: dict[int, Mapping[int, str]] = field(default_factory=dict)
    _days: dict[int, tuple[dt.date, dt.date] | None] = field(default_factory=dict)
    _exchanged: dict[tuple[int, int], bool] = field(default_factory=dict)
    _fields: dict[str, Field] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.match:
            self._fields = {wanted.name: wanted for wanted in self.match.dataset.fields}
            self._numbers = {m.field: m.column for m in self.match.mapping if m.field}

    def field(self, finding: Finding) -> Field:
        """The field that the finding's column stands for."""
        return self._fields.get(finding.field or "") or Field(finding.label or "")

    def column(self, number: int) -> Mapping[int, str]:
        """The cells of a column (from 1) by row; blank rows are left out."""
        if number not in self._columns:
            self._columns[number] = {
                row: cell
                for chunk in chunks(self.table, Oddities())
                for row, cell in zip(chunk.rows, chunk.columns[number - 1], strict=True)
            }
        return self._columns[number]

    def supports(self, finding: Finding) -> bool:
        """Whether the table bears out a suggestion that a value alone cannot make certain."""
        if finding.rule == "municipality-code":
            return self._supports_code(finding)
        return finding.rule != "excel-serial" or self._supports_serial(finding)

    # --- serial dates ------------------------------------------------------------------------------

    def _supports_serial(self, finding: Finding) -> bool:
        """Whether the column makes it certain that its five-digit number is the day suggested.

        It is one within the days that the column writes out, where nothing else stands in the column and the
        other way in which Excel counts days would lead out of them.
        """
        span = self._span(finding.column) if finding.column else None
        if span is None or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", finding.suggestion or ""):
            return False
        day = dt.date.fromisoformat(finding.suggestion or "")
        return span[0] <= day <= span[1] and not span[0] <= day + _LATER <= span[1]

    def _span(self, number: int) -> tuple[dt.date, dt.date] | None:
        """The first and the last day of a column that holds nothing but days and numbers that may be days."""
        if number not in self._days:
            texts = [cell for cell in self.column(number).values() if cell.strip()]
            days = [day for text in texts if (day := iso_day(text))]
            numbers = sum(re.fullmatch(r"[1-9][0-9]{4}(?:\.0+)?", text.strip()) is not None for text in texts)
            enough = len(days) >= _DAYS_NEEDED and len(days) + numbers == len(texts)
            ends = (dt.date.fromisoformat(min(days)), dt.date.fromisoformat(max(days))) if enough else None
            self._days[number] = ends
        return self._days[number]

    # --- codes of municipalities -------------------------------------------------------------------

    def _supports_code(self, finding: Finding) -> bool:
        """Whether the code suggested is only a matter of width, or what else is known speaks for it."""
        code, row, number = finding.suggestion or "", finding.row, finding.column
        if len(narrow(finding.value or "")) == len(code):
            return True
        place = municipalities().get(code)
        if place is None or row is None or number is None:
            return False
        voices = [
            *self._file_name(code),
            *self._names(place, row, finding.field or ""),
            *self._others(code, number),
        ]
        return bool(voices) and all(voices)

    def _file_name(self, code: str) -> Iterator[bool]:
        named = named_code(self.name)
        if named in municipalities():
            yield belongs(code, named) or belongs(named, code)

    def _names(self, place: Municipality, row: int, name: str) -> Iterator[bool]:
        group = name.rpartition("_")[0]
        for other, number in self._numbers.items():
            text = self.column(number).get(row, "") if other.rpartition("_")[0] == group else ""
            if not text.strip():
                continue
            kind = self._fields[other].kind
            if kind == "prefecture-name":
                yield fold(text) == fold(place.prefecture)
            elif kind == "municipality-name":
                yield is_name(text, place)
            elif kind == "organization-name":
                yield fold(place.city or place.prefecture) in fold(text)

    def _others(self, code: str, number: int) -> Iterator[bool]:
        others = set(self.column(number).values()) & municipalities().keys()
        if others:
            yield any(other[:2] == code[:2] for other in others)

    # --- coordinates -------------------------------------------------------------------------------

    def swapped(self, finding: Finding) -> tuple[tuple[tuple[int, int], str, str], ...]:
        """Both cells of the row with what belongs there, where every row of the two columns is exchanged.

        Each is (row, column), before, after. Empty where a row is right, or has only one of the two.
        """
        latitude = finding.column
        partner = self._numbers.get((finding.field or "").replace("緯度", "経度"))
        if latitude is None or finding.row is None or partner is None or partner == latitude:
            return ()
        if not self._all_exchanged(latitude, partner):
            return ()
        north, east = self.column(latitude)[finding.row], self.column(partner)[finding.row]
        return ((finding.row, latitude), north, east), ((finding.row, partner), east, north)

    def _all_exchanged(self, latitude: int, longitude: int) -> bool:
        pair = (latitude, longitude)
        if pair not in self._exchanged:
            north, east = self.column(latitude), self.column(longitude)
            rows = {(north[row], east[row]) for row in north if north[row].strip() or east[row].strip()}
            self._exchanged[pair] = all(any(coordinate_swapped.check(*both)) for both in rows)
        return self._exchanged[pair]
