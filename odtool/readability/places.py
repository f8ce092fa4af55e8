"""Ranges as a spreadsheet names them, and findings of the ordinary rules as places."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from odtool.messages import said
from odtool.model import Finding
from odtool.readability.facts import Column, Sheet
from odtool.readability.model import Place, Words
from odtool.text import column_letter, visible


def runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Consecutive numbers joined: 1, 2, 3, 7 → (1, 3), (7, 7)."""
    for _, group in groupby(enumerate(sorted(set(numbers))), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        yield run[0], run[-1]


def cells(column: int, rows: Iterable[int]) -> tuple[str, ...]:
    """D4:D9, D12."""
    letter = column_letter(column)
    return tuple(f"{letter}{a}" if a == b else f"{letter}{a}:{letter}{b}" for a, b in runs(rows))


def rows(numbers: Iterable[int]) -> tuple[str, ...]:
    """Whole rows: 4:4, 7:9."""
    return tuple(f"{a}:{b}" for a, b in runs(numbers))


def columns(numbers: Iterable[int]) -> tuple[str, ...]:
    """Whole columns: C:C, F:H."""
    return tuple(f"{column_letter(a)}:{column_letter(b)}" for a, b in runs(numbers))


def area(top: int, left: int, bottom: int, right: int) -> str:
    first, last = f"{column_letter(left)}{top}", f"{column_letter(right)}{bottom}"
    return first if first == last else f"{first}:{last}"


def in_column(
    sheet: Sheet, column: Column, values: Sequence[str], ja: str, en: str, *, note: bool = False
) -> Place:
    """Cells of one column that hold these values; the first is the example, {value} in the words."""
    found = [row for value in values for row in column.values[value]]
    shown = visible(values[0])
    name, fill = visible(column.label, 40), {"value": shown, "label": visible(column.label, 40)}
    return Place(
        Words(f"「{name}」の列: {_filled(ja, fill)}", f"Column “{name}”: {_filled(en, fill)}"),
        cells(column.number, found), sheet.name, len(found), values[0], note,
    )  # fmt: skip


def listed(names: Iterable[str], most: int = 5) -> Words:
    """The first of some names from a file, and whether there are more."""
    found = [visible(name, 20) for name in names]
    more = len(found) > most
    return Words(
        "、".join(found[:most]) + (" ほか" if more else ""), ", ".join(found[:most]) + (" …" if more else "")
    )


def _filled(text: str, parts: dict[str, str]) -> str:
    """Filled by replacement: a cell's braces are no fields of ours."""
    for key, value in parts.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def of_findings(sheet: Sheet, findings: Iterable[Finding], note: bool = False) -> Iterator[Place]:
    """Findings of the ordinary rules, those of one rule and column as one place."""
    groups: dict[tuple[str, int | None], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.column), []).append(finding)
    for (_, column), group in groups.items():
        first = group[0]
        numbers = [finding.row for finding in group if finding.row]
        if column and numbers:
            where = cells(column, numbers)
        elif column:
            where = columns([column])
        else:
            where = rows(numbers)
        name = visible(first.label, 40) if first.label else ""
        words = Words(
            (f"「{name}」の列: " if name else "") + said(first, "ja"),
            (f"Column “{name}”: " if name else "") + said(first, "en"),
        )
        yield Place(words, where, sheet.name, len(group), first.value, note)


def header_row(sheet: Sheet) -> int:
    """The row that holds the names; the last of them where they take several."""
    assert sheet.layout
    return sheet.layout.header[1]


def header_cell(sheet: Sheet, column: Column) -> tuple[str, ...]:
    """The cell of the column's name."""
    return (f"{column_letter(column.number)}{header_row(sheet)}",)
