"""zip: whole, harmless and readable everywhere; and what the files inside say.

Every entry is unpacked in pieces to compute its checksum; nothing is written. Source: APPNOTE.TXT 6.3.10 §4.3–4.5.
"""

import lzma
import stat
import struct
import zipfile
import zlib
from collections import Counter
from pathlib import PurePosixPath
from typing import BinaryIO

from odtool.assets import gtfs, kinds, readers, shape
from odtool.assets.gzipped import RATIO, SMALL
from odtool.assets.model import Crs
from odtool.assets.notes import Notes
from odtool.assets.source import Prefix, Progress, Source, Tap, UnseenError
from odtool.text import visible

_DIRECTORY = 8 << 20  # bytes of the list of entries; Python holds some ten times as much
_PIECE = 1 << 18
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, struct.error, RuntimeError,
            IndexError, OverflowError)  # fmt: skip
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_SUMMED = ("points", "features", "placemarks")
_LEFT = frozenset({"pdf", "gzip"})  # families that need more than one pass; of them only the checksum is seen
_ONCE = frozenset({"axes-assumed", "personal-position", "attributes-seen"})


def look(file: BinaryIO, data: Source, notes: Notes, progress: Progress | None) -> None:
    if _directory_size(data) > _DIRECTORY:
        notes.find("zip-many", count="?")
        return
    try:
        archive = zipfile.ZipFile(file)
    except (*_DAMAGED, NotImplementedError) as error:
        detail = f"{type(error).__name__}"
        notes.find(
            "broken",
            what="zip",
            detail=f"目次が読めない、または途中で切れている: {detail}",
            detail_en=f"no readable directory or cut off: {detail}",
        )
        return
    with archive:
        infos = archive.infolist()
        files = [info for info in infos if not info.filename.endswith("/")]
        _names(infos, notes)
        unpacked = sum(info.file_size for info in files)
        notes.fact("files", len(files))
        notes.fact("unpacked", unpacked)
        if not files:
            notes.find("zip-nothing")
        elif _overlap(infos):
            notes.find("zip-overlap")
        elif unpacked > max(SMALL, RATIO * data.size):
            notes.find("zip-bomb", unpacked=f"{unpacked:,}")
        else:
            _Reader(archive, notes, progress).read(files)


class _Reader:
    """Goes through the entries of one archive."""

    def __init__(self, archive: zipfile.ZipFile, notes: Notes, progress: Progress | None) -> None:
        self._archive, self._notes, self._progress = archive, notes, progress
        self._feed = False
        self._systems: dict[tuple[int | None, str], Crs] = {}
        self._formats: Counter[str] = Counter()
        self._unread: list[str] = []
        self._whole = True

    def read(self, files: list[zipfile.ZipInfo]) -> None:
        notes = self._notes
        names = {shown(info) for info in files}
        self._feed = gtfs.is_feed(names)
        for info in files:
            self._one(info)
        shape.completeness(names, notes)
        if self._whole:
            notes.checked = "contents"
        notes.fact("formats", "、".join(f"{form} {count:,}" for form, count in self._formats.most_common(8)))
        if self._unread:
            notes.checked = "structure" if self._whole else notes.checked
            notes.find("zip-unread", count=f"{len(self._unread):,}", example=self._unread[0])
        if notes.format == "ZIP" and any(name.lower().endswith(".shp") for name in names):
            notes.format = "SHP"
        if len(self._systems) == 1:
            notes.crs = next(iter(self._systems.values()))
        elif self._systems:
            notes.find("crs-mixed", names="、".join(system.name for system in self._systems.values()))
            notes.bounds = None  # those of different systems cannot be joined
        if self._feed and self._whole:
            gtfs.look(self._archive, names, notes)
        elif not self._feed and gtfs.in_folder(names):
            notes.find("gtfs-folder")

    def _one(self, info: zipfile.ZipInfo) -> None:
        notes, name = self._notes, shown(info)
        suffix = PurePosixPath(name).suffix.lower()
        kind = kinds.of_name(suffix)
        self._formats[kind.format] += 1
        _manners(info, name, suffix, notes)
        if suffix in kinds.TABLES and not self._feed:
            notes.find("zip-table", name)
        if info.flag_bits & 0x1:
            notes.find("zip-encrypted", name)
            self._whole = False
            return
        if info.compress_type not in _METHODS:
            notes.find("zip-method", name, method=str(info.compress_type))
            self._whole = False
            return
        own = Notes(format=kind.format)
        tap = None if self._feed or kind.family in _LEFT else readers.tap(kind, own)
        head = self._unpack(info, kind, name, tap)
        if head is None:
            self._whole = False
            return
        if not info.file_size:
            notes.find("zip-empty-entry", name)
            return
        found = kinds.contents(head[:4_096])
        if found == "program":
            notes.find("executable", name, what=kinds.WORDS[found][0])
        elif not kinds.agrees(kind, found):
            notes.find("kind-differs", name, suffix=suffix or "（なし）", found=kinds.WORDS[found][0])
        elif not self._feed:
            if tap:
                tap.close()
            self._look(kind, own, Prefix(head, info.file_size), name)
            self._take(kind, own, name)

    def _unpack(self, info: zipfile.ZipInfo, kind: kinds.Kind, name: str, tap: Tap | None) -> bytes | None:
        """The beginning of an entry, all of which was seen by the tap and found undamaged; None where it was not."""
        head, done = bytearray(), 0
        wanted = readers.HEAD_BYTES if kind.family in readers.HEADS else 4_096
        try:
            with self._archive.open(info) as entry:
                while piece := entry.read(_PIECE):
                    if len(head) < wanted:
                        head += piece[: wanted - len(head)]
                    if tap:
                        tap.feed(piece)
                    if self._progress:
                        self._progress(_share(info, done + len(piece)) - _share(info, done))
                    done += len(piece)
        except (*_DAMAGED, NotImplementedError) as error:
            said = str(error) or type(error).__name__
            self._notes.find("zip-crc", name, detail=said[:100], detail_en=said[:100])
            return None
        return bytes(head)

    @staticmethod
    def _look(kind: kinds.Kind, own: Notes, data: Prefix, name: str) -> None:
        try:
            readers.look(kind, data, own, name)
        except UnseenError:  # the rest stands farther behind; its checksum was right all the same
            own.checked = "kind"

    def _take(self, kind: kinds.Kind, own: Notes, name: str) -> None:
        """What the entry says goes to the notes of the archive."""
        notes = self._notes
        if own.checked == "kind" and not own.findings and kind.family != "prj":
            self._unread.append(name)
        for code in _ONCE:
            if own.has(code) and notes.has(code):
                own.findings = [found for found in own.findings if found.code != code]
        notes.take(own, name)
        notes.georeferenced = notes.georeferenced or own.georeferenced
        if system := own.crs:
            source = name if system.source == name else f"{name}: {system.source}"
            self._systems.setdefault(
                (system.code, system.name), Crs(system.code, system.name, visible(source, 200))
            )
        if own.bounds and kind.family != "shx":
            notes.reach(own.bounds)
        for key in _SUMMED:
            if isinstance(value := own.facts.get(key), int):
                notes.fact(key, int(notes.facts.get(key, 0)) + value)


