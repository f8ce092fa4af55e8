"""What survives when the network, the portal or the program dies: every call of a publication, every fault.

python benchmarks/faults.py                      every call × every fault, kill -9 at every call, 1,000 random runs
python benchmarks/faults.py --calls 1-40 --random 0 --pairs 0
python benchmarks/faults.py --version 2.10.11 --part 1/2
python benchmarks/faults.py --summary            the table of what is recorded, nothing else

Each run publishes 20 datasets to a real CKAN through a proxy that fails at one call, then once more undisturbed, and
compares the portal with the undisturbed one. Four of the datasets are there before with other contents. What was
found is appended to a file of JSON lines; a run that was stopped goes on where it was. The order is drawn once from
the seed, so that what is measured of a stopped run is a fair part of the whole.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from itertools import cycle, islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from odtool import __version__  # noqa: E402 – the checkout this script is in
from odtool.municipality import Municipality  # noqa: E402
from tests.ckan.faults import KILLS, POSSIBLE, Fault, proxy  # noqa: E402
from tests.ckan.plugin import connect, started  # noqa: E402
from tests.ckan.towns import towns  # noqa: E402
from tests.ckan.trials import Trials, Verdict, tally  # noqa: E402

ROOM = Path(os.environ.get("CKAN_IT_ROOT") or f"{tempfile.gettempdir()}/odtool-ckan-{os.geteuid()}")
AT_ONCE = 100  # trials on one portal before it is emptied: a full one is slower
Job = dict[str, Any]


def matrix(calls: Sequence[int]) -> Iterator[Job]:
    """Each fault once at each call, and kill -9 there."""
    for call in calls:
        for kind, moment in (*POSSIBLE, *KILLS):
            faults = [[Fault(call, kind, moment)]]
            yield {
                "kind": "kill" if kind == "kill" else "fault",
                "key": f"{call}:{faults[0][0]}",
                "faults": faults,
            }


def drawn(seed: int, count: int, calls: int) -> Iterator[Job]:
    """One to three disturbed runs, each with one to three faults or one kill, some lasting over several calls."""
    for number in range(count):
        dice = random.Random(f"{seed}:{number}")
        runs = []
        for _ in range(dice.choice((1, 1, 2, 3))):
            faults = []
            for _ in range(dice.choice((1, 1, 2, 3))):
                kind, moment = dice.choice((*POSSIBLE, *KILLS, *KILLS))
                lasting = dice.choice((1, 1, 2, 9)) if kind not in ("stalled", "kill", "refused") else 1
                faults.append(Fault(dice.randint(1, calls), kind, moment, lasting))
            runs.append(faults)
        yield {"kind": "random", "key": f"random:{seed}:{number}", "faults": runs}


def together(count: int) -> Iterator[Job]:
    for number in range(count):
        yield {"kind": "pair", "key": f"pair:{number}", "same": True}
        yield {"kind": "years", "key": f"years:{number}", "same": False}


@contextmanager
def trials(datasets: int, changed: int, towns_left: Iterator[Municipality]) -> Iterator[Trials]:
    """An empty CKAN with its proxy, and the undisturbed run on it."""
    ROOM.mkdir(parents=True, exist_ok=True)
    ROOM.chmod(0o755)  # the user postgres must reach what is in it
    with started(ROOM) as settings, proxy(settings["CKAN_URL"]) as between:
        ckan = connect(settings["CKAN_URL"], settings["CKAN_API_TOKEN"])
        made = Trials(ckan, between, datasets, changed)
        made.measure(next(towns_left))
        yield made


def done_before(record: Path) -> set[str]:
    if not record.exists():
        return set()
    return {json.loads(line)["key"] for line in record.read_text("utf-8").splitlines()}


def work(jobs: list[Job], record: Path, options: argparse.Namespace) -> None:
    names = cycle(towns())
    end = time.monotonic() + options.minutes * 60
    begun, number, all_ = time.monotonic(), 0, len(jobs)
    while jobs and time.monotonic() < end:
        batch, jobs = jobs[:AT_ONCE], jobs[AT_ONCE:]
        with trials(options.datasets, options.changed, names) as made:
            for job in batch:
                if time.monotonic() > end:
                    return
                verdict = carry_out(made, job, next(names))
                with record.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(entry(made, job, verdict), ensure_ascii=False) + "\n")
                number += 1
                pace = (time.monotonic() - begun) / number
                if verdict.wrong:
                    print(f"  {job['key']}: {'; '.join(verdict.wrong)}", flush=True)
                if number % 20 == 0:
                    print(f"{number} done, {all_ - number} left, {pace:.1f} s each", flush=True)


def carry_out(made: Trials, job: Job, town: Municipality) -> Verdict:
    if "faults" in job:
        return made.trial(town, job["faults"])
    return made.pair(town, same=job["same"])


def entry(made: Trials, job: Job, verdict: Verdict) -> dict[str, Any]:
    hit = [[f"{seen.action} {seen.fault}" for seen in calls if seen.fault] for calls in verdict.calls]
    return {
        "key": job["key"],
        "kind": job["kind"],
        "version": made.ckan.version,
        "tool": __version__,
        "calls": len(made.reference),
        "faults": [[astuple(fault) for fault in faults] for faults in job.get("faults", ())],
        "hit": hit,
        "codes": [run.code for run in verdict.runs],
        "failed": [
            sentence for run in verdict.runs for _, status, sentence in run.told if status == "failed"
        ][:3],
        "sentences": [run.sentence for run in verdict.runs if run.sentence],
        "wrong": list(verdict.wrong),
        "seconds": round(verdict.seconds, 2),
    }


KINDS = {
    "fault": "one fault at one call",
    "kill": "kill -9 at one call",
    "random": "random runs of both",
    "pair": "two at once, same files",
    "years": "two at once, two files of one dataset",
}
COLUMNS = ("duplicate", "duplicate file", "lost", "half", "differs", "repeated", "lie", "exit", "crash")


def summary(record: Path) -> None:
    """A table in Markdown, one line per kind of run; then every run after which something was wrong."""
    if not record.exists():
        print(f"nothing is recorded in {record}")
        return
    entries = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    print("| runs | done | as undisturbed |", " | ".join(COLUMNS), "| other |")
    print("| --- " * (len(COLUMNS) + 4) + "|")
    for kind, title in KINDS.items():
        some = [entry for entry in entries if entry["kind"] == kind]
        if not some:
            continue
        counts = tally(entry["wrong"] for entry in some)
        other = sum(number for name, number in counts.items() if name not in COLUMNS)
        good = sum(not entry["wrong"] for entry in some)
        cells = [title, len(some), good, *(counts.get(name, 0) for name in COLUMNS), other]
        print("|", " | ".join(map(str, cells)), "|")
    wrong = [entry for entry in entries if entry["wrong"]]
    print(
        f"\n{len(entries)} runs, {len(wrong)} with something wrong; CKAN",
        *sorted({e["version"] for e in entries}),
    )
    for entry in wrong[:50]:
        print(f"  {entry['key']}: {'; '.join(entry['wrong'])}")


def numbers(text: str, last: int) -> list[int]:
    """The calls of «1-5,9»; all of them for «all»."""
    if text == "all":
        return list(range(1, last + 1))
    found: list[int] = []
    for part in text.split(","):
        begin, _, end = part.partition("-")
        found += range(int(begin), int(end or begin) + 1)
    return [number for number in found if 1 <= number <= last]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--datasets", type=int, default=20)
    parser.add_argument("--changed", type=int, default=4, help="of them, there before with other contents")
    parser.add_argument("--calls", default="all", help="of the matrix: all, or like 1-40,77; 0 for none")
    parser.add_argument("--random", type=int, default=1000, help="random runs")
    parser.add_argument("--pairs", type=int, default=20, help="runs of two at once, of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--version", default="2.12.0", help="of CKAN")
    parser.add_argument("--record", type=Path, help="default: faults-VERSION.jsonl")
    parser.add_argument(
        "--part", default="1/1", help="like 1/2: every second run, for two programs side by side"
    )
    parser.add_argument("--minutes", type=float, default=1e6, help="stop after so many")
    parser.add_argument("--summary", action="store_true")
    options = parser.parse_args()
    os.environ["CKAN_IT_VERSION"] = options.version
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the CKAN is stopped too
    if Path("/dev/shm").is_dir():  # ledgers sync every entry
        tempfile.tempdir = "/dev/shm"
    record = options.record or Path(f"faults-{options.version}.jsonl")
    if not options.summary:
        with trials(options.datasets, options.changed, towns()) as made:
            calls = len(made.reference)
        print(
            f"CKAN {options.version}, {options.datasets} datasets: {calls} calls; seed {options.seed}",
            flush=True,
        )
        jobs = [*matrix(numbers(options.calls, calls)), *drawn(options.seed, options.random, calls)]
        jobs += together(options.pairs)
        random.Random(options.seed).shuffle(jobs)
        part, parts = map(int, options.part.split("/"))
        known = done_before(record)
        jobs = [job for job in islice(jobs, part - 1, None, parts) if job["key"] not in known]
        print(f"{len(jobs)} runs to do, {len(known)} done before", flush=True)
        work(jobs, record, options)
    summary(record)


if __name__ == "__main__":  # the processes that are killed import this file
    main()
