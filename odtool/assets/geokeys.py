"""The keys by which GeoTIFF and LAS state a coordinate system → Crs.

Source: OGC GeoTIFF Standard 1.1 (19-008r4) §7, https://docs.ogc.org/is/19-008r4/19-008r4.html
"""

from collections.abc import Sequence

from odtool.assets import crs
from odtool.assets.model import Crs

_GEOGRAPHIC, _PROJECTED = 2048, 3072
_CITATIONS = (3073, 1026, 2049)  # of the projected system, of the whole, of the geographic system
_USER_DEFINED = 32767
RASTER_TYPE, PIXEL_IS_POINT = 1025, 2


def keys(directory: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """Key → (tag that holds the value, count, value or index)."""
    count = directory[3] if len(directory) > 3 else 0
    found = {}
    for i in range(4, min(4 + 4 * count, len(directory) - 3), 4):
        key, tag, number, value = directory[i : i + 4]
        found[key] = (tag, number, value)
    return found


def system(directory: Sequence[int], texts: str, source: str) -> Crs | None:
    """The system stated: by number, else by the name in a citation; None where neither is there."""
    found = keys(directory)
    for key in (_PROJECTED, _GEOGRAPHIC):
        tag, _, value = found.get(key, (0, 0, 0))
        if tag == 0 and 1024 <= value < _USER_DEFINED:
            return crs.of_code(value, source)
        if key == _PROJECTED and value == _USER_DEFINED:
            break  # described in full by other keys; its geographic base alone would mislead
    for key in _CITATIONS:
        _, number, index = found.get(key, (0, 0, 0))
        for part in texts[index : index + number].rstrip("\0|").split("|"):
            name = part.rpartition("=")[2].strip()
            if name and (known := crs.of_name(name, source)):
                return known
    named = [texts[found[key][2] :][: found[key][1]].rstrip("\0|") for key in _CITATIONS if key in found]
    return Crs(None, named[0][:200], source) if named and named[0] else None
