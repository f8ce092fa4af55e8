"""One file → its copy, mended or in another edition: read and judge it, change the table, write it, judge that.

Nothing is written to disk here; the caller decides where the bytes go.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import TypeVar

from odtool import source
from odtool.datasets import catalog
from odtool.errors import OdtoolError, UsageError, died, fault, is_fault, late
from odtool.judging.check import Choice, judge, judge_seen
from odtool.made import Kin, Mends, Migration, Repair
from odtool.mending.fix import fix, unreadable
from odtool.mending.migrate import migrate
from odtool.mending.remapped import remapped
from odtool.messages import message
from odtool.model import Dataset, FileReport, Table
from odtool.table.write import write_all
from odtool.text import visible
from odtool.workers import spread

R = TypeVar("R")

_OTHER = {"standard": "suisho", "suisho": "standard"}
EDITIONS = tuple(_OTHER)

Work = tuple[str, str | None]
"""A file, and where its copy is to go, if anywhere."""


@dataclass(frozen=True, slots=True)
class Written:
    """A repair and the bytes of the mended file; None where there is nothing to write."""

    repair: Repair
    content: bytes | None


def mend(path: str, choice: Choice, output: str | None = None) -> Written:
    """Mend the file as the dataset chosen or recognised. Raises UsageError where the file is not to be had.

    A file that is read through a mapping is written in the national layout. The result is judged as the same
    dataset, under the name of `output` where there is one.
    """
    judged = judge_seen(source.content(path), path, choice)
    before, table = judged.report, judged.table
    if table is None or unreadable(table):
        return Written(Repair(path, _refused(before), output=output), None)
    mended = fix(table, before.match, name=PurePath(path.replace("\\", "/")).name)
    if judged.seen:
        mended = remapped(mended, judged.seen)
    content = write_all(mended.table)
    dataset = before.match.dataset if before.match else choice.dataset
    after, _ = judge(content, output or path, replace(choice, dataset=dataset, columns=None, remembered=()))
    return Written(Repair(path, before, Mends(mended.changes, mended.proposals), after, output), content)


def mend_all(work: Sequence[Work], choice: Choice, jobs: int | None = 1) -> Iterator[Written | OdtoolError]:
    """Mend files one by one, or by `jobs` processes (None: as `odtool.workers.spread` finds worth while), in the
    order given. An unavailable file is an error value."""
    yield from _all(partial(_mended, choice=choice), work, jobs)


def _mended(each: Work, choice: Choice) -> Written | OdtoolError:
    try:
        return mend(each[0], choice, each[1])
    except UsageError as error:
        return error
    except BaseException as error:
        if not is_fault(error):
            raise
        return fault(visible(each[0], 500), error)


def _died(each: Work) -> OdtoolError:
    return died(visible(each[0], 500))


def _late(each: Work) -> OdtoolError:
    return late(visible(each[0], 500))


def _all(
    function: Callable[[Work], R | OdtoolError], work: Sequence[Work], jobs: int | None
) -> Iterator[R | OdtoolError]:
    return spread(function, work, jobs, prepare=lambda: catalog.index().profiles, died=_died, late=_late)


def _refused(report: FileReport) -> FileReport:
    """The report with the reason for which the file was left alone; its findings tell the fault."""
    return replace(
        report,
        reason=report.reason or "正しく読み取れないため、手を付けていません。",
        reason_en=report.reason_en or "It cannot be read as it was meant, so it was left alone.",
    )


def _unmovable(report: FileReport) -> FileReport:
    """The report with the reason for which the file was not moved, and the fault: no findings are listed of it."""
    refused = _refused(report)
    fault = next((f for f in report.findings if f.severity == "error"), None)
    if fault is None:
        return refused
    return replace(
        refused,
        reason=f"{refused.reason}{message(fault, 'ja')}",
        reason_en=f"{refused.reason_en} {message(fault, 'en')}",
    )


@dataclass(frozen=True, slots=True)
class Moved:
    """A migration and the bytes of the new file; None where there is nothing to write."""

    migration: Migration
    content: bytes | None


def move(path: str, target: str, choice: Choice, output: str | None = None) -> Moved:
    """The file in another edition of the dataset it is: `target` is an edition's name or the id of a dataset.

    Raises UsageError where the file is not to be had, and NoMoveError where it is of another dataset or of that
    edition already, or no correspondence is known.
    """
    if target not in EDITIONS:
        correspondence(catalog.dataset(target))
    before, table = judge(source.content(path), path, choice)
    found = before.match.dataset if before.match else None
    wanted = _wanted(target, found)
    if table is None or unreadable(table):
        return Moved(Migration(path, wanted, _unmovable(before), output=output), None)
    if found is not None and wanted is None:
        raise NoMoveError(
            Migration(path, None, before, output=output),
            f"{path}: 中身は {found.id} です。これをほかの版に移す対応は分かっていません。",
            f"{path} is {found.id}. How to move that to another edition is not known.",
        )
    if wanted is not None:
        _require_other_edition(path, before, wanted)
    if refused := _unfit(before, table):
        return Moved(Migration(path, wanted, refused, output=output), None)
    assert before.match is not None  # else it is unfit
    assert wanted is not None
    migrated = migrate(table, before.match, wanted, correspondence(wanted))
    content = write_all(migrated.table)
    # What is written has the national columns; the file's own are spoken of no more.
    after, _ = judge(content, output or path, replace(choice, dataset=wanted, columns=None, remembered=()))
    return Moved(Migration(path, wanted, before, migrated.steps, after, output), content)


def move_all(
    work: Sequence[Work], target: str, choice: Choice, jobs: int | None = 1
) -> Iterator[Moved | OdtoolError]:
    """Move files one by one, or by `jobs` processes, in the order given. An unavailable file is an error value; one
    that cannot or need not be moved says why. Raises UsageError where the target itself is none."""
    if target not in EDITIONS:
        correspondence(catalog.dataset(target))
    yield from _all(partial(_moved, target=target, choice=choice), work, jobs)


def _moved(each: Work, target: str, choice: Choice) -> Moved | OdtoolError:
    try:
        return move(each[0], target, choice, each[1])
    except NoMoveError as error:
        return Moved(error.migration, None)
    except UsageError as error:
        return error
    except BaseException as error:
        if not is_fault(error):
            raise
        return fault(visible(each[0], 500), error)


class NoMoveError(UsageError):
    """A file that is of another dataset than the target, or of the target's edition already; `migration` says so."""

    def __init__(self, migration: Migration, ja: str, en: str) -> None:
        super().__init__(ja, en)
        before = replace(migration.before, reason=ja, reason_en=en)
        self.migration = replace(migration, before=before)


