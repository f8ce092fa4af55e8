"""Which exit code a call ends with where several fit."""

import itertools
from pathlib import Path

import pytest
from click.testing import CliRunner

from odtool.cli import odtool as program
from odtool.exits import WORST_FIRST, worst
from odtool.judging.read import Reading
from odtool.readability import gather
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


def test_a_file_at_which_odtool_fails_stops_no_other_from_being_judged_by_the_30_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = gather.read

    def failing(data: bytes) -> Reading:
        if data.startswith(b"!"):
            raise ZeroDivisionError
        return read(data)

    monkeypatch.setattr(gather, "read", failing)
    (tmp_path / "a.csv").write_bytes(b"!a,b\r\n1,2\r\n")
    done = CliRunner().invoke(program, ["validate", "--profile", "machine-readability", str(tmp_path / "a.csv"), sample(AED), "--lang", "en"], standalone_mode=False)  # fmt: skip
    assert done.return_value == 4 and AED in done.stdout
    assert "a.csv: could not be checked (a fault of the program: ZeroDivisionError)" in done.stderr


@pytest.mark.parametrize(
    "call", [("history", "--ledger"), ("plan", sample(AED), "--mappings"), ("jobs", "check", "--config")]
)
def test_a_place_that_cannot_be_looked_at_is_not_our_fault(tmp_path: Path, call: tuple[str, ...]) -> None:
    done = odtool(tmp_path, *call, "x" * 300)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "名前が長すぎます" in done.stderr
