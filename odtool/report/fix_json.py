"""Repairs → the public JSON list of changes, «odtool-fix/1» (docs/fix.schema.json)."""

from collections.abc import Sequence
from typing import Any

from odtool import __version__
from odtool.made import Change, Proposal, Repair
from odtool.model import FileReport
from odtool.report import fix_told

SCHEMA = "odtool-fix/1"


def fix_json(repairs: Sequence[Repair], date: str, lang: str) -> dict[str, Any]:
    """Plain values, ready for json.dumps. `date` is the ISO day of the repair. Every key is always there;
    null says that there is none."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "odtool", "version": __version__},
        "date": date,
        "summary": fix_told.total(repairs),
        "files": [_file(repair, lang) for repair in repairs],
    }


def _file(repair: Repair, lang: str) -> dict[str, Any]:
    match, mended = repair.before.match, repair.mended
    report = repair.after or repair.before
    return {
        "path": repair.path,
        "output": repair.output,
        "mended": mended is not None,
        "done": fix_told.done(repair),
        "verdict": fix_told.verdict(repair, lang),
        "reason": report.reason_en if lang == "en" else report.reason,
        "dataset": {"id": match.dataset.id, "edition": match.dataset.edition, "name": match.dataset.name}
        if match
        else None,
        "before": _state(repair.before),
        "after": _state(repair.after) if repair.after else None,
        "changes": [_change(change) for change in mended.changes] if mended else [],
        "proposals": [_proposal(proposal, lang) for proposal in mended.proposals] if mended else [],
        "left": [
            {"rule": rest.rule, "count": rest.count, "message": fix_told.told(rest.first, lang)}
            for rest in fix_told.left(report)
        ],
    }


def _state(report: FileReport) -> dict[str, Any]:
    return {"status": report.status, "counts": dict(report.counts), "sha256": report.sha256}


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "rule": change.rule,
        "row": change.row,
        "column": change.column,
        "label": change.label,
        "before": change.before,
        "after": change.after,
        "count": change.count,
        "why": change.why,
        "why_en": change.why_en,
    }


def _proposal(proposal: Proposal, lang: str) -> dict[str, Any]:
    finding = proposal.finding
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "row": finding.row,
        "column": finding.column,
        "label": finding.label,
        "value": finding.value,
        "suggestion": finding.suggestion,
        "message": fix_told.told(finding, lang),
        "why": proposal.why,
        "why_en": proposal.why_en,
    }
