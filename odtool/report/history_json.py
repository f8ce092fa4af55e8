"""What happened → the public JSON, «odtool-history/1»."""

import json
import re
from dataclasses import asdict
from typing import Any

from odtool import __version__
from odtool.ledger.events import Event
from odtool.ledger.history import History, Story
from odtool.ledger.journal import Call

SCHEMA = "odtool-history/1"
# What a terminal may act on, or what turns the order of letters; JSON itself escapes only what is below U+0020.
_ACTING = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def history_json(history: History) -> str:
    """Every key is always there; null says that nothing is known."""
    wanted = history.wanted
    data = {
        "schema": SCHEMA,
        "tool": {"name": "odtool", "version": __version__},
        "wanted": {
            "portals": sorted(wanted.portals),
            "dataset": wanted.dataset or None,
            "municipality": wanted.municipality or None,
            "since": wanted.since.isoformat() if wanted.since else None,
            "run": wanted.run or None,
        },
        "runs": [_story(story, calls=wanted.calls) for story in history.stories],
        "events": [_event(event) for event in history.events],
        "older_not_shown": history.left_out,
    }
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    return _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _story(story: Story, *, calls: bool) -> dict[str, Any]:
    run, end, plan = story.run, story.end, story.plan
    return {
        "run": run.run or None,
        "started": run.at,
        "ended": end.at if end else None,
        "exit_code": end.exit_code if end else None,
        "message": {"ja": end.ja, "en": end.en} if end and end.ja else None,
        "command": run.command,
        "portal": {"name": run.portal or None, "address": run.address},
        "who": run.who or None,
        "tool": run.tool,
        "plan": {"sha256": plan.sha256, "summary": plan.summary} if plan else None,
        "counts": dict(story.counts),
        "readbacks": {"same": story.readbacks.get("1", 0), "different": story.readbacks.get("0", 0)},
        "calls_by_outcome": dict(story.calls_by_outcome),
        "events": [_event(event) for event in story.events],
        "unanswered": [_call(call) for call in story.unanswered],
        "calls": [_call(call) for call in story.calls] if calls else None,
    }


def _call(call: Call) -> dict[str, Any]:
    return {key: value for key, value in asdict(call).items() if key != "run"}


def _event(event: Event) -> dict[str, Any]:
    return {
        "at": event.at,
        "what": event.kind,
        "planned": event.action or None,
        "portal": event.portal,
        "dataset": event.dataset_name or None,
        "file": event.file_name or None,
        "path": event.path or None,
        "municipality": event.municipality or None,
        "title": event.title or None,
        "reason": {"ja": event.ja, "en": event.en} if event.ja or event.en else None,
        "url": event.url or None,
        "run": event.run or None,
        "who": event.who or None,
        "times": event.times,
        "first": event.first or event.at,
    }
