"""A plan → what is published, read back and found the same.

Nothing is done that the plan does not say; «published» is said only after the portal was asked.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from odtool import __version__
from odtool.errors import FaultError, OdtoolError, PortalError, UsageError, fault, is_fault
from odtool.ledger.journal import Publication, Readback, Tell, Unpublished, Withdrawal, nobody
from odtool.planning.decide import CONTENT, TABLE, WITHDRAWN, called, differences, state, to_load
from odtool.planning.plan import Held, Item, Offer, Plan, Published, StalePlanError
from odtool.portal import Payload, Portal, PortalStopError
from odtool.settings import config
from odtool.text import visible

if TYPE_CHECKING:
    from odtool.portal.folder import Reporting

Status = Literal["published", "prepared", "withdrawn", "unchanged", "drift", "refused", "failed", "not-done"]
Note = Callable[[Publication | Unpublished | Withdrawal | Readback], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item, in a sentence. `url` is where the file is to be had; `public` tells that it is there,
    read back, although something else of the item failed. `trace` is for us where it failed by our own fault."""

    item: Item
    status: Status
    ja: str
    en: str
    url: str = ""
    public: bool = False
    trace: str | None = None

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.ja


def connect(
    settings: config.Settings,
    *,
    writing: bool,
    create_organization: bool = False,
    tell: Tell = nobody,
    report: "Reporting | None" = None,
) -> Portal:
    """The portal behind the settings; `report` judges what is published, for a portal that shows it. Raises UsageError
    where writing needs a token and there is none, or where the portal asks for fields that nobody has stated."""
    _require_extras(settings)
    if settings.type == "folder":
        from odtool.portal.folder import Folder

        return Folder(
            settings.name,
            settings.path,
            settings.title,
            f"odtool {__version__}",
            base_url=settings.base_url,
            report=report,
        )
    if settings.type == "upload":
        from odtool.portal.hand import Hand

        return Hand(settings.name, settings.path, settings.knows)
    from odtool.portal.ckan import Ckan
    from odtool.portal.ckan_entry import PLACES, places_with

    known = settings.knows
    token = config.token(settings, insist=writing)
    if writing and not token:
        raise UsageError(
            f"{settings.name} に公開するにはトークンが要ります。環境変数 {settings.token_variable} に入れるか、"
            f"odtool token set {settings.name} で登録するか、odtool.toml の token_file にファイルを書いてください。",
            f"Publishing to {settings.name} needs a token. Put it into the environment variable "
            f"{settings.token_variable}, keep it with odtool token set {settings.name}, or name a file as token_file "
            "in odtool.toml.",
        )
    return Ckan(
        settings.name,
        settings.url,
        token,
        organization=settings.owner,
        contact=settings.contact,
        create_organization=create_organization,
        tables=settings.datastore,
        views=(settings.views or known.text("views")) != "portal",
        places=places_with(known.own_places) if known.places else PLACES,
        pace=known.number("pace"),
        tell=tell,
    )


def _require_extras(settings: config.Settings) -> None:
    """Raises UsageError, before anything is written, where a field is missing that the portal asks for."""
    if not settings.missing:
        return
    fields = "、".join(settings.missing)
    title_ja, title_en = settings.knows.title
    assumed = not settings.knows.surely("required")
    raise UsageError(
        f"{title_ja}には次の項目も要り{'ます（推定）' if assumed else 'ます'}: {fields}。odtool.toml の [portals.{settings.name}.extras] に"
        '書いてください（要らないと分かった項目は "" と書けば送りません）。',
        f"{title_en} {'seems to ask' if assumed else 'asks'} for more fields: {', '.join(settings.missing)}. State them in "
        f'[portals.{settings.name}.extras] of odtool.toml ("" for one that turns out not to be needed; it is not sent).',
    )


