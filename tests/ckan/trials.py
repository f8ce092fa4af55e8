"""Publish while things break, run once more while nothing does, and say what is not as it would have been.

A trial is one or more disturbed runs of the same files, each with faults of its own, and then one undisturbed run.
"""

import json
import multiprocessing
import os
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from odtool.errors import OdtoolError
from odtool.ledger import record
from odtool.municipality import Municipality
from odtool.portal.ckan import Ckan as Portal
from odtool.publishing import flow
from odtool.publishing.publish import Outcome, exit_code
from tests.ckan.faults import Fault, Proxy, Seen
from tests.ckan.plugin import Ckan
from tests.ckan.towns import Left, Looker, unlike, whole, write_files, write_years
from tests.publishing import now

ORGANIZATION = "{code}"
PAUSE = 0.01  # seconds; the unit of waiting between tries
TIMEOUT = (2.0, 1.5)  # seconds: to connect, and without a byte; for stalled answers


@dataclass(frozen=True)
class Run:
    """What one run told: the outcome of each file and its sentence, the exit code (-9: killed)."""

    code: int
    told: tuple[tuple[str, str, str], ...] = ()
    sentence: str = ""  # of an error that ended it
    crash: str = ""  # a traceback, which nobody should ever see


Say = Callable[[str, str, str], None]


def publish(paths: Sequence[str], address: str, token: str, ledger: str, say: Say = lambda *_: None) -> Run:
    """One run in this process, as the command does it."""
    told: list[tuple[str, str, str]] = []

    def each(outcome: Outcome) -> None:
        told.append((Path(outcome.item.offer.path).name, outcome.status, f"{outcome.ja}\n{outcome.en}"))
        say(*told[-1])

    try:
        with (
            record.ledger(ledger) as book,
            book.run("publish", portal="town", address=address, now=now) as running,
        ):
            portal = Portal(
                "town", address, token, organization=ORGANIZATION, create_organization=True, pause=PAUSE,
                timeout=TIMEOUT, tell=running.call,
            )  # fmt: skip
            with closing(portal):
                outcomes = flow.publish(
                    paths, portal, now=now, before=book.published(address), note=running.note, each=each
                )
            running.code = exit_code(outcomes)
        return Run(exit_code(outcomes), tuple(told))
    except OdtoolError as error:
        return Run(error.exit_code, tuple(told), f"{error.ja}\n{error.en}")
    except Exception:  # noqa: BLE001 – reported as what it is
        return Run(4, tuple(told), crash=traceback.format_exc())


def _child(paths: Sequence[str], address: str, token: str, ledger: str, out: str) -> None:
    with Path(out).open("w", encoding="utf-8") as lines:

        def say(*outcome: str) -> None:
            lines.write(json.dumps(outcome) + "\n")
            lines.flush()

        run = publish(paths, address, token, ledger, say)
        lines.write(json.dumps([run.code, run.sentence, run.crash]) + "\n")


