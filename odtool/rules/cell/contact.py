"""How to reach somebody: phone, web and mail."""

import re

from odtool.model import Field
from odtool.rule import rule
from odtool.rules import mends
from odtool.rules.cell.common import GIF, Found, unless
from odtool.text import narrow

_PHONE = (
    r"0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}|\(0[0-9]{1,4}\)[0-9]{1,4}-[0-9]{3,4}|0[0-9]{9,10}"
    r"|\+81 ?(?:\([0-9]{1,4}\)|[0-9]{1,4}-)[0-9]{1,4}-[0-9]{3,4}|#?[0-9]{3,4}"
)


@rule(
    "cell", kinds=("phone",), severity="error",
    ja="「{value}」は電話番号の形ではありません。075-000-0000 のように、市外局番から半角の数字とハイフンで、"
    "番号だけを書いてください。",
    en="“{value}” is not a phone number. Write only the number, with its area code, like 075-000-0000.",
    bad="０７５－０００－００００（代表）", good="075-000-0000", source=f"{GIF} DS-445 電話番号",
    clean=r"0[0-9]{1,4}-[0-9]{1,4}-[0-9]{4}",
    mends=mends.PHONE,
)  # fmt: skip
def phone_format(value: str, field: Field) -> Found:
    """電話番号は市外局番から、半角の数字とハイフンで書きます。市外局番の括弧は使えます。複数あるときは「 / 」で区切ります。

    A phone number has its area code and half-width digits and hyphens. Brackets round the area code are
    allowed; several numbers are separated by “ / ”.
    """
    if all(re.fullmatch(_PHONE, number) for number in value.split(" / ")):
        return None
    plain = re.sub(r"\s*([()-])\s*", r"\1", narrow(value))
    return unless(False, value, plain if re.fullmatch(_PHONE, plain) else None)


@rule(
    "cell", kinds=("url",), severity="error",
    ja="「{value}」は URL ではありません。https:// か http:// で始まるアドレスを一つだけ書いてください。",
    en="“{value}” is not a URL. Write one address that begins with https:// or http://.",
    bad="www.city.example.lg.jp", good="https://www.city.example.lg.jp/", source="https://www.rfc-editor.org/rfc/rfc3986",
    clean=r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:[/?#][A-Za-z0-9._~/?#@!$&()*+,;=%-]*)?",
    mends=mends.OUTER_BLANKS,
)  # fmt: skip
def url_format(value: str, field: Field) -> Found:
    """URL の列には、http から始まるアドレスを一つだけ書きます。

    A URL column holds one address that begins with http.
    """
    stripped = value.strip()
    good = re.fullmatch(r"https?://[^\s/?#]+\S*", stripped) is not None and stripped.count("://") == 1
    return unless(good and value == stripped, value, stripped if good else None)


@rule(
    "cell", kinds=("email",), severity="error",
    ja="「{value}」はメールアドレスではありません。半角で一つだけ書いてください。",
    en="“{value}” is not a mail address. Write one, in half width.",
    bad="kouhou＠city.example.lg.jp", good="kouhou@city.example.lg.jp", source="https://www.rfc-editor.org/rfc/rfc5322",
    clean=r"[A-Za-z0-9._-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    mends=mends.EMAIL,
)  # fmt: skip
def email_format(value: str, field: Field) -> Found:
    """メールアドレスは半角で一つだけ書きます。

    A mail address is written in half width, one in a cell.
    """
    pattern = r"[A-Za-z0-9._%+/=-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    plain = narrow(value)
    return unless(
        re.fullmatch(pattern, value) is not None, value, plain if re.fullmatch(pattern, plain) else None
    )
