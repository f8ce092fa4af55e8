"""A static catalogue in a folder: any web server, or a double click, shows it.

<root>/<dataset>/<file>.csv, datapackage.json (Frictionless) and index.html, and <root>/index.html. The
datapackage.json is what the catalogue knows; the pages are made from it and the files beside it.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from odtool.errors import PortalError
from odtool.municipality import municipalities
from odtool.plan import Held, Licence, Offer, Published, Refusal
from odtool.portal import files, foreign, pages

PACKAGE = "datapackage.json"


class Folder:
    """The catalogue below `path`, made where there is none."""

    def __init__(self, name: str, path: str, title: str, tool: str) -> None:
        self.name = name
        self.address = Path(path).as_posix()
        self._root = Path(path)
        self._title = title
        self._tool = tool

    def licence(self, wanted: Licence) -> Licence:
        return wanted

    def find(self, dataset_name: str) -> Published | None:
        folder = files.inside(self._root, dataset_name)
        if not folder.exists() or (folder.is_dir() and not _visible(folder)):
            return None
        package = self._package(dataset_name)
        if package is None or not _ours(package):
            return Published(dataset_name, obstacle=Refusal("portal", *foreign(dataset_name)))
        licences = package.get("licenses") or [{}]
        return Published(
            dataset_name,
            metadata={
                "title": str(package.get("title", "")),
                "licence": str(licences[0].get("name", "")),
                "dataset": str(package["odtool"]["dataset"]),
            },
            tags=tuple(map(str, package.get("keywords", ()))),
            resources={entry["path"]: self._held(dataset_name, entry) for entry in package["resources"]},
            details={"package": hashlib.sha256(files.get(folder / PACKAGE)).hexdigest()},
        )

    def _package(self, dataset_name: str) -> dict[str, Any] | None:
        try:
            package = json.loads(files.inside(self._root, dataset_name, PACKAGE).read_bytes())
        except (OSError, ValueError):
            return None
        resources = package.get("resources") if isinstance(package, dict) else None
        if not isinstance(resources, list) or not all(
            isinstance(entry, dict) and isinstance(entry.get("path"), str) for entry in resources
        ):
            return None
        return dict(package)

    def _held(self, dataset_name: str, entry: Mapping[str, Any]) -> Held:
        """The file as it lies there. A digest that its entry does not confirm counts as none."""
        file_name = str(entry["path"])
        place = files.inside(self._root, dataset_name, file_name)
        content = files.get(place) if place.is_file() else b""
        digest = hashlib.sha256(content).hexdigest()
        confirmed = place.is_file() and entry.get("hash") == f"sha256:{digest}"
        where = f"{dataset_name}/{file_name}"
        return Held(file_name, where, digest if confirmed else "", len(content), f"{self.address}/{where}")

    def save_dataset(self, offer: Offer, held: Published | None) -> None:
        package = (self._package(offer.dataset_name) if held else None) or {"resources": []}
        place = municipalities()[offer.municipality]
        keywords = [*package.get("keywords", ()), *offer.tags]
        package |= {
            "name": offer.dataset_name,
            "title": offer.title,
            "keywords": list(dict.fromkeys(keywords)),
            "licenses": [{"name": offer.licence, "title": offer.terms.title, "path": offer.terms.url}],
            "contributors": [{"title": place.title, "role": "publisher"}],
            "odtool": {
                "managed": True,
                "dataset": offer.dataset,
                "edition": offer.edition,
                "title": offer.national_title,
                "municipality": offer.municipality,
                "updated": offer.judged,
            },
        }
        package.setdefault("description", offer.description)
        self._put_package(offer.dataset_name, package)

    def save_resource(self, offer: Offer, content: bytes, held: Held | None) -> None:  # noqa: ARG002 - the name says which
        files.put(files.inside(self._root, offer.dataset_name, offer.file_name), content)
        package = self._package(offer.dataset_name)
        if package is None:
            raise PortalError(
                f"{offer.dataset_name}: {PACKAGE} がなくなりました。",
                f"{offer.dataset_name}: {PACKAGE} is gone.",
            )
        others = [entry for entry in package["resources"] if entry.get("path") != offer.file_name]
        package["resources"] = sorted((*others, self._entry(offer)), key=lambda entry: str(entry["path"]))
        package["odtool"]["updated"] = offer.judged
        self._put_package(offer.dataset_name, package)

    def _entry(self, offer: Offer) -> dict[str, Any]:
        return {
            "name": offer.file_name.removesuffix(".csv"),
            "path": offer.file_name,
            "title": offer.file_title,
            "profile": "tabular-data-resource",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "bytes": offer.size,
            "hash": f"sha256:{offer.content_sha256}",
            "schema": offer.schema,
            "odtool": {
                "status": "valid",
                "validated": offer.judged,
                "schema": offer.dataset,
                "tool": self._tool,
                "rows": offer.rows,
                "errors": offer.errors,
                "warnings": offer.warnings,
                "hints": offer.hints,
            },
        }

    def _put_package(self, dataset_name: str, package: dict[str, Any]) -> None:
        text = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
        files.put(files.inside(self._root, dataset_name, PACKAGE), text.encode())
        folder = files.inside(self._root, dataset_name)
        places = {e["path"]: files.inside(self._root, dataset_name, e["path"]) for e in package["resources"]}
        contents = {name: files.get(place) for name, place in places.items() if place.is_file()}
        files.put(folder / "index.html", pages.dataset(package, contents).encode())

    def fetch(self, held: Held) -> bytes:
        return files.get(files.inside(self._root, *held.id.split("/")))

    def finish(self) -> None:
        """Make the overview anew; it is written only where it differs."""
        if not self._root.is_dir():
            return
        found = [
            package
            for folder in sorted(self._root.iterdir())
            if folder.is_dir()
            and not folder.name.startswith(".")
            and (package := self._package(folder.name))
            and _ours(package)
        ]
        if found or (self._root / "index.html").exists():
            files.put(self._root / "index.html", pages.index(self._title, found).encode())

    def close(self) -> None:
        """Nothing is held open."""


def _ours(package: Mapping[str, Any]) -> bool:
    """Whether odtool made it, and everything is still there that the pages show."""
    ours = package.get("odtool")
    if not isinstance(ours, dict) or not ours.get("managed"):
        return False
    said = all(
        isinstance(ours.get(key), str) for key in ("dataset", "edition", "title", "municipality", "updated")
    )
    licences = package.get("licenses")
    return said and ours["municipality"] in municipalities() and isinstance(licences, list) and bool(licences)


def _visible(folder: Path) -> bool:
    """Whether anything is in it but what a crash left unfinished."""
    return any(not entry.name.endswith(files.UNFINISHED) for entry in folder.iterdir())
