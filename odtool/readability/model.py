"""The nouns of the machine-readability profile: what was found where, the verdict on a rule, on a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from odtool.model import Form, Match

Status = Literal["met", "not-met", "not-judged"]
STATUSES: tuple[Status, ...] = ("met", "not-met", "not-judged")
Level = Literal["L1", "L2", "L3"]
LEVELS: tuple[Level, ...] = ("L1", "L2", "L3")
Weight = Literal["fatal", "critical", "major", "minor"]
WEIGHTS: tuple[Weight, ...] = ("fatal", "critical", "major", "minor")


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence for the reader in both languages."""

    ja: str
    en: str

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.ja


@dataclass(frozen=True, slots=True)
class Place:
    """One thing found: where (ranges as a spreadsheet names them, none for the whole file), how often, what.

    A `note` is worth knowing and decides nothing. `weight` is set where it differs from the rule's own.
    """

    what: Words
    cells: tuple[str, ...] = ()
    sheet: str | None = None
    count: int = 1
    example: str | None = None
    note: bool = False
    weight: Weight | None = None


@dataclass(frozen=True, slots=True)
class Undecided(Place):
    """Something on which a rule depends and which the file does not tell. Where nothing else breaks the rule,
    it is not judged, and `what` is the reason."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one rule. `reason` tells why it was not judged; `count` counts what breaks it."""

    rule: str
    status: Status
    places: tuple[Place, ...] = ()
    notes: tuple[Place, ...] = ()
    reason: Words | None = None
    weight: Weight | None = None

    @property
    def count(self) -> int:
        return sum(place.count for place in self.places)


@dataclass(frozen=True, slots=True)
class Deduction:
    """What a rule that is not met takes from its level's 100 points; a fatal one takes all."""

    rule: str
    weight: Weight
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    """A level's points (None where nothing was judged), always with the list behind them."""

    level: Level
    points: int | None
    counts: Mapping[Status, int]
    deductions: tuple[Deduction, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetSeen:
    """A sheet (of a CSV: the file) that was judged. `header_row` is None where no table was found."""

    name: str | None
    header_row: int | None
    first_row: int | None
    last_row: int | None
    columns: int
    match: Match | None


@dataclass(frozen=True, slots=True)
class FileReadability:
    """The verdicts on one file. «met» as a whole says only that no judged rule is broken. `reason` tells why no table
    was looked at."""

    path: str
    status: Status
    verdicts: tuple[Verdict, ...]
    scores: tuple[Score, ...]
    sha256: str | None = None
    bytes: int | None = None
    format: str | None = None
    form: Form | None = None
    sheets: tuple[SheetSeen, ...] = ()
    package: str | None = None
    before: tuple[str, ...] = ()
    counts: Mapping[Status, int] = field(default_factory=dict)
    reason: Words | None = None
