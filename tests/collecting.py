"""What the tests of collecting share: a web server whose answers are put in by hand, and that counts who asked."""

import gzip
import http.server
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from odtool.collect.gather import Result, Wishes, World, collect
from odtool.collect.manners import Hosts
from odtool.collect.settings import Reading
from odtool.collect.wire import Patience
from odtool.coverage.observation import Observation
from odtool.coverage.observed import store
from tests.publishing import SAMPLES, Handler

NOW = "2026-11-20T09:00:00+09:00"
AED = (SAMPLES / "261009_aed.csv").read_bytes()
Request = http.server.BaseHTTPRequestHandler
Answer = tuple[int, dict[str, str], bytes] | Handler


@dataclass
class Site:
    """`answers` by path; a path that is not among them is 404. `asked` are the requests, robots.txt aside."""

    address: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    robots: bytes = b""
    robots_status: int = 0  # 404 without a robots.txt, else 200

    def put(self, path: str, body: bytes | str | Any, status: int = 200, **headers: str) -> None:
        data = (
            body
            if isinstance(body, bytes)
            else body.encode()
            if isinstance(body, str)
            else json.dumps(body).encode()
        )
        self.answers[path] = (status, {key.replace("_", "-"): value for key, value in headers.items()}, data)

    def action(self, path: str, result: Any) -> None:
        self.put(path, {"success": True, "result": result})

    def ckan(self, packages: list[dict[str, Any]], base: str = "/api/3/action") -> None:
        """The answers of a CKAN with these packages."""
        self.action(f"{base}/status_show", {"ckan_version": "2.10.4"})
        self.action(
            f"{base}/organization_list",
            sorted({p["organization"]["name"] for p in packages if p.get("organization")}),
        )

        def search(request: Request) -> None:
            asked = {key: value[0] for key, value in parse_qs(urlsplit(request.path).query).items()}
            wanted = asked.get("fq", "").removeprefix("organization:").strip('"')
            found = [p for p in packages if not wanted or (p.get("organization") or {}).get("name") == wanted]
            start, rows = int(asked.get("start", 0)), int(asked.get("rows", 10))
            send(
                request,
                200,
                {},
                json.dumps(
                    {"success": True, "result": {"count": len(found), "results": found[start : start + rows]}}
                ).encode(),
            )

        self.answers[f"{base}/package_search"] = search

    def requests(self, prefix: str = "/") -> int:
        return sum(path.startswith(prefix) for path in self.asked)


def send(request: Request, status: int, headers: dict[str, str], body: bytes) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    if "Content-Length" not in headers and "Transfer-Encoding" not in headers:
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


@contextmanager
def site() -> Iterator[Site]:
    found = Site()

    class Requests(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/robots.txt":
                send(self, found.robots_status or (200 if found.robots else 404), {}, found.robots)
                return
            found.asked.append(self.path)
            found.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer = found.answers.get(self.path) or found.answers.get(path)
            if answer is None:
                send(self, 404, {"Content-Type": "text/html"}, b"<html>no</html>")
            elif callable(answer):
                answer(self)
            else:
                status, headers, body = answer
                if (
                    status == 200
                    and headers.get("ETag")
                    and self.headers.get("If-None-Match") == headers["ETag"]
                ):
                    send(self, 304, {"ETag": headers["ETag"]}, b"")
                else:
                    send(self, status, headers, body)

        def log_message(self, *_: object) -> None:
            """Tests need no log."""

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Whoever reads from it may hang up."""

    running = Server(("127.0.0.1", 0), Requests)
    found.address = f"http://127.0.0.1:{running.server_address[1]}"
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def package(name: str, *resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A dataset as CKAN tells it."""
    return {
        "id": f"id-{name}", "name": name, "title": name, "state": "active", "private": False, "type": "dataset",
        "license_id": "cc-by-40-intl", "license_title": "", "license_url": "", "tags": [], "extras": [],
        "organization": {"name": "261009", "title": "京都市"}, "metadata_modified": "2026-11-01T00:00:00",
        "resources": [{"id": f"{name}-{n}", "state": "active", "format": "CSV", "name": f"file {n}", **resource}
                      for n, resource in enumerate(resources, 1)],
        **more,
    }  # fmt: skip


def reading(site_: Site, **more: Any) -> Reading:
    return Reading(
        "test", **({"type": "ckan", "url": site_.address, "pace": 0, "allow_private": True} | more)
    )


def world(patience: Patience = Patience(2, 2, 10), now: Callable[[], str] = lambda: NOW) -> World:
    return World(now, patience, Hosts())


def collected(
    book: Path, *readings: Reading, wishes: Wishes = Wishes(), now: str = NOW, **how: Any
) -> list[Result]:
    with store(book) as open_:
        return collect(readings, open_, world(now=lambda: now, **how), wishes)


def seen(book: Path) -> dict[str, Observation]:
    """The last observation of every file."""
    with store(book) as open_:
        return {each.resource: each for each in open_.latest()}


def zipped(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return target.getvalue()


def packed(data: bytes) -> bytes:
    return gzip.compress(data)
