"""One function over many things by several processes: results in order, and an interrupt ends them all.

A process that dies of one thing (a library that takes it down, a system that has no memory left) takes no other thing
along: whatever may have been its end is tried again, in a process where there is nothing else.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

T = TypeVar("T")
R = TypeVar("R")

MANY = 64  # things from which several processes pay


def processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


Spread = Callable[[Callable[[Any], Any], Sequence[Any], Callable[[Any], Any] | None], Iterator[Any]]
"""The function, the things, and what makes the result of a thing of which its process dies."""
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
) -> Iterator[R]:
    """The results in the order of the things, by `jobs` processes (None: one for each processor where there are
    many things, else one), or in this process where that is not worth while.

    `function`, the things and the results travel between processes; `prepare` loads once, in this process, what
    every worker would load for itself. `died` makes the result of a thing of which its process dies; without it that is
    raised, as BrokenProcessPool.
    """
    jobs = (processors() if len(things) >= MANY else 1) if jobs is None else jobs
    if alone(len(things), jobs):
        yield from map(function, things)
        return
    if others := _elsewhere.get():
        yield from others(function, things, died)
        return
    prepare()
    yield from _by_processes(function, things, max(1, min(jobs, len(things))), died)


def one_apart(function: Callable[[T], R], thing: T, died: Callable[[T], R]) -> R:
    """The result for one thing, made in a process of its own."""
    (result,) = _singly(function, [thing], died)
    return result


def _by_processes(
    function: Callable[[T], R], things: Sequence[T], jobs: int, died: Callable[[T], R] | None
) -> Iterator[R]:
    from concurrent.futures.process import BrokenProcessPool

    size = max(1, min(32, len(things) // (4 * jobs)))
    chunks = [things[n : n + size] for n in range(0, len(things), size)]
    done: dict[int, list[R]] = {}
    at = 0
    while True:
        futures: dict[int, Future[list[R]]] = {}
        with pool(jobs) as running:
            try:
                for n in range(at, len(chunks)):
                    if n not in done:
                        futures[n] = running.submit(_each, function, chunks[n])
                while at < len(chunks):
                    results = done.pop(at) if at in done else futures.pop(at).result()
                    at += 1
                    yield from results
                return
            except BrokenProcessPool:
                if died is None:
                    raise
                done.update((n, f.result()) for n, f in futures.items() if f.done() and not f.exception())
        # Chunks are begun in their order, so that the one that was the end is among the first that are not done.
        open_ = [n for n in range(at, len(chunks)) if n not in done]
        done.update((n, _singly(function, chunks[n], died)) for n in open_[: 2 * jobs + 1])


def _each(function: Callable[[T], R], things: Sequence[T]) -> list[R]:
    return [function(thing) for thing in things]


def _singly(function: Callable[[T], R], things: Sequence[T], died: Callable[[T], R]) -> list[R]:
    """The results, by a process that has one thing at a time, and a new one after each of which it dies."""
    from concurrent.futures.process import BrokenProcessPool

    results: list[R] = []
    while len(results) < len(things):
        with pool(1) as running:
            try:
                while len(results) < len(things):
                    results.append(running.submit(function, things[len(results)]).result())
            except BrokenProcessPool:
                results.append(died(things[len(results)]))
    return results


@contextmanager
def pool(jobs: int) -> "Iterator[ProcessPoolExecutor]":
    """So many processes. They end with this, at once where it ends by an exception, and with this process, however that
    ends."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # A copy of a process in which polars has begun its threads has none of them, and waits for them for ever:
    # https://docs.pola.rs/user-guide/misc/multiprocessing/. So it is with any lock that another thread of ours holds.
    crowded = "polars" in sys.modules or threading.active_count() > 1
    way = multiprocessing.get_context("spawn" if crowded else None)
    running = ProcessPoolExecutor(jobs, way, initializer=_begin)
    try:
        yield running
    except BaseException:  # nobody waits for the rest
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    finally:
        running.shutdown(cancel_futures=True)


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
