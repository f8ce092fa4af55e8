"""Who has published what, as one page."""

from collections.abc import Mapping
from typing import Any

from odtool import page
from odtool.report.coverage_text import Cell, Coverage, asides, title


def coverage_html(context: Mapping[str, Any], lang: str) -> str:
    """The page for a coverage table: municipalities down, datasets across."""
    return page.render("coverage.html.j2", lang, **context)


def coverage_context(coverage: Coverage, lang: str) -> dict[str, Any]:
    """What the page says, of the coverage."""
    totals = coverage.totals
    return {
        "title": title(coverage, lang),
        "date": coverage.date.isoformat(),
        "datasets": [{"slug": column.slug, "name": column.name} for column in coverage.columns],
        "rows": [
            {
                "code": row.code,
                "prefecture": row.prefecture,
                "name": row.name,
                "cells": [_cell(cell) for cell in row.cells],
            }
            for row in coverage.rows
        ],
        "totals": {
            "municipalities": totals.municipalities,
            "started": totals.started,
            "published": totals.published,
            "invalid": totals.refused,
        },
        "asides": asides(coverage, lang),
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "state": cell.state,
        "edition": cell.edition,
        "when": cell.when.isoformat(timespec="seconds") if cell.when else "",
        "errors": cell.errors,
        "warnings": cell.warnings,
        "newer_errors": cell.newer_errors,
        "href": cell.url,
    }
