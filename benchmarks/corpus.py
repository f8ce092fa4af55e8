"""What odtool finds in real files, held against the record in corpus.json.

The real files are those of the folder ODTOOL_CORPUS; they are not part of this repository. The record has their
names, hashes and counts only, so that a change of any rule shows in it, file by file.

python benchmarks/corpus.py             what is new and what is gone, by rule; exit 1 where anything is
python benchmarks/corpus.py --update    and write the record
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from odtool.judging import check
from odtool.judging.check import Choice

ROOT = Path(__file__).parent.parent
RECORD = Path(__file__).with_suffix(".json")
SAMPLES, CORPUS = "samples", "corpus"

Found = dict[str, Any]
"""Of one file: its hash, the dataset it was taken for, the verdict, rows, and how often each rule found something."""


def folders() -> dict[str, Path]:
    """The folders of which files are to be had here."""
    found = {SAMPLES: ROOT / "tests" / "samples"}
    if corpus := os.environ.get("ODTOOL_CORPUS"):
        found[CORPUS] = Path(corpus)
    return found


def run(folder: Path) -> dict[str, Found]:
    """Every table of the folder, by its path there."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".csv", ".tsv", ".xlsx"))
    return {path.relative_to(folder).as_posix(): judged(path) for path in paths}


def judged(path: Path) -> Found:
    report = check.check(str(path), Choice(limit=1))
    return {
        "sha256": report.sha256,
        "dataset": report.match.dataset.id if report.match else None,
        "status": report.status,
        "rows": report.rows,
        "findings": dict(sorted(report.totals.items())),
    }


def recorded() -> dict[str, dict[str, Found]]:
    """The record: by folder and file."""
    found: dict[str, dict[str, Found]] = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    return found


def differences(before: Mapping[str, Found], now: Mapping[str, Found]) -> list[str]:
    """What is otherwise than recorded, rule by rule and then file by file; empty where nothing is."""
    lines = []
    old, new = (_by_rule(side) for side in (before, now))
    for rule in sorted(old.keys() | new.keys()):
        files = sorted(
            file for file in old[rule].keys() | new[rule].keys() if old[rule][file] != new[rule][file]
        )
        if files:
            change = sum(new[rule].values()) - sum(old[rule].values())
            lines.append(f"{rule}: {sum(old[rule].values()):,} → {sum(new[rule].values()):,} ({change:+,})")
            lines += [f"    {file}: {old[rule][file]:,} → {new[rule][file]:,}" for file in files]
    for file in sorted(before.keys() | now.keys()):
        was, is_ = before.get(file), now.get(file)
        if was is None or is_ is None:
            lines.append(f"{file}: {'no longer there' if is_ is None else 'new'}")
            continue
        lines += [
            f"{file}: {key} {was[key]} → {is_[key]}"
            for key in ("sha256", "dataset", "status", "rows")
            if was[key] != is_[key]
        ]
    return lines


def _by_rule(files: Mapping[str, Found]) -> "dict[str, Counter[str]]":
    found: dict[str, Counter[str]] = _Counters()
    for file, told in files.items():
        for rule, count in told["findings"].items():
            found[rule][file] = count
    return found


class _Counters(dict[str, Counter[str]]):
    def __missing__(self, key: str) -> Counter[str]:
        self[key] = Counter()
        return self[key]


def main() -> None:
    record, changed = recorded(), False
    for name, folder in folders().items():
        found = run(folder)
        lines = differences(record.get(name, {}), found)
        changed = changed or bool(lines)
        print(
            f"== {name}: {len(found)} files, {sum(sum(f['findings'].values()) for f in found.values()):,} findings"
        )
        print("\n".join(lines) or "as recorded")
        record[name] = found
    if "--update" in sys.argv:
        text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        RECORD.write_text(text, encoding="utf-8", newline="\n")
        print(f"written: {RECORD.relative_to(ROOT)}")
    elif changed:
        sys.exit("the findings changed. If that is meant: python benchmarks/corpus.py --update")


if __name__ == "__main__":
    main()
