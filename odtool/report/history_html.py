"""What happened, as one page that opens by a double click."""

from typing import Any

from odtool import __version__, page
from odtool.ledger.events import Event
from odtool.ledger.history import History, Story
from odtool.ledger.journal import Call
from odtool.report import history_text as told
from odtool.text import visible

FEW = 200  # files named of a run, where the run was not asked for


def history_html(history: History, lang: str) -> str:
    """The page: runs, or the life of one dataset, newest first."""
    wanted = history.wanted
    return page.render(
        "history.html.j2",
        lang,
        title=_title(history, lang),
        events=[_event(event, lang) for event in history.events],
        runs=[_story(story, lang, None if wanted.run else FEW) for story in history.stories],
        left_out=history.left_out,
        version=__version__,
    )


def _title(history: History, lang: str) -> str:
    about = history.wanted.dataset or history.wanted.run
    plain = page.choose(lang, "公開の履歴", "History of publishing")
    return f"{visible(about, 80)} – {plain}" if about else plain


def _moment(at: str) -> dict[str, str]:
    return {"iso": visible(at, 40), "words": told.moment(at)}


def _story(story: Story, lang: str, most: int | None) -> dict[str, Any]:
    run, end = story.run, story.end
    shown = story.events if most is None else story.events[:most]
    return {
        "at": _moment(run.at) if run.run else {"iso": run.at[:10], "words": run.at[:10]},
        "command": told.command(story, lang),
        "portal": visible(told.place(story), told.LONGEST),
        "id": visible(run.run, 40),
        "who": visible(run.who, 80),
        "state": _state(story),
        "ended": told.ended(story, lang),
        "why": visible((end.en if lang == "en" else end.ja) if end else "", told.LONGEST),
        "counted": told.counted(story.counts, lang),
        "proofs": list(told.proofs(story, lang)),
        "events": [_event(event, lang) for event in shown],
        "more": len(story.events) - len(shown),
        "unanswered": [_call(call, lang) for call in story.unanswered],
        "calls": [_call(call, lang) for call in story.calls],
    }


def _state(story: Story) -> str:
    """good only where the run is known to have ended well."""
    if story.end is None:
        return "unknown"
    return {0: "good", 1: "fair", 5: "fair"}.get(story.end.exit_code, "bad")


def _event(event: Event, lang: str) -> dict[str, Any]:
    whole = page.choose(lang, "（データセット全体）", " (the whole dataset)")
    name = "/".join(part for part in (event.dataset_name, event.file_name) if part) or event.path
    return {
        "at": _moment(event.at),
        "word": told.what(event, lang),
        "title": visible(event.title, 80),
        "name": visible(name, 200) if event.file_name or not event.dataset_name else visible(name, 200) + whole,
        "url": event.url if event.url.startswith(("https://", "http://")) else "",  # a folder's is no page's neighbour
        "why": visible(event.en if lang == "en" else event.ja, told.LONGEST),
        "who": visible(event.who, 80),
        "portal": visible(event.portal, told.LONGEST),
        "times": event.times,
        "first": told.moment(event.first),
    }  # fmt: skip


def _call(call: Call, lang: str) -> dict[str, Any]:
    return {
        "sequence": call.sequence,
        "clock": visible(call.at[11:19], 8),
        "method": visible(call.method, 8),
        "action": visible(call.action, 80),
        "target": visible(call.target, 80),
        "outcome": told.outcome(call, lang),
        "status": call.status,
        "milliseconds": call.milliseconds,
        "told": visible(call.told, told.LONGEST),
    }
