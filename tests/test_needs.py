"""The real files and the browser are there, and a run that requires them fails without them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_corpus_holds_csv_files(corpus: Path) -> None:
    assert next(corpus.rglob("*.csv"), None) or next(corpus.rglob("*.CSV"))


def test_the_browser_shows_a_page(chromium: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><meta charset=utf-8><p id=p></p><script>p.innerText='京'+'都'</script>", "utf-8"
    )
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
    ]
    done = subprocess.run(
        [chromium, *options, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    assert "京都" in done.stdout


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on the corpus test alone, with these variables and no others of ours."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("ODTOOL_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/test_needs.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=env | variables, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_a_need_not_met_is_skipped_and_said_in_one_line() -> None:
    done = run("-k", "corpus_holds")
    assert done.returncode == 0
    assert "corpus tests skipped: 1 (ODTOOL_CORPUS is not set to a folder of real files)" in done.stdout


def test_a_required_need_not_met_fails_the_run() -> None:
    assert run("-k", "corpus_holds", ODTOOL_REQUIRE_CORPUS="1").returncode == 1


@pytest.mark.parametrize("need", ["CKAN", "BROWSER"])
def test_a_required_need_that_no_test_had_fails_the_run(need: str) -> None:
    done = run("-k", "corpus_holds", **{f"ODTOOL_REQUIRE_{need}": "1"})
    assert done.returncode == 1
    assert f"ODTOOL_REQUIRE_{need} is set, and no" in done.stdout
