"""What happened, for the terminal: run by run, or the life of one dataset, newest first."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from odtool.ledger.events import KINDS, Event
from odtool.ledger.history import History, Story
from odtool.ledger.journal import Call
from odtool.page import choose
from odtool.text import pad, visible, width, wrapped

K = TypeVar("K", str, int)

WORDS: dict[str, tuple[str, str]] = {
    "create": ("新規", "created"),
    "update": ("更新", "updated"),
    "adopt": ("引き継ぎ", "adopted"),
    "restore": ("再公開", "restored"),
    "unchanged": ("変更なし", "unchanged"),
    "withdrawn": ("取り下げ", "withdrawn"),
    "withdrawal-unsure": ("取り下げ未確認", "withdrawal not confirmed"),
    "refused": ("公開しない", "refused"),
    "drift": ("手直しのまま", "edited by hand, left so"),
    "failed": ("失敗", "failed"),
    "not-done": ("未実行", "not done"),
    "differs": ("読み直し不一致", "read back, differs"),
    "planned": ("予定", "planned"),
    "unfinished": ("結果の記録なし", "no result noted"),
}
COMMANDS = {
    "publish": ("公開", "Publication"),
    "apply": ("計画の実行", "Plan carried out"),
    "plan": ("計画", "Plan"),
    "doctor": ("公開前の確認", "Examination"),
    "withdraw": ("取り下げ", "Withdrawal"),
    "restore": ("再公開", "Restoration"),
    "adopt": ("引き継ぎ", "Adoption"),
}
ENDS = {
    0: ("問題なし", "fine"),
    1: ("公開できないデータあり", "some data was refused"),
    2: ("指定・設定・手元の環境の誤り", "wrong usage, settings or machine"),
    3: ("ポータル・通信の障害", "portal or network"),
    4: ("odtool の不具合", "odtool's own fault"),
    5: ("変更があります", "changes are waiting"),
    130: ("中断", "interrupted"),
}
KEPT = (
    "ポータルの事情で公開しないデータあり（障害ではない）",
    "some data was refused for the portal's sake; nothing failed",
)
OUTCOMES = {
    "begun": ("返事の記録なし", "no answer noted"),
    "ok": ("成功", "ok"),
    "absent": ("該当なし", "not there"),
    "refused": ("拒否", "refused"),
    "unknown": ("結果不明", "unknown"),
}
FEW = 20  # files named of a run, where the run was not asked for
LONGEST = 400


def history_text(history: History, lang: str) -> str:
    """The whole, ready to print."""
    if history.wanted.life:
        lines = [visible(history.wanted.dataset, LONGEST), *_life(history, lang)]
    elif not history.stories:
        lines = [choose(lang, "当てはまる記録は台帳にありません。", "The ledger has no such entry.")]
    else:
        blocks = [
            list(_story(story, lang, FEW if not history.wanted.run else None)) for story in history.stories
        ]
        lines = [line for block in blocks for line in (*block, "")][:-1]
    if history.left_out:
        lines += [
            "",
            choose(
                lang,
                "さらに古い記録が {n:,} 件あります（--limit を大きくすると表示します）。",
                "{n:,} older entry is not shown (raise --limit).",
                "{n:,} older entries are not shown (raise --limit).",
                n=history.left_out,
            ),
        ]
    return "\n".join(lines) + "\n"


def word(kind: str, lang: str) -> str:
    return _either(WORDS, kind, lang)


def what(event: Event, lang: str) -> str:
    """What became of the file, in a word; of what was only planned, what that was."""
    if event.kind != "planned" or not event.action:
        return word(event.kind, lang)
    if lang == "en":
        return f"{word(event.kind, lang)} ({visible(event.action, 20)})"
    planned = "withdrawn" if event.action == "withdraw" else event.action
    return f"{word(event.kind, lang)}（{_either(WORDS, planned, lang)}）"


def _either(words: Mapping[K, tuple[str, str]], key: K, lang: str) -> str:
    """The word for it; the key itself where a newer odtool wrote what this one does not know."""
    found = words.get(key)
    return found[lang == "en"] if found else visible(str(key), 40)


def counted(counts: Mapping[str, int], lang: str) -> str:
    """«新規 2件、変更なし 40件», in the order of the kinds."""
    parts = [(word(kind, lang), counts[kind]) for kind in KINDS if counts.get(kind)]
    if lang == "en":
        return ", ".join(f"{n:,} {name}" for name, n in parts)
    return "、".join(f"{name} {n:,}件" for name, n in parts)


def ended(story: Story, lang: str) -> str:
    """How the run ended, as far as is known."""
    if not story.run.run:
        return choose(
            lang,
            "実行の記録なし（古い odtool が書いた台帳）",
            "nothing noted of the run (written by an older odtool)",
        )
    if story.end is None:
        return choose(
            lang,
            "終わりの記録なし（実行中か、途中で止まった）",
            "no end noted (still running, or it was stopped)",
        )
    code = story.end.exit_code
    said = KEPT[lang == "en"] if _kept(story) else _either(ENDS, code, lang)
    return f"{said} ({code})" if lang == "en" else f"{said}（{code}）"


def _kept(story: Story) -> bool:
    """Whether nothing failed: the portal's state (a withdrawal, somebody's edit, a limit) kept data from being published."""
    assert story.end is not None
    failed = any(
        story.counts.get(kind)
        for kind in ("failed", "not-done", "differs", "withdrawal-unsure", "unfinished")
    )
    kept = story.counts.get("refused") or story.counts.get("drift")
    return story.end.exit_code == 3 and not story.end.ja and bool(kept) and not failed


def command(story: Story, lang: str) -> str:
    return _either(COMMANDS, story.run.command, lang)


def place(story: Story) -> str:
    """The portal by its name, and where that is."""
    run = story.run
    return f"{run.portal} ({run.address})" if run.portal not in ("", run.address) else run.address


def outcome(call: Call, lang: str) -> str:
    return _either(OUTCOMES, call.outcome, lang)


def proofs(story: Story, lang: str) -> Iterator[str]:
    """How much was read back, how often the portal was asked."""
    if total := sum(story.readbacks.values()):
        yield choose(
            lang,
            "読み直し {n:,} 件（一致 {same:,} 件）",
            "{n:,} read back, {same:,} of them the same",
            n=total,
            same=story.readbacks.get("1", 0),
        )
    kinds = {key: n for key, n in story.calls_by_outcome.items() if key != "begun"}
    if kinds:
        off = [f"{_either(OUTCOMES, key, lang)} {kinds[key]:,}" for key in ("refused", "unknown") if kinds.get(key)]  # fmt: skip
        mark = choose(lang, "（{off}）", " ({off})", off=choose(lang, "、", ", ").join(off)) if off else ""
        yield choose(
            lang, "ポータルとのやり取り {n:,} 回", "{n:,} call to the portal", "{n:,} calls to the portal",
            n=sum(kinds.values()),
        ) + mark  # fmt: skip


def moment(at: str) -> str:
    """2026-11-20T09:00:00+09:00 → 2026-11-20 09:00:00, where it is Japan's time; else as it was noted."""
    japan = at[10:11] == "T" and at.endswith("+09:00")
    return visible(f"{at[:10]} {at[11:-6]}" if japan else at, 40)


