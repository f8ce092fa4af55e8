"""A job's schedule → a task of the Windows Task Scheduler, as XML to import.

Elements: https://learn.microsoft.com/en-us/windows/win32/taskschd/task-scheduler-schema
"""

import subprocess
import xml.etree.ElementTree as ET
from datetime import date

from odtool.errors import UsageError
from odtool.jobs.install import FULL, Call, plain
from odtool.jobs.schedule import Schedule
from odtool.jobs.settings import Job
from odtool.text import visible

SPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
MOST = 48  # triggers of a task
LONGEST = 260  # letters of a program's or a folder's path
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


def task(job: Job, schedule: Schedule, call: Call, today: date) -> str:
    """The whole document, to be saved in UTF-16. Raises UsageError for a schedule or a place that no task can have."""
    for path in map(plain, (call.python, str(call.folder))):
        if len(path) > LONGEST:
            raise UsageError(
                f"{visible(path, 100)}: パスが{LONGEST}文字を超えるため、Windows のタスクにできません。浅い場所に移してください。",
                f"{visible(path, 100)}: a task of Windows takes paths of up to {LONGEST} letters. Move it to a shorter one.",
            )
    root = ET.Element("Task", {"version": "1.2", "xmlns": SPACE})
    about = _child(root, "RegistrationInfo")
    _child(about, "Description", f"odtool run {job.name}: {schedule.text}")
    _child(about, "URI", f"\\odtool\\{job.name}")
    _triggers(_child(root, "Triggers"), schedule, today)
    principal = _child(_child(root, "Principals"), "Principal", id="Author")
    _child(principal, "LogonType", "Password")  # also where nobody is logged in, and with access to shares
    _child(principal, "RunLevel", "LeastPrivilege")
    settings = _child(root, "Settings")
    for key, value in (
        ("MultipleInstancesPolicy", "IgnoreNew"), ("DisallowStartIfOnBatteries", "false"),
        ("StopIfGoingOnBatteries", "false"), ("StartWhenAvailable", "true"), ("Enabled", "true"),
        ("ExecutionTimeLimit", "PT12H"),
    ):  # fmt: skip
        _child(settings, key, value)
    action = _child(_child(root, "Actions", Context="Author"), "Exec")
    _child(action, "Command", call.python)
    _child(action, "Arguments", subprocess.list2cmdline(["-X", "utf8", *call.arguments(job)]))
    _child(action, "WorkingDirectory", str(call.folder))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-16"?>\n' + ET.tostring(root, "unicode") + "\n"


def _child(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, name, attributes)
    made.text = text
    return made


def _triggers(parent: ET.Element, schedule: Schedule, today: date) -> None:
    minutes, hours, dates, months, days = schedule.fields
    times = [(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)]
    # Triggers are enabled unless they say otherwise. No Repetition: the documented order and the one that Windows writes
    # disagree about its place.
    kinds = ["date", "day"] if schedule.either_day else ["both"]
    if len(times) * len(kinds) > MOST or (not schedule.either_day and dates != FULL[2] and days != FULL[4]):
        raise UsageError(
            f"「{schedule.text}」は Windows のタスクでは表せません。daily、weekly、monthly などで書いてください。",
            f"“{schedule.text}” cannot be a task of Windows. Write it with daily, weekly, monthly or the like.",
        )
    for hour, minute in times:
        for kind in kinds:
            trigger = _child(parent, "CalendarTrigger")
            _child(trigger, "StartBoundary", f"{today.isoformat()}T{hour:02}:{minute:02}:00")
            by_date = FULL[2] if kind == "day" else dates
            by_day = FULL[4] if kind == "date" else days
            _days(trigger, by_date, months, by_day)


def _days(trigger: ET.Element, dates: frozenset[int], months: frozenset[int], days: frozenset[int]) -> None:
    if dates == FULL[2] and months == FULL[3]:
        if days == FULL[4]:
            _child(_child(trigger, "ScheduleByDay"), "DaysInterval", "1")
            return
        weekly = _child(trigger, "ScheduleByWeek")
        _child(weekly, "WeeksInterval", "1")
        _weekdays(weekly, days)
        return
    if days == FULL[4]:
        monthly = _child(trigger, "ScheduleByMonth")
        wanted = _child(monthly, "DaysOfMonth")
        for number in sorted(dates):
            _child(wanted, "Day", str(number))
    else:
        monthly = _child(trigger, "ScheduleByMonthDayOfWeek")
        weeks = _child(monthly, "Weeks")
        for week in ("1", "2", "3", "4", "Last"):
            _child(weeks, "Week", week)
        _weekdays(monthly, days)
    named = _child(monthly, "Months")
    for number in sorted(months):
        _child(named, _MONTHS[number - 1])


def _weekdays(parent: ET.Element, days: frozenset[int]) -> None:
    named = _child(parent, "DaysOfWeek")
    for number in sorted(days):
        _child(named, _DAYS[number])
