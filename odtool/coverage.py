"""What was checked and published → who has published what, whether it is valid, and since when."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Literal, Protocol

from odtool.clock import JST
from odtool.municipality import municipalities as known

State = Literal["published", "published-warnings", "published-errors", "refused", "ready", "none"]
_NEVER = datetime.min.replace(tzinfo=JST)
_NOT_ROWS = ("都道府県", "政令市の区")


class Check(Protocol):
    """What coverage needs to know of one file that was judged; the ledger's entries have it."""

    @property
    def at(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def municipality(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def edition(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def errors(self) -> int: ...
    @property
    def warnings(self) -> int: ...


class Publication(Protocol):
    """What coverage needs to know of one file that was brought to a portal."""

    @property
    def at(self) -> str: ...
    @property
    def portal(self) -> str: ...
    @property
    def dataset_name(self) -> str: ...
    @property
    def file_name(self) -> str: ...
    @property
    def municipality(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def edition(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def errors(self) -> int: ...
    @property
    def warnings(self) -> int: ...
    @property
    def url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Cell:
    """One dataset of one municipality.

    `errors` and `warnings` belong to what `state` speaks of: the published file, or the checked one where
    none is published. `newer_errors` are those of a file checked after the publication.
    """

    state: State = "none"
    edition: str = ""
    published_at: datetime | None = None
    checked_at: datetime | None = None
    errors: int = 0
    warnings: int = 0
    newer_errors: int = 0
    portal: str = ""
    url: str = ""

    @property
    def is_published(self) -> bool:
        return self.state.startswith("published")

    @property
    def when(self) -> datetime | None:
        """When the state came about."""
        return self.published_at or self.checked_at


@dataclass(frozen=True, slots=True)
class Column:
    """A dataset, both editions of it."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """A municipality; `cells` stand in the order of the columns."""

    code: str
    prefecture: str
    name: str
    cells: tuple[Cell, ...]

    @property
    def published(self) -> int:
        return sum(cell.is_published for cell in self.cells)

    @property
    def latest(self) -> datetime | None:
        """When this municipality last published something new."""
        return max((cell.published_at for cell in self.cells if cell.published_at), default=None)


@dataclass(frozen=True, slots=True)
class Totals:
    """`unmatched` files fit no dataset; `unplaced` ones fit one, but do not say whose they are."""

    municipalities: int
    started: int
    published: int
    refused: int
    unmatched: int
    unplaced: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Municipalities down, datasets across. `area` names what the rows are all of, "" for a choice of them."""

    date: date
    area: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: Totals


def members(prefecture: str) -> tuple[str, ...]:
    """The codes of a prefecture's municipalities: neither itself nor the wards of its designated cities."""
    return tuple(
        code
        for code, place in known().items()
        if place.prefecture == prefecture and place.kind not in _NOT_ROWS
    )


def coverage(
    checks: Sequence[Check],
    publications: Sequence[Publication],
    *,
    datasets: Mapping[str, str],
    today: date,
    municipalities: Iterable[str] | None = None,
    area: str = "",
) -> Coverage:
    """The table of these municipalities (None: those seen) and datasets (slug → name).

    What a ward of a designated city published counts as the city's, unless the ward is a row of its own.
    """
    chosen = None if municipalities is None else dict.fromkeys(municipalities)
    seen = {check.municipality for check in checks} | {entry.municipality for entry in publications}
    owner = {code: code if chosen and code in chosen else _city(code) for code in seen}
    rows_of = list(chosen) if chosen is not None else _in_order(code for code in owner.values() if code)

    published: dict[tuple[str, str], list[Publication]] = defaultdict(list)
    for publication in publications:
        published[owner[publication.municipality], publication.slug].append(publication)
    newest = _newest(checks, lambda check: (owner[check.municipality], check.slug))
    rows = tuple(
        _row(code, [_cell(published.get((code, slug), ()), newest.get((code, slug))) for slug in datasets])
        for code in rows_of
    )

    shown = {*rows_of, ""}
    files = [
        check
        for check in _newest(checks, lambda check: (check.path,)).values()
        if owner[check.municipality] in shown
    ]
    cells = [cell for row in rows for cell in row.cells]
    totals = Totals(
        municipalities=len(rows),
        started=sum(row.published > 0 for row in rows),
        published=sum(cell.is_published for cell in cells),
        refused=sum(cell.state == "refused" for cell in cells),
        unmatched=sum(check.slug not in datasets for check in files),
        unplaced=sum(check.slug in datasets and not check.municipality for check in files),
    )
    return Coverage(today, area, tuple(Column(slug, name) for slug, name in datasets.items()), rows, totals)


def _city(code: str) -> str:
    """The designated city whose ward this is; otherwise the code itself."""
    place = known().get(code)
    if place is None or not place.ward:
        return code
    return _cities().get((place.prefecture, place.city), code)


@cache
def _cities() -> dict[tuple[str, str], str]:
    return {(place.prefecture, place.name): code for code, place in known().items() if not place.ward}


def _in_order(codes: Iterable[str]) -> list[str]:
    """Each once, as in the national list; codes that are not in it come last."""
    position = {code: number for number, code in enumerate(known())}
    return sorted(set(codes), key=lambda code: (position.get(code, len(position)), code))


def _newest(checks: Iterable[Check], key: Callable[[Check], tuple[str, ...]]) -> dict[tuple[str, ...], Check]:
    """The newest check per key; of two at the same moment, the one noted later."""
    return {key(check): check for check in sorted(checks, key=_moment)}


def _row(code: str, cells: Iterable[Cell]) -> Row:
    place = known().get(code)
    return Row(code, place.prefecture if place else "", place.title if place else code, tuple(cells))


def _cell(publications: Sequence[Publication], check: Check | None) -> Cell:
    if not publications:
        return _unpublished(check)
    since, last = _latest_file(publications)
    # A check that led to the publication is not newer than it.
    newer = check if check and _moment(check) > _moment(last) else None
    return Cell(
        state="published-errors" if last.errors else "published-warnings" if last.warnings else "published",
        edition=last.edition,
        published_at=_known(since),
        checked_at=_known(_moment(newer)) if newer else None,
        errors=last.errors,
        warnings=last.warnings,
        newer_errors=newer.errors if newer else 0,
        portal=last.portal,
        url=last.url,
    )


def _unpublished(check: Check | None) -> Cell:
    if check is None or not (check.errors or check.status == "valid"):
        return Cell()
    return Cell(
        state="refused" if check.errors else "ready",
        edition=check.edition,
        checked_at=_known(_moment(check)),
        errors=check.errors,
        warnings=check.warnings,
    )


def _latest_file(publications: Sequence[Publication]) -> tuple[datetime, Publication]:
    """Of the files of one dataset the one that changed last: since when it is so, and the last word on it.

    A run that found a file unchanged does not make it newer; otherwise a nightly run would turn last year's
    population into the newest.
    """
    files: dict[tuple[str, str, str], tuple[datetime, Publication]] = {}
    for publication in sorted(publications, key=_moment):
        file = (publication.portal, publication.dataset_name, publication.file_name)
        if publication.action == "unchanged" and file in files:
            files[file] = (files[file][0], publication)
        else:
            files.pop(file, None)  # so that it comes last again: of two of one moment the later one wins
            files[file] = (_moment(publication), publication)
    return max(reversed(files.values()), key=lambda found: found[0])


def _moment(entry: Check | Publication) -> datetime:
    """When it was, in Japan. A time without a zone was Japan's; one that cannot be read was long ago."""
    try:
        at = datetime.fromisoformat(entry.at)
        return at.replace(tzinfo=JST) if at.tzinfo is None else at.astimezone(JST)
    except (ValueError, OverflowError):
        return _NEVER


def _known(moment: datetime) -> datetime | None:
    return None if moment == _NEVER else moment
