"""A run → its digest: what came of it, and what the ledger knows of runs that were broken off before."""

from collections.abc import Callable
from typing import Any

from odtool.errors import PortalError
from odtool.jobs import digest
from odtool.jobs.digest import Digest, Entry
from odtool.jobs.found import INSIDE
from odtool.jobs.place import Place
from odtool.jobs.ran import How, Ran, counts
from odtool.jobs.settings import Job
from odtool.ledger.journal import PlannedItem, Publication, Run, Withdrawal
from odtool.ledger.record import Ledger
from odtool.planning.plan import Item
from odtool.publishing.publish import Outcome, exit_code


def tell(ran: Ran, where: Place, how: How) -> Digest:
    """The digest of a run, without what only the ledger knows (see `since`)."""
    report = str(where.report(ran.run)) if ran.stopped else ""
    entries: list[Entry] = [digest.of_error(ran.job.name, ran.error.ja, ran.error.en)] if ran.error else []
    entries += map(digest.of_trouble, ran.troubles)
    results = ran.outcomes or [_as_planned(item) for item in (ran.plan.items if ran.plan else ())]
    for outcome in results:
        path = outcome.item.offer.path
        entries += digest.of_outcome(
            outcome, ran.reports.get(path), report, ran.origin(path), ran.held.get(path, ())
        )
    entries += [digest.of_token(ran.portal, *ran.token)] if ran.token else []
    entries += digest.of_left(ran.left)
    entries += digest.of_staleness((outcome.item for outcome in results), ran.changes, how.today)
    told = counts(ran)
    if stale := sum(entry.kind == "stale" for entry in entries):
        told["stale"] = stale
    return Digest(
        ran.job.name, ran.run, ran.began, ran.ended, ran.portal or ran.job.portal, how.dry, ran.code, told,
        tuple(entries), str(where.page(ran.run)), report, _unread(ran),
    )  # fmt: skip


def _unread(ran: Ran) -> bool:
    """Whether the exit code comes from the sources alone. A page on the web that is gone is no failure of the portal."""
    codes = [trouble.code for trouble in ran.troubles]
    if ran.error or not codes or any(trouble.ours for trouble in ran.troubles):
        return False
    return exit_code(ran.outcomes) < PortalError.exit_code


def seen(ran: Ran, how: How) -> Callable[[str], bool]:
    """Of the key of something that was told before: whether this run looked at it. A source that is dead for months keeps
    nobody from hearing that the files of the others are in order again."""
    if ran.error:
        return lambda _: False
    if not (ran.troubles or how.only):
        return lambda key: ran.token_seen or not key.startswith("token ")
    files = {ran.origin(path) for path in ran.reports}
    archives = {name.partition(INSIDE)[0] for name in files if INSIDE in name}
    offers = {
        f"{offer.dataset_name}/{offer.file_name}"
        for offer in (outcome.item.offer for outcome in ran.outcomes)
    }

    def looked_at(key: str) -> bool:
        kind, _, rest = key.partition(" ")
        about, _, name = rest.partition(" ")
        if kind == "source":
            return name in ran.job.sources or ran.origin(name) in files | archives
        if kind == "token":
            return ran.token_seen
        if kind == "left":  # only where everything was to be had
            return False
        return kind == "error" or name in (files if about in ("refused", "unchecked") else offers)

    return looked_at


def _as_planned(item: Item) -> Outcome:
    status: Any = {"refuse": "refused", "drift": "drift"}.get(item.action, "unchanged")
    return Outcome(item, status, item.ja, item.en, item.url)


BEGINNING = "*"
"""In place of a run: before all of them."""


def newest(book: Ledger, job: Job) -> str:
    """The job's last run in the ledger, or BEGINNING."""
    return next((run.run for run in reversed(book.select(Run, command=f"run {job.name}"))), BEGINNING)


def since(book: Ledger, job: Job, after: str) -> tuple[list[Entry], str]:
    """What the ledger has of the job's runs after that one: published and withdrawn. Also the last run's id. Runs that
    were broken off have entries, too. Of a ledger that does not know the run, only the last one is told."""
    runs = [run.run for run in book.select(Run, command=f"run {job.name}")]
    if after == BEGINNING:
        new = runs
    else:
        new = runs[runs.index(after) + 1 :] if after in runs else runs[-1:]
    entries: list[Entry] = []
    for run in new:
        titles = {item.dataset_name: item.title for item in book.select(PlannedItem, run=run)}
        published = book.select(Publication, run=run)
        entries += [digest.of_publication(each, titles) for each in published if each.action != "unchanged"]
        entries += map(digest.of_withdrawal, book.select(Withdrawal, run=run))
    return entries, runs[-1] if runs else after
