"""No change of what is found in known files goes unnoticed: it must change benchmarks/corpus.json too."""

from pathlib import Path

import pytest

from benchmarks import corpus as gate

HOW = "\nIf this is meant, run python benchmarks/corpus.py --update (with ODTOOL_CORPUS set) and look at the difference."


def test_the_findings_in_the_samples_are_as_recorded() -> None:
    lines = gate.differences(gate.recorded()[gate.SAMPLES], gate.run(gate.folders()[gate.SAMPLES]))
    assert not lines, "\n".join(lines) + HOW


def test_the_findings_in_real_files_are_as_recorded(corpus: Path) -> None:
    found, record = gate.run(corpus), gate.recorded()[gate.CORPUS]
    known = {name: told for name, told in record.items() if name in found}
    if not known:
        pytest.skip("none of the files in ODTOOL_CORPUS is in the record")
    # The record may be of another, larger set: what counts is that a file that is known is judged as before.
    lines = gate.differences(known, {name: found[name] for name in known})
    assert not lines, "\n".join(lines) + HOW


def test_a_record_tells_names_hashes_and_counts_only() -> None:
    for files in gate.recorded().values():
        for told in files.values():
            assert told.keys() == {"sha256", "dataset", "status", "rows", "findings"}
            assert len(told["sha256"]) == 64 and all(isinstance(n, int) for n in told["findings"].values())


def test_new_and_dropped_findings_are_told_by_rule_and_file() -> None:
    before = {
        "a.csv": {
            "sha256": "1",
            "dataset": "x",
            "status": "valid",
            "rows": 1,
            "findings": {"enum": 2, "range": 1},
        }
    }
    now = {
        "a.csv": {"sha256": "1", "dataset": "x", "status": "invalid", "rows": 1, "findings": {"enum": 5}},
        "b.csv": {"sha256": "2", "dataset": None, "status": "not-checked", "rows": 1, "findings": {}},
    }
    assert gate.differences(before, now) == [
        "enum: 2 → 5 (+3)", "    a.csv: 2 → 5",
        "range: 1 → 0 (-1)", "    a.csv: 1 → 0",
        "a.csv: status valid → invalid", "b.csv: new",
    ]  # fmt: skip
    assert gate.differences(now, now) == []
