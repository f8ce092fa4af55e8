"""The pages of a catalogue in a folder: the overview, and a page for each dataset with a look into its files."""

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from odtool import page
from odtool.portal import dcat, files
from odtool.portal.entries import Entry, File, Verdict

LANG = "ja"
PREVIEW = 20  # rows shown of a file
LOOKED_AT = 256 * 1024  # bytes of a file, from which they are taken
LONGEST = 200  # characters shown of a cell


@dataclass(frozen=True, slots=True)
class Look:
    """The column names and first rows of a file; `size` is the file's, in bytes."""

    size: int
    labels: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def look(path: Path) -> Look:
    """A look into the CSV; of any other file only its size."""
    size, head = files.head(path, LOOKED_AT if path.suffix == ".csv" else 0)
    if not head:
        return Look(size)
    text = head.decode("utf-8-sig", "replace")
    records = csv.reader(io.StringIO(text, newline=""))
    try:
        shown = list(islice(records, PREVIEW + 1))
        whole = size <= LOOKED_AT or next(records, None) is not None
    except csv.Error:  # a cell longer than any that is published
        return Look(size)
    if not whole:
        shown = shown[:-1]  # the last record may be cut
    if not shown:
        return Look(size)
    return Look(size, _short(shown[0]), tuple(map(_short, shown[1:])))


def _short(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell if len(cell) <= LONGEST else cell[:LONGEST] + "…" for cell in cells)


def index(title: str, entries: Iterable[Entry], lists: Collection[str] = ()) -> str:
    """The overview. Its date is that of the newest dataset, so that it changes only when they do.

    `lists` names the municipalities, by code, that have the national list beside it."""
    shown = [_entry(entry) | {"lists": entry.place.code in lists} for entry in entries]
    newest = max((entry["updated"] for entry in shown), default="")
    choices = {
        "places": _choices(shown, "code", "municipality"),
        "kinds": _choices(shown, "dataset", "dataset"),
        "editions": _choices(shown, "edition", "edition"),
        "licences": _choices(shown, "licence", "licence"),
    }
    return page.render(
        "catalogue_index.html.j2", LANG, title=title, generated=newest, datasets=shown, choices=choices
    )


def _choices(shown: Iterable[Mapping[str, Any]], key: str, words: str) -> list[tuple[str, str]]:
    """What there is to choose from, as value and words; nothing where all are the same."""
    found = dict(sorted({str(entry[key]): str(entry[words]) for entry in shown}.items()))
    return list(found.items()) if len(found) > 1 else []


def dataset(entry: Entry, looks: Mapping[str, Look], reports: Collection[str] = (), base: str = "") -> str:
    """The page of one dataset. `looks` are its files by name, those that are not there left out; `reports` names the
    reports beside it, `base` is the catalogue's address with a slash at the end, or empty."""
    there = [file for file in entry.files if file.name in looks]
    about = {
        "description": entry.description or None,
        "files": [_file(file, looks[file.name], reports) for file in there],
        "verdict": _verdict(there),
        "frequency": entry.frequency or None,
        "spatial": entry.spatial or None,
        "temporal": _period(entry.temporal) or None,
        "published": entry.published or None,
        "source_url": entry.source_url or None,
        "contact": {"name": entry.contact.name, "email": entry.contact.email or None}
        if entry.contact
        else None,
        "withdrawn": entry.withdrawn or None,
        "about": dcat.markup(entry, base),
    }
    return page.render("catalogue_dataset.html.j2", LANG, **_entry(entry) | about)


def _period(said: str) -> str:
    """An ISO interval in words; anything else as it is."""
    begin, slash, end = said.partition("/")
    if not slash or not all(map(dcat.is_day, (begin, end))):
        return said
    return f"{page.day(begin, LANG)}〜{page.day(end, LANG)}"


def _entry(entry: Entry) -> dict[str, Any]:
    rows = [file.rows for file in entry.files if file.rows is not None]
    return {
        "name": entry.name,
        "title": entry.title,
        "municipality": entry.place.title,
        "code": entry.place.code,
        "prefecture": entry.place.prefecture if entry.place.name else "",
        "dataset": entry.kind,
        "edition": entry.edition,
        "updated": entry.updated,
        "licence": entry.licence,
        "licence_url": entry.licence_url or None,
        "href": f"{quote(entry.name)}/index.html",
        "files": len(entry.files),
        "rows": sum(rows) if rows else None,
        "words": " ".join((*entry.keywords, entry.description, entry.spatial)),
    }


def _file(file: File, seen: Look, reports: Collection[str]) -> dict[str, Any]:
    return {
        "file_name": file.name,
        "title": file.title,
        "href": quote(file.name),
        "format": file.format,
        "size": seen.size,
        "rows": file.rows,
        "updated": file.updated or None,
        "sha256": file.sha256 or None,
        "verdict": _counted(file.verdict) if file.verdict else None,
        "report": quote(file.report) if file.report in reports else None,
        "preview": {"labels": seen.labels, "rows": seen.rows} if seen.labels and file.verdict else None,
    }


def _counted(verdict: Verdict) -> dict[str, Any]:
    return {
        "status": verdict.status,
        "validated": verdict.validated,
        "schema": verdict.schema,
        "tool": verdict.tool,
        "errors": verdict.errors,
        "warnings": verdict.warnings,
        "hints": verdict.hints,
    }


def _verdict(shown: Iterable[File]) -> dict[str, Any] | None:
    """The verdicts of all files in one, with the day of the last; None unless every file was judged."""
    found = list(shown)
    said = [file.verdict for file in found if file.verdict]
    if not said or len(said) < len(found):
        return None
    last = max(said, key=lambda verdict: verdict.validated)
    return _counted(last) | {
        "status": next((verdict.status for verdict in said if verdict.status != "valid"), "valid"),
        **{key: sum(getattr(verdict, key) for verdict in said) for key in ("errors", "warnings", "hints")},
    }
