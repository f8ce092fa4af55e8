"""A plan as JSON, and whether a stored one still holds."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from odtool.errors import UsageError
from odtool.ledger.journal import PlannedItem
from odtool.planning.plan import ACTIONS, Change, Item, Offer, Plan, Reading, StalePlanError, Wishes
from odtool.rules.safety import REVIEWABLE

SCHEMA = "odtool-plan/1"
_SHOWN = tuple(f.name for f in fields(Offer) if f.compare and f.name != "refusal")
_KINDS = {
    "tags": list,
    "metadata": dict,
    **dict.fromkeys(("size", "rows", "errors", "warnings", "hints"), int),
}
"""What is no text in JSON."""


def require_same(stored: Plan, fresh: Plan) -> None:
    """Raises StalePlanError where the two differ in more than their dates."""
    if _essence(stored) == _essence(fresh):
        return
    if stored.tool != fresh.tool:
        raise StalePlanError(
            f"計画は odtool {stored.tool} で作られました（今は {fresh.tool}）。",
            f"it was made with odtool {stored.tool}, this is {fresh.tool}.",
        )
    before = {_key(item): item for item in stored.items}
    off = [item for item in fresh.items if before.get(_key(item)) != item]
    for item in off:
        old = before.get(_key(item))
        if old and old.offer.source_sha256 != item.offer.source_sha256:
            path = item.offer.path
            raise StalePlanError(f"{path} が計画の後で変わりました。", f"{path} has changed since.")
        if old and old.state != item.state:
            name = item.offer.dataset_name
            raise StalePlanError(
                f"ポータルの {name} が計画の後で変わりました。", f"{name} has changed on the portal since."
            )
    what = (off[0].offer.path or off[0].offer.dataset_name) if off else stored.address
    raise StalePlanError(f"{what} の扱いが計画と違います。", f"{what} would be treated differently now.")


def _key(item: Item) -> tuple[str, str, str]:
    """A withdrawal has no file of its own."""
    offer = item.offer
    return (offer.path, "", "") if offer.path else ("", offer.dataset_name, offer.file_name)


def _essence(plan: Plan) -> dict[str, Any]:
    return {key: value for key, value in as_dict(plan).items() if key != "made"}


def as_dict(plan: Plan) -> dict[str, Any]:
    """The public form, «odtool-plan/1»."""
    return {
        "schema": SCHEMA,
        "tool": plan.tool,
        "made": plan.made,
        "portal": {"name": plan.portal, "address": plan.address},
        "options": {
            "dataset": plan.dataset,
            "municipality": plan.municipality,
            "adopt": sorted(plan.wishes.adopt),
            "restore": sorted(plan.wishes.restore),
            "overwrite": plan.wishes.overwrite,
            "prune": plan.wishes.prune,
            **({"emptied": True} if plan.wishes.emptied else {}),
            "reviewed": list(plan.reading.reviewed),
            "mappings": plan.reading.mappings,
            "mapping": _mapping_as_dict(plan.reading),
        },
        "summary": {action: plan.count(action) for action in ACTIONS},
        "items": [_item_as_dict(item) for item in plan.items],
    }


def _mapping_as_dict(reading: Reading) -> dict[str, Any] | None:
    if not reading.columns and not reading.fixed:
        return None
    return {
        "name": reading.name,
        "dataset": reading.dataset,
        "header": reading.header,
        "columns": dict(reading.columns),
        "fixed": dict(reading.fixed),
    }


def _item_as_dict(item: Item) -> dict[str, Any]:
    shown = {key: getattr(item.offer, key) for key in _SHOWN}
    return {
        **shown,
        "tags": list(item.offer.tags),
        "metadata": dict(item.offer.metadata),
        "action": item.action,
        "reason": {"ja": item.ja, "en": item.en},
        "cause": item.cause,
        "changes": [asdict(change) for change in item.changes],
        "left": [asdict(change) for change in item.left],
        "state": item.state,
        "url": item.url,
        "takes": item.takes,
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
            dataset=_perhaps(options["dataset"]),
            municipality=_perhaps(options["municipality"]),
            wishes=Wishes(
                adopt=frozenset(map(str, options["adopt"])),
                restore=frozenset(map(str, options["restore"])),
                overwrite=bool(options["overwrite"]),
                prune=bool(options["prune"]),
                emptied=bool(options.get("emptied", False)),
            ),
            tool=str(data["tool"]),
            reading=_reading(options),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(
            f"{name} は odtool の計画（{SCHEMA}）として読めません。odtool plan -o で作ったファイルを指定してください。",
            f"{name} is no plan of odtool ({SCHEMA}). Give a file made by odtool plan -o.",
        ) from None


def _reading(options: Mapping[str, Any]) -> Reading:
    """Only what may be reviewed is: a plan is a file that anybody can write."""
    reviewed = tuple(map(str, options["reviewed"]))
    if not set(reviewed) <= set(REVIEWABLE):
        raise ValueError(reviewed)
    found = options["mapping"] or {"name": "", "dataset": None, "header": None, "columns": {}, "fixed": {}}
    return Reading(
        columns={str(label): str(name) for label, name in found["columns"].items()},
        fixed={str(name): str(value) for name, value in found["fixed"].items()},
        dataset=_perhaps(found["dataset"]),
        header=_perhaps(found["header"]),
        name=str(found["name"]),
        mappings=str(options["mappings"]),
        reviewed=reviewed,
    )


def _item_from(entry: Mapping[str, Any]) -> Item:
    if entry["action"] not in ACTIONS:
        raise ValueError(entry["action"])
    reason = entry["reason"]
    shown = {key: entry[key] for key in _SHOWN}
    for key, value in shown.items():
        if type(value) is not _KINDS.get(key, str):
            raise TypeError(key)
    return Item(
        offer=Offer(**shown | {"tags": tuple(entry["tags"]), "metadata": dict(entry["metadata"])}),
        action=entry["action"],
        ja=_text(reason["ja"]),
        en=_text(reason["en"]),
        changes=_changes(entry["changes"]),
        left=_changes(entry["left"]),
        state=_text(entry["state"]),
        cause=entry["cause"],
        url=_text(entry["url"]),
        takes=_text(entry["takes"]),
    )


def _text(value: Any) -> str:
    """Raises TypeError where it is none: a plan is a file that anybody can write."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _perhaps(value: Any) -> str | None:
    return None if value is None else _text(value)


def listed(plan: Plan) -> list[PlannedItem]:
    """The items as the ledger keeps them."""
    return [
        PlannedItem(
            item.offer.dataset_name,
            item.offer.file_name,
            item.offer.municipality,
            item.offer.path,
            item.offer.title,
            item.action,
            item.ja,
            item.en,
        )
        for item in plan.items
    ]


def _changes(entries: list[Mapping[str, str]]) -> tuple[Change, ...]:
    return tuple(Change(entry["field"], entry["before"], entry["after"]) for entry in entries)
