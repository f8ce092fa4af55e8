"""Rules on single cells. Each sees filled cells only, and once per distinct value of a column.

A check gets the value and its field; `field.shape` is what the value must look like. It returns None, or
a hit: facts for the message, and `suggestion` where it knows what to write ("" is: leave the cell empty).
"""

import datetime as dt
import re
import sys
import unicodedata
from collections.abc import Collection, Iterable
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import filterfalse

from odtool import municipality
from odtool.model import Field
from odtool.rule import CONSTRAINT, DAMAGE, STYLE, Hit, Sieve, leaving, rule
from odtool.rules.file import MACHINE_READABILITY
from odtool.text import PLACEHOLDERS, fold, narrow, wide_kana

COMMON = "国の定義の共通規則（自治体標準オープンデータセット 項目定義）"
TABLE_SCHEMA = "https://specs.frictionlessdata.io/table-schema/"
GIF = "https://www.digital.go.jp/policies/data_strategy_government_interoperability_framework"

Found = Hit | None


def _unless(good: bool, value: str, suggestion: str | None = None) -> Found:
    """A hit unless the value is good. A placeholder is always answered with «leave it empty»."""
    if good:
        return None
    return {"suggestion": "" if value.strip() in PLACEHOLDERS else suggestion}


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _unlike(pattern: str) -> Sieve:
    """The sieve that leaves the values that do not match from beginning to end."""
    return leaving(_compiled(pattern).fullmatch)


# --- damage --------------------------------------------------------------------------------------


@rule(
    "cell", stage=DAMAGE, severity="error",
    ja="Excel のエラー「{value}」が入っています。元の計算式を直し、値を入れ直してください。",
    en="This is the Excel error “{value}”. Repair the formula and enter the value.",
    bad="#REF!", good="1250", source=f"{MACHINE_READABILITY} L2-06",
)  # fmt: skip
def excel_error(value: str, field: Field) -> Found:
    """計算式のエラー（#REF!、#N/A、#### など）は値ではありません。

    Errors of a formula (#REF!, #N/A, #### …) are no values.
    """
    return {} if re.fullmatch(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|#+)", value.strip()) else None


@rule(
    "cell", stage=DAMAGE, severity="error",
    ja="「{value}」は、Excel が長い番号を指数に変えたもので、元の番号は残っていません。"
    "列を「文字列」にしてから番号を入れ直してください。",
    en="“{value}” is a long number that Excel turned into an exponent; its digits are lost. "
    "Format the column as text and enter the number again.",
    bad="4.00E+12", good="4000020262129", source=f"{MACHINE_READABILITY} L2-01",
)  # fmt: skip
def excel_exponent(value: str, field: Field) -> Found:
    """番号や文字の列に 4.00E+12 の形は現れません。

    4.00E+12 never belongs in a column of codes or text.
    """
    if field.shape.type in ("number", "integer"):
        return None
    return {} if re.fullmatch(r"[0-9](?:\.[0-9]+E\+[0-9]{1,3}|E\+[0-9]{2,3})", value.strip()) else None


_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff]"


@rule(
    "cell", stage=DAMAGE, severity="error",
    ja="目に見えない制御文字（{code}）が混じっています。セルを入力し直してください。",
    en="There is an invisible control character ({code}). Type the cell again.",
    bad="中央\\x0b公民館", good="中央公民館", source=f"{MACHINE_READABILITY} L1-08",
)  # fmt: skip
def control_character(value: str, field: Field) -> Found:
    """改行とタブのほかの制御文字や、幅のない文字は使いません。

    No control characters besides line break and tab, and no zero-width characters.
    """
    bad = re.search(_CONTROL, value)
    if bad is None:
        return None
    return {"code": f"U+{ord(bad[0]):04X}", "suggestion": re.sub(_CONTROL, "", value)}


@rule(
    "cell", stage=DAMAGE, after=("encoding-broken",), severity="error",
    ja="「{value}」には、読めずに置き換わった文字（�）があります。元の文字を入れ直してください。",
    en="“{value}” holds a character that could not be read (�). Enter the original one.",
    bad="山陽小野田市�山", good="山陽小野田市埴生", source=f"{MACHINE_READABILITY} L1-08",
)  # fmt: skip
def character_broken(value: str, field: Field) -> Found:
    """� は文字コードの変換に失敗した跡です。

    � is what a failed conversion of the encoding leaves behind.
    """
    return {} if "�" in value else None


