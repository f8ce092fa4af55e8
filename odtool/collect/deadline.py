"""Ends what takes too long: one thread for all requests of a wire, because to begin one for each costs more than many a
request."""

import time
from collections.abc import Callable
from threading import Event, Lock, Thread


class Deadline:
    """Of one piece of work at a time, `seconds` for each."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._at = 0.0
        self._end: Callable[[], None] | None = None
        self._over = Event()
        self._watching = False

    def begin(self, end: Callable[[], None]) -> None:
        """`end` is called where `done` is not called in time."""
        with self._lock:
            self._at, self._end = time.monotonic() + self._seconds, end
            if not self._watching:
                self._over.clear()
                self._watching = True
                Thread(target=self._watch, daemon=True).start()

    def done(self) -> None:
        """After this returns, `end` is not called any more."""
        with self._lock:
            self._end = None

    def now(self) -> None:
        """End it, if there is anything to be ended."""
        with self._lock:
            end, self._end = self._end, None
            if end is not None:
                end()

    def close(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        while True:
            with self._lock:
                if self._end is None or self._over.is_set():
                    self._watching = False  # the next piece of work begins another thread
                    return
                left = self._at - time.monotonic()
                if left <= 0:
                    self._end()
                    self._end = None
            # What begins meanwhile has all its time still before it, so that nothing is overslept.
            self._over.wait(max(left, 0.001))
