"""What a workbook holds besides its cells: hidden columns and rows, comments, and who wrote it.

Reads the XML of a book that the guard of `odtool.table.workbook` has let through.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from odtool.table.strict import usual

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MOST = 10_000  # comments listed for a sheet
_LAST_COLUMN = 16_384  # XFD, the last that a sheet can have
_HIDES = re.compile(rb"""\bhidden\s*=|\b(?:ht|width)\s*=\s*["']0*\.?0*["']""")


@dataclass(slots=True)
class Traces:
    """Of one sheet, by numbers from 1: columns and rows that are hidden or have no width or height, and comments by the
    name of their cell."""

    columns: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    comments: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Hidden:
    """By the names of the sheets; `authors` are the names in the book's properties, each once."""

    sheets: dict[str, Traces]
    authors: tuple[str, ...]


def hidden(data: bytes) -> Hidden:
    """Whatever cannot be read is left out: what matters here is what a spreadsheet would show."""
    with zipfile.ZipFile(io.BytesIO(usual(data))) as archive:
        names = frozenset(archive.namelist())
        relations = dict(_relations(archive, names, "xl/workbook.xml"))
        sheets: dict[str, Traces] = {}
        seen: dict[str, Traces] = {}
        for element in _elements(archive, names, "xl/workbook.xml"):
            if _tag(element) == "sheet" and (path := relations.get(element.get(_RELATION, ""), "")):
                seen[path] = seen.get(path) or _traces(archive, names, path)
                sheets[element.get("name", "")] = seen[path]
        authors = [
            (element.text or "").strip()
            for element in _elements(archive, names, "docProps/core.xml")
            if _tag(element) in ("creator", "lastModifiedBy")
        ]
    return Hidden(sheets, tuple(dict.fromkeys(filter(None, authors))))


def _traces(archive: zipfile.ZipFile, names: frozenset[str], path: str) -> Traces:
    found = Traces()
    # Most sheets hide nothing; that is seen without building a tree of all their cells.
    if path in names and _HIDES.search(archive.read(path)):
        columns: set[int] = set()
        row = 0
        for element in _elements(archive, names, path):
            if _tag(element) == "row":
                row = _number(element.get("r")) or row + 1  # a writer may leave the numbers out
                if _unseen(element, "ht"):
                    found.rows.append(row)
            elif _tag(element) == "col" and _unseen(element, "width"):
                first, last = _number(element.get("min")), _number(element.get("max"))
                columns.update(range(first, min(last, _LAST_COLUMN) + 1) if first else ())
        found.columns += sorted(columns)
    for target in dict(_relations(archive, names, path)).values():
        if "comment" in target.lower():
            for element in _elements(archive, names, target):
                if _tag(element).lower() in ("comment", "threadedcomment") and len(found.comments) < _MOST:
                    found.comments.append((element.get("ref", ""), "".join(element.itertext()).strip()))
    return found


def _relations(archive: zipfile.ZipFile, names: frozenset[str], path: str) -> Iterator[tuple[str, str]]:
    """Id and path of each part that this part refers to."""
    folder, name = posixpath.split(path)
    for element in _elements(archive, names, f"{folder}/_rels/{name}.rels"):
        if target := element.get("Target"):
            yield element.get("Id", ""), posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _elements(archive: zipfile.ZipFile, names: frozenset[str], path: str) -> Iterator[ElementTree.Element]:
    """The elements of a part as they end; what has been looked at is let go. None where it is no XML."""
    if path not in names:
        return
    depth = 0
    try:
        with archive.open(path) as part:
            for event, element in ElementTree.iterparse(part, ("start", "end")):  # noqa: S314 - expat limits entities
                depth += 1 if event == "start" else -1
                if event == "end":
                    yield element
                    if depth <= 2:
                        element.clear()
    except ElementTree.ParseError:
        return


def _unseen(element: ElementTree.Element, size: str) -> bool:
    """Whether a column or row is hidden, or has no width or height, which looks the same."""
    if element.get("hidden") in ("1", "true"):
        return True
    try:
        return float(element.get(size, "")) == 0
    except ValueError:
        return False


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else 0
