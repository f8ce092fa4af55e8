"""Who has published what, for programs. Its schema is docs/coverage.schema.json."""

import json
from collections.abc import Iterator
from typing import Any

from odtool import __version__
from odtool.coverage.cell import Cell
from odtool.coverage.matrix import Coverage, Overview, Row
from odtool.coverage.target import Progressed
from odtool.coverage.trend import Point
from odtool.report.coverage_words import forecast, next_step, why

VERSION = 1


def coverage_json(overview: Overview) -> str:
    """The whole in both languages; cells of which nothing is known are left out. A body stands on a line of its own."""
    return "".join(json_pieces(overview))


def json_pieces(overview: Overview) -> Iterator[str]:
    """The same body by body: as one value a whole country would take several hundred megabytes."""
    shown = overview.coverage
    totals = shown.totals
    parts: dict[str, Any] = {
        "version": VERSION,
        "tool": f"odtool {__version__}",
        "date": shown.date.isoformat(),
        "area": shown.area,
        "looked_at": [
            {"source": place.source, "at": place.at, "read": not place.failed, "why": place.why} for place in shown.looked
        ],
        "totals": {
            "municipalities": totals.municipalities,
            "started": totals.started,
            "published": totals.published,
            "held_back": totals.refused,
            "one_step": totals.one_step,
            "datasets": totals.datasets,
            "files": totals.files,
            "unmatched_files": totals.unmatched,
            "unplaced_files": totals.unplaced,
        },
        "datasets": [{"slug": column.slug, "name": column.name} for column in shown.columns],
        "history": [_point(point) for point in overview.points],
        "targets": [_target(aim) for aim in overview.targets],
        "snapshots": [
            {"name": frozen.name, "made": frozen.made, "day": frozen.day, "area": frozen.area, "rows": frozen.rows, "sha256": frozen.sha256}
            for frozen in overview.snapshots
        ],
    }  # fmt: skip
    yield "{" + ",\n".join(f"{_text(key)}:{_text(value)}" for key, value in parts.items())
    for key, rows in (("municipalities", shown.rows), ("others", shown.others)):
        yield f",\n{_text(key)}:["
        for place, row in enumerate(rows):
            yield ("\n" if place == 0 else ",\n") + _text(_row(row, shown))
        yield "\n]" if rows else "]"
    yield "}\n"


def _text(value: Any) -> str:
    made = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return made.encode("utf-8", "replace").decode()


def _row(row: Row, shown: Coverage) -> dict[str, Any]:
    return {
        "code": row.code,
        "prefecture": row.prefecture,
        "name": row.name,
        "started": row.started,
        "datasets": row.body.datasets,
        "files": row.body.files,
        "main": list(row.body.main),
        "cells": {
            column.slug: _cell(cell, shown)
            for column, cell in zip(shown.columns, row.cells, strict=True)
            if cell.state != "none" or any(cell.hint)
        },
    }


def _cell(cell: Cell, shown: Coverage) -> dict[str, Any]:
    return {
        "status": cell.five,
        "state": cell.state,
        "published": cell.is_published,
        "edition": cell.edition,
        "published_at": cell.published_at.isoformat() if cell.published_at else None,
        "checked_at": cell.checked_at.isoformat() if cell.checked_at else None,
        "seen_at": cell.seen_at.isoformat() if cell.seen_at else None,
        "errors": cell.errors,
        "warnings": cell.warnings,
        "fixable": cell.fixable,
        "one_step": cell.one_step,
        "newer_errors": cell.newer_errors,
        "rules": {name: int(count) for name, _, count in (part.partition("=") for part in cell.rules.split()) if count.isdecimal()},
        "updated": cell.updated or None,
        "updated_by": cell.updated_by or None,
        "expected_days": cell.expected,
        "expected_by": cell.expected_by or None,
        "licence": cell.licence or None,
        "open": cell.open,
        "format": cell.format or None,
        "levels": list(cell.levels),
        "files": cell.files,
        "link_dead": cell.dead,
        "portal": cell.portal,
        "url": cell.url,
        "hint": {"title": cell.hint[0], "resource": cell.hint[1]} if any(cell.hint) else None,
        "why": {"ja": why(cell, shown.date, "ja"), "en": why(cell, shown.date, "en")},
        "next_step": {"ja": next_step(cell, "ja"), "en": next_step(cell, "en")},
    }  # fmt: skip


def _point(point: Point) -> dict[str, Any]:
    return {
        "day": point.day,
        "cells": {state: number for state, number in point.cells.items() if number},
        "started": point.started,
        "datasets": point.datasets,
        "files": point.files,
        "own": point.own,
    }


def _target(aim: Progressed) -> dict[str, Any]:
    return {
        "name": aim.target.name,
        "measure": aim.target.measure,
        "goal": aim.goal,
        "by": aim.target.by.isoformat() if aim.target.by else None,
        "now": aim.now,
        "reached": aim.reached,
        "records": aim.records,
        "forecast": aim.forecast,
        "reached_on": aim.reached_on.isoformat() if aim.reached_on else None,
        "in_time": aim.in_time,
        "words": {"ja": forecast(aim, "ja"), "en": forecast(aim, "en")},
    }
