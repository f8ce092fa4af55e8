"""Reports → the public JSON report, a contract: docs/report.schema.json describes it."""

from collections.abc import Sequence
from typing import Any

from odtool import __version__
from odtool.messages import message
from odtool.model import FileReport, Finding

SCHEMA = "odtool-report/1"


def as_json(reports: Sequence[FileReport], date: str, lang: str) -> dict[str, Any]:
    """The report as plain values, ready for json.dumps. `date` is the ISO day of the judgement."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "odtool", "version": __version__},
        "date": date,
        "summary": {
            "files": len(reports),
            **{
                status.replace("-", "_"): sum(report.status == status for report in reports)
                for status in ("valid", "invalid", "not-checked")
            },
            **{f"{severity}s": sum(report.counts[severity] for report in reports)
               for severity in ("error", "warning", "hint")},
        },
        "files": [_file(report, lang) for report in reports],
    }  # fmt: skip


def _file(report: FileReport, lang: str) -> dict[str, Any]:
    form, match = report.form, report.match
    return {
        "path": report.path,
        "sha256": report.sha256,
        "bytes": report.bytes,
        "status": report.status,
        "reason": report.reason_en if lang == "en" else report.reason,
        "format": form.format if form else None,
        "encoding": form.encoding if form else None,
        "newline": form.newline if form else None,
        "delimiter": form.delimiter if form else None,
        "header_row": report.header_row,
        "rows": report.rows,
        "columns": report.columns,
        "dataset": {
            "id": match.dataset.id,
            "edition": match.dataset.edition,
            "name": match.dataset.name,
            "score": round(match.score, 3),
            "mapping": [{"column": m.column, "label": m.label, "field": m.field} for m in match.mapping],
        }
        if match
        else None,
        "counts": dict(report.counts),
        "findings": [_finding(finding, lang) for finding in report.findings],
        "findings_total": sum(report.counts.values()),
    }


def _finding(finding: Finding, lang: str) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "row": finding.row,
        "column": finding.column,
        "label": finding.label,
        "field": finding.field,
        "value": finding.value,
        "message": message(finding, lang),
        "suggestion": finding.suggestion,
    }
