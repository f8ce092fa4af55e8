"""Several jobs, one after the other: what one of them meets does not stop the next; then everybody is told."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from odtool.errors import OdtoolError
from odtool.jobs import place, report
from odtool.jobs.digest import Digest, Entry
from odtool.jobs.notify import News, Warn, introduce, strangers
from odtool.jobs.notify import notify as tell_readers
from odtool.jobs.place import Place
from odtool.jobs.run import How, Ran, ledger_of, run_job
from odtool.jobs.settings import Job, Jobs
from odtool.jobs.telling import newest, since, tell
from odtool.ledger import record
from odtool.turn import BusyError


def run_all(
    declared: Jobs,
    jobs: Sequence[Job],
    folder: Path,
    how: How,
    lang: str,
    *,
    notify: bool,
    each: Callable[[Digest], None],
    warn: Warn,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """The worst exit code. `each` is told of every run when it has ended, `warn` of what could not be delivered or
    written beside it. Nothing that a job meets is raised."""
    code = 0
    news = []
    for job in jobs:
        where = Place(folder / job.name)
        if notify:
            with suppress(OdtoolError):  # what is wrong with the ledger or the folder, the run itself tells
                _introduce(job, where, how)
        ran = run_job(job, declared, where, how)
        digest = tell(ran, where, how)
        try:
            place.write(where.page(ran.run), report.run_page(ran, digest, lang))
            if ran.stopped:
                place.write(where.report(ran.run), report.refused_page(ran, how.today.isoformat(), lang))
        except OdtoolError as error:
            warn(error.ja, error.en)
            code = max(code, error.exit_code)
        each(digest)
        code = max(code, digest.code)
        if not isinstance(ran.error, BusyError):  # the run that is in the way tells of itself
            news.append(News(job, where, digest, partial(_since, job, how), _whole(ran, how)))
    if notify:
        code = max(code, tell_readers(news, declared.readers, warn, environment=environment))
    return code


def _whole(ran: Ran, how: How) -> bool:
    """Whether the run saw all there is, so that what it does not tell is settled."""
    return not (ran.error or ran.troubles or how.only)


def _introduce(job: Job, where: Place, how: How) -> None:
    """Who is told for the first time is told of what happens from now on, also if this run is broken off."""
    if new := strangers(where, job.notify):
        with record.ledger(ledger_of(how, job)) as book:
            introduce(where, new, newest(book, job))


def _since(job: Job, how: How, after: str) -> tuple[list[Entry], str]:
    with record.ledger(ledger_of(how, job)) as book:
        return since(book, job, after)
