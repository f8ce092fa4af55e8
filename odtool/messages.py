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
    ja, en = [], []
    if finding.row is not None:
        ja.append(f"{finding.row}行目")
        en.append(f"Row {finding.row}")
    if finding.column is not None:
        ja.append(f"{column_letter(finding.column)}列")
        en.append(f"column {column_letter(finding.column)}")
    name = f"「{visible(finding.label, 40)}」" if finding.label else ""
    if lang == "en":
        return ", ".join(en) + (f" “{visible(finding.label, 40)}”" if finding.label else "")
    return " ".join(ja) + name


def message(finding: Finding, lang: str) -> str:
    """The whole sentence, place first."""
    rule = rules.RULES[finding.rule]
    facts = {key: visible(value) if isinstance(value, str) else value for key, value in finding.facts.items()}
    facts |= {
        "value": visible(finding.value or ""),
        "field": finding.field or "",
        "label": visible(finding.label or ""),
        "suggestion": visible(finding.suggestion or ""),
    }
    said = (rule.en if lang == "en" else rule.ja).format(**facts)
    if finding.facts.get("unconfirmed"):
        said += UNCONFIRMED["en" if lang == "en" else "ja"]
    place = where(finding, lang)
    if not place:
        return said
    return f"{place}: {said}"
