"""TIFF, BigTIFF and GeoTIFF: the directories, whether every strip and tile is there, where the picture lies.

Source: TIFF 6.0 §2 and §8, BigTIFF (https://libtiff.gitlab.io/libtiff/specification/bigtiff.html), OGC GeoTIFF 1.1.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from odtool.assets import geokeys
from odtool.assets.model import Bounds
from odtool.assets.notes import Notes
from odtool.assets.source import Source

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_FORMS = {1: "B", 2: "B", 3: "H", 4: "I", 5: "8x", 6: "b", 7: "B", 8: "h", 9: "i", 10: "8x", 11: "f", 12: "d",
          13: "I", 16: "Q", 17: "q", 18: "Q"}  # fmt: skip
_MOST_DIRECTORIES, _MOST_ENTRIES, _BLOCK = 1_000, 4_096, 8_192
WIDTH, HEIGHT, ARTIST, GPS, EXIF = 256, 257, 315, 34853, 34665
_SPANS = ((273, 279), (324, 325))  # where strips and tiles begin, and how long they are
_SCALE, _TIEPOINT, _MATRIX, _KEYS, _TEXTS = 33550, 33922, 34264, 34735, 34737
_COMPRESSIONS = {1: "none", 5: "LZW", 7: "JPEG", 8: "Deflate", 32773: "PackBits", 32946: "Deflate", 34887: "LERC",
                 50000: "ZSTD", 50001: "WebP"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A tag's value: its type, how many, and where in the file they stand."""

    kind: int
    count: int
    place: int


class Reader:
    """The numbers of a TIFF. Reads a bounded amount, whatever the file says."""

    def __init__(self, data: Source, base: int = 0) -> None:
        self.data, self._base = data, base  # a TIFF inside a JPEG counts from where it begins
        head = data.at(base, 16)
        self.order = "<" if head[:2] == b"II" else ">"
        self.big = len(head) == 16 and head[2:4] in (b"+\0", b"\0+")
        self.budget = 4_000_000  # values read in all: directories may point at the same ones a thousand times
        form, at = ("Q", 8) if self.big else ("I", 4)
        whole = len(head) >= (16 if self.big else 8)
        self.first: int = struct.unpack_from(self.order + form, head, at)[0] if whole else 0

    def directory(self, place: int) -> tuple[dict[int, Entry], int] | None:
        """The tags of the directory at `place`, and where the next one is; None where it is cut off."""
        lead, size, form, inline = (8, 20, "HHQ", 8) if self.big else (2, 12, "HHI", 4)
        head = self._at(place, lead)
        if len(head) < lead or place == 0:
            return None
        count = struct.unpack(self.order + ("Q" if self.big else "H"), head)[0]
        if count > _MOST_ENTRIES:
            return None
        block = self._at(place + lead, count * size + inline)
        if len(block) < count * size:
            return None
        tags = {}
        for i in range(count):
            tag, kind, number = struct.unpack_from(self.order + form, block, i * size)
            width = struct.calcsize(self.order + _FORMS.get(kind, "B")) * number
            here = place + lead + i * size + size - inline
            at = here
            if width > inline:
                at = struct.unpack_from(
                    self.order + ("Q" if self.big else "I"), block, i * size + size - inline
                )[0]
            tags[tag] = Entry(kind, number, at)
        tail = block[count * size :]
        following = (
            struct.unpack(self.order + ("Q" if self.big else "I"), tail)[0] if len(tail) == inline else 0
        )
        return tags, following

    def values(self, entry: Entry | None) -> Iterator[int | float]:
        """The numbers of a tag, block by block; fewer than declared where the file or the budget ends."""
        form = _FORMS.get(entry.kind, "") if entry else ""
        if not entry or not form or "x" in form:
            return
        width = struct.calcsize(form)
        done = 0
        while done < entry.count and self.budget > 0:
            block = self._at(entry.place + done * width, min(_BLOCK, entry.count - done) * width)
            number = len(block) // width
            if not number:
                return
            self.budget -= number
            yield from struct.unpack_from(f"{self.order}{number}{form}", block)
            done += number

    def some(self, entry: Entry | None, most: int = 4_096) -> list[int | float]:
        return [value for value, _ in zip(self.values(entry), range(most), strict=False)]

    def number(self, entry: Entry | None) -> int:
        return int(next(iter(self.some(entry, 1)), 0))

    def text(self, entry: Entry | None) -> str:
        raw = bytes(int(value) & 0xFF for value in self.some(entry)).split(b"\0")[0]
        return raw.decode("utf-8", "replace").strip()

    def _at(self, place: int, count: int) -> bytes:
        return self.data.at(self._base + place, count)


