"""What the ledger keeps of publishing to a real CKAN, also where the program is killed."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from odtool.ledger.history import Wanted, history
from odtool.ledger.journal import Call, Planned, Publication, Readback, Run, RunEnd
from odtool.ledger.record import reading
from tests.ckan.plugin import Ckan
from tests.publishing import AED, PUBLISHED, odtool, sample

NAME = "261009_aed"

# The command as it is, but that the program is killed as soon as its n-th write is noted as begun.
KILLED = """
import os, signal, sys
from odtool import cli
from odtool.ledger.record import Running
note, begun = Running.call, []
def call(self, call):
    note(self, call)
    begun.extend([call] if call.outcome == "begun" else [])
    if len(begun) == {number}:
        os.kill(os.getpid(), signal.SIGKILL)
Running.call = call
sys.argv = ["odtool", "publish", {path!r}, "--portal", "city", "--create-organization"]
cli.main()
"""


@pytest.fixture
def folder(ckan: Ckan, tmp_path: Path) -> Iterator[Path]:
    """Settings for the CKAN, which has no dataset of ours."""
    purge(ckan)
    (tmp_path / "odtool.toml").write_text(
        f'[portals.city]\ntype = "ckan"\nurl = "{ckan.url}"\norganization = "{{code}}-records"\n', "utf-8"
    )
    yield tmp_path
    purge(ckan)


def purge(ckan: Ckan) -> None:
    answer = requests.get(
        f"{ckan.url}/api/3/action/package_show",
        {"id": NAME},
        headers={"Authorization": ckan.token},
        timeout=30,
    )
    if answer.ok:
        ckan.action("dataset_purge", id=answer.json()["result"]["id"])


def test_a_publication_leaves_its_plan_every_call_the_read_back_and_no_secret(
    ckan: Ckan, folder: Path
) -> None:
    token = {"ODTOOL_TOKEN_CITY": ckan.token}
    for _ in range(2):
        done = odtool(folder, "publish", sample(AED), "--portal", "city", "--create-organization", **token)
        assert done.returncode == 0, done.stdout + done.stderr
    with reading(folder / "odtool-ledger.sqlite") as book:
        first, second = (run.run for run in book.select(Run))
        assert [end.exit_code for end in book.select(RunEnd)] == [0, 0]
        assert [plan.summary for plan in book.select(Planned)] == ["create=1", "unchanged=1"]
        assert [entry.action for entry in book.publications()] == ["create", "unchanged"]
        assert [entry.agrees for entry in book.select(Readback, run=first)] == [True]
        calls = book.select(Call, run=first)
        assert [call.sequence for call in calls] == list(range(1, len(calls) + 1))
        writes = [call for call in calls if call.method == "POST"]
        assert {"begun", "ok"} <= {call.outcome for call in writes if call.action == "package_create"}
        assert any(call.target == NAME for call in writes)
        assert {call.method for call in book.select(Call, run=second)} == {"GET"}
        story = history(book, Wanted(run=first, calls=True)).stories[0]
        assert story.unanswered == () and story.counts == {"create": 1}
    assert not any(ckan.token.encode() in path.read_bytes() for path in folder.iterdir())
    told = odtool(folder, "history", "--calls", "--portal", "city")
    assert told.returncode == 0 and "package_create" in told.stdout and ckan.token not in told.stdout
    assert json.loads(odtool(folder, "history", "--format", "json").stdout)["runs"][0]["counts"] == {
        "unchanged": 1
    }


@pytest.mark.parametrize("number", [1, 2])
def test_a_killed_publication_is_told_as_unknown_and_the_next_run_as_what_it_did(
    ckan: Ckan, folder: Path, number: int
) -> None:
    token = {"ODTOOL_TOKEN_CITY": ckan.token}
    program = KILLED.format(number=number, path=sample(AED))
    killed = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env={"PATH": "", "PYTHONUTF8": "1", **token, **pythonpath()},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL and PUBLISHED not in killed.stdout, killed.stderr
    told = odtool(folder, "history").stdout
    assert "終わりの記録なし" in told and "結果の記録なし 1件" in told
    assert re.search(r"返事の記録がない書き込み: (package|resource|organization)_", told)
    done = odtool(folder, "publish", sample(AED), "--portal", "city", "--create-organization", **token)
    assert done.returncode == 0 and PUBLISHED in done.stdout, done.stdout + done.stderr
    with reading(folder / "odtool-ledger.sqlite") as book:
        assert [end.exit_code for end in book.select(RunEnd)] == [0]
        assert len(book.published(ckan.url)) == 1 == len(book.select(Publication))
        kinds = [event.kind for event in history(book, Wanted(dataset=NAME)).events]
        assert kinds[0] in ("create", "update") and kinds[-1] == "unfinished"


def pythonpath() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).parents[2])}
