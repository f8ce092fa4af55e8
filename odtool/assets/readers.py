"""Which reader sees a file: a tap for the one pass over its bytes, a look at its header afterwards."""

from odtool.assets import geojson, grid, gzipped, image, las, markup, pdf, shape, tiff
from odtool.assets.attributes import Records
from odtool.assets.kinds import Kind
from odtool.assets.notes import Notes
from odtool.assets.source import Source, Tap

# Families whose header may be read from the first bytes of an entry of an archive, and how many bytes it gets.
HEADS = frozenset({"las", "tiff", "jpeg", "png", "shp", "shx", "dbf", "prj"})
HEAD_BYTES = 1 << 20


def tap(kind: Kind, notes: Notes) -> Tap | None:
    """A fresh one, filling those notes; None where the family needs none."""
    match kind.family:
        case "geojson" | "json":
            return geojson.Scan(notes, promised=kind.family == "geojson")
        case "markup":
            return markup.Scan(notes)
        case "grid" | "text":
            return grid.Scan(notes, promised=kind.family == "grid")
        case "gzip":
            return gzipped.Scan(notes)
        case "pdf":
            return pdf.Scan(notes)
        case "dbf":
            return Records(notes)
    return None


def look(kind: Kind, data: Source, notes: Notes, name: str) -> None:
    """Raises UnseenError where `data` is a beginning and more of it is needed."""
    match kind.family:
        case "las":
            las.look(data, notes)
        case "tiff":
            tiff.look(data, notes)
        case "jpeg":
            image.look_jpeg(data, notes)
        case "png":
            image.look_png(data, notes)
        case "shp" | "shx":
            shape.look_shp(data, notes)
        case "dbf":
            shape.look_dbf(data, notes)
        case "prj":
            shape.look_prj(data, notes, name)
