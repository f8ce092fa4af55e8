"""A published file's bytes, for looking at only: whatever address the portal names for it is asked with the same care as
any that a stranger wrote.
"""

from collections.abc import Callable
from urllib.parse import urljoin

from odtool.collect import guard, manners
from odtool.collect.fetch import HOPS
from odtool.collect.listed import UnseenError
from odtool.collect.wire import LargeError, Patience, Wire
from odtool.planning.plan import Held
from odtool.portal.web import Pace
from odtool.text import visible

Look = Callable[[Held, int], bytes | None]
"""The file's bytes; None where there are more than so many. Raises PortalError."""


class Looking:
    """Of one portal, at `own`. What lies on its own host is asked wherever that is, as the portal itself is; everything
    else, also after a redirect, only on the open internet. `pace` is the least time between two requests, in seconds."""

    def __init__(
        self, own: str, *, contact: str = "", pace: float = 0, resolve: guard.Resolve = guard.numbers
    ) -> None:
        self._own = guard.target(own, private=True)
        self._home = Wire(private=True, own=own, patience=Patience())
        self._away = Wire(resolve=resolve)
        self._headers = {"User-Agent": manners.agent(contact), "Accept": "*/*"}
        self._pace = Pace(pace)

    def get(self, held: Held, most: int) -> bytes | None:
        url = held.url
        for _ in range(HOPS + 1):
            home = guard.target(url, private=True).origin == self._own.origin
            self._pace.wait()
            try:
                answer = (self._home if home else self._away).get(url, self._headers, most)
            except LargeError:
                return None
            if answer.status == 200:
                return answer.body
            if answer.status not in (301, 302, 303, 307, 308):
                raise _unseen(url, f"を読めません（{answer.status}）", f"cannot be read ({answer.status})")
            try:
                url = urljoin(url, answer.headers.get("location", ""))
            except ValueError:
                break
        raise _unseen(held.url, "は転送が続き、開けません", "redirects without end")

    def close(self) -> None:
        self._home.close()
        self._away.close()


def _unseen(url: str, ja: str, en: str) -> UnseenError:
    return UnseenError(f"{visible(url, 200)} {ja}。", f"{visible(url, 200)} {en}.")
