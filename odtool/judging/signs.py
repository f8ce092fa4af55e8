"""Signs that show only in a whole column, counted while the table is walked → at most one hint for each.

Both engines count here: `take` gets records by column, `take_frame` a block as the column library has read it.
What they count is the same, however the rows are divided among them.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from odtool.model import Chunk, Field, Finding, Table
from odtool.municipality import prefectures
from odtool.rules import column as rules
from odtool.text import PLACEHOLDERS, fold, is_blank

if TYPE_CHECKING:
    import polars as pl

WRITTEN = frozenset({"text", "address", "list", "organization-name"})
"""Kinds of columns that people fill with words. The others have rules of their own on how they are written."""

BUILDINGS = (
    "方書",
    "建物名",
)  # columns of addresses with names of buildings, in which a wide digit may belong to the name

# Characters that look alike, as programs convert CP932 in different ways. Of the plain hyphen only its presence
# is noted: it stands in too many cells to be counted.
HYPHEN = "-"
ALIKE = (("〜", "～"), ("−", "－"), (HYPHEN, "‐"))
UNITS = frozenset("㎜㎝㎞㎎㎏㏄㎡")
NAMED = 5  # extension characters named
SHARED = 5  # different addresses at one coordinate
_USABLE = re.compile("[0-9]{1,18}")  # IDs that can be compared as numbers of 64 bits


def _extension() -> str:
    """The characters that CP932 has beyond JIS X 0208, as a class of a pattern.

    Signs of units are left out: the rules of machine readability allow them.
    Source: Unicode Consortium, CP932.TXT: NEC 特殊文字（13区）、NEC 選定 IBM 拡張文字（89〜92区）、IBM 拡張文字（115〜119区）.
    """
    leads = (0x87, 0xED, 0xEE, 0xFA, 0xFB, 0xFC)
    pairs = b"".join(bytes((lead, trail)) for lead in leads for trail in range(0x40, 0xFD))
    decoded = set(pairs.decode("cp932", "ignore"))  # with stray single bytes, where a pair stands for nothing
    encoded = {c: c.encode("cp932") for c in decoded}
    return "".join(sorted({c for c, code in encoded.items() if len(code) == 2 and code[0] in leads} - UNITS))


EXTENSION = _extension()
_LOOKED_AT = frozenset(EXTENSION + "".join(map("".join, ALIKE))) - {HYPHEN}
_WIDE_DIGITS = "０１２３４５６７８９"
_BLANK = "^[\\s\x1c-\x1f]*$"  # what Python's str.isspace() accepts, and nothing


@cache
def _looked_at(more: str) -> tuple[str, Callable[[str], object]]:
    """The pattern of a character that is counted, and what searches for it. `more` characters are among them."""
    pattern = f"[{''.join(sorted(_LOOKED_AT))}{more}]"
    return pattern, re.compile(pattern).search


@cache
def _begins() -> Callable[[str], object]:
    """What tells whether an address begins with a prefecture, or is nothing."""
    return re.compile(_not_bare()).match


@cache
def _not_bare() -> str:
    """The pattern of addresses that begin with a prefecture, and of nothing."""
    return f"^(?:{'|'.join(sorted(prefectures()))})|{_BLANK}"


class Signs:
    """What is counted of the columns, given by their index and the fields they stand for.

    Of a table judged by any other schema nothing is: the hints are on how national datasets are written.
    """

    def __init__(self, columns: Mapping[int, Field], edition: str):
        if edition == "schema":
            columns = {}
        self._columns: list[_Text | _Ids] = [
            _Text(n, field, edition) for n, field in columns.items() if _is_written(field)
        ]
        self._columns += [_Ids(n) for n, field in columns.items() if field.kind == "id"]
        self._places = _places(columns)

    def quicken(self) -> None:
        """Say that most of the table comes in blocks."""
        if self._places:
            self._places.quick = True

    def take(self, chunk: Chunk) -> None:
        """Count in some records."""
        for column in self._columns:
            column.take(chunk.columns[column.index])
        if self._places:
            self._places.take(chunk)

    def take_frame(self, frame: "pl.DataFrame", row: int) -> None:
        """Count in a block, whose columns are called by their index and whose first record stands in `row`."""
        # One question for the whole block: each call into the library costs more than the work on a column. Only
        # where the answer is yes is the column looked at by itself.
        asked = {str(column.index): column.question() for column in self._columns}
        if asked:
            answers = frame.select(**asked).row(0, named=True)
            for column in self._columns:
                if answers[str(column.index)]:
                    column.take_series(frame.to_series(column.index))
        if self._places:
            self._places.take_frame(frame, range(row, row + frame.height))

    def findings(self, table: Table) -> Iterator[Finding]:
        """What the counts tell, each with its column (from 1)."""
        for column in self._columns:
            yield from column.findings()
        if self._places:
            yield from self._places.findings(table)


def _is_written(field: Field) -> bool:
    shape = field.shape
    return field.kind in WRITTEN and shape.type in ("string", "any") and not shape.enum and not shape.pattern


def _is_whole_address(field: Field) -> bool:
    """Whether the column holds addresses in one piece, from the prefecture on."""
    return field.kind == "address" and (field.name.endswith("連結表記") or field.name == "住所")


class _Text:
    """A column of words. `cells` counts by character the cells that hold it."""

    def __init__(self, index: int, field: Field, edition: str):
        self.index = index
        self._address = field.kind == "address" and not any(word in field.name for word in BUILDINGS)
        self._whole = _is_whole_address(field) and edition == "standard"
        self._pattern, self._search = _looked_at(_WIDE_DIGITS if self._address else "")
        self.cells: Counter[str] = Counter()
        self._hyphen = False
        self._extended = self._wide = self._bare = 0
        self._first_wide = self._first_bare = ""

    def take(self, cells: Sequence[str]) -> None:
        text = "\n".join(cells)
        self._hyphen = self._hyphen or HYPHEN in text
        if not text.isascii() and self._search(text):
            self._count(Counter(filter(self._search, cells)))
        if self._whole:
            bare = [cell for cell in cells if _is_bare(cell)]
            self._note_bare(len(bare), bare[0] if bare else None)

    def question(self) -> "pl.Expr":
        """Whether there is anything to count among the cells."""
        import polars as pl

        cells = pl.col(str(self.index))
        found = cells.str.contains(self._pattern).any()
        if not self._hyphen:
            found |= cells.str.contains(HYPHEN, literal=True).any()
        return found | ~cells.str.contains(_not_bare()).all() if self._whole else found

    def take_series(self, cells: "pl.Series") -> None:
        self._hyphen = self._hyphen or cells.str.contains(HYPHEN, literal=True).any()
        found = cells.filter(cells.str.contains(self._pattern))
        # Both in the order in which the values are met.
        self._count(dict(zip(found.unique(maintain_order=True), found.unique_counts(), strict=True)))
        if self._whole:
            bare = [cell for cell in cells.filter(~cells.str.contains(_not_bare())) if _is_bare(cell)]
            self._note_bare(len(bare), bare[0] if bare else None)

    def _count(self, values: Mapping[str, int]) -> None:
        """Count values with characters looked at, each with the number of its cells, in the order they are met."""
        for value, times in values.items():
            there = _LOOKED_AT.intersection(value)
            for character in there:
                self.cells[character] += times
            if not there.isdisjoint(EXTENSION):
                self._extended += times
            if self._address and any(digit in value for digit in _WIDE_DIGITS):
                self._wide += times
                self._first_wide = self._first_wide or value

    def _note_bare(self, count: int, first: str | None) -> None:
        self._bare += count
        self._first_bare = self._first_bare or first or ""

    def findings(self) -> Iterator[Finding]:
        place = {"column": self.index + 1}
        yield from self._mixed(place)
        if self._extended:
            found = sorted((c for c in self.cells if c in EXTENSION), key=lambda c: (-self.cells[c], c))
            shown = " ".join(found[:NAMED]) + ("…" if len(found) > NAMED else "")
            yield rules.extension_characters.finding(**place, shown=shown, count=self._extended)
        if self._wide:
            yield rules.address_wide_digits.finding(**place, count=self._wide, example=self._first_wide)
        if self._bare:
            yield rules.address_without_prefecture.finding(
                **place, count=self._bare, example=self._first_bare
            )

    def _mixed(self, place: Mapping[str, int]) -> Iterator[Finding]:
        """The first of the signs that is written in two ways: one hint tells to look at the column."""
        for one, other in ALIKE:
            if one == HYPHEN:
                common, rare, both = one, other, self._hyphen and self.cells[other]
            else:
                rare, common = sorted((one, other), key=lambda c: self.cells[c])
                both = self.cells[rare]
            if both:
                codes = {"common_code": f"U+{ord(common):04X}", "rare_code": f"U+{ord(rare):04X}"}
                yield rules.signs_mixed.finding(
                    **place, common=common, rare=rare, count=self.cells[rare], **codes
                )
                return


def _is_bare(cell: str) -> bool:
    """Whether an address does not begin with a prefecture."""
    return not (cell in PLACEHOLDERS or _begins()(cell))


class _Ids:
    """A column of IDs: how long they are, and from where to where they count."""

    def __init__(self, index: int):
        self.index = index
        self._digits, self._zero = True, False
        self._count, self._least, self._most = 0, sys.maxsize, 0
        self._low, self._high = sys.maxsize, 0

    def take(self, cells: Sequence[str]) -> None:
        filled = [cell for cell in cells if not is_blank(cell)]
        self._digits = self._digits and all(map(_USABLE.fullmatch, filled))
        if filled and self._digits:
            lengths, numbers = {len(cell) for cell in filled}, [int(cell) for cell in filled]
            self._zero = self._zero or any(cell.startswith("0") for cell in filled)
            self._note(len(filled), (min(lengths), max(lengths)), (min(numbers), max(numbers)))

    def question(self) -> "pl.Expr":
        """Whether it is still worth looking at the IDs."""
        import polars as pl

        return pl.lit(self._digits)

    def take_series(self, cells: "pl.Series") -> None:
        import polars as pl

        usable = cells.str.contains(f"^(?:{_USABLE.pattern})$")
        filled = cells if usable.all() else cells.filter(~cells.str.contains(_BLANK))
        self._digits = len(filled) == usable.sum()
        if len(filled) and self._digits:
            lengths, numbers = filled.str.len_bytes(), filled.cast(pl.Int64)
            self._zero = self._zero or filled.str.starts_with("0").any()
            self._note(len(filled), _ends(lengths), _ends(numbers))

    def _note(self, count: int, lengths: tuple[int, int], numbers: tuple[int, int]) -> None:
        self._count += count
        self._least, self._most = min(self._least, lengths[0]), max(self._most, lengths[1])
        self._low, self._high = min(self._low, numbers[0]), max(self._high, numbers[1])

    def findings(self) -> Iterator[Finding]:
        counts_on = not self._zero and self._high - self._low < 2 * self._count
        if self._digits and self._least < self._most and not counts_on:
            yield rules.id_uneven.finding(column=self.index + 1, least=self._least, most=self._most)


def _ends(numbers: "pl.Series") -> tuple[int, int]:
    return int(numbers.min()), int(numbers.max())  # type: ignore[arg-type]


def _places(columns: Mapping[int, Field]) -> "_Places | None":
    """The latitude, longitude and address of one thing: the first whose names begin alike, or have no beginning."""
    for at, latitude in columns.items():
        if latitude.kind != "latitude":
            continue
        lead = latitude.name.partition("緯度")[0]
        longitude = next((n for n, f in columns.items() if f.name == f"{lead}経度"), None)
        addresses = [n for n, f in columns.items() if _is_whole_address(f)]
        address = next((n for n in addresses if lead and columns[n].name.startswith(lead)), None)
        if not lead and len(addresses) == 1:
            address = addresses[0]
        if longitude is not None and address is not None:
            return _Places(at, longitude, address)
    return None


class _Places:
    """Which coordinates stand beside different addresses.

    What is kept of a row is small, so that a million of them fit in memory; where something is found, the file is read
    once more. `quick` says that the column library reads the file: then records judged one by one go through it too.
    """

    def __init__(self, latitude: int, longitude: int, address: int):
        self._columns = latitude, longitude, address
        self._one: dict[int, int] = {}
        self._more: dict[int, set[int]] = {}
        self._frames: list[pl.DataFrame] = []
        self.quick = False

    def take(self, chunk: Chunk) -> None:
        cells = [chunk.columns[n] for n in self._columns]
        if self.quick:
            import polars as pl

            names = map(str, self._columns)
            self.take_frame(pl.DataFrame(dict(zip(names, map(list, cells), strict=True))), chunk.rows)
            return
        for latitude, longitude, address in zip(*cells, strict=True):
            if latitude and longitude and address:
                self._note(hash(f"{latitude}, {longitude}"), hash(address))

    def _note(self, place: int, address: int) -> None:
        first = self._one.setdefault(place, address)
        if first != address:
            self._more.setdefault(place, {first}).add(address)

    def take_frame(self, frame: "pl.DataFrame", rows: Sequence[int]) -> None:
        import polars as pl

        latitude, longitude, address = (pl.col(str(n)) for n in self._columns)
        hashed = frame.select(
            pl.Series("row", rows, dtype=pl.UInt32),
            place=pl.when((latitude != "") & (longitude != "") & (address != "")).then(
                latitude.hash(seed=1) ^ longitude.hash(seed=2)
            ),
            address=address.hash(),
        )
        self._frames.append(hashed.drop_nulls("place"))

    def findings(self, table: Table) -> Iterator[Finding]:
        is_shared = self._shared()
        if is_shared is None:
            return
        rows: Counter[str] = Counter()
        addresses: dict[str, set[str]] = {}
        first: dict[str, int] = {}
        widest = max(self._columns)
        for row, record in enumerate(
            islice(table.grid.records(), table.header_row, None), table.header_row + 1
        ):
            if len(record) > widest:
                latitude, longitude, address = (record[n] for n in self._columns)
                place = f"{latitude}, {longitude}"
                if latitude and longitude and address and is_shared(row, place):
                    rows[place] += 1
                    first.setdefault(place, row)
                    addresses.setdefault(place, set()).add(fold(address))
        different = Counter({place: len(there) for place, there in addresses.items() if len(there) >= SHARED})
        if different:
            place, count = different.most_common(1)[0]
            yield rules.coordinate_shared.finding(
                row=first[place], column=self._columns[0] + 1, value=place,
                count=rows[place], different=count, places=len(different),
            )  # fmt: skip

    def _shared(self) -> Callable[[int, str], bool] | None:
        """Whether many addresses share the coordinate of a row; None where none is shared."""
        if self._frames:
            import polars as pl

            every = pl.concat(self._frames)
            counted = (
                every.filter(pl.col("place").is_duplicated())
                .group_by("place")
                .agg(pl.col("address").n_unique())
            )
            many = counted.filter(pl.col("address") >= SHARED).get_column("place")
            rows = set(every.filter(pl.col("place").is_in(many.to_list())).get_column("row").to_list())
            return (lambda row, _: row in rows) if rows else None
        hashes = {place for place, addresses in self._more.items() if len(addresses) >= SHARED}
        return (lambda _, place: hash(place) in hashes) if hashes else None
