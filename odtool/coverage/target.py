"""A prefecture's targets: a sentence or a table of odtool.toml → how far it is, and whether it will be there in time.

The forecast is a straight line through what was recorded, and says so where there is too little of it.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

Measure = Literal["municipalities", "datasets", "files", "own", "published", "valid"]
MEASURES: dict[Measure, tuple[str, str]] = {
    "municipalities": ("取組済の市区町村", "municipalities that have started"),
    "datasets": ("公開データセット", "datasets published"),
    "files": ("公開ファイル", "files published"),
    "own": ("都道府県のデータセット", "datasets of the prefecture itself"),
    "published": ("公開している標準データセット", "standard datasets published"),
    "valid": ("適合している標準データセット", "valid standard datasets"),
}
FEWEST, SHORTEST, WINDOW = 3, 60, 730
"""Records; days between the first and the last of them; days that a line looks back."""
FAR = 36_500  # days: a hundred years are never
DISTANT = 10
"""Years beyond which a straight line names no day."""
_ERAS = {"令和": 2018, "平成": 1988}
_WHEN = (
    r"(?P<era>令和|平成)(?P<year>元|\d+)年(?P<fiscal>度)?(?:(?P<month>\d+)月)?末?|(?P<west>\d{4})年(?P<wfiscal>度)?(?:(?P<wmonth>\d+)月)?末?"
    r"|(?P<iso>\d{4}-\d{2}-\d{2})"
)
_WHAT: tuple[tuple[str, Measure], ...] = (
    (r"全(?:ての)?市(?:区)?町(?:村)?", "municipalities"),
    (r"\d+/(?P<n>\d+)(?:市|区|町|村)+", "municipalities"),
    (r"(?P<n>\d+)(?:市区町村|市町村|市町|団体)", "municipalities"),
    (r"(?:都|道|府|県)(?:が|は|の)(?:累計)?(?P<n>[\d,]+)データセット", "own"),
    (r"(?:累計)?(?P<n>[\d,]+)データセット", "datasets"),
    (r"(?:累計)?(?P<n>[\d,]+)ファイル", "files"),
    (r"適合(?P<n>[\d,]+)件", "valid"),
    (r"(?:標準データセット)?公開(?P<n>[\d,]+)件", "published"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """`value` None is all municipalities. `by` is the day until which, None where none is stated."""

    name: str
    measure: Measure
    value: int | None
    by: date | None = None


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a target is; `late` where its day has passed. `forecast` is what will have been reached on its day, `reached_on` when it will be reached,
    each if it goes on as before; None where nothing can be said, and `records` tells of how many records it is said.
    `standstill` is that it grows no more, `distant` that it would be reached later than `DISTANT` years from now: no day
    is named then.
    """

    target: Target
    goal: int
    now: int
    records: int
    forecast: int | None = None
    reached_on: date | None = None
    standstill: bool = False
    distant: bool = False
    late: bool = False

    @property
    def reached(self) -> bool:
        return self.now >= self.goal

    @property
    def in_time(self) -> bool | None:
        """Whether it was reached, or will be by its day; None where nobody can say."""
        if self.reached:
            return True
        if self.target.by is None or self.forecast is None:
            return None
        return self.forecast >= self.goal

    @property
    def share(self) -> float:
        return 1.0 if self.reached else self.now / self.goal


def target(sentence: str) -> Target | None:
    """What such a sentence means: 「令和2年度末までに全市町村」, 「23/23市町」, 「累計150データセット」. None where it means
    nothing known."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", sentence))
    found = re.match(rf"(?:{_WHEN})(?:まで)?(?:に|、)?", text)
    by = _day(found) if found else None
    if found and by is None:  # a day that there is not: 令和8年13月末
        return None
    rest = text[found.end() :] if found else text
    for pattern, measure in _WHAT:
        what = re.match(
            rf"(?:{pattern})(?:が|の|を|へ)?(?:公開|取組済|連携|取り組む|取組|に)?(?:する)?$", rest
        )
        if what:
            number = what.groupdict().get("n")
            value = int(number.replace(",", "")) if number else None
            return None if value == 0 else Target(sentence.strip(), measure, value, by)
    return None


def deadline(written: str) -> date | None:
    """The day meant by 令和8年度末, 2027年3月末 or 2027-03-31; None where none is."""
    found = re.fullmatch(_WHEN, re.sub(r"\s", "", unicodedata.normalize("NFKC", written)))
    return _day(found) if found else None


def progress(
    wanted: Target, history: Sequence[tuple[date, int]], *, municipalities: int, today: date, now: int
) -> Progressed:
    """How far it is today; `history` is the same measure on earlier days, oldest first. Two years
    are looked back."""
    goal = municipalities if wanted.value is None else wanted.value
    points = [(day, number) for day, number in history if day < today and (today - day).days <= WINDOW]
    points.append((today, now))
    late = wanted.by is not None and wanted.by < today and now < goal
    plain = Progressed(wanted, goal, now, len(points), late=late)
    if now >= goal or len(points) < FEWEST or (today - points[0][0]).days < SHORTEST:
        return plain
    slope = _slope(points)
    days = (goal - now) / slope if slope > 0 else FAR
    if days >= FAR:
        return replace(plain, forecast=now if wanted.by else None, standstill=True)
    ahead = max(0, (wanted.by - today).days) if wanted.by else 0
    forecast = min(int(now + slope * ahead), municipalities if wanted.measure == "municipalities" else 10**9)
    told = replace(plain, forecast=forecast if wanted.by else None)
    if days > DISTANT * 365.25:
        return replace(told, distant=True)
    return replace(told, reached_on=today + timedelta(days=math.ceil(days)))


def _slope(points: Sequence[tuple[date, int]]) -> float:
    """Units a day of the straight line of least squares."""
    days = [(day - points[0][0]).days for day, _ in points]
    middle, height = sum(days) / len(days), sum(number for _, number in points) / len(points)
    spread = sum((day - middle) ** 2 for day in days)
    return (
        sum((day - middle) * (number - height) for day, (_, number) in zip(days, points, strict=True))
        / spread
    )


def _day(found: re.Match[str]) -> date | None:
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        written = found["year"] or found["west"]
        year = (1 if written == "元" else int(written)) + _ERAS.get(found["era"], 0)
        month = int(found["month"] or found["wmonth"] or 0)
        if found["fiscal"] or found["wfiscal"]:
            month, year = month or 3, year + (1 if (month or 3) < 4 else 0)
        month = month or 12
        if month > 12:
            return None
        return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    except ValueError:
        return None
