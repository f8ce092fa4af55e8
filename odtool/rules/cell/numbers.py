"""Numbers, whole numbers and truth values."""

import re
from decimal import Decimal, InvalidOperation
from functools import cache

from odtool.model import Field
from odtool.rule import rule
from odtool.rules import mends
from odtool.rules.cell.common import TABLE_SCHEMA, Found, unless
from odtool.rules.file import MACHINE_READABILITY
from odtool.text import narrow


@cache
def number(text: str) -> Decimal | None:
    """A plain decimal number in ASCII digits, without separators, units or exponents."""
    if not re.fullmatch(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def bare(value: str, field: Field) -> str:
    """The value with the schema's own group and decimal characters taken as agreed."""
    if group := field.facts.get("groupChar"):
        value = value.replace(group, "")
    if point := field.facts.get("decimalChar"):
        value = value.replace(point, ".")
    if field.facts.get("bareNumber") is False:
        value = re.sub(r"^[^0-9+-]+|[^0-9]+$", "", value)
    return value


def _plain_number(value: str) -> str | None:
    """What is certain to be meant: «１,２３４» is 1234. Units and notes are left to a person."""
    plain = re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?:[^0-9]|$))", "", narrow(value))
    return plain if number(plain) is not None else None


# Units that change nothing about the number: what is counted, and metres, square metres and yen. «3.5km» or «12千円» in
# a column of metres or yen is another number, and which unit a column has is hardly ever defined.
_COUNTED = (
    "人|名|世帯|戸|件|棟|台|個|箇所|か所|カ所|ヶ所|所|校|園|回|本|枚|冊|部|床|室|席|区画|社|団体|頭|羽|匹|株|隻|基|ページ"
    "|円|メートル|平方メートル|m|m2"
)


def _without_unit(value: str) -> str | None:
    """The number before a unit: what is probably meant, for a person to decide."""
    found = re.fullmatch(rf"([+-]?[0-9][0-9,]*(?:\.[0-9]+)?)\s*(?:{_COUNTED})", narrow(value).strip())
    return _plain_number(found[1]) if found else None


@rule(
    "cell", types=("number",), severity="error",
    ja="「{value}」は数値ではありません。単位や桁区切りを付けず、半角数字だけで書いてください。",
    en="“{value}” is not a number. Write half-width digits only, without units or separators.",
    bad="1,234人", good="1234", source=f"{MACHINE_READABILITY} L2-01", clean=r"-?[0-9]+(?:\.[0-9]+)?",
    mends=mends.NUMBER,
)  # fmt: skip
def number_format(value: str, field: Field) -> Found:
    """数値の列には半角の数字だけを書きます。単位、桁区切り、注記は別の列に分けます。

    A column of numbers holds half-width digits only; units, separators and notes go elsewhere.
    """
    if field.kind in ("latitude", "longitude"):  # judged by coordinate-format
        return None
    text = bare(value, field)
    return unless(
        text in ("NaN", "INF", "-INF") or number(text) is not None,
        value,
        _plain_number(value) or _without_unit(value),
    )


@rule(
    "cell", types=("integer",), severity="error",
    ja="「{value}」は整数ではありません。半角数字だけで書いてください。",
    en="“{value}” is not a whole number. Write half-width digits only.",
    bad="１２", good="12", source=f"{TABLE_SCHEMA}#integer", clean="-?[0-9]+",
    mends=mends.NUMBER,
)  # fmt: skip
def integer_format(value: str, field: Field) -> Found:
    """整数の列には半角の数字だけを書きます。

    A column of whole numbers holds half-width digits only.
    """
    plain = _plain_number(value) or _without_unit(value)
    return unless(
        re.fullmatch("[+-]?[0-9]+", bare(value, field)) is not None,
        value,
        plain if plain and re.fullmatch("[+-]?[0-9]+", plain) else None,
    )


@rule(
    "cell", types=("boolean",), severity="error",
    ja="「{value}」は真偽の値ではありません。{allowed} のどれかを書いてください。",
    en="“{value}” is no truth value. Write one of {allowed}.",
    bad="はい", good="true", source=f"{TABLE_SCHEMA}#boolean",
)  # fmt: skip
def boolean_format(value: str, field: Field) -> Found:
    """真偽の列には、スキーマが決めた値だけを書きます。

    A column of truth values holds only what the schema allows.
    """
    yes = tuple(field.facts.get("trueValues", ("true", "True", "TRUE", "1")))
    no = tuple(field.facts.get("falseValues", ("false", "False", "FALSE", "0")))
    found = unless(value in yes + no, value)
    return found and {**found, "allowed": "・".join(yes + no)}
