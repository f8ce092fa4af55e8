"""A table held against a dataset and all rules → what was found.

The engine walks the table in chunks and judges each column by its distinct values, so that a rule is
asked once about a value however often it stands there. A pattern over the whole column (`Rule.clean`)
lets columns pass in which nothing can be found. Findings are counted, and only some of each rule kept.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import filterfalse, islice
from typing import TYPE_CHECKING, Any

from odtool import foot, gate, rules
from odtool.chunks import Counted, Oddities, chunks, gathered
from odtool.model import Chunk, Dataset, Field, Finding, Match, Severity, Table
from odtool.municipality import belongs, municipalities
from odtool.rule import RULES, Fits, Hit, Rule, Unlike
from odtool.signs import Signs
from odtool.text import PLACEHOLDERS

if TYPE_CHECKING:
    from odtool import fast

FEW = 16  # with fewer distinct values in a chunk, each is looked up by itself
REMEMBERED = 20_000  # verdicts kept per column
CARRIED = 2_000  # of these, carried over to the next file with the same field
FIELDS = 2_000  # of which is remembered how they are judged
LARGE = 10_000_000  # bytes of text from which the column library pays, where it is installed
UNJUDGED = frozenset({"object", "array", "duration", "geopoint", "geojson", "list"})

# What any of the rules on all text could object to, beside placeholders. Must cover every rule of the
# stages DAMAGE and STYLE that judges all columns; a test holds the two together.
_SUSPECT = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3099\u309a\ufeff�〓?ｦ-ﾟ\ue000-\uf8ff\U000f0000-\U0010ffff#]"
)
_ANYTHING_SUSPICIOUS = (
    f"[\n{_SUSPECT.pattern[1:]}|E\\+|^[ \u3000]|[ \u3000]$"  # the same of one value, and its ends
)
LONGEST_PLACEHOLDER = max(map(len, PLACEHOLDERS))

_NONE: frozenset[str] = frozenset()

_Compared = list[tuple[Rule, tuple["_Column | None", ...]]]
"""Record rules that compare the same columns, and these."""

Verdict = tuple[tuple[Rule, Hit, bool], ...]
"""What the rules say of one value; True where only an unconfirmed definition is broken."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found in a table. `totals` counts every finding by rule, `findings` keeps `limit` of each."""

    rows: int
    counts: Mapping[Severity, int]
    totals: Mapping[str, int]
    findings: tuple[Finding, ...]
    municipalities: tuple[str, ...]


def validate(
    table: Table,
    match: Match | None,
    *,
    name: str = "",
    slugs: Mapping[str, str] | None = None,
    limit: int = 1_000,
) -> Judgement:
    """Judge the table. `name` is the file's name, `slugs` the dataset names that file names use.

    `limit` findings of each rule are kept, all where it is 0.
    """
    tally = Tally(limit)
    for fault in table.grid.faults:
        tally.add(fault)
    for finding in gate.personal(table, match):
        tally.add(finding)
    done = frozenset(tally.totals)
    for rule in (rules.file.encoding_old, rules.file.newline_mixed):
        tally.add_all(rule, rule.check(table.grid.form))
    if match and slugs:
        tally.add_all(rules.file.file_name_dataset, rules.file.file_name_dataset.check(name, match, slugs))
    walk = _Walk(table, match, tally, done)
    oddities = Oddities()
    if not (_is_large(table) and walk.take_blocks(table, oddities)):
        for chunk in chunks(table, oddities):
            walk.take(chunk)
    walk.finish(name)
    for rule in _of_scope("header"):
        tally.add_all(rule, rule.check(table, match, walk.filled))
    _tell_oddities(oddities, table, tally)
    totals = dict(sorted(tally.totals.items()))
    return Judgement(walk.rows, tally.counts, totals, tally.kept(), walk.municipalities())


def _is_large(table: Table) -> bool:
    """Whether the columns are judged by the column library: for less, loading it takes longer than it saves."""
    raw = table.grid.raw
    if raw is None or len(raw.data) < LARGE or find_spec("polars") is None:
        return False
    return not foot.stands_below(raw, table.grid.form.delimiter or ",", len(table.labels))


