"""Migrations → the public JSON form, «odtool-migration/1» (docs/migration.schema.json)."""

from collections.abc import Sequence
from typing import Any

from odtool import __version__
from odtool.made import Migration, Step
from odtool.messages import message
from odtool.report import migration_told

SCHEMA = "odtool-migration/1"


def migration_json(migrations: Sequence[Migration], date: str, lang: str) -> dict[str, Any]:
    """Plain values, ready for json.dumps. Every key is always there; null says that there is none."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "odtool", "version": __version__},
        "date": date,
        "summary": migration_told.total(migrations),
        "files": [_file(migration, lang) for migration in migrations],
    }


def _file(migration: Migration, lang: str) -> dict[str, Any]:
    report, after, match = migration.after or migration.before, migration.after, migration.before.match
    return {
        "path": migration.path,
        "output": migration.output,
        "moved": migration.steps is not None,
        "already": migration.already,
        "done": migration_told.done(migration),
        "verdict": migration_told.verdict(migration, lang),
        "reason": report.reason_en if lang == "en" else report.reason,
        "from": match.dataset.id if match else None,
        "to": migration.target.id if migration.target else None,
        "steps": [_step(step) for step in migration.steps or ()],
        "after": {"status": after.status, "counts": dict(after.counts), "sha256": after.sha256}
        if after
        else None,
        "findings": [
            {"rule": f.rule, "severity": f.severity, "row": f.row, "column": f.column, "label": f.label,
             "value": f.value, "message": message(f, lang)}
            for f in (after.findings if after else ())
        ],
    }  # fmt: skip


def _step(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "sources": list(step.sources),
        "targets": list(step.targets),
        "filled": step.filled,
        "rows_left": list(step.rows),
        "by_hand": step.by_hand,
        "note": step.note,
        "note_en": step.note_en,
    }
