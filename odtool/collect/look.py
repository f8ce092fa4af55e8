"""A listed dataset → what is seen of each of its files, asking the portal as little as its listing allows.

A dataset of which the listing says what it said before is asked for one file at most: one that could not be seen last
time, or, where the portal does not vouch for its files, the one that was looked at longest ago. Only when that shows
something new are the others asked for too.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from threading import Event

from odtool import __version__
from odtool.collect import dates, here, judging, owner
from odtool.collect.bench import Bench, Body, Looked, Ticket
from odtool.collect.fetch import Fetched, Fetcher
from odtool.collect.judging import Seen
from odtool.collect.line import Line, Look, Told
from odtool.collect.listed import Listed, Resource, UnseenError, digest
from odtool.collect.notes import Notes
from odtool.collect.observing import again, base, observed, suffix
from odtool.collect.settings import Reading
from odtool.coverage.observation import INSIDE, Observation
from odtool.coverage.sighting import Correction, Gone, Progress
from odtool.datasets import catalog
from odtool.text import visible

DONE, AGAIN = "done", "again"
SELDOM = 7  # days in which files are asked for once, where the listing itself cost a request for each dataset
NOTHING = Ticket(Looked(Seen("not-checked", "", 0, "")))  # where nothing has to be judged


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
        self._said, self._fetcher, self._notes = said, fetcher, notes
        self._now, self._recheck, self._log = now, recheck, log
        self._bench, self._stop, self.line = bench, stop, Line()
        self._begun: set[str] = set()
        # Where a file could not be seen last time, the store also gives what was seen of it before.
        self._last: dict[tuple[str, str], Observation] = {}
        self._told: dict[tuple[str, str], Observation] = {}
        self._held: dict[tuple[str, str], dict[str, Observation]] = defaultdict(dict)  # what zips hold
        for observation in last:
            key = (observation.dataset_name, observation.resource)
            self._last[key] = observation
            if observation.verdict != "not-seen":
                self._told[key] = observation
                if (outer := observation.resource.partition(INSIDE)[0]) != observation.resource:
                    self._held[observation.dataset_name, outer][observation.resource] = observation
        self._words: dict[tuple[str, str], list[Correction]] = defaultdict(list)
        for word in corrections:
            self._words[word.dataset_name, word.resource].append(word)
        self._slugs = catalog.index().slugs
        self.fetched = self.dead = self.recognised = self._bytes = 0
        self.verdicts: dict[str, int] = defaultdict(int)
        self.judging = self.crowded = 0.0
        self.faults = 0

    @property
    def spent(self) -> bool:
        """Whether as much was read as may be read at once."""
        return self._said.total is not None and self._bytes >= self._said.total

    def owner(self, listed: Listed, rows: Iterable[str] = ()) -> owner.Owner:
        return owner.of(listed, rows, prefecture=self._said.prefecture, always=self._said.municipality)

    def promising(self, listed: Listed) -> bool:
        """Whether names, titles or tags hint at a national dataset: such are looked at first."""
        return bool(self._hint(listed))

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
                *self._said_of(listed.id),
            ]
        )
        known = self._notes.known.get((listed.id, ""))
        unchanged = known is not None and known.fingerprint == fingerprint and not self._recheck
        if listed.files and (listed.id, "") in self._last:  # until now it had none: that is over
            self.line.move(0)
            self._notes.gone([Gone(self._now(), self._said.address, listed.id)])
            del self._last[listed.id, ""]
        rest = self._ordered(listed)
        if known is not None and unchanged:
            first = self._worth_asking(listed, began)
            asked = self._file(listed, first, began) if first and most != 0 else None
            if asked is None or not self._is_news(asked):
                self._line_up_known(listed, known, asked)
                return
            self._line_up(asked)
            rest = [file for file in rest if first is None or file.id != first.id]
        start = self.fetched
        for file in rest:
            if self._stop.is_set():
                raise KeyboardInterrupt
            if (most is not None and self.fetched - start >= most) or self.spent:
                return
            self._line_up(self._file(listed, file, began))
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
            self._tally([observation])

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
        empty = [] if listed.files else [self._empty(listed)]
        states = [self._notes.known.get((listed.id, file.id)) for file in listed.files]
        state = AGAIN if any(one is not None and one.state == AGAIN for one in states) else DONE
        address, name = self._said.address, self._said.name
        self._notes.add(empty, [Progress(address, listed.id, "", self._now(), state, fingerprint, note=name)])
        self._tally(empty)

    def _tally(self, seen: Iterable[Observation]) -> None:
        for one in seen:
            self.verdicts[one.verdict] += 1
            self.dead += one.alive is False
            self.recognised += bool(one.dataset) and one.verdict != "not-seen"

    def _count_known(self, listed: Listed, asked: Observation | None) -> None:
        for file in listed.files:
            if asked is not None and file.id == asked.resource:
                self._tally([asked])
            elif one := self._last.get((listed.id, file.id)):
                self._tally([one])

    def _said_of(self, dataset: str, resource: str | None = None) -> list[tuple[str, str, str]]:
        """What an officer said of a dataset, or of one of its files and the tables in it."""
        return sorted(
            (word.resource, word.what, word.value)
            for key, words in self._words.items()
            if key[0] == dataset
            and (
                resource is None
                or key[1] in ("", resource, resource.partition(INSIDE)[0])
                or key[1].startswith(resource + INSIDE)
            )
            for word in words
        )

    def _hint(self, listed: Listed, file: Resource | None = None) -> str:
        words = [listed.id, listed.name, *listed.tags]
        if file:
            words += [file.name, base(file.url)]
        return judging.hint(words, self._slugs)

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
            if not judging.worth_fetching(file.format, file.url) or not self._may_look(listed.id, file.id):
                continue
            if state is None or state.at >= began:
                continue
            if listed.shown and dates.between(state.at, self._now()) < SELDOM:
                continue
            if state.state == AGAIN or not file.mark:
                waiting.append((state.state != AGAIN, state.at, file.id, file))
        return min(waiting, key=lambda entry: entry[:3])[3] if waiting else None

    def _may_look(self, dataset: str, resource: str) -> bool:
        return all(what != "ignore" or INSIDE in whose for whose, what, _ in self._said_of(dataset, resource))

    # --- one file --------------------------------------------------------------------------------

    def _file(self, listed: Listed, file: Resource, began: str) -> Look:
        """Ask for the file where that is needed, and have it judged."""
        last = self._last.get((listed.id, file.id))
        known = self._notes.known.get((listed.id, file.id))
        words = self._said_of(listed.id, file.id)
        fingerprint = digest(
            [file.url, file.mark, file.size if file.mark else None, __version__, *map(str, words)]
        )
        as_before = (
            known is not None and last is not None and known.fingerprint == fingerprint and not self._recheck
        )
        if not file.url and file.place is None:
            return self._left(
                listed,
                file,
                "URL がないため、確認していません。",
                "It has no address, so it was not checked.",
                fingerprint,
            )
        if not self._may_look(listed.id, file.id):
            return self._left(
                listed,
                file,
                "担当者が対象外としたファイルです。",
                "An officer said that it does not count.",
                fingerprint,
            )
        if not judging.worth_fetching(file.format, file.url):
            shown = visible(file.format or suffix(file.url).upper() or "?", 30)
            return self._left(listed, file, f"{shown} は表として確かめられない形式のため、取得していません。",
                              f"{shown} is a form that cannot be judged as a table; it was not fetched.", fingerprint)  # fmt: skip
        if as_before and known and last and known.state == DONE and (file.mark or known.at >= began):
            return self._as_it_was(listed, file, known, last)
        return self._asked(
            listed,
            file,
            known if as_before else None,
            self._told.get((listed.id, file.id), last),
            fingerprint,
        )

    def _asked(
        self,
        listed: Listed,
        file: Resource,
        known: Progress | None,
        last: Observation | None,
        fingerprint: str,
    ) -> Look:
        def done(seen: Seen, before: Observation | None, alive: bool | None, state: str, found: Fetched | None = None) -> Told:  # fmt: skip
            return self._done(listed, file, seen, before=before, alive=alive, state=state, fingerprint=fingerprint, known=known, found=found)  # fmt: skip

        # What was judged by this very program, with the bytes as they were then.
        judged = (
            last
            if last is not None and known is not None and last.sha256 and last.verdict != "not-seen"
            else None
        )
        started = time.monotonic()
        self.fetched += 1
        try:
            if file.place is not None:
                found = here.fetched(file, self._said.most)
            else:
                found = self._fetcher.get(file.url, etag=known.etag if known and judged else "",
                                          modified=known.modified if known and judged else "")  # fmt: skip
        except UnseenError as error:
            unseen = Seen(
                "not-seen", "", 0, "", why=f"確認できず: {error.ja}", why_en=f"Not seen: {error.en}"
            )
            return Look(NOTHING, lambda _: done(unseen, last, None, AGAIN))
        self._bytes += len(found.data)
        self._log({"event": "fetched", "dataset": listed.id, "resource": file.id, "url": file.url, "status": found.status,
                   "bytes": len(found.data), "ms": round((time.monotonic() - started) * 1000)})  # fmt: skip
        if found.state == "gone":
            why = f"リンク切れです（{found.status}）。", f"The link is dead ({found.status})."
            dead = Seen("not-seen", "", 0, "", why=why[0], why_en=why[1])
            return Look(NOTHING, lambda _: done(dead, last, False, DONE))
        told = replace(found, data=b"")  # the body is not kept while the file waits for its turn
        digest_ = hashlib.sha256(found.data).hexdigest()
        if judged and (found.state == "same" or digest_ == judged.sha256):
            return Look(NOTHING, lambda _: done(again(judged), judged, True, DONE, told))

        def tell(looked: Looked) -> Told:
            seen = self._looked(looked, listed, file)
            if seen.verdict == "not-seen":
                return done(seen, last, None, AGAIN)
            return done(seen, None, True, DONE, told)

        before = self._last.get((listed.id, file.id))
        other = before is None or before.sha256 != digest_
        sure = other and (known is None or known.state != AGAIN)
        return Look(self._handed_over(found, file, listed), tell, news=True if sure else None)

    def _looked(self, looked: Looked, listed: Listed, file: Resource) -> Seen:
        self.judging += looked.seconds
        if looked.fault:
            self.faults += 1
            self._log({"event": "fault", "dataset": listed.id, "resource": file.id, "kind": looked.fault})
        return looked.seen

    def _handed_over(self, found: Fetched, file: Resource, listed: Listed) -> Ticket:
        """To be judged; waits where there is no room for it."""
        words = [
            (whose, value) for whose, what, value in self._said_of(listed.id, file.id) if what == "dataset"
        ]
        said = next((value for whose, value in reversed(words) if INSIDE not in whose), "")
        inside = {whose.partition(INSIDE)[2]: value for whose, value in words if INSIDE in whose}
        name = base(found.url) or base(file.url) or file.id
        body = Body(found.data, name, said, inside, judging.promised(file.format, file.url))
        started = time.monotonic()
        ticket = self._bench.begin(body)
        self.crowded += time.monotonic() - started
        return ticket

    def _done(
        self,
        listed: Listed,
        file: Resource,
        seen: Seen,
        *,
        before: Observation | None,
        alive: bool | None,
        state: str,
        fingerprint: str,
        known: Progress | None,
        found: Fetched | None = None,
    ) -> Told:
        observation = self._observed(listed, file, seen, before, alive)
        self._note_inside(listed, file, seen, alive)
        etag = (found.etag or (known.etag if known and found.state == "same" else "")) if found else ""
        modified = (
            (found.modified or (known.modified if known and found.state == "same" else "")) if found else ""
        )
        progress = Progress(
            self._said.address, listed.id, file.id, self._now(), state, fingerprint, etag, modified
        )
        last = self._last.get((listed.id, file.id))
        new = last is None or (last.sha256, last.verdict, last.alive) != (
            observation.sha256,
            observation.verdict,
            observation.alive,
        )
        changed = new and not (known is not None and known.state == state == AGAIN)
        return observation, progress, changed

    def _note_inside(self, listed: Listed, file: Resource, seen: Seen, alive: bool | None) -> None:
        """What is in a zip is noted beside it. Before the zip itself, so that a run that dies between looks again."""
        held = self._held.get((listed.id, file.id), {})
        parts = {f"{file.id}{INSIDE}{name}": one for name, one in seen.inside}
        before = self._told.get((listed.id, file.id))
        if not parts and held and seen.verdict == "not-seen":
            parts = dict.fromkeys(held, seen)
        elif not parts and before is not None and seen.sha256 == before.sha256:  # it is as it was
            parts = {name: again(one) for name, one in held.items()}
        if gone := [name for name in held if name not in parts]:
            self._notes.gone(Gone(self._now(), self._said.address, listed.id, name) for name in gone)
        inner = [
            self._observed(
                listed,
                replace(file, id=name, name=f"{file.name} / {name.partition(INSIDE)[2]}".strip(" /")),
                one,
                held.get(name),
                alive,
            )
            for name, one in parts.items()
        ]
        if inner:
            self._notes.add(inner, [])
            self._tally(inner)

    def _as_it_was(self, listed: Listed, file: Resource, known: Progress, last: Observation) -> Look:
        def tell(_: Looked) -> Told:
            observation = self._observed(listed, file, again(last), last, last.alive)
            return observation, replace(known, at=self._now()), False

        return Look(NOTHING, tell, news=False)

    def _left(self, listed: Listed, file: Resource, ja: str, en: str, fingerprint: str) -> Look:
        def tell(_: Looked) -> Told:
            seen = Seen("not-checked", "", 0, "", why=ja, why_en=en)
            state = Progress(self._said.address, listed.id, file.id, self._now(), DONE, fingerprint)
            return self._observed(listed, file, seen, None, None), state, False

        return Look(NOTHING, tell, news=False)

    def _observed(
        self,
        listed: Listed,
        file: Resource,
        seen: Seen,
        before: Observation | None,
        alive: bool | None = True,
    ) -> Observation:
        """The observation, with what an officer said of the file."""
        said = {
            what: value
            for whose, what, value in self._said_of(listed.id, file.id)
            if INSIDE not in whose or whose == file.id
        }
        word = said.get("municipality")
        return observed(
            self._said.address,
            listed,
            file,
            seen,
            before=before,
            alive=alive,
            whose=owner.Owner(word, "officer") if word else self.owner(listed, seen.municipalities),
            told="dataset" in said,
            now=self._now(),
            maybe=self._hint(listed, file),
            stated=self._said.frequency,
        )

    def _empty(self, listed: Listed) -> Observation:
        nothing = Seen(
            "not-checked",
            "",
            0,
            "",
            why="ファイルのないデータセットです。",
            why_en="The dataset has no file.",
        )
        return self._observed(listed, Resource("", listed.page), nothing, None, None)
