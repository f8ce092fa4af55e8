"""A digest as text: what a mail says, and a message on a channel."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from odtool import __version__, page
from odtool.jobs import summary
from odtool.jobs.digest import URGENT
from odtool.text import visible

if TYPE_CHECKING:
    from odtool.jobs.notify import Part


def subject(parts: Sequence["Part"], lang: str) -> str:
    """One line: the job, or how many, and the worst of their states."""
    worst = max(parts, key=lambda part: part.digest.code).digest
    if len(parts) == 1:
        return summary.title(worst, lang)
    state, day = summary.state(worst, lang), worst.began[:10]
    return (
        f"[odtool] {len(parts)} jobs: {state} ({day})"
        if lang == "en"
        else f"【odtool】{len(parts)}件のジョブ: {state}（{day}）"
    )


def text(parts: Sequence["Part"], lang: str) -> str:
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
                for heading, entries, more in summary.listed(part.digest, lang)
            ],
            "settled": [summary.shown(name) for name in part.settled[: summary.SHOWN]],
            "more_settled": max(0, len(part.settled) - summary.SHOWN),
            "link": visible(part.link, 500),
            "report": visible(part.report, 500),
        }
        for part in parts
    ]
    todo = any(entry.kind in URGENT for part in parts for entry in part.digest.entries)
    return page.render("digest.txt.j2", lang, jobs=jobs, todo=todo, version=__version__)
