"""A static catalogue in a folder: any web server, or a double click, shows it.

<root>/<dataset>/<file>.csv, <file>_report.html, index.html and datapackage.json (Frictionless), and what
`overviews` makes of all datasets. The datapackage.json is what the catalogue knows; the pages are made from it and
the files beside it. It is written last: whatever died before is done again by the next run.
"""

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from odtool import whole
from odtool.errors import PortalError
from odtool.model import FileReport
from odtool.municipality import municipalities
from odtool.planning.decide import TAGS, written
from odtool.planning.metadata import KEYS, Licence
from odtool.planning.plan import Held, Offer, Published, Refusal
from odtool.portal import Payload, files, foreign, overviews, pages, was_withdrawn
from odtool.portal.entries import Entry, entry

PACKAGE = "datapackage.json"
PAGE = "index.html"
KEPT = ("published", "category")  # of what is noted on a dataset: by whomsoever, it stays

Reporting = Callable[[Offer, bytes], FileReport | None]
"""The verdict on the bytes that are published, to be shown beside them; None where there is nothing to show."""


class Folder:
    """The catalogue below `path`, made where there is none.

    `base_url` is where the public finds it; without it all links are relative. Without `report` the pages tell how
    many findings there are, but not which.
    """

    by_hand = False

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
        self.holds = KEYS.keys()
        self._root = Path(path)
        self._title = title
        self._tool = tool
        self._base = f"{base_url.rstrip('/')}/" if base_url else ""
        self._report = report

    def licence(self, wanted: Licence) -> Licence:
        return wanted

    def find(self, dataset_name: str) -> Published | None:
        folder = files.inside(self._root, dataset_name)
        with _seen(folder):
            return self._found(folder, dataset_name)

    def _found(self, folder: Path, dataset_name: str) -> Published | None:
        if not folder.exists() or (folder.is_dir() and not _visible(folder)):
            return None
        package = self._package(dataset_name)
        if package is None or not _ours(package):
            refusal = Refusal("portal", *foreign(dataset_name))
            return Published(dataset_name, obstacle=refusal, foreign=folder.is_dir())
        ours = package["odtool"]
        licences = package.get("licenses") or [{}]
        found = Published(
            dataset_name,
            metadata={
                **_texts(ours.get("metadata")),
                "title": str(package.get("title", "")),
                "description": str(package.get("description", "")),
                "licence": str(licences[0].get("name", "")),
                "dataset": str(ours["dataset"]),
            },
            tags=tuple(map(str, package.get("keywords", ()))),
            resources={
                known["path"]: self._held(dataset_name, known)
                for known in package["resources"]
                if files.is_plain(known["path"])
            },
            written=_texts(ours.get("written")),
            details={"package": files.digest(folder / PACKAGE)},
            withdrawn=str(ours.get("withdrawn", "")),
            withdrawn_files=_texts(ours.get("withdrawn_files")),
        )
        if found.withdrawn:
            return replace(found, obstacle=Refusal("portal", *was_withdrawn(dataset_name, found.withdrawn)))
        return found

    def _package(self, dataset_name: str) -> dict[str, Any] | None:
        try:
            package = json.loads(files.inside(self._root, dataset_name, PACKAGE).read_bytes())
            json.dumps(package, ensure_ascii=False).encode()  # half of a letter can be written nowhere
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError, RecursionError):
            return None
        resources = package.get("resources") if isinstance(package, dict) else None
        if not isinstance(resources, list) or not all(
            isinstance(entry, dict) and isinstance(entry.get("path"), str) for entry in resources
        ):
            return None
        return dict(package)

    def _held(self, dataset_name: str, entry: Mapping[str, Any]) -> Held:
        """The file as it lies there; its entry tells what odtool wrote."""
        file_name = str(entry["path"])
        place = files.inside(self._root, dataset_name, file_name)
        there = place.is_file()
        digest = files.digest(place) if there else ""
        where = f"{dataset_name}/{file_name}"
        return Held(
            file_name,
            where,
            digest,
            place.stat().st_size if there else 0,
            f"{self.address}/{where}",
            str(entry.get("format", "")),
            edited=there and entry.get("hash") != f"sha256:{digest}",
        )

    def save(
        self,
        offer: Offer,
        content: Payload | None,
        held: Published | None,
        fields: Collection[str],
        *,
        takes: str = "",  # noqa: ARG002 - a file of another name is left where it is
    ) -> None:
        with files.locked(self._root):
            self._save(offer, content, held, fields)

    def _save(
        self, offer: Offer, content: Payload | None, held: Published | None, fields: Collection[str]
    ) -> None:
        name = offer.dataset_name
        # What is the catalogue's own, and what a browser would run.
        if offer.file_name == PACKAGE or offer.file_name.endswith(".html"):
            raise PortalError(
                f"「{offer.file_name}」という名前のファイルは、フォルダーのカタログには置けません。名前か形式を変えてください。",
                f"A catalogue in a folder cannot hold a file called “{offer.file_name}”. Change its name or its form.",
            )
        self._require_as_found(name, held)
        known = self._package(name)
        package = known or {"resources": []}
        place = municipalities()[offer.municipality]
        said = {key: value for key, value in offer.metadata.items() if key in fields}
        noted = package.get("odtool")
        ours = noted if isinstance(noted, dict) else {}
        package["name"] = name
        if "title" in said:
            package["title"] = said["title"]
        if "description" in said:
            package["description"] = said["description"]
        if "licence" in said:
            package["licenses"] = [
                {"name": said["licence"], "title": offer.terms.title, "path": offer.terms.url}
            ]
        if TAGS in fields:
            words = package.get("keywords")
            there = [word for word in words if isinstance(word, str)] if isinstance(words, list) else []
            package["keywords"] = list(dict.fromkeys([*there, *offer.tags]))
        marks = _texts(ours.get("withdrawn_files"))
        marks.pop(offer.file_name, None)
        package["contributors"] = [{"title": place.title, "role": "publisher"}]
        package["odtool"] = {
            "managed": True,
            "dataset": offer.dataset if "dataset" in said else ours.get("dataset", offer.dataset),
            "edition": offer.edition,
            "title": offer.national_title,
            "municipality": offer.municipality,
            "updated": offer.judged,
            **({key: ours[key] for key in KEPT if key in ours} if known else {"published": offer.judged}),
            "metadata": _texts(ours.get("metadata")) | said,
            "written": written(offer, held, fields),
            **({"withdrawn_files": marks} if marks else {}),
        }
        if content:
            others = [each for each in package["resources"] if each["path"] != offer.file_name]
            before = next((each for each in package["resources"] if each["path"] == offer.file_name), None)
            if before is None:  # so that a file that came, and nothing after it, is known to be ours
                coming = self._described(offer, content.schema, None, "")
                self._put_package(name, package | {"resources": [*others, coming]})
            with content.open() as stream:
                files.stream(files.inside(self._root, name, offer.file_name), stream)
            report = self._write_report(offer, content)
            described = self._described(offer, content.schema, before, report)
            package["resources"] = sorted((*others, described), key=lambda each: str(each["path"]))
        self._put_package(name, package)

    def _require_as_found(self, name: str, held: Published | None) -> None:
        """Raises PortalError where another program has changed the dataset since it was looked up: it may have been
        withdrawn meanwhile."""
        if held and held.foreign:
            return
        place = files.inside(self._root, name, PACKAGE)
        now = files.digest(place) if place.exists() else ""
        if now != (held.details["package"] if held else ""):
            raise PortalError(
                f"{name}: 見てから書くまでの間に、別のプログラムか人が変えました。もう一度実行してください。",
                f"{name}: another program or person changed it between the look and the writing. Run this again.",
            )

    def load(self, offer: Offer, content: Payload, held: Held) -> None:
        """A folder has no table store."""

    def _write_report(self, offer: Offer, content: Payload) -> str:
        """The name of the page that tells what was found in the file; "" where there is none."""
        name = _report_of(offer.file_name)
        place = files.inside(self._root, offer.dataset_name, name)
        judged = self._report and offer.file_name.endswith(".csv")
        report = self._report(offer, content.read()) if self._report and judged else None
        if report is None or report.status != "valid":  # no page that says other than the verdict
            files.remove(place)
            return ""
        from odtool.report.as_html import as_html
        from odtool.report.as_json import as_json

        told = as_json([replace(report, path=offer.file_name)], offer.judged, pages.LANG)
        files.put(place, as_html(told, pages.LANG).encode())
        return name

    def _described(
        self, offer: Offer, schema: Mapping[str, Any], before: Mapping[str, Any] | None, report: str
    ) -> dict[str, Any]:
        """The file's own part of the datapackage.json."""
        noted = before.get("odtool") if before else None
        published = noted.get("published", "") if isinstance(noted, dict) else offer.judged
        tabular = offer.format == "CSV"
        return {
            "name": offer.file_name.removesuffix(".csv"),
            "path": offer.file_name,
            "title": offer.file_title,
            "profile": "tabular-data-resource" if tabular else "data-resource",
            "format": offer.format.lower(),
            "mediatype": offer.media_type,
            **({"encoding": "utf-8"} if tabular else {}),
            "bytes": offer.size,
            "hash": f"sha256:{offer.content_sha256}",
            **({"schema": schema} if schema else {}),
            "odtool": {
                "status": "valid",
                **({"published": published} if published else {}),
                "updated": offer.judged,
                "validated": offer.judged,
                "schema": offer.dataset,
                "tool": self._tool,
                **({"rows": offer.rows} if tabular else {}),
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

    def digest(self, held: Held) -> str:
        return files.digest(files.inside(self._root, *held.id.split("/")))

    def content(self, held: Held, most: int) -> bytes | None:
        place = files.inside(self._root, *held.id.split("/"))
        return None if (held.size or 0) > most else files.get(place)

    def withdraw(self, held: Published, file: Held | None, said: str) -> None:
        with files.locked(self._root):
            self._withdraw(held, file, said)

    def _withdraw(self, held: Published, file: Held | None, said: str) -> None:
        if held.foreign:
            raise PortalError(
                f"{held.name} は odtool が作ったものではないので、消しません。フォルダーを確かめて、手で取り除いてください。",
                f"{held.name} was not made by odtool and is not removed. Look into the folder and take it away by hand.",
            )
        self._require_as_found(held.name, held)
        package = self._package(held.name)
        if package is None:
            raise _vanished(held.name)
        gone = [file] if file else list(held.resources.values())
        for each in gone:
            files.remove(files.inside(self._root, *each.id.split("/")))
            files.remove(files.inside(self._root, held.name, _report_of(each.file_name)))  # it shows cells
        names = {each.file_name for each in gone}
        package["resources"] = [entry for entry in package["resources"] if entry["path"] not in names]
        day = said.partition(" ")[0]  # why it was withdrawn is nothing for a public file
        if file:
            marks = _texts(package["odtool"].get("withdrawn_files"))
            package["odtool"]["withdrawn_files"] = marks | {file.file_name: day}
        else:
            package["odtool"]["withdrawn"] = day
        # So that no plan of before fits again: it may say to restore what was withdrawn once more.
        package["odtool"]["withdrawal"] = secrets.token_hex(8)
        self._put_package(held.name, package)

    def still_public(self, held: Published, file: Held | None) -> str:
        with _seen(self._root):
            return self._left(held, file)

    def _left(self, held: Published, file: Held | None) -> str:
        gone = [file] if file else list(held.resources.values())
        names = [name for each in gone for name in (each.file_name, _report_of(each.file_name))]
        places = [files.inside(self._root, held.name, name) for name in names]
        if file is None:  # also what a hand took off the list
            places += [each for each in sorted((self._root / held.name).glob("*")) if _shown(each)]
        return next((place.as_posix() for place in places if place.exists()), "")

    def finish(self) -> None:
        """Make pages and overviews anew; each is written only where it differs."""
        with _seen(self._root):
            if not (self._root / PAGE).exists() and not any(self._ours()):
                return  # nothing of ours is here: not even a lock is to be left
            with files.locked(self._root):
                files.sweep(self._root)
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


@contextmanager
def _seen(place: Path) -> Iterator[None]:
    """Raises PortalError where the block meets what cannot be looked at."""
    try:
        yield
    except OSError as error:
        raise files.unreadable(Path(error.filename or place), error) from None


def _report_of(file_name: str) -> str:
    return f"{file_name.partition('.')[0]}_report.html"


def _vanished(dataset_name: str) -> PortalError:
    return PortalError(f"{dataset_name}: {PACKAGE} がなくなりました。", f"{dataset_name}: {PACKAGE} is gone.")


def _texts(found: object) -> dict[str, str]:
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _ours(package: Mapping[str, Any]) -> bool:
    """Whether odtool made it, and everything is still there that the pages show."""
    ours = package.get("odtool")
    if not isinstance(ours, dict) or not ours.get("managed"):
        return False
    said = all(
        isinstance(ours.get(key), str) for key in ("dataset", "edition", "title", "municipality", "updated")
    )
    licences, words = package.get("licenses"), package.get("keywords", [])
    known = isinstance(licences, list) and licences and all(isinstance(each, dict) for each in licences)
    plain = isinstance(words, list) and all(isinstance(word, str) for word in words)
    return said and ours["municipality"] in municipalities() and bool(known) and plain


def _shown(place: Path) -> bool:
    """Whether it is a file that odtool may have published, and not what it makes of the list of them."""
    return place.name not in (PACKAGE, PAGE) and files.is_plain(place.name) and place.is_file()


def _visible(folder: Path) -> bool:
    """Whether anything is in it but what a crash left unfinished."""
    return any(not entry.name.endswith(whole.UNFINISHED) for entry in folder.iterdir())
