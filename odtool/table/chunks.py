"""The records of a table, some hundred at a time and by column, so that a file of any length fits in memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from odtool.model import Chunk, Table
from odtool.table.foot import Foot, among, may_hold, without
from odtool.text import is_blank

SIZE = 384  # records at a time: most files are one chunk, and a longer one need not fit in memory


@dataclass(slots=True)
class Oddities:
    """What is wrong with the records as such; filled while the chunks are walked.

    With `labels`, the column names, records among the data that are none are told apart and left out, too.
    """

    labels: tuple[str, ...] | None = None
    blank: list[int] = field(default_factory=list)
    ragged: list[tuple[int, int]] = field(default_factory=list)
    foot: list[Foot] = field(default_factory=list)
    among: list[Foot] = field(default_factory=list)


class Counted(Iterator[Sequence[str]]):
    """Records as they come, and how many have come."""

    def __init__(self, records: Iterable[Sequence[str]]):
        self._records, self.count = iter(records), 0

    def __next__(self) -> Sequence[str]:
        record = next(self._records)
        self.count += 1
        return record


def chunks(table: Table, oddities: Oddities) -> Iterator[Chunk]:
    """The data of a table. Blank records and what stands below the data are left out, short records filled up
    and long ones cut; `oddities` tells which."""
    width, row = len(table.labels), table.header_row + 1
    records = islice(table.grid.records(), table.header_row, None)
    yield from gathered(without(records, width, row, oddities.foot), width, row, oddities)
    below = {place for place, _, _ in oddities.foot}
    oddities.blank[:] = [place for place in oddities.blank if place not in below]


def gathered(
    records: Iterable[Sequence[str]], width: int, row: int, oddities: Oddities, size: int = SIZE
) -> Iterator[Chunk]:
    """The records, of which the first stands in `row`, by column, `size` of them at a time."""
    records = iter(records)
    while batch := list(islice(records, size)):
        rows: Sequence[int] = range(row, row + len(batch))
        row += len(batch)
        if (
            any(not record[0] or record[0].isspace() for record in batch if record)
            or not all(batch)
            or set(map(len, batch)) != {width}
            or (oddities.labels and may_hold(batch, oddities.labels))
        ):
            batch, rows = _straighten(batch, rows, width, oddities)
        if batch:
            yield Chunk(tuple(zip(*batch, strict=True)), rows)


def _straighten(
    batch: list[Sequence[str]], rows: Sequence[int], width: int, oddities: Oddities
) -> tuple[list[Sequence[str]], list[int]]:
    kept: list[Sequence[str]] = []
    places: list[int] = []
    for record, row in zip(batch, rows, strict=True):
        if not any(cell and not cell.isspace() for cell in record):
            oddities.blank.append(row)
            continue
        if oddities.labels and (kind := among(record, oddities.labels)):
            oddities.among.append((row, kind, next(cell for cell in record if not is_blank(cell))))
            continue
        if len(record) != width:
            oddities.ragged.append((row, len(record)))
        kept.append([*record[:width], *[""] * (width - len(record))])
        places.append(row)
    return kept, places
