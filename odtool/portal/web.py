"""The web as publishing needs it: time limits, careful repetition, and one sentence for whatever goes wrong."""

import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from threading import Lock
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from requests_toolbelt import MultipartEncoder
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util import Retry

from odtool import trust
from odtool.errors import PortalError
from odtool.portal import PortalStopError
from odtool.portal.waiting import waiting

TIMEOUT = (10, 60)  # seconds: to connect, and without a byte arriving
TRIES = 3
LONGEST_WAIT = 60  # seconds, however long a portal asks us to wait
LARGEST_ANSWER = 100_000_000  # bytes; the entry of a dataset with 12,000 files has some 20 MB
LONGEST_ANSWER = 600.0  # seconds for all of it; one that drips keeps within the time without a byte
_CHUNK = 1 << 14  # bytes
T = TypeVar("T")


class CutError(PortalStopError):
    """An answer that broke off, where nothing was to be written."""


class EndlessError(requests.RequestException):
    """An answer that is larger, or longer on its way, than any that a portal has reason to give."""


class TrustError(requests.exceptions.SSLError):
    """The certificates to be trusted cannot be read on this machine; nothing was sent. `why` says which."""

    def __init__(self, why: trust.TrustError, request: requests.PreparedRequest) -> None:
        super().__init__(request=request)
        self.why = why


class TooLargeError(PortalError):
    """The portal, or a proxy before it, does not take that much in one call."""


class UncertainError(PortalError):
    """A write without an answer: it may or may not have happened. `wait` is how long the portal asked us to."""

    def __init__(self, ja: str, en: str, *, down: bool, wait: float = 0) -> None:
        super().__init__(ja, en)
        self.down = down
        self.wait = wait


def whole(read: Callable[[], T]) -> T:
    """What is read, tried again where it breaks off; urllib3 repeats only what has no answer at all."""
    for _ in range(TRIES - 1):
        with suppress(CutError):
            return read()
    return read()


class Pace:
    """Keeps `seconds` between two requests, for portals that ask for it. `clock` and `sleep` are the system's own."""

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._lock = Lock()

    def wait(self) -> None:
        """Until the next request may go. Those who ask at the same moment go one after the other."""
        if not self._seconds:
            return
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._seconds
        if turn > now:
            self._sleep(turn - now)


class _Form(MultipartEncoder):  # type: ignore[misc]
    """Fields and files on their way; `sent` is called when all of it was read."""

    sent: Callable[[], None] = staticmethod(lambda: None)

    def read(self, size: int = -1) -> bytes:
        found: bytes = super().read(size)
        if self.finished:
            self.sent()
        return found


def longest(method: str | None, timeout: Any, retry: Retry) -> float:
    """How many seconds a request without any answer takes until it counts as failed, its repetitions among them."""
    once = float(sum(timeout)) if isinstance(timeout, tuple) else float(timeout or 0)
    again = int(retry.total or 0) if (method or "").upper() in (retry.allowed_methods or ()) else 0
    return once * (again + 1) + sum(retry.backoff_factor * 2.0**number for number in range(1, again))


class Adapter(HTTPAdapter):
    """Believes whom `trust` believes, whatever requests would take from its own list or be told by its caller."""

    _trusted: ssl.SSLContext | None = None  # read when it is needed: a portal may have no TLS

    def trusted(self) -> ssl.SSLContext:
        self._trusted = self._trusted or trust.context()
        return self._trusted

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        del verify
        host, pool = super().build_connection_pool_key_attributes(request, True, cert)
        if host["scheme"] == "https":
            pool["ssl_context"] = self.trusted()
        return host, pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to add to what the connection has already."""

    def proxy_manager_for(self, proxy: str, **how: Any) -> Any:
        if proxy.lower().startswith("https:"):
            how["proxy_ssl_context"] = self.trusted()
        return super().proxy_manager_for(proxy, **how)


class Session(requests.Session):
    """A session that sends files as it reads them, and reads no answer without an end; requests itself would hold all
    of either in memory. Whatever goes wrong is a RequestException."""

    pace = Pace(0)

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        self.pace.wait()
        adapter = self.get_adapter(request.url or "")
        retry = adapter.max_retries if isinstance(adapter, HTTPAdapter) else Retry(0)
        try:
            with waiting(longest(request.method, how.get("timeout"), retry)) as begin:
                if isinstance(request.body, _Form):
                    request.body.sent = begin  # a large file on its way is nothing that is waited for
                else:
                    begin()
                answer = super().send(request, **{**how, "stream": True})
                if not how.get("stream"):
                    _read(answer)
        except requests.RequestException:
            raise
        except trust.TrustError as error:
            raise TrustError(error, request) from error
        except OSError as error:
            raise requests.exceptions.ConnectionError(request=request) from error
        except ValueError as error:  # an address that a portal redirects to
            raise requests.exceptions.InvalidURL(request=request) from error
        return answer

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        target = super().get_redirect_target(resp)
        if target:  # requests would read the page that comes along, however long
            resp._content = b""  # noqa: SLF001 - requests has no other way
        return target

    def post(self, url: str | bytes, data: Any = None, json: Any = None, **how: Any) -> requests.Response:
        if files := how.pop("files", None):
            fields = {_plain(key): _plain(value) for key, value in (data or {}).items()}
            data = _Form({**fields, **files})
            how["headers"] = {**(how.get("headers") or {}), "Content-Type": data.content_type}
        return super().post(url, data=data, json=json, **how)


def _read(answer: requests.Response) -> None:
    """The body, up to an end: what `answer.content` gives from now on."""
    found = bytearray()
    end = time.monotonic() + LONGEST_ANSWER
    with answer:
        for chunk in answer.iter_content(_CHUNK):
            found += chunk
            if len(found) > LARGEST_ANSWER or time.monotonic() > end:
                raise EndlessError(request=answer.request)
    answer._content = bytes(found)  # noqa: SLF001 - as requests does it


def _without_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Left as it is. Else a ~/.netrc would replace the token, and what is asked for as the public be asked by somebody."""
    return request


