"""One job from beginning to end: collect → validate → (allowed fixes) → plan → apply → record.

One bad file or one dead source stops only itself. A run that is broken off anywhere leaves nothing that the next one does
not put right: what is published is looked up on the portal, what is fetched or mended is kept whole or not at all.
"""

import contextlib
import os
import secrets
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fnmatch import fnmatch
from pathlib import Path, PurePath

from odtool import workers
from odtool.datasets import catalog, mapping
from odtool.errors import FaultError, OdtoolError, UsageError, is_fault
from odtool.jobs import found, heartbeat, place, token
from odtool.jobs.claims import Claims, claims
from odtool.jobs.collecting import collect
from odtool.jobs.demands import Demands, demands
from odtool.jobs.heartbeat import Beat
from odtool.jobs.log import Log
from odtool.jobs.mended import mended
from odtool.jobs.place import Place
from odtool.jobs.settings import Job, Jobs
from odtool.judging import cache, check
from odtool.judging.check import Choice
from odtool.ledger import record
from odtool.ledger.journal import Publication
from odtool.ledger.record import Running
from odtool.model import FileReport
from odtool.planning.decide import UnprunableError, settle
from odtool.planning.metadata import Policy
from odtool.planning.plan import Offer, Plan, Refusal, Wishes
from odtool.planning.planfile import listed, to_json
from odtool.portal import Portal
from odtool.portal.waiting import told
from odtool.publishing import flow
from odtool.publishing.publish import Limits, Outcome, connect, exit_code
from odtool.settings import config
from odtool.settings.portal import Settings
from odtool.text import visible
from odtool.turn import BusyError, turn
from odtool.watching import Watch, unwatched

KEPT_FINDINGS = 20  # of each rule, for the report of what was refused: enough to see what is meant


@dataclass(frozen=True, slots=True)
class How:
    """What the caller decides. `only` are patterns of file names; `asked` are the portals
    at which the token was looked at in this run; `today` is the day by which overdue data is told."""

    now: Callable[[], str]
    today: date
    ledger: str = "odtool-ledger.sqlite"
    dry: bool = False
    only: tuple[str, ...] = ()
    processes: int | None = None
    watch: Watch = unwatched
    waiting: Callable[[str, str], None] = lambda *_: None
    wait: float = 60.0
    asked: set[str] = field(default_factory=set, compare=False)


@dataclass(slots=True)
class Ran:
    """All that is known of a run; filled as it goes. `left` is what the job published of municipalities that offer nothing any
    more, and does not withdraw. `held` are the valid files that the job's own demands hold back, with
    the rules that they name."""

    job: Job
    run: str
    began: str
    ended: str = ""
    portal: str = ""
    address: str = ""
    code: int = 0
    plan: Plan | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    reports: dict[str, FileReport] = field(default_factory=dict)
    troubles: list[found.Trouble] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    error: OdtoolError | None = None
    before: list[Publication] = field(default_factory=list)
    changes: list[Publication] = field(default_factory=list)
    held: dict[str, frozenset[str]] = field(default_factory=dict)
    left: list[Publication] = field(default_factory=list)
    token: tuple[str, str] | None = None
    token_seen: bool = False
    unpruned: bool = False

    def origin(self, path: str) -> str:
        """The file as its owner knows it: not our copy, not where it was unpacked; below the settings from there."""
        path = self.copies.get(path, path)
        path = self.origins.get(path, path)
        return path.removeprefix(os.path.join(self.job.base, ""))  # noqa: PTH118 - keeps what is no path

    @property
    def stopped(self) -> list[FileReport]:
        """Reports of what is not published for what is in it."""
        return [
            report for path, report in self.reports.items() if report.status != "valid" or path in self.held
        ]


class _IncompleteError(OdtoolError):
    """A file vanished while what is missing was to be withdrawn."""


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
            ran.ended, ran.code = how.now(), _code(ran)  # an interruption never gets here: it is no end
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
    ran.code = _code(ran)
    return ran


def own_fault(error: BaseException, where: Place, run: str) -> OdtoolError:
    """The sentence for the reader; the trace is for us, beside the logs."""
    kind, path = type(error).__name__, where.trace(run)
    with contextlib.suppress(OdtoolError):
        place.write(path, "".join(traceback.format_exception(error)))
    return OdtoolError(
        f"odtool の不具合で止まりました（{kind}）。{path} を開発者に送ってください。次の実行で続きから行います。",
        f"odtool itself failed ({kind}). Please send us {path}. The next run goes on from there.",
    )


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
        _traced(ran, where, log)
        log.note("end", code=_code(ran), **{k.replace("-", "_"): n for k, n in counts(ran).items()})