MOST_WITHDRAWALS = 10  # datasets or files; a folder that was only half there must not empty a portal


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a run may change before it is stopped; None for no limit on updates, and for MOST_WITHDRAWALS."""

    updates: int | None = None
    withdrawals: int | None = None


def require_within(plan: Plan, limits: Limits) -> None:
    """Raises UsageError where the plan would change more than is allowed; nothing has been written yet."""
    withdrawals = MOST_WITHDRAWALS if limits.withdrawals is None else limits.withdrawals
    for limit, count, option, ja, en in (
        (limits.updates, plan.count("update") + plan.count("adopt"), "--max-update", "更新", "updates"),
        (withdrawals, plan.count("withdraw"), "--max-delete", "取り下げ", "withdrawals"),
    ):
        if limit is not None and count > limit:
            raise UsageError(
                f"{ja}が{count:,}件になり、{option} の{limit:,}件を超えるため、何も書き込まずに止めました。"
                "odtool plan で中身を確かめてください。",
                f"There would be {count:,} {en}, more than the {limit:,} of {option}, so nothing was written. "
                "Look at them with odtool plan.",
            )


def apply(
    plan: Plan,
    portal: Portal,
    content: Callable[[Offer], Payload],
    *,
    now: Callable[[], str],
    note: Note = lambda _: None,
    each: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Carry the plan out. `content` gives what to publish, or raises StalePlanError where the file has changed.

    One item's failure does not stop the others, unless the portal cannot be reached or refuses the token:
    then the rest is left alone. `note` is told of everything that is to be remembered, `each` of every outcome.
    """
    if portal.by_hand:
        note = partial(_unless_public, note)
    run = _Run(portal, content, now, note)
    outcomes: list[Outcome] = []
    for item in plan.items:
        outcome = _by_hand(run.outcome(item)) if portal.by_hand else run.outcome(item)
        for entry in _entries(outcome, portal.address, now()):
            note(entry)
        outcomes.append(outcome)
        each(outcome)
    portal.finish()
    return outcomes


def _by_hand(outcome: Outcome) -> Outcome:
    """What is said where a person has yet to register what was written: nothing of it is public."""
    if outcome.status == "published":
        ja = "手で登録する一式に入れました。まだ公開されていません。"
        en = "Put among what is to be registered by hand. It is not public yet."
        return replace(outcome, status="prepared", ja=ja, en=en)
    if outcome.status == "unchanged":
        ja = "手で登録する一式は前と同じです（登録が済んだかどうかは確認していません）。"
        en = "What is to be registered by hand is as before (whether that was done is not checked)."
        return replace(outcome, ja=ja, en=en)
    return outcome


def _unless_public(note: Note, entry: Publication | Unpublished | Withdrawal | Readback) -> None:
    """What is prepared for a person was neither published nor read back, and is not remembered as such."""
    if isinstance(entry, Unpublished):
        note(entry)


