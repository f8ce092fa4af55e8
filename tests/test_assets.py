"""What is told of one file that is no table."""

import hashlib
import os
import re
import sqlite3
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from odtool.assets import crs, names
from odtool.assets.inspect import inspect
from odtool.assets.model import Asset, Bounds, Crs, Extent
from odtool.assets.placing import Area
from odtool.assets.sayings import SAYINGS
from odtool.errors import UsageError
from tests import assetfiles as made

GEOJSON = '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [%s]}}]}'


@pytest.fixture
def seen(tmp_path: Path):
    """Writes a file and tells what is seen of it."""

    def look(name: str, content: bytes | str, **options) -> Asset:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return inspect(path, **options)

    return look


def codes(asset: Asset, *severities: str) -> set[str]:
    """Without the remark that every format with attributes gets."""
    said = {finding.code for finding in asset.findings if not severities or finding.severity in severities}
    return said - {"attributes-seen"}


# --- any file -----------------------------------------------------------------------------------------


def test_size_and_checksum_are_those_of_the_bytes(seen) -> None:
    asset = seen("a.bin", b"abc" * 1_000_000)
    assert asset.size == 3_000_000 and asset.sha256 == hashlib.sha256(b"abc" * 1_000_000).hexdigest()
    assert asset.checked == "kind" and codes(asset) == {"not-checked"}


def test_an_empty_file_is_an_error(seen) -> None:
    assert codes(seen("a.zip", b"")) == {"empty"}


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.las", made.pdf()), ("a.tif", made.png()), ("a.pdf", b"<html><body>404</body></html>"), ("a.zip", made.las()),
     ("a.geojson", made.zipped({"a": b"b"})), ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)), ("a.gpkg", b"text")],
)  # fmt: skip
def test_contents_other_than_the_extension_says_are_an_error(seen, name: str, content: bytes) -> None:
    asset = seen(name, content)
    assert codes(asset) == {"kind-differs"} and asset.checked == "kind"


def test_a_program_is_an_error_whatever_it_is_called(seen) -> None:
    program = b"MZ\x90\0" + bytes(200)
    for name in ("setup.exe", "map.jpg", "data", "run.bat"):
        assert codes(seen(name, program if name != "run.bat" else b"@echo off\r\n")) == {"executable"}, name


