"""What odtool doctor found, for the terminal, as a page, and as JSON, «odtool-doctor/1»."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from odtool import __version__
from odtool.doctor import NAMES, Finding, State, count, exit_code
from odtool.text import pad, visible, width, wrapped

SCHEMA = "odtool-doctor/1"
STATES: Mapping[State, tuple[str, str]] = {
    "ok": ("問題なし", "ok"),
    "warning": ("注意", "mind"),
    "problem": ("問題あり", "PROBLEM"),
    "unknown": ("未確認", "not known"),
}
_MARKS: Mapping[State, str] = {"ok": "good", "warning": "fair", "problem": "bad", "unknown": "unknown"}
LONGEST = 3_000


def doctor_text(title: str, findings: Sequence[Finding], lang: str) -> str:
    return "\n".join(_lines(title, findings, lang)) + "\n"


def doctor_html(title: str, at: str, findings: Sequence[Finding], lang: str) -> str:
    """One page that opens by a double click, to be handed on to whoever can help."""
    from odtool import page

    en = lang == "en"
    rows = [
        {
            "mark": _MARKS[finding.state],
            "state": STATES[finding.state][en],
            "name": NAMES[finding.name][en],
            "said": visible(finding.said(lang), LONGEST),
            "do": visible(finding.do(lang), LONGEST),
        }
        for finding in findings
    ]
    total = _total(findings, lang)
    return page.render("doctor.html.j2", lang, title=visible(title, 300), total=total, findings=rows, version=__version__,
                       at=visible(at[:16].replace("T", " "), 40))  # fmt: skip


def _lines(title: str, findings: Sequence[Finding], lang: str) -> Iterator[str]:
    en = lang == "en"
    yield visible(title, 300)
    states = max(width(word[en]) for word in STATES.values())
    names = max((width(NAMES[finding.name][en]) for finding in findings), default=0)
    for finding in findings:
        lead = f"  {pad(STATES[finding.state][en], states)}  {pad(NAMES[finding.name][en], names)}  "
        yield from wrapped(lead, visible(finding.said(lang), LONGEST))
        if finding.do(lang):
            yield from wrapped(f"{' ' * width(lead)}→ ", visible(finding.do(lang), LONGEST))
    yield ""
    yield _total(findings, lang)


def _total(findings: Sequence[Finding], lang: str) -> str:
    en = lang == "en"
    order: tuple[State, ...] = ("problem", "warning", "unknown", "ok")
    counts = [(STATES[state][en], count(findings, state)) for state in order]
    if en:
        return ", ".join(f"{n} {word}" for word, n in counts) + "."
    return "、".join(f"{word} {n}件" for word, n in counts) + "。"


def doctor_json(portal: Mapping[str, str] | None, at: str, findings: Sequence[Finding]) -> str:
    """Every key is always there; null says that there is nothing to tell."""
    told = {
        "schema": SCHEMA,
        "tool": {"name": "odtool", "version": __version__},
        "at": at,
        "portal": dict(portal) if portal else None,
        "exit_code": exit_code(findings),
        "counts": {state: count(findings, state) for state in STATES},
        "findings": [_finding(finding) for finding in findings],
    }
    # Whatever a terminal may act on is escaped, also where JSON itself would let it stand.
    text = json.dumps(told, ensure_ascii=False, indent=1)
    return "".join(c if c.isprintable() or c in "\n\u3000" else f"\\u{ord(c):04x}" for c in text) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name,
        "title": _both(*NAMES[finding.name]),
        "state": finding.state,
        "message": _both(finding.ja, finding.en),
        "do": _both(finding.do_ja, finding.do_en) if finding.do_ja else None,
        "facts": dict(finding.facts),
    }


def _both(ja: str, en: str) -> dict[str, str]:
    return {"ja": ja, "en": en}