def _of_scope(scope: str) -> list[Rule]:
    return [rule for rule in RULES.values() if rule.scope == scope]


@dataclass(slots=True)
class Tally:
    """Counts every finding, keeps the first `limit` of each rule, by row and column."""

    limit: int
    totals: Counter[str] = field(default_factory=Counter)
    by_severity: Counter[Severity] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    full: frozenset[str] = frozenset()

    def turn(self) -> None:
        """The rows that follow lie behind all that were counted: of rules that have enough, nothing more is kept."""
        if self.limit:
            self.full = frozenset(rule for rule, total in self.totals.items() if total >= self.limit)

    def add(self, finding: Finding) -> None:
        if self.count(finding.rule, finding.severity):
            self.findings.append(finding)

    def add_all(self, rule: Rule, hits: Iterable[Hit]) -> None:
        for hit in hits:
            self.add(rule.finding(**hit))

    def count(self, rule: str, severity: Severity, times: int = 1) -> bool:
        """Count; whether these are still to be kept."""
        self.totals[rule] += times
        self.by_severity[severity] += times
        return rule not in self.full

    @property
    def counts(self) -> dict[Severity, int]:
        return {severity: self.by_severity[severity] for severity in ("error", "warning", "hint")}

    def kept(self) -> tuple[Finding, ...]:
        findings = sorted(self.findings, key=lambda f: (f.row or 0, f.column or 0, f.rule))
        if not self.limit:
            return tuple(findings)
        kept: Counter[str] = Counter()
        first = []
        for finding in findings:
            kept[finding.rule] += 1
            if kept[finding.rule] <= self.limit:
                first.append(finding)
        return tuple(first)


class _Column:
    """One column, the rules that judge it, and what they said of the values seen so far."""

    def __init__(
        self, number: int, label: str, field: Field | None, missing: Sequence[str], done: frozenset[str]
    ):
        self.number, self.label = number, label
        self.field = field or _unknown(label)
        self.missing = frozenset(missing) | {""}
        self.plain_missing = self.missing == {""}
        known = _knowledge(self.field, done)
        self.plan, self.own_plan = known.plan, known.own_plan
        self.specific, self.sieves, self.memo = known.specific, known.sieves, known.memo
        self.empty: list[int] = []
        self.empty_count = 0
        self.filled = False
        self.varied = False  # whether most values of the last chunk were different ones
        self.blank: Collection[str] = _NONE

    def bad(self, cells: Sequence[str]) -> dict[str, Verdict]:
        """The distinct values in which something was found. Sets `blank` to the missing ones among the cells."""
        text = "\n".join(cells) if self.varied else ""
        if self.varied and self.plain_missing and not _has_empty_line(text):
            values: Iterable[str] = self._suspects(
                cells, text
            )  # hardly a value stands twice: no need to look
            self.blank = {value for value in values if value.isspace()}
        else:
            distinct = set(cells)
            self.blank = {value for value in distinct if value in self.missing or value.isspace()}
            distinct -= self.missing
            self.filled = self.filled or bool(distinct)
            self.varied = len(distinct) > len(cells) // 2
            values = self._suspects(distinct, "\n".join(distinct)) if len(distinct) > FEW else distinct
        if len(self.memo) > REMEMBERED:
            self.memo.clear()
        found = {}
        for value in values:
            verdict = self.memo.get(value)
            if verdict is None:
                verdict = self.memo[value] = self._judge(value)
            if verdict:
                found[value] = verdict
        return found

    def asked(self, *, wants_blank: bool) -> "fast.Asked":
        """What the column library is asked of this column."""
        from odtool import fast

        sieves = [Unlike(rule.clean) if isinstance(rule.clean, str) else rule.clean and rule.clean(judged)
                  for rule, judged in self.specific]  # fmt: skip
        return fast.Asked(self.number - 1, self.missing, sieves, wants_blank)

    def _suspects(self, values: Collection[str], text: str) -> set[str]:
        """What is left of the values when those are gone in which surely nothing is wrong.

        `text` is the values joined by line breaks: most columns can be passed over as a whole.
        """
        whole = text if text.count("\n") == len(values) - 1 else None
        suspects: set[str] = set()
        if min(map(len, values)) <= LONGEST_PLACEHOLDER:
            suspects.update(PLACEHOLDERS.intersection(values))
        if whole is None or _suspicious(whole):
            suspects.update(value for value in values if "\n" in value or _suspicious(value))
        for sieve in self.sieves:
            suspects.update(sieve(values, whole))
        return suspects

    def _judge(self, value: str) -> Verdict:
        if value.isspace():
            return ((rules.cell.edge_space, {"suggestion": ""}, False),)
        found: list[tuple[Rule, Hit, bool]] = []
        stage = None
        suspicious = "\n" in value or _suspicious(value)
        for rule, judged, unconfirmed, fine in self.plan if suspicious else self.own_plan:
            if found and rule.stage != stage:
                break
            if fine and fine(value):
                continue
            hit = rule.check(value, judged)
            if hit is not None:
                found.append((rule, hit, unconfirmed))
                stage = rule.stage
        return tuple(found)


