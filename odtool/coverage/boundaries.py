"""A GeoJSON of municipalities, as an officer downloaded it → the outline of each body, small enough for a page.

Made for the boundaries of 国土数値情報 (行政区域, whose property N03_007 holds five-digit codes); any other file will do of which one
property holds codes, with or without the check digit. Read as it goes by, as such files are large.
"""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from odtool.assets.jsonstream import JsonStream, NotJsonError, TooMuchError
from odtool.coverage.bodies import city
from odtool.errors import UsageError
from odtool.municipality import municipalities, restored
from odtool.text import visible

if TYPE_CHECKING:
    from shapely import Polygon

USUAL = "N03_007"
MOST = 12_000_000  # positions: a large prefecture has three million
SIDE = 900.0
"""Units of the longer side of the map, which are about as many pixels."""
TOLERANCE, SMALLEST = 0.9, 1.5
"""Units that a line may lose; square units below which an island is left out, unless it is a body's largest."""
_PROPERTIES, _FEATURE, _PLACES = (
    ("features", "[]", "properties"),
    ("features", "[]"),
    ("features", "[]", "geometry", "coordinates"),
)
_BOM = b"\xef\xbb\xbf"

Ring = tuple["array[float]", "array[float]"]


@dataclass(slots=True)
class _Feature:
    codes: dict[str, str] = field(default_factory=dict)
    polygons: list[list[Ring]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The polygons by six-digit code, each its outer ring and its holes, in degrees of longitude and latitude."""

    polygons: Mapping[str, list[list[Ring]]]


@dataclass(frozen=True, slots=True)
class Outline:
    """How a body is drawn: the path of an SVG, and where its name has room (None where it has none)."""

    path: str
    label: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Outlines:
    """A map: its size in units, and the bodies on it by their codes."""

    width: float
    height: float
    bodies: Mapping[str, Outline]


def read(name: str, chunks: Iterable[bytes]) -> Boundaries:
    """Raises UsageError, naming the file, where there are no boundaries to be had."""
    reader = _Reader(name)
    stream = JsonStream(reader.text, reader.pairs, reader.opened, reader.text)
    shown = visible(name, 500)
    try:
        first = True
        for chunk in chunks:
            stream.feed(chunk.removeprefix(_BOM) if first else chunk)
            first = False
        stream.feed(b"", final=True)
    except UnicodeDecodeError:
        raise UsageError(
            f"{shown}: UTF-8 の GeoJSON ではありません。GeoJSON の形（.geojson）で保存し直してください。",
            f"{shown} is not GeoJSON in UTF-8. Save it again as GeoJSON.",
        ) from None
    except NotJsonError as error:
        raise UsageError(
            f"{shown}: GeoJSON として読めません（{error.offset:,}文字目：{error.ja}）。ダウンロードし直してください。",
            f"{shown} is no GeoJSON (character {error.offset:,}: {error.en}). Download it again.",
        ) from None
    except TooMuchError:
        raise UsageError(
            f"{shown}: 入れ子が深すぎるか、長すぎる文字列があるため、GeoJSON として読めません。",
            f"{shown} is nested too deep, or holds too long a text, to be read as GeoJSON.",
        ) from None
    return reader.found()


class _Reader:
    """Takes features from what a JsonStream tells."""

    def __init__(self, name: str) -> None:
        self._name = visible(name, 500)
        self._features: list[_Feature] = []
        self._opens = self._positions = 0

    def opened(self, path: tuple[str, ...], sign: str) -> None:
        if path == _FEATURE and sign == "{":
            self._features.append(_Feature())
        self._opens += sign == "["

    def text(self, path: tuple[str, ...], value: str) -> None:
        if self._features and len(path) == 4 and path[:3] == _PROPERTIES and (code := _code(value)):
            self._features[-1].codes[path[3]] = code

    def pairs(self, path: tuple[str, ...], xs: list[float], ys: list[float]) -> None:
        opens, self._opens = self._opens, 0
        if not self._features or path[:4] != _PLACES or len(path) < 6:  # a point, a line, or elsewhere
            return
        self._positions += len(xs)
        if self._positions > MOST:
            raise UsageError(
                f"{self._name}: 座標が多すぎます（{MOST:,} を超えます）。都道府県ごとのファイルを指定してください。",
                f"{self._name} has more than {MOST:,} positions. Give the file of one prefecture.",
            )
        if not all(-180 <= x <= 180 for x in xs) or not all(-90 <= y <= 90 for y in ys):
            raise UsageError(
                f"{self._name}: 緯度・経度ではない座標があります。緯度・経度（JGD2011 など）の GeoJSON を指定してください。",
                f"{self._name}: there are coordinates that are no longitude and latitude. Give a GeoJSON in degrees.",
            )
        polygons = self._features[-1].polygons
        if opens >= 2 or not polygons:
            polygons.append([])
        if opens >= 1:
            polygons[-1].append((array("d"), array("d")))
        ring = polygons[-1][-1]
        ring[0].extend(xs)
        ring[1].extend(ys)

    def found(self) -> Boundaries:
        if not any(feature.polygons for feature in self._features):
            raise UsageError(
                f"{self._name}: 面の図形（Polygon・MultiPolygon）がありません。行政区域の GeoJSON を指定してください。",
                f"{self._name} has no polygons. Give a GeoJSON of administrative areas.",
            )
        counted = Counter(key for feature in self._features for key in feature.codes)
        if not counted:
            raise UsageError(
                f"{self._name}: 市区町村コードの入った項目がありません（国土数値情報の行政区域なら {USUAL}）。",
                f"{self._name}: no property holds codes of municipalities ({USUAL} does in 国土数値情報).",
            )
        key = max(counted, key=lambda name: (counted[name], name == USUAL))
        polygons: dict[str, list[list[Ring]]] = defaultdict(list)
        for feature in self._features:
            if key in feature.codes:
                polygons[feature.codes[key]] += feature.polygons
        return Boundaries(polygons)


@lru_cache(maxsize=10_000)
def _code(value: str) -> str | None:
    """The code that is written there, with its check digit."""
    digits = value.strip()
    return digits if len(digits) == 6 and digits in municipalities() else restored(digits)


def outlines(found: Boundaries, codes: Iterable[str]) -> Outlines:
    """The bodies of these codes as they are drawn; wards are part of their city. Neighbours share their border after it was
    simplified as before. Raises UsageError where shapely is missing or none of them is there."""
    try:
        import shapely
    except ImportError:
        raise UsageError(
            "--boundaries の地図を描くには shapely が要ります。pip install 'odtool[map]' で入れてください。",
            "--boundaries needs shapely: pip install 'odtool[map]'.",
        ) from None
    wanted = set(codes)
    whose: list[str] = []
    shapes: list[Polygon] = []
    for code, polygons in found.polygons.items():
        owner = code if code in wanted else city(code)
        if owner not in wanted:
            continue
        for polygon in polygons:
            for shape in _polygons(shapely, polygon):
                whose.append(owner)
                shapes.append(shape)
    if not shapes:
        raise UsageError(
            "--boundaries のファイルに、表にある市区町村の図形がありません。都道府県が合っているか確かめてください。",
            "The file of --boundaries has no area of the municipalities shown. See whether it is of that prefecture.",
        )
    largest: dict[str, float] = defaultdict(float)
    for owner, shape in zip(whose, shapes, strict=True):
        largest[owner] = max(largest[owner], shape.area)
    least = _least(shapely, shapes)
    kept = [n for n, shape in enumerate(shapes) if shape.area >= min(least, largest[whose[n]])]
    place, width, height = _placing(shapely, [shapes[n] for n in kept])
    whose, shapes = [whose[n] for n in kept], list(shapely.transform([shapes[n] for n in kept], place))
    simpler = _simpler(shapely, shapes)
    parts: dict[str, list[Any]] = defaultdict(list)
    for owner, shape, before in zip(whose, simpler, shapes, strict=True):
        parts[owner].append(before if shape.is_empty else shape)
    return Outlines(width, height, {owner: _outline(shapely, parts[owner]) for owner in parts})


def _least(shapely: Any, shapes: list["Polygon"]) -> float:
    """The square degrees of an island that would be too small to be seen."""
    west, south, east, north = map(float, shapely.total_bounds(shapes))
    return SMALLEST * float(max(east - west, north - south) / SIDE) ** 2


def _polygons(shapely: Any, rings: list[Ring]) -> Iterable["Polygon"]:
    """The polygon of these rings; where they cross, what is left of it; nothing where it has no area."""
    closed = [list(zip(xs, ys, strict=True)) for xs, ys in rings if len(xs) >= 3]
    if not closed or len(rings[0][0]) < 3:
        return []
    shape = shapely.Polygon(closed[0], closed[1:])
    if not shape.is_valid:
        shape = shapely.make_valid(shape)
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]


def _placing(shapely: Any, shapes: list["Polygon"]) -> tuple[Callable[[Any], Any], float, float]:
    """What turns degrees into units, north above, and the size of the map."""
    west, south, east, north = shapely.total_bounds(shapes)
    shrink = math.cos(
        math.radians((north + south) / 2)
    )  # a degree of longitude is shorter than one of latitude
    wide, tall = max((east - west) * shrink, 1e-9), max(north - south, 1e-9)
    scale = SIDE / max(wide, tall)

    def place(positions: Any) -> Any:
        moved = positions.copy()
        moved[:, 0] = (positions[:, 0] - west) * shrink * scale
        moved[:, 1] = (north - positions[:, 1]) * scale
        return moved

    return place, round(wide * scale, 1), round(tall * scale, 1)


def _simpler(shapely: Any, shapes: list["Polygon"]) -> Iterable[Any]:
    """The same with fewer corners: all together, so that no gap opens between neighbours."""
    try:
        return list(shapely.coverage_simplify(shapes, TOLERANCE))
    except shapely.errors.GEOSException:  # areas that lie over one another
        return list(shapely.simplify(shapes, TOLERANCE))


def _outline(shapely: Any, parts: list[Any]) -> Outline:
    whole = shapely.union_all([part if part.is_valid else shapely.make_valid(part) for part in parts])
    pieces = [piece for piece in shapely.get_parts(whole) if piece.geom_type == "Polygon"] or parts
    path = "".join(_path(ring.coords) for piece in pieces for ring in (piece.exterior, *piece.interiors))
    main = max(pieces, key=lambda piece: piece.area)
    left, _, right, _ = main.bounds
    point = main.representative_point()
    return Outline(path, (round(point.x, 1), round(point.y, 1)) if right - left > 45 else None)


def _path(places: Iterable[tuple[float, ...]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y, *_ in list(places)[:-1]) + "Z"
