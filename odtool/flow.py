"""The story: read → identify → validate → report → plan → publish → record → coverage.

Judging files is told in `check`; what follows it, in the order of the arrows, is told here. The command line
calls these functions and has no logic of its own.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from odtool import __version__, batch, catalog, source
from odtool.check import RECOGNISED, Choice
from odtool.contents import contents, digests
from odtool.decide import decide, settle
from odtool.errors import OdtoolError, UsageError
from odtool.journal import Check, Publication, Readback, Unpublished, Withdrawal
from odtool.mapping import Columns
from odtool.metadata import Policy
from odtool.model import FileReport
from odtool.municipality import municipalities
from odtool.offer import offer
from odtool.plan import Offer, Plan, Wishes
from odtool.planfile import require_same
from odtool.portal import Portal
from odtool.publish import Limits, Outcome, apply, require_within

if TYPE_CHECKING:
    from odtool.cache import Verdicts

Note = Callable[[Check | Publication | Unpublished | Withdrawal | Readback], None]
"""Where everything is written down that is to be remembered; `Running.note` of the ledger."""
Missing = Callable[[OdtoolError], None]


class Watch(Protocol):
    """Shows how far a long piece of work has come: what comes in goes out. `label` is in both languages."""

    def __call__(self, items: Iterable[Any], total: int, ja: str, en: str) -> Iterable[Any]: ...


def unwatched(items: Iterable[Any], total: int, ja: str, en: str) -> Iterable[Any]:  # noqa: ARG001 - nobody looks
    return items


def insist(error: OdtoolError) -> None:
    """What is done about a file that is not to be had, where nothing else was agreed."""
    raise error


def make_plan(
    paths: Iterable[str],
    portal: Portal,
    policy: Policy = Policy(),
    choice: Choice = RECOGNISED,
    *,
    now: Callable[[], str],
    municipality: str | None = None,
    wishes: Wishes = Wishes(),
    before: Iterable[Publication] = (),
    note: Note = lambda _: None,
    missing: Missing = insist,
    jobs: int | None = 1,
    verdicts: "Verdicts | None" = None,
    watch: Watch = unwatched,
) -> tuple[Plan, list[FileReport]]:
    """Judge the files and decide what is to be done on the portal; nothing is written there.

    `now` gives an ISO time. `before` is what was published there until now; only `wishes.prune` needs it. `missing`
    is told of files that are not to be had; the others go on, unless it raises the error it is given. Raises
    PortalError where the portal does not answer.
    """
    files = _publishable(paths, municipality)
    policy = replace(policy, terms=portal.licence(policy.terms))
    judged = watch(batch.check_all(files, choice, jobs, verdicts), len(files), "確認", "Judging")
    reports = list(_had(judged, missing))
    found = watch(digests(reports, choice, jobs, verdicts), len(reports), "公開する形に", "Preparing")
    offers = []
    for report, content in zip(reports, found, strict=True):
        offers.append(
            offer(report, content, policy, judged=now()[:10], municipality=municipality, holds=portal.holds)
        )
        note(_checked(report, offers[-1], now()))
    offers = settle(offers)
    earlier = list(before) if wishes.prune else []
    names = [found.dataset_name for found in offers if not found.refusal]
    names = list(dict.fromkeys([*names, *(publication.dataset_name for publication in earlier)]))
    held = {
        name: portal.find(name) for name in watch(names, len(names), "ポータルを確認", "Asking the portal")
    }
    dataset = choice.dataset.id if choice.dataset and choice.dataset.slug else None
    made = decide(
        offers, held, portal=portal.name, address=portal.address, made=now(), dataset=dataset,
        municipality=municipality, wishes=wishes, before=earlier,
    )  # fmt: skip
    return made, reports


def _had(results: Iterable[FileReport | OdtoolError], missing: Missing) -> Iterator[FileReport]:
    for result in results:
        if isinstance(result, OdtoolError):
            missing(result)
        else:
            yield result


def _publishable(paths: Iterable[str], municipality: str | None) -> list[str]:
    if municipality and municipality not in municipalities():
        raise UsageError(
            f"「{municipality}」という団体コードはありません。検査数字まで含む6桁で指定してください（例 262021）。",
            f"There is no municipality code {municipality}. Give all six digits, like 262021.",
        )
    files = list(dict.fromkeys(source.expand(paths)))
    if source.STDIN in files:
        raise UsageError(
            "標準入力からは公開できません。ファイルに保存して、その名前を指定してください。",
            "Standard input cannot be published. Save it to a file and give its name.",
        )
    if not files:
        raise UsageError(
            "指定された場所に CSV も xlsx もありません。場所を確かめてください。",
            "There are no CSV or xlsx files in that place.",
        )
    return files


def apply_plan(
    stored: Plan,
    portal: Portal,
    policy: Policy = Policy(),
    *,
    now: Callable[[], str],
    before: Iterable[Publication] = (),
    limits: Limits = Limits(),
    note: Note = lambda _: None,
    each: Callable[[Outcome], None] = lambda _: None,
    planned: Callable[[Plan], None] = lambda _: None,
    remembered: tuple[Columns, ...] = (),
    jobs: int | None = 1,
    verdicts: "Verdicts | None" = None,
    watch: Watch = unwatched,
) -> list[Outcome]:
    """Judge the plan's files again and carry it out, if it would still be the same plan; else StalePlanError is
    raised before anything is written. `planned` is told of the plan before it is carried out."""
    choice = Choice(catalog.dataset(stored.dataset) if stored.dataset else None, remembered=remembered)
    paths = [item.offer.path for item in stored.items if item.offer.path]
    fresh, _ = make_plan(
        paths, portal, policy, choice, now=now, municipality=stored.municipality, wishes=stored.wishes, before=before, note=note,
        jobs=jobs, verdicts=verdicts, watch=watch,
    )  # fmt: skip
    require_same(stored, fresh)
    require_within(fresh, limits)
    planned(fresh)
    return apply(fresh, portal, partial(contents, choice=choice), now=now, note=note, each=each)


def publish(
    paths: Iterable[str],
    portal: Portal,
    policy: Policy = Policy(),
    choice: Choice = RECOGNISED,
    *,
    now: Callable[[], str],
    municipality: str | None = None,
    wishes: Wishes = Wishes(),
    before: Iterable[Publication] = (),
    limits: Limits = Limits(),
    note: Note = lambda _: None,
    each: Callable[[Outcome], None] = lambda _: None,
    planned: Callable[[Plan], None] = lambda _: None,
    missing: Missing = insist,
    jobs: int | None = 1,
    verdicts: "Verdicts | None" = None,
    watch: Watch = unwatched,
) -> list[Outcome]:
    """Make a plan and carry it out at once."""
    fresh, _ = make_plan(
        paths, portal, policy, choice, now=now, municipality=municipality, wishes=wishes, before=before, note=note, missing=missing,
        jobs=jobs, verdicts=verdicts, watch=watch,
    )  # fmt: skip
    require_within(fresh, limits)
    planned(fresh)
    return apply(fresh, portal, partial(contents, choice=choice), now=now, note=note, each=each)


def _checked(report: FileReport, found: Offer, at: str) -> Check:
    return Check(
        at=at,
        path=report.path,
        sha256=report.sha256 or "",
        municipality=found.municipality,
        slug=found.slug,
        edition=found.edition,
        status=report.status,
        errors=report.counts["error"],
        warnings=report.counts["warning"],
        hints=report.counts["hint"],
        tool=__version__,
    )
