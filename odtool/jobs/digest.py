"""What one run of a job did, in a form that can be told: an entry for everything that somebody may want to know."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePath
from types import MappingProxyType
from typing import Literal

from odtool.collect.dates import expected
from odtool.coverage.cell import overdue
from odtool.jobs.advice import advised
from odtool.jobs.found import Trouble
from odtool.ledger.journal import Publication, Withdrawal
from odtool.model import FileReport
from odtool.municipality import municipalities
from odtool.planning.plan import Item
from odtool.publishing.publish import Outcome
from odtool.rules import RULES

Kind = Literal[
    "error",
    "unchecked",
    "source",
    "failed",
    "refused",
    "drift",
    "stale",
    "token",
    "left",
    "withdrawn",
    "published",
    "prepared",
    "mended",
]
KINDS: dict[Kind, tuple[str, str]] = {
    "error": ("実行できませんでした", "could not run"),
    "unchecked": ("確認できなかったもの（プログラムの不具合）", "not checked, by a fault of the program"),
    "source": ("読めなかったデータ", "data not to be had"),
    "failed": ("公開できなかったもの", "failed"),
    "refused": ("公開しなかったもの", "refused"),
    "drift": ("ポータルで手直しされたもの", "edited by hand on the portal"),
    "stale": ("更新の期限が過ぎたもの", "overdue for an update"),
    "token": ("ポータルのトークン", "the portal's token"),
    "left": ("なくなったのに取り下げていないもの", "gone, and not withdrawn"),
    "withdrawn": ("取り下げたもの", "withdrawn"),
    "published": ("公開したもの", "published"),
    "prepared": ("手で登録するもの", "to be registered by hand"),
    "mended": ("直して公開したもの", "mended before publishing"),
}
"""In the order in which they are told: first what somebody has to do."""
URGENT: frozenset[Kind] = frozenset(
    {"error", "unchecked", "source", "failed", "refused", "drift", "stale", "token", "left"}
)
CAUSES = 3
UNCHECKED = "not-checked"
_UNCHECKED = (
    "どのデータセットか分からないか、読み取れないため、内容を確認していません。",
    "Of no dataset that is known, or not readable, and so not checked.",
)


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule that stopped a file, or UNCHECKED, and how often."""

    rule: str
    count: int

    def text(self, lang: str, unit: str = "件") -> str:
        rule = RULES.get(self.rule)
        said = (
            rule.explain(lang) if rule else _UNCHECKED[lang == "en"] if self.rule == UNCHECKED else self.rule
        )
        return f"{said} ({self.count:,})" if lang == "en" else f"{said}（{self.count:,}{unit}）"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to tell. `key` names what it is about, the same in every run; `mark` changes with what is to be told of
    it. `url` is where the public finds it, `report` where it is explained."""

    kind: Kind
    key: str
    name: str
    ja: str = ""
    en: str = ""
    url: str = ""
    report: str = ""
    causes: tuple[Cause, ...] = ()
    mark: str = ""

    def why(self, lang: str) -> str:
        return self.en if lang == "en" else self.ja


@dataclass(frozen=True, slots=True)
class Digest:
    """One run. `counts` are by the status of the outcomes; `code` is the exit code, `page` the run's page on this
    machine. `unread`: nothing worse happened than that some data was not to be had."""

    job: str
    run: str
    began: str
    ended: str
    portal: str
    dry: bool
    code: int
    counts: Mapping[str, int]
    entries: tuple[Entry, ...]
    page: str = ""
    report: str = ""
    unread: bool = False

    def of(self, kind: Kind) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind == kind]


def of_trouble(trouble: Trouble) -> Entry:
    kind: Kind = "unchecked" if trouble.ours else "source"
    about = trouble.where or trouble.ja  # several files may have vanished
    ja, en = advised(trouble.ja, trouble.en)
    said = "" if trouble.ours else f"{trouble.where}: "  # the entry's name says it already
    return Entry(
        kind, f"{kind} {about}", trouble.where, ja.removeprefix(said), en.removeprefix(said), mark=ja
    )


def of_error(job: str, ja: str, en: str) -> Entry:
    ja, en = advised(ja, en)
    return Entry("error", f"job {job}", job, ja, en, mark=ja)


def of_outcome(
    outcome: Outcome, report: FileReport | None, page: str, origin: str, held: Collection[str] = ()
) -> Iterator[Entry]:
    """The entries of an outcome; `held` are the rules for which the job holds back a valid file. What was published or withdrawn is told from the ledger, which also knows of runs that
    were broken off."""
    outcome = _advised(outcome)
    offer = outcome.item.offer
    named = f"{offer.dataset_name}/{offer.file_name}" if offer.file_name else offer.dataset_name
    key = f"file {named if offer.dataset_name else origin}"
    shown = f"{offer.title} {offer.file_name}".strip() or PurePath(origin).name or named
    match outcome.status:
        case "refused":
            found = causes(report, held=held)
            yield Entry(
                "refused", f"refused {origin}", PurePath(origin.replace("\\", "/")).name or named, outcome.ja, outcome.en,
                report=offer.report or page, causes=found, mark=repr((outcome.ja, found)),
            )  # fmt: skip
        case "failed" | "not-done":
            yield Entry("failed", key, shown, outcome.ja, outcome.en, outcome.url, mark=outcome.ja)
        case "drift":
            yield Entry("drift", key, shown, outcome.ja, outcome.en, outcome.url, mark=outcome.ja)
        case "prepared":
            yield Entry("prepared", key, shown, outcome.ja, outcome.en, mark=offer.content_sha256)
    if outcome.item.left and outcome.status not in ("drift", "refused"):
        ja, en = outcome.item.ja, outcome.item.en
        yield Entry("drift", f"left {named}", shown, ja, en, outcome.url, mark=ja)


def _advised(outcome: Outcome) -> Outcome:
    (ja, en), item = advised(outcome.ja, outcome.en), outcome.item
    ja_of_item, en_of_item = advised(item.ja, item.en)
    return replace(outcome, ja=ja, en=en, item=replace(item, ja=ja_of_item, en=en_of_item))


def causes(report: FileReport | None, most: int = CAUSES, held: Collection[str] = ()) -> tuple[Cause, ...]:
    """The rules that stop the file, the commonest first: those with errors, and those of `held`. Only their names and numbers, nothing of the file's contents."""
    if report is None:
        return ()
    wrong = {finding.rule for finding in report.findings if finding.severity == "error"} | set(held)
    counted = Counter({rule: count for rule, count in report.totals.items() if rule in wrong})
    return tuple(Cause(rule, count) for rule, count in counted.most_common(most))


