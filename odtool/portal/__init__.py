"""Where data is published: a CKAN, or a catalogue in a folder. Both answer the same few calls."""

import hashlib
import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from odtool.errors import PortalError, UsageError
from odtool.planning.metadata import Licence
from odtool.planning.plan import Held, Offer, Published
from odtool.text import visible


class NoLicenceError(UsageError):
    """The portal has no such licence. `where` it is stated; `there` are those that it has."""

    def __init__(self, wanted: str, there: str, where: str = "odtool.toml") -> None:
        super().__init__(
            f"このポータルにライセンス「{visible(wanted, 100)}」はありません。{where} の licence に次のどれかを書いてください: {there}",
            f"The portal has no licence “{visible(wanted, 100)}”. Set licence in {where} to one of: {there}",
        )
        self.wanted = wanted
        self.there = there

    def stated_in(self, where: str) -> "NoLicenceError":
        """The same, told of another place."""
        return NoLicenceError(self.wanted, self.there, where)


class PortalStopError(PortalError):
    """Nothing more can be written: the portal cannot be reached, or does not accept the token."""


@dataclass(frozen=True, slots=True)
class Payload:
    """The contents of a file to publish: as large as a disk, so read as a stream. `size` is in bytes; `schema` a Table
    Schema of its columns, where it is a table."""

    size: int
    sha256: str
    open: Callable[[], BinaryIO]
    schema: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, content: bytes, schema: Mapping[str, Any] | None = None) -> "Payload":
        return cls(
            len(content), hashlib.sha256(content).hexdigest(), lambda: io.BytesIO(content), schema or {}
        )

    def read(self) -> bytes:
        """All of it; for those who know it to be small."""
        with self.open() as stream:
            return stream.read()


class Portal(Protocol):
    """What publishing needs. Everything that fails is a PortalError with one sentence for the reader."""

    @property
    def name(self) -> str:
        """As the reader calls it: a name of odtool.toml, folder:PATH or an address."""

    @property
    def address(self) -> str:
        """Where it is; never holds a secret."""

    @property
    def by_hand(self) -> bool:
        """Whether what is written here waits for a person to register it elsewhere, and is not public."""

    @property
    def holds(self) -> Collection[str]:
        """The keys of metadata that it has a place for."""

    def licence(self, wanted: Licence) -> Licence:
        """The licence in this portal's own words. Raises UsageError where it has none such."""

    def find(self, dataset_name: str) -> Published | None:
        """What the portal holds under that name; None where there is nothing."""

    def save(self, offer: Offer, content: Payload | None, held: Published | None, fields: Collection[str], *,
             takes: str = "") -> None:  # fmt: skip
        """Make the dataset's entry where nothing is held, else bring these fields of it up to date; what others wrote
        stays. With `content` the file is brought too, in the place of the one of its name, or of the id `takes`,
        which keeps id and address. A dataset that was withdrawn becomes public again."""

    def load(self, offer: Offer, content: Payload, held: Held) -> None:
        """What follows a published file, where the portal has it: its rows in a table, read back, and its previews. The
        file is marked when that is done; done again it changes nothing. Raises PortalError where it cannot be."""

    def digest(self, held: Held) -> str:
        """The SHA-256 of the file's bytes as the public gets them."""

    def content(self, held: Held, most: int) -> bytes | None:
        """The file's bytes as the public gets them; None where there are more than `most`."""

    def withdraw(self, held: Published, file: Held | None, said: str) -> None:
        """Take the dataset, or one file of it, out of the public's sight, and its contents off the portal. `said` is
        kept with the entry: when, and why. What somebody else made is only hidden, if the portal can. Done again it
        completes what was left half-done."""

    def still_public(self, held: Published, file: Held | None) -> str:
        """An address at which the public still gets something of it; "" where there is none. Raises PortalError where
        that cannot be told."""

    def finish(self) -> None:
        """Bring overviews up to date, after the last file."""

    def close(self) -> None:
        """Let go of connections."""


def foreign(name: str, *, hidden: bool = False, withdrawn: str = "") -> tuple[str, str]:
    """The sentence for a dataset that somebody else made: there for all, private, or withdrawn here."""
    if withdrawn:
        ja = (
            f"{name} は odtool 以外で作られ、取り下げ済みです（{withdrawn}）。引き継いで公開してよければ "
            f"--adopt {name} --restore {name} を付けてください。"
        )
        en = (
            f"{name} was not made by odtool, and was withdrawn ({withdrawn}). Add --adopt {name} --restore {name} if it "
            "may be taken over and published."
        )
    elif hidden:
        ja = (
            f"ポータルには odtool 以外で作られた同じ名前の非公開のデータセット（{name}）があるため、触れません。"
            f"引き継いでよければ、中身を確かめてポータルで公開にしてから --adopt {name} を付けてください。"
        )
        en = (
            f"The portal has a private dataset {name} that was not made by odtool; it is left alone. If it may be taken "
            f"over, look through it, make it public there, and then add --adopt {name}."
        )
    else:
        ja = (
            f"ポータルには odtool 以外で作られた同じ名前のデータセット（{name}）があるため、触れません。"
            f"引き継いでよいかをポータルの担当者に確かめ、よければ --adopt {name} を付けてください。"
        )
        en = (
            f"The portal has a dataset {name} that was not made by odtool; it is left alone. Ask those in charge "
            f"of the portal whether it may be taken over, and if so add --adopt {name}."
        )
    return ja, en


def was_withdrawn(name: str, said: str) -> tuple[str, str]:
    """The sentence for a dataset that was withdrawn."""
    ja = f"{name} は取り下げ済みです（{said}）。もう一度公開してよければ --restore {name} を付けてください。"
    en = f"{name} was withdrawn ({said}). Add --restore {name} if it may be published again."
    return ja, en
