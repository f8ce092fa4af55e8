"""Fetched bodies → what is seen of them, by processes beside the one that fetches.

Whoever fetches hands a body over and goes on asking the portal; what is seen of it is asked for later. Only a few bodies
wait, the large ones on the disk, and whoever brings one more waits until there is room. A process that dies of a body, or
does not come to an end with it, takes nothing else along: that file is told to be unseen, and looked at again by the next
collection.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import BoundedSemaphore, Lock

from odtool import workers
from odtool.collect import judging
from odtool.collect.judging import Seen
from odtool.collect.shelf import shelf
from odtool.datasets import catalog
from odtool.errors import is_fault

AHEAD = 2  # bodies that wait for each process, besides the one it has
LARGE = 4_000_000  # bytes from which a body waits on the disk


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a file called `name`, or the `place` on this machine where they wait. `dataset` is what an officer
    said that it is, `inside` what was said of single
    tables of a zip, `promised` whether the portal calls it a table, `packed` whether more is in it than its size tells."""

    data: bytes
    name: str
    dataset: str = ""
    inside: Mapping[str, str] = field(default_factory=dict)
    promised: bool = True
    place: str = ""
    packed: bool = False

    def bytes(self) -> bytes:
        return Path(self.place).read_bytes() if self.place else self.data

    def seconds(self) -> float:
        """How long it may take to judge it."""
        size = Path(self.place).stat().st_size if self.place else len(self.data)
        return workers.seconds(size, packed=self.packed)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen, the seconds that took, and the kind of our own fault where that came between."""

    seen: Seen
    seconds: float = 0.0
    fault: str = ""


Judge = Callable[[Body], Looked]
Limit = Callable[[Body], float]


def look(body: Body) -> Looked:
    """Judge it, in whatever process this is. Whatever a file does to us, the others go on."""
    started = time.monotonic()
    data = b""
    try:
        data = body.bytes()
        seen, fault = judging.seen(data, body.name, dataset=body.dataset, inside=body.inside, promised=body.promised), ""  # fmt: skip
    except BaseException as error:
        if not is_fault(error):
            raise
        fault = type(error).__name__
        seen = Seen("not-checked", hashlib.sha256(data).hexdigest(), len(data), "",
                    why=f"odtool の不具合（{fault}）で確認できませんでした。", why_en=f"odtool itself failed on it ({fault}).")  # fmt: skip
    return Looked(seen, time.monotonic() - started, fault)


def _died(body: Body) -> Looked:  # noqa: ARG001 - nothing is known of it
    return Looked(
        Seen("not-seen", "", 0, "",
             why="確認できず: 確認中のプロセスが途中で止まりました（odtool の不具合か、メモリー不足）。次の収集でもう一度確かめます。",
             why_en="Not seen: the process that checked it came to an end (a fault of odtool, or not enough memory). The "
             "next collection tries again."),
        fault="died",
    )  # fmt: skip


def _late(body: Body) -> Looked:  # noqa: ARG001 - nothing is known of it
    return Looked(
        Seen("not-seen", "", 0, "",
             why="確認できず: 時間内に終わりません（odtool の不具合か、普通でないファイル）。次の収集でもう一度確かめます。",
             why_en="Not seen: checking it does not come to an end in the time that it may take (a fault of odtool, or an "
             "unusual file). The next collection tries again."),
        fault="late",
    )  # fmt: skip


class Ticket:
    """For what is seen of a body that was handed over."""

    def __init__(self, looked: Looked) -> None:
        self._looked: Looked | None = looked

    @property
    def ready(self) -> bool:
        """Whether it need not be waited for."""
        return True

    def looked(self) -> Looked:
        assert self._looked is not None
        return self._looked


class Bench:
    """Judges in this process, at once. `judge` can be sent to another process."""

    def __init__(self, judge: Judge = look) -> None:
        self._judge = judge

    def begin(self, body: Body) -> Ticket:
        """Hand a body over; waits while there is no room for it."""
        return Ticket(self._judge(body))


class _Awaited(Ticket):
    """For a body that is in another process; it is kept until that has told what it saw."""

    def __init__(self, bench: "_Beside", body: Body, future: Future[Looked]) -> None:
        self._looked = None
        self._bench = bench
        self._body: Body | None = body
        self._future: Future[Looked] = future
        future.add_done_callback(self._came)

    def _came(self, future: Future[Looked]) -> None:
        if not future.cancelled() and future.exception() is None:
            self._forget()

    def _forget(self) -> None:
        body, self._body = self._body, None
        if body and body.place:
            with suppress(OSError):
                os.unlink(body.place)  # noqa: PTH108 - as it was named by mkstemp

    @property
    def ready(self) -> bool:
        return self._future.done()

    def looked(self) -> Looked:
        if self._looked is None:
            try:
                self._looked = self._future.result()
            except BrokenProcessPool:  # of this body, or of another one that was there with it
                assert self._body is not None
                self._looked = self._bench.apart(self._body)
                self._forget()
        return self._looked


class _Beside(Bench):
    """Judges in other processes; for several threads."""

    def __init__(self, judge: Judge, jobs: int, open_: ExitStack, beside: Path | None, limit: Limit) -> None:
        super().__init__(judge)
        self._jobs = jobs
        self._limit = limit
        self._open = open_
        self._room = BoundedSemaphore((1 + AHEAD) * jobs)
        self._lock = Lock()
        self._pool = self._started()
        self._folder = open_.enter_context(shelf(beside))  # with a lock that the first processes do not share

    def begin(self, body: Body) -> Ticket:
        self._room.acquire()
        try:
            body = self._laid_down(body)
            future = self._submitted(body)
        except OSError:  # no more processes are to be had
            self._room.release()
            return super().begin(body)
        except BaseException:
            self._room.release()
            raise
        ticket = _Awaited(self, body, future)
        # After the ticket, which takes the body from the disk: only then is there room.
        future.add_done_callback(lambda _: self._room.release())
        return ticket

    def apart(self, body: Body) -> Looked:
        """Judge it where there is nothing else that could be the end of the process."""
        return workers.one_apart(self._judge, body, _died, _late, self._limit)

    def _laid_down(self, body: Body) -> Body:
        """The body on the disk where it is large."""
        body = replace(body, packed=body.data.startswith(b"PK"))
        if len(body.data) < LARGE:
            return body
        place = ""
        try:
            handle, place = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "wb") as file:
                file.write(body.data)
        except OSError:  # the disk is full: it waits here
            with suppress(OSError):
                os.unlink(place)  # noqa: PTH108 - as it was named by mkstemp
            return body
        return replace(body, data=b"", place=place)

    def _submitted(self, body: Body) -> Future[Looked]:
        with self._lock:
            most = self._limit(body)
            try:
                return self._pool.submit(workers.within, most, self._judge, body)
            except BrokenProcessPool:
                self._pool = self._started()
                return self._pool.submit(workers.within, most, self._judge, body)

    def _started(self) -> ProcessPoolExecutor:
        """Processes that know what every file is held against. The first are begun before there are threads."""
        catalog.index().profiles  # noqa: B018 - read once, here, for all of them
        pool = self._open.enter_context(workers.pool(self._jobs))
        pool.submit(_nothing)
        return pool


def _nothing() -> None:
    """What has the processes begun."""


@contextmanager
def bench(
    jobs: int, judge: Judge = look, *, beside: Path | None = None, limit: Limit = Body.seconds
) -> Iterator[Bench]:
    """A bench of so many processes; of none where that is one: then nothing ends what does not come to an end by itself.
    An interrupt ends them. Large bodies wait in a folder beside the file `beside`; `limit` is how many seconds one may
    take."""
    if jobs <= 1:
        yield Bench(judge)
        return
    with ExitStack() as open_:
        yield _Beside(judge, jobs, open_, beside, limit)
