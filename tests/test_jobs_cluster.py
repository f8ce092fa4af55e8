"""The judging on other machines: a real scheduler, two real workers, and the same results byte for byte."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from odtool import source, workers
from odtool.errors import OdtoolError, PortalError, UsageError
from odtool.jobs.cluster import reached
from odtool.judging import batch, cache
from odtool.judging.check import RECOGNISED, Choice
from odtool.mending.copies import mend_all
from odtool.model import FileReport
from odtool.publishing.contents import digests
from tests.publishing import SAMPLES, VALID, odtool

pytest.importorskip("distributed")
FILES = [str(path) for path in sorted(SAMPLES.glob("*.*")) if path.suffix in (".csv", ".xlsx")]


def address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def started(*arguments: str, cwd: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "60s", **variables}
    with (cwd / f"{arguments[0]}-{time.monotonic_ns()}.log").open("wb") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
            cwd=cwd, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def wait_for(goal: str, count: int) -> None:
    from distributed import Client

    with Client(goal, timeout=60, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(count, timeout=60)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler with two workers, which have none of the files."""
    folder, goal = tmp_path_factory.mktemp("cluster"), address()
    port = goal.rpartition(":")[2]
    worker = (
        "worker",
        goal,
        "--nthreads",
        "1",
        "--no-dashboard",
        "--local-directory",
        str(folder),
        "--host",
        "127.0.0.1",
    )
    with (
        started("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", cwd=folder),
        started(*worker, cwd=folder),
        started(*worker, cwd=folder),
    ):
        wait_for(goal, 2)
        yield goal


def test_the_verdicts_contents_and_repairs_are_the_same_byte_for_byte(cluster: str) -> None:
    choice = Choice(limit=50)

    def everything() -> tuple[list[FileReport | OdtoolError], list[object], list[object]]:
        judged = list(batch.check_all([*FILES, "/nowhere/x.csv"], choice))
        reports = [result for result in judged if isinstance(result, FileReport)]
        made: list[object] = list(digests(reports, choice, 1))
        mended: list[object] = [
            (each.content, each.repair) if not isinstance(each, OdtoolError) else each.ja
            for each in mend_all([(path, None) for path in FILES], choice)
        ]
        return judged, made, mended

    here = everything()
    with reached(cluster):
        there = everything()
    assert len(here[0]) == len(FILES) + 1
    assert [str(result) for result in here[0]] == [str(result) for result in there[0]]
    assert here[0][:-1] == there[0][:-1] and here[1:] == there[1:]


