"""A municipality's own columns → the national ones.

A mapping says which column stands for which field, and which field has one value in every row. A table seen
through it has the national header and the columns in the national order; rows keep their numbers. It is written
as TOML:

    dataset = "suisho-evacuation_space"
    header = "3f2a…"                       # the fingerprint of the file's own header
    [columns]
    "避難所名" = "名称"
    "都道府県名" = {value = "京都府"}
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import islice

from odtool.datasets.identify import LOOKED_AT
from odtool.errors import UsageError
from odtool.model import Dataset, Finding, Grid, Table
from odtool.rules import mapped
from odtool.rules.row import ragged
from odtool.table.chunks import Oddities, chunks
from odtool.text import fold, is_blank, visible
from odtool.value import dataclass


@dataclass(frozen=True, slots=True)
class Columns:
    """`columns`: own column → field; `fixed`: field → its value in every row. `name` is for the report."""

    columns: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    dataset: str | None = None
    header: str | None = None
    name: str = "--map"


def fingerprint(labels: Sequence[str]) -> str:
    """Of a header: width, dashes, blanks, letter case and empty columns at its end do not count."""
    folded = [fold(label) for label in labels]
    while folded and not folded[-1]:
        folded.pop()
    return hashlib.sha256("\n".join(folded).encode("utf-8", "replace")).hexdigest()[:32]


# --- reading and writing mappings ---------------------------------------------------------------------


def from_options(pairs: Sequence[str]) -> Columns:
    """The options --map 'label=field'. Raises UsageError."""
    columns = {}
    for pair in pairs:
        label, sign, name = pair.rpartition("=")
        if not sign or not label.strip() or not name.strip():
            raise UsageError(
                f"--map「{visible(pair)}」は「列の名前=項目名」の形で書いてください（例 --map 避難所名=名称）。",
                f"Write --map “{visible(pair)}” as LABEL=FIELD, like --map 避難所名=名称.",
            )
        columns[label.strip()] = name.strip()
    return Columns(columns)


def from_toml(text: str, name: str) -> Columns:
    """A mapping in TOML; `name` is for messages. Raises UsageError."""
    import tomllib  # most calls have no mapping

    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise _off(name, f"TOML として読めません（{error}）", f"is no TOML ({error})") from None
    found = content.get("columns")
    if not isinstance(found, dict) or not found or not content.keys() <= {"columns", "dataset", "header"}:
        raise _off(
            name, "[columns] に「\"列の名前\" = \"項目名\"」を書いてください（ほかに使えるのは dataset と header だけです）",
            'needs [columns] with "LABEL" = "FIELD" (and may have dataset and header only)',
        )  # fmt: skip
    columns, fixed = {}, {}
    for label, value in found.items():
        if isinstance(value, str):
            columns[label] = value
        elif isinstance(value, dict) and value.keys() == {"value"} and isinstance(value["value"], str):
            fixed[label] = value["value"]
        else:
            raise _off(
                name, f"「{visible(label)}」には \"項目名\" か {{value = \"値\"}} を書いてください",
                f"“{visible(label)}” must be \"FIELD\" or {{value = \"VALUE\"}}",
            )  # fmt: skip
    told = {key: content.get(key) for key in ("dataset", "header")}
    if not all(value is None or isinstance(value, str) for value in told.values()):
        raise _off(name, "dataset と header は文字列で書いてください", "dataset and header must be strings")
    return Columns(columns, fixed, told["dataset"], told["header"], name)


def to_toml(columns: Columns, scores: Mapping[str, float] | None = None) -> str:
    """The mapping as TOML, with the score of each column behind it where it is a suggestion."""
    lines = [
        f"{key} = {_quoted(value)}"
        for key, value in (("dataset", columns.dataset), ("header", columns.header))
        if value
    ]
    lines += ["", "[columns]"]
    for label, name in columns.columns.items():
        score = f"  # {scores[label]:.2f}" if scores and label in scores else ""
        lines.append(f"{_quoted(label)} = {_quoted(name)}{score}")
    lines += [f"{_quoted(name)} = {{value = {_quoted(value)}}}" for name, value in columns.fixed.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # JSON's strings are TOML's, but for the one control character that JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _off(name: str, ja: str, en: str) -> UsageError:
    return UsageError(f"{name}: {ja}。", f"{name}: {en}.")


def together(first: Columns, second: Columns) -> Columns:
    """Both; what the second says of a column counts."""
    return Columns(
        {**first.columns, **second.columns},
        {**first.fixed, **second.fixed},
        second.dataset or first.dataset,
        first.header,
        first.name if first.columns or first.fixed else second.name,
    )


# --- seeing a table through a mapping ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """A table with the national header, and for each of its columns (from 1) the file's own number and label;
    None where the file has no such column. The file itself has `width` columns."""

    table: Table
    own: tuple[tuple[int, str] | None, ...]
    columns: Columns
    dataset: Dataset
    width: int

    def told(self, finding: Finding) -> Finding:
        """A finding on the table as the file's owner sees it: by the file's own column and label."""
        if finding.rule == "row-ragged" and (more := finding.facts["found"] - len(self.own)) > 0:
            return ragged(finding.row or 0, self.width + more, self.width)
        if finding.column is None or not 0 < finding.column <= len(self.own):
            return finding
        own = self.own[finding.column - 1]
        if own is None:
            return replace(finding, column=None)
        return replace(finding, column=own[0], label=own[1])

    def note(self) -> Finding:
        """What the report says about it."""
        renamed = [f"{label}→{name}" for label, name in self.columns.columns.items() if label != name]
        renamed += [f"{name}＝{value}" for name, value in self.columns.fixed.items()]
        shown = "、".join(visible(text, 60) for text in renamed[:5]) + ("…" if len(renamed) > 5 else "")
        return mapped.mapping_used.finding(
            row=self.table.header_row, name=self.columns.name, count=len(renamed), shown=shown
        )


def header_row(grid: Grid, test: Callable[[Sequence[str]], bool]) -> int | None:
    """The first row (from 1), among those in which a header is looked for, that passes the test."""
    head = islice(grid.records(), LOOKED_AT)
    return next(
        (row for row, record in enumerate(head, 1) if not all(map(is_blank, record)) and test(record)), None
    )


def fits(columns: Columns, grid: Grid) -> bool:
    """Whether the grid has the very header that the mapping was made for."""
    return (
        columns.header is not None
        and header_row(grid, lambda r: fingerprint(r) == columns.header) is not None
    )


def renamed(grid: Grid, columns: Columns) -> Grid | None:
    """The grid with its own column names replaced; None where it has none of them."""
    names = {fold(label): name for label, name in columns.columns.items()}
    row = header_row(grid, lambda record: any(fold(cell) in names for cell in record))
    if row is None:
        return None

    def records() -> Iterator[Sequence[str]]:
        for n, record in enumerate(grid.records(), 1):
            if n == row:
                yield [*(names.get(fold(cell), cell) for cell in record), *columns.fixed]
            else:
                yield record

    return replace(grid, records=records, raw=None)


def through(grid: Grid, table: Table, columns: Columns, dataset: Dataset) -> Seen:
    """The table in the national layout: every field in its order, then what stands for none.

    `table` is that of the grid with replaced names (`renamed`). A column that the mapping names goes before one that has
    the field's name already. Rows that are too short would look filled up, so they are faults of the grid. Raises
    UsageError where the mapping names fields that the dataset does not have.
    """
    known = {fold(f.name): f.name for f in dataset.fields}
    for name in (*columns.columns.values(), *columns.fixed):
        if fold(name) not in known:
            raise _off(
                columns.name, f"「{visible(name)}」という項目は {dataset.name}（{dataset.id}）にありません",
                f"{dataset.id} has no field “{visible(name)}”",
            )  # fmt: skip
    own = tuple(next(islice(grid.records(), table.header_row - 1, None)))
    width = len(own)
    header = table.header_row
    straight = Oddities()
    filled = False  # the last column, whose name is often empty because every line ends with a comma
    for chunk in chunks(Table(grid, own, header), straight):
        filled = filled or not all(map(is_blank, chunk.columns[-1]))
    short = tuple(ragged(row, size, width) for row, size in straight.ragged if size < width)
    places: dict[str, int] = {}
    mapped_labels = {fold(label) for label in columns.columns}
    for n in sorted(range(width), key=lambda n: fold(own[n]) not in mapped_labels):
        if found := known.get(fold(table.labels[n])):
            places.setdefault(found, n)
    taken = set(places.values())
    rest = [
        n
        for n, label in enumerate(own)
        if n not in taken and (filled or not is_blank(label) or n < width - 1)
    ]
    fixed = {fold(name): value for name, value in columns.fixed.items()}
    order: list[int | str] = [
        places[f.name] if f.name in places else fixed.get(fold(f.name), "") for f in dataset.fields
    ]
    order += rest
    labels = (*(f.name for f in dataset.fields), *(own[n] for n in rest))
    source = grid.records

    def records() -> Iterator[Sequence[str]]:
        for n, record in enumerate(source(), 1):
            if n < header or not any(cell and not cell.isspace() for cell in record):
                yield record
            elif n == header:
                yield labels
            else:
                size = len(record)
                moved = [(record[p] if p < size else "") if isinstance(p, int) else p for p in order]
                yield moved if size <= width else [*moved, *record[width:]]

    numbers = tuple((p + 1, own[p]) if isinstance(p, int) else None for p in order)
    seen = replace(grid, records=records, faults=(*grid.faults, *short), raw=None)
    return Seen(Table(seen, labels, header), numbers, columns, dataset, width)
