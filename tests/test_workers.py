"""Work spread over processes: what one thing does to its process is no other thing's affair."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from odtool.workers import apart, one_apart, spread


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
