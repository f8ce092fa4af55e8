"""Machine-readability of a file that was judged already: nothing is found out twice, and nothing comes out otherwise."""

from dataclasses import replace
from pathlib import Path

import pytest

from odtool.datasets import catalog
from odtool.judging import check
from odtool.judging.check import Judged
from odtool.model import Finding
from odtool.readability import judge
from odtool.readability.gather import gather
from odtool.readability.model import FileReadability
from tests.publishing import SAMPLES

FILES = sorted(path for path in SAMPLES.rglob("*") if path.is_file())
SMALL = 2_000_000  # bytes


def judged(data: bytes, name: str, dataset: str | None = None) -> Judged:
    return check.judge_seen(data, name, check.choose(dataset, None, 0))


def levels(data: bytes, name: str, known: Judged | None = None) -> FileReadability:
    return judge(gather(data, name, name, catalog.index(), judged=known))


def is_the_same(path: Path) -> None:
    data = path.read_bytes()
    alone = levels(data, path.name)
    for dataset in (None, "standard-aed"):
        assert levels(data, path.name, judged(data, path.name, dataset)) == alone
    assert levels(data, path.name, judged(data, "other.csv")) == alone


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_was_judged_already_comes_out_as_if_it_was_not(path: Path) -> None:
    is_the_same(path)


def test_so_do_real_files(corpus: Path) -> None:
    for path in sorted(corpus.rglob("*")):
        if path.is_file() and path.stat().st_size < SMALL:
            is_the_same(path)


def test_what_was_found_in_a_table_is_not_looked_for_again() -> None:
    data, name = (SAMPLES / "261009_aed.csv").read_bytes(), "261009_aed.csv"
    known = judged(data, name)
    assert known.found is not None and known.table is not None
    told = Finding("column-unnamed", "error")
    shared = replace(known, found=replace(known.found, findings=(told,)))
    facts = gather(data, name, name, catalog.index(), judged=shared)
    assert facts.sheets[0].findings == (told,)


def test_what_stands_below_a_table_makes_it_another_table_than_the_one_that_was_judged() -> None:
    data, name = (
        (SAMPLES / "261009_aed.csv").read_bytes() + "※ 令和8年4月1日現在\r\n".encode(),
        "261009_aed.csv",
    )
    known = judged(data, name)
    assert levels(data, name, known) == levels(data, name)
