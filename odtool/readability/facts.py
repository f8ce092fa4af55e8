"""All that is known of a file when the 30 rules are judged. Values only; `gather` in judge.py fills them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from odtool.model import Field, Finding, Form, Match, Table
from odtool.readability.book import Book, BookSheet
from odtool.readability.layout import Layout
from odtool.readability.model import Words
from odtool.readability.values import is_period, is_plain, number_like
from odtool.text import PLACEHOLDERS, fold

Role = Literal["number", "coordinate", "date", "time", "code", "area", "address", "contact", "list", "name",
               "prose", "text", "empty"]  # fmt: skip

# By national kind. A kind that is missing here is judged by the column's name and values.
_ROLES: dict[str, Role] = {
    "number": "number", "height": "number", "latitude": "coordinate", "longitude": "coordinate", "date": "date",
    "time": "time", "municipality-code": "code", "id": "code", "corporate-number": "code", "town-id": "code",
    "poi-code": "code", "postcode": "code", "flag": "text", "presence": "text", "height-kind": "text",
    "prefecture-name": "area", "municipality-name": "area", "organization-name": "area", "address": "address",
    "phone": "contact", "extension": "contact", "url": "contact", "email": "contact", "weekdays": "list",
    "list": "list", "language": "list", "license": "text", "kana": "name", "latin": "name",
}  # fmt: skip
_PROSE = re.compile(
    "備考|説明|位置|特記|概要|注意|内容|詳細|情報|案内|方法|紹介|理由|経緯|コメント|アクセス|条件|要件|対象|料金|解説|由来|摘要|メモ|note|remark|description|comment",
    re.IGNORECASE,
)
_ADDRESS = re.compile("住所|所在|本籍|番地|方書|建物名|address", re.IGNORECASE)
_NAME = re.compile(
    "所管|担当|部署|名称|名$|氏名|施設名|園名|カナ|かな|ふりがな|フリガナ|よみ|name$", re.IGNORECASE
)
_CODE = re.compile(
    r"コード|番号|(?:^|[^a-z])(?:id|no|code)s?(?:$|[^a-z])|ＩＤ|ＮＯ|№|識別|郵便|法人番号|整理番号",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    "電話|tel|fax|ファクス|ファックス|内線|メール|mail|url|ホームページ|リンク", re.IGNORECASE
)
_LIST = re.compile("曜日|言語")
_COORDINATE = re.compile(
    r"緯度|経度|^(?:lat|lon|lng|latitude|longitude)$|(?:^|[_＿])[xy]$|座標(?!系)", re.IGNORECASE
)
DATE_NAME = re.compile(
    r"年月日|年月|年度|日付|期日|日時|(?:開始|終了|更新|作成|設置|指定|登録|開設|公開|発行|開催|施行|改定|改正|認可|調査|基準|完成|竣工|建設|建築|取得)[_＿]?(?:年|日)"
    r"|^(?:年|年次|西暦|和暦|時期|時点|期間|期|会計年度|暦年)$|(?:^|[_ ])(?:date|year|month|fiscal_year)(?:$|[_ ])",
    re.IGNORECASE,
)
_KIND = re.compile("区分|種別|分類|類型|フラグ|category|type", re.IGNORECASE)
_SHORT_CODE = re.compile("[0-9A-Za-z]{1,3}")
_DAY_NUMBER = re.compile("(?:1[89]|20)[0-9]{2}(?:[01][0-9](?:[0-3][0-9])?)?")  # 2026, 202604, 20260401
_FLAGS = frozenset({"0", "1", "０", "１"})  # yes and no, not numbers to compute with
_AREA = re.compile(
    r"^(?:所在地[_＿])?(?:都道府県|市区町村|市町村|区市町村|地方公共団体|自治体|団体|地域|市区|区|県|市|町|村)(?:名称?)?$|^(?:prefecture|municipality|city|region|area)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: `values` are its filled cells' texts, each with the rows in which it stands."""

    number: int
    label: str
    field: Field | None
    values: Mapping[str, Sequence[int]]
    empty: Sequence[int]
    role: Role

    @property
    def filled(self) -> int:
        return sum(map(len, self.values.values()))

    def named(self, pattern: re.Pattern[str]) -> bool:
        return pattern.search(self.label) is not None

    @property
    def national(self) -> bool:
        """Whether a national definition says what the column holds."""
        return self.field is not None


