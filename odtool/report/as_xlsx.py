"""One report → a workbook: the verdict, the findings, and the judged table with the faulty cells coloured and noted.

Everything is written as text: nothing in it is calculated and nothing leads outside. Rows and columns are where
they are in the file, so that «3行目 D列» is cell D3. Rows are written as they come and not kept.
"""

import datetime as dt
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import xlsxwriter

from odtool import __version__, words
from odtool.messages import said
from odtool.model import SEVERITIES, FileReport, Finding, Severity
from odtool.page import UNWRITABLE
from odtool.report.as_text import verdict
from odtool.report.told import (
    PERSONAL,
    advice,
    causes,
    row_of,
    severity_word,
    suggested,
    unlisted,
    unlisted_sentence,
)
from odtool.text import column_letter, visible, width

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet
LONGEST_CELL = 32_000  # a cell holds 32,767 characters
LONGEST_NOTE = 1_000
MOST_NOTES = 5_000  # Excel opens a sheet with many more very slowly
MOST_LINKS = 65_000  # a sheet holds 65,530

_FILLS: dict[Severity, str] = {"error": "#FFC7CE", "warning": "#FFE699", "hint": "#DDEBF7"}
_SHEETS = {"ja": ("結果", "指摘一覧", "表"), "en": ("Verdict", "Findings", "Table")}
_COLUMNS = {
    "ja": ("場所", "行", "列", "項目名", "今の値", "指摘", "直し方の案", "規則"),
    "en": ("place", "row", "column", "name", "value", "finding", "suggestion", "rule"),
}
_WIDTHS = (10, 8, 8, 24, 28, 80, 28, 24)
# XML cannot hold these even in the escaped form that workbooks have for controls.
_UNWRITABLE = re.compile("[\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

Marks = Mapping[int, Mapping[int, Sequence[Finding]]]
"""By row and column (from 1): the findings there."""


def as_xlsx(report: FileReport, records: Iterable[Sequence[str]], date: str, lang: str) -> bytes:
    """The workbook. `records` are all those of the judged sheet, `date` the ISO day of the judgement."""
    lang = "en" if lang == "en" else "ja"
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"author": "odtool", "created": dt.datetime.fromisoformat(f"{date}T00:00:00+00:00")})
    first, second, third = (book.add_worksheet(name) for name in _SHEETS[lang])
    formats = _Formats(book)
    marks = _marks(report)
    noted = _noted(marks)
    remarks = _table(third, formats, report, records=records, marks=marks, noted=noted, lang=lang)
    if len(noted) < sum(map(len, marks.values())):
        remarks.append(_choose(lang, f"説明のメモは{MOST_NOTES:,}個までです。ほかの色付きのセルの説明は「指摘一覧」にあります。",
                               f"There are {MOST_NOTES:,} notes; what is wrong in the other coloured cells is listed in “Findings”."))  # fmt: skip
    if any(rule.startswith(PERSONAL) for rule in report.totals):
        remarks.append(_choose(lang, "「表」のシートは元のファイルの写しです。個人情報が含まれることがあるので、このブックも公開しないでください。",
                               "The sheet “Table” is a copy of the file, with any personal data in it: do not publish this book either."))  # fmt: skip
    remarks += [unlisted_sentence(rule, number, lang) for rule, number in unlisted(report).items()]
    _findings(second, formats, report, lang)
    _verdict(first, formats, report, date=date, remarks=remarks, lang=lang)
    book.close()
    return out.getvalue()


def _choose(lang: str, ja: str, en: str) -> str:
    return en if lang == "en" else ja


class _Formats:
    """The looks that the sheets share."""

    def __init__(self, book: Any) -> None:
        text = {"num_format": "@", "valign": "top", "font_size": 10}
        self.text = book.add_format(text)
        self.wrapped = book.add_format({**text, "text_wrap": True})
        self.head = book.add_format({**text, "bold": True, "bg_color": "#F2F2F2", "bottom": 1})
        self.title = book.add_format({**text, "bold": True, "font_size": 14, "text_wrap": True})
        self.link = book.add_format({**text, "font_color": "#0017C1", "underline": 1})
        self.marked = {
            s: book.add_format({**text, "bg_color": fill, "border": 1}) for s, fill in _FILLS.items()
        }
        self.group = {
            s: book.add_format({**text, "bg_color": fill, "bold": True, "text_wrap": True})
            for s, fill in _FILLS.items()
        }