@lru_cache(maxsize=1_000)
def _unknown(label: str) -> Field:
    """The field of a column that is none of the dataset's."""
    return Field(label)


class _Knowledge:
    """How a field is judged, and what was said of its values; the same for all files of a run."""

    def __init__(self, field: Field, done: frozenset[str]):
        self.field = field
        self.plan = _plan(field, done)
        # Enough for values in which nothing is suspicious in itself.
        self.own_plan = [entry for entry in self.plan if entry[0].kinds or entry[0].types or entry[0].needs]
        self.specific = [
            (rule, judged) for rule, judged, _, _ in self.own_plan if rule is not rules.cell.placeholder
        ]
        self.sieves = [_sieve(rule, judged) for rule, judged in self.specific]
        self.memo: dict[str, Verdict] = {}


_KNOWN: dict[tuple[int, frozenset[str]], _Knowledge] = {}


def _knowledge(field: Field, done: frozenset[str]) -> _Knowledge:
    done &= _decisive()
    known = _KNOWN.get((id(field), done))
    if known is None or known.field is not field:  # another field may have lived in the same place before
        if len(_KNOWN) >= FIELDS:
            _KNOWN.clear()
        known = _KNOWN[id(field), done] = _Knowledge(field, done)
    if len(known.memo) > CARRIED:
        known.memo.clear()
    return known


@cache
def _decisive() -> frozenset[str]:
    """The rules after which others are not run."""
    return frozenset().union(*(rule.after for rule in RULES.values()))


_Entry = tuple[Rule, Field, bool, Callable[[str], object] | None]
"""A rule, what it judges by, whether that is unconfirmed, and in which values it surely finds nothing."""


def _plan(field: Field, done: frozenset[str]) -> list[_Entry]:
    """The cell rules for a field in the order of their stages, first what is confirmed, then the rest."""
    cell_rules = [rule for rule in _of_scope("cell") if not rule.after & done]
    plan = [(rule, field, False) for rule in cell_rules if _judges(rule, field)]
    if field.unconfirmed:
        guessed = replace(field, shape=field.unconfirmed, kind="")
        plan += [
            (rule, guessed, True)
            for rule in cell_rules
            if (rule.types or rule.needs) and _judges(rule, guessed) and not _judges(rule, field)
        ]
    plan.sort(key=lambda entry: entry[0].stage)
    return [(rule, judged, unconfirmed, _fine(rule, judged)) for rule, judged, unconfirmed in plan]


def _judges(rule: Rule, field: Field) -> bool:
    if rule.kinds or rule.types or rule.needs:
        return (
            field.kind in rule.kinds
            or field.shape.type in rule.types
            or any(getattr(field.shape, part) not in (None, ()) for part in rule.needs)
        )
    return True


