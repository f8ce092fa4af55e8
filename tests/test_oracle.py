"""The verdict on each cell beside that of frictionless, the reference implementation of Table Schema.

Both judge the same cells against the same confirmed part of a schema. Where they differ, the difference must
be one of DIFFERENCES, each with its reason; anything else fails.
"""

import csv
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from frictionless import Dialect, Schema
from frictionless.formats import CsvControl
from frictionless.resources import TableResource

from odtool import resources
from odtool.datasets.catalog import datasets, index
from odtool.datasets.identify import FITS, against, identify
from odtool.datasets.schema import from_descriptor
from odtool.judging.read import read
from odtool.judging.validate import validate
from odtool.model import Dataset, Field, Form, Grid, Match, Table
from odtool.text import is_blank

# Rules that say what a Table Schema says. The other rules know more than a schema can, and are no difference; so
# is url-format, which refuses what frictionless takes for a URI without a scheme or a host.
OF_THE_SCHEMA = frozenset(
    {"number-format", "integer-format", "boolean-format", "date-format", "time-format", "datetime-format",
     "year-format", "pattern", "enum", "range", "length", "required-empty", "excel-serial", "time-past-midnight"}
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A cell on which the two differ. `said` is theirs: frictionless's types of error and their notes."""

    row: int
    field: Field
    value: str
    record: Sequence[str]
    ragged: bool
    rules: frozenset[str]
    around: frozenset[str]
    said: tuple[tuple[str, str], ...]

    @property
    def only_ours(self) -> bool:
        return not self.said

    def they_say(self, *words: str) -> bool:
        return bool(self.said) and all(
            any(word in f"{kind}: {note}" for word in words) for kind, note in self.said
        )


@dataclass(frozen=True)
class Difference:
    name: str
    reason: str
    holds: Callable[[Cell], bool]


LOOSE_DAY = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
LOOSE_TIME = re.compile(r"[0-9]{1,2}:[0-9]{1,2}")

DIFFERENCES = (
    Difference(
        "a cell of blanks is an empty cell",
        "A blank or ideographic space meets «required» for frictionless; nobody can use such a value.",
        lambda cell: cell.only_ours and cell.rules == {"required-empty"} and is_blank(cell.value),
    ),
    Difference(
        "full-width digits are no digits",
        "Python's int, Decimal, strptime and \\d take any Unicode digit; spreadsheets and importers do not.",
        lambda cell: cell.only_ours
        and re.search("[０-９]", cell.value) is not None
        and cell.rules.isdisjoint({"enum", "length", "required-empty"}),
    ),
    Difference(
        "Python's own ways of writing a number are not the definition's",
        "Decimal takes underscores between digits, blanks around them and other words for NaN; a schema does not.",
        lambda cell: cell.only_ours
        and cell.rules <= {"number-format", "integer-format", "year-format"}
        and (bool(re.search(r"[_\s]", cell.value)) or cell.value.strip("+-").casefold() in ("nan", "inf", "infinity")),
    ),
    Difference(
        "a date has two digits for month and day",
        "strptime takes 2024-1-5; RFC 3339 and the national definition do not.",
        lambda cell: cell.only_ours and cell.rules == {"date-format"} and bool(LOOSE_DAY.fullmatch(cell.value)),
    ),
    Difference(
        "a time has two digits for hour and minute",
        "strptime takes 9:00; the national definition asks for 09:00.",
        lambda cell: cell.only_ours and cell.rules == {"time-format"} and bool(LOOSE_TIME.fullmatch(cell.value)),
    ),
    Difference(
        "a date and a time are joined by T, and a day ends at 23:59",
        "frictionless takes a blank between the two, and 24:00.",
        lambda cell: cell.only_ours
        and cell.rules == {"datetime-format"}
        and re.search("[0-9] [0-9]|T24:00", cell.value) is not None,
    ),
    Difference(
        "a pattern covers the whole value",
        "frictionless joins its anchors to the text of the pattern: ^a|b$ takes «axyz», and $ takes a last line break.",
        lambda cell: cell.only_ours
        and cell.rules == {"pattern"}
        and bool(re.match(f"^{cell.field.shape.pattern}$", cell.value)),
    ),
    Difference(
        "a row of blanks is a blank row",
        "For frictionless a row with one space is a row with errors; for a person it is empty, and told once.",
        lambda cell: all(map(is_blank, cell.record)),
    ),
    Difference(
        "a row of another length is one finding",
        "frictionless tells every missing and every extra cell.",
        lambda cell: cell.ragged and cell.they_say("missing-cell", "extra-cell", "constraint \"required\""),
    ),
    Difference(
        "coordinates are judged in pairs",
        "One finding tells that latitude and longitude are exchanged or copied; frictionless tells both cells.",
        lambda cell: cell.field.kind in ("latitude", "longitude")
        and cell.they_say("minimum", "maximum")
        and bool(cell.around & {"coordinate-swapped", "coordinate-copied"}),
    ),
)  # fmt: skip


@dataclass
class Tally:
    """How many cells were compared, on how many both object, and the differences by name."""

    cells: int = 0
    agreed: int = 0
    files: int = 0
    differences: Counter[str] = None  # type: ignore[assignment]
    unexplained: list[str] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.differences, self.unexplained = Counter(), []


# --- theirs ----------------------------------------------------------------------------------------

Errors = dict[tuple[int, str], list[tuple[str, str]]]


def confirmed(descriptor: dict[str, Any]) -> Schema:
    """The schema as frictionless may see it: without our own properties and what is only inferred."""
    ours = (
        "name",
        "type",
        "format",
        "constraints",
        "trueValues",
        "falseValues",
        "groupChar",
        "decimalChar",
        "bareNumber",
    )
    fields = [{key: field[key] for key in ours if key in field} for field in descriptor["fields"]]
    return Schema.from_descriptor({"fields": fields, "missingValues": descriptor.get("missingValues", [""])})


def theirs(path: Path, schema: Schema, encoding: str, first: int) -> tuple[Errors, set[str]]:
    """By row (as a spreadsheet shows it) and field what frictionless says; and the columns it misses."""
    control = CsvControl(delimiter=",", line_terminator="\r\n", quote_char='"', skip_initial_space=False)
    schema.fields_match = "superset"
    resource = TableResource(
        path=path.name, basepath=str(path.parent), format="csv", encoding=encoding, schema=schema,
        dialect=Dialect(controls=[control]),
    )  # fmt: skip
    said: Errors = {}
    missing = set()
    report = resource.validate(limit_errors=10_000_000)
    assert report.errors == [], report.errors
    for error in report.task.errors:
        told = error.to_dict()
        if told["type"] == "missing-label":
            missing.add(told["fieldName"])
        elif "rowNumber" in told:
            key = (told["rowNumber"] + first - 1, told.get("fieldName", ""))
            said.setdefault(key, []).append((told["type"], told["note"]))
        else:
            assert told["type"] == "extra-label", told
    return said, missing


# --- comparing -------------------------------------------------------------------------------------


def renamed(table: Table, match: Match) -> Iterator[Sequence[str]]:
    """The records from the header on, each column called as its field, so that only the cells are compared."""
    records = list(table.grid.records())
    yield [mapped.field or f"extra {mapped.column}" for mapped in match.mapping]
    yield from records[table.header_row :]


def compare(table: Table, match: Match, schema: Schema, path: Path, tally: Tally) -> None:
    codec = {"utf-16": "utf-8", None: "utf-8"}.get(
        table.grid.form.encoding, table.grid.form.encoding or "utf-8"
    )
    with path.open("w", encoding=codec, errors="replace", newline="") as out:
        csv.writer(out).writerows(renamed(table, match))
    said, missing = theirs(path, schema, codec, table.header_row)

    judgement = validate(table, match, limit=0)
    fields = {field.name: field for field in match.dataset.fields}
    absent = {str(f.field) for f in judgement.findings if f.rule in ("column-missing", "column-absent")}
    # Of optional columns that are not there frictionless says nothing when columns may stand in any order.
    assert missing == {name for name in absent if fields[name].required}
    assert {row for (row, _), kinds in said.items() if ("blank-row", "") in kinds} <= blank_rows(table)

    columns = {mapped.field: mapped.column for mapped in match.mapping if mapped.field}
    records = dict(enumerate(table.grid.records(), 1))
    rows = [n for n in records if n > table.header_row]
    ours: dict[tuple[int, str], set[str]] = {}
    around: dict[int, set[str]] = {}
    for finding in judgement.findings:
        if (
            finding.rule == "required-column-empty"
        ):  # one finding for the column: the same verdict on each of its cells
            for n in rows:
                if not all(map(is_blank, records[n])):
                    ours.setdefault((n, str(finding.field)), set()).add("required-empty")
        elif finding.row and finding.field and not finding.facts.get("unconfirmed"):
            ours.setdefault((finding.row, finding.field), set()).add(finding.rule)
        if finding.row:
            around.setdefault(finding.row, set()).add(finding.rule)

    tally.files += 1
    tally.cells += len(rows) * len(columns)
    for row, name in sorted(said.keys() | ours.keys()):
        if name not in columns:
            continue
        rules, kinds = ours.get((row, name), set()), said.get((row, name), [])
        if kinds and rules:
            tally.agreed += 1
        elif kinds or rules & OF_THE_SCHEMA:
            record, column = records[row], columns[name]
            value = record[column - 1] if column <= len(record) else ""
            cell = Cell(row, fields[name], value, record, len(record) != len(table.labels),
                        frozenset(rules & OF_THE_SCHEMA), frozenset(around.get(row, ())), tuple(kinds))  # fmt: skip
            reasons = [difference.name for difference in DIFFERENCES if difference.holds(cell)]
            tally.differences.update(reasons[:1])
            if not reasons:
                tally.unexplained.append(
                    f"{path.name} row {row} {name}: {value!r} ours {sorted(rules)} theirs {kinds}"
                )


def blank_rows(table: Table) -> set[int]:
    return {n for n, record in enumerate(table.grid.records(), 1) if all(map(is_blank, record))}


def descriptor(dataset: str) -> dict[str, Any]:
    return json.loads(resources.text("datapackages", dataset, "datapackage.json"))["resources"][0]["schema"]


def as_followed(dataset: Dataset) -> dict[str, Any]:
    """The schema of the layout that a file follows: the dataset's own, with the columns of its known departures.

    Every column is described as it is written down, in this dataset, in its departures or in a dataset joined to it.
    """
    package = json.loads(resources.text("datapackages", dataset.id, "datapackage.json"))
    schema = package["resources"][0]["schema"]
    joined = [variant.joined[0] for variant in dataset.follows if variant.joined]
    added = [entry["field"] for variant in package.get("variants", ()) for entry in variant.get("add", ())]
    known = [*(field for other in joined for field in descriptor(other)["fields"]), *added, *schema["fields"]]
    written = {field["name"]: field for field in known}
    former = {new: old for variant in dataset.follows for old, new in variant.renamed.items()}
    fields = [{**written[former.get(field.name, field.name)], "name": field.name} for field in dataset.fields]
    return {**schema, "fields": fields}


# --- generated tables ------------------------------------------------------------------------------

RIGHT = {
    "municipality-code": ["262129", "261009"], "phone": ["075-222-3111"], "postcode": ["6048571"], "kana": ["カナ"],
    "prefecture-name": ["京都府"], "municipality-name": ["京丹後市"], "weekdays": ["月火水木金"], "flag": ["1"],
    "url": ["https://example.jp/a", "http://example.jp"], "email": ["a@example.jp"], "latitude": ["35.011636", "20.5"],
    "longitude": ["135.768029", "153.9"], "corporate-number": ["8000012010038"],
}  # fmt: skip
OF_TYPE = {"number": ["1", "0", "-2.5", "1e3"], "date": ["2026-04-01", "2024-02-29"], "time": ["09:00", "23:59"],
           "integer": ["1", "-2", "007"], "boolean": ["true", "0"], "year": ["2026"], "yearmonth": ["2026-04"],
           "datetime": ["2026-04-01T09:00:00"]}  # fmt: skip
WRONG = ["", " ", "　", "－", "不明", "１２", "1,234", "12人", "1_0", " 12", "12 ", "+5", ".5", "5.", "nan", "-INF",
         "Infinity", "2026/4/1", "2024-1-5", "2026-02-30", "２０２６-04-01", "20260401", "令和元年5月1日", "0794-01-01",
         "9:00", "24:00", "09:60", "９：００", "09:00:00", "9時", "有料会員のみ", "有\n", "261009\n", "26100", "２６１００９",
         "1\n", "有 ", "無", "○", "１", "#REF!", "https://例.jp/あ い", "www.example.jp", "https://", "ｶﾅ", "髙﨑①", "a\tb",
         "\u00a0", "\ufeff1", "135.768029", "35.011636", "999", "1e400", "0x10", "True", "yes", "2026", "26", "2026-13",
         "2026-04-01T24:00:00", "2026-04-01 09:00:00", "2026-04-01T09:00:00Z"]  # fmt: skip


def right(field: Field) -> list[str]:
    return (
        list(field.shape.enum)
        or RIGHT.get(field.kind)
        or OF_TYPE.get(field.shape.type)
        or ["公民館", "A-1", "備考、等"]
    )


def invented(dataset: Dataset, chance: random.Random) -> list[list[str]]:
    """Rows of right values, of which some are spoiled; some rows too short, too long or empty."""
    records = []
    for n in range(40):
        spoil = 0.0 if n % 4 == 0 else 0.3
        record = [
            chance.choice(WRONG) if chance.random() < spoil else chance.choice(right(f))
            for f in dataset.fields
        ]
        if n % 13 == 5:
            record = record[: chance.randint(1, len(record))]
        elif n % 13 == 7:
            record.append("余り")
        elif n % 13 == 9:
            record = [chance.choice(["", " ", "　"]) if n % 2 else "" for _ in record]
        records.append(record)
    records.append([])
    return records


def as_table(records: Sequence[Sequence[str]]) -> Table:
    return Table(Grid(Form("csv", "utf-8"), lambda: iter(records)), tuple(records[0]), 1)


def check(dataset: Dataset, schema: dict[str, Any], seeds: Sequence[int], folder: Path, tally: Tally) -> None:
    for seed in seeds:
        chance = random.Random(f"{dataset.id} {seed}")
        labels = [field.name for field in dataset.fields]
        if seed % 2:  # another order, and some columns missing
            chance.shuffle(labels)
            others = [field.name for field in dataset.fields if field.kind not in ("latitude", "longitude")]
            labels = [name for name in labels if name not in chance.sample(others, min(2, len(others) - 1))]
        place = {field.name: n for n, field in enumerate(dataset.fields)}
        records = [
            [record[place[name]] for name in labels] if len(record) == len(place) else record[: len(labels)]
            for record in invented(dataset, chance)
        ]
        table = as_table([labels, *records])
        compare(table, against(table, dataset), confirmed(schema), folder / f"{dataset.id}-{seed}.csv", tally)


EVERY_TYPE = {
    "fields": [
        {"name": "整数", "type": "integer", "constraints": {"minimum": -1, "maximum": 100}},
        {"name": "数", "type": "number", "constraints": {"required": True, "maximum": 12.5}},
        {"name": "単位付き", "type": "number", "bareNumber": False, "groupChar": ","},
        {"name": "真偽", "type": "boolean"},
        {"name": "有無", "type": "boolean", "trueValues": ["有", "○"], "falseValues": ["無"]},
        {"name": "日", "type": "date", "constraints": {"minimum": "2000-01-01"}},
        {"name": "別の日", "type": "date", "format": "%Y/%m/%d"},
        {"name": "時刻", "type": "time"},
        {"name": "日時", "type": "datetime"},
        {"name": "年", "type": "year", "constraints": {"minimum": 2000}},
        {"name": "年月", "type": "yearmonth"},
        {"name": "選択", "type": "string", "constraints": {"pattern": "有|無"}},
        {"name": "語", "type": "string", "constraints": {"enum": ["有", "無", "１"], "required": True}},
        {"name": "長さ", "type": "string", "constraints": {"minLength": 2, "maxLength": 5}},
        {"name": "自由", "type": "any"},
    ]
}


@pytest.mark.parametrize("dataset", datasets())
def test_a_generated_table_gets_the_verdict_of_frictionless(dataset: str, tmp_path: Path) -> None:
    tally = Tally()
    check(datasets()[dataset], descriptor(dataset), range(4), tmp_path, tally)
    assert tally.unexplained == []
    # Four tables of some forty rows, two of which lack up to two of the columns.
    assert tally.cells > 100 * (len(datasets()[dataset].fields) - 1)


def test_a_schema_of_every_type_gets_the_verdict_of_frictionless(tmp_path: Path) -> None:
    tally = Tally()
    check(from_descriptor(EVERY_TYPE, "every-type"), EVERY_TYPE, range(6), tmp_path, tally)
    assert tally.unexplained == []
    assert tally.agreed > 200


def test_real_files_get_the_verdict_of_frictionless(
    corpus: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally()
    for number, path in enumerate(sorted(corpus.rglob("*.csv"))):
        for grid in read(path.read_bytes()).grids:
            table, matches = identify(grid, index(), path.name)
            if table and matches and matches[0].score >= FITS:
                schema = confirmed(as_followed(matches[0].dataset))
                compare(table, matches[0], schema, tmp_path / f"{number}-{path.name}", tally)
    record_property("cells", tally.cells)
    record_property("differences", dict(tally.differences))
    assert tally.unexplained == []
    assert tally.files > 40 and tally.cells > 100_000
