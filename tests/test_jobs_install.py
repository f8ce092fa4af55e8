"""The system's own timers, read by their real parsers."""

import os
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odtool.errors import UsageError
from odtool.jobs.install import Call, crontab, crontab_line, on_calendar, systemd
from odtool.jobs.schedule import schedule
from odtool.jobs.settings import Job
from odtool.jobs.windows import SPACE, task
from tests.needs import required
from tests.publishing import odtool

CONFIG = Path("/srv/市 役所/50% \"a\" 'b' $HOME/odtool.toml")
CALL = Call(CONFIG, state="/var/odtool 状態", python="/opt/py thon/bin/python3")
SCHEDULES = (
    "daily 02:00", "weekdays 02:30", "weekly mon 03:00", "weekly 日 03:00", "monthly 31 03:00", "hourly 15",
    "*/15 9-17 * * mon-fri", "0 2 1,15 4-6 *", "30 4 1 * fri", "0 0 */2 * *",
)  # fmt: skip


def job(text: str = "daily 02:00", name: str = "nightly") -> Job:
    return Job(name, "site", ("data",), schedule=schedule(text))


def unmet(need: str, why: str) -> NoReturn:
    if required(need):
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


def installed(need: str, package: str, command: str) -> str | None:
    """The command; where the need is required, its package is installed as far as this machine allows."""
    if not shutil.which(command) and required(need) and os.geteuid() == 0 and shutil.which("apt-get"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", package]):
            subprocess.run(["apt-get", "-qq", *arguments], env=env, check=False, capture_output=True)
    return shutil.which(command)


@pytest.fixture(scope="session")
def analyze() -> str:
    return installed("systemd", "systemd", "systemd-analyze") or unmet(
        "systemd", "systemd-analyze is not installed (Debian: apt-get install systemd)"
    )


@pytest.fixture(scope="session")
def reader() -> list[str]:
    """The command that only checks a crontab: -n of Debian 12, -T of Debian 13 and of cronie."""
    found = installed("cron", "cron", "crontab") or unmet(
        "cron", "crontab is not installed (Debian: apt-get install cron)"
    )
    for option in ("-T", "-n"):
        done = subprocess.run(
            [found, option, "-"], input="0 2 * * * true\n", capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return [found, option, "-"]
    unmet("cron", "this crontab cannot only check")


# --- systemd ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", SCHEDULES)
def test_systemd_takes_the_units(analyze: str, tmp_path: Path, text: str) -> None:
    here = tmp_path / "市 役所 50% \"a\" 'b'"
    here.mkdir()
    call = Call(here / "odtool.toml", state=str(tmp_path / "$HOME x\\y"), python=sys.executable)
    wanted = job(text)
    assert wanted.schedule
    for name, content in systemd(wanted, wanted.schedule, call).items():
        (tmp_path / name).write_text(content, "utf-8")
    units = [str(tmp_path / f"odtool-nightly.{kind}") for kind in ("service", "timer")]
    done = subprocess.run(
        [analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "odtool" in line]
    assert done.returncode == 0 and not ours, done.stderr


@pytest.mark.parametrize("text", SCHEDULES)
def test_systemd_and_cron_are_due_at_the_same_times(analyze: str, text: str) -> None:
    found = schedule(text)
    start = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    coming, moment = [], start
    for _ in range(6):
        following = found.next(moment)
        assert following
        coming.append(following)
        moment = following
    times = set()
    for expression in on_calendar(found):
        done = subprocess.run(
            [analyze, "calendar", "--iterations=12", f"--base-time={start:%Y-%m-%d %H:%M:%S}", expression],
            capture_output=True, text=True, check=True, env={**os.environ, "TZ": "UTC", "LC_ALL": "C"},
        )  # fmt: skip
        for line in done.stdout.splitlines():
            head, _, rest = line.partition(": ")
            if head.strip().startswith(("Next elapse", "Iter")) and "UTC" in rest:
                clock = rest.split(" ", 1)[1].removesuffix(" UTC").strip()
                times.add(datetime.strptime(f"{clock} +0000", "%Y-%m-%d %H:%M:%S %z"))
    assert sorted(times)[:6] == coming


def test_systemd_starts_the_very_program_with_the_very_arguments(tmp_path: Path) -> None:
    wanted = job()
    assert wanted.schedule
    service = systemd(wanted, wanted.schedule, CALL)["odtool-nightly.service"]
    line = next(row for row in service.splitlines() if row.startswith("ExecStart="))
    words = shlex.split(line.removeprefix("ExecStart="))
    assert [word.replace("$$", "$").replace("%%", "%") for word in words] == [
        CALL.python,
        *CALL.arguments(wanted),
    ]


# --- cron ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", SCHEDULES)
def test_cron_takes_the_lines(reader: list[str], text: str) -> None:
    wanted = job(text)
    assert wanted.schedule
    made = crontab("MAILTO=joho@example.jp\n", [(wanted, wanted.schedule)], CALL)
    done = subprocess.run(reader, input=made, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_cron_refuses_what_is_none(reader: list[str]) -> None:
    assert subprocess.run(
        reader, input="61 2 * * * true\n", capture_output=True, text=True, check=False
    ).returncode


def test_the_line_of_cron_starts_the_very_program_in_the_very_folder(tmp_path: Path) -> None:
    folder = tmp_path / "市 役所 50% \"a\" 'b' $HOME"
    folder.mkdir()
    tell = tmp_path / "py thon"
    tell.write_text('#!/bin/sh\npwd > "$OUT"\nfor a in "$@"; do echo "$a" >> "$OUT"; done\n')
    tell.chmod(0o755)
    wanted, call = job(), Call(folder / "odtool.toml", python=str(tell))
    assert wanted.schedule
    line = crontab_line(wanted, wanted.schedule, call)
    assert line.startswith("0 2 * * * ") and "%" not in line.replace("\\%", "")
    command = line.split(" ", 5)[5].replace("\\%", "%")  # as cron hands it to the shell
    subprocess.run(["/bin/sh", "-c", command], check=True, env={**os.environ, "OUT": str(tmp_path / "out")})
    assert (tmp_path / "out").read_text("utf-8").splitlines() == [str(folder), *call.arguments(wanted)]


def test_installing_again_replaces_our_lines_and_no_others() -> None:
    first, second = job(), job("daily 04:00", "other")
    assert first.schedule and second.schedule
    before = crontab("# mine\n0 1 * * * backup\n", [(first, first.schedule)], CALL) + "0 5 * * * last\n"
    after = crontab(before, [(second, second.schedule)], CALL)
    assert "# mine\n0 1 * * * backup\n" in after and "0 5 * * * last\n" in after
    assert "nightly" not in after and after.count("# odtool begin") == 1
    elsewhere = Call(Path("/other/odtool.toml"))
    assert crontab(after, [(first, first.schedule)], elsewhere).count("# odtool begin") == 2
    with pytest.raises(UsageError):
        crontab(f"# odtool begin {CONFIG}\n", [(first, first.schedule)], CALL)


def test_a_folder_with_a_line_break_in_its_name_is_refused() -> None:
    wanted, call = job(), Call(Path("/srv/a\nb/odtool.toml"))
    assert wanted.schedule
    for make in (systemd, crontab_line):
        with pytest.raises(UsageError):
            make(wanted, wanted.schedule, call)  # type: ignore[operator]


# --- Windows ---------------------------------------------------------------------------------------

SCHEMA = Path(__file__).parent / "task.xsd"


def windows(text: str) -> ET.Element:
    wanted = job(text)
    assert wanted.schedule
    data = task(wanted, wanted.schedule, CALL, date(2026, 11, 21)).encode("utf-16")
    return ET.fromstring(data)


def local(element: ET.Element) -> str:
    assert element.tag.startswith(f"{{{SPACE}}}")
    return element.tag.rpartition("}")[2]


def faults(document: str | bytes) -> list[str]:
    """What the schema finds wrong with a task."""
    xmlschema = pytest.importorskip("xmlschema")
    found = xmlschema.XMLSchema(SCHEMA).iter_errors(ET.fromstring(document))
    return [f"{error.path}: {error.reason}" for error in found]


@pytest.mark.parametrize("text", [s for s in SCHEDULES if s != "*/15 9-17 * * mon-fri"])
def test_a_task_is_valid_by_the_schema(text: str) -> None:
    wanted = job(text)
    assert wanted.schedule
    data = task(wanted, wanted.schedule, CALL, date(2026, 11, 21)).encode("utf-16")
    assert faults(data) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<WeeksInterval>1<", "<WeeksInterval>53<"),
        ("<Monday />", "<Mon />"),
        ('Context="Author"', 'Context="Nobody"'),
        ("<StartBoundary>2026-11-21T", "<StartBoundary>21.11.2026 "),
        ("PT12H", "12 hours"),
        ("<Command>", "<Program /><Command>"),
        ("Password", "password"),
    ],
)
def test_the_schema_finds_what_is_wrong(before: str, after: str) -> None:
    wanted = job("weekly mon 03:00")
    assert wanted.schedule
    text = task(wanted, wanted.schedule, CALL, date(2026, 11, 21)).partition("?>")[2]
    assert before in text and faults(text) == [] and faults(text.replace(before, after))


def test_a_place_that_no_task_can_have_is_refused() -> None:
    wanted = job()
    assert wanted.schedule
    for folder in ("x" * 254, "a\nb"):
        with pytest.raises(UsageError):
            task(
                wanted, wanted.schedule, Call(Path("/srv") / folder / "y" / "odtool.toml"), date(2026, 11, 21)
            )
    assert task(wanted, wanted.schedule, Call(Path("/srv") / ("x" * 250) / "odtool.toml"), date(2026, 11, 21))


def test_a_task_names_the_days_and_quotes_the_arguments() -> None:
    space = {"t": SPACE}
    weekly = windows("weekdays 02:30")
    days = weekly.find(".//t:DaysOfWeek", space)
    assert days is not None
    assert [local(day) for day in days] == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    assert weekly.findtext(".//t:StartBoundary", namespaces=space) == "2026-11-21T02:30:00"
    assert weekly.findtext(".//t:Command", namespaces=space) == CALL.python
    told = weekly.findtext(".//t:Arguments", namespaces=space) or ""
    assert '"/var/odtool 状態"' in told and '\\"a\\"' in told
    assert len(windows("30 4 1 * fri").findall(".//t:CalendarTrigger", space)) == 2
    assert len(windows("hourly 15").findall(".//t:CalendarTrigger", space)) == 24
    with pytest.raises(UsageError):
        windows("* 9-17 * * *")  # 540 triggers


@settings(max_examples=50, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).filter(
        lambda t: "/" not in t
    )
)
def test_any_folder_name_survives_the_shell_and_xml(name: str) -> None:
    call, wanted = Call(Path("/srv") / name / "odtool.toml"), job()
    assert wanted.schedule
    line = crontab_line(wanted, wanted.schedule, call).replace("\\%", "%")
    assert str(call.config) in shlex.split(line)
    text = task(wanted, wanted.schedule, call, date(2026, 11, 21))
    if all(ord(c) not in (0xFFFE, 0xFFFF) for c in name):
        folder = ET.fromstring(text.encode("utf-16")).findtext(f".//{{{SPACE}}}WorkingDirectory")
        assert folder == str(call.folder)


# --- the command -----------------------------------------------------------------------------------

SETTINGS = """[portals.site]
type = "folder"
path = "public"
[jobs.nightly]
portal = "site"
sources = ["data"]
schedule = "daily 02:00"
[jobs.by-hand]
portal = "site"
sources = ["data"]
"""


def test_the_command_writes_the_units_of_all_jobs_with_a_schedule(tmp_path: Path) -> None:
    (tmp_path / "odtool.toml").write_text(SETTINGS, "utf-8")
    done = odtool(tmp_path, "jobs", "install", "--systemd", XDG_CONFIG_HOME=str(tmp_path / "config"))
    assert done.returncode == 0 and "systemctl --user enable --now odtool-nightly.timer" in done.stdout
    folder = tmp_path / "config" / "systemd" / "user"
    assert sorted(path.name for path in folder.iterdir()) == [
        "odtool-nightly.service",
        "odtool-nightly.timer",
    ]
    assert odtool(tmp_path, "jobs", "install", "--windows").returncode == 0
    ET.fromstring((tmp_path / "odtool-nightly.xml").read_bytes())
    assert odtool(tmp_path, "jobs", "install", "by-hand", "--systemd").returncode == 2


def test_files_written_elsewhere_are_named_so_that_the_next_step_works_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "odtool.toml").write_text(SETTINGS, "utf-8")
    made = odtool(tmp_path, "jobs", "install", "--systemd", "-o", "my units").stdout
    for suffix in ("service", "timer"):
        assert f"{tmp_path}/my units/odtool-nightly.{suffix}'" in made.partition("systemctl --user link")[2]
    made = odtool(tmp_path, "jobs", "install", "--windows", "-o", "tasks").stdout
    assert f'/XML "{tmp_path / "tasks" / "odtool-nightly.xml"}"' in made


