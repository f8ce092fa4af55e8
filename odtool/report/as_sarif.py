"""Reports → SARIF 2.1.0, the exchange format for findings that code hosts and editors read."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from odtool import __version__
from odtool.model import Excerpt, FileReport, Finding, Severity
from odtool.report.rule_page import rule_page
from odtool.report.told import Excerpts, not_checked, place, row_of, sentence, unlisted
from odtool.rules import RULES
from odtool.text import column_letter, visible

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "hint": "note"}
NOT_CHECKED = "not-checked"


def as_sarif(
    reports: Sequence[FileReport], lang: str, excerpts: Excerpts, docs: str | None = None
) -> dict[str, Any]:
    """The log as plain values, ready for json.dumps.

    `excerpts` give lines and columns of the file's text; a place in a workbook is told as a logical location.
    `docs` is the address of the documentation, ending in a slash: each rule's page lies below it.
    """
    results = [
        result
        for number, (report, shown) in enumerate(zip(reports, excerpts, strict=True))
        for result in _results(report, number, shown, lang)
    ]
    used = list(dict.fromkeys(result["ruleId"] for result in results))
    for result in results:
        result["ruleIndex"] = used.index(result["ruleId"])
    driver = {"name": "odtool", "version": __version__, "rules": [_rule(rule, lang, docs) for rule in used]}
    if docs:
        driver["informationUri"] = docs
    run = {
        "tool": {"driver": driver},
        "language": "en" if lang == "en" else "ja",
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "artifacts": [_artifact(report) for report in reports],
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def address(path: str) -> str:
    """The path as a URI reference: relative where the path is, «file:» where it is absolute."""
    plain = path.replace("\\", "/")
    if plain[1:3] == ":/":  # a drive letter
        plain = f"/{plain}"
    escaped = quote(plain.encode("utf-8", "surrogateescape"), safe="/:" if plain.startswith("/") else "/")
    return f"file://{escaped}" if PurePosixPath(plain).is_absolute() else escaped


def _artifact(report: FileReport) -> dict[str, Any]:
    artifact: dict[str, Any] = {
        "location": {"uri": address(report.path)},
        "properties": {"status": report.status},
    }
    if report.bytes is not None:
        artifact["length"] = report.bytes
    if report.sha256 is not None:
        artifact["hashes"] = {"sha-256": report.sha256}
    if missing := unlisted(report):
        artifact["properties"]["findingsNotListed"] = missing
    return artifact


def _rule(rule: str, lang: str, docs: str | None) -> dict[str, Any]:
    if rule == NOT_CHECKED:
        text = "The file was not checked." if lang == "en" else "ファイルを確認していません。"
        return {"id": rule, "shortDescription": {"text": text}, "defaultConfiguration": {"level": "warning"}}
    known = RULES[rule]
    page = rule_page(known, lang)
    described = {
        "id": rule,
        "shortDescription": {"text": known.explain(lang)},
        "fullDescription": {"text": f"{known.explain(lang)} ✗ {known.bad} ✓ {known.good}"},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": LEVELS[known.severity]},
        "properties": {"scope": known.scope, "source": known.source},
    }
    if docs:
        described["helpUri"] = f"{docs}rules/{rule}.md"
    return described


def _results(
    report: FileReport, number: int, excerpts: Mapping[int, Excerpt], lang: str
) -> Iterator[dict[str, Any]]:
    artifact = {"uri": address(report.path), "index": number}
    if words := not_checked(report, lang):
        whole = {"physicalLocation": {"artifactLocation": artifact}}
        yield {
            "ruleId": NOT_CHECKED,
            "level": "warning",
            "message": {"text": words},
            "locations": [whole],
        }
    for finding in report.findings:
        row = row_of(report, finding)
        physical: dict[str, Any] = {"artifactLocation": artifact}
        if at := place(finding, excerpts, row):
            physical["region"] = {"startLine": at[0], "startColumn": at[1]}
        location: dict[str, Any] = {"physicalLocation": physical}
        if row is not None:
            location["logicalLocations"] = [_cell(report, finding, row)]
        yield {
            "ruleId": finding.rule,
            "level": LEVELS[finding.severity],
            "message": {"text": sentence(finding, lang)},
            "locations": [location],
            "properties": _parts(finding, row),
        }


def _cell(report: FileReport, finding: Finding, row: int) -> dict[str, Any]:
    name = f"{column_letter(finding.column)}{row}" if finding.column else str(row)
    sheet = report.form.sheet if report.form else None
    return {
        "name": name,
        "fullyQualifiedName": f"{visible(sheet)}!{name}" if sheet else name,
        "kind": "element",
    }


def _parts(finding: Finding, row: int | None) -> dict[str, Any]:
    parts = {
        "row": row,
        "column": finding.column,
        "label": finding.label,
        "value": finding.value,
        "suggestion": finding.suggestion,
    }
    return {
        key: visible(part, 400) if isinstance(part, str) else part
        for key, part in parts.items()
        if part is not None
    }
