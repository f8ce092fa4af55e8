"""The story: read → identify → validate → report → plan → publish → record → coverage.

Judging files is told in `check`; what follows it, in the order of the arrows, is told here. The command line
calls these functions and has no logic of its own.
"""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from odtool import __version__, former, source
from odtool.assets import bundle
from odtool.datasets import catalog
from odtool.datasets.mapping import Columns
from odtool.errors import FaultError, OdtoolError, PortalError, UsageError, fault
from odtool.judging import batch
from odtool.judging.check import RECOGNISED, Choice
from odtool.ledger.journal import Check, Publication, Readback, Unpublished, Withdrawal
from odtool.model import FileReport
from odtool.planning.by_hand import by_hand
from odtool.planning.decide import UnprunableError, decide, settle
from odtool.planning.metadata import Policy, licence_called
from odtool.planning.offer import Digest, offer
from odtool.planning.plan import CONTENT, Held, Item, Offer, Plan, Reading, Refusal, Wishes
from odtool.planning.planfile import require_same
from odtool.planning.rowdiff import RowChanges, compare
from odtool.portal import NoLicenceError, Payload, Portal, PortalStopError
from odtool.portal.datastore_columns import key_columns
from odtool.portal.files import LOCK
from odtool.publishing import bundled
from odtool.publishing.contents import contents, digests
from odtool.publishing.publish import Limits, Outcome, apply, file_of, require_within
from odtool.text import visible
from odtool.watching import Watch, reading, unwatched, watched

if TYPE_CHECKING:
    from odtool.judging.cache import Verdicts

Note = Callable[[Check | Publication | Unpublished | Withdrawal | Readback], None]
"""Where everything is written down that is to be remembered; `Running.note` of the ledger."""
Missing = Callable[[OdtoolError], None]
LARGE = 20_000_000  # bytes from which sending is worth watching
COMPARED = 100_000_000  # bytes of a file up to which its rows are compared; they lie in memory


def insist(error: OdtoolError) -> None:
    """What is done about a file that is not to be had, where nothing else was agreed."""
    raise error


def undemanding(_: FileReport) -> Refusal | None:
    """Nothing more is demanded of a file than that it is valid."""
    return None


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
    mappings: str = "",
    settled: Callable[[Iterable[Offer]], list[Offer]] = settle,
    demanded: Callable[[FileReport], Refusal | None] = undemanding,
    jobs: int | None = 1,
    verdicts: "Verdicts | None" = None,
    watch: Watch = unwatched,
) -> tuple[Plan, list[FileReport]]:
    """Judge the files and decide what is to be done on the portal; nothing is written there.

    `now` gives an ISO time. `before` is what was published there until now; only `wishes.prune` needs it. `missing`
    is told of files that are not to be had; the others go on, unless it raises the error it is given. `mappings` is the
    folder that the choice's remembered mappings come from, for the plan to remember. `settled` refuses what cannot stand
    beside the other offers (see decide.settle), `demanded` what is valid and yet does not do. Raises PortalError where the
    portal does not answer.
    """
    files, folders = _publishable(paths, municipality)
    if wishes.prune:
        missing = partial(_not_to_be_pruned, told=missing)
    policy = replace(policy, terms=portal.licence(policy.terms))
    judged = batch.check_all(files, choice, jobs, verdicts)
    reports = list(_had(watched(judged, len(files), watch, "確認", "Judging"), missing))
    made = digests(reports, choice, jobs, verdicts)
    found = watched(made, len(reports), watch, "公開する形に", "Preparing")
    offers = []
    for report, content in zip(reports, found, strict=True):
        to_offer = partial(
            offer, policy=policy, judged=now()[:10], municipality=municipality, holds=portal.holds
        )
        each = _offered(report, content, to_offer, demanded)
        if isinstance(each, FaultError):
            missing(each)
            continue
        offers.append(each)
        note(_checked(each, now(), report.status))
    for folder in folders:
        offers += _bundled(folder, policy, portal, now=now, note=note, missing=missing, watch=watch)
    offers = settled(offers)
    earlier = list(before) if wishes.prune else []
    names = [found.dataset_name for found in offers if not found.refusal]
    names = list(dict.fromkeys([*names, *(publication.dataset_name for publication in earlier)]))
    held = {
        name: portal.find(name)
        for name in watched(names, len(names), watch, "ポータルを確認", "Asking the portal")
    }
    dataset = choice.dataset.id if choice.dataset and choice.dataset.slug else None
    plan = decide(
        offers, held, portal=portal.name, address=portal.address, made=now(), dataset=dataset,
        municipality=municipality, wishes=wishes, before=earlier,
    )  # fmt: skip
    plan = replace(plan, reading=_reading(choice, mappings))
    return by_hand(plan) if portal.by_hand else plan, reports