def _marks(report: FileReport) -> Marks:
    marks: dict[int, dict[int, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in report.findings:
        row = row_of(report, finding)
        if row is not None:
            marks[row][finding.column or 1].append(finding)
    return marks


def _noted(marks: Marks) -> frozenset[tuple[int, int]]:
    """The cells that get a note: all, or the severest."""
    places = [
        (SEVERITIES.index(_worst(found)), row, column)
        for row, columns in marks.items()
        for column, found in columns.items()
    ]
    return frozenset((row, column) for _, row, column in islice(sorted(places), MOST_NOTES))


def _worst(findings: Sequence[Finding]) -> Severity:
    return min((finding.severity for finding in findings), key=SEVERITIES.index)


def _table(
    sheet: Any,
    formats: _Formats,
    report: FileReport,
    *,
    records: Iterable[Sequence[str]],
    marks: Marks,
    noted: frozenset[tuple[int, int]],
    lang: str,
) -> list[str]:
    """Write the judged table; what must be said of it."""
    rows = left_out = cut = 0
    for row, record in enumerate(records, 1):
        if row > MOST_ROWS:
            left_out += 1
            continue
        rows = row
        found = marks.get(row, {})
        cut += max(0, len(record) - MOST_COLUMNS)
        for column in range(1, min(MOST_COLUMNS, max([len(record), *found])) + 1):
            cell = record[column - 1] if column <= len(record) else ""
            cut += len(cell) > LONGEST_CELL
            here = found.get(column)
            if here or cell:
                form = (
                    formats.marked[_worst(here)]
                    if here
                    else formats.head
                    if row == report.header_row
                    else formats.text
                )
                _write(sheet, row - 1, column - 1, cell, form)
            if here and (row, column) in noted:
                _note(sheet, row - 1, column - 1, here, lang)
        if row == report.header_row:
            for column, label in enumerate(record[:MOST_COLUMNS]):
                sheet.set_column(column, column, min(40, max(8, width(visible(label)) + 2)))
    if report.header_row and rows:
        sheet.freeze_panes(report.header_row, 0)
    remarks = []
    if not rows:
        remarks.append(_choose(lang, "ファイルを表として読み直せないため、「表」のシートは空です。",
                               "The file cannot be read (again) as a table, so the sheet “Table” is empty."))  # fmt: skip
    if left_out:
        remarks.append(_choose(lang, f"シートに収まらない{left_out:,}行は載せていません。",
                               f"{left_out:,} rows that a sheet cannot hold are left out."))  # fmt: skip
    if cut:
        remarks.append(_choose(lang, f"長すぎるなどで収まらないセルが{cut:,}個あり、途中まで載せるか省いています。",
                               f"{cut:,} cells that a sheet cannot hold are cut or left out."))  # fmt: skip
    return remarks


def _write(sheet: Any, row: int, column: int, text: str, form: Any) -> None:
    """Text, whatever it looks like."""
    if not text:
        sheet.write_blank(row, column, None, form)
        return
    cut = text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
    sheet.write_string(row, column, _UNWRITABLE.sub("\ufffd", cut), form)


def _note(sheet: Any, row: int, column: int, findings: Sequence[Finding], lang: str) -> None:
    text = "\n".join(f"【{severity_word(f.severity, lang)}】{advice(f, lang)}" for f in findings)
    text = UNWRITABLE.sub("\ufffd", text if len(text) <= LONGEST_NOTE else f"{text[:LONGEST_NOTE]}…")
    lines = sum(1 + width(line) // 44 for line in text.split("\n"))
    look = {"author": "odtool", "width": 300, "height": min(400, 20 + 18 * lines), "font_size": 9}
    sheet.write_comment(row, column, text, look)


def _findings(sheet: Any, formats: _Formats, report: FileReport, lang: str) -> None:
    for column, (label, wide) in enumerate(zip(_COLUMNS[lang], _WIDTHS, strict=True)):
        sheet.set_column(column, column, wide)
        _write(sheet, 0, column, label, formats.head)
    sheet.freeze_panes(1, 0)
    line, links = 1, 0
    for severity, rule, found in causes(report.findings):
        if line + len(found) + 1 >= MOST_ROWS:
            break
        label = visible(found[0].label or "")
        named = _choose(lang, f"「{label}」", f" “{label}”") if label else ""
        count = _choose(lang, f"{len(found):,}件", f"({len(found):,})")
        _write(
            sheet, line, 0, f"{severity_word(severity, lang)} {rule}{named} {count}", formats.group[severity]
        )
        for column in range(1, len(_COLUMNS[lang])):
            sheet.write_blank(line, column, None, formats.group[severity])
        line += 1
        for finding in found:
            sheet.set_row(line, None, None, {"level": 1})
            row = row_of(report, finding)
            if row is not None and row <= MOST_ROWS and (finding.column or 1) <= MOST_COLUMNS:
                cell = f"{column_letter(finding.column or 1)}{row}"
                links += 1
                if links <= MOST_LINKS:
                    sheet.write_url(line, 0, f"internal:'{_SHEETS[lang][2]}'!{cell}", formats.link, cell)
                else:
                    _write(sheet, line, 0, cell, formats.text)
            told = (
                "" if finding.row is None else str(finding.row),
                column_letter(finding.column) if finding.column else "",
                visible(finding.label or "", 400),
                visible(finding.value or "", 400),
                said(finding, lang),
                suggested(finding, lang),
                finding.rule,
            )
            for column, text in enumerate(told, 1):
                if text:
                    _write(sheet, line, column, text, formats.wrapped)
            line += 1
    if line == 1:
        nothing = _choose(lang, "指摘はありません。", "There are no findings.")
        _write(sheet, 1, 0, nothing, formats.text)


def _verdict(
    sheet: Any, formats: _Formats, report: FileReport, *, date: str, remarks: Sequence[str], lang: str
) -> None:
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 100)
    _write(sheet, 0, 0, verdict(report, lang), formats.title)
    facts = [(_choose(lang, "ファイル", "file"), visible(report.path, 500))]
    reason = report.reason_en if lang == "en" else report.reason
    if reason:
        facts.append((_choose(lang, "理由", "reason"), reason))
    if report.match:
        dataset = report.match.dataset
        name = (dataset.title_en or dataset.name) if lang == "en" else dataset.name
        edition = words.EDITIONS.get(dataset.edition, (dataset.edition,) * 2)[lang == "en"]
        facts.append((_choose(lang, "データセット", "dataset"), f"{name} – {edition}"))
    if report.form:
        facts.append((_choose(lang, "データの行数", "rows of data"), f"{report.rows:,}"))
        if report.form.sheet:
            facts.append((_choose(lang, "シート", "sheet"), visible(report.form.sheet)))
    facts.append((_choose(lang, "確認した日", "checked on"), date))
    facts.append(("odtool", __version__))
    line = 2
    for name, fact in facts:
        _write(sheet, line, 0, name, formats.head)
        _write(sheet, line, 1, fact, formats.wrapped)
        line += 1
    line += 1
    for severity in SEVERITIES:
        _write(sheet, line, 0, severity_word(severity, lang), formats.group[severity])
        number = report.counts[severity]
        unknown = report.status == "not-checked" and not number
        _write(
            sheet, line, 1, "–" if unknown else _choose(lang, f"{number:,}件", f"{number:,}"), formats.wrapped
        )
        line += 1
    whole = [finding for finding in report.findings if row_of(report, finding) is None]
    told = [f"[{severity_word(finding.severity, lang)}] {advice(finding, lang)}" for finding in whole] + list(
        remarks
    )
    for text in told:
        line += 1
        _write(sheet, line, 1, text, formats.wrapped)
    sheet.activate()
