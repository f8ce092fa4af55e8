"""When a job is due, as cron understands it, and where a key stands in a TOML text."""

import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from odtool.jobs.schedule import ScheduleError, schedule
from odtool.settings.lines import line, lines

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # a Saturday


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("daily 02:00", "0 2 * * *"),
        ("DAILY  2:05", "5 2 * * *"),
        ("weekdays 23:59", "59 23 * * 1-5"),
        ("weekly mon 03:00", "0 3 * * 1"),
        ("weekly sunday 03:00", "0 3 * * 0"),
        ("weekly 日 03:00", "0 3 * * 0"),
        ("monthly 31 03:00", "0 3 31 * *"),
        ("hourly", "0 * * * *"),
        ("hourly 15", "15 * * * *"),
        ("*/15 9-17 * jan-mar mon-fri", "*/15 9-17 * jan-mar mon-fri"),
    ],
)
def test_words_and_cron_mean_the_same(text: str, cron: str) -> None:
    assert schedule(text).cron == cron
    assert schedule(text).fields == schedule(cron).fields


@pytest.mark.parametrize(
    "text",
    ["", "daily", "daily 24:00", "daily 2", "weekly foo 02:00", "monthly 0 02:00", "monthly 32 02:00", "hourly 60",
     "* * * *", "60 * * * *", "* 5-2 * * *", "*/0 * * * *", "* * * 13 *", "* * * * 8", "* * * * mon#2", "@daily",
     "1_0 * * * *", "٣ * * * *"],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError):
        schedule(text)


@st.composite
def crons(draw: st.DrawFn) -> str:
    def part(low: int, high: int) -> str:
        kind = draw(st.sampled_from(["*", "one", "list", "range", "step"]))
        a, b = sorted((draw(st.integers(low, high)), draw(st.integers(low, high))))
        kind = "one" if a == b else kind  # croniter takes 0-0 for *
        return {"*": "*", "one": str(a), "list": f"{a},{b}", "range": f"{a}-{b}", "step": f"{a}-{b}/3"}[kind]

    return " ".join(part(*limits) for limits in ((0, 59), (0, 23), (1, 28), (1, 12), (0, 6)))


@settings(max_examples=150, deadline=None)
@given(crons(), st.integers(0, 3 * 366 * 24 * 60))
def test_it_is_due_when_another_reader_of_cron_says(text: str, minutes: int) -> None:
    start = NOON + timedelta(minutes=minutes)
    other = croniter(text, start)
    assert schedule(text).next(start) == other.get_next(datetime)
    moment = start + timedelta(seconds=1)
    assert schedule(text).previous(moment) == croniter(text, moment).get_prev(datetime)


def test_the_moment_itself_is_the_last_time_and_not_the_next() -> None:
    daily = schedule("daily 12:00")
    assert daily.previous(NOON) == NOON
    assert daily.next(NOON) == NOON + timedelta(days=1)


def test_a_day_that_no_year_has_is_never_due() -> None:
    assert schedule("0 2 30 2 *").next(NOON) is None
    assert schedule("0 2 29 2 *").next(NOON) == datetime(2028, 2, 29, 2, tzinfo=UTC)


# --- lines ----------------------------------------------------------------------------------------

TEXT = (
    '''# 設定 = "[jobs.no]"
[portals.site]   # "[x]"
type = "folder"

[jobs."夜間"]
portal = "site" # sources = 3
sources = [
  "a = b", # ]
  """x
[jobs.fake]
""",
  'it\\'''
    """',
]
notify.a = 1
"quoted \\u3042".b = {c = 1, d = [1,
  2]}
max_update = 3
text = \"\"\"
key = "value\\\\"
\"\"\"
after = '''
z = 1
'''
last = 1
"""
)


def test_every_key_is_found_on_its_line() -> None:
    content = tomllib.loads(TEXT)
    found = lines(TEXT)
    rows = TEXT.splitlines()

    def walk(table: dict[str, Any], place: tuple[str, ...]) -> None:
        for key, value in table.items():
            if (*place, key) in found:
                assert key.split("\\")[0][:2] in rows[found[(*place, key)] - 1] or key.startswith("quoted")
            if isinstance(value, dict):
                walk(value, (*place, key))

    walk(content, ())
    job = ("jobs", "夜間")
    assert rows[found[job] - 1].startswith('[jobs."夜間"]')
    for key in ("portal", "sources", "max_update", "text", "after", "last"):
        assert rows[found[(*job, key)] - 1].startswith(key), key
    assert ("jobs", "fake") not in found and ("jobs", "no") not in found
    assert line(found, (*job, "quoted あ", "b", "c")) == found[(*job, "quoted あ", "b")]
    assert line(found, ("nowhere",)) == 1