# --- a run -------------------------------------------------------------------------------------


def _story(story: Story, lang: str, most: int | None) -> Iterator[str]:
    run = story.run
    yield (
        f"{moment(run.at) if run.run else visible(run.at[:10], 10)}  "
        f"{command(story, lang)}  {visible(place(story), LONGEST)}"
    )
    facts = [visible(run.run, 40), visible(run.who, 80), ended(story, lang)]
    yield "  " + "  ".join(fact for fact in facts if fact)
    if story.end and (why := story.end.en if lang == "en" else story.end.ja):
        yield from wrapped("  → ", visible(why, LONGEST))
    if story.counts:
        yield "  " + counted(story.counts, lang)
    shown = story.events if most is None else story.events[:most]
    yield from _files(shown, lang)
    if len(story.events) > len(shown):
        n = len(story.events) - len(shown)
        yield "    " + choose(
            lang,
            "ほか {n:,} 件（--run {id} ですべて表示）",
            "and {n:,} more (all with --run {id})",
            n=n,
            id=run.run,
        )
    for proof in proofs(story, lang):
        yield f"  {proof}"
    for call in story.unanswered:
        yield "  " + choose(
            lang,
            "返事の記録がない書き込み: {what}（行われたかどうか分かりません）",
            "A write without a noted answer: {what} (it may or may not have happened)",
            what=_about(call),
        )
    for call in story.calls:
        yield from _call(call, lang)


def _files(events: tuple[Event, ...], lang: str) -> Iterator[str]:
    """A line for each file, aligned also with wide characters, and one that says why."""
    widest = max((width(what(event, lang)) for event in events), default=0)
    for event in events:
        yield f"    {pad(what(event, lang), widest)}  {_named(event)}"
        if why := event.en if lang == "en" else event.ja:
            yield from wrapped(" " * (6 + widest), visible(why, LONGEST))
        if event.url and event.kind in ("create", "update", "adopt", "restore"):
            yield " " * (6 + widest) + visible(event.url, LONGEST)


def _named(event: Event) -> str:
    """As much as is known of what it is called."""
    name = "/".join(part for part in (event.dataset_name, event.file_name) if part) or event.path
    return "  ".join(visible(part, 80) for part in (event.title, name) if part)


def _about(call: Call) -> str:
    return f"{visible(call.action, 80)} {visible(call.target, 80)}".rstrip()


def _call(call: Call, lang: str) -> Iterator[str]:
    clock, method = visible(call.at[11:19], 8), pad(visible(call.method, 8), 5)
    numbers = f"  {call.status or '---'}  {call.milliseconds:,} ms  ↑{call.sent:,} ↓{call.received:,} B"
    yield (
        f"    {call.sequence:>5}  {clock}  {method} {_about(call)}  {outcome(call, lang)}"
        + (numbers if call.outcome != "begun" else "")
    )
    if call.told:
        yield from wrapped(" " * 11, visible(call.told, LONGEST))


# --- a dataset ---------------------------------------------------------------------------------


def _life(history: History, lang: str) -> Iterator[str]:
    if not history.events:
        yield choose(
            lang,
            "このデータセットの記録は台帳にありません。名前は 261009_aed のように、ポータルでの名前を書きます。",
            "The ledger knows nothing of this dataset. Write its name on the portal, like 261009_aed.",
        )
    widest = max((width(what(event, lang)) for event in history.events), default=0)
    for event in history.events:
        about = event.file_name or event.path or choose(lang, "データセット全体", "the whole dataset")
        yield f"{moment(event.at)}  {pad(what(event, lang), widest)}  {visible(about, 80)}{_often(event, lang)}"
        place = [visible(part, LONGEST) for part in (event.portal, event.who, event.run) if part]
        yield " " * 21 + "  ".join(place)
        if event.kind != "unchanged" and (why := event.en if lang == "en" else event.ja):
            yield from wrapped(" " * 21, visible(why, LONGEST))


def _often(event: Event, lang: str) -> str:
    if event.times == 1:
        return ""
    return choose(
        lang,
        "（{first} から {n:,} 回確認）",
        " (found so {n:,} times since {first})",
        n=event.times,
        first=moment(event.first),
    )
