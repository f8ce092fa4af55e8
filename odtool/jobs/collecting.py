"""The sources of a job → files: folders, patterns, single files, zip archives, books, addresses.

A source that is not to be had stops only itself.
"""

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from odtool import source, workers
from odtool.errors import OdtoolError, UsageError, died, fault, is_fault
from odtool.jobs.found import Found, Trouble, trouble
from odtool.jobs.settings import Job
from odtool.jobs.sheets import sheets
from odtool.jobs.unpack import unpacked
from odtool.jobs.web import Visits
from odtool.publishing import bundled
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
    fetched: int = 0
    unchanged: int = 0


def collect(job: Job, work: Path, visits: Visits | None = None, watch: Watch = unwatched) -> Found:
    """All that the sources hold now. `work` is where downloads and unpacked files are kept between runs."""
    visits = visits or Visits(job.hosts, job.intranet)
    basket = _Basket()
    for stated in watched(job.sources, len(job.sources), watch, "データを集めています", "Collecting"):
        try:
            _gather(job, stated, work, visits, basket)
        except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception; see _trouble
            basket.troubles.append(_trouble(stated, error))
    _tidy(work / "zip", basket.used)
    return Found(
        tuple(basket.paths), basket.origins, tuple(basket.troubles), basket.fetched, basket.unchanged
    )


def _gather(job: Job, stated: str, work: Path, visits: Visits, basket: _Basket) -> None:
    if "://" in stated:
        got = visits.fetch(stated, work / "web")
        basket.fetched += got.changed
        basket.unchanged += not got.changed
        _take(job, str(got.path), stated, work, basket)
        return
    found = list(named(job, stated))
    if not found:
        raise UsageError(
            f"{visible(stated, 300)}: CSV も xlsx も zip もありません。場所を確かめてください（共有フォルダーの接続が切れていることもあります）。",
            f"{visible(stated, 300)}: there is no CSV, xlsx or zip. Check the place; a network share may be disconnected.",
        )
    for path in found:
        try:
            _take(job, path, "", work, basket)
        except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception; see _trouble
            basket.troubles.append(_trouble(path, error))


def _trouble(where: str, error: BaseException) -> Trouble:
    """What it means for that source or file alone. Raises again what is somebody's wish to stop."""
    if isinstance(error, OdtoolError):
        return trouble(where, error)
    if not is_fault(error):
        raise error
    return trouble(where, fault(visible(where, 300), error))


def named(job: Job, stated: str) -> Iterator[str]:
    """What stands at that place or fits that pattern."""
    place = os.path.join(job.base, stated)  # noqa: PTH118 - keeps \\server\share as it is
    if not os.path.lexists(place) and any(mark in stated for mark in "*?["):
        for path in sorted(glob.glob(place, recursive=True)):  # noqa: PTH207 - takes absolute patterns
            yield from _inside(path)
        return
    if not os.path.lexists(place):
        raise UsageError(
            f"{visible(stated, 300)}: ファイルもフォルダーもありません。場所を確かめてください（共有フォルダーの接続が切れていることもあります）。",
            f"{visible(stated, 300)}: there is no such file or folder. A network share may be disconnected.",
        )
    yield from _inside(place)


def _inside(path: str) -> Iterator[str]:
    """A file as it is; of a folder its tables, its archives, and the folders of described files."""
    if not Path(path).is_dir():
        if Path(path).suffix.lower() in source.SUFFIXES | {".zip"} and not Path(path).name.startswith(
            (".", "~$")
        ):
            yield path
        return
    described = list(bundled.folders(path))
    yield from described
    for table in source.expand([path]):
        if not bundled.below(table, described):
            yield table
    for archive in sorted(Path(path).rglob("*.[zZ][iI][pP]")):
        if not bundled.below(str(archive), described):
            yield str(archive)


def _take(job: Job, path: str, origin: str, work: Path, basket: _Basket) -> None:
    suffix = Path(path).suffix.lower()
    if Path(path).is_dir() or suffix not in BOOKS | {".zip"}:
        _keep(path, origin, basket)
    elif suffix == ".zip":
        inside = unpacked(Path(path), work / "zip")
        for table in inside:
            basket.used.add(work / "zip" / table.relative_to(work / "zip").parts[0])
            name = "/".join(table.relative_to(work / "zip").parts[1:])
            _take(job, str(table), f"{origin or path} › {name}", work, basket)
    elif job.sheets:
        split = workers.one_apart(partial(_split, into=work / "zip"), path, _died)
        if isinstance(split, OdtoolError):
            raise split
        for sheet, file in split:
            basket.used.add(file.parent)
            _keep(str(file), f"{origin or path} › {sheet}", basket)
    else:
        _keep(path, origin, basket)


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


def _keep(path: str, origin: str, basket: _Basket) -> None:
    same = os.path.realpath(path)  # two sources may name one file
    if same in basket.real:
        return
    basket.real.add(same)
    basket.paths[path] = None
    if origin:
        basket.origins[path] = origin


def _tidy(folder: Path, used: set[Path]) -> None:
    """Forget what was unpacked of archives that are no longer there."""
    if folder.is_dir():
        for path in folder.iterdir():
            if path not in used:
                with suppress(OSError):
                    shutil.rmtree(path)
