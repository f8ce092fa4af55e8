"""One address → what is there now, asked for politely: with manners, redirects by hand, and what was remembered."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode, urljoin

from odtool.collect import guard, manners
from odtool.collect.listed import ForbiddenError, UnseenError
from odtool.collect.wire import Answer, LargeError, Wire
from odtool.text import visible

HOPS = 5
TRIES = 3
SILENT = (
    3  # requests in a row without an answer, after which a host is left alone: waiting for each takes hours
)
MOST = 100_000_000  # bytes of one file, where nobody says otherwise
LISTING = 50_000_000  # bytes of one page of a listing
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_LATER = frozenset({429, 502, 503, 504})  # worth asking again


@dataclass(frozen=True, slots=True)
class Fetched:
    """`state`: ok; same (as remembered: no data came); gone (404 or 410: a dead link). `url` is where it was at last."""

    state: Literal["ok", "same", "gone"]
    url: str
    data: bytes = b""
    etag: str = ""
    modified: str = ""
    type: str = ""
    status: int = 200


class Fetcher:
    """Of one portal. `permission` is who allowed it and when: it stands above the robots.txt of the portal's own host.
    `pace` is the least time between two requests to a host; `agreed` says that it was settled along with the permission,
    and stands above that host's Crawl-delay, too. Counts in `wire` and `waited` (seconds)."""

    def __init__(
        self,
        wire: Wire,
        hosts: manners.Hosts,
        *,
        own: str = "",
        contact: str = "",
        pace: float = manners.USUAL,
        permission: str = "",
        most: int = MOST,
        sleep: Callable[[float], None] | None = None,
        private: bool = False,
        agreed: bool = False,
    ) -> None:
        self.wire = wire
        self.most = most
        self.waited = 0.0
        self._hosts = hosts
        self._agent = manners.agent(contact)
        self._pace = pace
        self._permitted = _origin(own, private) if permission else ""
        self._own = own
        self._sleep = sleep or hosts.rest
        self._private = private
        self._agreed = agreed
        self._silent: dict[str, int] = {}

    def get(self, url: str, *, etag: str = "", modified: str = "", most: int | None = None) -> Fetched:
        """What is at the address. Raises UnseenError for all that says nothing of whether it is there."""
        asked = {
            name: value for name, value in (("If-None-Match", etag), ("If-Modified-Since", modified)) if value
        }
        for _ in range(HOPS + 1):
            answer = self._patiently(url, asked, self.most if most is None else most)
            if answer.status not in (301, 302, 303, 307, 308):
                return self._judged(url, answer)
            try:
                url = urljoin(url, as_sent(answer.headers.get("location", "")))
            except ValueError:
                break
        raise UnseenError(
            f"{visible(url, 200)} は転送が続き、開けません。", f"{visible(url, 200)} redirects without end."
        )

    def json(self, url: str, parameters: Mapping[str, str | int] | None = None) -> Any:
        """What the address answers as JSON. Raises UnseenError."""
        whole = f"{url}?{urlencode(parameters)}" if parameters else url
        found = self.get(whole, most=LISTING)
        if found.state == "gone":
            raise UnseenError(
                f"{visible(url, 200)} がありません（{found.status}）。URL を確かめてください。",
                f"There is no {visible(url, 200)} ({found.status}). Check the address.",
                found.status,
            )
        try:
            return json.loads(found.data)
        except (ValueError, RecursionError):
            raise UnseenError(
                f"{visible(url, 200)} の返事が JSON ではありません（ウェブページや確認画面かもしれません）。",
                f"{visible(url, 200)} does not answer in JSON; it may be a web page or a challenge.",
                found.status,
            ) from None

    def _patiently(self, url: str, headers: Mapping[str, str], most: int) -> Answer:
        for attempt in range(1, TRIES + 1):
            answer = self._politely(url, headers, most)
            if answer.status not in _LATER or attempt == TRIES:
                return answer
            told = answer.headers.get("retry-after", "")
            self._sleep(min(float(told), manners.LONGEST) if told.isdecimal() else 2.0**attempt)
        raise AssertionError

    def _politely(self, url: str, headers: Mapping[str, str], most: int) -> Answer:
        goal = guard.target(url, private=self._private, own=self._own)
        permitted = goal.origin == self._permitted
        rules = manners.Rules()
        if not (permitted and self._agreed):
            with suppress(
                *((UnseenError,) if permitted else ())
            ):  # the distance it asks for counts all the same
                rules = self._hosts.rules(
                    goal.origin, lambda robots: self._ask(robots, self._pace, {}, manners.MOST)
                )
        if not permitted and not rules.allow(goal.url):
            raise ForbiddenError(
                f"{visible(goal.url, 200)} は robots.txt で読むことを断られています。管理者の許可を得たら、"
                "設定の permission に誰がいつ許可したかを書いてください。",
                f"The robots.txt of that host forbids {visible(goal.url, 200)}. Once those in charge allow it, note in "
                "the settings, as permission, who did and when.",
            )
        if rules.delay > manners.LONGEST and not permitted:
            raise UnseenError(
                f"{visible(goal.host)} は robots.txt で {rules.delay:g} 秒の間隔を求めています。管理者に読み取りの許可を相談してください。",
                f"{visible(goal.host)} wants {rules.delay:g} seconds between requests. Ask those in charge for leave.",
            )
        return self._ask(url, max(self._pace, min(rules.delay, manners.LONGEST)), headers, most)

    def _ask(self, url: str, pace: float, headers: Mapping[str, str], most: int) -> Answer:
        goal = guard.target(url, private=self._private, own=self._own)
        if self._silent.get(goal.origin, 0) >= SILENT:
            raise UnseenError(
                f"{visible(goal.origin, 200)} から続けて返事がないため、今回はもう問い合わせません。",
                f"{visible(goal.origin, 200)} has not answered several times in a row, so it is asked no more this time.",
            )
        started = time.monotonic()
        with self._hosts.turn(goal.origin, pace):
            self.waited += time.monotonic() - started
            try:
                answer = self.wire.get(url, {"User-Agent": self._agent, "Accept": "*/*", **headers}, most)
            except LargeError:
                raise
            except UnseenError:
                if self._hosts.stopped.is_set():  # it was broken off here, which says nothing of the host
                    raise KeyboardInterrupt from None
                self._silent[goal.origin] = self._silent.get(goal.origin, 0) + 1
                raise
        self._silent[goal.origin] = 0
        return answer

    def _judged(self, url: str, answer: Answer) -> Fetched:
        headers, shown = answer.headers, visible(url, 200)
        told = (
            headers.get("etag", "")[:500],
            headers.get("last-modified", "")[:100],
            headers.get("content-type", "")[:200],
        )
        if answer.status == 200:
            return Fetched("ok", url, answer.body, *told)
        if answer.status == 304:
            return Fetched("same", url, b"", *told, status=304)
        if answer.status in (404, 410):
            return Fetched("gone", url, answer.body, status=answer.status)
        if answer.status in (401, 403, 202):
            raise UnseenError(
                f"{shown} は機械での読み取りを断っているか、確認画面を返しています（{answer.status}）。",
                f"{shown} refuses programs, or shows a challenge ({answer.status}).",
                answer.status,
            )
        raise UnseenError(
            f"{shown} で障害が起きています（{answer.status}）。" if answer.status >= 500 or answer.status == 429
            else f"{shown} を読めません（{answer.status}）。",
            f"{shown} is in trouble ({answer.status})." if answer.status >= 500 or answer.status == 429
            else f"{shown} cannot be read ({answer.status}).",
            answer.status,
        )  # fmt: skip


def as_sent(location: str) -> str:
    """The header with its bytes beyond ASCII quoted as they came: servers send Japanese file names in UTF-8 or CP932, and
    read as Latin-1, which is how headers are read, they would be another name and a dead link."""
    return quote(location.encode("latin-1", "replace"), safe=_ASCII)


def _origin(url: str, private: bool) -> str:
    try:
        return guard.target(url, private=private, own=url).origin
    except UnseenError:
        return ""