def commonest(
    reports: Iterable[FileReport],
    most: int = CAUSES,
    held: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> tuple[Cause, ...]:
    """The commonest reasons of all files that were stopped, each with the number of files; of two that stopped as many
    files the one that was found more often."""
    files: Counter[str] = Counter()
    cells: Counter[str] = Counter()
    for report in reports:
        why = (
            causes(report, 1_000, held.get(report.path, ()))
            if report.status != "not-checked"
            else (Cause(UNCHECKED, 1),)
        )
        for cause in why:
            files[cause.rule] += 1
            cells[cause.rule] += cause.count
    ranked = sorted(files, key=lambda rule: (-files[rule], -cells[rule], rule))
    return tuple(Cause(rule, files[rule]) for rule in ranked[:most])


def of_publication(publication: Publication, titles: Mapping[str, str]) -> Entry:
    words = {
        "create": ("新規", "new"), "update": ("更新", "updated"), "adopt": ("引き継ぎ", "taken over"),
        "restore": ("再公開", "published again"),
    }  # fmt: skip
    ja, en = words.get(publication.action, (publication.action, publication.action))
    if publication.warnings:
        ja, en = f"{ja}（注意 {publication.warnings:,}件）", f"{en} ({publication.warnings:,} warnings)"
    named = f"{publication.dataset_name}/{publication.file_name}"
    title = titles.get(publication.dataset_name, "")
    return Entry(
        "published", f"file {named}", f"{title} {publication.file_name}".strip(), ja, en, publication.url,
        mark=publication.content_sha256 + publication.at,
    )  # fmt: skip


def of_withdrawal(withdrawal: Withdrawal) -> Entry:
    named = "/".join(filter(None, (withdrawal.dataset_name, withdrawal.file_name)))
    unsure = "" if withdrawal.verified else "（まだ公開されているかもしれません）"
    unsure_en = "" if withdrawal.verified else " (it may still be public)"
    return Entry(
        "withdrawn", f"file {named}", named, withdrawal.reason + unsure, withdrawal.reason_en + unsure_en,
        mark=withdrawal.at,
    )  # fmt: skip


def of_token(portal: str, ja: str, en: str) -> Entry:
    return Entry("token", f"token {portal}", portal, ja, en, mark=ja)


def of_left(left: Iterable[Publication]) -> Iterator[Entry]:
    """An entry for each municipality of which nothing is left among the sources."""
    files = Counter(publication.municipality for publication in left)
    for code, count in files.items():
        place = municipalities().get(code)
        yield Entry(
            "left", f"municipality {code}", place.title if place else code,
            f"データが1つもなくなりました。公開済みの{count:,}件は、そのまま公開されています。取り下げるなら、odtool.toml のこのジョブに max_delete = {count}"
            "（一度に取り下げてよい件数）を書いてください。そうでなければ、データの場所を確かめてください。",
            f"None of its data is left. What was published, {count:,}, is still public. To withdraw it, state max_delete = "
            f"{count} (how many may be withdrawn at once) for this job in odtool.toml; else see where the data is.",
            mark=str(count),
        )  # fmt: skip


def of_staleness(items: Iterable[Item], before: Sequence[Publication], today: date) -> Iterator[Entry]:
    """What is published, is not being changed, and has had no new contents for longer than its stated frequency. Where
    nobody stated one, nothing is called overdue. `before` are the publications that changed something, oldest first."""
    changed: dict[tuple[str, str], str] = {}
    contents: dict[tuple[str, str], str] = {}
    for publication in before:
        key = (publication.dataset_name, publication.file_name)
        if contents.get(key) != publication.content_sha256:  # else only what is said of it was changed
            changed[key] = publication.at[:10]
        contents[key] = publication.content_sha256
    for item in items:
        offer = item.offer
        since = changed.get((offer.dataset_name, offer.file_name), "")
        said = offer.metadata.get("frequency", "")
        if item.action != "unchanged" or not since or not said:
            continue
        if days := overdue(since, expected(said), today):
            yield Entry(
                "stale", f"stale {offer.dataset_name}/{offer.file_name}", f"{offer.title} {offer.file_name}".strip(),
                f"最後に中身を更新したのは {since} です（更新頻度「{said}」を {days:,}日過ぎています）。",
                f"Its contents were last renewed on {since}, {days:,} days later than “{said}” allows.",
                item.url, mark=since,
            )  # fmt: skip