class _Run:
    """One plan being carried out: which datasets it has begun to change, and whether it must stop."""

    def __init__(
        self, portal: Portal, content: Callable[[Offer], Payload], now: Callable[[], str], note: Note
    ) -> None:
        self._portal = portal
        self._content = content
        self._now = now
        self._note = note
        self._begun: set[str] = set()
        self._made: set[str] = set()
        self._stopped = False

    def outcome(self, item: Item) -> Outcome:
        match item.action:
            case "refuse":
                return Outcome(item, "refused", f"公開しません。{item.ja}", f"Not published. {item.en}")
            case "unchanged":
                return Outcome(item, "unchanged", "変更はありません。", "Nothing to change.", item.url)
            case "drift":
                return Outcome(item, "drift", item.ja, item.en, item.url)
        if self._stopped:
            ja, en = (
                "ポータルに書き込めないため、行いませんでした。",
                "Not done, as the portal cannot be written to.",
            )
            return Outcome(item, "not-done", ja, en)
        try:
            return self._withdrawn(item) if item.action == "withdraw" else self._published(item)
        except (PortalError, StalePlanError) as error:
            self._stopped = isinstance(error, PortalStopError)
            return _failed(item, error)
        except BaseException as error:  # at one file; what was written of it, the next run finds out
            if not is_fault(error):
                raise
            return _failed(item, fault(visible(item.offer.file_name or item.offer.dataset_name, 500), error))

    def _found(self, item: Item) -> Published | None:
        """What the portal holds. Raises StalePlanError where that is not what the plan was made for. What this run has
        written itself is no reason, but somebody may have withdrawn the dataset, or the file, in between."""
        offer = item.offer
        name = offer.dataset_name
        held = self._portal.find(name)
        told = any(change.field == WITHDRAWN for change in item.changes)
        stopped = held is None or held.obstacle or (offer.file_name in held.withdrawn_files and not told)
        if state(held) != item.state and (stopped or name not in self._begun):
            raise StalePlanError(
                f"ポータルの {name} が計画の後で変わりました。", f"{name} has changed on the portal since."
            )
        if held is None and name in self._made:
            raise PortalError(
                f"{name} は、この実行で公開した後にポータルからなくなりました。ほかの人が削除したのかもしれません。"
                "このデータセットの残りは公開しません。削除でなければ、もう一度実行すると、すべてのファイルで作り直します。",
                f"{name} has vanished from the portal since this run published to it; somebody may have deleted it. The rest "
                "of this dataset is not published. If it should be there, run this again: it is made anew with all its files.",
            )
        self._begun.add(name)
        return held

    def _published(self, item: Item) -> Outcome:
        """Write what differs and read it back."""
        offer = item.offer
        held = self._found(item)
        before = file_of(held, item)
        wanted = {change.field for change in item.changes}
        wrong = {change.field for change in differences(offer, held, before)} & wanted
        gone = held is not None and (held.withdrawn or offer.file_name in held.withdrawn_files)
        wrong |= wanted & {WITHDRAWN} if gone else set()
        content = self._content(offer) if wrong & {CONTENT, TABLE} else None
        fields = wrong - {CONTENT, TABLE}
        if fields or CONTENT in wrong or item.action == "adopt":
            self._portal.save(offer, content if CONTENT in wrong else None, held, fields, takes=item.takes)
            self._made.add(offer.dataset_name)
        file = self._read_back(item, before.id if before else None)
        ja, en = "公開しました（読み直して一致を確認）。", "Published (read back and found the same)."
        if to_load(offer, file):
            try:
                self._portal.load(offer, content or self._content(offer), file)
            except PortalError as error:  # the next file's own calls tell whether the portal is down
                ja = f"ファイルは{ja}表（DataStore）やプレビューの用意はできませんでした。{error.ja}"
                en = f"The file: {en} But its table (DataStore) or its preview could not be made. {error.en}"
                return Outcome(item, "failed", ja, en, file.url, public=True)
        return Outcome(item, "published", ja, en, file.url)

    def _read_back(self, item: Item, known_id: str | None) -> Held:
        """The file there. Raises PortalError unless entry and bytes are what was sent."""
        offer = item.offer
        found = self._portal.find(offer.dataset_name)
        file = found.resources.get(offer.file_name) if found else None
        if found is None or file is None:
            raise self._unlike(offer, "", "見つかりません", "it is not there")
        if found.obstacle:
            raise self._unlike(offer, "", found.obstacle.ja, found.obstacle.en)
        if known_id is not None and file.id != known_id:
            raise self._unlike(offer, "id", "ファイルの ID が変わりました", "the file's id has changed")
        left = {TABLE, *(change.field for change in item.left)}  # the table follows the file
        if off := [c.field for c in differences(offer, found) if c.field not in left]:
            raise self._unlike(
                offer,
                ", ".join(off),
                f"{'、'.join(called(field, 'ja') for field in off)}が違います",
                f"{', '.join(called(field, 'en') for field in off)} differ",
            )
        digest = self._portal.digest(file)
        if digest != offer.content_sha256:
            raise self._unlike(offer, CONTENT, "ファイルの中身が違います", "the file's bytes differ", digest)
        self._note(_readback(offer, digest, self._now()))
        return file

    def _unlike(self, offer: Offer, differs: str, ja: str, en: str, digest: str = "") -> PortalError:
        self._note(_readback(offer, digest, self._now(), differs or "missing"))
        return PortalError(
            f"送ったあとポータルから読み直すと、送ったものと一致しません（{ja}）。もう一度実行してください。",
            f"What was read back from the portal is not what was sent ({en}). Run this again.",
        )

    def _withdrawn(self, item: Item) -> Outcome:
        held = self._found(item)
        name = item.offer.file_name
        if held is None or (name and name not in held.resources):  # nothing to look for as the public does
            what = name or item.offer.dataset_name
            raise StalePlanError(
                f"ポータルの {what} がなくなりました。", f"{what} has vanished from the portal."
            )
        try:
            take_away(
                self._portal, held, held.resources[name] if name else None, f"{self._now()[:10]} {item.ja}"
            )
        except PortalError:  # some of it may be gone: to be known by whoever looks into the ledger
            self._note(_withdrawal(item, self._portal.address, self._now(), verified=False))
            raise
        ja, en = (
            "取り下げました（公開の画面から見えないことを確認）。",
            "Withdrawn (looked for as the public sees it, and gone).",
        )
        return Outcome(item, "withdrawn", ja, en)


