"""What happened, as a CSV for spreadsheets: a line for each file, or for each call."""

import csv
from collections.abc import Iterator
from io import StringIO

from odtool.ledger.events import Event
from odtool.ledger.history import History
from odtool.ledger.journal import Call, Run
from odtool.report.coverage_csv import harmless
from odtool.report.history_text import what, word
from odtool.text import visible

EVENTS = (
    "at", "what", "word", "municipality", "dataset", "file", "title", "reason", "portal", "url",
    "times", "first", "run", "command", "who", "path",
)  # fmt: skip
CALLS = (
    "run", "sequence", "at", "method", "action", "target", "outcome", "status", "milliseconds",
    "sent", "received", "digest", "told",
)  # fmt: skip
LONGEST = 1_000


def history_csv(history: History, lang: str) -> str:
    """The lines with CRLF, a byte order mark first, so that Excel reads them as UTF-8. A run that changed nothing
    has a line of its own: silence is no news."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CALLS if history.wanted.calls else EVENTS)
    lines = _calls(history) if history.wanted.calls else _events(history, lang)
    for line in lines:
        writer.writerow([harmless(visible(str(cell), LONGEST)) for cell in line])
    return "\ufeff" + out.getvalue()


def _events(history: History, lang: str) -> Iterator[tuple[str | int, ...]]:
    for event in history.events:
        yield _event(event, None, lang)
    for story in history.stories:
        for event in story.events:
            yield _event(event, story.run, lang)
        if n := story.counts.get("unchanged", 0):
            run = story.run
            yield (run.at, "unchanged", word("unchanged", lang), "", "", "", "", "", run.address, "",
                   n, run.at, run.run, run.command, run.who, "")  # fmt: skip
        if not story.counts:
            run = story.run
            yield (run.at, "", "", "", "", "", "", "", run.address, "", 0, run.at, run.run, run.command, run.who, "")  # fmt: skip


def _event(event: Event, run: Run | None, lang: str) -> tuple[str | int, ...]:
    return (
        event.at,
        event.kind,
        what(event, lang),
        event.municipality,
        event.dataset_name,
        event.file_name,
        event.title,
        event.en if lang == "en" else event.ja,
        event.portal,
        event.url,
        event.times,
        event.first or event.at,
        event.run,
        run.command if run else "",
        event.who,
        event.path,
    )


def _calls(history: History) -> Iterator[tuple[str | int, ...]]:
    for story in history.stories:
        for call in story.calls:
            yield _call(call)


def _call(call: Call) -> tuple[str | int, ...]:
    return (
        call.run,
        call.sequence,
        call.at,
        call.method,
        call.action,
        call.target,
        call.outcome,
        call.status,
        call.milliseconds,
        call.sent,
        call.received,
        call.digest,
        call.told,
    )
