"""Where in a TOML text each key stands, so that a message can name the line.

For text that `tomllib` has taken already, or has taken up to a name that is there twice: of what stands between the keys, no more is understood than is needed
to find the next one. (https://toml.io/en/v1.0.0)
"""

import json
from collections.abc import Mapping

_BARE_END = frozenset(" \t=.]\n\r#")


def lines(text: str) -> dict[tuple[str, ...], int]:
    """The line, from 1, of every table and key outside of inline tables, by its path. Of arrays of tables the last."""
    return _Scan(text.replace("\r\n", "\n")).found


def line(found: Mapping[tuple[str, ...], int], place: tuple[str, ...]) -> int:
    """The line of a place, or of what holds it; 1 where nothing is known."""
    for end in range(len(place), 0, -1):
        if place[:end] in found:
            return found[place[:end]]
    return 1


def earlier(text: str, number: int) -> int | None:
    """The line of what has the same name as the key or table that is written on that line; None where nothing has."""
    stated = _Scan(text.replace("\r\n", "\n")).stated
    there = [place for place, line_ in stated if line_ == number]
    return next((line_ for place, line_ in stated if place in there and line_ < number), None)


class _Scan:
    def __init__(self, text: str) -> None:
        self.found: dict[tuple[str, ...], int] = {}
        self.stated: list[tuple[tuple[str, ...], int]] = []
        self._text, self._at, self._line = text, 0, 1
        table: tuple[str, ...] = ()
        while self._skip_to_statement():
            began = self._line
            if self._peek() == "[":
                while self._peek() == "[":
                    self._step()
                table = self._key()
                self._rest_of_line()
            else:
                self._note(table + (key := self._key()), began)
                self.stated.append((table + key, began))
                for n in range(1, len(key)):
                    self._note(table + key[:n], began)
                self._step()  # the sign of equality
                self._value()
                continue
            for n in range(1, len(table) + 1):
                self._note(table[:n], began)
            self.stated.append((table, began))

    def _note(self, place: tuple[str, ...], line_: int) -> None:
        self.found.setdefault(place, line_)

    def _peek(self, ahead: int = 1) -> str:
        return self._text[self._at : self._at + ahead]

    def _step(self, count: int = 1) -> None:
        self._line += self._text.count("\n", self._at, self._at + count)
        self._at += count

    def _skip_to_statement(self) -> bool:
        while (found := self._peek()) and found in " \t\n\ufeff#":
            if found == "#":
                self._rest_of_line()
            else:
                self._step()
        return bool(found)

    def _rest_of_line(self) -> None:
        end = self._text.find("\n", self._at)
        self._step((len(self._text) if end < 0 else end) - self._at)

    def _key(self) -> tuple[str, ...]:
        """A dotted key, quoted or not; stops at what ends it."""
        parts = []
        while True:
            while self._peek() and self._peek() in " \t":
                self._step()
            parts.append(self._quoted() if self._peek() in ('"', "'") else self._bare())
            while self._peek() and self._peek() in " \t":
                self._step()
            if self._peek() != ".":
                return tuple(parts)
            self._step()

    def _bare(self) -> str:
        began = self._at
        while self._peek() and self._peek() not in _BARE_END:
            self._step()
        return self._text[began : self._at]

    def _quoted(self) -> str:
        quote, began = self._peek(), self._at
        self._string()
        raw = self._text[began : self._at]
        if quote == "'":
            return raw[1:-1]
        try:
            return str(json.loads(raw))
        except ValueError:  # an escape that only TOML knows
            return raw[1:-1]

    def _string(self) -> None:
        """Past a string of any of the four kinds."""
        quote = self._peek()
        end = quote * 3 if self._peek(3) == quote * 3 else quote
        self._step(len(end))
        while self._peek() and self._peek(len(end)) != end:
            self._step(2 if quote == '"' and self._peek() == "\\" else 1)
        self._step(len(end))
        while len(end) == 3 and self._peek() == quote:  # «""""»: the last three end it
            self._step()

    def _value(self) -> None:
        """Past a value: to the end of its line, or of the line on which its last bracket closes."""
        depth = 0
        while found := self._peek():
            if found in ('"', "'"):
                self._string()
                continue
            if found == "#":
                self._rest_of_line()
                continue
            if found == "\n" and depth == 0:
                return
            depth += (found in "[{") - (found in "]}")
            self._step()
