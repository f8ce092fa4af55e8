"""What collecting gives: files, where they come from, and what was not to be had. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass

from odtool.errors import FaultError, OdtoolError

INSIDE = " › "
"""Between an archive and a file in it, or a book and its sheet."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One source, or one file, that was not to be had, or at which we failed; the others went on. `trace` is for us."""

    where: str
    ja: str
    en: str
    code: int
    trace: str = ""

    @property
    def ours(self) -> bool:
        """Whether it is our own fault."""
        return self.code == FaultError.exit_code

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.ja


def trouble(where: str, error: OdtoolError) -> Trouble:
    trace = error.trace if isinstance(error, FaultError) else ""
    return Trouble(where, error.ja, error.en, error.exit_code, trace)


@dataclass(frozen=True, slots=True)
class Found:
    """`paths` are the tables and folders of other files to publish, `origins` says of those that were fetched or
    unpacked where they come from. `fetched` and `unchanged` count the addresses that were read, or were as before."""

    paths: tuple[str, ...]
    origins: Mapping[str, str]
    troubles: tuple[Trouble, ...] = ()
    fetched: int = 0
    unchanged: int = 0
