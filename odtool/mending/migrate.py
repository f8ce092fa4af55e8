"""A table of one edition → the same table in the other, and column by column how it came about.

Values are copied as they are. Names are joined and parted where that is certain, addresses as far as their
prefecture and municipality are known; what needs a person is listed. A column that has nowhere to go is kept
behind the others, unless its values can be had from what is there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from odtool.made import Kin, Migrated, Step
from odtool.mending.address import parted_name, parts
from odtool.mending.reshape import WRITTEN
from odtool.model import Dataset, Field, Match, Table
from odtool.table.chunks import Oddities, chunks
from odtool.text import is_blank

Cells = Mapping[str, str]
"""A record by field names of its own edition."""

Made = tuple[str, bool]
"""A value, and whether it is certain; False is for a person to complete."""


@dataclass(slots=True)
class _Column:
    """A column to be made: from which columns, how, and what came of it."""

    wanted: Field
    kin: Kin | None
    sources: tuple[str, ...] = ()
    make: Callable[[Cells], Made] = lambda _: ("", True)
    filled: int = 0
    doubtful: list[int] = field(default_factory=list)


def migrate(table: Table, match: Match, target: Dataset, kin: Sequence[Kin]) -> Migrated:
    """The table, whose rows are all as long as its header, in the edition of `target`.

    `match` says which column is which field of its own edition, `kin` how the columns of the new edition
    descend from those of the old one.
    """
    known = {m.field: m.column for m in match.mapping if m.field}
    forth = target.edition == "standard"
    columns = [(_forth if forth else _back)(wanted, kin, known) for wanted in target.fields]
    _agree_on_publisher(table, known, columns)
    spare = _Spare(table, match, columns, kin, forth)
    oddities = Oddities()
    for row, cells in _records(table, known, oddities):
        for column in columns:
            value, certain = column.make(cells)
            column.filled += bool(value)
            if not certain:
                column.doubtful.append(row)
        spare.look(cells)
    extra = spare.kept(columns)
    labels = (*(wanted.name for wanted in target.fields), *(table.labels[n - 1] for n in extra))

    def records() -> Iterator[Sequence[str]]:
        yield labels
        for chunk in chunks(table, Oddities()):
            for record in zip(*chunk.columns, strict=True):
                cells = {name: record[n - 1] for name, n in known.items()}
                yield [*(column.make(cells)[0] for column in columns), *(record[n - 1] for n in extra)]

    grid = replace(table.grid, form=WRITTEN, records=records, faults=(), raw=None)
    return Migrated(
        Table(grid, labels, 1), (*_steps(columns), *spare.steps(columns), *_below(oddities), *_above(table))
    )


def _records(
    table: Table, known: Mapping[str, int], oddities: Oddities | None = None
) -> Iterator[tuple[int, Cells]]:
    for chunk in chunks(table, oddities or Oddities()):
        for row, record in zip(chunk.rows, zip(*chunk.columns, strict=True), strict=True):
            yield row, {name: record[n - 1] for name, n in known.items()}


# --- how a column is made ------------------------------------------------------------------------------


def _forth(wanted: Field, kin: Sequence[Kin], known: Mapping[str, int]) -> _Column:
    """A column of the new edition."""
    own = next((each for each in kin if each.new == wanted.name), None)
    if own is None or own.kind in ("new", "manual"):
        return _Column(wanted, own, own.old if own else ())
    if not set(own.old) <= known.keys():
        return _Column(wanted, own)
    if own.kind == "joined":
        return _Column(wanted, own, own.old, lambda cells: _joined([cells[name] for name in own.old]))
    if own.kind == "split":
        return _Column(wanted, own, own.old, lambda cells: _part(cells[own.old[0]], own.new))
    address = any(each.kind == "split" and each.old == own.old for each in kin)
    return _Column(wanted, own, own.old, partial(_whole if address else _copied, own.old[0]))


def _back(wanted: Field, kin: Sequence[Kin], known: Mapping[str, int]) -> _Column:
    """A column of the old edition."""
    related = [each for each in kin if wanted.name in each.old]
    for kind in ("same", "renamed", "joined"):
        for own in related:
            if own.kind != kind or own.new not in known:
                continue
            if kind == "joined":
                place = own.old.index(wanted.name)
                return _Column(wanted, own, (own.new,), partial(_from_name, own.new, place))
            return _Column(wanted, own, (own.new,), partial(_copied, own.new))
    manual = [own for own in related if own.kind == "manual" and own.new in known]
    if manual:
        return _Column(wanted, manual[0], tuple(own.new for own in manual))
    return _Column(wanted, next(iter(related), None))


def _copied(name: str, cells: Cells) -> Made:
    return cells[name], True


def _whole(name: str, cells: Cells) -> Made:
    """An address as it is; one that does not begin with a prefecture is for a person to complete."""
    return cells[name], not cells[name].strip() or parts(cells[name]) is not None


def _left(name: str, cells: Cells) -> Made:
    return "", not cells[name]


def _from_name(name: str, place: int, cells: Cells) -> Made:
    return _named(cells[name], place)


def _joined(names: Sequence[str]) -> Made:
    """Prefecture and municipality in one. Without the prefecture the name is not whole."""
    text = "".join(names)
    return text, bool(names[0]) or not text


def _named(text: str, place: int) -> Made:
    """The prefecture (0) or the municipality (1) of a local government's name."""
    if not text:
        return "", True
    found = parted_name(text)
    return (found[place], True) if found else ("", False)


