"""A cell in words: its state, why it is so, and what its municipality does next."""

import datetime as dt
import re
import shlex
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Protocol

from odtool.coverage.cell import Cell, overdue
from odtool.coverage.target import DISTANT, Progressed
from odtool.coverage.trend import Point
from odtool.page import choose
from odtool.text import percent, visible

# All of them have the same (ambiguous) East-Asian width, so rows stay in line also where a terminal shows it as two.
MARKS: dict[str, str] = {
    "published": "●",
    "published-warnings": "◐",
    "published-errors": "×",
    "stale": "▲",
    "not-seen": "◇",
    "refused": "■",
    "ready": "○",
    "none": "–",
}
WORDS: dict[str, tuple[str, str]] = {
    "published": ("公開・適合", "published, valid"),
    "published-warnings": ("公開・要改善", "published, to improve"),
    "published-errors": ("公開・不適合", "published, not valid"),
    "stale": ("期限切れ", "out of date"),
    "not-seen": ("確認できず", "not seen"),
    "refused": ("公開見送り", "held back"),
    "ready": ("未公開・適合", "valid, not published"),
    "none": ("未公開", "not published"),
}
FIVE: dict[str, tuple[str, str]] = {
    "valid": ("公開・適合", "published, valid"),
    "improve": ("公開・要改善", "published, to improve"),
    "invalid": ("公開・不適合", "published, not valid"),
    "stale": ("期限切れ", "out of date"),
    "not-seen": ("確認できず", "not seen"),
    "none": ("未公開", "not published"),
}
COMMONEST = 2  # rules that a reason names
ALWAYS = ("published", "published-warnings", "refused", "ready", "none")
"""Explained whether they occur or not."""


class Place(Protocol):
    """A portal that was looked at."""

    @property
    def source(self) -> str: ...
    @property
    def failed(self) -> bool: ...


def state(cell: Cell, lang: str) -> str:
    return choose(lang, *WORDS[cell.state])


def why(cell: Cell, today: dt.date, lang: str) -> str:
    """Why the cell is in its state, and what is not known of it. "" where there is nothing to say."""
    parts = [_reason(cell, today, lang)]
    if cell.newer_errors:
        parts.append(choose(lang, "公開後に確認したファイルに誤り {n:,} 件", "a newer file has {n:,} error", "a newer file has {n:,} errors", n=cell.newer_errors))  # fmt: skip
    if cell.edition == "suisho":
        parts.append(choose(lang, "旧版（推奨データセット）の形", "follows the old edition"))
    if cell.state in ("published", "published-warnings") and not cell.judges_age and cell.seen_at:
        unknown = choose(lang, "データの日付", "the day of the data") if not cell.updated else choose(lang, "更新頻度", "how often it is due")  # fmt: skip
        parts.append(choose(lang, "{unknown}が分からないため、期限切れかどうかは判断していません", "whether it is out of date is not judged: {unknown} is not known", unknown=unknown))  # fmt: skip
    if cell.is_published and cell.seen_at and cell.open is None:
        parts.append(choose(lang, "ライセンスが分かりません", "the licence is not known"))
    if cell.is_published and cell.state != "not-seen":  # whose it is by a code or a name of the past
        parts.append(visible(cell.why[lang == "en"], 300).rstrip("。."))
    if cell.expected_by == "settings" and cell.expected is not None and cell.is_published:
        parts.append(choose(lang, "更新の期限（{n:,} 日）は odtool.toml によります。ポータルには書かれていません", "that it is due after {n:,} day is what odtool.toml says; the portal does not", "that it is due after {n:,} days is what odtool.toml says; the portal does not", n=cell.expected))  # fmt: skip
    if cell.missed and cell.seen_at:
        parts.append(choose(lang, "このポータルは {missed} に読めませんでした。{day} に記録した、最後に分かっている状態です", "its portal could not be read on {missed}; this is what was last known, as noted on {day}", missed=cell.missed, day=cell.seen_at.date().isoformat()))  # fmt: skip
    return choose(lang, "。", ". ").join(part for part in parts if part)


