"""One file, or many → reports: read, recognise, validate.

All that publishing needs lies elsewhere, so that judging a file starts quickly.
"""

import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from odtool import catalog, elsewhere, frozen, gate, mapping, pairs, rules, source
from odtool.errors import OdtoolError, UsageError
from odtool.identify import FITS, Index, against, identify
from odtool.model import Dataset, FileReport, Finding, Grid, Match, Table
from odtool.read import overlong, read
from odtool.rules import RULES
from odtool.schema import from_descriptor
from odtool.validate import Judgement, validate

if TYPE_CHECKING:
    from odtool import cache as cached


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
class Recognised:
    """The table of a file and the datasets it may be, best first; or the faults for which it has none."""

    table: Table | None
    matches: tuple[Match, ...]
    faults: tuple[Finding, ...] = ()
    seen: mapping.Seen | None = None


def recognise(data: bytes, name: str, choice: Choice = RECOGNISED) -> Recognised:
    """Read the bytes and tell what they may be, of all datasets or only the one wanted.

    Of several sheets, the one most like a dataset counts.
    """
    reading = read(data)
    if not reading.grids:
        return Recognised(None, (), reading.faults)
    index = Index((choice.dataset,)) if choice.dataset else catalog.index()
    if refused := next(filter(None, map(gate.too_wide, reading.grids)), None):
        return Recognised(None, (), (refused,))
    try:
        candidates = [(grid, *identify(grid, index, name)) for grid in reading.grids]
    except csv.Error:
        return Recognised(None, (), (overlong(data),))

    def worth(candidate: tuple[Grid, Table | None, tuple[Match, ...]]) -> tuple[bool, float, int]:
        grid, table, matches = candidate
        rows = sum(any(record) for record in grid.records()) - (table.header_row if table else 0)
        return table is not None and rows > 0, matches[0].score if matches else 0.0, rows

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
        table = replace(table, grid=replace(table.grid, faults=(*grid.faults, extra, *personal)))
    return Recognised(table, matches, (), mapped[1] if mapped else None)


def _mapped(grids: Sequence[Grid], choice: Choice, name: str) -> tuple[Grid, mapping.Seen] | None:
    """The grid whose columns are to be read otherwise, and how it looks then. Raises UsageError where the mapping
    names fields that the dataset does not have."""
    for grid in grids:
        columns = choice.columns or next((m for m in choice.remembered if mapping.fits(m, grid)), None)
        renamed = mapping.renamed(grid, columns) if columns else None
        if columns is None or renamed is None:
            continue
        wanted = choice.dataset or (catalog.dataset(columns.dataset) if columns.dataset else None)
        table, matches = identify(renamed, Index((wanted,)) if wanted else catalog.index(), name)
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
    report = FileReport(path, "invalid", hashlib.sha256(data).hexdigest(), len(data))
    try:
        return _read_and_judged(data, path, report, choice)
    except csv.Error:  # a cell without end
        return _unreadable(report, (overlong(data),)), None


def _read_and_judged(
    data: bytes, path: str, report: FileReport, choice: Choice
) -> tuple[FileReport, Table | None]:
    name = PurePath(path.replace("\\", "/")).name
    if standard := elsewhere.of_archive(data):
        return _elsewhere(report, standard), None
    seen = recognise(data, name, choice)
    if seen.table is None:
        return _unreadable(report, seen.faults), None
    if choice.dataset:
        match: Match | None = against(seen.table, choice.dataset)
    else:
        match = seen.matches[0] if seen.seen else _fitting(seen.matches)
    if not match and (standard := elsewhere.of_header(seen.table.labels)):
        return _elsewhere(replace(report, form=seen.table.grid.form), standard), None
    slugs = catalog.index().slugs if match and match.dataset.slug else {}
    judged = validate(seen.table, match, name=name, slugs=slugs, limit=choice.limit)
    if not judged.rows:
        return _unreadable(report, (rules.file.file_empty.finding(found="項目名だけで、データの行がありません",
                                                                  found_en="column names, but no data"),)), None  # fmt: skip
    verdict = _reviewed(_verdict(report, seen.table, seen.matches, match, judged), choice.reviewed)
    return (_as_owned(verdict, seen.seen) if seen.seen else verdict), seen.table


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


def _fitting(matches: tuple[Match, ...]) -> Match | None:
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
    report: FileReport, table: Table, candidates: tuple[Match, ...], match: Match | None, judged: Judgement
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
        f"最も近いのは「{candidates[0].dataset.name}」ですが、一致は {candidates[0].score:.0%} です"
        if candidates
        else ""
    )
    near_en = (
        f"nearest: {candidates[0].dataset.id}, {candidates[0].score:.0%}" if candidates else "none is near"
    )
    return replace(
        report,
        status="not-checked",
        reason="どのデータセットの項目名とも合わないため、内容を確認していません"
        f"{'（' + near + '）' if near else ''}。--dataset で指定すると、そのデータセットとして確認します。",
        reason_en=f"No dataset has these columns, so the contents were not checked ({near_en}). "
        "Name one with --dataset to have it judged.",
    )


MANY = 64  # files from which several processes and the cache pay


def check_all(
    paths: Iterable[str],
    choice: Choice = RECOGNISED,
    jobs: int | None = 1,
    verdicts: "cached.Verdicts | None" = None,
) -> Iterator[FileReport | OdtoolError]:
    """Judge files one by one, or by `jobs` processes, in the order given. An unavailable file is an error value.

    None for `jobs` is: as many as there are processors, where there are many files. Then, too, `verdicts` of
    earlier runs stand for files that have not changed.
    Files that belong together are compared when all are judged; what follows the first of them waits for that.
    """
    yield from _compared(_judged(list(source.expand(paths)), choice, jobs, verdicts), choice)


