"""Codes of local governments that were valid once: whose they were, until which day, and whose they are today.

The table of changes reaches from 1970-04-20 to 2024-01-01 and goes with today's list: the changes, undone one by one
from the last, lead from today's bodies to those of any day between. Where it is from: recommended_datasets/README.md.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import groupby

from odtool import resources
from odtool.errors import UsageError
from odtool.municipality import is_well_formed, municipalities, prefectures, with_check_digit
from odtool.text import fold, visible
from odtool.value import dataclass

FIRST = date(1970, 4, 20)  # the day of the first change known; what was before it is not
_DISTRICT = re.compile("^[^0-9]{1,5}?郡(?=.)")
_GOES_ON = frozenset({"編入"})  # the bodies named last were there before, too
_SPLITS_OFF = frozenset({"分離"})  # the bodies named first stay


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one body: `before` ("" where a ward is merely new) passed into `after` on the day `date` (ISO).

    Changes with one `event` came about together. `sure` tells that a source independent of the first agrees.
    """

    event: str
    date: str
    kind: str
    before: str
    before_name: str
    after: tuple[str, ...]
    after_names: tuple[str, ...]
    sure: bool
    sources: tuple[str, ...]

    @property
    def ends(self) -> bool:
        """Whether the code `before` was abolished by it."""
        return bool(self.before) and self.before not in self.after and self.kind not in _SPLITS_OFF


@dataclass(frozen=True, slots=True)
class Former:
    """An abolished code: its body's last name, the last day (ISO) it was valid, today's codes of where it went."""

    code: str
    prefecture: str
    name: str
    until: str
    kind: str
    heirs: tuple[str, ...]
    sure: bool

    @property
    def heir(self) -> str:
        """Today's code where all of it went to a single body; "" where it was divided."""
        return self.heirs[0] if len(self.heirs) == 1 else ""

    @property
    def is_ward(self) -> bool:
        return self.name.endswith("区")

    @property
    def replacement(self) -> str:
        """The code that may be written instead; "" where it was divided, or a town became part of a city's ward."""
        return self.heir if self.heir and (self.is_ward or not municipalities()[self.heir].ward) else ""


@cache
def changes() -> tuple[Change, ...]:
    """All of them, the earliest first; those of one day in the order in which they took effect."""
    rows = csv.DictReader(resources.text("recommended_datasets", "municipality_changes.csv").splitlines())
    return tuple(
        Change(
            row["event"], row["date"], row["kind"], row["before"], row["before_name"],
            tuple(row["after"].split()), tuple(row["after_name"].split()),
            row["confidence"] == "確", tuple(row["sources"].split()),
        )
        for row in rows
    )  # fmt: skip


@cache
def _ends() -> dict[str, Change]:
    """By abolished code, the change that ended it. No code was given out twice."""
    return {change.before: change for change in changes() if change.ends}


@cache
def former(code: str) -> Former | None:
    """The body that had this code, which is abolished; None for a code of today and for one that never was."""
    if code in municipalities() or (end := _ends().get(code)) is None:
        return None
    return Former(
        code, _prefecture(code), end.before_name, _day_before(end.date), end.kind, tuple(_heirs(code)), _sure(end)
    )  # fmt: skip


def current(code: str) -> str:
    """The code as it is today: itself, its single heir's, or "" where it was divided or never was."""
    if code in municipalities():
        return code
    gone = former(code)
    return gone.heir if gone else ""


def restored(digits: str) -> str | None:
    """The one abolished code that lost a leading zero or its check digit to become `digits`."""
    if not (len(digits) in (4, 5) and digits.isascii() and digits.isdigit()):
        return None
    zero = "0" + digits
    candidates = {with_check_digit(zero)} if len(digits) == 4 else {with_check_digit(digits), zero}
    found = [code for code in candidates if is_well_formed(code) and former(code)]
    return found[0] if len(found) == 1 else None


def named(name: str) -> tuple[Change, ...]:
    """The changes that ended this name, or the code of the body so named; prefecture and district (郡) may stand
    before it."""
    text = fold(name)
    prefecture = next((found for found in map(fold, prefectures()) if text.startswith(found)), "")
    bare = prefecture + _DISTRICT.sub("", text.removeprefix(prefecture))
    return _names().get(text) or _names().get(bare, ())


@dataclass(frozen=True, slots=True)
class Past:
    """A single body of today that something leads to, and why where that is a code or a name of the past."""

    code: str
    ja: str = ""
    en: str = ""


def past_code(code: str) -> Past | None:
    """Whose an abolished code is today; None for any other code, and where the body was divided."""
    gone = former(code)
    return Past(gone.heir, *told(gone)) if gone and gone.heir else None


