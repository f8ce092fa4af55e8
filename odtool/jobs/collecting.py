"""The sources of a job → files: folders, patterns, single files, zip archives, books, addresses.

A source that is not to be had stops only itself.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from odtool import workers
from odtool.errors import OdtoolError, UsageError, died, fault, is_fault, late
from odtool.jobs.found import INSIDE, Found, Trouble, trouble
from odtool.jobs.patterns import plain
from odtool.jobs.settings import Job
from odtool.jobs.share import Seen, seen
from odtool.jobs.sheets import sheets
from odtool.jobs.unpack import unpacked
from odtool.jobs.web import Visits
from odtool.text import visible
from odtool.watching import Watch, unwatched, watched

BOOKS = frozenset({".xlsx", ".xlsm", ".xls"})


@dataclass(slots=True)
class _Basket:
    paths: dict[str, None] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    used: set[Path] = field(default_factory=set)
    real: set[str] = field(default_factory=set)
    made: Mapping[str, str] = field(default_factory=dict)
    fetched: int = 0
    unchanged: int = 0


def collect(
    job: Job,
    work: Path,
    visits: Visits | None = None,
    watch: Watch = unwatched,
    made: Iterable[str | Path] = (),
) -> Found:
    """All that the sources hold now. `work` is where downloads and unpacked files are kept between runs; what lies in the
    places of `made` we wrote ourselves, and is no source unless the settings name it."""
    visits = visits or Visits(job.hosts, job.intranet)
    places = {os.path.abspath(place): os.path.realpath(place) for place in made}  # noqa: PTH100 - a link stays one
    basket = _Basket(made=places)
    for stated in watched(job.sources, len(job.sources), watch, "データを集めています", "Collecting"):
        try:
            _gather(job, stated, work, visits, basket)
        except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception; see _trouble
            basket.troubles.append(_trouble(stated, error))
    for folder in ("zip", "share"):
        _tidy(work / folder, basket.used)
    return Found(
        tuple(basket.paths), basket.origins, tuple(basket.troubles), basket.fetched, basket.unchanged
    )


def _gather(job: Job, stated: str, work: Path, visits: Visits, basket: _Basket) -> None:
    if "://" in stated:
        got = visits.fetch(stated, work / "web")
        basket.fetched += got.changed
        basket.unchanged += not got.changed
        _take(job, Seen(str(got.path), stated), work, basket)
        return
    named = os.path.abspath(os.path.join(job.base, plain(stated)))  # noqa: PTH100, PTH118 - asks no share anything
    ours = [
        real for place, real in basket.made.items() if not (_within(named, place) or _within(named, real))
    ]
    none = True
    for each in seen(job.base, stated, work / "share", job.timeout):
        where = each.origin or each.path
        if any(_within(each.real or where, place) for place in ours):
            continue
        none = False
        if each.origin:
            basket.used.add(Path(each.path).parent)
        try:
            if each.error:
                raise each.error
            _take(job, each, work, basket)
        except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception; see _trouble
            basket.troubles.append(_trouble(where, error))
    if none:
        raise UsageError(
            f"{visible(stated, 300)}: odtool が書いたもののほかに、CSV も xlsx も zip もありません。場所を確かめてください。",
            f"{visible(stated, 300)}: there is no CSV, xlsx or zip but what odtool wrote itself. Check the place.",
        )


def _within(path: str, folder: str) -> bool:
    return Path(path).is_relative_to(folder)


def _trouble(where: str, error: BaseException) -> Trouble:
    """What it means for that source or file alone. Raises again what is somebody's wish to stop."""
    if isinstance(error, OdtoolError):
        return trouble(where, error)
    if not is_fault(error):
        raise error
    return trouble(where, fault(visible(where, 300), error))


def _take(job: Job, found: Seen, work: Path, basket: _Basket) -> None:
    try:
        _opened(job, found, work, basket)
    except UsageError as error:
        if not found.origin:
            raise
        raise UsageError(*(told.replace(found.path, found.origin) for told in (error.ja, error.en))) from None


def _opened(job: Job, found: Seen, work: Path, basket: _Basket) -> None:
    path, origin = found.path, found.origin
    suffix = Path(path).suffix.lower()
    if Path(path).is_dir() or suffix not in BOOKS | {".zip"}:
        _keep(found, basket)
    elif suffix == ".zip":
        inside = unpacked(Path(path), work / "zip")
        for table in inside:
            basket.used.add(work / "zip" / table.relative_to(work / "zip").parts[0])
            name = "/".join(table.relative_to(work / "zip").parts[1:])
            where = f"{origin or path}{INSIDE}{name}"
            try:
                _take(job, Seen(str(table), where), work, basket)
            except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception; see _trouble
                basket.troubles.append(_trouble(where, error))
    elif job.sheets:
        split = workers.one_apart(partial(_split, into=work / "zip"), path, _died, _late)
        if isinstance(split, OdtoolError):
            raise split
        for sheet, file in split:
            basket.used.add(file.parent)
            _keep(Seen(str(file), f"{origin or path}{INSIDE}{sheet}"), basket)
    else:
        _keep(found, basket)


def _split(path: str, into: Path) -> list[tuple[str, Path]] | OdtoolError:
    """In a process of its own: a book may be more than its reader can take."""
    try:
        return sheets(Path(path), into)
    except OdtoolError as error:
        return error
    except BaseException as error:
        if not is_fault(error):
            raise
        return fault(visible(path, 500), error)


def _died(path: str) -> OdtoolError:
    return died(visible(path, 500))


def _late(path: str) -> OdtoolError:
    return late(visible(path, 500))


def _keep(found: Seen, basket: _Basket) -> None:
    same = found.real or os.path.realpath(found.path)  # two sources may name one file
    if same in basket.real:
        return
    basket.real.add(same)
    basket.paths[found.path] = None
    if found.origin:
        basket.origins[found.path] = found.origin


def _tidy(folder: Path, used: set[Path]) -> None:
    """Forget what was copied or unpacked of what is no longer there."""
    if folder.is_dir():
        for path in folder.iterdir():
            if path not in used:
                with suppress(OSError):
                    shutil.rmtree(path)