def _traced(ran: Ran, where: Place, log: Log) -> None:
    """Write down for us where we failed at single files."""
    places = [each.trace for each in ran.troubles if each.trace]
    places += [each.trace for each in ran.outcomes if each.trace]
    if places and not (path := where.trace(ran.run)).exists():
        place.write(path, "\n".join(places))
        log.note("trace", file=path.name)


def _opened(ran: Ran, jobs: Jobs, where: Place, how: How, log: Log) -> None:
    """With the ledger, the portal and the cache at hand."""
    job = ran.job
    settings = config.portal_named(job.portal, str(jobs.path))
    if settings.path:  # one spelling in pages, links and locks, wherever the program was started
        base = job.base if job.portal.startswith("folder:") else Path.cwd()
        settings = replace(settings, path=os.path.abspath(base / settings.path))  # noqa: PTH100 - a link stays one
    ran.portal, ran.address = settings.name, settings.url or settings.path
    choice = check.choose(job.dataset, None, KEPT_FINDINGS, columns=columns(job), remembered=remembered(job))
    gathered = collect(job, where.work, watch=how.watch)
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
            _failed(ran, fault, log)
        for copy, original in copies.of.items():
            log.note("mended", file=ran.origin(original), copy=copy)
        portal = stack.enter_context(
            contextlib.closing(
                connect(
                    settings,
                    writing=not how.dry,
                    create_organization=job.create_organization,
                    tell=running.call,
                    report=_reporting(choice),
                )
            )
        )
        stack.enter_context(told(lambda waited, left: log.note("waiting", seconds=waited, at_most=left)))
        ran.before = book.published(portal.address)
        ran.changes = book.renewals(portal.address)
        if copies.paths:
            kept = claims(book, ran.before, job, jobs)
            wanted = demands(job, copies.paths, jobs=how.processes, verdicts=verdicts)
            work = _Work(ran, portal, settings.policy, choice, how, log, running, verdicts, kept, wanted)
            work.publish(copies.paths)
        _token(ran, settings, how, log)
        running.code = _code(ran)
        _noted(ran, log)


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


@dataclass(frozen=True, slots=True)
class _Work:
    """The part of a run that speaks to the portal."""

    ran: Ran
    portal: Portal
    policy: Policy
    choice: Choice
    how: How
    log: Log
    running: Running
    verdicts: "cache.Verdicts | None"
    claims: Claims
    demands: Demands

    def publish(self, paths: Sequence[str]) -> None:
        """Plan and, unless this is a trial, apply. What seems to be missing is withdrawn only where everything was to
        be had and recognised: a share that is not connected tonight is no reason to take its data off the portal."""
        ran = self.ran
        ran.unpruned = ran.job.prune and bool(ran.troubles or self.how.only)
        try:
            self._attempt(paths)
        except _IncompleteError:
            ran.unpruned = True
            ran.troubles.pop()  # it will be told again
            self._attempt(paths)
        except UnprunableError:  # before anything was written; why the file is refused is told with it
            ran.unpruned = True
            self._attempt(paths)

    def _attempt(self, paths: Sequence[str]) -> None:
        ran, how, job = self.ran, self.how, self.ran.job
        pruning = job.prune and not ran.unpruned
        # What the job published is its own, also of a municipality of which nothing is left. That all of somebody's data
        # vanishes is more often an accident, so it is done only within a limit that somebody has thought of.
        wishes = Wishes(prune=pruning, emptied=pruning and job.max_delete is not None)
        if how.dry:
            plan, reports = flow.make_plan(
                paths, self.portal, self.policy, self.choice, now=how.now, municipality=job.municipality,
                wishes=wishes, before=self.claims.own, note=self.running.note, missing=self._missing, settled=self._settled, demanded=self._demanded,
                jobs=how.processes, verdicts=self.verdicts, watch=how.watch,
            )  # fmt: skip
            self._judged(reports)
            self._planned(plan)
            return
        flow.publish(
            paths, self.portal, self.policy, self.choice, now=how.now, municipality=job.municipality, wishes=wishes,
            before=self.claims.own, limits=Limits(job.max_update, job.max_delete), note=self.running.note,
            each=ran.outcomes.append, planned=self._planned, reported=self._judged, missing=self._missing,
            settled=self._settled, demanded=self._demanded, jobs=how.processes, verdicts=self.verdicts, watch=how.watch,
        )  # fmt: skip

    def _settled(self, offers: Iterable[Offer]) -> list[Offer]:
        return settle(self.claims.apart(offers), self.ran.origin)

    def _demanded(self, report: FileReport) -> Refusal | None:
        refusal = self.demands.refusal(report)
        if refusal and self.demands.held(report):
            self.ran.held[report.path] = frozenset(self.demands.broken(report))
        return refusal

    def _missing(self, error: OdtoolError) -> None:
        _failed(self.ran, error, self.log)
        if self.ran.job.prune and not self.ran.unpruned:
            raise _IncompleteError(error.ja, error.en)

    def _planned(self, plan: Plan) -> None:
        self.ran.plan = plan
        if plan.wishes.prune and not plan.wishes.emptied:
            there = {item.offer.municipality for item in plan.items}
            self.ran.left = [p for p in self.claims.own if p.municipality not in there]
        self.running.plan(to_json(plan), listed(plan))
        self.log.note("planned", **{action: plan.count(action) for action in {i.action for i in plan.items}})

    def _judged(self, reports: list[FileReport]) -> None:
        self.ran.reports = {report.path: report for report in reports}


