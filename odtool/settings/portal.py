"""How to reach one portal and what to say there: what odtool.toml states, and behind it the portal's profile."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from odtool.planning.metadata import CC_BY, Licence, Policy
from odtool.settings import profile as shipped
from odtool.settings.profile import Profile

SHARED_TOKEN = "CKAN_API_TOKEN"  # noqa: S105 - the name of the variable, not a token
NAME = re.compile(r"[A-Za-z0-9_-]+")
EVERY_CODE = "{code}"
MEGABYTE = 1_000_000  # as portals state their limits, at least


@dataclass(frozen=True, slots=True)
class Settings:
    """One portal. Holds no token, only where to find it. What is "" or None was not stated.

    `stated` is metadata by whom it is for (see `metadata.Policy`), `extras` the portal's own fields, `names` which
    datasets of ours live there under another name. `base` is the folder of the settings file.
    """

    name: str
    type: Literal["folder", "ckan", "upload"]
    path: str = ""
    url: str = ""
    profile: str = ""
    title: str = "オープンデータ"
    licence: str = ""
    licence_title: str = ""
    licence_url: str = ""
    organization: str = ""
    token_env: str = ""
    token_file: str = ""
    contact: str = ""
    base_url: str = ""
    report_url: str = ""
    datastore: bool = False
    views: Literal["", "portal", "odtool"] = ""
    max_upload_mb: int | None = None
    tags: tuple[str, ...] = ()
    extras: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    stated: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    base: Path = field(default=Path(), compare=False)

    @property
    def knows(self) -> Profile:
        """What is known of portals of its kind."""
        return _profile(self.profile) if self.profile else _nothing(self.type)

    @property
    def terms(self) -> Licence:
        """The licence stated; else CC BY 4.0 in this portal's words, as far as they are known."""
        by = self.knows.text("licence") or CC_BY.id
        wanted = self.licence or by
        known = (
            Licence(wanted, CC_BY.title, CC_BY.url)
            if wanted in (by, CC_BY.id)
            else Licence(wanted, wanted, "")
        )
        return Licence(wanted, self.licence_title or known.title, self.licence_url or known.url)

    @property
    def owner(self) -> str:
        """The pattern of the organisations' names."""
        return self.organization or self.knows.text("organization") or EVERY_CODE

    @property
    def policy(self) -> Policy:
        """How datasets are described there."""
        return Policy(
            self.terms,
            stated=self.stated,
            extras=self.extras,
            names=self.names,
            report_url=self.report_url,
            tags=tuple(dict.fromkeys((*self.knows.texts("tags"), *self.tags))),
            words=self.knows.words,
            largest=self.largest,
        )

    @property
    def largest(self) -> int | None:
        """The largest file in bytes; None where that is not known well enough to refuse one."""
        if self.max_upload_mb is not None:
            return self.max_upload_mb * MEGABYTE
        sure = self.knows.surely("max_upload_mb")
        return round(self.knows.number("max_upload_mb") * MEGABYTE) if sure else None

    @property
    def missing(self) -> tuple[str, ...]:
        """The portal's own fields that seem to be required and are not stated, not even as ""."""
        return tuple(key for key in self.knows.texts("required") if key not in self.extras)

    @property
    def warnings(self) -> tuple[tuple[str, str], ...]:
        """What somebody should know before publishing there, in both languages."""
        known, wanted = self.knows, self.terms.id
        taken = known.texts("picked_up")
        if not taken or wanted in taken:
            return ()
        who, listed = known.text("picked_up_by") or "横断サービス", ", ".join(taken)
        ja = (
            f"ライセンス「{wanted}」のデータは、{who} には取り込まれません（取り込まれるのは {listed}）。"
            "そのままでよいか確かめてください。"
        )
        en = f"Data under “{wanted}” is not picked up by {who}, which takes {listed} only. Make sure that is meant."
        return ((ja, en),)

    @property
    def token_variable(self) -> str:
        """The environment variable that is looked at first."""
        if self.token_env or not NAME.fullmatch(self.name):
            return self.token_env or SHARED_TOKEN
        return f"ODTOOL_TOKEN_{self.name.upper().replace('-', '_')}"


def _profile(name: str) -> Profile:
    return shipped.profile(name)


@lru_cache
def _nothing(kind: str) -> Profile:
    """Where no profile is stated, nothing is known."""
    return Profile("", ("", ""), "hand" if kind == "upload" else "ckan", (), {}, {}, {}, {})
