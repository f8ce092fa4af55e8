"""What collecting gives: files, where they come from, and what was not to be had. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass

from odtool.errors import OdtoolError


@dataclass(frozen=True, slots=True)
class Trouble:
    """One source, or one file, that was not to be had; the others went on."""

    where: str
    ja: str
    en: str
    code: int

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.ja


def trouble(where: str, error: OdtoolError) -> Trouble:
    return Trouble(where, error.ja, error.en, error.exit_code)


@dataclass(frozen=True, slots=True)
class Found:
    """`paths` are the tables and folders of other files to publish, `origins` says of those that were fetched or
    unpacked where they come from. `fetched` and `unchanged` count the addresses that were read, or were as before."""

    paths: tuple[str, ...]
    origins: Mapping[str, str]
    troubles: tuple[Trouble, ...] = ()
    fetched: int = 0
    unchanged: int = 0
