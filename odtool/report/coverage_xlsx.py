"""Who has published what, as a workbook: an overview, the targets, and for every municipality what it does next.

Every text is written as a text: nothing from a portal is ever a formula, and nothing leads outside.
"""

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import xlsxwriter

from odtool.coverage.matrix import Coverage, Overview, Row
from odtool.page import UNWRITABLE, choose, percent
from odtool.report.coverage_csv import in_table
from odtool.report.coverage_text import asides, title
from odtool.report.coverage_words import MARKS, WORDS, basis, forecast, next_step, share, state, why
from odtool.text import visible

LONGEST = 1000  # characters in a cell
_FORBIDDEN = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
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


def coverage_xlsx(overview: Overview, lang: str) -> bytes:
    """The workbook."""
    out = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        shown = overview.coverage
        book.set_properties({"title": title(shown, lang), "created": _midday(shown)})
        look = _look(book)
        names = _names([choose(lang, "一覧", "Overview"), choose(lang, "目標と推移", "Targets"), choose(lang, "団体", "Bodies")], shown.bodies)  # fmt: skip
        _matrix(book.add_worksheet(names[0]), shown, names[3:], look, lang)
        _targets(book.add_worksheet(names[1]), overview, look, lang)
        _bodies(book.add_worksheet(names[2]), shown, look, lang)
        for row, name in zip(shown.bodies, names[3:], strict=True):
            _municipality(book.add_worksheet(name), row, shown, look, lang)
    return out.getvalue()


def _midday(shown: Coverage) -> Any:
    """The same table is the same workbook, byte for byte."""
    from datetime import datetime

    return datetime(shown.date.year, shown.date.month, shown.date.day, 12)  # noqa: DTZ001 - Excel knows no zones


def _look(book: Any) -> dict[str, Any]:
    plain = {"font_name": "Yu Gothic", "font_size": 10, "valign": "top", "text_wrap": True}
    look = {
        "title": book.add_format({**plain, "bold": True, "font_size": 14, "text_wrap": False}),
        "head": book.add_format({**plain, "bold": True, "bg_color": "#F5F7FC", "bottom": 2, "bottom_color": "#0017C1"}),
        "text": book.add_format({**plain, "border": 1, "border_color": "#D6D6D6"}),
        "line": book.add_format({**plain, "text_wrap": False}),
        "number": book.add_format({**plain, "border": 1, "border_color": "#D6D6D6", "num_format": "#,##0"}),
        "link": book.add_format({**plain, "border": 1, "border_color": "#D6D6D6", "font_color": "#0017C1", "underline": 1, "text_wrap": False}),
    }  # fmt: skip
    for name, (back, ink) in _COLOURS.items():
        look[name] = book.add_format({**plain, "border": 1, "border_color": "#D6D6D6", "bg_color": back, "font_color": ink, "align": "center"})  # fmt: skip
    return look


def _names(first: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """A name for every sheet: 31 characters at most, each once whatever the case."""
    names: list[str] = []
    taken: set[str] = set()
    for wanted in [*first, *(row.name for row in rows)]:
        bare = _FORBIDDEN.sub("_", visible(wanted, 100)).strip() or "_"
        name, number = bare[:31], 2
        while name.casefold() in taken or name.casefold() == "history":  # which Excel keeps for itself
            name, number = f"{bare[:25]} ({number})", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _text(value: str) -> str:
    return UNWRITABLE.sub("\ufffd", visible(value, LONGEST)) if value else ""


def _matrix(sheet: Any, shown: Coverage, names: Sequence[str], look: dict[str, Any], lang: str) -> None:
    day = shown.date.isoformat()
    sheet.write_string(0, 0, _text(f"{title(shown, lang)}（{day}）" if lang != "en" else f"{title(shown, lang)} ({day})"), look["title"])  # fmt: skip
    totals = shown.totals
    sheet.write_string(1, 0, choose(lang, "取組率 {p}%（{s:,}／{m:,} 市区町村）　公開 {n:,} 件　あと一歩 {o:,} 件　全 {d:,} データセット {f:,} ファイル", "{p}% have started ({s:,} of {m:,})   published {n:,}   one step {o:,}   in all {d:,} datasets, {f:,} files", p=percent(totals.started / totals.municipalities) if totals.municipalities else 0, s=totals.started, m=totals.municipalities, n=totals.published, o=totals.one_step, d=totals.datasets, f=totals.files), look["line"])  # fmt: skip
    key = "　".join(f"{MARKS[name]} {choose(lang, *WORDS[name])}" for name in MARKS)
    sheet.write_string(2, 0, key, look["line"])
    heads = [choose(lang, "団体コード", "Code"), choose(lang, "団体名", "Body"), choose(lang, "公開", "Published"), *(column.name for column in shown.columns)]  # fmt: skip
    for place, head in enumerate(heads):
        sheet.write_string(4, place, _text(head), look["head"])
    for line, (row, name) in enumerate(zip(shown.bodies, names, strict=True), 5):
        sheet.write_string(line, 0, _text(row.code), look["text"])
        sheet.write_url(line, 1, f"internal:'{name}'!A1", look["link"], _text(row.name))
        sheet.write_number(line, 2, row.published, look["number"])
        for place, cell in enumerate(row.cells, 3):
            one_step = "★" if cell.one_step else ""
            sheet.write_string(line, place, MARKS[cell.state] + one_step, look[cell.state])
    last = 4 + len(shown.bodies)
    sheet.autofilter(4, 0, last, len(heads) - 1)
    sheet.freeze_panes(5, 3)
    sheet.set_column(0, 0, 11)
    sheet.set_column(1, 1, 18)
    sheet.set_column(2, 2, 8)
    sheet.set_column(3, len(heads) - 1, 11)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(4)
    for offset, words in enumerate([*asides(shown, lang), *basis(shown.looked, lang)], last + 2):
        sheet.write_string(offset, 0, _text(words), look["line"])


def _targets(sheet: Any, overview: Overview, look: dict[str, Any], lang: str) -> None:
    heads = (choose(lang, "目標", "Target"), choose(lang, "現在", "Now"), choose(lang, "見込み", "Forecast"))
    _head(sheet, 0, heads, look)
    line = 1
    for aim in overview.targets:
        for place, words in enumerate((aim.target.name, share(aim, lang), forecast(aim, lang))):
            sheet.write_string(line, place, _text(words), look["text"])
        line += 1
    if not overview.targets:
        sheet.write_string(line, 0, choose(lang, "目標は設定されていません（odtool.toml の [targets]）。", "No targets are set ([targets] in odtool.toml)."), look["line"])  # fmt: skip
        line += 1
    line += 1
    labels = ("日", "取組済の市区町村", "標準データセット 公開", "うち適合", "全データセット", "全ファイル") if lang != "en" else ("Day", "Municipalities started", "Standard datasets", "of them valid", "All datasets", "All files")  # fmt: skip
    _head(sheet, line, labels, look)
    for point in overview.points:
        line += 1
        sheet.write_string(line, 0, point.day, look["text"])
        for place, number in enumerate((point.started, point.published, point.valid, point.datasets, point.files), 1):  # fmt: skip
            sheet.write_number(line, place, number, look["number"])
    line += 2
    _head(sheet, line, (choose(lang, "固定した記録", "Snapshot"), choose(lang, "日", "Day"), "SHA-256"), look)
    for frozen in overview.snapshots:
        line += 1
        for place, words in enumerate((frozen.name, frozen.day, frozen.sha256)):
            sheet.write_string(line, place, _text(words), look["text"])
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 22)
    sheet.set_column(2, 2, 60)
    sheet.set_column(3, 5, 16)


