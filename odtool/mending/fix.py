"""A table → the same table with what can be mended for certain, what was done, and what is only proposed.

A cell is mended by writing what a rule suggests, where the rule says that this is certain (`Rule.mends`), and
judging the table again until nothing certain is left: so fixing twice equals fixing once. A mend that would
bring an error to light where there was none is taken back and proposed. Rows and columns come last, when the
cells are final. Nothing is held in memory but the cells that change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from odtool.datasets.identify import against
from odtool.judging.validate import Judgement, validate
from odtool.made import Change, Mended, Proposal
from odtool.mending.evidence import Evidence
from odtool.mending.reshape import Reshaped, change, only_blanks_beyond, reshape
from odtool.model import Finding, Match, Table
from odtool.rule import Mend
from odtool.rules import RULES, mends
from odtool.text import PLACEHOLDERS

PASSES = 8  # more than any chain of rules on one cell is long; what still changes then is left alone

Place = tuple[int, int]
"""A cell: row and column, both from 1."""


def unreadable(table: Table) -> tuple[Finding, ...]:
    """The faults for which a table is not mended: what was read is not what was meant, and to write it down
    would hide that. A row is one only where a mapping would fill it up."""
    return tuple(
        f
        for f in table.grid.faults
        if f.severity == "error" and (not RULES[f.rule].mends or f.rule == "row-ragged")
    )


def fix(table: Table, match: Match | None, *, name: str = "") -> Mended:
    """Mend the table as the dataset of `match` (None: only what is certain in any table).

    `name` is the file's name. The table must not be `unreadable`.
    """
    cells = _Cells(table, match, name)
    judged = cells.mend()
    view = cells.view()
    plan = _safe_shape(table, view, match, judged, name)
    faults = (fault for fault in table.grid.faults if not RULES[fault.rule].mends)
    proposals = [*(Proposal(fault, *_GONE) for fault in faults), *cells.proposals(judged), *plan.proposals]
    return Mended(
        plan.table(view),
        (*_form(table), *plan.changes, *cells.changes()),
        tuple(plan.moved(proposals)),
    )


def _safe_shape(table: Table, view: Table, match: Match | None, judged: Judgement, name: str) -> Reshaped:
    """The most that can be done about rows and columns without an error that was not there before: a row with one
    value among many empty columns, for example, looks like a footnote."""
    errors = judged.counts["error"]
    for freedom in ("all", "rows"):
        plan = reshape(table, view, match, judged.findings, freedom=freedom)
        if match is None or not plan.changes:
            return plan
        made = plan.table(view)
        if validate(made, against(made, match.dataset), name=name).counts["error"] <= errors:
            return plan
    return reshape(table, view, match, judged.findings, freedom="none")


# --- cells -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Edit:
    before: str
    after: str
    rule: str
    mend: Mend


@dataclass(slots=True)
class _Cells:
    """The cells that change, by row and column."""

    table: Table
    match: Match | None
    name: str
    edits: dict[int, dict[int, _Edit]] = field(default_factory=dict)
    frozen: set[Place] = field(default_factory=set)  # mends that were taken back

    def mend(self) -> Judgement:
        """Mend until nothing certain is left; what the rules say of the result."""
        judged = self._judge()
        known = _errors(judged)
        passes = 0
        while True:
            if brought := _errors(judged).keys() - known.keys():
                self._take_back(brought, _errors(judged))
            else:
                step = self._step(judged)
                passes += 1
                if not step:
                    return judged
                if passes > PASSES:
                    self._freeze(step)
                else:
                    self._apply(step)
            judged = self._judge()

    def view(self) -> Table:
        """The table as it is mended so far, all its rows and columns in their places."""
        table, edits = self.table, self.edits
        width = len(table.labels)

        def records() -> Iterator[Sequence[str]]:
            for row, record in enumerate(table.grid.records(), 1):
                if row <= table.header_row:
                    yield record
                    continue
                cells = record[:width] if only_blanks_beyond(record, width) else record
                if changed := edits.get(row):
                    cells = [changed[n].after if n in changed else cell for n, cell in enumerate(cells, 1)]
                yield cells

        return replace(table, grid=replace(table.grid, records=records, raw=None))

    def _judge(self) -> Judgement:
        seen = self.view() if self.edits else self.table  # what was read can be judged by columns, quicker
        return validate(seen, self.match, name=self.name, limit=0)

    def _step(self, judged: Judgement) -> dict[Place, _Edit]:
        """The certain mends of what was found, one for each cell."""
        evidence = Evidence(self.view(), self.match, self.name)
        step: dict[Place, _Edit] = {}
        for finding in judged.findings:
            for place, edit in _certain(finding, evidence):
                if place not in self.frozen and place not in step and edit.after != edit.before:
                    step[place] = edit
        return step

    def _apply(self, step: Mapping[Place, _Edit]) -> None:
        for (row, column), edit in step.items():
            cells = self.edits.setdefault(row, {})
            if earlier := cells.get(column):
                earlier.after = edit.after
            else:
                cells[column] = edit

    def _freeze(self, places: Mapping[Place, object] | set[Place]) -> None:
        for row, column in places:
            self.frozen.add((row, column))
            self.edits.get(row, {}).pop(column, None)

    def _take_back(self, brought: set[tuple[int | None, int | None]], errors: "_Errors") -> None:
        """Undo what brought these errors to light: the mends of their rows, or of their columns."""
        undone: set[Place] = set()
        for row, column in brought:
            rows = {row, errors[row, column].facts.get("first")} if row else None
            undone |= {
                (edited, n)
                for edited, cells in self.edits.items()
                for n in cells
                if (edited in rows if rows else column in (None, n))
            }
        if not undone:  # nobody's row: all that was done is suspect
            undone = {(row, column) for row, cells in self.edits.items() for column in cells}
        self._freeze(undone)

    def changes(self) -> Iterator[Change]:
        for row in sorted(self.edits):
            for column, edit in sorted(self.edits[row].items()):
                if edit.after != edit.before:
                    yield change(
                        "cell", edit.mend, edit.rule, row=row, column=column,
                        label=self.table.labels[column - 1], before=edit.before, after=edit.after,
                    )  # fmt: skip

    def proposals(self, judged: Judgement) -> Iterator[Proposal]:
        """The suggestions that are not certain, as the mended table still has them."""
        for finding in judged.findings:
            if (
                finding.row is None
                or finding.column is None
                or RULES[finding.rule].scope not in ("cell", "record")
            ):
                continue
            if finding.suggestion is not None:
                taken_back = (finding.row, finding.column) in self.frozen
                yield Proposal(finding, *(_TAKEN_BACK if taken_back else _UNCERTAIN))


_UNCERTAIN = (
    "値の意味が変わらないとは言い切れないため、案だけを示します。確かめてから直してください。",
    "It is not certain that this says the same, so it is only proposed. Check it before you change the cell.",
)
_GONE = (
    "書き出した CSV からは分からなくなることです。元のファイルで確かめてください。",
    "The CSV that is written does not show this any more. Look at the original.",
)
_TAKEN_BACK = (
    "直すと同じ行や重複する行に新しい誤りが現れるため、元のまま残しました。行全体を確かめてください。",
    "Mending it brings another error to light in this row or one with the same key. Check the whole row.",
)

_Errors = dict[tuple[int | None, int | None], Finding]


def _errors(judged: Judgement) -> _Errors:
    """Where errors stand. An error at a cell that had one before is the same trouble under another name."""
    return {(f.row, f.column): f for f in judged.findings if f.severity == "error"}


def _certain(finding: Finding, evidence: Evidence) -> Iterator[tuple[Place, _Edit]]:
    rule = RULES[finding.rule]
    if finding.row is None or finding.column is None or finding.value is None or rule.mends is None:
        return
    place, value, suggestion = (finding.row, finding.column), finding.value, finding.suggestion
    if rule.id == "coordinate-swapped":
        for cell, before, after in evidence.swapped(finding):
            yield cell, _Edit(before, after, rule.id, rule.mends)
        return
    if rule.scope != "cell" or suggestion is None:
        return
    mend = rule.mends
    if suggestion == "" and value.strip() in PLACEHOLDERS:
        mend = mends.PLACEHOLDER
        if evidence.match is None:  # in somebody's own table it may have a meaning of its own
            return
    elif not evidence.supports(finding):
        return
    if mend.certain(value, suggestion, evidence.field(finding)):
        yield place, _Edit(value, suggestion, rule.id, mend)


# --- the file ----------------------------------------------------------------------------------------


def _form(table: Table) -> Iterator[Change]:
    """What changes because every mended file is written alike."""
    form = table.grid.form
    names = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp932": "CP932", "euc-jp": "EUC-JP", "utf-16": "UTF-16"}
    if form.format == "xlsx":
        yield Change("form", None, "CSV に書き出します。", "It is written as CSV.", label=form.sheet,
                     before="Excel", after="CSV")  # fmt: skip
    elif form.encoding != "utf-8-sig":
        rule = None if form.encoding == "utf-8" else "encoding-old"
        before = names[form.encoding or "utf-8"]
        yield change("form", mends.ENCODING, rule, before=before, after="UTF-8 (BOM)")
    if form.newline not in (None, "crlf"):
        rule = "newline-mixed" if form.newline == "mixed" else None
        yield change("form", mends.NEWLINES, rule, before=form.newline, after="crlf")
    if form.delimiter == "\t":
        yield Change("form", None, "カンマで区切って書き出します。", "Cells are separated by commas.",
                     before="TSV", after="CSV")  # fmt: skip
    for fault in table.grid.faults:
        mend = RULES[fault.rule].mends
        if mend:
            left = str(fault.facts.get("others", ""))
            yield change("form", mend, fault.rule, label=form.sheet, before=left)
