"""Large delimited text → blocks of whole records, and whether they are surely a plain table.

Works on bytes, in any encoding in which a comma, a tab, a quote and a line break stand only for themselves
(UTF-8, CP932, EUC-JP). A block that is surely plain is read by every CSV reader alike; one that is not is
left to Python's.
"""

import csv
from collections.abc import Iterator, Sequence

from odtool.model import Raw

SIZE = 4_000_000  # bytes: enough to be worth a call into the column library, few enough to keep memory low
_QUOTE, _BREAK = b'"', b"\n"
_BOM = b"\xef\xbb\xbf"


def after_records(raw: Raw, delimiter: str, count: int) -> int | None:
    """Where the records after the first `count` begin, as a place in the bytes; None where it cannot be told."""
    at = len(_BOM) if raw.data.startswith(_BOM) else 0
    ends = [at]

    def lines() -> Iterator[str]:
        while (start := ends[-1]) < len(raw.data):
            end = raw.data.find(_BREAK, start) + 1 or len(raw.data)
            ends.append(end)
            yield raw.data[start:end].decode(raw.codec.removesuffix("-sig"))

    reader = csv.reader(lines(), delimiter=delimiter)
    try:
        for _ in range(count):
            next(reader)
    except (StopIteration, csv.Error, UnicodeDecodeError):
        return None
    return ends[-1]


def blocks(data: bytes, start: int, size: int = SIZE) -> Iterator[bytes]:
    """Pieces of about `size` bytes that end where a record ends, provided that quotes stand where they belong."""
    while start < len(data):
        end = _end(data, start, size)
        yield data[start:end]
        start = end


def _end(data: bytes, start: int, size: int) -> int:
    end = start + size
    while end < len(data):
        if cut := _last_break(data, start, end):
            return cut
        end += size
    return len(data)


def _last_break(data: bytes, start: int, end: int) -> int:
    """Behind the last line break outside of quotes, 0 where there is none."""
    inside = data.count(_QUOTE, start, end) % 2 == 1
    while True:
        quote = data.rfind(_QUOTE, start, end)
        if not inside and (found := data.rfind(_BREAK, max(quote, start), end)) >= 0:
            return found + 1
        if quote < 0:
            return 0
        inside, end = not inside, quote


def plain_records(block: bytes, delimiter: bytes, width: int, *, uniform: bool = False) -> int | None:
    """How many records the block has, if on average each has `width` cells; None where they do not, or where
    its quotes or line breaks are not all where they belong. `uniform` says that all its line breaks are alike.

    Together with a reader that refuses records that are too long, this means that every record has `width` cells.
    """
    bare = _without_quoted(block, delimiter) if _QUOTE in block else block
    if bare is None or block.startswith(_BOM):
        return None
    if not uniform and b"\r" in bare and bare.count(b"\r") != bare.count(b"\r\n"):
        return None
    records = bare.count(_BREAK) + (not bare.endswith(_BREAK))
    return records if bare.count(delimiter) == records * (width - 1) else None


def _without_quoted(block: bytes, delimiter: bytes) -> bytes | None:
    """The block without its quoted cells; None where a quote stands where none belongs."""
    parts = block.split(_QUOTE)
    if len(parts) % 2 == 0:
        return None
    outside: Sequence[bytes] = parts[::2]
    before, after = (delimiter, _BREAK), (delimiter, b"\r\n", _BREAK)
    # An empty part between two others is a doubled quote inside a quoted cell.
    if not all(part.endswith(before) for part in outside[1:-1] if part) or not all(
        part.startswith(after) for part in outside[1:] if part
    ):
        return None
    if outside[0] and not outside[0].endswith(before):
        return None
    return b"".join(outside) if block else block


def text_of(block: bytes, codec: str) -> str:
    return block.decode(codec.removesuffix("-sig"))
