"""What the tests of publishing share: the samples, the program as a user runs it, a web server that misbehaves."""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from odtool.judging import check
from odtool.model import FileReport
from odtool.planning.plan import Plan, Wishes
from odtool.portal import Portal
from odtool.portal.folder import Folder
from odtool.publishing import flow
from odtool.publishing.publish import Outcome
from odtool.table.write import write

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
VALID = sorted(name for name, expected in EXPECTED.items() if expected["status"] == "valid")
AED = "261009_aed.csv"
NOTE, OTHER_NOTE = (
    "屋外に設置し、終日利用できます",
    "屋外に設置し、いつでも利用できます",
)  # in the rows of AED
NOW = "2026-11-20T09:00:00+09:00"
PUBLISHED = "公開しました"


def now() -> str:
    return NOW


def sample(name: str) -> str:
    return str(SAMPLES / name)


def catalogue(root: Path) -> Folder:
    return Folder(f"folder:{root}", str(root), "オープンデータ", "odtool test")


def publish(portal: Portal, *paths: str, wishes: Wishes = Wishes()) -> list[Outcome]:
    return flow.publish(paths, portal, now=now, wishes=wishes)


def planned(portal: Portal, *paths: str, wishes: Wishes = Wishes()) -> Plan:
    return flow.make_plan(paths, portal, now=now, wishes=wishes)[0]


def judged(path: str, name: str | None = None) -> tuple[FileReport, bytes]:
    """The report on a file, perhaps under another name, and the CSV that would be published of it."""
    report, table = check.judge(Path(path).read_bytes(), name or path)
    return report, write(table) if table and report.status == "valid" else b""


def statuses(outcomes: list[Outcome]) -> dict[str, str]:
    return {Path(outcome.item.offer.path).name: outcome.status for outcome in outcomes}


def edited(name: str, folder: Path, before: str, after: str) -> str:
    """A copy of the sample in which one text is changed."""
    text = (SAMPLES / name).read_bytes().decode("utf-8-sig")
    assert before in text
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(text.replace(before, after).encode("utf-8-sig"))
    return str(folder / name)


def odtool(cwd: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The program, started as a user starts it; without the tokens of whoever runs the tests."""
    kept = {
        key: value for key, value in os.environ.items() if "TOKEN" not in key and not key.startswith("ODTOOL")
    }
    return subprocess.run(
        [sys.executable, "-m", "odtool", *arguments],
        cwd=cwd,
        env=kept | {"PYTHONUTF8": "1"} | variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


Handler = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextmanager
def server(answer: Handler) -> Iterator[str]:
    """A web server that answers every request by calling `answer`; its address."""

    class Requests(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_POST = do_GET  # noqa: N815 - the name the standard library calls

        def log_message(self, *_: object) -> None:
            """Tests need no log."""

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}"
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def reply(
    request: http.server.BaseHTTPRequestHandler, status: int, body: bytes, kind: str = "text/html"
) -> None:
    request.rfile.read(int(request.headers.get("Content-Length", 0)))
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