def test_lock_files_of_office_and_working_files_are_told(seen) -> None:
    assert "lock-file" in codes(seen("~$報告書.docx", b"\x06someone" + bytes(150)), "error")
    assert "litter" in codes(seen("Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)))


def test_a_table_is_sent_to_the_command_that_judges_it(seen) -> None:
    assert "table" in codes(seen("a.csv", "名称,電話\n"), "error")


def test_every_sentence_can_be_filled_in_both_languages() -> None:
    for severity, ja, en in SAYINGS.values():
        assert (
            severity in ("error", "warning", "hint") and ja.endswith(("。", "}")) and en.endswith((".", "}"))
        )
        assert "  " not in ja + en


def test_hostile_names_inside_a_file_reach_no_terminal(seen) -> None:
    asset = seen("a.zip", made.zipped({"\x1b[2Jx.csv": b"a", "../\u202ex.exe": b"b"}))
    said = "".join(finding.text("ja") + finding.text("en") for finding in asset.findings)
    assert {"zip-table", "zip-path", "executable"} <= codes(asset)
    assert "\x1b" not in said and "\u202e" not in said


@pytest.mark.parametrize("path", ["missing.las", "folder", "x" * 300, "nul\0.las"])
def test_what_cannot_be_opened_is_wrong_usage(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError):
        inspect(tmp_path / path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_device_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        inspect("/dev/null")


# --- names --------------------------------------------------------------------------------------------


def test_a_file_name_for_the_portal_is_plain_and_always_the_same() -> None:
    assert names.ascii_name("05OF371_DSM.zip") == "05of371_dsm.zip"
    assert names.ascii_name("a b (2).tar.gz") == "a-b-2-tar.gz"
    assert names.ascii_name("説明書.PDF") == names.ascii_name("説明書.PDF")
    assert names.ascii_name("説明書.pdf") != names.ascii_name("凡例.pdf")
    for odd in (
        "説明書.pdf",
        "..",
        "con.txt",
        "x" * 300 + ".zip",
        "\x1b[0m.las",
        ".zip",
        "ﾃﾞｰﾀ１.csv",
        "a\u0301.tif",
    ):
        name = names.ascii_name(odd)
        assert name.isascii() and name[0].isalnum() and len(name) <= 100 and name == name.lower(), odd
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-"), odd


def test_a_file_keeps_its_name_whatever_is_put_beside_it() -> None:
    paths = ["x.zip", "b/X.zip", "図郭/x.zip", "y.zip"]
    told = names.unique(paths)
    assert told[:2] == ["x.zip", "b-x.zip"] and len(set(told)) == 4 and all(name.isascii() for name in told)
    assert [names.unique([path])[0] for path in paths] == told


def test_names_that_would_still_be_the_same_are_told_apart() -> None:
    told = names.unique(["b/x.zip", "b-x.zip", "B-X", "b-x"])
    assert len(set(told)) == 4 and told == names.unique(["b/x.zip", "b-x.zip", "B-X", "b-x"])


# --- where it lies ------------------------------------------------------------------------------------


def test_plane_coordinates_become_degrees_as_the_survey_computes_them() -> None:
    # An answer of PROJ 9 (pyproj 3.7) for zone V, to a hundred-millionth of a degree.
    lat, lon = crs.degrees(12_000.0, -118_500.0, 36, 134 + 1 / 3, 0.9999)
    assert (round(lat, 8), round(lon, 8)) == (34.93176525, 134.46468935)
    assert crs.degrees(0, 0, 36, 138.5, 0.9999) == pytest.approx((36, 138.5), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "code"),
    [(made.WKT_6673.decode(), 6673), ('PROJCS["JGD2011 / Japan Plane Rectangular CS IX",x]', 6677),
     ('GEOGCS["GCS_JGD_2011",DATUM["D_JGD_2011"]]', 6668), ('GEOGCS["Somewhere",AUTHORITY["EPSG","4258"]]', 4258),
     ('PROJCS["WGS_1984_UTM_Zone_53N",GEOGCS["GCS_WGS_1984"]]', 32653)],
)  # fmt: skip
def test_a_well_known_text_is_known_by_its_number_or_its_name(text: str, code: int) -> None:
    found = crs.of_wkt(text, "x.prj")
    assert found and found.code == code


def test_a_system_that_nobody_numbered_keeps_its_name_and_gets_no_extent(seen) -> None:
    assert crs.of_wkt('PROJCS["Local grid",GEOGCS["Bessel"]]', "x") == Crs(None, "Local grid", "x")
    odd = (1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 2_046)
    asset = seen("a.tif", made.geotiff(keys=odd))
    assert (
        asset.crs and asset.crs.code == 2_046 and asset.extent is None and "crs-unrecognised" in codes(asset)
    )


def test_the_old_datum_is_told_and_not_converted(seen) -> None:
    tokyo = (1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 30165)
    asset = seen("a.tif", made.geotiff(keys=tokyo))
    assert "crs-old-datum" in codes(asset) and asset.extent is None and asset.bounds


def test_data_outside_japan_or_away_from_the_municipality_are_told(seen) -> None:
    assert "outside-japan" in codes(seen("a.geojson", GEOJSON % "2.35, 48.85"))
    kyoto = Area("京都市", Extent(135.5, 34.8, 135.9, 35.4))
    assert "outside-municipality" in codes(seen("a.geojson", GEOJSON % "141.3, 43.1", area=kyoto))
    assert "outside-municipality" not in codes(seen("a.geojson", GEOJSON % "135.7, 35.0", area=kyoto))


def test_axes_the_wrong_way_round_are_found_by_where_the_municipality_lies(seen) -> None:
    x0, y0, x1, y1 = made.BOX
    hyogo = Area("兵庫県", Extent(134.2, 34.1, 135.5, 35.7))
    asset = seen("a.las", made.las(box=(y0, x0, y1, x1)), area=hyogo)
    assert "axes-exchanged" in codes(asset) and asset.extent and 134.4 < asset.extent.west < 134.5


# --- point clouds -------------------------------------------------------------------------------------


def test_a_point_cloud_tells_its_points_system_and_extent(seen) -> None:
    asset = seen("sheet.las", made.las())
    assert (asset.format, asset.facts["points"], asset.checked) == ("LAS", 10, "structure")
    assert asset.crs == Crs(6673, "JGD2011 / Japan Plane Rectangular CS V", "LAS (GeoTIFF)")
    assert asset.bounds == Bounds(*made.BOX) and not codes(asset)
    assert asset.extent and asset.extent.east == pytest.approx(134.4646869, abs=1e-4)


def test_a_point_cloud_without_a_system_says_unknown_and_takes_the_stated_one(seen) -> None:
    bare = made.las(records=[])
    asset = seen("a.las", bare)
    assert asset.crs is None and asset.extent is None and "crs-unknown" in codes(asset, "warning")
    asset = seen("a.las", bare, stated=crs.of_code(6673, "dataset.toml"))
    assert asset.crs and asset.crs.source == "dataset.toml" and asset.extent and not codes(asset)
    asset = seen("a.las", made.las(), stated=crs.of_code(6674, "dataset.toml"))
    assert asset.crs and asset.crs.code == 6673 and codes(asset) == {"crs-differs"}


def test_a_well_known_text_in_a_point_cloud_is_read(seen) -> None:
    asset = seen("a.las", made.las(records=[made.vlr(b"LASF_Projection", 2112, made.WKT_6673 + b"\0")]))
    assert asset.crs and (asset.crs.code, asset.crs.source) == (6673, "LAS (WKT)")


@pytest.mark.parametrize("cut", [1, 199, 300])
def test_a_point_cloud_that_lacks_points_is_cut_off(seen, cut: int) -> None:
    assert "truncated" in codes(seen("a.las", made.las()[:-cut]), "error")


def test_a_packed_point_cloud_without_its_table_is_cut_off(seen) -> None:
    assert seen("a.laz", made.las(packed=True)).format == "LAZ"
    assert not seen("a.laz", made.las(packed=True)).findings
    assert "truncated" in codes(seen("a.laz", made.las(packed=True)[:-20]), "error")


def test_impossible_bounds_and_no_points_are_told(seen) -> None:
    assert "bounds-impossible" in codes(seen("a.las", made.las(box=(5.0, 5.0, 1.0, 1.0))), "error")
    assert "bounds-impossible" in codes(seen("a.las", made.las(box=(float("nan"), 0, 1, 1))), "error")
    assert "no-points" in codes(seen("a.las", made.las(points=0)))


# --- pictures and rasters -----------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_a_map_raster_tells_its_size_system_and_extent(seen, order: str, big: bool) -> None:
    asset = seen("dem.tif", made.geotiff(order, big))
    assert asset.format == "GeoTIFF" and not codes(asset)
    assert (asset.facts["width"], asset.facts["height"], asset.facts["pixel_size"]) == (100, 20, 10.0)
    assert asset.bounds == Bounds(10_000, -118_700, 11_000, -118_500) and asset.crs and asset.crs.code == 6673


def test_pixels_that_are_points_reach_half_a_pixel_farther(seen) -> None:
    keys = (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 2, 3072, 0, 1, 6673)
    assert seen("a.tif", made.geotiff(keys=keys)).bounds == Bounds(9_995, -118_695, 10_995, -118_495)


@pytest.mark.parametrize("big", [False, True])
def test_a_raster_whose_strips_reach_behind_its_end_is_cut_off(seen, big: bool) -> None:
    assert "truncated" in codes(seen("a.tif", made.geotiff(big=big, strip=1_999)), "error")


def test_directories_that_point_at_themselves_come_to_an_end(seen) -> None:
    loop = (
        b"II*\0"
        + struct.pack("<I", 8)
        + struct.pack("<H", 1)
        + struct.pack("<HHII", 256, 3, 1, 5)
        + struct.pack("<I", 8)
    )
    assert seen("a.tif", loop).facts["pictures"] == 1


def test_a_photograph_that_tells_of_place_and_people_is_told(seen) -> None:
    gps = made.tiff({1: (2, b"N\0"), 2: (4, [35, 1]), 4: (4, [135, 1])})[8:]
    tags = {315: (2, "撮影 太郎\0".encode()), 34853: (4, [0])}
    start = len(made.tiff(tags))
    picture = made.jpeg()
    segment = b"Exif\0\0" + made.tiff(tags | {34853: (4, [start])}) + gps
    photo = picture[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + picture[2:]
    asset = seen("a.jpg", photo)
    assert codes(asset) == {"personal-author", "personal-position"}
    assert "撮影 太郎" in next(f.ja for f in asset.findings if f.code == "personal-author")
    assert (asset.facts["width"], asset.facts["height"]) == (40, 30)


def test_a_photograph_cut_off_is_an_error(seen) -> None:
    assert not seen("a.jpg", made.jpeg()).findings
    assert codes(seen("a.jpg", made.jpeg()[:-2]), "error") == {"broken"}
    assert codes(seen("a.jpg", made.jpeg()[:8]), "error") == {"truncated"}


def test_a_png_is_checked_to_its_last_chunk(seen) -> None:
    whole = made.png((b"tEXt", b"Author\0Taro"))
    assert seen("a.png", made.png()).checked == "contents"
    assert codes(seen("a.png", whole)) == {"personal-author"}
    assert "truncated" in codes(seen("a.png", whole[:-3]), "error")
    assert "broken" in codes(seen("a.png", whole[:60] + b"!" + whole[61:]), "error")


# --- documents ----------------------------------------------------------------------------------------


def test_a_document_tells_its_pages(seen) -> None:
    asset = seen("a.pdf", made.pdf(b"<< /Type /Pages /Count 2 >>", b"<< /Type /Page >>", b"<</Type/Page>>"))
    assert asset.facts["pages"] == 2 and not codes(asset) and asset.checked == "structure"


@pytest.mark.parametrize(
    ("raw", "name"),
    [(b"(Yamada Taro)", "Yamada Taro"), (b"(\\345\\261\\261)", "山"), (b"<feff5c71>", "山"),
     (b"(" + "\ufeff山田".encode("utf-16-be").replace(b"\\", b"\\\\") + b")", "山田"), ("(山田)".encode("cp932"), "山田"), (b"(a\\)b)", "a)b")],
)  # fmt: skip
def test_the_authors_name_is_found_however_it_is_written(seen, raw: bytes, name: str) -> None:
    asset = seen("a.pdf", made.pdf(b"<< /Author " + raw + b" >>"))
    assert [f.ja.split("「")[1].split("」")[0] for f in asset.findings] == [name]


def test_the_authors_name_is_found_in_a_packed_object_stream(seen) -> None:
    packed = zlib.compress(b"1 0 << /Author (Yamada) >>")
    content = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
    assert codes(seen("a.pdf", made.pdf(content + packed + b"\nendstream"))) == {"personal-author"}


def test_a_document_cut_off_restricted_or_active_is_told(seen) -> None:
    assert codes(seen("a.pdf", made.pdf()[:-8]), "error") == {"broken"}
    assert "pdf-encrypted" in codes(seen("a.pdf", made.pdf(trailer=b"/Encrypt 5 0 R")))
    assert "pdf-active" in codes(seen("a.pdf", made.pdf(b"<< /S /JavaScript /JS (x) >>")))


def test_what_lies_across_two_pieces_of_a_document_is_counted_once(seen) -> None:
    filler = b"x" * ((1 << 20) - 30)
    asset = seen("a.pdf", made.pdf(filler, b"<< /Type /Page >>", filler, b"<< /Type /Page /Author (Taro) >>"))
    assert asset.facts["pages"] == 2 and codes(asset) == {"personal-author"}


# --- GeoJSON, JSON, XML -------------------------------------------------------------------------------


def test_geojson_tells_its_features_and_extent(seen) -> None:
    asset = seen("a.geojson", GEOJSON % "135.5, 34.7, 12.0")
    assert asset.format == "GeoJSON" and asset.facts["features"] == 1 and asset.checked == "contents"
    assert asset.extent == Extent(135.5, 34.7, 135.5, 34.7) and not codes(asset)
    assert seen("a.json", GEOJSON % "135.5, 34.7").format == "GeoJSON"
    assert seen("a.json", '{"a": [1, {"b": null}]}').checked == "contents"


@pytest.mark.parametrize(
    ("content", "code"),
    [(GEOJSON % "34.7, 135.5", "swapped"), (GEOJSON % "10000.5, -118500", "outside-degrees"), ('{"a": 1}', "not-geojson"),
     ((GEOJSON % "135, 34")[:-1], "broken"), ((GEOJSON % "135, 34") + "}", "broken"), ('{"type": }', "broken"),
     ("\ufeff" + GEOJSON % "135, 34", "bom"), ('{"type": "FeatureCollection", "features": []}', "no-features"),
     ('{"type": "Point", "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::6673"}}, "coordinates": [1.0, 2.0]}', "crs-not-wgs84")],
)  # fmt: skip
def test_what_is_off_in_geojson_is_told(seen, content: str, code: str) -> None:
    assert code in codes(seen("a.geojson", content))


def test_geojson_that_is_not_utf8_tells_the_byte(seen) -> None:
    asset = seen("a.geojson", '{"type": "住所"}'.encode("cp932"))
    assert codes(asset) == {"not-utf8"} and "11 バイト目" in asset.findings[0].ja


def test_geojson_of_many_pieces_is_read_like_one(seen) -> None:
    pairs = ",".join(f"[{135 + i / 1e6:.6f}, {34 + i / 1e6:.6f}]" for i in range(200_000))
    text = f'{{"type": "LineString", "coordinates": [{pairs}], "name": "{"あ" * 900_000}"}}'
    asset = seen("a.geojson", text)
    assert not codes(asset) and asset.extent == Extent(135, 34, 135.199999, 34.199999)


def test_kml_is_read_to_its_end_and_entities_are_refused(seen) -> None:
    kml = '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><Point><coordinates>%s</coordinates></Point></Placemark></kml>'
    asset = seen("a.kml", kml % "135.5,34.7,0")
    assert (
        asset.format == "KML"
        and asset.extent == Extent(135.5, 34.7, 135.5, 34.7)
        and asset.facts["placemarks"] == 1
    )
    assert "swapped" in codes(seen("a.kml", kml % "34.7,135.5"))
    assert "broken" in codes(seen("a.kml", (kml % "1,2")[:-3]), "error")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><kml>&b;</kml>'
    assert "xml-entities" in codes(seen("a.kml", bomb), "error")


@pytest.mark.parametrize("encoding", ["Shift_JIS", "EUC-JP"])
def test_xml_in_a_japanese_encoding_is_read(seen, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><地図><名称>能登</名称></地図>'
    asset = seen("a.xml", text.encode(encoding))
    assert asset.checked == "contents" and asset.facts["root"] == "地図" and not codes(asset)


def test_gml_of_the_survey_tells_its_system_and_extent(seen) -> None:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><Dataset xmlns:gml="http://www.opengis.net/gml/3.2"><gml:boundedBy>'
        '<gml:Envelope srsName="fguuid:jgd2011.bl"><gml:lowerCorner>34.75 135.5</gml:lowerCorner>'
        "<gml:upperCorner>34.83 135.625</gml:upperCorner></gml:Envelope></gml:boundedBy></Dataset>"
    )
    asset = seen("dem.xml", text)
    assert asset.format == "GML" and asset.crs and asset.crs.code == 6668
    assert asset.extent == Extent(135.5, 34.75, 135.625, 34.83)


# --- people in attributes ------------------------------------------------------------------------------

FEATURE = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null, "properties": %s}]}'
)