def past_name(name: str, prefecture: str = "") -> Past | None:
    """Whose a name of the past is today, if all bodies that bore it (in that prefecture) went to a single one."""
    ended = [change for change in named(name) if not prefecture or _prefecture(change.before) == prefecture]
    heirs = {code for change in ended for code in _heirs(change.before)}
    if len(heirs) != 1:
        return None
    last, code = ended[-1], heirs.pop()
    until, title = _day_before(last.date), municipalities()[code].title
    was = _prefecture(last.before) + last.before_name
    return Past(
        code,
        f"「{was}」は {until} までの名前です。今は{title}（{code}）です。",
        f"{was} was the name until {until}. Today it is {title} ({code}).",
    )


def history(code: str) -> list[Change]:
    """The changes that the body of this code had a part in, the earliest first."""
    return [change for change in changes() if code == change.before or code in change.after]


def at(day: date) -> dict[str, str]:
    """The municipalities and wards that existed on that day: name by code.

    Raises ValueError for a day before the first change known.
    """
    if day < FIRST:
        raise ValueError(f"nothing is known of the time before {FIRST}")
    found = {code: place.name for code, place in municipalities().items() if place.name}
    for _, together in groupby(reversed(changes()), lambda change: change.event):
        event = list(together)
        if event[0].date <= day.isoformat():
            break
        for change in event:
            if change.kind not in _GOES_ON:
                for code in change.after:
                    found.pop(code, None)
        found.update((change.before, change.before_name) for change in event if change.before)
    return found


def is_joint(code: str) -> bool:
    """Whether a code has the form of those that prefectures give to joint bodies (一部事務組合, 広域連合).

    Their third digit is 8 or 9, which no municipality ever had. There is no list of them here, so whether such a
    body exists is not known.
    """
    return is_well_formed(code) and "01" <= code[:2] <= "47" and code[2] in "89"


def told(gone: Former) -> tuple[str, str]:
    """What became of the code, as a sentence in Japanese and in English."""
    was = gone.prefecture + gone.name
    ja = f"この団体コードは {gone.until} まで{was}のものでした。" + ("" if gone.sure else "（推定）")
    en = f"Until {gone.until}{'' if gone.sure else ' (assumed)'} this was the code of {was}."
    now, now_en = whose(gone)
    return ja + now, f"{en} {now_en}"


def whose(gone: Former) -> tuple[str, str]:
    """Whose it is today, as a sentence in Japanese and in English."""
    titles = [f"{municipalities()[code].title}（{code}）" for code in gone.heirs]
    titles_en = [f"{municipalities()[code].title} ({code})" for code in gone.heirs]
    if len(titles) > 1:
        return (
            f"今は{'と'.join(titles)}に分かれています。",
            f"Today it is divided: {' and '.join(titles_en)}.",
        )
    return f"今は{titles[0]}です。", f"Today it is {titles_en[0]}."


def require(code: str) -> None:
    """Raises UsageError where `code`, as somebody wrote it, is none of today's; says whose an abolished one is today."""
    if code not in municipalities():
        raise UsageError(*refused(code))


def refused(code: str) -> tuple[str, str]:
    """Why that is no code of today, in Japanese and in English."""
    shown = visible(code)
    if gone := former(code):
        ja, en = told(gone)
        return f"「{shown}」: {ja}今の団体コードで指定してください。", f"{shown}: {en} Give the present code."
    return (
        f"「{shown}」という団体コードはありません。検査数字まで含む6桁で指定してください（例 262021）。",
        f"There is no municipality code {shown}. Give all six digits, like 262021.",
    )


def misstated(code: str) -> tuple[str, str]:
    """The same of a code that stands in settings, as what follows the name of its key."""
    if gone := former(code):
        ja, en = told(gone)
        return f"の「{visible(code)}」は今の団体コードではありません。{ja}", f"is no code of today. {en}"
    return (
        "は検査数字まで含む6桁の団体コードで書いてください（例 262021）",
        "must be a municipality's code of six digits, like 262021",
    )


def _heirs(code: str) -> Iterator[str]:
    """Today's codes of all that the body became, each once."""
    found: dict[str, None] = {}
    waiting = [code]
    while waiting:
        at_hand = waiting.pop(0)
        if at_hand in municipalities():
            found[at_hand] = None
        else:
            waiting.extend(_ends()[at_hand].after)
    yield from found


def _sure(end: Change) -> bool:
    return end.sure and all(_sure(_ends()[code]) for code in end.after if code not in municipalities())


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


@cache
def _prefectures() -> dict[str, str]:
    return {code[:2]: place.prefecture for code, place in municipalities().items()}


def _prefecture(code: str) -> str:
    return _prefectures()[code[:2]]


@cache
def _names() -> dict[str, tuple[Change, ...]]:
    found: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes():
        if change.ends or (change.before in change.after and change.before_name not in change.after_names):
            for name in (change.before_name, _prefecture(change.before) + change.before_name):
                found[fold(name)].append(change)
    return {name: tuple(ended) for name, ended in found.items()}
