"""Rules on cells of one record that must agree. Each is asked once per distinct combination of cells.

A check gets the cells of the kinds it names, in that order ("" where the cell is empty or the column is
missing), and yields hits; `at` says at which of the kinds the finding stands. `clean` accepts the cells
joined by tabs.
"""

import re
from collections.abc import Iterator

from odtool.municipality import exists, is_name, municipalities, prefectures
from odtool.rule import Hit, rule
from odtool.rules import mends
from odtool.rules.cell.common import COMMON
from odtool.text import fold

# Japan from Okinotorishima to Cape Soya and from Yonaguni to Minamitorishima, with a margin of about 0.2°.
# Source: 国土地理院「日本の東西南北端点の経度緯度」.
LATITUDES = (20.2, 45.8)
LONGITUDES = (122.7, 154.2)
# A latitude and a longitude that no rule objects to.
_SURELY_FINE = r"(?:2[1-9]|3[0-9]|4[0-4])\.[0-9]+\t1(?:2[3-9]|[34][0-9]|5[0-3])\.[0-9]+"
_DEGREES = r"-?[0-9]{1,3}(?:\.[0-9]+)?"


def _degrees(text: str) -> float | None:
    return float(text) if re.fullmatch(_DEGREES, text) else None


def _within(value: float | None, bounds: tuple[float, float]) -> bool:
    return value is not None and bounds[0] <= value <= bounds[1]


def _shifted(text: str, bounds: tuple[float, float]) -> str | None:
    """The number with its decimal point where it belongs: 343.208813 → 34.3208813; None where that is no place."""
    digits = text.replace(".", "")
    whole = len(str(int(bounds[0])))
    shifted = f"{digits[:whole]}.{digits[whole:]}"
    return shifted if len(digits) > whole + 3 and _within(_degrees(shifted), bounds) else None


def _exchanged(latitude: str, longitude: str) -> bool:
    return _within(_degrees(latitude), LONGITUDES) and _within(_degrees(longitude), LATITUDES)


@rule(
    "record", kinds=("latitude", "longitude"), severity="error",
    ja="緯度と経度が入れ替わっています（緯度 {latitude}、経度 {longitude}）。2つの列の値を入れ替えてください。",
    en="Latitude and longitude are exchanged ({latitude}, {longitude}). Swap the two values.",
    bad="緯度 135.768029、経度 35.011636", good="緯度 35.011636、経度 135.768029", source=COMMON, clean=_SURELY_FINE,
    mends=mends.COORDINATES_SWAPPED,
)  # fmt: skip
def coordinate_swapped(latitude: str, longitude: str) -> Iterator[Hit]:
    """日本では緯度は20〜46、経度は122〜154です。

    In Japan a latitude lies between 20 and 46, a longitude between 122 and 154.
    """
    if _exchanged(latitude, longitude):
        yield {"at": "latitude", "value": latitude, "suggestion": longitude,
               "latitude": latitude, "longitude": longitude}  # fmt: skip


@rule(
    "record", kinds=("latitude", "longitude"), severity="error",
    ja="経度が緯度と同じ値（{value}）です。経度を入れ直してください。",
    en="The longitude is a copy of the latitude ({value}). Enter the longitude.",
    bad="緯度 43.025174、経度 43.025174", good="緯度 43.025174、経度 141.354389", source=COMMON, clean=_SURELY_FINE,
)  # fmt: skip
def coordinate_copied(latitude: str, longitude: str) -> Iterator[Hit]:
    """緯度と経度が同じ値になる場所は日本にありません。

    No place in Japan has the same latitude and longitude.
    """
    if latitude and latitude == longitude and _degrees(latitude) is not None:
        yield {"at": "longitude", "value": longitude}


