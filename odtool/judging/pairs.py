"""The reports of one run → the same reports, with what shows only when files that belong together are compared.

Some datasets are published as two files, metadata and body; others point to rows of a third file by its IDs. Each
file is judged by itself first. Which files belong together stands in the definitions (`companionFiles`,
`references`); only files of one body are compared.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from odtool import rules
from odtool.datasets.sketch import Sketch
from odtool.model import Dataset, FileReport, Finding
from odtool.municipality import municipalities

READ = 64  # columns kept at hand: the files of one body lie together
Column = Callable[[FileReport, str], Mapping[str, int] | None]
"""The filled values of one field of a judged file, each with its first row; None where the file is gone."""


def concerned(datasets: Iterable[Dataset | Sketch]) -> Callable[[FileReport], bool]:
    """Whether a file may belong together with another one: by its dataset, or by its name where that is all we
    know of the other half."""
    ids: set[str] = set()
    names: set[str] = set()
    for dataset in datasets:
        others = [entry["dataset"] for entry in _entries(dataset) if entry.get("dataset")]
        named = [name for entry in _companions(dataset) for name in entry.get("fileNames", ())]
        if others or named:
            ids |= {dataset.id, *others}
            names.update(map(_pattern, named))
    by_name = re.compile("|".join(f"(?:{name})" for name in sorted(names)) or "(?!)")
    return lambda report: bool(report.match and _id(report) in ids) or bool(by_name.fullmatch(_name(report)))


def compared(reports: Sequence[FileReport], column: Column) -> list[FileReport]:
    """The reports, each with the findings that the others give rise to."""
    by_dataset: defaultdict[str, list[FileReport]] = defaultdict(list)
    for report in reports:
        if report.match:
            by_dataset[_id(report)].append(report)
    paths = {report.path: report for report in reports}

    @lru_cache(maxsize=READ)
    def read(path: str, field: str) -> Mapping[str, int] | None:
        return column(paths[path], field)

    def once(report: FileReport, field: str) -> Mapping[str, int] | None:
        return read(report.path, field)

    return [_with(report, list(_found(report, reports, by_dataset, once))) for report in reports]


def _entries(dataset: Dataset | Sketch) -> list[Mapping[str, Any]]:
    return [*_companions(dataset), *dataset.facts.get("references", ())]


def _companions(dataset: Dataset | Sketch) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = dataset.facts.get("companionFiles", ())
    return found


def _with(report: FileReport, findings: Sequence[Finding]) -> FileReport:
    if not findings:
        return report
    counts, totals = dict(report.counts), dict(report.totals)
    for finding in findings:
        counts[finding.severity] += 1
        totals[finding.rule] = totals.get(finding.rule, 0) + 1
    kept = sorted((*report.findings, *findings), key=lambda f: (f.row or 0, f.column or 0, f.rule))
    return replace(report, counts=counts, totals=totals, findings=tuple(kept))


def _found(
    report: FileReport,
    reports: Sequence[FileReport],
    by_dataset: Mapping[str, Sequence[FileReport]],
    column: Column,
) -> Iterator[Finding]:
    if report.match is None:
        return
    dataset = report.match.dataset
    for companion in _companions(dataset):
        if companion.get("dataset") or companion.get("fileNames"):
            there = by_dataset.get(companion["dataset"], ()) if companion.get("dataset") else reports
            yield from _companion(report, companion, there, by_dataset[dataset.id])
    for reference in dataset.facts.get("references", ()):
        yield from _reference(report, reference, by_dataset.get(reference["dataset"], ()), column)


def _companion(
    report: FileReport,
    companion: Mapping[str, Any],
    reports: Sequence[FileReport],
    alike: Sequence[FileReport],
) -> Iterator[Finding]:
    """The other half of a pair is among these and of the same body, or the finding that says what is wrong. `alike`
    are all files of the report's own kind."""
    assert report.match
    partners = [other for other in reports if other is not report and _is(other, companion)]
    if any(_one_body(report, other) for other in partners):
        return
    # Two halves alone in a folder are meant for each other, whatever their codes say.
    beside = [other for other in partners if _folder(other) == _folder(report)]
    twins = [other for other in alike if _folder(other) == _folder(report)]
    if len(beside) == len(twins) == 1:
        code, other_code = _code(report) or "", _code(beside[0]) or ""
        yield rules.pair.pair_publisher.finding(
            code=code, title=_title(code), other=PurePath(beside[0].path).name,
            other_code=other_code, other_title=_title(other_code),
        )  # fmt: skip
        return
    names = "、".join(_file_name(name, _code(report)) for name in companion.get("fileNames", ()))
    yield rules.pair.pair_missing.finding(
        kind=report.match.dataset.name, other=companion["title"], names=names
    )


def _reference(
    report: FileReport, reference: Mapping[str, Any], there: Sequence[FileReport], column: Column
) -> Iterator[Finding]:
    """A value that points nowhere, where the file that it should point to is among those of the run: `there` are all
    that it may be."""
    assert report.match
    mapped = next((m for m in report.match.mapping if m.field == reference["field"]), None)
    targets = [other for other in there if _one_body(report, other)]
    if mapped is None or not targets:
        return
    known: set[str] = set()
    for target in targets:
        values = column(target, reference["to"])
        if values is None:
            return
        known |= values.keys()
    here = column(report, reference["field"]) or {}
    unknown = [value for value in here if value not in known]
    if unknown:
        unsure = {"severity": "hint", "unconfirmed": True} if reference["confidence"] == "low" else {}
        yield rules.pair.reference_unknown.finding(
            row=here[unknown[0]], column=mapped.column, label=mapped.label, field=mapped.field, value=unknown[0],
            count=len(unknown), other=PurePath(targets[0].path).name, field_there=reference["to"], **unsure,
        )  # fmt: skip


def _is(report: FileReport, companion: Mapping[str, Any]) -> bool:
    """Whether the file is that other half: by what it was recognised as, or by its name where that is all we know."""
    if companion.get("dataset"):
        return report.match is not None and _id(report) == companion["dataset"]
    return any(re.fullmatch(_pattern(wanted), _name(report)) for wanted in companion["fileNames"])


def _pattern(file_name: str) -> str:
    """The national file name as a pattern; the table may also be a workbook."""
    stem = re.escape(file_name.removesuffix(".csv"))
    return stem.replace(re.escape("{code}"), "[0-9]{6}") + r"(?:[_.-].*)?\.(?:csv|tsv|txt|xlsx|xlsm)"


def _file_name(pattern: str, code: str | None) -> str:
    return pattern.replace("{code}", code or "XXXXXX")


def _one_body(report: FileReport, other: FileReport) -> bool:
    """Whether both files are of one body, or one of them does not tell whose it is."""
    codes = {_code(report), _code(other)} - {None}
    return len(codes) <= 1


def _code(report: FileReport) -> str | None:
    """Whose file it is: what its rows say, else its name."""
    if len(report.municipalities) == 1:
        return report.municipalities[0]
    named = rules.file.named_code(_name(report))
    return named if named in municipalities() else None


def _title(code: str) -> str:
    place = municipalities().get(code)
    return place.prefecture + place.name if place else ""


def _name(report: FileReport) -> str:
    return PurePath(report.path.replace("\\", "/")).name


def _folder(report: FileReport) -> PurePath:
    return PurePath(report.path.replace("\\", "/")).parent


def _id(report: FileReport) -> str:
    assert report.match
    return report.match.dataset.id
