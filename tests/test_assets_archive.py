"""What is told of an archive: whole, harmless, readable everywhere, and what lies inside."""

import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest

from odtool.assets.inspect import inspect
from odtool.assets.model import Asset, Bounds
from tests import assetfiles as made
from tests.test_assets import codes


@pytest.fixture
def zipped(tmp_path: Path):
    """What is seen of a zip of these entries, or of these bytes."""

    def look(content: dict[str, bytes] | bytes, name: str = "a.zip", **options) -> Asset:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else made.zipped(content))
        return inspect(path, **options)

    return look


def grid(x: float = 10_000, y: float = -120_000, rows: int = 50) -> bytes:
    return "".join(f"{x + i % 10 + 0.5} {y + i // 10 + 0.5} {i / 7:.2f}\r\n" for i in range(rows)).encode()


def test_grids_of_heights_in_a_zip_tell_their_points_and_range(zipped) -> None:
    asset = zipped({"05of371.txt": grid(), "05of372.txt": grid(12_000)})
    assert (asset.format, asset.checked, asset.facts["files"], asset.facts["points"]) == (
        "ZIP",
        "contents",
        2,
        100,
    )
    assert asset.bounds == Bounds(10_000.5, -119_999.5, 12_009.5, -119_995.5)
    assert codes(asset) == {"crs-unknown", "axes-assumed"} and asset.crs is None


def test_a_point_cloud_in_a_zip_brings_its_system(zipped) -> None:
    asset = zipped({"a.las": made.las(), "b.las": made.las(points=7)})
    assert asset.facts["points"] == 17 and asset.crs and asset.extent
    assert (asset.crs.code, asset.crs.source) == (6673, "a.las: LAS (GeoTIFF)") and not asset.findings


def test_systems_that_are_mixed_are_told_and_not_joined(zipped) -> None:
    other = made.geotiff(keys=(*made.KEYS_6673[:-1], 6674))
    asset = zipped({"a.las": made.las(), "b.tif": other})
    assert codes(asset) == {"crs-mixed"} and asset.crs is None and asset.bounds is None


def test_what_is_wrong_inside_is_told_with_the_entrys_name(zipped) -> None:
    asset = zipped({"sheets/a.las": made.las()[:-5]})
    (found,) = [f for f in asset.findings if f.severity == "error"]
    assert (found.code, found.place) == ("truncated", "sheets/a.las")


def test_a_damaged_byte_is_found_by_its_checksum(zipped) -> None:
    content = bytearray(made.zipped({"a.bin": bytes(range(256)) * 40}, zipfile.ZIP_STORED))
    content[5_000] ^= 1
    asset = zipped(bytes(content))
    assert codes(asset, "error") == {"zip-crc"} and asset.checked == "kind"


@pytest.mark.parametrize("cut", [1, 30, 2_000])
def test_a_zip_cut_off_is_an_error(zipped, cut: int) -> None:
    content = made.zipped({"a.bin": bytes(range(256)) * 40}, zipfile.ZIP_STORED)
    assert codes(zipped(content[:-cut]), "error") == {"broken"}


@pytest.mark.parametrize(
    ("name", "code"),
    [("../x.txt", "zip-path"), ("/etc/x.txt", "zip-path"), ("C:/x.txt", "zip-path"), ("~$報告.docx", "lock-file"),
     ("setup.EXE", "executable"), ("book.xlsm", "macro"), ("word/vbaProject.bin", "macro"), ("a.zip", "zip-nested"),
     ("b.csv", "zip-table"), ("__MACOSX/._a", "litter"), ("Thumbs.db", "litter")],
)  # fmt: skip
def test_entries_that_do_not_belong_are_told(zipped, name: str, code: str) -> None:
    asset = zipped({name: b"PK\3\4" + bytes(100) if name.endswith((".zip", ".xlsm")) else b"text"})
    assert code in codes(asset)


def test_a_program_under_another_name_is_found_inside(zipped) -> None:
    assert "executable" in codes(zipped({"map.jpg": b"MZ\x90\0" + bytes(100)}), "error")


def test_a_link_out_of_the_archive_is_an_error(zipped) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("a.txt")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert "zip-path" in codes(zipped(out.getvalue()), "error")


def test_an_encrypted_archive_is_an_error(zipped) -> None:
    content = made.renamed(made.zipped({"a.txt": b"x"}), b"a.txt", b"a.txt", flags=1)
    assert codes(zipped(content), "error") == {"zip-encrypted"}


def test_names_in_the_windows_encoding_are_shown_as_meant(zipped) -> None:
    raw = "説明書".encode("cp932")
    content = made.renamed(made.zipped({"XXXXXX.pdf": made.pdf()}), b"XXXXXX", raw, flags=0)
    asset = zipped(content)
    (found,) = [f for f in asset.findings if f.code == "zip-names-cp932"]
    assert "説明書.pdf" in found.ja
    raw = "説明".encode()
    content = made.renamed(made.zipped({"XXXXXX.pdf": made.pdf()}), b"XXXXXX", raw, flags=0)
    assert "zip-names-unmarked" in codes(zipped(content))
    assert not codes(zipped({"説明.pdf": made.pdf()}), "warning", "error")


def test_two_entries_of_one_name_are_an_error(zipped) -> None:
    content = made.zipped({"a.bin": b"1", "b.bin": b"2"}).replace(b"b.bin", b"A.bin")
    assert "zip-duplicate" in codes(zipped(content), "error")


