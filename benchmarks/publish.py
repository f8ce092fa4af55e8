"""Publishing beside the others: the same files by odtool, dpckan, ckanapi and frictionless, on the same CKAN, in one run.

    python benchmarks/publish.py [--tools odtool dpckan …] [--programs FOLDER] [--fault 504] [--json FILE]

A real CKAN is started as in the tests (or that of CKAN_URL and CKAN_API_TOKEN is used). Each program gets an
organisation and an editor's token of its own and goes through the same steps, in this order: a first publication of
ten datasets, the same again, one file changed; then, each from nothing: an invalid file among them; the answer to the
creation of the fifth dataset lost, and the same again; the answer to the upload of the fifth file lost, and the same
again; a first publication, one file changed while the answer to its upload is lost, and the same again; a first
publication, the same again while the answer to a write in the middle is lost, and once more. An answer is lost after
the CKAN has done what was asked: by default the program gets a gateway's time-out (504) in its place. After each step
the portal is read as the public sees it. `CKAN_IT_VERSION=2.10.11` tries another CKAN.

The files are the valid ones of tests/samples and one that is generated, all as the CSV that odtool writes, so that
every program sends the same bytes. The other programs are installed from PyPI into virtual environments that are
thrown away, or kept in --programs. The seconds are those of whole processes, start included.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # started as a script, it has only its own folder there

from benchmarks.publishing.course import Course, Portal, Step, UnusableError  # noqa: E402
from benchmarks.publishing.files import items  # noqa: E402
from benchmarks.publishing.table import table  # noqa: E402
from benchmarks.publishing.tools import all_tools  # noqa: E402
from tests.ckan.faults import proxy  # noqa: E402
from tests.ckan.plugin import Ckan, connect, started  # noqa: E402


@contextlib.contextmanager
def a_ckan() -> Iterator[Ckan]:
    url, token = os.environ.get("CKAN_URL", ""), os.environ.get("CKAN_API_TOKEN", "")
    if url and token:
        yield connect(url.rstrip("/"), token)
        return
    root = Path(os.environ.get("CKAN_IT_ROOT") or f"{tempfile.gettempdir()}/odtool-ckan-{os.geteuid()}")
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o755)  # the user postgres must reach what is in it
    with started(root) as settings:
        yield connect(settings["CKAN_URL"], settings["CKAN_API_TOKEN"])


def machine() -> dict[str, str]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)  # fmt: skip
    model = next((line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")  # fmt: skip
    return {
        "python": platform.python_version(),
        "cores": str(os.cpu_count()),
        "processor": model or platform.processor(),
        "load": " ".join(f"{value:.1f}" for value in os.getloadavg()),
        "commit": commit.stdout.strip(),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--tools", nargs="*", choices=list(all_tools(Path())), help="only these")
    parser.add_argument("--programs", type=Path, help="where the other programs are installed, and kept")
    parser.add_argument("--fault", choices=["500", "502", "504", "reset", "truncated"], default="504",
                        help="what is got in place of an answer that is lost")  # fmt: skip
    parser.add_argument("--json", type=Path, help="write everything that was measured")
    chosen = parser.parse_args()
    every = items()
    with tempfile.TemporaryDirectory() as scratch, a_ckan() as ckan, proxy(ckan.url) as between:
        makers = all_tools((chosen.programs or Path(scratch) / "programs").absolute())
        facts: dict[str, Any] = {
            "ckan": ckan.version,
            **machine(),
            "datasets": len(every),
            "fault": chosen.fault,
        }
        facts["bytes"] = sum(len(item.sent.content) for item in every)
        print(", ".join(f"{key} {value}" for key, value in facts.items()), flush=True)
        results: dict[str, list[Step]] = {}
        tools: dict[str, dict[str, str]] = {}
        for number, name in enumerate(chosen.tools or makers):
            tool = makers[name]()
            print(f"{name} {tool.version}; by hand: {tool.by_hand}", flush=True)
            organization = ckan.fresh_organization("260002", "比べるための組織")
            portal = Portal(ckan, between, organization, ckan.fresh_editor(organization))
            portal.clear(every)
            tools[name] = {"version": tool.version, "by_hand": tool.by_hand, "unusable": ""}
            try:
                course = Course(tool, portal, every, Path(scratch) / f"work-{number}", chosen.fault)
                results[name] = course.all()
            except UnusableError as error:
                tools[name]["unusable"] = str(error)
                print(f"  publishes nothing: {error}", flush=True)
    print("\n" + table(results, tools))
    if chosen.json:
        told = {
            "facts": facts,
            "tools": tools,
            "steps": {name: [asdict(s) for s in steps] for name, steps in results.items()},
        }
        chosen.json.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
