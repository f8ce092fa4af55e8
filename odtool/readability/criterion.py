"""What one of the 30 rules is, and the list of all of them.

A rule is declared once, in one of the modules level1_… to level3_…, under its official ID. The docstring of its
check tells what our verdict decides (a Japanese paragraph, then an English one).
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from odtool.model import Finding
from odtool.readability.facts import Facts
from odtool.readability.model import WEIGHTS, Level, Place, Status, Undecided, Verdict, Weight, Words
from odtool.readability.places import of_findings
from odtool.rules import RULES, Rule

SOURCE = (
    "行政データにおける機械可読性に関するルール（令和8年3月31日 各府省庁DX推進連絡会議・デジタル社会推進会議幹事会決定） "
    "https://github.com/digital-go-jp/machine_readability_rule"
)

Answer = Iterable[Place]
"""What was found. Nothing: the rule is met; only an `Undecided`: it is not judged."""

Scope = Literal["file", "table", "book", "csv"]

_NO_TABLE = Words(
    "表として読めないため、中身を見ていません",
    "the file cannot be read as a table, so its contents were not looked at",
)
_NO_BOOK = Words("ブックの書式や図形を読めませんでした", "the book's formats and drawings could not be read")
_ONLY_BOOK = Words(
    "Excel ブックだけの規則で、このファイルには当てはまりません", "the rule is for Excel books only"
)
_ONLY_CSV = Words("CSV だけの規則で、このファイルには当てはまりません", "the rule is for CSV only")
_UNREAD = Words(
    "この形式（{kind}）の中身は、この検査では読みません", "files of this format ({kind}) are not read here"
)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of the 30 rules: official ID and title, the weight of breaking it, what to do about it."""

    id: str
    title: str
    title_en: str
    weight: Weight
    advice: str
    advice_en: str
    bad: str
    good: str
    explanation: str
    scope: Scope
    check: Callable[[Facts], Answer]

    @property
    def level(self) -> Level:
        return "L1" if self.id < "L2" else "L2" if self.id < "L3" else "L3"

    @property
    def source(self) -> str:
        return f"{SOURCE} {self.id}"

    def explain(self, lang: str) -> str:
        """What our verdict decides, in that language."""
        paragraphs = re.split(r"\n\s*\n", self.explanation.strip())
        chosen = paragraphs[-1] if lang == "en" else paragraphs[0]
        return re.sub(r"\s*\n\s*", " " if lang == "en" else "", chosen.strip())

    def judge(self, facts: Facts) -> Verdict:
        """The verdict: not met where anything but a note was found, else met or not judged."""
        if reason := self._out_of_reach(facts):
            # Where openpyxl fails, the ordinary rules may still have seen enough to say no; never enough for yes.
            seen = tuple(place for place in found_by_ordinary(self.id, facts) if not place.note)
            if seen and self.scope == "book":
                return Verdict(self.id, "not-met", seen, weight=self.weight)
            return Verdict(self.id, "not-judged", reason=reason)
        found = tuple(self.check(facts))
        places = tuple(place for place in found if not place.note and not isinstance(place, Undecided))
        notes = tuple(place for place in found if place.note or isinstance(place, Undecided))
        open_ = next((place for place in notes if isinstance(place, Undecided)), None)
        if open_ and not places:
            return Verdict(self.id, "not-judged", (), notes, open_.what)
        status: Status = "not-met" if places else "met"
        weights = [place.weight or self.weight for place in places]
        worst = min(weights, key=WEIGHTS.index) if weights else None
        return Verdict(self.id, status, places, notes, weight=worst)

    def _out_of_reach(self, facts: Facts) -> Words | None:
        """Why nothing can be said about this file, whatever it holds."""
        if self.scope == "file":
            return None
        if facts.kind in UNREAD:
            kind = facts.kind.upper()
            return Words(_UNREAD.ja.format(kind=kind), _UNREAD.en.format(kind=kind))
        if self.scope == "book" and facts.is_text:
            return _ONLY_BOOK
        if self.scope == "csv" and facts.is_book:
            return _ONLY_CSV
        if not facts.tables:
            return _NO_TABLE
        return _NO_BOOK if self.scope == "book" and facts.book is None else None


UNREAD = ("json", "xml", "ods")  # machine-readable as the rules see it, but not read by this program
CRITERIA: dict[str, Criterion] = {}


def criterion(
    id_: str,
    title: str,
    title_en: str,
    *,
    weight: Weight,
    advice: str,
    advice_en: str,
    bad: str,
    good: str,
    scope: Scope = "table",
) -> Callable[[Callable[[Facts], Answer]], Criterion]:
    """Declare the decorated check as the rule with that official ID."""

    def declare(check: Callable[[Facts], Answer]) -> Criterion:
        if id_ in CRITERIA:
            raise ValueError(f"two rules are called {id_}")
        CRITERIA[id_] = Criterion(
            id_, title, title_en, weight, advice, advice_en, bad, good, check.__doc__ or "", scope, check
        )
        return CRITERIA[id_]

    return declare


# Ordinary rules that decide one of the 30 rules although their own source is another document.
ALSO = {
    "integer-format": "L2-01",
    "quote-unclosed": "L1-15",
    "enum": "L2-04",
    "prefecture-name": "L3-06",
    "municipality-name": "L3-06",
}


def decides(rule: Rule) -> tuple[str, ...]:
    """The IDs among the 30 that a finding of this ordinary rule decides: those that its source names."""
    named = re.findall(r"L[123]-[0-9]{2}", rule.source)
    return tuple(dict.fromkeys([*named, *([ALSO[rule.id]] if rule.id in ALSO else [])]))


def ordinary(id_: str) -> Iterator[Rule]:
    """The ordinary rules whose findings decide this one of the 30."""
    return iter(_deciding(len(RULES)).get(id_, ()))


@cache
def _deciding(count: int) -> Mapping[str, tuple[Rule, ...]]:  # noqa: ARG001 - made anew where a rule is added
    """The ordinary rules by the IDs that they decide: asked for a dozen times for each file."""
    found: dict[str, list[Rule]] = {}
    for rule in RULES.values():
        for named in decides(rule):
            found.setdefault(named, []).append(rule)
    return {id_: tuple(rules) for id_, rules in found.items()}


# Findings of these ordinary rules are worth a note and break none of the 30 by themselves, or the other way round.
NOTES = frozenset({"sheet-extra", "type-unchecked", "comment-left"})
BREAKS = frozenset({"private-character"})


def is_note(finding: Finding) -> bool:
    """Hints, and faults only of a definition that is not confirmed, decide nothing."""
    if finding.rule in BREAKS:
        return False
    return finding.rule in NOTES or finding.severity == "hint" or bool(finding.facts.get("unconfirmed"))


def found_by_ordinary(id_: str, facts: Facts, leave_out: Collection[str] = ()) -> Iterator[Place]:
    """What the ordinary rules found in the tables that decides this one of the 30."""
    names = {rule.id for rule in ordinary(id_)} - set(leave_out)
    for sheet in facts.tables:
        findings = [finding for finding in sheet.findings if finding.rule in names]
        yield from of_findings(sheet, [f for f in findings if not is_note(f)])
        yield from of_findings(sheet, [f for f in findings if is_note(f)], note=True)