def test_an_archive_that_swells_beyond_reason_is_not_unpacked(zipped) -> None:
    content = bytearray(made.zipped({"a.bin": bytes(1_000)}))
    place = content.find(b"PK\1\2")
    struct.pack_into("<I", content, place + 24, 3_000_000_000)  # the size that the directory declares
    assert codes(zipped(bytes(content))) == {"zip-bomb"}


def test_entries_that_share_their_bytes_are_an_error(zipped) -> None:
    content = bytearray(made.zipped({"a.bin": bytes(5_000), "b.bin": bytes(5_000)}))
    place = content.rfind(b"PK\1\2")
    struct.pack_into("<I", content, place + 42, 1)  # b begins inside a
    assert "zip-overlap" in codes(zipped(bytes(content)), "error")


def test_a_list_of_entries_too_long_to_hold_is_not_read(zipped) -> None:
    assert codes(
        zipped(b"PK\3\4" + bytes(50) + b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 9, 9, 1 << 30, 60, 0))
    ) == {"zip-many"}


def test_an_archive_of_nothing_is_an_error(zipped) -> None:
    assert codes(zipped({})) == {"zip-nothing"} and codes(zipped({"folder/": b""})) == {"zip-nothing"}


def test_the_contents_that_nobody_read_are_named(zipped) -> None:
    asset = zipped({"a.pdf": made.pdf(), "b.las": made.las()})
    assert codes(asset) == {"zip-unread"} and asset.checked == "structure"


def test_one_kind_of_finding_is_shown_a_few_times_and_counted(zipped) -> None:
    asset = zipped({f"{i}.csv": b"a,b\n" for i in range(40)})
    found = [f for f in asset.findings if f.code == "zip-table"]
    assert len(found) == 6 and "35件" in found[-1].ja


# --- shapefiles, timetables, KMZ, gzip -----------------------------------------------------------------


def test_a_shapefile_tells_its_system_from_its_prj(zipped) -> None:
    parts = made.shapefile() | {"roads.prj": made.WKT_6673, "roads.cpg": b"UTF-8"}
    asset = zipped(parts)
    assert asset.format == "SHP" and asset.facts["features"] == 3 and asset.bounds == Bounds(*made.BOX)
    assert asset.crs and (asset.crs.code, asset.crs.source) == (6673, "roads.prj") and asset.extent
    assert codes(asset, "error", "warning") == set()


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_shapefile_without_one_of_its_parts_is_an_error(zipped, part: str) -> None:
    parts = {name: content for name, content in made.shapefile().items() if not name.endswith(part)}
    asset = zipped(parts)
    assert codes(asset, "error") == {"shape-part-missing"} and "crs-unknown" in codes(asset)


def test_a_shapefile_cut_off_is_an_error(zipped) -> None:
    parts = made.shapefile()
    assert "truncated" in codes(zipped(parts | {"roads.shp": parts["roads.shp"][:-4]}), "error")
    assert "truncated" in codes(zipped(parts | {"roads.dbf": parts["roads.dbf"][:-4]}), "error")


def test_a_timetable_tells_its_dates_and_stops(zipped) -> None:
    asset = zipped(made.feed())
    assert asset.format == "GTFS" and asset.facts["stops"] == 2 and codes(asset) == {"gtfs-validator"}
    assert (asset.facts["feed_start_date"], asset.facts["feed_end_date"]) == ("2026-04-01", "2027-03-31")
    assert asset.extent and (asset.extent.west, asset.extent.north) == (135.75, 35.05)


def test_what_a_timetable_lacks_is_told(zipped) -> None:
    assert "gtfs-missing" in codes(zipped(made.feed(calendar=None)), "error")
    assert "gtfs-missing" in codes(zipped(made.feed(agency=None)), "error")
    assert "gtfs-feed-info" in codes(zipped(made.feed(feed_info=None)))
    for dates in ("20270331,20260401", "2026-04-01,20270331", "x,y"):
        text = f"feed_publisher_name,feed_start_date,feed_end_date\n見本市,{dates}\n"
        assert "gtfs-dates" in codes(zipped(made.feed(feed_info=text))), dates
    assert "swapped" in codes(zipped(made.feed(stops="stop_id,stop_lat,stop_lon\n1,135.7,35.0\n")), "error")


def test_a_timetable_one_folder_down_is_an_error(zipped) -> None:
    files = {f"feed/{name}": text.encode() for name, text in made.FEED.items()}
    assert "gtfs-folder" in codes(zipped(files), "error")


def test_a_kmz_is_read_like_its_kml(zipped) -> None:
    kml = b"<kml><Placemark><Point><coordinates>135.5,34.7</coordinates></Point></Placemark></kml>"
    asset = zipped({"doc.kml": kml}, "a.kmz")
    assert (
        asset.format == "KMZ"
        and asset.extent
        and asset.facts["placemarks"] == 1
        and asset.checked == "contents"
    )


def test_a_gzip_is_whole_or_cut_off(zipped) -> None:
    content = gzip.compress(bytes(range(256)) * 100)
    asset = zipped(content + content, "a.txt.gz")
    assert asset.facts["unpacked"] == 51_200 and codes(asset, "error") == set()
    assert codes(zipped(content[:-9], "a.gz"), "error") == {"broken"}
    damaged = content[:-8] + bytes(4) + content[-4:]
    assert codes(zipped(damaged, "a.gz"), "error") == {"zip-crc"}
