"""Collecting by many processes: the same is noted, nothing is lost, and fetching never waits for more than it must."""

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from odtool.collect import gather
from odtool.collect.bench import AHEAD, LARGE, Bench, Body, Looked, Ticket, bench, look
from odtool.collect.gather import Result
from odtool.collect.judging import Seen
from odtool.collect.line import MOST, Line
from odtool.collect.settings import Reading
from odtool.collect.shelf import place
from odtool.coverage.observed import store
from tests.collecting import AED, NOW, Request, Site, package, reading, seen, send, site, world, zipped

ROOT = Path(__file__).parent.parent
LATER = "2026-11-21T09:00:00+09:00"
DEADLY = b"deadly"


@pytest.fixture
def portals() -> Iterator[list[Site]]:
    with site() as one, site() as two, site() as three:
        yield [one, two, three]


def readings(portals: list[Site]) -> list[Reading]:
    return [replace(reading(portal), name=f"p{n}") for n, portal in enumerate(portals)]


def gathered(book: Path, portals: list[Site], judges: Bench, now: str = NOW) -> list[Result]:
    with store(book) as open_:
        return gather.collect(readings(portals), open_, world(now=lambda: now), bench=judges)


def with_processes(book: Path, portals: list[Site], jobs: int, now: str = NOW) -> list[Result]:
    with bench(jobs) as judges:
        return gathered(book, portals, judges, now)


def fill(portal: Site, day: str, *bodies: bytes, links: bool = False) -> None:
    """A dataset for every three bodies; the last of them also lists a dead link and a document."""
    packages = []
    for n in range(0, len(bodies), 3):
        files = []
        for m, body in enumerate(bodies[n : n + 3], n):
            portal.put(f"/files/{m}", body, ETag=f'"{hash(body)}"')
            files.append(
                {"url": f"{portal.address}/files/{m}", "last_modified": "" if links else day, "format": "CSV"}
            )
        packages.append(package(f"d{n}", *files))
    gone = {"url": f"{portal.address}/files/none.csv", "last_modified": day}
    packages.append(package("last", gone, {"url": f"{portal.address}/x.pdf", "format": "PDF"}))
    portal.ckan(packages)


def variants(count: int, first: int = 0) -> list[bytes]:
    return [AED + b"," * 3 + str(n).encode() + b"\r\n" for n in range(first, first + count)]


