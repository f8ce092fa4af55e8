"""Coordinate reference systems met in Japan, and their coordinates in degrees.

Numbers and names: EPSG Geodetic Parameter Dataset (https://epsg.org). Origins of the plane rectangular systems:
平成14年国土交通省告示第9号. Formula: Kawase (2011), 国土地理院時報 121, the one GSI computes with; its terms to n⁴
are exact to far below a millimetre in a zone. Nothing else is needed for the bounds of a dataset.
"""

import math
import re
from functools import cache

from odtool.assets.model import Bounds, Crs, Extent

_A, _F = 6_378_137.0, 1 / 298.257222101  # GRS80; WGS84's flattening differs by less than 0.1 mm on the ground
_ROMAN = tuple("I,II,III,IV,V,VI,VII,VIII,IX,X,XI,XII,XIII,XIV,XV,XVI,XVII,XVIII,XIX".split(","))  # noqa: SIM905 - shorter
# Latitude and longitude of the origins of zones I to XIX, in degrees.
_ORIGINS = (
    (33, 129.5), (33, 131), (36, 132 + 1 / 6), (33, 133.5), (36, 134 + 1 / 3), (36, 136), (36, 137 + 1 / 6),
    (36, 138.5), (36, 139 + 5 / 6), (40, 140 + 5 / 6), (44, 140.25), (44, 142.25), (44, 144.25), (26, 142),
    (26, 127.5), (26, 124), (26, 131), (20, 136), (26, 154),
)  # fmt: skip
# First code of zones I to XIX, and of the compound systems with heights (zones I to XIII).
_PLANE = {6669: "JGD2011", 2443: "JGD2000", 30161: "Tokyo"}
_PLANE_WITH_HEIGHT = 10162
# First code of UTM zones 51N and up, and how many of them.
_UTM = {6688: ("JGD2011", 5), 3097: ("JGD2000", 5), 3092: ("Tokyo", 5), 32651: ("WGS 84", 6)}
GEOGRAPHIC = {
    6668: "JGD2011", 6667: "JGD2011", 6697: "JGD2011 + JGD2011 (vertical) height", 4612: "JGD2000", 4947: "JGD2000",
    6696: "JGD2000 + JGD2000 (vertical) height", 4326: "WGS 84", 4979: "WGS 84", 4301: "Tokyo",
}  # fmt: skip
_TOKYO = frozenset({4301, *range(3092, 3097), *range(30161, 30180)})
# From the southernmost, easternmost, … point of the country (国土地理院 日本の東西南北端点), with some sea around.
JAPAN = Extent(122.0, 20.0, 154.5, 46.0)


@cache
def names() -> dict[int, str]:
    """Every system that is known by its number."""
    found = dict(GEOGRAPHIC)
    for first, datum in _PLANE.items():
        found |= {
            first + i: f"{datum} / Japan Plane Rectangular CS {roman}" for i, roman in enumerate(_ROMAN)
        }
    found |= {
        _PLANE_WITH_HEIGHT + i: f"JGD2011 / Japan Plane Rectangular CS {roman} + JGD2011 (vertical) height"
        for i, roman in enumerate(_ROMAN[:13])
    }
    for first, (datum, count) in _UTM.items():
        found |= {first + i: f"{datum} / UTM zone {51 + i}N" for i in range(count)}
    return found | {3857: "WGS 84 / Pseudo-Mercator"}


def of_code(code: int, source: str) -> Crs:
    return Crs(code, names().get(code, f"EPSG:{code}"), source)


