"""XLSX bytes → what its sheets hold beside values: merged, hidden, formatted cells, formulas, objects.

Styles and formulas are read with openpyxl; what is hidden and commented with `odtool.table.hidden`, as everywhere; drawings
from the archive itself, because openpyxl keeps pictures and charts only and drops shapes and text boxes. Every cell
that exists is looked at; there is no limit.
"""

import colorsys
import io
import posixpath
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from xml.etree import ElementTree

from odtool.table import workbook
from odtool.table.hidden import Traces, hidden
from odtool.table.strict import usual

if TYPE_CHECKING:
    from openpyxl.styles.colors import Color
    from openpyxl.worksheet.worksheet import Worksheet

_RELS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_DRAW = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_THEME = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_THEME_ORDER = ("lt1", "dk1", "lt2", "dk2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6",
                "hlink", "folHlink")  # fmt: skip

ObjectKind = Literal["picture", "chart", "shape", "text-box", "connector", "group"]
Look = tuple[str, str, bool, bool, bool, float]
"""How a cell looks: font colour and fill (RRGGBB, "" for black and for none or white), bold, italic, struck
out, and by how many points the font is larger than the book's usual one."""

PLAIN: Look = ("", "", False, False, False, 0.0)


@dataclass(frozen=True, slots=True)
class Object:
    """Something that lies on the grid: its top left cell (row and column from 1) and the text in it."""

    kind: ObjectKind
    row: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class BookSheet:
    """What one sheet holds beside values. Rows and columns count from 1; `comments` are names of cells."""

    merges: tuple[tuple[int, int, int, int], ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    looks: dict[tuple[int, int], Look] = field(default_factory=dict)
    linked: frozenset[tuple[int, int]] = frozenset()
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    texts_of_digits: frozenset[tuple[int, int]] = frozenset()
    comments: tuple[str, ...] = ()
    objects: tuple[Object, ...] = ()
    conditional: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    sheets: dict[str, BookSheet]
    chart_sheets: tuple[str, ...] = ()


def read(data: bytes) -> Book | None:
    """The book's facts; None where it cannot be read, which is no verdict on anything. The archive is held
    against the same bounds as everywhere before it is opened."""
    try:
        workbook.guard(data)
    except (workbook.UnsafeError, workbook.NotAWorkbookError):
        return None
    from openpyxl import load_workbook

    try:
        data = usual(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # told of extensions it will not keep when saving; we never save
            book = load_workbook(io.BytesIO(data), data_only=False, keep_links=False)
        fonts = book._fonts  # type: ignore[attr-defined]  # noqa: SLF001 - the first is that of every cell without a style of its own
        colours = _Colours(_theme(book.loaded_theme), float((fonts[0].sz if fonts else None) or 11))
        objects, traces = _objects(data), hidden(data).sheets
        sheets = {
            sheet.title: _sheet(
                sheet, colours, tuple(objects.get(sheet.title, ())), traces.get(sheet.title) or Traces()
            )
            for sheet in book.worksheets
        }
        return Book(sheets, tuple(sheet.title for sheet in book.chartsheets))
    except Exception:  # noqa: BLE001 - openpyxl raises whatever a damaged part makes it stumble over
        return None


def _sheet(sheet: "Worksheet", colours: "_Colours", objects: tuple[Object, ...], traces: Traces) -> BookSheet:
    looks: dict[tuple[int, int], Look] = {}
    formulas: dict[tuple[int, int], str] = {}
    digits, linked = set(), set()
    seen: dict[int, Look] = {}
    # Only cells that exist: walking by rows would make a cell of every gap up to a stray one far away.
    for place, cell in sheet._cells.items():  # noqa: SLF001 - openpyxl has no public name for it
        if cell.hyperlink is not None:
            linked.add(place)
        if cell.value is None:
            continue
        if cell.data_type == "f":
            formulas[place] = str(
                getattr(cell.value, "text", None) or getattr(cell.value, "ref", None) or cell.value
            )
        elif cell.data_type == "s" and re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", str(cell.value)):
            digits.add(place)
        if cell.has_style:
            style = cell.style_id
            if style not in seen:
                seen[style] = colours.look(cell)
            looks[place] = seen[style]
    return BookSheet(
        tuple((r.min_row, r.min_col, r.max_row, r.max_col) for r in sheet.merged_cells.ranges),
        tuple(traces.rows), tuple(traces.columns),
        looks, frozenset(linked), formulas, frozenset(digits), tuple(ref for ref, _ in traces.comments), objects,
        tuple(str(part.sqref) for part in sheet.conditional_formatting),
    )  # fmt: skip


class _Colours:
    """Colours as RRGGBB, whether a cell names them outright, by index or by the book's theme and a tint."""

    def __init__(self, theme: tuple[str, ...], size: float) -> None:
        self.theme, self.size = theme, size

    def look(self, cell: Any) -> Look:
        font, fill = cell.font, cell.fill
        colour = self.rgb(font.color) if font.color is not None else ""
        ground = ""
        if getattr(fill, "fill_type", None) == "solid":
            ground = self.rgb(fill.fgColor)
        elif getattr(fill, "fill_type", None):
            ground = str(fill.fill_type)
        return (
            "" if colour == "000000" else colour,
            "" if ground == "FFFFFF" else ground,
            bool(font.b), bool(font.i), bool(font.strike), float(font.sz or self.size) - self.size,
        )  # fmt: skip

    def rgb(self, colour: "Color") -> str:
        from openpyxl.styles.colors import COLOR_INDEX

        if colour.type == "rgb" and isinstance(colour.rgb, str):
            plain = colour.rgb[-6:]
        elif colour.type == "theme" and 0 <= colour.theme < len(self.theme):
            plain = self.theme[colour.theme]
        elif colour.type == "indexed" and 0 <= colour.indexed < len(COLOR_INDEX):
            plain = COLOR_INDEX[colour.indexed][-6:]
        else:  # «automatic»: what the system shows, black on white
            return ""
        return _tinted(plain.upper(), float(colour.tint or 0))


def _tinted(colour: str, tint: float) -> str:
    """The colour made darker (tint < 0) or lighter (> 0). Source: ECMA-376 Part 1, 18.8.3 (bgColor), tint."""
    if not tint or not re.fullmatch("[0-9A-F]{6}", colour):
        return colour
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    return "".join(
        f"{round(part * 255):02X}" for part in colorsys.hls_to_rgb(hue, min(1.0, max(0.0, light)), saturation)
    )


def _theme(xml: bytes | str | None) -> tuple[str, ...]:
    """The twelve colours of the theme in the order in which cells number them."""
    if not xml:
        return ("FFFFFF", "000000", "EEECE1", "1F497D", "4F81BD", "C0504D", "9BBB59", "8064A2", "4BACC6", "F79646",
                "0000FF", "800080")  # fmt: skip
    scheme = ElementTree.fromstring(xml).find(f".//{_THEME}clrScheme")  # noqa: S314 - bounded by the guard
    found = []
    for name in _THEME_ORDER:
        entry = scheme.find(f"{_THEME}{name}") if scheme is not None else None
        colour = entry[0] if entry is not None and len(entry) else None
        fallback = "FFFFFF" if name.startswith("lt") else "000000"
        found.append(
            colour.get("lastClr") or colour.get("val") or fallback if colour is not None else fallback
        )
    return tuple(found)


# --- drawings -------------------------------------------------------------------------------------


def _objects(data: bytes) -> dict[str, list[Object]]:
    """By sheet: pictures, charts, shapes, text boxes and connectors."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found: dict[str, list[Object]] = {}
        names = set(archive.namelist())
        for title, part in _sheet_parts(archive, names):
            for target in _targets(archive, names, part, "/drawing"):
                found.setdefault(title, []).extend(_anchored(_xml(archive, target)))
        return found


def _sheet_parts(archive: zipfile.ZipFile, names: set[str]) -> Iterator[tuple[str, str]]:
    targets = {}
    if "xl/_rels/workbook.xml.rels" in names:
        for relation in _xml(archive, "xl/_rels/workbook.xml.rels"):
            targets[relation.get("Id")] = _absolute("xl/workbook.xml", relation.get("Target", ""))
    for sheet in _xml(archive, "xl/workbook.xml").iter(f"{_MAIN}sheet"):
        part = targets.get(sheet.get(f"{_OFFICE}id"), "")
        if part in names:
            yield sheet.get("name", ""), part


def _targets(archive: zipfile.ZipFile, names: set[str], part: str, kind: str) -> Iterator[str]:
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    if rels not in names:
        return
    for relation in _xml(archive, rels).iter(f"{_RELS}Relationship"):
        target = _absolute(part, relation.get("Target", ""))
        if relation.get("Type", "").endswith(kind) and target in names:
            yield target


def _absolute(part: str, target: str) -> str:
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    # The guard has bounded what it unpacks to, and expat itself refuses entities that grow without bound.
    return ElementTree.fromstring(archive.read(name))  # noqa: S314


def _anchored(drawing: ElementTree.Element) -> Iterator[Object]:
    for anchor in drawing:
        kind = next((kind for child in anchor if (kind := _kind(child))), None)
        if kind is None:
            continue
        start = anchor.find(f"{_DRAW}from")
        row, column = (
            (int(start.findtext(f"{_DRAW}{name}") or 0) + 1 for name in ("row", "col"))
            if start is not None
            else (1, 1)
        )
        text = "".join(part.text or "" for part in anchor.iter(_TEXT)).strip()
        yield Object("text-box" if kind == "shape" and text else kind, row, column, text)


def _kind(element: ElementTree.Element) -> ObjectKind | None:
    kinds: dict[str, ObjectKind] = {
        "pic": "picture", "graphicFrame": "chart", "sp": "shape", "cxnSp": "connector", "grpSp": "group",
    }  # fmt: skip
    return kinds.get(element.tag.removeprefix(_DRAW))
