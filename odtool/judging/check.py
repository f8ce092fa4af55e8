"""One file → its report: read, recognise, validate.

All that publishing needs lies elsewhere, so that judging a file starts quickly.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePath

from odtool import rules, source
from odtool.datasets import catalog, elsewhere, mapping
from odtool.datasets.identify import FITS, Index, against, identify, index_of
from odtool.datasets.schema import from_descriptor
from odtool.errors import UsageError
from odtool.judging import gate
from odtool.judging.read import Reading, overlong, read
from odtool.judging.validate import Judgement, validate
from odtool.model import Dataset, FileReport, Finding, Grid, Match, Table
from odtool.rules import RULES
from odtool.text import percent
from odtool.value import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """How files are judged: against this dataset (None: the one recognised), keeping so many findings a rule.

    `columns` is how the files' own columns are to be read; `remembered` are mappings for files with the very
    header that they were made for. What rules of `reviewed` found was looked at by a person and does not stop a file.
    """

    dataset: Dataset | None = None
    limit: int = 1_000
    columns: mapping.Columns | None = None
    remembered: tuple[mapping.Columns, ...] = ()
    reviewed: tuple[str, ...] = ()


SHOWN = 32_767  # characters of a cell that a report keeps: as many as a spreadsheet
RECOGNISED = Choice()  # as the dataset that each file turns out to be


def choose(
    dataset: str | None,
    schema: str | None,
    limit: int,
    *,
    columns: mapping.Columns | None = None,
    remembered: tuple[mapping.Columns, ...] = (),
    reviewed: Iterable[str] = (),
) -> Choice:
    """The choice behind the options --dataset and --schema. Raises UsageError."""
    if dataset and schema:
        raise UsageError(
            "--dataset と --schema はどちらか一つだけ指定してください。", "Give either --dataset or --schema."
        )
    if schema:
        try:
            descriptor = json.loads(source.content(schema))
        except ValueError as error:
            raise UsageError(
                f"{schema}: JSON として読めません（{error}）。", f"{schema}: is no JSON ({error})."
            ) from None
        return Choice(
            from_descriptor(descriptor, schema), limit, columns, remembered, tuple(sorted(set(reviewed)))
        )
    return Choice(
        catalog.dataset(dataset) if dataset else None,
        limit,
        columns,
        remembered,
        tuple(sorted(set(reviewed))),
    )


@dataclass(frozen=True, slots=True)
class AsRead:
    """How the bytes of a file called `name` were read, for whoever judges the same bytes by other rules too.

    `grids` has the table in each grid of the reading, and what it may be, best first, among the datasets of `index`.
    """

    name: str
    reading: Reading
    index: Index
    grids: tuple[tuple[Table | None, Sequence[Match]], ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """The table of a file and the datasets it may be, best first; or the faults for which it has none."""

    table: Table | None
    matches: Sequence[Match]
    faults: tuple[Finding, ...] = ()
    seen: mapping.Seen | None = None
    read: AsRead | None = None


def recognise(data: bytes, name: str, choice: Choice = RECOGNISED) -> Recognised:
    """Read the bytes and tell what they may be, of all datasets or only the one wanted.

    Of several sheets, the one most like a dataset counts.
    """
    try:
        return _recognised(data, name, choice)
    except csv.Error:  # a cell without end
        return Recognised(None, (), (overlong(data),))


def _recognised(data: bytes, name: str, choice: Choice) -> Recognised:
    reading = read(data)
    if not reading.grids:
        return Recognised(None, (), reading.faults)
    index = index_of(choice.dataset) if choice.dataset else catalog.index()
    if refused := next(filter(None, map(gate.too_wide, reading.grids)), None):
        return Recognised(None, (), (refused,))
    candidates = [(grid, *identify(grid, index, name)) for grid in reading.grids]

    def worth(candidate: tuple[Grid, Table | None, Sequence[Match]]) -> tuple[bool, float, int]:
        grid, table, matches = candidate
        rows = sum(any(record) for record in grid.records()) - (table.header_row if table else 0)
        return table is not None and rows > 0, matches[0].score if matches else 0.0, rows

    as_read = AsRead(name, reading, index, tuple((table, matches) for _, table, matches in candidates))
    grid, table, matches = max(candidates, key=worth) if len(candidates) > 1 else candidates[0]
    if table is None:
        return Recognised(
            None, (), (rules.file.file_empty.finding(found="中身が空です", found_en="it is empty"),)
        )
    mapped = _mapped(reading.grids, choice, name)
    if mapped:
        grid, seen = mapped
        table, matches = seen.table, (against(seen.table, seen.dataset),)
    others = [other.form.sheet for other in reading.grids if other is not grid and other.form.sheet]
    if others:
        personal = tuple(gate.other_sheets(other for other in reading.grids if other is not grid))
        extra = rules.file.sheet_extra.finding(sheet=grid.form.sheet, others="」「".join(others))
        table = replace(table, grid=replace(table.grid, faults=(*table.grid.faults, extra, *personal)))
    return Recognised(table, matches, (), mapped[1] if mapped else None, as_read)


def _mapped(grids: Sequence[Grid], choice: Choice, name: str) -> tuple[Grid, mapping.Seen] | None:
    """The grid whose columns are to be read otherwise, and how it looks then. Raises UsageError where the mapping
    names fields that the dataset does not have."""
    for grid in grids:
        columns = choice.columns or next((m for m in choice.remembered if mapping.fits(m, grid)), None)
        renamed = mapping.renamed(grid, columns) if columns else None
        if columns is None or renamed is None:
            continue
        wanted = choice.dataset or (catalog.dataset(columns.dataset) if columns.dataset else None)
        table, matches = identify(renamed, index_of(wanted) if wanted else catalog.index(), name)
        fitting = _fitting(matches)
        dataset = wanted or (fitting.dataset if fitting else None)
        if table and dataset:
            return grid, mapping.through(grid, table, columns, dataset)
    return None


def check(path: str, choice: Choice = RECOGNISED) -> FileReport:
    """Judge one file. Raises UsageError where the file itself is not to be had."""
    return judge(source.content(path), path, choice)[0]


def judge(data: bytes, path: str, choice: Choice = RECOGNISED) -> tuple[FileReport, Table | None]:
    """Judge the bytes of a file called `path`; its table, where it has one, comes along."""
    judged = judge_seen(data, path, choice)
    return judged.report, judged.table


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on a file, its table where it has one, and through which mapping that is seen, if any. `read` is how its
    bytes were read and `found` what was found in the table, as far as it came to that."""

    report: FileReport
    table: Table | None = None
    seen: mapping.Seen | None = None
    read: AsRead | None = None
    found: Judgement | None = None


