"""Words written in a certain way: readings, weekdays and flags."""

import re
from functools import cache

from odtool.model import Field
from odtool.rule import rule
from odtool.rules import mends
from odtool.rules.cell.common import COMMON, Found, unless
from odtool.rules.file import MACHINE_READABILITY
from odtool.text import narrow, wide_kana

_KANJI = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〆"  # with the compatibility ones: 﨑


@rule(
    "cell", kinds=("kana",), severity="error",
    ja="「{value}」はカタカナの読みではありません。全角カタカナで書いてください。",
    en="“{value}” is not a reading in katakana. Write full-width katakana.",
    bad="ちゅうおう公民館", good="チュウオウコウミンカン", source=COMMON,
    clean="[ァ-ヶー・ 　A-Za-zＡ-Ｚａ-ｚ0-9０-９]+",
    mends=mends.KANA,
)  # fmt: skip
def kana_format(value: str, field: Field) -> Found:
    """カナの列には、漢字やひらがなを使わず、全角カタカナで読みを書きます。

    A kana column holds the reading in full-width katakana, without kanji or hiragana.
    """
    wide = wide_kana(value)
    foreign = re.search(f"[ぁ-ゖ{_KANJI}]", wide)
    if foreign is None and wide == value:
        return None
    katakana = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in wide)
    certain = not re.search(f"[{_KANJI}]", katakana)
    return unless(False, value, katakana if certain else None)


_WEEK = "月火水木金土日"


@cache
def weekdays(value: str) -> str | None:
    """The days that are surely meant, Monday first: «月～金曜日» is 月火水木金."""
    text = narrow(value).replace("曜日", "").replace("曜", "")
    if found := re.fullmatch(f"([{_WEEK}])(?:~|〜|-|から)([{_WEEK}])", text):
        first, last = _WEEK.index(found[1]), _WEEK.index(found[2])
        return _WEEK[first : last + 1] if first < last else None
    days = re.sub("[ 、,・;/]", "", text)
    if text == "毎日":
        return _WEEK
    if days and len(set(days)) == len(days) and set(days) <= set(_WEEK):
        return "".join(sorted(days, key=_WEEK.index))
    return None


@rule(
    "cell", kinds=("weekdays",), severity="warning",
    ja="「{value}」は曜日の書き方と違います。月火水木金 のように、曜日の漢字だけを月曜から順に書き、"
    "祝日などは特記事項の列に書いてください。",
    en="“{value}” is not how weekdays are written. Write only the day characters, Monday first, like 月火水木金.",
    bad="月～金曜日", good="月火水木金", source=COMMON,
    mends=mends.WEEKDAYS,
)  # fmt: skip
def weekdays_format(value: str, field: Field) -> Found:
    """曜日は漢字1字を月曜から順に続けて書き、「曜日」や記号を付けません。

    Weekdays are single characters in order from Monday, without 曜日 or signs.
    """
    days = weekdays(value)
    return unless(value == days, value, days)


YES = frozenset({"○", "〇", "◯", "◎", "有", "あり", "有り", "可", "1", "１", "TRUE", "●"})
NO = frozenset({"×", "✕", "無", "なし", "無し", "不可", "0", "０", "FALSE"})


@rule(
    "cell", kinds=("flag",), severity="error",
    ja="「{value}」は使えません。当てはまるときは半角の 1 を書き、当てはまらないときは空欄にしてください。",
    en="“{value}” is not allowed. Write 1 where it applies and leave the cell empty where it does not.",
    bad="○", good="1", source=COMMON, clean="1",
    mends=mends.FLAG,
)  # fmt: skip
def flag_format(value: str, field: Field) -> Found:
    """該当の有無を示す列は、該当するときだけ 1 を書き、ほかは空欄にします。

    A flag column holds 1 where it applies and nothing where it does not.
    """
    text = value.strip()
    return unless(value == "1", value, "1" if text in YES or text == "1" else "" if text in NO else None)


_TOTALS = frozenset({"合計", "小計", "総計", "総合計", "総数"})


@rule(
    "cell", kinds=("text",), severity="warning",
    ja="「{value}」の行があります。ほかの行を足した行なら、集計のときに二重に数えられるので、表から消してください。",
    en="There is a row for “{value}”. If it sums up other rows it is counted twice by whoever adds up the table: remove it.",
    bad="合計", good="峰山町杉谷", source=f"{MACHINE_READABILITY} L1-04", clean="[^計数]*",
)  # fmt: skip
def total_value(value: str, field: Field) -> Found:
    """一つの行は一つの施設や地域のデータです。「合計」「総数」などの行を混ぜません。

    A row is about one place or area. There are no rows for a total among them.
    """
    return {} if re.sub(r"\s", "", narrow(value)) in _TOTALS else None
