"""What a job leaves and who misses it, whatever the clock does and however it was started."""

import json
import shutil
import sys
from datetime import datetime
from pathlib import Path

import pytest

from odtool.clock import JST
from odtool.jobs.place import Place
from odtool.jobs.ran import How
from odtool.jobs.run import run_job
from odtool.jobs.settings import read
from odtool.ledger.record import reading
from tests.publishing import AED, odtool, sample
from tests.test_jobs_run import SETTINGS, run, setting, state

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=JST)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    root = tmp_path / "office"
    (root / "data").mkdir(parents=True)
    (root / "odtool.toml").write_text(SETTINGS, "utf-8")
    shutil.copy(sample(AED), root / "data" / AED)
    return root


def at(office: Path, when: str) -> str:
    """One run at that time; its name."""
    declared = read(str(office / "odtool.toml"))
    how = How(now=lambda: f"{when}+09:00", today=NOW.date(), ledger=str(office / "odtool-ledger.sqlite"))
    return run_job(declared.jobs["nightly"], declared, Place(office / "odtool-jobs" / "nightly"), how).run


def logs(office: Path) -> set[str]:
    return {path.stem for path in (office / "odtool-jobs" / "nightly" / "logs").glob("*.jsonl")}


def test_after_the_clock_went_back_the_runs_that_came_last_are_kept(
    office: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name, folder in state(office).items():
        monkeypatch.setenv(name, folder)
    setting(office, "keep_runs = 2")
    wrong = [at(office, f"2031-01-0{day}T02:00:00") for day in (1, 2)]
    right = at(office, "2026-11-19T02:00:00")
    assert logs(office) == {wrong[1], right}
    last = at(office, "2026-11-20T02:00:00")
    assert logs(office) == {right, last}


def test_runs_of_before_the_order_was_noted_are_the_oldest(tmp_path: Path) -> None:
    where = Place(tmp_path)
    (tmp_path / "logs").mkdir()
    old = ["20270101-020000-aaaaaa", "20260101-020000-bbbbbb"]
    new = "20250101-020000-cccccc"
    for run_ in (*old, new):
        where.log(run_).touch()
    where.begun(new)
    where.forget(2)
    assert {path.stem for path in (tmp_path / "logs").iterdir()} == {old[0], new}


def test_a_part_or_a_trial_is_no_sign_that_the_job_runs(office: Path) -> None:
    mark = office / "odtool-jobs" / "nightly" / "heartbeat.json"
    run(office, "--dry-run")
    run(office, "--only", "*aed*")
    assert not mark.exists()
    run(office)
    whole = json.loads(mark.read_text("utf-8"))
    run(office, "--only", "*aed*")
    assert json.loads(mark.read_text("utf-8")) == whole


def test_many_jobs_that_never_ran_are_told_in_one_line(office: Path) -> None:
    more = "".join(
        f'[jobs.city{n}]\nportal = "site"\nsources = ["data"]\nschedule = "daily 02:00"\n' for n in range(36)
    )
    setting(office, more)
    done = odtool(office, "jobs", "check", **state(office))
    told = [line for line in done.stdout.splitlines() if "一度も実行" in line]
    assert done.returncode == 0 and len(told) == 1
    assert "37件のジョブ" in told[0] and "nightly、city0" in told[0] and "ほか32件" in told[0]
    doctor = odtool(office, "doctor", "--format", "json", **state(office))
    found = [f for f in json.loads(doctor.stdout)["findings"] if f["name"] == "jobs"]
    assert len(found) == 1 and len(found[0]["facts"]["jobs"]) == 37


@pytest.mark.skipif(sys.platform == "win32", reason="there the zone is set for the whole machine")
@pytest.mark.parametrize(("zone", "told"), [("UTC", True), ("America/New_York", True), ("Asia/Tokyo", False)])
def test_a_machine_whose_clock_is_not_japans_is_told_before_a_job_runs_at_noon(
    office: Path, zone: str, told: bool
) -> None:
    for words in (("jobs", "check"), ("jobs", "list")):
        done = odtool(office, *words, **state(office), TZ=zone)
        assert done.returncode == 0 and ("日本時間ではありません" in done.stdout) is told
    english = odtool(office, "jobs", "list", "--lang", "en", **state(office), TZ=zone).stdout
    assert ("in Japan it is" in english) is told
    plain = SETTINGS.replace('schedule = "daily 02:00"\n', "")
    (office / "odtool.toml").write_text(plain, "utf-8")
    assert "schedule =" not in plain
    assert "日本時間では" not in odtool(office, "jobs", "check", **state(office), TZ=zone).stdout


def test_a_folder_has_one_address_however_odtool_was_started(office: Path) -> None:
    """By hand beside the settings, or by a timer from somewhere else."""
    run(office)
    run(office.parent, "--config", "office/odtool.toml")
    odtool(office.parent, "run", "--config", str(office / "odtool.toml"), **state(office))
    with reading(office / "odtool-ledger.sqlite") as book:
        assert {each.portal for each in book.publications()} == {str(office / "public")}
        assert {each.url.partition("/public/")[0] for each in book.publications()} == {str(office)}
    pages = [p.read_text("utf-8") for p in (office / "odtool-jobs" / "nightly" / "runs").glob("*.html")]
    assert len(pages) == 3 and all(str(office / "public") in html for html in pages)