def _sieve(rule: Rule, field: Field) -> Callable[[Collection[str], str | None], Iterable[str]]:
    """The rule's sieve; a pattern is first tried on all values at once, joined by line breaks."""
    clean = rule.clean
    if isinstance(clean, str):
        one = re.compile(clean).fullmatch
        return lambda values, whole: (
            () if whole is not None and _every_line(clean).fullmatch(whole) else filterfalse(one, values)
        )
    sieve = clean(field) if clean else _all
    return lambda values, _: sieve(values)


def _fine(rule: Rule, field: Field) -> Callable[[str], object] | None:
    """Whether the rule surely finds nothing in a value, where it can be asked so."""
    if isinstance(rule.clean, str):
        return re.compile(rule.clean).fullmatch
    return getattr(rule.clean(field), "fine", None) if rule.clean else None


def _all(values: Collection[str]) -> Iterable[str]:
    return values


def _suspicious(text: str) -> bool:
    """Whether a rule on all text could find something in the text, or in one of its lines."""
    if _SUSPECT.search(text) or "E+" in text:
        return True
    return any(
        blank in text
        and (f"{blank}\n" in text or f"\n{blank}" in text or text[0] == blank or text[-1] == blank)
        for blank in " \u3000"
    )


def _has_empty_line(text: str) -> bool:
    return not text or "\n\n" in text or text.startswith("\n") or text.endswith("\n")


@cache
def _every_line(pattern: str) -> re.Pattern[str]:
    """The pattern for values joined by line breaks. Possessive: a value that fails is not tried again."""
    return re.compile(f"(?>{pattern})(?:\n(?>{pattern}))*+")


