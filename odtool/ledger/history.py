"""The ledger's entries → what happened: run by run, or the life of one dataset, newest first.

Pure: it asks the ledger for entries and clocks nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Protocol

from odtool.clock import JST
from odtool.errors import PortalError, UsageError
from odtool.ledger.events import PLANNING, Event, Noted, happened
from odtool.ledger.journal import (
    Call,
    Planned,
    PlannedItem,
    Publication,
    Readback,
    Run,
    RunEnd,
    Unpublished,
    Withdrawal,
)
from odtool.text import visible

ENDED_EARLY = (UsageError.exit_code, PortalError.exit_code)


class Entries(Protocol):
    """What history needs of the ledger."""

    def select(self, kind: type[Any], **equal: str) -> list[Any]:
        """The entries of a kind, oldest first, in which each of those fields has that value."""

    def count(self, kind: type[Any], by: str, **equal: str) -> dict[str, int]:
        """How many entries of a kind there are of each value of the field `by`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `portals` are names or addresses, any of which will do; "" and () ask for all."""

    portals: Collection[str] = ()
    dataset: str = ""
    municipality: str = ""
    since: date | None = None
    run: str = ""
    calls: bool = False
    limit: int = 20

    @property
    def life(self) -> bool:
        """Whether the life of one dataset is asked for, and no runs."""
        return bool(self.dataset) and not self.run and not self.calls


@dataclass(frozen=True, slots=True)
class Story:
    """One run. `end` is None where none is noted; `counts` has every kind of event, `events` all but what was
    unchanged. `unanswered` are the writes that were sent, and of whose answer nothing is noted; of the others that were
    announced, `calls` has the answer alone. `run.run` is "" for what was noted before there were runs: one story a day and portal."""

    run: Run
    end: RunEnd | None = None
    plan: Planned | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    readbacks: Mapping[str, int] = field(default_factory=dict)
    calls_by_outcome: Mapping[str, int] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    unanswered: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """Runs, or, where one dataset was asked for, its events. `left_out` is how many older ones were not looked at."""

    wanted: Wanted
    stories: tuple[Story, ...] = ()
    events: tuple[Event, ...] = ()
    left_out: int = 0


def history(entries: Entries, wanted: Wanted) -> History:
    """Raises UsageError where a run is asked for that is not there, or not the only one so named."""
    if wanted.life:
        found = [event for event in _life(entries, wanted) if _in_time(event.at, wanted)]
        return History(
            wanted, events=tuple(found[: wanted.limit]), left_out=max(0, len(found) - wanted.limit)
        )
    runs = [run for run in _runs(entries, wanted) if _in_time(run.at, wanted) and _at_portal(run, wanted)]
    stories: list[Story] = []
    for number, run in enumerate(runs):
        if len(stories) == wanted.limit:
            return History(wanted, tuple(stories), left_out=len(runs) - number)
        story = _story(entries, run, wanted)
        if story.events or story.counts or not (wanted.municipality or wanted.dataset):
            stories.append(story)
    return History(wanted, tuple(stories))


# --- runs --------------------------------------------------------------------------------------


def _runs(entries: Entries, wanted: Wanted) -> list[Run]:
    """Newest first; what was noted before there were runs comes last."""
    known: list[Run] = entries.select(Run)
    if not wanted.run:
        return [*reversed(known), *reversed(_before_runs(entries))]
    found = [run for run in known if run.run == wanted.run] or [
        run for run in known if run.run.startswith(wanted.run)
    ]
    shown = visible(wanted.run)
    if not found:
        raise UsageError(
            f"「{shown}」という実行は台帳にありません。実行の番号は odtool history で表示できます。",
            f"The ledger has no run “{shown}”. odtool history shows the numbers of the runs.",
        )
    if len(found) > 1:
        names = [run.run for run in found[-3:]]
        raise UsageError(
            f"「{shown}」で始まる実行が {len(found)} 件あります（{'、'.join(names)} など）。続きまで書いてください。",
            f"{len(found)} runs begin with “{shown}” ({', '.join(names)} …). Write more of it.",
        )
    return found


def _before_runs(entries: Entries) -> list[Run]:
    found: list[Publication] = entries.select(Publication, run="")
    made: dict[tuple[str, str], Run] = {}
    for entry in found:
        made.setdefault(
            (entry.at[:10], entry.portal), Run("", entry.at, "publish", "", entry.portal, "", entry.tool)
        )
    return list(made.values())


def _story(entries: Entries, run: Run, wanted: Wanted) -> Story:
    if not run.run:
        return _story_before_runs(entries, run, wanted)
    narrowed = {"run": run.run} | {
        key: value
        for key, value in (("municipality", wanted.municipality), ("dataset_name", wanted.dataset))
        if value
    }
    actions = entries.count(Publication, "action", **narrowed)
    done = [
        entry
        for action in actions
        if action != "unchanged"
        for entry in entries.select(Publication, action=action, **narrowed)
    ]
    off: list[Readback] = [
        entry
        for entry in entries.select(Readback, run=run.run)
        if not entry.agrees and _concerns(entry, wanted)
    ]
    end = next(iter(entries.select(RunEnd, run=run.run)), None)
    noted = Noted(
        {run.run: run},
        done,
        entries.select(Unpublished, **narrowed),
        entries.select(Withdrawal, **narrowed),
        off,
        entries.select(PlannedItem, **narrowed),
        idle=partial(_idle, entries),
    )
    events = sorted(happened(noted), key=lambda event: event.at)
    plan = next(iter(entries.select(Planned, run=run.run)), None)
    unchanged = actions.get("unchanged", 0)
    if plan and run.command == PLANNING and not (wanted.municipality or wanted.dataset):
        unchanged = _planned(plan, "unchanged")
    counts = {"unchanged": unchanged} if unchanged else {}
    for event in events:
        counts[event.kind] = counts.get(event.kind, 0) + 1
    outcomes = entries.count(Call, "outcome", run=run.run)
    calls: list[Call] = entries.select(Call, run=run.run) if wanted.calls or outcomes.get("begun") else []
    calls, unanswered = _answered(call for call in calls if _about(call, wanted))
    return Story(
        run,
        end,
        plan,
        counts,
        tuple(events),
        entries.count(Readback, "agrees", run=run.run),
        outcomes,
        tuple(calls) if wanted.calls else (),
        tuple(unanswered),
    )


def _planned(plan: Planned, action: str) -> int:
    """How many items of that action the plan had."""
    counts = dict(part.split("=", 1) for part in plan.summary.split() if "=" in part)
    return int(counts[action]) if counts.get(action, "").isdecimal() else 0


def _idle(entries: Entries, run: str) -> bool:
    """Whether the run ended of itself, as when a plan is stale or too large, and had neither sent nor done anything."""
    ended = [end for end in entries.select(RunEnd, run=run) if end.exit_code in ENDED_EARLY]
    sent = entries.count(Call, "outcome", run=run).get("begun", 0)
    done = entries.count(Publication, "action", run=run) or entries.count(Unpublished, "status", run=run)
    return bool(ended) and not sent and not done


def _answered(calls: Iterable[Call]) -> tuple[list[Call], list[Call]]:
    """The calls without the announcements of those that were answered; the announcements that were not."""
    shown: list[Call] = []
    open_: list[Call] = []
    for call in calls:
        if call.outcome == "begun":
            open_.append(call)
            continue
        said = (call.method, call.action, call.target)
        before = next((c for c in open_ if (c.method, c.action, c.target) == said), None)
        if before:
            open_.remove(before)
        shown.append(call)
    return sorted([*shown, *open_], key=lambda call: call.sequence), open_


def _story_before_runs(entries: Entries, run: Run, wanted: Wanted) -> Story:
    found = [
        entry
        for entry in entries.select(Publication, run="", portal=run.address)
        if entry.at[:10] == run.at[:10]
        and wanted.municipality in ("", entry.municipality)
        and wanted.dataset in ("", entry.dataset_name)
    ]
    events = tuple(happened(Noted(done=[entry for entry in found if entry.action != "unchanged"])))
    counts: dict[str, int] = {}
    for entry in found:
        counts[entry.action] = counts.get(entry.action, 0) + 1
    return Story(run, counts=counts, events=events)


# --- one dataset -------------------------------------------------------------------------------


def _life(entries: Entries, wanted: Wanted) -> list[Event]:
    """Everything that became of one dataset, newest first."""
    runs = {run.run: run for run in entries.select(Run)}
    off = [entry for entry in entries.select(Readback, dataset_name=wanted.dataset) if not entry.agrees]
    noted = Noted(
        runs,
        entries.select(Publication, dataset_name=wanted.dataset),
        entries.select(Unpublished, dataset_name=wanted.dataset),
        entries.select(Withdrawal, dataset_name=wanted.dataset),
        off,
        entries.select(PlannedItem, dataset_name=wanted.dataset),
        idle=partial(_idle, entries),
    )
    chosen = [
        event
        for event in happened(noted)
        if (not wanted.portals or event.portal in wanted.portals or _at_portal(runs.get(event.run), wanted))
        and wanted.municipality in ("", event.municipality)
    ]
    begun = {run: number for number, run in enumerate(runs)}

    def when(event: Event) -> tuple[str, int]:
        """Times are only as fine as seconds; of two runs in one, the later was noted later."""
        return event.at, begun.get(event.run, -1)

    return sorted(_gathered(sorted(chosen, key=when)), key=when)[::-1]


def _gathered(events: Iterable[Event]) -> list[Event]:
    """The same events, oldest first, but a file found unchanged again and again is one."""
    gathered: list[Event] = []
    last: dict[tuple[str, str], int] = {}
    for event in events:
        file = (event.portal, event.file_name)
        before = gathered[last[file]] if file in last else None
        if before and event.kind == before.kind == "unchanged":
            gathered[last[file]] = replace(event, times=before.times + 1, first=before.first or before.at)
        else:
            last[file] = len(gathered)
            gathered.append(event)
    return gathered


# --- what is wanted ----------------------------------------------------------------------------


def _at_portal(run: Run | None, wanted: Wanted) -> bool:
    return not wanted.portals or (run is not None and bool({run.portal, run.address} & set(wanted.portals)))


def _concerns(entry: Readback, wanted: Wanted) -> bool:
    return wanted.dataset in ("", entry.dataset_name) and entry.dataset_name.startswith(wanted.municipality)


def _about(call: Call, wanted: Wanted) -> bool:
    return not wanted.dataset or wanted.dataset in call.target or wanted.dataset in call.action


def _in_time(at: str, wanted: Wanted) -> bool:
    """Whether it was on that day in Japan or later; what has no readable time is never hidden."""
    if wanted.since is None:
        return True
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return True
    return (moment.astimezone(JST) if moment.tzinfo else moment).date() >= wanted.since
