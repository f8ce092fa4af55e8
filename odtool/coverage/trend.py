"""What is kept of days → how a prefecture came along: cells by state, bodies that have started, datasets and files."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from odtool.coverage.sighting import CellState, DayTotal

STATES: tuple[CellState, ...] = ("valid", "improve", "invalid", "stale", "not-seen")
"""Every state but 未公開, which is what is left of all cells."""
PUBLIC: tuple[CellState, ...] = ("valid", "improve", "invalid", "stale")


@dataclass(frozen=True, slots=True)
class Point:
    """How it was at the end of a day. `cells` counts the cells of each state but 未公開; `started` are the
    municipalities that had published anything; `datasets` and `files` are all that the municipalities and the others
    had, `own` the datasets of the prefecture itself. `ledger` is whether only the ledger tells of that day, because no
    portal was looked at before."""

    day: str
    cells: dict[str, int] = field(default_factory=dict)
    started: int = 0
    datasets: int = 0
    files: int = 0
    own: int = 0
    ledger: bool = False

    @property
    def published(self) -> int:
        return sum(self.cells.get(state, 0) for state in PUBLIC)

    @property
    def valid(self) -> int:
        return self.cells.get("valid", 0)


def trend(
    days: Sequence[str],
    moves: Iterable[tuple[str, str, str, int]],
    totals: Iterable[DayTotal],
    *,
    municipalities: Collection[str],
    prefecture: str = "",
) -> list[Point]:
    """A point for every day on which it was looked, oldest first. `moves` are day, state before, state after, count;
    `totals` every change, oldest first; `municipalities` the codes that count as such."""
    shifts: dict[str, Counter[str]] = defaultdict(Counter)
    for day, before, after, count in moves:
        shifts[day][after] += count
        shifts[day][before] -= count
    by_day: dict[str, list[DayTotal]] = defaultdict(list)
    for total in totals:
        by_day[total.day].append(total)
    cells: Counter[str] = Counter()
    now: dict[str, DayTotal] = {}
    started: set[str] = set()
    datasets = files = 0
    points = []
    for day in sorted({*days, *shifts, *by_day}):
        cells.update(shifts[day])
        for total in by_day[day]:
            before_ = now.get(total.owner)
            datasets += total.datasets - (before_.datasets if before_ else 0)
            files += total.files - (before_.files if before_ else 0)
            now[total.owner] = total
            if total.owner in municipalities:
                (started.add if total.datasets else started.discard)(total.owner)
        own = now[prefecture].datasets if prefecture in now else 0
        points.append(
            Point(day, {state: cells[state] for state in STATES}, len(started), datasets, files, own)
        )
    return points


def thinned(points: Sequence[Point], most: int = 24) -> list[Point]:
    """At most so many points for a chart: the last of each month (or of several), and the very first and last."""
    if len(points) <= most:
        return list(points)
    months = [point for point, after in zip(points, [*points[1:], None], strict=True) if after is None or after.day[:7] != point.day[:7]]  # fmt: skip
    step = -(-len(months) // (most - 1))
    kept = months[::-1][::step][::-1]
    return kept if kept and kept[0].day == points[0].day else [points[0], *kept]


def at(points: Sequence[Point], day: str) -> Point | None:
    """How it was on that day: the last look until then; None before the first."""
    place = bisect_right([point.day for point in points], day)
    return points[place - 1] if place else None
