"""That a job has run: a small file it writes when it begins and when it ends, and whoever misses it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from odtool.jobs import place
from odtool.jobs.place import Place
from odtool.jobs.settings import Job

GRACE = timedelta(hours=3)  # a machine that starts late, a portal that is slow

NAMED = 5  # jobs that one sentence names

State = Literal["never", "late", "unended", "failed", "ahead"]


@dataclass(frozen=True, slots=True)
class Beat:
    """The last run of a job. `ended` is "" while it is going on, or where it was broken off."""

    job: str
    run: str
    started: str
    ended: str = ""
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """A job that has not run when it should have, or did not get to its end. `due` is when it should have run; `last` when
    it last began, "" for never, both by this machine's clock. «ahead»: it ran at a time that is yet to come, so the clock
    is or was wrong, and whether the job is late cannot be told."""

    job: str
    state: State
    due: str
    last: str
    exit_code: int | None = None

    def text(self, lang: str) -> str:
        due, last = _words(self.due), _words(self.last)
        match self.state:
            case "never":
                ja = f"ジョブ {self.job} はまだ一度も実行されていません（予定: {due}）。登録されているか確かめてください（odtool jobs install）。"
                en = f"The job {self.job} has never run (it was due {due}). See whether it is installed (odtool jobs install)."
            case "late":
                ja = f"ジョブ {self.job} が予定の {due} に実行されていません（最後は {last}）。パソコンの電源と、登録を確かめてください。"
                en = f"The job {self.job} did not run when it was due, {due}; it last ran {last}. Look at the machine and the timer."
            case "unended":
                ja = f"ジョブ {self.job} は {last} に始まったまま終わっていません。途中で止められたようです。次の実行で続きから行います。"
                en = f"The job {self.job} began {last} and has not ended; it seems to have been killed. The next run goes on."
            case "ahead":
                ja = f"ジョブ {self.job} の最後の実行の時刻（{last}）が、いまより先です。このパソコンの時計を確かめてください。合っていれば、次の実行で直ります。"
                en = f"The job {self.job} last ran at a time that is yet to come, {last}. Look at this machine's clock; if it is right, the next run mends this."
            case _:
                ja = f"ジョブ {self.job} は {last} の実行で失敗しました（終了コード {self.exit_code}）。"
                en = f"The job {self.job} failed when it ran {last} (exit code {self.exit_code})."
        return en if lang == "en" else ja


def never(jobs: Sequence[str]) -> tuple[str, str]:
    """One sentence, in both languages, of several jobs that have never run."""
    named, more = jobs[:NAMED], len(jobs) - NAMED
    ja = f"{'、'.join(named)}{f' ほか{more:,}件' if more > 0 else ''}"
    en = f"{', '.join(named)}{f' and {more:,} more' if more > 0 else ''}"
    return (
        f"{len(jobs):,}件のジョブがまだ一度も実行されていません（{ja}）。登録されているか確かめてください（odtool jobs install）。",
        f"{len(jobs):,} jobs have never run ({en}). See whether they are installed (odtool jobs install).",
    )


def beat(where: Place, mark: Beat) -> None:
    """Raises UsageError where it cannot be written."""
    told = {
        "job": mark.job,
        "run": mark.run,
        "started": mark.started,
        "ended": mark.ended,
        "exit_code": mark.exit_code,
    }
    place.write(where.heartbeat, json.dumps(told, ensure_ascii=False) + "\n")


def last(where: Place) -> Beat | None:
    """The last run of the job in that place; None where it has none, or what is there cannot be read."""
    found = place.stored(where.heartbeat)
    job, run, started, ended = (str(found.get(key) or "") for key in ("job", "run", "started", "ended"))
    code = found.get("exit_code")
    return Beat(job, run, started, ended, code if isinstance(code, int) else None) if started else None


def late(jobs: Iterable[Job], folder: Path, now: datetime, grace: timedelta = GRACE) -> list[Missed]:
    """The jobs that are not as they should be, at `now` on this machine's clock. `folder` is that of all jobs; a job
    without a schedule is missed by nobody, but that its last run failed is told."""
    found = []
    for job in jobs:
        mark = last(Place(folder / job.name))
        due = job.schedule.previous(now - grace) if job.schedule else None
        if state := _state(mark, due, now, grace):
            began = local(mark.started, now) if mark else ""
            found.append(
                Missed(
                    job.name, state, due.isoformat() if due else "", began, mark.exit_code if mark else None
                )
            )
    return found


def local(at: str, now: datetime) -> str:
    """That time by the clock of `now`, which is the one that schedules go by; as it is where it is no time."""
    try:
        return datetime.fromisoformat(at).astimezone(now.tzinfo).isoformat()
    except ValueError:
        return at


def _state(mark: Beat | None, due: datetime | None, now: datetime, grace: timedelta) -> State | None:
    if mark is None:
        return "never" if due else None
    try:
        began = datetime.fromisoformat(mark.started).astimezone(now.tzinfo)
    except ValueError:
        return "never" if due else None
    if began > now + timedelta(minutes=5):  # more than clocks are set right by
        return "ahead"
    if due and began < due - timedelta(minutes=1):
        return "late"
    if not mark.ended:
        return "unended" if now - began > grace else None
    return "failed" if mark.exit_code not in (0, 1, None) else None


def _words(at: str) -> str:
    return at[:16].replace("T", " ")
