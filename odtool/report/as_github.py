"""Reports → workflow commands: GitHub shows each finding beside the line of the file it is about."""

from collections.abc import Iterator, Mapping, Sequence
from unicodedata import category

from odtool.model import Excerpt, FileReport, Severity
from odtool.report.as_text import Paint, summary
from odtool.report.told import (
    Excerpts,
    not_checked,
    place,
    row_of,
    sentence,
    severity_word,
    unlisted,
    unlisted_sentence,
)
from odtool.text import visible

STDIN = "-"
LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "hint": "notice"}


def as_github(reports: Sequence[FileReport], lang: str, excerpts: Excerpts) -> str:
    """A command for each finding, the summary in plain words last. `excerpts` give the lines of the file's text;
    a workbook has none."""
    lines = [
        line for report, shown in zip(reports, excerpts, strict=True) for line in _file(report, shown, lang)
    ]
    return "\n".join([*lines, *summary(reports, lang, Paint(False))]) + "\n"


def command(level: str, properties: Mapping[str, object], message: str) -> str:
    """One workflow command: ::error file=a.csv,line=3::…"""
    named = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{level} {named}::{_data(message)}"


def _file(report: FileReport, excerpts: Mapping[int, Excerpt], lang: str) -> Iterator[str]:
    file = {} if report.path == STDIN else {"file": report.path.replace("\\", "/")}
    if words := not_checked(report, lang):
        yield command("warning", {**file, "title": "not-checked"}, words)
    for finding in report.findings:
        at = place(finding, excerpts, row_of(report, finding))
        position = {"line": at[0], "col": at[1]} if at else {}
        title = f"{severity_word(finding.severity, lang)} ({finding.rule})"
        yield command(LEVELS[finding.severity], {**file, **position, "title": title}, sentence(finding, lang))
    for rule, number in unlisted(report).items():
        yield command("notice", {**file, "title": rule}, unlisted_sentence(rule, number, lang))


def _data(text: str) -> str:
    """Escaped as the runner unescapes it; other control characters are shown, never sent."""
    kept = "".join(c if c in "\r\n" or category(c) not in ("Cc", "Cf") else visible(c) for c in text)
    return kept.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
