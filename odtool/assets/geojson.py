"""GeoJSON and other JSON: whether it can be read, what it holds, and where that lies. Source: RFC 7946."""

import math

from odtool.assets import crs
from odtool.assets.attributes import Attributes
from odtool.assets.jsonstream import JsonStream, NotJsonError, TooMuchError
from odtool.assets.model import Bounds
from odtool.assets.notes import Notes

_KINDS = frozenset(
    {"FeatureCollection", "Feature", "GeometryCollection", "Point", "MultiPoint", "LineString", "MultiLineString",
     "Polygon", "MultiPolygon"}
)  # fmt: skip
_BOM = b"\xef\xbb\xbf"


class Scan:
    """A tap for .geojson and .json. `promised` where the name says that it is GeoJSON."""

    def __init__(self, notes: Notes, promised: bool) -> None:
        self._notes, self._promised = notes, promised
        self._stream = JsonStream(self._scalar, self._pairs, self._opened)
        self._begun = self._over = False
        self._bytes = 0
        self._kind = ""
        self._features = 0
        self._named = ""
        self._box: tuple[float, float, float, float] | None = None
        self._odd: tuple[float, float] | None = None
        self._turned: tuple[float, float] | None = None
        self._attributes = Attributes()

    def feed(self, chunk: bytes) -> None:
        if self._over:
            return
        if not self._begun:
            self._begun = True
            if chunk.startswith(_BOM):
                self._notes.find("bom")
                chunk = chunk[len(_BOM) :]
        self._step(chunk, final=False)
        self._bytes += len(chunk)

    def close(self) -> None:
        if not self._over:
            self._step(b"", final=True)
        self._sum_up()

    def _step(self, chunk: bytes, final: bool) -> None:
        notes = self._notes
        try:
            self._stream.feed(chunk, final)
            if final:
                notes.checked = "contents"
        except UnicodeDecodeError as error:
            self._over = True
            notes.find("not-utf8", offset=f"{self._bytes + error.start + 1:,}")
        except NotJsonError as error:
            self._over = True
            where, where_en = (
                f"{error.offset + 1:,} 文字目: {error.ja}",
                f"{error.en} at {error.offset + 1:,}",
            )
            notes.find("broken", what="JSON", detail=where, detail_en=where_en)
        except TooMuchError:
            self._over = True
            notes.find(
                "not-checked-in-full",
                why="入れ子か文字列が非常に大きい",
                why_en="it nests too deep or has huge texts",
            )

    def _opened(self, path: tuple[str, ...], sign: str) -> None:
        if sign == "{" and path == ("features", "[]"):
            self._features += 1

    def _scalar(self, path: tuple[str, ...], value: str) -> None:
        if path == ("type",):
            self._kind = value
        elif path == ("crs", "properties", "name"):
            self._named = value
        if "coordinates" not in path:
            key = next((part for part in reversed(path) if part != "[]"), "")
            self._attributes.see(key, value)

    def _pairs(self, path: tuple[str, ...], xs: list[float], ys: list[float]) -> None:
        if "coordinates" not in path:
            return
        box = (min(xs), min(ys), max(xs), max(ys))
        if not (box[0] >= -180 and box[1] >= -90 and box[2] <= 180 and box[3] <= 90):
            self._doubt(xs, ys)
        known = self._box
        if known:
            box = (min(known[0], box[0]), min(known[1], box[1]), max(known[2], box[2]), max(known[3], box[3]))
        if all(map(math.isfinite, box)):
            self._box = box

    def _doubt(self, xs: list[float], ys: list[float]) -> None:
        """Remember the first position that is no longitude and latitude, and the first that looks exchanged."""
        for x, y in zip(xs, ys, strict=True):
            if -180 <= x <= 180 and -90 <= y <= 90:
                continue
            if 20 <= x <= 46 and 122 <= y <= 154.5:
                self._turned = self._turned or (x, y)
            else:
                self._odd = self._odd or (x, y)

    def _sum_up(self) -> None:
        notes = self._notes
        self._attributes.tell(notes)
        if self._kind not in _KINDS:
            notes.format = notes.format or "JSON"
            if self._promised and not notes.count("error"):
                notes.find("not-geojson")
            return
        notes.format, notes.georeferenced = "GeoJSON", True
        notes.fact("kind", self._kind)
        stated = (
            crs.stated(self._named, "GeoJSON crs") or crs.of_name(self._named, "GeoJSON crs")
            if self._named
            else None
        )
        notes.crs = stated or crs.of_code(4326, "GeoJSON (RFC 7946)")
        if self._named and notes.crs.code not in (4326, 6668):  # JGD2011 and WGS 84 differ by centimetres
            notes.find("crs-not-wgs84", name=self._named)
        if self._kind == "FeatureCollection":
            notes.fact("features", self._features)
            if not self._features and notes.checked == "contents":
                notes.find("no-features")
        if crs.is_geographic(notes.crs):
            for code, found in (("swapped", self._turned), ("outside-degrees", self._odd)):
                if found:
                    notes.find(code, x=f"{found[0]:g}", y=f"{found[1]:g}")
        if self._box and not (self._turned or (self._odd and crs.is_geographic(notes.crs))):
            notes.reach(Bounds(*self._box))