def look(data: Source, notes: Notes) -> None:
    """Size, compression, extent and system; every strip and tile must lie inside the file."""
    reader = Reader(data)
    notes.format = "TIFF"
    place, seen, farthest = reader.first, set[int](), 0
    first: dict[int, Entry] | None = None
    while place and place not in seen and len(seen) < _MOST_DIRECTORIES:
        seen.add(place)
        found = reader.directory(place)
        if found is None:
            if place >= data.size:
                notes.find("truncated", declared=f"{place:,}", size=f"{data.size:,}")
            else:
                notes.find(
                    "broken", what="TIFF", detail="目録が読めない", detail_en="a directory cannot be read"
                )
            return
        tags, place = found
        first = first or tags
        farthest = max(farthest, _end(reader, tags))
    if first is None:
        notes.find("broken", what="TIFF", detail="目録がない", detail_en="no directory")
        return
    if farthest > data.size:
        notes.find("truncated", declared=f"{farthest:,}", size=f"{data.size:,}")
    if reader.budget <= 0:
        notes.find("not-checked-in-full", why="目録が非常に大きい", why_en="its directories are huge")
    notes.checked = "structure"
    notes.fact("width", reader.number(first.get(WIDTH)))
    notes.fact("height", reader.number(first.get(HEIGHT)))
    compression = reader.number(first.get(259)) or 1
    notes.fact("compression", _COMPRESSIONS.get(compression, str(compression)))
    notes.fact("pictures", len(seen))
    personal(reader, first, notes)
    _geography(reader, first, notes)


def _end(reader: Reader, tags: dict[int, Entry]) -> int:
    """The last byte that the pixels of a directory reach to."""
    farthest = 0
    for starts, lengths in _SPANS:
        both = zip(reader.values(tags.get(starts)), reader.values(tags.get(lengths)), strict=False)
        farthest = max(farthest, max((int(start + length) for start, length in both), default=0))
    return farthest


def _geography(reader: Reader, tags: dict[int, Entry], notes: Notes) -> None:
    directory = [int(value) for value in reader.some(tags.get(_KEYS))]
    if not directory and not ({_SCALE, _TIEPOINT, _MATRIX} & tags.keys()):
        return  # a picture, no map
    notes.format, notes.georeferenced = "GeoTIFF", True
    notes.crs = geokeys.system(directory, reader.text(tags.get(_TEXTS)), "GeoTIFF")
    width, height = float(notes.facts["width"]), float(notes.facts["height"])
    scale = [float(value) for value in reader.some(tags.get(_SCALE), 3)]
    tie = [float(value) for value in reader.some(tags.get(_TIEPOINT), 12)]
    matrix = [float(value) for value in reader.some(tags.get(_MATRIX), 16)]
    # «Pixel is point»: the coordinates are those of the middles of pixels.
    point = geokeys.keys(directory).get(geokeys.RASTER_TYPE, (0, 0, 0))[2] == geokeys.PIXEL_IS_POINT
    shift = 0.5 if point else 0.0
    corners = [(i - shift, j - shift) for i in (0.0, width) for j in (0.0, height)]
    if len(matrix) == 16:
        a, b, _, d, e, f, _, h = matrix[:8]
        places = [(a * i + b * j + d, e * i + f * j + h) for i, j in corners]
    elif len(scale) >= 2 and len(tie) >= 6:
        places = [(tie[3] + (i - tie[0]) * scale[0], tie[4] - (j - tie[1]) * scale[1]) for i, j in corners]
        notes.fact("pixel_size", scale[0])
    else:
        return
    xs, ys = zip(*places, strict=True)
    if all(map(math.isfinite, (*xs, *ys))):
        notes.reach(Bounds(min(xs), min(ys), max(xs), max(ys)))
    else:
        notes.find("bounds-impossible")


_OWNER, _SERIAL, _XP_AUTHOR = 0xA430, 0xA431, 0x9C9D


def personal(reader: Reader, tags: dict[int, Entry], notes: Notes) -> None:
    """What a camera or a program wrote about people, places and devices (Exif 2.32 §4.6)."""
    author = reader.text(tags.get(ARTIST))
    if not author and _XP_AUTHOR in tags:
        raw = bytes(int(value) & 0xFF for value in reader.some(tags[_XP_AUTHOR]))
        author = raw.decode("utf-16-le", "replace").rstrip("\0").strip()
    if author:
        notes.find("personal-author", value=author)
    exif = reader.directory(reader.number(tags.get(EXIF))) if EXIF in tags else None
    inner = exif[0] if exif else {}
    if reader.text(inner.get(_OWNER)):
        notes.find("personal-camera", what="カメラの持ち主の名前", what_en="the name of the camera's owner")
    if reader.text(inner.get(_SERIAL)):
        notes.find("personal-camera", what="カメラの製造番号", what_en="the camera's serial number")
    position = reader.directory(reader.number(tags.get(GPS))) if GPS in tags else None
    if position and {2, 4} <= position[0].keys():  # latitude and longitude
        notes.find("personal-position")
