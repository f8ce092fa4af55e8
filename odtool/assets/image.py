"""JPEG and PNG: whole or cut off, how large, and what they tell about people and places.

Source: ITU-T T.81 Annex B (JPEG), W3C PNG (Third Edition) §5, Exif 2.32 §4.5.
"""

import struct
import zlib

from odtool.assets import tiff
from odtool.assets.notes import Notes
from odtool.assets.source import CHUNK, Source

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_MOST_SEGMENTS = 10_000
_TAIL = 1 << 16  # cameras append previews and notes of their own behind the end


def look_jpeg(data: Source, notes: Notes) -> None:
    place = 2
    for _ in range(_MOST_SEGMENTS):
        head = data.at(place, 4)
        if len(head) < 4 or head[0] != 0xFF:
            break
        marker, length = head[1], struct.unpack(">H", head[2:])[0]
        if marker == 0xFF:  # filling
            place += 1
            continue
        if marker == 0xDA:
            _end(data, notes)
            return
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            size = data.at(place + 5, 4)
            if len(size) == 4:
                height, width = struct.unpack(">HH", size)
                notes.fact("width", width)
                notes.fact("height", height)
        if marker == 0xE1 and data.at(place + 4, 6) == b"Exif\0\0":
            _exif(data, place + 10, notes)
        place += 2 + length
    notes.find("truncated", declared=f"{place + 4:,}", size=f"{data.size:,}")


def _end(data: Source, notes: Notes) -> None:
    tail = data.at(max(0, data.size - _TAIL), _TAIL)
    if b"\xff\xd9" in tail:
        notes.checked = "structure"
    else:
        notes.find(
            "broken",
            what="JPEG",
            detail="終わりの印がなく、途中で切れている",
            detail_en="no end mark, cut off",
        )


def _exif(data: Source, base: int, notes: Notes) -> None:
    reader = tiff.Reader(data, base)
    found = reader.directory(reader.first)
    if found:
        tiff.personal(reader, found[0], notes)


def look_png(data: Source, notes: Notes) -> None:
    """Every chunk's checksum is computed; a missing IEND is a picture cut off."""
    place, texts = 8, 0
    while place < data.size:
        head = data.at(place, 8)
        if len(head) < 8:
            break
        length, kind = struct.unpack(">I4s", head)
        if place + 12 + length > data.size:
            notes.find("truncated", declared=f"{place + 12 + length:,}", size=f"{data.size:,}")
            return
        if not _sound(data, place, length):
            name = kind.decode("latin-1")
            notes.find("broken", what="PNG", detail=f"{name} が壊れている", detail_en=f"{name} is damaged")
            return
        if kind == b"IHDR" and length >= 8:
            width, height = struct.unpack(">II", data.at(place + 8, 8))
            notes.fact("width", width)
            notes.fact("height", height)
        elif kind == b"eXIf":
            _exif(data, place + 8, notes)
        elif kind in (b"tEXt", b"iTXt") and texts < 100:
            texts += 1
            key, _, value = data.at(place + 8, min(length, 1_000)).partition(b"\0")
            if key == b"Author" and value.strip(b"\0 "):
                notes.find("personal-author", value=value.replace(b"\0", b"").decode("utf-8", "replace"))
        elif kind == b"IEND":
            notes.checked = "contents"
            return
        place += 12 + length
    notes.find("truncated", declared=f"{place + 12:,}", size=f"{data.size:,}")


def _sound(data: Source, place: int, length: int) -> bool:
    crc, done = 0, -4  # the checksum covers the kind too
    while done < length:
        block = data.at(place + 8 + done, min(CHUNK, length - done))
        crc = zlib.crc32(block, crc)
        done += len(block) or length + 1
    return data.at(place + 8 + length, 4) == struct.pack(">I", crc)
