"""What a collection of one portal has come to, in numbers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from odtool.coverage.observation import Observation


@dataclass(slots=True)
class Counts:
    """`fetched` are files that were asked for, `bytes` what came of them; `judging` are seconds of whoever judged, `crowded`
    those that were waited for room to be judged in. `faults` are files at which odtool itself failed."""

    fetched: int = 0
    bytes: int = 0
    dead: int = 0
    recognised: int = 0
    faults: int = 0
    judging: float = 0.0
    crowded: float = 0.0
    verdicts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def tally(self, seen: Iterable[Observation]) -> None:
        for one in seen:
            self.verdicts[one.verdict] += 1
            self.dead += one.alive is False
            self.recognised += bool(one.dataset) and one.verdict != "not-seen"
