"""The parts of a shapefile. Source: ESRI Shapefile Technical Description (July 1998); dBASE III header."""

import math
import struct
from collections.abc import Iterable
from pathlib import PurePosixPath

from odtool.assets import crs
from odtool.assets.model import Bounds
from odtool.assets.notes import Notes
from odtool.assets.source import Source

PARTS = (".shp", ".shx", ".dbf")
_MAGIC = 9_994


def look_shp(data: Source, notes: Notes) -> None:
    """The .shp or .shx: its declared length and its bounds."""
    head = data.at(0, 100)
    if len(head) < 100 or struct.unpack_from(">i", head)[0] != _MAGIC:
        notes.find(
            "broken", what="シェープファイル", detail="見出しが違う", detail_en="not a shapefile's header"
        )
        return
    declared = 2 * struct.unpack_from(">i", head, 24)[0]  # counted in words of two bytes
    if declared > data.size:
        notes.find("truncated", declared=f"{declared:,}", size=f"{data.size:,}")
    notes.checked, notes.georeferenced = "structure", True
    box = struct.unpack_from("<4d", head, 36)
    if declared > 100 and all(map(math.isfinite, box)) and box[0] <= box[2] and box[1] <= box[3]:
        notes.reach(Bounds(*box))


def look_dbf(data: Source, notes: Notes) -> None:
    head = data.at(0, 12)
    if len(head) < 12:
        notes.find("truncated", declared="12", size=f"{data.size:,}")
        return
    records, start, length = struct.unpack_from("<IHH", head, 4)
    if start + records * length > data.size:
        notes.find("truncated", declared=f"{start + records * length:,}", size=f"{data.size:,}")
    notes.fact("features", records)
    notes.checked = "structure"


def look_prj(data: Source, notes: Notes, name: str) -> None:
    notes.crs = crs.of_wkt(data.at(0, 20_000).decode("utf-8", "replace"), name)


def completeness(names: Iterable[str], notes: Notes) -> None:
    """Every .shp needs its companions of the same name."""
    there = {name.lower() for name in names}
    for name in sorted(there):
        path = PurePosixPath(name)
        if path.suffix != ".shp":
            continue
        for part in PARTS[1:]:
            if str(path.with_suffix(part)) not in there:
                notes.find("shape-part-missing", place=name, part=part)
        if str(path.with_suffix(".cpg")) not in there:
            notes.find("shape-encoding", place=name)
