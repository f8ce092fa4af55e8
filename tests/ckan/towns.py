"""Towns to publish for, and what is left of them on a portal: whole, once, and nothing else.

Every run publishes for a town of its own, so that runs need not clean up after each other; the text of a town's entries
and files is that of any other, but for codes and names.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import requests

from odtool.datasets.catalog import datasets
from odtool.judging.check import judge
from odtool.municipality import Municipality, municipalities
from odtool.planning import metadata
from tests.ckan.plugin import Ckan
from tests.test_template import BODY, records

OLD, NEW = "中央公民館", "北公民館"  # in the rows of every file, before and after a change
_MOVES = frozenset(  # set by the portal at its own time
    [
        "id",
        "metadata_created",
        "metadata_modified",
        "created",
        "last_modified",
        "creator_user_id",
        "package_id",
        "owner_org",
        "revision_id",
        "cache_last_updated",
        "image_url",
        "approval_status",
        "odtool_warnings",  # that a place lies elsewhere, which is true of all towns but two
    ]
)


def towns() -> Iterator[Municipality]:
    """Towns whose names stand in no text by accident."""
    for town in municipalities().values():
        if town.name and not town.ward and len(town.name) >= 3 and town.prefecture != BODY.prefecture:
            yield town


@cache
def slugs() -> tuple[str, ...]:
    """The datasets of which a file without fault can be made, by name."""
    found = []
    for dataset in datasets().values():
        if dataset.edition == "standard" and dataset.slug:
            report, _ = judge(_csv(records(dataset), dataset.id), f"{BODY.code}_{dataset.slug}.csv")
            if report.status == "valid" and report.match and report.match.dataset.slug == dataset.slug:
                found.append(dataset.id)
    return tuple(found)


def _csv(rows: Iterable[list[str]], dataset: str) -> bytes:
    out = io.StringIO(newline="")
    labels = [field.name for field in datasets()[dataset].fields]
    csv.writer(out).writerows([labels, *rows])
    return out.getvalue().encode("utf-8-sig")


def write_files(folder: Path, town: Municipality, count: int, *, changed: bool = False) -> list[str]:
    """Files of so many datasets of the town, without fault; the same again with other contents if `changed`."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name in slugs()[:count]:
        dataset = datasets()[name]
        rows = [[_of(town, cell, changed=changed) for cell in row] for row in records(dataset)]
        path = folder / f"{town.code}_{dataset.slug}.csv"
        path.write_bytes(_csv(rows, name))
        made.append(str(path))
    if len(made) < count:
        raise ValueError(f"there are {len(made)} datasets only")
    return made


def write_years(folder: Path, town: Municipality, count: int) -> list[str]:
    """Files of so many years of one dataset of the town."""
    folder.mkdir(parents=True, exist_ok=True)
    name = "standard-population"
    rows = [[_of(town, cell, changed=False) for cell in row] for row in records(datasets()[name])]
    made = [folder / f"{town.code}_population_{2026 - year}0401.csv" for year in range(count)]
    for path in made:
        path.write_bytes(_csv(rows, name))
    return [str(path) for path in made]


def _of(town: Municipality, cell: str, *, changed: bool) -> str:
    if cell == "4000020" + BODY.code:
        digits = "000020" + town.code
        check = 9 - sum(int(d) * (1 + n % 2) for n, d in enumerate(reversed(digits))) % 9
        return f"{check}{digits}"
    if changed:
        cell = cell.replace(OLD, NEW)
    for before, after in ((BODY.code, town.code), (BODY.prefecture, town.prefecture), (BODY.name, town.name)):
        cell = cell.replace(before, after)
    return cell


# --- what is on the portal -------------------------------------------------------------------------


@dataclass(frozen=True)
class Left:
    """What the portal holds for a town: entries as any town has them, by the name without the code; their state, which
    moves with every change; what is not as it should be."""

    entries: Mapping[str, Any]
    states: Mapping[str, str]
    faults: tuple[str, ...] = ()

    @property
    def datasets(self) -> int:
        return len(self.entries)

    @property
    def files(self) -> int:
        return sum(len(entry["resources"]) for entry in self.entries.values())


