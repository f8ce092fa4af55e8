"""Constraints of the schema, asked of values whose form is right."""

import re
import sys
from decimal import Decimal

from odtool.later import later
from odtool.model import Field
from odtool.rule import CONSTRAINT, LeavingNone, OfOtherLength, Outside, Sieve, Unlike, Unlisted, rule
from odtool.rules import mends
from odtool.rules.cell.common import TABLE_SCHEMA, Found, compiled, unless
from odtool.rules.cell.numbers import bare, number
from odtool.rules.cell.words import NO, YES
from odtool.text import fold, narrow


@rule(
    "cell", needs=("pattern",), stage=CONSTRAINT, severity="error",
    ja="「{value}」は決められた形（{pattern}）に合いません。{description}",
    en="“{value}” does not match the required form ({pattern}).",
    bad="A-1", good="0000000001", source=f"{TABLE_SCHEMA}#constraints",
    clean=lambda field: Unlike(field.shape.pattern or ""),
    mends=mends.PATTERN,
)  # fmt: skip
def pattern(value: str, field: Field) -> Found:
    """形の決まった項目は、決められた形で書きます。

    A column with a required form follows it, from the first character to the last.
    """
    wanted = field.shape.pattern or ""
    if compiled(wanted).fullmatch(value):
        return None
    plain = narrow(value)
    return {
        **(unless(False, value, plain if compiled(wanted).fullmatch(plain) else None) or {}),
        "pattern": wanted,
        "description": field.description,
    }


@rule(
    "cell", needs=("enum",), stage=CONSTRAINT, severity="error",
    ja="「{value}」は使えません。{allowed} から選んで書いてください。{advice}",
    en="“{value}” is not allowed. Choose from {allowed}.{advice_en}",
    bad="あり", good="有", source=f"{TABLE_SCHEMA}#constraints",
    clean=lambda field: Unlisted(field.shape.enum),
    mends=mends.ENUM,
)  # fmt: skip
def enum(value: str, field: Field) -> Found:
    """選択肢の決まった項目は、決められた語のどれかを、そのとおりに書きます。

    A column with a fixed list holds one of its words, exactly as listed.
    """
    words = field.shape.enum
    if value in words:
        return None
    hit = {"allowed": "・".join(words), "advice": "", "advice_en": ""}
    if (remarked := _REMARK.match(value.strip())) and remarked[1] in words:
        return hit | {
            "suggestion": remarked[1],
            "advice": f"「{remarked[1]}」だけを残し、注記は備考の列に移してください。",
            "advice_en": f" Keep only “{remarked[1]}” and move the note to the remarks column.",
        }
    return {**hit, **(unless(False, value, _same_word(value, words)) or {})}


# «有（要相談）»: a word of the list and a note on it.
_REMARK = later(r"([^\s（(※]+)[\s]*[（(※].*", re.DOTALL)


def _same_word(value: str, words: tuple[str, ...]) -> str | None:
    folded = [word for word in words if fold(word) == fold(value)]
    if folded:
        return folded[0]
    text = value.strip()
    for answers, word in ((YES, "有"), (NO, "無")):
        if word in words and text in answers:
            return word
    return None


def _outside(field: Field) -> Sieve:
    if field.kind in ("latitude", "longitude"):
        return LeavingNone()
    if field.shape.type not in ("number", "integer"):
        return lambda values: values
    return Outside(float(field.shape.minimum or "-inf"), float(field.shape.maximum or "inf"))


@rule(
    "cell", needs=("minimum", "maximum"), stage=CONSTRAINT, severity="error",
    ja="「{value}」は決められた範囲（{least}〜{most}）の外です。値を確かめてください。",
    en="{value} is outside the allowed range ({least} to {most}). Check the value.",
    bad="-5", good="5", source=f"{TABLE_SCHEMA}#constraints",
    clean=_outside,
)  # fmt: skip
def range_(value: str, field: Field) -> Found:
    """上限・下限の決まった項目は、その範囲の値を書きます。

    A column with bounds holds values within them.
    """
    if field.kind in ("latitude", "longitude"):  # judged together, by the rules on coordinates
        return None
    least, most = field.shape.minimum, field.shape.maximum
    numbers = field.shape.type in ("number", "integer", "year")
    text = bare(value, field)
    here = (
        (Decimal(text.replace("INF", "Infinity")) if text in ("INF", "-INF") else number(text))
        if numbers
        else value
    )
    low, high = (number(bound) if numbers and bound is not None else bound for bound in (least, most))
    if here is None:
        return None
    if (low is not None and here < low) or (high is not None and here > high):  # type: ignore[operator]
        return {"least": least or "", "most": most or ""}
    return None


def _of_other_length(field: Field) -> Sieve:
    return OfOtherLength(field.shape.min_length or 0, field.shape.max_length or sys.maxsize)


@rule(
    "cell", needs=("min_length", "max_length"), stage=CONSTRAINT, severity="error",
    ja="「{value}」は{length}文字です。{limit}で書いてください。",
    en="“{value}” has {length} characters; allowed: {limit_en}.",
    bad="（500文字の説明、上限200文字）", good="（200文字までの説明）", source=f"{TABLE_SCHEMA}#constraints",
    clean=_of_other_length,
)  # fmt: skip
def length(value: str, field: Field) -> Found:
    """文字数の決まった項目は、その長さで書きます。

    A column with a fixed length keeps to it.
    """
    least, most = field.shape.min_length, field.shape.max_length
    if (least is not None and len(value) < least) or (most is not None and len(value) > most):
        low, high = ("" if bound is None else str(bound) for bound in (least, most))
        return {"length": len(value), "limit": f"{low}〜{high}文字", "limit_en": f"{low} to {high}"}
    return None
