"""Characters that look right and are not: text that no search finds."""

import re
import unicodedata

from odtool.model import Field
from odtool.rule import STYLE, rule
from odtool.rules import mends
from odtool.rules.cell.common import Found
from odtool.rules.file import MACHINE_READABILITY

_SOUND_MARKS = "[\u3099\u309a]"


@rule(
    "cell", stage=STYLE, severity="warning",
    ja="「{value}」の濁点・半濁点が、前の文字と別の文字になっています（Mac のファイル名などから写した文字）。入力し直してください。",
    en="In “{value}” the voicing mark is a character of its own (as in file names of a Mac). Type it again.",
    bad="\u30c6\u3099\u30fc\u30bf", good="データ", source=f"{MACHINE_READABILITY} L1-08", mends=mends.VOICED_KANA,
)  # fmt: skip
def kana_decomposed(value: str, field: Field) -> Found:
    """「デ」は一つの文字で書きます。「テ」と濁点に分かれた文字は、検索でも並べ替えでも別の語になります。

    A kana and its voicing mark are one character; in two parts the word is another one to search and sort.
    """
    if not re.search(_SOUND_MARKS, value):
        return None
    joined = re.sub(f"[ぁ-ヿ]{_SOUND_MARKS}", lambda pair: unicodedata.normalize("NFC", pair[0]), value)
    return {"suggestion": None if re.search(_SOUND_MARKS, joined) else joined}


_ODD_SPACES = "[\t\xa0\u1680\u2000-\u200a\u202f\u205f]"


@rule(
    "cell", stage=STYLE, severity="warning",
    ja="値の中に特殊な空白（{code}）があります。普通の空白にしてください。",
    en="There is a special blank ({code}) inside the value. Use an ordinary one.",
    bad="本館\xa01階", good="本館 1階", source=f"{MACHINE_READABILITY} L1-08", mends=mends.ODD_SPACES,
)  # fmt: skip
def space_odd(value: str, field: Field) -> Found:
    """改行しない空白（U+00A0）やタブは、見た目は空白でも別の文字です。ウェブページから写すと入ります。

    A no-break space (U+00A0) or a tab looks like a blank and is another character; copied web pages bring it.
    """
    odd = re.search(_ODD_SPACES, value.strip())
    return (
        {"code": f"U+{ord(odd[0]):04X}", "suggestion": re.sub(_ODD_SPACES, " ", value).strip()}
        if odd
        else None
    )
