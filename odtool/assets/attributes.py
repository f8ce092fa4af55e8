"""What the attributes of features tell about people: the few signs that are certain in a value by itself.

The gate for tables knows whole columns and what they are meant to hold; here a name and its values pass by once. So
this finds less, and says so.
"""

from collections import Counter

from odtool import privacy
from odtool.assets.notes import Notes

_MOST_KEYS = 1_000  # names of attributes that are remembered
_PHONE, _MAIL, _PERSON = "phone", "mail", "person"
_WHAT = {
    _PHONE: ("携帯電話の番号", "mobile telephone numbers"),
    _MAIL: ("個人用のメールアドレス", "private mail addresses"),
    _PERSON: ("個人の氏名", "names of persons"),
}


class Attributes:
    """Sees every attribute once; `tell` says what was seen. No value is kept or shown."""

    def __init__(self) -> None:
        self._found: Counter[tuple[str, str]] = Counter()
        self._people: dict[str, bool] = {}  # by name: whether it is one of columns with people's names

    def see(self, key: str, value: str) -> None:
        if privacy.has_signs(value):
            if privacy.mobile(value):
                self._count(key, _PHONE)
            if privacy.personal_mail(value):
                self._count(key, _MAIL)
        if self._names_people(key) and privacy.is_person(value):
            self._count(key, _PERSON)

    def tell(self, notes: Notes) -> None:
        for (key, kind), count in self._found.items():
            what, what_en = _WHAT[kind]
            notes.find("personal-attribute", key=key, what=what, what_en=what_en, count=f"{count:,}")
        if not notes.has("attributes-seen"):
            notes.find("attributes-seen")

    def _count(self, key: str, kind: str) -> None:
        if (key, kind) in self._found or len(self._found) < _MOST_KEYS:
            self._found[key, kind] += 1

    def _names_people(self, key: str) -> bool:
        if key not in self._people:
            if len(self._people) >= _MOST_KEYS:
                return False
            self._people[key] = privacy.names_a_person(key)
        return self._people[key]


class Records:
    """A tap for the .dbf of a shapefile: every record's text fields, in UTF-8 or CP932. Source: dBASE III."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._attributes = Attributes()
        self._buffer = b""
        self._fields: list[tuple[str, int, int]] | None = None  # name, begin, end of each text
        self._length = 0
        self._dead = False

    def feed(self, chunk: bytes) -> None:
        if self._dead:
            return
        self._buffer += chunk
        if self._fields is None and not self._header():
            return
        place = 0
        while place + self._length <= len(self._buffer):
            for name, begin, end in self._fields or ():
                value = self._buffer[place + begin : place + end].strip(b" \0")
                if value:
                    self._attributes.see(name, _text(value))
            place += self._length
        self._buffer = self._buffer[place:]

    def close(self) -> None:
        self._buffer = b""
        self._attributes.tell(self._notes)

    def _header(self) -> bool:
        """Whether the header is there in full; reads it then."""
        if len(self._buffer) < 32:
            return False
        start = int.from_bytes(self._buffer[8:10], "little")
        self._length = int.from_bytes(self._buffer[10:12], "little")
        if len(self._buffer) < start:
            return False
        if self._length == 0 or start < 33:
            self._dead = True
            return False
        self._fields, begin = [], 1  # the first byte marks a deleted record
        for place in range(32, start - 1, 32):
            described = self._buffer[place : place + 32]
            if len(described) < 32 or described[0] == 0x0D:
                break
            end = begin + described[16]
            if described[11:12] == b"C" and end <= self._length:
                self._fields.append((_text(described[:11].split(b"\0")[0]), begin, end))
            begin = end
        self._buffer = self._buffer[start:]
        return True


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp932", "replace")
