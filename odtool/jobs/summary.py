"""A digest in one line, and its longer forms as text."""

from collections.abc import Iterator

from odtool.jobs.digest import CAUSES, KINDS, Digest, Entry
from odtool.text import visible

STATUS: dict[str, tuple[str, str]] = {
    "create": ("新規", "new"), "update": ("更新", "updated"), "adopt": ("引き継ぎ", "adopted"),
    "unchanged": ("変更なし", "unchanged"), "refused": ("公開しない", "refused"), "withdrawn": ("取り下げ", "withdrawn"),
    "withdraw": ("取り下げ", "to withdraw"), "drift": ("手直しあり", "edited by hand"), "prepared": ("手で登録", "to register"),
    "failed": ("失敗", "failed"), "not-done": ("未実行", "not done"), "mended": ("直したもの", "mended"),
    "unchecked": ("確認できないもの（不具合）", "not checked by our fault"), "stale": ("期限切れ", "overdue"),
    "unavailable": ("読めないデータ", "not to be had"),
}  # fmt: skip
CODES: dict[int, tuple[str, str]] = {
    0: ("問題なし", "fine"), 1: ("直すデータあり", "some data is refused"), 2: ("読めないデータか設定の誤りあり", "a source or a setting is wrong"),
    3: ("通信・ポータルの障害", "portal or network trouble"), 4: ("odtool の不具合", "odtool itself failed"),
}  # fmt: skip
UNREAD = ("読めないデータあり", "some data was not to be had")
DECIDE = ("ポータルの内容に確認が必要", "what is on the portal needs a look")
SHOWN = 20  # entries of a kind that are listed in a message
LONGEST = 300


def state(digest: Digest, lang: str) -> str:
    said = UNREAD if digest.unread else DECIDE if _to_decide(digest) else CODES.get(digest.code, CODES[4])
    return said[lang == "en"]


def _to_decide(digest: Digest) -> bool:
    """Whether the portal works, and what somebody did there is in the way: running again does not help."""
    broken = any(digest.counts.get(status) for status in ("failed", "not-done", "unavailable"))
    return digest.code == 3 and not broken and not digest.of("error")


def counted(digest: Digest, lang: str) -> str:
    en = lang == "en"
    shown = [(words[en], digest.counts[key]) for key, words in STATUS.items() if digest.counts.get(key)]
    if not shown:
        return "no files" if en else "対象なし"
    return (
        ", ".join(f"{n:,} {word}" for word, n in shown)
        if en
        else "、".join(f"{word} {n:,}件" for word, n in shown)
    )


def summary(digest: Digest, lang: str) -> str:
    """The one line that a run leaves on standard output."""
    en = lang == "en"
    trial = (" (trial)" if en else "（試し）") if digest.dry else ""
    why = next((entry.why(lang) for entry in digest.of("error")), "")
    told = why or counted(digest, lang)
    page = f" → {digest.page}" if digest.page else ""
    line = f"{digest.job}{trial}: {state(digest, lang)}" + (": " if en else "。") + told + page
    return visible(line, 2_000)


def title(digest: Digest, lang: str) -> str:
    return visible(
        f"[odtool] {digest.job}: {state(digest, lang)} ({digest.began[:10]})"
        if lang == "en"
        else f"【odtool】{digest.job}: {state(digest, lang)}（{digest.began[:10]}）",
        200,
    )


def listed(digest: Digest, lang: str, most: int = SHOWN) -> Iterator[tuple[str, list[Entry], int]]:
    """The kinds of entries there are: the heading, those that are shown, and how many more there are."""
    for kind, words in KINDS.items():
        if found := digest.of(kind):
            yield words[lang == "en"], found[:most], len(found) - len(found[:most])


def causes(entry: Entry, lang: str) -> str:
    joined = ("; " if lang == "en" else "／").join(cause.text(lang) for cause in entry.causes[:CAUSES])
    return visible(joined, LONGEST)


def shown(text: str) -> str:
    """Somebody else's words on one line."""
    return visible(text, LONGEST)
