"""The story: read → identify → validate → report → plan → publish → record → coverage.

The command line calls these functions and has no logic of its own.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath

from odtool import __version__, catalog, rules, source
from odtool.errors import OdtoolError, UsageError
from odtool.identify import FITS, Index, against, identify
from odtool.model import Dataset, FileReport, Finding, Grid, Match, Table
from odtool.municipality import municipalities
from odtool.offer import offer
from odtool.plan import Licence, Offer, Plan, StalePlanError, plan, require_same, settle
from odtool.portal import Portal
from odtool.publish import Outcome, apply
from odtool.read import read
from odtool.record import Check, Publication
from odtool.schema import from_descriptor
from odtool.validate import Judgement, validate
from odtool.write import write


@dataclass(frozen=True, slots=True)
class Choice:
    """How files are judged: against this dataset (None: the one recognised), keeping so many findings a rule."""

    dataset: Dataset | None = None
    limit: int = 1_000


def choose(dataset: str | None, schema: str | None, limit: int) -> Choice:
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
        return Choice(from_descriptor(descriptor, schema), limit)
    return Choice(catalog.dataset(dataset) if dataset else None, limit)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The table of a file and the datasets it may be, best first; or the faults for which it has none."""

    table: Table | None
    matches: tuple[Match, ...]
    faults: tuple[Finding, ...] = ()


def recognise(data: bytes, name: str, wanted: Dataset | None = None) -> Recognised:
    """Read the bytes and tell what they may be, of all datasets or only the one wanted.

    Of several sheets, the one most like a dataset counts.
    """
    reading = read(data)
    if not reading.grids:
        return Recognised(None, (), reading.faults)
    index = Index((wanted,)) if wanted else catalog.index()
    candidates = [(grid, *identify(grid, index, name)) for grid in reading.grids]

    def worth(candidate: tuple[Grid, Table | None, tuple[Match, ...]]) -> tuple[bool, float, int]:
        grid, table, matches = candidate
        rows = sum(any(record) for record in grid.records()) - (table.header_row if table else 0)
        return table is not None and rows > 0, matches[0].score if matches else 0.0, rows

    grid, table, matches = max(candidates, key=worth) if len(candidates) > 1 else candidates[0]
    if table is None:
        return Recognised(
            None, (), (rules.file.file_empty.finding(found="中身が空です", found_en="it is empty"),)
        )
    others = [other.form.sheet for other in reading.grids if other is not grid and other.form.sheet]
    if others:
        extra = rules.file.sheet_extra.finding(sheet=grid.form.sheet, others="」「".join(others))
        table = replace(table, grid=replace(grid, faults=(*grid.faults, extra)))
    return Recognised(table, matches)


def check(path: str, choice: Choice = Choice()) -> FileReport:
    """Judge one file. Raises UsageError where the file itself is not to be had."""
    return judge(source.content(path), path, choice)[0]


def judge(data: bytes, path: str, choice: Choice = Choice()) -> tuple[FileReport, Table | None]:
    """Judge the bytes of a file called `path`; its table, where it has one, comes along."""
    report = FileReport(path, "invalid", hashlib.sha256(data).hexdigest(), len(data))
    name = PurePath(path.replace("\\", "/")).name
    seen = recognise(data, name, choice.dataset)
    if seen.table is None:
        return _unreadable(report, seen.faults), None
    match = against(seen.table, choice.dataset) if choice.dataset else _fitting(seen.matches)
    slugs = catalog.index().slugs if match and match.dataset.slug else {}
    judged = validate(seen.table, match, name=name, slugs=slugs, limit=choice.limit)
    if not judged.rows:
        return _unreadable(report, (rules.file.file_empty.finding(found="項目名だけで、データの行がありません",
                                                                  found_en="column names, but no data"),)), None  # fmt: skip
    return _verdict(report, seen.table, seen.matches, match, judged), seen.table


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
        findings=judged.findings,
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


