"""Judging by a profile instead of a dataset: the 30 rules on machine-readability, for any table."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from odtool import source
from odtool.datasets import catalog
from odtool.errors import OdtoolError, UsageError, fault, is_fault
from odtool.judging.batch import died_at, late_at
from odtool.model import Dataset
from odtool.readability import judge
from odtool.readability.facts import Before, Package
from odtool.readability.gather import gather, labels
from odtool.readability.model import FileReadability, Words
from odtool.text import visible
from odtool.workers import spread

MACHINE_READABILITY = "machine-readability"
PACKAGE = "datapackage.json"


@dataclass(frozen=True, slots=True)
class Companions:
    """What is judged along with the files: a named dataset, a data package (None: the one beside each file),
    former editions."""

    dataset: Dataset | None = None
    package: str | None = None
    before: tuple[str, ...] = ()


ALONE = Companions()


def machine_readability(path: str, companions: Companions = ALONE) -> FileReadability:
    """Judge one file by the 30 rules. Raises UsageError where the file, or what goes with it, is not to be had."""
    data = source.content(path)
    name = PurePath(path.replace("\\", "/")).name
    package, note = _package(path, name, companions.package)
    facts = gather(
        data, path, name, catalog.index(),
        dataset=companions.dataset, package=package, package_note=note,
        before=tuple(_before(former) for former in companions.before),
    )  # fmt: skip
    return judge(facts, hashlib.sha256(data).hexdigest(), len(data))


def machine_readability_all(
    paths: Iterable[str], companions: Companions = ALONE, jobs: int | None = 1
) -> Iterator[FileReadability | OdtoolError]:
    """Judge files one by one, or by `jobs` processes (None: as `odtool.workers.spread` finds worth while), in the
    order given. An unavailable file is an error value, and so is one at which we fail."""
    files = list(source.expand(paths))
    attempt = partial(_attempt, companions=companions)
    yield from spread(
        attempt, files, jobs, prepare=lambda: catalog.index().profiles, died=died_at, late=late_at
    )


def _attempt(path: str, companions: Companions) -> FileReadability | OdtoolError:
    try:
        return machine_readability(path, companions)
    except UsageError as error:
        return error
    except BaseException as error:
        if not is_fault(error):
            raise
        return fault(visible(path, 500), error)


def _before(path: str) -> Before:
    found = labels(source.content(path), PurePath(path).name, catalog.index())
    if not found:
        raise UsageError(
            f"{path}: 表として読めないため、前の版として比べられません。",
            f"{path}: cannot be read as a table to compare with.",
        )
    return Before(path, found)


def _package(path: str, name: str, given: str | None) -> tuple[Package | None, Words | None]:
    """The package named, or the one beside the file if it describes the file; else why there is none."""
    place = given or _beside(path)
    if place is None:
        return None, None
    descriptor = _descriptor(place, required=given is not None)
    if descriptor is None:
        return None, Words(
            f"隣の {PACKAGE} は JSON のデータパッケージとして読めません",
            f"the {PACKAGE} beside it is no data package in JSON",
        )
    listed = descriptor.get("resources")
    resources = [r for r in listed if isinstance(r, Mapping)] if isinstance(listed, list) else []
    mine = [resource for resource in resources if _file_name(resource.get("path")) == name]
    if not mine and given and len(resources) == 1:
        mine = resources
    if mine:
        return Package(place, descriptor, mine[0], tuple(mine[1:])), None
    shown = visible(name, 100)
    return None, Words(
        f"データパッケージ（{visible(place, 200)}）に {shown} の記載がありません",
        f"the data package {visible(place, 200)} says nothing of {shown}",
    )


def _beside(path: str) -> str | None:
    if path == source.STDIN:
        return None
    place = Path(path).with_name(PACKAGE)
    return str(place) if place.is_file() else None


def _descriptor(place: str, required: bool) -> Mapping[str, Any] | None:
    try:
        found = json.loads(source.content(place).decode("utf-8-sig"))
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, Mapping):
        return found
    if required:
        raise UsageError(
            f"{place}: データパッケージ（JSON）として読めません。", f"{place}: is no data package (JSON)."
        )
    return None


def _file_name(path: Any) -> str:
    return PurePath(path.replace("\\", "/")).name if isinstance(path, str) else ""
