"""PDF: whole or cut off, restricted, active parts, pages, and the author's name.

Nothing is rendered. What stands in the open, and in compressed object streams of usual size, is searched; what is
encrypted is not. Source: ISO 32000-1 §7.5 (file structure), §7.5.7 (object streams), §14.3.3 (document information).
"""

import re
import zlib

from odtool.assets.notes import Notes
from odtool.assets.source import Source

MAGIC = b"%PDF-"
_OVERLAP = 4_096  # a finding may lie across two chunks
_MOST_STREAMS, _MOST_PACKED, _MOST_UNPACKED = 500, 1 << 20, 4 << 20
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_AUTHOR = re.compile(rb"/Author\s*(\((?:[^()\\]|\\.){0,500}\)|<[0-9A-Fa-f\s]{0,2000}>)", re.DOTALL)
_CREATOR = re.compile(rb"<dc:creator>\s*<rdf:\w+>\s*<rdf:li[^>]{0,100}>([^<]{1,300})</rdf:li>")
_OBJECTS = re.compile(rb"/Type\s*/ObjStm(?![A-Za-z])")
_ACTIVE = {
    rb"/JavaScript(?![A-Za-z])": ("プログラム（JavaScript）", "a program (JavaScript)"),
    rb"/Launch(?![A-Za-z])": ("別のプログラムを起動する指示", "an order to start another program"),
    rb"/EmbeddedFiles?(?![A-Za-z])": ("添付ファイル", "attached files"),
}


class Scan:
    """Sees every byte once; `finish` looks at what needs going back."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._rest = b""
        self._offset = 0
        self._pages = 0
        self._authors: dict[str, None] = {}
        self._active: set[bytes] = set()
        self._streams: list[int] = []
        self._encrypted = False

    def feed(self, chunk: bytes) -> None:
        known = len(self._rest)
        text = self._rest + chunk
        # What begins within the last bytes is left to the next round, so that nothing is counted twice.
        self._search(text, max(0, len(text) - _OVERLAP), self._offset - known)
        self._offset += len(chunk)
        self._rest = text[max(0, len(text) - _OVERLAP) :]

    def close(self) -> None:
        self._search(self._rest, len(self._rest), self._offset - len(self._rest))
        self._rest = b""

    def _search(self, text: bytes, limit: int, base: int | None) -> None:
        self._pages += sum(match.start() < limit for match in _PAGE.finditer(text))
        self._encrypted |= b"/Encrypt" in text
        self._active |= {pattern for pattern in _ACTIVE if re.search(pattern, text)}
        for match in _AUTHOR.finditer(text):
            self._name(_string(match[1]))
        for match in _CREATOR.finditer(text):
            self._name(match[1].decode("utf-8", "replace"))
        if base is not None and len(self._streams) < _MOST_STREAMS:
            self._streams += [base + m.start() for m in _OBJECTS.finditer(text) if m.start() < limit]

    def _name(self, name: str) -> None:
        if name.strip() and len(self._authors) < 5:
            self._authors[name.strip()] = None

    def finish(self, data: Source) -> None:
        notes = self._notes
        start, tail = data.at(0, 1_024), data.at(max(0, data.size - 2_048), 2_048)
        if version := re.search(rb"%PDF-(\d\.\d)", start):
            notes.fact("version", version[1].decode())
        mark = re.search(rb"startxref\s+(\d{1,19})\s+%%EOF", tail)
        if b"%%EOF" not in tail:
            notes.find(
                "broken",
                what="PDF",
                detail="終わりの %%EOF がなく、途中で切れている",
                detail_en="no %%EOF, cut off",
            )
        elif mark and int(mark[1]) >= data.size:
            notes.find("truncated", declared=f"{int(mark[1]):,}", size=f"{data.size:,}")
        else:
            notes.checked = "structure"
        if self._encrypted:
            notes.find("pdf-encrypted")
        else:
            for place in self._streams[:_MOST_STREAMS]:
                unpacked = _unpacked(data, place)
                self._search(unpacked, len(unpacked), None)
        if self._pages:
            notes.fact("pages", self._pages)
        for pattern in sorted(self._active):
            what, what_en = _ACTIVE[pattern]
            notes.find("pdf-active", what=what, what_en=what_en)
        for name in self._authors:
            notes.find("personal-author", value=name)


def _unpacked(data: Source, place: int) -> bytes:
    """The objects of a compressed stream; b"" where they cannot be had, as much as is sane where they are huge."""
    block = data.at(place, _MOST_PACKED)
    begin = re.search(rb"stream\r?\n", block)
    if not begin:
        return b""
    try:
        return zlib.decompressobj().decompress(block[begin.end() :], _MOST_UNPACKED)
    except zlib.error:
        return b""


def _string(raw: bytes) -> str:
    """A PDF string as text (ISO 32000-1 §7.3.4, §7.9.2)."""
    if raw.startswith(b"<"):
        digits = re.sub(rb"\s", b"", raw[1:-1])
        value = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    else:
        escapes = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b""}

        def plain(match: re.Match[bytes]) -> bytes:
            code = match[1]
            return bytes([int(code, 8) & 0xFF]) if code[:1] in b"01234567" else escapes.get(code, code)

        value = re.sub(rb"\\([0-7]{1,3}|.)", plain, raw[1:-1], flags=re.DOTALL)
    if value.startswith((b"\xfe\xff", b"\xff\xfe")):
        return value.decode("utf-16", "replace")
    for encoding in ("utf-8", "cp932"):  # by the standard Latin; Japanese programs write these all the same
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value.decode("latin-1")
