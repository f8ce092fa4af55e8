"""A plan as one page that opens by a double click, for whoever decides whether it is carried out."""

from typing import Any

from odtool import page
from odtool.planning.plan import Action, Item, Plan
from odtool.report import plan_told as told
from odtool.report.history_text import moment
from odtool.text import visible

LONGEST = 600
MOST = 500  # files told of each kind; the JSON has all

_KINDS: dict[Action, tuple[str, str, str, str]] = {
    "create": ("新しく公開する", "To be published", "まだポータルにないファイルです。", "Files that are not on the portal yet."),
    "update": ("更新する", "To be updated", "違うところだけを書き換えます。", "Only what differs is written."),
    "adopt": ("引き継ぐ", "To be taken over",
              "ほかの方法で作られたデータセットを、これから odtool で更新します。ID とアドレスは変わりません。",
              "Datasets that were made otherwise are kept by odtool from now on. Ids and addresses stay."),
    "withdraw": ("取り下げる", "To be withdrawn",
                 "公開の画面から見えなくし、ファイルをポータルから消します。", "Taken out of the public's sight, and the files off the portal."),
    "drift": ("手直しがあるため書き換えない", "Edited by hand and left alone",
              "ポータルで手直しされています。odtool の内容に戻すには --overwrite を付けて計画を作り直します。",
              "Edited on the portal. To undo that, make the plan again with --overwrite."),
    "refuse": ("公開しない", "Not to be published",
               "理由を直してから、計画を作り直してください。", "Mend what is told, then make the plan again."),
    "unchanged": ("変更なし", "Unchanged", "ポータルにあるものと同じです。", "The portal has the same."),
}  # fmt: skip
_MARKS: dict[Action, str] = {
    "create": "hint", "update": "hint", "adopt": "hint", "withdraw": "warning", "drift": "warning", "refuse": "bad",
    "unchanged": "good",
}  # fmt: skip


def plan_html(plan: Plan, lang: str, known: told.Told = told.NOTHING) -> str:
    """The page."""
    en = lang == "en"
    return page.render(
        "plan.html.j2",
        lang,
        place=told.place(plan),
        made={"iso": visible(plan.made, 40), "words": moment(plan.made)},
        verdict=_verdict(plan),
        changes=sum(plan.count(action) for action in told.CHANGING),
        refused=plan.count("refuse"),
        counted=told.counted(plan, lang),
        tiles=[
            {
                "mark": _MARKS[action],
                "word": told.WORDS[action][en],
                "count": plan.count(action),
                "id": action,
            }
            for action in _KINDS
            if action in told.ALWAYS or plan.count(action)
        ],
        kinds=[_kind(action, plan, known, lang) for action in _KINDS if plan.count(action)],
        warnings=[visible(pair[en], LONGEST) for pair in known.warnings],
        command=told.command(plan, known),
        version=plan.tool,
    )


def _verdict(plan: Plan) -> str:
    """good only where everything is as it should be, or will be; bad where nothing else is left to do."""
    if plan.count("refuse") and not plan.waiting:
        return "bad"
    return "fair" if any(plan.count(action) for action in ("refuse", "drift", "withdraw")) else "good"


def _kind(action: Action, plan: Plan, known: told.Told, lang: str) -> dict[str, Any]:
    en = lang == "en"
    words = _KINDS[action]
    of_kind = [
        (name, [item for item in items if item.action == action]) for name, items in told.grouped(plan)
    ]
    groups, left = [], MOST
    for name, items in of_kind:
        shown = items[:left]
        left -= len(shown)
        if shown:
            groups.append(_group(name, shown, known, lang))
    return {
        "id": action,
        "mark": _MARKS[action],
        "title": words[en],
        "about": words[2 + en],
        "count": plan.count(action),
        "groups": groups,
        "more": max(0, plan.count(action) - MOST),
    }


def _group(name: str, items: list[Item], known: told.Told, lang: str) -> dict[str, Any]:
    first = items[0].offer
    return {
        "name": visible(name, 200),
        "title": visible(first.title, 200),
        "files": [_file(item, known, lang) for item in items],
    }


def _file(item: Item, known: told.Told, lang: str) -> dict[str, Any]:
    offer = item.offer
    whole = page.choose(lang, "データセット全体", "the whole dataset")
    return {
        "name": visible(offer.file_name or (offer.path if not offer.dataset_name else whole), 400),
        "path": visible(offer.path, 400),
        "url": item.url
        if item.url.startswith(("https://", "http://"))
        else "",  # a folder's is no page's neighbour
        "why": visible(item.why(lang), LONGEST),
        "differences": list(told.differences(item, known, lang, LONGEST)),
        "examples": list(told.examples(item, known, lang, LONGEST)),
        "causes": told.causes(item, known, lang),
        "remaining": told.remaining(item, lang),
    }
