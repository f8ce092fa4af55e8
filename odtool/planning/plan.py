"""What publishing speaks of: offers, what a portal holds, and what a plan says is to be done. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from odtool import __version__
from odtool.errors import UsageError
from odtool.planning.metadata import CC_BY, Licence, named

ABSENT = "absent"

Action = Literal["create", "update", "unchanged", "adopt", "drift", "withdraw", "refuse"]
ACTIONS: tuple[Action, ...] = ("create", "update", "unchanged", "adopt", "drift", "withdraw", "refuse")
Cause = Literal["data", "portal"]


class StalePlanError(UsageError):
    """The files or the portal are not what they were when the plan was made."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(
            f"計画が古くなっています。{ja}何も変えていません。odtool plan でもう一度計画を作ってください。",
            f"The plan is stale: {en} Nothing was changed. Make a new one with odtool plan.",
        )


# --- what is offered ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not published, and whether its data or the portal is the reason."""

    cause: Cause
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A judged file prepared for publication, or refused.

    `content_sha256` and `size` are those of what would be published, `source_sha256` is the file's own.
    `metadata` is what the dataset's entry has to say, by the keys of `metadata.KEYS` or a portal's own. `bundle` is the
    folder of a file that is no table and was described there. The last
    fields are for the portal to show and no part of a plan's text.
    """

    path: str
    source_sha256: str
    municipality: str = ""
    dataset: str = ""
    edition: str = ""
    slug: str = ""
    dataset_name: str = ""
    file_name: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    content_sha256: str = ""
    size: int = 0
    rows: int = 0
    errors: int = 0
    warnings: int = 0
    hints: int = 0
    bundle: str = ""
    refusal: Refusal | None = None
    file_title: str = field(default="", compare=False)
    file_description: str = field(default="", compare=False)
    format: str = field(default="CSV", compare=False)
    media_type: str = field(default="text/csv", compare=False)
    facts: Mapping[str, str] = field(default_factory=dict, compare=False)
    national_title: str = field(default="", compare=False)
    terms: Licence = field(default=CC_BY, compare=False)
    judged: str = field(default="", compare=False)
    report: str = field(default="", compare=False)

    @property
    def title(self) -> str:
        return self.metadata.get("title", "")


# --- what the portal holds ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A file on a portal. `sha256` is empty and `size` None where the portal does not tell.

    `edited` says that somebody else replaced or edited it since odtool wrote it. `loaded` is the digest of the
    contents of which the portal's table and previews were made; None where nothing is left to be made.
    """

    file_name: str
    id: str
    sha256: str
    size: int | None
    url: str
    format: str = ""
    edited: bool = False
    loaded: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A dataset on a portal.

    `written` holds a digest of each value that odtool wrote last; what differs from it was edited by hand.
    `obstacle` tells why the dataset must not be touched; None where it is ours. `foreign` says that somebody else
    made it, `withdrawn` when and why it was withdrawn, `withdrawn_files` the same of single files by name. `hidden` says
    that the public does not see it. `details` is whatever else a hand may have changed since a plan was made.
    """

    name: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    resources: Mapping[str, Held] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    obstacle: Refusal | None = None
    foreign: bool = False
    withdrawn: str = ""
    withdrawn_files: Mapping[str, str] = field(default_factory=dict)
    hidden: bool = False


# --- the plan ----------------------------------------------------------------------------------


CONTENT, TABLE, TAGS, WITHDRAWN = "content", "table", "tags", "withdrawn"
"""What may change beside the keys of metadata."""
_NAMES = {
    CONTENT: ("中身", "contents"),
    TABLE: ("表（DataStore）・プレビュー", "table (DataStore) or preview"),
    TAGS: ("タグ", "tags"),
    WITHDRAWN: ("取り下げ", "withdrawal"),
}


def called(field: str, lang: str) -> str:
    """A changed field as the reader calls it."""
    return _NAMES[field][lang == "en"] if field in _NAMES else named(field, lang)


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs: what the portal has, what it is to have."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be done with one offer, and why.

    `changes` are what will be written, `left` what was edited by hand and is left alone. `state` is what the portal
    held when this was decided, `url` where it has the file, `takes` the id of a file of another name that is taken
    over.
    """

    offer: Offer
    action: Action
    ja: str
    en: str
    changes: tuple[Change, ...] = ()
    left: tuple[Change, ...] = ()
    state: str = ABSENT
    cause: Cause | None = None
    url: str = ""
    takes: str = ""

    def why(self, lang: str) -> str:
        return self.en if lang == "en" else self.ja


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody explicitly asked for, by the names of the datasets on the portal.

    `adopt`: take over what others made; `restore`: publish again what was withdrawn (as «dataset/file», one file alone); `overwrite`: undo edits made by
    hand; `prune`: withdraw what was published before and is not among the files any more; `emptied`: also of municipalities
    that offer nothing at all any more, for those who know that all of it was their own.
    """

    adopt: frozenset[str] = frozenset()
    restore: frozenset[str] = frozenset()
    overwrite: bool = False
    prune: bool = False
    emptied: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read and judged beyond their own form.

    `columns`: own column → field; `fixed`: field → its value in every row; `dataset`, `header` and `name` are those of
    that mapping. `mappings` is the folder of remembered ones, `reviewed` the rules whose findings a person has looked at.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    dataset: str | None = None
    header: str | None = None
    name: str = ""
    mappings: str = ""
    reviewed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All items in the order of the files. `dataset`, `municipality`, `wishes` and `reading` are the options it was made
    with."""

    portal: str
    address: str
    made: str
    items: tuple[Item, ...]
    dataset: str | None = None
    municipality: str | None = None
    wishes: Wishes = Wishes()
    tool: str = __version__
    reading: Reading = field(default_factory=Reading)

    def count(self, action: Action) -> int:
        return sum(item.action == action for item in self.items)

    @property
    def waiting(self) -> bool:
        """Whether carrying it out would change anything."""
        return any(item.action in ("create", "update", "adopt", "withdraw") for item in self.items)
