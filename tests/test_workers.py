"""Work spread over processes: what one thing does to its process is no other thing's affair."""

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from odtool.workers import LEAST, MOST, apart, lasting, of_file, one_apart, pool, seconds, spread


def deadly(thing: int, at: frozenset[int] = frozenset()) -> int:
    """Ends the process that it runs in, as the system does where there is no memory left."""
    if thing in at:
        os.kill(os.getpid(), signal.SIGKILL)
    return thing * 2


def died(thing: int) -> int:
    return -thing


def results(things: int, jobs: int, *deaths: int) -> list[int]:
    function = partial(deadly, at=frozenset(deaths))
    return list(spread(function, range(things), jobs, prepare=lambda: None, died=died))


@pytest.mark.parametrize(
    "deaths", [(5,), (1,), (99,), (1, 2, 3), (40, 41, 90), tuple(range(30, 60))], ids=str
)
def test_only_the_things_of_which_a_process_dies_have_no_result(deaths: tuple[int, ...]) -> None:
    assert results(100, 2, *deaths) == [-n if n in deaths else 2 * n for n in range(100)]


def test_where_nothing_dies_the_results_come_in_order() -> None:
    assert results(500, 2) == [2 * n for n in range(500)]


def test_a_single_thing_apart_does_not_take_this_process_along() -> None:
    with apart():
        assert results(3, 1, 1) == [0, -1, 4]
        assert results(0, 1) == []
    assert one_apart(partial(deadly, at=frozenset({7})), 7, died) == -7
    assert one_apart(deadly, 7, died) == 14


def here(_: int) -> int:
    return os.getpid()


def test_without_being_asked_for_few_things_are_done_in_this_process() -> None:
    def where() -> set[int]:
        return set(spread(here, [1, 2], 1, prepare=lambda: None, died=died))

    assert where() == {os.getpid()}
    with apart():
        assert os.getpid() not in where()


def test_while_processes_last_many_small_pieces_of_work_share_them() -> None:
    def where(things: int, jobs: int) -> set[int]:
        return set(spread(here, range(things), jobs, prepare=lambda: None, died=died))

    with apart(), lasting():
        first = where(1, 1)
        assert where(2, 1) == first and where(3, 2) == first  # three things are too few for a second process
        many = where(200, 2)
        assert len(many) <= 2 and where(1, 1) <= many
        assert one_apart(here, 1, died) in many
    assert not any(alive(worker) for worker in first | many)


def test_while_processes_last_a_death_takes_nothing_along_but_its_own_thing() -> None:
    with apart(), lasting():
        assert results(3, 1, 1) == [0, -1, 4]
        assert results(100, 2, 5, 70) == [-n if n in (5, 70) else 2 * n for n in range(100)]
        assert one_apart(partial(deadly, at=frozenset({7})), 7, died) == -7
        assert results(3, 1) == [0, 2, 4]


def test_whoever_stops_reading_stops_also_processes_that_last() -> None:
    with lasting():
        going = spread(slow, range(1_000), 2, prepare=lambda: None)
        worker = next(going)
        stop: Callable[[], None] = going.close  # type: ignore[attr-defined]
        stop()
        assert not alive(worker)
        assert worker not in set(spread(slow, range(10), 2, prepare=lambda: None))


def failing(thing: int) -> int:
    raise ValueError(thing)


def test_what_a_function_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="0"):
        list(spread(failing, range(20), 2, prepare=lambda: None, died=died))


def slow(_: int) -> int:
    time.sleep(0.01)
    return os.getpid()


def test_whoever_stops_reading_stops_the_processes() -> None:
    going = spread(slow, range(1_000), 2, prepare=lambda: None)
    worker = next(going)
    stop: Callable[[], None] = going.close  # type: ignore[attr-defined]
    stop()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


SUDDEN = """
import os, signal
from odtool.workers import pool
if __name__ == "__main__":
    with pool(2) as running:
        print(*{running.submit(os.getpid).result() for _ in range(2)}, *running._processes, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_sudden_death_leaves_no_process_behind() -> None:
    ended = subprocess.run([sys.executable, "-c", SUDDEN], capture_output=True, check=False, timeout=60)
    workers = {int(word) for word in ended.stdout.split()}
    assert ended.returncode == -signal.SIGKILL and len(workers) == 2
    for _ in range(600):
        if not any(alive(worker) for worker in workers):
            break
        time.sleep(0.05)
    assert not any(alive(worker) for worker in workers)


def alive(process: int) -> bool:
    """Whether it runs; one that has ended, and that nobody has asked about yet, does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


# --- what does not come to an end ------------------------------------------------------------------


def endless(thing: int, at: frozenset[int] = frozenset()) -> int:
    """A search that would take longer than the world stands, and lets nothing else in its process run meanwhile."""
    if thing in at:
        re.match(r"(a+)+$", "a" * 100 + "b")
    return thing * 2


def late(thing: int) -> int:
    return -1_000 - thing


def soon(_: int) -> float:
    return 1.0


@pytest.mark.parametrize("ends", [(5,), (0, 99)], ids=str)
def test_only_the_things_that_never_end_have_no_result(ends: tuple[int, ...]) -> None:
    function = partial(endless, at=frozenset(ends))
    found = list(spread(function, range(100), 2, prepare=lambda: None, died=died, late=late, limit=soon))
    assert found == [-1_000 - n if n in ends else 2 * n for n in range(100)]


def test_a_single_thing_that_never_ends_is_told_from_one_of_which_its_process_dies() -> None:
    assert one_apart(partial(endless, at=frozenset({7})), 7, died, late, soon) == -1_007
    assert one_apart(partial(deadly, at=frozenset({7})), 7, died, late, soon) == -7


def test_the_time_that_a_file_may_take_grows_with_its_size_and_ends_somewhere(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(bytes(2_000_000))
    (tmp_path / "a.xlsx").write_bytes(bytes(2_000_000))
    plain, packed = of_file(str(tmp_path / "a.csv")), of_file((str(tmp_path / "a.xlsx"), "elsewhere"))
    assert LEAST == of_file("-") == of_file(str(tmp_path / "none")) < plain < packed < seconds(10**12) == MOST


def broken_off(ours: list[int]) -> None:
    with pool(2) as running:
        running.submit(time.sleep, 600)
        ours += running._processes
        raise ValueError("over")


def test_an_exception_ends_the_processes_of_a_pool_and_no_others() -> None:
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    other.start()
    try:
        ours: list[int] = []
        with pytest.raises(ValueError, match="over"):
            broken_off(ours)
        assert ours and not any(alive(worker) for worker in ours)
        assert other.is_alive()
    finally:
        other.kill()
        other.join()
