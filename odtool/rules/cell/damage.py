"""What a program has done to a value: nothing else is said of such a cell."""

import re

from odtool.model import Field
from odtool.rule import DAMAGE, rule
from odtool.rules import mends
from odtool.rules.cell.common import Found
from odtool.rules.file import MACHINE_READABILITY


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
    mends=mends.INVISIBLE,
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
