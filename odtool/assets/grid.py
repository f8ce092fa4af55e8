"""Grids of heights as text: ASCII grids with a header, and lines of x, y, height.

Source of the header: Esri ASCII raster format
(https://desktop.arcgis.com/en/arcmap/latest/manage-data/raster-and-images/esri-ascii-raster-format.htm).
All lines are counted; the numbers of the first hundred thousand are read, then some of each piece.
"""

import math
import re

from odtool.assets.model import Bounds
from odtool.assets.notes import Notes

_LONGEST = 4 << 20  # bytes of one line: a row of a large grid
_ALL = 100_000  # lines whose numbers are all read
_OF_EACH = 50  # lines read of each piece after those
_KEYS = frozenset({"ncols", "nrows", "xllcorner", "yllcorner", "xllcenter", "yllcenter", "cellsize", "dx", "dy",
                   "nodata_value"})  # fmt: skip
_NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")
_SPLIT = re.compile(rb"[,\s;]+")


class Scan:
    """A tap for .asc, .xyz, .txt and the like. Says nothing of a text that is no grid."""

    def __init__(self, notes: Notes, promised: bool) -> None:
        self._notes, self._promised = notes, promised
        self._rest = b""
        self._lines = 0  # that are not blank
        self._header: dict[str, float] = {}
        self._state = "header"
        self._box: tuple[float, float, float, float] | None = None
        self._sampled = False
        self._height: list[float] | None = None
        self._bad = 0
        self._titled = False

    def feed(self, chunk: bytes) -> None:
        if self._state == "no grid":
            return
        text = self._rest + chunk
        body, cut, self._rest = text.rpartition(b"\n")
        if cut:
            self._take(body)
        elif len(self._rest) > _LONGEST:
            self._state, self._rest = "no grid", b""

    def close(self) -> None:
        if self._state != "no grid" and self._rest.strip():
            self._take(self._rest)
        self._rest = b""
        self._sum_up()

    def _take(self, body: bytes) -> None:
        lines = body.split(b"\n")
        while lines and self._state == "header":
            self._head(lines[0])
            if self._state == "header":
                lines.pop(0)
        if self._state == "points":
            self._points(lines)
        elif self._state == "rows":
            self._rows(lines)

    def _head(self, line: bytes) -> None:
        words = line.removeprefix(b"\xef\xbb\xbf").split()
        if not words:
            return
        if len(words) == 2 and words[0].decode("latin-1").lower() in _KEYS:
            value = _number(words[1])
            if value is not None:
                self._header[words[0].decode("latin-1").lower()] = value
                return
        if self._header:
            complete = {"ncols", "nrows"} <= self._header.keys()
            self._state = "rows" if complete else "no grid"
            return
        if self._is_point(_numbers(line)):
            self._state = "points"
        elif self._titled:
            self._state = "no grid"
        else:  # one line of column names may come first
            self._titled = True

    def _is_point(self, values: list[float]) -> bool:
        """Three numbers; in a text that promises nothing the first two must look like a place, unlike a day."""
        if not 3 <= len(values) <= 12:
            return False
        x, y = values[:2]
        return self._promised or (abs(x) >= 100 and abs(y) >= 100) or (122 <= x <= 155 and 20 <= y <= 46)

    def _points(self, lines: list[bytes]) -> None:
        start = self._lines
        lines = [line for line in lines if line and not line.isspace()]
        self._lines += len(lines)
        chosen = list(range(len(lines)))
        if self._lines > _ALL:
            step = max(1, len(lines) // _OF_EACH)
            chosen = [*range(0, len(lines), step), *([len(lines) - 1] if lines else [])]
            self._sampled = self._sampled or len(chosen) < len(lines)
        for i in chosen:
            values = _numbers(lines[i])
            if len(values) < 3:
                self._bad += 1
                if self._bad <= 3:
                    row = f"{start + i + 1:,}"
                    self._notes.find("grid-line", row=row, value=lines[i][:60].decode("utf-8", "replace"))
                continue
            x, y, z = values[-3:] if len(values) == 4 and values[0] == start + i + 1 else values[:3]
            self._reach(x, y, z)

    def _reach(self, x: float, y: float, z: float) -> None:
        box = self._box
        if box is None:
            self._box = (x, y, x, y)
        else:
            self._box = (min(box[0], x), min(box[1], y), max(box[2], x), max(box[3], y))
        self._high(z)

    def _high(self, z: float) -> None:
        if z in (-9999.0, -99999.0, self._header.get("nodata_value")):
            return  # no height there
        self._height = [min(self._height[0], z), max(self._height[1], z)] if self._height else [z, z]

    def _rows(self, lines: list[bytes]) -> None:
        for line in lines:
            if not line or line.isspace():
                continue
            self._lines += 1
            found, wanted = len(line.split()), int(self._header["ncols"])
            if found != wanted:
                self._bad += 1
                if self._bad <= 3:
                    row = f"{self._lines + len(self._header):,}"
                    self._notes.find("grid-columns", row=row, declared=f"{wanted:,}", found=f"{found:,}")

    def _sum_up(self) -> None:
        notes, head = self._notes, self._header
        if self._state == "points" and self._box and self._bad * 2 < max(self._lines, 1):
            notes.checked = "structure" if self._sampled else "contents"
            notes.georeferenced = True
            notes.fact("points", self._lines)
            notes.reach(Bounds(*self._box, self._sampled))
            if self._height:
                notes.fact("lowest", self._height[0])
                notes.fact("highest", self._height[1])
            notes.find("axes-assumed")
        elif self._state == "rows":
            notes.checked, notes.georeferenced = "contents", True
            columns, rows = int(head["ncols"]), int(head["nrows"])
            notes.fact("width", columns)
            notes.fact("height", rows)
            if self._lines != rows:
                notes.find("grid-rows", declared=f"{rows:,}", found=f"{self._lines:,}")
            self._corner(columns, rows)
        elif self._promised:
            notes.find(
                "broken",
                what="格子データ（テキスト）",
                detail="座標の行がない",
                detail_en="no lines of coordinates",
            )

    def _corner(self, columns: int, rows: int) -> None:
        head = self._header
        wide, high = head.get("dx", head.get("cellsize", 0.0)), head.get("dy", head.get("cellsize", 0.0))
        x = head.get("xllcorner", head.get("xllcenter", math.nan) - wide / 2)
        y = head.get("yllcorner", head.get("yllcenter", math.nan) - high / 2)
        box = (x, y, x + columns * wide, y + rows * high)
        if wide > 0 and high > 0 and all(map(math.isfinite, box)):
            self._notes.reach(Bounds(*box))
            self._notes.fact("pixel_size", wide)


def _numbers(line: bytes) -> list[float]:
    """The numbers of a line; [] where anything else stands in it before three are found."""
    found: list[float] = []
    for word in _SPLIT.split(line[:1_000].removeprefix(b"\xef\xbb\xbf").strip()):
        value = _number(word)
        if value is None:
            return found if len(found) >= 3 else []
        found.append(value)
    return found


def _number(word: bytes) -> float | None:
    if len(word) > 40 or not _NUMBER.fullmatch(word):
        return None
    value = float(word)
    return value if math.isfinite(value) else None
