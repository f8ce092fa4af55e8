"""A dataset's datapackage.json → an entry: what the pages, DCAT and the national list are made from.

Hands may have been in the file, so nothing of its shape is taken for granted: what is not of the form that is
described here counts as unknown, and an address that is not of the web is none.

Beside the names of the standard (specs.frictionlessdata.io: title, description, keywords, licenses) the object
`odtool` holds dataset, edition, title (the national one), municipality, published and updated (ISO days),
withdrawn, category, and in `metadata` frequency, spatial, temporal (an ISO interval or words), language, source_url,
author, maintainer and their mail; that of each file holds published, updated, report and the verdict.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from odtool import page
from odtool.municipality import Municipality, municipalities
from odtool.portal import files

LANGUAGE = "ja"  # of a dataset that does not tell


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a file: `validated` is an ISO day, `schema` a dataset's id, the counts are findings."""

    status: str
    validated: str
    schema: str
    tool: str
    errors: int
    warnings: int
    hints: int


@dataclass(frozen=True, slots=True)
class File:
    """A file beside the datapackage.json. Empty or None is what nobody noted; `size` is in bytes, `rows` without
    the header, `report` the name of a page beside it."""

    name: str
    title: str
    format: str
    media_type: str
    size: int | None
    sha256: str
    rows: int | None
    published: str
    updated: str
    report: str
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask; `email` is empty where there is none that can be written to."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A dataset of the catalogue. `dataset` is the id of the national dataset, `kind` its title; days are ISO days,
    `withdrawn` that on which it was taken out of the public's sight; texts that nobody gave are empty."""

    name: str
    title: str
    description: str
    place: Municipality
    dataset: str
    kind: str
    edition: str
    licence_id: str
    licence: str
    licence_url: str
    keywords: tuple[str, ...]
    published: str
    updated: str
    frequency: str
    spatial: str
    temporal: str
    language: str
    category: str
    source_url: str
    withdrawn: str
    contact: Contact | None
    files: tuple[File, ...]

    @property
    def publisher(self) -> str:
        """京都府舞鶴市; 京都府 for a prefecture."""
        return self.place.prefecture + self.place.name


def entry(name: str, package: Mapping[str, Any]) -> Entry | None:
    """The entry of the dataset in the folder `name`; None where odtool did not write it."""
    ours = _object(package.get("odtool"))
    place = municipalities().get(_text(ours.get("municipality")))
    if not ours.get("managed") or place is None:
        return None
    licence = next(_objects(package.get("licenses")), {})
    said = _object(ours.get("metadata"))
    return Entry(
        name=name,
        title=_text(package.get("title")) or name,
        description=_text(package.get("description")),
        place=place,
        dataset=_text(ours.get("dataset")),
        kind=_text(ours.get("title")),
        edition=_text(ours.get("edition")),
        licence_id=_text(licence.get("name")),
        licence=_text(licence.get("title")) or _text(licence.get("name")),
        licence_url=web(licence.get("path")),
        keywords=tuple(filter(None, map(_text, _list(package.get("keywords"))))),
        published=_text(ours.get("published")),
        updated=_text(ours.get("updated")),
        frequency=_text(said.get("frequency")),
        spatial=_text(said.get("spatial")),
        temporal=_text(said.get("temporal")),
        language=_text(said.get("language")) or LANGUAGE,
        category=_text(ours.get("category")),
        source_url=web(said.get("source_url")),
        withdrawn=_text(ours.get("withdrawn")),
        contact=_contact(said),
        files=tuple(_files(package)),
    )


def web(value: Any) -> str:
    """The address if it is one of the web, else ""."""
    address = _text(value)
    return address if address.startswith(("http://", "https://")) and page.link(address) else ""


def _contact(said: Mapping[str, Any]) -> Contact | None:
    """Who keeps the data, else who made it."""
    for role in ("maintainer", "author"):
        found = Contact(_text(said.get(role)), _mail(said.get(f"{role}_email")))
        if found.name or found.email:
            return found
    return None


def _mail(value: Any) -> str:
    """The address if it can stand behind mailto:, else ""."""
    address = _text(value)
    name, at, host = address.partition("@")
    plain = name and at and "." in host and address.isascii() and address.isprintable()
    return address if plain and not set(address) & set(" <>\"'?&%#,;:\\") and "@" not in host else ""


def _files(package: Mapping[str, Any]) -> Iterator[File]:
    for resource in _objects(package.get("resources")):
        name = _text(resource.get("path"))
        if not files.is_plain(name):
            continue
        said = _object(resource.get("odtool"))
        digest = _text(resource.get("hash"))
        report = _text(said.get("report"))
        yield File(
            name=name,
            title=_text(resource.get("title")) or name,
            format=_text(resource.get("format")).upper(),
            media_type=_text(resource.get("mediatype")),
            size=_count(resource.get("bytes")),
            sha256=digest.removeprefix("sha256:") if digest.startswith("sha256:") else "",
            rows=_count(said.get("rows")),
            published=_text(said.get("published")),
            updated=_text(said.get("updated")) or _text(said.get("validated")),
            report=report if files.is_plain(report) else "",
            verdict=_verdict(said),
        )


def _verdict(said: Mapping[str, Any]) -> Verdict | None:
    counts = [_count(said.get(key)) for key in ("errors", "warnings", "hints")]
    errors, warnings, hints = counts
    if errors is None or warnings is None or hints is None or not _text(said.get("validated")):
        return None
    status, validated, schema, tool = (
        _text(said.get(key)) for key in ("status", "validated", "schema", "tool")
    )
    return Verdict(status, validated, schema, tool, errors, warnings, hints)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in _list(value) if isinstance(item, dict))
