"""Which field each column of a municipality's own layout most likely stands for, with a score.

Names are compared folded, through the aliases of the definition and the words that offices use for the same
thing; then the values are looked at: a column of 35.62… is no telephone number, whatever it is called.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice

from odtool import municipality
from odtool.datasets.mapping import Columns, fingerprint
from odtool.model import Dataset, Field, Table
from odtool.text import fold, is_blank, narrow

LOOKED_AT = 200  # rows whose values are looked at
LEAST = 0.5  # score from which a pair is proposed
SURE = 0.9  # score from which a person need hardly look

# Words that stand for the same thing, by the end of a field's name; the column is called so, or ends so.
_ALIKE: tuple[tuple[str, str], ...] = (
    ("名称_カナ", "名称カナ フリガナ ふりがな カナ ヨミ よみがな 施設名カナ 施設名称カナ 名称（カナ） 施設名_カナ 名称ふりがな"),
    ("名称_通称", "通称 愛称 別名"),
    ("名称_英字", "英語名 英語表記 英名 ローマ字"),
    ("名称", ("施設名 施設名称 名前 避難所名 避難場所名 避難所名称 避難場所名称 トイレ名 公園名 公園名称 観光スポット名称 農園名 図書館名 "
             "設置場所名 設置施設名 設置施設 学校名 園名 店名 病院名 医療機関名 文化財名 イベント名 公園等施設名 件名 タイトル")),
    ("住所", "所在地 施設所在地 場所 所在 所在地住所 所在地_連結表記 設置場所住所 開催場所住所 番地"),
    ("所在地_連結表記", "住所 所在地 施設所在地 所在地住所"),
    ("方書", "建物名等(方書) 建物名 建物名等 階数"),
    ("電話番号", "電話 TEL tel 連絡先 連絡先電話番号 問い合わせ先電話番号 代表電話 電話番号1 Tel"),
    ("内線番号", "内線"),
    ("FAX番号", "FAX ファックス ファクス ファックス番号"),
    ("緯度", "北緯 lat latitude Y座標 緯度（世界測地系） 世界_10進_Y 緯度(10進) y"),
    ("経度", "東経 lon lng longitude X座標 経度（世界測地系） 世界_10進_X 経度(10進) x"),
    ("標高", "海抜 標高（m） 海抜(m)"),
    ("郵便番号", "〒 郵便 ゆうびん番号"),
    ("URL", "ホームページ HP ウェブサイト リンク アドレス ホームページアドレス HPアドレス 詳細URL"),
    ("備考", "摘要 注記 特記事項 メモ その他 補足"),
    ("説明", "概要 内容 紹介 施設概要 紹介文"),
    ("ID", "NO No. 番号 № 管理番号 通し番号 整理番号 連番 施設番号"),
    ("NO", "ID No. 番号 № 管理番号 通し番号 整理番号 連番 施設番号"),
    ("設置位置", "設置場所 施設内設置場所 設置箇所 設置個所 設置階"),
    ("利用可能曜日", "利用曜日 開館曜日 AED利用可能曜日 診療曜日 開所曜日"),
    ("開始時間", "開館時間 開始時刻 利用開始時間 開所時間 開園時間 始業時間"),
    ("終了時間", "閉館時間 終了時刻 利用終了時間 閉所時間 閉園時間"),
    ("利用可能日時特記事項", "利用時間 AED利用可能時間 開館時間 診療時間 開設時間"),
    ("想定収容人数", "収容人数 収容可能人数 最大収容人数 定員"),
    ("団体名", "運営主体 設置者 運営者 事業者名 法人名 管理者"),
    ("小児対応設備の有無", "小児用パッドの有無 小児用 小児対応 小児用パッド"),
    ("都道府県名", "都道府県 県名"),
    ("市区町村名", "市区町村 市町村 市町村名 地方公共団体名 自治体名"),
    ("地方公共団体名", "市区町村名 市町村名 自治体名"),
    ("全国地方公共団体コード", "都道府県コード又は市区町村コード 市区町村コード 団体コード 自治体コード"),
    ("都道府県コード又は市区町村コード", "全国地方公共団体コード 市区町村コード 団体コード 自治体コード"),
)  # fmt: skip
_WORDS = {name: tuple(fold(word) for word in words.split()) for name, words in _ALIKE}

_FORMS: dict[str, str] = {
    "latitude": r"(?:2[0-9]|3[0-9]|4[0-5])\.[0-9]+",
    "longitude": r"1(?:2[2-9]|[34][0-9]|5[0-4])\.[0-9]+",
    "phone": r"\(?0[0-9]{1,4}[-()][0-9]{1,4}[-)][0-9]{3,4}.*|0[0-9]{9,10}",
    "postcode": "〒?[0-9]{3}-?[0-9]{4}",
    "url": "https?://.+",
    "email": r"[^@\s]+@[^@\s]+\.[a-z]+",
    "kana": "[ァ-ヶー・ \u3000A-Za-z0-9()-]+",
    "municipality-code": "[0-9]{5,6}",
    "weekdays": "[月火水木金土日祝・、～~から曜-]+",
    "corporate-number": "[0-9]{13}",
    "address": ".*[都道府県市区町村郡].+",
}
_OF_TYPE: dict[str, str] = {
    "date": r"(?:[0-9]{4}|[MTSHR明大昭平令][^0-9]*[0-9]{1,2})[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}.*",
    "time": "[0-9]{1,2}[:時].*",
    "number": r"-?[0-9,]+(?:\.[0-9]+)?",
    "integer": "-?[0-9,]+",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A column, the field it may stand for, and how sure that is (0 to 1)."""

    label: str
    field: str
    score: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The pairs in the order of the columns, and the columns for which nothing was found."""

    dataset: Dataset
    pairs: tuple[Pair, ...]
    left: tuple[str, ...]
    columns: Columns

    @property
    def scores(self) -> dict[str, float]:
        return {pair.label: pair.score for pair in self.pairs}


def suggest(
    table: Table, datasets: Iterable[Dataset], file_name: str = "", code: str | None = None
) -> Suggestion | None:
    """The best mapping onto one of the datasets; None where no column finds a field.

    `code` is the municipality whose file it is: its name and prefecture become fixed values where they are missing.
    """
    found = list(datasets)
    best = max(found, key=lambda d: _likeness(table.labels, d, file_name), default=None)
    if best is None:
        return None
    values = _values(table)
    scored = sorted(
        (
            (score, -n, -m, table.labels[n], field)
            for n, label in enumerate(table.labels)
            for m, field in enumerate(best.fields)
            if not is_blank(label) and (score := _score(label, values[n], field)) >= LEAST
        ),
        key=lambda entry: entry[:3],
        reverse=True,
    )
    pairs: dict[str, Pair] = {}
    taken: set[str] = set()
    for score, _, _, label, field in scored:
        if label not in pairs and field.name not in taken:
            pairs[label] = Pair(label, field.name, round(score, 2))
            taken.add(field.name)
    if not pairs:
        return None
    chosen = tuple(pairs[label] for label in dict.fromkeys(table.labels) if label in pairs)
    columns = Columns(
        {pair.label: pair.field for pair in chosen},
        dict(_fixed(best, taken, code)),
        best.id if best.slug else None,
        fingerprint(table.labels),
        "identify --suggest",
    )
    left = tuple(label for label in table.labels if label not in pairs and not is_blank(label))
    return Suggestion(best, chosen, left, columns)


def _values(table: Table) -> list[tuple[str, ...]]:
    records = list(islice(table.grid.records(), table.header_row, table.header_row + LOOKED_AT))
    return [
        tuple(dict.fromkeys(r[n].strip() for r in records if n < len(r) and not is_blank(r[n])))
        for n in range(len(table.labels))
    ]


def _likeness(labels: Sequence[str], dataset: Dataset, file_name: str) -> float:
    """How much of the columns and of the dataset is alike by name, and whether the file is called so."""
    own = {fold(name) for f in dataset.fields for name in (f.name, *f.aliases)}
    other = {word for f in dataset.fields for word in _words(f.name)}
    folded = [fold(label) for label in labels if not is_blank(label)]
    shared = sum(1.0 if label in own else 0.5 if label in other else 0.0 for label in folded)
    title = dataset.name.removesuffix("一覧")
    named = bool(dataset.slug and dataset.slug in file_name.replace("-", "_")) or title in file_name
    pieces = {title[n : n + 2] for n in range(len(title) - 1)}
    about = sum(any(piece in label for label in (*folded, file_name)) for piece in pieces) / max(
        len(pieces), 1
    )
    return shared / max(len(folded), 1) * 0.7 + shared / len(dataset.fields) * 0.3 + 0.5 * named + 0.3 * about


def _words(name: str) -> tuple[str, ...]:
    found = _WORDS.get(name)
    if found is None and "_" in name:
        found = _WORDS.get(name.rpartition("_")[2])
    return found or ()


def _score(label: str, values: Sequence[str], field: Field) -> float:
    named = _named(fold(label), field)
    form = _FORMS.get(field.kind) or _OF_TYPE.get(field.shape.type)
    if not values or form is None:
        return named
    share = sum(re.fullmatch(form, narrow(value)) is not None for value in values) / len(values)
    if share < 0.2 and named < 1:
        return named * 0.6  # called alike, filled otherwise
    telling = field.kind in ("latitude", "longitude")
    return max(named * (0.8 + 0.2 * share), 0.6 * share if telling else 0.0)


def _named(label: str, field: Field) -> float:
    if label == fold(field.name):
        return 1.0
    if label in map(fold, field.aliases):
        return 0.98
    words = _words(field.name)
    if label in words:
        return 0.9 - 0.01 * words.index(label)
    if any(len(word) >= 3 and label.endswith(word) for word in words):
        return 0.7
    bare = re.sub(r"[(（].*?[)）]|※.*", "", label)
    alike = SequenceMatcher(None, bare or label, fold(field.name)).ratio()
    return alike * 0.85 if alike >= 0.6 else 0.0


def _fixed(dataset: Dataset, taken: set[str], code: str | None) -> Iterable[tuple[str, str]]:
    place = municipality.municipalities().get(code or "")
    if place is None:
        return
    told: dict[str, Callable[[municipality.Municipality], str]] = {
        "prefecture-name": lambda p: p.prefecture,
        "municipality-name": lambda p: p.city,
        "organization-name": lambda p: p.prefecture + p.name,
        "municipality-code": lambda p: p.code,
    }
    for field in dataset.fields:
        place_of = field.facts.get("codeOf") == "place" or field.name.startswith("所在地")
        if field.kind in told and field.name not in taken and not place_of:
            yield field.name, told[field.kind](place)
