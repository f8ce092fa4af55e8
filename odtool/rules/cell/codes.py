"""Codes with a meaning of their own, most with a check digit."""

import re

from odtool import municipality
from odtool.model import Field
from odtool.rule import CONSTRAINT, rule
from odtool.rules import mends
from odtool.rules.cell.common import Found, unless
from odtool.text import PLACEHOLDERS, narrow


@rule(
    "cell", kinds=("municipality-code",), severity="error",
    ja="「{value}」は全国地方公共団体コードではありません（{why}）。検査数字を含む6桁の半角数字で書いてください。",
    en="“{value}” is no local government code ({why_en}). Write six half-width digits including the check digit.",
    bad="26100", good="261009", source="https://www.soumu.go.jp/denshijiti/code.html",
    mends=mends.CODE,
)  # fmt: skip
def municipality_code(value: str, field: Field) -> Found:
    """全国地方公共団体コードは、先頭の0と末尾の検査数字を含めて6桁です。

    A local government code has six digits, with its leading zero and the check digit at its end.
    """
    if municipality.is_well_formed(value):
        return None
    digits = narrow(value)
    if value.strip() in PLACEHOLDERS:
        why, why_en, suggestion = "番号がありません", "there is no number", ""
    elif not digits.isdigit():
        why, why_en, suggestion = "数字でない文字があります", "not only digits", None
    elif len(digits) != 6:
        why, why_en = f"{len(digits)}桁です。先頭の0か末尾の検査数字が欠けています", f"{len(digits)} digits"
        suggestion = municipality.restored(digits)
    elif municipality.is_well_formed(digits):
        why, why_en, suggestion = "全角か余分な空白があります", "full-width digits or blanks", digits
    else:
        why, why_en, suggestion = "検査数字が合いません", "wrong check digit", None
    return {"why": why, "why_en": why_en, "suggestion": suggestion}


@rule(
    "cell", kinds=("municipality-code",), stage=CONSTRAINT, severity="warning",
    ja="コード「{value}」は現在の全国地方公共団体コード一覧にありません。合併前の古いコードでないか確かめてください。",
    en="The code {value} is not in the present list of local governments. It may be an abolished one.",
    bad="262005", good="262013", source="https://www.soumu.go.jp/denshijiti/code.html",
)  # fmt: skip
def municipality_code_unknown(value: str, field: Field) -> Found:
    """合併などで廃止されたコードは、今のコードに置き換えます。

    A code abolished by a merger is replaced by the present one.
    """
    return None if value in municipality.municipalities() else {}


def corporate_check_digit(twelve: str) -> int:
    """Check digit of a 法人番号. Source: 法人番号の指定等に関する省令 第2条."""
    return 9 - sum(int(d) * (1 + n % 2) for n, d in enumerate(reversed(twelve))) % 9


@rule(
    "cell", kinds=("corporate-number",), severity="error",
    ja="「{value}」は法人番号ではありません（{why}）。13桁の半角数字で書いてください。",
    en="“{value}” is no corporate number ({why_en}). Write 13 half-width digits.",
    bad="4000020262128", good="4000020262129", source="https://www.houjin-bangou.nta.go.jp/",
    mends=mends.CORPORATE_NUMBER,
)  # fmt: skip
def corporate_number(value: str, field: Field) -> Found:
    """法人番号は、先頭の検査数字を含めて13桁です。

    A corporate number has 13 digits, the first of which is a check digit.
    """
    digits = narrow(value)
    if re.fullmatch("[0-9]{13}", digits) and int(digits[0]) == corporate_check_digit(digits[1:]):
        if digits == value:
            return None
        return {
            "why": "全角か余分な空白があります",
            "why_en": "full-width digits or blanks",
            "suggestion": digits,
        }
    if re.fullmatch("[0-9]{13}", digits):
        return {"why": "検査数字が合いません", "why_en": "wrong check digit"}
    found = unless(False, value)
    return found and {**found, "why": "13桁の数字ではありません", "why_en": "not 13 digits"}
