"""Two editions of a table, row by row: what is new, what is gone, what reads otherwise. Pure."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from odtool.judging.read import LONGEST_READ

EXAMPLES = 5  # of each kind
Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row that differs: `name` is its key, or its first cells; `cells` are, of a changed row, label, before and
    after of each cell that differs."""

    kind: Kind
    name: str
    cells: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RowChanges:
    """How many rows there were and are, and what became of them. `keyed` tells whether rows could be told apart by a
    key; where they could not, a changed row counts as one removed and one added. `columns` are the columns that came
    and those that went."""

    before: int
    after: int
    added: int
    removed: int
    changed: int
    keyed: bool
    examples: tuple[Row, ...] = ()
    columns: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


def compare(before: bytes, after: bytes, keys: Sequence[str] = ()) -> RowChanges | None:
    """Two CSV files in UTF-8 with their names in the first row; `keys` are the columns of which each may tell the rows
    apart, best first. None where one of the two cannot be read as that."""
    old, new = _read(before), _read(after)
    if old is None or new is None:
        return None
    labels, rows = old
    labels_now, rows_now = new
    columns = (
        tuple(label for label in labels_now if label not in labels),
        tuple(label for label in labels if label not in labels_now),
    )
    found = ((_by_key(labels, rows, key), _by_key(labels_now, rows_now, key)) for key in keys)
    by, by_now = next(((then, now) for then, now in found if then and now), (None, None))
    if by is None or by_now is None:
        gone, came = Counter(map(tuple, rows)), Counter(map(tuple, rows_now))
        more, less = came - gone, gone - came
        examples = (*_named("added", more), *_named("removed", less))
        return RowChanges(len(rows), len(rows_now), more.total(), less.total(), 0, False, examples, columns)
    places = [
        (label, labels.index(label), labels_now.index(label)) for label in labels_now if label in labels
    ]
    changed = []
    for name, row in by_now.items():
        if name in by and (cells := tuple(_cells(by[name], row, places))):
            changed.append(Row("changed", name, cells))
    added, removed = [name for name in by_now if name not in by], [name for name in by if name not in by_now]
    examples = (
        *changed[:EXAMPLES],
        *(Row("added", name) for name in added[:EXAMPLES]),
        *(Row("removed", name) for name in removed[:EXAMPLES]),
    )
    return RowChanges(
        len(rows), len(rows_now), len(added), len(removed), len(changed), True, examples, columns
    )


def _read(content: bytes) -> tuple[list[str], list[list[str]]] | None:
    csv.field_size_limit(LONGEST_READ)  # for the whole process: another library may have set its own
    try:
        rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if any(row)]
    except (csv.Error, UnicodeDecodeError):
        return None
    return (rows[0], rows[1:]) if rows else None


def _by_key(labels: Sequence[str], rows: Sequence[list[str]], key: str) -> dict[str, list[str]] | None:
    """The rows by that column; None where it is not there, or does not tell each from every other."""
    if key not in labels:
        return None
    place = labels.index(key)
    found = {row[place] if place < len(row) else "": row for row in rows}
    return found if len(found) == len(rows) and "" not in found else None


def _cells(
    before: Sequence[str], after: Sequence[str], places: Sequence[tuple[str, int, int]]
) -> Iterator[tuple[str, str, str]]:
    for label, then, now in places:
        was, is_ = before[then] if then < len(before) else "", after[now] if now < len(after) else ""
        if was != is_:
            yield label, was, is_


def _named(kind: Kind, rows: Counter[tuple[str, ...]]) -> Iterator[Row]:
    for row in list(rows)[:EXAMPLES]:
        yield Row(kind, " / ".join([cell for cell in row if cell][:4]))
