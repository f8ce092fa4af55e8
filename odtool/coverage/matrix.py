"""What was seen on portals, checked and published → who has published what, whether it is valid, and since when.

The ledger is one source among others: what it tells of a dataset holds until its portal is looked at later.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from odtool.coverage.bodies import (
    Body,
    Counted,
    corrected,
    is_municipality,
    is_prefecture,
    members,
    owner,
    prefecture_code,
)
from odtool.coverage.cell import Cell, State, better, hinted_cell, moment, seen_cell, unread
from odtool.coverage.ledger_cell import Check, Publication, ledger_cell, newest
from odtool.coverage.observation import INSIDE, Observation
from odtool.coverage.sighting import CellState, Correction, DayState, DayTotal, Progress, Snapshot
from odtool.coverage.target import Progressed
from odtool.coverage.trend import Point
from odtool.municipality import municipalities as known

__all__ = [
    "Cell",
    "Column",
    "Coverage",
    "Looked",
    "Overview",
    "Row",
    "Seen",
    "State",
    "Totals",
    "coverage",
    "day",
    "members",
]

NOBODY = Body("", "")
READ = "done"
"""The state of a portal that was read to the end, as collecting notes it."""
LISTED = frozenset({READ, "shrunk"})
"""States in which all that a portal lists was seen; of one that shrank, what it lists no more is kept as it was."""


@dataclass(frozen=True, slots=True)
class Column:
    """A dataset, both editions of it."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """A municipality, or another body; `cells` stand in the order of the columns, `body` counts all it publishes."""

    code: str
    prefecture: str
    name: str
    cells: tuple[Cell, ...]
    body: Body = NOBODY

    @property
    def published(self) -> int:
        return sum(cell.is_published for cell in self.cells)

    @property
    def started(self) -> bool:
        """取組済: it has published anything at all, a national dataset or another."""
        return self.published > 0 or self.body.datasets > 0

    @property
    def latest(self) -> datetime | None:
        """When this municipality last published something new."""
        return max((cell.published_at for cell in self.cells if cell.published_at), default=None)

    @property
    def newest(self) -> str:
        """The day of its newest data as far as that is known, else of its last publication; "" where neither is."""
        days = [cell.updated for cell in self.cells if cell.updated]
        return max(days, default=self.latest.date().isoformat() if self.latest else "")


@dataclass(frozen=True, slots=True)
class Totals:
    """`unmatched` files fit no dataset; `unplaced` ones fit one, but do not say whose they are. `datasets` and `files`
    are all that the municipalities, the prefecture and the others have on portals, `one_step` the cells one certain
    repair away from valid."""

    municipalities: int
    started: int
    published: int
    refused: int
    unmatched: int
    unplaced: int
    datasets: int = 0
    files: int = 0
    one_step: int = 0


@dataclass(frozen=True, slots=True)
class Looked:
    """A portal that was looked at: when, and why it could not be read ("" where it could)."""

    source: str
    at: str
    failed: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Municipalities down, datasets across. `area` names what the rows are all of, "" for a choice of them.

    `others` are the prefecture itself and bodies that are no municipality; they stand in no total of municipalities.
    `looked` are the portals that were collected; where there are none, all is drawn from the ledger.
    """

    date: date
    area: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: Totals
    others: tuple[Row, ...] = ()
    looked: tuple[Looked, ...] = ()

    @property
    def bodies(self) -> tuple[Row, ...]:
        """The municipalities, and the others that have anything to do with a national dataset."""
        return (*self.rows, *(row for row in self.others if any(cell.state != "none" for cell in row.cells)))


