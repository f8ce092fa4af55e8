"""One file → its copy, mended or in another edition: read and judge it, change the table, write it, judge that.

Nothing is written to disk here; the caller decides where the bytes go.
"""

from dataclasses import dataclass, replace
from pathlib import PurePath

from odtool import catalog, source
from odtool.check import Choice, judge
from odtool.errors import UsageError
from odtool.fix import fix, unreadable
from odtool.messages import message
from odtool.migrate import migrate
from odtool.model import Dataset, FileReport, Kin, Migration, Repair, Table
from odtool.write import write_all

_OTHER = {"standard": "suisho", "suisho": "standard"}


@dataclass(frozen=True, slots=True)
class Written:
    """A repair and the bytes of the mended file; None where there is nothing to write."""

    repair: Repair
    content: bytes | None


def mend(path: str, choice: Choice, output: str | None = None) -> Written:
    """Mend the file as the dataset chosen or recognised. Raises UsageError where the file is not to be had.

    The result is judged as the same dataset, under the name of `output` where there is one.
    """
    before, table = judge(source.content(path), path, choice)
    if table is None or unreadable(table):
        return Written(Repair(path, _refused(before), output=output), None)
    mended = fix(table, before.match, name=PurePath(path.replace("\\", "/")).name)
    content = write_all(mended.table)
    dataset = before.match.dataset if before.match else choice.dataset
    after, _ = judge(content, output or path, replace(choice, dataset=dataset))
    return Written(Repair(path, before, mended, after, output), content)


def _refused(report: FileReport) -> FileReport:
    """The report with the reason for which the file was left alone."""
    fault = next((f for f in report.findings if f.severity == "error" and f.column is None), None)
    said, said_en = (": " + message(fault, "ja"), ": " + message(fault, "en")) if fault else ("", "")
    return replace(
        report,
        reason=report.reason or f"正しく読み取れないため、手を付けていません{said}",
        reason_en=report.reason_en or f"It cannot be read as it was meant, so it was left alone{said_en}",
    )


@dataclass(frozen=True, slots=True)
class Moved:
    """A migration and the bytes of the new file; None where there is nothing to write."""

    migration: Migration
    content: bytes | None


def move(path: str, target: Dataset, choice: Choice, output: str | None = None) -> Moved:
    """The file in the edition `target`, from the other edition of the same dataset.

    Raises UsageError where the file is not to be had or is of another dataset, or no correspondence is known.
    """
    kin = correspondence(target)
    before, table = judge(source.content(path), path, choice)
    if table is None or unreadable(table):
        return Moved(Migration(path, target, _refused(before), output=output), None)
    _require_other_edition(path, before, target)
    if refused := _unfit(before, table):
        return Moved(Migration(path, target, refused, output=output), None)
    assert before.match is not None
    migrated = migrate(table, before.match, target, kin)
    content = write_all(migrated.table)
    after, _ = judge(content, output or path, replace(choice, dataset=target))
    return Moved(Migration(path, target, before, migrated, after, output), content)


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
    if found.id == target.id:
        raise UsageError(
            f"{path}: 既に「{target.name}」のその版です（{target.id}）。移し替えは要りません。",
            f"{path} already is {target.id}. There is nothing to move.",
        )
    if found.slug != target.slug or _OTHER.get(found.edition) != target.edition:
        wanted = f"{_OTHER[target.edition]}-{target.slug}"
        raise UsageError(
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
