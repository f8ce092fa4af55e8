"""Before publishing: files that the job would refuse → mended copies, where every repair is certain and allowed, and the
copy is not refused."""

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from odtool.errors import FaultError, OdtoolError
from odtool.jobs import place
from odtool.jobs.demands import Demands
from odtool.jobs.settings import Job
from odtool.judging import batch, cache
from odtool.judging.check import Choice
from odtool.made import Repair
from odtool.mending.copies import mend_all
from odtool.model import FileReport
from odtool.watching import Watch, watched

NONE = ".none"
"""Stands in the folder of a file of which no valid copy can be made in the ways allowed."""


@dataclass(frozen=True, slots=True)
class Copies:
    """`paths` in the order given, mended copies in place of their originals; `of` says of each copy what it is of.
    `faults` are the files at which mending failed by our own fault; they stay as they are."""

    paths: tuple[str, ...]
    of: dict[str, str]
    faults: tuple[FaultError, ...] = ()


def mended(
    paths: Sequence[str],
    job: Job,
    choice: Choice,
    work: Path,
    *,
    jobs: int | None,
    verdicts: "cache.Verdicts | None",
    watch: Watch,
) -> Copies:
    """The originals stay as they are, and so does whatever is valid already. What was mended before is not mended again."""
    tables = [path for path in paths if not Path(path).is_dir()]
    if job.fixes == frozenset() or not tables:
        return Copies(tuple(paths), {})
    demands = Demands(job)
    basis = cache.basis(choice) + repr(job.fixes and sorted(job.fixes)).encode()
    if demands.any:
        basis += repr((job.refuse_on, sorted(job.refuse_rules))).encode()
    judged = watched(batch.check_all(tables, choice, jobs, verdicts), len(tables), watch, "確認", "Judging")
    wrong = {
        report.path: work / "mended" / _key(report, basis)
        for report in judged
        if isinstance(report, FileReport)
        and report.sha256
        and (report.status == "invalid" or demands.held(report))
    }
    todo = [path for path, folder in wrong.items() if not _settled(folder)]
    targets = [(path, str(wrong[path] / f"{PurePath(path).stem}.csv")) for path in todo]
    made = mend_all(targets, choice, jobs)
    faults: list[FaultError] = []
    for path, written in zip(todo, watched(made, len(todo), watch, "直しています", "Mending"), strict=True):
        if isinstance(written, OdtoolError):
            faults += [written] if isinstance(written, FaultError) else []
            continue
        good = written.content is not None and _allowed(written.repair, job)
        content = written.content if good and written.content is not None else b""
        name = written.repair.output if good and written.repair.output else str(wrong[path] / NONE)
        place.write(Path(name), content)
    copies = {path: copy for path, folder in wrong.items() if (copy := _copy(folder))}
    _tidy(work / "mended", wrong.values())
    return Copies(
        tuple(copies.get(path, path) for path in paths),
        {copy: path for path, copy in copies.items()},
        tuple(faults),
    )


def _allowed(repair: Repair, job: Job) -> bool:
    """Whether the copy is valid, meets the demands, and nothing was done to it that is not allowed."""
    after = repair.after
    if repair.mended is None or after is None or after.status != "valid" or Demands(job).held(after):
        return False
    rules = {change.rule for change in repair.mended.changes if change.rule}
    return job.fixes is None or rules <= job.fixes


def _key(report: FileReport, basis: bytes) -> str:
    """Also by its place: of two files that are alike each has its own copy, and neither is passed over."""
    name = PurePath(report.path).name
    place = report.path.encode("utf-8", "surrogateescape")
    return hashlib.sha256(cache.key(report.sha256 or "", name, basis) + place).hexdigest()[:32]


def _settled(folder: Path) -> bool:
    """Whether it was mended before; a run that was killed may have left the folder with nothing in it."""
    return _copy(folder) is not None or (folder / NONE).exists()


def _copy(folder: Path) -> str | None:
    found = [str(path) for path in folder.glob("*.csv")] if folder.is_dir() else []
    return found[0] if found else None


def _tidy(folder: Path, used: Iterable[Path]) -> None:
    kept = set(used)
    for path in folder.glob("*"):
        if path not in kept:
            with suppress(OSError):
                shutil.rmtree(path)
