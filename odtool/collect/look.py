"""A listed dataset → what is seen of each of its files, asking the portal as little as its listing allows.

A dataset of which the listing says what it said before is asked for one file at most: one that could not be seen last
time, or, where the portal does not vouch for its files, the one that was looked at longest ago. Only when that shows
something new are the others asked for too.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from threading import Event

from odtool import __version__
from odtool.collect import dates, judging
from odtool.collect.asking import AGAIN, DONE, NOTHING, Asking
from odtool.collect.before import Before
from odtool.collect.bench import Bench
from odtool.collect.fetch import Fetcher
from odtool.collect.line import Line, Look
from odtool.collect.listed import Listed, Resource, digest
from odtool.collect.notes import Notes
from odtool.collect.settings import Reading
from odtool.coverage.observation import Observation
from odtool.coverage.sighting import Correction, Gone, Progress

SELDOM = 7  # days in which files are asked for once, where the listing itself cost a request for each dataset


class Looker:
    """Looks at the datasets of one portal."""

    def __init__(
        self,
        said: Reading,
        fetcher: Fetcher,
        *,
        notes: Notes,
        last: Iterable[Observation],
        corrections: Sequence[Correction],
        now: Callable[[], str],
        recheck: bool,
        log: Callable[[dict[str, object]], None],
        bench: Bench,
        stop: Event,
    ) -> None:
        self._said, self._notes, self._now, self._recheck, self._stop = said, notes, now, recheck, stop
        self._begun: set[str] = set()
        self._before = Before(last, corrections)
        self.line = Line()
        self.files = Asking(said, fetcher, notes=notes, before=self._before, now=now, recheck=recheck, log=log, bench=bench)  # fmt: skip
        self.counts = self.files.counts

    @property
    def spent(self) -> bool:
        """Whether as much was read as may be read at once."""
        return self._said.total is not None and self.counts.bytes >= self._said.total

    def promising(self, listed: Listed) -> bool:
        """Whether names, titles or tags hint at a national dataset: such are looked at first."""
        return bool(self.files.hint(listed))

    def dataset(self, listed: Listed, began: str, most: int | None) -> None:
        """Look at its files, and note what was seen when the turn of each has come: at the latest when the line has
        moved up. `most` is how many may be fetched; None for any number."""
        if listed.id in self._begun:  # named twice: what was seen a moment ago counts
            self.line.move(0)
        self._begun.add(listed.id)
        fingerprint = digest(
            [
                listed.fingerprint,
                __version__,
                self._said.municipality,
                self._said.prefecture,
                sorted(self._said.frequency.items()),
                *self._before.said_of(listed.id),
            ]
        )
        known = self._notes.known.get((listed.id, ""))
        unchanged = known is not None and known.fingerprint == fingerprint and not self._recheck
        if listed.files and (listed.id, "") in self._before.last:  # until now it had none: that is over
            self.line.move(0)
            self._notes.gone([Gone(self._now(), self._said.address, listed.id)])
            del self._before.last[listed.id, ""]
        rest = self._ordered(listed)
        if known is not None and unchanged:
            first = self._worth_asking(listed, began)
            asked = self.files.look(listed, first, began) if first and most != 0 else None
            if asked is None or not self._is_news(asked):
                self._line_up_known(listed, known, asked)
                return
            self._line_up(asked)
            rest = [file for file in rest if first is None or file.id != first.id]
        start = self.counts.fetched
        for file in rest:
            if self._stop.is_set():
                raise KeyboardInterrupt
            if (most is not None and self.counts.fetched - start >= most) or self.spent:
                return
            self._line_up(self.files.look(listed, file, began))
        self.line.join(NOTHING, lambda: self._end(listed, fingerprint))

    def _is_news(self, asked: Look) -> bool:
        if asked.news is not None:
            return asked.news
        self.line.move(0)  # to tell what one is may note something
        return asked.told()[2]

    def _line_up(self, look: Look) -> None:
        def note() -> None:
            observation, progress, _ = look.told()
            self._notes.add([observation], [progress])
            self.counts.tally([observation])

        self.line.join(look.ticket, note)

    def _line_up_known(self, listed: Listed, known: Progress, asked: Look | None) -> None:
        """A dataset of which nothing is new."""

        def note() -> None:
            told = asked.told()[:2] if asked else None
            self._count_known(listed, told[0] if told else None)
            state = replace(known, at=self._now(), note=self._said.name)
            self._notes.add([told[0]] if told else [], [told[1], state] if told else [state])

        self.line.join(asked.ticket if asked else NOTHING, note)

    def _end(self, listed: Listed, fingerprint: str) -> None:
        """When all of its files are noted."""
        empty = [] if listed.files else [self.files.empty(listed)]
        states = [self._notes.known.get((listed.id, file.id)) for file in listed.files]
        state = AGAIN if any(one is not None and one.state == AGAIN for one in states) else DONE
        address, name = self._said.address, self._said.name
        self._notes.add(empty, [Progress(address, listed.id, "", self._now(), state, fingerprint, note=name)])
        self.counts.tally(empty)

    def _count_known(self, listed: Listed, asked: Observation | None) -> None:
        for file in listed.files:
            if asked is not None and file.id == asked.resource:
                self.counts.tally([asked])
            elif one := self._before.last.get((listed.id, file.id)):
                self.counts.tally([one])

    def _ordered(self, listed: Listed) -> list[Resource]:
        """CSV before workbooks before the rest: the same table is often there in several forms."""
        rank = {"CSV": 0, "TSV": 1, "XLSX": 2}
        return sorted(listed.files, key=lambda file: rank.get(file.format, 3))

    def _worth_asking(self, listed: Listed, began: str) -> Resource | None:
        """The one file of an unchanged dataset that is asked for: unseen ones first, then those that nobody vouches
        for, the one looked at longest ago."""
        waiting = []
        for file in listed.files:
            state = self._notes.known.get((listed.id, file.id))
            if not judging.worth_fetching(file.format, file.url) or not self._before.may_look(
                listed.id, file.id
            ):
                continue
            if state is None or state.at >= began:
                continue
            if listed.shown and dates.between(state.at, self._now()) < SELDOM:
                continue
            if state.state == AGAIN or not file.mark:
                waiting.append((state.state != AGAIN, state.at, file.id, file))
        return min(waiting, key=lambda entry: entry[:3])[3] if waiting else None