def _failed(ran: Ran, error: OdtoolError, log: Log) -> None:
    """One file was not to be had, or we failed at it."""
    name = ""
    if isinstance(error, FaultError):
        name = ran.origin(error.where)
        error = error.at(visible(name, 500))
    ran.troubles.append(found.trouble(name, error))
    log.note("file-failed", code=error.exit_code, ja=error.ja, en=error.en)


def _noted(ran: Ran, log: Log) -> None:
    for path, report in ran.reports.items():
        dataset = report.match.dataset.id if report.match else ""
        log.note(
            "judged", file=ran.origin(path), sha256=report.sha256 or "", status=report.status, dataset=dataset,
            errors=report.counts["error"], warnings=report.counts["warning"],
        )  # fmt: skip
    for outcome in ran.outcomes:
        offer = outcome.item.offer
        if outcome.status != "unchanged":
            log.note(
                "outcome", status=outcome.status, action=outcome.item.action, dataset=offer.dataset_name,
                file=offer.file_name, source=ran.origin(offer.path), ja=outcome.ja, en=outcome.en, url=outcome.url,
            )  # fmt: skip


# --- what the settings mean ------------------------------------------------------------------------


def columns(job: Job) -> mapping.Columns | None:
    return _mapping(Path(job.mapping)) if job.mapping else None


def remembered(job: Job) -> tuple[mapping.Columns, ...]:
    """The mappings beside the settings, as for every other command."""
    return tuple(_mapping(path) for path in sorted((job.base / "mappings").glob("*.toml")))


def _mapping(path: Path) -> mapping.Columns:
    try:
        return mapping.from_toml(path.read_text("utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"{path}: 項目名の対応表を読めません。場所と文字コード（UTF-8）を確かめてください。",
            f"{path}: the mapping cannot be read as UTF-8 text.",
        ) from None


def ledger_of(how: How, job: Job) -> str:
    """A relative ledger lies beside the settings: a timer starts the program wherever it likes."""
    return os.path.join(job.base, how.ledger)  # noqa: PTH118


def _wanted(origin: str, path: str, only: tuple[str, ...]) -> bool:
    names = {PurePath(origin.replace("\\", "/")).name, origin, path, PurePath(path.replace("\\", "/")).name}
    return not only or any(fnmatch(name, pattern) for name in names for pattern in only)


def _reporting(choice: Choice) -> Callable[[Offer, bytes], FileReport | None]:
    """What is found in the very bytes that are published, for a portal that shows it."""

    def report(offer: Offer, content: bytes) -> FileReport | None:
        dataset = choice.dataset or catalog.dataset(offer.dataset)
        return check.judge(content, offer.file_name, replace(choice, dataset=dataset, limit=1_000))[0]

    return report


# --- what came of it -------------------------------------------------------------------------------


def _code(ran: Ran) -> int:
    """The worst of: the job could not run, a source was not to be had, the portal, the data."""
    codes = [trouble.code for trouble in ran.troubles]
    codes.append(ran.error.exit_code if ran.error else 0)
    codes.append(exit_code(ran.outcomes) if ran.outcomes else _planned_code(ran.plan))
    return max((code for code in codes), default=0)


def _planned_code(plan: Plan | None) -> int:
    """Of a plan that was not carried out: whether it refuses anything."""
    refused = [item for item in plan.items if item.action == "refuse"] if plan else []
    return 3 if any(item.cause == "portal" for item in refused) else 1 if refused else 0


def counts(ran: Ran) -> dict[str, int]:
    """How many files of each status; of a trial, of each action."""
    told: dict[str, int] = {}
    states: list[str] = [
        outcome.item.action if outcome.status == "published" else outcome.status for outcome in ran.outcomes
    ]
    if not ran.outcomes and ran.plan:
        states = ["refused" if item.action == "refuse" else item.action for item in ran.plan.items]
    for state in states:
        told[state] = told.get(state, 0) + 1
    if ran.copies:
        told["mended"] = len(ran.copies)
    for key, ours in (("unchecked", True), ("unavailable", False)):
        if number := sum(trouble.ours is ours for trouble in ran.troubles):
            told[key] = number
    return told
