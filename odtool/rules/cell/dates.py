"""Days, times and years."""

import datetime as dt
import re
from functools import cache

from odtool.model import Field
from odtool.rule import Unlike, rule
from odtool.rules import mends
from odtool.rules.cell.common import COMMON, TABLE_SCHEMA, Found, unless
from odtool.text import narrow

_ISO_DAYS = ("default", "any", "%Y-%m-%d")
_SURELY_A_DAY = "(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "M": 1867, "T": 1911, "S": 1925,
         "H": 1988, "R": 2018}  # fmt: skip
_DAY = r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]0{1,2}:00(?::00)?)?"
_ERA_DAY = (
    r"(明治|大正|昭和|平成|令和|[MTSHR])(元|0?[1-9]|[1-9][0-9])[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
)


@cache
def iso_day(value: str) -> str | None:
    """The day that is surely meant, as 2026-04-01; None when it is not certain."""
    text = narrow(value)
    if found := re.fullmatch(_DAY, text):
        year, month, day = map(int, found.groups())
    elif found := re.fullmatch(_ERA_DAY, text):
        year = _ERAS[found[1]] + (1 if found[2] == "元" else int(found[2]))
        month, day = int(found[3]), int(found[4])
        if year < 1873:  # until then the months were lunar ones
            return None
    elif re.fullmatch("(?:19|20)[0-9]{6}", text):
        year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    else:
        return None
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None


@rule(
    "cell", types=("date",), severity="error",
    ja="「{value}」は日付の形ではありません。2026-04-01 のように、年4桁-月2桁-日2桁で書いてください。",
    en="“{value}” is not written as a date. Write it like 2026-04-01.",
    bad="2026/4/1", good="2026-04-01", source="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    clean=lambda field: Unlike(_SURELY_A_DAY if field.shape.format in _ISO_DAYS else ""),
    mends=mends.DAY,
)  # fmt: skip
def date_format(value: str, field: Field) -> Found:
    """日付は年・月・日をハイフンで区切り、4桁・2桁・2桁で書きます。

    A date is year, month and day joined by hyphens: four digits, two, two.
    """
    if field.shape.format not in _ISO_DAYS:
        return unless(_parses(value, field.shape.format), value)
    day = iso_day(value)
    return unless(day is not None and value == day, value, day)


_SURELY_A_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"


@cache
def clock(value: str) -> str | None:
    """The time that is surely meant, as 09:00; seconds are dropped only where they are zero."""
    text = narrow(value).replace("時", ":").removesuffix("分")
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{0,2})(?::00)?", text)
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


@rule(
    "cell", types=("time",), severity="error",
    ja="「{value}」は時刻の形ではありません。09:00 のように、24時間制の 時2桁:分2桁 で書いてください。",
    en="“{value}” is not written as a time. Write it like 09:00 (24-hour clock).",
    bad="9:00", good="09:00", source=COMMON,
    clean=lambda field: Unlike(_SURELY_A_TIME if field.shape.format == "%H:%M" else ""),
    mends=mends.TIME,
)  # fmt: skip
def time_format(value: str, field: Field) -> Found:
    """時刻は24時間制で、時と分を2桁ずつコロンで区切ります。

    A time is written with a 24-hour clock, two digits each for hour and minute.
    """
    if field.shape.format == "%H:%M":
        return unless(re.fullmatch("(?:[01][0-9]|2[0-3]):[0-5][0-9]", value) is not None, value, clock(value))
    pattern = "%H:%M:%S" if field.shape.format in ("default", "any") else field.shape.format
    return unless(_parses(value, pattern), value)


@rule(
    "cell", types=("datetime",), severity="error",
    ja="「{value}」は日時の形ではありません。2026-04-01T09:00:00 のように書いてください。",
    en="“{value}” is not a date and time. Write it like 2026-04-01T09:00:00.",
    bad="2026/4/1 9:00", good="2026-04-01T09:00:00", source="https://www.rfc-editor.org/rfc/rfc3339",
)  # fmt: skip
def datetime_format(value: str, field: Field) -> Found:
    """日時は日付と時刻を T でつなぎます。

    A date and a time are joined by T.
    """
    if field.shape.format in ("default", "any"):
        pattern = (
            r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
        )
        if not re.fullmatch(pattern, value):
            return unless(False, value)
        try:
            dt.datetime.fromisoformat(value)
        except ValueError:
            return unless(False, value)
        return None
    return unless(_parses(value, field.shape.format), value)


def _parses(value: str, pattern: str) -> bool:
    try:
        dt.datetime.strptime(value, pattern)  # noqa: DTZ007 - a wall-clock value as it stands in a table
    except ValueError:
        return False
    return value.isascii()


@rule(
    "cell", types=("year", "yearmonth"), severity="error",
    ja="「{value}」は西暦の年（または年月）ではありません。2026（年月は 2026-04）のように書いてください。",
    en="“{value}” is not a year (or year and month). Write 2026 (or 2026-04).",
    bad="令和8年", good="2026", source=f"{TABLE_SCHEMA}#year",
)  # fmt: skip
def year_format(value: str, field: Field) -> Found:
    """年は西暦4桁、年月は 2026-04 の形で書きます。

    A year has four digits; year and month are written like 2026-04.
    """
    pattern = "[0-9]{4}" if field.shape.type == "year" else "[0-9]{4}-(?:0[1-9]|1[0-2])"
    return unless(re.fullmatch(pattern, value) is not None, value)
