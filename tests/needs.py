"""Tests that need more than Python: a CKAN, the real files, a browser.

A test that asks for the fixture `ckan`, `corpus` or `chromium` carries the marker `ckan`, `corpus` or `browser`.
Where the need cannot be met it is skipped, and the last lines of the run say why, once per need. With
ODTOOL_REQUIRE_CKAN=1 (…_CORPUS, …_BROWSER) a run fails that skipped such a test, or had none to run.
"""

import os
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import NoReturn

import pytest

FIXTURES = {"ckan": "ckan", "corpus": "corpus", "chromium": "browser"}  # fixture → marker
NAMES = {"ckan": "CKAN", "corpus": "corpus", "browser": "browser"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

TALLY = pytest.StashKey["Tally"]()


class Tally:
    """How many tests of each need ran, how many were skipped, and the reasons."""

    def __init__(self) -> None:
        self.ran = dict.fromkeys(NAMES, 0)
        self.skipped = dict.fromkeys(NAMES, 0)
        self.reasons: dict[str, list[str]] = {need: [] for need in NAMES}

    def shortfall(self, need: str) -> str:
        """Why a run that requires this need has failed, or an empty string."""
        if not required(need):
            return ""
        if self.skipped[need]:
            return f"{self.skipped[need]} {NAMES[need]} tests did not run"
        return "" if self.ran[need] else f"no {NAMES[need]} test ran"


def variable(need: str) -> str:
    return f"ODTOOL_REQUIRE_{need.upper()}"


def required(need: str) -> bool:
    return os.environ.get(variable(need), "") not in ("", "0")


def unmet(need: str, why: str) -> NoReturn:
    """Skip the test, or fail it where the need is required."""
    if required(need):
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


# --- fixtures ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real municipal files. Nothing may be written there."""
    folder = os.environ.get("ODTOOL_CORPUS", "")
    if not folder:
        unmet("corpus", "ODTOOL_CORPUS is not set to a folder of real files")
    if not Path(folder).is_dir():
        unmet("corpus", f"ODTOOL_CORPUS={folder} is not a folder")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def portals(corpus: Path) -> Path:
    """The folder of saved answers of portals, beside that of the real files."""
    folder = corpus.parent / "portals"
    if not folder.is_dir():
        unmet("corpus", f"there is no folder {folder}")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium."""
    found = browser()
    if not found and required("browser") and os.geteuid() == 0 and shutil.which("apt-get"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (
            ["update"],
            ["install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"],
        ):
            subprocess.run(["apt-get", "-qq", *arguments], env=env, check=False, capture_output=True)
        found = browser()
    if not found:
        unmet("browser", "Chromium is not installed (Debian: apt-get install chromium fonts-noto-cjk)")
    return found


def browser() -> str:
    return next(filter(None, map(shutil.which, BROWSERS)), "")


# --- bookkeeping ---------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TALLY] = Tally()


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in FIXTURES:
                item.add_marker(FIXTURES[fixture])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    tally = item.config.stash[TALLY]
    for need in NAMES:
        if item.get_closest_marker(need) is None:
            continue
        if report.skipped:
            why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            tally.skipped[need] += 1
            if why not in tally.reasons[need]:
                tally.reasons[need].append(why)
        elif report.when == "call":
            tally.ran[need] += 1
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    tally = session.config.stash[TALLY]
    if not session.config.option.collectonly and any(map(tally.shortfall, NAMES)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    tally = config.stash[TALLY]
    for need, name in NAMES.items():
        if tally.skipped[need]:
            reasons = "; ".join(tally.reasons[need]).replace("Skipped: ", "")
            terminalreporter.write_line(
                f"{name} tests skipped: {tally.skipped[need]} ({reasons})", yellow=True
            )
        if not config.option.collectonly and tally.shortfall(need):
            terminalreporter.write_line(f"{variable(need)} is set, and {tally.shortfall(need)}", red=True)