def _reason(cell: Cell, today: dt.date, lang: str) -> str:
    late = overdue(cell.updated, cell.expected, today)
    if cell.state == "not-seen" and any(cell.hint):
        said = (
            choose(lang, "リンク切れ", "a dead link") if cell.dead else cell.why[lang == "en"].rstrip("。.")
        )
        return choose(lang, "「{title}」という名前のファイルがありますが、中身を確かめられません（{said}）。名前からの推定です", "there is a file called “{title}”, but nobody could look into it ({said}); this is assumed from its name", title=visible(cell.hint[0]), said=said)  # fmt: skip
    if cell.dead:
        return choose(lang, "リンク切れ：ポータルに載っていますが、ファイルがありません", "dead link: it is listed, but there is no file")  # fmt: skip
    if cell.state == "not-seen":
        said = cell.why[lang == "en"] or choose(
            lang, "ポータルを読めませんでした", "the portal could not be read"
        )
        if cell.there:
            return choose(lang, "公開されていますが、内容は確認できていません（{said}）", "published, but what is in it was not checked ({said})", said=said)  # fmt: skip
        if cell.before == "none":
            return said
        return choose(lang, "{said}。前回は「{before}」", "{said}. Last time: {before}", said=said, before=choose(lang, *FIVE[cell.before]))  # fmt: skip
    if cell.errors:
        where = "" if cell.is_published else choose(lang, "手元のファイルに", "the file here: ")
        said = where + choose(lang, "必ず直すところ {n:,} 件", "{n:,} to fix", n=cell.errors)
        return said + _commonest(cell.rules, lang, "error") + (choose(lang, "、しかも更新が {n:,} 日遅れ", ", and {n:,} day late", ", and {n:,} days late", n=late) if late else "")  # fmt: skip
    if cell.state == "stale":
        return choose(lang, "{day} のデータで、更新が {n:,} 日遅れています", "the data are of {day}, {n:,} day late", "the data are of {day}, {n:,} days late", day=cell.updated, n=late)  # fmt: skip
    if cell.state == "published-warnings":
        if cell.open is False:
            return choose(lang, "ライセンス（{licence}）が自由な利用を認めていません", "the licence ({licence}) does not allow free use", licence=cell.licence)  # fmt: skip
        return choose(lang, "要改善 {n:,} 件", "{n:,} to improve", n=cell.warnings) + _commonest(cell.rules, lang, "warning")  # fmt: skip
    if any(cell.hint):
        return choose(lang, "似た名前のファイル「{title}」がありますが、項目名がこのデータセットのものではありません", "there is a file called “{title}”, but it has not the columns of this dataset", title=visible(cell.hint[0]))  # fmt: skip
    if cell.state == "none" and cell.until:
        return choose(lang, "以前は「{before}」でしたが、{day} に見たときはどこにもありませんでした", "it was “{before}” before; on {day} it was nowhere to be found", before=choose(lang, *FIVE[cell.before]), day=cell.until)  # fmt: skip
    return ""


