"""How text is written, in any column."""

import re
import unicodedata

from odtool.model import Field
from odtool.rule import STYLE, rule
from odtool.rules import mends
from odtool.rules.cell.common import COMMON, Found
from odtool.rules.file import MACHINE_READABILITY
from odtool.text import PLACEHOLDERS, wide_kana


@rule(
    "cell", kinds=("text", "address", "list", "organization-name", "municipality-name", "latin", "extension",
                "id", "license", "language", "poi-code", "town-id", "height", "height-kind", "presence"),
    stage=STYLE, severity="warning",
    ja="「{value}」は値がないことを示す記号です。値がないときは空欄にしてください。",
    en="“{value}” stands for “no value”. Leave the cell empty instead.",
    bad="－", good="（空欄）", source=COMMON,
    mends=mends.PLACEHOLDER,
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
    mends=mends.HALFWIDTH_KANA,
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
    mends=mends.OUTER_BLANKS,
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
