"""Rules on single cells. Each sees filled cells only, and once per distinct value of a column.

A check gets the value and its field; `field.shape` is what the value must look like. It returns None, or
a hit: facts for the message, and `suggestion` where it knows what to write ("" is: leave the cell empty).
A module holds the rules on one subject, whatever their stage.
"""

# ruff: noqa: I001 - the order of these lines is the order in which the rules are told
from odtool.rules.cell import (
    damage,
    spreadsheet,
    numbers,
    dates,
    codes,
    place,
    contact,
    words,
    lists,
    constraints,
)
from odtool.rules.cell import style, characters
from odtool.rules.cell.common import COMMON
from odtool.rules.cell.style import edge_space, placeholder

__all__ = [
    "COMMON",
    "characters",
    "codes",
    "constraints",
    "contact",
    "damage",
    "dates",
    "edge_space",
    "lists",
    "numbers",
    "place",
    "placeholder",
    "spreadsheet",
    "style",
    "words",
]