def next_step(cell: Cell, lang: str) -> str:
    """What the municipality does next; "" where nothing is to be done."""
    if cell.state == "not-seen" and any(cell.hint) and not cell.dead:
        return choose(lang, "リンク先のファイルが開けるか確かめ、このデータなら CSV でも公開してください。CSV なら内容を確認できます", "See whether the file can be opened; if it is this dataset, publish it as CSV too, which can be checked")  # fmt: skip
    if cell.dead:
        return choose(
            lang, "ファイルを載せ直すか、リンクを直してください", "Upload the file again, or mend the link"
        )
    if cell.state == "not-seen":
        if cell.there:
            return choose(lang, "CSV でも公開してください。CSV なら内容を確認できます", "Publish it as CSV too, which can be checked")  # fmt: skip
        return choose(lang, "もう一度 odtool coverage collect で確認してください", "Look again with odtool coverage collect")  # fmt: skip
    if cell.errors:
        if cell.one_step:
            return choose(lang, "あと一歩：odtool fix ですべて直せます。直したファイルに差し替えてください", "One step: odtool fix mends all of them; then replace the file")  # fmt: skip
        if cell.fixable:
            return choose(lang, "odtool fix で {n:,} 件を直し、残りは報告を見て直してください", "odtool fix mends {n:,} of them; mend the rest after the report", n=cell.fixable)  # fmt: skip
        return choose(lang, "odtool validate の報告を見て直してください", "Mend them after the report of odtool validate")  # fmt: skip
    if cell.state == "stale":
        return choose(lang, "新しいデータに更新してください", "Publish newer data")
    if cell.newer_errors:
        return choose(lang, "更新分の誤りを直して公開してください", "Mend the newer file and publish it")
    if cell.state == "published-warnings":
        if cell.open is False:
            return choose(lang, "CC BY 4.0 など、自由に使えるライセンスにできないか検討してください", "Consider a licence that allows free use, such as CC BY 4.0")  # fmt: skip
        return choose(lang, "報告の「要改善」を見て、次の更新で直してください", "Improve it with the next update, after the report")  # fmt: skip
    if cell.state == "ready":
        return choose(
            lang, "このまま公開できます（odtool publish）", "It can be published as it is (odtool publish)"
        )
    if any(cell.hint):
        # Whoever copies the command runs it: what a portal calls its file must stay one word of it.
        resource = shlex.quote(visible(cell.hint[1], 100))
        return choose(lang, "このデータなら項目名を直してください。判定が誤りなら odtool coverage correct {resource} --dataset ID --reason 理由 で指定してください（ID は odtool datasets で一覧）", "If it is this dataset, mend its columns; if we are wrong, say so: odtool coverage correct {resource} --dataset ID --reason WHY (odtool datasets lists the ids)", resource=resource)  # fmt: skip
    if cell.state == "none" and cell.until:
        return choose(lang, "なくした理由を確かめ、必要なら公開し直してください", "See why it was taken away, and publish it again if it should be there")  # fmt: skip
    if cell.is_published and cell.seen_at and cell.open is None:
        return choose(lang, "ライセンス（CC BY 4.0 など）をポータルに書いてください。書かなければ誰も安心して使えません", "State a licence on the portal, such as CC BY 4.0: without one nobody may use it")  # fmt: skip
    if cell.state == "published" and cell.seen_at and cell.expected is None:
        return choose(lang, "更新頻度（1年、毎月など）をポータルに書くと、更新の遅れに気付けます", "State on the portal how often it is updated, so that delays are noticed")  # fmt: skip
    if cell.state == "none":
        return choose(lang, "データがあるか確かめ、公開を検討してください（ひな形は odtool template）", "See whether there are data, and consider publishing them (odtool template makes a form)")  # fmt: skip
    return ""


def _commonest(rules: str, lang: str, severity: str) -> str:
    """The commonest rules of that severity, in words and with their ids, in brackets, where they are known."""
    listed = [(name, count) for name, _, count in (part.partition("=") for part in rules.split()) if count]
    listed = [(name, count) for name, count in listed if _of(name, lang)[0] in (severity, "")][:COMMONEST]
    said = choose(lang, "、", "; ").join(
        choose(lang, "{words} {count} 件", "{words} ×{count}", words=_of(name, lang)[1], count=count)
        for name, count in listed
    )
    return choose(lang, "（{said}）", " ({said})", said=said) if said else ""


@cache
def _of(name: str, lang: str) -> tuple[str, str]:
    """The severity of a rule and what it asks for, in one sentence with its id; of an unknown one the id alone."""
    from odtool import rules  # noqa: F401 - registers them; loaded only where one is named
    from odtool.rules import RULES

    rule = RULES.get(name)
    if rule is None:
        return "", visible(name)
    words = re.split(r"。|\.(?= |$)", rule.explain(lang))[0].strip()
    return rule.severity, f"{words}［{name}］" if lang != "en" else f"{words} [{name}]"


