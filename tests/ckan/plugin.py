"""The fixture `ckan`: a real CKAN, given by CKAN_URL and CKAN_API_TOKEN or started by start_ckan.sh."""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.needs import unmet

HERE = Path(__file__).parent
FIRST_PORT = 5500  # the first of SLOTS, one for each run at the same time
SLOTS = 8
PORT_TAKEN = 75  # exit code of start_ckan.sh


@dataclass(frozen=True)
class Ckan:
    """A running CKAN and the token of a sysadmin."""

    url: str
    token: str = field(repr=False)
    version: str

    def action(self, name: str, /, token: str | None = None, **parameters: Any) -> Any:
        """The result of one action; an answer that is not a success is an AssertionError."""
        answer = requests.post(
            f"{self.url}/api/3/action/{name}",
            json=parameters,
            headers={"Authorization": self.token if token is None else token},
            timeout=60,
        )
        assert answer.ok, f"{name}: {answer.status_code} {answer.text[:500]}"
        return answer.json()["result"]

    def fresh_organization(self, code: str, title: str) -> str:
        """The name of a new, empty organisation of this municipality."""
        return self.action("organization_create", name=f"c{code}-{secrets.token_hex(4)}", title=title)["name"]

    def fresh_editor(self, organization: str) -> str:
        """The token of a new editor of that organisation: what a municipality's staff have."""
        name = f"editor-{secrets.token_hex(4)}"
        self.action("user_create", name=name, email=f"{name}@example.com", password=secrets.token_hex(16))
        self.action("organization_member_create", id=organization, username=name, role="editor")
        return self.action("api_token_create", user=name, name="tests")["token"]


@pytest.fixture(scope="session")
def ckan(request: pytest.FixtureRequest) -> Iterator[Ckan]:
    """An empty CKAN of this run's own, or the one of CKAN_URL as it is."""
    url, token = os.environ.get("CKAN_URL", ""), os.environ.get("CKAN_API_TOKEN", "")
    if url and token:
        yield connect(url.rstrip("/"), token)
        return
    if sys.platform != "linux" or not all(map(shutil.which, ("bash", "flock"))):
        unmet("ckan", "a CKAN is started on Linux only; elsewhere set CKAN_URL and CKAN_API_TOKEN")
    root = Path(os.environ.get("CKAN_IT_ROOT") or f"{tempfile.gettempdir()}/odtool-ckan-{os.geteuid()}")
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o755)  # the user postgres must reach what is in it
    if not list(root.glob("venv-*/installed.txt")):
        say(request, "installing CKAN for the tests; the first time takes one to two minutes")
    with started(root) as settings:
        yield connect(settings["CKAN_URL"], settings["CKAN_API_TOKEN"])


def say(request: pytest.FixtureRequest, line: str) -> None:
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        print(f"\n{line}", flush=True)  # noqa: T201 – a person is waiting


def connect(url: str, token: str) -> Ckan:
    try:
        answer = requests.get(f"{url}/api/3/action/status_show", timeout=30)
        answer.raise_for_status()
        version = answer.json()["result"]["ckan_version"]
    except (requests.RequestException, ValueError, KeyError) as problem:
        pytest.fail(f"no CKAN answers at {url}: {problem}", pytrace=False)
    return Ckan(url, token, version)


@contextlib.contextmanager
def started(root: Path) -> Iterator[dict[str, str]]:
    """Start an empty CKAN on the first ports that no other run uses; yield what start_ckan.sh wrote."""
    import fcntl

    chosen = os.environ.get("CKAN_IT_PORT")
    ports = [int(chosen)] if chosen else range(FIRST_PORT, FIRST_PORT + SLOTS)
    said = ""
    for port in ports:
        settings = root / f"ckan-{port}.env"
        env = os.environ | {
            "CKAN_IT_ROOT": str(root),
            "CKAN_IT_PORT": str(port),
            "CKAN_IT_ENV": str(settings),
            "PYTHON": sys.executable,
        }
        with (root / f"run-{port}.lock").open("w") as lock:
            try:  # ports that were asked for are waited for, others are passed over
                fcntl.flock(lock, fcntl.LOCK_EX if chosen else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                said = "all ports are used by other runs"
                continue
            done = script("start_ckan.sh", "--reset", env=env)
            if done.returncode == PORT_TAKEN:
                said = done.stderr
                continue
            if done.returncode:
                said = done.stderr
                break
            try:
                yield dict(line.split("=", 1) for line in settings.read_text("utf-8").splitlines())
            finally:
                if os.environ.get("CKAN_IT_KEEP") != "1":
                    script("stop_ckan.sh", env=env)
            return
    reason = (said.strip().splitlines() or ["it said nothing"])[-1].removeprefix("start_ckan: ")
    unmet("ckan", f"CKAN did not start: {reason}")


def script(name: str, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["bash", str(HERE / name), *arguments]
    return subprocess.run(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
