"""What stands below or among the data of a table and is no data: notes, totals and the header once more, recognised
by their shape."""

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

FIRST = (
    3  # columns at the left in which a record that is no data shows itself, if its first cell is not blank
)
WIDE = 8  # columns from which a single cell with a heading or a word for a total is no data

Kind = Literal["note", "total", "header"]
Foot = tuple[int, Kind, str]
"""The row, what it is, and its first words."""

_NOTE = later(
    r"\s*(?:[※＊*]|[（(]?注(?:[0-9０-９]{0,2}[）):：．.、\s]|記|意|釈)|(?:備考|出典|資料|出所)[:：\s]"
    r"|[（(]?(?:令和|平成|[0-9０-９]{4}年).{1,20}(?:現在|時点)[）)。]?\s*$)"
)
_TOTALS = frozenset({"計", "合計", "総計", "総数", "小計", "総合計", "全体"})
_NUMBER = later(r"-?[0-9][0-9,]*(?:\.[0-9]+)?%?")
_HEADING = later(r"\s*(?:【[^】]*】|[■□●◆▼▽].*)\s*", re.DOTALL)
SIGN = (
    r"(?m)^\s*(?:[※＊*【■□●◆▼▽]|[（(]?(?:注|令和|平成|[0-9０-９]{4}年)|備考|出典|資料|出所"
    r"|(?:(?:総\s*)?合\s*|総\s*|小\s*)?計\s*$|総\s*数\s*$|全\s*体\s*$)"
)
"""How a cell may begin that tells of a note, a heading or a total; the same in both dialects of patterns."""
_SIGN = later(SIGN)


def kind_of(record: Sequence[str], width: int) -> Kind | None:
    """What a record is that is no data: one or two cells that begin like a note, or a word for a total with
    numbers only; in a wide table also a heading or a word for a total alone. In a table of fewer than three columns
    nothing can be told from the shape."""
    filled = [cell for cell in record if cell and not cell.isspace()]
    if width < 3 or not filled:
        return None
    alone = len(filled) == 1
    if len(filled) <= 2 and (
        _NOTE.match(filled[0]) or (alone and width >= WIDE and _HEADING.fullmatch(filled[0]))
    ):
        return "note"
    words: list[str] = []
    for cell in filled:
        if not _NUMBER.fullmatch(narrow(cell)):
            words.append(cell)
            if len(words) > 1:
                return None
    total = len(words) == 1 and re.sub(r"\s", "", narrow(words[0])) in _TOTALS
    return "total" if total and (not alone or width >= WIDE) else None


def may_hold(records: Sequence[Sequence[str]], labels: Sequence[str]) -> bool:
    """Whether a record among these, all as long as the header and with a first cell, may be no data."""
    if labels[0] in [record[0] for record in records]:
        return True
    return any(
        _SIGN.search("\n".join([record[n] for record in records])) for n in range(min(FIRST, len(labels)))
    )


def among(record: Sequence[str], labels: Sequence[str]) -> Kind | None:
    """What a record among the data is that is no data. Only one whose first cell is blank, or that shows a sign of it
    in its first columns, is looked at: it must not matter what stands beside it."""
    if len(labels) > 1 and record[0] == labels[0] and tuple(record) == tuple(labels):
        return "header"
    if is_blank(record[0]) or any(_SIGN.search(cell) for cell in record[:FIRST]):
        return kind_of(record, len(labels))
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
    if not kinds:
        yield from held
        return
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
