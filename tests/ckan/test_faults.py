"""When the network, the portal or the program dies: after one more run the portal is as if nothing had happened.

A small part, with fixed seeds, of what benchmarks/faults.py measures.
"""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from odtool.municipality import Municipality
from odtool.portal.ckan import Ckan as Portal
from odtool.publishing.publish import exit_code
from tests.ckan.faults import KILLS, POSSIBLE, Fault, Kind, Moment, Proxy, proxy
from tests.ckan.plugin import Ckan
from tests.ckan.towns import towns, unlike, write_files
from tests.ckan.trials import Trials, publish
from tests.needs import unmet
from tests.publishing import publish as publish_to
from tests.publishing import statuses

HERE = islice(towns(), 300, None)  # no town twice
SEED = 4
SAMPLE = 8  # random runs


@pytest.fixture(scope="module")
def between(ckan: Ckan) -> Iterator[Proxy]:
    with proxy(ckan.url) as made:
        yield made


@pytest.fixture(scope="module")
def trials(ckan: Ckan, between: Proxy) -> Trials:
    """Two datasets, one of which is there with other contents: creating, changing, and an organisation."""
    made = Trials(ckan, between, count=2, changed=1)
    made.measure(next(HERE))
    return made


def calls(trials: Trials, action: str) -> list[int]:
    """The numbers of the calls of that action in an undisturbed run."""
    return [seen.number for seen in trials.reference if seen.action == action]


def each(*kinds: tuple[Kind, Moment]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("kind", "moment"), kinds, ids=[f"{kind}-{moment}" for kind, moment in kinds]
    )


# --- one fault -----------------------------------------------------------------------------------


@each(*POSSIBLE, *KILLS)
def test_a_fault_at_the_bringing_of_a_file_leaves_nothing_behind_after_one_more_run(
    trials: Trials, kind: Kind, moment: Moment
) -> None:
    hit(trials, "package_revise", kind, moment)


@each(
    ("reset", "before"),
    ("reset", "after"),
    ("500", "after"),
    ("504", "after"),
    ("truncated", "after"),
    *KILLS,
)
def test_a_fault_at_the_making_of_a_dataset_leaves_nothing_behind_after_one_more_run(
    trials: Trials, kind: Kind, moment: Moment
) -> None:
    hit(trials, "package_create", kind, moment)


def hit(trials: Trials, action: str, kind: Kind, moment: Moment) -> None:
    verdict = trials.trial(next(HERE), [[Fault(calls(trials, action)[-1], kind, moment)]])
    assert verdict.wrong == ()
    if kind != "refused":  # which nobody can count
        assert [seen.action for seen in verdict.calls[0] if seen.fault] == [action]


@each(*POSSIBLE)
def test_a_fault_while_it_reads_leaves_nothing_behind_after_one_more_run(
    trials: Trials, kind: Kind, moment: Moment
) -> None:
    dice = random.Random(f"{SEED}{kind}{moment}")
    reads = [seen.number for seen in trials.reference if seen.method == "GET"]
    assert trials.trial(next(HERE), [[Fault(dice.choice(reads), kind, moment)]]).wrong == ()


def test_a_fault_at_the_making_of_an_organisation_leaves_one(ckan: Ckan, between: Proxy) -> None:
    fresh = Trials(ckan, between, count=1)
    fresh.measure(next(HERE))
    (made,) = calls(fresh, "organization_create")
    for kind, moment in (("504", "after"), ("reset", "before"), ("kill", "after")):
        assert fresh.trial(next(HERE), [[Fault(made, kind, moment)]]).wrong == ()  # type: ignore[arg-type] # from a tuple of them


@pytest.mark.parametrize("call", ["package_show", "download"])
def test_an_answer_that_breaks_off_is_read_again(trials: Trials, call: str) -> None:
    verdict = trials.trial(next(HERE), [[Fault(calls(trials, call)[0], "truncated", "after")]])
    assert (verdict.wrong, verdict.runs[0].code) == ((), 0)


@pytest.mark.parametrize("number", range(SAMPLE))
def test_faults_drawn_at_random_leave_nothing_behind_after_one_more_run(trials: Trials, number: int) -> None:
    dice = random.Random(f"{SEED}:{number}")
    kinds = [pair for pair in (*POSSIBLE, *KILLS) if pair[0] != "stalled"]
    runs = [
        [
            Fault(
                dice.randint(1, len(trials.reference)), *dice.choice(kinds), calls=dice.choice((1, 1, 2, 9))
            )
            for _ in range(dice.choice((1, 2)))
        ]
        for _ in range(dice.choice((1, 2)))
    ]
    assert trials.trial(next(HERE), runs).wrong == ()


# --- two at once ---------------------------------------------------------------------------------


@pytest.mark.parametrize("same", [True, False], ids=["same-files", "two-files-of-one-dataset"])
def test_two_runs_at_one_moment_leave_everything_once(trials: Trials, same: bool) -> None:
    for _ in range(2):
        assert trials.pair(next(HERE), same=same).wrong == ()


# --- tokens --------------------------------------------------------------------------------------


def editor(ckan: Ckan, town: Municipality, role: str = "editor") -> str:
    """The token of somebody with that role in the town's organisation."""
    name = f"{role}-of-{town.code}"
    with contextlib.suppress(AssertionError):  # a second one in the same town
        ckan.action("organization_create", name=town.code, title=town.title)
        ckan.action("user_create", name=name, email=f"{name}@example.com", password=f"{town.code}-password")
    ckan.action("organization_member_create", id=town.code, username=name, role=role)
    token: str = ckan.action("api_token_create", user=name, name=f"at {time.monotonic()}")["token"]
    return token


