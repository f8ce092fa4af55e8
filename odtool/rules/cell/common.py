"""What the rules on single cells share: where they come from, and the forms of their answers."""

import re
from functools import cache

from odtool.rule import Hit
from odtool.text import PLACEHOLDERS

COMMON = "国の定義の共通規則（自治体標準オープンデータセット 項目定義）"
TABLE_SCHEMA = "https://specs.frictionlessdata.io/table-schema/"
GIF = "https://www.digital.go.jp/policies/data_strategy_government_interoperability_framework"
Found = Hit | None


def unless(good: bool, value: str, suggestion: str | None = None) -> Found:
    """A hit unless the value is good. A placeholder is always answered with «leave it empty»."""
    if good:
        return None
    return {"suggestion": "" if value.strip() in PLACEHOLDERS else suggestion}


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
