"""Who has published what, as one page for a prefecture."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from odtool import page
from odtool.coverage.boundaries import Boundaries, outlines
from odtool.coverage.cell import Cell
from odtool.coverage.matrix import Coverage, Overview, Row
from odtool.coverage.tiles import prefectures, tiles
from odtool.coverage.trend import STATES, Point, thinned
from odtool.municipality import box
from odtool.report.coverage_csv import in_table
from odtool.report.coverage_text import asides, title
from odtool.report.coverage_words import FIVE, basis, forecast, next_step, share, why
from odtool.text import percent

MOST_DETAILED = 200  # rows; beyond them a cell shows its mark alone, or a browser would have to hold too much
MOST_TO_DO = 300
MOST_LABELLED = 80  # names on a map
ACROSS = 8  # tiles in a line where they stand in the order of codes
_URGENT = ("published-errors", "stale", "refused")


def coverage_html(context: Mapping[str, Any], lang: str) -> str:
    """The page for a coverage table: municipalities down, datasets across."""
    return page.render("coverage.html.j2", lang, **context)


def coverage_context(
    drawn: Overview | Coverage, lang: str, boundaries: Boundaries | None = None
) -> dict[str, Any]:
    """What the page says, of the coverage; with a map where there are boundaries. Raises UsageError where they do not do."""
    overview = drawn if isinstance(drawn, Overview) else Overview(drawn)
    coverage = overview.coverage
    totals = coverage.totals
    compact = len(coverage.rows) > MOST_DETAILED
    return {
        "title": title(coverage, lang),
        "date": coverage.date.isoformat(),
        "datasets": [{"slug": column.slug, "name": column.name} for column in coverage.columns],
        "compact": compact,
        "rows": [
            _row(row, coverage, lang, compact=compact, municipal=place < len(coverage.rows))
            for place, row in enumerate(coverage.bodies)
        ],
        "publishing": [
            sum(row.cells[place].is_published for row in coverage.rows) for place in range(len(coverage.columns))
        ],
        "totals": {
            "municipalities": totals.municipalities,
            "started": totals.started,
            "share": percent(totals.started / totals.municipalities) if totals.municipalities else 0,
            "published": totals.published,
            "invalid": totals.refused,
            "one_step": totals.one_step,
            "datasets": totals.datasets,
            "files": totals.files,
        },
        "seen": sorted({cell.state for row in coverage.rows for cell in row.cells}),
        "looked": bool(coverage.looked),
        "asides": [*asides(coverage, lang), *basis(coverage.looked, lang)],
        "targets": [
            {"name": aim.target.name, "share": share(aim, lang), "part": percent(aim.share), "forecast": forecast(aim, lang), "good": aim.in_time}
            for aim in overview.targets
        ],
        "trend": _trend(overview.points, lang),
        "tiles": _tiles(coverage),
        "map": _map(coverage, boundaries) if boundaries else None,
        "one_step": [_step(row, place, cell, coverage, lang) for row, place, cell in _cells(coverage) if cell.one_step][:MOST_TO_DO],
        "to_do": [_step(row, place, cell, coverage, lang) for row, place, cell in _cells(coverage) if _urgent(cell)][:MOST_TO_DO],
        "to_do_all": sum(_urgent(cell) for _, _, cell in _cells(coverage)),
        "bodies": [
            {"name": row.name, "code": row.code, "datasets": row.body.datasets, "files": row.body.files, "main": "、".join(row.body.main)}
            for row in in_table(coverage)
        ] if coverage.looked else [],
        "snapshots": [
            {"name": frozen.name, "day": frozen.day, "sha256": frozen.sha256} for frozen in overview.snapshots
        ],
    }  # fmt: skip


def _row(row: Row, coverage: Coverage, lang: str, *, compact: bool, municipal: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "code": row.code,
        "prefecture": row.prefecture if municipal else page.choose(lang, "市区町村以外", "no municipality"),
        "name": row.name,
        "published": row.published,
    }
    if compact:
        return {**shown, "states": [(cell.state, cell.one_step) for cell in row.cells]}
    return {**shown, "cells": [_cell(cell, coverage, lang) for cell in row.cells]}


def _cell(cell: Cell, coverage: Coverage, lang: str) -> dict[str, Any]:
    return {
        "state": cell.state,
        "edition": cell.edition,
        "when": cell.updated or (cell.when.isoformat(timespec="seconds") if cell.when else ""),
        "errors": cell.errors,
        "warnings": cell.warnings,
        "newer_errors": cell.newer_errors,
        "one_step": cell.one_step,
        "hint": any(cell.hint),
        "why": why(cell, coverage.date, lang),
        "href": cell.url,
    }


def _cells(coverage: Coverage) -> list[tuple[Row, int, Cell]]:
    return [(row, place, cell) for row in coverage.bodies for place, cell in enumerate(row.cells)]


def _urgent(cell: Cell) -> bool:
    return not cell.one_step and (cell.state in _URGENT or cell.newer_errors > 0)


def _step(row: Row, place: int, cell: Cell, coverage: Coverage, lang: str) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name if coverage.area else f"{row.prefecture}{row.name}",
        "dataset": coverage.columns[place].name,
        "state": cell.state,
        "why": why(cell, coverage.date, lang),
        "next": next_step(cell, lang),
        "href": cell.url,
    }


def _trend(points: Sequence[Point], lang: str) -> dict[str, Any]:
    """The chart, and the same as a table."""
    from markupsafe import Markup

    from odtool.report.coverage_chart import Line, chart

    kept = thinned(points)
    if len(kept) < 2:
        return {"points": len(kept), "rows": [], "chart": ""}
    drawn = chart(
        [date.fromisoformat(point.day) for point in kept],
        [
            Line(page.choose(lang, "公開している標準データセット", "Standard datasets published"), [point.published for point in kept]),
            Line(page.choose(lang, "うち適合", "of them valid"), [point.valid for point in kept]),
        ],
        page.choose(lang, "推移のグラフ（{first} から {last} まで）。同じ数は下の表にあります。", "Chart from {first} to {last}; the table below has the same numbers.", first=kept[0].day, last=kept[-1].day),
    )  # fmt: skip
    return {
        "points": len(kept),
        "chart": Markup(drawn),  # noqa: S704 - every text in it is escaped where it is made
        "states": [page.choose(lang, *FIVE[state]) for state in STATES],
        "rows": [
            {
                "day": point.day, "started": point.started, "published": point.published, "datasets": point.datasets,
                "files": point.files, "cells": [point.cells.get(state, 0) for state in STATES],
            }
            for point in reversed(kept)
        ],
    }  # fmt: skip


def _tiles(coverage: Coverage) -> dict[str, Any] | None:
    """A tile for every municipality of a prefecture, or for every prefecture where several are shown.

    `placed` tells whether they lie as the places do; where that is not known of one, they stand in the order of codes.
    """
    entries: dict[str, dict[str, Any]] = {}
    if coverage.area:
        for row in coverage.rows:
            entries[row.code] = {
                "name": row.name,
                "now": row.published,
                "all": len(row.cells),
                "started": row.started,
            }
    else:
        by_prefecture: dict[str, list[Row]] = {}
        for row in coverage.rows:
            by_prefecture.setdefault(row.code[:2] + "0000", []).append(row)
        if len(by_prefecture) < 2 or len(coverage.rows) <= MOST_DETAILED:
            return None
        for key, rows in by_prefecture.items():
            now = sum(row.started for row in rows)
            entries[key] = {
                "name": rows[0].prefecture or key,
                "now": now,
                "all": len(rows),
                "started": now > 0,
            }
    where = {key: _middle(key) for key in entries} if coverage.area else {}
    known = {key: at for key, at in where.items() if at is not None}
    grid = tiles(known) if coverage.area else {f"{two}0000": cell for two, cell in prefectures().items()}
    placed = all(key in grid for key in entries)
    cells = grid if placed else {key: divmod(place, ACROSS) for place, key in enumerate(entries)}
    found = [
        {
            **entry,
            "row": cells[key][0] + 1,
            "column": cells[key][1] + 1,
            "level": _level(entry["now"], entry["all"]),
        }
        for key, entry in entries.items()
    ]
    return {"placed": placed, "of": "datasets" if coverage.area else "municipalities", "cells": found, "columns": max((cell["column"] for cell in found), default=1)}  # fmt: skip


def _map(coverage: Coverage, boundaries: Boundaries) -> dict[str, Any]:
    """The outlines of the municipalities with what they publish, and the names of those that have none."""
    drawn = outlines(boundaries, [row.code for row in coverage.rows])
    areas = [
        {
            "path": drawn.bodies[row.code].path,
            "label": drawn.bodies[row.code].label,
            "name": row.name,
            "now": row.published,
            "all": len(row.cells),
            "level": _level(row.published, len(row.cells)),
        }
        for row in coverage.rows
        if row.code in drawn.bodies
    ]
    return {
        "width": drawn.width,
        "height": drawn.height,
        "areas": areas,
        "labelled": len(areas) <= MOST_LABELLED,
        "missing": [row.name for row in coverage.rows if row.code not in drawn.bodies],
    }


def _middle(code: str) -> tuple[float, float] | None:
    bounds = box(code)
    return ((bounds.south + bounds.north) / 2, (bounds.west + bounds.east) / 2) if bounds else None


def _level(now: int, whole: int) -> int:
    """0 for nothing, then five steps of a fifth each."""
    return 0 if not now else min(5, 1 + now * 5 // (whole + 1)) if whole else 0
