"""A proxy in front of a CKAN that fails on demand: at the call, in the way and at the moment it is told.

Every request is a call, counted from 1 since the faults were set. Each comes over a connection of its own, so that a
fault hits one call and no other. CKAN's own address in its answers becomes the proxy's: downloads come through too.
Nothing here imitates CKAN; what is not spoiled is CKAN's own answer.
"""

import contextlib
import http.client
import http.server
import re
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal[
    "refused", "reset", "413", "500", "502", "503", "504", "stalled", "trickle", "truncated", "kill"
]
Moment = Literal["before", "after"]

POSSIBLE: tuple[tuple[Kind, Moment], ...] = (
    ("refused", "before"),
    ("reset", "before"),
    ("reset", "after"),
    ("413", "before"),
    ("500", "before"),
    ("500", "after"),
    ("502", "before"),
    ("502", "after"),
    ("503", "before"),
    ("504", "before"),
    ("504", "after"),
    ("stalled", "before"),
    ("stalled", "after"),
    ("trickle", "after"),
    ("truncated", "after"),
)
"""What a network and a reverse proxy really do: «after» is when CKAN has done what was asked and only its answer
is lost. A request that is too large or not let through never arrives."""
KILLS: tuple[tuple[Kind, Moment], ...] = (("kill", "before"), ("kill", "after"))

# As a reverse proxy's page looks, with what must never reach a terminal or a report.
PAGE = "<html><head><title>{0}</title></head><body><script>alert(1)</script>\x1b[2J<h1>{0}</h1>公開しました</body></html>"
_HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "host",
    "accept-encoding",
    "date",
    "server",
}
_STEPS, _STEP = 12, 0.004  # of a trickling answer: pieces, and seconds between them
_LONGEST_STALL = 120  # seconds; a client with limits of its own leaves long before
_PLACES = re.compile(rb'(?:name="(?:id|package_id)"\r\n\r\n|"(?:id|name|package_id)": ?")([^"\r]{1,120})')


@dataclass(frozen=True)
class Fault:
    """What goes wrong at the call of that number, and at the following ones if `calls` is more than 1.

    A refused connection is told by the system, so nobody can count it: it stays until other faults are set.
    """

    call: int
    kind: Kind
    moment: Moment = "before"
    calls: int = 1

    def hits(self, number: int) -> bool:
        return self.call <= number < self.call + self.calls

    def __str__(self) -> str:
        return f"{self.kind}/{self.moment}" + (f"×{self.calls}" if self.calls > 1 else "")


@dataclass(frozen=True)
class Seen:
    """One call: what was asked, and CKAN's status; 0 where it never heard of it."""

    number: int
    method: str
    action: str
    target: str
    status: int
    fault: str
    empty: bool = False  # an answer with an empty list

    @property
    def wrote(self) -> bool:
        """Whether the portal holds anything else than before: asked for previews it may have none to make."""
        return self.method == "POST" and 200 <= self.status < 300 and not self.empty


