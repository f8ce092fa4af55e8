"""Who has published what, as one page."""

from collections.abc import Mapping
from typing import Any

from odtool import page


def coverage_html(context: Mapping[str, Any], lang: str) -> str:
    """The page for a coverage table: municipalities down, datasets across."""
    return page.render("coverage.html.j2", lang, **context)
