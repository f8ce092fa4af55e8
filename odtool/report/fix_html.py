"""Repairs as one page that opens by a double click: what was there, what is there now, what is left to do."""

from collections.abc import Sequence
from typing import Any

from odtool import __version__, page
from odtool.made import Proposal, Repair
from odtool.report import fix_told

MOST_LINES = 200  # shown of each group; the JSON list has all


def fix_html(repairs: Sequence[Repair], date: str, lang: str, dry: bool) -> str:
    """The page. `dry` says that nothing was written."""
    return page.render(
        "fix.html.j2",
        lang,
        version=__version__,
        date=date,
        dry=dry,
        total=fix_told.total(repairs),
        verdict=fix_told.worst(map(_verdict, repairs)),
        files=[_file(repair, lang) for repair in repairs],
        most=MOST_LINES,
    )


def _verdict(repair: Repair) -> str:
    if repair.after is None or repair.after.status == "not-checked":
        return "unknown"
    if repair.after.status == "invalid":
        return "bad"
    return "fair" if repair.after.counts["warning"] else "good"


def _file(repair: Repair, lang: str) -> dict[str, Any]:
    en = lang == "en"
    match, mended = repair.before.match, repair.mended
    report = repair.after or repair.before
    groups = fix_told.grouped(mended.changes) if mended else []
    return {
        "path": repair.path,
        "output": repair.output,
        "mended": mended is not None,
        "verdict": _verdict(repair),
        "words": fix_told.verdict(repair, lang),
        "reason": report.reason_en if en else report.reason,
        "dataset": match.dataset if match else None,
        "changed": sum(group.count for group in groups),
        "errors_before": repair.before.counts["error"],
        "errors_left": report.counts["error"],
        "groups": [
            {
                "kind": fix_told.KINDS[group.first.kind][en],
                "place": fix_told.place(group.first, lang) if group.first.kind == "cell" else "",
                "rule": group.first.rule,
                "why": group.first.why_en if en else group.first.why,
                "count": group.count,
                "lines": group.changes[:MOST_LINES],
                "more": max(0, len(group.changes) - MOST_LINES),
            }
            for group in groups
        ],
        "proposals": [_proposal(proposal, lang) for proposal in mended.proposals[:MOST_LINES]]
        if mended
        else [],
        "proposed": len(mended.proposals) if mended else 0,
        "left": [
            {"rule": rest.rule, "count": rest.count, "message": fix_told.told(rest.first, lang)}
            for rest in fix_told.left(report)
        ],
    }


def _proposal(proposal: Proposal, lang: str) -> dict[str, Any]:
    finding = proposal.finding
    return {
        "message": fix_told.told(finding, lang),
        "value": finding.value,
        "suggestion": finding.suggestion,
        "why": proposal.why_en if lang == "en" else proposal.why,
    }
