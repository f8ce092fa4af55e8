"""The programs that are compared, each used as its own documentation says, and what had to be done by hand for it.

All get the same files, the same organisation and an editor's token. What a program cannot do by itself – knowing
which datasets are there already, naming the resources – is done here and told in `by_hand`.
"""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from benchmarks.publishing.left import Sent
from odtool.text import visible

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
PATIENCE = 600  # seconds for one command


@dataclass(frozen=True)
class Item:
    """A file to publish with what a person would write about it. `schema` is a Table Schema of its columns."""

    sent: Sent
    title: str
    tags: tuple[str, ...]
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where to publish, as whom, and the id of a dataset that is there; None where there is none."""

    address: str
    organization: str
    token: str = field(repr=False)
    present: Callable[[str], str | None]


@dataclass
class Ran:
    """What the commands of one publication took and said; `codes` are their exit codes, in order.

    `cpu`: seconds of the commands and of the processes they waited for; ckanapi does not wait for its workers.
    """

    seconds: float = 0.0
    cpu: float = 0.0
    codes: list[int] = field(default_factory=list)
    said: str = ""


class Tool(Protocol):
    """A program. `publish` is also how it is run again; `folder` is empty at first and its own from then on.

    `uploads`: files it sends for one dataset, the published one first.
    """

    name: str
    version: str
    by_hand: str
    uploads: int

    def publish(self, items: Sequence[Item], place: Place, folder: Path) -> Ran: ...


def run(
    ran: Ran, command: Sequence[str], folder: Path, secret: str, given: str | None = None, **variables: str
) -> int:
    """One command, timed; its exit code. The token is struck out of what it says."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("ODTOOL", "CKAN", "PYTHON")) and "TOKEN" not in key
    }
    start, used = time.perf_counter(), os.times()
    done = subprocess.run(command, cwd=folder, env=kept | {"PYTHONUTF8": "1"} | variables, input=given,
                          capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=PATIENCE,
                          check=False)  # fmt: skip
    ran.seconds += time.perf_counter() - start
    after = os.times()
    ran.cpu += after.children_user + after.children_system - used.children_user - used.children_system
    ran.codes.append(done.returncode)
    ran.said += (done.stdout + done.stderr).replace(secret, "***")
    return done.returncode


def installed(folder: Path, *requirements: str) -> Path:
    """The programs' folder of a virtual environment of its own, made where it is not there yet."""
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *requirements], check=True, stderr=subprocess.DEVNULL)
        (folder / "ready").touch()
    return programs


