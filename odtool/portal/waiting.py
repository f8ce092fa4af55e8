"""Somebody is told when a portal lets us wait: one request may take minutes before it counts as failed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Timer

from odtool.errors import OdtoolError

FIRST = 10.0  # seconds without an answer after which it is told
Told = Callable[[int, int], None]
"""Told how many seconds we have waited, and how many more it takes at most until the request counts as failed. Called
from another thread, while the one that asks does nothing else."""
Begin = Callable[[], None]

_listeners: ContextVar[tuple[Told, ...]] = ContextVar("listeners", default=())


@contextmanager
def told(listener: Told) -> Iterator[None]:
    """While this lasts, `listener` is told of every wait, beside those who are told already."""
    token = _listeners.set((*_listeners.get(), listener))
    try:
        yield
    finally:
        _listeners.reset(token)


@contextmanager
def waiting(most: float) -> Iterator[Begin]:
    """One request, which takes `most` seconds at most. FIRST seconds after it is told that the waiting begins, the
    listeners are told, once."""
    timer = Timer(FIRST, _tell, (_listeners.get(), round(FIRST), round(most - FIRST)))
    timer.daemon = True
    heard = bool(_listeners.get()) and most > FIRST

    def begin() -> None:
        if heard and timer.ident is None:
            timer.start()

    try:
        yield begin
    finally:
        timer.cancel()
        if timer.ident is not None:
            timer.join()  # a listener has done with it before the work goes on


def _tell(listeners: tuple[Told, ...], waited: int, left: int) -> None:
    for listener in listeners:
        with suppress(
            OdtoolError, OSError, ValueError
        ):  # a closed terminal or a full disk must not end the work
            listener(waited, left)
