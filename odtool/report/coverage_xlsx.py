"""Who has published what, as a workbook: an overview, the targets, and for every municipality what it does next.

Every text is written as a text: nothing from a portal is ever a formula, and nothing leads outside.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from odtool.coverage.matrix import Coverage, Overview, Row
from odtool.page import UNWRITABLE, choose
from odtool.report.coverage_begin import popular
from odtool.report.coverage_csv import in_table
from odtool.report.coverage_sheet import (
    FORBIDDEN,
    LINE,
    OPTIONS,
    Book,
    cut,
    head,
    key,
    lines,
    look,
    municipality,
    text,
)
from odtool.report.coverage_text import asides, title
from odtool.report.coverage_words import MARKS, basis, forecast, share
from odtool.text import percent, visible

ACROSS = 15
"""Datasets on a sheet of A3."""
WIDE = 9  # the column of a dataset


def coverage_xlsx(overview: Overview, lang: str) -> bytes:
    """The workbook."""
    out = BytesIO()
    with Book(out, OPTIONS) as book:
        shown = overview.coverage
        book.set_properties({"title": title(shown, lang), "created": _midday(shown)})
        formats, others = look(book), popular(shown)

        names = _names([choose(lang, "一覧", "Overview"), choose(lang, "目標と推移", "Targets"), choose(lang, "団体", "Bodies")], shown.bodies)  # fmt: skip
        _matrix(book.add_sheet(names[0]), shown, names[3:], formats, lang)
        _targets(book.add_sheet(names[1]), overview, formats, lang)
        _bodies(book.add_sheet(names[2]), shown, formats, lang)
        for row, name in zip(shown.bodies, names[3:], strict=True):
            municipality(book.add_sheet(name), row, shown, formats, lang, others=others)
    return out.getvalue()


def _midday(shown: Coverage) -> Any:
    """The same table is the same workbook, byte for byte."""
    from datetime import datetime

    return datetime(shown.date.year, shown.date.month, shown.date.day, 12)  # noqa: DTZ001 - Excel knows no zones


def _names(first: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """A name for every sheet: 31 characters at most as Excel counts them, each once whatever the case."""
    names: list[str] = []
    taken: set[str] = set()
    for wanted in [*first, *(row.name for row in rows)]:
        bare = FORBIDDEN.sub("_", UNWRITABLE.sub("_", visible(wanted, 100))).strip() or "_"
        name, number = cut(bare, 31), 2
        while name.casefold() in taken or name.casefold() == "history":  # which Excel keeps for itself
            name, number = f"{cut(bare, 25)} ({number})", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _matrix(sheet: Any, shown: Coverage, names: Sequence[str], formats: dict[str, Any], lang: str) -> None:
    day = shown.date.isoformat()
    heading = f"{title(shown, lang)}（{day}）" if lang != "en" else f"{title(shown, lang)} ({day})"
    totals = shown.totals
    counted = choose(lang, "取組率 {p}%（{s:,}／{m:,} 市区町村）　公開 {n:,} 件　あと一歩 {o:,} 件　全 {d:,} データセット {f:,} ファイル", "{p}% have started ({s:,} of {m:,})   published {n:,}   one step {o:,}   in all {d:,} datasets, {f:,} files", p=percent(totals.started / totals.municipalities) if totals.municipalities else 0, s=totals.started, m=totals.municipalities, n=totals.published, o=totals.one_step, d=totals.datasets, f=totals.files)  # fmt: skip
    marks = f"{key(MARKS, lang)}　★ {choose(lang, 'あと一歩', 'one step')}"
    sheet.write_string(0, 0, text(heading), formats["title"])
    sheet.write_string(1, 0, counted, formats["line"])
    sheet.write_string(2, 0, marks, formats["line"])
    heads = [choose(lang, "団体コード", "Code"), choose(lang, "団体名", "Body"), choose(lang, "公開", "Published"), *(column.name for column in shown.columns)]  # fmt: skip
    head(sheet, 4, [text(words) for words in heads], formats)
    sheet.set_row(0, 1.5 * LINE)
    sheet.set_row(
        4, LINE * max(lines(column.name, WIDE) for column in shown.columns) if shown.columns else None
    )
    for line, (row, name) in enumerate(zip(shown.bodies, names, strict=True), 5):
        sheet.put_text(line, 0, text(row.code), formats["text"])
        sheet.write_url(line, 1, f"internal:'{name}'!A1", formats["link"], text(row.name))
        sheet.put_number(line, 2, row.published, formats["number"])
        for place, cell in enumerate(row.cells, 3):
            one_step = "★" if cell.one_step else ""
            sheet.put_text(line, place, MARKS[cell.state] + one_step, formats[cell.state])
    last = 4 + len(shown.bodies)
    sheet.autofilter(4, 0, last, len(heads) - 1)
    sheet.freeze_panes(5, 3)
    sheet.set_column(0, 0, 11)
    sheet.set_column(1, 1, 18)
    sheet.set_column(2, 2, 8)
    sheet.set_column(3, len(heads) - 1, WIDE)
    sheet.set_landscape()
    # On A3, side by side as many sheets as it takes to read it; the names, the heads, the title and the key stand on each.
    sheet.set_paper(8)
    sheet.set_margins(0.4, 0.4, 0.9, 0.6)
    sheet.set_print_scale(80)
    # A blank, or a number would be part of the size.
    sheet.set_header(f"&L&14{_plain(heading)}\n&10 {_plain(counted)}")
    sheet.set_footer(f"&L{_plain(marks)}&R&P / &N")
    sheet.set_v_pagebreaks(range(3 + ACROSS, len(heads), ACROSS))
    sheet.repeat_rows(4)
    sheet.repeat_columns(0, 2)
    told = [*asides(shown, lang), *basis(shown.looked, lang)]
    for offset, words in enumerate(told, last + 2):
        sheet.write_string(offset, 0, text(words), formats["line"])
    sheet.print_area(4, 0, last + 1 + len(told), len(heads) - 1)


def _plain(words: str) -> str:
    """As it may stand in a header or footer of a sheet, where & begins a command."""
    return text(words).replace("&", "&&")


def _targets(sheet: Any, overview: Overview, formats: dict[str, Any], lang: str) -> None:
    heads = (choose(lang, "目標", "Target"), choose(lang, "現在", "Now"), choose(lang, "見込み", "Forecast"))
    head(sheet, 0, heads, formats)
    line = 1
    for aim in overview.targets:
        for place, words in enumerate((aim.target.name, share(aim, lang), forecast(aim, lang))):
            sheet.write_string(line, place, text(words), formats["text"])
        line += 1
    if not overview.targets:
        sheet.write_string(line, 0, choose(lang, "目標は設定されていません（odtool.toml の [targets]）。", "No targets are set ([targets] in odtool.toml)."), formats["line"])  # fmt: skip
        line += 1
    line += 1
    labels = ("日", "取組済の市区町村", "標準データセット 公開", "うち適合", "全データセット", "全ファイル") if lang != "en" else ("Day", "Municipalities started", "Standard datasets", "of them valid", "All datasets", "All files")  # fmt: skip
    head(sheet, line, labels, formats)
    for point in overview.points:
        line += 1
        sheet.write_string(line, 0, point.day, formats["text"])
        for place, number in enumerate((point.started, point.published, point.valid, point.datasets, point.files), 1):  # fmt: skip
            sheet.write_number(line, place, number, formats["number"])
    line += 2
    head(
        sheet, line, (choose(lang, "固定した記録", "Snapshot"), choose(lang, "日", "Day"), "SHA-256"), formats
    )
    for frozen in overview.snapshots:
        line += 1
        for place, words in enumerate((frozen.name, frozen.day, frozen.sha256)):
            sheet.write_string(line, place, text(words), formats["text"])
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 22)
    sheet.set_column(2, 2, 60)
    sheet.set_column(3, 5, 16)


def _bodies(sheet: Any, shown: Coverage, formats: dict[str, Any], lang: str) -> None:
    heads = ("団体名", "公開データセット数", "主な公開データ", "ファイル数", "団体コード") if lang != "en" else ("Body", "Datasets", "Main data", "Files", "Code")  # fmt: skip
    head(sheet, 0, heads, formats)
    for line, row in enumerate(in_table(shown), 1):
        sheet.write_string(line, 0, text(row.name), formats["text"])
        sheet.write_number(line, 1, row.body.datasets, formats["number"])
        sheet.write_string(line, 2, text("、".join(row.body.main)), formats["text"])
        sheet.write_number(line, 3, row.body.files, formats["number"])
        sheet.write_string(line, 4, text(row.code), formats["text"])
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 18)
    sheet.set_column(2, 2, 80)
    sheet.set_column(3, 4, 12)
