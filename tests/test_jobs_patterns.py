"""Patterns among the sources: what fits, and which folders keep that from being known."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from odtool.jobs.patterns import is_pattern, matching

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything; so the test looks as somebody who may not."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder with brackets in its name, open to everybody; in it the tables of three cities, one of them closed."""
    with tempfile.TemporaryDirectory() as top:
        Path(top).chmod(0o755)
        root = Path(top) / "公開 [1]"
        for city in ("a", "b", "c"):
            (root / city / "data").mkdir(parents=True)
            (root / city / "data" / f"{city}.csv").write_text("x\n")
        (root / "b" / "data").chmod(0)
        yield root
        (root / "b" / "data").chmod(0o755)


def found(base: Path, pattern: str) -> tuple[list[str], list[str]]:
    with as_nobody():
        there, closed = matching(str(base), pattern, lambda: None)
    return [Path(p).name for p in there if Path(p).suffix], [Path(str(e.filename)).name for e in closed]


@pytest.mark.parametrize("pattern", ["**/*.csv", "*/data/*.csv", "*/*/?.csv", "*/**/*.csv"])
def test_a_closed_folder_on_the_way_is_told_and_not_taken_for_empty(base: Path, pattern: str) -> None:
    assert found(base, pattern) == (["a.csv", "c.csv"], ["data"])


@pytest.mark.parametrize("pattern", ["a/data/*.csv", "[ac]/data/*.csv", "*/nothing/*.csv", "gone/*.csv"])
def test_a_closed_folder_aside_of_the_way_is_of_no_account(base: Path, pattern: str) -> None:
    assert found(base, pattern)[1] == []


def test_an_absolute_pattern_is_meant_from_the_root(base: Path) -> None:
    with as_nobody():
        there, closed = matching("/nowhere", f"{base.parent}/*/c/data/*.csv", lambda: None)
    assert [Path(p).name for p in there] == ["c.csv"] and not closed


def test_only_what_has_a_wildcard_is_a_pattern() -> None:
    assert is_pattern("data/*.csv") and is_pattern("[ab].csv") and not is_pattern("data/a.csv")
