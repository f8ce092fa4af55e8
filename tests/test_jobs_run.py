"""Jobs as they run at night: end to end, again, broken off, two at once, and what each run leaves."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from odtool.clock import JST
from odtool.jobs import heartbeat
from odtool.jobs.heartbeat import Beat, beat, late
from odtool.jobs.place import Place
from odtool.jobs.settings import read
from odtool.ledger.record import Publication, reading
from odtool.turn import turn
from tests.publishing import AED, NOTE, OTHER_NOTE, VALID, edited, odtool, sample

SETTINGS = """[portals.site]
type = "folder"
path = "public"

[jobs.nightly]
portal = "site"
sources = ["data"]
schedule = "daily 02:00"
"""
BAD = "262072_hospital.csv"
UMASK = os.umask(0o022)
os.umask(UMASK)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with settings, one good file and one bad one."""
    root = tmp_path / "市 役所 100%"
    (root / "data").mkdir(parents=True)
    (root / "odtool.toml").write_text(SETTINGS, "utf-8")
    for name in (AED, BAD):
        shutil.copy(sample(name), root / "data" / name)
    return root


def state(office: Path) -> dict[str, str]:
    return {"ODTOOL_STATE": str(office.parent / "state"), "ODTOOL_CACHE": str(office.parent / "cache")}