def _part(address: str, wanted: str) -> Made:
    """The part of an address for a column named so. Only prefecture and municipality can be certain."""
    if not address.strip():
        return "", True
    found = parts(address)
    if wanted.endswith("都道府県"):
        return (found.prefecture, True) if found else ("", False)
    if wanted.endswith("市区町村"):
        return (found.city, bool(found.city)) if found else ("", False)
    return "", False


def _agree_on_publisher(table: Table, known: Mapping[str, int], columns: Sequence[_Column]) -> None:
    """A code that stands for the publisher as well is copied only where it is the same in all rows."""
    for column in columns:
        if column.kin and column.kin.kind == "copied" and column.sources:
            name = column.sources[0]
            codes = {cells[name] for _, cells in _records(table, known)}
            if len(codes) > 1 or column.wanted.name != column.kin.new:
                column.make = partial(_left, name)


# --- what has nowhere to go ----------------------------------------------------------------------------


@dataclass(slots=True)
class _Spare:
    """The columns that no column of the other edition is made from."""

    table: Table
    match: Match
    columns: Sequence[_Column]
    kin: Sequence[Kin]
    forth: bool
    filled: dict[str, bool] = field(default_factory=dict)
    derivable: dict[str, bool] = field(default_factory=dict)

    def look(self, cells: Cells) -> None:
        """Note which columns have values at all, and which only repeat what others say."""
        for name, cell in cells.items():
            self.filled[name] = self.filled.get(name, False) or bool(cell.strip())
        if self.forth:
            return
        for own in self.kin:
            if own.kind in ("split", "copied") and own.new in cells:
                fine = self._repeats(own, cells)
                self.derivable[own.new] = self.derivable.get(own.new, True) and fine

    def _repeats(self, own: Kin, cells: Cells) -> bool:
        """Whether the cell can be had again from the columns that stay."""
        if own.kind == "copied":
            return cells[own.new] in ("", cells.get(own.old[0], ""))
        whole = next((k.new for k in self.kin if k.old == own.old and k.kind in ("same", "renamed")), None)
        address = cells.get(whole or "", "")
        return cells[own.new] in ("", _part(address, own.new)[0])

    def kept(self, columns: Sequence[_Column]) -> list[int]:
        """The columns of the file (from 1) that go along behind the others."""
        used = self._used(columns)
        fields = {m.column: m.field for m in self.match.mapping}
        extra = []
        for n, label in enumerate(self.table.labels, 1):
            name = fields.get(n)
            if name is None:
                if label.strip() or self._has_values(n):
                    extra.append(n)
            elif name not in used and self.filled.get(name) and not self.derivable.get(name, False):
                extra.append(n)
        return extra

    def steps(self, columns: Sequence[_Column]) -> Iterator[Step]:
        labels = tuple(self.table.labels[n - 1] or "（名前なし）" for n in self.kept(columns))
        if labels:
            yield Step(
                "kept", labels, labels, by_hand=True,
                note="行き先のない列です。右端に残しました。要らなければ消してください。",
                note_en="These columns have nowhere to go and stand at the right. Delete them if they are not needed.",
            )  # fmt: skip
        used = self._used(columns)
        gone = tuple(
            name for name, full in self.filled.items()
            if full and name not in used and self.derivable.get(name, False)
        )  # fmt: skip
        if gone:
            yield Step(
                "dropped", gone, (),
                note="ほかの列から同じ値が得られるので、除きました。",
                note_en="Left out: other columns say the same.",
            )  # fmt: skip

    def _used(self, columns: Sequence[_Column]) -> set[str]:
        """The columns whose values are all in the new table: copied, or taken apart without a doubt."""
        used: set[str] = set()
        doubtful: set[str] = set()
        for column in columns:
            kind = column.kin.kind if column.kin else "new"
            if kind in ("same", "renamed") or (kind == "joined" and not column.doubtful):
                used.update(column.sources)
            elif kind == "joined" and not self.forth:
                doubtful.update(column.sources)
            elif kind == "joined":
                used.update(column.sources)
        return used - doubtful

    def _has_values(self, number: int) -> bool:
        return any(
            cell.strip() for chunk in chunks(self.table, Oddities()) for cell in chunk.columns[number - 1]
        )