def _plain(text: str | bytes) -> str:
    return text.decode() if isinstance(text, bytes) else text


def session(agent: str, pause: float, pace: Pace | None = None) -> Session:
    """A session that repeats what only reads: a repeated write could publish twice."""
    retry = Retry(
        total=TRIES,
        backoff_factor=pause / 2,
        status_forcelist=(429, 502, 503, 504),
        allowed_methods=frozenset({"GET", "HEAD"}),
        retry_after_max=LONGEST_WAIT,
        raise_on_status=False,
    )
    made = Session()
    made.pace = pace or made.pace
    made.headers["User-Agent"] = agent
    made.auth = _without_netrc
    for scheme in ("http://", "https://"):
        made.mount(scheme, Adapter(max_retries=retry))
    return made


def failure(error: requests.RequestException, address: str, *, writing: bool) -> PortalError:
    """The sentence for a request without an answer. What the error itself says is left out: it may hold anything."""
    if isinstance(error, TrustError):
        return PortalStopError(error.why.ja, error.why.en)
    if isinstance(error, EndlessError):
        ja = f"{address} の返事が大きすぎるか、終わりません。URL を確かめ、ポータルの担当者に知らせてください。"
        en = f"The answer of {address} is too large, or does not end. Check the address, and tell those in charge."
        return UncertainError(ja, en, down=True) if writing else PortalStopError(ja, en)
    if isinstance(error, requests.exceptions.SSLError):
        return PortalStopError(*trust.refusal(error, address))
    if not writing and isinstance(error, requests.exceptions.ChunkedEncodingError):
        return CutError(
            f"{address} の返事が途中で切れました。時間をおいて、もう一度実行してください。",
            f"The answer of {address} broke off. Run this again later.",
        )
    if _never_arrived(error) or not writing:
        return PortalStopError(
            f"{address} につながりません。URL、ネットワーク、プロキシの設定を確かめてください。",
            f"{address} cannot be reached. Check the address, the network and the proxy settings.",
        )
    return UncertainError(
        f"{address} から返事がありません。時間をおいて、もう一度実行してください。",
        f"{address} gave no answer. Run this again later.",
        down=True,
    )


def _never_arrived(error: requests.RequestException) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError) or not isinstance(
        error, requests.ConnectionError | requests.Timeout | requests.exceptions.ChunkedEncodingError
    )


def refused(answer: requests.Response, address: str, *, writing: bool) -> PortalError:
    """The sentence for an answer that is none of CKAN's own: a proxy's page, a redirect, another program."""
    status = answer.status_code
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return too_large()
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED):
        return PortalStopError(
            f"{address} への接続が断られました（{status}）。トークンと、接続元の制限を確かめてください。",
            f"{address} refuses us ({status}). Check the token, and whether the portal limits who may connect.",
        )
    if 300 <= status < 400:
        return PortalStopError(
            f"{address} は別の場所に移っています（{status}）。設定の URL を新しいもの（多くは https）に直してください。",
            f"{address} has moved ({status}). Put the new address, often https, into the settings.",
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500:
        ja = f"{address} で障害が起きています（{status}）。時間をおいて、もう一度実行してください。"
        en = f"{address} is in trouble ({status}). Run this again later."
        down = status != HTTPStatus.INTERNAL_SERVER_ERROR
        if writing:
            return UncertainError(ja, en, down=down, wait=_retry_after(answer))
        return PortalStopError(ja, en) if down else PortalError(ja, en)
    odd = no_ckan(address, status)
    if writing and 200 <= status < 300:  # perhaps done, and the answer spoilt on its way
        return UncertainError(odd.ja, odd.en, down=True)
    return odd


def no_ckan(address: str, status: int) -> PortalError:
    """The sentence for an answer that no CKAN would give."""
    return PortalStopError(
        f"{address} は CKAN として答えません（{status}）。URL を確かめてください。",
        f"{address} does not answer as a CKAN ({status}). Check the address.",
    )


def too_large() -> TooLargeError:
    return TooLargeError(
        "ファイルがポータルの受け付ける大きさを超えています。ポータルの担当者に上限を確かめるか、ファイルを分けてください。",
        "The file is larger than the portal accepts. Ask those in charge for the limit, or split the file.",
    )


def _retry_after(answer: requests.Response) -> float:
    told = answer.headers.get("Retry-After", "")
    return min(float(told), LONGEST_WAIT) if told.isascii() and told.isdigit() else 0