@pytest.mark.parametrize(
    ("attributes", "key"),
    [('{"連絡先": "090-1234-5678"}', "連絡先"), ('{"mail": "taro.yamada@gmail.com"}', "mail"), ('{"世帯主": "山田 太郎"}', "世帯主"),
     ('{"備考": {"a": ["電話 080-1234-5678"]}}', "a")],
)  # fmt: skip
def test_people_in_the_attributes_of_features_stop_a_file(seen, attributes: str, key: str) -> None:
    asset = seen("a.geojson", FEATURE % attributes)
    (found,) = [f for f in asset.findings if f.severity == "error"]
    assert found.code == "personal-attribute" and f"「{key}」" in found.ja
    assert not re.search("1234|taro|太郎", found.ja + found.en)


def test_attributes_of_places_stop_nothing_and_what_was_not_looked_for_is_said(seen) -> None:
    attributes = '{"名称": "山田公園", "電話番号": "079-123-4567", "メール": "koen@city.example.lg.jp", "申請者": "見本市", "撮影者": "山田 太郎"}'
    asset = seen("a.geojson", FEATURE % attributes)
    assert not asset.count("error") and "attributes-seen" in {f.code for f in asset.findings}


def test_people_in_kml_are_found_by_the_names_of_its_data(seen) -> None:
    text = '<kml><Placemark><Data name="氏名"><value>山田太郎</value></Data><description>090-1234-5678</description></Placemark></kml>'
    found = [f.ja for f in seen("a.kml", text).findings if f.code == "personal-attribute"]
    assert len(found) == 2 and "「氏名」" in found[0] and "「description」" in found[1]


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_people_in_the_records_of_a_shapefile_are_found(seen, encoding: str) -> None:
    name = "氏名".encode(encoding)
    field = name.ljust(11, b"\0") + b"C" + bytes(4) + bytes([30, 0]) + bytes(14)
    records = b"".join(b" " + text.encode(encoding).ljust(30) for text in ("山田 太郎", "佐藤 花子"))
    head = struct.pack("<B3BIHH20x", 3, 124, 1, 1, 2, 65, 31)
    asset = seen("a.dbf", head + field + b"\r" + records)
    (found,) = [f for f in asset.findings if f.severity == "error"]
    assert found.code == "personal-attribute" and "「氏名」" in found.ja and "2件" in found.ja


