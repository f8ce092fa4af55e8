"""What a portal lists, whatever its software: datasets and their files, before anything is fetched."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from odtool.errors import PortalError


class UnseenError(PortalError):
    """It could not be seen, which tells nothing of whether it is there. `status` is that of the answer, 0 without one."""

    def __init__(self, ja: str, en: str, status: int = 0) -> None:
        super().__init__(ja, en)
        self.status = status


class ForbiddenError(UnseenError):
    """robots.txt says that programs shall not read it, and nobody has noted a permission."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A file that a dataset lists. Texts are the portal's own words and "" where it says nothing.

    `id` tells it from the dataset's other files. `size` is in bytes as the portal states it, which can be wrong. `mark`
    changes whenever the bytes do, where the portal keeps the file itself and tells of changes; "" where it does not.
    `day` is the ISO day of the last change that the portal tells of this file. `note` is what it says beside
    the file. `place` is set for a file on this
    machine, and never from what a portal says.
    """

    id: str
    url: str
    name: str = ""
    format: str = ""
    size: int | None = None
    mark: str = ""
    day: str = ""
    licence: tuple[str, str, str] = ("", "", "")
    note: str = ""
    place: Path | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A dataset that a portal lists. `id` is what it is called there, `name` its title, `owner` the organisation's own
    id and `organisation` its title. `licence` is id, title and address; `notes` are other places where a licence is
    noted. `day` is the ISO day of the last change of anything in its entry: no date of the data. `shown` says that the portal had to be asked for this very entry.
    """

    id: str
    name: str
    owner: str = ""
    organisation: str = ""
    page: str = ""
    licence: tuple[str, str, str] = ("", "", "")
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    frequency: str = ""
    day: str = ""
    files: tuple[Resource, ...] = ()
    shown: bool = False

    @property
    def fingerprint(self) -> str:
        """What changes whenever anything that is told of the dataset changes."""
        told = asdict(self)
        told.pop("day")  # moves by mass edits that change nothing
        told.pop("shown")
        return digest(told)


class Source(Protocol):
    """One portal, or something else that lists datasets."""

    def datasets(self) -> Iterator[Listed]:
        """All that is published there, as it is read. Raises PortalError where the listing breaks off: what came
        before it stands, and nothing can be said of the rest."""
        ...


def digest(told: object) -> str:
    """Of values of JSON."""
    text = json.dumps(told, ensure_ascii=True, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