def basis(looked: Iterable[Place], lang: str) -> list[str]:
    """What the table rests on, and which portals could not be read: sentences."""
    places = list(looked)
    if not places:
        return [choose(lang, "台帳（odtool での確認と公開）から作った表です。ほかの方法で公開されたデータは含みません。", "Drawn from the ledger of odtool alone; what was published by other means is not in it.")]  # fmt: skip
    failed = [place.source for place in places if place.failed]
    said = [
        choose(
            lang,
            "{n:,} か所のポータルを見て作った表です。",
            "Drawn from {n:,} portal.",
            "Drawn from {n:,} portals.",
            n=len(places),
        )
    ]
    if failed:
        said.append(choose(lang, "次のポータルは最後まで読めませんでした。「未公開」には、確認できていないものがあるかもしれません：{failed}", "These portals could not be read to the end, so some of what is called “not published” may just not have been seen: {failed}", failed="、".join(failed)))  # fmt: skip
    return said


def before(points: Sequence[Point], lang: str) -> list[str]:
    """That days before the first look at portals rest on the ledger alone, where there are such."""
    last = next((point.day for point in reversed(points) if point.ledger), "")
    if not last:
        return []
    return [choose(lang, "推移のうち {day} までは、ポータルを読み取る前で、台帳（odtool での公開）だけの数です。その後の数とそのままは比べられません。", "Until {day} no portal was read: the numbers of those days are the ledger's alone and do not compare with later ones.", day=last)]  # fmt: skip


def share(aim: Progressed, lang: str) -> str:
    """How far a target is."""
    return choose(lang, "{now:,}／{goal:,}（{percent}%）", "{now:,} of {goal:,} ({percent}%)", now=aim.now, goal=aim.goal, percent=percent(aim.share))  # fmt: skip


def forecast(aim: Progressed, lang: str) -> str:
    """Whether a target will be reached, if all goes on as before, or that nobody can say."""
    by, day = aim.target.by, aim.target.by.isoformat() if aim.target.by else ""
    if aim.reached:
        return choose(lang, "達成しています", "reached")
    if aim.standstill:
        return choose(lang, "最近の記録では増えていないため、この速さでは届きません", "the latest records show no increase; at this pace it will not be reached")  # fmt: skip
    if aim.reached_on is None and not aim.distant:
        missed = (
            choose(lang, "期限（{day}）を過ぎています。", "the day ({day}) has passed. ", day=day)
            if aim.late
            else ""
        )
        return missed + choose(lang, "見込みはまだ出せません（記録が {n} 回分だけです。3回以上、60日以上の記録が要ります）", "no forecast yet ({n} record; it takes three over 60 days)", "no forecast yet ({n} records; it takes three over 60 days)", n=aim.records)  # fmt: skip
    on = choose(lang, "{day} ごろ", "about {day}", day=aim.reached_on) if aim.reached_on else choose(lang, "{n}年より先", "more than {n} years from now", n=DISTANT)  # fmt: skip
    if by is None:
        return choose(lang, "このままの速さで {on}に届く見込みです（{n} 回の記録から直線で推定）", "{on} at this pace (a straight line through {n} records)", on=on, n=aim.records)  # fmt: skip
    if aim.late:
        return choose(lang, "期限（{day}）を過ぎています。届くのは {on}（このままの速さ）の見込みです（推定）", "the day ({day}) has passed; {on} at this pace (estimated)", day=day, on=on)  # fmt: skip
    if aim.in_time:
        return choose(lang, "期限（{day}）に間に合う見込みです：{on}（{n} 回の記録から直線で推定）", "in time for {day}: {on} (a straight line through {n} records)", day=day, on=on, n=aim.records)  # fmt: skip
    return choose(lang, "このままの速さでは期限（{day}）に {forecast:,} までで、届くのは {on}の見込みです（{n} 回の記録から直線で推定）", "at this pace {forecast:,} by {day}, and reached {on} (a straight line through {n} records)", day=day, forecast=aim.forecast, on=on, n=aim.records)  # fmt: skip
