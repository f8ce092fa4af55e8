"""What several forms of the report tell alike: where a finding stands, what it advises, what is not listed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from odtool import words
from odtool.messages import said, where
from odtool.model import SEVERITIES, Excerpt, FileReport, Finding, Severity
from odtool.rules import RULES
from odtool.text import visible

Excerpts = Sequence[Mapping[int, Excerpt]]
"""For each report, in the same order, the records of its file that are shown, by row."""

PERSONAL = "personal-"  # how the names of the rules on personal data begin
HIDDEN = "＊＊＊"
SHOWN_EACH = 3  # findings of one cause that a page shows with their record
SHOWN_ALL = 200  # records of one file that a page shows


def row_of(report: FileReport, finding: Finding) -> int | None:
    """The row in which the finding stands: for one about a column, that of its name; None for the whole file."""
    if finding.row is None and (finding.column is not None or about_header(finding)):
        return report.header_row
    return finding.row


def about_header(finding: Finding) -> bool:
    rule = RULES.get(finding.rule)
    return rule is not None and rule.scope == "header"


def every_row(report: FileReport) -> set[int]:
    """The rows in which findings stand."""
    return {row for finding in report.findings if (row := row_of(report, finding)) is not None}


def error_rows(report: FileReport) -> set[int]:
    """The rows in which errors stand, and that of the column names."""
    header = {report.header_row} if report.header_row else set()
    return header | {f.row for f in report.findings if f.severity == "error" and f.row is not None}


def first_rows(report: FileReport) -> set[int]:
    """The rows of the first findings of each cause, and that of the column names."""
    rows = {report.header_row} if report.header_row else set()
    for _, _, found in causes(report.findings):
        for finding in [finding for finding in found if finding.row is not None][:SHOWN_EACH]:
            if len(rows) <= SHOWN_ALL and finding.row is not None:
                rows.add(finding.row)
    return rows


def discreet(report: FileReport, excerpts: Mapping[int, Excerpt]) -> dict[int, Excerpt]:
    """The records without what a report need not repeat: where personal data were found, only column names and the
    cells whose value a finding tells anyway."""
    if not any(rule.startswith(PERSONAL) for rule in report.totals):
        return dict(excerpts)
    told = {
        (f.row, f.column) for f in report.findings if f.value is not None and not f.rule.startswith(PERSONAL)
    }
    return {
        row: excerpt if row == report.header_row else replace(excerpt, cells=tuple(
            cell if not cell or (row, column) in told else HIDDEN for column, cell in enumerate(excerpt.cells, 1)
        ))
        for row, excerpt in excerpts.items()
    }  # fmt: skip


def causes(findings: Sequence[Finding]) -> Iterator[tuple[Severity, str, list[Finding]]]:
    """Findings of one rule on one column together, the severest first."""
    for severity in SEVERITIES:
        groups: dict[tuple[str, str | None], list[Finding]] = {}
        for finding in findings:
            if finding.severity == severity:
                groups.setdefault((finding.rule, finding.label), []).append(finding)
        for (rule, _), found in groups.items():
            yield severity, rule, found


def place(finding: Finding, excerpts: Mapping[int, Excerpt], row: int | None) -> tuple[int, int] | None:
    """Line and character (from 1) of the file's text at which the faulty cell begins, None where it has none."""
    excerpt = excerpts.get(row) if row is not None else None
    if excerpt is None or not excerpt.places:
        return None
    column = finding.column or 1
    return excerpt.places[column - 1] if column <= len(excerpt.places) else excerpt.places[0]


def suggested(finding: Finding, lang: str) -> str:
    """What to write, on one line; "" where there is no suggestion."""
    if finding.suggestion is None:
        return ""
    return visible(finding.suggestion, 400) or ("(empty)" if lang == "en" else "（空欄）")


def advice(finding: Finding, lang: str) -> str:
    """What was found and what to write, with the suggestion where there is one; one line."""
    found = said(finding, lang)
    return f"{found} → {suggested(finding, lang)}" if finding.suggestion is not None else found


def sentence(finding: Finding, lang: str) -> str:
    """`advice` with the place in front."""
    at = where(finding, lang)
    return f"{at}: {advice(finding, lang)}" if at else advice(finding, lang)


def severity_word(severity: Severity, lang: str) -> str:
    return words.SEVERITIES[severity][lang == "en"]


def not_checked(report: FileReport, lang: str) -> str:
    """The words for a file that was not judged, with the reason; "" for one that was."""
    if report.status != "not-checked":
        return ""
    reason = report.reason_en if lang == "en" else report.reason
    return f"{'Not checked' if lang == 'en' else '確認していません'}: {reason or '?'}"


def unlisted(report: FileReport) -> dict[str, int]:
    """By rule, how many findings were counted but are not in the list."""
    listed = Counter(finding.rule for finding in report.findings)
    return {rule: n - listed[rule] for rule, n in report.totals.items() if n > listed[rule]}


def unlisted_sentence(rule: str, number: int, lang: str) -> str:
    if lang == "en":
        return (
            f"{rule}: {number:,} more of these are not listed. Check again after mending, or use --limit 0."
        )
    return f"{rule}: この指摘はほかに {number:,} 件あり、載せていません。直してから確認し直すか、--limit 0 を付けてください。"
