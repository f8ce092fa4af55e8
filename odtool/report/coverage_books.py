"""A workbook for every body, to be mailed to it as it is: what it does next, and what the marks mean."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from io import BytesIO

from odtool.coverage.matrix import Coverage, Row
from odtool.page import UNWRITABLE, choose
from odtool.report.coverage_begin import Popular, popular
from odtool.report.coverage_sheet import LINE, OPTIONS, Book, key, look, municipality, text
from odtool.report.coverage_words import basis
from odtool.text import visible

LONGEST = 60  # characters of a name in the name of a file: 180 bytes, and room in a path of Windows
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


def books(shown: Coverage, lang: str) -> Iterator[tuple[str, bytes]]:
    """The name of the file and the workbook, body by body."""
    others = popular(shown)
    for row, name in zip(shown.bodies, file_names(shown.bodies), strict=True):
        yield f"{name}.xlsx", book(row, shown, others, lang)


def book(row: Row, shown: Coverage, others: Popular, lang: str) -> bytes:
    """The workbook of that body; the same table makes the same bytes."""
    out = BytesIO()
    with Book(out, OPTIONS) as made:
        made.set_properties(
            {
                "title": text(row.name),
                "created": datetime(shown.date.year, shown.date.month, shown.date.day, 12),  # noqa: DTZ001 - Excel knows no zones
            }
        )
        formats = look(made)
        sheet = made.add_sheet(choose(lang, "次にすること", "What to do next"))
        line = municipality(sheet, row, shown, formats, lang, others=others)
        told = [
            choose(lang, "印の意味", "What the marks mean"),
            key(dict.fromkeys(cell.state for cell in row.cells), lang),
            choose(lang, "「あと一歩」は、誤りのすべてを odtool fix で確実に直せるデータです。数が空欄のところは、内容を確認していません（0 とは違います）。", "“One step” is what odtool fix mends for certain. Where a number is empty, nobody looked into the file, which is not 0."),
            *basis(shown.looked, lang),
        ]  # fmt: skip
        for offset, words in enumerate(told, line + 1):
            sheet.set_row(offset, LINE, formats["line"])
            sheet.write_string(offset, 0, text(words), formats["line"])
        sheet.set_row(line, LINE, formats["line"])
        sheet.print_area(0, 0, line + len(told), 8)
    return out.getvalue()


def file_names(rows: Iterable[Row]) -> list[str]:
    """A name for each, without its ending: the code and the name, as every system takes them, each once whatever the
    case. Where something had to be left out of a name that has no code, a few digits of its hash tell it apart; so the
    next run finds the same name again."""
    names: list[str] = []
    taken: set[str] = set()
    for row in rows:
        plain = unicodedata.normalize("NFC", row.name)
        safe = _UNSAFE.sub("_", UNWRITABLE.sub("_", visible(plain, 1000))).strip(" .")[:LONGEST].rstrip(" .")
        name = f"{_UNSAFE.sub('_', row.code) or '団体'}_{safe or '_'}"
        if (not row.code and safe != plain) or name.casefold() in taken:
            digest = sha256(f"{row.code}/{plain}".encode("utf-8", "replace")).hexdigest()
            name = f"{name}_{digest[:8]}"
        taken.add(name.casefold())
        names.append(name)
    return names
