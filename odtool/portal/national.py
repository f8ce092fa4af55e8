"""Entries → the national オープンデータ一覧, in the old edition and in the new: a row for each file.

What nobody stated stays empty; a class that was not stated is a guess and says so in the row's note.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import quote

from odtool import resources
from odtool.page import UNWRITABLE
from odtool.portal.dcat import is_day
from odtool.portal.entries import Entry, File

EDITIONS = ("standard", "suisho")
_STANDARDS = {"standard": "自治体標準オープンデータセット", "suisho": "推奨データセット"}
_OTHER = "その他"
# Our own guess of the class (分類) that a dataset belongs to, for entries that do not state one; the national
# definitions list the classes and do not say which dataset is of which.
_CLASSES = {
    "国土・気象": ("evacuation_space",),
    "人口・世帯": ("population",),
    "運輸・観光": ("tourism", "tourism_point", "event", "parking", "bicycle_parking"),
    "情報通信・科学技術": ("public_wireless_lan",),
    "教育・文化・スポーツ・生活": (
        "cultural_property",
        "educational_institution",
        "school_district",
        "school_district_metadata",
        "school_lunch",
        "school_food_services",
        "garbage_collection_place",
        "garbage_separation",
        "public_toilet",
    ),
    "行財政": ("public_facility", "facility", "open_data_list", "polling_place", "support_system"),
    "司法・安全・環境": ("fire_hydrant", "emergency_radio"),
    "社会保障・衛生": ("aed", "baby_station", "care_service", "food_business_all", "hospital", "preschool"),
}
_CLASS_OF = {slug: name for name, slugs in _CLASSES.items() for slug in slugs}

Numbers = dict[str, int]
"""The number of each row by the file's place in the catalogue, «262021_aed/262021_aed.csv»; never given twice."""


def numbered(entries: Iterable[Entry], known: Numbers) -> Numbers:
    """The numbers of these files; new ones go on after the highest that was ever given."""
    places = [_place(entry, file) for entry in entries for file in entry.files]
    highest = max(known.values(), default=0)
    fresh = [place for place in places if place not in known]
    return known | {place: highest + n for n, place in enumerate(fresh, 1)}


def _place(entry: Entry, file: File) -> str:
    return f"{entry.name}/{file.name}"


def listed(edition: str, entries: Iterable[Entry], numbers: Numbers, base: str) -> bytes:
    """The CSV of one municipality: UTF-8 with byte order mark, CRLF. `base` is the catalogue's address with a slash
    at the end; without it («») the columns for addresses stay empty."""
    row = {"standard": _standard, "suisho": _suisho}[edition]
    columns = _columns(edition)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for entry in entries:
        for file in entry.files:
            cells = row(entry, file, numbers, base)
            writer.writerow([_cell(cells.get(column, "")) for column in columns])
    return text.getvalue().encode("utf-8-sig")


@cache
def _columns(edition: str) -> tuple[str, ...]:
    package = json.loads(resources.text("datapackages", f"{edition}-open_data_list", "datapackage.json"))
    return tuple(field["name"] for field in package["resources"][0]["schema"]["fields"])


def _cell(value: str) -> str:
    """In one line, and nothing that a spreadsheet would run: such a text is left out."""
    line = " ".join(UNWRITABLE.sub(" ", value).split())
    return "" if line[:1] in tuple("=@+-＝＠＋－") else line


def _standard(entry: Entry, file: File, _: Numbers, base: str) -> Mapping[str, str]:
    contact = entry.contact
    standard = _STANDARDS.get(entry.edition, "")
    return {
        "データセット_ID": entry.name,
        "全国地方公共団体コード": entry.place.code,
        "地方公共団体名": entry.publisher,
        "データセット_タイトル": entry.title,
        "データセット_概要": entry.description,
        "データセット_キーワード": ";".join(word.replace(";", " ") for word in entry.keywords),
        "データセット_分類": entry.category or _class(entry),
        "データセット_公開日": _day(entry.published),
        "データセット_最終更新日": _day(entry.updated),
        "データセット_言語": entry.language,
        "データセット_URL": _page(entry, base),
        "データセット_更新頻度": entry.frequency,
        "データセット_準拠する標準": standard,
        "データセット_来歴情報": entry.source_url,
        "データセット_対象地域": entry.spatial or entry.publisher,
        "データセット_対象期間": entry.temporal,
        "データセット_連絡先名称": contact.name if contact else "",
        "データセット_連絡先メールアドレス": contact.email if contact else "",
        "データセット_備考": _note(entry),
        "ファイル_タイトル": file.title,
        "ファイル_アクセスURL": _page(entry, base),
        "ファイル_ダウンロードURL": _download(entry, file, base),
        "ファイル形式": file.format.lower(),
        "ファイル_ライセンス": entry.licence_id,
        "ファイル_ステータス": "配信中",
        "ファイル_サイズ": "" if file.size is None else str(file.size),
        "ファイル_公開日": _day(file.published),
        "ファイル_最終更新日": _day(file.updated),
        "ファイル_利用規約": entry.licence_url,
        "ファイル_言語": entry.language,
        "ファイル_準拠する標準": standard,
        "ファイル_API対応有無": "無",
    }


def _suisho(entry: Entry, file: File, numbers: Numbers, base: str) -> Mapping[str, str]:
    return {
        "都道府県コード又は市区町村コード": entry.place.code,
        "NO": f"{numbers[_place(entry, file)]:010d}",
        "都道府県名": entry.place.prefecture,
        "市区町村名": entry.place.name,
        "データ名称": entry.title if len(entry.files) == 1 else f"{entry.title} {file.title}",
        "データ概要": entry.description,
        "データ形式": file.format,
        "分類": entry.category or _class(entry),
        "更新頻度": entry.frequency,
        "URL": _page(entry, base),
        "API対応有無": "無",
        "ライセンス": entry.licence_id,
        "登録日": _day(file.published),
        "最終更新日": _day(file.updated),
        "備考": _note(entry),
    }


def _class(entry: Entry) -> str:
    return _CLASS_OF.get(entry.dataset.partition("-")[2], _OTHER)


def _note(entry: Entry) -> str:
    return "" if entry.category else "分類は推定"


def _day(value: str) -> str:
    return value[:10] if is_day(value) else ""


def _page(entry: Entry, base: str) -> str:
    return f"{base}{quote(entry.name)}/index.html" if base else ""


def _download(entry: Entry, file: File, base: str) -> str:
    return f"{base}{quote(entry.name)}/{quote(file.name)}" if base else ""