def judge_seen(data: bytes, path: str, choice: Choice = RECOGNISED) -> Judged:
    """Judge the bytes of a file called `path`, and tell how its columns were read."""
    report = FileReport(path, "invalid", hashlib.sha256(data).hexdigest(), len(data))
    try:
        return _read_and_judged(data, path, report, choice)
    except csv.Error:  # a cell without end
        return Judged(_unreadable(report, (overlong(data),)))


def _read_and_judged(data: bytes, path: str, report: FileReport, choice: Choice) -> Judged:
    name = PurePath(path.replace("\\", "/")).name
    if standard := elsewhere.of_archive(data):
        return Judged(_elsewhere(report, standard))
    seen = recognise(data, name, choice)
    if seen.table is None:
        return Judged(_unreadable(report, seen.faults))
    if choice.dataset:
        match: Match | None = against(seen.table, choice.dataset)
    else:
        match = seen.matches[0] if seen.seen else _fitting(seen.matches)
    if not match and (standard := elsewhere.of_header(seen.table.labels)):
        return Judged(_elsewhere(replace(report, form=seen.table.grid.form), standard))
    slugs = catalog.index().slugs if match and match.dataset.slug else {}
    judged = validate(seen.table, match, name=name, slugs=slugs, limit=choice.limit)
    if not judged.rows:
        return Judged(_unreadable(report, (rules.file.file_empty.finding(found="項目名だけで、データの行がありません",
                                                                         found_en="column names, but no data"),)))  # fmt: skip
    verdict = _reviewed(_verdict(report, seen.table, seen.matches, match, judged), choice.reviewed)
    told = _as_owned(verdict, seen.seen) if seen.seen else verdict
    return Judged(told, seen.table, seen.seen, seen.read, judged)


