"""One run at a time writes to a portal."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from odtool.errors import UsageError
from odtool.turn import BusyError, turn

PORTAL = "https://ckan.example.jp/data"


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODTOOL_STATE", str(tmp_path / "state"))


def _hold(address: str, pipe: Connection) -> None:
    with turn(address):
        pipe.send("mine")
        pipe.recv()


@pytest.fixture
def other() -> Iterator[tuple[multiprocessing.process.BaseProcess, Connection]]:
    """Another process that has the portal."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_hold, args=(PORTAL, there))
    process.start()
    assert here.recv() == "mine"
    yield process, here
    if process.is_alive():
        here.send("done")
    process.join()
    here.close()
    there.close()


Other = tuple[multiprocessing.process.BaseProcess, Connection]


def test_a_second_run_is_told_to_wait_and_then_stops_with_a_sentence(other: Other) -> None:
    told: list[str] = []
    with (
        pytest.raises(BusyError, match="別の odtool") as stopped,
        turn(PORTAL, wait=0.3, waiting=lambda ja, _: told.append(ja)),
    ):
        pytest.fail("two have it")
    assert len(told) == 1 and "待ちます" in told[0]
    assert stopped.value.exit_code == 3 and "Nothing was changed" in stopped.value.en


def test_a_second_run_goes_on_when_the_first_has_finished(other: Other) -> None:
    _, pipe = other
    with turn(PORTAL, waiting=lambda *_: pipe.send("done")):
        pass


@pytest.mark.skipif(os.name != "posix", reason="there is no kill -9")
def test_a_killed_run_leaves_no_lock_behind(other: Other) -> None:
    process, _ = other
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    with turn(PORTAL, wait=0):
        pass


@pytest.mark.parametrize("same", ["https://CKAN.example.jp/data/", "http://ckan.example.jp/data"])
def test_one_portal_written_in_two_ways_is_one(other: Other, same: str) -> None:
    with pytest.raises(BusyError), turn(same, wait=0):
        pytest.fail("two have it")


def test_another_portal_is_free(other: Other) -> None:
    with turn("https://ckan.example.jp/other", wait=0), turn("portal-in-a-folder", wait=0):
        pass


def test_one_folder_named_in_two_ways_is_one(tmp_path: Path) -> None:
    with turn(str(tmp_path / "a")), pytest.raises(BusyError), turn(str(tmp_path / "b" / ".." / "a"), wait=0):
        pytest.fail("two have it")


def test_the_portal_is_free_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="ours"), turn(PORTAL):
        raise ValueError("ours")
    with turn(PORTAL, wait=0):
        pass


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", "utf-8")
    with pytest.raises(UsageError, match="ODTOOL_STATE"), turn(PORTAL):
        pytest.fail("there is no lock")


def _idle(pipe: Connection) -> None:
    pipe.recv()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes begun here share no files")
def test_processes_that_were_begun_meanwhile_hold_nothing_afterwards() -> None:
    """They have a copy of the lock's file, and may outlast the work."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    with turn(PORTAL):
        begun = context.Process(target=_idle, args=(there,))
        begun.start()
    try:
        with turn(PORTAL, wait=0):
            assert begun.is_alive()
    finally:
        here.send("done")
        begun.join()
