"""Several jobs, one after the other: what one of them meets does not stop the next; then everybody is told."""

import os
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from odtool import workers
from odtool.errors import OdtoolError, is_fault
from odtool.exits import worst
from odtool.jobs import place, report
from odtool.jobs.digest import Digest, Entry, of_error
from odtool.jobs.notify import News, Warn, introduce, strangers
from odtool.jobs.notify import notify as tell_readers
from odtool.jobs.place import Place
from odtool.jobs.ran import How, Ran, own_fault
from odtool.jobs.run import ledger_of, run_job
from odtool.jobs.settings import Job, Jobs
from odtool.jobs.telling import newest, seen, since, tell
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
    codes = []
    news = []
    with workers.lasting():
        for job in jobs:
            where = Place(folder / job.name)
            if notify:
                with suppress(Exception):  # what is wrong with the ledger or the folder, the run itself tells
                    _introduce(job, where, how)
            ran = run_job(job, declared, where, how)
            digest = _told(ran, where, how)
            for error in _pages(ran, digest, where, how, lang):
                warn(error.ja, error.en)
                codes.append(error.exit_code)
            with suppress(OSError):  # nobody reads it any more; the pages and the log have it
                each(digest)
            codes.append(digest.code)
            if not isinstance(ran.error, BusyError):  # the run that is in the way tells of itself
                news.append(News(job, where, digest, partial(_since, job, how), seen(ran, how)))
    if notify:
        codes.append(tell_readers(news, declared.readers, warn, environment=environment))
    return worst(codes)


def _told(ran: Ran, where: Place, how: How) -> Digest:
    """The digest; where we fail at making it, one that says so."""
    try:
        return tell(ran, where, how)
    except Exception as error:  # noqa: BLE001 - the other jobs go on
        failed = own_fault(error, where, ran.run)
        ran.error, ran.code = failed, failed.exit_code
        entries = (of_error(ran.job.name, failed.ja, failed.en),)
        return Digest(
            ran.job.name, ran.run, ran.began, ran.ended, ran.job.portal, how.dry, ran.code, {}, entries,
            str(where.page(ran.run)),
        )  # fmt: skip


def _pages(ran: Ran, digest: Digest, where: Place, how: How, lang: str) -> Iterator[OdtoolError]:
    """Write the pages of the run, each by itself; what goes wrong with that."""
    pages = {where.page(ran.run): partial(report.run_page, ran, digest, lang)}
    if ran.stopped:
        pages[where.report(ran.run)] = partial(report.refused_page, ran, how.today.isoformat(), lang)
    for path, made in pages.items():
        try:
            place.write(path, made())
        except OdtoolError as error:
            yield error
        except BaseException as error:
            if not is_fault(error):
                raise
            kind, trace = type(error).__name__, where.trace(f"{ran.run}-pages")
            with suppress(OdtoolError):
                place.write(trace, "".join(traceback.format_exception(error)))
            yield OdtoolError(
                f"ジョブ {ran.job.name}: {path.name} を作れませんでした（プログラムの不具合: {kind}）。公開には影響ありません。"
                f"{trace} を開発者に送ってください。",
                f"The job {ran.job.name}: {path.name} could not be made (a fault of the program: {kind}). Nothing else is "
                f"affected. Please send us {trace}.",
            )


def _introduce(job: Job, where: Place, how: How) -> None:
    """Who is told for the first time is told of what happens from now on, also if this run is broken off."""
    if new := strangers(where, job.notify):
        with record.ledger(ledger_of(how, job)) as book:
            introduce(where, new, newest(book, job))


def _since(job: Job, how: How, after: str) -> tuple[list[Entry], str]:
    with record.ledger(ledger_of(how, job)) as book:
        return since(book, job, after)
