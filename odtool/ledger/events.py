"""The ledger's entries → what became of files: published, unchanged, refused, withdrawn, and why.

Pure: values in, values out.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Literal

from odtool.ledger.journal import PlannedItem, Publication, Readback, Run, Unpublished, Withdrawal

Kind = Literal[
    "create", "update", "adopt", "restore", "unchanged",
    "withdrawn", "withdrawal-unsure", "refused", "drift", "failed", "not-done",
    "differs", "planned", "unfinished",
]  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "create", "update", "adopt", "restore", "unchanged",
    "withdrawn", "withdrawal-unsure", "refused", "drift", "failed", "not-done",
    "differs", "planned", "unfinished",
)  # fmt: skip
"""What may have become of a file. drift: somebody had edited it on the portal, it was left so. differs: read back, it was
not what was sent. planned: by a run that only planned. unfinished: the run was to do it, and nothing is noted of what
became of it."""
PLANNING = "plan"  # the command that only plans


@dataclass(frozen=True, slots=True)
class Event:
    """What became of one file, or of a dataset where `file_name` is "". `times` is more than 1 where the same was
    found again and again, from `first` to `at`. `ja` and `en` say why. `action` is what was planned, where nothing more
    is known."""

    at: str
    kind: Kind
    portal: str
    dataset_name: str
    file_name: str
    municipality: str
    title: str = ""
    path: str = ""
    ja: str = ""
    en: str = ""
    url: str = ""
    run: str = ""
    who: str = ""
    times: int = 1
    first: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """The entries that tell what became of files, and the runs they belong to by their ids. `idle` tells of a run
    whether it surely ended before it sent anything."""

    runs: Mapping[str, Run] = field(default_factory=dict)
    done: Iterable[Publication] = ()
    missed: Iterable[Unpublished] = ()
    withdrawn: Iterable[Withdrawal] = ()
    off: Iterable[Readback] = ()
    planned: Iterable[PlannedItem] = ()
    idle: Callable[[str], bool] = lambda _run: False


_File = tuple[str, str, str, str]
"""A file of a run: the run, the dataset's and the file's names; the path, too, where it has none, or shares them with
the others for which it is refused."""


def _file(entry: Publication | Unpublished | Withdrawal | PlannedItem) -> _File:
    path = ""
    if isinstance(entry, Unpublished | PlannedItem):
        refused = (entry.status if isinstance(entry, Unpublished) else entry.action) in ("refuse", "refused")
        path = entry.path if refused or not entry.dataset_name else ""
    return (entry.run, entry.dataset_name, entry.file_name, path)


def happened(noted: Noted) -> list[Event]:
    plans = {_file(item): item for item in noted.planned}
    settled: dict[_File, list[Event]] = {}
    told: Iterable[Publication | Unpublished | Withdrawal] = chain(noted.done, noted.missed, noted.withdrawn)
    for entry in told:
        file = _file(entry)
        settled.setdefault(file, []).append(_titled(_event(entry), plans.get(file)))
    found = [event for events in settled.values() for event in events]
    found += [
        Event(read.at, "differs", noted.runs[read.run].address if read.run in noted.runs else "", read.dataset_name,
              read.file_name, read.dataset_name[:6], ja=read.differs, en=read.differs, run=read.run)
        for read in noted.off
    ]  # fmt: skip
    found += [_left(item, noted) for file, item in plans.items() if file not in settled]
    return [
        replace(event, who=noted.runs[event.run].who) if event.run in noted.runs else event for event in found
    ]


def _event(entry: Publication | Unpublished | Withdrawal) -> Event:
    place = (entry.portal, entry.dataset_name, entry.file_name, entry.municipality)
    if isinstance(entry, Publication):
        return Event(entry.at, _as_kind(entry.action), *place, url=entry.url, run=entry.run)
    if isinstance(entry, Unpublished):
        return Event(entry.at, entry.status, *place, "", entry.path, entry.ja, entry.en, run=entry.run)
    kind: Kind = "withdrawn" if entry.verified else "withdrawal-unsure"
    return Event(entry.at, kind, *place, ja=entry.reason, en=entry.reason_en, run=entry.run)


def _titled(event: Event, item: PlannedItem | None) -> Event:
    """With what only the plan knows of the file."""
    if item is None:
        return event
    refused = event.kind == "refused"  # the run says it again with «not published» before it
    return replace(
        event,
        title=item.title,
        path=event.path or item.path,
        ja=item.ja if refused else event.ja or item.ja,
        en=item.en if refused else event.en or item.en,
    )


def _left(item: PlannedItem, noted: Noted) -> Event:
    """A planned item of which nothing more is noted."""
    run = noted.runs.get(item.run)
    kind: Kind
    ja, en = item.ja, item.en
    if item.action in ("refuse", "drift"):
        kind = "refused" if item.action == "refuse" else "drift"
    elif run and run.command == PLANNING:
        kind = "planned"
    elif noted.idle(item.run):
        kind, ja, en = (
            "not-done",
            "書き込みを始める前に止まりました。",
            "The run stopped before it wrote anything.",
        )
    else:
        kind = "unfinished"
        ja = (
            "どうなったかの記録がありません。もう一度実行すると、ポータルの今の状態を見てから続きを行います。"
        )
        en = "What became of it is not noted. Run it again: it looks at the portal first and does what is left."
    place = (run.address if run else "", item.dataset_name, item.file_name, item.municipality)
    action = "" if kind in ("refused", "drift") else item.action
    return Event(
        run.at if run else "", kind, *place, item.title, item.path, ja, en, run=item.run, action=action
    )


def _as_kind(action: str) -> Kind:
    """A publication's action; one that a newer odtool may know counts as a change."""
    return next((kind for kind in KINDS if kind == action), "update")
