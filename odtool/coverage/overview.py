"""The ledger, the store of observations and odtool.toml → the table of a prefecture, its past and its targets.

The one place that brings them together: the command line, collecting and scheduled jobs call it.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date

from odtool.coverage import bodies, matrix, observed
from odtool.coverage.bodies import prefecture_code
from odtool.coverage.ledger_days import Past, past
from odtool.coverage.matrix import Coverage, Overview, Seen
from odtool.coverage.observed import Store
from odtool.coverage.sighting import DayState, DayTotal, Snapshot
from odtool.coverage.target import Measure, Progressed, Target, progress
from odtool.coverage.trend import STATES, Point, trend
from odtool.datasets import catalog
from odtool.errors import UsageError
from odtool.ledger import record

_EDITIONS = {"standard": ("〔自治体標準〕", " [standard]"), "suisho": ("〔推奨・旧版〕", " [old edition]")}


def names(lang: str) -> dict[str, str]:
    """The datasets by slug; the newer edition names it where both have it. Two that have one name say their edition
    behind it."""
    found = sorted(
        catalog.datasets().values(), key=lambda dataset: (dataset.slug, dataset.edition != "standard")
    )
    named: dict[str, str] = {}
    editions: dict[str, str] = {}
    for dataset in found:
        named.setdefault(dataset.slug, (lang == "en" and dataset.title_en) or dataset.name)
        editions.setdefault(dataset.slug, dataset.edition)
    shared = Counter(named.values())
    return {
        slug: name + _EDITIONS.get(editions[slug], ("", ""))[lang == "en"] if shared[name] > 1 else name
        for slug, name in named.items()
    }


def seen(book: Store) -> Seen:
    """What is in the store, as the table wants it."""
    editions = {dataset.id: (dataset.slug, dataset.edition) for dataset in catalog.datasets().values()}
    return Seen(book.latest(), book.corrections(), editions, book.sources(), book.ended())


def overview(
    *,
    today: date,
    ledger: str | None,
    store: str | None,
    area: str = "",
    codes: Sequence[str] | None = None,
    targets: Sequence[Target] = (),
    lang: str = "ja",
) -> Overview:
    """Drawn from the files of those names; None where there is none. Raises UsageError where one cannot be read."""
    wanted = matrix.members(area) if area else codes
    with ExitStack() as open_:
        checks, publications = _told(ledger)
        book = open_.enter_context(observed.reading(store)) if store else None
        if book and store and not ledger:
            require_any(book, store)
        shown = matrix.coverage(
            checks, publications, datasets=names(lang), today=today, municipalities=wanted, area=area,
            seen=seen(book) if book else Seen(),
        )  # fmt: skip
        points = [
            *_joined(_ledgers(ledger, shown), _past(book, shown) if book else [], _looks(book)),
            now(shown),
        ]
        frozen = book.snapshots() if book else []
        older = _frozen_points(book, area, frozen) if book and targets else []
    return Overview(shown, points, [_progressed(wish, [*older, *points], shown) for wish in targets], frozen)


def require_any(book: Store, path: str) -> None:
    """Raises UsageError where the store is empty: nothing would be called unpublished for any better reason than that
    nobody ever looked."""
    if not book.sources() and not book.days() and next(book.latest(), None) is None:
        raise UsageError(
            f"{path}: まだ何も読み取っていません。odtool coverage collect で集めてください。別の場所にあれば --store で指定してください。",
            f"{path}: nothing was collected yet. Run odtool coverage collect; if it is elsewhere, say where with --store.",
        )


def table(book: Store, ledger: str | None, today: date, area: str = "") -> Coverage:
    """The table of a prefecture's municipalities; of everybody ever seen, where none is named."""
    checks, publications = _told(ledger)
    wanted = matrix.members(area) if area else None
    return matrix.coverage(
        checks,
        publications,
        datasets=names("ja"),
        today=today,
        municipalities=wanted,
        area=area,
        seen=seen(book),
    )


def keep_day(book: Store, ledger: str | None, today: date, at: str) -> int:
    """Note in the store how everything known is on that day; how many cells moved since it was noted last."""
    shown = table(book, ledger, today)
    states, totals = matrix.day(shown)
    there = {(state.municipality, state.slug) for state in states}
    day = today.isoformat()
    # What is known of nobody any more was taken off every portal.
    states += [DayState(day, code, slug, "none") for code, slug in book.states() if (code, slug) not in there]
    bodies = {total.owner for total in totals}
    totals += [DayTotal(day, owner, 0, 0) for owner in book.totals() if owner not in bodies]
    return book.keep_day(day, at, states, totals)


def freeze(book: Store, name: str, shown: Coverage, made: str) -> Snapshot:
    """Keep the table under that name. Raises UsageError where the name is taken."""
    return book.freeze(name, made=made, day=shown.date.isoformat(), area=shown.area, content=canonical(shown))