def file_of(held: Published | None, item: Item) -> Held | None:
    """The file that the item is about, under whatever name."""
    if held is None:
        return None
    taken = (file for file in held.resources.values() if item.takes and file.id == item.takes)
    return next(taken, None) or held.resources.get(item.offer.file_name)


def take_away(portal: Portal, held: Published, file: Held | None, said: str) -> None:
    """Withdraw, and look as the public does. Raises PortalError where something is still to be had."""
    portal.withdraw(held, file, said)
    if left := portal.still_public(held, file):
        raise PortalError(
            f"取り下げたはずのものが、まだ公開されています: {left} ポータルの担当者にすぐ連絡してください。",
            f"What was to be withdrawn is still public: {left} Call those in charge of the portal at once.",
        )


def _failed(item: Item, error: OdtoolError) -> Outcome:
    trace = error.trace if isinstance(error, FaultError) else None
    return Outcome(item, "failed", f"できませんでした。{error.ja}", f"Failed. {error.en}", trace=trace)


# --- what is remembered --------------------------------------------------------------------------


def _readback(offer: Offer, digest: str, at: str, differs: str = "") -> Readback:
    return Readback(
        at, offer.dataset_name, offer.file_name, offer.content_sha256, digest, not differs, differs
    )


def _withdrawal(item: Item, address: str, at: str, *, verified: bool) -> Withdrawal:
    offer = item.offer
    whose = offer.municipality
    return Withdrawal(at, address, offer.dataset_name, offer.file_name, whose, item.ja, verified, __version__)


def _entries(outcome: Outcome, address: str, at: str) -> Iterator[Publication | Unpublished | Withdrawal]:
    """What the ledger keeps of an outcome."""
    item = outcome.item
    offer = item.offer
    if outcome.status in ("published", "unchanged") or outcome.public:
        yield Publication(
            at=at,
            portal=address,
            dataset_name=offer.dataset_name,
            file_name=offer.file_name,
            municipality=offer.municipality,
            slug=offer.slug,
            edition=offer.edition,
            action="restore" if any(change.field == WITHDRAWN for change in item.changes) else item.action,
            source_sha256=offer.source_sha256,
            content_sha256=offer.content_sha256,
            errors=offer.errors,
            warnings=offer.warnings,
            url=outcome.url,
            tool=__version__,
        )
    match outcome.status:
        case "withdrawn":
            yield _withdrawal(item, address, at, verified=True)
        case "refused" | "failed" | "not-done":
            yield Unpublished(
                at, address, offer.dataset_name, offer.file_name, offer.municipality, offer.path,
                outcome.status, outcome.ja, outcome.en,
            )  # fmt: skip


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """4 where we failed ourselves, else 3 where the portal is in the way, else 1 where data is refused, else 0. What was
    edited by hand is in the way only where the file itself was: it keeps what is published from being what was judged."""
    found = list(outcomes)
    if any(o.trace is not None for o in found):
        return FaultError.exit_code
    if any(o.status in ("failed", "not-done") or in_the_way(o.item) for o in found):
        return PortalError.exit_code
    return 1 if any(o.status == "refused" for o in found) else 0


def in_the_way(item: Item) -> bool:
    """Whether the portal keeps the file itself from being what was judged."""
    if item.action == "drift":
        return any(change.field == CONTENT for change in item.left)
    return item.cause == "portal"
