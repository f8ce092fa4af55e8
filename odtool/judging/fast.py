"""Large tables: blocks of records read by polars, from which all is taken away that is surely good.

What is left – suspicious values with their places, values not met before, blank cells – goes to the rules
themselves, so that they alone decide. A block that is not surely a plain table is left to them as a whole.
Needs the extra «fast»; imported for large files only.
"""

import csv
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial, reduce
from operator import and_
from typing import Any

import polars as pl

from odtool.judging.dialect import Translation, translated
from odtool.model import Chunk, Raw, Table
from odtool.rule import Fits, LeavingNone, OfOtherLength, Outside, Sieve, Unlike, Unlisted
from odtool.rules.safety import Holding
from odtool.table.blocks import SIZE, after_records, blocks, plain_records, text_of
from odtool.table.foot import FIRST, SIGN
from odtool.text import PLACEHOLDERS

THREADS = 2  # polars works outside of Python's lock: one block is read while another is judged
VARIED = 8  # with more distinct values than a row in so many, a column is filtered row by row
REMEMBERED = 20_000  # values kept of a column, or combinations of a pair, in which nothing was found
MANY = 64  # distinct values from which the filter pays before each of them is looked up
_BLANK = "^[\\s\x1c-\x1f]*$"  # what Python's str.isspace() accepts, and nothing

Good = Callable[[pl.Expr], pl.Expr]
"""From values, whether each is surely good."""


@dataclass(slots=True)
class Asked:
    """What is to be known of one column, and what is already.

    `sieves` are those of the rules on the column, None for a rule without one. `known` are values in which
    nothing was found; `wants_blank` asks for the places of blank cells.
    """

    index: int
    missing: frozenset[str]
    sieves: Sequence[Sieve | None]
    wants_blank: bool
    filled: bool = False
    varied: bool | None = None
    known: set[str] = field(default_factory=set)

    def remember(self, values: Iterable[str]) -> None:
        """Nothing was found in these."""
        if len(self.known) > REMEMBERED:
            self.known = set()
        self.known.update(values)


@dataclass(slots=True)
class Pair:
    """Columns (by index, None where there is none) that rules compare, and the pattern that the good ones
    match, joined by tabs, or what makes it from the values of the first. `known` are combinations in which
    nothing was found."""

    columns: tuple[int | None, ...]
    pattern: str | Fits | None
    known: set[tuple[str, ...]] = field(default_factory=set)

    def remember(self, combinations: Iterable[tuple[str, ...]]) -> None:
        """Nothing was found in these."""
        if len(self.known) > REMEMBERED:
            self.known = set()
        self.known.update(combinations)


@dataclass(slots=True)
class Sifted:
    """What is left of a block. Rows count from 0; `pairs` are the new combinations, by number of the pair."""

    frame: pl.DataFrame
    rows: int
    suspects: dict[int, tuple[list[int], list[str]]] = field(default_factory=dict)
    distinct: dict[int, list[str]] = field(default_factory=dict)
    filled: set[int] = field(default_factory=set)
    blank: dict[int, list[int]] = field(default_factory=dict)
    pairs: dict[int, set[tuple[str, ...]]] = field(default_factory=dict)

    def places(self, column: int, values: Iterable[str]) -> tuple[list[int], list[str]]:
        """The rows in which the column holds one of the values, and which."""
        cells = self.frame.to_series(column)
        rows = cells.is_in(list(values)).arg_true()
        return rows.to_list(), cells.gather(rows).to_list()

    def cells(self, column: int | None) -> list[str]:
        return self.frame.to_series(column).to_list() if column is not None else [""] * self.rows

    def count(self, column: int) -> dict[str, int]:
        """How often each value stands in the column, in the order in which they are met."""
        cells = self.frame.to_series(column)
        if self.rows and (cells == cells[0]).all():  # as it is where all rows are one municipality's
            return {cells[0]: self.rows}
        return dict(self.frame.group_by(str(column), maintain_order=True).len().rows())


