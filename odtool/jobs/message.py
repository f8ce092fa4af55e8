"""A digest as text: what a mail says, and a message on a channel."""

from collections.abc import Callable, Sequence

from odtool import __version__, page
from odtool.exits import WORST_FIRST
from odtool.jobs import summary
from odtool.jobs.digest import URGENT
from odtool.jobs.part import Part
from odtool.text import visible


def subject(parts: Sequence[Part], lang: str) -> str:
    """One line: the job, or how many, and the worst of their states."""
    worst = min(parts, key=lambda part: (WORST_FIRST.index(part.digest.code), part.digest.unread)).digest
    if len(parts) == 1:
        return summary.title(worst, lang)
    state, day = summary.state(worst, lang), worst.began[:10]
    return (
        f"[odtool] {len(parts)} jobs: {state} ({day})"
        if lang == "en"
        else f"【odtool】{len(parts)}件のジョブ: {state}（{day}）"
    )


def fitting(parts: Sequence[Part], lang: str, fits: Callable[[str], bool]) -> str:
    """The longest form of the text that fits: first fewer entries of each kind are named, then fewer jobs, those first
    where something is to be done. Nothing is cut off in the middle, and what is left out is counted."""
    for most in (summary.SHOWN, 10, 5, 3, 1):
        if fits(found := text(parts, lang, most)):
            return found
    ordered = sorted(parts, key=lambda part: (not _urgent([part]), -part.digest.code))
    left = len(ordered)
    while left > 1 and not fits(found := text(ordered[:left], lang, 1, len(ordered) - left)):
        left = left * 3 // 4
    return found if left > 1 else text(ordered[:1], lang, 0, len(ordered) - 1)


def _urgent(parts: Sequence[Part]) -> bool:
    return any(entry.kind in URGENT for part in parts for entry in part.digest.entries)


def text(parts: Sequence[Part], lang: str, most: int = summary.SHOWN, others: int = 0) -> str:
    """What is told of the jobs, with so many entries of each kind; `others` is how many jobs are left out."""
    jobs = [
        {
            "name": part.digest.job,
            "portal": visible(part.digest.portal, 200),
            "state": summary.state(part.digest, lang),
            "counted": summary.counted(part.digest, lang),
            "began": part.digest.began[:16].replace("T", " "),
            "kinds": [
                {
                    "heading": heading,
                    "more": more,
                    "entries": [
                        {
                            "name": summary.shown(entry.name),
                            "why": summary.shown(entry.why(lang)),
                            "causes": summary.causes(entry, lang),
                            "url": visible(entry.url, 500)
                            if entry.url.startswith(("http://", "https://"))
                            else "",
                            "report": visible(entry.report, 500)
                            if entry.report.startswith(("http://", "https://"))
                            else "",
                        }
                        for entry in entries
                    ],
                }
                for heading, entries, more in summary.listed(part.digest, lang, most)
            ],
            "settled": [summary.shown(name) for name in part.settled[:most]],
            "more_settled": max(0, len(part.settled) - most),
            "link": visible(part.link, 500),
            "report": visible(part.report, 500),
        }
        for part in parts
    ]
    return page.render(
        "digest.txt.j2", lang, jobs=jobs, others=others, todo=_urgent(parts), version=__version__
    )
