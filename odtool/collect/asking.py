"""One listed file → what is seen of it: asked for where that is needed, handed over to be judged, told in its turn."""

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from odtool import __version__
from odtool.collect import here, judging, owner
from odtool.collect.before import Before
from odtool.collect.bench import Bench, Body, Looked, Ticket
from odtool.collect.counts import Counts
from odtool.collect.fetch import Fetched, Fetcher
from odtool.collect.judging import Seen
from odtool.collect.line import Look, Told
from odtool.collect.listed import Listed, Resource, UnseenError, digest
from odtool.collect.notes import Notes
from odtool.collect.observing import again, base, observed, suffix
from odtool.collect.settings import Reading
from odtool.coverage.observation import INSIDE, Observation
from odtool.coverage.sighting import Gone, Progress
from odtool.datasets import catalog
from odtool.text import visible

DONE, AGAIN = "done", "again"
NOTHING = Ticket(Looked(Seen("not-checked", "", 0, "")))  # where nothing has to be judged


class Asking:
    """Of one portal's files."""

    def __init__(
        self,
        said: Reading,
        fetcher: Fetcher,
        *,
        notes: Notes,
        before: Before,
        now: Callable[[], str],
        recheck: bool,
        log: Callable[[dict[str, object]], None],
        bench: Bench,
    ) -> None:
        self._said, self._fetcher, self._notes, self._before = said, fetcher, notes, before
        self._now, self._recheck, self._log, self._bench = now, recheck, log, bench
        self._slugs = catalog.index().slugs
        self.counts = Counts()

    def owner(self, listed: Listed, rows: Iterable[str] = ()) -> owner.Owner:
        return owner.of(listed, rows, prefecture=self._said.prefecture, always=self._said.municipality)

    def hint(self, listed: Listed, file: Resource | None = None) -> str:
        words = [listed.id, listed.name, *listed.tags]
        if file:
            words += [file.name, base(file.url)]
        return judging.hint(words, self._slugs)

    def look(self, listed: Listed, file: Resource, began: str) -> Look:
        """Ask for the file where that is needed, and have it judged."""
        last = self._before.last.get((listed.id, file.id))
        known = self._notes.known.get((listed.id, file.id))
        words = self._before.said_of(listed.id, file.id)
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
        if not self._before.may_look(listed.id, file.id):
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
            self._before.told.get((listed.id, file.id), last),
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
        self.counts.fetched += 1
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
        self.counts.bytes += len(found.data)
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

        before = self._before.last.get((listed.id, file.id))
        other = before is None or before.sha256 != digest_
        sure = other and (known is None or known.state != AGAIN)
        return Look(self._handed_over(found, file, listed), tell, news=True if sure else None)

    def _looked(self, looked: Looked, listed: Listed, file: Resource) -> Seen:
        self.counts.judging += looked.seconds
        if looked.fault:
            self.counts.faults += 1
            self._log({"event": "fault", "dataset": listed.id, "resource": file.id, "kind": looked.fault})
        return looked.seen

    def _handed_over(self, found: Fetched, file: Resource, listed: Listed) -> Ticket:
        """To be judged; waits where there is no room for it."""
        words = [
            (whose, value)
            for whose, what, value in self._before.said_of(listed.id, file.id)
            if what == "dataset"
        ]
        said = next((value for whose, value in reversed(words) if INSIDE not in whose), "")
        inside = {whose.partition(INSIDE)[2]: value for whose, value in words if INSIDE in whose}
        name = base(found.url) or base(file.url) or file.id
        body = Body(found.data, name, said, inside, judging.promised(file.format, file.url))
        started = time.monotonic()
        ticket = self._bench.begin(body)
        self.counts.crowded += time.monotonic() - started
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
        last = self._before.last.get((listed.id, file.id))
        new = last is None or (last.sha256, last.verdict, last.alive) != (
            observation.sha256,
            observation.verdict,
            observation.alive,
        )
        changed = new and not (known is not None and known.state == state == AGAIN)
        return observation, progress, changed

    def _note_inside(self, listed: Listed, file: Resource, seen: Seen, alive: bool | None) -> None:
        """What is in a zip is noted beside it. Before the zip itself, so that a run that dies between looks again."""
        held = self._before.held.get((listed.id, file.id), {})
        parts = {f"{file.id}{INSIDE}{name}": one for name, one in seen.inside}
        before = self._before.told.get((listed.id, file.id))
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
            self.counts.tally(inner)

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
            for whose, what, value in self._before.said_of(listed.id, file.id)
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
            maybe=self.hint(listed, file),
            stated=self._said.frequency,
        )

    def empty(self, listed: Listed) -> Observation:
        nothing = Seen(
            "not-checked",
            "",
            0,
            "",
            why="ファイルのないデータセットです。",
            why_en="The dataset has no file.",
        )
        return self._observed(listed, Resource("", listed.page), nothing, None, None)
