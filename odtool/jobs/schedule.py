"""When a job is to run: «daily 02:00», «weekdays 02:00», «weekly mon 03:00», «monthly 1 03:00», «hourly 15», or cron's
five fields.

Times are those of the machine's own clock, as cron, systemd and Windows take them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from odtool.clock import JST

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_JA = dict(zip("日月火水木金土", DAYS, strict=True))
_CLOCK = r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
_FORMS = (
    ("hourly", re.compile(r"hourly(?: :?(?P<minute>[0-5]?[0-9]))?")),
    ("daily", re.compile(rf"daily {_CLOCK}")),
    ("weekdays", re.compile(rf"weekdays {_CLOCK}")),
    ("weekly", re.compile(rf"weekly (?P<day>[a-z]{{3,9}}|[{''.join(_JA)}]) {_CLOCK}")),
    ("monthly", re.compile(rf"monthly (?P<date>[1-9]|[12][0-9]|3[01]) {_CLOCK}")),
)
# minute, hour, day of the month, month, day of the week: https://man7.org/linux/man-pages/man5/crontab.5.html
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_LONGEST = 366 * 9  # days in which every day of the calendar comes, the 29th of February of 1900s included


def abroad(now: datetime) -> tuple[str, str]:
    """What to tell where this machine's clock, by which timers go, is not Japan's, as on many servers; empty where it is."""
    japan = now.astimezone(JST)
    if now.utcoffset() == japan.utcoffset():
        return "", ""
    return (
        f"このコンピューターの時計は日本時間ではありません（いま {now:%H:%M}、日本時間では {japan:%H:%M}）。予定の時刻は、このコンピューターの時計で書いてください。",
        f"This machine's clock does not go by Japan's time: it says {now:%H:%M}, and in Japan it is {japan:%H:%M}. Schedules are in the time of this clock.",
    )


class ScheduleError(ValueError):
    """It is no schedule; the text says what is wrong, in English."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """`kind` is the word it was written with, or «cron»; `fields` are cron's five as sets of numbers, Sunday 0."""

    text: str
    kind: str
    cron: str
    fields: tuple[frozenset[int], ...]

    @property
    def either_day(self) -> bool:
        """Whether the day of the month and that of the week are both stated: then either is enough, as in cron."""
        _, _, date, _, day = self.cron.split()
        return not date.startswith("*") and not day.startswith("*")

    def falls_on(self, day: datetime) -> bool:
        """Whether it is due on that day at all."""
        _, _, dates, months, weekdays = self.fields
        date, weekday = day.day in dates, (day.weekday() + 1) % 7 in weekdays
        return day.month in months and (date or weekday if self.either_day else date and weekday)

    def previous(self, moment: datetime) -> datetime | None:
        """The last time it was due, at `moment` or before; None for a day that no year has."""
        return next(self._times(moment, -1), None)

    def next(self, moment: datetime) -> datetime | None:
        """The first time it is due after `moment`; None for a day that no year has."""
        return next(self._times(moment, 1), None)

    def _times(self, moment: datetime, step: int) -> Iterator[datetime]:
        minutes, hours = self.fields[:2]
        for n in range(_LONGEST):
            day = moment + timedelta(days=step * n)
            if not self.falls_on(day):
                continue
            for hour in sorted(hours, reverse=step < 0):
                for minute in sorted(minutes, reverse=step < 0):
                    found = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
                    if found <= moment if step < 0 else found > moment:
                        yield found


def schedule(text: str) -> Schedule:
    """The schedule behind the text. Raises ScheduleError."""
    plain = " ".join(text.split()).lower()
    for kind, form in _FORMS:
        if found := form.fullmatch(plain):
            cron = _cron(kind, found.groupdict())
            return Schedule(text, kind, cron, _fields(cron))
    if len(plain.split()) == 5:
        return Schedule(text, "cron", plain, _fields(plain))
    raise ScheduleError("neither one of the words nor five fields of cron")


def _cron(kind: str, found: dict[str, str | None]) -> str:
    minute, hour = int(found.get("minute") or 0), int(found.get("hour") or 0)
    if kind == "hourly":
        return f"{minute} * * * *"
    if kind == "weekly":
        named = found["day"] or ""
        day = _JA.get(named, named[:3])
        if day not in DAYS:
            raise ScheduleError(f"no day of the week: {named}")
        return f"{minute} {hour} * * {DAYS.index(day)}"
    date = found["date"] if kind == "monthly" else "*"
    return f"{minute} {hour} {date} * {'1-5' if kind == 'weekdays' else '*'}"


def _fields(cron: str) -> tuple[frozenset[int], ...]:
    names: tuple[tuple[str, ...], ...] = ((), (), (), MONTHS, DAYS)
    found = []
    for part, (low, high), words in zip(cron.split(), _RANGES, names, strict=True):
        numbers = frozenset(n for piece in part.split(",") for n in _piece(piece, low, high, words))
        found.append(frozenset(n % 7 for n in numbers) if words is DAYS else numbers)
    return tuple(found)


def _piece(piece: str, low: int, high: int, words: tuple[str, ...]) -> range:
    body, slash, step = piece.partition("/")
    first, dash, last = body.partition("-")
    if body == "*":
        begin, end = low, high
    else:
        begin = _number(first, words, low)
        end = _number(last, words, low) if dash else high if slash else begin
    if not (low <= begin <= end <= high) or (slash and (not step.isdecimal() or int(step) < 1)):
        raise ScheduleError(f"not within {low} to {high}: {piece}")
    return range(begin, end + 1, int(step) if slash else 1)


def _number(text: str, words: tuple[str, ...], low: int) -> int:
    if text in words:
        return words.index(text) + (1 if words is MONTHS else low)
    if not (text.isascii() and text.isdecimal() and len(text) <= 2):
        raise ScheduleError(f"no number: {text}")
    return int(text)
