"""The ledger's entries on one dataset of one municipality → its cell."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from odtool.coverage.cell import Cell, known, moment


class Check(Protocol):
    """What coverage needs to know of one file that was judged; the ledger's entries have it."""

    @property
    def at(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def municipality(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def edition(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def errors(self) -> int: ...
    @property
    def warnings(self) -> int: ...


class Publication(Protocol):
    """What coverage needs to know of one file that was brought to a portal."""

    @property
    def at(self) -> str: ...
    @property
    def portal(self) -> str: ...
    @property
    def dataset_name(self) -> str: ...
    @property
    def file_name(self) -> str: ...
    @property
    def content_sha256(self) -> str: ...
    @property
    def municipality(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def edition(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def errors(self) -> int: ...
    @property
    def warnings(self) -> int: ...
    @property
    def url(self) -> str: ...


def newest(checks: Iterable[Check], key: Callable[[Check], tuple[str, ...]]) -> dict[tuple[str, ...], Check]:
    """The newest check per key; of two at the same moment, the one noted later."""
    return {key(check): check for check in sorted(checks, key=_at)}


def ledger_cell(publications: Sequence[Publication], check: Check | None) -> Cell:
    if not publications:
        return _unpublished(check)
    since, last = _latest_file(publications)
    # A check that led to the publication is not newer than it.
    newer = check if check and _at(check) > _at(last) else None
    return Cell(
        state="published-errors" if last.errors else "published-warnings" if last.warnings else "published",
        edition=last.edition,
        published_at=known(since),
        checked_at=known(_at(newer)) if newer else None,
        errors=last.errors,
        warnings=last.warnings,
        newer_errors=newer.errors if newer else 0,
        portal=last.portal,
        url=last.url,
        files=len({(entry.portal, entry.dataset_name, entry.file_name) for entry in publications}),
    )


_NOTHING = Cell()  # most cells of a country; made once


def _unpublished(check: Check | None) -> Cell:
    if check is None or not (check.errors or check.status == "valid"):
        return _NOTHING
    return Cell(
        state="refused" if check.errors else "ready",
        edition=check.edition,
        checked_at=known(_at(check)),
        errors=check.errors,
        warnings=check.warnings,
    )


def _latest_file(publications: Sequence[Publication]) -> tuple[datetime, Publication]:
    """Of the files of one dataset the one that changed last: since when it is so, and the last word on it.

    A run that found a file unchanged does not make it newer; otherwise a nightly run would turn last year's
    population into the newest.
    """
    files: dict[tuple[str, str, str], tuple[datetime, Publication]] = {}
    for publication in sorted(publications, key=_at):
        file = (publication.portal, publication.dataset_name, publication.file_name)
        if publication.action == "unchanged" and file in files:
            files[file] = (files[file][0], publication)
        else:
            files.pop(file, None)  # so that it comes last again: of two of one moment the later one wins
            files[file] = (_at(publication), publication)
    return max(reversed(files.values()), key=lambda found: found[0])


def _at(entry: Check | Publication) -> datetime:
    return moment(entry.at)
