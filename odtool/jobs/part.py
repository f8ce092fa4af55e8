"""One job's part of a message to a reader. Values only."""

from dataclasses import dataclass

from odtool.jobs.digest import Digest


@dataclass(frozen=True, slots=True)
class Part:
    """`settled` names what was told before and holds no longer, `link` is the run's page and `report` the one on what was
    refused, "" where nothing was."""

    digest: Digest
    settled: tuple[str, ...]
    link: str
    report: str = ""

    @property
    def empty(self) -> bool:
        return not self.digest.entries and not self.settled