def _judged(
    files: Sequence[str], choice: Choice, jobs: int | None, verdicts: "cached.Verdicts | None"
) -> Iterator[FileReport | OdtoolError]:
    jobs = (_processors() if len(files) >= MANY else 1) if jobs is None else jobs
    if verdicts is None or len(files) < MANY:
        yield from (result for result, _ in _fresh(files, choice, jobs, freezing=False))
        return
    from odtool import cache as cached

    find, basis = _finder(choice), cached.basis(choice)
    known = dict(_known(files, find, basis, verdicts))
    fresh = _fresh([path for path in files if path not in known], choice, jobs, freezing=True)
    new: list[tuple[bytes, str]] = []
    for path in files:
        if path in known:
            yield known[path]
            continue
        result, text = next(fresh)
        if text and isinstance(result, FileReport) and result.sha256:
            new.append((cached.key(result.sha256, _name(path), basis), text))
            if len(new) >= 500:
                verdicts.put(new)
                new.clear()
        yield result
    verdicts.put(new)


def _known(
    files: Sequence[str], find: frozen.Find, basis: bytes, verdicts: "cached.Verdicts"
) -> Iterator[tuple[str, FileReport]]:
    """The files whose verdict is known, and that."""
    from concurrent.futures import ThreadPoolExecutor

    from odtool import cache as cached

    with ThreadPoolExecutor(_processors()) as pool:  # reading and hashing need not wait for each other
        for path, digest in zip(files, pool.map(_digest, files), strict=True):
            text = verdicts.get(cached.key(digest, _name(path), basis)) if digest else None
            if text:
                with suppress(KeyError, TypeError, ValueError):
                    yield path, replace(frozen.thaw(text, find), path=path)


def _fresh(
    files: Sequence[str], choice: Choice, jobs: int, *, freezing: bool
) -> Iterator[tuple[FileReport | OdtoolError, str | None]]:
    """Each file judged now, with the report as text where that is wanted and possible."""
    find = _finder(choice)
    if jobs <= 1 or len(files) < 2 * jobs:
        for path in files:
            result = _attempt(path, choice)
            keep = freezing and isinstance(result, FileReport)
            yield result, frozen.freeze(result, find) if keep and isinstance(result, FileReport) else None
        return
    import multiprocessing
    import signal
    from concurrent.futures import ProcessPoolExecutor

    catalog.index().profiles  # noqa: B018 - loaded once here, so that the forked processes need not
    size = max(1, min(32, len(files) // (4 * jobs)))
    deaf = (signal.SIGINT, signal.SIG_IGN)  # an interrupt reaches every process; this one tells of it
    pool = ProcessPoolExecutor(jobs, initializer=signal.signal, initargs=deaf)
    try:
        for sent in pool.map(partial(_frozen_attempt, choice=choice), files, chunksize=size):
            yield (frozen.thaw(sent, find), sent) if isinstance(sent, str) else (sent, None)
    except BaseException:  # nobody waits for the rest
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _frozen_attempt(path: str, choice: Choice) -> str | FileReport | OdtoolError:
    """The report as text, which is a small part of it: the dataset need not travel along."""
    result = _attempt(path, choice)
    if isinstance(result, FileReport):
        return frozen.freeze(result, _finder(choice)) or result
    return result


def _finder(choice: Choice) -> frozen.Find:
    chosen = choice.dataset
    return lambda wanted: chosen if chosen and chosen.id == wanted else catalog.datasets().get(wanted)


def _digest(path: str) -> str | None:
    try:
        return None if path == source.STDIN else hashlib.sha256(source.content(path)).hexdigest()
    except UsageError:
        return None


def _name(path: str) -> str:
    return PurePath(path.replace("\\", "/")).name


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _attempt(path: str, choice: Choice) -> FileReport | OdtoolError:
    try:
        return check(path, choice)
    except UsageError as error:
        return error


def _compared(
    results: Iterable[FileReport | OdtoolError], choice: Choice
) -> Iterator[FileReport | OdtoolError]:
    """The results as they come, up to the first file that may belong together with another one; the rest when
    these have been compared."""
    if choice.dataset and not choice.dataset.slug:  # a schema of one's own has no companions
        yield from results
        return
    held: list[FileReport | OdtoolError] = []
    for result in results:
        if held or _concerned(result):
            held.append(result)
        else:
            yield result
    together = [result for result in held if isinstance(result, FileReport) and _concerned(result)]
    after = iter(pairs.compared(together, partial(_column, choice=choice)))
    for result in held:
        yield next(after) if _concerned(result) else result


def _concerned(result: FileReport | OdtoolError) -> bool:
    return isinstance(result, FileReport) and _pairable()(result)


@cache
def _pairable() -> Callable[[FileReport], bool]:
    return pairs.concerned(catalog.datasets().values())


def _column(report: FileReport, field: str, choice: Choice) -> dict[str, int] | None:
    """The filled values of a field, each with its first row; None where the file cannot be read a second time."""
    if report.path == source.STDIN:
        return None
    try:
        data = source.content(report.path)
    except UsageError:
        return None
    table = recognise(data, PurePath(report.path.replace("\\", "/")).name, choice).table
    mapped = next((m for m in report.match.mapping if m.field == field), None) if report.match else None
    if table is None or mapped is None or hashlib.sha256(data).hexdigest() != report.sha256:
        return None
    found: dict[str, int] = {}
    for row, record in enumerate(table.grid.records(), 1):
        value = (
            record[mapped.column - 1].strip()
            if row > table.header_row and mapped.column <= len(record)
            else ""
        )
        if value:
            found.setdefault(value, row)
    return found
