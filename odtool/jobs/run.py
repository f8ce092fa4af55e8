"""One job from beginning to end: collect → validate → (allowed fixes) → plan → apply → record.

One bad file or one dead source stops only itself. A run that is broken off anywhere leaves nothing that the next one does
not put right: what is published is looked up on the portal, what is fetched or mended is kept whole or not at all.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path, PurePath

from odtool import workers
from odtool.errors import OdtoolError, is_fault
from odtool.jobs import heartbeat, token
from odtool.jobs.claims import claims
from odtool.jobs.collecting import collect
from odtool.jobs.columns import columns, remembered
from odtool.jobs.demands import demands
from odtool.jobs.heartbeat import Beat
from odtool.jobs.log import Log
from odtool.jobs.mended import mended
from odtool.jobs.place import Place
from odtool.jobs.ran import How, Ran, code, counts, failed, noted, own_fault, traced
from odtool.jobs.settings import Job, Jobs
from odtool.jobs.work import Work, reporting
from odtool.judging import cache, check
from odtool.ledger import record
from odtool.portal.waiting import told
from odtool.publishing.publish import connect
from odtool.settings import config
from odtool.settings.portal import Settings
from odtool.turn import BusyError, turn

KEPT_FINDINGS = 20  # of each rule, for the report of what was refused: enough to see what is meant


def run_job(job: Job, jobs: Jobs, where: Place, how: How) -> Ran:
    """Run the job. Nothing that is wrong with it is raised: it is in what is given back, with its exit code."""
    ran = Ran(job, _name(how.now()), how.now())
    try:
        with _alone(job, where, how):
            whole = not (how.dry or how.only)  # anything else is no sign that the job runs as it should
            if whole:
                heartbeat.beat(where, Beat(job.name, ran.run, ran.began))
            try:
                _logged(ran, jobs, where, how)
            except OdtoolError as error:
                ran.error = ran.error or error
            ran.ended, ran.code = how.now(), code(ran)  # an interruption never gets here: it is no end
            where.forget(job.keep_runs)
            if whole:
                heartbeat.beat(where, Beat(job.name, ran.run, ran.began, ran.ended, ran.code))
    except OdtoolError as error:
        ran.error = ran.error or error
    except BaseException as error:
        if not is_fault(error):
            raise
        ran.error = own_fault(error, where, ran.run)
    ran.ended = ran.ended or how.now()
    ran.code = code(ran)
    return ran


def _name(now: str) -> str:
    """As the ledger names its runs: when, and something to keep two apart."""
    bare = now[:19].replace("-", "").replace(":", "").replace("T", "-")
    return f"{bare}-{secrets.token_hex(3)}"


@contextlib.contextmanager
def _alone(job: Job, where: Place, how: How) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(turn(str(where.root.absolute()), wait=min(5.0, how.wait)))
        except BusyError:
            raise BusyError(
                f"ジョブ {job.name} は、いま別の odtool が実行しています。何もしませんでした。終わってから実行してください。",
                f"The job {job.name} is being run by another odtool. Nothing was done. Run it when that has finished.",
            ) from None
        yield


def _logged(ran: Ran, jobs: Jobs, where: Place, how: How) -> None:
    with Log(where.log(ran.run), ran.run, ran.job.name, how.now) as log:
        where.begun(ran.run)
        log.note("begin", dry_run=how.dry, portal=ran.job.portal)
        try:
            _opened(ran, jobs, where, how, log)
        except OdtoolError as error:
            ran.error = error
            log.note("error", code=error.exit_code, ja=error.ja, en=error.en)
        except BaseException as error:
            if not is_fault(error):
                raise
            ran.error = own_fault(error, where, ran.run)
            log.note("error", code=ran.error.exit_code, ja=ran.error.ja, en=ran.error.en)
        traced(ran, where, log)
        log.note("end", code=code(ran), **{k.replace("-", "_"): n for k, n in counts(ran).items()})


def _opened(ran: Ran, jobs: Jobs, where: Place, how: How, log: Log) -> None:
    """With the ledger, the portal and the cache at hand."""
    job = ran.job
    settings = _portal(job, jobs)
    ran.portal, ran.address = settings.name, _address(settings)
    choice = check.choose(job.dataset, None, KEPT_FINDINGS, columns=columns(job), remembered=remembered(job))
    gathered = collect(job, where.work, watch=how.watch, made=_made(jobs, where.root.parent))
    ran.origins = dict(gathered.origins)
    ran.troubles += gathered.troubles
    paths = [path for path in gathered.paths if _wanted(ran.origin(path), path, how.only)]
    log.note("collected", files=len(paths), fetched=gathered.fetched, unchanged=gathered.unchanged)
    for each in gathered.troubles:
        log.note("source-failed", where=each.where, code=each.code, ja=each.ja, en=each.en)
    with contextlib.ExitStack() as stack:
        stack.enter_context(workers.apart())
        book = stack.enter_context(record.ledger(ledger_of(how, job)))
        if not how.dry:
            stack.enter_context(turn(ran.address, wait=how.wait, waiting=how.waiting))
        running = stack.enter_context(
            book.run(f"run {job.name}", portal=settings.name, address=ran.address, now=how.now)
        )
        log.note("ledger", ledger_run=running.id)
        verdicts = stack.enter_context(cache.opened(how.today.toordinal(), always=True))
        copies = mended(
            paths, job, choice, where.work, jobs=how.processes, verdicts=verdicts, watch=how.watch
        )
        ran.copies = copies.of
        for fault in copies.faults:
            failed(ran, fault, log)
        for copy, original in copies.of.items():
            log.note("mended", file=ran.origin(original), copy=copy)
        portal = stack.enter_context(
            contextlib.closing(
                connect(
                    settings,
                    writing=not how.dry,
                    create_organization=job.create_organization,
                    tell=running.call,
                    report=reporting(choice),
                )
            )
        )
        stack.enter_context(told(lambda waited, left: log.note("waiting", seconds=waited, at_most=left)))
        ran.before = book.published(portal.address)
        ran.changes = book.renewals(portal.address)
        if copies.paths:
            kept = claims(book, ran.before, job, _beside(job, jobs, ran.address))
            wanted = demands(job, copies.paths, jobs=how.processes, verdicts=verdicts)
            work = Work(ran, portal, settings.policy, choice, how, log, running, verdicts, kept, wanted)
            work.publish(copies.paths)
        _token(ran, settings, how, log)
        running.code = code(ran)
        noted(ran, log)


def _portal(job: Job, jobs: Jobs) -> Settings:
    settings = config.portal_named(job.portal, str(jobs.path))
    if not settings.path:
        return settings
    # One spelling in pages, links and locks, wherever the program was started.
    base = job.base if job.portal.startswith("folder:") else Path.cwd()
    return replace(settings, path=os.path.abspath(base / settings.path))  # noqa: PTH100 - a link stays one


def _made(jobs: Jobs, folder: Path) -> Iterator[str | Path]:
    """Where this job and the others keep what they wrote and publish: nothing that a person put there."""
    for job in jobs.jobs.values():
        yield from Place(folder / job.name).made
        with contextlib.suppress(OdtoolError):  # what is wrong with it, that job tells
            if path := _portal(job, jobs).path:
                yield path


def _address(settings: Settings) -> str:
    return settings.url or settings.path


def _beside(job: Job, jobs: Jobs, address: str) -> Iterator[str]:
    """The other jobs that publish to the portal of that address, whatever each of them calls it."""
    for other in jobs.jobs.values():
        if other.name != job.name:
            with contextlib.suppress(OdtoolError):  # what is wrong with it, that job tells
                if _address(_portal(other, jobs)) == address:
                    yield other.name


def _token(ran: Ran, settings: Settings, how: How, log: Log) -> None:
    """Once for each portal and run. Where something was written, the portal has just taken the token."""
    if settings.name in how.asked:
        return
    how.asked.add(settings.name)
    wrote = any(outcome.status in ("published", "withdrawn") for outcome in ran.outcomes)
    now = datetime.fromisoformat(how.now())
    ran.token_seen, ran.token = token.ailing(settings, now, ask=not wrote)
    if ran.token:
        log.note("token", ja=ran.token[0], en=ran.token[1])


def ledger_of(how: How, job: Job) -> str:
    """A relative ledger lies beside the settings: a timer starts the program wherever it likes."""
    return os.path.join(job.base, how.ledger)  # noqa: PTH118


def _wanted(origin: str, path: str, only: tuple[str, ...]) -> bool:
    names = {PurePath(origin.replace("\\", "/")).name, origin, path, PurePath(path.replace("\\", "/")).name}
    return not only or any(fnmatch(name, pattern) for name in names for pattern in only)
