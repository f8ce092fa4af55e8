"""Who has published what, as a CSV for spreadsheets: one line per municipality and dataset."""

import csv
from io import StringIO

from odtool.report.coverage_text import Coverage

COLUMNS = (
    "code", "prefecture", "municipality", "slug", "dataset", "state", "edition", "published_at",
    "errors", "warnings", "portal", "url", "checked_at", "newer_errors",
)  # fmt: skip
# A spreadsheet takes a cell that begins so for a formula, some also after a tab or a line break.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def coverage_csv(coverage: Coverage) -> str:
    """The lines with CRLF, a byte order mark first, so that Excel reads them as UTF-8.

    Texts are quoted and numbers are not: a spreadsheet that asks then keeps the zero before a code.
    """
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in coverage.rows:
        for column, cell in zip(coverage.columns, row.cells, strict=True):
            texts = (row.code, row.prefecture, row.name, column.slug, column.name, cell.state, cell.edition)
            writer.writerow(
                (
                    *map(harmless, texts),
                    cell.published_at.isoformat(timespec="seconds") if cell.published_at else "",
                    cell.errors,
                    cell.warnings,
                    harmless(cell.portal),
                    harmless(cell.url),
                    cell.checked_at.isoformat(timespec="seconds") if cell.checked_at else "",
                    cell.newer_errors,
                )
            )
    return "\ufeff" + out.getvalue()


def harmless(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would run it as a formula."""
    return "'" + text if text.startswith(_FORMULA) else text
