"""What `odtool fix` does about each rule it mends, and why that is certain.

A mend changes how a value is written, never what it says. Where a suggestion of a rule could say something
else (a guess at a reading, a rounded number, a word in place of a sign) it is not certain: it is proposed.
"""

import re
import unicodedata

from odtool.later import later
from odtool.model import Field
from odtool.rule import Mend
from odtool.text import DASHES, PLACEHOLDERS, fold, narrow, wide_kana

_BLANKS = r" \t\r\n\u00a0\u3000"
# Characters that have one and only one half-width writing. «①» and «²» are not among them: NFKC takes
# them for digits, a reader does not.
_ONE_TO_ONE = later(f"[{_BLANKS}!-~！-～{re.escape(DASHES)}−]*")
_MINUS = "-－−"

# Placeholders that say nothing but «no value». 不明, 未定 and 該当なし say why there is none.
SILENT = frozenset(
    text for text in PLACEHOLDERS if set(text) <= {*DASHES, *_MINUS, "…", "‥", "・"}
) | {"N/A", "n/a", "NULL", "null", "None", "nan", "NaN"}  # fmt: skip


def only_width(value: str) -> bool:
    """Whether the value has one half-width writing only."""
    return _ONE_TO_ONE.fullmatch(value) is not None


def _says_nothing(value: str, suggestion: str, field: Field) -> bool:
    """A dash in a column of numbers is no mere blank: statistics write it for «none», which is zero."""
    counts = field.kind == "number" or field.shape.type in ("number", "integer")
    coordinates = field.kind in ("latitude", "longitude")
    if counts and not coordinates:
        return False
    return value.strip() in SILENT and not _must_be_filled(field)


def _must_be_filled(field: Field) -> bool:
    return field.required or field.requirement == "必須" or field.unique or field.kind == "id"


def _number(value: str, suggestion: str, field: Field) -> bool:
    signs = set(value.strip()[1:]) & {*DASHES, *_MINUS}
    unit = re.sub(r"[\W\d_]", "", narrow(value)) != re.sub(
        r"[\W\d_]", "", suggestion
    )  # letters that would go
    return (
        only_width(value)
        and not signs
        and not unit
        and (value.strip()[0] in _MINUS) == suggestion.startswith("-")
    )


def _day(value: str, suggestion: str, field: Field) -> bool:
    return only_width(re.sub("[年月日元]|明治|大正|昭和|平成|令和", "", value))


def _time(value: str, suggestion: str, field: Field) -> bool:
    text = narrow(value)
    return only_width(re.sub("[時分]", "", value)) and (
        re.fullmatch("[0-9]{1,2}(?::[0-9]{2}(?::00)?|時(?:[0-9]{2}分)?)", text) is not None
    )


def _prefecture(value: str, suggestion: str, field: Field) -> bool:
    return value.strip() != "北海"


def _postcode(value: str, suggestion: str, field: Field) -> bool:
    text = narrow(value).removeprefix("〒").strip()
    return only_width(value.replace("〒", "")) and re.fullmatch("[0-9]{3}-?[0-9]{4}", text) is not None


def _width(value: str, suggestion: str, field: Field) -> bool:
    return only_width(value)


def _outer_blanks(value: str, suggestion: str, field: Field) -> bool:
    return value.strip() == suggestion


def _half_kana(value: str, suggestion: str, field: Field) -> bool:
    """An address or an identifier is no prose: another letter in it makes another address."""
    joined = any(unicodedata.combining(character) for character in suggestion)
    return suggestion == wide_kana(value) and not joined and field.kind not in ("url", "email", "id")


def _weekdays(value: str, suggestion: str, field: Field) -> bool:
    return "毎日" not in value


def _prose(value: str, suggestion: str, field: Field) -> bool:
    return field.kind not in ("url", "email", "id")


_SAME_AS_ONE = frozenset({"○", "〇", "◯", "1", "１", "有", "有り", "あり", "TRUE"})
_SAME_AS_NONE = frozenset({"×", "✕", "0", "０", "無", "無し", "なし", "FALSE"})


def _flag(value: str, suggestion: str, field: Field) -> bool:
    """An empty cell says «no» only where the definition says so."""
    text = value.strip()
    if suggestion == "1":
        return text in _SAME_AS_ONE
    return text in _SAME_AS_NONE and field.facts.get("blankMeans") == "なし" and not field.required


def _coordinate(value: str, suggestion: str, field: Field) -> bool:
    return only_width(re.sub("[、。]", "", value)) and suggestion in narrow(value)


def _same_word(value: str, suggestion: str, field: Field) -> bool:
    return [word for word in field.shape.enum if fold(word) == fold(value)] == [suggestion]


def _invisible(value: str, suggestion: str, field: Field) -> bool:
    """Marks of no width and no effect. A line break of another system, or a joiner, is left to a person."""
    return re.sub("[\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]", "", value) == suggestion


