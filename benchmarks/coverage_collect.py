"""Collecting, measured: python benchmarks/coverage.py collect [--files N …] [--jobs N …] [--latency SECONDS …].

A portal made by a generator answers from another process on this machine, as CKAN does: so many datasets of so many
municipalities, the files among them CSV of national datasets (two in three), other tables, PDF and dead links. With
--latency it takes so long over each answer, as portals out there do.

Shown are the whole time; of it, the time on the wire, the time waited for the portal's pace, and «ours»: all in which
this program was in the way of the next request (a full bench, notes, listings, whatever else it did). Judging goes on
beside that with --jobs of more than 1. CPU seconds are those of all our processes, without the portal's. Then the
same again with nothing changed: how many requests that takes.
"""

import argparse
import http.server
import json
import multiprocessing
import os
import resource
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from odtool import clock
from odtool.collect import gather
from odtool.collect.bench import bench
from odtool.collect.settings import Reading
from odtool.coverage.observed import store
from odtool.datasets import catalog
from odtool.municipality import municipalities
from odtool.workers import processors

ROWS = 60  # of a file: half of the real files have fewer


def collect(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--datasets", type=int, default=734, help="at most")
    parser.add_argument("--pace", type=float, default=0.0, help="seconds between two requests")
    parser.add_argument(
        "--latency", type=float, nargs="+", default=[0.0], help="seconds the portal takes over an answer"
    )
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, processors()], help="processes that judge")
    parser.add_argument("--links", action="store_true", help="files that the portal does not vouch for")
    chosen = parser.parse_args(arguments)
    print(HEAD)
    for latency in chosen.latency:
        for files in chosen.files:
            for jobs in dict.fromkeys(chosen.jobs):
                shape = Shape(files, min(chosen.datasets, files), latency, chosen.links)
                measure(shape, chosen.pace, jobs)
    return 0


@dataclass(frozen=True)
class Shape:
    """A portal: how many files in how many datasets, seconds over each answer, whether it vouches for no file."""

    files: int
    datasets: int
    latency: float
    links: bool


HEAD = (
    f"{'files':>7} {'sets':>5} {'delay':>6} {'jobs':>4} {'run':>4} {'requests':>8} {'all s':>8} {'wire s':>8} {'pace s':>7} "
    f"{'ours s':>7} {'ours %':>6} {'ms/file':>8} {'judge s':>8} {'note s':>7} {'CPU s':>7} {'CPU ms/file':>11} {'MB':>5}"
)


def measure(shape: Shape, pace: float, jobs: int) -> None:
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs, shape), daemon=True)
    server.start()
    reading = Reading("portal", "ckan", url=f"{ours.recv()}/api/3/action", pace=pace, allow_private=True)
    catalog.index()  # what every run loads once
    try:
        with tempfile.TemporaryDirectory() as folder:
            for run in ("1st", "2nd"):
                started, cpu = time.monotonic(), processor_seconds()
                with bench(jobs) as judges, store(Path(folder) / "s.sqlite") as book:
                    (result,) = gather.collect([reading], book, gather.World(clock.now), bench=judges)
                spent, cpu = time.monotonic() - started, processor_seconds() - cpu
                known = result.seconds
                own = spent - known["wire"] - known["waiting"]
                print(f"{shape.files:>7,} {shape.datasets:>5} {shape.latency * 1000:>3.0f} ms {jobs:>4} {run:>4} {result.requests:>8,} {spent:>8.1f} "
                      f"{known['wire']:>8.1f} {known['waiting']:>7.1f} {own:>7.1f} {own / spent:>6.0%} {own / shape.files * 1000:>8.2f} "
                      f"{known['judging']:>8.1f} {known['noting']:>7.1f} {cpu:>7.1f} {cpu / shape.files * 1000:>11.2f} "
                      f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>5.0f}", flush=True)  # fmt: skip
    finally:
        server.terminate()
        server.join()


def processor_seconds() -> float:
    """Of this process and those it has ended; the portal's is not among them."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


# --- the portal ------------------------------------------------------------------------------------


def serve(pipe: Connection, shape: Shape) -> None:
    os.nice(1)
    tables = samples()
    owners = [
        (code, place.title)
        for code, place in municipalities().items()
        if place.prefecture == "京都府" and place.name and not place.ward
    ]
    handler = portal(tables, owners, shape)
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    running.daemon_threads = True
    pipe.send(f"http://127.0.0.1:{running.server_address[1]}")
    running.serve_forever()


def samples() -> list[tuple[str, bytes]]:
    """A table of each national dataset, filled with the examples of its definition."""
    made = []
    for dataset in catalog.datasets().values():
        head = ",".join(field.name for field in dataset.fields)
        row = ",".join(
            field.example.replace(",", " ").replace("\n", " ").replace('"', "") for field in dataset.fields
        )
        made.append((dataset.slug, ("\r\n".join([head, *[row] * ROWS]) + "\r\n").encode("utf-8-sig")))
    return made


def portal(
    tables: list[tuple[str, bytes]], owners: list[tuple[str, str]], shape: Shape
) -> type[http.server.BaseHTTPRequestHandler]:
    files, datasets, links = shape.files, shape.datasets, shape.links

    def package(number: int, host: str) -> dict[str, object]:
        code, title = owners[number % len(owners)]
        mine = range(number, files, datasets)
        return {
            "id": f"{number:08x}", "name": f"{code}_{number}", "title": f"データ {number}", "state": "active", "private": False,
            "license_id": "cc-by-40-intl", "license_title": "", "tags": [{"name": "オープンデータ"}],
            "organization": {"name": code, "title": title}, "metadata_modified": "2026-04-01T00:00:00",
            "extras": [{"key": "frequency", "value": "1年"}],
            "resources": [
                {"id": f"{n:08x}", "state": "active", "name": f"{n}", "format": "PDF" if n % 12 == 11 else "CSV",
                 "url": f"{host}/download/{n}.{'pdf' if n % 12 == 11 else 'csv'}", "last_modified": None if links else "2026-04-01T00:00:00"}
                for n in mine
            ],
        }  # fmt: skip

    class Portal(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 20  # head and body in one piece, as real servers send them

        def do_GET(self) -> None:
            time.sleep(shape.latency)
            parts = urlsplit(self.path)
            host = f"http://{self.headers['Host']}"
            if parts.path.endswith("/package_search"):
                asked = {
                    key: int(value[0]) for key, value in parse_qs(parts.query).items() if value[0].isdigit()
                }
                start = asked.get("start", 0)
                found = [package(n, host) for n in range(start, min(datasets, start + asked.get("rows", 10)))]
                self.say(
                    200,
                    json.dumps({"success": True, "result": {"count": datasets, "results": found}}).encode(),
                )
            elif parts.path.startswith("/download/"):
                number = int(parts.path.removeprefix("/download/").partition(".")[0])
                if number % 50 == 49:
                    self.say(404, b"no")
                elif self.headers.get("If-None-Match") == f'"{number}"':
                    self.say(304, b"", f'"{number}"')
                elif number % 3 == 2:
                    self.say(200, b"a,b,c\r\n" + b"1,2,3\r\n" * ROWS, f'"{number}"')
                else:  # a number in a remark makes every file another one
                    body = tables[number % len(tables)][1]
                    self.say(200, body + b"," * 3 + str(number).encode() + b"\r\n", f'"{number}"')
            else:
                self.say(404, b"no")

        def say(self, status: int, body: bytes, etag: str = "") -> None:
            self.send_response(status)
            if etag:
                self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    return Portal