# --- shape: Table Schema types --------------------------------------------------------------------


@cache
def _number(text: str) -> Decimal | None:
    """A plain decimal number in ASCII digits, without separators, units or exponents."""
    if not re.fullmatch(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _bare(value: str, field: Field) -> str:
    """The value with the schema's own group and decimal characters taken as agreed."""
    if group := field.facts.get("groupChar"):
        value = value.replace(group, "")
    if point := field.facts.get("decimalChar"):
        value = value.replace(point, ".")
    if field.facts.get("bareNumber") is False:
        value = re.sub(r"^[^0-9+-]+|[^0-9]+$", "", value)
    return value


def _plain_number(value: str) -> str | None:
    """What is certain to be meant: «１,２３４» is 1234. Units and notes are left to a person."""
    plain = re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?:[^0-9]|$))", "", narrow(value))
    return plain if _number(plain) is not None else None


@rule(
    "cell", types=("number",), severity="error",
    ja="「{value}」は数値ではありません。単位や桁区切りを付けず、半角数字だけで書いてください。",
    en="“{value}” is not a number. Write half-width digits only, without units or separators.",
    bad="1,234人", good="1234", source=f"{MACHINE_READABILITY} L2-01", clean=r"-?[0-9]+(?:\.[0-9]+)?",
)  # fmt: skip
def number_format(value: str, field: Field) -> Found:
    """数値の列には半角の数字だけを書きます。単位、桁区切り、注記は別の列に分けます。

    A column of numbers holds half-width digits only; units, separators and notes go elsewhere.
    """
    if field.kind in ("latitude", "longitude"):  # judged by coordinate-format
        return None
    bare = _bare(value, field)
    return _unless(bare in ("NaN", "INF", "-INF") or _number(bare) is not None, value, _plain_number(value))


@rule(
    "cell", types=("integer",), severity="error",
    ja="「{value}」は整数ではありません。半角数字だけで書いてください。",
    en="“{value}” is not a whole number. Write half-width digits only.",
    bad="１２", good="12", source=f"{TABLE_SCHEMA}#integer", clean="-?[0-9]+",
)  # fmt: skip
def integer_format(value: str, field: Field) -> Found:
    """整数の列には半角の数字だけを書きます。

    A column of whole numbers holds half-width digits only.
    """
    plain = _plain_number(value)
    return _unless(
        re.fullmatch("[+-]?[0-9]+", _bare(value, field)) is not None,
        value,
        plain if plain and re.fullmatch("[+-]?[0-9]+", plain) else None,
    )


@rule(
    "cell", types=("boolean",), severity="error",
    ja="「{value}」は真偽の値ではありません。{allowed} のどれかを書いてください。",
    en="“{value}” is no truth value. Write one of {allowed}.",
    bad="はい", good="true", source=f"{TABLE_SCHEMA}#boolean",
)  # fmt: skip
def boolean_format(value: str, field: Field) -> Found:
    """真偽の列には、スキーマが決めた値だけを書きます。

    A column of truth values holds only what the schema allows.
    """
    yes = tuple(field.facts.get("trueValues", ("true", "True", "TRUE", "1")))
    no = tuple(field.facts.get("falseValues", ("false", "False", "FALSE", "0")))
    found = _unless(value in yes + no, value)
    return found and {**found, "allowed": "・".join(yes + no)}


_ISO_DAYS = ("default", "any", "%Y-%m-%d")
_SURELY_A_DAY = "(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"


_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "M": 1867, "T": 1911, "S": 1925,
         "H": 1988, "R": 2018}  # fmt: skip
_DAY = r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]0{1,2}:00(?::00)?)?"
_ERA_DAY = r"(明治|大正|昭和|平成|令和|[MTSHR])(元|[0-9]{1,2})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"