@dataclass
class Looker:
    """Looks at a portal as its sysadmin, and as the public downloads, past any proxy."""

    ckan: Ckan
    session: requests.Session = field(default_factory=requests.Session)
    _seen: dict[tuple[str, str, str], bytes] = field(default_factory=dict)

    def left(self, town: Municipality, organization: str, *, quickly: bool = False) -> Left:
        """What is there under the organisation, and under names that begin with the town's code. `quickly` takes what
        the search says of them."""
        found = self._packages(f"organization:{organization}")
        found |= self._packages(f"name:{town.code}*")
        entries: dict[str, Any] = {}
        states, faults = {}, []
        for name in sorted(found):
            package = found[name] if quickly else self._ask("package_show", id=found[name]["id"])
            plain = self._plain(town, package, faults)
            key = name.removeprefix(f"{town.code}_")
            if not name.startswith(f"{town.code}_"):
                faults.append(f"duplicate: {name}")
            entries[key] = plain
            states[key] = json.dumps(
                [
                    package["metadata_modified"],
                    [(r["id"], r.get("last_modified")) for r in package["resources"]],
                ]
            )
        return Left(entries, states, tuple(faults))

    def _packages(self, wanted: str) -> dict[str, dict[str, Any]]:
        answer = self._ask("package_search", fq=wanted, rows=1000, include_private=True, include_drafts=True)
        return {package["name"]: package for package in answer["results"]}

    def _plain(self, town: Municipality, package: dict[str, Any], faults: list[str]) -> dict[str, Any]:
        resources = []
        names = [str(resource["url"]).rpartition("/")[2] for resource in package["resources"]]
        faults += [f"duplicate file: {name}" for name in sorted(set(names)) if names.count(name) > 1]
        for resource in package["resources"]:
            content = self._bytes(resource)
            digest = hashlib.sha256(content).hexdigest()
            if resource.get("hash") != f"sha256:{digest}":
                faults.append(f"half: {package['name']}: the file is not what its entry says")
            text = _nobodys(town, content.decode("utf-8-sig", "replace"))
            own = {digest: "DIGEST", str(len(content)): "SIZE"}
            resources.append(
                {key: own.get(str(value), value) for key, value in _steady(resource).items()}
                | {"hash": hashlib.sha256(text.encode()).hexdigest(), "url": names[-1]}
            )
        if not resources:
            faults.append(f"half: {package['name']} has no file")
        whole = _steady(package) | {"resources": resources}
        whole["extras"] = sorted(package.get("extras") or (), key=lambda extra: str(extra["key"]))
        whole["tags"] = sorted(tag["name"] for tag in package.get("tags") or ())
        whole["organization"] = (package.get("organization") or {}).get("title")
        text = json.dumps(whole, ensure_ascii=False)
        for value in _texts(whole):  # what was written is remembered by its digest
            text = text.replace(
                metadata.digest(value), "DIGEST OF " + json.dumps(value, ensure_ascii=False)[1:-1]
            )
        plain: dict[str, Any] = json.loads(_nobodys(town, text))
        return plain

    def _bytes(self, resource: dict[str, Any]) -> bytes:
        """What the public gets; asked for once, as CKAN notes every upload."""
        known = (str(resource["url"]), str(resource.get("hash")), str(resource.get("last_modified")))
        if known not in self._seen:
            answer = self.session.get(resource["url"], timeout=60)
            self._seen[known] = answer.content if answer.status_code == 200 else b""
        return self._seen[known]

    def _ask(self, action: str, **parameters: Any) -> Any:
        answer = self.session.post(
            f"{self.ckan.url}/api/3/action/{action}",
            json=parameters,
            headers={"Authorization": self.ckan.token},
            timeout=60,
        )
        answer.raise_for_status()
        return answer.json()["result"]


def _texts(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict | list):
        for part in entry.values() if isinstance(entry, dict) else entry:
            yield from _texts(part)


def _steady(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in _MOVES}


def _nobodys(town: Municipality, text: str) -> str:
    """The text with the town's codes and names taken out; also its corporate number, which has a check digit."""
    number = _of(town, "4000020" + BODY.code, changed=False)
    for own, common in (
        (number, "NUMBER"),
        (town.code, "CODE"),
        (town.prefecture, "PREFECTURE"),
        (town.name, "NAME"),
    ):
        text = text.replace(own, common)
    return text


def unlike(found: Left, wanted: Left) -> list[str]:
    """In what the two differ; nothing where they are the same."""
    off = list(found.faults)
    off += [f"lost: {name}" for name in wanted.entries if name not in found.entries]
    off += [f"duplicate: {name}" for name in found.entries if name not in wanted.entries]
    for name, entry in found.entries.items():
        there = wanted.entries.get(name)
        if there is None or entry == there:
            continue
        if len(entry["resources"]) != len(there["resources"]):
            kind = "duplicate file" if len(entry["resources"]) > len(there["resources"]) else "half"
            off.append(f"{kind}: {name}: {len(entry['resources'])} files")
        else:
            keys = [key for key in there.keys() | entry.keys() if entry.get(key) != there.get(key)]
            off.append(f"differs: {name}: {', '.join(sorted(keys))}")
    return list(dict.fromkeys(off))


def whole(found: Left, wanted: Left) -> set[str]:
    """The datasets that are already as they should be."""
    return {name for name, entry in found.entries.items() if wanted.entries.get(name) == entry}
