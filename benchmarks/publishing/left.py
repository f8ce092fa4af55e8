"""What a program has left on a CKAN, and how that differs from what it was to be: pure comparison, and the reading."""

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Sent:
    """A file that was to be published: its dataset's name, its own, and the bytes."""

    dataset: str
    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Kept:
    """A resource as the public finds it: `sha256` is that of the download, empty where there is none to be had.

    `rows` are those of the DataStore with the header first; None where it is not there.
    """

    id: str
    file: str
    sha256: str
    rows: tuple[tuple[str, ...], ...] | None = None


@dataclass(frozen=True)
class Entry:
    """A dataset on the portal."""

    id: str
    changed: str
    resources: tuple[Kept, ...] = ()


State = Mapping[str, Entry]
"""Public datasets by their names."""


@dataclass(frozen=True)
class Left:
    """Counts of what is on the portal, against the files sent and against an earlier state.

    `lost`: datasets that are not there. `empty`: datasets without their file. `twice`: resources too many of the
    same file. `others`: resources nobody sent (a datapackage.json). `wrong`: files with other bytes.
    `kept` and `renewed`: resources of these files with the id they had before, and with another one.
    `touched`: datasets that the portal shows as changed since. `stored` and `stored_wrong`: tables in the DataStore,
    and how many of them do not hold the cells of the file as they are. `names`: datasets with any fault.
    """

    datasets: int
    lost: int
    empty: int
    resources: int
    twice: int
    others: int
    wrong: int
    kept: int = 0
    renewed: int = 0
    touched: int = 0
    stored: int = 0
    stored_wrong: int = 0
    names: tuple[str, ...] = ()

    def words(self) -> str:
        """What is not as it should be; «○» where every dataset is there once with its file, once and byte for byte."""
        kinds = (
            (self.lost, "データセットなし"),
            (self.empty, "ファイルなし"),
            (self.twice, "重複"),
            (self.wrong, "違う中身"),
            (self.stored_wrong, "DataStore の値が違う"),
        )
        return "、".join(f"{what} {count}" for count, what in kinds if count) or "○"


def left(sent: Iterable[Sent], state: State, before: State | None = None) -> Left:
    """Compare. `before` is an earlier state of the same datasets."""
    files = list(sent)
    lost = empty = twice = wrong = kept = renewed = touched = stored = stored_wrong = 0
    known: defaultdict[str, set[str]] = defaultdict(set)
    bad = []
    for file in files:
        known[file.dataset].add(file.name)
        entry = state.get(file.dataset)
        if entry is None:
            lost += 1
            bad.append(file.dataset)
            continue
        found = [resource for resource in entry.resources if resource.file == file.name]
        differ = sum(resource.sha256 != file.sha256 for resource in found)
        off = [resource for resource in found if resource.rows is not None and not same(resource, file)]
        empty += not found
        twice += max(0, len(found) - 1)
        wrong += differ
        stored += sum(resource.rows is not None for resource in found)
        stored_wrong += len(off)
        if len(found) != 1 or differ or off:
            bad.append(file.dataset)
        old = before.get(file.dataset) if before else None
        if old:
            ids = {resource.id for resource in old.resources if resource.file == file.name}
            kept += sum(resource.id in ids for resource in found)
            renewed += sum(resource.id not in ids for resource in found)
            touched += (entry.id, entry.changed) != (old.id, old.changed)
    every = [(name, resource) for name, entry in state.items() for resource in entry.resources]
    others = sum(resource.file not in known[name] for name, resource in every)
    return Left(
        datasets=len(state), lost=lost, empty=empty, resources=len(every), twice=twice, others=others, wrong=wrong,
        kept=kept, renewed=renewed, touched=touched, stored=stored, stored_wrong=stored_wrong, names=tuple(bad),
    )  # fmt: skip


def same(resource: Kept, file: Sent) -> bool:
    """Whether the DataStore has the file's cells, with every leading zero."""
    cells = csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline=""))
    return tuple(map(tuple, cells)) == resource.rows


# --- reading a portal ------------------------------------------------------------------------------

Ask = Callable[..., Any]
"""Calls an action of the CKAN by its name: ask("package_show", id=…)."""


def state_of(ask: Ask, download: Callable[[str], bytes | None], organization: str) -> dict[str, Entry]:
    """What the public finds of that organisation. `download` gives a file's bytes, None where there are none."""
    listed = ask("package_search", fq=f"organization:{organization}", rows=1000)["results"]
    return {dataset["name"]: _entry(ask, download, dataset["id"]) for dataset in listed}


def _entry(ask: Ask, download: Callable[[str], bytes | None], dataset: str) -> Entry:
    shown = ask("package_show", id=dataset)  # the search may be late
    return Entry(
        shown["id"],
        shown["metadata_modified"],
        tuple(_kept(ask, download, resource) for resource in shown["resources"]),
    )


def _kept(ask: Ask, download: Callable[[str], bytes | None], resource: Mapping[str, Any]) -> Kept:
    content = download(resource["url"])
    rows = _rows(ask, resource["id"]) if resource.get("datastore_active") else None
    return Kept(
        resource["id"],
        unquote(urlsplit(resource["url"]).path.rsplit("/", 1)[-1]),
        "" if content is None else hashlib.sha256(content).hexdigest(),
        rows,
    )


def _rows(ask: Ask, resource: str) -> tuple[tuple[str, ...], ...]:
    found = ask("datastore_search", resource_id=resource, limit=32_000, sort="_id")
    names = [each["id"] for each in found["fields"] if each["id"] != "_id"]
    rows = ([_text(record[name]) for name in names] for record in found["records"])
    return tuple(map(tuple, [names, *rows]))


def _text(value: Any) -> str:
    return "" if value is None else str(value)