@pytest.mark.parametrize("action", ["package_create", "package_revise"])
def test_a_token_revoked_midway_stops_the_run_and_nothing_is_called_published_that_is_not(
    trials: Trials, between: Proxy, tmp_path: Path, action: str
) -> None:
    """Right before the second dataset is made, or when it is made and its file is not there yet."""
    town, ckan = next(HERE), trials.ckan
    token = editor(ckan, town)
    files = write_files(tmp_path / "files", town, 3)

    def revoke(_: int, coming: str) -> None:
        done = [seen.action for seen in between.calls]
        if coming == action and done.count(action) == 1:
            requests.post(
                f"{ckan.url}/api/3/action/api_token_revoke",
                json={"token": token},
                headers={"Authorization": ckan.token},
                timeout=60,
            ).raise_for_status()

    between.set()
    between.coming = revoke
    try:
        run = publish(files, between.address, token, f"{tmp_path}/ledger")
    finally:
        between.coming = lambda *_: None
    assert (run.code, run.crash) == (3, "")
    assert [status for _, status, _ in run.told] == ["published", "failed", "not-done"]
    assert "トークン" in run.told[1][2]
    public = requests.get(f"{ckan.url}/api/3/action/package_search?fq=organization:{town.code}", timeout=60)
    assert public.json()["result"]["count"] == 1
    assert publish(files, between.address, editor(ckan, town), f"{tmp_path}/ledger").code == 0
    wanted = Trials(ckan, between, count=3).measure(next(HERE))
    assert unlike(trials.looker.left(town, town.code), wanted) == []


@pytest.mark.parametrize("role", ["member", ""], ids=["member", "wrong-token"])
def test_who_may_not_publish_is_told_before_the_first_write(
    trials: Trials, between: Proxy, tmp_path: Path, role: str
) -> None:
    town = next(HERE)
    token = editor(trials.ckan, town, role) if role else "wrong-" + editor(trials.ckan, town)
    files = write_files(tmp_path / "files", town, 2)
    between.set()
    run = publish(files, between.address, token, f"{tmp_path}/ledger")
    assert run.code == 3 and {status for _, status, _ in run.told} <= {"failed", "not-done"}
    assert not any(seen.method == "POST" for seen in between.calls)
    assert token not in "".join(sentence for _, _, sentence in run.told)


# --- the search index ----------------------------------------------------------------------------


@contextlib.contextmanager
def index(ckan: Ckan, *, late: int = 0, down: bool = False) -> Iterator[None]:
    """CKAN's search, so many seconds behind or not there."""
    port = str((urlsplit(ckan.url).port or 0) + 12000)
    found = search_on(port)
    if found is None:
        unmet("ckan", "the search of this CKAN is not ours to stop")
    line = found[1]
    end_search(port)
    if not down:
        begin_search(port, [*line, "--visible-after", str(late)])
    try:
        yield
    finally:
        end_search(port)
        begin_search(port, line)


def search_on(port: str) -> tuple[int, list[str]] | None:
    """The process that searches for the CKAN, and how it was started."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended
            line = path.read_bytes().decode("utf-8", "replace").split("\0")[:-1]
            if any(word.endswith("solr_standin.py") for word in line) and port in line:
                return int(path.parent.name), line
    return None


def end_search(port: str) -> None:
    if found := search_on(port):
        os.kill(found[0], signal.SIGTERM)
    while search_on(port):
        time.sleep(0.02)


def begin_search(port: str, line: list[str]) -> None:
    """Not as a child of ours: it outlives the test. stop_ckan.sh finds it by its number."""
    subprocess.run(["setsid", "--fork", *line], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)  # fmt: skip
    while True:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/", timeout=10)
            break
        time.sleep(0.05)
    started = search_on(port)
    assert started
    site = Path(line[line.index("--db") + 1]).parent
    (site / "run" / "solr.pid").write_text(f"{started[0]}\n", "utf-8")


def straight(ckan: Ckan) -> Portal:
    return Portal("town", ckan.url, ckan.token, create_organization=True, pause=0.01)


def test_with_a_late_search_index_nothing_is_published_twice(trials: Trials, tmp_path: Path) -> None:
    town = next(HERE)
    files = write_files(tmp_path, town, 2)
    with index(trials.ckan, late=600):
        first = publish_to(straight(trials.ckan), *files)
        second = publish_to(straight(trials.ckan), *files)
    assert set(statuses(first).values()) == {"published"}
    assert set(statuses(second).values()) == {"unchanged"}


def test_without_a_search_index_nothing_is_called_published_and_the_next_run_completes_it(
    trials: Trials, tmp_path: Path
) -> None:
    town = next(HERE)
    files = write_files(tmp_path, town, 2)
    with index(trials.ckan, down=True):
        outcomes = publish_to(straight(trials.ckan), *files)
    assert exit_code(outcomes) == 3 and not {o.status for o in outcomes} & {"published", "unchanged"}
    assert set(statuses(publish_to(straight(trials.ckan), *files)).values()) == {"published"}
    assert unlike(trials.looker.left(town, town.code), trials.wanted) == []
