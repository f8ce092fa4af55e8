"""The sheet of one body: its datasets, what can be done soonest first, each with why and the next step.

Also the look that all sheets share. Every text is written as a text: nothing from a portal is ever a formula.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from string import ascii_uppercase
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from odtool.coverage.cell import Cell
from odtool.coverage.matrix import Coverage, Row
from odtool.page import UNWRITABLE, choose
from odtool.report.coverage_begin import Missing, Popular, is_missing, missing
from odtool.report.coverage_words import MARKS, WORDS, next_step, state, why
from odtool.text import visible, width

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""How every workbook is made: what a portal writes stays a text."""
LONGEST = 1000  # characters in a cell
FORBIDDEN = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
"""What the name of a sheet cannot hold."""
_COLOURS = {
    "published": ("#E6F4EA", "#12633A"),
    "published-warnings": ("#FFF3E0", "#8A3D00"),
    "published-errors": ("#FDE7E7", "#A80000"),
    "stale": ("#FFF8C5", "#6B5300"),
    "not-seen": ("#EDEDED", "#4D4D4D"),
    "refused": ("#F3EAFB", "#5C2D91"),
    "ready": ("#E8F1FE", "#0017C1"),
    "none": ("#FFFFFF", "#626264"),
}
_ORDER = (
    "published-errors",
    "stale",
    "refused",
    "ready",
    "published-warnings",
    "not-seen",
    "none",
    "published",
)
"""What can be done soonest stands first."""
_HEADS = (
    "データセット",
    "状態",
    "理由",
    "次にすること",
    "必ず直す",
    "自動で直せる",
    "要改善",
    "データの日付",
    "公開先",
)
_HEADS_EN = (
    "Dataset",
    "State",
    "Why",
    "Next step",
    "To fix",
    "of them certain",
    "To improve",
    "Day of the data",
    "Where",
)
_WIDTHS = (25, 16, 38, 38, 7, 8, 7, 11, 28)
LINE = 15  # points that a line of 10 points takes
_MOST_LINES, _TALLEST = 8, 25  # of a cell; Excel makes no line higher than 409 points
HEAD = 3  # the line of the heads, from 0


# What follows makes of the same cells the same workbook as xlsxwriter alone, in a third of the time. It replaces methods
# that are not promised to anybody: were they called otherwise in a later version, nothing would change but the time.


class Book(xlsxwriter.Workbook):  # type: ignore[misc] # without types
    """A workbook whose sheets have names that are valid and different already: comparing each of 1,800 with all others
    takes as long as writing many of them."""

    def add_sheet(self, name: str) -> Any:
        return self.add_worksheet(name, worksheet_class=Sheet)

    def _check_sheetname(self, sheetname: str, is_chartsheet: bool = False) -> str:  # noqa: ARG002 - as it is called
        return sheetname


class Sheet(Worksheet):  # type: ignore[misc] # ditto
    """A worksheet that writes plain texts and numbers without the detours that other cells need."""

    put_text = getattr(Worksheet, "_write_string", Worksheet.write_string)
    put_number = getattr(Worksheet, "_write_number", Worksheet.write_number)
    """As the public methods, which also understand places such as A1."""

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        kind = type(cell).__name__
        if cell.format is None or self.constant_memory or kind not in ("String", "Number") or col >= len(_LETTERS):  # fmt: skip
            super()._write_cell(row, col, cell)
            return
        style = cell.format._get_xf_index()  # noqa: SLF001 - of the same library
        if kind == "String":
            self.fh.write(f'<c r="{_LETTERS[col]}{row + 1}" s="{style}" t="s"><v>{cell.string}</v></c>')
        else:
            self.fh.write(f'<c r="{_LETTERS[col]}{row + 1}" s="{style}"><v>{cell.number:.16G}</v></c>')

    def _calculate_spans(self) -> None:
        """A hint to readers, which none of them needs."""


_LETTERS = (*ascii_uppercase, *(one + other for one in ascii_uppercase for other in ascii_uppercase))


@lru_cache(maxsize=8192)  # the names and the advice are much the same for everybody
def text(value: str) -> str:
    """As it may stand in a cell."""
    shown = visible(value, LONGEST)
    return shown if shown.isprintable() else UNWRITABLE.sub("\ufffd", shown)


def cut(name: str, units: int) -> str:
    """The beginning of the name, in as many units of UTF-16, by which Excel counts: 𠮷 is two."""
    while len(name.encode("utf-16-le", "surrogatepass")) > 2 * units:
        name = name[:-1]
    return name


def look(book: Any) -> dict[str, Any]:
    """The formats by name; those of the cells by their state."""
    plain = {"font_name": "Yu Gothic", "font_size": 10, "valign": "top", "text_wrap": True}
    boxed = {**plain, "border": 1, "border_color": "#D6D6D6"}
    made = {
        "title": book.add_format({**plain, "bold": True, "font_size": 14, "text_wrap": False}),
        "head": book.add_format({**plain, "bold": True, "bg_color": "#F5F7FC", "bottom": 2, "bottom_color": "#0017C1"}),
        "text": book.add_format(boxed),
        "line": book.add_format({**plain, "text_wrap": False}),
        "number": book.add_format({**boxed, "num_format": "#,##0"}),
        "link": book.add_format({**boxed, "font_color": "#0017C1", "underline": 1, "text_wrap": False}),
        "day": book.add_format({**boxed, "align": "center"}),
        "address": book.add_format({**boxed, "font_size": 8}),
    }  # fmt: skip
    for name, (back, ink) in _COLOURS.items():
        made[name] = book.add_format({**boxed, "bg_color": back, "font_color": ink, "align": "center"})
    return made


