"""Offers + what the portal holds → a plan: create, update, leave, refuse.

Pure: values in, values out. A plan made twice from the same files and the same portal is the same,
but for its date; that is how a plan that has gone stale is noticed.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

from odtool import __version__
from odtool.errors import UsageError

SCHEMA = "odtool-plan/1"
ABSENT = "absent"

Action = Literal["create", "update", "unchanged", "refuse"]
ACTIONS: tuple[Action, ...] = ("create", "update", "unchanged", "refuse")
Cause = Literal["data", "portal"]


class StalePlanError(UsageError):
    """The files or the portal are not what they were when the plan was made."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(
            f"計画が古くなっています。{ja}何も変えていません。odtool plan でもう一度計画を作ってください。",
            f"The plan is stale: {en} Nothing was changed. Make a new one with odtool plan.",
        )


# --- what is offered ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of use; `id` is the portal's own word for them."""

    id: str
    title: str
    url: str


CC_BY = Licence(
    "CC-BY-4.0",
    "クリエイティブ・コモンズ 表示 4.0 国際（CC BY 4.0）",
    "https://creativecommons.org/licenses/by/4.0/deed.ja",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not published, and whether its data or the portal is the reason."""

    cause: Cause
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A judged file prepared for publication, or refused.

    `content_sha256` and `size` are those of the CSV that would be published, `source_sha256` is the file's
    own. The last fields are for the portal to show and no part of a plan's text.
    """

    path: str
    source_sha256: str
    municipality: str = ""
    dataset: str = ""
    edition: str = ""
    slug: str = ""
    dataset_name: str = ""
    file_name: str = ""
    title: str = ""
    licence: str = ""
    content_sha256: str = ""
    size: int = 0
    rows: int = 0
    errors: int = 0
    warnings: int = 0
    hints: int = 0
    refusal: Refusal | None = None
    file_title: str = field(default="", compare=False)
    national_title: str = field(default="", compare=False)
    description: str = field(default="", compare=False)
    tags: tuple[str, ...] = field(default=(), compare=False)
    terms: Licence = field(default=CC_BY, compare=False)
    judged: str = field(default="", compare=False)
    schema: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def metadata(self) -> dict[str, str]:
        """What the dataset's entry on the portal has to say."""
        return {"title": self.title, "licence": self.licence, "dataset": self.dataset}


# --- what the portal holds ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A file on a portal. `sha256` is empty and `size` None where the portal does not tell."""

    file_name: str
    id: str
    sha256: str
    size: int | None
    url: str


@dataclass(frozen=True, slots=True)
class Published:
    """A dataset on a portal. `obstacle` tells why it must not be touched; None where it is ours.

    `details` is whatever else a hand may have changed since a plan was made.
    """

    name: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    resources: Mapping[str, Held] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    obstacle: Refusal | None = None


def state(published: Published | None) -> str:
    """A digest of what the portal holds for a dataset."""
    if published is None:
        return ABSENT
    text = json.dumps(asdict(published), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


# --- the plan ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs: what the portal has, what it is to have."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be done with one offer, and why. `state` is what the portal held when this was decided, `url`
    where it has the file."""

    offer: Offer
    action: Action
    ja: str
    en: str
    changes: tuple[Change, ...] = ()
    state: str = ABSENT
    cause: Cause | None = None
    url: str = ""

    def why(self, lang: str) -> str:
        return self.en if lang == "en" else self.ja


@dataclass(frozen=True, slots=True)
class Plan:
    """All items in the order of the files. `dataset` and `municipality` are the options it was made with."""

    portal: str
    address: str
    made: str
    items: tuple[Item, ...]
    dataset: str | None = None
    municipality: str | None = None
    tool: str = __version__

    def count(self, action: Action) -> int:
        return sum(item.action == action for item in self.items)


def settle(offers: Iterable[Offer]) -> list[Offer]:
    """Offers that would become the same file of a dataset, or one dataset in two editions, are refused."""
    found = list(offers)
    by_file: defaultdict[tuple[str, str], list[Offer]] = defaultdict(list)
    by_dataset: defaultdict[str, set[str]] = defaultdict(set)
    for offer in found:
        if not offer.refusal:
            by_file[offer.dataset_name, offer.file_name].append(offer)
            by_dataset[offer.dataset_name].add(offer.dataset)
    return [_settled(offer, by_file, by_dataset, found) for offer in found]


def _settled(
    offer: Offer,
    by_file: Mapping[tuple[str, str], list[Offer]],
    by_dataset: Mapping[str, set[str]],
    found: list[Offer],
) -> Offer:
    if offer.refusal:
        return offer
    place = f"{offer.dataset_name}/{offer.file_name}"
    rivals = [other for other in by_file[offer.dataset_name, offer.file_name] if other is not offer]
    if not rivals and len(by_dataset[offer.dataset_name]) > 1:
        place = offer.dataset_name
        rivals = [
            other
            for other in found
            if not other.refusal
            and other.dataset_name == offer.dataset_name
            and other.dataset != offer.dataset
        ]
    if not rivals:
        return offer
    names = [other.path for other in rivals]
    refusal = Refusal(
        "data",
        f"{'、'.join(names)} と同じ {place} になるため、どちらも公開しません。公開する方だけを指定してください。",
        f"It would become the same {place} as {', '.join(names)}, so neither is published. Give only one of them.",
    )
    return replace(offer, refusal=refusal)


def plan(
    offers: Iterable[Offer],
    published: Mapping[str, Published | None],
    *,
    portal: str,
    address: str,
    made: str,
    dataset: str | None = None,
    municipality: str | None = None,
) -> Plan:
    """Decide for each offer. `published` is what the portal holds, by the names of the datasets."""
    items = tuple(_item(offer, published.get(offer.dataset_name)) for offer in settle(offers))
    return Plan(portal, address, made, items, dataset, municipality)


def _item(offer: Offer, held: Published | None) -> Item:
    refusal = offer.refusal or (held.obstacle if held else None)
    if refusal:
        seen = ABSENT if offer.refusal else state(held)
        return Item(offer, "refuse", refusal.ja, refusal.en, state=seen, cause=refusal.cause)
    changes = differences(offer, held)
    if held is None:
        return Item(offer, "create", "ポータルにまだありません。", "Not on the portal yet.", changes)
    if offer.file_name not in held.resources:
        ja, en = "データセットにこのファイルがまだありません。", "The dataset does not have this file yet."
        return Item(offer, "create", ja, en, changes, state(held))
    url = held.resources[offer.file_name].url
    if not changes:
        ja, en = "ポータルにあるものと同じです。", "The portal has the same."
        return Item(offer, "unchanged", ja, en, (), state(held), url=url)
    ja = "、".join(FIELDS[change.field][0] for change in changes)
    en = ", ".join(FIELDS[change.field][1] for change in changes)
    return Item(offer, "update", f"違うところ: {ja}", f"Differs in: {en}", changes, state(held), url=url)


FIELDS = {
    "content": ("中身", "contents"),
    "title": ("題名", "title"),
    "licence": ("ライセンス", "licence"),
    "dataset": ("データセットの種類", "kind of dataset"),
    "tags": ("タグ", "tags"),
}


def differences(offer: Offer, held: Published | None) -> tuple[Change, ...]:
    """Field by field what the portal has to change to hold the offer. Tags that others added may stay."""
    found = []
    file = held.resources.get(offer.file_name) if held else None
    if not file or file.sha256 != offer.content_sha256 or file.size not in (None, offer.size):
        found.append(Change("content", file.sha256 if file else "", offer.content_sha256))
    before = held.metadata if held else {}
    found += [
        Change(key, before.get(key, ""), value)
        for key, value in offer.metadata.items()
        if before.get(key, "") != value
    ]
    tags = held.tags if held else ()
    if not set(offer.tags) <= set(tags):
        found.append(Change("tags", "、".join(tags), "、".join(dict.fromkeys((*tags, *offer.tags)))))
    return tuple(found)


def require_same(stored: Plan, fresh: Plan) -> None:
    """Raises StalePlanError where the two differ in more than their dates."""
    if _essence(stored) == _essence(fresh):
        return
    if stored.tool != fresh.tool:
        raise StalePlanError(
            f"計画は odtool {stored.tool} で作られました（今は {fresh.tool}）。",
            f"it was made with odtool {stored.tool}, this is {fresh.tool}.",
        )
    before = {item.offer.path: item for item in stored.items}
    off = [item for item in fresh.items if before.get(item.offer.path) != item]
    for item in off:
        old = before.get(item.offer.path)
        if old and old.offer.source_sha256 != item.offer.source_sha256:
            path = item.offer.path
            raise StalePlanError(f"{path} が計画の後で変わりました。", f"{path} has changed since.")
        if old and old.state != item.state:
            name = item.offer.dataset_name
            raise StalePlanError(
                f"ポータルの {name} が計画の後で変わりました。", f"{name} has changed on the portal since."
            )
    what = off[0].offer.path if off else stored.address
    raise StalePlanError(f"{what} の扱いが計画と違います。", f"{what} would be treated differently now.")


def _essence(plan: Plan) -> dict[str, Any]:
    return {key: value for key, value in as_dict(plan).items() if key != "made"}


# --- the plan as JSON --------------------------------------------------------------------------

_SHOWN = tuple(f.name for f in fields(Offer) if f.compare and f.name != "refusal")


def as_dict(plan: Plan) -> dict[str, Any]:
    """The public form, «odtool-plan/1»."""
    return {
        "schema": SCHEMA,
        "tool": plan.tool,
        "made": plan.made,
        "portal": {"name": plan.portal, "address": plan.address},
        "options": {"dataset": plan.dataset, "municipality": plan.municipality},
        "summary": {action: plan.count(action) for action in ACTIONS},
        "items": [_item_as_dict(item) for item in plan.items],
    }


def _item_as_dict(item: Item) -> dict[str, Any]:
    return {
        **{key: getattr(item.offer, key) for key in _SHOWN},
        "action": item.action,
        "reason": {"ja": item.ja, "en": item.en},
        "cause": item.cause,
        "changes": [asdict(change) for change in item.changes],
        "state": item.state,
        "url": item.url,
    }


def to_json(plan: Plan) -> str:
    return json.dumps(as_dict(plan), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def from_json(text: str | bytes, name: str) -> Plan:
    """The plan in that text. Raises UsageError where it is none; `name` is for the message."""
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA:
            raise ValueError(data["schema"])
        options = data["options"]
        return Plan(
            portal=str(data["portal"]["name"]),
            address=str(data["portal"]["address"]),
            made=str(data["made"]),
            items=tuple(_item_from(entry) for entry in data["items"]),
            dataset=options["dataset"],
            municipality=options["municipality"],
            tool=str(data["tool"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            f"{name} は odtool の計画（{SCHEMA}）として読めません。odtool plan -o で作ったファイルを指定してください。",
            f"{name} is no plan of odtool ({SCHEMA}). Give a file made by odtool plan -o.",
        ) from None


def _item_from(entry: Mapping[str, Any]) -> Item:
    if entry["action"] not in ACTIONS:
        raise ValueError(entry["action"])
    reason = entry["reason"]
    return Item(
        offer=Offer(**{key: entry[key] for key in _SHOWN}),
        action=entry["action"],
        ja=reason["ja"],
        en=reason["en"],
        changes=tuple(Change(c["field"], c["before"], c["after"]) for c in entry["changes"]),
        state=entry["state"],
        cause=entry["cause"],
        url=entry["url"],
    )
