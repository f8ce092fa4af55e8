"""Who has published what, as a CSV for spreadsheets: one line per municipality and dataset."""

import csv
from collections.abc import Iterator
from io import StringIO

from odtool.coverage.bodies import is_municipality, is_prefecture
from odtool.coverage.matrix import Coverage, Row
from odtool.report.coverage_words import next_step, why
from odtool.text import visible

COLUMNS = (
    "code", "prefecture", "municipality", "slug", "dataset", "state", "edition", "published_at",
    "errors", "warnings", "portal", "url", "checked_at", "newer_errors", "status", "fixable", "rules", "updated",
    "expected_days", "licence", "open", "format", "l1", "l2", "l3", "files", "seen_at", "why", "next_step",
    "kind", "expected_by",
)  # fmt: skip
BODIES = ("団体コード", "団体名", "公開データセット数", "主な公開データ", "ファイル数", "標準データセット数")
BODIES_EN = ("code", "body", "datasets", "main_data", "files", "standard_datasets")
LONGEST = 1000  # characters
# A spreadsheet takes a cell that begins so for a formula, some also after a tab or a line break.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def coverage_csv(coverage: Coverage, lang: str = "ja") -> str:
    """The lines with CRLF, a byte order mark first, so that Excel reads them as UTF-8.

    Texts are quoted and numbers are not: a spreadsheet that asks then keeps the zero before a code.
    """
    return "".join(csv_pieces(coverage, lang))


def csv_pieces(coverage: Coverage, lang: str = "ja") -> Iterator[str]:
    """The same body by body: the municipalities, then the prefecture itself and all others, which `kind` tells apart."""
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    yield "\ufeff" + out.getvalue()
    for row in (*coverage.rows, *coverage.others):
        out.seek(0)
        out.truncate()
        kind = kind_of(row)
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
                    cell.five,
                    cell.fixable,
                    *map(harmless, (cell.rules, cell.updated)),
                    cell.expected,
                    harmless(cell.licence),
                    "" if cell.open is None else str(cell.open).lower(),
                    harmless(cell.format),
                    *cell.levels,
                    cell.files,
                    cell.seen_at.isoformat(timespec="seconds") if cell.seen_at else "",
                    harmless(visible(why(cell, coverage.date, lang), LONGEST)),
                    harmless(next_step(cell, lang)),
                    kind,
                    cell.expected_by,
                )
            )
        yield out.getvalue()


def kind_of(row: Row) -> str:
    """municipality, prefecture, or other: a joint body, a company, a ward that stands alone."""
    if is_municipality(row.code):
        return "municipality"
    return "prefecture" if is_prefecture(row.code) else "other"


def bodies_csv(coverage: Coverage, lang: str = "ja") -> str:
    """Who publishes how much, everything counted: 団体名, 公開データセット数, 主な公開データ and what else is known."""
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(BODIES_EN if lang == "en" else BODIES)
    for row in in_table(coverage):
        writer.writerow(
            (
                harmless(row.code),
                harmless(visible(row.name, LONGEST)),
                row.body.datasets,
                harmless(visible("、".join(row.body.main), LONGEST)),
                row.body.files,
                row.published,
            )
        )
    return "\ufeff" + out.getvalue()


def in_table(coverage: Coverage) -> list[Row]:
    """All bodies as prefectures list them: the prefecture itself first, joint bodies last."""
    first = [row for row in coverage.others if row.code and row.code.endswith("000", 2, 5)]
    return [*first, *coverage.rows, *(row for row in coverage.others if row not in first)]


def harmless(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would run it as a formula."""
    return "'" + text if text.startswith(_FORMULA) else text
