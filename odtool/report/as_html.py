"""A report as one page that opens by a double click and needs nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from odtool import page
from odtool.model import SEVERITIES, Excerpt
from odtool.report.told import SHOWN_EACH, Excerpts

MOST_LINES = 200
MOST_RANGES = 10
OPEN_UP_TO = 3
FIRST_COLUMNS = 3  # of a record that is shown: these, which mostly tell what it is about,
AROUND = 2  # and so many on each side of the faulty cell
ENCODINGS = {"utf-8": "UTF-8", "cp932": "Shift_JIS (CP932)", "euc-jp": "EUC-JP", "utf-16": "UTF-16"}


def as_html(report: Mapping[str, Any], lang: str, excerpts: Excerpts = ()) -> str:
    """The page for a report in its public form, «odtool-report/1». `excerpts` are, for each of its files, the records
    to be shown beside the findings; without them the page names rows and values only."""
    shown = excerpts or [{}] * len(report["files"])
    files = [
        _file(file, number, records, lang)
        for number, (file, records) in enumerate(zip(report["files"], shown, strict=True), 1)
    ]
    return page.render(
        "report.html.j2",
        lang,
        report=report,
        summary=report["summary"],
        files=files,
        verdict=_overall(report["summary"]),
        rows=sum(file["rows"] or 0 for file in files),
        severities=SEVERITIES,
    )


def _overall(summary: Mapping[str, int]) -> str:
    if summary["invalid"]:
        return "bad"
    if summary["not_checked"] or not summary["files"]:
        return "unknown"
    return "fair" if summary["warnings"] else "good"


def _verdict(file: Mapping[str, Any]) -> str:
    if file["status"] == "invalid":
        return "bad"
    if file["status"] != "valid":
        return "unknown"
    return "fair" if file["counts"]["warning"] else "good"


def _file(file: Mapping[str, Any], number: int, records: Mapping[int, Excerpt], lang: str) -> dict[str, Any]:
    findings = file["findings"]
    buckets = [(severity, [f for f in findings if f["severity"] == severity]) for severity in SEVERITIES]
    grouped = [(severity, _groups(found, lang)) for severity, found in buckets if found]
    anchors: dict[int, str] = {}
    for n, group in enumerate((group for _, groups in grouped for group in groups), 1):
        group["id"] = f"file-{number}-{n}"
        group["record"] = _records(
            group["found"], file["header_row"], records, f"file-{number}-row-", anchors
        )
    return {
        **file,
        "anchors": anchors,
        "verdict": _verdict(file),
        "encoding_name": _encoding(file["encoding"], lang),
        "unlisted": max(0, file["findings_total"] - len(findings)),
        "buckets": grouped,
    }


def _encoding(encoding: str | None, lang: str) -> str | None:
    if encoding == "utf-8-sig":
        return page.choose(lang, "UTF-8（BOM付き）", "UTF-8 with BOM")
    return encoding and ENCODINGS.get(encoding, encoding)


def _groups(findings: Sequence[Mapping[str, Any]], lang: str) -> list[dict[str, Any]]:
    """Findings of one cause together, in the order in which the causes first appear."""
    causes: dict[tuple[str, str | None], list[Mapping[str, Any]]] = {}
    for finding in findings:
        causes.setdefault((finding["rule"], finding["label"]), []).append(finding)
    return [_group(rule, label, found, lang) for (rule, label), found in causes.items()]


def _group(rule: str, label: str | None, found: Sequence[Mapping[str, Any]], lang: str) -> dict[str, Any]:
    columns = {finding["column"] for finding in found}
    shown = {
        key for key in ("row", "column", "value", "suggestion") if any(f[key] is not None for f in found)
    }
    # Findings without a row differ in their words only: show each one's.
    if len(found) > 1 and any(finding["row"] is None for finding in found):
        shown.add("message")
    if len(found) == 1:
        shown -= {"row", "column"}
    return {
        "rule": rule,
        "label": label,
        "column": columns.pop() if len(columns) == 1 else None,
        "count": len(found),
        "rows": rows_text((finding["row"] for finding in found), lang),
        "message": found[0]["message"],
        "lines": found[:MOST_LINES] if shown else [],
        "more": max(0, len(found) - MOST_LINES),
        "open": len(found) <= OPEN_UP_TO,
        "shown": shown,
        "found": found,
    }


def _records(
    found: Sequence[Mapping[str, Any]],
    header_row: int | None,
    records: Mapping[int, Excerpt],
    prefix: str,
    anchors: dict[int, str],
) -> dict[str, Any] | None:
    """The first faulty records of a group as a spreadsheet shows them, without the columns far from the faulty cells.
    Adds to `anchors` the rows that can be jumped to here; None where no record is known."""
    chosen = [f for f in found if f["row"] is not None and f["row"] in records][:SHOWN_EACH]
    if not chosen:
        return None
    header = records.get(header_row or 0)
    labels = header.cells if header else ()
    widest = max(len(records[finding["row"]].cells) for finding in chosen)
    faulty = {finding["column"] or 1 for finding in chosen}
    wanted = set(range(1, FIRST_COLUMNS + 1))
    for column in faulty:
        wanted.update(range(column - AROUND, column + AROUND + 1))
    columns = sorted(column for column in wanted if 1 <= column <= max(widest, len(labels)))
    rows = []
    for finding in chosen:
        row, cells = finding["row"], records[finding["row"]].cells
        anchor = None if row in anchors else anchors.setdefault(row, f"{prefix}{row}")
        shown = [(cells[c - 1] if c <= len(cells) else None, c == finding["column"]) for c in columns]
        rows.append({"row": row, "id": anchor, "cells": shown})
    return {
        "columns": [
            {
                "column": column,
                "label": labels[column - 1] if column <= len(labels) else "",
                "aside": all(abs(column - other) > 1 for other in faulty),  # left out on a phone
                "far": column > 1 and column - 1 not in columns,
            }
            for column in columns
        ],
        "more": columns[-1] < max(widest, len(labels)) if columns else False,
        "rows": rows,
    }


def rows_text(rows: Iterable[int | None], lang: str) -> str:
    """The rows in short: «2〜5, 9行目 ほか12行». Empty when no row is known."""
    known = sorted({row for row in rows if row is not None})
    runs = [[row for _, row in run] for _, run in groupby(enumerate(known), lambda pair: pair[1] - pair[0])]
    dash = "–" if lang == "en" else "〜"
    named = ", ".join(
        str(run[0]) if len(run) == 1 else f"{run[0]}{dash}{run[-1]}" for run in runs[:MOST_RANGES]
    )
    rest = sum(map(len, runs[MOST_RANGES:]))
    if not named:
        return ""
    text = page.choose(lang, "{named}行目", "row {named}", "rows {named}", named=named, n=len(known))
    return text + (page.choose(lang, " ほか{n:,}行", " and {n:,} more", n=rest) if rest else "")
