"""What every form of a plan tells: the items by dataset, what differs in each, why files are refused, how to go on."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from odtool.errors import OdtoolError
from odtool.messages import message
from odtool.model import FileReport
from odtool.page import choose, size
from odtool.planning.plan import CONTENT, TABLE, TAGS, WITHDRAWN, Action, Change, Item, Plan, called
from odtool.planning.rowdiff import Row, RowChanges
from odtool.report import fix_told
from odtool.report.told import PERSONAL
from odtool.rules import RULES
from odtool.text import visible

WORDS: Mapping[Action, tuple[str, str]] = {
    "create": ("新規", "create"),
    "update": ("更新", "update"),
    "adopt": ("引き継ぎ", "adopt"),
    "drift": ("手直しあり", "drift"),
    "withdraw": ("取り下げ", "withdraw"),
    "unchanged": ("変更なし", "unchanged"),
    "refuse": ("公開しない", "refuse"),
}
ALWAYS: tuple[Action, ...] = ("create", "update", "unchanged", "refuse")
"""Counted aloud also where there are none."""
CHANGING: tuple[Action, ...] = ("create", "update", "adopt", "withdraw")
COMMONEST = 3  # causes told of a file that is refused

Rows = Mapping[tuple[str, str], RowChanges | OdtoolError]
"""What became of the rows of a file, or why that cannot be told, by the names of dataset and file."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is known beside the plan itself: the verdicts by path, the rows compared, what somebody should know before
    publishing there (in both languages), and where the plan was stored."""

    reports: Mapping[str, FileReport] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    warnings: Sequence[tuple[str, str]] = ()
    file: str = ""

    @classmethod
    def of(cls, reports: Iterable[FileReport], **more: object) -> "Told":
        return cls({report.path: report for report in reports}, **more)  # type: ignore[arg-type]


NOTHING = Told()


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, for the reader: what the portal has and what it will have. `left` is one that somebody edited there and
    that stays so; what odtool would have written is then told as what it will not have."""

    name: str
    before: str
    after: str
    left: bool = False


def grouped(plan: Plan) -> list[tuple[str, list[Item]]]:
    """The items by dataset, in the order in which the datasets first appear; a file without one stands alone."""
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in plan.items:
        name = item.offer.dataset_name
        groups.setdefault((name, "" if name else item.offer.path), []).append(item)
    return [(name, items) for (name, _), items in groups.items()]


def counted(plan: Plan, lang: str) -> str:
    """«新規 1件、更新 0件»."""
    en = lang == "en"
    counts = [(WORDS[a][en], plan.count(a)) for a in WORDS if a in ALWAYS or plan.count(a)]
    if en:
        return ", ".join(f"{n:,} {word}" for word, n in counts)
    return "、".join(f"{word} {n:,}件" for word, n in counts)


def place(plan: Plan) -> str:
    """The portal by its name, and where that is."""
    same = plan.portal in (plan.address, f"folder:{plan.address}")
    return visible(plan.portal if same else f"{plan.portal} ({plan.address})", 400)


def differences(item: Item, told: Told, lang: str, longest: int) -> Iterator[Difference]:
    """What will be written, then what is left as somebody edited it. Texts are cut after `longest` characters."""
    for change in item.changes:
        yield _difference(change, item, told, lang, longest, left=False)
    for change in item.left:
        found = _difference(change, item, told, lang, longest, left=True)
        yield replace(
            found,
            after=choose(
                lang, "そのまま（odtool の内容は {after}）", "stays (odtool has {after})", after=found.after
            ),
        )


def _difference(change: Change, item: Item, told: Told, lang: str, longest: int, *, left: bool) -> Difference:
    offer, name = item.offer, visible(called(change.field, lang), 80)
    if change.field == CONTENT:
        rows = told.rows.get((offer.dataset_name, offer.file_name))
        after = choose(lang, "{n:,}行、{size}", "{n:,} row, {size}", "{n:,} rows, {size}", n=offer.rows, size=size(offer.size)) if offer.rows else size(offer.size)  # fmt: skip
        there = choose(lang, "いまのファイル", "the file there") if item.url or change.before else _none(lang)
        before = (
            choose(lang, "{n:,}行", "{n:,} row", "{n:,} rows", n=rows.before)
            if isinstance(rows, RowChanges)
            else there
        )
        return Difference(name, before, f"{after}{_rows(rows, lang)}", left)
    if change.field == TABLE:
        then = (
            choose(lang, "古い中身", "older contents")
            if change.before
            else choose(lang, "未登録", "not loaded")
        )
        return Difference(name, then, choose(lang, "ファイルと同じ行", "the rows of the file"), left)
    if change.field == WITHDRAWN:
        then = choose(
            lang, "取り下げ済み（{said}）", "withdrawn ({said})", said=visible(change.before, longest)
        )
        return Difference(name, then, choose(lang, "もう一度公開", "published again"), left)
    if change.field == TAGS:
        known = change.before.split("、")
        added = [tag for tag in change.after.split("、") if tag and tag not in known]
        return Difference(
            name,
            visible(change.before, longest) or _none(lang),
            choose(lang, "「{tags}」を足す", "add {tags}", tags=visible("、".join(added), longest)),
            left,
        )
    was, now = (visible(text, longest) or _none(lang) for text in (change.before, change.after))
    return Difference(name, was, now, left)