# --- GeoPackage ---------------------------------------------------------------------------------------


def geopackage(path: Path, *, code: int = 6673) -> bytes:
    database = sqlite3.connect(path)
    database.executescript(
        "PRAGMA application_id=0x47504B47; CREATE TABLE gpkg_spatial_ref_sys(srs_name, srs_id, organization, "
        "organization_coordsys_id); CREATE TABLE gpkg_contents(table_name, data_type, min_x, min_y, max_x, max_y, srs_id);"
        f"INSERT INTO gpkg_spatial_ref_sys VALUES('x', 1, 'EPSG', {code});"
        "INSERT INTO gpkg_contents VALUES('道路', 'features', 10000, -120000, 12000, -118500, 1); CREATE TABLE t(a);"
    )
    database.executemany("INSERT INTO t VALUES(?)", [(bytes(500),)] * 200)
    database.commit()
    database.close()
    return path.read_bytes()


def test_a_geopackage_tells_its_layers_system_and_extent(seen, tmp_path: Path) -> None:
    content = geopackage(tmp_path / "made")
    asset = seen("a #1?.gpkg", content)
    assert asset.crs and asset.crs.code == 6673 and asset.extent and not codes(asset)
    assert (asset.facts["layers"], asset.facts["layer_names"], asset.checked) == (1, "道路", "contents")
    assert "truncated" in codes(seen("a.gpkg", content[:-4096]), "error")
    assert "broken" in codes(seen("a.gpkg", content.replace(b"GPKG", bytes(4), 1)), "error")


