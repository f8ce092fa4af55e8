"""Reports → a list of findings that opens in a spreadsheet: a line for each, in UTF-8 with byte order mark."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence

from odtool.messages import said
from odtool.model import FileReport, Finding
from odtool.report.as_text import verdict
from odtool.report.told import severity_word, suggested, unlisted, unlisted_sentence
from odtool.rules import RULES
from odtool.text import column_letter, visible

LABELS = {
    "ja": ("ファイル", "結果", "重大度", "規則", "行", "列", "項目名", "定義の項目", "今の値", "指摘", "直し方の案"),
    "en": ("file", "verdict", "severity", "rule", "row", "column", "name", "field", "value", "finding", "suggestion"),
}  # fmt: skip
LONGEST = 400
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
# What a spreadsheet may take for the beginning of a formula; some take the full-width signs, too.
_FORMULA = tuple("=+-@＝＋－＠")


def as_csv(reports: Sequence[FileReport], lang: str) -> bytes:
    """A line for each finding, and one for what else must be known of a file: that it was not checked and why, that
    nothing was found, that findings are left out. No cell spans lines or begins a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(LABELS["en" if lang == "en" else "ja"])
    for report in reports:
        head = (visible(report.path, 500), verdict(report, lang))
        for line in _lines(report, lang):
            writer.writerow([harmless(cell) for cell in (*head, *line)])
    return codecs.BOM_UTF8 + text.getvalue().encode("utf-8", "replace")


def harmless(cell: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet would calculate it; numbers stay as they are."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell


def _lines(report: FileReport, lang: str) -> Iterator[tuple[str, ...]]:
    reason = report.reason_en if lang == "en" else report.reason
    if reason or not report.findings:
        yield ("",) * 7 + (reason or "", "")
    for finding in report.findings:
        yield _line(finding, lang)
    for rule, number in unlisted(report).items():
        yield (
            severity_word(RULES[rule].severity, lang),
            rule,
            *("",) * 5,
            unlisted_sentence(rule, number, lang),
            "",
        )


def _line(finding: Finding, lang: str) -> tuple[str, ...]:
    return (
        severity_word(finding.severity, lang),
        finding.rule,
        "" if finding.row is None else str(finding.row),
        "" if finding.column is None else column_letter(finding.column),
        visible(finding.label or "", LONGEST),
        visible(finding.field or "", LONGEST),
        visible(finding.value or "", LONGEST),
        said(finding, lang),
        suggested(finding, lang),
    )
