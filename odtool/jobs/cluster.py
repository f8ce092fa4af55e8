"""The same work on more machines: what `odtool.workers` spreads over processes goes to a Dask scheduler's workers.

Files travel as bytes: a worker needs neither the network share nor the municipality's folder. The results are the same
byte for byte, because nothing but the very same program is accepted over there.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from odtool import source, workers
from odtool.errors import PortalError, UsageError
from odtool.judging import cache
from odtool.judging.check import RECOGNISED
from odtool.text import visible

T = TypeVar("T")
R = TypeVar("R")

WAIT = 15  # seconds for the scheduler to answer
LOOK = 5  # seconds between looks whether there are workers at all
RETURN = 60  # seconds for workers that died to come back
AHEAD = 4  # things under way for each processor over there


@contextmanager
def reached(address: str | None) -> Iterator[None]:
    """While this lasts, work is spread over the workers of the scheduler at that address; over this machine's processes
    where there is none. Raises UsageError, PortalError."""
    if not address:
        yield
        return
    try:
        import distributed
    except ImportError:
        raise UsageError(
            "ほかのパソコンに分けるための部品がありません。pip install 'odtool[cluster]' で入れてください（どのパソコンにも同じ版を）。",
            "What is needed for more machines is not installed. Run pip install 'odtool[cluster]', the same version on each.",
        ) from None
    shown = visible(address, 200)
    if not address.startswith(("tcp://", "tls://", "ucx://")):
        raise UsageError(
            f"--scheduler「{shown}」は tcp://ホスト:8786 のように書いてください。",
            f"Write --scheduler {shown} like tcp://host:8786.",
        )
    try:
        client: Any = distributed.Client(address, timeout=WAIT, set_as_default=False)
    except (OSError, TimeoutError, ValueError, ImportError):
        raise PortalError(
            f"{shown} の Dask スケジューラーにつながりません。動いているか、アドレスを確かめてください。",
            f"The Dask scheduler at {shown} cannot be reached. See whether it runs, and the address.",
        ) from None
    try:
        slots = _fitting(client, shown)
        with workers.elsewhere(partial(_spread, client, slots)):
            yield
    finally:
        with suppress(Exception):
            client.close(timeout=WAIT)


def _fitting(client: Any, shown: str) -> int:
    """The processors over there. Raises UsageError where there are none, or another program is installed."""
    slots = int(sum(client.nthreads().values()))
    if not slots:
        raise UsageError(
            f"{shown} にワーカーがありません。各パソコンで dask worker {shown} を実行してください。",
            f"{shown} has no workers. Run dask worker {shown} on each machine.",
        )
    try:
        told = client.run(_program)
    except Exception:  # noqa: BLE001 - a worker without odtool, or one that just left; Dask passes on whatever it was
        told = {"?": b""}
    ours = _program()
    wrong = sorted(worker for worker, program in told.items() if program != ours)
    if wrong:
        raise UsageError(
            f"ワーカー {visible('、'.join(wrong), 300)} の odtool か Python の版が、このパソコンと違います。同じものを入れてください。",
            f"The workers {visible(', '.join(wrong), 300)} have another odtool or Python than this machine. Install the same.",
        )
    return slots


def _program() -> bytes:
    """The program and its definitions: the same digest, the same verdicts."""
    return cache.basis(RECOGNISED)


def _spread(  # noqa: PLR0917 - as `workers.Spread` has them
    client: Any,
    slots: int,
    function: Callable[[T], R],
    things: Sequence[T],
    died: Callable[[T], R] | None,
    late: Callable[[T], R] | None,
) -> Iterator[R]:
    """The results in the order of the things; only so many are under way that neither side fills its memory. A thing of
    which workers die, or that does not come to an end, is tried once more in a process of this machine, which tells
    whether it was to blame."""
    from distributed import CancelledError, KilledWorker

    waiting: deque[tuple[T, Any]] = deque()
    todo = iter(things)
    try:
        while True:
            while len(waiting) < AHEAD * slots and (thing := next(todo, _END)) is not _END:
                future = client.submit(_done, function, thing, *_bytes(thing), pure=False, retries=2)
                waiting.append((thing, future))
            if not waiting:
                return
            thing, future = waiting.popleft()
            try:
                result = _result(client, future, workers.of_file(thing) if died and late else None)
            except (KilledWorker, _EndlessError):
                if died is None:
                    raise
                result = workers.one_apart(function, thing, died, late)
            yield result
    except (KilledWorker, CancelledError, OSError, TimeoutError):
        raise PortalError(
            "Dask のワーカーかスケジューラーが途中で止まりました。もう一度実行すると、済んだところからは早く進みます。",
            "A worker or the scheduler of Dask stopped. Run this again.",
        ) from None
    finally:
        for _, future in waiting:
            with suppress(Exception):
                future.cancel()


class _EndlessError(Exception):
    """A thing took longer than it may."""


def _result(client: Any, future: Any, most: float | None) -> Any:
    """What came of it. Raises PortalError where the workers are gone for good: Dask waits for new ones for ever. Raises
    _EndlessError where it is waited for longer than `most` seconds; it was the first of those under way."""
    gone_since = None
    since = time.monotonic()
    while True:
        try:
            return future.result(timeout=LOOK)
        except TimeoutError:
            if future.done():  # it is the thing's own
                raise
        if client.nthreads():
            gone_since = None
            if most is not None and time.monotonic() - since > most:
                _end(client, future)
                raise _EndlessError
            continue
        gone_since = gone_since or time.monotonic()
        if time.monotonic() - gone_since > RETURN:
            raise PortalError(
                "Dask のワーカーがすべて止まりました。ワーカーを動かしてから、もう一度実行してください。",
                "All workers of Dask stopped. Start them and run this again.",
            )


def _end(client: Any, future: Any) -> None:
    """Begin the worker anew that has it: nothing else frees its processor. What it has besides is done again."""
    with suppress(Exception):
        having = [worker for worker, keys in client.processing().items() if future.key in keys]
        future.cancel()
        client.restart_workers(having, timeout=RETURN, raise_for_error=False)


_END: Any = object()


def _bytes(thing: object) -> tuple[str, bytes] | tuple[()]:
    """The file that a thing is about, and what is in it; nothing where it is not to be had: the worker says so then."""
    path = thing[0] if isinstance(thing, tuple) else thing
    if not isinstance(path, str):
        return ()
    try:
        return path, source.content(path)
    except UsageError:
        return ()


def _done(function: Callable[[T], R], thing: T, path: str = "", data: bytes = b"") -> R:
    """On the worker."""
    if not path:
        return function(thing)
    with source.handed(path, data):
        return function(thing)
