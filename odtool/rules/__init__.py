"""Every rule, by id: the one place from which they are had. Importing this package declares them all."""

from collections.abc import Mapping
from types import MappingProxyType

from odtool.rule import DECLARED, Rule, Scope
from odtool.rules import (
    cell,
    column,
    compare,
    file,
    header,
    mapped,
    pair,
    record,
    row,
    safety,
    table,
    variant,
)

RULES: Mapping[str, Rule] = MappingProxyType(DECLARED)


def of_scope(scope: Scope) -> list[Rule]:
    """The rules of that scope, in the order of their declaration."""
    return [rule for rule in RULES.values() if rule.scope == scope]


__all__ = [
    "RULES",
    "Rule",
    "cell",
    "column",
    "compare",
    "file",
    "header",
    "mapped",
    "of_scope",
    "pair",
    "record",
    "row",
    "safety",
    "table",
    "variant",
]
