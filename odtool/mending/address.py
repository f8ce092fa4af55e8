"""The prefecture and the municipality that an address or a name begins with, where they are certain."""

import re
from dataclasses import dataclass
from functools import cache

from odtool.municipality import municipalities, prefectures


@dataclass(frozen=True, slots=True)
class Parts:
    """What an address begins with, as written; `city` with its district (郡) or ward, "" where it is not certain."""

    prefecture: str
    city: str
    rest: str


def parts(text: str) -> Parts | None:
    """The parts of an address that begins with a prefecture; None where it does not.

    The municipality is one of that prefecture. A city that has wards is certain only with its ward; a town
    counts with or without its district, as written.
    """
    prefecture = next((name for name in prefectures() if text.startswith(name)), None)
    if prefecture is None:
        return None
    rest = text.removeprefix(prefecture)
    names, parted = _names(prefecture)
    district = re.match(r"[^0-9０-９\s]{1,5}?郡(?=[^0-9０-９\s])", rest)
    towns = [name for name in names if name.endswith(("町", "村"))]
    for lead, known in ((district[0] if district else "", towns), ("", names)):
        city = next((name for name in known if rest.startswith(lead + name)), None)
        if city and city not in parted:
            return Parts(prefecture, lead + city, rest.removeprefix(lead + city))
        if city:
            break
    return Parts(prefecture, "", rest)


def parted_name(text: str) -> tuple[str, str] | None:
    """The name of a local government → prefecture and municipality ("" for a prefecture itself).

    None where the two are not certain: joined they are the text again.
    """
    prefecture = next((name for name in prefectures() if text.startswith(name)), None)
    if prefecture is None:
        return None
    rest = text.removeprefix(prefecture)
    names, _ = _names(prefecture)
    bare = re.sub(r"^[^0-9０-９\s]{1,5}?郡(?=.)", "", rest)
    return (prefecture, rest) if not rest or rest in names or bare in names else None


@cache
def _names(prefecture: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """The municipalities and wards of a prefecture, the longest name first; and those that are parted into wards."""
    here = [place for place in municipalities().values() if place.prefecture == prefecture and place.name]
    names = sorted({place.name for place in here}, key=len, reverse=True)
    return tuple(names), frozenset(place.city for place in here if place.ward)
