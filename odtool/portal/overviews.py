"""Everything of a catalogue that is made from all its datasets, written where it differs.

<root>/index.html, catalog.jsonld, lists/<edition>/<code>_open_data_list.csv, lists/<code>_numbers.json, and where
the address is known sitemap.xml and robots.txt. All of it can be made anew from the datasets, but for the numbers.
"""

import json
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from odtool.portal import dcat, files, national, pages, sitemap
from odtool.portal.entries import Entry

LISTS = "lists"
_LIST = re.compile(r"[0-9]{6}_open_data_list\.csv")


def write(root: Path, title: str, entries: Iterable[Entry], base: str) -> None:
    """Bring them up to date; what was withdrawn is in none. `base` is the catalogue's address with a slash at the
    end, or empty."""
    shown = (entry for entry in entries if not entry.withdrawn)
    found = sorted(shown, key=lambda entry: (entry.place.code, entry.name))
    lists = _write_lists(root, found, base)
    data = json.dumps(dcat.catalogue(title, found, base), ensure_ascii=False, indent=1) + "\n"
    files.put(root / "catalog.jsonld", data.encode("utf-8", "replace"))
    files.put(root / "index.html", pages.index(title, found, lists).encode())
    _put_or_remove(root / "sitemap.xml", sitemap.sitemap(found, base) if base else None)
    _put_or_remove(root / "robots.txt", sitemap.robots(base) if base else None)


def _write_lists(root: Path, entries: Sequence[Entry], base: str) -> set[str]:
    """The national lists of every municipality; the codes that have some. Those of others are taken away."""
    codes = set()
    for code, group in groupby(entries, key=lambda entry: entry.place.code):
        codes.add(code)
        own = list(group)
        numbers = _numbered(root, code, own)
        for edition in national.EDITIONS:
            place = files.inside(root, LISTS, edition, f"{code}_open_data_list.csv")
            files.put(place, national.listed(edition, own, numbers, base))
    for edition in national.EDITIONS:
        for old in sorted((root / LISTS / edition).glob("*.csv")):
            if _LIST.fullmatch(old.name) and old.name[:6] not in codes:
                files.remove(old)
    return codes


def _numbered(root: Path, code: str, entries: Sequence[Entry]) -> national.Numbers:
    """The numbers of the rows. They are written down before any list has them, so that none is given twice."""
    place = files.inside(root, LISTS, f"{code}_numbers.json")
    numbers = national.numbered(entries, _known(place))
    files.put(place, (json.dumps(numbers, indent=1) + "\n").encode())
    return numbers


def _known(place: Path) -> national.Numbers:
    if not place.is_file():
        return {}
    try:
        found = json.loads(files.get(place))
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: n for key, n in found.items() if isinstance(n, int) and not isinstance(n, bool) and n > 0}


def _put_or_remove(place: Path, text: str | None) -> None:
    """Only what odtool wrote is replaced or taken away: a site may have its own."""
    if place.exists() and sitemap.MARK.encode() not in files.get(place)[:200]:
        return
    if text is None:
        files.remove(place)
    else:
        files.put(place, text.encode())
