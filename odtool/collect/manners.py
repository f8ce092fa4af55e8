"""How a guest behaves: says who asks, reads robots.txt, and keeps a distance between two requests to a host.

robots.txt is read as RFC 9309 says (https://www.rfc-editor.org/rfc/rfc9309): where there is none, all may be read; where
the host cannot tell, nothing. Wildcards and the longest rule count, which is why it is not Python's own reader.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock
from urllib.parse import quote, urljoin, urlsplit

from protego import Protego

from odtool import __version__
from odtool.collect.listed import UnseenError
from odtool.collect.wire import Answer
from odtool.portal.web import Pace
from odtool.text import visible

NAME = "odtool"
USUAL = 1.0  # seconds between two requests to a host, where nobody says otherwise
LONGEST = 60.0  # seconds: a host that wants more is left to an agreement
MOST = 512_000  # bytes of robots.txt that are read; RFC 9309 asks for at least 500 KiB
HOPS = 5
_SENT = "".join(map(chr, range(0x20, 0x7F)))

Ask = Callable[[str], Answer]


def agent(contact: str) -> str:
    """Who asks, and whom to write to; what no header may hold, such as Japanese, is quoted."""
    return f"{NAME}/{__version__}" + (f" (+{quote(contact, _SENT, errors='replace')})" if contact else "")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a host's robots.txt says to us; without `said`, all may be read."""

    said: Protego | None = None

    def allow(self, url: str) -> bool:
        return self.said is None or self.said.can_fetch(url, NAME)

    @property
    def delay(self) -> float:
        return float((self.said.crawl_delay(NAME) if self.said else None) or 0)


@dataclass
class Hosts:
    """Shared by all portals of a run: two of them on one host together keep its pace."""

    pace: Callable[[float], Pace] | None = None  # makes what keeps a distance; None for the real one
    stopped: Event = field(default_factory=Event)  # once set, nobody is asked any more
    _paces: dict[str, tuple[float, Pace]] = field(default_factory=dict)
    _rules: dict[str, Rules | UnseenError] = field(default_factory=dict)
    _locks: dict[str, Lock] = field(default_factory=dict)
    _turns: dict[str, Lock] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def turn(self, origin: str, seconds: float) -> Iterator[None]:
        """While this lasts nobody else asks that host, so that it never has two requests of ours at a time. Raises
        KeyboardInterrupt where all has stopped."""
        with self._lock:
            turn = self._turns.setdefault(origin, Lock())
        with turn:
            self.wait(origin, seconds)
            if self.stopped.is_set():
                raise KeyboardInterrupt
            yield

    def wait(self, origin: str, seconds: float) -> None:
        """Until the next request to that host may go; the slower wish counts."""
        with self._lock:
            known = self._paces.get(origin)
            if known is None or known[0] < seconds:
                made = self.pace(seconds) if self.pace else Pace(seconds, sleep=self.rest)
                known = self._paces[origin] = (seconds, made)
        known[1].wait()

    def rest(self, seconds: float) -> None:
        """Sleep, but for the end of all."""
        self.stopped.wait(seconds)

    def rules(self, origin: str, ask: Ask) -> Rules:
        """The host's rules, asked for once. Raises UnseenError where it cannot tell them."""
        with self._lock:
            lock = self._locks.setdefault(origin, Lock())
        with lock:
            if origin not in self._rules:
                try:
                    self._rules[origin] = _read(origin, ask)
                except UnseenError as error:
                    self._rules[origin] = error
        found = self._rules[origin]
        if isinstance(found, UnseenError):
            raise UnseenError(found.ja, found.en)
        return found


def _read(origin: str, ask: Ask) -> Rules:
    url = f"{origin}/robots.txt"
    for _ in range(HOPS + 1):
        answer = ask(url)
        if 300 <= answer.status < 400 and "location" in answer.headers:
            try:
                url = urljoin(url, answer.headers["location"])
            except ValueError:
                return Rules()
            continue
        break
    else:
        return Rules()  # RFC 9309: after five hops it may be taken for unavailable
    if answer.status >= 500 or answer.status in (202, 429):
        shown = visible(urlsplit(origin).netloc)
        raise UnseenError(
            f"{shown} の robots.txt を確認できません（{answer.status}）。読んでよいか分からないため、このサイトは読みません。",
            f"{shown} cannot tell its robots.txt ({answer.status}). Whether it may be read is not known, so it is not.",
        )
    if answer.status != 200 or answer.body.lstrip()[:1] == b"<":  # a page in its place holds no rules
        return Rules()
    return Rules(Protego.parse(answer.body.decode("utf-8-sig", "replace")))
