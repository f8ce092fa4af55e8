"""What a night costs after the first one: a file is judged again only when its bytes, its schema or the rules changed, and
what the day matters for is told anew without judging anything."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.publishing import AED, VALID, odtool, sample

ROOT = Path(__file__).parents[1]
OTHER = next(name for name in VALID if name != AED and name.endswith(".csv"))
SETTINGS = """[portals.site]
type = "folder"
path = "public"

[metadata]
frequency = "1年"

[jobs.nightly]
portal = "site"
sources = ["data"]
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with settings and two good files, after its first night."""
    root = tmp_path / "office"
    (root / "data").mkdir(parents=True)
    (root / "odtool.toml").write_text(SETTINGS, "utf-8")
    for name in (AED, OTHER):
        shutil.copy(sample(name), root / "data" / name)
    assert night(root).startswith("nightly: 問題なし。新規 2件")
    return root


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the program and its definitions, to be changed."""
    place = tmp_path / "program"
    for name in ("odtool", "datapackages", "recommended_datasets", "templates"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    return place


def own(root: Path) -> dict[str, str]:
    return {"ODTOOL_STATE": str(root.parent / "state"), "ODTOOL_CACHE": str(root.parent / "cache")}


def night(root: Path, *arguments: str, program: Path = ROOT) -> str:
    """The line that a run leaves."""
    done = odtool(root, "run", *arguments, **own(root), PYTHONPATH=str(program))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def judged(root: Path) -> int:
    """How many verdicts were ever given: each that is new is kept beside the old ones."""
    with sqlite3.connect(next((root.parent / "cache").glob("*.sqlite"))) as kept:
        found = kept.execute("SELECT count(*) FROM verdicts").fetchone()[0]
    kept.close()
    return int(found)


def test_a_night_on_which_nothing_changed_judges_nothing(office: Path) -> None:
    before = judged(office)
    assert night(office).startswith("nightly: 問題なし。変更なし 2件")
    assert judged(office) == before >= 2


def test_a_file_with_other_bytes_is_judged_and_no_other(office: Path) -> None:
    before = judged(office)
    path = office / "data" / AED
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert "更新 1件" in night(office) and "変更なし 2件" in night(office)
    assert judged(office) == before + before // 2  # each file has as many verdicts as the other


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("datapackages/index.json", "{", "{ "),  # the definitions: the schema of a file
        ("odtool/rules/cell/dates.py", '"""', '"""Newer. '),  # a rule
    ],
)
def test_other_definitions_or_rules_have_every_file_judged_anew_and_once(
    office: Path, program: Path, place: str, old: str, new: str
) -> None:
    before = judged(office)
    night(office, program=program)
    assert judged(office) == before  # a copy is the same program
    changed = program / place
    changed.write_text(changed.read_text("utf-8").replace(old, new, 1), "utf-8")
    assert "変更なし 2件" in night(office, program=program)  # the same bytes are not published again
    assert judged(office) == 2 * before
    night(office, program=program)
    assert judged(office) == 2 * before


def test_another_day_tells_what_is_overdue_and_judges_nothing(office: Path) -> None:
    before = judged(office)
    assert "期限切れ" not in night(office)
    assert "期限切れ 2件" in night(office, "--date", "2090-01-01")
    assert judged(office) == before


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is needed")
def test_a_run_shows_a_bar_on_a_terminal_whoever_judges(office: Path) -> None:
    import pty

    for more in ((), ("--jobs", "2")):
        shutil.rmtree(office.parent / "cache")
        ours, theirs = pty.openpty()
        child = subprocess.Popen(
            [sys.executable, "-m", "odtool", "run", "--dry-run", *more], cwd=office, stdout=subprocess.PIPE, stderr=theirs,
            env={**os.environ, **own(office), "TERM": "xterm", "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        os.close(theirs)
        shown = b""
        try:
            while data := os.read(ours, 65_536):
                shown += data
        except OSError:  # the other side is closed
            pass
        os.close(ours)
        assert child.communicate(timeout=60)[0].decode().startswith("nightly（試し）: 問題なし")
        assert "100%" in shown.decode() and "確認" in shown.decode(), more
