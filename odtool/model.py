"""The nouns. Frozen values without behaviour of their own beyond simple look-ups."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from odtool.value import dataclass

Severity = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")
Requirement = Literal["必須", "推奨", "任意", "不明"]
Format = Literal["csv", "tsv", "xlsx"]
Encoding = Literal["utf-8", "utf-8-sig", "cp932", "euc-jp", "utf-16"]
Newline = Literal["crlf", "lf", "cr", "mixed"]
Status = Literal["valid", "invalid", "not-checked"]


# --- what a file should be ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shape:
    """What a filled cell must look like, in Table Schema terms (type, format and constraints)."""

    type: str = "string"
    format: str = "default"
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a dataset.

    `shape` holds what is confirmed: a cell that breaks it is wrong. `unconfirmed` holds what is only
    inferred: a cell that breaks it earns a warning at most. `kind` names the national meaning
    (municipality-code, phone …) that decides which rules judge the column.
    """

    name: str
    kind: str = "text"
    shape: Shape = Shape()
    unconfirmed: Shape | None = None
    requirement: Requirement = "不明"
    required: bool = False
    unique: bool = False
    aliases: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    example: str = ""
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Variant:
    """One known way in which published files depart from a definition: some columns added, left out or renamed.

    `added` holds fields, each with the name of the field it stands before (None: at the right end). `joined` names
    a dataset of whose first so many fields the right end is made; the catalogue puts them into `added`.
    """

    id: str
    title: str
    title_en: str
    observed_at: tuple[str, ...]
    confidence: str
    added: tuple[tuple[Field, str | None], ...] = ()
    dropped: tuple[str, ...] = ()
    renamed: Mapping[str, str] = dataclasses.field(default_factory=dict)
    joined: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A recommended dataset in one edition, or any Table Schema (edition «schema»).

    `variants` are the known departures from it; `follows` those that these `fields` already contain.
    """

    id: str
    edition: str
    slug: str
    name: str
    fields: tuple[Field, ...]
    title_en: str = ""
    missing_values: tuple[str, ...] = ("",)
    primary_key: tuple[str, ...] = ()
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    follows: tuple[Variant, ...] = ()


# --- what a file is ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some consecutive records, by column; blank records are left out.

    `columns[i][k]` is the cell of column i in the record that a spreadsheet shows in row `rows[k]`.
    """

    columns: tuple[Sequence[str], ...]
    rows: Sequence[int]


@dataclass(frozen=True, slots=True)
class Form:
    """How a file holds its table. `encoding` and `newline` are None where there is none, as in a workbook."""

    format: Format
    encoding: Encoding | None = None
    newline: Newline | None = None
    delimiter: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of a delimited text and the codec that reads all of them. `uniform` says that all line breaks
    are LF, or all CR LF, those inside cells too."""

    data: bytes
    codec: str
    uniform: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet as it was read: records of cells, before anyone knows which of them is the header.

    `records()` starts again at each call. The n-th record (from 1) is the row a spreadsheet shows as n.
    `raw` is what they are read from, where that is text in which every byte could be read.
    """

    form: Form
    records: Callable[[], Iterator[Sequence[str]]]
    faults: tuple["Finding", ...] = ()
    raw: Raw | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A grid whose header is known. Labels are as written, trailing columns without name or data cut off."""

    grid: Grid
    labels: tuple[str, ...]
    header_row: int


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column of the file (from 1) and the field it stands for, None where it is nobody's."""

    column: int
    label: str
    field: str | None


@dataclass(frozen=True, slots=True)
class Match:
    """A dataset that a table may be: score from 0 to 1, why, and column by column what is what."""

    dataset: Dataset
    score: float
    reason: str
    mapping: tuple[Mapped, ...]
    reason_en: str = ""


# --- what was found ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell. `row` and `column` count from 1; `facts` fill the rule's message."""

    rule: str
    severity: Severity
    row: int | None = None
    column: int | None = None
    label: str | None = None
    field: str | None = None
    value: str | None = None
    suggestion: str | None = None
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A record as reports show it: its cells, and the line and character (from 1) at which each of them begins
    in the file's text; no places in a workbook."""

    cells: tuple[str, ...]
    places: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FileReport:
    """The verdict on one file. `counts` counts every finding, `findings` may be a part of them."""

    path: str
    status: Status
    sha256: str | None = None
    bytes: int | None = None
    reason: str | None = None
    reason_en: str | None = None
    form: Form | None = None
    match: Match | None = None
    header_row: int | None = None
    rows: int = 0
    columns: int = 0
    counts: Mapping[Severity, int] = dataclasses.field(default_factory=lambda: dict.fromkeys(SEVERITIES, 0))
    totals: Mapping[str, int] = dataclasses.field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    municipalities: tuple[str, ...] = ()