def test_the_files_travel_as_bytes(cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(FILES[0], tmp_path / "a.csv")
    monkeypatch.chdir(tmp_path)  # where the workers are not
    with reached(cluster):
        (there,) = batch.check_all(["a.csv"])
    (here,) = batch.check_all(["a.csv"])
    assert isinstance(here, FileReport) and here == there


def test_a_run_on_the_cluster_publishes_the_same(cluster: str, tmp_path: Path) -> None:
    shown = {}
    for name, more in (("here", []), ("there", ["--scheduler", cluster])):
        office = tmp_path / name
        (office / "data").mkdir(parents=True)
        for path in FILES:
            shutil.copy(path, office / "data")
        text = '[portals.site]\ntype = "folder"\npath = "public"\n[jobs.n]\nportal = "site"\nsources = ["data"]\nfixes = "certain"\n'
        (office / "odtool.toml").write_text(text, "utf-8")
        own = {"ODTOOL_STATE": str(office / "state"), "ODTOOL_CACHE": str(office / "cache")}
        done = odtool(office, "run", *more, **own)
        assert done.returncode == 1, done.stderr
        files = {
            str(path.relative_to(office)): path.read_bytes()
            for path in (office / "public").rglob("*_*.csv")
            if "open_data_list" not in path.name
        }
        shown[name] = (done.stdout.partition("→")[0], files)
    assert shown["here"] == shown["there"] and len(shown["here"][1]) >= 9


def test_a_run_on_the_cluster_shows_its_bar_on_a_terminal(cluster: str, tmp_path: Path) -> None:
    import pty

    (tmp_path / "data").mkdir()
    for path in FILES:
        shutil.copy(path, tmp_path / "data")
    text = '[portals.site]\ntype = "folder"\npath = "public"\n[jobs.n]\nportal = "site"\nsources = ["data"]\n'
    (tmp_path / "odtool.toml").write_text(text, "utf-8")
    ours, theirs = pty.openpty()
    own = {"ODTOOL_STATE": str(tmp_path / "state"), "ODTOOL_CACHE": str(tmp_path / "cache"), "TERM": "xterm"}
    child = subprocess.Popen(
        [sys.executable, "-m", "odtool", "run", "--dry-run", "--scheduler", cluster], cwd=tmp_path,
        stdout=subprocess.DEVNULL, stderr=theirs, env={**os.environ, **own},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 65_536):
            shown += data
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    assert child.wait(60) == 1 and "100%" in shown.decode() and "確認" in shown.decode()


def test_a_scheduler_that_is_not_there_or_has_no_workers_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("odtool.jobs.cluster.WAIT", 2)
    with pytest.raises(PortalError, match="つながりません"), reached(address()):
        pass
    with pytest.raises(UsageError), reached("http://127.0.0.1:1"):
        pass
    goal = address()
    with started(
        "scheduler", "--host", "127.0.0.1", "--port", goal.rpartition(":")[2], "--no-dashboard", cwd=tmp_path
    ):
        monkeypatch.setattr("odtool.jobs.cluster.WAIT", 30)
        with pytest.raises(UsageError, match="ワーカーがありません"), reached(goal):
            pass


def test_a_worker_with_another_program_is_refused(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = cache.basis(RECOGNISED)
    monkeypatch.setattr(cache, "basis", lambda _: ours + b"changed")
    with pytest.raises(UsageError, match="版が、このパソコンと違います"), reached(cluster):
        pass


def test_bytes_that_were_handed_over_stand_for_their_file_and_no_other() -> None:
    with source.handed("/nowhere/a.csv", b"x"):
        assert source.content("/nowhere/a.csv") == b"x"
        with pytest.raises(UsageError):
            source.content("/nowhere/b.csv")
    with pytest.raises(UsageError):
        source.content("/nowhere/a.csv")


def test_a_file_of_which_workers_die_stops_only_itself(tmp_path: Path) -> None:
    """The workers, and this machine, read books with a library that ends the process at every book."""
    library, office = tmp_path / "library", tmp_path / "office"
    (library / "python_calamine").mkdir(parents=True)
    (library / "python_calamine" / "__init__.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    (office / "data").mkdir(parents=True)
    tables = [path for path in FILES if path.endswith(".csv")][:4]
    for path in (*tables, next(path for path in FILES if path.endswith(".xlsx"))):
        shutil.copy(path, office / "data")
    (office / "odtool.toml").write_text(
        '[portals.site]\ntype = "folder"\npath = "public"\n[jobs.n]\nportal = "site"\nsources = ["data"]\n',
        "utf-8",
    )
    goal, own = address(), {"PYTHONPATH": str(library)}
    port = goal.rpartition(":")[2]
    worker = (
        "worker",
        goal,
        "--nthreads",
        "1",
        "--no-dashboard",
        "--host",
        "127.0.0.1",
        "--local-directory",
        str(tmp_path),
    )
    with (
        started("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", cwd=tmp_path),
        started(*worker, cwd=tmp_path, **own),
    ):
        wait_for(goal, 1)
        more = {"ODTOOL_STATE": str(office / "state"), "ODTOOL_CACHE": str(office / "cache"), **own}
        done = odtool(office, "run", "--scheduler", goal, **more)
    assert done.returncode == 4, done.stderr
    assert "確認できないもの（不具合） 1件" in done.stdout
    there = {path.name for path in (office / "public").rglob("*.csv")}
    assert {Path(path).name for path in tables} & set(VALID) == there & set(VALID) != set()


def test_what_does_not_come_to_an_end_over_there_is_told_and_frees_its_worker(
    cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "LEAST", 2.0)
    monkeypatch.setattr("odtool.jobs.cluster.LOOK", 0.5)
    things = [0.01] * 3 + [1_000.0, 1_000.0] + [0.01] * 20

    def late(_: float) -> str:
        return "late"

    with reached(cluster):
        found = list(workers.spread(time.sleep, things, None, prepare=lambda: None, died=str, late=late))
    assert found == [None] * 3 + ["late"] * 2 + [None] * 20


def test_workers_that_are_gone_for_good_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("odtool.jobs.cluster.LOOK", 0.2)
    monkeypatch.setattr("odtool.jobs.cluster.RETURN", 0.5)
    goal = address()
    port = goal.rpartition(":")[2]
    worker = ("worker", goal, "--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")
    with (
        started("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", cwd=tmp_path),
        started(*worker, "--local-directory", str(tmp_path), cwd=tmp_path) as running,
        reached_when_there(goal),
    ):
        going = workers.spread(time.sleep, [0.1] * 50, None, prepare=lambda: None)
        assert next(going) is None
        running.kill()
        with pytest.raises(PortalError, match="ワーカー"):
            list(going)


@contextmanager
def reached_when_there(goal: str) -> Iterator[None]:
    wait_for(goal, 1)
    with reached(goal):
        yield
