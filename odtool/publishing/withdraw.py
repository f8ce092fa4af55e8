"""Taking datasets off a portal at once, whatever the files at hand say: for the day when something is public that must
not be.

There is no plan to read first, and no run that is publishing is waited for. What odtool did not make can only be
hidden, and only where that was asked for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from odtool import __version__
from odtool.errors import PortalError, UsageError
from odtool.ledger.journal import PlannedItem, Publication, Unpublished, Withdrawal
from odtool.municipality import municipalities
from odtool.planning.plan import Held, Item, Offer, Published
from odtool.portal import Portal, PortalStopError
from odtool.publishing.publish import Note, Outcome, take_away
from odtool.text import is_blank

LONGEST_REASON = 500  # characters


@dataclass(frozen=True, slots=True)
class Removal:
    """What is to be withdrawn, and why; without `file` the whole dataset. `foreign` allows to hide what somebody else
    made. Raises UsageError where there is no reason, or one too long to keep."""

    reason: str
    file: str = ""
    foreign: bool = False

    def __post_init__(self) -> None:
        if is_blank(self.reason):
            raise UsageError(
                "取り下げる理由を --reason に書いてください（例 --reason 個人情報が含まれていたため）。台帳に残るので、"
                "個人情報そのものは書かないでください。",
                "Say why with --reason, like --reason “it held personal data”. It is kept in the ledger, so write no "
                "personal data into it.",
            )
        if len(self.reason) > LONGEST_REASON:
            raise UsageError(
                f"--reason は{LONGEST_REASON}字までで書いてください（今は{len(self.reason):,}字）。",
                f"--reason may have {LONGEST_REASON} characters; it has {len(self.reason):,}.",
            )
        if self.file and self.foreign:
            raise UsageError(
                "--foreign はデータセット全体を隠すだけなので、--file と一緒には使えません。",
                "--foreign hides a whole dataset; it cannot be used with --file.",
            )


def withdraw(
    names: Iterable[str],
    portal: Portal,
    removal: Removal,
    *,
    now: Callable[[], str],
    before: Iterable[Publication] = (),
    note: Note = lambda _: None,
    each: Callable[[Outcome], None] = lambda _: None,
    planned: Callable[[list[PlannedItem]], None] = lambda _: None,
) -> list[Outcome]:
    """Withdraw the datasets of these names, or one file, and look as the public does.

    One that fails does not stop the others, unless the portal cannot be reached. `before` is what was published there
    until now; it tells whose a dataset is. `planned` is told what will be tried, before anything is; `note` of
    everything that is to be remembered, also of a withdrawal that was not seen to have worked; `each` of every outcome.
    Raises PortalStopError where the portal cannot be asked.
    """
    whose = {publication.dataset_name: publication for publication in before}
    wanted = [_wanted(name, removal, whose.get(name)) for name in dict.fromkeys(names)]
    tried = [(item, *_looked_up(item, removal, portal)) for item in wanted]
    planned([_listed(item) for item, _, unable in tried if unable is None])
    outcomes: list[Outcome] = []
    stopped = False
    for item, held, unable in tried:
        outcome = unable or _not_done(item)
        if unable is None and not stopped:
            try:
                outcome = _withdrawn(item, held or Published(item.offer.dataset_name), portal, now)
            except PortalError as error:
                stopped = isinstance(error, PortalStopError)
                outcome = Outcome(item, "failed", f"取り下げを確認できていません。{error.ja}", f"Not confirmed. {error.en}")  # fmt: skip
        _remember(outcome, portal.address, now(), note)
        outcomes.append(outcome)
        each(outcome)
    portal.finish()
    return outcomes


def _wanted(name: str, removal: Removal, known: Publication | None) -> Item:
    code = known.municipality if known else name[:6]
    offer = Offer(
        path="",
        source_sha256="",
        municipality=code if code in municipalities() else "",
        slug=known.slug if known else "",
        edition=known.edition if known else "",
        dataset_name=name,
        file_name=removal.file,
    )
    return Item(offer, "withdraw", removal.reason, removal.reason)


def _looked_up(item: Item, removal: Removal, portal: Portal) -> tuple[Published | None, Outcome | None]:
    """What the portal holds, and what keeps it from being tried at all."""
    try:
        held = portal.find(item.offer.dataset_name)
    except PortalStopError:
        raise
    except PortalError as error:  # of this one: the others are withdrawn all the same
        return None, Outcome(
            item, "failed", f"取り下げを確認できていません。{error.ja}", f"Not confirmed. {error.en}"
        )
    return held, _unable(item, held, removal, portal)


def _unable(item: Item, held: Published | None, removal: Removal, portal: Portal) -> Outcome | None:
    """What keeps it from being tried at all; None where nothing does."""
    name = item.offer.dataset_name
    if portal.by_hand:
        return None  # which says what a person has to do, also of what it knows nothing about
    if held is None:
        return _refused(
            item,
            f"{portal.name} に {name} というデータセットはありません。名前を確かめてください（ポータルの URL の最後の部分です。"
            "ポータルで削除済みかもしれません）。",
            f"{portal.name} has no dataset {name}. Check the name, which is the last part of its address there; it may "
            "have been deleted.",
        )
    if held.foreign:
        if removal.foreign:
            return None
        return _refused(
            item,
            f"{name} は odtool が作ったデータセットではないので、取り下げていません。すぐに隠す必要があれば --foreign を付けて"
            "ください（非公開にするだけで、ファイルは消しません）。",
            f"{name} was not made by odtool and was left alone. If it must be hidden now, add --foreign; that makes it "
            "private and leaves its files as they are.",
        )
    if held.obstacle and not held.metadata:  # there, and not to be seen by this token
        return Outcome(item, "failed", held.obstacle.ja, held.obstacle.en)
    file = removal.file
    if file and file not in held.resources:
        if file in held.withdrawn_files or held.withdrawn:
            return Outcome(item, "unchanged", "すでに取り下げられています。", "It was withdrawn before.")
        there, there_en = "、".join(held.resources) or "なし", ", ".join(held.resources) or "none"
        return _refused(
            item,
            f"{name} に {file} というファイルはありません（あるファイル: {there}）。",
            f"{name} has no file {file} (there are: {there_en}).",
        )
    return None


def _withdrawn(item: Item, held: Published, portal: Portal, now: Callable[[], str]) -> Outcome:
    file: Held | None = held.resources[item.offer.file_name] if item.offer.file_name else None
    take_away(portal, held, file, f"{now()[:10]} {item.ja}")
    if held.foreign:
        ja = "非公開にしました（ログインしていない人には見えないことを確認）。ファイルは消していません。"
        en = "Made private (looked for as the public sees it, and gone). Its files were left as they are."
    else:
        ja = "取り下げました（公開の画面から見えず、ファイルも取り出せないことを確認）。"
        en = "Withdrawn (looked for as the public sees it: neither entry nor file is to be had)."
    return Outcome(item, "withdrawn", ja, en)


def _refused(item: Item, ja: str, en: str) -> Outcome:
    return Outcome(item, "refused", ja, en)


def _not_done(item: Item) -> Outcome:
    return Outcome(
        item,
        "not-done",
        "ポータルに書き込めないため、まだ取り下げていません。",
        "Not withdrawn yet, as the portal cannot be written to.",
    )


def _listed(item: Item) -> PlannedItem:
    offer = item.offer
    return PlannedItem(
        offer.dataset_name, offer.file_name, offer.municipality, "", "", item.action, item.ja, item.en
    )


def _remember(outcome: Outcome, address: str, at: str, note: Note) -> None:
    """A withdrawal that failed may have worked in part: the ledger says that it was not seen."""
    offer = outcome.item.offer
    names = (offer.dataset_name, offer.file_name, offer.municipality)
    if outcome.status in ("withdrawn", "failed"):
        note(Withdrawal(at, address, *names, outcome.item.ja, outcome.status == "withdrawn", __version__))
    if outcome.status in ("failed", "not-done"):
        note(Unpublished(at, address, *names, "", "failed" if outcome.status == "failed" else "not-done", outcome.ja, outcome.en))  # fmt: skip


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """3 where something may still be public, else 2 where a name or a permission was wrong, else 0."""
    statuses = {outcome.status for outcome in outcomes}
    if statuses & {"failed", "not-done"}:
        return PortalError.exit_code
    return UsageError.exit_code if "refused" in statuses else 0
