"""How long the report of coverage takes over a whole country and five years, and what memory it needs.

    python benchmarks/coverage.py report [--bodies 1788] [--years 5] [--keep FILE] [--beside CHECKOUT]

Makes a store: every municipality and prefecture, 31 datasets, observations, and a record for every day; each cell moves a
few times a year. Then `odtool coverage report` is run in a process of its own, once for every form; with --beside also as
another checkout of odtool does it, one after the other, so that both meet the same machine. Of three runs the quickest counts.
"""

import argparse
import datetime as dt
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from odtool.coverage.bodies import is_municipality, is_prefecture
from odtool.coverage.observation import Observation
from odtool.coverage.observed import Store, store
from odtool.coverage.sighting import DayState, DayTotal, Progress
from odtool.datasets.catalog import datasets
from odtool.municipality import municipalities

STATES = ("valid", "improve", "invalid", "stale", "not-seen")
SLUGS = 31
FORMS = (
    "text",
    "csv",
    "html",
    "json",
    "xlsx",
    "history",
    "text --prefecture 京都府",
    "html --prefecture 京都府",
    "xlsx --prefecture 京都府",
    "split",
)
LIMIT_SECONDS, LIMIT_MEGABYTES = 3.0, 300.0


def report(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="coverage.py report")
    parser.add_argument("--bodies", type=int, default=1788)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--moves", type=float, default=2.0, help="of a cell in a year")
    parser.add_argument("--keep", help="the store, made where it is not there")
    parser.add_argument("--beside", help="another checkout, an older one say")
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(wanted.keep or Path(folder) / "store.sqlite")
        if not path.exists():
            began = time.perf_counter()
            with store(path) as book:
                moved = fill(book, wanted.bodies, wanted.years, wanted.moves)
            print(
                f"made in {time.perf_counter() - began:.0f} s: {moved:,} moves of cells, {path.stat().st_size / 1e6:.0f} MB"
            )
        print(f"{'form':<28}{'seconds':>9}{'processor':>11}{'MB':>8}{'output MB':>11}")
        code = 0
        for form in FORMS:
            made = (
                [("", None), ("  beside", wanted.beside)]
                if wanted.beside and "split" not in form
                else [("", None)]
            )
            runs = [
                [measured(path, form, Path(folder) / "out", other) for _, other in made] for _ in range(3)
            ]
            for (name, other), results in zip(made, zip(*runs, strict=True), strict=True):
                seconds, own, megabytes, size = map(min, zip(*results, strict=True))
                over = min(seconds, own) > LIMIT_SECONDS or megabytes > LIMIT_MEGABYTES
                code |= over and other is None and "split" not in form
                print(
                    f"{form + name:<28}{seconds:>9.2f}{own:>11.2f}{megabytes:>8.0f}{size / 1e6:>11.2f}{'  over the limit' if over else ''}"
                )
    return code


def fill(book: Store, bodies: int, years: int, moves: float) -> int:
    """A store as so many years of nights would leave it; the number of moves."""
    chance = random.Random(1)
    codes = [code for code in municipalities() if is_municipality(code) or is_prefecture(code)][:bodies]
    every = list(datasets().values())
    slugs = {}
    for dataset in every:
        slugs.setdefault(dataset.slug, dataset.id)
    kinds = list(slugs.items())
    first = dt.date(2026, 11, 20) - dt.timedelta(days=365 * years)
    source = "https://data.example"
    today = "2026-11-20T03:00:00+09:00"
    seen, per_day = [], {}
    for code in codes:
        for place in range(SLUGS):
            slug, dataset = kinds[place % len(kinds)]
            if chance.random() < 0.4:
                continue
            day = int(chance.random() * 365 * years)
            before = ""
            while day < 365 * years:
                state = chance.choice(STATES)
                if state != before:
                    per_day.setdefault(day, {})[code, slug] = state
                before = state
                day += 1 + int(chance.expovariate(moves / 365))
            bad = before == "invalid"
            seen.append(
                Observation(
                    today,
                    source,
                    f"{code}_{slug}_{place}",
                    "r1",
                    url=f"{source}/{code}_{slug}.csv",
                    title=f"【{municipalities()[code].title}】{slug}",
                    organisation=municipalities()[code].title,
                    municipality=code,
                    slug=slug,
                    edition="standard",
                    dataset=dataset,
                    recognised_by="contents",
                    verdict="invalid" if bad else "valid",
                    errors=3 * bad,
                    fixable=3 * bad,
                    rules="date-format=3" if bad else "",
                    licence="CC-BY-4.0",
                    open=True,
                    format="CSV",
                    levels=(90, 80, 70),
                    updated="2026-04-01",
                    updated_by="data",
                    expected=365,
                    alive=True,
                    sha256=f"{code}{slug}{place:040}",
                    size=12345,
                    rows=100,
                    tool="benchmark",
                )
            )
    for start in range(0, len(seen), 1000):
        book.note(seen[start : start + 1000])
    book.note(progress=[Progress(source, at=today, state="done")])
    now = {}
    total = 0
    # One transaction a day, as nights make it; the store's own comparison would take an hour for five years of them.
    with book._writing() as connection:  # noqa: SLF001
        for number in range(365 * years):
            day = (first + dt.timedelta(days=number)).isoformat()
            rows = [
                (day, *key, state, now.get(key, "none")) for key, state in per_day.get(number, {}).items()
            ]
            now.update(per_day.get(number, {}))
            connection.executemany("INSERT INTO day_states VALUES (?, ?, ?, ?, ?)", rows)
            connection.execute("INSERT INTO days VALUES (?, ?, '')", (day, f"{day}T03:00:00+09:00"))
            total += len(rows)
            if number % 30 == 0:
                counts = {
                    code: len([1 for key in now if key[0] == code]) for code in codes[number % 20 :: 20]
                }
                connection.executemany(
                    "INSERT INTO day_totals VALUES (?, ?, ?, ?)",
                    [(day, code, n, n) for code, n in counts.items()],
                )
    book.keep_day(
        "2026-11-19", today, [DayState("", codes[0], kinds[0][0], "valid")], [DayTotal("", codes[0], 9, 9)]
    )
    return total


def measured(path: Path, form: str, out: Path, checkout: str | None) -> tuple[float, float, float, int]:
    """Seconds by the clock and of the processor, the most memory in megabytes, and the size of what was made."""
    command = [sys.executable, "-m", "odtool", "coverage"]
    kind, *rest = form.split()
    if kind == "history":
        command += ["history"]
    elif kind == "split":
        command += ["report", "--split", f"{out}s"]
    else:
        command += ["report", "--format", kind, "-o", str(out)]
    home = Path(checkout or Path(__file__).parent.parent).resolve()
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, "--store", str(path.resolve()), *rest], stdout=subprocess.DEVNULL, cwd=home, env={**os.environ, "PYTHONPATH": str(home)}
    ) as process:  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{form}: exit {process.returncode}")
    if kind == "split":
        size = sum(book.stat().st_size for book in Path(f"{out}s").iterdir())
    else:
        size = out.stat().st_size if kind != "history" else 0
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, size