def stated(text: str, source: str) -> Crs | None:
    """«EPSG:6673», «urn:ogc:def:crs:EPSG::6673», «http://www.opengis.net/def/crs/EPSG/0/6673», CRS84; None for
    anything else."""
    if re.fullmatch(
        r"(urn:ogc:def:crs:OGC:[\d.]*:|OGC:|https?://www\.opengis\.net/def/crs/OGC/1\.3/)CRS84", text
    ):
        return of_code(4326, source)
    match = re.fullmatch(
        r"(?:EPSG:|urn:ogc:def:crs:EPSG:[\d.]*:|https?://www\.opengis\.net/(?:def/crs/EPSG/[\d.]+/|gml/srs/epsg\.xml#))"
        r"(\d{4,6})",
        text.strip(),
        re.IGNORECASE,
    )
    return of_code(int(match[1]), source) if match else None


def of_wkt(text: str, source: str) -> Crs | None:
    """The system a well-known text describes; only its name where that is none of those known here."""
    text = text.strip("\0 \r\n\t\ufeff")
    top = re.match(
        r'\s*(?:COMPD_CS|PROJCS|GEOGCS|PROJCRS|GEOGCRS|GEODCRS|COMPOUNDCRS|BOUNDCRS)\s*\[\s*"([^"]{1,200})"',
        text,
    )
    if not top:
        return None
    code = _known(top[1])
    inner = re.search(r'(?:PROJCS|PROJCRS)\s*\[\s*"([^"]{1,200})"', text) if code is None else None
    code = _known(inner[1]) if inner else code
    if code is None:
        stated_last = re.search(
            r'(?:AUTHORITY\s*\[\s*"EPSG"\s*,\s*"?|ID\s*\[\s*"EPSG"\s*,\s*)(\d{4,6})"?\s*\]\s*\]\s*$', text
        )
        code = int(stated_last[1]) if stated_last else None
    return of_code(code, source) if code is not None else Crs(None, top[1], source)


def of_name(name: str, source: str) -> Crs | None:
    """A system by one of the names that programs write for it."""
    code = _known(name)
    return of_code(code, source) if code is not None else None


def _known(name: str) -> int | None:
    return _by_name().get(_bare(name))


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", name.lower())


@cache
def _by_name() -> dict[str, int]:
    found = {_bare(name): code for code, name in names().items() if code not in (6667, 4947, 4979)}
    for first, datum in _PLANE.items():  # as Esri writes them
        stem = "Japan_Zone_" if datum == "Tokyo" else f"{datum[:3]}_{datum[3:]}_Japan_Zone_"
        found |= {_bare(f"{stem}{i + 1}"): first + i for i in range(19)}
    for first, (datum, count) in _UTM.items():
        stem = {"Tokyo": "Tokyo_UTM_Zone_", "WGS 84": "WGS_1984_UTM_Zone_"}.get(datum, f"{datum}_UTM_Zone_")
        found |= {_bare(f"{stem}{51 + i}N"): first + i for i in range(count)}
    esri = {"GCS_JGD_2011": 6668, "GCS_JGD_2000": 4612, "GCS_WGS_1984": 4326, "GCS_Tokyo": 4301,
            "WGS_1984_Web_Mercator_Auxiliary_Sphere": 3857}  # fmt: skip
    return found | {_bare(name): code for name, code in esri.items()}


def is_tokyo(crs: Crs) -> bool:
    return crs.code in _TOKYO


def is_geographic(crs: Crs) -> bool:
    return crs.code in GEOGRAPHIC


def extent(crs: Crs | None, bounds: Bounds | None) -> Extent | None:
    """The bounds in degrees; None where the system is unknown, or its datum is another (Tokyo)."""
    if not crs or crs.code is None or not bounds or is_tokyo(crs):
        return None
    corners = (bounds.min_x, bounds.min_y, bounds.max_x, bounds.max_y)
    if not all(math.isfinite(value) for value in corners):
        return None
    if is_geographic(crs):
        return Extent(*corners)
    if crs.code == 3857:
        return _web_mercator(bounds)
    zone = _zone(crs.code)
    return _from_zone(bounds, *zone) if zone else None


