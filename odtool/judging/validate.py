"""A table held against a dataset and all rules → what was found.

The table is walked in chunks, or in blocks of the column library where it is large. Findings are counted, and
only some of each rule kept.
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from odtool import rules
from odtool.judging import gate
from odtool.judging.tally import Tally
from odtool.judging.walk import Walk
from odtool.model import Finding, Match, Severity, Table
from odtool.rules import of_scope
from odtool.table import foot
from odtool.table.chunks import Oddities, chunks
from odtool.value import dataclass

LARGE = 10_000_000  # bytes of text from which the column library pays, where it is installed


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
    if match is None or match.dataset.edition != "schema":  # a schema of one's own is judged as it stands
        for finding in gate.personal(table, match):
            tally.add(finding)
    done = frozenset(tally.totals)
    for rule in (rules.file.encoding_old, rules.file.newline_mixed):
        tally.add_all(rule, rule.check(table.grid.form))
    if match and slugs:
        tally.add_all(rules.file.file_name_dataset, rules.file.file_name_dataset.check(name, match, slugs))
    walk = Walk(table, match, tally, done)
    # A schema of one's own says of every record what it must be; nothing is known of what stands among them.
    own = match is not None and match.dataset.edition == "schema"
    oddities = Oddities(None if own else table.labels)
    if not (_is_large(table) and walk.take_blocks(table, oddities)):
        for chunk in chunks(table, oddities):
            walk.take(chunk)
    walk.finish(name)
    for rule in of_scope("header"):
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


def _tell_foot(below: Sequence[foot.Foot], tally: Tally) -> None:
    notes = [(row, text) for row, kind, text in below if kind == "note"]
    if notes:
        row, text = notes[0]
        tally.add(rules.row.footnote_below.finding(row=row, text=text, count=len(notes)))
    for row, kind, text in below:
        if kind == "total":
            tally.add(rules.row.total_row.finding(row=row, text=text))


def _tell_among(among: Sequence[foot.Foot], tally: Tally) -> None:
    """One finding for each kind of record that is no data."""
    for kind, rule in (
        ("note", rules.row.note_among), ("total", rules.row.total_among), ("header", rules.row.header_repeated)
    ):  # fmt: skip
        if found := [(row, text) for row, is_, text in among if is_ == kind]:
            rows = ", ".join(str(row) for row, _ in found[:10]) + ("…" if len(found) > 10 else "")
            tally.add(rule.finding(row=found[0][0], text=found[0][1], count=len(found), rows=rows))


def _tell_oddities(oddities: Oddities, table: Table, tally: Tally) -> None:
    if oddities.blank:
        shown = ", ".join(map(str, oddities.blank[:10])) + ("…" if len(oddities.blank) > 10 else "")
        tally.add(rules.row.row_blank.finding(row=oddities.blank[0], count=len(oddities.blank), rows=shown))
    _tell_foot(oddities.foot, tally)
    _tell_among(oddities.among, tally)
    width = len(table.labels)
    for row, found in oddities.ragged:
        tally.add(rules.row.ragged(row, found, width))
