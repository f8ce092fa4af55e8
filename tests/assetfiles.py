"""Small files of every family, written byte by byte after their specifications."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

# Geo keys: plane rectangular system V of JGD2011, pixel is area.
KEYS_6673 = (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 6673)
BOX = (10_000.0, -120_000.0, 12_000.0, -118_500.0)  # a sheet near 兵庫県宍粟市, metres in that system


def vlr(user: bytes, number: int, content: bytes) -> bytes:
    return struct.pack("<H16sHH32s", 0, user, number, len(content), b"") + content


def las(
    points: int = 10, box: Sequence[float] = BOX, records: Sequence[bytes] | None = None, packed: bool = False
) -> bytes:
    """LAS 1.2, point format 0: 20 bytes a point. `packed` makes what a LAZ looks like from outside."""
    if records is None:
        records = [vlr(b"LASF_Projection", 34735, struct.pack(f"<{len(KEYS_6673)}H", *KEYS_6673))]
    start = 227 + sum(map(len, records))
    head = bytearray(227)
    struct.pack_into("<4s", head, 0, b"LASF")
    head[24], head[25] = 1, 2
    struct.pack_into("<HHH", head, 90, 100, 2024, 227)
    struct.pack_into("<II", head, 96, start, len(records))
    struct.pack_into("<BHI", head, 104, 0x80 if packed else 0, 20, points)
    struct.pack_into("<3d", head, 131, 0.01, 0.01, 0.01)
    struct.pack_into("<6d", head, 179, box[2], box[0], box[3], box[1], 90.5, 3.25)
    body = bytes(20 * points)
    if packed:
        body = struct.pack("<q", start + 8 + 40) + bytes(40) + bytes(8)
    return bytes(head) + b"".join(records) + body


def tiff(
    tags: Mapping[int, tuple[int, Sequence[Any]]], order: str = "<", big: bool = False, pixels: int = 0
) -> bytes:
    """One directory; pixels of zeros stand at its end. Types: 2 text, 3 short, 4 long, 12 double, 16 long8."""
    forms = {2: "s", 3: "H", 4: "I", 12: "d", 16: "Q"}
    lead, size, inline = (16, 20, 8) if big else (8, 12, 4)
    word = order + ("Q" if big else "I")
    first = (2 if not big else 8) + len(tags) * size + inline
    place, body, entries = lead + first, b"", b""
    for tag, (kind, values) in sorted(tags.items()):
        if kind == 2:
            raw, count = bytes(values), len(values)
        else:
            raw, count = struct.pack(f"{order}{len(values)}{forms[kind]}", *values), len(values)
        entries += struct.pack(f"{order}HH{'Q' if big else 'I'}", tag, kind, count)
        if len(raw) <= inline:
            entries += raw.ljust(inline, b"\0")
        else:
            entries += struct.pack(word, place + len(body))
            body += raw
    magic = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head = magic + (struct.pack(order + "HHQ", 8, 0, 16) if big else struct.pack(order + "I", 8))
    count = struct.pack(order + ("Q" if big else "H"), len(tags))
    return head + count + entries + bytes(inline) + body + bytes(pixels)


def geotiff(
    order: str = "<", big: bool = False, keys: Sequence[int] = KEYS_6673, strip: int = 2_000
) -> bytes:
    """100 × 20 pixels of ten metres, the upper left corner at the box's."""
    tags: dict[int, tuple[int, Sequence[Any]]] = {
        256: (3, [100]), 257: (3, [20]), 258: (3, [8]), 259: (3, [1]), 273: (4, [0]), 279: (4, [2_000]),
        33550: (12, [10.0, 10.0, 0.0]), 33922: (12, [0, 0, 0, BOX[0], BOX[3], 0]), 34735: (3, list(keys)),
    }  # fmt: skip
    bare = tiff(tags, order, big)
    tags[273] = (4, [len(bare)])
    return tiff(tags, order, big, strip)


def exif(tags: Mapping[int, tuple[int, Sequence[Any]]]) -> bytes:
    """A picture's APP1 segment."""
    content = b"Exif\0\0" + tiff(tags)
    return b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content


def jpeg(segments: bytes = b"") -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, 30, 40, 1) + b"\1\x11\0"
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\1\1\0\0?\0" + bytes(50)
    return b"\xff\xd8" + segments + frame + scan + b"\xff\xd9"


def png(*extra: tuple[bytes, bytes]) -> bytes:
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 40, 30, 8, 0, 0, 0, 0)), *extra, (b"IDAT", zlib.compress(bytes(1230))),
              (b"IEND", b"")]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    body = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    for number, content in enumerate(
        objects or (b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Page >>"), 1
    ):
        body += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    return body + b"xref\n0 1\ntrailer << " + trailer + b" >>\nstartxref\n%d\n%%%%EOF\n" % (len(body))


def zipped(entries: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def renamed(archive: bytes, old: bytes, new: bytes, *, flags: int | None = None) -> bytes:
    """The zip with other bytes for a name, of the same length, and perhaps other flags in every header."""
    assert len(old) == len(new)
    found = bytearray(archive.replace(old, new))
    if flags is not None:
        for magic, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            place = found.find(magic)
            while place >= 0:
                struct.pack_into("<H", found, place + offset, flags)
                place = found.find(magic, place + 4)
    return bytes(found)


def shapefile(records: int = 3, box: Sequence[float] = BOX) -> dict[str, bytes]:
    """roads.shp, .shx and .dbf."""
    size = 100 + 28 * records
    head = (
        struct.pack(">i20xi", 9_994, size // 2)
        + struct.pack("<ii", 1_000, 1)
        + struct.pack("<8d", *box, 0, 0, 0, 0)
    )
    dbf = struct.pack("<B3BIHH20x", 3, 124, 1, 1, records, 65, 11) + bytes(32) + b"\r" + bytes(11 * records)
    index = struct.pack(">i20xi", 9_994, (100 + 8 * records) // 2) + head[28:]
    return {
        "roads.shp": head + bytes(28 * records),
        "roads.shx": index + bytes(8 * records),
        "roads.dbf": dbf,
    }


WKT_6673 = (
    b'PROJCS["JGD_2011_Japan_Zone_5",GEOGCS["GCS_JGD_2011",DATUM["D_JGD_2011",SPHEROID["GRS_1980",6378137.0,'
    b'298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    b'PARAMETER["Central_Meridian",134.333333333333],UNIT["Meter",1.0]]'
)
FEED = {
    "agency.txt": "agency_id,agency_name\n1,市バス\n",
    "stops.txt": "\ufeffstop_id,stop_name,stop_lat,stop_lon\n1,駅前,35.01,135.75\n2,役場前,35.05,135.80\n",
    "routes.txt": "route_id\n1\n",
    "trips.txt": "route_id,trip_id\n1,1\n",
    "stop_times.txt": "trip_id,stop_id\n1,1\n",
    "calendar.txt": "service_id\n1\n",
    "feed_info.txt": "feed_publisher_name,feed_start_date,feed_end_date\n見本市,20260401,20270331\n",
}


def feed(**changes: str | None) -> bytes:
    """A timetable; a change of None leaves a file out (the names without .txt)."""
    files = FEED | {f"{name}.txt": text for name, text in changes.items()}
    return zipped({name: text.encode() for name, text in files.items() if text is not None})
