"""LAS and LAZ point clouds: the header, its coordinate system, and whether all points are there.

Source: ASPRS LAS Specification 1.4 R15, §2.4–2.7; the LAZ parts from laszip's own description (laszip.org).
"""

import math
import struct

from odtool.assets import crs, geokeys
from odtool.assets.model import Bounds, Crs
from odtool.assets.notes import Notes
from odtool.assets.source import Source

MAGIC = b"LASF"
_HEADERS = {(1, 0): 227, (1, 1): 227, (1, 2): 227, (1, 3): 235, (1, 4): 375}
_COMPRESSED = 0x80  # laszip sets the top bit of the point format
_MOST_RECORDS = 1_000
_MOST_BYTES = 1 << 16  # of one record that is read; a VLR cannot be longer


def look(data: Source, notes: Notes) -> None:
    """Fills the notes with version, points, bounds and system. Raises UnseenError where `data` is a beginning only."""
    notes.georeferenced = True
    head = data.at(0, 375)
    version = (head[24], head[25]) if len(head) > 25 else (0, 0)
    if len(head) < _HEADERS.get(version, 227):
        notes.find("truncated", declared=f"{_HEADERS.get(version, 227):,}", size=f"{data.size:,}")
        return
    if version not in _HEADERS:
        detail = f"{version[0]}.{version[1]}"
        notes.find("broken", what="LAS", detail=f"版 {detail}", detail_en=f"version {detail}")
        return
    header_size, start, records = struct.unpack_from("<HII", head, 94)
    form, length, points = struct.unpack_from("<BHI", head, 104)
    if version == (1, 4):
        points = struct.unpack_from("<Q", head, 247)[0] or points
    packed = bool(form & _COMPRESSED)
    notes.format = "LAZ" if packed else "LAS"
    notes.fact("version", f"{version[0]}.{version[1]}")
    notes.fact("points", points)
    notes.fact("point_format", form & 0x3F)
    _year(head, notes)
    if start < header_size or header_size < _HEADERS[version] or length == 0:
        notes.find("broken", what="LAS", detail="見出しの大きさが不正", detail_en="impossible header sizes")
        return
    notes.checked = "structure"
    if packed:
        _check_packed(data, start, points, notes)
    elif start + points * length > data.size:
        notes.find("truncated", declared=f"{start + points * length:,}", size=f"{data.size:,}")
    if points == 0:
        notes.find("no-points")
    else:
        _bounds(head, notes)
    notes.crs = _system(data, head, version, header_size, records)


def _year(head: bytes, notes: Notes) -> None:
    day, year = struct.unpack_from("<HH", head, 90)
    if 1 <= day <= 366 and 1990 <= year <= 2200:
        notes.fact("made_year", year)


def _check_packed(data: Source, start: int, points: int, notes: Notes) -> None:
    """The table of chunks stands behind the points; its place is written before them."""
    if points == 0:
        return
    place = data.at(start, 8)
    table = struct.unpack("<q", place)[0] if len(place) == 8 else data.size + 1
    if table == -1:  # written as a stream: then the place is in the last eight bytes
        last = data.at(data.size - 8, 8)
        table = struct.unpack("<q", last)[0] if len(last) == 8 else data.size + 1
    if not start + 8 <= table or table + 8 > data.size:
        notes.find("truncated", declared=f"{max(table, start) + 8:,}", size=f"{data.size:,}")


def _bounds(head: bytes, notes: Notes) -> None:
    max_x, min_x, max_y, min_y, max_z, min_z = struct.unpack_from("<6d", head, 179)
    numbers = (max_x, min_x, max_y, min_y, max_z, min_z)
    if not all(map(math.isfinite, numbers)) or min_x > max_x or min_y > max_y or min_z > max_z:
        notes.find("bounds-impossible")
        return
    notes.reach(Bounds(min_x, min_y, max_x, max_y))
    notes.fact("lowest", round(min_z, 3))
    notes.fact("highest", round(max_z, 3))


def _system(data: Source, head: bytes, version: tuple[int, int], start: int, count: int) -> Crs | None:
    """Of the variable length records, and behind the points of the extended ones."""
    found: dict[int, bytes] = {}
    place = start
    for _ in range(min(count, _MOST_RECORDS)):
        place = _record(data, place, "<2x16sHH", 54, found)
        if not place:
            break
    if version == (1, 4):
        place, count = struct.unpack_from("<QI", head, 235)
        for _ in range(min(count, _MOST_RECORDS) if place else 0):
            place = _record(data, place, "<2x16sHQ", 60, found)
            if not place:
                break
    if wkt := found.get(2112):
        return crs.of_wkt(wkt.decode("utf-8", "replace"), "LAS (WKT)")
    directory = found.get(34735, b"")
    numbers = struct.unpack(f"<{len(directory) // 2}H", directory[: len(directory) // 2 * 2])
    texts = found.get(34737, b"").decode("latin-1")
    return geokeys.system(numbers, texts, "LAS (GeoTIFF)") if numbers else None


def _record(data: Source, place: int, form: str, head_size: int, found: dict[int, bytes]) -> int:
    """Keep the record at `place` if it is about the system; the place of the next one, 0 where there is none."""
    head = data.at(place, head_size)
    if len(head) < head_size:
        return 0
    user, number, length = struct.unpack_from(form, head)
    if user.rstrip(b"\0") == b"LASF_Projection" and number in (2112, 34735, 34737):
        found.setdefault(number, data.at(place + head_size, min(length, _MOST_BYTES)))
    return int(place + head_size + length)
