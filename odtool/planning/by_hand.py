"""A plan for a portal where a person registers the data: it speaks of what is prepared, not of the portal itself,
which nobody has asked."""

from collections.abc import Mapping
from dataclasses import replace

from odtool.planning.plan import Action, Plan

_SAID: Mapping[Action, tuple[str, str]] = {
    "create": ("手で登録する一式にまだ入っていません。", "Not among what is to be registered by hand yet."),
    "unchanged": (
        "手で登録する一式にあるものと同じです（登録が済んだかどうかは確認していません）。",
        "As it is among what is to be registered by hand (whether that was done is not checked).",
    ),
}


def by_hand(plan: Plan) -> Plan:
    """The same plan with reasons that are true there."""
    items = (
        replace(item, ja=_SAID[item.action][0], en=_SAID[item.action][1]) if item.action in _SAID else item
        for item in plan.items
    )
    return replace(plan, items=tuple(items))
