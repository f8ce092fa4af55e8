"""The part of a run that speaks to the portal: plan and, unless it is a trial, apply."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from odtool.datasets import catalog
from odtool.errors import OdtoolError
from odtool.jobs.claims import Claims
from odtool.jobs.demands import Demands
from odtool.jobs.log import Log
from odtool.jobs.ran import How, Ran, failed
from odtool.judging import cache, check
from odtool.judging.check import Choice
from odtool.ledger.record import Running
from odtool.model import FileReport
from odtool.planning.decide import UnprunableError, settle
from odtool.planning.metadata import Policy
from odtool.planning.plan import Offer, Plan, Refusal, Wishes
from odtool.planning.planfile import listed, to_json
from odtool.portal import Portal
from odtool.publishing import flow
from odtool.publishing.publish import Limits


class _IncompleteError(OdtoolError):
    """A file vanished while what is missing was to be withdrawn."""


@dataclass(frozen=True, slots=True)
class Work:
    """With all that it needs at hand."""

    ran: Ran
    portal: Portal
    policy: Policy
    choice: Choice
    how: How
    log: Log
    running: Running
    verdicts: cache.Verdicts | None
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
        if self.ran.job.prune and not self.ran.unpruned:
            raise _IncompleteError(error.ja, error.en)  # the second attempt meets it again, and tells it
        failed(self.ran, error, self.log)

    def _planned(self, plan: Plan) -> None:
        self.ran.plan = plan
        if plan.wishes.prune and not plan.wishes.emptied:
            there = {item.offer.municipality for item in plan.items}
            self.ran.left = [p for p in self.claims.own if p.municipality not in there]
        self.running.plan(to_json(plan), listed(plan))
        self.log.note("planned", **{action: plan.count(action) for action in {i.action for i in plan.items}})

    def _judged(self, reports: list[FileReport]) -> None:
        self.ran.reports = {report.path: report for report in reports}


def reporting(choice: Choice) -> Callable[[Offer, bytes], FileReport | None]:
    """What is found in the very bytes that are published, for a portal that shows it."""

    def report(offer: Offer, content: bytes) -> FileReport | None:
        dataset = choice.dataset or catalog.dataset(offer.dataset)
        return check.judge(content, offer.file_name, replace(choice, dataset=dataset, limit=1_000))[0]

    return report
