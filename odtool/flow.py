"""The story: read → identify → validate → report → plan → publish → record → coverage.

Judging files is told in `check`; what follows it, in the order of the arrows, is told here. The command line
calls these functions and has no logic of its own.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import PurePath

from odtool import __version__, catalog, source
from odtool.check import RECOGNISED, Choice, judge, recognise
from odtool.decide import decide, settle
from odtool.errors import UsageError
from odtool.journal import Check, Publication, Readback, Unpublished, Withdrawal
from odtool.mapping import Columns
from odtool.metadata import Policy
from odtool.model import FileReport
from odtool.municipality import municipalities
from odtool.offer import offer
from odtool.plan import Offer, Plan, StalePlanError, Wishes
from odtool.planfile import require_same
from odtool.portal import Payload, Portal
from odtool.publish import Limits, Outcome, apply, require_within
from odtool.write import write

Note = Callable[[Check | Publication | Unpublished | Withdrawal | Readback], None]
"""Where everything is written down that is to be remembered; `Running.note` of the ledger."""
Missing = Callable[[UsageError], None]


def insist(error: UsageError) -> None:
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
) -> tuple[Plan, list[FileReport]]:
    """Judge the files and decide what is to be done on the portal; nothing is written there.

    `now` gives an ISO time. `before` is what was published there until now; only `wishes.prune` needs it. `missing`
    is told of files that are not to be had; the others go on, unless it raises the error it is given. Raises
    PortalError where the portal does not answer.
    """
    files = _publishable(paths, municipality)
    policy = replace(policy, terms=portal.licence(policy.terms))
    offers, reports = [], []
    for path in files:
        try:
            data = source.content(path)
        except UsageError as error:
            missing(error)
            continue
        report, table = judge(data, path, choice)
        content = write(table) if table and report.status == "valid" else b""
        offers.append(
            offer(report, content, policy, judged=now()[:10], municipality=municipality, holds=portal.holds)
        )
        reports.append(report)
        note(_checked(report, offers[-1], now()))
    offers = settle(offers)
    earlier = list(before) if wishes.prune else []
    names = [found.dataset_name for found in offers if not found.refusal]
    held = {name: portal.find(name) for name in dict.fromkeys([*names, *(p.dataset_name for p in earlier)])}
    dataset = choice.dataset.id if choice.dataset and choice.dataset.slug else None
    made = decide(
        offers, held, portal=portal.name, address=portal.address, made=now(), dataset=dataset,
        municipality=municipality, wishes=wishes, before=earlier,
    )  # fmt: skip
    return made, reports


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
) -> list[Outcome]:
    """Judge the plan's files again and carry it out, if it would still be the same plan; else StalePlanError is
    raised before anything is written. `planned` is told of the plan before it is carried out."""
    choice = Choice(catalog.dataset(stored.dataset) if stored.dataset else None, remembered=remembered)
    paths = [item.offer.path for item in stored.items if item.offer.path]
    fresh, _ = make_plan(
        paths, portal, policy, choice, now=now, municipality=stored.municipality, wishes=stored.wishes, before=before, note=note
    )  # fmt: skip
    require_same(stored, fresh)
    require_within(fresh, limits)
    planned(fresh)
    return apply(fresh, portal, partial(_contents, choice=choice), now=now, note=note, each=each)


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
) -> list[Outcome]:
    """Make a plan and carry it out at once."""
    fresh, _ = make_plan(
        paths, portal, policy, choice, now=now, municipality=municipality, wishes=wishes, before=before, note=note, missing=missing
    )  # fmt: skip
    require_within(fresh, limits)
    planned(fresh)
    return apply(fresh, portal, partial(_contents, choice=choice), now=now, note=note, each=each)


def _contents(wanted: Offer, choice: Choice) -> Payload:
    """The CSV of an offer, made anew. Raises StalePlanError where its file is no longer the one that was judged."""
    data = source.content(wanted.path)
    if hashlib.sha256(data).hexdigest() == wanted.source_sha256:
        table = recognise(data, PurePath(wanted.path.replace("\\", "/")).name, choice).table
        payload = Payload.of(write(table) if table else b"")
        if payload.sha256 == wanted.content_sha256:
            return payload
    raise StalePlanError(f"{wanted.path} が計画の後で変わりました。", f"{wanted.path} has changed since.")


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
