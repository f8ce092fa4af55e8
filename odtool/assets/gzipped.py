"""gzip: whole or cut off, the checksum, and how large it becomes. Source: RFC 1952."""

import zlib

from odtool.assets.notes import Notes

MAGIC = b"\x1f\x8b"
_PIECE = 1 << 20  # bytes unpacked at a time
MOST = 64 << 30  # bytes unpacked in all before giving up
RATIO, SMALL = 100, 1 << 30  # a bomb: unpacks to more than this many times its size, and more than a gibibyte


class Scan:
    """A tap for .gz; members may follow one another."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._machine = zlib.decompressobj(31)
        self._in = self._out = 0
        self._begun = self._over = False

    def feed(self, chunk: bytes) -> None:
        if self._over:
            return
        self._in += len(chunk)
        data = chunk
        try:
            while data:
                if self._machine.eof:
                    if not data.strip(b"\0"):
                        return  # padding of tapes
                    self._machine = zlib.decompressobj(31)
                self._begun = True
                self._out += len(self._machine.decompress(data, _PIECE))
                data = self._machine.unused_data if self._machine.eof else self._machine.unconsumed_tail
                if self._out > max(SMALL, RATIO * self._in) or self._out > MOST:
                    self._over = True
                    self._notes.find("zip-bomb", unpacked=f"{self._out:,}+")
                    return
        except zlib.error as error:
            self._over = True
            self._notes.find("zip-crc", detail=str(error), detail_en=str(error))

    def close(self) -> None:
        if self._over:
            return
        if not self._begun or not self._machine.eof:
            self._notes.find("broken", what="gzip", detail="途中で切れている", detail_en="cut off")
            return
        self._notes.checked = "structure"
        self._notes.fact("unpacked", self._out)
