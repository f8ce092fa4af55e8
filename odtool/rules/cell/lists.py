"""Identifiers of national registers, lists and heights: values with a small grammar of their own."""

import re

from odtool.later import later
from odtool.model import Field
from odtool.rule import rule
from odtool.rules.cell.common import COMMON, Found, unless
from odtool.text import narrow

REGISTRY = "https://www.digital.go.jp/policies/base_registry_address"


@rule(
    "cell", kinds=("town-id",), severity="error",
    ja="「{value}」は町字IDの形ではありません。アドレス・ベース・レジストリの7桁の半角数字で、先頭の 0 も省かずに書いてください。",
    en="“{value}” is no town ID. Write the seven half-width digits of the address base registry, with leading zeros.",
    bad="8001", good="0008001", source=REGISTRY, clean="[0-9]{7}",
)  # fmt: skip
def town_id(value: str, field: Field) -> Found:
    """町字IDは7桁の数字です。0008-001 のように4桁と3桁に分けた形も使われています。

    A town ID has seven digits; it is also met as four and three, like 0008-001.
    """
    text = narrow(value)
    plain = text.zfill(7) if re.fullmatch("[0-9]{4,7}", text) else text
    certain = re.fullmatch("[0-9]{7}|[0-9]{4}-[0-9]{3}", plain)
    return unless(
        re.fullmatch("[0-9]{7}|[0-9]{4}-[0-9]{3}", value) is not None, value, plain if certain else None
    )


@rule(
    "cell", kinds=("poi-code",), severity="warning",
    ja="「{value}」は POIコードの形ではありません。1503（小学校）のように、半角4桁のコードだけを書いてください。",
    en="“{value}” is no POI code. Write only the code of four half-width digits, like 1503 (primary school).",
    bad="小学校", good="1503", source="共通語彙基盤 POIコード", clean="[0-9]{4}",
)  # fmt: skip
def poi_code(value: str, field: Field) -> Found:
    """POIコードは4桁の数字です。1512a のように英字1字の枝を付けたものも使われています。

    A POI code has four digits; one letter may follow, like 1512a.
    """
    form = "[0-9]{4}[a-z]?"
    plain = narrow(value)
    return unless(re.fullmatch(form, value) is not None, value, plain if re.fullmatch(form, plain) else None)


_BRACKETED = later(r"[（(][^（()）]*[）)]")
# Looked for in this order; the first that is there parts the list: «車いす／4台⏎トイレ» has two entries.
_SEPARATORS = (r"\r\n|\r|\n", "[、，,；､]", "[・･]", "[/／]")


@rule(
    "cell", kinds=("list",), severity="warning",
    ja="複数の値は半角の「;」で区切ります。「{suggestion}」のように書いてください。",
    en="Several values are joined by a half-width “;”. Write “{suggestion}”.",
    bad="内科、小児科", good="内科;小児科", source=COMMON, clean=r"[^\r\n、，,；､・･/／]*",
)  # fmt: skip
def list_separator(value: str, field: Field) -> Found:
    """複数の値を書く列では、半角のセミコロンで区切ります。括弧の中の読点はそのままでかまいません。

    A column for several values joins them by half-width semicolons. Commas inside brackets may stay.
    """
    if ";" in value:
        return None
    outside = _BRACKETED.sub(lambda part: "x" * len(part[0]), value.strip())
    for separator in _SEPARATORS:
        places = [0, *(end for part in re.finditer(separator, outside) for end in part.span()), len(outside)]
        entries = [value.strip()[a:b].strip() for a, b in zip(places[::2], places[1::2], strict=True)]
        if len(places) > 2 and len([entry for entry in entries if entry]) > 1:
            return {"suggestion": ";".join(" ".join(entry.split()) for entry in entries if entry)}
    return None


@rule(
    "cell", kinds=("height",), severity="warning",
    ja="「{value}」は高度の値として読めません。階は 3（地下1階は -1）、標高や地表高はメートルの数を、単位を付けずに書いてください。",
    en="“{value}” is no height. Write floors as 3 (-1 for the first basement), heights in metres, without a unit.",
    bad="地下1階", good="-1", source=COMMON, clean=r"-?[0-9]+(?:\.[0-9]+)?",
)  # fmt: skip
def height_format(value: str, field: Field) -> Found:
    """高度の値は数だけを書きます。階か高さかは「高度の種別」が示します。地下1階は -1、中2階は 1.5 です。

    A height is a bare number; its kind stands in a column of its own. The first basement is -1, a mezzanine 1.5.
    """
    if field.shape.type == "number":  # judged by number-format
        return None
    text = narrow(value)
    plain = None
    if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", text):
        plain = text
    elif found := re.fullmatch("(?:地下|B)([0-9]{1,2})(?:階|F)?", text):
        plain = f"-{found[1]}"
    elif found := re.fullmatch(
        r"(?:地上)?(-?[0-9]{1,2}(?:\.5)?)(?:階|F)|(-?[0-9]+(?:\.[0-9]+)?)(?:m|メートル)", text
    ):
        plain = found[1] or found[2]
    return unless(value == plain, value, plain)
