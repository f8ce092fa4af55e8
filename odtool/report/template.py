"""A dataset → a workbook to fill in: the header as defined, and in each column what belongs there.

What Excel would change by itself – leading zeros, dates, times, long numbers – stands in cells that hold text.
Explanations are the input messages of the cells, which show when a cell is chosen and leave nothing behind: the
book has one sheet, no comments, no names of people, and can be published as it is.
"""

import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import Any

import xlsxwriter

from odtool.model import Dataset, Field
from odtool.municipality import Municipality
from odtool.report.dataset_page import level, requirement
from odtool.text import width

PREPARED = 1_000  # rows that have drop-downs and messages
_LONGEST_TITLE, _LONGEST_MESSAGE, _LONGEST_LIST = 32, 255, 255  # what a workbook takes
_NUMBERS = frozenset({"number", "height"})
_FILLS = {"必須": "#F8CBAD", "推奨": "#FFE699", "任意": "#E7E6E6", "不明": "#E7E6E6"}
_NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
# What is written in a column of a kind, where its own description does not tell.
_HOW = {
    "date": "2026-04-01 の形で書く。",
    "time": "09:00 の形で書く。",
    "phone": "半角の数字とハイフンで書く。",
    "number": "半角の数字だけで書く。",
    "url": "http から始まる URL を一つ書く。",
    "kana": "全角カタカナで書く。",
    "latitude": "35.011636 の形で書く。",
    "longitude": "135.768029 の形で書く。",
    "flag": "当てはまるときは 1、当てはまらないときは空欄。",
}


def template(dataset: Dataset, today: dt.date, body: Municipality | None = None, rows: int = 1) -> bytes:
    """The workbook. With a `body`, its code and names stand in the first `rows` rows already."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False,
                                     "strings_to_urls": False})  # fmt: skip
    # Without an author; the day is the caller's, so that the same call makes the same bytes.
    book.set_properties({"created": dt.datetime.combine(today, dt.time(), dt.UTC)})
    sheet = book.add_worksheet(_sheet_name(dataset))
    text, plain = book.add_format({"num_format": "@"}), book.add_format()
    heads = {
        wanted: book.add_format(
            {
                "bold": True,
                "text_wrap": True,
                "valign": "top",
                "border": 1,
                "bg_color": fill,
                "num_format": "@",
            }
        )
        for wanted, fill in _FILLS.items()
    }
    last = max(rows, PREPARED)
    for column, field in enumerate(dataset.fields):
        given = _of_body(field, body) if body else None
        sheet.set_column(column, column, _width(field), plain if is_number(field) else text)
        sheet.write_string(0, column, field.name, heads[level(field)])
        sheet.data_validation(0, column, 0, column, {"validate": "any", **_message(field)})
        sheet.data_validation(1, column, last, column, {**_validation(field, given), **_message(field)})
        for row in range(1, rows + 1) if given else ():
            sheet.write_string(row, column, given, text)
    sheet.set_row(
        0, 15 * max((-(-width(field.name) // _width(field)) for field in dataset.fields), default=1)
    )
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def is_number(field: Field) -> bool:
    """Whether a column holds quantities. Every other column holds text, also coordinates: they keep their last
    zeros."""
    return field.kind in _NUMBERS


def _sheet_name(dataset: Dataset) -> str:
    return _NOT_IN_A_SHEET_NAME.sub(" ", dataset.name)[:31]


def _width(field: Field) -> int:
    """Characters that a column is wide: its name on at most three lines, its example on one, within bounds."""
    return min(36, max(-(-width(field.name) // 3), width(_example(field)) + 1, 12))


def _example(field: Field) -> str:
    return field.example or str(field.facts.get("exampleInferred", ""))


def _of_body(field: Field, body: Municipality) -> str | None:
    """What stands in every row because it is the publisher's own; None where a row may be of another place."""
    if field.kind == "municipality-code" and field.facts.get("codeOf") != "place":
        return body.code
    if field.kind == "organization-name":
        return body.prefecture + body.name
    plain = {"都道府県名": body.prefecture, "市区町村名": body.name, "情報の管理主体_名称": body.title}
    return plain.get(field.name) or None


def _validation(field: Field, given: str | None) -> dict[str, Any]:
    """A drop-down or a check of the length. Neither locks anybody out: Excel warns, odtool validate judges."""
    if given:
        return {
            "validate": "list",
            "source": [given],
            "error_type": "warning",
            **_error("別の団体の値です。"),
        }
    sure, guess = field.shape, field.unconfirmed
    choices = sure.enum or (guess.enum if guess else ())
    if choices and len(",".join(choices)) <= _LONGEST_LIST and not any("," in choice for choice in choices):
        said = "一覧にない値です。" + ("" if sure.enum else "（一覧は未確認の類推です）")
        severity = "warning" if sure.enum else "information"
        return {"validate": "list", "source": list(choices), "error_type": severity, **_error(said)}
    digits = re.fullmatch(r"\[0-9\]\{([0-9]+)\}", sure.pattern or "")
    if digits:
        return {"validate": "length", "criteria": "==", "value": int(digits[1]), "error_type": "warning",
                **_error(f"半角数字{digits[1]}桁で書きます。")}  # fmt: skip
    return {"validate": "any"}


def _error(said: str) -> dict[str, str]:
    return {"error_title": "確かめてください", "error_message": said + "このまま入れますか。"}


def _message(field: Field) -> dict[str, str]:
    """The message that shows when a cell of the column is chosen."""
    return {
        "input_title": _cut(field.name, _LONGEST_TITLE),
        "input_message": _cut("\n".join(_said(field)), _LONGEST_MESSAGE),
    }


def _said(field: Field) -> Iterator[str]:
    yield f"【{requirement(field, en=False).replace('不明', '必須かどうか未確認')}】"
    if example := _example(field):
        yield f"例: {example}" + ("" if field.example else "（ほかの資料からの類推）")
    if unit := field.facts.get("unit") or field.facts.get("unitInferred"):
        yield f"単位: {unit}"
    if how := field.description or _HOW.get(field.kind, ""):
        yield how


def _cut(text: str, limit: int) -> str:
    """At most `limit` characters as a workbook counts them: those beyond the basic plane are two."""
    while len(text.encode("utf-16-le")) // 2 > limit:
        text = text[:-2] + "…"
    return text