def version_of(programs: Path, package: str) -> str:
    code = f"from importlib.metadata import version; print(version({package!r}))"
    command = [str(programs / "python"), "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


# --- odtool --------------------------------------------------------------------------------------


class Odtool:
    name = "odtool"
    by_hand = "odtool.toml with the portal's address and organisation (4 lines)"
    uploads = 1

    def __init__(self) -> None:
        from odtool import __version__

        self.version = __version__

    def publish(self, items: Sequence[Item], place: Place, folder: Path) -> Ran:
        files = folder / "files"
        files.mkdir(exist_ok=True)
        for item in items:
            (files / item.sent.name).write_bytes(item.sent.content)
        (folder / "odtool.toml").write_text(
            f'[portals.city]\ntype = "ckan"\nurl = "{place.address}"\norganization = "{place.organization}"\n', "utf-8"
        )  # fmt: skip
        ran = Ran()
        command = [sys.executable, "-m", "odtool", "publish", "files", "--portal", "city", "--lang", "en"]
        run(ran, command, folder, place.token, PYTHONPATH=str(ROOT), ODTOOL_TOKEN_CITY=place.token)
        return ran


# --- programs that take a data package -------------------------------------------------------------


def package(item: Item, place: Place, folder: Path, **more: str) -> Path:
    """A folder with the file and the datapackage.json that a person has to write for it."""
    sent = item.sent
    own = folder / sent.dataset
    own.mkdir(exist_ok=True)
    (own / sent.name).write_bytes(sent.content)
    resource = {
        "name": sent.dataset,
        "title": item.title,
        "description": item.title,
        "path": sent.name,
        "format": "csv",
        "encoding": "utf-8-sig",
        "schema": item.schema,
    }
    described = {
        "name": sent.dataset,
        "title": item.title,
        "owner_org": place.organization,
        "keywords": list(item.tags),
        "licenses": [{"name": "cc-by", "path": "https://creativecommons.org/licenses/by/4.0/"}],
        "resources": [resource],
        **more,
    }
    (own / "datapackage.json").write_text(json.dumps(described, ensure_ascii=False, indent=1), "utf-8")
    return own


class Dpckan:
    """One command a dataset, in the folder of its datapackage.json: `create`, and `update` once it is there."""

    name = "dpckan"
    by_hand = "a folder and a datapackage.json for each dataset; one command each; choosing between create and update"
    uploads = 2

    def __init__(self, tools: Path) -> None:
        self._bin = installed(tools / "dpckan", "dpckan>=0.1,<0.2")
        self.version = version_of(self._bin, "dpckan")

    def publish(self, items: Sequence[Item], place: Place, folder: Path) -> Ran:
        ran = Ran()
        for item in items:
            own = package(item, place, folder)
            verb = "update" if place.present(item.sent.dataset) else "create"
            command = [str(self._bin / "dpckan"), "dataset", verb]
            run(ran, command, own, place.token, CKAN_HOST=place.address, CKAN_KEY=place.token)
        return ran


_PUBLISH = """
import json, sys
from frictionless import Package
from frictionless.portals import CkanControl
where = json.loads(sys.stdin.readline())
failed = 0
for folder, update in json.loads(sys.stdin.readline()):
    control = CkanControl(apikey="env:CKAN_KEY", allow_update=update, **where)
    try:
        Package(folder + "/datapackage.json").publish(control=control)
    except Exception as error:
        failed = 1
        print(folder, error, file=sys.stderr)
sys.exit(failed)
"""


class Frictionless:
    """`Package.publish` with its CKAN adapter; `allow_update` and the dataset's id once it is there."""

    name = "frictionless"
    by_hand = "a datapackage.json for each dataset; a program of 12 lines; the id of each dataset that is there, to update it"
    uploads = 2

    def __init__(self, tools: Path) -> None:
        self._bin = installed(tools / "frictionless", "frictionless[ckan]>=5.18,<6")
        self.version = version_of(self._bin, "frictionless")

    def publish(self, items: Sequence[Item], place: Place, folder: Path) -> Ran:
        work = []
        for item in items:
            there = place.present(item.sent.dataset)
            package(item, place, folder, **({"id": there} if there else {}))
            work.append((item.sent.dataset, there is not None))
        where = {"baseurl": place.address, "organization_name": place.organization}
        ran = Ran()
        command = [str(self._bin / "python"), "-c", _PUBLISH]
        given = f"{json.dumps(where)}\n{json.dumps(work)}\n"
        run(ran, command, folder, place.token, given, CKAN_KEY=place.token)
        return ran


# --- ckanapi ---------------------------------------------------------------------------------------


class Ckanapi:
    """`load datasets` for the entries, then `batch --local-files` for the files.

    With `ids`, a careful person has given every resource an id for life and each run patches it; without, the
    files are brought by resource_create, as the documentation's example for a new file does.
    """

    uploads = 1

    def __init__(self, tools: Path, *, ids: bool) -> None:
        self._bin = installed(tools / "ckanapi", "ckanapi>=4.8,<5")
        self.version = version_of(self._bin, "ckanapi")
        self._ids = ids
        self.name = "ckanapi, own ids" if ids else "ckanapi"
        self.by_hand = (
            "two files of JSON lines, for entries and for uploads; the token is an argument that other users of the machine can see"
            + ("; an id thought up and kept for every resource" if ids else "")
        )

    def publish(self, items: Sequence[Item], place: Place, folder: Path) -> Ran:
        entries, uploads = [], []
        for item in items:
            sent = item.sent
            (folder / sent.name).write_bytes(sent.content)
            said: dict[str, Any] = {"name": item.title, "format": "CSV"}
            entry: dict[str, Any] = {
                "name": sent.dataset,
                "title": item.title,
                "owner_org": place.organization,
                "license_id": "cc-by",
                "tags": [{"name": tag} for tag in item.tags],
            }
            if self._ids:
                own = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{place.organization}/{sent.dataset}/{sent.name}"))
                entry["resources"] = [{"id": own, "url": sent.name, **said}]
                upload = {"action": "resource_patch", "data": {"id": own}}
            else:
                upload = {"action": "resource_create", "data": {"package_id": sent.dataset, **said}}
            entries.append(entry)
            uploads.append(upload | {"files": {"upload": sent.name}})
        for name, lines in (("entries.jsonl", entries), ("uploads.jsonl", uploads)):
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            (folder / name).write_text(text, "utf-8")
        ran = Ran()
        path = f"{self._bin}{os.pathsep}{os.environ.get('PATH', '')}"  # its workers are found by their name
        where = ["-r", place.address, "-a", place.token]
        steps = (
            ["load", "datasets", "-I", "entries.jsonl"],
            ["batch", "--local-files", "-I", "uploads.jsonl"],
        )
        for step in steps:
            command = [str(self._bin / "ckanapi"), *step, *where]
            if run(ran, command, folder, place.token, PATH=path):
                break
        return ran


def last_line(ran: Ran) -> str:
    """The last thing a program said, as it may be shown in a terminal."""
    lines = [line for line in ran.said.splitlines() if line.strip()]
    return visible(lines[-1], 200) if lines else ""


def all_tools(tools: Path) -> dict[str, Callable[[], Tool]]:
    """How to get each program, by its name."""
    return {
        "odtool": Odtool,
        "dpckan": lambda: Dpckan(tools),
        "ckanapi": lambda: Ckanapi(tools, ids=False),
        "ckanapi, own ids": lambda: Ckanapi(tools, ids=True),
        "frictionless": lambda: Frictionless(tools),
    }