def _bodies(sheet: Any, shown: Coverage, look: dict[str, Any], lang: str) -> None:
    heads = ("団体名", "公開データセット数", "主な公開データ", "ファイル数", "団体コード") if lang != "en" else ("Body", "Datasets", "Main data", "Files", "Code")  # fmt: skip
    _head(sheet, 0, heads, look)
    for line, row in enumerate(in_table(shown), 1):
        sheet.write_string(line, 0, _text(row.name), look["text"])
        sheet.write_number(line, 1, row.body.datasets, look["number"])
        sheet.write_string(line, 2, _text("、".join(row.body.main)), look["text"])
        sheet.write_number(line, 3, row.body.files, look["number"])
        sheet.write_string(line, 4, _text(row.code), look["text"])
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 18)
    sheet.set_column(2, 2, 80)
    sheet.set_column(3, 4, 12)


def _municipality(sheet: Any, row: Row, shown: Coverage, look: dict[str, Any], lang: str) -> None:
    day = shown.date.isoformat()
    sheet.write_string(0, 0, _text(choose(lang, "{name}：次にすること（{day} 現在）", "{name}: what to do next (as of {day})", name=row.name, day=day)), look["title"])  # fmt: skip
    sheet.write_string(1, 0, choose(lang, "公開している標準データセット {n}／{all}　全 {d:,} データセット {f:,} ファイル", "Standard datasets published {n} of {all}   in all {d:,} datasets, {f:,} files", n=row.published, all=len(row.cells), d=row.body.datasets, f=row.body.files), look["line"])  # fmt: skip
    heads = ("データセット", "状態", "理由", "次にすること", "必ず直す", "うち自動で直せる", "要改善", "データの日付", "公開先") if lang != "en" else ("Dataset", "State", "Why", "Next step", "To fix", "of them certain", "To improve", "Day of the data", "Where")  # fmt: skip
    _head(sheet, 3, heads, look)
    entries = sorted(
        zip(shown.columns, row.cells, strict=True),
        key=lambda entry: (not entry[1].one_step, _ORDER.index(entry[1].state)),
    )
    for line, (column, cell) in enumerate(entries, 4):
        sheet.write_string(line, 0, _text(column.name), look["text"])
        sheet.write_string(line, 1, f"{MARKS[cell.state]} {state(cell, lang)}", look[cell.state])
        sheet.write_string(line, 2, _text(why(cell, shown.date, lang)), look["text"])
        sheet.write_string(line, 3, _text(next_step(cell, lang)), look["text"])
        for place, number in enumerate((cell.errors, cell.fixable, cell.warnings), 4):
            sheet.write_number(line, place, number, look["number"])
        sheet.write_string(line, 7, _text(cell.updated), look["text"])
        sheet.write_string(line, 8, _text(cell.url), look["text"])
    sheet.freeze_panes(4, 1)
    for place, columns in enumerate((26, 16, 48, 48, 9, 9, 9, 13, 40)):
        sheet.set_column(place, place, columns)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3)


def _head(sheet: Any, line: int, heads: Sequence[str], look: dict[str, Any]) -> None:
    for place, head in enumerate(heads):
        sheet.write_string(line, place, head, look["head"])
