"""The sheet to copy from, on portals where data is registered by hand: one row per file, in the portal's own words."""

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from odtool.planning.metadata import KEYS
from odtool.settings.profile import Profile
from odtool.text import width

OWN = {"tags": "タグ", "file": "ファイル", "file_title": "ファイルの題名", "format": "形式"}
ORDER = ("title", "description", "tags", "file", "file_title", "format", "licence")
"""What comes first; the rest follows as in `metadata.KEYS`."""
_NARROW, _WIDE = 12, 60  # columns of a cell
_LONGEST = 32_767  # characters that a cell holds


@dataclass(frozen=True, slots=True)
class Row:
    """One file to register. `values` is what is said of it, by the keys of metadata and of `OWN`; `added` and
    `changed` are ISO days: when it first came into the folder, when it or its description last changed."""

    dataset_name: str
    file_name: str
    values: Mapping[str, str]
    added: str
    changed: str


def keys(rows: Iterable[Row]) -> list[str]:
    """The keys of which anything is said, in the order of the sheet."""
    said = {key for row in rows for key, value in row.values.items() if value}
    known = [*ORDER, *(key for key in KEYS if key not in ORDER)]
    return [key for key in known if key in said] + sorted(said - set(known))


def heading(key: str, profile: Profile) -> str:
    """What the portal's form calls it; our own name, and that it is our own, where that is not known."""
    if key in profile.fields:
        return str(profile.fields[key].value)
    return f"{own(key)}（画面での項目名は未確認）"


def own(key: str) -> str:
    return OWN.get(key) or KEYS.get(key, (key, key))[0]


def sheet(rows: Sequence[Row], profile: Profile) -> bytes:
    """The workbook. The same rows make the same bytes."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False,
                                     "strings_to_urls": False})  # fmt: skip
    newest = dt.date.fromisoformat(max(row.changed for row in rows))
    book.set_properties({"created": dt.datetime.combine(newest, dt.time(), dt.UTC)})
    page = book.add_worksheet("登録する内容")
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#F2F2F2", "bottom": 1}
    )
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    shown = keys(rows)
    heads = ["変わった日", "初めて入れた日", *(heading(key, profile) for key in shown)]
    table = [[row.changed, row.added, *(row.values.get(key, "") for key in shown)] for row in rows]
    for column, title in enumerate(heads):
        longest = max((width(line) for cells in table for line in cells[column].split("\n")), default=0)
        page.set_column(column, column, min(max(longest + 2, _NARROW), _WIDE))
        page.write_string(0, column, title, head)
    for number, cells in enumerate(table, 1):
        for column, cell in enumerate(cells):
            page.write_string(number, column, cell[:_LONGEST], text)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, len(table), len(heads) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    book.close()
    return out.getvalue()