def check_all(
    paths: Iterable[str], choice: Choice = Choice(), jobs: int = 1
) -> Iterator[FileReport | OdtoolError]:
    """Judge files one by one, or by `jobs` processes, in the order given. An unavailable file is an error value."""
    files = list(source.expand(paths))
    if jobs <= 1 or len(files) < 2 * jobs:
        yield from (_attempt(path, choice) for path in files)
        return
    from concurrent.futures import ProcessPoolExecutor

    catalog.index().profiles  # noqa: B018 - loaded once here, so that the forked processes need not
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(
            partial(_attempt, choice=choice), files, chunksize=max(1, min(32, len(files) // (4 * jobs)))
        )


def _attempt(path: str, choice: Choice) -> FileReport | OdtoolError:
    try:
        return check(path, choice)
    except UsageError as error:
        return error


# --- publishing ----------------------------------------------------------------------------------

Note = Callable[[Check | Publication], None]
"""Where checks and publications are written down; `Ledger.note`."""


def make_plan(
    paths: Iterable[str],
    portal: Portal,
    terms: Licence,
    choice: Choice = Choice(),
    *,
    now: Callable[[], str],
    municipality: str | None = None,
    note: Note = lambda _: None,
) -> tuple[Plan, list[FileReport]]:
    """Judge the files and decide what is to be done on the portal; nothing is written there.

    `now` gives an ISO time. Raises UsageError for a file that is not to be had, PortalError where the portal
    does not answer.
    """
    files = _publishable(paths, municipality)
    wanted = portal.licence(terms)
    offers, reports = [], []
    for path in files:
        report, table = judge(source.content(path), path, choice)
        content = write(table) if table and report.status == "valid" else b""
        offers.append(offer(report, content, wanted, judged=now()[:10], municipality=municipality))
        reports.append(report)
        note(_checked(report, offers[-1], now()))
    offers = settle(offers)
    names = dict.fromkeys(found.dataset_name for found in offers if not found.refusal)
    held = {name: portal.find(name) for name in names}
    dataset = choice.dataset.id if choice.dataset and choice.dataset.slug else None
    made = plan(offers, held, portal=portal.name, address=portal.address, made=now(), dataset=dataset,
                municipality=municipality)  # fmt: skip
    return made, reports


def _publishable(paths: Iterable[str], municipality: str | None) -> list[str]:
    if municipality and municipality not in municipalities():
        raise UsageError(
            f"「{municipality}」という団体コードはありません。検査数字まで含む6桁で指定してください（例 262021）。",
            f"There is no municipality code {municipality}. Give all six digits, like 262021.",
        )
    files = list(dict.fromkeys(source.expand(paths)))
    if source.STDIN in files:
        raise UsageError(
            "標準入力からは公開できません。ファイルに保存して、その名前を指定してください。",
            "Standard input cannot be published. Save it to a file and give its name.",
        )
    if not files:
        raise UsageError(
            "指定された場所に CSV も xlsx もありません。場所を確かめてください。",
            "There are no CSV or xlsx files in that place.",
        )
    return files


def apply_plan(
    stored: Plan,
    portal: Portal,
    terms: Licence,
    *,
    now: Callable[[], str],
    note: Note = lambda _: None,
    each: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Judge the plan's files again and carry it out, if it would still be the same plan; else StalePlanError is
    raised before anything is written."""
    choice = Choice(catalog.dataset(stored.dataset) if stored.dataset else None)
    paths = [item.offer.path for item in stored.items]
    fresh, _ = make_plan(paths, portal, terms, choice, now=now, municipality=stored.municipality, note=note)
    require_same(stored, fresh)
    return apply(fresh, portal, partial(_contents, dataset=choice.dataset), now=now, note=note, each=each)


def publish(
    paths: Iterable[str],
    portal: Portal,
    terms: Licence,
    choice: Choice = Choice(),
    *,
    now: Callable[[], str],
    municipality: str | None = None,
    note: Note = lambda _: None,
    each: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Make a plan and carry it out at once."""
    fresh, _ = make_plan(paths, portal, terms, choice, now=now, municipality=municipality, note=note)
    return apply(fresh, portal, partial(_contents, dataset=choice.dataset), now=now, note=note, each=each)


def _contents(wanted: Offer, dataset: Dataset | None) -> bytes:
    """The CSV of an offer, made anew. Raises StalePlanError where its file is no longer the one that was judged."""
    data = source.content(wanted.path)
    if hashlib.sha256(data).hexdigest() == wanted.source_sha256:
        table = recognise(data, PurePath(wanted.path.replace("\\", "/")).name, dataset).table
        content = write(table) if table else b""
        if hashlib.sha256(content).hexdigest() == wanted.content_sha256:
            return content
    raise StalePlanError(f"{wanted.path} が計画の後で変わりました。", f"{wanted.path} has changed since.")


def _checked(report: FileReport, found: Offer, at: str) -> Check:
    return Check(
        at=at,
        path=report.path,
        sha256=report.sha256 or "",
        municipality=found.municipality,
        slug=found.slug,
        edition=found.edition,
        status=report.status,
        errors=report.counts["error"],
        warnings=report.counts["warning"],
        hints=report.counts["hint"],
        tool=__version__,
    )