def test_the_command_puts_the_lines_into_the_crontab(tmp_path: Path) -> None:
    (tmp_path / "odtool.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "table").write_text("0 1 * * * backup\n")
    stand_in = (
        tmp_path / "bin" / "crontab"
    )  # of the system's own command: this machine's table is not ours to change
    stand_in.parent.mkdir()
    stand_in.write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then cat {tmp_path}/table; else cat > {tmp_path}/new; fi\n'
    )
    stand_in.chmod(0o755)
    done = odtool(tmp_path, "jobs", "install", "--cron", PATH=f"{stand_in.parent}:{os.environ['PATH']}")
    assert done.returncode == 0
    made = (tmp_path / "new").read_text("utf-8")
    assert made.startswith("0 1 * * * backup\n# odtool begin") and "run nightly" in made
    (tmp_path / "table").write_text(made, "utf-8")
    more = '[jobs.later]\nportal = "site"\nsources = ["data"]\nschedule = "daily 04:00"\n'
    (tmp_path / "odtool.toml").write_text(SETTINGS + more, "utf-8")
    one = ("jobs", "install", "--cron", "later")  # the others stay as they are installed
    assert odtool(tmp_path, *one, PATH=f"{stand_in.parent}:{os.environ['PATH']}").returncode == 0
    made = (tmp_path / "new").read_text("utf-8")
    assert (
        made.count(" run nightly ") == 1
        and made.count(" run later ") == 1
        and made.count("# odtool begin") == 1
    )
    shown = odtool(tmp_path, "jobs", "install", "--cron", "--print")
    assert "run nightly" in shown.stdout and "backup" not in shown.stdout
    (tmp_path / "new").unlink()
    for said, code in (("cannot read the spool", 2), ("no crontab for root", 0)):
        stand_in.write_text(
            f'#!/bin/sh\nif [ "$1" = -l ]; then echo {said} >&2; exit 1; else cat > {tmp_path}/new; fi\n'
        )
        done = odtool(tmp_path, "jobs", "install", "--cron", PATH=f"{stand_in.parent}:{os.environ['PATH']}")
        assert done.returncode == code and (tmp_path / "new").exists() is (code == 0)
        assert (said in done.stderr) is (code == 2)