def test_people_in_the_layers_of_a_geopackage_are_found(seen, tmp_path: Path) -> None:
    geopackage(tmp_path / "made")
    database = sqlite3.connect(tmp_path / "made")
    database.execute('CREATE TABLE "道路"(geom BLOB, "氏""名" TEXT, "氏名" TEXT)')
    database.executemany(
        "INSERT INTO \"道路\" VALUES(x'00', ?, ?)", [("x", "山田 太郎"), (None, "佐藤 花子")]
    )
    database.commit()
    database.close()
    asset = seen("a.gpkg", (tmp_path / "made").read_bytes())
    (found,) = [f for f in asset.findings if f.severity == "error"]
    assert found.code == "personal-attribute" and "「氏名」" in found.ja and "2件" in found.ja


def test_a_geopackage_that_makes_up_its_layers_without_end_is_refused(seen, tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "made")
    database.executescript(
        "PRAGMA application_id=0x47504B47; CREATE TABLE gpkg_spatial_ref_sys(srs_name, srs_id, organization, "
        "organization_coordsys_id); CREATE VIEW gpkg_contents AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
        "FROM n) SELECT i table_name, i data_type, i min_x, i min_y, i max_x, i max_y, i srs_id FROM n WHERE i < 0;"
    )
    database.close()
    asset = seen("a.gpkg", (tmp_path / "made").read_bytes())
    assert codes(asset, "error") == {"broken"} and asset.checked == "kind"