class Proxy:
    """Runs until `close`; `proxy()` sees to that. `killed` is called where the client is to die, `coming` with the
    number and the action of every call before it is passed on."""

    def __init__(self, upstream: str, killed: Callable[[], None] = lambda: None) -> None:
        self._upstream = upstream
        parts = urlsplit(upstream)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self.killed = killed
        self.coming: Callable[[int, str], None] = lambda *_: None
        self.calls: list[Seen] = []
        self._faults: tuple[Fault, ...] = ()
        self._count = 0
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._listener: socket.socket | None = None
        self._own = 0  # the port
        self._listen()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._own}"

    def set(self, *faults: Fault) -> None:
        """Count from 1 again, with these faults and no others."""
        with self._lock:
            self._faults, self._count, self.calls = faults, 0, []
        if self._refuses(1):
            self._refuse()
        elif self._listener is None:
            self._listen()

    def close(self) -> None:
        self._closed.set()
        self._refuse()

    # --- who comes in ----------------------------------------------------------------------------

    def _listen(self) -> None:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", self._own))
        made.listen(64)
        self._own = made.getsockname()[1]
        self._listener = made
        threading.Thread(target=self._accept, args=(made,), daemon=True).start()

    def _refuse(self) -> None:
        listener, self._listener = self._listener, None
        if listener:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in accept
            listener.close()

    def _refuses(self, number: int) -> bool:
        return any(fault.kind == "refused" and number >= fault.call for fault in self._faults)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, peer = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, peer), daemon=True).start()

    def _serve(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        with contextlib.closing(connection), contextlib.suppress(OSError):  # the client is gone
            _Handler(connection, peer, self)  # type: ignore[arg-type] # it asks its server for nothing

    # --- one call --------------------------------------------------------------------------------

    def handle(self, request: "_Handler") -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        with self._lock:
            self._count += 1
            number = self._count
        self.coming(number, _action(request.path))
        fault = next((fault for fault in self._faults if fault.hits(number)), None)
        answer = None if fault and fault.moment == "before" else self._forward(request, body)
        self._note(number, request, body, answer, fault)
        if self._refuses(number + 1):  # before this answer leaves, as the next call may follow at once
            self._refuse()
        if fault:
            self._spoil(fault, request, answer)
        elif answer:
            _reply(request, *answer)

    def _forward(self, request: "_Handler", body: bytes) -> tuple[int, dict[str, str], bytes]:
        kind = request.headers.get("Content-Type", "")
        if "json" in kind:
            body = body.replace(self.address.encode(), self._upstream.encode())
        headers = {key: value for key, value in request.headers.items() if key.lower() not in _HOP}
        upstream = http.client.HTTPConnection(self._host, self._port, timeout=_LONGEST_STALL)
        try:
            upstream.request(request.command, request.path, body or None, headers)
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            upstream.close()
        if "json" in (answer.getheader("Content-Type") or ""):
            content = content.replace(self._upstream.encode(), self.address.encode())
        return (
            answer.status,
            {key: value for key, value in answer.getheaders() if key.lower() not in _HOP},
            content,
        )

    def _note(
        self,
        number: int,
        request: "_Handler",
        body: bytes,
        answer: tuple[int, dict[str, str], bytes] | None,
        fault: Fault | None,
    ) -> None:
        found = _PLACES.search(body) if request.command == "POST" else None
        target = found[1].decode("utf-8", "replace") if found else request.path.rpartition("id=")[2]
        seen = Seen(
            number,
            request.command,
            _action(request.path),
            target,
            answer[0] if answer else 0,
            str(fault) if fault else "",
            empty=answer is not None and b'"result": []' in answer[2],
        )
        with self._lock:
            self.calls.append(seen)

    def _spoil(
        self, fault: Fault, request: "_Handler", answer: tuple[int, dict[str, str], bytes] | None
    ) -> None:
        match fault.kind:
            case "kill":
                self.killed()
                _reset(request.connection)
            case "reset":
                _reset(request.connection)
            case "stalled":
                self._stall(request.connection)
            case "trickle" if answer:
                _reply(request, *answer, pieces=_STEPS)
            case "truncated" if answer:
                _reply(request, *answer, cut=True)
            case "413" | "500" | "502" | "503" | "504":
                status = int(fault.kind)
                page = PAGE.format(f"{status} {http.client.responses[status]}").encode()
                _reply(request, status, {"Content-Type": "text/html; charset=utf-8"}, page)

    def _stall(self, connection: socket.socket) -> None:
        """Say nothing until the client has had enough."""
        end = time.monotonic() + _LONGEST_STALL
        while not self._closed.is_set() and time.monotonic() < end:
            if select.select([connection], [], [], 0.1)[0]:
                return


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Proxy  # type: ignore[assignment]

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.handle(self)

    do_POST = do_HEAD = do_GET  # noqa: N815 – the names the standard library calls

    def log_message(self, *_: object) -> None:
        """The calls are in `Proxy.calls`."""


def _reply(
    request: _Handler,
    status: int,
    headers: dict[str, str],
    body: bytes,
    *,
    pieces: int = 1,
    cut: bool = False,
) -> None:
    request.send_response(status)
    for key, value in headers.items():
        request.send_header(key, value)
    request.send_header("Content-Length", str(len(body)))
    request.send_header("Connection", "close")
    request.end_headers()
    if cut:
        body = body[: len(body) // 2]
    step = max(1, -(-len(body) // pieces))
    for begin in range(0, len(body), step):
        if pieces > 1:
            time.sleep(_STEP)
        request.wfile.write(body[begin : begin + step])


def _action(path: str) -> str:
    path = path.partition("?")[0]
    return path.rpartition("/")[2] if "/api/" in path else "download"


def _reset(connection: socket.socket) -> None:
    """The client gets «connection reset by peer» when this connection closes."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextlib.contextmanager
def proxy(upstream: str) -> Iterator[Proxy]:
    made = Proxy(upstream)
    try:
        yield made
    finally:
        made.close()
