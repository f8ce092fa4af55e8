"""Migrations as one page that opens by a double click: what became of each column, what is left to a person."""

from collections.abc import Sequence
from typing import Any

from odtool import __version__, page
from odtool.made import Migration, Step
from odtool.report import fix_told, migration_told
from odtool.report.migration_json import SCHEMA

_ROWS = 30  # rows named of each step; the JSON list has all


def migration_html(migrations: Sequence[Migration], date: str, lang: str, dry: bool) -> str:
    """The page. `dry` says that nothing was written."""
    return page.render(
        "migration.html.j2",
        lang,
        version=__version__,
        schema=SCHEMA,
        date=date,
        dry=dry,
        total=migration_told.total(migrations),
        verdict=fix_told.worst(_verdict(migration) for migration in migrations),
        files=[_file(migration, lang) for migration in migrations],
    )


def _verdict(migration: Migration) -> str:
    if migration.after is None:
        return "good" if migration_told.done(migration) else "unknown"
    if migration.after.status != "valid":
        return "bad"
    return "fair" if migration_told.for_a_person(migration) else "good"


def _file(migration: Migration, lang: str) -> dict[str, Any]:
    en = lang == "en"
    report = migration.after or migration.before
    name, origin, edition = migration_told.editions(migration, lang)
    return {
        "path": migration.path,
        "output": migration.output,
        "moved": migration.steps is not None,
        "verdict": _verdict(migration),
        "words": migration_told.verdict(migration, lang),
        "reason": report.reason_en if en else report.reason,
        "dataset": name,
        "origin": origin,
        "target": edition,
        "errors": report.counts["error"],
        "rows": report.rows,
        "by_hand": [
            _step(step, en) for step in migration_told.merged(migration_told.for_a_person(migration))
        ],
        "straight": [
            _step(step, en)
            for step in migration_told.merged(s for s in migration.steps or () if not s.by_hand)
        ],
        "left": [
            {"rule": rest.rule, "count": rest.count, "message": fix_told.told(rest.first, lang)}
            for rest in fix_told.left(report)
        ],
    }


def _step(step: Step, en: bool) -> dict[str, Any]:
    copied = step.kind not in ("new", "kept", "dropped", "rows-dropped", "manual")
    return {
        "kind": migration_told.KINDS[step.kind][en],
        "sources": step.sources if step.kind != "kept" else (),
        "targets": step.targets,
        "filled": step.filled if copied else None,
        "rows": step.rows[:_ROWS],
        "count": len(step.rows),
        "whole": step.kind == "rows-dropped",
        "more": max(0, len(step.rows) - _ROWS),
        "note": step.note_en if en else step.note,
    }