def role(label: str, field: Field | None, values: Mapping[str, Sequence[int]]) -> Role:
    """What a column is for: by its definition, else by its name, else by what stands in it."""
    if field is not None and field.kind in _ROLES:
        return _ROLES[field.kind]
    if field is not None and field.shape.type in ("number", "integer"):
        return "number"
    if field is not None and field.shape.type in ("date", "datetime", "year", "yearmonth"):
        return "date"
    if field is not None and field.shape.type == "time":
        return "time"
    name = label[:200].replace("\n", "").strip()
    if values and _FLAGS.issuperset(text.strip() for text in values):
        return "text"
    for pattern, meant in _BY_NAME:
        if pattern.search(name):
            return meant
    if field is not None and field.kind == "text" and _PROSE.search(name):
        return "prose"  # a remark may be a number here and there
    texts = [text.strip() for text in values if text.strip() not in PLACEHOLDERS]
    if not texts:
        return "empty"
    rows = [(len(values[text]), text.strip()) for text in values if text.strip() not in PLACEHOLDERS]
    total = sum(count for count, _ in rows)
    if sum(count for count, text in rows if is_period(text) and not is_plain(text)) >= 0.5 * total:
        return "date"
    if _KIND.search(name) and all(_SHORT_CODE.fullmatch(text) for text in texts):
        return "code"
    counted = sum(count for count, text in rows if is_plain(text) and not _DAY_NUMBER.fullmatch(text))
    if DATE_NAME.search(name) and counted < 0.5 * total:
        return "date"
    if sum(count for count, text in rows if number_like(text)) >= 0.5 * total:
        return "number"
    if _PROSE.search(name):
        return "prose"
    if sum(len(text) > 40 or "。" in text for text in texts) >= 0.3 * len(texts):
        return "prose"
    return "name" if _NAME.search(name) else "text"


_BY_NAME: tuple[tuple[re.Pattern[str], Role], ...] = (
    (_COORDINATE, "coordinate"), (_CODE, "code"), (_CONTACT, "contact"), (_ADDRESS, "address"), (_AREA, "area"),
    (_LIST, "list"), (re.compile(r"^(?:年|月|年次|年度|西暦|和暦|年月|年月日|日付|会計年度|暦年|year|date|month)$", re.IGNORECASE), "date"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, or the one of a CSV. Without a table (`layout` None) only `book` is known."""

    name: str | None
    rows: Sequence[Sequence[str]]
    layout: Layout | None = None
    table: Table | None = None
    match: Match | None = None
    columns: tuple[Column, ...] = ()
    findings: tuple[Finding, ...] = ()
    book: BookSheet | None = None

    def by_role(self, *roles: Role) -> Iterator[Column]:
        return (column for column in self.columns if column.role in roles)


@dataclass(frozen=True, slots=True)
class Package:
    """The data package that goes with the table, and the resource in it that is this table; `more` are further
    resources of the same file, as for the other sheets of a book."""

    path: str
    descriptor: Mapping[str, Any]
    resource: Mapping[str, Any]
    more: tuple[Mapping[str, Any], ...] = ()

    def fields(self) -> dict[str, Mapping[str, Any]]:
        """The described columns by folded name and folded title; what the first resource says goes before."""
        found: dict[str, Mapping[str, Any]] = {}
        for resource in reversed((self.resource, *self.more)):
            schema = resource.get("schema")
            listed = schema.get("fields") if isinstance(schema, Mapping) else None
            for entry in listed if isinstance(listed, list) else ():
                if isinstance(entry, Mapping):
                    for key in ("title", "name"):
                        if isinstance(entry.get(key), str):
                            found[fold(entry[key])] = entry
        return found

    def missing_values(self, column: Column) -> set[str] | None:
        """The texts that stand for «no value» in the column; None where the package does not say. In version 2 of
        the standard a field may have its own, and each may carry its meaning: {"value": "X", "label": "秘匿"}."""
        entry = self.about(column) or {}
        schema = self.resource.get("schema")
        lists = [
            entry.get("missingValues"),
            schema.get("missingValues") if isinstance(schema, Mapping) else None,
        ]
        for marks in lists:
            if isinstance(marks, list):
                values = (mark.get("value") if isinstance(mark, Mapping) else mark for mark in marks)
                return {value.strip() for value in values if isinstance(value, str)}
        return None

    def about(self, column: Column) -> Mapping[str, Any] | None:
        return self.fields().get(fold(column.label))

    def stated(self, *keys: str) -> Any:
        """The first of these properties that the resource or the package has."""
        for place in (self.resource, self.descriptor):
            for key in keys:
                if place.get(key) not in (None, "", [], {}):
                    return place[key]
        return None


@dataclass(frozen=True, slots=True)
class Before:
    """A former edition of the table: where it was read from and its column names."""

    path: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. `kind` is what the bytes are: csv, tsv, xlsx, a format the rules allow and that is not read
    here (json, xml, ods), or «other»; `refused` are the findings for which there is no table."""

    path: str
    kind: str
    form: Form | None = None
    refused: tuple[Finding, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    hidden_sheets: tuple[Finding, ...] = ()
    book: Book | None = None
    stray_quotes: tuple[tuple[int, int], ...] = ()
    package: Package | None = None
    package_note: Words | None = None
    before: tuple[Before, ...] = field(default=())

    @property
    def is_book(self) -> bool:
        return self.kind == "xlsx"

    @property
    def is_text(self) -> bool:
        return self.kind in ("csv", "tsv")

    @property
    def tables(self) -> tuple[Sheet, ...]:
        return tuple(sheet for sheet in self.sheets if sheet.layout and sheet.table)
