"""What a reader of one format has found so far."""

from collections import Counter
from dataclasses import dataclass, field

from odtool.assets.model import AssetFinding, Bounds, Crs, Depth, Severity
from odtool.assets.sayings import SAYINGS
from odtool.text import visible

KEPT = 5  # findings of one kind that are shown; the rest are counted
_LONGEST = 200  # characters shown of anything a file says


def finding(code: str, place: str = "", **facts: object) -> AssetFinding:
    """The finding of that code, its sentences filled; whatever came out of a file is made harmless."""
    severity, ja, en = SAYINGS[code]
    shown = {
        key: visible(value, _LONGEST) if isinstance(value, str) else value for key, value in facts.items()
    }
    return AssetFinding(code, severity, ja.format(**shown), en.format(**shown), visible(place, _LONGEST))


@dataclass
class Notes:
    """Filled by the readers. One of its own for each entry of an archive, taken over by `take`."""

    format: str = ""
    mimetype: str = ""
    checked: Depth = "kind"
    crs: Crs | None = None
    bounds: Bounds | None = None
    facts: dict[str, int | float | str] = field(default_factory=dict)
    findings: list[AssetFinding] = field(default_factory=list)
    georeferenced: bool = False  # a format whose data lie somewhere: a missing system is worth a word
    _seen: Counter[str] = field(default_factory=Counter)

    def find(self, code: str, place: str = "", **facts: object) -> None:
        self._keep(finding(code, place, **facts))

    def _keep(self, found: AssetFinding) -> None:
        self._seen[found.code] += 1
        if self._seen[found.code] <= KEPT:
            self.findings.append(found)

    def has(self, code: str) -> bool:
        return self._seen[code] > 0

    def count(self, severity: Severity) -> int:
        return sum(found.severity == severity for found in self.findings)

    def fact(self, key: str, value: float | str) -> None:
        self.facts[key] = visible(value, _LONGEST) if isinstance(value, str) else value

    def reach(self, bounds: Bounds) -> None:
        self.bounds = self.bounds.joined(bounds) if self.bounds else bounds

    def take(self, other: "Notes", place: str) -> None:
        """The findings of an entry, with its name as their place."""
        for found in other.findings:
            self._keep(AssetFinding(found.code, found.severity, found.ja, found.en, visible(place, _LONGEST)))

    def all_findings(self) -> tuple[AssetFinding, ...]:
        """Those kept, and how many more there were of each kind."""
        more = []
        for code, count in self._seen.items():
            if count > KEPT:
                left = f"{count - KEPT:,}"
                ja, en = f"同じ指摘が、ほかに{left}件あります。", f"The same was found {left} more times."
                more.append(AssetFinding(code, SAYINGS[code][0], ja, en))
        return (*self.findings, *more)
