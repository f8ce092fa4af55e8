"""Files that were asked for and of which it is not yet known what they are: each is noted in its turn.

What is noted, and in which order, is the same whether files are judged one after the other or several at once.
"""

import time
from collections import deque
from collections.abc import Callable

from odtool.collect.bench import Looked, Ticket
from odtool.coverage.observation import Observation
from odtool.coverage.sighting import Progress

Told = tuple[Observation, Progress, bool]
"""What is seen of a file, how far it came, and whether that is anything new."""
MOST = 64  # that wait, so that a sudden death in the shadow of a very large file costs no more than these


class Look:
    """One file: `tell` says what it is told to be, as soon as its ticket is good and its turn has come. `news` is None
    where only that says whether it is anything new."""

    def __init__(self, ticket: Ticket, tell: Callable[[Looked], Told], news: bool | None = None) -> None:
        self.ticket = ticket
        self.news = news
        self._tell = tell
        self._told: Told | None = None

    def told(self) -> Told:
        """Waits for it."""
        if self._told is None:
            self._told = self._tell(self.ticket.looked())
        return self._told


class Line:
    """Of one portal. `waited` are the seconds that were spent on waiting for those in front."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Ticket, Callable[[], None]]] = deque()
        self.waited = 0.0

    def join(self, ticket: Ticket, note: Callable[[], None]) -> None:
        """`note` is called when the ticket is good and all that came before was noted."""
        self._waiting.append((ticket, note))
        self.move(MOST)

    def move(self, most: int | None = None) -> None:
        """Note those whose turn it is; wait for others only where more than `most` would be left. None waits for none."""
        while self._waiting:
            ticket, note = self._waiting[0]
            if not ticket.ready:
                if most is None or len(self._waiting) <= most:
                    return
                started = time.monotonic()
                ticket.looked()
                self.waited += time.monotonic() - started
            self._waiting.popleft()
            note()