def _zone(code: int) -> tuple[float, float, float, float] | None:
    """Origin (latitude, longitude), scale on the meridian, false easting."""
    for first in (*_PLANE, _PLANE_WITH_HEIGHT):
        if first <= code < first + (13 if first == _PLANE_WITH_HEIGHT else 19):
            return (*_ORIGINS[code - first], 0.9999, 0.0)
    for first, (_, count) in _UTM.items():
        if first <= code < first + count:
            return 0.0, 123.0 + 6 * (code - first), 0.9996, 500_000.0
    return None


_STEPS = 8  # points taken along each side: a parallel is bent in the plane


def _from_zone(b: Bounds, lat0: float, lon0: float, scale: float, easting: float) -> Extent | None:
    if max(abs(b.min_x), abs(b.max_x)) > 2e6 or max(abs(b.min_y), abs(b.max_y)) > 1e7:
        return None  # farther from the origin than the projection makes sense
    points = []
    for step in range(_STEPS + 1):
        x = b.min_x + (b.max_x - b.min_x) * step / _STEPS
        y = b.min_y + (b.max_y - b.min_y) * step / _STEPS
        sides = ((x, b.min_y), (x, b.max_y), (b.min_x, y), (b.max_x, y))
        points += [degrees(east - easting, north, lat0, lon0, scale) for east, north in sides]
    lats, lons = zip(*points, strict=True)
    return Extent(min(lons), min(lats), max(lons), max(lats))


def degrees(east: float, north: float, lat0: float, lon0: float, scale: float) -> tuple[float, float]:
    """Latitude and longitude in degrees of metres from an origin, by the inverse Gauss-Krüger projection."""
    n = _F / (2 - _F)
    radius = scale * _A / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    alpha = (n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180, 13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440,
             61 * n**3 / 240 - 103 * n**4 / 140, 49561 * n**4 / 161280)  # fmt: skip
    beta = (n / 2 - 2 * n**2 / 3 + 37 * n**3 / 96 - n**4 / 360, n**2 / 48 + n**3 / 15 - 437 * n**4 / 1440,
            17 * n**3 / 480 - 37 * n**4 / 840, 4397 * n**4 / 161280)  # fmt: skip
    delta = (2 * n - 2 * n**2 / 3 - 2 * n**3 + 116 * n**4 / 45, 7 * n**2 / 3 - 8 * n**3 / 5 - 227 * n**4 / 45,
             56 * n**3 / 15 - 136 * n**4 / 35, 4279 * n**4 / 630)  # fmt: skip
    phi0, e = math.radians(lat0), math.sqrt(_F * (2 - _F))
    chi0 = math.asin(math.tanh(math.atanh(math.sin(phi0)) - e * math.atanh(e * math.sin(phi0))))
    xi0 = chi0 + sum(a * math.sin(2 * j * chi0) for j, a in enumerate(alpha, 1))
    xi, eta = north / radius + xi0, east / radius
    xi1 = xi - sum(b * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, b in enumerate(beta, 1))
    eta1 = eta - sum(b * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, b in enumerate(beta, 1))
    chi = math.asin(max(-1.0, min(1.0, math.sin(xi1) / math.cosh(eta1))))
    phi = chi + sum(d * math.sin(2 * j * chi) for j, d in enumerate(delta, 1))
    return math.degrees(phi), lon0 + math.degrees(math.atan2(math.sinh(eta1), math.cos(xi1)))


def _web_mercator(b: Bounds) -> Extent | None:
    if max(map(abs, (b.min_x, b.min_y, b.max_x, b.max_y))) > 2.1e7:
        return None
    south, north = (math.degrees(math.atan(math.sinh(y / _A))) for y in (b.min_y, b.max_y))
    return Extent(math.degrees(b.min_x / _A), south, math.degrees(b.max_x / _A), north)


def within(inner: Extent, outer: Extent, margin: float = 0.0) -> bool:
    return (
        outer.west - margin <= inner.west
        and inner.east <= outer.east + margin
        and outer.south - margin <= inner.south
        and inner.north <= outer.north + margin
    )
