"""National datasets that follow a standard of somebody else. They are named with a pointer, not imitated."""

import io
import json
from collections.abc import Collection, Mapping
from dataclasses import field
from functools import cache
from pathlib import PurePosixPath

from odtool import resources
from odtool.text import fold
from odtool.value import dataclass


@dataclass(frozen=True, slots=True)
class Standard:
    """A dataset whose standard lies elsewhere: what it follows, where that is, and how its files are told.

    `archive` are files that a zip of it holds, `headers` the columns that each file of it has.
    """

    number: str
    title: str
    title_en: str
    follows: str
    follows_en: str
    url: str
    confidence: str
    archive: frozenset[str] = frozenset()
    headers: Mapping[str, frozenset[str]] = field(default_factory=dict)


@cache
def standards() -> tuple[Standard, ...]:
    """All of them, in the order of their national numbers."""
    listed = json.loads(resources.text("recommended_datasets", "elsewhere.json"))
    return tuple(
        Standard(
            entry["number"],
            entry["title"],
            entry["titleEn"],
            entry["follows"],
            entry["followsEn"],
            entry["url"],
            entry["confidence"],
            frozenset(entry.get("zip", ())),
            {name: frozenset(map(fold, columns)) for name, columns in entry.get("headers", {}).items()},
        )
        for entry in listed
    )


def of_archive(data: bytes) -> Standard | None:
    """The standard whose files a zip holds, in whatever folder of it; only its directory is read."""
    if not data.startswith(b"PK\x03\x04"):
        return None
    import zipfile  # only what looks like an archive is looked into

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {PurePosixPath(name).name for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return None
    if "workbook.xml" in names:
        return None
    return next((s for s in standards() if s.archive and s.archive <= names), None)


def of_header(labels: Collection[str]) -> Standard | None:
    """The standard one of whose files has these columns."""
    folded = {fold(label) for label in labels}
    return next((s for s in standards() if any(columns <= folded for columns in s.headers.values())), None)
