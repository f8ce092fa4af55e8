"""XML, KML and GML: well-formed or not, what it holds, and where that lies.

Source: OGC KML 2.3 (12-007r2), OGC GML 3.2.1 (07-036) §10.1.4 (positions), JPGIS 2014 for the documents of GSI.
"""

import codecs
import math
import re
from xml.parsers import expat  # entities are refused below, so nothing can swell or be fetched

from odtool.assets import crs
from odtool.assets.attributes import Attributes
from odtool.assets.model import Bounds, Crs
from odtool.assets.notes import Notes

_LAG = 8 << 20  # bytes the parser may hold back: a single token longer than this is not waited for
_TEXT = 1 << 16  # characters of coordinates kept until they are read
_DEEPEST = 500
_JAPANESE = dict.fromkeys(
    ("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "cp932", "ms932"), "cp932"
) | {
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
}


class _EntityError(Exception):
    """The document declares entities."""


class _TooDeepError(Exception):
    """It nests deeper than is looked at."""


class Scan:
    """A tap for .kml, .gml and .xml."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._decoder: codecs.IncrementalDecoder | None = None
        self._begun = False
        self._fed = 0
        self._depth = 0
        self._over = False
        self._root = ""
        self._marks = 0
        self._inside = ""
        self._text = ""
        self._system: Crs | None = None
        self._box: Bounds | None = None
        self._odd: tuple[float, float] | None = None
        self._turned: tuple[float, float] | None = None
        self._corner: tuple[float, float] | None = None
        self._attributes = Attributes()
        self._element = ""
        self._make(None)

    def _make(self, encoding: str | None) -> None:
        """A parser that reads this encoding, or the one that the document declares."""
        self._parser = expat.ParserCreate(encoding)
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.EntityDeclHandler = self._entity

    def feed(self, chunk: bytes) -> None:
        if self._over:
            return
        chunk = self._decoded(chunk)
        self._fed += len(chunk)
        self._over = not self._parsed(chunk, final=False)
        if not self._over and self._fed - self._parser.CurrentByteIndex > _LAG:
            self._over = True
            self._notes.find("not-checked-in-full", why="非常に長い値がある", why_en="it has a huge value")

    def _decoded(self, chunk: bytes) -> bytes:
        """As UTF-8 where the document declares one of the Japanese encodings, which the parser does not know."""
        if not self._begun:
            self._begun = True
            declared = re.match(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})", chunk)
            name = _JAPANESE.get(declared[1].decode().lower()) if declared else None
            if name:
                self._decoder = codecs.getincrementaldecoder(name)("replace")
                self._make("utf-8")
        return self._decoder.decode(chunk).encode() if self._decoder else chunk

    def close(self) -> None:
        if not self._over:
            self._over = True
            if self._parsed(b"", final=True):
                self._notes.checked = "contents"
        self._sum_up()
        del self._parser  # it and its handlers hold one another

    def _parsed(self, chunk: bytes, final: bool) -> bool:
        """Whether it went well; if not, why is noted."""
        notes = self._notes
        try:
            self._parser.Parse(chunk, final)
            return True
        except _EntityError:
            notes.find("xml-entities")
        except _TooDeepError:
            notes.find("not-checked-in-full", why="入れ子が非常に深い", why_en="it nests too deep")
        except (LookupError, ValueError) as error:  # an encoding that Python cannot offer to the parser
            notes.find("broken", what="XML", detail="文字コードの指定が不正", detail_en=str(error)[:80])
        except expat.ExpatError as error:
            where = f"{error.lineno:,} 行目: {expat.ErrorString(error.code)}"
            notes.find(
                "broken",
                what="XML",
                detail=where,
                detail_en=f"line {error.lineno:,}: {expat.ErrorString(error.code)}",
            )
        return False

    def _entity(self, *_: object) -> None:
        raise _EntityError

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _TooDeepError
        bare = name.rpartition(":")[2]
        self._root = self._root or bare
        # KML writes what an attribute is called beside it: <SimpleData name="氏名">, <Data name="氏名"><value>.
        self._element = attributes.get("name", self._element if bare == "value" else bare)
        self._marks += bare == "Placemark"
        if system := attributes.get("srsName"):
            self._system = self._system or crs.stated(system, "GML (srsName)") or _fguuid(system)
        if bare in ("coordinates", "lowerCorner", "upperCorner"):
            self._inside, self._text = bare, ""

    def _data(self, text: str) -> None:
        if not self._inside:
            if not text.isspace():
                self._attributes.see(self._element, text)
            return
        self._text += text
        if len(self._text) > _TEXT and self._inside == "coordinates":
            body, _, self._text = self._text.rpartition(" ")
            self._positions(body)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if not self._inside or name.rpartition(":")[2] != self._inside:
            return
        if self._inside == "coordinates":
            self._positions(self._text)
        else:
            self._envelope(self._inside == "upperCorner")
        self._inside, self._text = "", ""

    def _positions(self, text: str) -> None:
        for position in text.split():
            x, y = _pair(position.split(","))
            if math.isnan(x):
                continue
            if not (-180 <= x <= 180 and -90 <= y <= 90):
                turned = 20 <= x <= 46 and 122 <= y <= 154.5
                self._turned = (self._turned or (x, y)) if turned else self._turned
                self._odd = self._odd if turned else (self._odd or (x, y))
            self._reach(Bounds(x, y, x, y))

    def _envelope(self, upper: bool) -> None:
        """In GML an EPSG system of degrees has latitude first."""
        first, second = _pair(self._text.split())
        if math.isnan(first):
            return
        if not upper:
            self._corner = (first, second)
        elif self._corner:
            a, b = self._corner
            found = Bounds(min(a, first), min(b, second), max(a, first), max(b, second))
            degrees = 20 <= found.min_x <= 46 and 122 <= found.min_y <= 154.5
            self._reach(found.turned() if degrees else found)

    def _reach(self, found: Bounds) -> None:
        self._box = self._box.joined(found) if self._box else found

    def _sum_up(self) -> None:
        notes = self._notes
        self._attributes.tell(notes)
        if self._root == "kml":
            notes.format, notes.georeferenced = "KML", True
            notes.crs = crs.of_code(4326, "KML")
            notes.fact("placemarks", self._marks)
            for code, found in (("swapped", self._turned), ("outside-degrees", self._odd)):
                if found:
                    notes.find(code, x=f"{found[0]:g}", y=f"{found[1]:g}")
            if self._box and not (self._turned or self._odd):
                notes.reach(self._box)
            return
        notes.fact("root", self._root or "-")
        if self._system:
            notes.format, notes.georeferenced = "GML", True
            notes.crs = self._system
            if self._box:
                notes.reach(self._box)


def _fguuid(name: str) -> Crs | None:
    """The names that GSI's own documents use («fguuid:jgd2011.bl»)."""
    known = {"fguuid:jgd2011.bl": 6668, "fguuid:jgd2000.bl": 4612, "fguuid:tokyo.bl": 4301}
    code = known.get(name.lower())
    return crs.of_code(code, "GML (srsName)") if code else None


_NUMBER = re.compile(r"[-+]?(?:\d{1,20}\.?\d{0,40}|\.\d{1,40})(?:[eE][-+]?\d{1,2})?")


def _pair(words: list[str]) -> tuple[float, float]:
    """The first two numbers; nan where they are none."""
    if len(words) < 2 or not all(_NUMBER.fullmatch(word) for word in words[:2]):
        return math.nan, math.nan
    return float(words[0]), float(words[1])
