"""Whatever a file holds, looking at it ends soon, with an answer."""

import gzip
import sqlite3
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odtool.assets.inspect import inspect
from odtool.assets.jsonstream import JsonStream, NotJsonError, TooMuchError
from odtool.assets.model import SEVERITIES
from tests import assetfiles as made


def _geopackage(folder: Path) -> bytes:
    database = sqlite3.connect(folder / "made.gpkg")
    database.executescript(
        "PRAGMA application_id=0x47504B47; CREATE TABLE gpkg_spatial_ref_sys(srs_name, srs_id, organization, "
        "organization_coordsys_id); CREATE TABLE gpkg_contents(table_name, data_type, min_x, min_y, max_x, max_y, srs_id);"
        "INSERT INTO gpkg_contents VALUES('a', 'features', 1, 2, 3, 4, 1);"
    )
    database.close()
    return (folder / "made.gpkg").read_bytes()


GRID = b"".join(b"%d.5 %d.5 %d\n" % (10_000 + i, -120_000 + i, i) for i in range(50))
JSON = b'{"type": "FeatureCollection", "features": [{"geometry": {"type": "Point", "coordinates": [135.5, 34.7]}}]}'
SEEDS = {
    "a.las": made.las(records=[made.vlr(b"LASF_Projection", 2112, made.WKT_6673)]),
    "a.laz": made.las(packed=True),
    "a.tif": made.geotiff(),
    "b.tif": made.geotiff(">", big=True),
    "a.jpg": made.jpeg(made.exif({315: (2, b"Taro\0"), 34665: (4, [8]), 34853: (4, [8])})),
    "a.png": made.png((b"tEXt", b"Author\0Taro")),
    "a.pdf": made.pdf(b"<< /Type /ObjStm /Author (a\\)b) >>\nstream\nxxxx"),
    "a.zip": made.zipped({"a.las": made.las(), "説明.txt": GRID, "b.tif": made.geotiff()}),
    "b.zip": made.zipped(made.shapefile() | {"roads.prj": made.WKT_6673}),
    "c.zip": made.feed(),
    "a.docx": made.zipped({"word/document.xml": b"<a/>"}),
    "a.geojson": JSON,
    "a.kml": b"<kml><Placemark><Point><coordinates>135.5,34.7</coordinates></Point></Placemark></kml>",
    "a.xyz": GRID,
    "a.asc": b"ncols 3\nnrows 2\nxllcorner 1\nyllcorner 1\ncellsize 5\n1 2 3\n4 5 6\n",
    "a.txt.gz": gzip.compress(GRID),
    "a.shp": made.shapefile()["roads.shp"],
    "a.dbf": made.shapefile()["roads.dbf"],
}


def _changed(content: bytes, cut: int, flips: list[tuple[int, int]]) -> bytes:
    found = bytearray(content[: len(content) - cut % (len(content) + 1)] if cut else content)
    for place, value in flips:
        if found:
            found[place % len(found)] = value
    return bytes(found)


@pytest.mark.parametrize("name", [*SEEDS, "a.gpkg"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.integers(0, 5_000) | st.just(0),
    flips=st.lists(st.tuples(st.integers(0, 4_000), st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]) | st.integers(0, 255)), max_size=12),
)  # fmt: skip
def test_a_damaged_file_gets_an_answer(
    tmp_path: Path, name: str, cut: int, flips: list[tuple[int, int]]
) -> None:
    seed = SEEDS[name] if name in SEEDS else _geopackage(tmp_path)
    (tmp_path / "made.gpkg").unlink(missing_ok=True)
    path = tmp_path / name
    path.write_bytes(_changed(seed, cut, flips))
    asset = inspect(path)
    assert asset.size == path.stat().st_size and len(asset.sha256) == 64
    for finding in asset.findings:
        assert finding.severity in SEVERITIES and finding.ja and finding.en
        said = finding.ja + finding.en + finding.place
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in said)


@settings(max_examples=300, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.integers(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)), st.integers(1, 50), st.booleans())  # fmt: skip
def test_json_in_pieces_is_json(value: object, piece: int, escaped: bool) -> None:
    import json

    text = json.dumps(value, ensure_ascii=escaped)
    try:
        content = text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return
    stream = JsonStream(lambda *_: None, lambda *_: None, lambda *_: None)
    for start in range(0, len(content), piece):
        stream.feed(content[start : start + piece])
    stream.feed(b"", final=True)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='{}[],:"\\ aeu0123.-+tr\n', max_size=40))
def test_what_python_does_not_read_as_json_is_not_read_here(text: str) -> None:
    import json

    try:
        json.loads(text)
        whole = True
    except ValueError:
        whole = False
    stream = JsonStream(lambda *_: None, lambda *_: None, lambda *_: None)
    seen = True
    try:
        stream.feed(text.encode(), final=True)
    except (NotJsonError, TooMuchError):
        seen = False
    assert seen == whole
