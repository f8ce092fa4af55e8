"""A dataset as CKAN writes it down ↔ a dataset as publishing sees it. Pure."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from odtool import __version__
from odtool.planning.decide import TAGS, written
from odtool.planning.plan import Held, Offer, Published

MARK = "odtool_managed"
WRITTEN = "odtool_written"
WITHDRAWN, WITHDRAWN_FILES = "odtool_withdrawn", "odtool_withdrawn_files"
UNFINISHED = "odtool_unfinished"
MUNICIPALITY = "odtool_municipality"
LONGEST_SAID = 200  # characters of why a file was withdrawn; CKAN takes some 10,000 in one field
FILE, WROTE, SIZE, LOADED = "odtool_file", "odtool_sha256", "odtool_size", "odtool_loaded"
VIEWS, WANTED = "odtool_views", "wanted"

PLACES: Mapping[str, str] = {
    "title": "title",
    "description": "notes",
    "licence": "license_id",
    "author": "author",
    "author_email": "author_email",
    "maintainer": "maintainer",
    "maintainer_email": "maintainer_email",
    "source_url": "url",
    "dataset": "extras:odtool_dataset",
    "edition": "extras:odtool_edition",
    "schema": "extras:odtool_schema",
    "frequency": "extras:frequency",
    "temporal": "extras:temporal",
    "spatial": "extras:spatial",
    "language": "extras:language",
}
"""Where a plain CKAN keeps each key of metadata."""
_EXTRA = "extras:"


def places_with(own: Mapping[str, str]) -> Mapping[str, str]:
    """A portal's own places, and beside them ours."""
    ours = {key: place for key, place in PLACES.items() if place.startswith(f"{_EXTRA}odtool_")}
    return ours | dict(own)


