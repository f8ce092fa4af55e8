"""Facts → a verdict on each of the 30 rules, and per level a score with the list behind it."""

from collections.abc import Iterable

from odtool.messages import message
from odtool.readability.criterion import CRITERIA
from odtool.readability.facts import Facts
from odtool.readability.model import (
    LEVELS,
    STATUSES,
    Deduction,
    FileReadability,
    Level,
    Score,
    SheetSeen,
    Status,
    Verdict,
    Weight,
    Words,
)

# Points that a broken rule takes, by level and weight, as in the Digital Agency's sample application
# (docs/guides/scoring.md of digital-go-jp/machine_readability_rule); a fatal one takes all that are left.
_POINTS: dict[Level, dict[Weight, int]] = {
    "L1": {"fatal": 100, "critical": 10, "major": 5, "minor": 2},
    "L2": {"fatal": 100, "critical": 40, "major": 30, "minor": 10},
    "L3": {"fatal": 100, "critical": 15, "major": 10, "minor": 5},
}


def judge(facts: Facts, sha256: str | None = None, size: int | None = None) -> FileReadability:
    """Every rule is given a verdict. The file as a whole is «met» only where rules were judged and none is broken."""
    verdicts = tuple(CRITERIA[id_].judge(facts) for id_ in sorted(CRITERIA))
    counts = _counts(verdicts)
    return FileReadability(
        path=facts.path,
        status=_status(facts, counts["not-met"]),
        verdicts=verdicts,
        scores=tuple(score(level, verdicts) for level in LEVELS),
        sha256=sha256,
        bytes=size,
        format=None if facts.kind == "other" else facts.kind,
        form=facts.form,
        sheets=tuple(
            SheetSeen(
                sheet.name,
                sheet.layout.header[0] if sheet.layout else None,
                sheet.layout.data_rows[0] if sheet.layout and sheet.layout.data_rows else None,
                sheet.layout.data_rows[-1] if sheet.layout and sheet.layout.data_rows else None,
                len(sheet.columns),
                sheet.match,
            )
            for sheet in facts.sheets
        ),
        package=facts.package.path if facts.package else None,
        before=tuple(former.path for former in facts.before),
        counts=counts,
        reason=_unseen(facts),
    )


def _unseen(facts: Facts) -> Words | None:
    """What kept the file from being read as a table."""
    if facts.tables or not facts.refused:
        return None
    fault = next((fault for fault in facts.refused if fault.severity == "error"), facts.refused[0])
    return Words(message(fault, "ja"), message(fault, "en"))


def _status(facts: Facts, broken: int) -> Status:
    """Without a table that was looked at, a file is not judged, even where its format is fine."""
    if broken:
        return "not-met"
    return "met" if facts.tables else "not-judged"


def score(level: Level, verdicts: Iterable[Verdict]) -> Score:
    """100 less what the level's broken rules take; nothing where none of its rules was judged."""
    mine = [verdict for verdict in verdicts if CRITERIA[verdict.rule].level == level]
    counts = _counts(mine)
    taken = tuple(
        Deduction(verdict.rule, verdict.weight, _POINTS[level][verdict.weight])
        for verdict in mine
        if verdict.status == "not-met" and verdict.weight
    )
    judged = counts["met"] + counts["not-met"]
    points = max(0, 100 - sum(deduction.points for deduction in taken)) if judged else None
    return Score(level, points, counts, taken)


def _counts(verdicts: Iterable[Verdict]) -> dict[Status, int]:
    said = [verdict.status for verdict in verdicts]
    return {status: said.count(status) for status in STATUSES}
