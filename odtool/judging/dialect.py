"""Patterns for the column library, whose regular expressions are of another dialect than Python's.

`translated` accepts only what means the same in both, or less in the other: a value that the translation
matches, Python matches too. So it may be used to pass over values that are surely good. To pass over those
in which a pattern is not found, the translation must be `exact`.
"""

import re
from dataclasses import dataclass
from functools import cache

_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": " "}  # ASCII only: less than Python accepts
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_TIMES = re.compile(r"\{([0-9]{1,3})(?:(,)([0-9]{0,3}))?\}")
_CODE = re.compile(r"x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}")


class _ForeignError(Exception):
    """Something that the other dialect does not know, or understands in another way."""


@dataclass(frozen=True, slots=True)
class Translation:
    """`pattern` matches whole values, `inside` a part of one. `ranges` are the characters (code points, both
    ends included) that a matching value is made of, None where it can be any. `exact` says that nothing that
    Python matches is left out."""

    pattern: str
    inside: str
    ranges: tuple[tuple[int, int], ...] | None
    exact: bool


@cache
def translated(pattern: str) -> Translation | None:
    """The pattern for the other dialect, matching a value from beginning to end; None where it cannot be told."""
    try:
        re.compile(pattern)
        reader = _Reader(pattern)
        text = reader.alternatives()
        if reader.at < len(pattern):
            return None
    except (_ForeignError, re.error, RecursionError):
        return None
    ranges = None if reader.anything else tuple(sorted(reader.ranges))
    return Translation(f"^(?:{text})$", text, ranges, reader.exact)


def _escaped(code: int) -> str:
    if 0xD800 <= code <= 0xDFFF:
        raise _ForeignError
    return f"\\x{{{code:X}}}"


class _Reader:
    """Reads a Python pattern from left to right and writes it anew, every character by its number."""

    def __init__(self, pattern: str):
        self.pattern, self.at = pattern, 0
        self.ranges: set[tuple[int, int]] = set()
        self.anything = False
        self.exact = True

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        character = self.peek()
        if not character:
            raise _ForeignError
        self.at += 1
        return character

    def alternatives(self) -> str:
        branches = [self.sequence()]
        while self.peek() == "|":
            self.take()
            branches.append(self.sequence())
        return "|".join(branches)

    def sequence(self) -> str:
        parts = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.atom() + self.times())
        return "".join(parts)

    def atom(self) -> str:
        character = self.take()
        if character == "(":
            return self.group()
        if character == "[":
            return self.character_class()
        if character == "\\":
            return self.escape()
        if character in "^$":  # the other's $ is stricter: never before a last line break
            if self.peek() in ("*", "+", "?", "{"):
                raise _ForeignError
            self.exact = False
            return character
        if character == ".":
            self.anything = True
            return "[^\\n]"
        if character in "*+?{":
            raise _ForeignError
        return self.single(ord(character))

    def group(self) -> str:
        if self.peek() == "?":
            self.take()
            if self.take() != ":":  # flags, names, look-around, atomic groups
                raise _ForeignError
        inner = self.alternatives()
        if self.take() != ")":
            raise _ForeignError
        return f"(?:{inner})"

    def times(self) -> str:
        character = self.peek()
        if character == "{":
            found = _TIMES.match(self.pattern, self.at)
            if not found:
                raise _ForeignError
            self.at = found.end()
            written = found[0]
        elif character and character in "*+?":
            written = self.take()
        else:
            return ""
        if self.peek() == "?":  # lazy: the same values match as a whole
            self.take()
        if self.peek() in ("*", "+", "?", "{"):
            raise _ForeignError
        return written

    def single(self, code: int) -> str:
        self.ranges.add((code, code))
        return _escaped(code)

    def escape(self) -> str:
        if self.peek() in _CLASSES and self.peek():
            return f"[{self.ranges_of(_CLASSES[self.take()])}]"
        return self.single(self.escaped_code())

    def escaped_code(self) -> int:
        if found := _CODE.match(self.pattern, self.at):
            self.at = found.end()
            return int(found[0][1:], 16)
        character = self.take()
        if character in _CONTROLS:
            return ord(_CONTROLS[character])
        if character.isalnum():  # \b, \1, \Z, \N{…}
            raise _ForeignError
        return ord(character)

    def ranges_of(self, text: str) -> str:
        """The inside of a class for the characters of `text`, which may hold ranges like 0-9."""
        self.exact = False
        parts = []
        for found in re.finditer("(.)-(.)|(.)", text):
            low, high = (found[1], found[2]) if found[1] else (found[3], found[3])
            self.ranges.add((ord(low), ord(high)))
            parts.append(f"{_escaped(ord(low))}-{_escaped(ord(high))}")
        return "".join(parts)

    def character_class(self) -> str:
        negated = self.peek() == "^"
        if negated:
            self.take()
            self.anything = True
        parts: list[str] = []
        while self.peek() != "]" or not parts:
            if self.peek() == "\\" and self.pattern[self.at + 1 : self.at + 2] in _CLASSES:
                if negated:  # what is less inside is more outside
                    raise _ForeignError
                self.take()
                parts.append(self.ranges_of(_CLASSES[self.take()]))
                continue
            low = high = self.class_code()
            if self.peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.take()
                high = self.class_code()
            self.ranges.add((low, high))
            if low <= 0xDFFF and high >= 0xD800:  # the other knows no surrogates; no text has any
                parts += [f"{_escaped(low)}-\\x{{D7FF}}"] if low < 0xD800 else []
                parts += [f"\\x{{E000}}-{_escaped(high)}"] if high > 0xDFFF else []
            else:
                parts.append(f"{_escaped(low)}-{_escaped(high)}")
        self.take()
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def class_code(self) -> int:
        character = self.take()
        if character != "\\":
            return ord(character)
        if self.peek() == "b":
            self.take()
            return 8
        return self.escaped_code()