@cache
def iso_day(value: str) -> str | None:
    """The day that is surely meant, as 2026-04-01; None when it is not certain."""
    text = narrow(value)
    if found := re.fullmatch(_DAY, text):
        year, month, day = map(int, found.groups())
    elif found := re.fullmatch(_ERA_DAY, text):
        year = _ERAS[found[1]] + (1 if found[2] == "元" else int(found[2]))
        month, day = int(found[3]), int(found[4])
        if year < 1873:  # until then the months were lunar ones
            return None
    elif re.fullmatch("(?:19|20)[0-9]{6}", text):
        year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    else:
        return None
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None


@rule(
    "cell", types=("date",), severity="error",
    ja="「{value}」は日付の形ではありません。2026-04-01 のように、年4桁-月2桁-日2桁で書いてください。",
    en="“{value}” is not written as a date. Write it like 2026-04-01.",
    bad="2026/4/1", good="2026-04-01", source="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    clean=lambda field: _unlike(_SURELY_A_DAY if field.shape.format in _ISO_DAYS else ""),
)  # fmt: skip
def date_format(value: str, field: Field) -> Found:
    """日付は年・月・日をハイフンで区切り、4桁・2桁・2桁で書きます。

    A date is year, month and day joined by hyphens: four digits, two, two.
    """
    if field.shape.format not in _ISO_DAYS:
        return _unless(_parses(value, field.shape.format), value)
    day = iso_day(value)
    return _unless(day is not None and value == day, value, day)


_SURELY_A_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"


@cache
def clock(value: str) -> str | None:
    """The time that is surely meant, as 09:00; seconds are dropped only where they are zero."""
    text = narrow(value).replace("時", ":").removesuffix("分")
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{0,2})(?::00)?", text)
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


@rule(
    "cell", types=("time",), severity="error",
    ja="「{value}」は時刻の形ではありません。09:00 のように、24時間制の 時2桁:分2桁 で書いてください。",
    en="“{value}” is not written as a time. Write it like 09:00 (24-hour clock).",
    bad="9:00", good="09:00", source=COMMON,
    clean=lambda field: _unlike(_SURELY_A_TIME if field.shape.format == "%H:%M" else ""),
)  # fmt: skip
def time_format(value: str, field: Field) -> Found:
    """時刻は24時間制で、時と分を2桁ずつコロンで区切ります。

    A time is written with a 24-hour clock, two digits each for hour and minute.
    """
    if field.shape.format == "%H:%M":
        return _unless(
            re.fullmatch("(?:[01][0-9]|2[0-3]):[0-5][0-9]", value) is not None, value, clock(value)
        )
    pattern = "%H:%M:%S" if field.shape.format in ("default", "any") else field.shape.format
    return _unless(_parses(value, pattern), value)


@rule(
    "cell", types=("datetime",), severity="error",
    ja="「{value}」は日時の形ではありません。2026-04-01T09:00:00 のように書いてください。",
    en="“{value}” is not a date and time. Write it like 2026-04-01T09:00:00.",
    bad="2026/4/1 9:00", good="2026-04-01T09:00:00", source="https://www.rfc-editor.org/rfc/rfc3339",
)  # fmt: skip
def datetime_format(value: str, field: Field) -> Found:
    """日時は日付と時刻を T でつなぎます。

    A date and a time are joined by T.
    """
    if field.shape.format in ("default", "any"):
        pattern = (
            r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
        )
        if not re.fullmatch(pattern, value):
            return _unless(False, value)
        try:
            dt.datetime.fromisoformat(value)
        except ValueError:
            return _unless(False, value)
        return None
    return _unless(_parses(value, field.shape.format), value)


def _parses(value: str, pattern: str) -> bool:
    try:
        dt.datetime.strptime(value, pattern)  # noqa: DTZ007 - a wall-clock value as it stands in a table
    except ValueError:
        return False
    return value.isascii()


@rule(
    "cell", types=("year", "yearmonth"), severity="error",
    ja="「{value}」は西暦の年（または年月）ではありません。2026（年月は 2026-04）のように書いてください。",
    en="“{value}” is not a year (or year and month). Write 2026 (or 2026-04).",
    bad="令和8年", good="2026", source=f"{TABLE_SCHEMA}#year",
)  # fmt: skip
def year_format(value: str, field: Field) -> Found:
    """年は西暦4桁、年月は 2026-04 の形で書きます。

    A year has four digits; year and month are written like 2026-04.
    """
    pattern = "[0-9]{4}" if field.shape.type == "year" else "[0-9]{4}-(?:0[1-9]|1[0-2])"
    return _unless(re.fullmatch(pattern, value) is not None, value)


