"""Entries → sitemap.xml and robots.txt, for a catalogue whose address is known (https://www.sitemaps.org/protocol.html)."""

from collections.abc import Iterable
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from odtool.portal.dcat import is_day
from odtool.portal.entries import Entry

MOST = 50_000  # addresses that one sitemap may hold, by the protocol
MARK = "made by odtool"  # tells our files from those that somebody else put there


def sitemap(entries: Iterable[Entry], base: str) -> str:
    """The overview and every dataset's page. `base` ends with a slash."""
    found = list(entries)[: MOST - 1]
    newest = max((entry.updated for entry in found), default="")
    lines = [_url(f"{base}index.html", newest)]
    lines += [_url(f"{base}{quote(entry.name)}/index.html", entry.updated) for entry in found]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f"<!-- {MARK} -->",
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            *lines,
            "</urlset>",
            "",
        ]
    )


def _url(address: str, changed: str) -> str:
    day = f"<lastmod>{changed[:10]}</lastmod>" if is_day(changed) else ""
    return f"<url><loc>{escape(address)}</loc>{day}</url>"


def robots(base: str) -> str | None:
    """What crawlers are told; None below the root of a site, where nobody reads it (RFC 9309 §2.3)."""
    if urlsplit(base).path != "/":
        return None
    return f"# {MARK}\nUser-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n"
