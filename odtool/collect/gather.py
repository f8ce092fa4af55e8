"""The story of a collection: list a portal, look at each file that may have changed, write down what was seen.

list → (fetch → judge) → observe → note. One portal, or one file, that fails stops only itself. What is noted is in the
store at once, so that a run that dies is taken up where it ended: a run that has begun and not ended goes on under its
first moment, and what was looked at since then is not asked for again.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Event

from odtool.collect import manners
from odtool.collect.bench import Bench
from odtool.collect.dates import between
from odtool.collect.dcat import Feed
from odtool.collect.fetch import Fetcher
from odtool.collect.listed import ForbiddenError, Listed, digest
from odtool.collect.look import Looker
from odtool.collect.notes import ADAPTER, SHRUNK, Notes
from odtool.collect.opened import Found, opened, remembered_as
from odtool.collect.settings import Reading
from odtool.collect.wire import Patience, Wire
from odtool.coverage.bodies import prefecture_code
from odtool.coverage.observation import INSIDE, Observation
from odtool.coverage.observed import Store
from odtool.coverage.sighting import Correction, Gone, Progress
from odtool.errors import OdtoolError
from odtool.watching import Counting, Step, Watch, uncounted, unwatched

AT_ONCE = 8  # portals
SUSPICIOUS = 10  # datasets from which a listing that halved is taken for a fault of the portal's
LASTING = 7  # days after which the same listing is no passing fault any more
Log = Callable[[dict[str, object]], None]
HERE = Bench()  # judges in this process


@dataclass(frozen=True, slots=True)
class Wishes:
    """`limit` is how many files may be fetched of each portal, `only` a pattern for names, organisations or codes, `since`
    the ISO day from which the portal says that something changed; `recheck` asks for every file again."""

    limit: int | None = None
    only: str = ""
    since: str = ""
    recheck: bool = False

    @property
    def partial(self) -> bool:
        """Whether not all of a portal is looked at, so that nothing can be called gone."""
        return bool(self.only or self.since) or self.limit is not None

    def want(self, listed: Listed, code: str) -> bool:
        changed = max((listed.day, *(file.day for file in listed.files)))
        if (
            changed and changed < self.since
        ):  # of what the portal does not say it, nobody knows that it did not change
            return False
        names = (listed.id, listed.name, listed.owner, listed.organisation, code)
        return not self.only or any(fnmatchcase(name, self.only) for name in names if name)


@dataclass
class Result:
    """What came of one portal. `ja` and `en` say why it is not done; `faults` are files at which odtool itself failed.
    `seconds` are those of judging and noting, those on the wire, those waited for the host's pace, and those for which
    judging held up fetching: all of them in this process, else those in which other processes did not keep up."""

    name: str
    address: str
    state: str = "failed"
    ja: str = ""
    en: str = ""
    code: int = 0
    datasets: int = 0
    files: int = 0
    news: int = 0
    gone: int = 0
    fetched: int = 0
    requests: int = 0
    received: int = 0
    verdicts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    dead: int = 0
    recognised: int = 0
    faults: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class World:
    """What a collection needs of the world: the clock, and how long to wait for answers."""

    now: Callable[[], str]
    patience: Patience = field(default_factory=Patience)
    hosts: manners.Hosts = field(default_factory=manners.Hosts)


def collect(
    readings: Sequence[Reading],
    book: Store,
    world: World,
    wishes: Wishes = Wishes(),
    *,
    contact: str = "",
    log: Log = lambda _: None,
    watch: Watch = unwatched,
    count: Counting = uncounted,
    each: Callable[[Result], None] = lambda _: None,
    bench: Bench = HERE,
) -> list[Result]:
    """Read the portals, several at a time, and note what was seen; `bench` judges what was fetched. Raises UsageError
    where the store cannot be used."""
    last: dict[str, list[Observation]] = defaultdict(list)
    wanted = {reading.address for reading in readings}
    for observation in book.latest():
        if observation.source in wanted:
            last[observation.source].append(observation)
    corrections = book.corrections()
    stop = world.hosts.stopped
    under_way: list[_One] = []

    def one(reading: Reading) -> Result:
        address = reading.address
        said = [word for word in corrections if word.source == address]
        made = _One(
            reading,
            book,
            world,
            wishes,
            last=last[address],
            corrections=said,
            contact=contact,
            log=log,
            watch=watch,
            count=count,
            stop=stop,
            bench=bench,
        )
        under_way.append(made)
        result = made.run()
        each(result)
        return result

    if len(readings) == 1:
        return [one(readings[0])]
    groups: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:  # those of one portal one after the other: they share what is known of it
        groups[reading.address].append(reading)
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        running = [pool.submit(lambda ones: list(map(one, ones)), group) for group in groups.values()]
        found = {result.name: result for done in running for result in done.result()}
    except BaseException:
        stop.set()
        for made in under_way:
            made.abort()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return [found[reading.name] for reading in readings]


class _One:
    """The collection of one portal."""

    def __init__(
        self,
        said: Reading,
        book: Store,
        world: World,
        wishes: Wishes,
        *,
        last: Iterable[Observation],
        corrections: Sequence[Correction],
        contact: str,
        log: Log,
        watch: Watch,
        count: Counting,
        stop: Event,
        bench: Bench,
    ) -> None:
        self._said, self._book, self._world, self._wishes = said, book, world, wishes
        self._watch, self._counting, self._stop = watch, count, stop
        self._log = log
        self._result = Result(said.name, said.address)
        self._wire = Wire(private=said.allow_private, own=said.url, patience=world.patience)
        self._fetcher = Fetcher(
            self._wire,
            world.hosts,
            own=said.url,
            contact=said.contact or contact,
            pace=said.least,
            permission=said.permission,
            most=said.most,
            private=said.allow_private,
            agreed=said.pace is not None,
        )
        self._last = list(last)
        self._shrunk: OdtoolError | None = None
        self._notes = Notes(book, said.address)
        self._looker = Looker(
            said,
            self._fetcher,
            notes=self._notes,
            last=self._last,
            corrections=corrections,
            now=world.now,
            recheck=wishes.recheck,
            log=log,
            bench=bench,
            stop=stop,
        )

    def abort(self) -> None:
        """From another thread, when all has stopped: it ends at once, and what is known is noted."""
        self._wire.abort()

    def run(self) -> Result:
        result, began = self._result, self._begun()
        self._notes.portal("begun", began, "", self._said.name, whose=self._whose())
        try:
            name = self._said.name
            with self._counting(f"{name} の一覧を読んでいます", f"Listing {name}") as step:
                listing, error = self._listed(step)
            result.datasets, result.files = len(listing), sum(len(listed.files) for listed in listing)
            whole = self._look_at(listing, began)
            if error is None and whole and not self._wishes.partial:
                error = self._call_gone(listing)
            self._end(error, bool(listing), whole, began)
        finally:
            self._looker.line.move()  # an interrupt leaves nothing unnoted that is known
            self._notes.flush()
            self._wire.close()
            self._count()
        return result

    def _begun(self) -> str:
        """When this run began, or the one that never ended."""
        before = self._book.progress(self._said.address, "", f"#{self._said.name}")
        resumed = before is not None and before.state == "begun" and not self._wishes.recheck
        return before.at if resumed and before else self._world.now()

    def _listed(self, step: Step) -> tuple[list[Listed], OdtoolError | None]:
        """All that the portal lists, and why that is not all of it."""
        listing: list[Listed] = []
        try:
            try:
                source = opened(
                    self._said, self._fetcher, remembered=self._remembered, remember=self._remember
                )
                listing.extend(self._unstopped(source.datasets(), step))
            except ForbiddenError:
                if not self._said.feed or listing:
                    raise
                listing.extend(self._unstopped(Feed(self._fetcher, self._said.feed).datasets(), step))
        except OdtoolError as error:
            return listing, error
        return listing, None

    def _unstopped(self, listing: Iterable[Listed], step: Step) -> Iterable[Listed]:
        for listed in listing:
            if self._stop.is_set():
                raise KeyboardInterrupt
            step(1)
            yield listed

    def _look_at(self, listing: Sequence[Listed], began: str) -> bool:
        """Look at what is wanted, first what promises to be a national dataset; whether all of it was."""
        wanted = [
            listed for listed in listing if self._wishes.want(listed, self._looker.files.owner(listed).code)
        ]
        if not wanted and self._wishes.only and not self._wishes.since:
            self._result.ja = f"--only に合うデータセットがありません（{len(listing):,} 件のうち）。名前・組織・団体コードの書き方を確かめてください。"
            self._result.en = f"Nothing fits --only, of {len(listing):,} listed. Check how the name, organisation or code is written."
        wanted.sort(key=lambda listed: not self._looker.promising(listed))
        budget = self._wishes.limit
        with self._watch(len(wanted), f"{self._said.name} を収集", f"Collecting {self._said.name}") as step:
            for listed in wanted:
                if self._stop.is_set():
                    raise KeyboardInterrupt
                left = None if budget is None else budget - self._looker.counts.fetched
                if (left is not None and left <= 0) or self._looker.spent:
                    self._looker.line.move(0)
                    return False
                self._looker.dataset(listed, began, left)
                step(1)
            self._looker.line.move(0)
        return not self._looker.spent

    def _call_gone(self, listing: Sequence[Listed]) -> OdtoolError | None:
        """What was there and is listed no more; or why that is not believed."""
        ours = self._notes.of(self._said.name)
        there = {listed.id: {file.id for file in listed.files} for listed in listing}
        known: dict[str, set[str]] = defaultdict(set)
        for observation in self._last:
            if observation.dataset_name in ours:
                known[observation.dataset_name].add(observation.resource)
        lost = [name for name in known if name not in there]
        at = self._world.now()
        suspicious = len(known) >= SUSPICIOUS and len(lost) * 2 > len(known)
        if not self._believable(lost if suspicious else [], at):
            self._shrunk = OdtoolError(
                f"一覧が急に減りました（{len(known):,} 件のうち {len(lost):,} 件がない）。ポータルの不調かもしれないため、まだなくなったとはしません。"
                f"{LASTING}日以上たってから収集しても同じなら、なくなったものとします。",
                f"The listing shrank at once ({len(lost):,} of {len(known):,} are not in it). That may be a fault of the "
                f"portal's, so nothing is taken for gone yet; it is, where it is still so after {LASTING} days.",
            )
            return self._shrunk
        gone = [Gone(at, self._said.address, name) for name in lost]
        for name, resources in known.items():
            if name in there:
                held = there[name] or {""}
                gone += [
                    Gone(at, self._said.address, name, resource)
                    for resource in resources
                    if resource and resource.partition(INSIDE)[0] not in held
                ]
        self._notes.gone(gone)
        self._result.gone = len(gone)
        return None

    def _believable(self, lost: Sequence[str], at: str) -> bool:
        """Whether so many are really gone: a fault passes, what was removed stays removed."""
        key, said = f"{SHRUNK}{self._said.name}", digest(sorted(lost)) if lost else ""
        before = self._book.progress(self._said.address, "", key)
        if before is None or before.fingerprint != said:
            if lost or before is not None:
                self._notes.progress(Progress(self._said.address, "", key, at, fingerprint=said))
            return not lost
        return not lost or between(before.at[:10], at[:10]) >= LASTING

    def _whose(self) -> str:
        """The code of the only body, or of the prefecture, whose data are read; "" where anybody's are."""
        return self._said.municipality or (
            prefecture_code(self._said.prefecture) if self._said.prefecture else ""
        )

    def _end(self, error: OdtoolError | None, some: bool, whole: bool, began: str) -> None:
        result = self._result
        if error is not None:
            result.state, result.ja, result.en = ("partial" if some else "failed"), error.ja, error.en
            result.code = error.exit_code if error.exit_code == 2 else 3
        elif self._looker.spent:
            result.state, result.code = "partial", 0
            result.ja = "1回に読み取る量の上限（max_total_mb）に達しました。続きは次の実行で読み取ります。"
            result.en = "The most that is read at once (max_total_mb) was reached. The next run goes on."
        else:
            result.state = "partial" if not whole or self._wishes.partial else "done"
        at = (
            began
            if result.state == "partial" and not error and not self._wishes.partial
            else self._world.now()
        )
        in_part = self._wishes.partial and error is None
        state = "shrunk" if error is self._shrunk and error else result.state
        self._notes.portal(state, at, result.ja, self._said.name, whose=self._whose(), in_part=in_part)
        self._log(
            {
                "event": "ended",
                "source": self._said.address,
                "name": self._said.name,
                "state": result.state,
                "why": result.ja,
            }
        )

    def _count(self) -> None:
        result, counts, line = self._result, self._looker.counts, self._looker.line
        result.news, result.fetched = self._notes.news, counts.fetched
        result.requests, result.received = self._wire.requests, self._wire.received
        result.verdicts, result.dead, result.recognised = counts.verdicts, counts.dead, counts.recognised
        result.faults = counts.faults
        if result.faults:
            result.code = 4
        result.seconds = {"judging": counts.judging, "noting": self._notes.seconds, "wire": self._wire.seconds,
                          "waiting": self._fetcher.waited, "held up": counts.crowded + line.waited}  # fmt: skip

    def _remembered(self, url: str) -> Found | None:
        found = self._book.progress(url, "", ADAPTER)
        return remembered_as(found.note) if found else None

    def _remember(self, url: str, found: Found) -> None:
        self._notes.progress(Progress(url, "", ADAPTER, self._world.now(), "found", note=json.dumps(found)))