def _not_to_be_pruned(error: OdtoolError, told: Missing) -> None:
    """Raises UnprunableError: a file that cannot be read just now would be taken for one that is gone for good."""
    told(error)
    raise UnprunableError(
        "読めないファイルがあるため、--prune は使えません。なくなったものと区別できないので、何も取り下げず、何も書き込んでいません。",
        "--prune cannot be used while a file cannot be read: it would be taken for one that is gone. Nothing was "
        "withdrawn or written.",
    )


def _reading(choice: Choice, mappings: str) -> Reading:
    said = asdict(choice.columns) if choice.columns else {}
    return Reading(**said, mappings=mappings, reviewed=choice.reviewed)


def choice_of(stored: Plan, remembered: tuple[Columns, ...] = ()) -> Choice:
    """How the files of a plan were judged, and are to be judged again."""
    how = stored.reading
    columns = Columns(how.columns, how.fixed, how.dataset, how.header, how.name)
    return Choice(
        catalog.dataset(stored.dataset) if stored.dataset else None,
        columns=columns if how.columns or how.fixed else None,
        remembered=remembered,
        reviewed=how.reviewed,
    )


def _had(results: Iterable[FileReport | OdtoolError], missing: Missing) -> Iterator[FileReport]:
    for result in results:
        if isinstance(result, OdtoolError):
            missing(result)
        else:
            yield result


def _offered(
    report: FileReport,
    content: Digest | FaultError,
    to_offer: Callable[[FileReport, Digest], Offer],
    demanded: Callable[[FileReport], Refusal | None],
) -> Offer | FaultError:
    """The offer of a file; an error value where we failed at it, so that the others go on."""
    if isinstance(content, FaultError):
        return content
    try:
        made = to_offer(report, content)
        return made if made.refusal else replace(made, refusal=demanded(report))
    except FaultError as error:
        return error
    except Exception as error:  # noqa: BLE001 - at one file; the others go on
        return fault(visible(report.path, 500), error)


def _bundled(
    folder: str,
    policy: Policy,
    portal: Portal,
    *,
    now: Callable[[], str],
    note: Note,
    missing: Missing,
    watch: Watch,
) -> list[Offer]:
    """The offers of a folder of files that are no tables, every file read once."""
    try:
        inside = bundle.contents(folder)
        with watch(inside.work, "ファイルを検査", "Inspecting") as step:
            found = bundle.read(inside, progress=step)
        if stated := found.metadata.get("licence"):
            policy = replace(policy, terms=portal.licence(licence_called(stated)))
    except NoLicenceError as error:
        missing(error.stated_in(visible(str(bundle.descriptor_in(folder) or folder), 500)))
        return []
    except UsageError as error:
        missing(error)
        return []
    except PortalError:  # asked for its licences; that is no fault of the folder
        raise
    except Exception as error:  # noqa: BLE001 - in one folder; the others go on
        missing(fault(visible(folder, 500), error))
        return []
    offers = bundled.offers(folder, found, policy, judged=now()[:10], holds=portal.holds)
    for each in offers:
        note(_checked(each, now(), "invalid" if each.refusal else "valid"))
    return offers


def _publishable(paths: Iterable[str], municipality: str | None) -> tuple[list[str], list[str]]:
    """The tables to publish, and the folders of other files."""
    if municipality:
        former.require(municipality)
    named = list(paths)
    folders = list(dict.fromkeys(folder for path in named for folder in bundled.folders(path)))
    tables = source.expand(path for path in named if path not in folders)
    files = [path for path in dict.fromkeys(tables) if not bundled.below(path, folders)]
    asked = {Path(path) for path in named}
    files = [path for path in files if not _made_here(Path(path), asked)]
    if source.STDIN in files:
        raise UsageError(
            "標準入力からは公開できません。ファイルに保存して、その名前を指定してください。",
            "Standard input cannot be published. Save it to a file and give its name.",
        )
    if not files and not folders:
        raise UsageError(
            "指定された場所に CSV も xlsx もありません。場所を確かめてください。",
            "There are no CSV or xlsx files in that place.",
        )
    return files, folders