def run(
    office: Path, *arguments: str, cwd: Path | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    return odtool(cwd or office, "run", *arguments, **state(office), **more)


def setting(office: Path, *lines: str) -> None:
    with (office / "odtool.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def public(office: Path) -> set[str]:
    """What is published; the lists of it that the folder makes by itself do not count."""
    return {path.name for path in (office / "public").rglob("*.csv") if "open_data_list" not in path.name}


def logged(office: Path, job: str = "nightly") -> list[dict[str, object]]:
    newest = max(
        (office / "odtool-jobs" / job / "logs").glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns
    )
    return [json.loads(line) for line in newest.read_text("utf-8").splitlines()]


def page(office: Path) -> str:
    pages = [
        p for p in (office / "odtool-jobs" / "nightly" / "runs").glob("*.html") if "report" not in p.name
    ]
    return max(pages, key=lambda path: path.stat().st_mtime_ns).read_text("utf-8")


def publications(office: Path) -> list[Publication]:
    with reading(office / "odtool-ledger.sqlite") as book:
        return book.publications()


# --- what a run does --------------------------------------------------------------------------------


def test_a_run_publishes_what_is_valid_and_leaves_a_line_a_log_and_pages(office: Path) -> None:
    done = run(office)
    assert done.returncode == 1 and done.stderr == ""
    assert (
        len(done.stdout.splitlines()) == 1 and "新規 1件" in done.stdout and "公開しない 1件" in done.stdout
    )
    assert public(office) == {AED}
    told = logged(office)
    assert [entry["event"] for entry in told] == [
        "begin", "collected", "ledger", "planned", "judged", "judged", "outcome", "outcome", "end",
    ]  # fmt: skip
    assert told[-1]["code"] == 1
    made = Path(re.search(r"→ (.+)\n", done.stdout)[1])  # type: ignore[index]
    assert "多い原因" in made.read_text("utf-8") and AED in made.read_text("utf-8")
    report = made.with_name(made.stem + "-report.html")
    assert report.name in made.read_text("utf-8") and BAD in report.read_text("utf-8")
    again = run(office)
    assert again.returncode == 1 and "変更なし 1件" in again.stdout
    assert [p.action for p in publications(office)] == ["create", "unchanged"]


def test_the_log_holds_nothing_of_the_cells(office: Path) -> None:
    run(office)
    text = json.dumps(logged(office), ensure_ascii=False)
    assert NOTE in (office / "data" / AED).read_text("utf-8-sig") and NOTE not in text
    assert "京都府" not in text


def test_it_runs_from_any_folder_and_keeps_everything_beside_the_settings(office: Path) -> None:
    done = run(office, "--config", str(office / "odtool.toml"), cwd=office.parent)
    assert done.returncode == 1
    assert public(office) == {AED}
    assert {p.name for p in office.iterdir()} == {
        "data",
        "odtool.toml",
        "public",
        "odtool-jobs",
        "odtool-ledger.sqlite",
    }


def test_what_has_not_changed_is_not_judged_again(office: Path) -> None:
    import sqlite3

    run(office)
    cache = next((office.parent / "cache").glob("*.sqlite"))
    with sqlite3.connect(cache) as stored:
        before = stored.execute("SELECT count(*) FROM verdicts").fetchone()[0]
        stored.execute("UPDATE verdicts SET used = 1")
    stored.close()
    assert before >= 2  # also for so few files
    run(office)
    with sqlite3.connect(cache) as stored:
        after = stored.execute("SELECT count(*), min(used) > 1 FROM verdicts").fetchone()
    stored.close()
    assert after == (before, 1) or after[0] == 0  # asked for, none added


def test_a_trial_writes_nothing_on_the_portal_and_tells_what_it_would_do(office: Path) -> None:
    done = run(office, "--dry-run", "--lang", "en")
    assert done.returncode == 1 and "1 new" in done.stdout and "trial" in done.stdout
    assert public(office) == set() and not (office / "odtool-jobs" / "nightly" / "heartbeat.json").exists()


def test_only_some_files_and_only_some_jobs(office: Path) -> None:
    setting(office, "[jobs.other]", 'portal = "folder:elsewhere"', f'sources = ["data/{AED}"]')
    assert run(office, "--only", "*_aed.csv", "nightly").returncode == 0
    assert public(office) == {AED} and not (office / "elsewhere").exists()
    assert run(office, "other").returncode == 0
    assert (office / "elsewhere").is_dir()
    assert "nightly" in run(office, "nightyl").stderr


def test_a_dead_source_and_a_broken_job_stop_only_themselves(office: Path) -> None:
    text = (office / "odtool.toml").read_text("utf-8").replace('["data"]', '["gone/*.csv", "data"]')
    (office / "odtool.toml").write_text(text, "utf-8")
    setting(office, "[jobs.afterwards]", 'portal = "folder:b"', f'sources = ["data/{AED}"]', "[jobs.broken]",
            'portal = "folder:c"', f'sources = ["data/{AED}"]', 'mapping = "none.toml"')  # fmt: skip
    done = run(office, "nightly", "broken", "afterwards")
    assert done.returncode == 2
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == [
        "nightly",
        "broken",
        "afterwards",
    ]
    assert public(office) == {AED} and (office / "b").is_dir() and not (office / "c").exists()
    assert "読めないデータ 1件" in done.stdout and "none.toml" in done.stdout


def test_a_job_does_not_take_what_it_published_for_a_source(office: Path) -> None:
    (office / "data" / BAD).unlink()
    text = (office / "odtool.toml").read_text("utf-8").replace('["data"]', '["."]')
    (office / "odtool.toml").write_text(text, "utf-8")
    assert run(office).returncode == 0
    shutil.copy(edited(AED, office.parent / "tmp", NOTE, OTHER_NOTE), office / "data" / AED)
    assert run(office).returncode == 0 and public(office) == {AED}
    assert [each.action for each in publications(office)] == ["create", "update"]
    other = '[jobs.other]\nportal = "folder:elsewhere"\nsources = ["."]\n'
    (office / "odtool.toml").write_text(f"{text}\n{other}", "utf-8")
    for _ in range(2):
        done = odtool(office, "run", **state(office))
        assert done.returncode == 0 and done.stdout.count(" 1件 →") == 2


def test_the_report_calls_a_file_as_its_owner_knows_it(office: Path) -> None:
    with zipfile.ZipFile(office / "data" / "export.zip", "w") as packed:
        packed.write(office / "data" / BAD, f"出力/{BAD}")
    (office / "data" / BAD).unlink()
    assert run(office).returncode == 1
    (report,) = (office / "odtool-jobs" / "nightly" / "runs").glob("*-report.html")
    told = report.read_text("utf-8")
    assert f"data/export.zip › 出力/{BAD}" in told and "odtool-jobs" not in told


def test_nothing_is_withdrawn_while_a_source_is_not_to_be_had(office: Path) -> None:
    (office / "data" / BAD).unlink()
    (office / "more").mkdir()
    shutil.copy(sample(next(n for n in VALID if n.startswith("26") and n != AED)), office / "more")
    text = (office / "odtool.toml").read_text("utf-8").replace('["data"]', '["data", "more"]')
    (office / "odtool.toml").write_text(text + "prune = true\nmax_delete = 5\n", "utf-8")
    assert run(office).returncode == 0
    both = public(office)
    assert len(both) == 2
    (office / "more").rename(office / "disconnected")
    done = run(office)
    assert done.returncode == 2 and public(office) == both
    assert "取り下げは行っていません" in page(office)


def test_what_is_gone_is_withdrawn_where_that_is_wished_and_not_beyond_the_limit(office: Path) -> None:
    (office / "data" / BAD).unlink()
    shutil.copy(edited(AED, office / "tmp", NOTE, OTHER_NOTE), office / "data" / "261009_aed_20260401.csv")
    setting(office, "prune = true", "max_delete = 0")
    assert run(office).returncode == 0
    assert len(public(office)) == 2
    (office / "data" / "261009_aed_20260401.csv").unlink()
    stopped = run(office)
    assert stopped.returncode == 2 and "max_delete" in stopped.stdout and len(public(office)) == 2
    text = (office / "odtool.toml").read_text("utf-8").replace("max_delete = 0", "max_delete = 1")
    (office / "odtool.toml").write_text(text, "utf-8")
    done = run(office)
    assert done.returncode == 0 and public(office) == {AED}


# --- mending ----------------------------------------------------------------------------------------


def full_width(office: Path) -> str:
    """A file with an error that is mended for certain: its path."""
    (office / "data" / BAD).unlink()
    path = office / "data" / AED
    text = path.read_text("utf-8-sig")
    lines = text.split("\r\n") if "\r\n" in text else text.split("\n")
    header = lines[0].split(",")
    at = header.index("緯度")
    cells = lines[1].split(",")
    cells[at] = "".join(chr(ord(c) + 0xFEE0) for c in cells[at])  # full width
    lines[1] = ",".join(cells)
    path.write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    return str(path)


def test_of_two_files_that_are_alike_and_mended_neither_is_passed_over(office: Path) -> None:
    wrong = Path(full_width(office))
    (office / "more").mkdir()
    shutil.copy(wrong, office / "more")
    text = (office / "odtool.toml").read_text("utf-8").replace('["data"]', '["data", "more"]')
    (office / "odtool.toml").write_text(text + 'fixes = "certain"\n', "utf-8")
    assert run(office, "--only", wrong.name).returncode == 1
    refused = {str(line["source"]) for line in logged(office) if line.get("status") == "refused"}
    assert refused == {f"data/{wrong.name}", f"more/{wrong.name}"}


def test_an_error_that_can_be_mended_for_certain_is_mended_where_that_is_allowed(office: Path) -> None:
    path = full_width(office)
    before = Path(path).read_bytes()
    refused = run(office)
    assert refused.returncode == 1 and public(office) == set()
    rule = next(e for e in logged(office) if e["event"] == "judged")
    assert rule["status"] == "invalid"
    setting(office, 'fixes = ["date-format"]')
    assert (
        run(office).returncode == 1 and public(office) == set()
    )  # another repair than the one that is allowed
    text = (office / "odtool.toml").read_text("utf-8").replace('["date-format"]', '"certain"')
    (office / "odtool.toml").write_text(text, "utf-8")
    done = run(office)
    assert done.returncode == 0 and "直したもの 1件" in done.stdout and public(office) == {AED}
    assert Path(path).read_bytes() == before  # the original stays
    assert "確かな誤りを直した写し" in page(office)
    copy = next((office / "odtool-jobs" / "nightly" / "work" / "mended").rglob("*.csv"))
    made = copy.stat().st_mtime_ns
    assert "変更なし 1件" in run(office).stdout and copy.stat().st_mtime_ns == made


def test_a_folder_that_a_killed_run_left_empty_is_no_copy(office: Path) -> None:
    full_width(office)
    setting(office, 'fixes = "certain"')
    assert run(office).returncode == 0
    copy = next((office / "odtool-jobs" / "nightly" / "work" / "mended").rglob("*.csv"))
    copy.unlink()  # killed after the folder was made, before the copy was
    assert "変更なし 1件" in run(office).stdout and copy.is_file()


# --- broken off, two at once ------------------------------------------------------------------------


def test_a_run_that_was_killed_is_continued_by_the_next(office: Path) -> None:
    for name in VALID:
        shutil.copy(sample(name), office / "data" / name)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ODTOOL")} | state(office)
    running = subprocess.Popen(
        [sys.executable, "-m", "odtool", "run"], cwd=office, env=environment, stdout=subprocess.PIPE
    )
    while running.poll() is None and not public(office):
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    mark = heartbeat.last(Place(office / "odtool-jobs" / "nightly"))
    assert mark and not mark.ended  # it was killed, not finished
    done = run(office)
    assert done.returncode == 1
    assert "変更なし" not in run(office).stderr
    assert {Path(name).stem[:6] for name in public(office)} >= {
        name[:6] for name in VALID if name[0].isdigit()
    }
    ended = heartbeat.last(Place(office / "odtool-jobs" / "nightly"))
    assert ended and ended.ended and ended.exit_code == 1


def test_two_runs_of_a_job_at_once_are_held_apart(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODTOOL_STATE", state(office)["ODTOOL_STATE"])
    with turn(str(office / "odtool-jobs" / "nightly")):
        done = run(office)
    assert done.returncode == 3 and "別の odtool が実行しています" in done.stdout
    assert public(office) == set()
    assert run(office).returncode == 1


# --- heartbeats -------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=JST)


@pytest.mark.parametrize(
    ("started", "ended", "code", "state_"),
    [
        (None, "", None, "never"),
        (timedelta(hours=7), "x", 0, None),
        (timedelta(hours=7), "x", 1, None),  # a refused file is the data's matter
        (timedelta(hours=7), "x", 3, "failed"),
        (timedelta(hours=7), "", None, "unended"),
        (timedelta(hours=31), "x", 0, "late"),
        (timedelta(days=300), "", None, "late"),
    ],
)
def test_a_job_that_has_not_run_is_missed(
    office: Path, started: timedelta | None, ended: str, code: int | None, state_: str | None
) -> None:
    folder = office / "odtool-jobs"
    if started:
        beat(Place(folder / "nightly"), Beat("nightly", "r", (NOW - started).isoformat(), ended, code))
    found = late(read(str(office / "odtool.toml")).jobs.values(), folder, NOW)
    assert [missed.state for missed in found] == ([state_] if state_ else [])
    assert all(missed.text("ja") and missed.text("en") for missed in found)


def test_a_clock_that_was_wrong_hides_no_late_job_and_times_are_the_machines(office: Path) -> None:
    folder, jobs = office / "odtool-jobs", read(str(office / "odtool.toml")).jobs.values()
    beat(
        Place(folder / "nightly"), Beat("nightly", "r", "2099-01-01T02:00:00+09:00", "2099-01-01T02:01:00", 0)
    )
    (missed,) = late(jobs, folder, NOW)
    assert missed.state == "ahead" and "時計" in missed.text("ja") and "clock" in missed.text("en")
    beat(
        Place(folder / "nightly"), Beat("nightly", "r", "2020-01-01T02:00:00+00:00", "2020-01-01T02:01:00", 0)
    )
    assert "2020-01-01 11:00" in late(jobs, folder, NOW.astimezone(JST))[0].text("ja")


def test_a_run_in_progress_and_a_damaged_heartbeat(office: Path) -> None:
    folder, jobs = office / "odtool-jobs", read(str(office / "odtool.toml")).jobs.values()
    beat(Place(folder / "nightly"), Beat("nightly", "r", (NOW - timedelta(hours=1)).isoformat()))
    assert late(jobs, folder, NOW) == []
    (folder / "nightly" / "heartbeat.json").write_text('{"started": 3', "utf-8")
    assert late(jobs, folder, NOW)[0].state == "never"


def test_the_doctor_tells_of_a_job_that_has_not_run(office: Path) -> None:
    def told() -> list[dict[str, Any]]:
        done = odtool(office, "doctor", "--format", "json", **state(office))
        assert done.returncode in (0, 2, 3), done.stderr
        return [found for found in json.loads(done.stdout)["findings"] if found["name"] == "jobs"]

    (never,) = told()
    assert (
        never["state"] == "warning"
        and "nightly" in never["message"]["ja"]
        and never["facts"]["state"] == "never"
    )
    run(office)
    (well,) = told()
    assert well["state"] == "ok"
    (office / "odtool.toml").write_text(SETTINGS.replace("daily", "nightly"), "utf-8")
    assert told()[0]["state"] == "problem"


# --- check and list ---------------------------------------------------------------------------------


def test_the_check_tells_what_is_missing_and_writes_nothing(office: Path) -> None:
    setting(office, 'notify = ["soumu"]', "[portals.kyoto]", 'profile = "bodik"', "[jobs.b]", 'portal = "kyoto"',
            'sources = ["gone", "http://127.0.0.1/x.csv"]', "[notify.soumu]", 'type = "slack"')  # fmt: skip
    before = {path: path.stat().st_mtime_ns for path in office.rglob("*")}
    done = odtool(office, "jobs", "check", **state(office))
    assert done.returncode == 3 and done.stderr == ""
    wrong = [line for line in done.stdout.splitlines() if line.startswith("問題")]
    assert [line.split()[1].rstrip(":") for line in wrong] == [
        "jobs.b.sources", "jobs.b.sources", "jobs.b.portal", "notify.soumu.type",
    ]  # fmt: skip
    assert "ODTOOL_NOTIFY_SOUMU" in wrong[3] and "ODTOOL_TOKEN_KYOTO" in wrong[2]
    assert {path: path.stat().st_mtime_ns for path in office.rglob("*")} == before
    run(office, "nightly")
    assert (
        odtool(
            office, "jobs", "check", "nightly", ODTOOL_NOTIFY_SOUMU="https://x", **state(office)
        ).returncode
        == 0
    )


def test_the_list_tells_when_each_job_is_due_and_how_it_ended(office: Path) -> None:
    run(office)
    done = odtool(office, "jobs", "list", "--lang", "en")
    assert done.returncode == 0 and "daily 02:00" in done.stdout and "some data is refused" in done.stdout


# --- the page ---------------------------------------------------------------------------------------


def test_names_that_hold_html_are_text_on_the_page(office: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>.csv"
    shutil.copy(sample(BAD), office / "data" / hostile)
    done = run(office)
    assert done.returncode == 1
    assert "<img" not in page(office) and "&lt;img src=x" in page(office)
    assert "Content-Security-Policy" in page(office)


def test_a_browser_shows_the_page_without_a_complaint(office: Path, chromium: str) -> None:
    run(office)
    path = max((office / "odtool-jobs" / "nightly" / "runs").glob("*[0-9a-f].html"))
    flags = [
        "--headless",
        "--disable-gpu",
        "--no-sandbox",
        f"--user-data-dir={office.parent / 'profile'}",
        "--enable-logging=stderr",
        "--dump-dom",
    ]
    shown = subprocess.run(
        [chromium, *flags, path.as_uri()], capture_output=True, text=True, check=False, timeout=120
    )
    assert "直してから" in shown.stdout or "公開しなかったもの" in shown.stdout
    assert "CONSOLE" not in shown.stderr


def test_pages_can_be_read_by_others_and_stay_small_however_much_is_wrong(office: Path) -> None:
    header, *rows = (office / "data" / BAD).read_bytes().splitlines(keepends=True)
    (office / "data" / BAD).write_bytes(header + b"".join(rows) * 200)
    run(office)
    for path in (office / "odtool-jobs" / "nightly" / "runs").iterdir():
        assert path.stat().st_mode & 0o777 == 0o666 & ~UMASK
        assert path.stat().st_size < 500_000


def test_old_logs_and_pages_go_and_the_last_ones_stay(office: Path) -> None:
    setting(office, "keep_runs = 2")
    for day in range(1, 6):
        for folder, suffix in (("logs", ".jsonl"), ("runs", ".html"), ("runs", "-report.html")):
            old = office / "odtool-jobs" / "nightly" / folder / f"2026010{day}-020000-abcdef{suffix}"
            old.parent.mkdir(parents=True, exist_ok=True)
            old.touch()
    (office / "odtool-jobs" / "nightly" / "runs" / "mine.html").touch()
    run(office)
    left = sorted(path.name[:8] for path in (office / "odtool-jobs" / "nightly" / "runs").iterdir())
    assert left[0] == "20260105" and "mine.htm" in left and len(left) == 5
