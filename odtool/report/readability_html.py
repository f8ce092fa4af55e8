"""Machine-readability verdicts as one page that opens by a double click and needs nothing else."""

from collections.abc import Mapping
from typing import Any

from odtool import page
from odtool.report import readability_words as words

MOST_RANGES = 30
_ORDER = ("not_met", "met", "not_judged")


def as_html(report: Mapping[str, Any], lang: str) -> str:
    """The page for a report in its public form, «odtool-readability/1»."""
    return page.render(
        "readability.html.j2",
        lang,
        report=report,
        files=[_file(file) for file in report["files"]],
        levels={level: pair[lang == "en"] for level, pair in words.LEVELS.items()},
        weights={weight: pair[lang == "en"] for weight, pair in words.WEIGHTS.items()},
        verdicts={status: pair[lang == "en"] for status, pair in words.VERDICTS.items()},
        icons={"met": "good", "not-met": "bad", "not-judged": "unknown"},
        score_note=words.SCORE_NOTE[lang == "en"],
        most=MOST_RANGES,
    )


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    levels = []
    for level in file["levels"]:
        rules = [rule for rule in file["rules"] if rule["level"] == level["level"]]
        levels.append(
            {
                **level,
                "groups": [
                    (status, [rule for rule in rules if rule["status"].replace("-", "_") == status])
                    for status in _ORDER
                ],
            }
        )
    return {**file, "by_level": levels}
