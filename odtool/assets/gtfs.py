"""GTFS in a zip: required files, dates and stops. The timetable itself is the GTFS validator's business.

Source: GTFS Schedule Reference (https://gtfs.org/schedule/reference/); 標準的なバス情報フォーマット（GTFS-JP）第3版,
which requires feed_info.txt.
"""

import csv
import io
import math
import zipfile
from collections.abc import Iterator
from datetime import date

from odtool.assets import crs
from odtool.assets.model import Bounds
from odtool.assets.notes import Notes

_REQUIRED = ("agency.txt", "routes.txt", "trips.txt", "stop_times.txt")
_SIGNS = frozenset({"routes.txt", "trips.txt", "stop_times.txt"})
_LARGEST = 64 << 20  # bytes of a file that is read
_BAD = (csv.Error, ValueError, EOFError, OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile)


def is_feed(names: set[str]) -> bool:
    return len(_SIGNS & names) >= 2 and ("stops.txt" in names or "agency.txt" in names)


def in_folder(names: set[str]) -> bool:
    """Whether it would be a feed, were it not one folder down."""
    tops = {name.partition("/")[0] for name in names if "/" in name}
    return any(
        is_feed({n.partition("/")[2] for n in names if n.startswith(f"{top}/")}) for top in list(tops)[:100]
    )


def look(archive: zipfile.ZipFile, names: set[str], notes: Notes) -> None:
    notes.format, notes.georeferenced = "GTFS", True
    missing = [name for name in _REQUIRED if name not in names]
    if "stops.txt" not in names and "locations.geojson" not in names:
        missing.append("stops.txt")
    if not names & {"calendar.txt", "calendar_dates.txt"}:
        missing.append("calendar.txt / calendar_dates.txt")
    for name in missing:
        notes.find("gtfs-missing", part=name)
    if "feed_info.txt" in names:
        _dates(archive, notes)
    else:
        notes.find("gtfs-feed-info")
    if "stops.txt" in names:
        _stops(archive, notes)
    notes.find("gtfs-validator")


def _rows(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, str]]:
    if archive.getinfo(name).file_size > _LARGEST:
        return
    try:
        with (
            archive.open(name) as file,
            io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="") as text,
        ):
            for row in csv.DictReader(text):
                yield {str(key).strip(): value for key, value in row.items() if isinstance(value, str)}
    except _BAD:  # the test of the checksums tells
        return


def _dates(archive: zipfile.ZipFile, notes: Notes) -> None:
    row = next(_rows(archive, "feed_info.txt"), {})
    start, end = row.get("feed_start_date", "").strip(), row.get("feed_end_date", "").strip()
    for key in ("feed_publisher_name", "feed_version"):
        if row.get(key):
            notes.fact(key, row[key])
    first, last = _day(start), _day(end)
    if first:
        notes.fact("feed_start_date", first.isoformat())
    if last:
        notes.fact("feed_end_date", last.isoformat())
    if (start and not first) or (end and not last) or (first and last and last < first):
        notes.find("gtfs-dates", start=start, end=end)


def _day(text: str) -> date | None:
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _stops(archive: zipfile.ZipFile, notes: Notes) -> None:
    count = 0
    box: Bounds | None = None
    odd: tuple[float, float] | None = None
    for row in _rows(archive, "stops.txt"):
        count += 1
        try:
            x, y = float(row.get("stop_lon", "")), float(row.get("stop_lat", ""))
        except ValueError:
            continue
        if not (math.isfinite(x) and math.isfinite(y)) or (x, y) == (0.0, 0.0):
            continue
        if not (-180 <= x <= 180 and -90 <= y <= 90):
            odd = odd or (x, y)
            continue
        here = Bounds(x, y, x, y)
        box = box.joined(here) if box else here
    notes.fact("stops", count)
    notes.crs = crs.of_code(4326, "GTFS")
    if odd:
        turned = 20 <= odd[0] <= 46 and 122 <= odd[1] <= 154.5
        notes.find("swapped" if turned else "outside-degrees", "stops.txt", x=f"{odd[0]:g}", y=f"{odd[1]:g}")
    elif box:
        notes.reach(box)
