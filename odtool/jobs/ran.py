"""What a run is asked for, and what came of it."""

import contextlib
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from odtool.errors import FaultError, OdtoolError
from odtool.exits import worst
from odtool.jobs import found, place
from odtool.jobs.log import Log
from odtool.jobs.place import Place
from odtool.jobs.settings import Job
from odtool.ledger.journal import Publication
from odtool.model import FileReport
from odtool.planning.plan import Plan
from odtool.publishing.publish import Outcome, exit_code
from odtool.text import visible
from odtool.watching import Watch, unwatched


@dataclass(frozen=True, slots=True)
class How:
    """What the caller decides. `only` are patterns of file names; `asked` are the portals at which the token was looked at in
    this run; `today` is the day by which overdue data is told."""

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
    """All that is known of a run; filled as it goes. `left` is what the job published of municipalities that offer nothing
    any more, and does not withdraw. `held` are the valid files that the job's own demands hold back, with the rules that
    they name."""

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


def code(ran: Ran) -> int:
    """The worst of: the job could not run, a source was not to be had, the portal, the data."""
    codes = [trouble.code for trouble in ran.troubles]
    codes.append(ran.error.exit_code if ran.error else 0)
    codes.append(exit_code(ran.outcomes) if ran.outcomes else _planned_code(ran.plan))
    return worst(codes)


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


def failed(ran: Ran, error: OdtoolError, log: Log) -> None:
    """One file was not to be had, or we failed at it."""
    name = ""
    if isinstance(error, FaultError):
        name = ran.origin(error.where)
        error = error.at(visible(name, 500))
    ran.troubles.append(found.trouble(name, error))
    log.note("file-failed", code=error.exit_code, ja=error.ja, en=error.en)


def noted(ran: Ran, log: Log) -> None:
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


def traced(ran: Ran, where: Place, log: Log) -> None:
    """Write down for us where we failed at single files."""
    places = [each.trace for each in ran.troubles if each.trace]
    places += [each.trace for each in ran.outcomes if each.trace]
    if places and not (path := where.trace(ran.run)).exists():
        place.write(path, "\n".join(places))
        log.note("trace", file=path.name)


def own_fault(error: BaseException, where: Place, run: str) -> OdtoolError:
    """The sentence for the reader; the trace is for us, beside the logs."""
    kind, path = type(error).__name__, where.trace(run)
    with contextlib.suppress(OdtoolError):
        place.write(path, "".join(traceback.format_exception(error)))
    return OdtoolError(
        f"odtool の不具合で止まりました（{kind}）。{path} を開発者に送ってください。次の実行で続きから行います。",
        f"odtool itself failed ({kind}). Please send us {path}. The next run goes on from there.",
    )