def _wanted(target: str, found: Dataset | None) -> Dataset | None:
    """The dataset that the file is to become; of an edition alone, the one of the same subject."""
    if target not in EDITIONS:
        return catalog.dataset(target)
    if found is None or found.slug not in catalog.migrations():
        return None
    return catalog.datasets().get(f"{target}-{found.slug}")


def correspondence(target: Dataset) -> tuple[Kin, ...]:
    """How the columns of the dataset's two editions descend from one another. Raises UsageError."""
    kin = catalog.migrations().get(target.slug)
    if kin is None or target.edition not in _OTHER:
        known = [f"{target.edition}-{slug}" for slug in catalog.migrations()]
        raise UsageError(
            f"{target.id} への移し替えの対応は分かっていません。分かっているのは {'、'.join(known)} です。",
            f"How to move to {target.id} is not known. Known are {', '.join(known)}.",
        )
    return kin


def _require_other_edition(path: str, report: FileReport, target: Dataset) -> None:
    found = report.match.dataset if report.match else None
    if found is None:
        return
    left = Migration(path, target, report)
    if found.id == target.id:
        raise NoMoveError(
            replace(left, already=True),
            f"{path}: 既に「{target.name}」のその版です（{target.id}）。移し替えは要りません。",
            f"{path} already is {target.id}. There is nothing to move.",
        )
    if found.slug != target.slug or _OTHER.get(found.edition) != target.edition:
        wanted = f"{_OTHER[target.edition]}-{target.slug}"
        raise NoMoveError(
            left,
            f"{path}: 中身は {found.id} です。{target.id} に移せるのは {wanted} です。違う場合は --dataset で指定してください。",
            f"{path} is {found.id}; only {wanted} can be moved to {target.id}. If it is that, say so with --dataset.",
        )


def _unfit(report: FileReport, table: Table) -> FileReport | None:
    """The report with the reason for which the table cannot be moved to another edition as it is."""
    if report.match is None:
        return replace(
            report,
            reason="どのデータセットか分からないため、移していません。--dataset で元の版を指定してください（例 suisho-aed）。",
            reason_en="Without knowing the dataset nothing was moved. Name the edition it has with --dataset.",
        )
    width = len(table.labels)
    for row, record in enumerate(table.grid.records(), 1):
        blank_beyond = not any(cell.strip() for cell in record[width:])
        if (
            row > table.header_row
            and any(cell.strip() for cell in record)
            and (len(record) < width or not blank_beyond)
        ):
            return replace(
                report,
                reason=f"{row}行目のセルの数が項目名の数と違い、列がずれるおそれがあるため、移していません。先にその行を直してください。",
                reason_en=f"Row {row} has another number of cells than the header, so columns could be displaced; "
                "nothing was moved. Correct that row first.",
            )
    return None