def _reviewed(report: FileReport, rules_: tuple[str, ...]) -> FileReport:
    """The verdict when a person has looked at what these rules found: they remain as warnings."""
    count = {
        rule: report.totals[rule] if RULES[rule].scope == "cell"
        else sum(f.rule == rule and f.severity == "error" for f in report.findings)
        for rule in rules_
        if rule in report.totals
    }  # fmt: skip
    if not any(count.values()):
        return report
    aside, counts = sum(count.values()), report.counts
    errors = counts["error"] - aside
    return replace(
        report,
        counts={**counts, "error": errors, "warning": counts["warning"] + aside},
        findings=tuple(
            replace(f, severity="warning") if f.rule in count and f.severity == "error" else f
            for f in report.findings
        ),
        status="valid" if report.status == "invalid" and report.match and not errors else report.status,
    )


def _as_owned(report: FileReport, seen: mapping.Seen) -> FileReport:
    """The verdict on a mapped table in terms of the file's own columns, and that it was mapped."""
    note = seen.note()
    return replace(
        report,
        counts={**report.counts, note.severity: report.counts[note.severity] + 1},
        totals={**report.totals, note.rule: 1},
        findings=(note, *map(seen.told, report.findings)),
    )


def _short(finding: Finding) -> Finding:
    """The finding, of a long cell only the beginning: reports are for reading."""
    value, suggestion = finding.value, finding.suggestion
    if len(value or "") <= SHOWN and len(suggestion or "") <= SHOWN:
        return finding
    return replace(
        finding,
        value=value and value[:SHOWN],
        suggestion=None if suggestion and len(suggestion) > SHOWN else suggestion,
    )


def _fitting(matches: Sequence[Match]) -> Match | None:
    return matches[0] if matches and matches[0].score >= FITS else None


def _unreadable(report: FileReport, faults: tuple[Finding, ...]) -> FileReport:
    counts = {severity: sum(f.severity == severity for f in faults) for severity in report.counts}
    return replace(
        report,
        counts=counts,
        totals={fault.rule: 1 for fault in faults},
        findings=faults,
        reason="表として読めないため、中身を確認していません。",
        reason_en="It cannot be read as a table; its contents were not checked.",
    )


def _elsewhere(report: FileReport, standard: elsewhere.Standard) -> FileReport:
    return replace(
        report,
        status="not-checked",
        reason=f"「{standard.title}」のファイルです。{standard.follows}に従うデータなので、ここでは確認していません。"
        f"仕様と検査の道具はこちらです: {standard.url}",
        reason_en=f"This is a file of “{standard.title_en}”, which follows {standard.follows_en}. It was not checked "
        f"here; specification and tools: {standard.url}",
    )


def _verdict(
    report: FileReport, table: Table, candidates: Sequence[Match], match: Match | None, judged: Judgement
) -> FileReport:
    report = replace(
        report,
        form=table.grid.form,
        match=match,
        header_row=table.header_row,
        rows=judged.rows,
        columns=len(table.labels),
        counts=judged.counts,
        totals=judged.totals,
        findings=tuple(map(_short, judged.findings)),
        municipalities=judged.municipalities,
    )
    if match:
        return replace(report, status="invalid" if judged.counts["error"] else "valid")
    near = (
        f"最も近いのは「{candidates[0].dataset.name}」ですが、一致は {percent(candidates[0].score)}% です"
        if candidates
        else ""
    )
    near_en = (
        f"nearest: {candidates[0].dataset.id}, {percent(candidates[0].score)}%"
        if candidates
        else "none is near"
    )
    return replace(
        report,
        status="not-checked",
        reason="どのデータセットの項目名とも合わないため、内容を確認していません"
        f"{'（' + near + '）' if near else ''}。--dataset で指定すると、そのデータセットとして確認します。",
        reason_en=f"No dataset has these columns, so the contents were not checked ({near_en}). "
        "Name one with --dataset to have it judged.",
    )
