"""Whose a dataset is: the organisation that publishes it, or what its name, its title and its rows tell.

An organisation's own word goes first: a code in a dataset's name can be somebody else's. Prefectures also publish for
their municipalities; then name or title tell. Joint bodies (事務組合, 広域連合) are nobody's municipality and keep their own name.
What carries an abolished code, or the name of a body that is no more, is its successor's, where there is but one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from odtool import former
from odtool.collect.listed import Listed
from odtool.former import Past, past_code, past_name
from odtool.municipality import is_well_formed, may_be_month, municipalities, restored
from odtool.text import fold

By = Literal["officer", "settings", "organisation", "name", "title", "rows", ""]

_JOINT = re.compile(
    r"事務組合|一部事務|広域連合|広域行政|企業団|協議会|組合$|公社$|財団|社団|法人|機構$|連合$|連盟|株式会社"
)
_CODE = re.compile(r"(?:^|[^0-9a-zA-Z])(\d{6})(?=[^0-9]|$)|^t(\d{6})(?=d\d)|^(\d{5})(?=[^0-9]|$)")
_BRACKETED = re.compile(r"[【\[［〔](.{2,12}?)[】\]］〕]")
_AT_START = re.compile(r"^([^\s_＿　]{2,10}?[都道府県市区町村])(?=[\s_＿　]|$)")


@dataclass(frozen=True, slots=True)
class Owner:
    """`code` is "" where it is no municipality's or prefecture's, or nobody knows; `by` is what tells.

    `why` and `why_en` say so where what tells is a code or a name of the past.
    """

    code: str = ""
    by: By = ""
    why: str = ""
    why_en: str = ""


def of(listed: Listed, rows: Iterable[str] = (), *, prefecture: str = "", always: str = "") -> Owner:
    """Whose the dataset is. `rows` are the codes that its rows name; `prefecture` narrows names that several
    municipalities have, `always` is the municipality whose portal it is."""
    if always:
        return Owner(always, "settings")
    if is_joint(listed.organisation):
        return Owner()
    organisation = _of_organisation(listed, prefecture)
    if organisation and not organisation.code.endswith("000", 2, 5):
        return _owner(organisation, "organisation")
    area = _prefecture(organisation.code) if organisation else prefecture
    rows = tuple(rows)
    if named := _coded(listed.id, area, (listed.name, listed.organisation, *listed.tags, *rows)):
        return _owner(named, "name")
    if titled := _titled(listed.name, area):
        return _owner(titled, "title")
    if organisation:
        return _owner(organisation, "organisation")
    found = {told.code: told for told in filter(None, map(_current, rows)) if _within(told.code, area)}
    if len(found) != 1 or listed.organisation:
        return Owner()
    return _owner(next(iter(found.values())), "rows")


def _owner(told: Past, by: By) -> Owner:
    return Owner(told.code, by, told.ja, told.en)


def is_joint(organisation: str) -> bool:
    """Whether several municipalities, or none, stand behind the organisation."""
    return _JOINT.search(organisation) is not None


def _of_organisation(listed: Listed, prefecture: str) -> Past | None:
    """A path of SHIRASAGI's, «静岡県/浜松市/企画課», is read from its end."""
    parts = [part.strip() for part in reversed(re.split(r"[/／]", listed.organisation))]
    return _coded(listed.owner, "") or next(
        filter(None, (_called(part, prefecture) or past_name(part, prefecture) for part in parts)), None
    )


def _coded(name: str, area: str, words: Iterable[str] | None = None) -> Past | None:
    """The code in a name such as 262021_hospital, t131083d0000000029 or 35215tourism (five digits, without the last).

    Where `words` are given, a number that can also be a month is a code only where the area says so, or one of them: the
    body's name, or its code.
    """
    for found in _CODE.finditer(name):
        digits = next(filter(None, found.groups()))
        told = _current(digits)
        doubtful = words is not None and not area and not found[2] and may_be_month(digits)
        if told and _within(told.code, area) and not (doubtful and not _said(told.code, words or ())):
            return told
    five = re.match(r"(\d{5})(?=[a-z])", name)
    told = _current(five[1]) if five else None
    return told if told and _within(told.code, area) else None


def _said(code: str, words: Iterable[str]) -> bool:
    name = fold(municipalities()[code].name)
    return any(word == code or name in fold(word) for word in words)


def _current(digits: str) -> Past | None:
    """The body of today that a code of six digits, or of five without the last, stands for; also an abolished one."""
    if len(digits) == 6 and is_well_formed(digits):
        return Past(digits) if digits in municipalities() else past_code(digits)
    if len(digits) != 5:
        return None
    code = restored(digits)
    return Past(code) if code else past_code(former.restored(digits) or "")


def _titled(title: str, area: str) -> Past | None:
    """Of the names of the past only those of cities: a town's may be that of a quarter of today."""
    for pattern in (_BRACKETED, _AT_START):
        found = pattern.search(title)
        if found and (told := _called(found[1], area)):
            return told
        if found and found[1].endswith("市") and (told := past_name(found[1], area)):
            return told
    return None


def _called(name: str, area: str) -> Past | None:
    """The municipality or prefecture of that name, if there is but one."""
    folded = fold(name)
    found = [code for code in _names().get(folded, ()) if _within(code, area)]
    if not found:  # «京都府舞鶴市», «舞鶴市役所», «舞鶴市（情報政策課）»
        bare = re.sub(
            r"(市役所|区役所|町役場|村役場|県庁|府庁|都庁|道庁)$",
            lambda m: m[0][0],
            re.sub(r"[(（].*", "", name).strip(),
        )
        found = [code for code in _names().get(fold(bare), ()) if _within(code, area)]
    return Past(found[0]) if len(found) == 1 else None


def _within(code: str, area: str) -> bool:
    place = municipalities().get(code)
    return place is not None and (not area or place.prefecture == area)


def _prefecture(code: str) -> str:
    place = municipalities().get(code)
    return place.prefecture if place else ""


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """Codes by folded name, alone and with the prefecture's before it."""
    found: dict[str, list[str]] = {}
    for code, place in municipalities().items():
        for name in dict.fromkeys((place.title, f"{place.prefecture}{place.name}")):
            found.setdefault(fold(name), []).append(code)
    return {name: tuple(codes) for name, codes in found.items()}