def test_a_geopackage_that_is_still_being_written_is_told(seen, tmp_path: Path) -> None:
    content = geopackage(tmp_path / "made")
    (tmp_path / "a.gpkg-wal").write_bytes(b"pages not yet in the file")
    assert codes(seen("a.gpkg", content), "error") == {"gpkg-open"}


# --- grids as text ------------------------------------------------------------------------------------


def test_lines_of_coordinates_tell_their_number_and_range(seen) -> None:
    text = "".join(f"{10_000 + i % 100}.5,{-120_000 + i // 100},{i / 10}\r\n" for i in range(5_000))
    asset = seen("a.xyz", text, stated=crs.of_code(6673, "dataset.toml"))
    assert asset.facts["points"] == 5_000
    assert asset.bounds == Bounds(10_000.5, -120_000, 10_099.5, -119_951)
    assert asset.checked == "contents" and codes(asset) == {"axes-assumed"} and asset.extent


def test_a_large_grid_is_counted_in_full_and_read_in_part(seen) -> None:
    text = "".join(f"{10_000 + i % 1000} {-120_000 + i // 1000} 1.5\n" for i in range(250_000))
    asset = seen("a.txt", text)
    assert asset.facts["points"] == 250_000 and asset.bounds and asset.bounds.sampled
    assert asset.bounds.max_y == -119_751 and asset.checked == "structure"


