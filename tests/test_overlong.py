"""A cell without end stops every command that reads tables with the same plain sentence, wherever it stands."""

from pathlib import Path

import pytest

from tests.test_cli import SAMPLES, run

GOOD = "261009_aed.csv"
LONG = "あ" * 99 + "\r\n"
COMMANDS = {
    "validate": ["validate"],
    "profile": ["validate", "--profile", "machine-readability"],
    "fix": ["fix", "-o", "out"],
    "migrate": ["migrate", "--to", "standard", "-o", "out"],
    "identify": ["identify"],
    "suggest": ["identify", "--suggest"],
}


def with_cell(cell: str, row: int) -> bytes:
    """A right file in which the last cell of that row is another."""
    lines = (SAMPLES / GOOD).read_bytes().decode("utf-8-sig").split("\r\n")
    lines[row - 1] += f'"{cell}"'
    return "\r\n".join(lines).encode("utf-8-sig")


@pytest.mark.parametrize("row", [2, 180], ids=["near the header", "far below it"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_cell_without_end_is_told_of_with_its_row(command: str, row: int, tmp_path: Path) -> None:
    (tmp_path / GOOD).write_bytes(with_cell(LONG * 12_000, row))
    done = run(tmp_path, *COMMANDS[command], GOOD)
    if command == "identify" and row == 180:
        assert done.returncode == 0 and "suisho-aed" in done.stdout  # told by the header alone
        return
    told = (done.stdout + done.stderr).replace("\n", "").replace(" ", "")
    assert done.returncode == 1 and "1,000,000文字を超えても終わらない" in told, told[:2_000]
    assert f"{row}行目" in told and "不具合" not in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["profile", "fix", "migrate"])
def test_a_long_cell_that_can_be_read_is_copied_and_its_report_stays_short(
    command: str, tmp_path: Path
) -> None:
    cell = "い" * 900_000
    (tmp_path / GOOD).write_bytes(with_cell(cell, 5))
    done = run(tmp_path, *COMMANDS[command], GOOD)
    assert done.returncode in (0, 1) and done.stderr == "" and len(done.stdout) < 20_000
    if command != "profile":
        (written,) = (tmp_path / "out").rglob("*") if (tmp_path / "out").is_dir() else [tmp_path / "out"]
        assert cell in written.read_text("utf-8-sig")
