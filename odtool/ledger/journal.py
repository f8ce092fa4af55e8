"""What happened, as values: the entries of the ledger. Whoever does something makes one; `record` keeps them.

Every `at` is an ISO time with zone. `run` names the run an entry belongs to; whoever keeps the entries fills it in, as
it does with `Call.sequence`. No entry holds a token, a header or the contents of a cell.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from odtool.text import visible

LONGEST_TOLD = 200  # characters kept of an answer that was no success
HIDDEN = "***"
# A JSON Web Token, which is what CKAN's API tokens are (https://docs.ckan.org/en/2.10/api/#authentication-and-api-tokens).
_JWT = re.compile(r"eyJ[\w-]{5,}\.[\w-]+\.[\w-]*")
_LEAST_SECRET = 4  # characters; anything shorter would hide half of every text


@dataclass(frozen=True, slots=True)
class Check:
    """One file judged. `slug` and `edition` are "" where no dataset fits."""

    at: str
    path: str
    sha256: str
    municipality: str
    slug: str
    edition: str
    status: str
    errors: int
    warnings: int
    hints: int
    tool: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """One file brought to a portal and read back. `action` is create, update, unchanged, adopt or restore;
    `portal` the portal's address."""

    at: str
    portal: str
    dataset_name: str
    file_name: str
    municipality: str
    slug: str
    edition: str
    action: str
    source_sha256: str
    content_sha256: str
    errors: int
    warnings: int
    url: str
    tool: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class Unpublished:
    """One file of a run that did not reach the portal, and why: refused, failed, or not done because something before
    it had stopped the run. The names are "" where the file was never given any."""

    at: str
    portal: str
    dataset_name: str
    file_name: str
    municipality: str
    path: str
    status: Literal["refused", "failed", "not-done"]
    ja: str
    en: str
    run: str = ""


GONE = ("手元のファイルにないため取り下げます。", "Not among the files any more, so it is withdrawn.")
"""Why a file that is gone is withdrawn. The ledger holds the first."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A dataset, or one file of it, taken off a portal. `file_name` is "" where it is the whole dataset; `verified`
    says whether it was looked for afterwards as the public sees it, and was gone."""

    at: str
    portal: str
    dataset_name: str
    file_name: str
    municipality: str
    reason: str
    verified: bool
    tool: str
    run: str = ""

    @property
    def reason_en(self) -> str:
        """In English where the words are ours; what a person wrote stays as it is."""
        return GONE[1] if self.reason == GONE[0] else self.reason


@dataclass(frozen=True, slots=True)
class Readback:
    """A file read back from the portal. `agrees` is the whole verdict: bytes and entry. `differs` names what does not
    agree, "" where all does; `found_sha256` is "" where the file was not to be had."""

    at: str
    dataset_name: str
    file_name: str
    expected_sha256: str
    found_sha256: str
    agrees: bool
    differs: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a portal and its answer.

    `action` is the name of CKAN's action, or the path of an address without its query; `target` what it
    was about, such as a dataset's name. `status` is 0 where no answer came, `milliseconds` the time until the answer,
    `sent` and `received` the bytes of the bodies. `digest` is the SHA-256 of the answer where it was at hand, `told`
    the beginning of an answer that was no success (see `excerpt`).

    `outcome`: ok; absent (what was looked for is not there); refused (the portal answered no); unknown (no answer, or
    none that can be understood: a write may or may not have happened). A write may also be told as begun just before
    it is sent, so that a machine that dies in between leaves a trace of it.
    """

    at: str
    method: str
    action: str
    target: str
    outcome: Literal["begun", "ok", "absent", "refused", "unknown"]
    status: int = 0
    milliseconds: int = 0
    sent: int = 0
    received: int = 0
    digest: str = ""
    told: str = ""
    sequence: int = 0
    run: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan: the SHA-256 of its JSON, and how many items it has of each action, as «create=3 unchanged=40»."""

    at: str
    sha256: str
    summary: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One item of a plan that is to change or refuse something; those unchanged are only counted."""

    dataset_name: str
    file_name: str
    municipality: str
    path: str
    title: str
    action: str
    ja: str
    en: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One call of a command that plans or publishes. `portal` is its name in the settings, `address` where it is;
    `who` is user@host."""

    run: str
    at: str
    command: str
    portal: str
    address: str
    who: str
    tool: str


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended. A run without one is still going on, or was killed."""

    run: str
    at: str
    exit_code: int
    ja: str = ""
    en: str = ""


Entry = (
    Check | Publication | Unpublished | Withdrawal | Readback | Call | Planned | PlannedItem | Run | RunEnd
)
Tell = Callable[[Call], None]
"""The hook of a portal: told of every call."""


def nobody(_call: Call) -> None:
    """The hook where nobody listens."""


def digest(body: bytes) -> str:
    """The SHA-256 of an answer, for `Call.digest`."""
    return hashlib.sha256(body).hexdigest()


def excerpt(body: bytes | str, secrets: Iterable[str] = ()) -> str:
    """The beginning of an answer, for `Call.told`: on one line, without control characters, the secrets and whatever
    looks like a token blotted out: there are portals and proxies that repeat what they were sent."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    for secret in secrets:
        if len(secret) >= _LEAST_SECRET:
            text = text.replace(secret, HIDDEN)
    return visible(" ".join(_JWT.sub(HIDDEN, text).split()), LONGEST_TOLD)