def exported(book: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that the store holds, portal by portal in the order in which it was noted."""
    with closing(sqlite3.connect(book)) as open_:
        tables = [
            name
            for (name,) in open_.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        found = {}
        for table in tables:
            columns = [row[1] for row in open_.execute(f"PRAGMA table_info({table})")]
            order = "source" if table == "progress" else "source, rowid" if "source" in columns else "rowid"
            # Which row of another portal stood before one that is gone says nothing.
            chosen = ", ".join(name for name in columns if (table, name) != ("gone", "before"))
            found[table] = list(open_.execute(f"SELECT {chosen} FROM {table} ORDER BY {order}"))
    return found


def reported(book: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "odtool", "coverage", "report", "--store", str(book), "--format", "json"],
        check=True, capture_output=True, cwd=book.parent, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return done.stdout.decode().replace(str(book), "")


def test_what_is_noted_and_reported_does_not_depend_on_how_many_processes_judge(
    portals: list[Site], tmp_path: Path
) -> None:
    large = b"a,b\r\n" + (b"x" * 9_993 + b",2\r\n") * (LARGE // 10_000 + 1)
    page = b"<!doctype html><html></html>"
    several = zipped(a__csv=AED, b__csv=AED + b",,,1\r\n", c__csv=b"a,b\r\n1,2\r\n")
    books = [tmp_path / f"{jobs}.sqlite" for jobs in (1, 3)]
    told: list[list[object]] = [[], []]
    for run, now in enumerate((NOW, LATER)):
        fill(portals[0], now[:10], large, *variants(20, run), several, page, b"", b"\xff\xfe\x00")
        fill(portals[1], now[:10], *variants(9 - 6 * run), links=True)
        fill(portals[2], now[:10], several if run else AED, zipped(a__csv=AED), page if run else AED)
        for n, book in enumerate(books):
            results = with_processes(book, portals, (1, 3)[n], now)
            told[n] += [
                (one.name, one.state, one.news, one.gone, dict(one.verdicts), one.recognised, one.fetched)
                for one in results
            ]
    assert [one[0] for one in told[1]] == ["p0", "p1", "p2"] * 2  # type: ignore[index]
    assert told[0] == told[1]
    assert exported(books[0]) == exported(books[1])
    assert len(exported(books[0])["gone"]) > 0
    assert reported(books[0]) == reported(books[1])


# --- what goes wrong with a process ------------------------------------------------------------------


def deadly(body: Body) -> Looked:
    """Ends its process at one file, as the system does where there is no memory left."""
    if body.bytes().endswith(DEADLY):
        os.kill(os.getpid(), signal.SIGKILL)
    return look(body)


def test_a_file_of_which_a_process_dies_is_not_seen_and_the_others_are(
    portals: list[Site], tmp_path: Path
) -> None:
    book, bodies = tmp_path / "s.sqlite", variants(30)
    for n in (0, 11, 12):
        bodies[n] += DEADLY
    fill(portals[0], NOW, *bodies)
    with bench(2, deadly) as judges:
        (result,) = gathered(book, portals[:1], judges)
    found = seen(book)
    unseen = {
        one.url.rpartition("/")[2]
        for one in found.values()
        if one.verdict == "not-seen" and one.alive is None
    }
    assert unseen == {"0", "11", "12"} and (result.faults, result.code, result.state) == (3, 4, "done")
    assert sum(one.verdict in ("valid", "invalid") for one in found.values()) == 27
    why = next(one for one in found.values() if one.url.endswith("/11"))
    assert "プロセス" in why.why and "process" in why.why_en
    portals[0].asked.clear()
    (again,) = with_processes(
        book, portals[:1], 2, LATER
    )  # asks for what could not be seen, and for nothing else
    assert portals[0].requests("/files") == 3 and again.faults == again.code == 0
    assert not [one for one in seen(book).values() if one.verdict == "not-seen" and one.alive is None]


def test_a_process_that_is_killed_from_outside_costs_nothing(portals: list[Site], tmp_path: Path) -> None:
    book = tmp_path / "s.sqlite"
    fill(portals[0], NOW, *variants(60))
    with bench(2) as judges:
        killed: list[int] = []
        plain = portals[0].answers["/files/9"]
        assert isinstance(plain, tuple)

        def kills(request: object) -> None:
            killed.extend(list(judges._pool._processes)[:1])  # type: ignore[attr-defined]
            os.kill(killed[0], signal.SIGKILL)
            portals[0].put("/files/9", plain[2])
            request.send_response(302)  # type: ignore[attr-defined]
            request.send_header("Location", "/files/9")  # type: ignore[attr-defined]
            request.send_header("Content-Length", "0")  # type: ignore[attr-defined]
            request.end_headers()  # type: ignore[attr-defined]

        portals[0].answers["/files/9"] = kills
        (result,) = gathered(book, portals[:1], judges)
    assert killed and result.faults == 0 and result.code == 0
    assert sum(one.verdict in ("valid", "invalid") for one in seen(book).values()) == 60


ENDLESS = b"endless"


def endless(body: Body) -> Looked:
    """Searches one file in a way that would take longer than the world stands."""
    if body.bytes().endswith(ENDLESS):
        re.match(r"(a+)+$", "a" * 100 + "b")
    return look(body)


def soon(_: Body) -> float:
    return 3.0


def test_a_file_that_never_comes_to_an_end_is_not_seen_and_the_others_are(
    portals: list[Site], tmp_path: Path
) -> None:
    book, bodies = tmp_path / "s.sqlite", variants(30)
    bodies[4] += ENDLESS
    fill(portals[0], NOW, *bodies)
    with bench(2, endless, limit=soon) as judges:
        (result,) = gathered(book, portals[:1], judges)
    found = seen(book)
    (unseen,) = [one for one in found.values() if one.verdict == "not-seen" and one.alive is None]
    assert unseen.url.endswith("/4") and (result.faults, result.code, result.state) == (1, 4, "done")
    assert "時間内に終わりません" in unseen.why and "does not come to an end" in unseen.why_en
    assert sum(one.verdict in ("valid", "invalid") for one in found.values()) == 29
    (again,) = with_processes(book, portals[:1], 2, LATER)
    assert (again.faults, again.code, again.fetched) == (0, 0, 1)


def test_how_long_a_body_may_take_depends_on_how_much_is_in_it() -> None:
    small, large = Body(b"a", ""), Body(bytes(3_000_000), "")
    assert small.seconds() < large.seconds() < replace(large, packed=True).seconds()


def test_our_own_fault_at_one_file_is_told_of_that_file(tmp_path: Path) -> None:
    looked = look(Body(b"", "a.csv", place=str(tmp_path / "not there")))
    assert (looked.seen.verdict, looked.fault) == ("not-checked", "FileNotFoundError")
    assert "odtool の不具合" in looked.seen.why and "odtool itself" in looked.seen.why_en


def test_an_interrupt_ends_a_collection_of_several_at_once_and_nothing_is_taken_for_unseen(
    portals: list[Site], tmp_path: Path
) -> None:
    """One portal asks for a minute between requests, one never answers; neither is waited for."""
    fill(portals[0], NOW, *variants(3))
    portals[0].robots = b"User-agent: *\nCrawl-delay: 60\n"
    fill(portals[1], NOW, *variants(45))
    until_told = threading.Event()
    portals[1].answers["/files/43"] = lambda _: until_told.wait(600)  # type: ignore[assignment,return-value]
    addresses = [portal.address for portal in portals[:2]]
    child = subprocess.Popen(
        [sys.executable, "-c", SEVERAL, str(tmp_path / "s.sqlite"), *addresses],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: portals[1].requests("/files/43") > 0 and len(portals[0].asked) > 0)
        os.killpg(child.pid, signal.SIGINT)
        assert child.wait(timeout=45) != 0
    finally:
        until_told.set()
        child.kill()
    with store(tmp_path / "s.sqlite") as book:
        found = list(book.latest())
        states = {one.source: one.state for one in book.sources()}
    assert {one.verdict for one in found} <= {"valid", "invalid"} and 0 < len(found) <= 43
    assert set(states.values()) == {"begun"}


SEVERAL = """
import sys
from odtool.collect import gather
from odtool.collect.bench import bench
from odtool.collect.manners import Hosts
from odtool.collect.settings import Reading
from odtool.collect.wire import Patience
from odtool.coverage.observed import store
from tests.collecting import NOW, world
if __name__ == "__main__":
    with bench(2) as judges, store(sys.argv[1]) as book:
        portals = [Reading(f"p{n}", "ckan", url, pace=0, allow_private=True) for n, url in enumerate(sys.argv[2:])]
        gather.collect(portals, book, world(Patience(60, 600, 600)), bench=judges)
"""


def test_a_host_has_one_request_of_ours_at_a_time(portals: list[Site], tmp_path: Path) -> None:
    """Also where two portals of the settings stand on it under different paths."""
    under_way, most = [0], [0]
    one = portals[0]

    def busy(request: Request) -> None:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        time.sleep(0.02)
        under_way[0] -= 1
        send(request, 200, {}, AED)

    for base in ("/a", "/b"):
        files = [{"url": f"{one.address}{base}/{n}.csv"} for n in range(8)]
        one.ckan([package("d", *files)], f"{base}/api/3/action")
        one.answers |= {f"{base}/{n}.csv": busy for n in range(8)}
    both = [replace(reading(one), name=base, url=f"{one.address}/{base}") for base in "ab"]
    with store(tmp_path / "s.sqlite") as open_:
        results = gather.collect(both, open_, world())
    assert [result.fetched for result in results] == [8, 8] and most == [1]


PROGRAM = """
import sys
from pathlib import Path
from odtool.collect import gather
from odtool.collect.bench import bench
from odtool.collect.settings import Reading
from odtool.coverage.observed import store
from tests.collecting import NOW, world
if __name__ == "__main__":
    with bench(2) as judges, store(sys.argv[1]) as book:
        print(*judges._pool._processes, flush=True)
        portal = Reading("p0", "ckan", sys.argv[2], pace=0.05, allow_private=True)
        gather.collect([portal], book, world(), bench=judges)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_ended_leaves_no_process_and_is_taken_up_where_it_ended(
    portals: list[Site], tmp_path: Path, how: signal.Signals
) -> None:
    book = tmp_path / "s.sqlite"
    fill(portals[0], NOW, *variants(60), links=True)
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(book), portals[0].address],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        workers = [int(word) for word in child.stdout.readline().split()]
        while portals[0].requests("/files") < 30 and child.poll() is None:
            time.sleep(0.01)
        if how == signal.SIGINT:  # as a terminal does: to all of them
            os.killpg(child.pid, how)
        else:
            child.kill()
        child.communicate(timeout=60)
    finally:
        child.kill()
    assert len(workers) == 2
    until(lambda: not any(running(worker) for worker in workers))
    before, done = portals[0].requests("/files"), len(seen(book))
    assert 0 < done <= before < 60
    with_processes(book, portals[:1], 2, LATER)
    assert len(seen(book)) == 62 and portals[0].requests("/files") - before == 61 - done