def canonical(shown: Coverage) -> str:
    """The table as JSON lines that are the same for the same table: the totals, then a line for every body."""
    point = now(shown)
    head = {
        "day": shown.date.isoformat(), "area": shown.area, "municipalities": shown.totals.municipalities,
        "started": point.started, "datasets": point.datasets, "files": point.files, "own": point.own, "cells": point.cells,
        "columns": [column.slug for column in shown.columns],
    }  # fmt: skip
    lines = [head]
    for row in (*shown.rows, *shown.others):
        cells = {
            column.slug: cell.five
            for column, cell in zip(shown.columns, row.cells, strict=True)
            if cell.five != "none"
        }
        lines.append({"code": row.code, "name": row.name, "datasets": row.body.datasets, "files": row.body.files, "cells": cells})  # fmt: skip
    return "".join(
        json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n" for line in lines
    )


def now(shown: Coverage) -> Point:
    """The table in numbers."""
    cells: dict[str, int] = dict.fromkeys(STATES, 0)
    for row in shown.rows:
        for cell in row.cells:
            if cell.five != "none":
                cells[cell.five] += 1
    itself = prefecture_code(shown.area)
    own = sum(row.body.datasets for row in shown.others if row.code == itself) if itself else 0
    return Point(
        shown.date.isoformat(), cells, shown.totals.started, shown.totals.datasets, shown.totals.files, own
    )


def _told(ledger: str | None) -> tuple[Sequence[record.Check], Sequence[record.Publication]]:
    """What was withdrawn is published no more."""
    if ledger is None:
        return (), ()
    with record.reading(ledger) as book:
        return book.latest_checks(), book.standing()


def changes(ledger: str | None, store: str | None, code: str) -> list[DayState]:
    """The days on which a municipality's cells changed, oldest first: from the ledger, until portals were looked at."""
    told = [state for state in _moved(ledger, {code}).states if state.municipality == code]
    if store is None:
        return told
    with observed.reading(store) as book:
        days, kept = book.days(), book.cell_history(code)
        if not days:
            return told
        if _looks(book):
            before = [state for state in told if state.day < days[0]]
            last = {state.slug: state.state for state in before}
            # The first look at portals notes all cells anew, also those that the ledger knew.
            return [*before, *(s for s in kept if s.day != days[0] or last.get(s.slug, "none") != s.state)]
    return told or kept


def _looks(book: Store | None) -> bool:
    """Whether portals were looked at, so that what the ledger tells is not all."""
    return book is not None and bool(book.sources())


def _moved(ledger: str | None, rows: Collection[str]) -> Past:
    """The past that the ledger tells of; a ward's data are its city's unless the ward is a row of its own."""
    if ledger is None:
        return Past()
    with record.reading(ledger) as book:
        events, days = book.changes(), book.days()
    return past(
        events, days, slugs=names("ja"), owner=lambda code: code if code in rows else bodies.owner(code, "")
    )


def _ledgers(ledger: str | None, shown: Coverage) -> list[Point]:
    """The days before today that the ledger tells of, of the bodies that are shown."""
    codes, today = {row.code for row in shown.rows}, shown.date.isoformat()
    keys = codes | {row.code for row in shown.others}
    found = _moved(ledger, codes)
    totals = [total for total in found.totals if total.owner in keys]
    points = trend(
        found.days, found.moves(codes), totals, municipalities=codes, prefecture=prefecture_code(shown.area)
    )
    return [point for point in points if point.day < today]


def _joined(told: Sequence[Point], kept: Sequence[Point], looked: bool) -> list[Point]:
    """The ledger's days and those kept in the store, oldest first. Where portals were looked at, the store knows more
    than the ledger, which then speaks only of the time before, and is marked."""
    if looked:
        first = kept[0].day if kept else "9999"
        return [*(replace(point, ledger=True) for point in told if point.day < first), *kept]
    known = {point.day for point in told}
    return sorted([*told, *(point for point in kept if point.day not in known)], key=lambda point: point.day)


def _past(book: Store, shown: Coverage) -> list[Point]:
    """The days before today, of the bodies that are shown."""
    codes = {row.code for row in shown.rows}
    keys = codes | {row.code or f"*{row.name}" for row in shown.others}
    totals = [total for total in book.day_totals() if total.owner in keys]
    itself = prefecture_code(shown.area)
    points = trend(book.days(), book.moves(codes), totals, municipalities=codes, prefecture=itself)
    today = shown.date.isoformat()
    return [point for point in points if point.day < today]


def _frozen_points(book: Store, area: str, frozen: Iterable[Snapshot]) -> list[Point]:
    """What snapshots of the same area say in numbers."""
    points = []
    for entry in frozen:
        if entry.area != area:
            continue
        head = book.snapshot(entry.name).content.partition("\n")[0]
        try:
            said = json.loads(head)
            points.append(
                Point(*(said[key] for key in ("day", "cells", "started", "datasets", "files", "own")))
            )
        except (ValueError, KeyError, TypeError):  # not as we made it: `broken` tells
            continue
    return points


def measured(point: Point, measure: Measure) -> int:
    return point.started if measure == "municipalities" else int(getattr(point, measure))


def _progressed(wish: Target, points: Sequence[Point], shown: Coverage) -> Progressed:
    # The ledger alone knows of less than the portals: from one to the other nothing was gained.
    earlier = {point.day: measured(point, wish.measure) for point in points[:-1] if not point.ledger}
    history = [(date.fromisoformat(day), number) for day, number in sorted(earlier.items())]
    return progress(
        wish, history, municipalities=shown.totals.municipalities, today=shown.date, now=measured(points[-1], wish.measure)
    )  # fmt: skip
