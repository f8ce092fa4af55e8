"""Where something is: prefecture, municipality, postcode and coordinates."""

import re
from decimal import Decimal
from functools import cache

from odtool import former, municipality
from odtool.model import Field
from odtool.rule import CONSTRAINT, STYLE, rule
from odtool.rules import mends
from odtool.rules.cell.common import COMMON, GIF, Found, unless
from odtool.text import narrow


@rule(
    "cell", kinds=("prefecture-name",), severity="error",
    ja="「{value}」は都道府県名ではありません。「京都府」のように、都・道・府・県まで書いてください。",
    en="“{value}” is no prefecture. Write its full name, like 京都府.",
    bad="京都", good="京都府", source=COMMON,
    mends=mends.PREFECTURE,
)  # fmt: skip
def prefecture_name(value: str, field: Field) -> Found:
    """都道府県名は正式な名前で書きます。

    A prefecture is written with its full name.
    """
    names = municipality.prefectures()
    full = next((name for name in sorted(names) if value.strip() in (name, name[:-1])), None)
    return unless(value in names, value, full)


@rule(
    "cell", kinds=("municipality-name",), severity="error",
    ja="「{value}」は市区町村名ではありません。番地などを付けず、市区町村の正式な名前だけを書いてください。",
    en="“{value}” is no municipality. Write only its official name, without the rest of the address.",
    bad="京丹後市峰山町杉谷889", good="京丹後市", source=COMMON,
)  # fmt: skip
def municipality_name(value: str, field: Field) -> Found:
    """市区町村名の列には、市区町村の正式な名前だけを書きます。郡名や政令市の区名は付けられます。

    A column of municipalities holds their official names only. District (郡) and ward names may be added.
    """
    # A name that merely is not in today's list may be that of a municipality before a merger.
    good = municipality.exists(value) or re.fullmatch("[^0-9０-９]{1,8}[市区町村]", value) is not None
    return unless(good, value)


@rule(
    "cell", kinds=("municipality-name",), stage=CONSTRAINT, severity="hint",
    ja="{told}当時の記録でなければ、今の名前に直してください。",
    en="{told_en} Unless it is a record of that time, write the present name.",
    bad="浦和市", good="さいたま市", source="https://www.e-stat.go.jp/municipalities/cities",
)  # fmt: skip
def municipality_name_former(value: str, field: Field) -> Found:
    """合併や名称変更でなくなった市区町村の名前は、今の名前に置き換えます。過去の記録として書いたものは、そのままで構いません。

    A name that a municipality gave up in a merger or otherwise is replaced by the present one, unless it is meant as a
    record of the past.
    """
    if municipality.exists(value) or (past := former.past_name(value)) is None:
        return None
    place = municipality.municipalities()[past.code]
    return {"told": past.ja, "told_en": past.en, "suggestion": None if place.ward else place.title}


@rule(
    "cell", kinds=("postcode",), severity="error",
    ja="「{value}」は郵便番号の形ではありません。ハイフンなしの半角数字7桁で書いてください。",
    en="“{value}” is not a postcode. Write seven half-width digits without a hyphen.",
    bad="604-8571", good="6048571", source=f"{GIF} DS-443 郵便番号", clean="[0-9]{7}",
    mends=mends.POSTCODE,
)  # fmt: skip
def postcode_format(value: str, field: Field) -> Found:
    """郵便番号はハイフンを入れず、半角数字7桁で書きます。

    A postcode is seven half-width digits without a hyphen.
    """
    plain = narrow(value).removeprefix("〒").strip().replace("-", "")
    good = re.fullmatch("[0-9]{7}", value) is not None
    return unless(good, value, plain if re.fullmatch("[0-9]{7}", plain) else None)


_DEGREES = r"""(?:北緯|東経)?([0-9]{1,3})[°度]([0-9]{1,2})[’'′分]([0-9]{1,2}(?:\.[0-9]+)?)[”"″秒]?(?:[NE])?"""


@cache
def degrees(value: str) -> str | None:
    """The decimal degrees that are surely meant: stray signs dropped, minutes and seconds converted."""
    text = narrow(value).strip(" ,、。")
    if re.fullmatch(r"[0-9]{1,3}\.[0-9]+", text):
        return text
    if found := re.fullmatch(_DEGREES, text.replace("''", '"')):
        whole, minutes, seconds = Decimal(found[1]), Decimal(found[2]), Decimal(found[3])
        if minutes >= 60 or seconds >= 60:
            return None
        return f"{whole + minutes / 60 + seconds / 3600:.6f}"
    return None


@rule(
    "cell", kinds=("latitude", "longitude"), severity="error",
    ja="「{value}」は緯度・経度の形ではありません。35.011636 のように、度を小数で書いてください。",
    en="“{value}” is not a coordinate. Write decimal degrees, like 35.011636.",
    bad="35°00’41”", good="35.011389", source=f"{GIF} DS-444 地理座標", clean=r"[0-9]{2,3}\.[0-9]+",
    mends=mends.COORDINATE,
)  # fmt: skip
def coordinate_format(value: str, field: Field) -> Found:
    """緯度と経度は、世界測地系の十進法の度を半角で書きます。

    Latitude and longitude are decimal degrees (JGD2011) in half width.
    """
    return unless(re.fullmatch(r"-?[0-9]{1,3}(?:\.[0-9]+)?", value) is not None, value, degrees(value))


@rule(
    "cell", kinds=("latitude", "longitude"), stage=STYLE, severity="hint",
    ja="「{value}」は小数点以下が{digits}桁です。場所が数百メートルずれることがあります。6桁で書いてください。",
    en="{value} has {digits} decimals, which can be hundreds of metres off. Write six.",
    bad="35.01", good="35.011636", source=COMMON, clean=r"[0-9]+\.[0-9]{4,}",
)  # fmt: skip
def coordinate_coarse(value: str, field: Field) -> Found:
    """緯度と経度は小数点以下6桁で書きます。4桁で約10メートルの細かさです。

    Coordinates have six decimals; four of them tell places about ten metres apart.
    """
    digits = len(value.partition(".")[2])
    return {"digits": digits} if digits < 4 else None
