"""Japanese text helpers: folding for comparison, narrowing for suggestions, width for the terminal."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

# Every stroke that offices type for a hyphen, a minus or the prolonged sound mark.
DASHES = "‐‑‒–—―−─━－ーｰ﹣⁃"
_DASH_TABLE = str.maketrans(dict.fromkeys(DASHES, "-"))
_A_DASH = re.compile(f"[{DASHES}]")
_BLANK = re.compile(r"[\s_＿\u200b\u2060\ufeff]+")

# What offices write where they have no value. 「なし」 and 「無」 are left out: they can be answers.
PLACEHOLDERS = frozenset(
    {*DASHES, "-", "--", "---", "ーー", "－－", "…", "‥", "・・・", "*", "＊", "／", "/", "N/A", "n/a",
     "NA", "NULL", "null", "None", "nan", "NaN", "不明", "未定", "該当なし", "未設定"}
)  # fmt: skip


def fold(label: str) -> str:
    """A label as compared: width, dashes, brackets, blanks (those of no width, too), underscores and letter case do not
    count."""
    return _remembered(label) if len(label) <= 100 else _folded(label)


def _folded(label: str) -> str:
    if label.isascii():  # as most cells are that are no names at all
        return _BLANK.sub("", label).casefold()
    return _BLANK.sub("", _with_hyphens(unicodedata.normalize("NFKC", label))).casefold()


# The same few thousand names of columns and places come again and again; cells of any size are not kept.
_remembered = lru_cache(maxsize=20_000)(_folded)


def narrow(value: str) -> str:
    """Digits, letters and signs in half width, every dash a hyphen, no outer blanks."""
    if value.isascii():  # as most numbers are, which most values are
        return value.strip()
    return _with_hyphens(unicodedata.normalize("NFKC", value)).strip()


def _with_hyphens(text: str) -> str:
    """Every dash a hyphen. To see that there is none takes a third of the time of exchanging them."""
    return text.translate(_DASH_TABLE) if _A_DASH.search(text) else text


def wide_kana(value: str) -> str:
    """Half-width katakana in full width, everything else as it is."""
    return re.sub("[｡-ﾟ]+", lambda run: unicodedata.normalize("NFKC", run[0]), value)


def near(word: str, names: Iterable[str], most: int = 5) -> list[str]:
    """The names most like the word, best first: those that share a part with it, then those that look like it."""
    from difflib import get_close_matches

    folded = {fold(name): name for name in names}
    wanted = fold(word)
    inside = [name for key, name in folded.items() if wanted and (wanted in key or key in wanted)]
    alike = [folded[key] for key in get_close_matches(wanted, folded, most, 0.6)]
    return list(dict.fromkeys(inside + alike))[:most]


def is_blank(value: str) -> bool:
    """Nothing but white space; an ideographic space is white space."""
    return not value or value.isspace()


def width(text: str) -> int:
    """Columns that a terminal needs: East-Asian wide characters count two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@lru_cache(maxsize=10_000)
def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, columns: int) -> str:
    """`text` filled with blanks to that many terminal columns."""
    return text + " " * max(0, columns - width(text))


def visible(text: str, limit: int = 60) -> str:
    """A cell for one line: line breaks shown as ⏎, blanks at its ends as ␣ (□ where ideographic), other
    controls as �, cut after `limit` characters."""
    if text.isprintable() and len(text) <= limit and text[:1] != " " != text[-1:]:
        return text  # most are; looking at every character of a country's cells takes seconds
    body = text.strip(" \u3000")
    lead, _, trail = text.partition(body) if body else (text, "", "")
    lead, trail = (blanks.replace(" ", "␣").replace("\u3000", "□") for blanks in (lead, trail))
    text = lead + body + trail
    shown = text.replace("\r\n", "⏎").replace("\n", "⏎").replace("\r", "⏎").replace("\t", "→")
    shown = "".join("�" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def column_letter(number: int) -> str:
    """The name a spreadsheet gives to column `number` (from 1): 1 → A, 27 → AA."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


def percent(share: float) -> int:
    """A share of 0 to 1 as people write it: halves up, but 100 is said only of a whole and 0 only of nothing."""
    if share <= 0 or share >= 1:
        return 100 if share >= 1 else 0
    return min(99, max(1, int(share * 100 + 0.5 + 1e-9)))  # 0.285 is a hair less than 28.5 hundredths


# 禁則: what never ends a line, and what never begins one.
_OPENING = frozenset("「『（【［｛〔〈《“‘([{")
_CLOSING = frozenset(
    "」』）】］｝〕〉》”’)]}、。，．・：；！？…‥ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.!?:;%％"
)


def wrapped(lead: str, text: str, columns: int = 98) -> Iterator[str]:
    """`text` in lines of at most `columns` terminal columns, the following ones indented like the first.

    A break may come after any wide character and after a blank, not inside a word of narrow ones, not after an opening
    bracket and not before a closing one or a stop; only what is longer than a line is cut anywhere.
    """
    line, indent = lead, " " * width(lead)
    for piece in _pieces(text):
        rest = piece
        if width(line) + width(piece.rstrip()) > columns and line.strip():
            yield line.rstrip()
            line, rest = indent, piece.lstrip()
        while len(rest) > 1 and width(line) + width(rest.rstrip()) > columns:
            room = _fitting(rest, columns - width(line))
            yield line + rest[:room]
            line, rest = indent, rest[room:]
        line += rest
    yield line


def _pieces(text: str) -> Iterator[str]:
    """What is not to be parted: words with their blank, brackets with what they hold on to, stops with what is before."""
    piece = ""
    for each in re.findall(r"[!-~]+ ?|.", text, re.DOTALL):
        if piece and piece[-1] not in _OPENING and each[0] not in _CLOSING:
            yield piece
            piece = ""
        piece += each
    if piece:
        yield piece


def _fitting(text: str, columns: int) -> int:
    """How many of its characters are that wide together; at least one."""
    taken = 0
    for number, character in enumerate(text):
        taken += width(character)
        if taken > columns and number:
            return number
    return len(text)