# --- shape: national meanings ----------------------------------------------------------------------


@rule(
    "cell", kinds=("municipality-code",), severity="error",
    ja="「{value}」は全国地方公共団体コードではありません（{why}）。検査数字を含む6桁の半角数字で書いてください。",
    en="“{value}” is no local government code ({why_en}). Write six half-width digits including the check digit.",
    bad="26100", good="261009", source="https://www.soumu.go.jp/denshijiti/code.html",
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


@rule(
    "cell", kinds=("prefecture-name",), severity="error",
    ja="「{value}」は都道府県名ではありません。「京都府」のように、都・道・府・県まで書いてください。",
    en="“{value}” is no prefecture. Write its full name, like 京都府.",
    bad="京都", good="京都府", source=COMMON,
)  # fmt: skip
def prefecture_name(value: str, field: Field) -> Found:
    """都道府県名は正式な名前で書きます。

    A prefecture is written with its full name.
    """
    names = municipality.prefectures()
    full = next((name for name in sorted(names) if value.strip() in (name, name[:-1])), None)
    return _unless(value in names, value, full)


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
    return _unless(good, value)


def corporate_check_digit(twelve: str) -> int:
    """Check digit of a 法人番号. Source: 法人番号の指定等に関する省令 第2条."""
    return 9 - sum(int(d) * (1 + n % 2) for n, d in enumerate(reversed(twelve))) % 9


@rule(
    "cell", kinds=("corporate-number",), severity="error",
    ja="「{value}」は法人番号ではありません（{why}）。13桁の半角数字で書いてください。",
    en="“{value}” is no corporate number ({why_en}). Write 13 half-width digits.",
    bad="4000020262128", good="4000020262129", source="https://www.houjin-bangou.nta.go.jp/",
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
    found = _unless(False, value)
    return found and {**found, "why": "13桁の数字ではありません", "why_en": "not 13 digits"}


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
)  # fmt: skip
def phone_format(value: str, field: Field) -> Found:
    """電話番号は市外局番から、半角の数字とハイフンで書きます。市外局番の括弧は使えます。複数あるときは「 / 」で区切ります。

    A phone number has its area code and half-width digits and hyphens. Brackets round the area code are
    allowed; several numbers are separated by “ / ”.
    """
    if all(re.fullmatch(_PHONE, number) for number in value.split(" / ")):
        return None
    plain = re.sub(r"\s*([()-])\s*", r"\1", narrow(value))
    return _unless(False, value, plain if re.fullmatch(_PHONE, plain) else None)


@rule(
    "cell", kinds=("postcode",), severity="error",
    ja="「{value}」は郵便番号の形ではありません。ハイフンなしの半角数字7桁で書いてください。",
    en="“{value}” is not a postcode. Write seven half-width digits without a hyphen.",
    bad="604-8571", good="6048571", source=f"{GIF} DS-443 郵便番号", clean="[0-9]{7}",
)  # fmt: skip
def postcode_format(value: str, field: Field) -> Found:
    """郵便番号はハイフンを入れず、半角数字7桁で書きます。

    A postcode is seven half-width digits without a hyphen.
    """
    plain = narrow(value).removeprefix("〒").strip().replace("-", "")
    good = re.fullmatch("[0-9]{7}", value) is not None
    return _unless(good, value, plain if re.fullmatch("[0-9]{7}", plain) else None)


_KANJI = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〆"  # with the compatibility ones: 﨑


@rule(
    "cell", kinds=("kana",), severity="error",
    ja="「{value}」はカタカナの読みではありません。全角カタカナで書いてください。",
    en="“{value}” is not a reading in katakana. Write full-width katakana.",
    bad="ちゅうおう公民館", good="チュウオウコウミンカン", source=COMMON,
    clean="[ァ-ヶー・ 　A-Za-zＡ-Ｚａ-ｚ0-9０-９]+",
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
    return _unless(False, value, katakana if certain else None)


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
)  # fmt: skip
def weekdays_format(value: str, field: Field) -> Found:
    """曜日は漢字1字を月曜から順に続けて書き、「曜日」や記号を付けません。

    Weekdays are single characters in order from Monday, without 曜日 or signs.
    """
    days = weekdays(value)
    return _unless(value == days, value, days)


@rule(
    "cell", kinds=("url",), severity="error",
    ja="「{value}」は URL ではありません。https:// か http:// で始まるアドレスを一つだけ書いてください。",
    en="“{value}” is not a URL. Write one address that begins with https:// or http://.",
    bad="www.city.example.lg.jp", good="https://www.city.example.lg.jp/", source="https://www.rfc-editor.org/rfc/rfc3986",
    clean=r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:[/?#][A-Za-z0-9._~/?#@!$&()*+,;=%-]*)?",
)  # fmt: skip
def url_format(value: str, field: Field) -> Found:
    """URL の列には、http から始まるアドレスを一つだけ書きます。

    A URL column holds one address that begins with http.
    """
    stripped = value.strip()
    good = re.fullmatch(r"https?://[^\s/?#]+\S*", stripped) is not None and stripped.count("://") == 1
    return _unless(good and value == stripped, value, stripped if good else None)


@rule(
    "cell", kinds=("email",), severity="error",
    ja="「{value}」はメールアドレスではありません。半角で一つだけ書いてください。",
    en="“{value}” is not a mail address. Write one, in half width.",
    bad="kouhou＠city.example.lg.jp", good="kouhou@city.example.lg.jp", source="https://www.rfc-editor.org/rfc/rfc5322",
    clean=r"[A-Za-z0-9._-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
)  # fmt: skip
def email_format(value: str, field: Field) -> Found:
    """メールアドレスは半角で一つだけ書きます。

    A mail address is written in half width, one in a cell.
    """
    pattern = r"[A-Za-z0-9._%+/=-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    plain = narrow(value)
    return _unless(
        re.fullmatch(pattern, value) is not None, value, plain if re.fullmatch(pattern, plain) else None
    )


_YES = frozenset({"○", "〇", "◯", "◎", "有", "あり", "有り", "可", "1", "１", "TRUE", "●"})
_NO = frozenset({"×", "✕", "無", "なし", "無し", "不可", "0", "０", "FALSE"})


@rule(
    "cell", kinds=("flag",), severity="error",
    ja="「{value}」は使えません。当てはまるときは半角の 1 を書き、当てはまらないときは空欄にしてください。",
    en="“{value}” is not allowed. Write 1 where it applies and leave the cell empty where it does not.",
    bad="○", good="1", source=COMMON, clean="1",
)  # fmt: skip
def flag_format(value: str, field: Field) -> Found:
    """該当の有無を示す列は、該当するときだけ 1 を書き、ほかは空欄にします。

    A flag column holds 1 where it applies and nothing where it does not.
    """
    text = value.strip()
    return _unless(value == "1", value, "1" if text in _YES or text == "1" else "" if text in _NO else None)


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
)  # fmt: skip
def coordinate_format(value: str, field: Field) -> Found:
    """緯度と経度は、世界測地系の十進法の度を半角で書きます。

    Latitude and longitude are decimal degrees (JGD2011) in half width.
    """
    return _unless(re.fullmatch(r"-?[0-9]{1,3}(?:\.[0-9]+)?", value) is not None, value, degrees(value))


# --- constraints ------------------------------------------------------------------------------------


@rule(
    "cell", needs=("pattern",), stage=CONSTRAINT, severity="error",
    ja="「{value}」は決められた形（{pattern}）に合いません。{description}",
    en="“{value}” does not match the required form ({pattern}).",
    bad="A-1", good="0000000001", source=f"{TABLE_SCHEMA}#constraints",
    clean=lambda field: _unlike(field.shape.pattern or ""),
)  # fmt: skip
def pattern(value: str, field: Field) -> Found:
    """形の決まった項目は、決められた形で書きます。

    A column with a required form follows it, from the first character to the last.
    """
    wanted = field.shape.pattern or ""
    if _compiled(wanted).fullmatch(value):
        return None
    plain = narrow(value)
    return {
        **(_unless(False, value, plain if _compiled(wanted).fullmatch(plain) else None) or {}),
        "pattern": wanted,
        "description": field.description,
    }


@rule(
    "cell", needs=("enum",), stage=CONSTRAINT, severity="error",
    ja="「{value}」は使えません。{allowed} から選んで書いてください。",
    en="“{value}” is not allowed. Choose from {allowed}.",
    bad="あり", good="有", source=f"{TABLE_SCHEMA}#constraints",
    clean=lambda field: leaving(frozenset(field.shape.enum).__contains__),
)  # fmt: skip
def enum(value: str, field: Field) -> Found:
    """選択肢の決まった項目は、決められた語のどれかを、そのとおりに書きます。

    A column with a fixed list holds one of its words, exactly as listed.
    """
    words = field.shape.enum
    if value in words:
        return None
    return {**(_unless(False, value, _same_word(value, words)) or {}), "allowed": "・".join(words)}


def _same_word(value: str, words: tuple[str, ...]) -> str | None:
    folded = [word for word in words if fold(word) == fold(value)]
    if folded:
        return folded[0]
    text = value.strip()
    for answers, word in ((_YES, "有"), (_NO, "無")):
        if word in words and text in answers:
            return word
    return None


def _outside(field: Field) -> Sieve:
    """Leaves what is not well inside the bounds as binary numbers, so that rounding cannot matter."""
    if field.kind in ("latitude", "longitude"):
        return leaving(bool)
    if field.shape.type not in ("number", "integer"):
        return lambda values: values
    low = float(field.shape.minimum or "-inf")
    high = float(field.shape.maximum or "inf")

    def inside(value: str) -> bool:
        try:
            return low < float(value) < high
        except ValueError:
            return False

    def sieve(values: Collection[str]) -> Iterable[str]:
        try:
            numbers = list(map(float, values))
        except ValueError:
            return filterfalse(inside, values)
        if numbers and low < min(numbers) and max(numbers) < high:
            return ()
        return filterfalse(inside, values)

    return sieve


@rule(
    "cell", needs=("minimum", "maximum"), stage=CONSTRAINT, severity="error",
    ja="「{value}」は決められた範囲（{least}〜{most}）の外です。値を確かめてください。",
    en="{value} is outside the allowed range ({least} to {most}). Check the value.",
    bad="-5", good="5", source=f"{TABLE_SCHEMA}#constraints",
    clean=_outside,
)  # fmt: skip
def range_(value: str, field: Field) -> Found:
    """上限・下限の決まった項目は、その範囲の値を書きます。

    A column with bounds holds values within them.
    """
    if field.kind in ("latitude", "longitude"):  # judged together, by the rules on coordinates
        return None
    least, most = field.shape.minimum, field.shape.maximum
    numbers = field.shape.type in ("number", "integer", "year")
    bare = _bare(value, field)
    here = (
        (Decimal(bare.replace("INF", "Infinity")) if bare in ("INF", "-INF") else _number(bare))
        if numbers
        else value
    )
    low, high = (_number(bound) if numbers and bound is not None else bound for bound in (least, most))
    if here is None:
        return None
    if (low is not None and here < low) or (high is not None and here > high):  # type: ignore[operator]
        return {"least": least or "", "most": most or ""}
    return None


def _of_other_length(field: Field) -> Sieve:
    least, most = field.shape.min_length or 0, field.shape.max_length or sys.maxsize
    return leaving(lambda value: least <= len(value) <= most)


@rule(
    "cell", needs=("min_length", "max_length"), stage=CONSTRAINT, severity="error",
    ja="「{value}」は{length}文字です。{limit}で書いてください。",
    en="“{value}” has {length} characters; allowed: {limit_en}.",
    bad="（500文字の説明、上限200文字）", good="（200文字までの説明）", source=f"{TABLE_SCHEMA}#constraints",
    clean=_of_other_length,
)  # fmt: skip
def length(value: str, field: Field) -> Found:
    """文字数の決まった項目は、その長さで書きます。

    A column with a fixed length keeps to it.
    """
    least, most = field.shape.min_length, field.shape.max_length
    if (least is not None and len(value) < least) or (most is not None and len(value) > most):
        low, high = ("" if bound is None else str(bound) for bound in (least, most))
        return {"length": len(value), "limit": f"{low}〜{high}文字", "limit_en": f"{low} to {high}"}
    return None


# --- style ------------------------------------------------------------------------------------------


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


@rule(
    "cell", kinds=("text", "address", "list", "organization-name", "municipality-name", "latin", "extension",
                "id", "license", "language", "poi-code", "town-id", "height", "height-kind", "presence"),
    stage=STYLE, severity="warning",
    ja="「{value}」は値がないことを示す記号です。値がないときは空欄にしてください。",
    en="“{value}” stands for “no value”. Leave the cell empty instead.",
    bad="－", good="（空欄）", source=COMMON,
)  # fmt: skip
def placeholder(value: str, field: Field) -> Found:
    """値がないセルは空欄にします。「-」「不明」などを書くと、値として読まれます。

    A cell without a value stays empty; a dash or 不明 is read as a value.
    """
    return {"suggestion": ""} if value.strip() in PLACEHOLDERS else None


@rule(
    "cell", stage=STYLE, severity="warning",
    ja="「{value}」の「?」は、変換できずに失われた文字のようです。元の文字を確かめて入れ直してください。",
    en="The “?” in “{value}” looks like a character that was lost. Check the original.",
    bad="山陽小野田市?山1-26-1", good="山陽小野田市埴生1-26-1", source=f"{MACHINE_READABILITY} L1-08",
)  # fmt: skip
def character_lost(value: str, field: Field) -> Found:
    """機種依存文字などが変換で失われると、「?」や「〓」になります。

    Characters that a conversion cannot keep turn into “?” or “〓”.
    """
    lost = "〓" in value or re.search("(?:[ぁ-ん一-鿿ァ-ヶ]|^)[?][ぁ-ん一-鿿ァ-ヶ]", value)
    return {} if lost else None


@rule(
    "cell", stage=STYLE, severity="warning",
    ja="「{value}」に半角カタカナがあります。全角で書いてください。",
    en="“{value}” holds half-width katakana. Write full width.",
    bad="ﾅｰｽｽﾃｰｼｮﾝ", good="ナースステーション", source=f"{MACHINE_READABILITY} L1-08",
)  # fmt: skip
def halfwidth_kana(value: str, field: Field) -> Found:
    """カタカナは全角で書きます。

    Katakana is written in full width.
    """
    return {"suggestion": wide_kana(value)} if re.search("[ｦ-ﾟ]", value) else None


@rule(
    "cell", stage=STYLE, severity="warning",
    ja="「{value}」の前か後ろに余分な空白があります。空白を消してください。",
    en="There are blanks before or after “{value}”. Remove them.",
    bad="中央公民館　", good="中央公民館", source=f"{MACHINE_READABILITY} L1-06",
)  # fmt: skip
def edge_space(value: str, field: Field) -> Found:
    """値の前後に空白や改行を入れません。

    A value has no blanks or line breaks around it.
    """
    return {"suggestion": value.strip()} if value != value.strip() else None


@rule(
    "cell", stage=STYLE, severity="warning",
    ja="セルの中で改行しています。改行を使わずに一行で書いてください。",
    en="There is a line break inside the cell. Write it on one line.",
    bad="中央公民館⏎（1階）", good="中央公民館（1階）", source=f"{MACHINE_READABILITY} L1-14",
)  # fmt: skip
def line_break(value: str, field: Field) -> Found:
    """一つのセルの値は一行で書きます。

    The value of a cell is written on one line.
    """
    return {} if "\n" in value or "\r" in value else None


@rule(
    "cell", stage=STYLE, severity="hint",
    ja="「{value}」に外字（{code}）があります。ほかのパソコンでは読めません。普通の文字で書いてください。",
    en="“{value}” holds a private-use character ({code}) that other computers cannot show.",
    bad="\ue000", good="髙", source=f"{MACHINE_READABILITY} L1-08",
)  # fmt: skip
def private_character(value: str, field: Field) -> Found:
    """外字は作ったパソコンでしか読めません。

    A private-use character can be read only where it was made.
    """
    private = next((c for c in value if unicodedata.category(c) == "Co"), None)
    return {"code": f"U+{ord(private):04X}"} if private else None
