"""The national list of local government codes: six digits, the last one a check digit."""

import csv
import re
from functools import cache

from odtool import resources
from odtool.text import fold
from odtool.value import dataclass


@dataclass(frozen=True, slots=True)
class Municipality:
    """A prefecture, municipality or ward: `name` is 札幌市厚別区 and `ward` 厚別区; empty where there is none."""

    code: str
    prefecture: str
    name: str
    ward: str
    kind: str

    @property
    def title(self) -> str:
        """The name without the prefecture; the prefecture's own name for a prefecture."""
        return self.name or self.prefecture

    @property
    def city(self) -> str:
        """The name without the ward: 札幌市."""
        return self.name.removesuffix(self.ward)


@cache
def municipalities() -> dict[str, Municipality]:
    """All of them by code, in the order of the codes' list."""
    rows = csv.reader(resources.text("recommended_datasets", "municipalities.csv").splitlines())
    header = next(rows)
    code, prefecture, name, ward, kind = map(header.index, ("code", "prefecture", "name", "ward", "kind"))
    return {
        row[code]: Municipality(row[code], row[prefecture], row[name], row[ward], row[kind]) for row in rows
    }


@cache
def with_check_digit(five: str) -> str:
    """The six-digit code of five digits. Source: 総務省 全国地方公共団体コード 仕様."""
    total = sum(int(digit) * weight for digit, weight in zip(five, (6, 5, 4, 3, 2), strict=True))
    return five + str((11 - total % 11) % 10)


def is_well_formed(code: str) -> bool:
    """Six ASCII digits with the right check digit."""
    return len(code) == 6 and code.isascii() and code.isdigit() and with_check_digit(code[:5]) == code


_MONTH = re.compile("(?:199|20[0-3])[0-9](?:0[1-9]|1[0-2])")


def may_be_month(digits: str) -> bool:
    """Whether six digits can also be a year and month of the years of open data, as 202011: November 2020, and the code of
    長野市. Names say either; such a number alone tells nothing."""
    return _MONTH.fullmatch(digits) is not None


def restored(digits: str) -> str | None:
    """The one existing code that lost a leading zero or its check digit to become `digits`."""
    if not (digits.isascii() and digits.isdigit()):
        return None
    candidates = {
        4: [with_check_digit("0" + digits)] if len(digits) == 4 else [],
        5: ["0" + digits, with_check_digit(digits)] if len(digits) == 5 else [],
    }.get(len(digits), [])
    known = [code for code in candidates if code in municipalities()]
    return known[0] if len(known) == 1 else None


def belongs(code: str, owner: str) -> bool:
    """Whether `code` is `owner` itself, lies in the prefecture `owner`, or is a ward of the city `owner`."""
    if code == owner or (owner.endswith("000", 2, 5) and code[:2] == owner[:2]):
        return True
    place, city = municipalities().get(code), municipalities().get(owner)
    return bool(
        place and city and place.ward and (place.prefecture, place.city) == (city.prefecture, city.name)
    )


@cache
def prefectures() -> frozenset[str]:
    return frozenset(place.prefecture for place in municipalities().values())


def is_name(written: str, place: Municipality) -> bool:
    """Whether `written` names that municipality, perhaps with prefecture, district (郡) and ward names."""
    return bool(place.city) and fold(place.city) in _readings(
        fold(written).removeprefix(fold(place.prefecture))
    )


def exists(written: str) -> bool:
    """Whether any municipality is named so."""
    if written in _cities():  # most are written as they are; folding all two thousand names can wait
        return True
    text = fold(written)
    bare = next((text.removeprefix(name) for name in _folded_prefectures() if text.startswith(name)), text)
    return not _readings(bare).isdisjoint(_folded_cities())


def _readings(text: str) -> set[str]:
    """The folded text, and what is left of it without a district before or a ward behind."""
    without_district = re.sub(r"^[^0-9]{1,5}?郡(?=.)", "", text)
    found = {text, without_district}
    return found | {re.sub(r"(?<=市)[^0-9]{1,6}区$", "", reading) for reading in found}


@cache
def _cities() -> frozenset[str]:
    return frozenset(place.city for place in municipalities().values() if place.city)


@cache
def _folded_cities() -> frozenset[str]:
    return frozenset(map(fold, _cities()))


@cache
def _folded_prefectures() -> tuple[str, ...]:
    return tuple(fold(name) for name in prefectures())


@cache
def cities(prefecture: str) -> tuple[str, ...]:
    """The municipalities of a prefecture by name, wards of a city not among them."""
    return tuple(
        place.city for place in municipalities().values() if place.prefecture == prefecture and place.city
    )


MARGIN = 0.1  # degrees, some ten kilometres: a municipality reaches beyond the middle of its outermost towns


@dataclass(frozen=True, slots=True)
class Box:
    """The bounds, in degrees, of all town points of a municipality."""

    south: float
    north: float
    west: float
    east: float


@cache
def _bounds() -> dict[str, str]:
    """By code, the four bounds as they are written. A file asks for one or two of all the boxes."""
    lines = resources.text("recommended_datasets", "municipality_boxes.csv").splitlines()[1:]
    return {code: bounds for code, _, bounds in (line.partition(",") for line in lines)}


def _box(bounds: str) -> Box:
    return Box(*map(float, bounds.split(",")))


@cache
def box(code: str) -> Box | None:
    """Where a municipality or a prefecture lies; None where that is not known."""
    if code.endswith("000", 2, 5):
        within = [_box(bounds) for other, bounds in _bounds().items() if other[:2] == code[:2]]
        if not within or code not in municipalities():
            return None
        return Box(
            min(b.south for b in within),
            max(b.north for b in within),
            min(b.west for b in within),
            max(b.east for b in within),
        )
    return _box(_bounds()[code]) if code in _bounds() else None