@dataclass(frozen=True, slots=True)
class Overview:
    """The table of today, how it came to be (`points`, oldest first; the last is today), the targets, and what is
    frozen."""

    coverage: Coverage
    points: Sequence[Point] = ()
    targets: Sequence[Progressed] = ()
    snapshots: Sequence[Snapshot] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What collecting left: observations, officers' words, `editions` (a dataset's id → its slug and edition), and how
    it went with each portal, and of the cells (code, slug) that are unpublished now and were not, since when and what
    they were."""

    observations: Iterable[Observation] = ()
    corrections: Iterable[Correction] = ()
    editions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sources: Sequence[Progress] = ()
    ended: Mapping[tuple[str, str], tuple[str, CellState]] = field(default_factory=dict)


def coverage(
    checks: Sequence[Check],
    publications: Sequence[Publication],
    *,
    datasets: Mapping[str, str],
    today: date,
    municipalities: Iterable[str] | None = None,
    area: str = "",
    seen: Seen | None = None,
) -> Coverage:
    """The table of these municipalities (None: those seen) and datasets (slug → name).

    What a ward of a designated city published counts as the city's, unless the ward is a row of its own.
    """
    seen = seen or Seen()
    chosen = None if municipalities is None else dict.fromkeys(municipalities)
    found = _Found(seen, datasets, set(chosen or ()))
    named = {check.municipality for check in checks} | {entry.municipality for entry in publications}
    whose = {code: found.owner(code) for code in named}
    found.add_published(publications, whose)
    lost = {entry.municipality for entry in seen.sources if entry.state not in LISTED and entry.municipality}
    everybody = {code for code in (*whose.values(), *found.codes(), *_bodies(lost)) if code}
    rows_of = list(chosen) if chosen is not None else _in_order(c for c in everybody if not is_prefecture(c))
    others_of = _others(found, area, everybody - set(rows_of), every=chosen is None)

    published: dict[tuple[str, str], list[Publication]] = defaultdict(list)
    for publication in publications:
        published[whose[publication.municipality], publication.slug].append(publication)
    checked = newest(checks, lambda check: (whose[check.municipality], check.slug))

    def row(key: str) -> Row:
        cells = [
            _joined(
                published.get((key, slug), []),
                checked.get((key, slug)),
                found.files.get((key, slug), []),
                today,
            )
            for slug in datasets
        ]
        place = known().get(key)
        own = {key, prefecture_code(place.prefecture) if place else key}
        unseen = bool(lost & own) or _nowhere_read(seen.sources, own)
        cells = [
            found.completed(cell, key, slug, unseen=unseen)
            for slug, cell in zip(datasets, cells, strict=True)
        ]
        body = found.counted.body(key)
        return Row(body.code, place.prefecture if place else "", body.name, tuple(cells), body)

    rows, others = tuple(map(row, rows_of)), tuple(map(row, others_of))
    shown = {*rows_of, ""}
    strays = [
        c for c in newest(checks, lambda check: (check.path,)).values() if whose[c.municipality] in shown
    ]
    cells = [cell for row in rows for cell in row.cells]
    totals = Totals(
        municipalities=len(rows),
        started=sum(row.started for row in rows),
        published=sum(cell.is_published for cell in cells),
        refused=sum(cell.state == "refused" for cell in cells),
        unmatched=sum(check.slug not in datasets for check in strays),
        unplaced=sum(check.slug in datasets and not check.municipality for check in strays) + found.unplaced,
        datasets=sum(row.body.datasets for row in (*rows, *others)),
        files=sum(row.body.files for row in (*rows, *others)),
        one_step=sum(cell.one_step for cell in cells),
    )
    columns = tuple(Column(slug, name) for slug, name in datasets.items())
    told = {_address(entry.source) for entry in seen.sources}
    looked = [*map(_looked, seen.sources), *(Looked(s, "", False) for s in sorted(found.sources() - told))]
    return Coverage(today, area, columns, rows, totals, others, tuple(looked))


def day(shown: Coverage) -> tuple[list[DayState], list[DayTotal]]:
    """What is kept of a day: the state of every cell, and what every body has in all."""
    today = shown.date.isoformat()
    bodies = (*shown.rows, *shown.others)
    states = [
        DayState(today, row.code, column.slug, cell.five)
        for row in bodies
        if row.code
        for column, cell in zip(shown.columns, row.cells, strict=True)
    ]
    totals = [
        DayTotal(today, row.code or f"*{row.name}", row.body.datasets, row.body.files) for row in bodies
    ]
    return states, totals


class _Found:
    """What was seen on portals, by whose it is."""

    def __init__(self, seen: Seen, datasets: Mapping[str, str], rows: set[str]) -> None:
        self._rows = rows
        self.files: dict[tuple[str, str], list[Observation]] = defaultdict(list)
        self._hints: dict[tuple[str, str], Observation] = {}
        self._ended = seen.ended
        self._missed = {entry.source: entry.at[:10] for entry in seen.sources if entry.state not in LISTED}
        self.counted = Counted()
        self.unplaced = 0
        self._datasets: set[tuple[str, str]] = set()
        self._sources: set[str] = set()
        self._prefectures: dict[str, set[str]] = defaultdict(set)
        for file in corrected(seen.observations, seen.corrections, seen.editions):
            whose = self.owner(file.municipality, file.organisation)
            if file.slug in datasets:
                self.unplaced += not whose
                self.files[whose, file.slug].append(file)
            elif file.maybe in datasets:
                named = self._hints.setdefault((whose, file.maybe), file)
                if unread(file) and not unread(named):
                    self._hints[whose, file.maybe] = file
            self._datasets.add((_address(file.source), file.dataset_name))
            self._sources.add(_address(file.source))
            self._prefectures[file.source].add(file.municipality[:2])
            if INSIDE in file.resource:  # the zip is the file that the portal has
                continue
            self.counted.add(
                whose,
                _address(file.source),
                file.dataset_name,
                file.resource,
                # A file that nobody fetched is known again on another portal by where it is.
                sha256=file.sha256 or file.url,
                title=file.title,
            )

    def completed(self, cell: Cell, whose: str, slug: str, *, unseen: bool) -> Cell:
        """The cell with what is known beside its own files: names that hint at it, how it was before, whether its portal
        can still be read; `unseen` where the body's own portal could not be read to the end."""
        if cell.state != "none":
            missed = self._missed.get(cell.portal, "") if cell.seen_at else ""
            return replace(cell, missed=missed) if missed else cell
        hint = self._hints.get((whose, slug))
        if hint is not None:
            cell = replace(
                hinted_cell(hint) if unread(hint) else cell,
                hint=(hint.title, hint.resource or hint.dataset_name),
            )
        if unseen and cell.state == "none":
            cell = replace(cell, state="not-seen")
        ended = self._ended.get((whose, slug))
        return replace(cell, until=ended[0], before=ended[1]) if ended else cell

    def owner(self, code: str, organisation: str = "") -> str:
        """Whose it is; a ward's is its city's, unless the ward is a row of its own."""
        return code if code in self._rows else owner(code, organisation)

    def sources(self) -> set[str]:
        """The portals that anything was seen on."""
        return set(self._sources)

    def codes(self) -> list[str]:
        return [key for key in self.counted.owners() if not key.startswith("*")]

    def add_published(self, publications: Iterable[Publication], whose: Mapping[str, str]) -> None:
        """Count what the ledger tells of, where no portal was looked at."""
        for entry in publications:
            if (_address(entry.portal), entry.dataset_name) not in self._datasets:
                self.counted.add(
                    whose[entry.municipality], _address(entry.portal), entry.dataset_name, entry.file_name,
                    sha256=entry.content_sha256,
                )  # fmt: skip

    def nameless(self, digits: str) -> list[str]:
        """The bodies without a code whose portals hold only data of that prefecture; of all, where "" is asked."""
        return [
            key
            for key in self.counted.owners()
            if key.startswith("*")
            and all(
                not digits or self._prefectures[source] - {""} == {digits}
                for source in self.counted.body(key).sources
            )
        ]


