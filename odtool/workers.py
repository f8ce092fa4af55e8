"""One function over many things by several processes: results in order, and an interrupt ends them all.

A process that dies of one thing (a library that takes it down, a system that has no memory left) takes no other thing
along: whatever may have been its end is tried again, in a process where there is nothing else. So is what does not come
to an end: its process is ended when the time that such a thing may take is over.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Generic, TextIO, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

T = TypeVar("T")
R = TypeVar("R")

MANY = 64  # things from which several processes pay

# How long one thing may take, in seconds: many times what the slowest of its size was seen to take (a CSV 1 a million
# bytes, on a busy machine), so that only what does not end at all is given up. It is counted twice: among others, and alone.
LEAST = 300.0
FOR_A_MILLION_BYTES = 20.0
MOST = 3_600.0
PACKED = 5  # what zip and xlsx hold is larger than they are
_ZIPS = frozenset({".zip", ".xlsx", ".xlsm"})


def processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def seconds(size: int, *, packed: bool = False) -> float:
    """How long a thing of so many bytes may take."""
    return min(MOST, LEAST + size * (PACKED if packed else 1) / 1e6 * FOR_A_MILLION_BYTES)


def of_file(thing: object) -> float:
    """How long the file may take that a thing is, or is about: a path, or a tuple that begins with one."""
    path = thing[0] if isinstance(thing, tuple) else thing
    try:
        size = os.stat(path).st_size if isinstance(path, str) else 0  # noqa: PTH116 - also «-», which is none
    except (OSError, ValueError):
        size = 0
    return seconds(size, packed=isinstance(path, str) and PurePath(path).suffix.lower() in _ZIPS)


Instead = Callable[[Any], Any] | None
Spread = Callable[[Callable[[Any], Any], Sequence[Any], Instead, Instead], Iterator[Any]]
"""The function, the things, and what makes the result of a thing of which its process dies, or that takes too long."""
_elsewhere: ContextVar[Spread | None] = ContextVar("elsewhere", default=None)


@contextmanager
def elsewhere(spreading: Spread) -> Iterator[None]:
    """While this lasts, `spread` leaves the work to that function: to other machines."""
    token = _elsewhere.set(spreading)
    try:
        yield
    finally:
        _elsewhere.reset(token)


_apart: ContextVar[bool] = ContextVar("apart", default=False)


@contextmanager
def apart() -> Iterator[None]:
    """While this lasts, nothing is worked on in this process itself, so that it outlives whatever a thing does to it."""
    token = _apart.set(True)
    try:
        yield
    finally:
        _apart.reset(token)


class _Lasting:
    """Processes that outlast one call: begun when they are first needed, more of them when more are."""

    def __init__(self) -> None:
        self._running: ProcessPoolExecutor | None = None
        self._close: Callable[[], None] | None = None
        self._size, self._users = 0, 0

    @contextmanager
    def used(self, jobs: int) -> "Iterator[ProcessPoolExecutor]":
        """At least so many of them, unless others are at work with fewer. They end at once where this ends by an exception:
        then nobody knows what they are still at."""
        if self._size < jobs and not self._users:
            self.end(at_once=False)
        if self._running is None:
            self._running, self._close = _started(jobs)
            self._size = jobs
        self._users += 1
        try:
            yield self._running
        except BaseException:
            self.end(at_once=True)
            raise
        finally:
            self._users -= 1

    def end(self, *, at_once: bool) -> None:
        if self._running is None:
            return
        if at_once and self._close:
            self._close()
        self._running.shutdown(cancel_futures=True)
        self._running, self._close, self._size = None, None, 0


_lasting: ContextVar[_Lasting | None] = ContextVar("lasting", default=None)


@contextmanager
def lasting() -> Iterator[None]:
    """While this lasts, all calls of `spread` share their processes: beginning them costs more than many small pieces of
    work. None is begun before it is needed."""
    ours = _Lasting()
    token = _lasting.set(ours)
    try:
        yield
    except BaseException:
        ours.end(at_once=True)
        raise
    finally:
        _lasting.reset(token)
        ours.end(at_once=False)


def _used(jobs: int) -> "AbstractContextManager[ProcessPoolExecutor]":
    shared = _lasting.get()
    return shared.used(jobs) if shared else pool(jobs)


def alone(things: int, jobs: int) -> bool:
    """Whether so many things are best done in this process."""
    if _elsewhere.get() is not None or _apart.get():
        return not things
    return jobs <= 1 or things < 2 * jobs


def spread(
    function: Callable[[T], R],
    things: Sequence[T],
    jobs: int | None,
    *,
    prepare: Callable[[], object],
    died: Callable[[T], R] | None = None,
    late: Callable[[T], R] | None = None,
    limit: Callable[[T], float] = of_file,
) -> Iterator[R]:
    """The results in the order of the things, by `jobs` processes (None: one for each processor where there are
    many things, else one), or in this process where that is not worth while.

    `function`, the things and the results travel between processes; `prepare` loads once, in this process, what
    every worker would load for itself. `died` makes the result of a thing of which its process dies; without it that is
    raised, as BrokenProcessPool. `late` makes that of a thing that takes longer than `limit` says (in seconds); without
    it, and in this process, there is no limit.
    """
    jobs = (processors() if len(things) >= MANY else 1) if jobs is None else jobs
    if alone(len(things), jobs):
        yield from map(function, things)
        return
    if others := _elsewhere.get():
        yield from others(function, things, died, late)
        return
    prepare()
    few = len(things) < 2 * jobs  # for so little the others are not worth beginning
    yield from _by_processes(function, things, 1 if few else jobs, _Ends(died, late, limit))


def one_apart(
    function: Callable[[T], R],
    thing: T,
    died: Callable[[T], R],
    late: Callable[[T], R] | None = None,
    limit: Callable[[T], float] = of_file,
) -> R:
    """The result for one thing, made in another process than this."""
    if _lasting.get():
        return next(_by_processes(function, [thing], 1, _Ends(died, late, limit)))
    (result,) = _singly(function, [thing], _Ends(died, late, limit))
    return result


class _Ends(Generic[T, R]):
    """What makes the results of things that have none, and how long one may take; None where nothing ends it."""

    def __init__(
        self, died: Callable[[T], R] | None, late: Callable[[T], R] | None, limit: Callable[[T], float]
    ) -> None:
        self.died, self.late = died, late
        self._limit = limit

    def limits(self, things: Sequence[T]) -> list[float | None]:
        """In seconds, for each."""
        return [self._limit(thing) if self.died and self.late else None for thing in things]


def _by_processes(
    function: Callable[[T], R], things: Sequence[T], jobs: int, ends: _Ends[T, R]
) -> Iterator[R]:
    from concurrent.futures.process import BrokenProcessPool

    size = max(1, min(32, len(things) // (4 * jobs)))
    chunks = [things[n : n + size] for n in range(0, len(things), size)]
    done: dict[int, list[R]] = {}
    at = 0
    while True:
        futures: dict[int, Future[list[R]]] = {}
        try:
            with _used(jobs) as running:
                for n in range(at, len(chunks)):
                    if n not in done:
                        futures[n] = running.submit(_each, function, chunks[n], ends.limits(chunks[n]))
                while at < len(chunks):
                    results = done.pop(at) if at in done else futures.pop(at).result()
                    at += 1
                    yield from results
                return
        except BrokenProcessPool:
            if ends.died is None:
                raise
            done.update((n, f.result()) for n, f in futures.items() if _whole(f))
        # Chunks are begun in their order, so that the one that was the end is among the first that are not done.
        open_ = [n for n in range(at, len(chunks)) if n not in done]
        done.update((n, _singly(function, chunks[n], ends)) for n in open_[: 2 * jobs + 1])


def _whole(future: "Future[list[R]]") -> bool:
    return future.done() and not future.cancelled() and not future.exception()


def _each(function: Callable[[T], R], things: Sequence[T], limits: Sequence[float | None]) -> list[R]:
    return [within(most, function, thing) for thing, most in zip(things, limits, strict=True)]


def _singly(function: Callable[[T], R], things: Sequence[T], ends: _Ends[T, R]) -> list[R]:
    """The results, by a process that has one thing at a time, and a new one after each of which it dies."""
    from concurrent.futures.process import BrokenProcessPool

    results: list[R] = []
    while len(results) < len(things):
        with pool(1) as running:
            try:
                while len(results) < len(things):
                    thing = things[len(results)]
                    (most,) = ends.limits([thing])
                    started = time.monotonic()
                    results.append(running.submit(within, most, function, thing).result())
            except BrokenProcessPool:
                if ends.died is None:
                    raise
                over = most is not None and time.monotonic() - started >= most
                results.append((ends.late if ends.late and over else ends.died)(thing))
    return results


def within(most: float | None, function: Callable[[T], R], thing: T) -> R:
    """In a worker: the result; where that takes longer than so many seconds, the process ends.

    It is ended from outside of Python: a loop inside of a library, a search by a regular expression say, lets nothing
    else in this process run. https://docs.python.org/3/library/faulthandler.html#faulthandler.dump_traceback_later
    """
    if most is None:
        return function(thing)
    import faulthandler

    faulthandler.dump_traceback_later(most, exit=True, file=_nowhere())
    try:
        return function(thing)
    finally:
        faulthandler.cancel_dump_traceback_later()


@cache
def _nowhere() -> TextIO:
    return open(os.devnull, "w")  # noqa: PTH123 - it stays open as long as the process


@contextmanager
def pool(jobs: int) -> "Iterator[ProcessPoolExecutor]":
    """So many processes. They end with this, at once where it ends by an exception, and with this process, however that
    ends."""
    running, close = _started(jobs)
    try:
        yield running
    except BaseException:  # nobody waits for the rest
        close()
        raise
    finally:
        running.shutdown(cancel_futures=True)


def _started(jobs: int) -> "tuple[ProcessPoolExecutor, Callable[[], None]]":
    """So many processes, and what ends them at once."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # A copy of a process in which polars has begun its threads has none of them, and waits for them for ever:
    # https://docs.pola.rs/user-guide/misc/multiprocessing/. So it is with any lock that another thread of ours holds.
    crowded = "polars" in sys.modules or threading.active_count() > 1
    way = multiprocessing.get_context("spawn" if crowded else None)
    running = ProcessPoolExecutor(jobs, way, initializer=_begin)

    def close() -> None:
        for worker in list((running._processes or {}).values()):  # noqa: SLF001 - named only from Python 3.14 on
            worker.terminate()

    return running, close


def _begin() -> None:
    """In a new process: an interrupt reaches every process, and the first one tells of it; that one's sudden death
    reaches none, so it is watched for."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_outlive_nobody, daemon=True).start()


def _outlive_nobody() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
