"""Double quotes in the text of a CSV that stand where none may be."""

import re
from collections.abc import Iterator

_LIMIT = 1_000  # faults that are located; the verdict needs one


def stray(text: str, delimiter: str) -> Iterator[tuple[int, int]]:
    """Record and column (from 1) of each field with a quote inside that is not opened by one, or with text
    after its closing quote."""
    if '"' not in text:
        return
    sign = re.escape(delimiter)
    field = re.compile(rf'("(?:[^"]|"")*+"|[^"{sign}\r\n]*+)({sign}|\r\n|\r|\n|\Z)')
    rest = re.compile(rf"[^{sign}\r\n]*+({sign}|\r\n|\r|\n|\Z)")
    at, row, column, found = 1 if text.startswith("\ufeff") else 0, 1, 1, 0
    while at < len(text) and found < _LIMIT:
        match = field.match(text, at)
        if match is None:
            found += 1
            yield row, column
            match = rest.match(text, at)
            assert match is not None
        ended = match.group(match.lastindex or 0)
        at = match.end()
        if ended == delimiter:
            column += 1
        else:
            row, column = row + 1, 1
