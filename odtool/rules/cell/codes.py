"""Codes with a meaning of their own, most with a check digit."""

import re

from odtool import former, municipality
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
    ja="コード「{value}」は {until} まで{was}のものでした{sure}。{now}{advice}",
    en="Until {until} the code {value} was that of {was}{sure_en}. {now_en} {advice_en}",
    bad="222046", good="221007", source="https://www.e-stat.go.jp/municipalities/cities",
)  # fmt: skip
def municipality_code_former(value: str, field: Field) -> Found:
    """合併などで廃止された団体コードは、今のコードに置き換えます。過去の記録として書いたものは、そのままで構いません。

    A code abolished by a merger or the like is replaced by the present one, unless it is meant as a record of the past.
    """
    gone = former.former(value)
    if gone is None:
        return None
    now, now_en = former.whose(gone)
    past, past_en = "当時の記録でなければ、", "Unless it is a record of that time, "
    return {
        "until": gone.until, "was": gone.prefecture + gone.name, "now": now, "now_en": now_en,
        "sure": "" if gone.sure else "（推定）", "sure_en": "" if gone.sure else " (assumed)",
        "advice": past + ("今のコードに直してください。" if gone.replacement else "合うほうの今のコードを確かめて直してください。"),
        "advice_en": past_en + ("write the present code." if gone.replacement else "find out which of today's codes is right."),
        "suggestion": gone.replacement or None,
    }  # fmt: skip


@rule(
    "cell", kinds=("municipality-code",), stage=CONSTRAINT, severity="hint",
    ja="コード「{value}」は一部事務組合・広域連合などのコードの形です（推定）。一覧がないので、実在するかは確かめていません。",
    en="The code {value} has the form of a joint body's (assumed). There is no list of them, so it was not checked.",
    bad="268011", good="261009", source="https://www.soumu.go.jp/denshijiti/code.html",
)  # fmt: skip
def municipality_code_joint(value: str, field: Field) -> Found:
    """一部事務組合や広域連合などのコードは都道府県が付けます。odtool はその一覧を持たないので、実在するかを確かめられません。

    Codes of joint bodies are given by the prefectures. odtool has no list of them and cannot tell whether one exists.
    """
    return {} if former.is_joint(value) else None


@rule(
    "cell", kinds=("municipality-code",), stage=CONSTRAINT, severity="warning",
    ja="コード「{value}」は、今の全国地方公共団体コードにも、{since} 以降に廃止されたコードにもありません。番号を確かめてください。",
    en="The code {value} is neither one of today's local governments nor one abolished since {since}. Check the number.",
    bad="262005", good="262013", source="https://www.soumu.go.jp/denshijiti/code.html",
)  # fmt: skip
def municipality_code_unknown(value: str, field: Field) -> Found:
    """団体コードは、総務省の全国地方公共団体コードにあるものを書きます。

    A local government code is one of those that the Ministry of Internal Affairs has given out.
    """
    if value in municipality.municipalities() or former.former(value) or former.is_joint(value):
        return None
    return {"since": former.FIRST.isoformat()}


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