class Keys:
    """What must be unique, collected from all blocks: the columns by index, of which the last is never blank."""

    def __init__(self, columns: Sequence[int]):
        self._columns = columns
        self._parts: list[pl.DataFrame] = []
        self.blank = 0

    def add(self, block: Sifted, row: int) -> None:
        """Take the keys of a block whose first record stands in `row`."""
        part = block.frame.select(
            pl.int_range(row, row + block.rows, dtype=pl.UInt32).alias("row"), *map(str, self._columns)
        )
        if blank := block.blank.get(self._columns[-1]):
            part = part.filter(~pl.int_range(pl.len()).is_in(blank))
            self.blank += len(blank)
        self._parts.append(part)

    def add_cells(self, chunk: Chunk, blank: Collection[str]) -> None:
        """Take the keys of records that were judged one by one."""
        keys = list(zip(chunk.rows, *(chunk.columns[n] for n in self._columns), strict=True))
        filled = [key for key in keys if key[-1] not in blank]
        self.blank += len(keys) - len(filled)
        schema = {"row": pl.UInt32} | {str(n): pl.String for n in self._columns}
        self._parts.append(pl.DataFrame(filled, schema=schema, orient="row"))

    def repeated(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The rows of keys that stand more than once, and these, from the first row to the last."""
        if not self._parts:
            return
        names = list(map(str, self._columns))
        every = pl.concat(self._parts)
        # Numbers are compared first: that takes a fraction of the memory, and few keys are left for the rest.
        alike = every.select(pl.struct(names).hash(seed=0)).to_series().is_duplicated()
        for row, *key in every.filter(alike).filter(pl.struct(names).is_duplicated()).sort("row").iter_rows():
            yield row, tuple(key)


def sifted(
    table: Table,
    columns: Sequence[Asked],
    pairs: Sequence[Pair],
    suspicious: str,
    labels: Sequence[str] | None = None,
) -> Iterator[Sifted | str] | None:
    """The data of the table in blocks: what is left of each, or its whole text where it is not surely plain.

    None where the table cannot be read in this way. `suspicious` is the pattern of what any rule on all text
    may object to. With `labels` a block is not plain where a record in it may be no data.
    """
    raw, delimiter = table.grid.raw, table.grid.form.delimiter
    if raw is None or delimiter is None or len(table.labels) < 2:
        return None
    start = after_records(raw, delimiter, table.header_row)
    if start is None:
        return None
    sift = partial(_sift, width=len(table.labels), delimiter=delimiter, raw=raw, columns=columns, labels=labels,
                   pairs=pairs, good={asked.index: _good(asked, suspicious) for asked in columns})  # fmt: skip
    return _in_order(raw, start, sift)


def _in_order(raw: Raw, start: int, sift: "Callable[[bytes], Sifted | None]") -> Iterator[Sifted | str]:
    waiting: deque[tuple[bytes, Future[Sifted | None]]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        pieces = blocks(raw.data, start, SIZE)
        done = start
        while True:
            while len(waiting) <= THREADS and (piece := next(pieces, None)):
                waiting.append((piece, pool.submit(sift, piece)))
            if not waiting:
                return
            piece, future = waiting.popleft()
            found = future.result()
            if found is None and b'"' in piece:
                # Where a quote stands where it should not, no later block surely begins with a record.
                for _, other in waiting:
                    other.cancel()
                yield text_of(raw.data[done:], raw.codec)
                return
            yield found or text_of(piece, raw.codec)
            done += len(piece)


def _sift(
    block: bytes,
    *,
    width: int,
    delimiter: str,
    raw: Raw,
    columns: Sequence[Asked],
    pairs: Sequence[Pair],
    good: dict[int, Good | None],
    labels: Sequence[str] | None,
) -> Sifted | None:
    """What is left of the block; None where it is not surely a plain table without blank records."""
    rows = plain_records(block, delimiter.encode(), width, uniform=raw.uniform)
    if rows is None:
        return None
    text = block if raw.codec.startswith("utf-8") else block.decode(raw.codec).encode()
    frame = _frame(text, delimiter, width)
    if frame is None or frame.height != rows or _has_blank_record(frame) or _has_endless_cell(frame):
        return None
    if labels and _has_other_record(frame, labels):
        return None
    left = Sifted(frame, rows)
    # One question for the whole block: each call into the library costs more than the work on a column.
    asking = [part for asked in columns for part in _questions(asked, good[asked.index])]
    answers = frame.select(asking).row(0, named=True)
    for asked in columns:
        _keep(frame.to_series(asked.index), asked, good[asked.index], answers, left)
    for number, pair in enumerate(pairs):
        if new := _new_combinations(frame, pair):
            left.pairs[number] = new
    return left


def _frame(block: bytes, delimiter: str, width: int) -> pl.DataFrame | None:
    """The block as text columns; None where a record is longer than `width`."""
    try:
        return pl.read_csv(
            block,
            has_header=False,
            separator=delimiter,
            schema={str(n): pl.String for n in range(width)},
            empty_string_is_null=False,
            extra_columns="raise",
            missing_columns="raise",
        )
    except pl.exceptions.PolarsError:
        return None


def _has_blank_record(frame: pl.DataFrame) -> bool:
    first = frame.to_series(0).str.contains(_BLANK)
    if not first.any():
        return False
    return bool(
        frame.filter(first).select(pl.all_horizontal(pl.all().str.contains(_BLANK))).to_series().any()
    )


def _has_other_record(frame: pl.DataFrame, labels: Sequence[str]) -> bool:
    """Whether a record may be a note, a total or the header once more: at least where `odtool.table.foot.among` says so."""
    first = frame.to_series(0)
    if (first == labels[0]).any():
        return True
    if any(frame.to_series(n).str.contains(SIGN).any() for n in range(min(FIRST, frame.width))):
        return True
    without_first = frame.filter(first.str.contains(_BLANK))
    if not without_first.height:
        return False
    few = pl.sum_horizontal((~pl.all().str.contains(_BLANK)).cast(pl.UInt32)) <= 2
    total = pl.any_horizontal(pl.all().str.contains(SIGN))
    return bool(without_first.select((few | total).any()).item())


def _has_endless_cell(frame: pl.DataFrame) -> bool:
    """Whether a cell may be longer than Python's reader allows."""
    longest = frame.select(pl.max_horizontal(pl.all().str.len_bytes().max())).item()
    return longest is not None and longest > csv.field_size_limit()


def _questions(asked: Asked, good: Good | None) -> Iterator[pl.Expr]:
    """What is asked about one column: the rows left by the filter where most values are different ones, else
    the distinct values."""
    cells = pl.col(str(asked.index))
    if good is None or not asked.varied:
        yield cells.unique().implode().alias(f"distinct {asked.index}")
        return
    bad = ~good(cells) if asked.wants_blank else ~good(cells) & (cells != "")
    yield bad.arg_true().implode().alias(f"rows {asked.index}")
    if not asked.filled:
        yield (~cells.is_in(list(asked.missing))).any().alias(f"filled {asked.index}")


def _keep(
    cells: pl.Series, asked: Asked, good: Good | None, answers: Mapping[str, Any], left: Sifted
) -> None:
    index = asked.index
    if f"distinct {index}" in answers:
        distinct = answers[f"distinct {index}"]
        asked.varied = len(distinct) > len(cells) // VARIED  # from the next block on
        _keep_distinct(distinct, cells, asked, good, left)
        return
    if answers.get(f"filled {index}"):
        left.filled.add(index)
    if not (rows := answers[f"rows {index}"]):
        return
    values = cells.gather(rows).to_list()
    if asked.wants_blank:
        left.blank[index] = [
            row for row, value in zip(rows, values, strict=True) if value in asked.missing or value.isspace()
        ]
    left.suspects[index] = rows, values


def _keep_distinct(
    distinct: list[str], cells: pl.Series, asked: Asked, good: Good | None, left: Sifted
) -> None:
    index = asked.index
    if not asked.missing.issuperset(distinct):
        left.filled.add(index)
    if asked.wants_blank and (
        blank := [value for value in distinct if value in asked.missing or value.isspace()]
    ):
        left.blank[index] = cells.is_in(blank).arg_true().to_list()
    new = [value for value in distinct if value not in asked.known and value not in asked.missing]
    if good and len(new) > MANY:
        new = pl.DataFrame({"new": new}).filter(~good(pl.col("new"))).to_series().to_list()
    if new:
        left.distinct[index] = new


def _new_combinations(frame: pl.DataFrame, pair: Pair) -> set[tuple[str, ...]]:
    both = frame.select(
        (pl.lit("") if column is None else pl.col(str(column))).alias(f"cell {n}")
        for n, column in enumerate(pair.columns)
    )
    pattern = pair.pattern
    if callable(pattern):
        pattern = pattern(both.to_series(0).unique().to_list())
    found = translated(pattern) if pattern else None
    if found:
        joined = both.select(pl.concat_str(pl.all(), separator="\t")).to_series()
        both = both.filter(~joined.str.contains(found.pattern))
    return set(both.unique().rows()) - pair.known


# --- what is surely good ----------------------------------------------------------------------------


def _good(asked: Asked, suspicious: str) -> Good | None:
    """The filter for a column; None where a rule on it has no sieve that polars can be told."""
    tests: list[Good] = []
    signs: list[str] = []  # patterns of what a good value does not hold
    plain = False  # whether what passes the tests can hold nothing suspicious
    for sieve in asked.sieves:
        if isinstance(sieve, Holding):
            found = translated(sieve.pattern)
            if found is None or not found.exact:
                return None
            signs.append(found.inside)
            continue
        test, is_plain = _test(sieve, suspicious)
        if test is None:
            return None
        tests.append(test)
        plain = plain or is_plain
    if not plain:
        signs.append(suspicious)
        tests.append(_no_placeholder)
    if signs:
        sign = "|".join(signs)
        if not _compiles(sign):
            return None
        tests.append(lambda cells: ~cells.str.contains(sign))
    return lambda cells: reduce(and_, (test(cells) for test in tests), pl.lit(value=True))


def _test(sieve: Sieve | None, suspicious: str) -> tuple[Good | None, bool]:
    """What a value must pass to be good by the sieve (None: it cannot be told), and whether nothing suspicious
    and no placeholder passes."""
    if isinstance(sieve, Unlike):
        found = translated(sieve.pattern)
        if found is None or not _compiles(found.pattern):
            return None, False
        return partial(_matching, pattern=found.pattern), _is_plain(sieve, found, suspicious)
    if isinstance(sieve, Unlisted):
        words = pl.Series(list(sieve.words), dtype=pl.String)
        odd = words.str.contains(suspicious) | words.is_in(_PLACEHOLDERS)
        return lambda cells: cells.is_in(words.to_list()), not odd.any()
    if isinstance(sieve, OfOtherLength):
        return partial(_long_enough, least=sieve.least, most=min(sieve.most, 2**32 - 1)), False
    if isinstance(sieve, Outside):
        return partial(_within, low=sieve.low, high=sieve.high), False
    if isinstance(sieve, LeavingNone):
        return lambda _: pl.lit(value=True), False
    return None, False


def _no_placeholder(cells: pl.Expr) -> pl.Expr:
    return ~cells.is_in(_PLACEHOLDERS)


def _matching(cells: pl.Expr, *, pattern: str) -> pl.Expr:
    return cells.str.contains(pattern)


def _within(cells: pl.Expr, *, low: float, high: float) -> pl.Expr:
    numbers = cells.cast(pl.Float64, strict=False)
    return ((numbers > low) & (numbers < high)).fill_null(value=False)


def _long_enough(cells: pl.Expr, *, least: int, most: int) -> pl.Expr:
    if least == 0:  # no text has more characters than bytes, and those need not be counted
        return cells.str.len_bytes() <= most
    return cells.str.len_chars().is_between(least, most)


_PLACEHOLDERS = list(PLACEHOLDERS)


def _is_plain(sieve: Unlike, found: Translation, suspicious: str) -> bool:
    """Whether nothing that the pattern matches can be suspicious or a placeholder."""
    if found.ranges is None or any(sieve.fine(word) for word in PLACEHOLDERS):
        return False
    every = "".join(
        chr(code) for low, high in found.ranges for code in range(low, min(high, low + 70_000) + 1)
    )
    return (
        all(high - low <= 70_000 for low, high in found.ranges)
        and "+" not in every
        and not pl.Series([every]).str.contains(suspicious).any()
        and not any(blank in every for blank in " \u3000\n")
    )


@cache
def _compiles(pattern: str) -> bool:
    """Whether the pattern is not too large for the other engine."""
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.PolarsError:
        return False
    return True
