"""Every rule, by id. Importing this package declares them all."""

from odtool.rule import RULES, Rule
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

__all__ = [
    "RULES",
    "Rule",
    "cell",
    "column",
    "compare",
    "file",
    "header",
    "mapped",
    "pair",
    "record",
    "row",
    "safety",
    "table",
    "variant",
]
