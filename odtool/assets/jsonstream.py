"""JSON read in pieces: whether it is JSON at all, its scalars by their keys, and its arrays of numbers.

Python's own reader holds the whole text and some ten times its size in objects. This one holds a few megabytes.
Source: RFC 8259.
"""

import codecs
import re
from collections.abc import Callable

_NUMBER = r"-?+(?:0|[1-9]\d*+)(?:\.\d++)?+(?:[eE][+-]?+\d++)?+"
_BLANK = r"[ \t\r\n]*+"
_PAIR = rf"\[{_BLANK}{_NUMBER}{_BLANK},{_BLANK}{_NUMBER}(?:{_BLANK},{_BLANK}{_NUMBER}){{0,2}}+{_BLANK}\]"
_POSITION = re.compile(rf"\[{_BLANK}({_NUMBER}){_BLANK},{_BLANK}({_NUMBER})")
_TOKEN = re.compile(
    _BLANK
    + "(?:"
    + rf"(?P<pairs>{_PAIR}(?:{_BLANK},{_BLANK}{_PAIR}){{0,500}}+)"
    + r'|"(?P<text>[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+)"'
    + rf"|(?P<number>{_NUMBER})"
    + r"|(?P<word>true|false|null)"
    + r"|(?P<sign>[{}\[\],:])"
    + ")"
)
_MARGIN = 400  # a token that ends this near to what is at hand may go on; no number is longer
_LONGEST = 8 << 20  # characters of one token
_DEEPEST = 200


class NotJsonError(Exception):
    """Why this is no JSON; `offset` counts characters."""

    def __init__(self, ja: str, en: str, offset: int) -> None:
        super().__init__(en)
        self.ja, self.en, self.offset = ja, en, offset


class TooMuchError(Exception):
    """JSON perhaps, but deeper or with longer texts than is looked at."""


class JsonStream:
    """Feed it bytes. `scalar(path, value)` is told of texts, `pairs(path, xs, ys)` of arrays of two to
    four numbers that follow one another, `opened(path, sign)` of objects and arrays, `number(path, value)` of other numbers, as
    they are written. A path is the keys of the objects on the way, [] for arrays."""

    def __init__(
        self,
        scalar: Callable[[tuple[str, ...], str], None],
        pairs: Callable[[tuple[str, ...], list[float], list[float]], None],
        opened: Callable[[tuple[str, ...], str], None],
        number: Callable[[tuple[str, ...], str], None] | None = None,
    ) -> None:
        self._scalar, self._pairs, self._opened, self._number = scalar, pairs, opened, number
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._done = 0
        self._stack: list[str] = []
        self._path: list[str] = []
        self._want = "value"

    def feed(self, chunk: bytes, final: bool = False) -> None:
        """Raises UnicodeDecodeError, NotJsonError or TooMuchError."""
        self._text += self._decoder.decode(chunk, final)
        place, end = 0, len(self._text)
        safe = end if final else end - _MARGIN
        while place < safe:
            match = _TOKEN.match(self._text, place)
            if match is None or (match.end() > safe and not final):
                break
            self._token(match, self._done + match.start())
            place = match.end()
        rest = self._text[place:]
        self._done += place
        self._text = rest
        if final:
            if rest.strip(" \t\r\n"):
                raise self._off("読めない文字がある", "unreadable characters")
            if self._want != "end":
                raise self._off("途中で終わっている", "it ends in the middle")
        elif len(rest) > _LONGEST:
            raise TooMuchError
        elif len(rest) > _MARGIN and _TOKEN.match(rest) is None and not _unfinished(rest):
            raise self._off("読めない文字がある", "unreadable characters")

    def _off(self, ja: str, en: str, offset: int | None = None) -> NotJsonError:
        return NotJsonError(ja, en, self._done if offset is None else offset)

    def _token(self, match: re.Match[str], offset: int) -> None:
        sign = match["sign"]
        if match["pairs"] is not None:
            self._value(offset)
            found = _POSITION.findall(match["pairs"])
            if len(found) > 1 and self._stack[-1:] != ["["]:
                raise self._off("「,」の位置が正しくない", "a stray ,", offset)
            self._pairs(tuple(self._path), [float(x) for x, _ in found], [float(y) for _, y in found])
            self._after()
        elif sign is not None:
            self._structure(sign, offset)
        elif match["text"] is not None and self._want in ("key", "key or end"):
            self._path[-1] = match["text"][:200]
            self._want = "colon"
        else:
            self._value(offset)
            if match["text"] is not None:
                self._scalar(tuple(self._path), match["text"][:1_000])
            elif match["number"] is not None and self._number is not None:
                self._number(tuple(self._path), match["number"][:100])
            self._after()

    def _value(self, offset: int) -> None:
        if self._want not in ("value", "value or end"):
            raise self._off("値の並びが正しくない", "values in a wrong place", offset)

    def _after(self) -> None:
        self._want = "comma or end" if self._stack else "end"

    def _structure(self, sign: str, offset: int) -> None:
        want = self._want
        if sign in "{[":
            self._value(offset)
            if len(self._stack) >= _DEEPEST:
                raise TooMuchError
            self._opened(tuple(self._path), sign)
            self._stack.append(sign)
            self._path.append("[]" if sign == "[" else "")
            self._want = "value or end" if sign == "[" else "key or end"
        elif sign in "}]":
            if not self._stack or self._stack[-1] != ("{" if sign == "}" else "[") or want not in (
                "comma or end", "key or end", "value or end"
            ):  # fmt: skip
                raise self._off(f"「{sign}」の位置が正しくない", f"a stray {sign}", offset)
            self._stack.pop()
            self._path.pop()
            self._after()
        elif sign == "," and want == "comma or end":
            self._want = "key" if self._stack[-1] == "{" else "value"
        elif sign == ":" and want == "colon":
            self._want = "value"
        else:
            raise self._off(f"「{sign}」の位置が正しくない", f"a stray {sign}", offset)


def _unfinished(rest: str) -> bool:
    """Whether what is at hand is the beginning of a long text."""
    bare = rest.lstrip(" \t\r\n")
    return not bare or bool(re.fullmatch(r'"[^"\x00-\x1f]*+(?:(?<=\\)"[^"\x00-\x1f]*+)*+', bare))
