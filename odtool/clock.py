"""The time in Japan. Only the command line asks what time it is, and the record of calls; all else is told."""

from datetime import date, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9))  # the day of a Japanese office, also where the machine's clock runs on UTC


def now() -> str:
    """This moment as an ISO time with zone."""
    return datetime.now(JST).isoformat(timespec="seconds")


def today() -> date:
    return datetime.now(JST).date()
