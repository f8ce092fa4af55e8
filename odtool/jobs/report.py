"""The pages that a run leaves: what it did, and what is wrong with the files it refused."""

from dataclasses import replace
from pathlib import PurePath
from typing import Any

from odtool import __version__, page
from odtool.jobs import summary
from odtool.jobs.advice import advised
from odtool.jobs.digest import KINDS, Digest, causes, commonest
from odtool.jobs.ran import Ran
from odtool.judging.excerpt import excerpts
from odtool.model import FileReport
from odtool.report.as_html import as_html
from odtool.report.as_json import as_json
from odtool.report.told import discreet, first_rows
from odtool.text import visible

MOST = 500  # entries of a kind on the page
EXPLAINED = 100  # refused files whose errors are shown row by row


def run_page(ran: Ran, digest: Digest, lang: str) -> str:
    """The page of one run."""
    return page.render(
        "run.html.j2",
        lang,
        title=f"{digest.job}: {summary.state(digest, lang)}",
        job=digest.job,
        run=digest.run,
        state={0: "good", 1: "fair"}.get(digest.code, "bad"),
        words=summary.state(digest, lang),
        code=digest.code,
        dry=digest.dry,
        began=digest.began,
        ended=digest.ended,
        portal=visible(f"{ran.portal or digest.portal} {ran.address}".strip(), 300),
        counts=[
            {"words": words[lang == "en"], "n": digest.counts[key]}
            for key, words in summary.STATUS.items()
            if digest.counts.get(key)
        ],
        unpruned=ran.unpruned,
        groups=_groups(ran, digest, lang),
        commonest=[cause.text(lang, "ファイル") for cause in commonest(ran.stopped, held=ran.held)],
        files=[_file(ran, path) for path in list(ran.reports)[:MOST]],
        more_files=max(0, len(ran.reports) - MOST),
        report=PurePath(digest.report).name if digest.report else "",
        unexplained=max(0, len(ran.stopped) - EXPLAINED),
        log=f"../logs/{digest.run}.jsonl",
        version=__version__,
    )


def _groups(ran: Ran, digest: Digest, lang: str) -> list[dict[str, Any]]:
    groups = []
    for heading, _, _ in summary.listed(digest, lang):
        kind = next(kind for kind, words in KINDS.items() if words[lang == "en"] == heading)
        found = digest.of(kind)
        entries = [
            {
                "name": visible(entry.name, 200),
                "why": visible(entry.why(lang), 500),
                "url": entry.url,
                "causes": [cause.text(lang) for cause in entry.causes],
            }
            for entry in found[:MOST]
        ]
        groups.append(
            {"heading": heading, "kind": kind, "entries": entries, "more": len(found) - len(entries)}
        )
    published = [outcome for outcome in ran.outcomes if outcome.status == "published"]
    if published:
        rows = [
            {
                "name": visible(f"{o.item.offer.title} {o.item.offer.file_name}".strip(), 200),
                "why": summary.STATUS.get(o.item.action, ("", ""))[lang == "en"],
                "url": o.url,
                "causes": [],
            }
            for o in published[:MOST]
        ]
        heading = KINDS["published"][lang == "en"]
        groups.append(
            {"heading": heading, "kind": "published", "entries": rows, "more": len(published) - len(rows)}
        )
    return groups


def _file(ran: Ran, path: str) -> dict[str, Any]:
    found = ran.reports[path]
    return {
        "name": visible(ran.origin(path), 300),
        "dataset": found.match.dataset.name if found.match else "",
        "status": found.status,
        "errors": found.counts["error"],
        "warnings": found.counts["warning"],
        "mended": path in ran.copies,
        "causes": len(causes(found, held=ran.held.get(path, ()))),
        "held": path in ran.held,
    }


def _advised(found: FileReport) -> FileReport:
    ja, en = advised(found.reason or "", found.reason_en or "")
    return replace(found, reason=ja or None, reason_en=en or None)


def refused_page(ran: Ran, day: str, lang: str) -> str:
    """What is wrong with each file that was refused, with the rows concerned; what seems personal is not shown."""
    reports = [_advised(found) for found in ran.stopped[:EXPLAINED]]
    rows = [discreet(found, excerpts(found, first_rows(found))) for found in reports]
    reports = [replace(found, path=ran.origin(found.path)) for found in reports]
    return as_html(as_json(reports, day, lang), lang, rows)