class Apart:
    """Runs in processes of their own, which can be killed."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")  # its children have no threads of ours
        self._context.set_forkserver_preload(["tests.ckan.trials"])

    def start(
        self, paths: Sequence[str], address: str, token: str, ledger: str, out: str
    ) -> multiprocessing.process.BaseProcess:
        process = self._context.Process(target=_child, args=(paths, address, token, ledger, out))
        process.start()
        return process

    def run(self, proxy: Proxy, paths: Sequence[str], token: str, ledger: str, out: str) -> Run:
        """One run that the proxy may kill."""
        process = self.start(paths, proxy.address, token, ledger, out)
        proxy.killed = lambda: os.kill(process.pid or 0, signal.SIGKILL) if process.pid else None
        process.join()
        return ended(process, out)


def ended(process: multiprocessing.process.BaseProcess, out: str) -> Run:
    """What a process told that is over."""
    told: list[tuple[str, str, str]] = []
    with suppress(FileNotFoundError):  # killed before its first word
        for line in Path(out).read_text("utf-8").splitlines():
            first, second, third = json.loads(line)
            if isinstance(first, int):
                return Run(first, tuple(told), second, third)
            told.append((first, second, third))
    return Run(process.exitcode or 0, tuple(told))


@dataclass(frozen=True)
class Verdict:
    """What a trial came to. `wrong` is empty where everything is as if nothing had happened."""

    runs: tuple[Run, ...]
    calls: tuple[tuple[Seen, ...], ...]
    wrong: tuple[str, ...]
    seconds: float


@dataclass
class Trials:
    """Trials on one CKAN. The first `changed` of `count` datasets are there before, with other contents."""

    ckan: Ckan
    proxy: Proxy
    count: int
    changed: int = 0
    apart: Apart = field(default_factory=Apart)
    looker: Looker = field(init=False)
    wanted: Left = field(init=False, default_factory=lambda: Left({}, {}))
    reference: tuple[Seen, ...] = ()

    def __post_init__(self) -> None:
        self.looker = Looker(self.ckan)

    @property
    def writes(self) -> int:
        """The writes of an undisturbed run."""
        return sum(seen.wrote for seen in self.reference)

    def measure(self, town: Municipality) -> Left:
        """The undisturbed run that all others are held against."""
        with tempfile.TemporaryDirectory() as folder:
            paths = self._prepare(Path(folder), town)
            self.proxy.set()
            run = publish(paths, self.proxy.address, self.ckan.token, f"{folder}/ledger")
            if run.code:
                raise RuntimeError(f"the undisturbed run failed: {run}")
            self.reference = tuple(self.proxy.calls)
            self.wanted = self.looker.left(town, town.code)
            if self.wanted.faults or self.wanted.datasets != self.count:
                raise RuntimeError(f"the undisturbed run left {self.wanted.faults}")
        return self.wanted

    def _prepare(self, folder: Path, town: Municipality) -> list[str]:
        """The town's files; some are already published with other contents."""
        if self.changed:
            old = write_files(folder / "files", town, self.changed, changed=True)
            self.proxy.set()
            run = publish(old, self.proxy.address, self.ckan.token, f"{folder}/ledger")
            if run.code:
                raise RuntimeError(f"preparing failed: {run}")
        return write_files(folder / "files", town, self.count)

    def trial(self, town: Municipality, disturbed: Sequence[Sequence[Fault]]) -> Verdict:
        """Run with each set of faults, then without any, and compare."""
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            paths = self._prepare(Path(folder), town)
            ledger = f"{folder}/ledger"
            runs, calls, wrong, writes = [], [], [], 0
            for number, faults in enumerate((*disturbed, ())):
                self.proxy.set(*faults)
                if any(fault.kind == "kill" for fault in faults):
                    run = self.apart.run(self.proxy, paths, self.ckan.token, ledger, f"{folder}/{number}")
                else:
                    run = publish(paths, self.proxy.address, self.ckan.token, ledger)
                left = self.looker.left(town, town.code, quickly=bool(faults))
                seen = tuple(sorted(self.proxy.calls, key=lambda call: call.number))
                writes += sum(call.wrote for call in seen)
                wrong += self._claims(town, run, left, bool(faults))
                runs.append(run)
                calls.append(seen)
            wrong += unlike(left, self.wanted)
            if writes != self.writes:
                kind = "repeated" if writes > self.writes else "left out"
                wrong.append(f"{kind}: {writes} writes instead of {self.writes}")
            wrong += self._ledger(ledger)
        return Verdict(tuple(runs), tuple(calls), tuple(dict.fromkeys(wrong)), time.monotonic() - began)

    def pair(self, town: Municipality, *, same: bool) -> Verdict:
        """Two processes at one moment, as on two machines: nothing on this one keeps them apart. Both have the `same`
        files, or each has another file of one dataset; then one undisturbed run of all of them."""
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            if same:
                everything = write_files(Path(folder) / "files", town, self.count)
                halves = [everything, everything]
            else:
                everything = write_years(Path(folder) / "files", town, 2)
                halves = [everything[:1], everything[1:]]
            self.proxy.set()
            outs = [f"{folder}/out{number}" for number in range(2)]
            started = [
                self.apart.start(
                    paths, self.proxy.address, self.ckan.token, f"{folder}/ledger{number}", outs[number]
                )
                for number, paths in enumerate(halves)
            ]
            for process in started:
                process.join()
            runs = [ended(process, out) for process, out in zip(started, outs, strict=True)]
            together = tuple(self.proxy.calls)
            self.proxy.set()
            runs.append(publish(everything, self.proxy.address, self.ckan.token, f"{folder}/ledger"))
            left = self.looker.left(town, town.code)
            wrong = [f"exit: {run.code}" for run in runs[:2] if run.code not in (0, 3)]
            wrong += [f"exit: {runs[2].code}" for _ in range(1) if runs[2].code]
            wrong += [f"crash: {run.crash.strip().splitlines()[-1]}" for run in runs if run.crash]
            if same:
                wrong += unlike(left, self.wanted)
            else:
                wrong += left.faults
                wrong += [f"lost: {2 - left.files} files"] if left.files < 2 else []
                wrong += [f"duplicate: {left.files - 2} files"] if left.files > 2 else []
        return Verdict(
            tuple(runs),
            (together, tuple(self.proxy.calls)),
            tuple(dict.fromkeys(wrong)),
            time.monotonic() - began,
        )

    def _claims(self, town: Municipality, run: Run, left: Left, disturbed: bool) -> list[str]:
        """What the run said that is not so."""
        done = whole(left, self.wanted)
        names = {f"{town.code}_{name}.csv": name for name in self.wanted.entries}
        wrong = [
            f"lie: {name} {status}"
            for name, status, _ in run.told
            if status in ("published", "unchanged") and names.get(name) not in done
        ]
        text = run.sentence + "".join(sentence for _, _, sentence in run.told)
        if run.crash:
            wrong.append(f"crash: {run.crash.strip().splitlines()[-1]}")
        if run.code == 0 and len(done) < self.count:
            wrong.append("exit: 0, but not all is there")
        if run.code not in ((0, 3, -signal.SIGKILL) if disturbed else (0,)):
            wrong.append(f"exit: {run.code} {run.sentence}")
        if "<" in text or "\x1b" in text:
            wrong.append("hostile: an answer's text was shown as it came")
        if self.ckan.token in text + run.crash:
            wrong.append("secret: the token was shown")
        return wrong

    def _ledger(self, path: str) -> list[str]:
        """Whether it can still be read, and holds no secret."""
        try:
            with record.ledger(path) as book:
                book.publications()
        except OdtoolError as error:
            return [f"ledger: {error.en}"]
        secret = self.ckan.token.encode()
        files = Path(path).parent.glob("ledger*")
        return ["secret: the token is in the ledger" for file in files if secret in file.read_bytes()][:1]


def tally(verdicts: Iterable[Sequence[str]]) -> dict[str, int]:
    """How often each kind of wrong occurs."""
    found: dict[str, int] = {}
    for wrong in verdicts:
        for kind in {entry.partition(":")[0] for entry in wrong}:
            found[kind] = found.get(kind, 0) + 1
    return found
