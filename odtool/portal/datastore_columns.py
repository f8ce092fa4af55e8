"""The columns of a file → the columns of a DataStore table: ids that PostgreSQL keeps, types that lose nothing.

Pure. A column is text unless its schema says otherwise and every value survives the other type, so that a code
keeps its zeros and a date in the national writing is not misread.
"""

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

Type = Literal["text", "numeric", "date"]
LONGEST_ID = 63  # bytes that PostgreSQL keeps of a name; CKAN counts letters and lets longer ones be cut
_LONGEST_KEY = 1_000  # bytes; an index of PostgreSQL takes no entry over 2,704
_DIGITS = 15  # that a JSON number keeps in every program that reads it
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# CKAN refuses these, or takes a colon after something that is no letter for a parameter of its own SQL.
_REFUSED = re.compile(r'^_|"|\\|^\s|\s$|(?<!\w):')
_TYPES: Mapping[str, Type] = {"number": "numeric", "integer": "numeric", "date": "date"}
_KEYS = frozenset({"id", "no"})  # what the national datasets call their key, also at the end: 施設_ID


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table. `info` is its entry in CKAN's data dictionary: the whole name as `label`, what it means
    as `notes`, and the type that DataPusher and XLoader are to keep as `type_override`."""

    id: str
    type: Type
    info: Mapping[str, str]

    @property
    def definition(self) -> dict[str, Any]:
        return {"id": self.id, "type": self.type, "info": dict(self.info)}

    def plain(self, value: object) -> str:
        """A cell of the file or a value of the table as they are compared; an empty cell is null in every type."""
        if value is None or value == "":
            return ""
        if self.type == "numeric" and (not isinstance(value, str) or _NUMBER.fullmatch(value)):
            number = Decimal(str(value))
            return format(number.normalize(), "f") if number else "0"
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def survives(cell: str, kind: Type) -> bool:
    """Whether the value comes back from a column of this type as it is in the file."""
    if not cell or kind == "text":
        return True
    if kind == "date":
        try:
            return bool(_DAY.fullmatch(cell)) and bool(date.fromisoformat(cell))
        except ValueError:
            return False
    if not _NUMBER.fullmatch(cell) or sum(map(str.isdigit, cell)) > _DIGITS:
        return False
    return not (cell.startswith("-") and not Decimal(cell))  # no table keeps the sign of a zero


def types(labels: Sequence[str], schema: Mapping[str, Any]) -> list[Type]:
    """What the schema says of each column; text where it says nothing or something else."""
    said = {str(field.get("name")): field for field in schema.get("fields") or ()}
    return [_type(said.get(label, {})) for label in labels]


def _type(field: Mapping[str, Any]) -> Type:
    plain = field.get("format") in (None, "", "default")
    return _TYPES.get(str(field.get("type")), "text") if plain else "text"


def columns(labels: Sequence[str], kinds: Sequence[Type], schema: Mapping[str, Any]) -> list[Column]:
    said = {str(field.get("name")): field for field in schema.get("fields") or ()}
    return [
        Column(id_, kind, _info(label, kind, said.get(label, {})))
        for id_, label, kind in zip(ids(labels), labels, kinds, strict=True)
    ]


def _info(label: str, kind: Type, field: Mapping[str, Any]) -> dict[str, str]:
    notes = [str(field[key]) for key in ("title", "description") if field.get(key) and field[key] != label]
    if field.get("unit"):
        notes.append(f"単位: {field['unit']}")
    # The loaders know three types; `date` is none of them, and a day must not become a moment.
    info = {"label": label, "type_override": "numeric" if kind == "numeric" else "text"}
    return info | ({"notes": "\n".join(notes)} if notes else {})


def ids(labels: Sequence[str]) -> list[str]:
    """The label itself where the table can have it as a name, else a short one made from it, always the same."""
    kept = [label if _fits(label) else "" for label in labels]
    taken = set(kept)
    for at, label in enumerate(labels):
        if not kept[at]:
            kept[at] = _short(label, at + 1, taken)
            taken.add(kept[at])
    return kept


def _fits(label: str) -> bool:
    return (
        0 < len(label.encode()) <= LONGEST_ID
        and label.isprintable()
        and not label.isspace()
        and not _REFUSED.search(label)
    )


def _short(label: str, number: int, taken: Iterable[str]) -> str:
    """Its beginning and a digest of it; the column's number where there is nothing to begin with."""
    words = re.sub(r"[\W_]+", "_", label).strip("_")
    if not words:
        begun = made = f"column_{number}"
    else:
        digest = hashlib.sha256(label.encode()).hexdigest()[:8]
        begun = words.encode()[: LONGEST_ID - 9].decode(errors="ignore")
        made = f"{begun}_{digest}"
    more = 1
    while made in taken:
        more += 1
        made = f"{begun[:15]}_{number}_{more}"
    return made


def candidates(labels: Sequence[str], schema: Mapping[str, Any]) -> list[int]:
    """Which columns may tell the rows apart, best first: those declared unique, then what is called ID or NO. Whether
    they do, only their values can tell."""
    said = {str(field.get("name")): field.get("constraints") or {} for field in schema.get("fields") or ()}
    declared = [at for at, label in enumerate(labels) if said.get(label, {}).get("unique")]
    called = [at for at, label in enumerate(labels) if label.rpartition("_")[2].casefold() in _KEYS]
    return list(dict.fromkeys(declared + called))


def key_columns(content: bytes, schema: Mapping[str, Any]) -> list[str]:
    """The names of the columns that may tell the rows of this CSV apart, best first."""
    labels = next(csv.reader([content.partition(b"\n")[0].decode("utf-8-sig", "replace")]), [])
    return [labels[at] for at in candidates(labels, schema)]


def may_be_key(cell: str) -> bool:
    return bool(cell) and len(cell.encode()) <= _LONGEST_KEY
