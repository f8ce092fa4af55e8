"""What every form of the list of changes tells alike."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from odtool.made import Change, ChangeKind, Repair
from odtool.messages import message
from odtool.model import FileReport, Finding
from odtool.rules import RULES
from odtool.text import column_letter

KINDS: dict[ChangeKind, tuple[str, str]] = {
    "form": ("ファイルの形", "form of the file"),
    "rows-removed": ("除いた行", "rows removed"),
    "cells-removed": ("除いたセル", "cells removed"),
    "label": ("項目名", "column name"),
    "column-added": ("加えた列", "columns added"),
    "column-removed": ("除いた列", "columns removed"),
    "columns-ordered": ("列の順序", "order of columns"),
    "cell": ("値", "values"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one kind for one reason, in one column."""

    first: Change
    changes: tuple[Change, ...]

    @property
    def count(self) -> int:
        return sum(change.count for change in self.changes)


def grouped(changes: Iterable[Change], *, by_reason: bool = True) -> list[Group]:
    """`by_reason` False: those of one rule together, though it may have mended them for several reasons."""
    groups: dict[tuple[str, str | None, str, int | None], list[Change]] = {}
    for change in changes:
        column = change.column if change.kind == "cell" else None
        why = change.why if by_reason or change.rule is None else ""
        groups.setdefault((change.kind, change.rule, why, column), []).append(change)
    return [Group(found[0], tuple(found)) for found in groups.values()]


def place(change: Change, lang: str) -> str:
    """The column, as far as the change has one: «D列「開始時間」»."""
    parts = []
    if change.column is not None:
        letter = column_letter(change.column)
        parts.append(f"column {letter}" if lang == "en" else f"{letter}列")
    if change.label:
        parts.append(f"“{change.label}”" if lang == "en" else f"「{change.label}」")
    return (" " if lang == "en" else "").join(parts)


def done(repair: Repair) -> bool:
    """Whether nothing is left that must be fixed by hand."""
    return repair.after is not None and repair.after.status == "valid"


@dataclass(frozen=True, slots=True)
class Left:
    """Errors of one rule that remain, and the first of them."""

    rule: str
    count: int
    first: Finding


def worst(verdicts: Iterable[str]) -> str:
    """Of «bad», «unknown», «fair» and «good», the first that there is."""
    found = set(verdicts)
    return next((word for word in ("bad", "unknown", "fair", "good") if word in found), "unknown")


def left(report: FileReport) -> list[Left]:
    """What must still be fixed by hand, the most frequent first."""
    errors = [finding for finding in report.findings if finding.severity == "error"]
    listed = Counter(finding.rule for finding in report.findings)
    firsts: dict[str, Finding] = {}
    for finding in errors:
        firsts.setdefault(finding.rule, finding)
    kept = Counter(finding.rule for finding in errors)
    # Of a rule of which not all findings are kept, all that are not listed count alike.
    counts = {
        rule: report.totals.get(rule, number) if number == listed[rule] else number
        for rule, number in kept.items()
    }
    ordered = sorted(counts, key=lambda rule: -counts[rule])
    return [Left(rule, counts[rule], firsts[rule]) for rule in ordered]


def told(finding: Finding, lang: str) -> str:
    return message(finding, lang) if finding.rule in RULES else finding.rule


def verdict(repair: Repair, lang: str) -> str:
    """The outcome in words that cannot be taken for another."""
    report = repair.after
    if report is None or repair.mended is None:
        return "not mended" if lang == "en" else "直していません"
    errors = report.counts["error"]
    if report.status == "not-checked" and not repair.mended.changes:
        return (
            "nothing mended: the contents were not checked"
            if lang == "en"
            else "直していません（内容は確認していません）"
        )
    if report.status == "not-checked":
        return (
            "mended only in part: the contents were not checked"
            if lang == "en"
            else "一部だけ直しました（内容は確認していません）"
        )
    if errors:
        return (
            f"{errors:,} still to fix by hand"
            if lang == "en"
            else f"人が直すところが {errors:,} 件残っています"
        )
    if report.counts["warning"]:
        return (
            "nothing must be fixed by hand (some points are better fixed)"
            if lang == "en"
            else "必ず直すところはありません（直したほうがよい点あり）"
        )
    return "nothing is left to fix" if lang == "en" else "直すところはありません"


def total(repairs: Sequence[Repair]) -> dict[str, int]:
    """Files, those that are done, changes, proposals and errors left."""
    mended = [repair.mended for repair in repairs if repair.mended]
    return {
        "files": len(repairs),
        "done": sum(map(done, repairs)),
        "unmended": sum(repair.mended is None for repair in repairs),
        "changes": sum(change.count for each in mended for change in each.changes),
        "proposals": sum(len(each.proposals) for each in mended),
        "errors_before": sum(repair.before.counts["error"] for repair in repairs),
        "errors_left": sum((repair.after or repair.before).counts["error"] for repair in repairs),
    }