# --- cells -----------------------------------------------------------------------------------------

NUMBER = Mend(
    "全角の数字や符号を半角にし、3桁ごとのカンマを除きます。数の大きさは変わりません。"
    "単位が付いた値は案だけを示し（その列の単位が決まっていないため）、注記が付いた値、①のような文字は直しません。",
    "Full-width digits and signs become half width and commas between thousands go; the number stays the same. Without "
    "its unit a number is only proposed (which unit the column has is not defined); notes or signs like ① are left alone.",
    _number,
)
DAY = Mend(
    "年・月・日がはっきり書かれた日付（和暦を含む）を 2026-04-01 の形に書き換えます。同じ日のままです。"
    "日のない値や暦にない日は直しません。",
    "Days with year, month and day (also of Japanese eras) are written like 2026-04-01; it is the same day. "
    "Values without a day, or of no such day, are left alone.",
    _day,
)
SERIAL = Mend(
    "日付の列で、ほかの値がどれも日付で、その最初と最後の間に入り、1904年から数えるブックの日付ではそうならない"
    "ときだけ、日付に書き換えます。時刻の列の値は直しません。",
    "In a column of days it becomes the day, where all else in the column is days, it lies between the first and the "
    "last of them, and the day of a workbook that counts from 1904 would not. Times are left alone.",
    lambda *given: given[2].shape.type == "date",
)
TIME = Mend(
    "時と分がはっきり書かれた時刻を 09:00 の形に書き換えます。秒は 00 のときだけ除きます。"
    "「9:3」のように分が1桁の値や、午前・午後の付いた値は直しません。",
    "Times with hour and minutes are written like 09:00; seconds go only where they are 00. Values with one "
    "digit for the minutes, or with a.m. and p.m., are left alone.",
    _time,
)
CODE = Mend(
    "全角の数字を半角にします。欠けた先頭の0や検査数字は、実在するコードが一つだけ当てはまり、"
    "ファイル名・同じ行の都道府県名や市区町村名・ほかの行のコードのどれかと合い、どれとも食い違わないときだけ補います。",
    "Full-width digits become half width. A lost zero or check digit is restored only where a single existing "
    "code fits and agrees with the file name, the names in the row or the other rows, and contradicts none of them.",
    _width,
)
CORPORATE_NUMBER = Mend(
    "全角の数字を半角にし、前後の空白を除きます。検査数字が合う番号だけを直します。",
    "Full-width digits become half width and outer blanks go, where the check digit is right.",
    _width,
)
PREFECTURE = Mend(
    "前後の空白を除き、省かれた「都・府・県」を補います。都道府県名の列では、どの都道府県かは変わりません。",
    "Outer blanks go and a left-out 都, 府 or 県 is added. In a column of prefectures it stays the same prefecture.",
    _prefecture,
)
PHONE = Mend(
    "数字・ハイフン・括弧を半角にし、その前後の空白を除きます。数字の並びは変わりません。",
    "Digits, hyphens and brackets become half width, blanks around them go. The digits stay the same.",
    _width,
)
POSTCODE = Mend(
    "半角にし、「〒」と、3桁目の後のハイフンを除きます。7桁の数字の並びは変わりません。",
    "It becomes half width; 〒 and the hyphen after the third digit go. The seven digits stay the same.",
    _postcode,
)
KANA = Mend(
    "半角カタカナを全角にします。ひらがなは、助詞の「は」「へ」の読みが決まらないので直しません。",
    "Half-width katakana becomes full width. Hiragana is left alone: は and へ can be read in two ways.",
    _half_kana,
)
HALFWIDTH_KANA = Mend(
    "半角カタカナだけを全角にします。ほかの文字は変えません。URL・メールアドレス・ID の列は直しません。",
    "Half-width katakana becomes full width, all else stays. Addresses, mail addresses and IDs are left alone.",
    _half_kana,
)
WEEKDAYS = Mend(
    "曜日の字だけを月曜から順に並べます。示す曜日は変わりません。「毎日」は、祝日を含むか決まらないので直しません。",
    "Only the day characters stay, Monday first; they are the same days. 毎日 (every day) is left alone: it may "
    "or may not mean holidays too.",
    _weekdays,
)
OUTER_BLANKS = Mend(
    "前後の空白だけを除きます。値の中は変えません。",
    "Only the blanks around the value go; nothing within it changes.",
    _outer_blanks,
)
EMAIL = Mend(
    "全角の英数字と記号を半角にします。同じ宛先のままです。",
    "Full-width letters and signs become half width. It stays the same address.",
    _width,
)
FLAG = Mend(
    "○・有・全角の1などを半角の 1 にします。×・無・0 などは、空欄が「なし」を表すと定義された列でだけ空欄にします。"
    "◎や●は、○と区別していることがあるので直しません。",
    "○, 有 and a full-width 1 become 1. ×, 無 and 0 become empty where the definition says that empty means no. "
    "◎ and ● are left alone: they may mean something else than ○.",
    _flag,
)
COORDINATE = Mend(
    "全角を半角にし、前後の空白や句読点を除きます。度分秒は、計算と丸めが要るので直しません。",
    "Full width becomes half width; blanks and commas around the number go. Degrees, minutes and seconds are left "
    "alone: they would have to be converted and rounded.",
    _coordinate,
)
PATTERN = Mend(
    "半角にすると決められた形になる番号や記号だけを半角にします。",
    "Codes become half width where that gives the required form.",
    _width,
)
ENUM = Mend(
    "全角・半角や空白だけが違う語を、決められた書き方にします。ほかの言い方（「あり」など）は直しません。",
    "A word that differs only in width or blanks is written as listed. Other wordings (like あり) are left alone.",
    _same_word,
)
PLACEHOLDER = Mend(
    "「－」「…」「N/A」のような、値がないことだけを示す記号を空欄にします。「不明」「未定」「該当なし」は理由を"
    "伝えているので直しません。必須の項目や ID も空欄にしません。数値の列や、どのデータセットか分からない表でも、"
    "「－」が 0 や該当なしを表すことがあるので直しません。",
    "Signs that only say “no value”, like －, … or N/A, become empty. 不明, 未定 and 該当なし tell a reason and "
    "stay. Required cells and IDs are never emptied; nor are columns of numbers and tables of no known dataset, "
    "where － may mean zero or “does not apply”.",
    _says_nothing,
)
INVISIBLE = Mend(
    "幅も働きもない文字（U+200B、U+FEFF など）だけを除きます。改行の代わりになる文字は直しません。",
    "Only characters without width or effect (U+200B, U+FEFF …) go. Those that stand for a line break stay.",
    _invisible,
)

