"""One function over many things by several processes: results in order, and an interrupt ends them all."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

MANY = 64  # things from which several processes pay


def processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    function: Callable[[T], R], things: Sequence[T], jobs: int | None, *, prepare: Callable[[], object]
) -> Iterator[R]:
    """The results in the order of the things, by `jobs` processes (None: one for each processor where there are
    many things, else one), or in this process where that is not worth while.

    `function`, the things and the results travel between processes; `prepare` loads once, in this process, what
    every worker would load for itself.
    """
    jobs = (processors() if len(things) >= MANY else 1) if jobs is None else jobs
    if jobs <= 1 or len(things) < 2 * jobs:
        yield from map(function, things)
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
