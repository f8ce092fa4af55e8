"""Pages: one template environment and what templates may call. Jinja2 is loaded with the first page, not before."""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from datetime import date
from functools import cache, partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from odtool import resources
from odtool.text import percent

if TYPE_CHECKING:
    from jinja2 import Environment

LONGEST_CELL = 300
# Characters a page cannot hold: an encoder refuses lone surrogates, a browser drops or misreads the others.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
MARKS = {" ": "␣", "\u3000": "□", "\n": "↵", "\r\n": "↵", "\t": "⇥"}


def render(template: str, lang: str, **context: Any) -> str:
    """The page `template` in the reader's language; templates get `lang`, `t` and the context."""
    page = _environment().get_template(template).render(lang=lang, t=partial(choose, lang), **context)
    return UNWRITABLE.sub("\ufffd", page)


def choose(lang: str, ja: str, en: str, en_many: str | None = None, **parts: Any) -> str:
    """The text in the reader's language, filled with `parts`; `en_many` is the English for n other than 1."""
    if lang != "en":
        return ja.format(**parts)
    return (en if en_many is None or parts["n"] == 1 else en_many).format(**parts)


def letter(column: int) -> str:
    """The column as a spreadsheet names it: 1 is A, 27 is AA."""
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def pieces(value: str) -> Iterator[tuple[str, bool]]:
    """The cell's text, cut where a character cannot be seen; True marks the stand-in for such a character."""
    seen = ""
    for character in re.findall(r"\r\n|.", value[:LONGEST_CELL], re.DOTALL):
        mark = _mark(character)
        if mark is None:
            seen += character
            continue
        if seen:
            yield seen, False
            seen = ""
        yield mark, True
    if len(value) > LONGEST_CELL:
        seen += "…"
    if seen:
        yield seen, False


def _mark(character: str) -> str | None:
    if character in MARKS:
        return MARKS[character]
    if unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs"}:
        return f"U+{ord(character):04X}"
    return None


def day(value: str, lang: str) -> str:
    """An ISO day (or the day of a time) in words; anything else as it is."""
    try:
        when = date.fromisoformat(value[:10])
    except ValueError:
        return value
    if lang == "en":
        return f"{when.day} {when:%B} {when.year}"
    return f"{when.year}年{when.month}月{when.day}日"


def size(number: int) -> str:
    """Bytes as people read them."""
    if number < 1000:
        return f"{number} B"
    for unit, scale in (("KB", 1e3), ("MB", 1e6)):
        if number / scale < 999.95:
            return f"{number / scale:.1f} {unit}"
    return f"{number / 1e9:.1f} GB"


def link(address: str | None) -> str | None:
    """The address if a reader may be sent there: the web or a file beside the page, never a script."""
    if not address or re.search(r"[\x00-\x20\x7f\\]", address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme in {"http", "https"} and parts.netloc:
        return address
    return None if parts.scheme or parts.netloc else address


def csp_hash(script: str) -> str:
    """What a Content-Security-Policy calls this script."""
    return "'sha256-" + b64encode(sha256(str(script).encode()).digest()).decode() + "'"


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(lambda name: resources.text("templates", *name.split("/"))),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "allow_nan": False}
    for filter_ in (letter, pieces, day, size, percent, link, csp_hash):
        environment.filters[filter_.__name__] = filter_
    return environment
