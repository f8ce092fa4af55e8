"""GeoPackage: an SQLite file that must be whole, with its layers, their systems and their extent.

Opened read-only and immutable; a file is hostile, so only the two tables of the standard and the
texts of the layers are asked, within a number of steps. Source: OGC GeoPackage 1.3.1 (12-128r18) §1.1.1 (file format), §1.1.2 (spatial reference systems), §1.1.3
(contents); SQLite file format §1.3, https://www.sqlite.org/fileformat2.html
"""

import math
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from odtool.assets import crs
from odtool.assets.attributes import Attributes
from odtool.assets.model import Bounds, Crs
from odtool.assets.notes import Notes
from odtool.assets.source import Source

MAGIC = b"SQLite format 3\0"
_IDS = (b"GPKG", b"GP10", b"GP11")
_STEPS = 200_000  # thousands of steps of SQLite's machine, then it is stopped: some ten seconds
_LONGEST = 50_000_000  # bytes of one value
_MOST_LAYERS = 1_000


def look(data: Source, path: Path, notes: Notes) -> None:
    head = data.at(0, 100)
    if len(head) < 100:
        notes.find("truncated", declared="100", size=f"{data.size:,}")
        return
    page, pages = struct.unpack_from(">H", head, 16)[0], struct.unpack_from(">I", head, 28)[0]
    page = 65_536 if page == 1 else page
    if page * pages > data.size:
        notes.find("truncated", declared=f"{page * pages:,}", size=f"{data.size:,}")
        return
    if head[68:72] not in _IDS and notes.format == "GPKG":
        detail, detail_en = "GeoPackage の印がない SQLite", "an SQLite file without the mark of a GeoPackage"
        notes.find("broken", what="GeoPackage", detail=detail, detail_en=detail_en)
        return
    notes.georeferenced = True
    beside = path.with_name(f"{path.name}-wal")  # SQLite keeps what it has not moved into the file there
    if beside.is_file() and beside.stat().st_size:
        notes.find("gpkg-open", name=beside.name)
    try:
        with closing(_opened(path)) as database:
            for layer in _layers(database, notes):
                _attributes(database, layer, notes)
            _integrity(database, notes)
    except (sqlite3.Error, ValueError, OverflowError) as error:
        if "interrupted" in str(error):
            notes.find(
                "not-checked-in-full", why="確かめるのに時間がかかりすぎる", why_en="checking takes too long"
            )
            return
        notes.find("broken", what="GeoPackage", detail=str(error)[:80], detail_en=str(error)[:80])


def _opened(path: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    database = sqlite3.connect(address, uri=True)
    steps = 0

    def stop() -> int:
        nonlocal steps
        steps += 1
        return int(steps > _STEPS)

    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    database.set_progress_handler(stop, 1_000)
    database.text_factory = lambda raw: raw.decode("utf-8", "replace")
    for pragma in (
        "trusted_schema=OFF",
        "query_only=ON",
        "cell_size_check=ON",
        "cache_size=-8000",
        "mmap_size=0",
    ):
        database.execute(f"PRAGMA {pragma}")
    return database


def _layers(database: sqlite3.Connection, notes: Notes) -> list[str]:
    """The names of the tables with features."""
    query = (
        "SELECT c.table_name, c.data_type, c.min_x, c.min_y, c.max_x, c.max_y, s.organization, "
        "s.organization_coordsys_id, s.srs_name FROM gpkg_contents c LEFT JOIN gpkg_spatial_ref_sys s "
        "ON s.srs_id = c.srs_id LIMIT ?"
    )
    if not _is_table(database, "gpkg_contents"):
        raise ValueError("no table gpkg_contents")
    rows: list[tuple[Any, ...]] = [
        tuple(value[:200] if isinstance(value, (str, bytes)) else value for value in row)
        for row in database.execute(query, (_MOST_LAYERS,))
    ]
    notes.fact("layers", len(rows))
    notes.fact("layer_names", "、".join(str(row[0]) for row in rows[:5]))
    if not rows:
        notes.find("no-features")
    systems: dict[Crs, None] = {}
    for _, kind, *box, organisation, number, name in rows:
        if kind == "attributes":
            notes.find("table")
            continue
        if isinstance(number, int) and number > 0 and str(organisation).upper() == "EPSG":
            systems[crs.of_code(number, "GeoPackage")] = None
        elif name and isinstance(number, int) and number > 0:
            systems[Crs(None, str(name)[:200], "GeoPackage")] = None
        if all(isinstance(value, (int, float)) and math.isfinite(value) for value in box):
            notes.reach(Bounds(*box))
    if len(systems) == 1:
        notes.crs = next(iter(systems))
    elif systems:
        notes.find("crs-mixed", names="、".join(system.name for system in systems))
        notes.bounds = None  # boxes of different systems cannot be joined
    return [str(row[0]) for row in rows if row[1] != "attributes"]


def _attributes(database: sqlite3.Connection, layer: str, notes: Notes) -> None:
    """The texts of a layer."""
    if not _is_table(database, layer):
        return
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({_quoted(layer)})") if _is_text(row[2])]
    seen = Attributes()
    if columns:
        asked = ", ".join(_quoted(column) for column in columns)
        for row in database.execute(f"SELECT {asked} FROM {_quoted(layer)}"):  # noqa: S608 - names are quoted
            for column, value in zip(columns, row, strict=True):
                if isinstance(value, str) and value:
                    seen.see(column, value[:10_000])
    seen.tell(notes)


def _is_table(database: sqlite3.Connection, name: str) -> bool:
    """A view is not asked: it can make rows without end and values of any size."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return database.execute(query, (name,)).fetchone() is not None


def _is_text(declared: object) -> bool:
    return any(word in str(declared).upper() for word in ("TEXT", "CHAR", "CLOB"))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _integrity(database: sqlite3.Connection, notes: Notes) -> None:
    answer = database.execute("PRAGMA quick_check(1)").fetchone()
    if answer and answer[0] == "ok":
        notes.checked = "contents"
    else:
        detail = str(answer[0])[:80] if answer else "?"
        notes.find("broken", what="GeoPackage", detail=detail, detail_en=detail)
