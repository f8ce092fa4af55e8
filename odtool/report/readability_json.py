"""Machine-readability verdicts → their public JSON, a contract: docs/readability.schema.json describes it."""

from collections.abc import Sequence
from typing import Any

from odtool import __version__
from odtool.readability.criterion import CRITERIA
from odtool.readability.model import STATUSES, FileReadability, Place, Score, SheetSeen, Verdict
from odtool.report.readability_words import VERDICTS, whole

SCHEMA = "odtool-readability/1"
MOST_RANGES = 1_000  # ranges listed for one place; `count` counts them all


def as_json(files: Sequence[FileReadability], date: str, lang: str) -> dict[str, Any]:
    """The report as plain values, ready for json.dumps. `date` is the ISO day of the judgement."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "odtool", "version": __version__},
        "date": date,
        "profile": "machine-readability",
        "summary": {
            "files": len(files),
            **{status.replace("-", "_"): sum(file.status == status for file in files) for status in STATUSES},
        },
        "files": [_file(file, lang) for file in files],
    }


def _file(file: FileReadability, lang: str) -> dict[str, Any]:
    return {
        "path": file.path,
        "sha256": file.sha256,
        "bytes": file.bytes,
        "format": file.format,
        "encoding": file.form.encoding if file.form else None,
        "status": file.status,
        "verdict": whole(file, lang),
        "reason": file.reason.text(lang) if file.reason else None,
        "counts": {status.replace("-", "_"): file.counts[status] for status in STATUSES},
        "package": file.package,
        "before": list(file.before),
        "sheets": [_sheet(sheet) for sheet in file.sheets],
        "levels": [_score(score) for score in file.scores],
        "rules": [_rule(verdict, lang) for verdict in file.verdicts],
    }


def _sheet(sheet: SheetSeen) -> dict[str, Any]:
    dataset = sheet.match.dataset if sheet.match else None
    return {
        "name": sheet.name,
        "header_row": sheet.header_row,
        "first_row": sheet.first_row,
        "last_row": sheet.last_row,
        "columns": sheet.columns,
        "dataset": {"id": dataset.id, "name": dataset.name, "score": round(sheet.match.score, 3)}
        if dataset and sheet.match
        else None,
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "level": score.level,
        "score": score.points,
        "counts": {status.replace("-", "_"): score.counts[status] for status in STATUSES},
        "deductions": [
            {"rule": taken.rule, "weight": taken.weight, "points": taken.points} for taken in score.deductions
        ],
    }


def _rule(verdict: Verdict, lang: str) -> dict[str, Any]:
    criterion, english = CRITERIA[verdict.rule], lang == "en"
    return {
        "id": criterion.id,
        "level": criterion.level,
        "title": criterion.title_en if english else criterion.title,
        "status": verdict.status,
        "verdict": VERDICTS[verdict.status][english],
        "reason": verdict.reason.text(lang) if verdict.reason else None,
        "weight": verdict.weight,
        "count": verdict.count,
        "places": [_place(place, lang) for place in verdict.places],
        "notes": [_place(place, lang) for place in verdict.notes],
        "advice": (criterion.advice_en if english else criterion.advice)
        if verdict.status == "not-met"
        else None,
    }


def _place(place: Place, lang: str) -> dict[str, Any]:
    return {
        "sheet": place.sheet,
        "ranges": list(place.cells[:MOST_RANGES]),
        "count": place.count,
        "message": place.what.text(lang),
        "example": place.example,
    }
