"""One function over many things by several processes: results in order, and an interrupt ends them all."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MANY = 64  # things from which several processes pay


def processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


Spread = Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[Any]]
_elsewhere: ContextVar[Spread | None] = ContextVar("elsewhere", default=None)


@contextmanager
def elsewhere(spreading: Spread) -> Iterator[None]:
    """While this lasts, `spread` leaves the work to that function: to other machines."""
    token = _elsewhere.set(spreading)
    try:
        yield
    finally:
        _elsewhere.reset(token)


def alone(things: int, jobs: int) -> bool:
    """Whether so many things are best done in this process."""
    return _elsewhere.get() is None and (jobs <= 1 or things < 2 * jobs)


def spread(
    function: Callable[[T], R], things: Sequence[T], jobs: int | None, *, prepare: Callable[[], object]
) -> Iterator[R]:
    """The results in the order of the things, by `jobs` processes (None: one for each processor where there are
    many things, else one), or in this process where that is not worth while.

    `function`, the things and the results travel between processes; `prepare` loads once, in this process, what
    every worker would load for itself.
    """
    jobs = (processors() if len(things) >= MANY else 1) if jobs is None else jobs
    if alone(len(things), jobs):
        yield from map(function, things)
        return
    if others := _elsewhere.get():
        yield from others(function, things)
        return
    import multiprocessing
    import signal
    from concurrent.futures import ProcessPoolExecutor

    prepare()
    size = max(1, min(32, len(things) // (4 * jobs)))
    deaf = (signal.SIGINT, signal.SIG_IGN)  # an interrupt reaches every process; this one tells of it
    pool = ProcessPoolExecutor(jobs, initializer=signal.signal, initargs=deaf)
    try:
        yield from pool.map(function, things, chunksize=size)
    except BaseException:  # nobody waits for the rest
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