VOICED_KANA = Mend(
    "二つに分かれた文字（「テ」と濁点）を一つの文字（「デ」）にします。同じ文字として扱われる書き方です。"
    "URL・メールアドレス・ID の列は直しません。",
    "A kana and its voicing mark become one character; both are writings of the same text. Addresses, mail addresses "
    "and IDs are left alone.",
    _prose,
)
ODD_SPACES = Mend(
    "特殊な空白を普通の空白にします。URL・メールアドレス・ID の列は直しません。",
    "Special blanks become ordinary ones. Addresses, mail addresses and IDs are left alone.",
    _prose,
)

# --- rows, columns, the file -------------------------------------------------------------------------

COORDINATES_SWAPPED = Mend(
    "2つの列の値がどの行でも入れ替わっているときだけ、列ごと入れ替えます。一部の行だけなら直しません。",
    "Where the values are exchanged in every row, the two columns are swapped. Single rows are left alone.",
)
TITLE_ROWS = Mend(
    "データセットが分かったときだけ、項目名より上の行を除きます。除いた行は一覧に残します。",
    "Where the dataset is known, the rows above the column names go. The list shows them.",
)
COLUMN_ABSENT = Mend(
    "必須でない列を、定義の位置に空のまま加えます。行の長さがそろい、項目名が重ならないときに限ります。",
    "A column that is not required is added empty in its place, if all rows are equally long and no name repeats.",
)
COLUMN_BLANK = Mend(
    "項目名もデータもない列を除きます。行の長さがそろっているときに限ります。",
    "Columns with neither name nor data go, if all rows are equally long.",
)
COLUMN_RENAMED = Mend(
    "項目名を定義のとおりに書き換えます。どの項目のことかは変わりません。",
    "The name is written as defined; it stays the name of the same column.",
)
COLUMN_ORDER = Mend(
    "列を定義の順に並べます。独自の列は、左にあった列の次に置きます。行の長さがそろい、項目名が重ならず、"
    "名前のない列にデータがないときに限ります。",
    "Columns are put in the order of the definition; your own ones stay behind their left neighbour. Only if all "
    "rows are equally long, no name repeats and no column without a name has data.",
)
BLANK_ROWS = Mend(
    "データセットが分かったときだけ、空の行を除きます。", "Where the dataset is known, empty rows go."
)
HEADER_REPEATED = Mend(
    "データセットが分かったときだけ、項目名とすべて同じ行を除きます。",
    "Where the dataset is known, rows go that repeat every name of the header.",
)
TRAILING_CELLS = Mend(
    "項目名より右にはみ出したセルがどれも空の行だけ、そのセルを除きます。",
    "Cells beyond the last column go where all of them are empty.",
)
ENCODING = Mend(
    "UTF-8（BOM付き）で書き出します。文字は変わりません。",
    "It is written as UTF-8 with a byte order mark. The characters stay.",
)
NEWLINES = Mend("改行を CRLF にそろえて書き出します。", "Every record is written with CRLF at its end.")
ONE_SHEET = Mend(
    "表を読んだシートだけを CSV に書き出します。元のブックは変えません。",
    "Only the sheet that was read is written, as CSV. The book itself stays as it is.",
)
