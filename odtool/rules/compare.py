"""More rules on cells of one record: periods, heights, sums, and a place against its municipality.

They compare columns that are found by their names, so each tells with `join` which columns belong together.
A check gets their cells in that order, as in `record`.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache

from odtool.later import later
from odtool.model import Field
from odtool.municipality import MARGIN, box, cities, municipalities, prefectures
from odtool.rule import Hit, rule
from odtool.rules.cell.common import COMMON, GIF
from odtool.rules.record import LATITUDES, LONGITUDES
from odtool.text import fold

Names = tuple[str | None, ...]

_ENDS = (("開始", "終了"), ("開始", "満了"), ("開所", "閉所"), ("登録", "廃止"), ("設定", "廃止"))


def _ended(name: str) -> set[str]:
    """What the end of the period may be called whose beginning is called so; 年月日 and 日 are the same."""
    ends = {name.replace(first, last) for first, last in _ENDS if first in name}
    return {end.replace("年月日", "日") for end in ends}


def _spans(fields: Iterable[Field], kind: str) -> Iterator[tuple[str, str]]:
    timed = [field for field in fields if field.kind == kind]
    for start in timed:
        wanted = _ended(start.name)
        for end in timed:
            if end is not start and end.name.replace("年月日", "日") in wanted:
                yield start.name, end.name


def _periods(fields: Iterable[Field]) -> Iterator[Names]:
    yield from _spans(fields, "date")


def _hours(fields: Iterable[Field]) -> Iterator[Names]:
    """Opening hours; of an event also its days, since one that goes on overnight ends at an earlier hour."""
    fields = list(fields)
    names = {field.name for field in fields}
    days: Names = ("開始日", "終了日") if {"開始日", "終了日"} <= names else (None, None)
    for span in _spans(fields, "time"):
        yield (*span, *days)


_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"


@rule(
    "record", kinds=("from", "to"), join=_periods, severity="error",
    ja="終わりの日 {value} が、始まりの日 {start} より前です。どちらかを直してください。",
    en="The end, {value}, lies before the beginning, {start}. Correct one of the two.",
    bad="開始日 2026-04-10、終了日 2026-04-01", good="開始日 2026-04-01、終了日 2026-04-10", source=COMMON,
    clean=r"[^\t\n]*\t|\t[^\t\n]*",
)  # fmt: skip
def period_reversed(start: str, end: str) -> Iterator[Hit]:
    """期間は、開始日と終了日を別の列に書き、終了日は開始日と同じかそれより後です。

    A period has its first and last day in two columns; the last is not before the first.
    """
    if re.fullmatch(_DAY, start) and re.fullmatch(_DAY, end) and start > end:
        yield {"at": "to", "value": end, "start": start}


@rule(
    "record", kinds=("opens", "closes", "first-day", "last-day"), join=_hours, severity="hint",
    ja="終わりの時刻 {value} が、始まりの時刻 {start} より前です。日をまたぐなら、特記事項の列に「翌日」と書いてください。",
    en="The end, {value}, is before the beginning, {start}. If it is open past midnight, say so in the remarks.",
    bad="開始時間 17:00、終了時間 09:00", good="開始時間 09:00、終了時間 17:00", source=COMMON,
    clean=r"[^\t\n]*\t\t[^\t\n]*\t[^\t\n]*",
)  # fmt: skip
def hours_reversed(start: str, end: str, first: str = "", last: str = "") -> Iterator[Hit]:
    """終了の時刻は開始の時刻より後です。00:00 は一日の終わりを、同じ時刻は24時間を表すことがあります。

    The end is later than the beginning. 00:00 may stand for midnight, twice the same time for 24 hours.
    """
    timed = re.fullmatch(_CLOCK, start) and re.fullmatch(_CLOCK, end)
    if timed and start > end != "00:00" and first == last:
        yield {"at": "closes", "value": end, "start": start}


@rule(
    "record", kinds=("height-kind", "height"), severity="warning",
    ja="高度の値「{value}」が、高度の種別「{kind}」と合いません。{advice}",
    en="The height {value} does not go with its kind “{kind}”. {advice_en}",
    bad="（空欄）、12.5", good="標高、12.5", source=COMMON,
)  # fmt: skip
def height_mismatch(kind: str, height: str) -> Iterator[Hit]:
    """高度の値には種別（階数・標高・地表高）が要ります。階は整数か、中2階などの 0.5 刻みです。

    A height needs its kind (階数, 標高 or 地表高). Floors are whole numbers, or half ones for a mezzanine.
    """
    if not re.fullmatch(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?", height):
        return
    if not kind.strip():
        advice = "種別の列に 階数・標高・地表高 のどれかを書いてください。"
        advice_en = "Write 階数, 標高 or 地表高 in the column of the kind."
    elif kind == "階数" and (float(height) * 2 % 1 or not -20 <= float(height) <= 100):
        advice = "階数でなければ、種別を 標高 か 地表高 に直してください。"
        advice_en = "If it is no floor, the kind is 標高 or 地表高."
    else:
        return
    yield {"at": "height", "value": height, "kind": kind, "advice": advice, "advice_en": advice_en}


def _population(fields: Iterable[Field]) -> Iterator[Names]:
    if {"総人口", "男性", "女性"} <= {field.name for field in fields}:
        yield "総人口", "男性", "女性"


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,12}", text) else None


@rule(
    "record", kinds=("total", "male", "female"), join=_population, severity="warning",
    ja="総人口 {value} が、男性 {male} と女性 {female} の合計（{sum}）と合いません。値を確かめてください。",
    en="The population {value} is not the sum of {male} men and {female} women ({sum}). Check the values.",
    bad="100、48、51", good="100、49、51", source=COMMON,
)  # fmt: skip
def population_sum(total: str, male: str, female: str) -> Iterator[Hit]:
    """総人口は男性と女性の合計です。

    The population is that of men and women together.
    """
    numbers = [_whole(text) for text in (total, male, female)]
    if None not in numbers and numbers[0] != (both := (numbers[1] or 0) + (numbers[2] or 0)):
        yield {"at": "total", "value": total, "male": male, "female": female, "sum": both}


def _ages(fields: Iterable[Field]) -> Iterator[Names]:
    """A sex and all its classes of age; only where the classes run without a gap from 0 to an open end."""
    names = [field.name for field in fields]
    for sex in ("男性", "女性"):
        following = 0
        classes = []
        for name in names:
            if found := re.fullmatch(f"([0-9]+)(?:-([0-9]+)歳|歳以上)の{sex}", name):
                if int(found[1]) != following:
                    break
                classes.append(name)
                following = int(found[2]) + 1 if found[2] else 0
                if not found[2]:
                    break
        if sex in names and classes and not following:
            yield sex, *classes


@rule(
    "record", kinds=("sex",), join=_ages, severity="warning",
    ja="{value} 人が、年齢別の合計（{sum}人）と合いません。年齢不詳の人がいるときは備考に書き、そうでなければ値を確かめてください。",
    en="{value} is not the sum of the classes of age ({sum}). If some ages are unknown, say so; else check the values.",
    bad="100、48、51", good="99、48、51", source=COMMON,
)  # fmt: skip
def age_sum(total: str, *ages: str) -> Iterator[Hit]:
    """男性・女性の人口は、年齢別の人口の合計です。

    The number of men, or of women, is the sum of their classes of age.
    """
    numbers = [_whole(text) for text in (total, *ages)]
    if None not in numbers and numbers[0] != (summed := sum(number or 0 for number in numbers[1:])):
        yield {"at": "sex", "value": total, "sum": summed}


def _addresses(fields: Iterable[Field]) -> Iterator[Names]:
    """Each whole address and the code that says whose it is."""
    fields = list(fields)
    for field in fields:
        if field.kind == "address" and (field.name == "住所" or field.name.endswith("連結表記")):
            yield _code_for(field, fields), field.name


def _positions(fields: Iterable[Field]) -> Iterator[Names]:
    fields = list(fields)
    names = {field.name for field in fields}
    for field in fields:
        longitude = field.name.replace("緯度", "経度")
        if field.kind == "latitude" and longitude in names:
            yield _code_for(field, fields), field.name, longitude


def _code_for(field: Field, fields: Iterable[Field]) -> str | None:
    """The code of the place, else that of the publisher. A place of its own prefix keeps to its own code."""
    codes = [other for other in fields if other.kind == "municipality-code"]
    prefix = field.name.partition("_")[0] if "_" in field.name else None
    alike = [code for code in codes if prefix and code.name.startswith(f"{prefix}_")]
    places = [code for code in codes if code.facts.get("codeOf") == "place"]
    return next((code.name for code in (*alike, *places, *codes)), None)


_FEW = 60  # codes for which a pattern is still worth it: a file of one municipality, or of one prefecture
_REST = "[^\\t\\n]*"


def _patterns(of: Callable[[str], str]) -> Callable[[Collection[str]], str | None]:
    """Joins what fits each of the codes, `of` one of them; codes that are none of ours are judged one by one."""

    @lru_cache(64)
    def joined(codes: frozenset[str]) -> str | None:
        known = sorted(code for code in codes if code in municipalities())
        return "|".join(f"{code}\t(?:{of(code)})" for code in known) if known and len(known) <= _FEW else None

    return lambda codes: joined(frozenset(codes))


def _of_that_place(code: str) -> str:
    place = municipalities()[code]
    prefecture = re.escape(place.prefecture)
    return f"(?:{prefecture})?{re.escape(place.city)}{_REST}|" if place.city else f"{prefecture}{_REST}|"


def _well_inside(code: str) -> str:
    """Coordinates by their first decimal: the tenths of a degree that lie wholly within the bounds."""
    bounds = box(code)
    if bounds is None:
        return f"{_REST}\\t{_REST}"

    def tenths(low: float, high: float) -> str:
        least, most = (round(bound * 1_000) for bound in (low - MARGIN, high + MARGIN))
        inside = range(least // 100 + 1, most // 100)
        return "|".join(f"{tenth // 10}\\.{tenth % 10}" for tenth in inside)

    north, east = tenths(bounds.south, bounds.north), tenths(bounds.west, bounds.east)
    return f"(?:{north})[0-9]*\\t(?:{east})[0-9]*|\\t"


_PREFECTURE = later("北海道|東京都|(?:京都|大阪)府|[^0-9\\s]{2,3}?県")


@rule(
    "record", kinds=("municipality-code", "address"), join=_addresses, severity="warning",
    ja="「{value}」は{found}の住所ですが、コード {code} は{title}です。どちらかが違います（市外の施設なら、このままでかまいません）。",
    en="“{value}” is in {found}, but the code {code} is that of {title}. One of the two is wrong, unless the place "
    "lies outside.",
    bad="262129、大阪府大阪市北区中之島1-3-20", good="262129、京都府京丹後市峰山町杉谷889", source=f"{GIF} DS-442 住所",
    fits=_patterns(_of_that_place),
)  # fmt: skip
def address_mismatch(code: str, address: str) -> Iterator[Hit]:
    """住所の都道府県と市区町村は、同じ行の全国地方公共団体コードが示すものです。

    Prefecture and municipality of an address are those of the local government code in the same row.
    """
    place = municipalities().get(code)
    if place is None or not address:
        return
    named = _PREFECTURE.match(address)
    prefecture = named[0] if named and named[0] in prefectures() else None
    rest = address[len(prefecture) :] if prefecture else address
    title = place.prefecture + place.name
    if prefecture and prefecture != place.prefecture:
        elsewhere = _city(rest, prefecture) or ""
        yield {
            "at": "address",
            "value": address,
            "found": prefecture + elsewhere,
            "code": code,
            "title": title,
        }
    elif place.city and not rest.startswith(place.city) and fold(place.city) not in fold(rest[:20]):
        other = _city(rest, place.prefecture)
        # A 町 or 村 without its prefecture may as well be a part of the municipality that is called so.
        if other and (prefecture or other.endswith(("市", "区"))):
            yield {
                "at": "address",
                "value": address,
                "found": place.prefecture + other,
                "code": code,
                "title": title,
            }


def _city(address: str, prefecture: str) -> str | None:
    """The municipality of that prefecture with which the address begins, a district (郡) before it left out."""
    readings = {address, re.sub("^[^0-9]{1,5}?郡", "", address)}
    found = [city for city in cities(prefecture) if any(reading.startswith(city) for reading in readings)]
    return max(found, key=len, default=None)


def _degrees(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[0-9]{2,3}\.[0-9]{1,20}", text) else None


@rule(
    "record", kinds=("municipality-code", "latitude", "longitude"), join=_positions, severity="warning",
    ja="緯度 {latitude}、経度 {longitude} は、コード {code}（{title}）の範囲から約{distance}km離れています。"
    "位置とコードを確かめてください（市外の施設なら、このままでかまいません）。",
    en="Latitude {latitude}, longitude {longitude} is about {distance} km away from {title} ({code}). Check the place "
    "and the code, unless the place lies outside.",
    bad="262129、34.693738、135.502165", good="262129、35.624028、135.061053",
    source="国土交通省 位置参照情報（町丁目の代表点）から求めた範囲", fits=_patterns(_well_inside),
)  # fmt: skip
def coordinate_elsewhere(code: str, latitude: str, longitude: str) -> Iterator[Hit]:
    """位置は、コードが示す市区町村の中にあります。町丁目の代表点をすべて含む四角形に約10キロの余裕を加えて比べます。

    A place lies in the municipality of its code. It is compared with the box round all town points of the
    municipality, widened by some ten kilometres.
    """
    north, east, bounds = _degrees(latitude), _degrees(longitude), box(code)
    if bounds is None or north is None or east is None:
        return
    if not (LATITUDES[0] <= north <= LATITUDES[1] and LONGITUDES[0] <= east <= LONGITUDES[1]):
        return  # told by the rules on coordinates
    away_north = max(bounds.south - north, north - bounds.north, 0.0)
    away_east = max(bounds.west - east, east - bounds.east, 0.0)
    if max(away_north, away_east) <= MARGIN:
        return
    place = municipalities()[code]
    # A degree of latitude is 111 km, one of longitude about 91 km at 35° north.
    distance = round(((away_north * 111) ** 2 + (away_east * 91) ** 2) ** 0.5)
    yield {"at": "latitude", "value": latitude, "latitude": latitude, "longitude": longitude, "code": code,
           "title": place.prefecture + place.name, "distance": distance}  # fmt: skip