def extras_of(raw: Mapping[str, Any]) -> dict[str, str]:
    """The extra fields of a dataset. A portal may hold values that are no text."""
    return {str(extra["key"]): _text(extra.get("value")) for extra in raw.get("extras") or ()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def published(name: str, raw: Mapping[str, Any], places: Mapping[str, str], *, tables: bool) -> Published:
    """The dataset, without what stands in its way. With `tables`, what lies in the DataStore matters too."""
    extras = extras_of(raw)
    files = [held(resource, tables=tables) for resource in raw.get("resources") or ()]
    return Published(
        name,
        metadata=_metadata(raw, extras, places),
        tags=tuple(sorted(_tag(tag) for tag in raw.get("tags") or ())),
        resources={file.file_name: file for file in reversed(files)},  # of two with one name the first counts
        written=_remembered(extras.get(WRITTEN, "")),
        details={file.id: _text(r.get("last_modified")) for file, r in zip(files, raw.get("resources") or (), strict=True)},
        withdrawn=extras.get(WITHDRAWN, ""),
        withdrawn_files=_remembered(extras.get(WITHDRAWN_FILES, "")),
    )  # fmt: skip


def _metadata(raw: Mapping[str, Any], extras: Mapping[str, str], places: Mapping[str, str]) -> dict[str, str]:
    known = {
        key: extras.get(place.removeprefix(_EXTRA), "") if place.startswith(_EXTRA) else _text(raw.get(place))
        for key, place in places.items()
    }
    rest = {place.removeprefix(_EXTRA) for place in places.values()}
    return known | {
        key: value for key, value in extras.items() if key not in rest and not key.startswith("odtool_")
    }


def withdrawing(raw: Mapping[str, Any], file_name: str, said: str) -> list[dict[str, str]]:
    """The extras of a dataset, with the mark that it, or the file of that name, was withdrawn."""
    extras = extras_of(raw)
    if file_name:
        marks = _remembered(extras.get(WITHDRAWN_FILES, "")) | {file_name: said[:LONGEST_SAID]}
        extras[WITHDRAWN_FILES] = json.dumps(marks, ensure_ascii=False)
    else:
        extras[WITHDRAWN] = said
    return [{"key": key, "value": value} for key, value in extras.items()]


def _tag(tag: Any) -> str:
    return str(tag.get("name", "")) if isinstance(tag, dict) else str(tag)


def _remembered(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _last_name(url: str) -> str:
    """The name that an address ends in; a portal takes any text as an address."""
    try:
        return unquote(urlsplit(url).path.rpartition("/")[2])
    except ValueError:
        return ""


def held(resource: Mapping[str, Any], *, tables: bool) -> Held:
    """A file of a dataset. Our marks on it go in the same call as its bytes, and the portal's own form drops them:
    where they are gone or do not agree, somebody else has been there."""
    url = _text(resource.get("url"))
    digest = _text(resource.get("hash")).removeprefix("sha256:")
    size = _text(resource.get("size"))
    # The digest is what somebody claimed once; a file that was replaced on the portal's form keeps it.
    marked = digest != "" and resource.get(WROTE) == digest and size in ("", _text(resource.get(SIZE)))
    ours = (
        marked and resource.get("url_type", "upload") == "upload"
    )  # and is no link in the place of the file
    return Held(
        file_name=_text(resource.get(FILE)) or _last_name(url),
        id=str(resource["id"]),
        sha256=digest if ours else "",
        size=int(size) if re.fullmatch("[0-9]{1,18}", size) else None,
        url=url,
        format=_text(resource.get("format")),
        edited=not ours,
        loaded=_loaded(resource, tables=tables),
    )


def _loaded(resource: Mapping[str, Any], *, tables: bool) -> str | None:
    """Of what is made of a file once it is there (its table, its previews): "" where that is yet to be done."""
    if tables and _text(resource.get("format")).upper() == "CSV":
        return _text(resource.get(LOADED))
    return "" if resource.get(VIEWS) == WANTED else None


def dataset_fields(
    offer: Offer,
    raw: Mapping[str, Any] | None,
    was: Published | None,
    fields: Collection[str],
    places: Mapping[str, str],
) -> dict[str, Any]:
    """What to write of the entry: the fields that change, our marks, and both lists whole, as CKAN replaces them."""
    entry: dict[str, Any] = {}
    extras = extras_of(raw or {}) | {MARK: "1", MUNICIPALITY: offer.municipality}
    for key in fields:
        if key not in offer.metadata:
            continue
        place = places.get(key, _EXTRA + key)
        if place.startswith(_EXTRA):
            extras[place.removeprefix(_EXTRA)] = offer.metadata[key]
        else:
            entry[place] = offer.metadata[key]
    extras[WRITTEN] = json.dumps(written(offer, was, fields), sort_keys=True, separators=(",", ":"))
    for done in (WITHDRAWN, UNFINISHED):
        extras.pop(done, None)
    marks = _remembered(extras.pop(WITHDRAWN_FILES, ""))
    if kept := {name: said for name, said in marks.items() if name != offer.file_name}:
        extras[WITHDRAWN_FILES] = json.dumps(kept, ensure_ascii=False)
    entry["extras"] = [{"key": key, "value": value} for key, value in extras.items()]
    if TAGS in fields or raw is None:
        there = [_tag(tag) for tag in (raw or {}).get("tags") or ()]
        entry["tags"] = [{"name": tag} for tag in dict.fromkeys([*there, *offer.tags])]
    return entry


def resource_fields(offer: Offer) -> dict[str, str]:
    """What to write of the file. Every value is a string: beside an upload CKAN takes nothing else."""
    said = {
        "name": offer.file_title,
        "format": offer.format,
        "mimetype": offer.media_type,
        "hash": f"sha256:{offer.content_sha256}",
        FILE: offer.file_name,
        WROTE: offer.content_sha256,
        SIZE: str(offer.size),
        LOADED: "",
        "odtool_validated": offer.judged,
        "odtool_tool": __version__,
        "odtool_errors": str(offer.errors),
        "odtool_warnings": str(offer.warnings),
        "odtool_hints": str(offer.hints),
    }
    optional = {
        "description": offer.file_description,
        "odtool_report": offer.report,
        "odtool_schema": offer.dataset,
        "odtool_edition": offer.edition,
        "odtool_rows": str(offer.rows or ""),
        **{f"odtool_{key}": value for key, value in offer.facts.items()},
    }
    return said | {key: value for key, value in optional.items() if value}
