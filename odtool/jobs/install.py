"""A job's schedule → what the system's own timer wants: systemd units, a line of a crontab, a task of Windows.

Every form quotes in its own way; a folder may have blanks, Japanese names, percent signs and quotes in its path.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from odtool.errors import UsageError
from odtool.jobs.schedule import DAYS, Schedule
from odtool.jobs.settings import Job
from odtool.text import visible

FULL = (frozenset(range(60)), frozenset(range(24)), frozenset(range(1, 32)), frozenset(range(1, 13)), frozenset(range(7)))  # fmt: skip
_NONE_YET = re.compile(rb"no crontab|No such file")  # Debian, macOS; busybox
_STARTED = re.compile(r" -m odtool run ([\w-]+) --config ")


@dataclass(frozen=True, slots=True)
class Call:
    """How a timer starts a job: this very program, in the folder of the settings."""

    config: Path
    ledger: str = ""
    state: str = ""
    python: str = sys.executable

    @property
    def folder(self) -> Path:
        return self.config.parent

    def arguments(self, job: Job) -> list[str]:
        found = ["-m", "odtool", "run", job.name, "--config", str(self.config)]
        found += ["--ledger", self.ledger] if self.ledger else []
        return [*found, "--state", self.state] if self.state else found


def scheduled(jobs: Sequence[Job]) -> list[tuple[Job, Schedule]]:
    """The jobs that have a schedule. Raises UsageError where none has."""
    found = [(job, job.schedule) for job in jobs if job.schedule]
    if not found:
        raise UsageError(
            'schedule のあるジョブがありません。[jobs.名前] に schedule = "daily 02:00" のように書いてください。',
            'No job has a schedule. Write schedule = "daily 02:00" into [jobs.NAME].',
        )
    return found


def plain(path: str) -> str:
    """Raises UsageError for what no timer's file can hold."""
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in path):
        raise UsageError(
            "フォルダーの名前に改行などの制御文字があるため、登録できません。名前を変えてください。",
            "The folder's name has control characters, so no timer can be written. Rename it.",
        )
    return path


# --- systemd: https://www.freedesktop.org/software/systemd/man/systemd.syntax.html, systemd.time.html ------------


def systemd(job: Job, schedule: Schedule, call: Call) -> dict[str, str]:
    """The texts of the service and the timer, by their file names."""
    name = f"odtool-{job.name}"
    command = " ".join(map(_systemd_word, [call.python, *call.arguments(job)]))
    folder = plain(str(call.folder)).replace("%", "%%")
    service = f"""# odtool jobs install --systemd
[Unit]
Description=odtool run {job.name}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
WorkingDirectory={folder}
Environment=PYTHONUTF8=1
EnvironmentFile=-{folder}/odtool.env
ExecStart={command}
SuccessExitStatus=1
"""
    calendar = "".join(f"OnCalendar={when}\n" for when in on_calendar(schedule))
    timer = f"""# odtool jobs install --systemd
[Unit]
Description=odtool run {job.name}: {plain(schedule.text).replace("%", "%%")}

[Timer]
{calendar}Persistent=true

[Install]
WantedBy=timers.target
"""
    return {f"{name}.service": service, f"{name}.timer": timer}


def _systemd_word(word: str) -> str:
    escaped = plain(word).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def on_calendar(schedule: Schedule) -> list[str]:
    """systemd's expressions: it wants both days, where cron is content with either, so that takes two."""
    minutes, hours, dates, months, days = schedule.fields
    clock = f"{_two(hours, FULL[1])}:{_two(minutes, FULL[0])}:00"
    month, date, day = _two(months, FULL[3]), _two(dates, FULL[2]), _named(days)
    if schedule.either_day:
        return [f"*-{month}-{date} {clock}", f"{day} *-{month}-* {clock}".strip()]
    return [f"{day} *-{month}-{date} {clock}".strip()]


def _two(numbers: frozenset[int], full: frozenset[int]) -> str:
    return "*" if numbers == full else ",".join(f"{n:02}" for n in sorted(numbers))


def _named(days: frozenset[int]) -> str:
    return "" if days == FULL[4] else ",".join(DAYS[n].capitalize() for n in sorted(days))


# --- cron: https://manpages.debian.org/crontab.5 ------------------------------------------------------------


def crontab_line(job: Job, schedule: Schedule, call: Call) -> str:
    """The line. What a run has to say is in its pages; only what goes wrong is left for cron's mail."""
    words = " ".join(shlex.quote(plain(word)) for word in [call.python, *call.arguments(job)])
    command = f"cd {shlex.quote(plain(str(call.folder)))} && PYTHONUTF8=1 {words} >/dev/null"
    return f"{_cron_fields(schedule)} {command.replace('%', chr(92) + '%')}"


def _cron_fields(schedule: Schedule) -> str:
    """In numbers: not every cron takes names in lists. A field that begins with * stays as it is: it means more."""
    parts = zip(schedule.cron.split(), schedule.fields, strict=True)
    return " ".join(
        part if part.startswith("*") else ",".join(map(str, sorted(numbers))) for part, numbers in parts
    )


def crontab(
    before: str, jobs: Sequence[tuple[Job, Schedule]], call: Call, *, others: Collection[str] = ()
) -> str:
    """The crontab with the lines of these settings in place of those of an earlier time; whatever else it holds stays, and
    so do the lines of these settings for the jobs named as `others`."""
    begin, end = f"# odtool begin {plain(str(call.config))}", f"# odtool end {call.config}"
    kept: list[str] = []
    ours: list[str] = []
    inside = False
    for line in before.splitlines():
        inside = inside or line == begin
        if not inside:
            kept.append(line)
        elif (found := _STARTED.search(line)) and found[1] in others:
            ours.append(line)
        inside = inside and line != end
    if inside:
        raise UsageError(
            f"crontab の「{begin}」に終わりの行がありません。crontab -e で直してください。",
            f"In the crontab “{begin}” has no end. Mend it with crontab -e.",
        )
    ours += [crontab_line(job, when, call) for job, when in jobs]
    return "\n".join([*kept, begin, *ours, end]) + "\n"


def install_cron(jobs: Sequence[tuple[Job, Schedule]], call: Call, *, others: Collection[str] = ()) -> None:
    """Into the crontab of this user. Raises UsageError."""
    try:
        before = subprocess.run(
            ["crontab", "-l"], capture_output=True, env={**os.environ, "LC_ALL": "C"}, check=False
        )
        if before.returncode and not _NONE_YET.search(before.stderr):  # what is there would be lost
            told = visible(before.stderr.decode("utf-8", "replace").strip(), 300)
            raise UsageError(
                f"いまの crontab を読めません（{told}）。何も変えていません。",
                f"The crontab that there is cannot be read ({told}). Nothing was changed.",
            )
        held = before.stdout if before.returncode == 0 else b""
        made = crontab(held.decode("utf-8", "surrogateescape"), jobs, call, others=others)
        done = subprocess.run(
            ["crontab", "-"], input=made.encode("utf-8", "surrogateescape"), capture_output=True, check=False
        )
    except OSError:
        raise UsageError(
            "crontab コマンドがありません。cron を入れるか、--systemd を使ってください。",
            "There is no command crontab. Install cron, or use --systemd.",
        ) from None
    if done.returncode:
        raise UsageError(
            "crontab に登録できませんでした（この利用者には許されていないのかもしれません）。何も変わっていません。",
            "The crontab was not taken; this user may not be allowed to have one. Nothing was changed.",
        )
