"""Of which day data are, and how often they should be renewed.

A portal's «last changed» of a whole entry is no such day: a mass edit moves it for thousands of datasets at once. The
rows tell best, then the title, then what the portal says of the file itself.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from odtool.model import Match, Table

EVERY = "*"  # the key of what is stated for datasets of every kind
By = Literal["data", "title", "portal", ""]
_ERAS = {
    "令和": 2018,
    "平成": 1988,
    "R": 2018,
    "H": 1988,
    "r": 2018,
    "h": 1988,
}  # the year before each first one
_FULL = re.compile(
    r"(令和|平成|(?<![A-Za-z])[RHrh])\s*(元|\d{1,2})\s*[年.\-/]\s*(\d{1,2})\s*(?:[月.\-/]\s*(\d{1,2})?|(?=$))"
    r"|(?<!\d)((?:19|20)\d\d)\s*[年.\-/_]\s*(\d{1,2})\s*(?:[月.\-/_]\s*(\d{1,2})?|(?=\D|$))"
    r"|(?<!\d)((?:19|20)\d\d)([01]\d)([0-3]\d)(?!\d)"
    r"|(?<!\d)((?:19|20)\d\d)([01]\d)(?!\d)"
)
_YEAR = re.compile(
    r"(令和|平成|(?<![A-Za-z])[RH])\s*(元|\d{1,2})\s*年度?|(?<!\d)((?:19|20)\d\d)\s*年度?(?!\d)"
)
_AS_OF = re.compile(r"([^\s。、,(){}\[\]「」]{4,24}日)\s*(?:現在|時点)")
# Columns that say of which day a row is, in the national datasets.
COLUMNS = frozenset({"調査年月日", "最終更新日", "更新日", "データセット_最終更新日"})
_ROWS = 200_000

# Days after which an update is due, with a little grace for months of 31 days and leap years.
_WORDS: tuple[tuple[re.Pattern[str], int | None], ...] = tuple(
    (re.compile(pattern), days)
    for pattern, days in (
        (
            r"随時|不定期|適宜|必要に応じ|都度|変更時|未定|不明|irreg|unknown|as.?needed|更新しない|更新なし|更新予定なし|1回限り|never|no update",
            None,
        ),
        (r"リアルタイム|real.?time|hourly|毎時|1時間|update_cont|^cont$", 1),
        (r"毎日|日次|^1?日(に1回|ごと|毎)?$|1日1回|daily", 1),
        (r"月2回|半月|隔週|2週|bi.?weekly|biweekly|monthly_2", 16),
        (r"毎週|週次|週1回|1週|weekly", 7),
        (r"12[かヶケカヵ]月", 366),
        (r"隔月|(?<!\d)2[かヶケカヵ]月|bi.?monthly", 62),
        (r"四半期|(?<!\d)3[かヶケカヵ]月|年4回|quarter", 92),
        (r"半年|(?<!\d)6[かヶケカヵ]月|年2回|半期|annual_2|semi.?annual|bi.?annual|half.?year", 184),
        (r"(?<!\d)4[かヶケカヵ]月|年3回|annual_3", 123),
        (r"毎月|月次|月1回|(?<!\d)1[かヶケカヵ]月|1月に1回|^月$|monthly", 31),
        (r"隔年|(?<![\d和成rh])2年|biennial", 731),
        (r"(?<![\d和成rh])3年|triennial", 1096),
        (r"(?<![\d和成rh])5年", 1827),
        (r"毎年|年次|年1回|1年|^年$|年度|annual|yearly", 366),
    )
)


@dataclass(frozen=True, slots=True)
class Dated:
    """An ISO day, "" where nobody tells, and what tells it."""

    day: str = ""
    by: By = ""


def updated(data: Sequence[str], titles: Iterable[str], portal: str, today: str) -> Dated:
    """Of which day a file is: the newest day in its rows, else in its titles, else the portal's for the file. Days to
    come are plans, not updates."""
    newest = max((day for day in data if day <= today), default="")
    if newest:
        return Dated(newest, "data")
    for title in titles:
        if (day := in_title(title)) and day <= today:
            return Dated(day, "title")
    return Dated(portal, "portal") if _is_day(portal) and portal <= today else Dated()


def in_rows(table: Table | None, match: Match | None) -> list[str]:
    """The days in the table's columns that tell of which day a row is, newest first. Some may be to come."""
    if table is None or match is None:
        return []
    places = [mapped.column - 1 for mapped in match.mapping if mapped.field in COLUMNS]
    if not places:
        return []
    written: set[str] = set()
    for number, record in enumerate(table.grid.records(), 1):
        if number > _ROWS:
            break
        if number > table.header_row:
            written.update(record[place] for place in places if place < len(record))
    days = {value.strip()[:10].replace("/", "-") for value in written}
    return sorted(filter(_is_day, days), reverse=True)


def in_note(note: str) -> str:
    """The day of which data are, in words beside them: of all days there only one that is followed by 現在 or 時点, as in
    «令和6年2月1日現在»."""
    text = unicodedata.normalize("NFKC", note)
    return next((day for found in _AS_OF.finditer(text) if (day := in_title(found[1]))), "")


def in_title(title: str) -> str:
    """The day in a title such as «令和6年4月1日時点», «_20240401», «2024年4月»: without a day the first of the month; a
    year alone is no day, but a business year begins in April."""
    text = unicodedata.normalize("NFKC", title)
    for found in reversed(list(_FULL.finditer(text))):
        era, year, month, day, year2, month2, day2, year3, month3, day3, year4, month4 = found.groups()
        if era:
            parts = (_ERAS[era] + (1 if year == "元" else int(year)), int(month), int(day or 1))
        elif year2:
            parts = (int(year2), int(month2), int(day2 or 1))
        elif year3:
            parts = (int(year3), int(month3), int(day3))
        else:
            parts = (int(year4), int(month4), 1)
        try:
            return date(*parts).isoformat()
        except ValueError:
            continue
    for found in reversed(list(_YEAR.finditer(text))):
        era, year, western = found.groups()
        number = int(western) if western else _ERAS[era] + (1 if year == "元" else int(year))
        if found[0].endswith("年度"):
            return date(number, 4, 1).isoformat()
    return ""


def expected(frequency: str) -> int | None:
    """The days after which an update is due; None where nothing, or nothing certain, was said."""
    text = (
        unicodedata.normalize("NFKC", frequency)
        .strip()
        .casefold()
        .replace("一", "1")
        .replace("に1回", "1回")
        .replace("1か年", "1年")
    )
    text = re.sub(r"(?<=[週月年日])1回$", "1回", text)
    if not text:
        return None
    return next((days for pattern, days in _WORDS if pattern.search(text)), None)


def due(
    portal: str, stated: Mapping[str, str], slug: str
) -> tuple[int | None, Literal["portal", "settings", ""]]:
    """The days after which an update is due, and who says so: the portal of this very dataset, else the settings of
    datasets of this kind, else those of all (`EVERY`). The national definitions state no frequency for any dataset, so
    beyond these nothing is known, and nothing is called late."""
    if (days := expected(portal)) is not None:
        return days, "portal"
    for key in (slug, EVERY):
        if key and (days := expected(stated.get(key, ""))) is not None:
            return days, "settings"
    return None, ""


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == 10


def between(earlier: str, later: str) -> int:
    """Days from one ISO time to another; 0 where one of them is none."""
    try:
        return (date.fromisoformat(later[:10]) - date.fromisoformat(earlier[:10])).days
    except ValueError:
        return 0
