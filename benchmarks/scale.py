"""A prefecture's whole portal, unchanged: 734 datasets with 12,000 files, published again to a CKAN that has them all.

python benchmarks/scale.py [--datasets 734] [--files 12000]

The portal is filled straight through its API with the entries that publishing would have made (making them one file at
a time takes the better part of an hour); what is measured is `odtool publish` as a scheduled job calls it: the calls
from its own ledger, the clock, and the memory.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice, product
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from odtool import clock  # noqa: E402 – the checkout this script is in
from odtool.planning.decide import TAGS  # noqa: E402
from odtool.planning.plan import Plan  # noqa: E402
from odtool.portal import ckan_entry as entry  # noqa: E402
from odtool.portal.ckan import Ckan as Portal  # noqa: E402
from odtool.publishing import flow  # noqa: E402 – the checkout this script is in
from tests.ckan.plugin import Ckan, connect, started  # noqa: E402
from tests.ckan.towns import slugs, towns, write_files  # noqa: E402

ROOM = Path(os.environ.get("CKAN_IT_ROOT") or f"{tempfile.gettempdir()}/odtool-ckan-{os.geteuid()}")
TOWNS = 26  # as many municipalities as the prefecture of Kyoto has


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--datasets", type=int, default=734)
    options.add_argument("--files", type=int, default=12_000)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as room, started(ROOM) as env:
        ckan = connect(env["CKAN_URL"], env["CKAN_API_TOKEN"])
        folder = Path(room, "data")
        count = generate(folder, asked.datasets, asked.files)
        print(f"{count:,} files of {asked.datasets} datasets", flush=True)
        begun = time.monotonic()
        fill(ckan, folder)
        print(f"portal filled in {time.monotonic() - begun:.0f} s", flush=True)
        Path(room, "odtool.toml").write_text(f'[portals.here]\ntype = "ckan"\nurl = "{ckan.url}"\n', "utf-8")
        for name in ("first look", "again"):
            measure(name, room, ckan)


def generate(folder: Path, datasets: int, files: int) -> int:
    """Files of so many datasets, as evenly as it goes; dated, as yearly data are."""
    chosen = list(islice(product(islice(towns(), TOWNS), slugs()), datasets))
    if len(chosen) < datasets:
        raise ValueError(f"there are {len(chosen)} datasets only")
    ready: dict[str, Path] = {}
    for town in dict.fromkeys(town for town, _ in chosen):
        ready |= {Path(path).stem: Path(path) for path in write_files(folder / town.code, town, len(slugs()))}
    made = 0
    for number, (town, dataset) in zip(range(files), cycle(chosen), strict=False):
        slug = dataset.partition("-")[2]
        content = ready[f"{town.code}_{slug}"].read_bytes()
        day = f"{2026 - number // datasets:04}0401"
        (folder / town.code / f"{town.code}_{slug}_{day}.csv").write_bytes(content)
        made += 1
    for path in ready.values():
        path.unlink()
    return made


def fill(ckan: Ckan, folder: Path) -> None:
    """Every dataset with its files in one call."""
    portal = Portal("here", ckan.url, ckan.token)
    plan: Plan = flow.make_plan([str(folder)], portal, now=clock.now, jobs=None)[0]
    datasets: dict[str, list[flow.Offer]] = {}
    for item in plan.items:
        if item.action != "create":
            raise ValueError(f"{item.offer.path}: {item.en}")
        datasets.setdefault(item.offer.dataset_name, []).append(item.offer)
    for code in dict.fromkeys(offers[0].municipality for offers in datasets.values()):
        ckan.action("organization_create", name=code, title=code)
    for name, offers in datasets.items():
        said = entry.dataset_fields(offers[0], None, None, {*offers[0].metadata, TAGS}, entry.PLACES)
        resources = [
            {**entry.resource_fields(offer), "url": f"{ckan.url}/{offer.file_name}", "size": offer.size}
            for offer in offers
        ]
        ckan.action(
            "package_create", name=name, owner_org=offers[0].municipality, resources=resources, **said
        )


def measure(name: str, room: str, ckan: Ckan) -> None:
    ledger = Path(room, f"{name}.sqlite")
    command = [sys.executable, "-m", "odtool", "publish", "data", "--portal", "here", "--ledger", str(ledger)]
    environment = os.environ | {
        "ODTOOL_TOKEN_HERE": ckan.token,
        "PYTHONPATH": str(ROOT),
        "ODTOOL_CACHE": f"{room}/cache",
    }
    begun = time.monotonic()
    running = subprocess.Popen(command, cwd=room, env=environment, stdout=subprocess.PIPE, text=True)
    peak = 0
    while running.poll() is None:
        peak = max(peak, resident(running.pid))
        time.sleep(0.2)
    took = time.monotonic() - begun
    said = running.stdout.read().strip().splitlines()[-1] if running.stdout else ""
    with sqlite3.connect(ledger) as book:
        calls = dict(book.execute("SELECT method || ' ' || action, count(*) FROM calls GROUP BY 1"))
    print(
        f"{name}: exit {running.returncode}, {took:.0f} s, at most {peak} MB; calls {calls}\n  {said}",
        flush=True,
    )


def resident(process: int) -> int:
    """Megabytes held at most so far by the process itself."""
    try:
        status = Path(f"/proc/{process}/status").read_text("utf-8")
    except OSError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) // 1024 if lines else 0


if __name__ == "__main__":
    main()
