"""Where data is published: a CKAN, or a catalogue in a folder. Both answer the same few calls."""

from typing import Protocol

from odtool.errors import PortalError
from odtool.plan import Held, Licence, Offer, Published


class PortalStopError(PortalError):
    """Nothing more can be written: the portal cannot be reached, or does not accept the token."""


class Portal(Protocol):
    """What publishing needs. Everything that fails is a PortalError with one sentence for the reader."""

    @property
    def name(self) -> str:
        """As the reader calls it: a name of odtool.toml, folder:PATH or an address."""

    @property
    def address(self) -> str:
        """Where it is; never holds a secret."""

    def licence(self, wanted: Licence) -> Licence:
        """The licence in this portal's own words. Raises UsageError where it has none such."""

    def find(self, dataset_name: str) -> Published | None:
        """What the portal holds under that name; None where there is nothing."""

    def save_dataset(self, offer: Offer, held: Published | None) -> None:
        """Make the dataset's entry where nothing is held, else bring it up to date; what others wrote stays."""

    def save_resource(self, offer: Offer, content: bytes, held: Held | None) -> None:
        """Bring the file to its dataset; in the place of `held`, which keeps its id and address."""

    def fetch(self, held: Held) -> bytes:
        """The file's bytes as the public gets them."""

    def finish(self) -> None:
        """Bring overviews up to date, after the last file."""

    def close(self) -> None:
        """Let go of connections."""


def foreign(name: str) -> tuple[str, str]:
    """The sentence for a dataset that somebody else made."""
    ja = (
        f"ポータルには odtool 以外で作られた同じ名前のデータセット（{name}）があるため、触れません。"
        "置き換えてよいかをポータルの担当者に確かめ、名前を変えるか削除してもらってから、もう一度実行してください。"
    )
    en = (
        f"The portal has a dataset {name} that was not made by odtool; it is left alone. Ask those in charge "
        "of the portal to rename or remove it, then run this again."
    )
    return ja, en
