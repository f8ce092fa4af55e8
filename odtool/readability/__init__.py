"""The 30 rules of 行政データにおける機械可読性に関するルール, judged on a whole file."""

from odtool.readability import (
    level1_book,
    level1_cells,
    level1_csv,
    level1_table,
    level2,
    level3_documents,
    level3_layout,
)
from odtool.readability.criterion import CRITERIA, Criterion, decides
from odtool.readability.facts import Facts
from odtool.readability.judge import judge

__all__ = [
    "CRITERIA",
    "Criterion",
    "Facts",
    "decides",
    "judge",
    "level1_book",
    "level1_cells",
    "level1_csv",
    "level1_table",
    "level2",
    "level3_documents",
    "level3_layout",
]
