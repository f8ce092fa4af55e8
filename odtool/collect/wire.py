"""One GET over the wire: to a checked number, within limits of time and size, without following anything.

A body that never ends, one that drips, and one that unpacks to a thousand times its size are all cut. Connections
are kept open between requests to one host.
"""

import base64
import http.client
import socket
import ssl
import time
import urllib.request
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from odtool import trust
from odtool.collect import guard
from odtool.collect.deadline import Deadline
from odtool.collect.guard import Target
from odtool.collect.listed import UnseenError
from odtool.text import visible

PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to connect, without a byte, and for one answer as a whole."""

    connect: float = 10
    silence: float = 60
    whole: float = 600


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` have names in lower case; `body` is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class LargeError(UnseenError):
    """More than was to be read."""


class _Plain(http.client.HTTPConnection):
    def __init__(self, goal: Target, dial: Callable[[], socket.socket], patience: Patience) -> None:
        super().__init__(goal.host, goal.port, timeout=patience.silence)
        self._dial = dial

    def connect(self) -> None:
        self.sock = self._dial()


class _Secure(http.client.HTTPSConnection):
    def __init__(
        self, goal: Target, dial: Callable[[], socket.socket], patience: Patience, context: ssl.SSLContext
    ) -> None:
        super().__init__(goal.host, goal.port, timeout=patience.silence, context=context)
        self._dial = dial
        self._tls = context

    def connect(self) -> None:
        self.sock = self._tls.wrap_socket(self._dial(), server_hostname=self.host)


class Wire:
    """For one thread. `private` allows addresses that are not of the open internet; `resolve` turns names into
    numbers; `own` is the portal's own address."""

    def __init__(
        self,
        *,
        private: bool = False,
        own: str = "",
        patience: Patience = Patience(),
        resolve: guard.Resolve = guard.numbers,
    ) -> None:
        self._private = private
        self._own = own
        self._patience = patience
        self._deadline = Deadline(patience.whole)
        self._proxies: dict[str, str] = {}  # by origin: the settings of a machine are slow to read
        self._resolve = resolve
        self._open: dict[str, http.client.HTTPConnection] = {}
        self._context: ssl.SSLContext | None = None
        self.requests = 0
        self.received = 0  # bytes, as they came
        self.seconds = 0.0

    def get(self, url: str, headers: Mapping[str, str], most: int) -> Answer:
        """The answer, whatever its status. Raises UnseenError where there is none, LargeError beyond `most` bytes."""
        goal = guard.target(url, private=self._private, own=self._own)
        self.requests += 1
        started = time.monotonic()
        try:
            return self._tried(
                goal, {"Host": goal.origin.partition("://")[2], "Accept-Encoding": "gzip", **headers}, most
            )
        finally:
            self.seconds += time.monotonic() - started

    def abort(self) -> None:
        """From another thread: whatever is asked for now breaks off."""
        self._deadline.now()

    def close(self) -> None:
        self._deadline.close()
        while self._open:
            self._open.popitem()[1].close()

    def _tried(self, goal: Target, headers: Mapping[str, str], most: int) -> Answer:
        kept = self._open.pop(goal.origin, None)
        try:
            if kept is not None:
                with suppress(ConnectionError, http.client.BadStatusLine, http.client.CannotSendRequest):
                    return self._asked(goal, kept, headers, most)
                kept.close()  # the server had closed it meanwhile
            return self._asked(goal, self._connection(goal), headers, most)
        except trust.TrustError as error:
            raise UnseenError(error.ja, error.en) from None
        except ssl.SSLError as error:
            raise UnseenError(*trust.refusal(error, visible(goal.origin, 200))) from None
        except TimeoutError:
            raise _unseen(goal, "から時間内に返事がありません", "did not answer in time") from None
        except (OSError, http.client.HTTPException, ValueError):
            raise _unseen(
                goal, "につながらないか、返事が途中で切れました", "cannot be reached, or its answer broke off"
            ) from None

    def _connection(self, goal: Target) -> http.client.HTTPConnection:
        if self._context is None and goal.scheme == "https":
            self._context = trust.context()
        if proxy := self._proxy(goal):
            return self._by(proxy, goal)
        open_ = guard.allowed(goal, private=self._private, resolve=self._resolve)

        def dial() -> socket.socket:
            made = self._dialled(open_, goal.port)
            made.settimeout(self._patience.silence)
            return made

        if goal.scheme == "http":
            return _Plain(goal, dial, self._patience)
        assert self._context is not None
        return _Secure(goal, dial, self._patience, self._context)

    def _dialled(self, numbers: list[str], port: int) -> socket.socket:
        for number in numbers[:-1]:
            with suppress(OSError):
                return socket.create_connection((number, port), self._patience.connect)
        return socket.create_connection((numbers[-1], port), self._patience.connect)

    def _proxy(self, goal: Target) -> str:
        if goal.origin not in self._proxies:
            self._proxies[goal.origin] = _proxy(goal)
        return self._proxies[goal.origin]

    def _by(self, proxy: str, goal: Target) -> http.client.HTTPConnection:
        """Through the proxy of this office. Names are then turned into numbers over there; those that can be looked up
        here are checked all the same."""
        with suppress(OSError, UnicodeError):
            self._resolve(goal.host, goal.port)
            guard.allowed(goal, private=self._private, resolve=self._resolve)
        parts = urlsplit(proxy)
        host, port = parts.hostname or "", parts.port or 8080
        if goal.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._patience.silence)
        made = http.client.HTTPSConnection(host, port, timeout=self._patience.silence, context=self._context)
        made.set_tunnel(goal.host, goal.port, _proxy_headers(proxy))
        return made

    def _asked(
        self, goal: Target, connection: http.client.HTTPConnection, headers: Mapping[str, str], most: int
    ) -> Answer:
        ended: list[bool] = []

        def end() -> None:
            ended.append(True)
            if isinstance(sock := connection.sock, socket.socket):
                with suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)  # the plain one: TLS would lose its state

        proxy = self._proxy(goal) if goal.scheme == "http" else ""
        self._deadline.begin(end)
        try:
            sent = {**headers, **(_proxy_headers(proxy) if proxy else {})}
            connection.request("GET", goal.url if proxy else goal.path, headers=sent)
            response = connection.getresponse()
            body = self._body(goal, response, most)
        except (OSError, http.client.HTTPException, ValueError):
            connection.close()
            if ended:
                raise TimeoutError from None
            raise
        except BaseException:
            connection.close()
            raise
        finally:
            self._deadline.done()
        if ended:  # a body without a length ends as if it were whole
            connection.close()
            raise TimeoutError
        if response.will_close:
            connection.close()
        else:
            self._open[goal.origin] = connection
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, told, body)

    def _body(self, goal: Target, response: http.client.HTTPResponse, most: int) -> bytes:
        if (response.length or 0) > most:
            raise _large(goal, most)
        packing = response.headers.get("Content-Encoding", "").strip().lower()
        if packing not in ("", "identity", "gzip", "x-gzip"):
            raise _unseen(
                goal, "の返事は読めない圧縮です", "packed its answer in a way that was not asked for"
            )
        packed = packing.endswith("gzip")
        unpack: Any = zlib.decompressobj(16 + zlib.MAX_WBITS) if packed else None
        wanted, came = response.length, 0
        pieces: list[bytes] = []
        size = 0
        while piece := response.read(PIECE):
            came += len(piece)
            self.received += len(piece)
            if unpack is not None:
                if unpack.eof:  # gzip may hold several parts one after the other, and a few blanks at its end
                    if not piece.strip(b"\0"):
                        continue
                    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
                try:
                    piece, unpack = _unpacked(unpack, piece, most - size + 1)
                except zlib.error:
                    raise _unseen(goal, "の返事の圧縮が壊れています", "sent a broken archive") from None
            size += len(piece)
            if size > most or (unpack is not None and unpack.unconsumed_tail):
                raise _large(goal, most)
            pieces.append(piece)
        if (wanted is not None and came < wanted) or (packed and came and not unpack.eof):
            raise http.client.IncompleteRead(b"", None)
        return b"".join(pieces)