class _Walk:
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
            _Column(n, label, self.fields.get(named.get(n) or ""), missing, done)
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
        from odtool import fast  # loads the column library

        of_keys = {columns[-1].number for _, columns in self.keys}
        asked = [c.asked(wants_blank=c.field.required or c.number in of_keys) for c in self.columns]
        compared: dict[tuple[tuple[int | None, ...], str | Fits | None], _Compared] = {}
        for rule, columns in self.pairs:
            indexes = tuple(c.number - 1 if c else None for c in columns)
            pattern = rule.fits or (rule.clean if isinstance(rule.clean, str) else None)
            compared.setdefault((indexes, pattern), []).append((rule, columns))
        pairs = [fast.Pair(indexes, pattern) for indexes, pattern in compared]
        keys = [fast.Keys([c.number - 1 for c in columns]) for _, columns in self.keys]
        blocks = fast.sifted(table, asked, pairs, _ANYTHING_SUSPICIOUS)
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

    def _take_column(self, column: _Column, asked: "fast.Asked", block: "fast.Sifted", row: int) -> None:
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
        self, column: _Column, cells: Sequence[str], rows: Sequence[int], bad: dict[str, Verdict]
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

    def _place(self, column: _Column) -> dict[str, Any]:
        known = column.field.name if column.field.name in self.by_field else None
        return {"column": column.number, "label": column.label, "field": known}

    def _note_empty(self, column: _Column, cells: Sequence[str], rows: Sequence[int]) -> None:
        self._keep_empty(column, [row for row, cell in zip(rows, cells, strict=True) if cell in column.blank])

    def _keep_empty(self, column: _Column, empty: Sequence[int]) -> None:
        column.empty_count += len(empty)
        room = len(empty) if not self.tally.limit else max(0, self.tally.limit - len(column.empty))
        column.empty += empty[:room]

    def _records(self, rule: Rule, columns: tuple[_Column | None, ...], chunk: Chunk) -> None:
        blank = ("",) * len(chunk.rows)
        cells = [chunk.columns[c.number - 1] if c else blank for c in columns]
        combined = list(zip(*cells, strict=True))
        distinct = set(combined)
        pattern = rule.fits({first for first, *_ in distinct}) if rule.fits else rule.clean
        if isinstance(pattern, str) and len(distinct) > FEW:
            text = "\n".join(map("\t".join, distinct))
            if text.count("\n") == len(distinct) - 1 and _every_line(pattern).fullmatch(text):
                return
        if found := _disagreeing(rule, distinct):
            self._tell_records(rule, columns, chunk.rows, combined, found)

    def _tell_records(
        self,
        rule: Rule,
        columns: tuple[_Column | None, ...],
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
        self, rule: Rule, columns: tuple[_Column, ...], seen: dict[tuple[str, ...], int], chunk: Chunk
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
        last: _Column,
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

    def _tell_empty(self, column: _Column) -> None:
        whole, single = rules.table.required_column_empty, rules.table.required_empty
        if column.empty_count == self.rows:
            self.tally.add(whole.finding(**self._place(column), count=self.rows))
            return
        self.tally.count(single.id, single.severity, column.empty_count)
        for row in column.empty:
            self.tally.findings.append(single.finding(row=row, **self._place(column), value=""))

    def municipalities(self) -> tuple[str, ...]:
        """The publishing bodies that the rows name, the commonest first."""
        return tuple(code for code, _ in self.codes.most_common() if code in municipalities())

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


def _disagreeing(rule: Rule, distinct: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[Hit, ...]]:
    """The combinations in which a record rule finds something."""
    found = {}
    for values in distinct:
        if any(values) and (hits := tuple(rule.check(*values))):
            found[values] = hits
    return found


def _pairs(by_field: Mapping[str, _Column]) -> Iterator[tuple[Rule, tuple[_Column | None, ...]]]:
    """Each record rule with the columns it compares."""
    for rule in _of_scope("record"):
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


def _partner(column: _Column, kind: str, by_field: Mapping[str, _Column]) -> _Column | None:
    """The column of that kind that speaks of the same thing: named alike (所在地_…), or the publisher's."""
    candidates = [other for other in by_field.values() if other.field.kind == kind]
    place = column.field.name.partition("_")[0] if "_" in column.field.name else None
    alike = [other for other in candidates if place and other.field.name.startswith(f"{place}_")]
    if alike or place:
        return alike[0] if alike else None
    own = [other for other in candidates if other.field.facts.get("codeOf") != "place"]
    return next(iter(own or candidates), None)


def _code_column(by_field: Mapping[str, _Column]) -> _Column | None:
    """The column that says whose rows these are: the publisher's code, else the only code there is."""
    codes = [column for column in by_field.values() if column.field.kind == "municipality-code"]
    publisher = [column for column in codes if column.field.facts.get("codeOf") == "publisher"]
    return next(iter(publisher or codes), None)


def _keys(
    dataset: Dataset | None, by_field: Mapping[str, _Column], code: _Column | None
) -> Iterator[tuple[Rule, tuple[_Column, ...]]]:
    """What must be unique: IDs within one municipality, columns declared unique, the primary key."""
    for column in by_field.values():
        if column.field.kind == "id":
            yield rules.table.id_duplicate, (code, column) if code else (column,)
        if column.field.unique:
            yield rules.table.value_duplicate, (column,)
    key = dataset.primary_key if dataset else ()
    if key and all(name in by_field for name in key):
        yield rules.table.value_duplicate, tuple(by_field[name] for name in key)


def _tell_foot(below: Sequence[foot.Foot], tally: Tally) -> None:
    notes = [(row, text) for row, kind, text in below if kind == "note"]
    if notes:
        row, text = notes[0]
        tally.add(rules.row.footnote_below.finding(row=row, text=text, count=len(notes)))
    for row, kind, text in below:
        if kind == "total":
            tally.add(rules.row.total_row.finding(row=row, text=text))


def _tell_oddities(oddities: Oddities, table: Table, tally: Tally) -> None:
    if oddities.blank:
        shown = ", ".join(map(str, oddities.blank[:10])) + ("…" if len(oddities.blank) > 10 else "")
        tally.add(rules.row.row_blank.finding(row=oddities.blank[0], count=len(oddities.blank), rows=shown))
    _tell_foot(oddities.foot, tally)
    width = len(table.labels)
    for row, found in oddities.ragged:
        more = found > width
        tally.add(
            rules.row.row_ragged.finding(
                row=row, found=found, expected=width,
                advice="値の中のカンマを「\"」で囲むか、余分なカンマを消してください。" if more
                else "足りないカンマを補ってください。",
                advice_en="Quote commas inside values, or remove the extra ones." if more else "Add the missing commas.",
            )
        )  # fmt: skip
