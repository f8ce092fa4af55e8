"""A finding in the reader's language: where it is, what was found, what to write instead."""

from odtool import rules
from odtool.model import Finding
from odtool.text import column_letter, visible

UNCONFIRMED = {
    "ja": "（国の定義で確認できていない点なので、誤りとは断定しません）",
    "en": " (Not confirmed in the national definition, so this is no certain error.)",
}


def where(finding: Finding, lang: str) -> str:
    """«3行目 D列「緯度」» – as much of it as is known; "" for the whole file."""
    english = lang == "en"
    parts = []
    if finding.row is not None:
        parts.append(f"Row {finding.row}" if english else f"{finding.row}行目")
    if finding.column is not None:
        letter = column_letter(finding.column)
        parts.append(f"{'column' if parts else 'Column'} {letter}" if english else f"{letter}列")
    label = visible(finding.label, 40) if finding.label else ""
    if english:
        return ", ".join(parts) + (f" “{label}”" if label else "")
    return " ".join(parts) + (f"「{label}」" if label else "")


def said(finding: Finding, lang: str) -> str:
    """What was found and what to write, without the place."""
    rule = rules.RULES[finding.rule]
    facts = {
        key: visible(value, 400) if isinstance(value, str) else value for key, value in finding.facts.items()
    }
    facts |= {
        "value": visible(finding.value) if finding.value else "",
        "field": finding.field or "",
        "label": visible(finding.label) if finding.label else "",
        "suggestion": visible(finding.suggestion) if finding.suggestion else "",
    }
    text = (rule.en if lang == "en" else rule.ja).format(**facts)
    return text + UNCONFIRMED["en" if lang == "en" else "ja"] if finding.facts.get("unconfirmed") else text


def message(finding: Finding, lang: str) -> str:
    """The whole sentence, place first."""
    place = where(finding, lang)
    return f"{place}: {said(finding, lang)}" if place else said(finding, lang)
