"""A local government as a page to read: its code, its wards, and how code and name changed."""

from itertools import groupby

from odtool import former
from odtool.former import Change
from odtool.municipality import is_name, municipalities, restored
from odtool.page import choose
from odtool.text import fold

KINDS = {
    "新設合併": "merged into a new body",
    "編入": "absorbed",
    "市制": "became a city",
    "町制": "became a town",
    "名称変更": "renamed",
    "区域変更": "moved to another district",
    "政令指定都市": "became a designated city",
    "区の新設": "new wards",
    "分離": "a ward was split off",
    "分割": "a ward was divided",
    "統合": "wards were joined",
    "区の再編": "wards were rearranged",
}
_TYPES = {
    "都道府県": "prefecture",
    "政令指定都市": "designated city",
    "政令市の区": "ward of a designated city",
    "特別区": "special ward",
    "市": "city",
    "町": "town",
    "村": "village",
}


def found(written: str) -> list[str]:
    """The codes, of today and of the past, that are written so or whose bodies are or were named so."""
    digits = written.strip()
    if digits.isascii() and digits.isdigit():
        known = digits in municipalities() or former.former(digits) is not None or former.is_joint(digits)
        return [digits] if known else _short(digits)
    name = fold(written)
    places = municipalities()
    today = [c for c, p in places.items() if name in (fold(p.title), fold(p.prefecture + p.name))]
    # perhaps with its district (郡) before it
    today = today or [c for c, p in places.items() if not p.ward and is_name(written, p)]
    return list(dict.fromkeys([*today, *(change.before for change in former.named(written))]))


def _short(digits: str) -> list[str]:
    """Codes of five digits: without the check digit, or without the zero at their beginning."""
    return [code for code in (restored(digits), former.restored(digits)) if code]


def place_page(code: str, lang: str) -> str:
    """The page in Markdown, in one language. `code` is one of those found."""
    place, gone = municipalities().get(code), former.former(code)
    if place:
        title = place.prefecture + place.name
        facts = [(choose(lang, "種類", "Kind"), choose(lang, place.kind, _TYPES.get(place.kind, place.kind)))]
        if wards := [w for w in municipalities().values() if w.ward and not place.ward and place.name and (w.prefecture, w.city) == (place.prefecture, place.name)]:  # fmt: skip
            facts.append(
                (choose(lang, "区", "Wards"), "、".join(f"{ward.ward}（{ward.code}）" for ward in wards))
            )
    elif gone:
        title = gone.prefecture + gone.name
        facts = [
            (choose(lang, "種類", "Kind"), choose(lang, "廃止された団体コード", "abolished code")),
            (choose(lang, "いつまで", "Until"), gone.until + ("" if gone.sure else choose(lang, "（推定）", " (assumed)"))),
            (choose(lang, "今", "Today"), "、".join(map(_now, gone.heirs))),
        ]  # fmt: skip
    else:
        title = choose(lang, "一部事務組合・広域連合など", "A joint body")
        note = choose(
            lang,
            "一部事務組合・広域連合などのコードの形です（推定）。一覧がないので、実在するかは確かめていません",
            "The form of a joint body's code (assumed). There is no list of them, so it was not checked",
        )
        facts = [(choose(lang, "種類", "Kind"), note)]
    lines = [f"# {title}（{code}）", "", *(f"- {word}: {fact}" for word, fact in facts)]
    if place or gone:
        lines += ["", *_history(code, lang)]
    return "\n".join(lines) + "\n"


def _history(code: str, lang: str) -> list[str]:
    since = former.FIRST.isoformat()
    events = {change.event for change in former.history(code)}
    if not events:
        return [
            choose(
                lang,
                "{since} 以降、コードも名前も変わっていません。",
                "Neither code nor name has changed since {since}.",
                since=since,
            )
        ]
    lines = [
        choose(lang, "{since} 以降の移り変わり:", "Changes since {since}:", since=since),
        "",
    ]
    for event, changes in groupby(former.changes(), lambda change: change.event):
        if event in events:
            lines.append(_told(list(changes), lang))
    return lines


def _told(event: list[Change], lang: str) -> str:
    kind = choose(lang, event[0].kind, KINDS.get(event[0].kind, event[0].kind))
    before = dict.fromkeys(f"{c.before_name}（{c.before}）" for c in event if c.before)
    after = dict.fromkeys(
        f"{name}（{code}）"
        for change in event
        for name, code in zip(change.after_names, change.after, strict=True)
    )
    sure = "" if all(change.sure for change in event) else choose(lang, "（推定）", " (assumed)")
    return f"- {event[0].date} {kind}{sure}: {'、'.join(before)}{' → ' if before else ''}{'、'.join(after)}"


def _now(code: str) -> str:
    return f"{municipalities()[code].title}（{code}）"
