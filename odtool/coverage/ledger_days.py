"""The ledger, which is append only and dated → how it was on every day since it began.

Whoever only publishes, and never collects, has a past all the same: each publication and withdrawal moved a cell.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from odtool.coverage.bodies import Counted
from odtool.coverage.cell import known, moment
from odtool.coverage.ledger_cell import ledger_cell
from odtool.coverage.sighting import CellState, DayState, DayTotal
from odtool.ledger.journal import Publication, Withdrawal

Event = Publication | Withdrawal
_File = tuple[str, str, str]  # portal, dataset, file
_Cell = tuple[str, str]  # owner, slug


@dataclass(frozen=True, slots=True)
class Past:
    """`days` on which anything was published or withdrawn, `states` and `totals` as far as they changed, oldest first.
    `before` are the states that those of `states` came after."""

    days: Sequence[str] = ()
    states: Sequence[DayState] = ()
    before: Sequence[CellState] = ()
    totals: Sequence[DayTotal] = ()

    def moves(self, codes: Collection[str]) -> list[tuple[str, str, str, int]]:
        """Of these owners, one by one, as `trend` wants them: day, state before, state after, how many."""
        return [
            (new.day, old, new.state, 1)
            for new, old in zip(self.states, self.before, strict=True)
            if new.municipality in codes
        ]


def past(
    events: Iterable[Event],
    days: Iterable[str],
    *,
    slugs: Collection[str],
    owner: Callable[[str], str] = lambda code: code,
) -> Past:
    """`events` in the order in which they were noted, `days` (ISO) on which it was published even if nothing changed.

    An entry whose time cannot be read belongs to no day and is left out. `owner` tells whose a municipality's data are:
    a ward's are its city's.
    """
    book = _Standing(owner)
    dated = sorted(((day, event) for event in events if (day := _day(event.at))), key=lambda entry: entry[0])
    states: dict[_Cell, CellState] = {}
    totals: dict[str, tuple[int, int]] = {}
    shown: list[DayState] = []
    before: list[CellState] = []
    counted: list[DayTotal] = []
    for day, group in groupby(dated, key=lambda entry: entry[0]):
        touched = {cell for _, event in group for cell in book.happened(event)}
        for cell in sorted(touched):
            old, new = states.get(cell, "none"), book.state(cell)
            if cell[1] in slugs and old != new:
                states[cell] = new
                shown.append(DayState(day, *cell, new))
                before.append(old)
        for whose in sorted({cell[0] for cell in touched}):
            numbers = book.totals(whose)
            if numbers != totals.get(whose, (0, 0)):
                totals[whose] = numbers
                counted.append(DayTotal(day, whose, *numbers))
    return Past(sorted({*days, *(day for day, _ in dated)}), shown, before, counted)


def _day(at: str) -> str:
    """The day in Japan; "" where it is none."""
    when = known(moment(at))
    return when.date().isoformat() if when else ""


class _Standing:
    """What is published at one moment."""

    def __init__(self, owner: Callable[[str], str]) -> None:
        self._owner = owner
        # Of each file its last change and the last word on it.
        self._cells: dict[_Cell, dict[_File, list[Publication]]] = defaultdict(dict)
        self._of_dataset: dict[tuple[str, str], set[_Cell]] = defaultdict(set)
        self._of_owner: dict[str, set[_Cell]] = defaultdict(set)

    def happened(self, event: Event) -> Iterable[_Cell]:
        """The cells that it touches."""
        if isinstance(event, Withdrawal):
            return self._withdrawn(event)
        cell = (self._owner(event.municipality), event.slug)
        file = (event.portal, event.dataset_name, event.file_name)
        files = self._cells[cell]
        files[file] = [files[file][0], event] if event.action == "unchanged" and file in files else [event]
        self._of_dataset[file[:2]].add(cell)
        self._of_owner[cell[0]].add(cell)
        return [cell]

    def _withdrawn(self, event: Withdrawal) -> list[_Cell]:
        if not event.verified:
            return []
        cells = list(self._of_dataset.get((event.portal, event.dataset_name), ()))
        for cell in cells:
            for file in [*self._cells[cell]]:
                if file[:2] == (event.portal, event.dataset_name) and event.file_name in ("", file[2]):
                    del self._cells[cell][file]
        return cells

    def state(self, cell: _Cell) -> CellState:
        return ledger_cell([entry for entries in self._cells[cell].values() for entry in entries], None).five

    def totals(self, whose: str) -> tuple[int, int]:
        """Datasets and files; a file that stands on two portals counts once."""
        counted = Counted()
        for cell in self._of_owner[whose]:
            for (portal, dataset, name), entries in self._cells[cell].items():
                counted.add(whose, portal, dataset, name, sha256=entries[-1].content_sha256)
        body = counted.body(whose)
        return body.datasets, body.files