@rule(
    "record", kinds=("latitude", "longitude"), severity="error",
    ja="{name} {value} は日本の外です（日本は {least}〜{most}）。小数点の位置などを確かめてください。",
    en="The {name_en} {value} is outside Japan ({least} to {most}). Check the decimal point.",
    bad="緯度 343.208813", good="緯度 34.320881", source=COMMON, clean=_SURELY_FINE,
)  # fmt: skip
def coordinate_outside(latitude: str, longitude: str) -> Iterator[Hit]:
    """位置は日本の範囲（緯度20.2〜45.8、経度122.7〜154.2）に入ります。

    A place lies within Japan (latitude 20.2 to 45.8, longitude 122.7 to 154.2).
    """
    if _exchanged(latitude, longitude) or (latitude and latitude == longitude):
        return
    for at, name, text, bounds in (
        ("latitude", "緯度", latitude, LATITUDES),
        ("longitude", "経度", longitude, LONGITUDES),
    ):
        value = _degrees(text)
        if value is not None and not _within(value, bounds):
            yield {
                "at": at,
                "value": text,
                "name": name,
                "name_en": at,
                "least": bounds[0],
                "most": bounds[1],
                "suggestion": _shifted(text, bounds),
            }


@rule(
    "record", kinds=("latitude", "longitude"), severity="warning",
    ja="{name}だけが空です。緯度と経度は両方書くか、両方とも空欄にしてください。",
    en="Only the {name_en} is empty. Give both coordinates or none.",
    bad="緯度 35.011636、経度（空欄）", good="緯度 35.011636、経度 135.768029", source=COMMON, clean=_SURELY_FINE,
)  # fmt: skip
def coordinate_half(latitude: str, longitude: str) -> Iterator[Hit]:
    """緯度と経度は、そろって初めて場所を示します。

    Only both coordinates together tell a place.
    """
    if bool(latitude.strip()) != bool(longitude.strip()):
        missing = "longitude" if latitude.strip() else "latitude"
        name, value = {"latitude": ("緯度", latitude), "longitude": ("経度", longitude)}[missing]
        yield {"at": missing, "value": value, "name": name, "name_en": missing}


@rule(
    "record", kinds=("municipality-code", "prefecture-name"), severity="error",
    ja="都道府県名「{value}」が、コード {code}（{title}）と合いません。どちらかを直してください。",
    en="The prefecture “{value}” does not belong to the code {code} ({title}). Correct one of the two.",
    bad="262129、大阪府", good="262129、京都府", source=COMMON,
)  # fmt: skip
def prefecture_mismatch(code: str, prefecture: str) -> Iterator[Hit]:
    """都道府県名は、同じ行の全国地方公共団体コードが示す都道府県です。

    The prefecture is that of the local government code in the same row.
    """
    place = municipalities().get(code)
    if place and prefecture in prefectures() and place.prefecture != prefecture:
        yield {"at": "prefecture-name", "value": prefecture, "code": code, "title": place.prefecture + place.name}  # fmt: skip


@rule(
    "record", kinds=("municipality-code", "municipality-name"), severity="error",
    ja="「{value}」は、コード {code}（{title}）の市区町村名と合いません。どちらかを直してください。",
    en="“{value}” is not the municipality of the code {code} ({title}). Correct one of the two.",
    bad="262129、宮津市", good="262129、京丹後市", source=COMMON,
)  # fmt: skip
def municipality_mismatch(code: str, name: str) -> Iterator[Hit]:
    """市区町村名は、同じ行の全国地方公共団体コードが示す市区町村です。郡名や政令市の区名は付けられます。

    The municipality is that of the code in the same row. District (郡) and ward names may be added.
    """
    place = municipalities().get(code)
    if place and place.name and exists(name) and not is_name(name, place):
        yield {"at": "municipality-name", "value": name, "code": code, "title": place.title,
               "suggestion": place.title}  # fmt: skip


@rule(
    "record", kinds=("municipality-code", "organization-name"), severity="warning",
    ja="地方公共団体名「{value}」が、コード {code}（{title}）と合いません。どちらかを直してください。",
    en="“{value}” is not the local government with the code {code} ({title}). Correct one of the two.",
    bad="262129、京都府宮津市", good="262129、京都府京丹後市", source=COMMON,
)  # fmt: skip
def organization_mismatch(code: str, name: str) -> Iterator[Hit]:
    """地方公共団体名は、都道府県名と市区町村名をつなげて書きます。

    The local government is named by prefecture and municipality together.
    """
    place = municipalities().get(code)
    if place and name and fold(place.city or place.prefecture) not in fold(name):
        yield {"at": "organization-name", "value": name, "code": code,
               "title": place.prefecture + place.name, "suggestion": place.prefecture + place.name}  # fmt: skip