def _bodies(lost: Iterable[str]) -> set[str]:
    """Those municipalities, and all of those prefectures."""
    areas = {known()[code].prefecture for code in lost if is_prefecture(code)}
    return {code for code in lost if is_municipality(code)} | {
        code for area in areas for code in members(area)
    }


def _others(found: _Found, area: str, left: set[str], *, every: bool) -> list[str]:
    """Who is shown beside the municipalities: the prefecture itself, joint bodies with a code and without."""
    if area:
        itself = prefecture_code(area)
        near = [code for code in left if code[:2] == itself[:2] and not is_municipality(code)]
        return [itself, *(c for c in _in_order(near) if c != itself), *sorted(found.nameless(itself[:2]))]
    return [*_in_order(c for c in left if is_prefecture(c)), *sorted(found.nameless(""))] if every else []


def _joined(
    published: Sequence[Publication], check: Check | None, seen: Sequence[Observation], today: date
) -> Cell:
    """What the ledger tells and what was seen, the later word on each dataset; of both the better."""
    told = ledger_cell(published, check)
    if not seen:
        return told
    if not published:
        return _with(seen_cell(seen, today), told)
    since: dict[tuple[str, str], datetime] = {}
    for entry in published:
        key = (_address(entry.portal), entry.dataset_name)
        since[key] = max(moment(entry.at), since.get(key, moment(entry.at)))
    later = [f for f in seen if moment(f.at) >= since.get((_address(f.source), f.dataset_name), moment(f.at))]
    if not later:
        return told
    watched = {(_address(file.source), file.dataset_name) for file in later}
    unwatched = [entry for entry in published if (_address(entry.portal), entry.dataset_name) not in watched]
    cell = seen_cell(later, today)
    return _with(better(cell, ledger_cell(unwatched, None)) if unwatched else cell, told)


def _with(cell: Cell, told: Cell) -> Cell:
    """With what the ledger tells of a file that is newer than the published one."""
    return replace(cell, newer_errors=told.newer_errors) if told.newer_errors else cell


def _nowhere_read(sources: Iterable[Progress], whose: set[str]) -> bool:
    """Whether of the portals that could hold something of that body none was read to the end."""
    states = {entry.state for entry in sources if not entry.municipality or entry.municipality in whose}
    return bool(states) and not states & LISTED


def _looked(entry: Progress) -> Looked:
    failed = entry.state != READ
    return Looked(entry.source, entry.at, failed, entry.note if failed else "")


def _address(portal: str) -> str:
    """As ledger and store both write it: a folder's with or without its kind."""
    return portal.removeprefix("folder:").rstrip("/")


def _in_order(codes: Iterable[str]) -> list[str]:
    """Each once, as in the national list; codes that are not in it come last."""
    position = {code: number for number, code in enumerate(known())}
    return sorted(set(codes), key=lambda code: (position.get(code, len(position)), code))