def _none(lang: str) -> str:
    return choose(lang, "（なし）", "(none)")


def _rows(rows: RowChanges | OdtoolError | None, lang: str) -> str:
    if rows is None:
        return ""
    if isinstance(rows, OdtoolError):
        why = visible(rows.text(lang), 500).rstrip("。.")
        return choose(lang, "（行の増減は確認できず: {why}）", " (what becomes of its rows could not be found out: {why})", why=why)  # fmt: skip
    said = choose(
        lang, "追加 {added:,} 行・削除 {removed:,} 行・変更 {changed:,} 行", "{added:,} added, {removed:,} removed, {changed:,} changed",
        added=rows.added, removed=rows.removed, changed=rows.changed,
    )  # fmt: skip
    if not rows.keyed:
        said += choose(lang, "（行を見分ける番号がないため、変更は追加と削除に数えます）", "; no column tells the rows apart, so a change counts as both")  # fmt: skip
    return choose(lang, "（{said}）", " ({said})", said=said)


def examples(item: Item, told: Told, lang: str, longest: int) -> Iterator[str]:
    """Columns that came and went, and some of the rows that differ, a line each."""
    rows = told.rows.get((item.offer.dataset_name, item.offer.file_name))
    if not isinstance(rows, RowChanges):
        return
    for labels, ja, en in (
        (rows.columns[0], "増えた項目: {labels}", "new columns: {labels}"),
        (rows.columns[1], "なくなった項目: {labels}", "columns gone: {labels}"),
    ):
        if labels:
            yield choose(lang, ja, en, labels=visible("、".join(labels), longest))
    for row in rows.examples:
        yield _example(row, lang, longest)
    shown = len(rows.examples)
    if more := rows.added + rows.removed + rows.changed - shown:
        yield choose(lang, "ほか {n:,} 行", "{n:,} more row", "{n:,} more rows", n=more)


def _example(row: Row, lang: str, longest: int) -> str:
    kind = {"added": ("追加", "added"), "removed": ("削除", "removed"), "changed": ("変更", "changed")}[
        row.kind
    ]
    cells = "、".join(
        f"{visible(label, 20)} {_cell(before, lang)} → {_cell(after, lang)}"
        for label, before, after in row.cells[:4]
    )
    more = "…" if len(row.cells) > 4 else ""
    said = f"{kind[lang == 'en']} {visible(row.name, longest)}"
    return f"{said}: {cells}{more}" if cells else said


def _cell(value: str, lang: str) -> str:
    return visible(value, 30) if value else choose(lang, "（空欄）", "(empty)")


def causes(item: Item, told: Told, lang: str) -> list[str]:
    """The commonest errors of a file that is refused for its data. Of personal data only the rule is told, not the
    cell: a plan is passed around."""
    report = told.reports.get(item.offer.path)
    if item.action != "refuse" or report is None or report.status != "invalid":
        return []
    found = fix_told.left(report)
    lines = []
    for left in found[:COMMONEST]:
        if left.rule not in RULES:
            continue
        said = (
            RULES[left.rule].explain(lang).partition("。")[0]
            if left.rule.startswith(PERSONAL)
            else message(left.first, lang)
        )
        more = choose(lang, "（ほか{n:,}件）", " ({n:,} more)", n=left.count - 1) if left.count > 1 else ""
        lines.append(f"{said}{more}")
    rest = len(found) - COMMONEST
    if rest > 0:
        ja, en = "ほか {n:,} 種類の誤り", "{n:,} more kind of error"
        lines.append(choose(lang, ja, en, "{n:,} more kinds of errors", n=rest))
    return lines


def remaining(item: Item, lang: str) -> str:
    """That there are points in the data that do not keep it from being published; "" where there are none."""
    offer = item.offer
    if item.action == "refuse" or not offer.warnings:
        return ""
    return choose(lang, "直したほうがよい点が{n:,}件残っています。", "{n:,} point would better be fixed.", "{n:,} points would better be fixed.", n=offer.warnings)  # fmt: skip


def command(plan: Plan, told: Told) -> str:
    """How to carry the plan out; "" where it was not stored."""
    if not told.file:
        return ""
    bare = plan.portal == plan.address and plan.portal.startswith("http")  # not in the settings
    where = f" --portal {shlex.quote(visible(plan.portal, 400))}" if bare else ""
    return f"odtool apply {shlex.quote(visible(told.file, 400))}{where}"
