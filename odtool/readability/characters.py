"""Which characters depend on the machine that shows them: those outside JIS X 0208 (and ASCII, JIS X 0201).

The codec of Shift_JIS is the list of JIS X 0208; the characters that Windows and JIS map to different code
points (～ and 〜, － and −, ∥ and ‖ …) are the same ones in the standard and excused in both forms.
"""

import unicodedata
from functools import lru_cache
from typing import Literal

# Source: Unicode Consortium, SHIFTJIS.TXT and CP932.TXT – the code points in which the two tables differ.
_PAIRS = frozenset("～〜－−∥‖￠¢￡£￢¬＼\\―—￤¦￣‾￥¥~")
# Squares and letters of units are the usual way to write a unit, and the official sample calls them right.
UNITS = frozenset("㎡㎥㎢㎝㎜㎞㎏㎎㎖㏄㎗ℓ㎕㎍㎾㎼㎸㎃㏍㎳㎐㎑㎒㎓㏈")
_ROMAN = range(0x2160, 0x2180)

Sort = Literal["fine", "kanji", "roman", "foreign", "dependent"]


@lru_cache(maxsize=65_536)
def sort(character: str) -> Sort:
    """What kind of character it is: «dependent» is to be replaced; «kanji», «roman» and «foreign» are outside JIS X
    0208 too, but a proper noun may need them."""
    if character in _PAIRS or character in UNITS or character.isspace() or character.isascii():
        return "fine"
    if ord(character) in _ROMAN:
        return "roman"
    category = unicodedata.category(character)
    # Controls, private-use and half-width characters are found by ordinary rules; one cause, one finding.
    if category in ("Cc", "Cf", "Co", "Cs", "Mn") or "\uff61" <= character <= "\uff9f" or character == "�":
        return "fine"
    try:
        character.encode("shift_jis")
    except UnicodeEncodeError:
        pass
    else:
        return "fine"
    if category == "Lo" and unicodedata.name(character, "").startswith("CJK"):
        return "kanji"
    if category[0] == "L" or ord(character) < 0x250 or character in "–‐‑‒•":
        return "foreign"
    return "dependent"


def outside(text: str) -> dict[Sort, str]:
    """The characters of the text outside JIS X 0208, by sort, each once."""
    found: dict[Sort, str] = {}
    for character in dict.fromkeys(text):
        kind = sort(character)
        if kind != "fine":
            found[kind] = found.get(kind, "") + character
    return found
