"""What is kept while the records of one table go by: verdicts on columns, comparisons within records, keys."""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from odtool import rules
from odtool.former import current
from odtool.judging.signs import Signs
from odtool.model import Chunk, Dataset, Match, Severity, Table
from odtool.municipality import belongs, municipalities
from odtool.rule import Fits, Hit, Rule
from odtool.table.chunks import Counted, Oddities, gathered

if TYPE_CHECKING:
    from odtool.judging import fast

from odtool.judging.column import ANYTHING_SUSPICIOUS, FEW, Column, Verdict, every_line
from odtool.judging.tally import Tally
from odtool.rules import of_scope

UNJUDGED = frozenset({"object", "array", "duration", "geopoint", "geojson", "list"})
_Compared = list[tuple[Rule, tuple["Column | None", ...]]]
"""Record rules that compare the same columns, and these."""


class Walk:
    """What is kept while the chunks of one table go by."""

    def __init__(self, table: Table, match: Match | None, tally: Tally, done: frozenset[str]):
        self.tally = tally
        self.table = table
        self.rows = 0
        dataset = match.dataset if match else None
        self.fields = {f.name: f for f in dataset.fields} if dataset else {}
        named = {m.column: m.field for m in match.mapping} if match else {}
        missing = dataset.missing_values if dataset else ("",)
        self.columns = [
            Column(n, label, self.fields.get(named.get(n) or ""), missing, done)
            for n, label in enumerate(table.labels, 1)
        ]
        self.by_field = {c.field.name: c for c in self.columns if c.field.name in self.fields}
        self.pairs = list(_pairs(self.by_field))
        self.memo: dict[tuple[Rule, tuple[str, ...]], tuple[Hit, ...]] = {}
        self.codes: Counter[str] = Counter()
        self.code_column = _code_column(self.by_field)
        self.keys = list(_keys(dataset, self.by_field, self.code_column))
        self.seen: list[dict[tuple[str, ...], int]] = [{} for _ in self.keys]
        self.without_id = 0
        self.signs = Signs({c.number - 1: c.field for c in self.columns}, dataset.edition if dataset else "")

    @property
    def filled(self) -> list[bool]:
        return [column.filled for column in self.columns]

    def take(self, chunk: Chunk) -> None:
        self.tally.turn()
        self._take_cells(chunk)
        for (rule, columns), seen in zip(self.keys, self.seen, strict=True):
            self._keys_in(rule, columns, seen, chunk)

    def _take_cells(self, chunk: Chunk) -> None:
        self.rows += len(chunk.rows)
        for column in self.columns:
            cells = chunk.columns[column.number - 1]
            if bad := column.bad(cells):
                self._tell(column, cells, chunk.rows, bad)
            if column.field.required and column.blank:
                self._note_empty(column, cells, chunk.rows)
        for rule, columns in self.pairs:
            self._records(rule, columns, chunk)
        self.signs.take(chunk)
        if self.code_column:
            self.codes.update(chunk.columns[self.code_column.number - 1])

    def take_blocks(self, table: Table, oddities: Oddities) -> bool:
        """Take the whole table in large blocks, as the column library reads them; False where it cannot."""
        from odtool.judging import fast  # loads the column library

        of_keys = {columns[-1].number for _, columns in self.keys}
        asked = [c.asked(wants_blank=c.field.required or c.number in of_keys) for c in self.columns]
        compared: dict[tuple[tuple[int | None, ...], str | Fits | None], _Compared] = {}
        for rule, columns in self.pairs:
            indexes = tuple(c.number - 1 if c else None for c in columns)
            pattern = rule.fits or (rule.clean if isinstance(rule.clean, str) else None)
            compared.setdefault((indexes, pattern), []).append((rule, columns))
        pairs = [fast.Pair(indexes, pattern) for indexes, pattern in compared]
        keys = [fast.Keys([c.number - 1 for c in columns]) for _, columns in self.keys]
        blocks = fast.sifted(table, asked, pairs, ANYTHING_SUSPICIOUS, oddities.labels)
        if blocks is None:
            return False
        self.signs.quicken()
        row = table.header_row + 1
        for block in blocks:
            self.tally.turn()
            if isinstance(block, str):
                row = self._take_text(block, table, row, oddities, keys)
                continue
            for column, question in zip(self.columns, asked, strict=True):
                self._take_column(column, question, block, row)
            for rules_there, pair, new in zip(
                compared.values(), pairs, (block.pairs.get(n) for n in range(len(pairs))), strict=True
            ):
                if new:
                    self._take_pair(rules_there, pair, new, block, row)
            if self.code_column:
                self.codes.update(block.count(self.code_column.number - 1))
            for found in keys:
                found.add(block, row)
            self.signs.take_frame(block.frame, row)
            self.rows += block.rows
            row += block.rows
        self._tell_keys(keys)
        return True

    def _take_text(
        self, text: str, table: Table, row: int, oddities: Oddities, keys: "Sequence[fast.Keys]"
    ) -> int:
        """A part of the file that is not plain, judged record by record; the row after it."""
        records = Counted(
            csv.reader(io.StringIO(text, newline=""), delimiter=table.grid.form.delimiter or ",")
        )
        for chunk in gathered(records, len(table.labels), row, oddities):
            self._take_cells(chunk)
            for (_, columns), found in zip(self.keys, keys, strict=True):
                found.add_cells(chunk, columns[-1].blank)
        return row + records.count

    def _take_column(self, column: Column, asked: "fast.Asked", block: "fast.Sifted", row: int) -> None:
        index = asked.index
        column.filled = asked.filled = column.filled or index in block.filled
        if (new := block.distinct.get(index)) and (bad := column.bad(new)):
            places, cells = block.places(index, bad)
            self._tell(column, cells, [row + place for place in places], bad)
        if new:
            asked.remember(value for value in new if value not in bad)
        if index in block.suspects:
            places, cells = block.suspects[index]
            if bad := column.bad(cells):
                self._tell(column, cells, [row + place for place in places], bad)
        if column.field.required and (blank := block.blank.get(index)):
            self._keep_empty(column, [row + place for place in blank])

    def _take_pair(
        self,
        compared: "_Compared",
        pair: "fast.Pair",
        new: Collection[tuple[str, ...]],
        block: "fast.Sifted",
        row: int,
    ) -> None:
        fine = set(new)
        for rule, columns in compared:
            if found := _disagreeing(rule, new):
                fine -= found.keys()
                combined = list(zip(*map(block.cells, pair.columns), strict=True))
                self._tell_records(rule, columns, range(row, row + block.rows), combined, found)
        pair.remember(fine)

    def _tell_keys(self, keys: "Sequence[fast.Keys]") -> None:
        """What stands twice, of all keys collected from the blocks."""
        for (rule, columns), found in zip(self.keys, keys, strict=True):
            if rule is rules.table.id_duplicate:
                self.without_id += found.blank
            self._tell_repeated(rule, columns[-1], {}, found.repeated())

    def _tell(
        self, column: Column, cells: Sequence[str], rows: Sequence[int], bad: dict[str, Verdict]
    ) -> None:
        for row, value in zip(rows, cells, strict=True):
            if value not in bad:
                continue
            for rule, hit, unconfirmed in bad[value]:
                severity: Severity = "warning" if unconfirmed and rule.severity == "error" else rule.severity
                if self.tally.count(rule.id, severity):
                    extra = {"unconfirmed": True} if unconfirmed else {}
                    self.tally.findings.append(
                        rule.finding(
                            row=row, **self._place(column), value=value, **hit, severity=severity, **extra
                        )
                    )

    def _place(self, column: Column) -> dict[str, Any]:
        known = column.field.name if column.field.name in self.by_field else None
        return {"column": column.number, "label": column.label, "field": known}

    def _note_empty(self, column: Column, cells: Sequence[str], rows: Sequence[int]) -> None:
        self._keep_empty(column, [row for row, cell in zip(rows, cells, strict=True) if cell in column.blank])

    def _keep_empty(self, column: Column, empty: Sequence[int]) -> None:
        column.empty_count += len(empty)
        room = len(empty) if not self.tally.limit else max(0, self.tally.limit - len(column.empty))
        column.empty += empty[:room]

    def _records(self, rule: Rule, columns: tuple[Column | None, ...], chunk: Chunk) -> None:
        blank = ("",) * len(chunk.rows)
        cells = [chunk.columns[c.number - 1] if c else blank for c in columns]
        combined = list(zip(*cells, strict=True))
        distinct = set(combined)
        pattern = rule.fits({first for first, *_ in distinct}) if rule.fits else rule.clean
        if isinstance(pattern, str) and len(distinct) > FEW:
            text = "\n".join(map("\t".join, distinct))
            if text.count("\n") == len(distinct) - 1:
                if every_line(pattern).fullmatch(text):
                    return
                distinct = _unlike(pattern, distinct)
        if found := _disagreeing(rule, distinct):
            self._tell_records(rule, columns, chunk.rows, combined, found)

    def _tell_records(
        self,
        rule: Rule,
        columns: tuple[Column | None, ...],
        rows: Sequence[int],
        combined: Sequence[tuple[str, ...]],
        found: Mapping[tuple[str, ...], Sequence[Hit]],
    ) -> None:
        at = dict(zip(rule.kinds, columns, strict=False))
        for row, values in zip(rows, combined, strict=True):
            for hit in found.get(values, ()):
                column = at[hit["at"]]
                if column and self.tally.count(rule.id, rule.severity):
                    parts = {key: value for key, value in hit.items() if key != "at"}
                    self.tally.findings.append(rule.finding(row=row, **self._place(column), **parts))

    def _keys_in(
        self, rule: Rule, columns: tuple[Column, ...], seen: dict[tuple[str, ...], int], chunk: Chunk
    ) -> None:
        last = columns[-1]
        cells = [chunk.columns[column.number - 1] for column in columns]
        keys = list(zip(*cells, strict=True))
        if not last.blank and len(set(keys)) == len(keys) and seen.keys().isdisjoint(keys):
            seen.update(zip(keys, chunk.rows, strict=True))
            return
        filled = [n for n, key in enumerate(keys) if key[-1] not in last.blank]
        if rule is rules.table.id_duplicate:
            self.without_id += len(keys) - len(filled)
        self._tell_repeated(rule, last, seen, ((chunk.rows[n], keys[n]) for n in filled))

    def _tell_repeated(
        self,
        rule: Rule,
        last: Column,
        seen: dict[tuple[str, ...], int],
        keys: Iterable[tuple[int, tuple[str, ...]]],
    ) -> None:
        for row, key in keys:
            other = seen.setdefault(key, row)
            if other == row:
                continue
            first = seen[key] = min(row, other)
            if self.tally.count(rule.id, rule.severity):
                value = key[-1] if rule is rules.table.id_duplicate else ", ".join(key)
                self.tally.findings.append(
                    rule.finding(row=max(row, other), **self._place(last), value=value, first=first)
                )

    def finish(self, name: str) -> None:
        for column in self.columns:
            if column.field.required and column.empty_count:
                self._tell_empty(column)
            if column.field.shape.type in UNJUDGED:
                self.tally.add(
                    rules.table.type_unchecked.finding(**self._place(column), types=column.field.shape.type)
                )
        for rule, columns in self.keys:
            if rule is rules.table.id_duplicate and self.without_id:
                self.tally.add(
                    rules.table.id_empty.finding(**self._place(columns[-1]), count=self.without_id)
                )
        for found in self.signs.findings(self.table):
            self.tally.add(replace(found, **self._place(self.columns[(found.column or 1) - 1])))
        self._compare_with_name(name)
        self._compare_with_each_other()

    def _tell_empty(self, column: Column) -> None:
        whole, single = rules.table.required_column_empty, rules.table.required_empty
        if column.empty_count == self.rows:
            self.tally.add(whole.finding(**self._place(column), count=self.rows))
            return
        self.tally.count(single.id, single.severity, column.empty_count)
        for row in column.empty:
            self.tally.findings.append(single.finding(row=row, **self._place(column), value=""))

    def municipalities(self) -> tuple[str, ...]:
        """The publishing bodies that the rows name, the commonest first. An abolished code stands for its successor."""
        named: Counter[str] = Counter()
        for code, count in self.codes.items():
            if now := current(code):
                named[now] += count
        return tuple(code for code, _ in named.most_common())

    def _compare_with_each_other(self) -> None:
        """Rows whose publisher is of another prefecture than most. The file is read once more to find them."""
        known = Counter({code: count for code, count in self.codes.items() if code in municipalities()})
        by_prefecture: Counter[str] = Counter()
        for code, count in known.items():
            by_prefecture[municipalities()[code].prefecture] += count
        if len(by_prefecture) < 2 or self.code_column is None:
            return
        (main, _), *others = by_prefecture.most_common()
        at = self.code_column.number - 1
        rows = islice(enumerate(self.table.grid.records(), 1), self.table.header_row, None)
        first: dict[str, tuple[int, str]] = {}
        for row, record in rows:
            place = municipalities().get(record[at]) if at < len(record) else None
            if place and place.prefecture != main:
                first.setdefault(place.prefecture, (row, record[at]))
        for found, count in others:
            row, value = first[found]
            self.tally.add(
                rules.table.municipalities_mixed.finding(
                    row=row, **self._place(self.code_column), value=value, count=count, found=found, main=main
                )
            )

    def _compare_with_name(self, name: str) -> None:
        named, found = rules.file.named_code(name), self.municipalities()
        if not named or named not in municipalities() or not found:
            return
        if not any(belongs(code, named) or belongs(named, code) for code in found):
            titles = [municipalities()[code] for code in (named, found[0])]
            named_title, found_title = (place.prefecture + place.name for place in titles)
            column = self._place(self.code_column) if self.code_column else {}
            self.tally.add(
                rules.table.file_name_code.finding(
                    **column, named=named, named_title=named_title, found=found[0], found_title=found_title
                )
            )


