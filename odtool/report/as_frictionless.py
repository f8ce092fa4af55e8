"""Reports → the report of frictionless-py 5, for programs that already read it: one task a file."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from odtool.model import Excerpt, FileReport, Finding
from odtool.report.told import (
    Excerpts,
    advice,
    not_checked,
    sentence,
    severity_word,
    unlisted,
    unlisted_sentence,
)
from odtool.rules import RULES

FILE, TABLE = ("#file",), ("#table",)
HEADER, LABEL = ("#table", "#header"), ("#table", "#header", "#label")
ROW, CELL = ("#table", "#row"), ("#table", "#row", "#cell")

# The types of frictionless that are used: title and tags.
TYPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "error": ("Error", ()),
    "source-error": ("Source Error", ()),
    "format-error": ("Format Error", ()),
    "encoding-error": ("Encoding Error", ()),
    "file-error": ("File Error", FILE),
    "table-error": ("Table Error", TABLE),
    "header-error": ("Header Error", HEADER),
    "label-error": ("Label Error", LABEL),
    "missing-label": ("Missing Label", LABEL),
    "extra-label": ("Extra Label", LABEL),
    "blank-label": ("Blank Label", LABEL),
    "duplicate-label": ("Duplicate Label", LABEL),
    "incorrect-label": ("Incorrect Label", LABEL),
    "row-error": ("Row Error", ROW),
    "blank-row": ("Blank Row", ROW),
    "cell-error": ("Cell Error", CELL),
    "missing-cell": ("Missing Cell", CELL),
    "extra-cell": ("Extra Cell", CELL),
    "type-error": ("Type Error", CELL),
    "constraint-error": ("Constraint Error", CELL),
    "unique-error": ("Unique Error", CELL),
}

# Our rules in its types: by name where it has a type for just that, else by what the rule judges.
BY_RULE: dict[str, str] = {
    "file-format": "format-error",
    "file-empty": "source-error",
    "workbook-unsafe": "format-error",
    "encoding-broken": "encoding-error",
    "quote-unclosed": "source-error",
    "column-missing": "missing-label",
    "column-absent": "missing-label",
    "column-extra": "extra-label",
    "column-unnamed": "blank-label",
    "column-blank": "blank-label",
    "column-repeated": "duplicate-label",
    "column-renamed": "incorrect-label",
    "column-order": "incorrect-label",
    "row-ragged": "extra-cell",  # or missing-cell where there are too few
    "row-blank": "blank-row",
    "boolean-format": "type-error",
    "integer-format": "type-error",
    "number-format": "type-error",
    "date-format": "type-error",
    "datetime-format": "type-error",
    "time-format": "type-error",
    "year-format": "type-error",
    "pattern": "constraint-error",
    "enum": "constraint-error",
    "range": "constraint-error",
    "length": "constraint-error",
    "required-empty": "constraint-error",
    "id-duplicate": "unique-error",
    "value-duplicate": "unique-error",
}
BY_SCOPE: dict[str, str] = {
    "file": "file-error",
    "header": "header-error",
    "row": "row-error",
    "cell": "cell-error",
    "record": "cell-error",
    "table": "table-error",
}


def error_type(finding: Finding, excerpts: Mapping[int, Excerpt]) -> str:
    """Its type for the finding. One that needs a cell, a row or a label is only given where there is one."""
    rule = RULES[finding.rule]
    kind = BY_RULE.get(rule.id) or BY_SCOPE.get(rule.scope, "error")
    if rule.id == "row-ragged" and finding.facts["found"] < finding.facts["expected"]:
        kind = "missing-cell"
    tags = TYPES[kind][1]
    if "#row" in tags and (finding.row is None or finding.row not in excerpts):
        return "table-error"
    return kind


def as_frictionless(reports: Sequence[FileReport], lang: str, excerpts: Excerpts) -> dict[str, Any]:
    """The report as plain values, ready for json.dumps. Errors are its errors; what should be better and what is good
    to know are its warnings. A file that was not checked is not valid: frictionless has no third verdict."""
    tasks = [
        _task(report, n, shown, lang)
        for n, (report, shown) in enumerate(zip(reports, excerpts, strict=True), 1)
    ]
    totals = {key: sum(task["stats"][key] for task in tasks) for key in ("errors", "warnings")}
    return {
        "valid": all(task["valid"] for task in tasks),
        "stats": {"tasks": len(tasks), **totals, "seconds": 0},
        "warnings": [],
        "errors": [],
        "tasks": tasks,
    }


def _task(report: FileReport, number: int, excerpts: Mapping[int, Excerpt], lang: str) -> dict[str, Any]:
    header = excerpts.get(report.header_row or 0)
    labels = list(header.cells[: report.columns]) if header else []
    errors = [_error(f, excerpts, labels, report, lang) for f in report.findings if f.severity == "error"]
    if words := not_checked(report, lang):
        errors.append(_plain("error", words, words))
    warnings = [
        f"[{severity_word(finding.severity, lang)}] {finding.rule}: {sentence(finding, lang)}"
        for finding in report.findings
        if finding.severity != "error"
    ]
    warnings += [unlisted_sentence(rule, more, lang) for rule, more in unlisted(report).items()]
    stats: dict[str, Any] = {"fields": report.columns, "rows": report.rows, "seconds": 0}
    if report.sha256 is not None:
        stats |= {"sha256": report.sha256, "bytes": report.bytes}
    counted = report.counts["error"] + bool(words)
    return {
        "name": _name(report.path, number),
        "type": "table",
        "place": report.path,
        "labels": labels,
        "valid": report.status == "valid",
        "stats": {**stats, "errors": counted, "warnings": len(warnings)},
        "warnings": warnings,
        "errors": errors,
    }


def _name(path: str, number: int) -> str:
    """A name for the task: the path where it is one that frictionless allows."""
    return path if re.fullmatch(r"[-a-z0-9._/]+", path) else f"file-{number}"


def _error(
    finding: Finding, excerpts: Mapping[int, Excerpt], labels: Sequence[str], report: FileReport, lang: str
) -> dict[str, Any]:
    kind = error_type(finding, excerpts)
    error = {**_plain(kind, sentence(finding, lang), advice(finding, lang)), "rule": finding.rule}
    error["description"] = RULES[finding.rule].explain(lang)
    tags = TYPES[kind][1]
    if "#header" in tags:
        error |= {"labels": list(labels), "rowNumbers": [report.header_row or 1]}
    if "#label" in tags:
        error |= {
            "label": finding.label or "",
            "fieldName": finding.field or finding.label or "",
            "fieldNumber": finding.column or 0,
        }
    if "#row" in tags and finding.row is not None:
        error |= {"cells": list(excerpts[finding.row].cells), "rowNumber": finding.row}
    if "#cell" in tags:
        column = finding.column or _odd_column(finding)
        cells = error["cells"]
        error |= {
            "cell": finding.value
            if finding.value is not None
            else cells[column - 1]
            if column <= len(cells)
            else "",
            "fieldName": finding.field
            or finding.label
            or (labels[column - 1] if column <= len(labels) else ""),
            "fieldNumber": column,
        }
    return error


def _odd_column(finding: Finding) -> int:
    """Of a row with too many or too few cells: the first column that is too much, or missing."""
    return 1 + min(int(finding.facts.get("found", 0)), int(finding.facts.get("expected", 0)))


def _plain(kind: str, message: str, note: str) -> dict[str, Any]:
    title, tags = TYPES[kind]
    return {
        "type": kind,
        "title": title,
        "description": title,
        "message": message,
        "tags": list(tags),
        "note": note,
    }
