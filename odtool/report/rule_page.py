"""A rule as a page to read: what it asks for, an example, and the message as the reader meets it."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from odtool.messages import message
from odtool.model import Field, Finding, Shape
from odtool.rule import Rule
from odtool.words import SEVERITIES

SCOPES = {
    "file": ("ファイル全体", "the file as a whole"),
    "header": ("見出しの行", "the header"),
    "row": ("行", "rows"),
    "cell": ("セル", "cells"),
    "record": ("同じ行のセルの組", "cells of one row together"),
    "table": ("表全体", "the table as a whole"),
}
_WORDS = {
    "ja": {"about": "対象", "severity": "重大度", "bad": "✗ 悪い例", "good": "✓ 良い例",
           "message": "表示されるメッセージ", "suggestion": "書き換えの案", "empty": "（空欄にする）", "source": "根拠",
           "fix": "odtool fix", "by-hand": "直しません。案があっても示すだけです。人が確かめて直してください。"},
    "en": {"about": "Judges", "severity": "Severity", "bad": "✗ Bad", "good": "✓ Good",
           "message": "What odtool says", "suggestion": "It suggests", "empty": "(leave it empty)", "source": "Source",
           "fix": "odtool fix", "by-hand": "does not mend it; a suggestion is only shown. It is for a person to decide."},
}  # fmt: skip

# A column in which the rule can be met, where its kinds and types do not tell.
_SHAPES = {
    "pattern": Shape(pattern="[0-9]{10}"),
    "enum": Shape(enum=("有", "無")),
    "minimum": Shape(type="number", minimum="0", maximum="100"),
    "min_length": Shape(max_length=200),
}
_LABELS = {"latitude": "緯度", "longitude": "経度", "phone": "電話番号", "postcode": "郵便番号", "kana": "名称_カナ",
           "url": "URL", "email": "連絡先メールアドレス", "corporate-number": "法人番号", "weekdays": "利用可能曜日",
           "prefecture-name": "所在地_都道府県", "municipality-name": "所在地_市区町村", "flag": "災害種別_洪水",
           "municipality-code": "全国地方公共団体コード", "organization-name": "地方公共団体名", "date": "開始日",
           "time": "開始時間", "datetime": "更新日時", "number": "定員", "integer": "定員", "year": "年",
           "to": "終了日", "closes": "終了時間", "height": "高度の値", "total": "総人口", "sex": "男性", "address": "住所"}  # fmt: skip

# What a check of the whole file, header or table would tell of its example.
_TOLD: dict[str, dict[str, Any]] = {
    "file-format": {"found": "PDF", "found_en": "a PDF", "advice": "元の表を CSV か xlsx で保存してください。",
                    "advice_en": "Open the original table and save it as CSV or xlsx."},
    "file-empty": {"found": "中身が空です", "found_en": "it is empty"},
    "encoding-broken": {"row": 3, "column": 2, "offset": 1204, "hex": "0xFF", "count": 1},
    "quote-unclosed": {"row": 3},
    "workbook-unsafe": {"found": "展開すると 4,096 MB になります", "found_en": "it unpacks to 4,096 MB"},
    "sheet-extra": {"sheet": "一覧", "others": "作成例"},
    "sheet-hidden": {"others": "作業用"},
    "encoding-old": {"encoding": "CP932（Shift_JIS）"},
    "newline-mixed": {},
    "file-name-dataset": {"named": "AED設置箇所一覧", "found": "公衆トイレ一覧"},
    "header-not-first": {"row": 2, "header_row": 2, "above": "AED設置箇所一覧"},
    "column-missing": {"field": "名称", "place": "「ID」の次", "place_en": "after “ID”"},
    "column-absent": {"field": "備考", "level": "任意", "level_en": "optional", "place": "「URL」の次",
                      "place_en": "after “URL”"},
    "column-extra": {"column": 40, "label": "担当者メモ"},
    "column-unnamed": {"column": 2},
    "column-blank": {"column": 3, "count": 3, "columns": "C〜E"},
    "column-renamed": {"column": 5, "label": "名称カナ", "field": "名称_カナ", "suggestion": "名称_カナ"},
    "column-repeated": {"column": 3, "label": "名称", "count": 2, "columns": "A、C"},
    "column-order": {"column": 2, "label": "緯度", "field": "緯度", "before": "経度", "side": "前（左）",
                     "side_en": "before"},
    "header-merged": {"column": 9, "label": "緯度、経度", "names": "「緯度」「経度」", "names_en": "緯度, 経度",
                      "count": 2},
    "row-ragged": {"row": 2, "found": 3, "expected": 2,
                   "advice": "値の中のカンマを「\"」で囲むか、余分なカンマを消してください。",
                   "advice_en": "Quote commas inside values, or remove the extra ones."},
    "footnote-below": {"row": 50, "count": 2, "text": "※令和8年4月1日現在"},
    "total-row": {"row": 50, "text": "合計"},
    "note-among": {"row": 12, "count": 3, "rows": "12, 25, 40", "text": "【北区】"},
    "total-among": {"row": 12, "count": 2, "rows": "12, 25", "text": "小計"},
    "header-repeated": {"row": 51, "count": 2, "rows": "51, 101"},
    "municipalities-mixed": {"row": 31, "column": 1, "label": "全国地方公共団体コード", "value": "271004", "count": 2,
                             "found": "大阪府", "main": "京都府"},
    "signs-mixed": {"column": 21, "label": "備考", "common": "～", "common_code": "U+FF5E", "rare": "〜",
                    "rare_code": "U+301C", "count": 3},
    "extension-characters": {"column": 4, "label": "名称", "shown": "㈱ ①", "count": 5},
    "address-wide-digits": {"column": 9, "label": "住所", "count": 12, "example": "京都府京丹後市峰山町杉谷８８９"},
    "address-without-prefecture": {"column": 9, "label": "所在地_連結表記", "count": 12,
                                   "example": "京丹後市峰山町杉谷889"},
    "id-uneven": {"column": 2, "label": "ID", "least": 1, "most": 10},
    "coordinate-shared": {"row": 8, "column": 10, "label": "緯度", "value": "35.624283, 135.061004", "count": 7,
                          "different": 6, "places": 2},
    "row-blank": {"row": 12, "count": 2, "rows": "12、13"},
    "required-empty": {"row": 2, "column": 4, "label": "名称"},
    "required-column-empty": {"column": 4, "label": "名称", "count": 48},
    "id-duplicate": {"row": 3, "column": 2, "label": "ID", "value": "0000000001", "first": 2},
    "id-empty": {"column": 2, "label": "ID", "count": 5},
    "value-duplicate": {"row": 3, "column": 1, "label": "番号", "value": "A", "first": 2},
    "file-name-code": {"column": 1, "label": "全国地方公共団体コード", "named": "262129", "named_title": "京都府京丹後市",
                       "found": "262021", "found_title": "京都府舞鶴市"},
    "variant-followed": {"variant": "先頭の管理主体のコードがない15列の形", "seen": "下松市、岩国市、長門市",
                         "variant_en": "15 columns, without the publisher’s code",
                         "differences": "ない列 情報の管理主体_全国地方公共団体コード",
                         "differences_en": "left out 情報の管理主体_全国地方公共団体コード"},
    "pair-missing": {"kind": "小中学校通学区域情報（本体）", "other": "小中学校通学区域情報（メタデータ）",
                     "names": "352071_school_district_metadata.csv"},
    "pair-publisher": {"code": "352071", "title": "山口県下松市", "other": "352080_school_district_metadata.csv",
                       "other_code": "352080", "other_title": "山口県岩国市"},
    "reference-unknown": {"row": 3, "column": 2, "label": "施設_ID", "value": "A099", "other": "352071_facility.csv",
                          "field_there": "施設_ID", "count": 1},
    "type-unchecked": {"column": 3, "label": "区域", "types": "geojson"},
    "length": {"row": 2, "column": 4, "label": "説明", "value": "古くから…", "length": 500, "limit": "〜200文字",
               "limit_en": " to 200"},
    "cell-too-long": {"row": 2, "column": 4, "label": "説明", "value": "古くから…", "length": 40_000},
    "column-name-long": {"column": 9, "label": "指定緊急避難場所として利用できる期間と時間帯の説明", "bytes": 75},
    "personal-number": {"column": 40, "label": "番号", "reason": "12桁の番号48個のうち48個が検査数字と合います",
                        "reason_en": "48 of 48 twelve-digit numbers have the right check digit"},
    "personal-name": {"column": 40, "label": "氏名", "reason": "人の名前48個", "reason_en": "48 names of people",
                      "advice": "「生年月日」と組で個人が分かります。列ごと消してください。",
                      "advice_en": "With “生年月日” they tell who a person is. Delete the column."},
    "personal-column": {"column": 41, "label": "生年月日", "what": "生年月日", "what_en": "birth dates",
                        "reason": "項目名", "reason_en": "its name",
                        "advice": "個人の情報は公開できません。列ごと消してください。",
                        "advice_en": "What is told of people is not published: delete the column."},
    "personal-rows": {"row": 12, "column": 4, "label": "名称", "count": 2, "rows": "12、13"},
    "personal-sheet": {"kind": "非表示の", "kind_en": "hidden", "sheet": "名簿", "reason": "B列「氏名」が氏名とみられます",
                       "reason_en": "column B looks like names of people"},
    "column-hidden": {"column": 23, "columns": "W", "labels": "備考2", "labels_en": "備考2"},
    "row-hidden": {"row": 8, "count": 3, "rows": "8、9、10"},
    "comment-left": {"count": 2, "cells": "一覧!B2、一覧!D9"},
    "personal-comment": {"cells": "一覧!B2", "reason": "携帯電話の番号 090-0000-0000",
                         "reason_en": "the mobile number 090-0000-0000"},
    "author-left": {"names": "山田太郎"},
    "mapping-used": {"row": 1, "name": "mappings/262021_evacuation_space.toml", "count": 2, "shown": "避難所名→名称、場所→住所"},
    "cell-endless": {"row": 2, "least": 1_000_000},
    "columns-too-many": {"count": 20_000, "most": 2_000},
}  # fmt: skip


def rule_page(rule: Rule, lang: str) -> str:
    """The page in Markdown, in one language."""
    said, words = example(rule), _WORDS["en" if lang == "en" else "ja"]
    severity = SEVERITIES[rule.severity][lang == "en"]
    lines = [
        f"# {rule.id}",
        "",
        rule.explain(lang).strip(),
        "",
        f"- {words['severity']}: {severity}",
        f"- {words['about']}: {SCOPES[rule.scope][lang == 'en']}",
        f"- {words['bad']}: {_quoted(rule.bad)}",
        f"- {words['good']}: {_quoted(rule.good)}",
        f"- {words['source']}: {rule.source}",
        f"- {words['fix']}: {(rule.mends.en if lang == 'en' else rule.mends.ja) if rule.mends else words['by-hand']}",
        "",
        f"{words['message']}:",
        "",
        f"> {message(said, lang)}",
    ]
    if said.suggestion is not None:
        lines += [
            "",
            f"{words['suggestion']}: {_quoted(said.suggestion) if said.suggestion else words['empty']}",
        ]
    return "\n".join(lines) + "\n"


def example(rule: Rule) -> Finding:
    """The finding that the rule's own bad example earns."""
    if rule.id in _TOLD:
        return rule.finding(**_TOLD[rule.id])
    if rule.scope == "record":
        return _of_record(rule)
    value = literal(rule.bad)
    field = example_field(rule)
    place = {"row": 2, "column": 4, "label": field.name, "field": field.name}
    return rule.finding(**place, value=value, **(rule.check(value, field) or {}))