def _share(info: zipfile.ZipInfo, done: int) -> int:
    return info.compress_size * min(done, info.file_size) // max(info.file_size, 1)


def _manners(info: zipfile.ZipInfo, name: str, suffix: str, notes: Notes) -> None:
    """What an entry's name and kind tell without reading it."""
    base = PurePosixPath(name).name
    parts = name.replace("\\", "/").split("/")
    link = stat.S_ISLNK(info.external_attr >> 16)
    if link or ".." in parts or name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":"):
        notes.find("zip-path", name)
    if base.startswith("~$"):
        notes.find("lock-file", name)
    elif kinds.is_litter(base) or "__MACOSX" in parts:
        notes.find("litter", name)
        return
    if suffix in kinds.PROGRAMS:
        notes.find("executable", name, what=suffix)
    if suffix in kinds.MACROS or base.lower() == "vbaproject.bin":
        notes.find("macro", name)
    elif suffix in kinds.ARCHIVES:
        notes.find("zip-nested", name)


def shown(info: zipfile.ZipInfo) -> str:
    """The name as its maker saw it: UTF-8 where that is marked or fits, else CP932."""
    return _named(info)[0]


def _named(info: zipfile.ZipInfo) -> tuple[str, str]:
    """The name, and the finding it deserves ("" for none)."""
    if info.flag_bits & 0x800 or info.orig_filename.isascii():
        return info.filename, ""
    try:
        raw = info.orig_filename.encode("cp437")  # what Python decodes unmarked names with
    except UnicodeEncodeError:  # it found a marked name in a further field
        return info.filename, ""
    for encoding, code in (("utf-8", "zip-names-unmarked"), ("cp932", "zip-names-cp932")):
        try:
            return raw.decode(encoding).replace("\\", "/"), code
        except UnicodeDecodeError:
            continue
    return info.filename, "zip-names-unmarked"


def _names(infos: list[zipfile.ZipInfo], notes: Notes) -> None:
    seen: Counter[str] = Counter()
    odd: dict[str, str] = {}
    for info in infos:
        name, code = _named(info)
        seen[name.casefold()] += 1
        if seen[name.casefold()] == 2:
            notes.find("zip-duplicate", name)
        if code:
            odd.setdefault(code, name)
    for code, example in odd.items():
        notes.find(code, example=example)


def _overlap(infos: list[zipfile.ZipInfo]) -> bool:
    """Whether an entry begins before the one in front of it ends: 30 bytes of header, the name, the contents."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            return True
        end = info.header_offset + 30 + len(info.orig_filename) + info.compress_size
    return False


def _directory_size(data: Source) -> int:
    """Bytes of the list of entries, as declared; 0 where that is not found."""
    tail_at = max(0, data.size - 66_000)
    tail = data.at(tail_at, 66_000)
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) < place + 22:
        return 0
    size: int = struct.unpack_from("<I", tail, place + 12)[0]
    locator = tail[place - 20 : place] if place >= 20 else b""
    if locator.startswith(b"PK\6\7"):  # zip64: the true number stands farther in front
        record = data.at(struct.unpack_from("<Q", locator, 8)[0], 56)
        nearby = tail[place - 76 : place - 20] if place >= 76 else b""
        for found in (record, nearby):
            if len(found) == 56 and found.startswith(b"PK\6\6"):
                size = max(size if size != 0xFFFFFFFF else 0, struct.unpack_from("<Q", found, 40)[0])
    return size
