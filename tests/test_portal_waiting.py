"""Whoever sits there, and the log of a job, are told when a portal lets us wait."""

import http.server
import io
import json
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import requests
from urllib3.util import Retry

from odtool.cli import publishing
from odtool.errors import PortalError, UsageError
from odtool.jobs.place import Place
from odtool.jobs.ran import How
from odtool.jobs.run import run_job
from odtool.jobs.settings import read
from odtool.portal import waiting, web
from odtool.portal.action import ActionApi
from tests.publishing import AED, now, reply, sample, server


def slow(request: http.server.BaseHTTPRequestHandler) -> None:
    """Says nothing for a while."""
    time.sleep(0.8)
    reply(request, 200, b"{}")


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(waiting, "FIRST", 0.1)
    with server(slow) as address:
        yield address


def asked(address: str, listener: waiting.Told, *, write: bool = False) -> None:
    api = ActionApi(address, "", pause=0, timeout=(2, 5))
    with waiting.told(listener), pytest.raises(PortalError):
        api.write("package_create", name="x") if write else api.read("package_show", id="x")
    api.close()


@pytest.mark.parametrize(("write", "most"), [(False, 28), (True, 7)])
def test_a_wait_is_told_once_with_the_time_it_may_still_take(address: str, write: bool, most: int) -> None:
    """What reads is tried four times, what writes is not repeated."""
    told: list[tuple[int, int]] = []
    asked(address, lambda waited, left: told.append((waited, left)), write=write)
    assert told == [(0, most)]


def test_an_answer_in_time_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FIRST", 5.0)
    told: list[int] = []
    with server(lambda request: reply(request, 200, b"{}")) as address:
        asked(address, lambda waited, _left: told.append(waited))
    assert told == []


def test_what_takes_long_to_be_sent_is_not_told_as_waiting(address: str, tmp_path: Path) -> None:
    """Only when the file has left, the waiting begins."""

    class Slow(io.FileIO):
        """A file on a slow disk."""

        def read(self, size: int | None = -1) -> bytes:
            time.sleep(0.1)
            return super().read(size)

    (tmp_path / "x.csv").write_bytes(b"x" * 60_000)
    told: list[float] = []
    began = time.monotonic()
    session = web.session("odtool", 0)

    def listener(_waited: int, _left: int) -> None:
        told.append(time.monotonic() - began)

    with waiting.told(listener), Slow(tmp_path / "x.csv") as file:
        session.post(address, files={"upload": ("x.csv", file, "text/csv")}, timeout=(2, 5))
    session.close()
    assert len(told) == 1 and told[0] > 0.3


def test_a_listener_that_cannot_be_reached_does_not_end_the_work(
    address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(_waited: int, _left: int) -> None:
        raise UsageError("ログを書けません。", "The log cannot be written.")

    told: list[int] = []
    with waiting.told(full):
        asked(address, lambda waited, _left: told.append(waited))
    assert told == [0] and "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("lang", "said"),
    [("ja", "ポータルの返事を待っています（0秒目。あと最大28秒）。"), ("en", "Waiting for the portal")],
)
def test_who_sits_at_a_terminal_reads_it(
    address: str, lang: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for person in (False, True):
        monkeypatch.setattr(sys.stderr, "isatty", lambda person=person: person)
        with publishing.waiting(lang):
            asked(address, lambda *_: None)
        assert (said in capsys.readouterr().err) == person


def test_the_documented_time_is_the_one_of_the_program() -> None:
    adapter = web.session("odtool", 1.0).get_adapter("https://example.jp/")
    assert isinstance(adapter, requests.adapters.HTTPAdapter)
    retry: Retry = adapter.max_retries
    assert web.longest("GET", web.TIMEOUT, retry) == 4 * 60 + 43 == waiting.FIRST + 273
    assert web.longest("POST", web.TIMEOUT, retry) == 70


def test_the_log_of_a_job_tells_of_a_wait(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CKAN_API_TOKEN", "x" * 20)
    monkeypatch.setenv("ODTOOL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ODTOOL_STATE", str(tmp_path / "state"))
    (tmp_path / "data").mkdir()
    shutil.copy(sample(AED), tmp_path / "data")
    settings = (
        f'[portals.p]\ntype = "ckan"\nurl = "{address}"\n[jobs.nightly]\nportal = "p"\nsources = ["data"]\n'
    )
    (tmp_path / "odtool.toml").write_text(settings, "utf-8")
    declared = read(str(tmp_path / "odtool.toml"))
    how = How(now=now, today=date(2026, 11, 20), ledger=str(tmp_path / "ledger.sqlite"))
    run_job(declared.chosen(())[0], declared, Place(tmp_path / "state" / "nightly"), how)
    (log,) = (tmp_path / "state").rglob("*.jsonl")
    told = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert any(line["event"] == "waiting" and line["at_most"] > 100 for line in told)
