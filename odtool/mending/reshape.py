"""Which rows and columns a mended table has: title and empty rows go, columns follow the definition.

It comes after the cells: what is empty is known only when they are final.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from odtool.made import Change, ChangeKind, Proposal
from odtool.model import Finding, Form, Match, Table
from odtool.rule import Mend
from odtool.rules import RULES, mends
from odtool.text import is_blank

WRITTEN = Form("csv", "utf-8-sig", "crlf", ",")


@dataclass(frozen=True, slots=True)
class Slot:
    """A column of the mended table: which column of the file it is (None: a new one), and its name."""

    source: int | None
    label: str


@dataclass(frozen=True, slots=True)
class Reshaped:
    """The rows that go and the columns that there are, what this changes, and what had to stay."""

    gone: frozenset[int]
    slots: tuple[Slot, ...]
    known: bool
    changes: tuple[Change, ...]
    proposals: tuple[Proposal, ...]

    def table(self, view: Table) -> Table:
        """The table in this shape."""
        labels = tuple(slot.label for slot in self.slots)
        sources = [slot.source for slot in self.slots]
        straight = sources == list(range(1, len(view.labels) + 1))

        def records() -> Iterator[Sequence[str]]:
            for row, record in enumerate(view.grid.records(), 1):
                if row in self.gone:
                    continue
                if row == view.header_row:
                    yield labels
                elif straight or row < view.header_row:
                    yield record
                else:
                    yield [record[n - 1] if n else "" for n in sources]

        faults = tuple(fault for fault in view.grid.faults if not RULES[fault.rule].mends)
        grid = replace(view.grid, form=WRITTEN, records=records, faults=faults, raw=None)
        return Table(grid, labels, 1 if self.known else view.header_row)

    def moved(self, proposals: Sequence[Proposal]) -> Iterator[Proposal]:
        """The proposals where they stand in the mended table: that is what a person opens to go on."""
        removed = sorted(self.gone)
        numbers = {slot.source: n for n, slot in enumerate(self.slots, 1)}
        labels = {slot.source: slot.label for slot in self.slots}

        def place(proposal: Proposal) -> Proposal:
            finding = proposal.finding
            column, label = finding.column, finding.label
            if column is not None:
                column, label = numbers.get(column), labels.get(column, label)
            row = finding.row and finding.row - bisect_left(removed, finding.row)
            return replace(proposal, finding=replace(finding, row=row, column=column, label=label))

        yield from sorted(map(place, proposals), key=lambda p: (p.finding.row or 0, p.finding.column or 0))


Freedom = Literal["all", "rows", "none"]
"""What may be changed: all, rows and names alone (columns stay in their places), or nothing."""


def reshape(
    table: Table, view: Table, match: Match | None, findings: Sequence[Finding], *, freedom: Freedom = "all"
) -> Reshaped:
    """The new shape of `table`, of which `view` is what its cells have become and `findings` what the rules say."""
    known = match is not None and freedom != "none"
    repeats = any(finding.rule == "header-repeated" for finding in findings)
    gone, row_changes, ragged = _rows(table, view, known, repeats)
    immovable = ragged or freedom != "all"
    slots, column_changes, fixed = _columns(view, match if known else None, findings, immovable)
    return Reshaped(
        frozenset(gone),
        tuple(slots),
        known,
        (*row_changes, *column_changes),
        tuple(_left_over(findings, match is not None, fixed, immovable)),
    )


# --- rows ------------------------------------------------------------------------------------------


def only_blanks_beyond(record: Sequence[str], width: int) -> bool:
    return len(record) > width and all(map(is_blank, record[width:]))


def _rows(table: Table, view: Table, known: bool, repeats: bool) -> tuple[set[int], list[Change], bool]:
    """The rows that go, the changes that this makes, and whether rows remain that are too long or too short.

    Without a dataset nobody knows what the rows above the header are, and empty rows may part two tables. `repeats`
    says that the header was found among the data.
    """
    width, gone = len(table.labels), set()
    blank: list[int] = []
    again: list[int] = []
    changes = []
    for row, record in enumerate(islice(view.grid.records(), view.header_row - 1), 1):
        if known:
            gone.add(row)
            text = "、".join(cell for cell in record if not is_blank(cell))
            changes.append(change("rows-removed", mends.TITLE_ROWS, "header-not-first", row=row, before=text))
    ragged = False
    for row, record in enumerate(islice(view.grid.records(), view.header_row, None), view.header_row + 1):
        if all(map(is_blank, record)):
            blank.append(row)
        elif width > 1 and tuple(record) == table.labels:
            again.append(row)
        elif len(record) != width:
            ragged = True
    cut = [
        row
        for row, record in enumerate(
            islice(table.grid.records(), table.header_row, None), table.header_row + 1
        )
        if only_blanks_beyond(record, width) and not all(map(is_blank, record))
    ]
    if known and blank:
        gone.update(blank)
        changes.append(
            change("rows-removed", mends.BLANK_ROWS, "row-blank", row=blank[0], before="", count=len(blank))
        )
    if known and repeats and again:
        gone.update(again)
        changes.append(
            change("rows-removed", mends.HEADER_REPEATED, "header-repeated", row=again[0],
                   before="、".join(table.labels), count=len(again))
        )  # fmt: skip
    if cut:
        changes.append(
            change("cells-removed", mends.TRAILING_CELLS, "row-ragged", row=cut[0], before="", count=len(cut))
        )
    return gone, changes, ragged


# --- columns ---------------------------------------------------------------------------------------


def _columns(
    view: Table, match: Match | None, findings: Sequence[Finding], immovable: bool
) -> tuple[list[Slot], list[Change], bool]:
    """The columns, the changes that this makes, and whether their places had to be left as they are."""
    if match is None:
        return [Slot(n, label) for n, label in enumerate(view.labels, 1)], [], True
    changes = []
    slots: list[Slot] = []
    fields = {mapped.column: mapped.field for mapped in match.mapping}
    unused = set() if immovable else _unused(view)
    for n, label in enumerate(view.labels, 1):
        if n in unused and fields.get(n) is None:
            changes.append(
                change("column-removed", mends.COLUMN_BLANK, "column-blank", row=view.header_row, column=n,
                        label=label, before=label)
            )  # fmt: skip
            continue
        name = fields.get(n) or label
        slots.append(Slot(n, name))
        if name != label:
            changes.append(
                change("label", mends.COLUMN_RENAMED, "column-renamed", row=view.header_row, column=n,
                        label=label, before=label, after=name)
            )  # fmt: skip
    fixed = immovable or not _movable(view, slots)
    if not fixed:
        placed = _placed(slots, match, findings)
        kept = [slot.label for slot in placed if slot.source is not None]
        if kept != [slot.label for slot in slots]:
            changes.append(
                change("columns-ordered", mends.COLUMN_ORDER, "column-order", row=view.header_row,
                        before="、".join(slot.label for slot in slots), after="、".join(kept))
            )  # fmt: skip
        changes += [
            change("column-added", mends.COLUMN_ABSENT, "column-absent", row=view.header_row,
                    label=slot.label, after=slot.label)
            for slot in placed
            if slot.source is None
        ]  # fmt: skip
        slots = placed
    return slots, changes, fixed


def _movable(view: Table, slots: Sequence[Slot]) -> bool:
    """Whether columns may change their places: where a name repeats or is missing, the place is a clue."""
    labels = tuple(slot.label for slot in slots)
    repeated = RULES["column-repeated"].check(Table(view.grid, labels, view.header_row), None, ())
    return not any(map(is_blank, labels)) and not any(repeated)


def _unused(view: Table) -> set[int]:
    """The columns that the rule on superfluous columns objects to, each asked about alone."""
    filled = [False] * len(view.labels)
    for record in islice(view.grid.records(), view.header_row, None):
        for n, cell in enumerate(record[: len(filled)]):
            if not filled[n] and not is_blank(cell):
                filled[n] = True
    rule = RULES["column-blank"]
    return {
        n
        for n, (label, used) in enumerate(zip(view.labels, filled, strict=True), 1)
        if any(rule.check(Table(view.grid, (label,), view.header_row), None, [used]))
    }


def _placed(slots: Sequence[Slot], match: Match, findings: Sequence[Finding]) -> list[Slot]:
    """The columns in the order of the definition; those it does not have stay behind their left neighbour."""
    names = {mapped.column: mapped.field for mapped in match.mapping}
    groups: dict[str | None, list[Slot]] = {None: []}
    last = None
    for slot in slots:
        last = names.get(slot.source or 0) or last
        groups.setdefault(last, []).append(slot)
    absent = {finding.field for finding in findings if finding.rule == "column-absent"}
    placed = list(groups[None])
    for wanted in match.dataset.fields:
        if wanted.name in groups:
            placed += groups[wanted.name]
        elif wanted.name in absent:
            placed.append(Slot(None, wanted.name))
    return placed


# --- what is told ------------------------------------------------------------------------------------


def _left_over(findings: Sequence[Finding], known: bool, fixed: bool, immovable: bool) -> Iterator[Proposal]:
    """What is mended in other tables, but not in this one."""
    for finding in findings:
        if not known and finding.rule in ("header-not-first", "header-repeated", "row-blank", "column-blank"):
            yield Proposal(finding, *_UNKNOWN_TABLE)
        elif (known and fixed and finding.rule in ("column-order", "column-absent")) or (
            known and immovable and finding.rule == "column-blank"
        ):
            yield Proposal(finding, *_PLACES_UNSURE)


_PLACES_UNSURE = (
    "長さの違う行や重なる項目名などがあり、列を動かすと値がずれるなど新しい誤りになるおそれがあるため、直していません。",
    "Rows of another length or repeated names: moving columns could displace values or bring another error.",
)
_UNKNOWN_TABLE = (
    "どのデータセットか分からないため、行や列を除いていません。--dataset で指定すると直せます。",
    "Without knowing the dataset no rows or columns are removed. Name it with --dataset.",
)


def change(
    kind: ChangeKind,
    mend: Mend,
    rule: str | None,
    *,
    row: int | None = None,
    column: int | None = None,
    label: str | None = None,
    before: str | None = None,
    after: str | None = None,
    count: int = 1,
) -> Change:
    """A change that the mend of a rule makes."""
    return Change(kind, rule, mend.ja, mend.en, row, column, label, before, after, count)
