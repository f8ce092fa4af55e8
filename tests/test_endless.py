"""Files of which the judging does not come to an end: they are told of, and all others are judged."""

import os
import shutil
from pathlib import Path

import pytest

from odtool import workers
from odtool.errors import FaultError
from odtool.judging.batch import check_all
from odtool.judging.check import RECOGNISED
from odtool.mending.copies import mend_all
from odtool.model import FileReport
from odtool.readability.profiles import machine_readability_all
from tests.publishing import SAMPLES

TABLES = sorted(SAMPLES.glob("*.csv"))[:6]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tables, and among them a pipe that nobody writes to: reading it never ends."""
    monkeypatch.setattr(workers, "LEAST", 2.0)
    for table in TABLES:
        shutil.copy(table, tmp_path)
    os.mkfifo(tmp_path / "endless.csv")
    names = [table.name for table in TABLES]
    return [str(tmp_path / name) for name in (*names[:2], "endless.csv", *names[2:])]


def test_only_the_endless_file_is_not_judged_and_it_is_a_fault_that_says_so(files: list[str]) -> None:
    found = list(check_all(files, jobs=2))
    assert [one.path for one in found if isinstance(one, FileReport)] == [*files[:2], *files[3:]]
    told = found[2]
    assert isinstance(told, FaultError) and told.exit_code == 4 and told.where.endswith("endless.csv")
    assert "時間内に終わりません" in told.ja and "does not come to an end" in told.en


def test_neither_is_it_mended_nor_looked_at_for_readability_and_the_others_are(files: list[str]) -> None:
    mended = list(mend_all([(path, None) for path in files], RECOGNISED, 2))
    readable = list(machine_readability_all(files, jobs=2))
    for found in (mended, readable):
        assert [isinstance(one, FaultError) for one in found] == [n == 2 for n in range(len(files))]
