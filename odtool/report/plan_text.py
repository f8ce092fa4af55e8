"""A plan for the terminal: a line for each file, aligned also with wide characters, and what differs below it."""

from collections.abc import Iterator

from odtool.page import choose
from odtool.planning.plan import Item, Plan
from odtool.report import plan_told as told
from odtool.text import pad, visible, width, wrapped

FEW = 20  # changed files of which the differences are shown unasked
LONGEST = 60


def plan_text(plan: Plan, lang: str, known: told.Told = told.NOTHING, *, diff: bool | None = None) -> str:
    """The whole, ready to print. `diff` shows what differs also of new files, and why files are refused; False shows
    none of it; None that of changed files, where they are few."""
    groups = told.grouped(plan)
    items = [item for _, items in groups for item in items]
    few = sum(item.action in _CHANGED for item in items) <= FEW
    rows = [_row(item, lang) for item in items]
    widths = [max(map(width, column)) for column in zip(*(row[:3] for row in rows), strict=True)]
    lines = [choose(lang, "ポータル: {place}", "Portal: {place}", place=told.place(plan)), ""]
    for item, row in zip(items, rows, strict=True):
        lines.append("  ".join([*map(pad, row[:3], widths), row[3]]).rstrip())
        if diff or (diff is None and few and item.action in _CHANGED) or (item.offer.dataset_name, item.offer.file_name) in known.rows:  # fmt: skip
            lines += _details(item, known, lang)
    lines += ["", told.counted(plan, lang)]
    if diff is None and not few:
        lines.append(
            choose(
                lang, "項目ごとの違いは --diff で表示します。", "What differs in each is shown with --diff."
            )
        )
    return "\n".join([*lines, ""])


_CHANGED = ("update", "adopt", "drift")


def _row(item: Item, lang: str) -> tuple[str, str, str, str]:
    offer = item.offer
    name = _end(visible(offer.path or offer.dataset_name, 1_000))
    if item.action != "refuse":
        name = visible("/".join(filter(None, (offer.dataset_name, offer.file_name))), 200)
    word = told.WORDS[item.action][lang == "en"]
    return word, name, visible(offer.title, 40), visible(item.why(lang), 400)


def _end(path: str) -> str:
    """Of a long path its end, where the file is named: one long path would push the reasons out of everybody's sight."""
    if width(path) <= LONGEST:
        return path
    while width(path) >= LONGEST:
        path = path[1:]
    return f"…{path}"


def _details(item: Item, known: told.Told, lang: str) -> Iterator[str]:
    lead = " " * 4
    for found in told.differences(item, known, lang, LONGEST):
        yield from wrapped(f"{lead}{found.name}: ", f"{found.before} → {found.after}")
    for line in told.examples(item, known, lang, LONGEST):
        yield from wrapped(f"{lead}  ", line)
    for line in told.causes(item, known, lang):
        yield from wrapped(f"{lead}- ", line)
    if said := told.remaining(item, lang):
        yield lead + said
