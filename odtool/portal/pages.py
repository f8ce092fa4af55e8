"""The pages of a catalogue in a folder, made from its data packages."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote

from odtool import page
from odtool.municipality import municipalities

LANG = "ja"
PREVIEW = 20  # rows shown of a file


def index(title: str, packages: Iterable[Mapping[str, Any]]) -> str:
    """The overview. Its date is that of the newest dataset, so that it changes only when they do."""
    entries = [_entry(package) for package in packages]
    newest = max((entry["updated"] for entry in entries), default="")
    return page.render("catalogue_index.html.j2", LANG, title=title, generated=newest, datasets=entries)


def dataset(package: Mapping[str, Any], contents: Mapping[str, bytes]) -> str:
    """The page of one dataset, with a look into its files. Files that are not there are not shown."""
    resources = [resource for resource in package["resources"] if resource["path"] in contents]
    shown = [_file(resource, contents[resource["path"]]) for resource in resources]
    about = {
        "description": package.get("description") or None,
        "files": shown,
        "verdict": _verdict(resources),
    }
    return page.render("catalogue_dataset.html.j2", LANG, **_entry(package) | about)


def _entry(package: Mapping[str, Any]) -> dict[str, Any]:
    ours = package["odtool"]
    place = municipalities()[ours["municipality"]]
    licence = package["licenses"][0]
    rows = [_said(resource).get("rows") for resource in package["resources"]]
    return {
        "name": package["name"],
        "title": package["title"],
        "municipality": place.title,
        "code": place.code,
        "prefecture": place.prefecture if place.name else "",
        "dataset": ours["title"],
        "edition": ours["edition"],
        "updated": ours["updated"],
        "licence": licence.get("title") or licence.get("name", ""),
        "licence_url": licence.get("path"),
        "href": f"{quote(package['name'])}/index.html",
        "files": len(rows),
        "rows": sum(filter(None, rows)),
    }


def _said(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """What odtool noted on the file; nothing on one that somebody else added."""
    said = resource.get("odtool")
    return said if isinstance(said, dict) else {}


def _file(resource: Mapping[str, Any], content: bytes) -> dict[str, Any]:
    records = csv.reader(io.StringIO(content.decode("utf-8-sig", "replace"), newline=""))
    said = _said(resource)
    labels = next(records, []) if said else []
    return {
        "file_name": resource["path"],
        "title": resource.get("title") or resource["path"],
        "href": quote(resource["path"]),
        "format": str(resource.get("format", "")).upper(),
        "size": len(content),
        "rows": said.get("rows"),
        "sha256": hashlib.sha256(content).hexdigest(),
        "preview": {"labels": labels, "rows": list(islice(records, PREVIEW))} if labels else None,
    }


def _verdict(resources: list[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The verdicts of all files in one, with the day of the last."""
    said = [_said(resource) for resource in resources if _said(resource)]
    if not said:
        return None
    last = max(said, key=lambda verdict: str(verdict["validated"]))
    return {
        **last,
        **{count: sum(verdict[count] for verdict in said) for count in ("errors", "warnings", "hints")},
    }