def example_field(rule: Rule) -> Field:
    """A column that a cell rule judges."""
    kind = rule.kinds[0] if rule.kinds else "text"
    kinds = sorted(rule.types)[:1]
    shape = next((_SHAPES[need] for need in rule.needs), Shape(type=kinds[0] if kinds else "string"))
    if shape.type == "time":
        shape = Shape("time", "%H:%M")
    return Field(_LABELS.get(kind, _LABELS.get(shape.type, "名称")), kind, shape)


def literal(example: str) -> str:
    """An example as declared → the cell it stands for: ⏎ is a line break, \\x0b a control character."""
    return example.replace("⏎", "\n").replace("\\x0b", "\x0b")


def cells(example: str) -> tuple[str, ...]:
    """The example of a record rule → the cells it stands for."""
    parts = example.split("、")
    return tuple(_bare(part) for part in [*parts, ""][: max(2, len(parts))])


def _bare(part: str) -> str:
    """The value behind a label: «緯度 35.011636», «経度（空欄）»."""
    bare = re.sub("^(?:緯度|経度|[^0-9 ]+(?= ))", "", part).strip()
    return "" if bare == "（空欄）" else bare


def _of_record(rule: Rule) -> Finding:
    hit: Mapping[str, Any] = next(iter(rule.check(*cells(rule.bad))))
    label = _LABELS[hit["at"]]
    told = {key: value for key, value in hit.items() if key != "at"}
    return rule.finding(row=2, column=4, label=label, field=label, **told)


def _quoted(text: str) -> str:
    """As code, every character visible; what stands in full-width brackets is a description, not a value."""
    if text.startswith("（") and text.endswith("）"):
        return text
    shown = "".join(f"U+{ord(c):04X}" if unicodedata.category(c) == "Co" else c for c in text)
    return f"`{shown}`"
