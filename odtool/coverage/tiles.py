"""Where places lie → a tile for each, so that neighbours stay neighbours: no map, but it can be read as one."""

from collections.abc import Mapping
from math import ceil, cos, radians, sqrt

PASSES = 8  # a few settle even two hundred places
ROOM = 1.7  # cells of the grid for every tile: some stay free, which lets the shape show


def tiles(places: Mapping[str, tuple[float, float]]) -> dict[str, tuple[int, int]]:
    """Row and column, from 0 at the north-west, of each place given as latitude and longitude in degrees; every cell
    at most once, no row or column wholly empty."""
    if not places:
        return {}
    north, south = max(lat for lat, _ in places.values()), min(lat for lat, _ in places.values())
    west, east = min(lon for _, lon in places.values()), max(lon for _, lon in places.values())
    shrink = cos(radians((north + south) / 2))  # a degree of longitude is shorter than one of latitude
    tall, wide = max(north - south, 1e-6), max((east - west) * shrink, 1e-6)
    cells = len(places) * ROOM
    rows = min(max(1, ceil(sqrt(cells * tall / wide))), len(places))
    columns = min(max(ceil(cells / rows), ceil(len(places) / rows)), len(places))
    wanted = {
        key: ((north - lat) / tall * (rows - 1), (lon - west) * shrink / wide * (columns - 1))
        for key, (lat, lon) in places.items()
    }
    free = {(row, column) for row in range(rows) for column in range(columns)}
    middle = ((rows - 1) / 2, (columns - 1) / 2)
    found: dict[str, tuple[int, int]] = {}
    # The outermost choose first: the middle can move either way, the coast cannot.
    for key, at in sorted(wanted.items(), key=lambda entry: (-_apart(entry[1], middle), entry[0])):
        cell = min(free, key=lambda cell: (_apart(at, cell), cell))
        free.remove(cell)
        found[key] = cell
    return _tightened(_settled(found, wanted, free))


def _settled(
    found: dict[str, tuple[int, int]], wanted: Mapping[str, tuple[float, float]], free: set[tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """The same with places changed, two by two, as long as that brings them nearer to where they lie."""
    at: dict[tuple[int, int], str | None] = {cell: key for key, cell in found.items()} | dict.fromkeys(free)
    for _ in range(PASSES):
        moved = False
        for key in list(found):
            for cell, other in at.items():
                here = found[key]
                if cell == here:
                    continue
                gain = _apart(wanted[key], here) - _apart(wanted[key], cell)
                if other is not None:
                    gain += _apart(wanted[other], cell) - _apart(wanted[other], here)
                if gain > 1e-9:
                    at[here], at[cell], found[key], moved = other, key, cell, True
                    if other is not None:
                        found[other] = here
        if not moved:
            break
    return found


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _tightened(found: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Without empty rows and columns."""
    rows = {row: place for place, row in enumerate(sorted({row for row, _ in found.values()}))}
    columns = {column: place for place, column in enumerate(sorted({column for _, column in found.values()}))}
    return {key: (rows[row], columns[column]) for key, (row, column) in found.items()}


PREFECTURES = """
. . . . . . . . . . . . 01
. . . . . . . . . . . . 02
. . . . . . . . . . . 05 03
. . . . . . . . . . . 06 04
. . . . . . . 17 16 15 . 07 .
. . . 32 31 28 26 18 21 20 10 09 08
. . 35 34 33 27 29 25 23 19 11 13 12
41 40 44 38 37 30 24 . 22 . 14 . .
42 43 45 39 36
. 46
47
"""
"""The prefectures by their numbers, neighbours beside neighbours."""


def prefectures() -> dict[str, tuple[int, int]]:
    """Row and column of each prefecture, by the first two digits of its code."""
    return {
        number: (row, column)
        for row, line in enumerate(PREFECTURES.split("\n")[1:-1])
        for column, number in enumerate(line.split())
        if number != "."
    }
