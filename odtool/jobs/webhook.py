"""A digest as a message on a channel (Slack, Teams), or as plain JSON for another program.

Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks (text, with & < > escaped).
Teams: a workflow «When a Teams webhook request is received» takes an Adaptive Card in a message, and no longer the cards
of the retired connectors: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using.
Names come from outside, so the card has text runs, in which nothing is Markdown.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from odtool import __version__, trust
from odtool.errors import PortalError, UsageError
from odtool.jobs import credential, message
from odtool.jobs.part import Part
from odtool.jobs.settings import Reader

# Letters; longer ones Slack shows in pieces, and beyond 40,000 it cuts them:
# https://docs.slack.dev/reference/methods/chat.postMessage#truncating
SLACK = 4_000
# Bytes of the whole body, of which Teams takes about 28 KB, and counts in UTF-16 as well:
# https://learn.microsoft.com/en-us/microsoftteams/limits-specifications-teams#teams-and-channels
TEAMS = 24_000
PATIENCE = (10, 30)  # seconds to connect, and without an answer
SCHEMA = "odtool-digest/1"


def payload(reader: Reader, parts: Sequence[Part]) -> dict[str, Any]:
    if reader.type == "json":
        return {
            "schema": SCHEMA,
            "tool": {"name": "odtool", "version": __version__},
            "jobs": [_plain(p, reader.lang) for p in parts],
        }
    subject = message.subject(parts, reader.lang)
    made = _slack if reader.type == "slack" else _teams
    text = message.fitting(parts, reader.lang, lambda text: _fits(reader, made(subject, text)))
    return made(subject, text)


def body(reader: Reader, parts: Sequence[Part]) -> bytes:
    """The payload as it is sent: in UTF-8, because `\\u3042` in place of a letter of Japanese takes twice the room."""
    return _bytes(payload(reader, parts))


def _bytes(made: Mapping[str, Any]) -> bytes:
    return json.dumps(made, ensure_ascii=False).encode("utf-8", "replace")


def _fits(reader: Reader, made: Mapping[str, Any]) -> bool:
    if reader.type == "slack":
        return len(made["text"]) <= SLACK
    data = _bytes(made)
    return max(len(data), len(data.decode().encode("utf-16-le"))) <= TEAMS


def _slack(subject: str, text: str) -> dict[str, Any]:
    return {"text": _escaped(f"{subject}\n\n{text.strip()}"), "mrkdwn": False}


def _teams(subject: str, text: str) -> dict[str, Any]:
    lines = [_line(subject, weight="Bolder"), *(_line(line) for line in text.split("\n") if line.strip())]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.2",
        "msteams": {"width": "Full"}, "body": lines,
    }  # fmt: skip
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attached]}


def send(reader: Reader, parts: Sequence[Part], environment: Mapping[str, str]) -> None:
    """Raises UsageError where there is no usable address, PortalError where the message was not taken. The address is a
    secret: no sentence holds any part of it, nor what was answered."""
    url = credential.credential(reader, environment)
    if not url:
        raise credential.needed(reader)
    _require_safe(reader, url)
    import requests

    from odtool.portal import web

    try:
        with (
            web.session(f"odtool/{__version__}", 0.5) as session,
            session.post(
                url, data=body(reader, parts), timeout=PATIENCE, allow_redirects=False, stream=True,
                headers={"Content-Type": "application/json; charset=utf-8"},
            ) as answer,
        ):  # fmt: skip
            status = answer.status_code
    except requests.exceptions.SSLError as error:
        if isinstance(error, web.TrustError):
            raise PortalError(error.why.ja, error.why.en) from None
        who = f"notify.{reader.name}"
        raise PortalError(*trust.refusal(error, f"{who} の相手", f"the receiver of {who}")) from None
    except (requests.RequestException, ValueError) as error:
        kind = type(error).__name__  # its text holds the address
        raise PortalError(
            f"notify.{reader.name}: つながらないか、返事がありません（{kind}）。",
            f"notify.{reader.name}: it cannot be reached, or does not answer ({kind}).",
        ) from None
    if not 200 <= status < 300:
        hint = "。URL が無効になっていないか確かめてください" if status in (400, 401, 403, 404, 410) else ""
        raise PortalError(
            f"notify.{reader.name}: 受け付けられませんでした（{status}）{hint}。",
            f"notify.{reader.name}: it was not taken ({status}){'; the address may be invalid by now' if hint else ''}.",
        )


def _require_safe(reader: Reader, url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.scheme in (
            ("https", "http") if reader.tls == "none" else ("https",)
        )
    except ValueError:
        usable = False
    if not usable or any(letter.isspace() for letter in url):
        raise UsageError(
            f"notify.{reader.name} の Webhook の URL が使えません（https:// で始まる1行の URL にしてください）。",
            f"The address of the webhook of notify.{reader.name} cannot be used: one line that begins with https://.",
        )


def _plain(part: Part, lang: str) -> dict[str, Any]:
    digest = part.digest
    return {
        "job": digest.job, "run": digest.run, "began": digest.began, "ended": digest.ended, "portal": digest.portal,
        "exit_code": digest.code, "counts": dict(digest.counts), "settled": list(part.settled), "page": part.link,
        "report": part.report,
        "entries": [
            {
                "kind": entry.kind, "about": entry.key, "name": entry.name, "message": entry.why(lang), "url": entry.url,
                "report": entry.report, "causes": [{"rule": cause.rule, "count": cause.count} for cause in entry.causes],
            }
            for entry in digest.entries
        ],
    }  # fmt: skip


def _line(text: str, **more: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **more}]}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