def _unlike(pattern: str, distinct: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """The combinations, joined by tabs, that the pattern of those without findings does not match."""
    fine = re.compile(pattern).fullmatch
    return {values for values in distinct if not fine("\t".join(values))}


def _disagreeing(rule: Rule, distinct: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[Hit, ...]]:
    """The combinations in which a record rule finds something."""
    found = {}
    for values in distinct:
        if any(values) and (hits := tuple(rule.check(*values))):
            found[values] = hits
    return found


def _pairs(by_field: Mapping[str, Column]) -> Iterator[tuple[Rule, tuple[Column | None, ...]]]:
    """Each record rule with the columns it compares."""
    for rule in of_scope("record"):
        if rule.join:
            for names in rule.join(column.field for column in by_field.values()):
                yield rule, tuple(by_field.get(name or "") for name in names)
            continue
        first, second = rule.kinds
        for column in by_field.values():
            if column.field.kind != second:
                continue
            partner = _partner(column, first, by_field)
            if partner or first == "latitude":
                yield rule, (partner, column)
        if second == "longitude":
            for column in by_field.values():
                if column.field.kind == "latitude" and _partner(column, second, by_field) is None:
                    yield rule, (column, None)


def _partner(column: Column, kind: str, by_field: Mapping[str, Column]) -> Column | None:
    """The column of that kind that speaks of the same thing: named alike (所在地_…), or the publisher's."""
    candidates = [other for other in by_field.values() if other.field.kind == kind]
    place = column.field.name.partition("_")[0] if "_" in column.field.name else None
    alike = [other for other in candidates if place and other.field.name.startswith(f"{place}_")]
    if alike or place:
        return alike[0] if alike else None
    own = [other for other in candidates if other.field.facts.get("codeOf") != "place"]
    return next(iter(own or candidates), None)


def _code_column(by_field: Mapping[str, Column]) -> Column | None:
    """The column that says whose rows these are: the publisher's code, else the only code there is."""
    codes = [column for column in by_field.values() if column.field.kind == "municipality-code"]
    publisher = [column for column in codes if column.field.facts.get("codeOf") == "publisher"]
    return next(iter(publisher or codes), None)


def _keys(
    dataset: Dataset | None, by_field: Mapping[str, Column], code: Column | None
) -> Iterator[tuple[Rule, tuple[Column, ...]]]:
    """What must be unique: IDs within one municipality, columns declared unique, the primary key."""
    for column in by_field.values():
        if column.field.kind == "id":
            yield rules.table.id_duplicate, (code, column) if code else (column,)
        if column.field.unique:
            yield rules.table.value_duplicate, (column,)
    key = dataset.primary_key if dataset else ()
    if key and all(name in by_field for name in key):
        yield rules.table.value_duplicate, tuple(by_field[name] for name in key)
