"""Repairs → text for the terminal: what was mended, what is proposed, what is left to a person."""

from collections.abc import Iterator, Sequence

from odtool import words
from odtool.made import Change, Proposal, Repair
from odtool.page import choose
from odtool.report import fix_told
from odtool.text import column_letter, visible, wrapped

_EXAMPLES = 3  # different changes shown of each group
_LINES = 12  # proposals, and kinds of errors left, shown of each file


def fix_text(repairs: Sequence[Repair], lang: str, dry: bool) -> Iterator[str]:
    """Lines, file by file. `dry` says that nothing was written."""
    for repair in repairs:
        yield from _file(repair, lang, dry)
        yield ""
    yield from _summary(repairs, lang, dry)


def _file(repair: Repair, lang: str, dry: bool) -> Iterator[str]:
    en = lang == "en"
    mark = "○" if fix_told.done(repair) else "✕" if repair.after and repair.after.counts["error"] else "？"
    yield f"{mark} {visible(repair.path, 500)}  {fix_told.verdict(repair, lang)}"
    match = repair.before.match
    if match and repair.mended:
        dataset = match.dataset
        name = (dataset.title_en or dataset.name) if en else dataset.name
        edition = words.EDITIONS[dataset.edition][en]
        done = ("直しました", "Mended") if repair.mended.changes else ("見ました", "Looked at")
        yield f"  {done[1]} as {name} – {edition}" if en else f"  「{name}」（{edition}）として{done[0]}"
    if repair.mended and repair.output and not dry:
        yield f"  → {visible(repair.output, 500)}"
    report = repair.after or repair.before
    if reason := (report.reason_en if en else report.reason):
        yield from wrapped("  ", reason)
    if repair.mended:
        yield from _changes(repair.mended.changes, lang)
        yield from _proposals(repair.mended.proposals, lang)
    yield from _left(repair, lang)


def _changes(changes: Sequence[Change], lang: str) -> Iterator[str]:
    en = lang == "en"
    if not changes:
        yield "  Nothing to mend" if en else "  自動で直すところはありませんでした"
        return
    count = sum(change.count for change in changes)
    yield f"  Mended {count:,}" if en else f"  直したところ {count:,}件"
    for group in fix_told.grouped(changes, by_reason=False):
        first = group.first
        kind = fix_told.KINDS[first.kind][en]
        place = fix_told.place(first, lang) if first.kind == "cell" else ""
        number = f" {group.count:,}" + (" times" if en else "件") if group.count > 1 else ""
        shown = list(dict.fromkeys(_pair(change, lang) for change in group.changes))
        more = " …" if len(shown) > _EXAMPLES else ""
        listed = (", " if en else "、").join(shown[:_EXAMPLES]) + more
        rule = f" [{first.rule}]" if first.rule else ""
        yield from wrapped("    ・", f"{place or kind}{number}: {listed}{rule}")


def _pair(change: Change, lang: str) -> str:
    """«9:00 → 09:00»; a row or column that went or came is told by its name alone."""
    empty = "(empty)" if lang == "en" else "（空欄）"
    named = _NEWLINES[lang == "en"] if change.kind == "form" else {}
    before, after = (
        None if text is None else visible(named.get(text, text), 40) or empty
        for text in _different(change.before, change.after)
    )
    if before is not None and after is not None:
        return f"{before} → {after}"
    if change.kind in ("rows-removed", "cells-removed") and change.row is not None:
        row = f"row {change.row}" if lang == "en" else f"{change.row}行目"
        if change.count > 1:
            row += " and on" if lang == "en" else "から"
        return f"{row} {before or empty}"
    if change.kind == "column-removed" and not change.before and change.column is not None:
        return (
            f"column {column_letter(change.column)}" if lang == "en" else f"{column_letter(change.column)}列"
        )
    return before or after or empty


_NEWLINES: tuple[dict[str, str], dict[str, str]] = (
    {"lf": "改行 LF", "cr": "改行 CR", "crlf": "改行 CRLF", "mixed": "改行の混在"},
    {
        "lf": "LF line breaks",
        "cr": "CR line breaks",
        "crlf": "CRLF line breaks",
        "mixed": "mixed line breaks",
    },
)


def _different(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Of two long texts that begin alike, what lies around the first difference."""
    if not before or not after or max(len(before), len(after)) <= 40 or before[:39] != after[:39]:
        return before, after
    same = next(
        (n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
        min(len(before), len(after)),
    )
    start = max(0, same - 10)
    return f"…{before[start:]}", f"…{after[start:]}"


def _proposals(proposals: Sequence[Proposal], lang: str) -> Iterator[str]:
    if not proposals:
        return
    en = lang == "en"
    yield (
        f"  Proposed, not done {len(proposals):,} (rows and columns of the mended copy)"
        if en
        else f"  案だけを示すところ {len(proposals):,}件（直していません。行と列は直した写しのもの）"
    )
    groups: dict[tuple[str, int | None], list[Proposal]] = {}
    for proposal in proposals:
        groups.setdefault((proposal.finding.rule, proposal.finding.column), []).append(proposal)
    for found in list(groups.values())[:_LINES]:
        first = found[0].finding
        empty = "(empty)" if en else "（空欄）"
        advice = f" → {visible(first.suggestion) or empty}" if first.suggestion is not None else ""
        number = "" if len(found) == 1 else f"{len(found):,}, first: " if en else f"{len(found):,}件。最初は "
        yield from wrapped("    ・", f"{number}{fix_told.told(first, lang)}{advice}")
    if len(groups) > _LINES:
        rest = len(groups) - _LINES
        yield (
            f"    … {rest:,} more kinds"
            if en
            else f"    … ほかに {rest:,} 種類（--format json・html ですべて）"
        )


def _left(repair: Repair, lang: str) -> Iterator[str]:
    rests = fix_told.left(repair.after or repair.before)
    if not rests:
        return
    en = lang == "en"
    count = sum(rest.count for rest in rests)
    yield f"  To fix by hand {count:,}" if en else f"  人が直すところ {count:,}件（必ず直す）"
    for rest in rests[:_LINES]:
        if rest.count == 1:
            number = f"{rest.rule}: "
        else:
            number = (
                f"{rest.count:,} × {rest.rule}, first: " if en else f"{rest.rule} {rest.count:,}件。最初は "
            )
        yield from wrapped("    ・", number + fix_told.told(rest.first, lang))
    if len(rests) > _LINES:
        more = len(rests) - _LINES
        yield choose(lang, "    … ほかに {n} 種類", "    … {n} more kind", "    … {n} more kinds", n=more)


def _summary(repairs: Sequence[Repair], lang: str, dry: bool) -> Iterator[str]:
    total = fix_told.total(repairs)
    if lang == "en":
        yield (
            f"{total['files']:,} {'file' if total['files'] == 1 else 'files'}: {total['changes']:,} mended, {total['proposals']:,} proposed, "
            f"{total['errors_left']:,} {'error' if total['errors_left'] == 1 else 'errors'} left (of {total['errors_before']:,})"
        )
        if dry:
            yield "Nothing was written (--dry-run)."
        return
    yield (
        f"{total['files']:,} ファイル: 直した {total['changes']:,}件、案だけ {total['proposals']:,}件、"
        f"必ず直すところ {total['errors_before']:,}件 → 残り {total['errors_left']:,}件"
    )
    if dry:
        yield "ファイルは書いていません（--dry-run）。"
