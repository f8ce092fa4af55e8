"""A plan and a portal → outcomes. Does exactly what the plan says, in its order, and believes only what it reads back."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from odtool import __version__, config
from odtool.errors import OdtoolError, PortalError, UsageError
from odtool.plan import Item, Offer, Plan, Published, StalePlanError, differences, state
from odtool.portal import Portal, PortalStopError
from odtool.record import Publication

Status = Literal["published", "unchanged", "refused", "failed", "not-done"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item, in a sentence. `url` is where the file is to be had."""

    item: Item
    status: Status
    ja: str
    en: str
    url: str = ""

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.ja


def connect(settings: config.Settings, *, writing: bool, create_organization: bool = False) -> Portal:
    """The portal behind the settings. Raises UsageError where writing needs a token and there is none."""
    if settings.type == "folder":
        from odtool.portal.folder import Folder

        return Folder(settings.name, settings.path, settings.title, f"odtool {__version__}")
    from odtool.portal.ckan import Ckan

    token = config.token(settings)
    if writing and not token:
        raise UsageError(
            f"{settings.name} に公開するにはトークンが要ります。環境変数 {settings.token_variable} に入れるか、"
            "odtool.toml の token_file にファイルを書いてください。",
            f"Publishing to {settings.name} needs a token. Put it into the environment variable "
            f"{settings.token_variable}, or name a file as token_file in odtool.toml.",
        )
    return Ckan(
        settings.name,
        settings.url,
        token,
        organization=settings.organization,
        contact=settings.contact,
        create_organization=create_organization,
    )


def apply(
    plan: Plan,
    portal: Portal,
    content: Callable[[Offer], bytes],
    *,
    now: Callable[[], str],
    note: Callable[[Publication], None] = lambda _: None,
    each: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Carry the plan out. `content` gives the bytes to publish, or raises StalePlanError where the file has changed.

    One item's failure does not stop the others, unless the portal cannot be reached or refuses the token:
    then the rest is left alone. `note` is told of every success at once, `each` of every outcome.
    """
    outcomes: list[Outcome] = []
    begun: set[str] = set()
    stopped = False
    for item in plan.items:
        outcome, stop = _outcome(item, portal, content, begun, stopped=stopped)
        stopped = stopped or stop
        if outcome.status in ("published", "unchanged"):
            note(_noted(item, portal, outcome, now()))
        outcomes.append(outcome)
        each(outcome)
    portal.finish()
    return outcomes


def _outcome(
    item: Item, portal: Portal, content: Callable[[Offer], bytes], begun: set[str], *, stopped: bool
) -> tuple[Outcome, bool]:
    """What became of the item, and whether to leave the rest alone."""
    if item.action == "refuse":
        return Outcome(item, "refused", f"公開しません。{item.ja}", f"Not published. {item.en}"), False
    if item.action == "unchanged":
        return Outcome(item, "unchanged", "変更はありません。", "Nothing to change.", item.url), False
    if stopped:
        ja, en = (
            "ポータルに書き込めないため、行いませんでした。",
            "Not done, as the portal cannot be written to.",
        )
        return Outcome(item, "not-done", ja, en), False
    try:
        url = _carry_out(item, portal, content(item.offer), begun)
    except PortalStopError as error:
        return _failed(item, error), True
    except (PortalError, StalePlanError) as error:
        return _failed(item, error), False
    ja, en = "公開しました（読み直して一致を確認）。", "Published (read back and found the same)."
    return Outcome(item, "published", ja, en, url), False


def _failed(item: Item, error: OdtoolError) -> Outcome:
    return Outcome(item, "failed", f"できませんでした。{error.ja}", f"Failed. {error.en}")


def _carry_out(item: Item, portal: Portal, content: bytes, begun: set[str]) -> str:
    """Write what differs and read it back; the file's address."""
    offer = item.offer
    held = portal.find(offer.dataset_name)
    if offer.dataset_name not in begun and state(held) != item.state:
        raise StalePlanError(
            f"ポータルの {offer.dataset_name} が計画の後で変わりました。",
            f"{offer.dataset_name} has changed on the portal since.",
        )
    begun.add(offer.dataset_name)
    wrong = {change.field for change in differences(offer, held)}
    if held is None or wrong - {"content"}:
        portal.save_dataset(offer, held)
    before = held.resources.get(offer.file_name) if held else None
    if "content" in wrong:
        portal.save_resource(offer, content, before)
    return _read_back(offer, portal, before.id if before else None)


def _read_back(offer: Offer, portal: Portal, known_id: str | None) -> str:
    """The file's address. Raises PortalError unless entry and bytes are what was sent."""
    found: Published | None = portal.find(offer.dataset_name)
    file = found.resources.get(offer.file_name) if found else None
    if found is None or file is None:
        raise _unlike("見つかりません", "it is not there")
    if found.obstacle:
        raise _unlike(found.obstacle.ja, found.obstacle.en)
    if known_id is not None and file.id != known_id:
        raise _unlike("ファイルの ID が変わりました", "the file's id has changed")
    if off := [change.field for change in differences(offer, found)]:
        raise _unlike(f"{'、'.join(off)} が違います", f"{', '.join(off)} differ")
    if hashlib.sha256(portal.fetch(file)).hexdigest() != offer.content_sha256:
        raise _unlike("ファイルの中身が違います", "the file's bytes differ")
    return file.url


def _unlike(ja: str, en: str) -> PortalError:
    return PortalError(
        f"送ったあとポータルから読み直すと、送ったものと一致しません（{ja}）。もう一度実行してください。",
        f"What was read back from the portal is not what was sent ({en}). Run this again.",
    )


def _noted(item: Item, portal: Portal, outcome: Outcome, at: str) -> Publication:
    offer = item.offer
    return Publication(
        at=at,
        portal=portal.address,
        dataset_name=offer.dataset_name,
        file_name=offer.file_name,
        municipality=offer.municipality,
        slug=offer.slug,
        edition=offer.edition,
        action=item.action,
        source_sha256=offer.source_sha256,
        content_sha256=offer.content_sha256,
        errors=offer.errors,
        warnings=offer.warnings,
        url=outcome.url,
        tool=__version__,
    )


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """3 where the portal is in the way, else 1 where data is refused, else 0."""
    found = list(outcomes)
    if any(o.status in ("failed", "not-done") or o.item.cause == "portal" for o in found):
        return PortalError.exit_code
    return 1 if any(o.status == "refused" for o in found) else 0
