"""Where the data of a file lie: its system, its extent in degrees, and whether that can be."""

from dataclasses import dataclass

from odtool.assets import crs
from odtool.assets.model import Bounds, Crs, Extent
from odtool.assets.notes import Notes

_MARGIN = 0.3  # degrees: sheets of maps reach beyond the border of a municipality


@dataclass(frozen=True, slots=True)
class Area:
    """Where data are expected: the municipality's name and its bounds."""

    name: str
    extent: Extent


def place(notes: Notes, stated: Crs | None, area: Area | None) -> Extent | None:
    """Settles the system of the notes and tells the extent; None where it is not known. What is not stated stays
    unknown and says so."""
    if not notes.georeferenced and not notes.crs:
        return None
    _settle(notes, stated)
    system, bounds = notes.crs, notes.bounds
    if system is None:
        return None
    if crs.is_tokyo(system):
        notes.find("crs-old-datum", name=system.name)
        return None
    if bounds is None:
        return None
    found = crs.extent(system, bounds)
    if found is None:
        if system.code not in crs.names():
            notes.find("crs-unrecognised", name=system.name)
        else:
            notes.find("outside-japan", west="?", east="?", south="?", north="?")
        return None
    if crs.is_geographic(system) and not crs.within(found, Extent(-180, -90, 180, 90)):
        if not any(notes.has(code) for code in ("swapped", "outside-degrees")):
            notes.find("outside-degrees", x=f"{bounds.max_x:g}", y=f"{bounds.max_y:g}")
        return None
    return _believed(notes, system, bounds, found, area)


def _settle(notes: Notes, stated: Crs | None) -> None:
    if notes.crs is None:
        notes.crs = stated
        if stated is None and not notes.has("crs-mixed"):
            notes.find("crs-unknown")
    elif notes.crs.code is None and stated:
        notes.crs = stated  # the file has a name of its own for it, an officer gave the number
    elif (
        stated
        and _flat(stated.code) != _flat(notes.crs.code)
        and notes.format not in ("KML", "KMZ", "GeoJSON", "GTFS")
    ):
        notes.find("crs-differs", stated=_said(stated), found=_said(notes.crs))


def _said(system: Crs) -> str:
    return f"EPSG:{system.code} {system.name}" if system.code else system.name


def _flat(code: int | None) -> int | None:
    """The system without its heights."""
    if code is not None and 10162 <= code < 10175:
        return code - 10162 + 6669
    return {6697: 6668, 6667: 6668, 6696: 4612, 4947: 4612, 4979: 4326}.get(code, code) if code else code


def _believed(notes: Notes, system: Crs, bounds: Bounds, found: Extent, area: Area | None) -> Extent:
    """The extent, or that with the axes exchanged where only that can be meant; doubts are noted."""
    if _plausible(found, area):
        return found
    turned = crs.extent(system, bounds.turned())
    if turned and _plausible(turned, area):
        notes.find("axes-exchanged")
        return turned
    edges = {"west": found.west, "east": found.east, "south": found.south, "north": found.north}
    said = {key: f"{value:.3f}" for key, value in edges.items()}
    if not _plausible(found, None):
        notes.find("outside-japan", **said)
    elif area:
        notes.find("outside-municipality", area=area.name, **said)
    return found


def _plausible(found: Extent, area: Area | None) -> bool:
    """In Japan, and touching the area."""
    if not crs.within(found, crs.JAPAN, 0.5):
        return False
    if area is None:
        return True
    at = area.extent
    return not (
        found.east < at.west - _MARGIN
        or found.west > at.east + _MARGIN
        or found.north < at.south - _MARGIN
        or found.south > at.north + _MARGIN
    )
