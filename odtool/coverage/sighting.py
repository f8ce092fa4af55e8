"""What is kept beside observations: what is gone, an officer's word, how far collecting came, days, frozen tables."""

from dataclasses import dataclass
from typing import Literal

CellState = Literal["none", "invalid", "improve", "valid", "stale", "not-seen"]
"""未公開, 公開・不適合, 公開・要改善, 公開・適合, 期限切れ; 確認できず: it was not seen, which says nothing of whether it is there."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What a portal that answered listed no more: a file, or with `resource` "" a dataset and all its files."""

    at: str
    source: str
    dataset_name: str
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """An officer's word on a file (or with `resource` "" on all files of a dataset): it is that dataset, that
    municipality's, or not to be counted. `what` "" takes back what was said before. `value` is a dataset id such as
    standard-aed or a six-digit code. The last word counts."""

    at: str
    source: str
    dataset_name: str
    resource: str
    what: Literal["dataset", "municipality", "ignore", ""]
    value: str = ""
    reason: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a collector came with a portal (`dataset_name` ""), one of its datasets (`resource` "") or a file.

    `at` is when it was last looked at, `state` the collector's own word (begun, done, failed …), `fingerprint` what
    tells whether it changed, `etag` and `modified` what the server gave to ask with, `note` anything else it wants to
    remember; of a portal, why it could not be read. `municipality` is the code of the only body whose data a portal
    holds, a prefecture's where it holds that prefecture's, "" where anybody's. This alone is overwritten.
    """

    source: str
    dataset_name: str = ""
    resource: str = ""
    at: str = ""
    state: str = ""
    fingerprint: str = ""
    etag: str = ""
    modified: str = ""
    note: str = ""
    municipality: str = ""


@dataclass(frozen=True, slots=True)
class DayState:
    """From that day on the dataset `slug` (such as aed) of that municipality was in that state."""

    day: str
    municipality: str
    slug: str
    state: CellState


@dataclass(frozen=True, slots=True)
class DayTotal:
    """From that day on that body had so many datasets with so many files on portals, national ones or not."""

    day: str
    owner: str
    datasets: int
    files: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A table frozen under a name. `sha256` is of `content` and of the hash of the snapshot before it (`after`), so that
    none can be exchanged unnoticed. `content` is what was frozen, as canonical JSON lines; `rows` counts them."""

    name: str
    made: str
    day: str
    area: str
    rows: int
    after: str
    sha256: str
    tool: str
    content: str = ""
