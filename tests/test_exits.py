"""Which exit code a call ends with where several fit."""

import itertools
from pathlib import Path

import pytest

from odtool.exits import WORST_FIRST, worst
from tests.publishing import AED, odtool, sample


@pytest.mark.parametrize(("worse", "better"), [*itertools.combinations(WORST_FIRST, 2)])
def test_the_worse_of_two_stands_for_both(worse: int, better: int) -> None:
    assert worst((better, worse)) == worst((worse, better)) == worse


def test_nothing_to_tell_is_fine() -> None:
    assert worst(()) == 0


def test_a_portal_in_the_way_is_not_hidden_by_a_file_that_is_not_there(tmp_path: Path) -> None:
    """`publish` and `plan`: the dataset was withdrawn, which only the portal's side can undo, and a file is missing."""
    aed = sample(AED)
    assert odtool(tmp_path, "publish", aed).returncode == 0
    assert odtool(tmp_path, "withdraw", AED.removesuffix(".csv"), "--reason", "x", "--yes").returncode == 0
    for command in ("plan", "publish"):
        assert odtool(tmp_path, command, "missing.csv").returncode == 2
        assert odtool(tmp_path, command, aed, "missing.csv").returncode == 3