def until(holds: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if holds():
            return
        time.sleep(0.03)
    raise AssertionError("it never came to that")


def running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


# --- what waits --------------------------------------------------------------------------------------


def counting(body: Body) -> Looked:
    """How many bodies wait on the disk while this one is judged, and whether it is one of them."""
    there = len(list(Path(body.place).parent.iterdir())) if body.place else 0
    return Looked(Seen("valid", "", len(body.bytes()), str(there)))


LYING = """
import sys, time
from pathlib import Path
from odtool.collect.bench import LARGE, Body, bench
from odtool.collect.shelf import place
def slow(body):
    time.sleep(600)
if __name__ == "__main__":
    with bench(2, slow, beside=Path(sys.argv[1])) as judges:
        tickets = [judges.begin(Body(bytes(LARGE), str(n))) for n in range(3)]
        print(*judges._pool._processes, flush=True)
        tickets[0].looked()
"""


def lying(book: Path) -> list[Path]:
    """The large bodies that wait beside the store."""
    return [path for path in place(book).glob("run-*/*") if path.stat().st_size >= LARGE]


def begun(book: Path) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A run with three large bodies beside the store, and the processes that judge them."""
    child = subprocess.Popen([sys.executable, "-c", LYING, str(book)], cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child.stdout as told:
        return child, [int(word) for word in told.readline().split()]


def test_what_a_killed_run_left_on_the_disk_is_taken_away_by_the_next_and_what_a_living_one_has_is_not(
    tmp_path: Path,
) -> None:
    book = tmp_path / "s.sqlite"
    children = [begun(book), begun(book)]
    try:
        assert len(lying(book)) == 6
        children[0][0].kill()
        children[0][0].wait(60)
        until(lambda: not any(running(worker) for worker in children[0][1]))
        assert len(lying(book)) == 6
        with bench(2, beside=book) as judges:
            kept = lying(book)
            assert len(kept) == 3 and Path(judges._folder).parent == place(book)  # type: ignore[attr-defined]
        assert lying(book) == kept
    finally:
        for child, _ in children:
            child.kill()
            child.wait(60)
    until(lambda: not any(running(worker) for worker in children[1][1]))
    with bench(2, beside=book):
        assert lying(book) == []
    assert not place(book).exists()


def test_where_no_folder_can_be_made_beside_the_store_bodies_wait_elsewhere(tmp_path: Path) -> None:
    book = tmp_path / "none" / "s.sqlite"
    with bench(2, counting, beside=book) as judges:
        assert judges.begin(Body(bytes(LARGE), "a.csv")).looked().seen.size == LARGE
        assert Path(judges._folder).is_dir()  # type: ignore[attr-defined]
    assert not book.parent.exists()


def test_few_bodies_wait_and_large_ones_wait_on_the_disk() -> None:
    jobs = 2
    with bench(jobs, counting) as judges:
        tickets = [judges.begin(Body(bytes(LARGE + n % 2), f"{n}.csv")) for n in range(40)]
        small = judges.begin(Body(b"abc", "small.csv"))
        folder = Path(judges._folder)  # type: ignore[attr-defined]
        found = [ticket.looked().seen for ticket in tickets]
        assert [one.size for one in found] == [LARGE + n % 2 for n in range(40)]  # whole, and in order
        assert 1 <= max(int(one.format) for one in found) <= (1 + AHEAD) * jobs
        assert (small.looked().seen.size, small.looked().seen.format) == (3, "0")
        until(lambda: not list(folder.iterdir()))
    assert not folder.exists()


class Later(Ticket):
    """A ticket that is good when the test says so, or when it is waited for."""

    def __init__(self) -> None:
        super().__init__(Looked(Seen("valid", "", 0, "")))
        self.good = False

    @property
    def ready(self) -> bool:
        return self.good

    def looked(self) -> Looked:
        self.good = True
        return super().looked()


def test_each_is_noted_in_its_turn_and_only_so_many_wait_for_a_slow_one() -> None:
    line, noted = Line(), []
    slow = Later()
    line.join(slow, lambda: noted.append(-1))
    for n in range(MOST - 1):
        line.join(Ticket(Looked(Seen("valid", "", 0, ""))), lambda n=n: noted.append(n))  # type: ignore[misc]
    assert noted == [] and not slow.good
    line.join(Later(), lambda: noted.append(MOST))
    assert slow.good and noted == [-1, *range(MOST - 1)]
    line.move()
    assert noted[-1] == MOST - 2
    line.move(0)
    assert noted[-1] == MOST


# --- the command -------------------------------------------------------------------------------------


def test_what_came_of_a_portal_is_said_once_on_a_terminal_and_once_in_a_log(
    portals: list[Site], tmp_path: Path
) -> None:
    for portal in portals[:2]:
        fill(portal, NOW, AED)
    (tmp_path / "odtool.toml").write_text("".join(
        f'[collect.p{n}]\ntype = "ckan"\nurl = "{p.address}"\npace = 1\nallow_private = true\n'
        for n, p in enumerate(portals[:2])
    ), "utf-8")  # fmt: skip
    command = [sys.executable, "-m", "odtool", "coverage", "collect", "--jobs", "1", "--lang", "en"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ours, theirs = pty.openpty()
    child = subprocess.Popen(command, cwd=tmp_path, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 65_536):
            shown += data
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    child.wait(60)
    logged = subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout  # fmt: skip
    for said in (shown.decode(), logged.decode()):
        assert [said.count(words) for words in ("p0: done", "p1: done", "2 of 2 sources read")] == [1, 1, 1]


def on_a_terminal(command: list[str], cwd: Path) -> str:
    """What the command shows there."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(command, cwd=cwd, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 65_536):
            shown += data
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    child.wait(60)
    return shown.decode()


@pytest.mark.parametrize(("lang", "told"), [("ja", "の一覧を読んでいます: {} 件"), ("en", "Listing p0: {}")])
def test_while_a_portal_is_listed_a_count_grows_and_is_gone_afterwards(
    portals: list[Site], tmp_path: Path, lang: str, told: str
) -> None:
    """It takes its time over each dataset, so that the count is seen to grow."""
    one = portals[0]
    packages = [package(f"d{n}", {"url": f"{one.address}/x.pdf", "format": "PDF"}) for n in range(4)]
    one.ckan(packages)
    one.answers = {path: answer for path, answer in one.answers.items() if "package_search" not in path}
    one.action("/api/3/action/package_list", [each["name"] for each in packages])
    for each in packages:
        one.action(f"/api/3/action/package_show?id={each['name']}", each)
    (tmp_path / "odtool.toml").write_text(
        f'[collect.p0]\ntype = "ckan"\nurl = "{one.address}"\npace = 1\nallow_private = true\n', "utf-8"
    )
    shown = on_a_terminal(
        [sys.executable, "-m", "odtool", "coverage", "collect", "--jobs", "1", "--lang", lang], tmp_path
    )
    before, _, after = shown.rpartition(told.format(4))
    assert told.format(0) in before and told.format(2) in before
    assert " " * 40 + "\r" in after.partition("p0:")[0]


def test_the_command_takes_jobs_and_shows_one_bar_for_several_portals(
    portals: list[Site], tmp_path: Path
) -> None:
    for portal in portals[:2]:
        fill(portal, NOW, AED)
    settings = [
        f'[collect.p{n}]\ntype = "ckan"\nurl = "{p.address}"\npace = 1\nallow_private = true\n'
        for n, p in enumerate(portals)
    ]
    (tmp_path / "odtool.toml").write_text("".join(settings), "utf-8")
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "odtool", "coverage", "collect", "--jobs", "2", "--lang", "en"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 65_536):
            shown += data
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    out = child.communicate(timeout=60)[0].decode()
    bars = shown.decode()
    assert child.returncode == 3 and "2 of 3 sources read." in out  # the third one is empty, and answers 404
    assert "0 of 3 sources" in bars and "3 of 3 sources" in bars and "100%" in bars
    assert out.index("p0: done") < out.index("p1: done") < out.index("p2: not seen")  # as in the settings
    with store(tmp_path / "odtool-coverage.sqlite") as book:
        assert json.dumps(sorted(one.verdict for one in book.latest())) == json.dumps(
            ["not-checked", "not-checked", "not-seen", "not-seen", "valid", "valid"]
        )
