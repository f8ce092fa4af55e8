"""A static catalogue in a folder: any web server, or a double click, shows it.

<root>/<dataset>/<file>.csv, <file>_report.html, index.html and datapackage.json (Frictionless), and what
`overviews` makes of all datasets. The datapackage.json is what the catalogue knows; the pages are made from it and
the files beside it. It is written last: whatever died before is done again by the next run.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from odtool.errors import PortalError
from odtool.model import FileReport
from odtool.municipality import municipalities
from odtool.plan import Held, Licence, Offer, Published, Refusal
from odtool.portal import files, foreign, overviews, pages
from odtool.portal.entries import Entry, entry

PACKAGE = "datapackage.json"
PAGE = "index.html"

Reporting = Callable[[Offer, bytes], FileReport | None]
"""The verdict on the bytes that are published, to be shown beside them; None where there is nothing to show."""


class Folder:
    """The catalogue below `path`, made where there is none.

    `base_url` is where the public finds it; without it all links are relative. Without `report` the pages tell how
    many findings there are, but not which.
    """

    def __init__(
        self,
        name: str,
        path: str,
        title: str,
        tool: str,
        *,
        base_url: str = "",
        report: Reporting | None = None,
    ) -> None:
        self.name = name
        self.address = Path(path).as_posix()
        self._root = Path(path)
        self._title = title
        self._tool = tool
        self._base = f"{base_url.rstrip('/')}/" if base_url else ""
        self._report = report

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
            resources={
                entry["path"]: self._held(dataset_name, entry)
                for entry in package["resources"]
                if files.is_plain(entry["path"])
            },
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
        with files.locked(self._root):
            self._save_dataset(offer, known=held is not None)

    def _save_dataset(self, offer: Offer, *, known: bool) -> None:
        package = self._package(offer.dataset_name)
        if not known and package is not None and not _ours(package):  # made since this was looked up
            raise PortalError(*foreign(offer.dataset_name))
        known = known or package is not None
        package = package or {"resources": []}
        place = municipalities()[offer.municipality]
        others = [
            person
            for person in package.get("contributors", ())
            if isinstance(person, dict) and person.get("role") != "publisher"
        ]
        keywords = [*package.get("keywords", ()), *offer.tags]
        package |= {
            "name": offer.dataset_name,
            "title": offer.title,
            "keywords": list(dict.fromkeys(keywords)),
            "licenses": [{"name": offer.licence, "title": offer.terms.title, "path": offer.terms.url}],
            "contributors": [{"title": place.title, "role": "publisher"}, *others],
            "odtool": {
                **({} if known else {"published": offer.judged}),
                **package.get("odtool", {}),
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
        with files.locked(self._root):
            self._save_resource(offer, content)

    def _save_resource(self, offer: Offer, content: bytes) -> None:
        files.put(files.inside(self._root, offer.dataset_name, offer.file_name), content)
        report = self._write_report(offer, content)
        package = self._package(offer.dataset_name)
        if package is None:
            raise PortalError(
                f"{offer.dataset_name}: {PACKAGE} がなくなりました。",
                f"{offer.dataset_name}: {PACKAGE} is gone.",
            )
        others = [known for known in package["resources"] if known["path"] != offer.file_name]
        before = next((known for known in package["resources"] if known["path"] == offer.file_name), None)
        described = self._described(offer, before, report)
        package["resources"] = sorted((*others, described), key=lambda known: str(known["path"]))
        package["odtool"]["updated"] = offer.judged
        self._put_package(offer.dataset_name, package)

    def _write_report(self, offer: Offer, content: bytes) -> str:
        """The name of the page that tells what was found in the file; "" where there is none."""
        name = f"{offer.file_name.removesuffix('.csv')}_report.html"
        place = files.inside(self._root, offer.dataset_name, name)
        report = self._report(offer, content) if self._report else None
        if report is None or report.status != "valid":  # no page that says other than the verdict
            files.remove(place)
            return ""
        from odtool.report.as_html import as_html
        from odtool.report.as_json import as_json

        told = as_json([replace(report, path=offer.file_name)], offer.judged, pages.LANG)
        files.put(place, as_html(told, pages.LANG).encode())
        return name

    def _described(self, offer: Offer, before: Mapping[str, Any] | None, report: str) -> dict[str, Any]:
        """The file's own part of the datapackage.json."""
        noted = before.get("odtool") if before else None
        published = noted.get("published", "") if isinstance(noted, dict) else offer.judged
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
                **({"published": published} if published else {}),
                "updated": offer.judged,
                "validated": offer.judged,
                "schema": offer.dataset,
                "tool": self._tool,
                "rows": offer.rows,
                "errors": offer.errors,
                "warnings": offer.warnings,
                "hints": offer.hints,
                **({"report": report} if report else {}),
            },
        }

    def _put_package(self, dataset_name: str, package: dict[str, Any]) -> None:
        place = files.inside(self._root, dataset_name, PACKAGE)
        content = (json.dumps(package, ensure_ascii=False, indent=2) + "\n").encode()
        if not place.exists():  # a page alone would be taken for somebody else's
            files.put(place, content)
        self._put_page(dataset_name, package)
        files.put(place, content)

    def _put_page(self, dataset_name: str, package: Mapping[str, Any]) -> Entry | None:
        """Make the dataset's page anew; what was shown, None where the package is not ours."""
        found = entry(dataset_name, package)
        if found is None:
            return None
        folder = files.inside(self._root, dataset_name)
        looks, reports = {}, set()
        for file in found.files:
            if (folder / file.name).is_file():
                looks[file.name] = pages.look(folder / file.name)
            if file.report and (folder / file.report).is_file():
                reports.add(file.report)
        files.put(folder / PAGE, pages.dataset(found, looks, reports, self._base).encode())
        return found

    def fetch(self, held: Held) -> bytes:
        return files.get(files.inside(self._root, *held.id.split("/")))

    def finish(self) -> None:
        """Make pages and overviews anew; each is written only where it differs."""
        if not (self._root / PAGE).exists() and not any(self._ours()):
            return  # nothing of ours is here: not even a lock is to be left
        with files.locked(self._root):
            shown = [self._put_page(name, package) for name, package in self._ours()]
            overviews.write(self._root, self._title, filter(None, shown), self._base)

    def _ours(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The datasets that odtool made, by name."""
        for folder in sorted(self._root.iterdir()) if self._root.is_dir() else ():
            package = self._package(folder.name) if files.is_plain(folder.name) and folder.is_dir() else None
            if package and _ours(package):
                yield folder.name, package

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
