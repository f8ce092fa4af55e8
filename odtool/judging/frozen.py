"""A report ↔ plain JSON, for the way between processes and for the cache.

The dataset, by far the largest part of a report, is named and found again instead of being written out. A
report that would not come back exactly as it was is not frozen at all.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from odtool.datasets.variants import followed
from odtool.model import Dataset, FileReport, Finding, Form, Mapped, Match
from odtool.text import fold

Find = Callable[[str], Dataset | None]
"""The dataset with that id, before any variant of it is told."""

_REPORT, _FINDING = ([f.name for f in fields(kind)] for kind in (FileReport, Finding))
_FORM, _MAPPED = ([f.name for f in fields(kind)] for kind in (Form, Mapped))
_MATCH = [f.name for f in fields(Match) if f.name not in ("dataset", "mapping")]


def freeze(report: FileReport, find: Find) -> str | None:
    """The report as text; None where it cannot be brought back as it is."""
    match = report.match
    parts: dict[str, Any] = {name: getattr(report, name) for name in _REPORT}
    parts["form"] = report.form and [getattr(report.form, name) for name in _FORM]
    parts["findings"] = [[getattr(finding, name) for name in _FINDING] for finding in report.findings]
    parts["match"] = match and {
        "dataset": match.dataset.id,
        "mapping": [[getattr(mapped, name) for name in _MAPPED] for mapped in match.mapping],
        **{name: getattr(match, name) for name in _MATCH},
    }
    try:
        text = json.dumps(parts, ensure_ascii=False, check_circular=False)
        back = thaw(text, find)
    except (TypeError, ValueError, KeyError):
        return None
    return text if back == report and _alike(back.findings, report.findings) else None


def _alike(one: tuple[Finding, ...], other: tuple[Finding, ...]) -> bool:
    """Whether the messages read alike: 1 and 1.0, or 1 and True, are equal and are not written alike."""
    return all(repr(a.facts) == repr(b.facts) for a, b in zip(one, other, strict=True) if a.facts)


def thaw(text: str, find: Find) -> FileReport:
    """The report again. Raises KeyError, TypeError or ValueError where the text is none."""
    parts = json.loads(text)
    if not isinstance(parts, dict) or parts.keys() != set(_REPORT):
        raise ValueError("not a report")
    parts["form"] = parts["form"] and Form(*parts["form"])
    parts["findings"] = tuple(Finding(*finding) for finding in parts["findings"])
    parts["match"] = parts["match"] and _match(parts["match"], find)
    for name, value in parts.items():
        if isinstance(value, list):
            parts[name] = tuple(value)
    return FileReport(**parts)


def _match(parts: Mapping[str, Any], find: Find) -> Match:
    mapping = tuple(Mapped(*mapped) for mapped in parts["mapping"])
    dataset = find(parts["dataset"])
    if dataset is None:
        raise ValueError("no such dataset")
    if dataset.variants:
        dataset = followed(dataset, {fold(mapped.label) for mapped in mapping if mapped.label.strip()})
    return Match(dataset, mapping=mapping, **{name: parts[name] for name in _MATCH})
