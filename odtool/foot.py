"""What stands below the data of a table and is no data: notes and totals, recognised by their shape."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal

from odtool.later import later
from odtool.model import Raw
from odtool.text import is_blank, narrow

AT_ONCE = 128  # records passed on at a time: a few hundred bytes each
LONGEST = 40  # records at the end among which notes and totals are looked for
_TAIL = 40_000  # bytes of a large file that surely hold as many, but for very long cells

Kind = Literal["note", "total"]
Foot = tuple[int, Kind, str]
"""The row, what it is, and its first words."""

_NOTE = later(
    r"\s*(?:[※＊*]|[（(]?注(?:[0-9０-９]{0,2}[）):：．.、\s]|記|意|釈)|(?:備考|出典|資料|出所)[:：\s]"
    r"|[（(]?(?:令和|平成|[0-9０-９]{4}年).{1,20}(?:現在|時点)[）)。]?\s*$)"
)
_TOTALS = frozenset({"計", "合計", "総計", "総数", "小計", "総合計", "全体"})
_NUMBER = later(r"-?[0-9][0-9,]*(?:\.[0-9]+)?%?")


def kind_of(record: Sequence[str], width: int) -> Kind | None:
    """What a record is that is no data: one or two cells that begin like a note, or a word for a total with
    numbers only. In a table of fewer than three columns nothing can be told from the shape."""
    filled = [cell for cell in record if cell and not cell.isspace()]
    if width < 3 or not filled:
        return None
    if len(filled) <= 2 and _NOTE.match(filled[0]):
        return "note"
    words = [cell for cell in filled if not _NUMBER.fullmatch(narrow(cell))]
    if len(words) == 1 and len(filled) > 1 and re.sub(r"\s", "", narrow(words[0])) in _TOTALS:
        return "total"
    return None


def without(
    records: Iterable[Sequence[str]], width: int, row: int, found: list[Foot]
) -> Iterator[Sequence[str]]:
    """The records, of which the first stands in `row`, but for notes and totals at their end; those go to `found`."""
    records = iter(records)
    held: list[Sequence[str]] = []
    while batch := list(islice(records, AT_ONCE)):
        held += batch
        above = max(0, len(held) - LONGEST)
        yield from held[:above]
        row += above
        del held[:above]
    kinds: dict[int, Kind] = {}
    for n in reversed(range(len(held))):  # up to the last record that is data
        if kind := kind_of(held[n], width):
            kinds[n] = kind
        elif any(not is_blank(cell) for cell in held[n]):
            break
    for n, record in enumerate(held):
        if (kind := kinds.get(n)) is None:
            yield record
        else:
            # A blank record in its place keeps the numbers of the rows behind it; it is no finding of its own.
            found.append((row + n, kind, next(cell for cell in record if not is_blank(cell))))
            yield ()


def stands_below(raw: Raw, delimiter: str, width: int) -> bool:
    """Whether the end of a large file looks as if notes or totals stood there."""
    end = raw.data[-_TAIL:]
    whole = end[end.find(b"\n") + 1 :].decode(raw.codec.removesuffix("-sig"), errors="replace")
    records = list(csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter))[-LONGEST:]
    return any(kind_of(record, width) for record in records)
