"""What a spreadsheet makes of dates, times and numbers when it takes them for something else."""

import datetime as dt
import re

from odtool.later import later
from odtool.model import Field
from odtool.rule import DAMAGE, rule
from odtool.rules import mends
from odtool.rules.cell.common import COMMON, GIF, Found
from odtool.rules.file import MACHINE_READABILITY
from odtool.text import narrow

SPREADSHEET = "Microsoft Excel の日付システム（1900年方式）の仕様"

_DAY_ZERO = dt.date(1899, 12, 30)
_SERIALS = range(18_264, 73_051)  # 1950-01-01 to 2099-12-31
_SURELY_WRITTEN = "20[0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9]{2}:[0-9]{2}"  # neither a serial nor a zero date


@rule(
    "cell", types=("date", "time"), stage=DAMAGE, severity="error",
    ja="「{value}」は、Excel が日付や時刻を数で持つときの内部の値のようです。{suggestion} なら、そう書き直してください。",
    en="“{value}” looks like the number by which Excel keeps a date or time. If {suggestion} is meant, write that.",
    bad="45016", good="2023-03-31", source=SPREADSHEET, clean=_SURELY_WRITTEN, mends=mends.SERIAL,
)  # fmt: skip
def excel_serial(value: str, field: Field) -> Found:
    """日付の列の5桁の数は、Excel が 1899-12-30 から数えた日数です。時刻の列の 0.375 は、1日を1とした割合です。

    A number of five digits in a column of dates is Excel's count of days from 1899-12-30; 0.375 in a column of
    times is a part of the day.
    """
    text = value.strip()
    if field.shape.type == "time":
        if not re.fullmatch(r"0?\.[0-9]{1,17}", text):
            return None
        seconds = round(float(text) * 86_400)
        if seconds % 60 or seconds >= 86_400:
            return None
        return {"suggestion": f"{seconds // 3600:02}:{seconds // 60 % 60:02}"}
    if not re.fullmatch(r"[0-9]{5}(?:\.0+)?", text) or int(text[:5]) not in _SERIALS:
        return None
    return {"suggestion": (_DAY_ZERO + dt.timedelta(days=int(text[:5]))).isoformat()}


_ZERO = later(
    r"(?:1899[-/]12[-/]3[01]|1900[-/]0?1[-/]0{1,2})(?:[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.0+)?)?)?"
)


@rule(
    "cell", types=("date", "time", "datetime"), stage=DAMAGE, severity="error",
    ja="「{value}」の日付は、Excel で日付のない値（0）を日付として表示したものです。{advice}",
    en="The day in “{value}” is what Excel shows for no day (0). {advice_en}",
    bad="1899/12/30", good="2023-03-31", source=SPREADSHEET, clean=_SURELY_WRITTEN,
)  # fmt: skip
def excel_zero_date(value: str, field: Field) -> Found:
    """1899年12月30日・31日や1900年1月0日は、空のセルや時刻だけのセルを日付の書式で表示した跡です。

    1899-12-30, 1899-12-31 and 1900-01-00 come from empty cells, or cells with a time alone, shown as dates.
    """
    found = _ZERO.fullmatch(value.strip())
    if found is None:
        return None
    if field.shape.type == "time":
        certain = found[1] and int(found[1]) < 24 and int(found[2]) < 60 and not int(found[3] or 0)
        return {
            "advice": "時刻だけを 09:00 のように書いてください。",
            "advice_en": "Write the time alone, like 09:00.",
            "suggestion": f"{int(found[1]):02}:{found[2]}" if certain else None,
        }
    return {
        "advice": "正しい日付を書くか、日付がなければ空欄にしてください。",
        "advice_en": "Write the right day, or leave the cell empty if there is none.",
        "suggestion": "",
    }


@rule(
    "cell", types=("time",), stage=DAMAGE, severity="error",
    ja="「{value}」は24時以降の書き方です。時刻は 00:00 から 23:59 で書きます（翌日の {suggestion} のことなら {suggestion}）。"
    "終日のときや日をまたぐときは、そのことを特記事項の列に書いてください。",
    en="“{value}” is past midnight. Times go from 00:00 to 23:59 (write {suggestion} for that time of the next day); "
    "say in the remarks column that it is open all day or past midnight.",
    bad="24:00", good="00:00", source=COMMON, clean="(?:[01][0-9]|2[0-3]):[0-5][0-9]",
)  # fmt: skip
def time_past_midnight(value: str, field: Field) -> Found:
    """時刻は24時間制の 00:00〜23:59 で書きます。24:00 や 25:30 は時刻として読めません。

    Times are those of a 24-hour clock, 00:00 to 23:59; 24:00 and 25:30 cannot be read as times.
    """
    found = re.fullmatch(r"(2[4-9]|3[0-5])[:時]([0-5][0-9])?(?::00|分)?", narrow(value))
    return {"suggestion": f"{int(found[1]) - 24:02}:{found[2] or '00'}"} if found else None


@rule(
    "cell", kinds=("phone", "postcode"), stage=DAMAGE, severity="error",
    ja="「{value}」は先頭の 0 が失われているようです。列を「文字列」にしてから、{suggestion} のように 0 から書き直してください。",
    en="“{value}” seems to have lost its leading 0. Format the column as text and write it with the 0, like {suggestion}.",
    bad="752223111", good="0752223111", source=f"{GIF} DS-445 電話番号、DS-443 郵便番号", clean="0[0-9-]*|[0-9]{3}-?[0-9]{4}",
)  # fmt: skip
def leading_zero_lost(value: str, field: Field) -> Found:
    """電話番号や郵便番号を数値として入れると、先頭の 0 が消えます。

    A phone number or a postcode entered as a number loses its leading 0.
    """
    text = narrow(value)
    if field.kind == "postcode":
        digits = text.replace("-", "")
        lost = re.fullmatch("[1-9][0-9]{4,5}|[1-9][0-9]?-[0-9]{4}", text)
        return {"suggestion": digits.zfill(7)} if lost else None
    groups = r"[1-9][0-9]{0,3}-[0-9]{1,4}-[0-9]{3,4}|[1-9][0-9]{8,9}"
    digits = text.replace("-", "")
    fixed = len(digits) == 9
    mobile = len(digits) == 10 and digits[:2] in ("50", "70", "80", "90")
    return {"suggestion": f"0{text}"} if re.fullmatch(groups, text) and (fixed or mobile) else None


@rule(
    "cell", kinds=("latitude", "longitude"), stage=DAMAGE, severity="error",
    ja="「{value}」は小数点が失われているようです。{suggestion} なら、そう書き直してください。",
    en="“{value}” seems to have lost its decimal point. If {suggestion} is meant, write that.",
    bad="35011636", good="35.011636", source=f"{MACHINE_READABILITY} L2-01", clean=r"[0-9]{2,3}\.[0-9]+",
)  # fmt: skip
def decimal_point_lost(value: str, field: Field) -> Found:
    """緯度は整数部が2桁、経度は3桁です。小数点のない長い数は、小数点を落としたものです。

    A latitude has two digits before its point, a longitude three; a long number without a point has lost it.
    """
    text = narrow(value)
    whole = "(2[0-9]|3[0-9]|4[0-5])" if field.kind == "latitude" else "(12[2-9]|1[34][0-9]|15[0-4])"
    found = re.fullmatch(f"{whole}([0-9]{{4,}})", text)
    return {"suggestion": f"{found[1]}.{found[2]}"} if found else None