def test_a_text_that_is_no_grid_is_not_called_one(seen) -> None:
    for text in ("利用の手引き\n", "2024 1 5\n2024 1 6\n", "", "a b c\n1 2 3\n"):
        asset = seen("readme.txt", text or "\n")
        assert codes(asset) == {"not-checked"} and asset.crs is None, text
    assert "broken" in codes(seen("a.xyz", "hello\nworld\n"), "error")


def test_an_ascii_grid_must_have_the_rows_and_columns_it_declares(seen) -> None:
    head = "ncols 3\nnrows 2\nxllcorner 10000\nyllcorner -118000\ncellsize 5\nNODATA_value -9999\n"
    asset = seen("a.asc", head + "1 2 3\n4 5 -9999\n", stated=crs.of_code(6673, "dataset.toml"))
    assert asset.bounds == Bounds(10_000, -118_000, 10_015, -117_990) and not codes(asset)
    assert "grid-rows" in codes(seen("a.asc", head + "1 2 3\n"), "error")
    assert "grid-columns" in codes(seen("a.asc", head + "1 2 3\n4 5\n"), "error")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured where Linux tells it")
def test_two_gigabytes_take_little_memory(tmp_path: Path) -> None:
    """A point cloud of zeros, sparse on disk; measured in a process of its own, by its own high-water mark: what
    getrusage tells of a child may be its parent's."""
    points = (2 << 30) // 20
    head = made.las(points=0)
    content = head[:107] + struct.pack("<I", points) + head[111:]
    with (tmp_path / "large.las").open("wb") as file:
        file.write(content)
        file.truncate(len(content) + points * 20)
    code = (
        "import re, sys; from odtool.assets.inspect import inspect; a = inspect(sys.argv[1]); "
        "peak = re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1]; "
        "print(a.size, a.count('error'), peak)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "large.las")], capture_output=True, text=True, check=True
    )
    size, errors, peak = map(int, done.stdout.split())
    assert size > 2_147_000_000 and errors == 0 and peak < 100_000
