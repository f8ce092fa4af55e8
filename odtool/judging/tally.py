"""Counts every finding, and keeps some of each rule."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from odtool.model import Finding, Severity
from odtool.rule import Hit, Rule


@dataclass(slots=True)
class Tally:
    """Counts every finding, keeps the first `limit` of each rule, by row and column."""

    limit: int
    totals: Counter[str] = field(default_factory=Counter)
    by_severity: Counter[Severity] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    full: frozenset[str] = frozenset()

    def turn(self) -> None:
        """The rows that follow lie behind all that were counted: of rules that have enough, nothing more is kept."""
        if self.limit:
            self.full = frozenset(rule for rule, total in self.totals.items() if total >= self.limit)

    def add(self, finding: Finding) -> None:
        if self.count(finding.rule, finding.severity):
            self.findings.append(finding)

    def add_all(self, rule: Rule, hits: Iterable[Hit]) -> None:
        for hit in hits:
            self.add(rule.finding(**hit))

    def count(self, rule: str, severity: Severity, times: int = 1) -> bool:
        """Count; whether these are still to be kept."""
        self.totals[rule] += times
        self.by_severity[severity] += times
        return rule not in self.full

    @property
    def counts(self) -> dict[Severity, int]:
        return {severity: self.by_severity[severity] for severity in ("error", "warning", "hint")}

    def kept(self) -> tuple[Finding, ...]:
        findings = sorted(self.findings, key=lambda f: (f.row or 0, f.column or 0, f.rule))
        if not self.limit:
            return tuple(findings)
        kept: Counter[str] = Counter()
        first = []
        for finding in findings:
            kept[finding.rule] += 1
            if kept[finding.rule] <= self.limit:
                first.append(finding)
        return tuple(first)