def _unpacked(unpack: Any, piece: bytes, most: int) -> tuple[bytes, Any]:
    """At most so many bytes of what the piece unpacks to, and what unpacks the next one. Raises zlib.error."""
    parts = [unpack.decompress(piece, most)]
    while unpack.eof and unpack.unused_data.strip(b"\0") and (left := most - sum(map(len, parts))) > 0:
        rest, unpack = unpack.unused_data, zlib.decompressobj(16 + zlib.MAX_WBITS)
        parts.append(unpack.decompress(rest, left))
    return b"".join(parts), unpack


def _proxy(goal: Target) -> str:
    """The proxy that this machine's settings name for the host, as every other program reads them; "" for none."""
    proxies = urllib.request.getproxies()
    found = proxies.get(goal.scheme, "") or proxies.get("all", "")
    if not found or urllib.request.proxy_bypass(goal.host):
        return ""
    return found if "://" in found else f"http://{found}"


def _proxy_headers(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    if parts.username is None:
        return {}
    secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(secret).decode()}"}


def _unseen(goal: Target, ja: str, en: str) -> UnseenError:
    shown = visible(goal.origin, 200)
    return UnseenError(f"{shown} {ja}。", f"{shown} {en}.")


def _large(goal: Target, most: int) -> LargeError:
    shown = visible(goal.url, 200)
    return LargeError(
        f"{shown} は読み取る上限（{most:,} バイト）を超えています。",
        f"{shown} is larger than the {most:,} bytes that are read.",
    )
