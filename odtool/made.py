"""The nouns of copies that are made of files: mended, or moved to another edition. Frozen values, like those of
`odtool.model`; apart from them, because judging a file needs none."""

from dataclasses import dataclass
from typing import Literal

from odtool.model import Dataset, FileReport, Finding, Table

ChangeKind = Literal[
    "cell",
    "label",
    "column-added",
    "column-removed",
    "columns-ordered",
    "rows-removed",
    "cells-removed",
    "form",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was mended, at its place in the original file, and why that was certain.

    `rule` is None where no rule asked for it: the form in which every file is written. `before` is None for
    what was not there, `after` for what is there no more. `count` is the number of rows, where it is several.
    """

    kind: ChangeKind
    rule: str | None
    why: str
    why_en: str
    row: int | None = None
    column: int | None = None
    label: str | None = None
    before: str | None = None
    after: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Proposal:
    """What may be meant but is not certain: a finding with a suggestion, at its place in the mended table, and why
    it was left to a person."""

    finding: Finding
    why: str
    why_en: str


@dataclass(frozen=True, slots=True)
class Mends:
    """What was done to a table, and what is only proposed."""

    changes: tuple[Change, ...]
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """A table as far as it could be mended for certain; its records are all there is, header included."""

    table: Table
    changes: tuple[Change, ...]
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """What became of one file. Without `mended` nothing could be mended, for the reason that `before` gives.

    `after` is the verdict on what was (or would be) written to `output`.
    """

    path: str
    before: FileReport
    mended: Mends | None = None
    after: FileReport | None = None
    output: str | None = None


# --- from one edition to another ---------------------------------------------------------------

Kinship = Literal["same", "renamed", "joined", "split", "manual", "copied", "new"]


@dataclass(frozen=True, slots=True)
class Kin:
    """A column of the new edition and where its values come from in the old one (`old`, empty for «new»).

    `check` says that a person has to look at it in any case, `note` what for.
    """

    new: str
    old: tuple[str, ...]
    kind: Kinship
    check: bool = False
    note: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one column, or of several alike. `rows` are those (of the original) left to a person;
    `filled` counts the cells that have a value now."""

    kind: Kinship | Literal["kept", "dropped", "rows-dropped"]
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    filled: int = 0
    rows: tuple[int, ...] = ()
    by_hand: bool = False
    note: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True)
class Migrated:
    """A table in another edition, and column by column how it came about."""

    table: Table
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """What became of one file. Without `steps` it was left alone, for the reason that `before` gives; `already`
    says that it is of the target's edition as it is."""

    path: str
    target: Dataset | None
    before: FileReport
    steps: tuple[Step, ...] | None = None
    after: FileReport | None = None
    output: str | None = None
    already: bool = False