def head(sheet: Any, line: int, heads: Iterable[str], formats: Mapping[str, Any]) -> None:
    for place, words in enumerate(heads):
        sheet.write_string(line, place, words, formats["head"])


def key(shown: Iterable[str], lang: str) -> str:
    """The marks of these states, and what they mean."""
    return "　".join(f"{MARKS[name]} {choose(lang, *WORDS[name])}" for name in shown)


def municipality(
    sheet: Any, row: Row, shown: Coverage, formats: Mapping[str, Any], lang: str, *, others: Popular
) -> int:
    """Fill the sheet of that body; the line below the table, from 0. `others` is who else publishes what.

    Where a number or an address is not known the cell stays empty: nothing was checked, which is not the same as 0.
    """
    day = shown.date.isoformat()
    sheet.write_string(0, 0, text(choose(lang, "{name}：次にすること（{day} 現在）", "{name}: what to do next (as of {day})", name=row.name, day=day)), formats["title"])  # fmt: skip
    sheet.write_string(1, 0, _summary(row, lang), formats["line"])
    sheet.set_row(0, 1.5 * LINE, formats["line"])
    for line in range(1, HEAD):
        sheet.set_row(line, LINE, formats["line"])
    head(sheet, HEAD, _HEADS_EN if lang == "en" else _HEADS, formats)
    entries = sorted(
        (entry for entry in zip(shown.columns, row.cells, strict=True) if not is_missing(entry[1])),
        key=lambda entry: (not entry[1].one_step, _ORDER.index(entry[1].state)),
    )
    sheet.set_default_row(2 * LINE)
    line = HEAD
    for column, cell in entries:
        line += 1
        _entry(sheet, line, (column.name, cell), shown.date, formats, lang=lang)
    for entry in missing(row, shown, others, lang):
        line += 1
        _missing(sheet, line, entry, formats, lang)
    for place, wide in enumerate(_WIDTHS):  # with the look of the cells that stay empty
        sheet.set_column(place, place, wide, formats["text"])
    sheet.freeze_panes(HEAD + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(0.4, 0.4, 0.5, 0.5)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD)
    sheet.print_area(0, 0, line, len(_WIDTHS) - 1)
    return line + 1


def _entry(
    sheet: Any, line: int, entry: tuple[str, Cell], today: date, formats: Mapping[str, Any], *, lang: str
) -> None:
    """The line of a dataset, by its name and cell, of which anything is known."""
    (name, cell), plain = entry, formats["text"]
    because, advice, url = text(why(cell, today, lang)), text(next_step(cell, lang)), text(cell.url)
    sheet.put_text(line, 0, text(name), plain)
    sheet.put_text(line, 1, f"{MARKS[cell.state]} {state(cell, lang)}", formats[cell.state])
    if because:
        sheet.put_text(line, 2, because, plain)
    if advice:
        sheet.put_text(line, 3, advice, plain)
    if judged(cell):
        for place, number in enumerate((cell.errors, cell.fixable, cell.warnings), 4):
            if number is not None:  # nobody tried what a repair would mend
                sheet.put_number(line, place, number, formats["number"])
    if cell.updated:
        sheet.put_text(line, 7, text(cell.updated), formats["day"])
    if url:
        sheet.put_text(line, 8, url, formats["address"])
    small = 1 if len(url) <= 84 else lines(url, 42)
    _room(sheet, line, max(lines(because, _WIDTHS[2]), lines(advice, _WIDTHS[3]), small))


def _missing(sheet: Any, line: int, entry: Missing, formats: Mapping[str, Any], lang: str) -> None:
    plain = formats["text"]
    sheet.put_text(line, 0, text(entry.name), plain)
    sheet.put_text(line, 1, f"{MARKS['none']} {choose(lang, *WORDS['none'])}", formats["none"])
    if entry.why:
        sheet.put_text(line, 2, text(entry.why), plain)
    sheet.put_text(line, 3, text(entry.step), plain)
    _room(sheet, line, max(lines(entry.why, _WIDTHS[2], _TALLEST), lines(entry.step, _WIDTHS[3])))


def _room(sheet: Any, line: int, tall: int) -> None:
    """Make the line higher where it takes that. Not every program looks for the height that a text needs; two lines are room for most."""
    if tall > 2:
        sheet.set_row(line, tall * LINE)


@lru_cache(maxsize=8192)
def lines(words: str, columns: int, most: int = _MOST_LINES) -> int:
    """The lines that the text takes in a column so wide."""
    return 1 if 2 * len(words) <= columns else min(most, -(-width(words) // columns))


def judged(cell: Cell) -> bool:
    """Whether anybody looked into the file, so that its numbers mean something."""
    return cell.state not in ("none", "not-seen") and not cell.dead


def _summary(row: Row, lang: str) -> str:
    steps = sum(cell.one_step for cell in row.cells)
    said = choose(lang, "公開している標準データセット {n}／{all}　全 {d:,} データセット {f:,} ファイル", "Standard datasets published {n} of {all}   in all {d:,} datasets, {f:,} files", n=row.published, all=len(row.cells), d=row.body.datasets, f=row.body.files)  # fmt: skip
    return said + (choose(lang, "　あと一歩 {n} 件", "   one step from valid {n}", n=steps) if steps else "")