# --- what is told --------------------------------------------------------------------------------------


def _steps(columns: Sequence[_Column]) -> Iterator[Step]:
    empty: list[_Column] = []
    for column in columns:
        kin = column.kin
        if kin is None or kin.kind == "new" or not (column.sources or kin.kind == "manual"):
            empty.append(column)
            continue
        by_hand = bool(column.doubtful) or kin.check or kin.kind in ("manual", "copied")
        notes = (kin.note, kin.note_en) if kin.note else _NOTES.get(kin.kind, ("", ""))
        yield Step(
            kin.kind, column.sources, (column.wanted.name,), column.filled, tuple(column.doubtful), by_hand, *notes
        )  # fmt: skip
    needed = [column for column in empty if column.wanted.required or column.wanted.requirement == "必須"]
    if needed:
        yield Step(
            "new", (), tuple(column.wanted.name for column in needed), by_hand=True,
            note="必須の項目ですが、元の表に値がありません。書き入れてください。",
            note_en="Required, but the original has no values for them. Fill them in.",
        )  # fmt: skip
    others = [column for column in empty if column not in needed]
    if others:
        yield Step(
            "new", (), tuple(column.wanted.name for column in others),
            note="元の表に対応する列がないので、空のまま置きました。",
            note_en="The original has no such columns; they are there, empty.",
        )  # fmt: skip
    for column in others:
        if column.kin and column.kin.note:
            yield Step("new", (), (column.wanted.name,), note=column.kin.note, note_en=column.kin.note_en)


def _below(oddities: Oddities) -> Iterator[Step]:
    """What stands below the data and is not in the copy."""
    if oddities.foot:
        yield Step(
            "rows-dropped", tuple(text for _, _, text in oddities.foot), (), rows=tuple(row for row, _, _ in oddities.foot),
            by_hand=True,
            note="データの下の注記や合計の行は写していません。要る説明は、備考の列か公開ページに書いてください。",
            note_en="Notes and totals below the data were not copied. What must be said goes to a remarks column or to the "
            "page of the dataset.",
        )  # fmt: skip


def _above(table: Table) -> Iterator[Step]:
    """What stands above the column names and is not in the copy."""
    found = [
        (row, next(cell for cell in record if not is_blank(cell)))
        for row, record in enumerate(islice(table.grid.records(), table.header_row - 1), 1)
        if not all(map(is_blank, record))
    ]
    if found:
        yield Step(
            "rows-dropped", tuple(text for _, text in found), (), rows=tuple(row for row, _ in found), by_hand=True,
            note="項目名より上の行は写していません。要る説明は、公開ページに書いてください。",
            note_en="Rows above the column names were not copied. What must be said goes to the page of the dataset.",
        )  # fmt: skip


_NOTES = {
    "joined": (
        "都道府県名と市区町村名のつながりがはっきりしない行は、確かめて書き入れてください。",
        "Where prefecture and municipality are not clear, check them and fill them in.",
    ),
    "split": (
        "住所から確かに分かるのは都道府県と市区町村だけです。残りは書き入れてください。",
        "Only prefecture and municipality are certain from an address. Fill in the rest.",
    ),
}