def row_changes(
    made: Plan,
    portal: Portal,
    choice: Choice = RECOGNISED,
    watch: Watch = unwatched,
    look: Callable[[Held, int], bytes | None] | None = None,
) -> dict[tuple[str, str], RowChanges | OdtoolError]:
    """What becomes of the rows of each table whose contents the plan changes, by the names of dataset and file; or why
    that cannot be told. `look` downloads what is published, up to so many bytes; it is the portal's own `content` where
    nothing else is said. Raises nothing: the plan stands without it."""
    wanted = [
        item for item in made.items
        if item.action in ("update", "adopt", "drift") and item.offer.format == "CSV" and not item.offer.bundle
        and any(change.field == CONTENT for change in (*item.changes, *item.left))
    ]  # fmt: skip
    found: dict[tuple[str, str], RowChanges | OdtoolError] = {}
    down: OdtoolError | None = None
    for item in watched(wanted, len(wanted), watch, "行を比較", "Comparing rows"):
        key = item.offer.dataset_name, item.offer.file_name
        try:
            found[key] = down or _rows(item, portal, choice, look or portal.content)
        except OdtoolError as error:
            found[key] = error
            down = error if isinstance(error, PortalStopError) else None  # each would let us wait as long
    return found


def _rows(
    item: Item, portal: Portal, choice: Choice, look: Callable[[Held, int], bytes | None]
) -> RowChanges:
    """Raises OdtoolError where the two editions cannot be compared."""
    file = file_of(portal.find(item.offer.dataset_name), item)
    payload = contents(item.offer, choice)
    if file is None:
        raise PortalError("ポータルにファイルがありません。", "The portal has no such file.")
    there = look(file, COMPARED) if payload.size <= COMPARED else None
    if there is None:
        raise PortalError("ファイルが大きすぎます。", "The file is too large.")
    after = payload.read()
    if (changes := compare(there, after, key_columns(after, payload.schema))) is None:
        raise PortalError(
            "公開中のファイルを表として読めません。", "What is published cannot be read as a table."
        )
    return changes


def _made_here(path: Path, asked: Collection[Path]) -> bool:
    """Whether the file lies in a catalogue or a folder for hand upload that odtool itself made below what was asked for:
    it is a copy of what is published, or a list that odtool writes. Asked for by name it is as good as any."""
    if path in asked:
        return False
    between = itertools.takewhile(lambda parent: parent not in asked, path.parents)
    return any((parent / LOCK).is_file() for parent in between)


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
    choice = choice_of(stored, remembered)
    paths = dict.fromkeys(item.offer.bundle or item.offer.path for item in stored.items if item.offer.path)
    fresh, _ = make_plan(
        paths, portal, policy, choice, now=now, municipality=stored.municipality, wishes=stored.wishes, before=before, note=note,
        mappings=stored.reading.mappings, jobs=jobs, verdicts=verdicts, watch=watch,
    )  # fmt: skip
    require_same(stored, fresh)
    require_within(fresh, limits)
    planned(fresh)
    return apply(fresh, portal, partial(_contents, choice=choice, watch=watch), now=now, note=note, each=each)


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
    reported: Callable[[list[FileReport]], None] = lambda _: None,
    missing: Missing = insist,
    settled: Callable[[Iterable[Offer]], list[Offer]] = settle,
    demanded: Callable[[FileReport], Refusal | None] = undemanding,
    jobs: int | None = 1,
    verdicts: "Verdicts | None" = None,
    watch: Watch = unwatched,
) -> list[Outcome]:
    """Make a plan and carry it out at once. `reported` is told of the verdicts it rests on."""
    fresh, reports = make_plan(
        paths, portal, policy, choice, now=now, municipality=municipality, wishes=wishes, before=before, note=note, missing=missing,
        settled=settled, demanded=demanded, jobs=jobs, verdicts=verdicts, watch=watch,
    )  # fmt: skip
    reported(reports)
    require_within(fresh, limits)
    planned(fresh)
    return apply(fresh, portal, partial(_contents, choice=choice, watch=watch), now=now, note=note, each=each)


def _contents(wanted: Offer, choice: Choice, watch: Watch) -> Payload:
    payload = bundled.contents(wanted) if wanted.bundle else contents(wanted, choice)
    if payload.size < LARGE:
        return payload
    name = wanted.file_name
    return replace(
        payload, open=reading(payload.open, payload.size, watch, f"{name} を送信", f"Sending {name}")
    )


def _checked(found: Offer, at: str, status: str) -> Check:
    return Check(
        at=at,
        path=found.path,
        sha256=found.source_sha256,
        municipality=found.municipality,
        slug=found.slug,
        edition=found.edition,
        status=status,
        errors=found.errors,
        warnings=found.warnings,
        hints=found.hints,
        tool=__version__,
    )
