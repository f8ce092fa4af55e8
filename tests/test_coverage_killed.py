"""kill -9 at any moment: what was collected, said, frozen or reported is there whole, or not at all.

The moments are drawn at random from a seed. ODTOOL_KILL_ROUNDS asks for more of them than the tests need day by day.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from odtool.coverage import overview
from odtool.coverage.observation import Observation
from odtool.coverage.observed import broken, store
from odtool.coverage.observed import reading as opened
from tests.collecting import AED, Request, Site, package, send, site
from tests.publishing import Handler
from tests.seeing import UJI, other, seen, stored

ROOT = Path(__file__).parent.parent
ROUNDS = int(os.environ.get("ODTOOL_KILL_ROUNDS", "5"))
NIGHT = "2026-11-20"
COLLECT = f"""
import sys
from datetime import date
from odtool.collect.settings import Reading
from odtool.coverage import overview
from tests.collecting import *
where = Reading("test", "ckan", sys.argv[2], pace=0, allow_private=True)
(result,) = collected(Path(sys.argv[1]), where)
assert result.state == "done", result
with store(sys.argv[1]) as book:
    overview.keep_day(book, None, date.fromisoformat("{NIGHT}"), "{NIGHT}T09:00:00+09:00")
"""


def begun(*command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def killed(process: "subprocess.Popen[bytes]", after: float) -> bool:
    """Whether it was killed; not where it had ended before."""
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def lasting(*command: str, times: int = 2) -> float:
    """How long it takes undisturbed."""
    taken = []
    for _ in range(times):  # the first time modules may have to be compiled
        start = time.monotonic()
        assert begun(*command).wait() == 0
        taken.append(time.monotonic() - start)
    return min(taken)


def sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def known(path: Path) -> dict[tuple[str, str], Observation]:
    with opened(path) as book:
        return {(each.dataset_name, each.resource): replace(each, at="") for each in book.latest()}


def slow(data: bytes) -> Handler:
    """A portal that takes its time: so there are moments to die in."""

    def answer(request: Request) -> None:
        time.sleep(0.02)
        send(request, 200, {}, data)

    return answer


@pytest.fixture
def portal() -> Iterator[Site]:
    with site() as found:
        packages = []
        for number in range(20):
            for letter in "ab":
                found.answers[f"/{number}{letter}.csv"] = slow(AED + f"# {number}{letter}\r\n".encode())
            packages.append(
                package(f"d{number}", *({"url": f"{found.address}/{number}{m}.csv"} for m in "ab"))
            )
        found.ckan(packages)
        yield found


def test_a_collection_that_is_killed_again_and_again_ends_as_if_it_never_had_been(
    portal: Site, tmp_path: Path
) -> None:
    whole, torn = tmp_path / "whole.sqlite", tmp_path / "torn.sqlite"
    loaded = lasting("-c", "import tests.collecting, odtool.coverage.overview")
    assert begun("-c", COLLECT, str(whole), portal.address).wait() == 0
    at_random, deaths = random.Random(11), 0
    before: dict[tuple[str, str], Observation] = {}
    for _ in range(ROUNDS):
        deaths += killed(begun("-c", COLLECT, str(torn), portal.address), loaded + at_random.uniform(0, 0.8))
        if not torn.exists():
            continue
        assert sound(torn)
        after = known(torn)
        assert before.items() <= after.items()  # nothing that was known is lost
        with opened(torn) as book:
            done = {name for name, resource in book.all_progress(portal.address) if name and not resource}
        assert done <= {name for name, _ in after}
        before = after
    assert deaths
    assert begun("-c", COLLECT, str(torn), portal.address).wait() == 0
    assert known(torn) == known(whole) and len(known(torn)) == 40
    with opened(whole) as one, opened(torn) as other_:
        assert (one.states(), one.totals(), one.days()) == (other_.states(), other_.totals(), other_.days())
        assert "begun" not in {each.state for each in other_.all_progress(portal.address).values()}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return stored(tmp_path / "store.sqlite", seen(), *(other(UJI, n) for n in range(300)))


def coverage(place: Path, *arguments: str) -> list[str]:
    return ["-m", "odtool", "coverage", *arguments, "--store", str(place)]


def test_an_officers_word_is_there_whole_or_not_at_all(place: Path) -> None:
    needed = lasting(*coverage(place, "correct", "262048_1", "--ignore", "--reason", "0"), times=1)
    at_random, told, deaths = random.Random(12), ["0"], 0
    for number in range(1, ROUNDS + 1):
        died = killed(begun(*coverage(place, "correct", "262048_1", "--ignore", "--reason", str(number))), at_random.uniform(0.4, 1.1) * needed)  # fmt: skip
        deaths += died
        if not died:
            told.append(str(number))
        assert sound(place)
        with closing(sqlite3.connect(place)) as connection:
            found = connection.execute("SELECT reason, what, dataset_name, who FROM corrections ORDER BY rowid").fetchall()  # fmt: skip
        assert set(told) <= {reason for reason, *_ in found}
        assert all(what == "ignore" and name == "262048_1" and who for _, what, name, who in found)
        assert len(found) == len({reason for reason, *_ in found}) <= number + 1
    assert deaths
    with opened(place) as book:
        assert [word.what for word in book.corrections()] == ["ignore"]


@pytest.mark.parametrize("form", ["xlsx", "html", "json", "csv", "text"])
def test_a_report_over_an_older_one_is_the_older_or_the_newer_and_never_a_part(
    place: Path, tmp_path: Path, form: str
) -> None:
    out = tmp_path / "out" / f"report.{form}"
    out.parent.mkdir()
    command = coverage(place, "report", "--prefecture", "京都府", "--format", form, "-o", str(out))
    needed = lasting(*command)
    newer, older = out.read_bytes(), b"the older one"
    at_random = random.Random(form)
    for _ in range(ROUNDS):
        out.write_bytes(older)
        died = killed(begun(*command), at_random.uniform(0.5, 1.05) * needed)
        assert out.read_bytes() in ((older, newer) if died else (newer,))
    assert begun(*command).wait() == 0
    assert out.read_bytes() == newer


def test_a_frozen_table_is_whole_or_not_there_and_the_chain_holds(place: Path) -> None:
    needed = lasting(*coverage(place, "snapshot", "--name", "0", "--prefecture", "京都府"), times=1)
    at_random, told = random.Random(13), ["0"]
    for number in range(1, ROUNDS + 1):
        if not killed(begun(*coverage(place, "snapshot", "--name", str(number), "--prefecture", "京都府")), at_random.uniform(0.4, 1.1) * needed):  # fmt: skip
            told.append(str(number))
        assert sound(place)
        with opened(place) as book:
            names = [entry.name for entry in book.snapshots()]
            assert not broken(book) and set(told) <= set(names)
            assert len({book.snapshot(name).content for name in names}) == 1
    with store(place) as book:
        overview.freeze(book, "last", overview.table(book, None, date(2026, 11, 21), "京都府"), "x")
        assert not broken(book)
