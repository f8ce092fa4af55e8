"""One program's way through all steps, and what is seen of it: its calls, its exit codes, and what it left."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.publishing.files import LIST, OTHER_REMARK, with_invalid, with_remark
from benchmarks.publishing.left import Left, Sent, State, left, state_of
from benchmarks.publishing.tools import Item, Place, Ran, Tool, last_line
from tests.ckan.faults import Fault, Kind, Proxy, Seen
from tests.ckan.plugin import Ckan

WRITES = re.compile(r".*_(create|update|patch|delete|purge|upsert|revise|reorder)")
UPLOADS = re.compile(
    r"resource_(create|update|patch)|package_revise"
)  # the last brings an entry and its file at once
FIFTH = 4  # counted from 0: the dataset in the middle


@dataclass(frozen=True)
class Step:
    """What one publication did: seconds by the clock and of the program's own processor time, exit codes, calls by kind and by action, and what it left."""

    step: str
    seconds: float
    cpu: float
    codes: list[int]
    said: str
    calls: Mapping[str, int]
    actions: Mapping[str, int]
    answers_lost: int
    left: Left
    invalid_published: bool | None = None


@dataclass
class Portal:
    """The CKAN, the server in front of it, and one program's organisation on it."""

    ckan: Ckan
    proxy: Proxy
    organization: str
    token: str

    def place(self) -> Place:
        return Place(self.proxy.address, self.organization, self.token, self.present)

    def present(self, name: str) -> str | None:
        answer = requests.get(f"{self.ckan.url}/api/3/action/package_show", {"id": name}, timeout=60)
        return str(answer.json()["result"]["id"]) if answer.ok else None

    def state(self) -> State:
        def download(url: str) -> bytes | None:
            if not url.startswith(
                self.ckan.url + "/"
            ):  # a link to nowhere: what an upload that never came leaves
                return None
            answer = requests.get(url, timeout=60)  # no token: as the public
            return answer.content if answer.ok else None

        return state_of(self.ckan.action, download, self.organization)

    def clear(self, every: Sequence[Item]) -> None:
        """Nothing is left of these datasets, not in the trash either."""
        for name in {item.sent.dataset for item in every}:
            found = requests.get(f"{self.ckan.url}/api/3/action/package_show", {"id": name},
                                 headers={"Authorization": self.ckan.token}, timeout=60)  # fmt: skip
            if found.ok:
                self.ckan.action("dataset_purge", id=found.json()["result"]["id"])


def kinds(calls: Sequence[Seen]) -> dict[str, int]:
    """The calls as reads, writes and downloads."""
    found = Counter(
        "download" if call.action == "download" else "write" if WRITES.fullmatch(call.action) else "read"
        for call in calls
    )
    return {kind: found[kind] for kind in ("read", "write", "download")}


def creation(calls: Sequence[Seen], place: int) -> int:
    """The number of the call that made the dataset in that place, counted from 0."""
    return [call.number for call in calls if call.action == "package_create"][place]


def upload(calls: Sequence[Seen], place: int, each: int, count: int) -> int:
    """The number of the call that brought the file in that place, by a program that sends `each` files for each of
    `count` datasets; of the first upload where it has sent only what had changed."""
    found = [call.number for call in calls if UPLOADS.fullmatch(call.action)]
    if not found:
        raise ValueError(f"no upload among {Counter(call.action for call in calls)}")
    return found[place * each] if len(found) >= count * each else found[0]


def middle(calls: Sequence[Seen]) -> int:
    """The number of the write in the middle, 0 where there are no writes; of two, the first."""
    found = [call.number for call in calls if WRITES.fullmatch(call.action)]
    return found[(len(found) - 1) // 2] if found else 0


def holds(state: State, sent: Sent) -> bool:
    """Whether the portal has that very file."""
    entry = state.get(sent.dataset)
    return entry is not None and any(resource.sha256 == sent.sha256 for resource in entry.resources)


class UnusableError(Exception):
    """The program publishes nothing at all here; its last words."""


class Course:
    """One program's way through all steps with these files; `fault` is what it gets in place of an answer."""

    def __init__(self, tool: Tool, portal: Portal, every: Sequence[Item], folder: Path, fault: Kind) -> None:
        self.tool = tool
        self.portal = portal
        self.every = every
        self.folder = folder
        self.steps: list[Step] = []
        self.before: State | None = None
        self.fault: Kind = fault

    def go(self, step: str, every: Sequence[Item], lost_call: int = 0, bad: Sent | None = None) -> list[Seen]:
        """Publish; the calls. The answer to the call of the number `lost_call` is lost; 0 for none."""
        self.folder.mkdir(exist_ok=True)
        self.portal.proxy.set(*([Fault(lost_call, self.fault, "after")] if lost_call else []))
        ran: Ran = self.tool.publish(every, self.portal.place(), self.folder)
        calls = list(self.portal.proxy.calls)
        state = self.portal.state()
        sent = [item.sent for item in every if item.sent != bad]
        shown = {name: entry for name, entry in state.items() if not bad or name != bad.dataset}
        lost = [call.action for call in calls if call.fault]
        assert len(lost) == bool(lost_call), f"{step}: answers lost: {lost}"
        done = Step(
            step=step,
            seconds=round(ran.seconds, 2),
            cpu=round(ran.cpu, 2),
            codes=ran.codes,
            said=last_line(ran),
            calls=kinds(calls),
            actions=dict(sorted(Counter(call.action for call in calls).items())),
            answers_lost=len(lost),
            left=left(sent, shown, self.before),
            invalid_published=holds(state, bad) if bad else None,
        )
        if step == "first" and done.left.lost == len(sent):
            raise UnusableError(done.said)
        self.steps.append(done)
        self.before = state
        print(
            f"  {step}: {done.seconds} s, {done.calls}, {done.left.words()}; says: {done.codes} {done.said}",
            flush=True,
        )
        return calls

    def anew(self) -> None:
        self.portal.clear(self.every)
        self.before = None
        self.folder = self.folder.with_name(self.folder.name + "+")

    def all(self) -> list[Step]:
        every = self.every
        first = self.go("first", every)
        again = self.go("again", every)
        changed = with_remark(every, OTHER_REMARK)
        replaced = self.go("changed", changed)
        self.anew()
        mixed, bad = with_invalid(every)
        self.go("invalid", mixed, bad=bad)
        each, count = self.tool.uploads, len(every)
        for what, number in (
            ("creation", creation(first, FIFTH)),
            ("upload", upload(first, FIFTH, each, count)),
        ):
            self.anew()
            self.go(f"{what} lost", every, number)
            self.go(f"{what} lost, again", every)
        self.anew()
        self.go("before the replacement", every)
        place = next(n for n, item in enumerate(every) if item.sent.name == LIST)
        self.go("replacement lost", changed, upload(replaced, place, each, count))
        self.go("replacement lost, again", changed)
        self.anew()
        self.go("before the rerun", every)
        self.go("rerun lost", every, middle(again))
        self.go("rerun lost, again", every)
        self.anew()
        return self.steps
