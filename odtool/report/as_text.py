"""Reports → text for the terminal: each file's verdict, its findings grouped by cause, a summary."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from odtool import words
from odtool.messages import said, where
from odtool.model import SEVERITIES, FileReport, Finding, Severity
from odtool.page import choose
from odtool.text import percent, visible, wrapped

_MARKS: dict[Severity, tuple[str, str]] = {"error": ("✕", "31"), "warning": ("▲", "33"), "hint": ("・", "36")}
_GROUPS = 12  # causes shown for a file; the rest is counted


class Paint:
    """Colours for a terminal, or none."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def as_text(reports: Iterable[FileReport], lang: str, colour: bool = False) -> Iterator[str]:
    """Lines, file by file as the reports come, and the summary last."""
    paint = Paint(colour)
    seen: list[FileReport] = []
    for report in reports:
        yield from _file(report, lang, paint)
        yield ""
        seen.append(report)
    yield from summary(seen, lang, paint)


def verdict(report: FileReport, lang: str) -> str:
    """The verdict in words that cannot be taken for another."""
    if report.status == "not-checked":
        return "not checked" if lang == "en" else "確認していません"
    if report.status == "invalid":
        return "fix it before publishing" if lang == "en" else "直してから公開してください"
    if report.counts["warning"]:
        return (
            "can be published, but should be improved"
            if lang == "en"
            else "公開できます（直したほうがよい点あり）"
        )
    return choose(lang, "問題なし（{n:,}行を確認）", "no problem ({n:,} row checked)", "no problem ({n:,} rows checked)", n=report.rows)  # fmt: skip


def summary(reports: Sequence[FileReport], lang: str, paint: Paint) -> Iterator[str]:
    by_status = {
        status: sum(r.status == status for r in reports) for status in ("valid", "invalid", "not-checked")
    }
    counts = {severity: sum(r.counts[severity] for r in reports) for severity in SEVERITIES}
    if lang == "en":
        yield paint(
            f"{len(reports)} file{'s' * (len(reports) != 1)}: {by_status['valid']} valid, {by_status['invalid']} to fix, "
            f"{by_status['not-checked']} not checked", "1")  # fmt: skip
        yield f"must fix {counts['error']:,} / should fix {counts['warning']:,} / hints {counts['hint']:,}"
    else:
        yield paint(
            f"{len(reports)} ファイル: 公開できます {by_status['valid']}、直してから公開 {by_status['invalid']}、"
            f"確認していません {by_status['not-checked']}", "1")  # fmt: skip
        yield f"必ず直す {counts['error']:,} 件・直したほうがよい {counts['warning']:,} 件・参考 {counts['hint']:,} 件"


def _file(report: FileReport, lang: str, paint: Paint) -> Iterator[str]:
    mark, colour = {"valid": ("○", "32"), "invalid": ("✕", "31"), "not-checked": ("？", "33")}[report.status]
    yield f"{paint(mark, colour)} {paint(visible(report.path, 500), '1')}  {paint(verdict(report, lang), colour)}"
    if facts := _facts(report, lang):
        yield f"  {facts}"
    if report.status == "not-checked" or report.reason:
        yield f"  {report.reason_en if lang == 'en' else report.reason}"
    for severity in SEVERITIES:
        yield from _bucket(report, severity, lang, paint)


def _facts(report: FileReport, lang: str) -> str:
    form = report.form
    if form is None:
        return ""
    parts = []
    if report.match:
        dataset = report.match.dataset
        edition = words.EDITIONS[dataset.edition][lang == "en"]
        name = (dataset.title_en or dataset.name) if lang == "en" else dataset.name
        parts.append(f"{name} – {edition}")
        parts.append(
            f"match {percent(report.match.score)}%"
            if lang == "en"
            else f"一致 {percent(report.match.score)}%"
        )
    parts.append(choose(lang, "{n:,}行", "{n:,} row", "{n:,} rows", n=report.rows))
    parts.append((form.encoding or ("?" if form.format != "xlsx" else form.format)).upper())
    return (" · " if lang == "en" else "・").join(parts)


def _bucket(report: FileReport, severity: Severity, lang: str, paint: Paint) -> Iterator[str]:
    findings = [finding for finding in report.findings if finding.severity == severity]
    if not findings:
        return
    mark, colour = _MARKS[severity]
    name, name_en = words.SEVERITIES[severity]
    count = report.counts[severity]
    yield "  " + paint(f"{name_en} {count:,}" if lang == "en" else f"{name} {count:,}件", colour)
    groups = [list(group) for _, group in groupby(sorted(findings, key=_cause), key=_cause)]
    groups.sort(key=lambda group: -len(group))
    for group in groups[:_GROUPS]:
        yield from _group(group, report, mark, lang)
    if len(groups) > _GROUPS:
        rest = len(groups) - _GROUPS
        yield (
            f"    … {rest} more causes"
            if lang == "en"
            else f"    … ほかに {rest} 種類（--format json・html ですべて）"
        )


def _cause(finding: Finding) -> tuple[str, int]:
    return finding.rule, finding.column or 0


def _group(group: Sequence[Finding], report: FileReport, mark: str, lang: str) -> Iterator[str]:
    first = group[0]
    if len(group) == 1:
        yield from wrapped(f"    {mark} ", f"{_place(first, lang)}{_advice(first, lang)}")
        return
    place = where(Finding(first.rule, first.severity, column=first.column, label=first.label), lang)
    if not place:  # several things said of the whole file, each with its own words
        for finding in group[:_GROUPS]:
            yield from wrapped(f"    {mark} ", f"{_place(finding, lang)}{_advice(finding, lang)}")
        if len(group) > _GROUPS:
            rest = len(group) - _GROUPS
            yield f"    {mark} … {rest} more" if lang == "en" else f"    {mark} … ほか {rest} 件"
        return
    listed = report.totals.get(first.rule, 0) > sum(f.rule == first.rule for f in report.findings)
    more = ("+" if lang == "en" else "以上") if listed else ""
    number = f" {len(group):,}{more} " + ("rows" if lang == "en" else "件")
    yield from wrapped(f"    {mark} ", f"{place}{number}{_rows(group, lang)}: {_advice(first, lang)}")


def _place(finding: Finding, lang: str) -> str:
    place = where(finding, lang)
    return f"{place}: " if place else ""


def _advice(finding: Finding, lang: str) -> str:
    if finding.suggestion is None:
        return said(finding, lang)
    empty = "(empty)" if lang == "en" else "（空欄）"
    return f"{said(finding, lang)} → {visible(finding.suggestion) or empty}"


def _rows(group: Sequence[Finding], lang: str) -> str:
    """«（4〜6, 9行目 …）»: consecutive rows joined, the first few of them."""
    rows = sorted({finding.row for finding in group if finding.row})
    if not rows:
        return ""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    shown = ", ".join(str(a) if a == b else f"{a}{'-' if lang == 'en' else '〜'}{b}" for a, b in runs[:6])
    rest = " …" if len(runs) > 6 else ""
    return f" (row {shown}{rest})" if lang == "en" else f"（{shown}行目{rest}）"
