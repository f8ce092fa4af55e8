"""What a cell's text looks like: a number with or without ornaments, a unit, a point in time."""

import re
import unicodedata
from functools import lru_cache

from odtool.text import narrow

LONGEST_NUMBER = 60  # a longer text is no number, and patterns are never tried on texts without bound
PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
# Units as they stand behind a number or, in brackets, behind a name. Most are SI or counters of Japanese.
UNITS = (
    "円|千円|百万円|億円|万円|兆円|人|千人|万人|名|世帯|戸|件|棟|台|個|箇所|か所|カ所|ヶ所|所|校|園|回|日|時間|分|秒|歳|才|年|月|か月|カ月|ヶ月|週"
    "|本|枚|冊|部|点|床|室|席|区画|社|団体|頭|羽|匹|株|隻|便|組|階|層|倍|位|度|トン|千トン|キロ|メートル|リットル"
    "|%|‰|℃|°C|°|ha|a|m|m2|m3|㎡|㎥|km|km2|㎢|㎞|cm|mm|㎝|㎜|kg|g|mg|t|l|L|ml|kL|W|kW|kWh|MW|MWh|V|A|Hz|dB|ppm|ppb|hPa|Pa|J|MJ|GJ|cal|kcal"
    "|byte|bytes|バイト|B|KB|MB|GB|JPY|USD|yen|¥|￥|\\$|μg/m3|mg/L|人/km2|人/㎢|m/s|km/h"
)
_UNIT = f"(?:{UNITS})"
UNIT_CELL = re.compile(rf"[（(［\[〔【]?(?:単位[：:／/]?)?{_UNIT}[）)］\]〕】]?")
_ORNATE = re.compile(
    rf"(?:[▲△▼+±-]|約|計|[¥￥\\$])*\(?[0-9][0-9, ]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\)?\s*{_UNIT}?\s*"
    r"(?:(?:\(?[※注*†‡]\)?[0-9a-zA-Z]*\)?)|\([^()]{1,8}\)?|[a-z]\))?"
)
_YEAR = re.compile(
    r"(?:(?:1[89]|20)[0-9]{2}(?:年度?)?|(?:明治|大正|昭和|平成|令和|[MTSHR])(?:元|[0-9]{1,2})(?:年度?)?)"
)


@lru_cache(maxsize=65_536)
def is_plain(text: str) -> bool:
    """A number as machines read it: ASCII digits, a point at most, no separators, units or marks."""
    return PLAIN.fullmatch(text) is not None


@lru_cache(maxsize=65_536)
def number_like(text: str) -> bool:
    """A number to a person's eye: also with units, separators, brackets, ▲ or the mark of a footnote."""
    if len(text) > LONGEST_NUMBER:
        return False
    return _ORNATE.fullmatch(narrow(text)) is not None or is_plain(text.strip())


@lru_cache(maxsize=65_536)
def meant_number(text: str) -> str | None:
    """The plain number that is certainly meant: full width and thousands separators only."""
    plain = re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?:[^0-9]|$))", "", narrow(text))
    return plain if is_plain(plain) else None


def is_period(text: str) -> bool:
    """A year, or a month or quarter by itself."""
    return (
        is_year(text) or re.fullmatch("[0-9]{1,2}月(?:分)?|第?[1-4一二三四]四半期", narrow(text)) is not None
    )


def is_year(text: str) -> bool:
    return _YEAR.fullmatch(narrow(text)) is not None


def plain_text(text: str) -> str:
    """NFKC without outer blanks: what is left when width does not count."""
    return unicodedata.normalize("NFKC", text).strip()
