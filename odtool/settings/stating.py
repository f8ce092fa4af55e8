"""The tables of odtool.toml, checked: each wrong key is named, with the one that was probably meant."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

from odtool.errors import UsageError
from odtool.municipality import municipalities
from odtool.planning.metadata import KEYS, STATABLE
from odtool.settings.lines import lines
from odtool.settings.portal import Settings
from odtool.text import near, visible

EVERYBODY = ""
PORTALS, METADATA = "portals", "metadata"
_INNER = frozenset({"name", "base", "stated"})  # fields of Settings that no portal's table states
_OWN_NAME = re.compile(r"([0-9]{6})_[a-z0-9_-]{1,90}")
_FIELD = re.compile(r"[A-Za-z0-9_-]{1,100}")
_THEIR_NAME = re.compile(r"[a-z0-9_-]{2,100}")  # of a dataset on CKAN
TAG = r"[\w .-]{2,100}"
"""What CKAN takes as a tag; brackets and the middle dot are refused there."""
_VIEWS = tuple(word for word in get_args(get_type_hints(Settings)["views"]) if word)
_KINDS: Mapping[type, tuple[str, str]] = {
    str: ("文字列で書いてください", "must be a string"),
    bool: ("true か false で書いてください", "must be true or false"),
    int: ("1以上の整数で書いてください", "must be a whole number from 1"),
    list: ("文字列の並び（[\"…\", \"…\"]）で書いてください", "must be a list of strings"),
    dict: ("表（名前 = \"値\" の並び）で書いてください", "must be a table of strings"),
}  # fmt: skip


def _kind(hint: Any) -> type:
    if hint in (str, bool):
        return hint  # type: ignore[no-any-return]
    text = str(hint)
    return dict if "Mapping" in text else list if "tuple" in text else int if "int" in text else str


PORTAL_KEYS: Mapping[str, type] = {
    key: _kind(hint) for key, hint in get_type_hints(Settings).items() if key not in _INNER
}
"""What a [portals.x] may state, and of which kind each is."""


def off(path: Path, place: str, ja: str, en: str) -> UsageError:
    """Names the line, as far as it can be told: of the key, or of what it belongs to."""
    number = _line(path, place)
    there, there_en = (
        (f"{path} の{number}行目", f"{path}, line {number}") if number else (str(path), str(path))
    )
    return UsageError(f"{there}: 「{visible(place, 200)}」{ja}。", f"{there_en}: {visible(place, 200)} {en}.")


def _line(path: Path, place: str) -> int | None:
    try:
        found = {".".join(key): number for key, number in lines(path.read_text("utf-8-sig")).items()}
    except (OSError, ValueError):  # it was there a moment ago
        return None
    while place and place not in found:
        place = place.rpartition(".")[0]
    return found.get(place)


def unknown(path: Path, place: str, key: str, known: Iterable[str]) -> UsageError:
    """For a key that is none: names the nearest, else all there are."""
    listed = sorted(known)
    alike = _meant(key, listed)
    place = f"{place}.{key}" if place else key
    if alike:
        return off(path, place, f"という項目はありません。{'、'.join(alike)} のことですか", f"is no setting. Did you mean {', '.join(alike)}?")  # fmt: skip
    return off(path, place, f"という項目はありません（使える項目: {'、'.join(listed)}）", f"is no setting; there are {', '.join(listed)}")  # fmt: skip


def _meant(key: str, known: list[str]) -> list[str]:
    by_word = [k for k, words in KEYS.items() if k in known and key in words]
    return by_word or near(key, known, 2)


def portal_table(path: Path, place: str, entry: Any) -> dict[str, Any]:
    """What a [portals.x] states, each of its kind. Raises UsageError."""
    if not isinstance(entry, dict):
        raise off(path, place, "は [portals.名前] の形で書きます", "is written as [portals.NAME]")
    for key, value in entry.items():
        kind = PORTAL_KEYS.get(key)
        if kind is None:
            raise unknown(path, place, key, PORTAL_KEYS)
        if not _is(value, kind):
            ja, en = _KINDS[kind]
            raise off(path, f"{place}.{key}", f"は{ja}", en)
    views = entry.get("views", _VIEWS[0])
    if views not in _VIEWS:
        listed = " か ".join(f'"{word}"' for word in _VIEWS)
        raise off(path, f"{place}.views", f"は {listed} です", f"is one of {', '.join(_VIEWS)}")
    if set("{}") & set(re.sub(r"\{code5?\}", "", entry.get("organization", ""))):
        raise off(path, f"{place}.organization", "の { } に書けるのは {code}（6桁の団体コード）と {code5}（検査数字を除く5桁）だけです",
                  "may hold {code}, the six-digit code, and {code5}, without its check digit, and no other braces")  # fmt: skip
    for key in entry.get("extras", {}):
        if key in KEYS:
            raise off(path, f"{place}.extras.{key}", "は [metadata] に書きます", "belongs into [metadata]")
        if not _FIELD.fullmatch(key) or key.startswith("odtool_"):
            raise off(path, f"{place}.extras.{key}", "という名前の項目は作れません（英数字と _ - で、odtool_ 以外）",
                      "cannot be a field (a-z, 0-9, _ and -, and not odtool_…)")  # fmt: skip
    for ours, theirs in entry.get("names", {}).items():
        _own_name(path, f"{place}.names", ours)
        if not _THEIR_NAME.fullmatch(theirs):
            raise off(path, f"{place}.names.{ours}", "の値はデータセットの名前として使えません（英小文字、数字、_ - で2〜100文字）",
                      "is no name of a dataset (a-z, 0-9, _ and -, 2 to 100 of them)")  # fmt: skip
    return dict(entry)


def tags(path: Path, place: str, found: Iterable[str], pattern: str) -> tuple[str, ...]:
    """The tags stated. `pattern` is what the portal takes, "" where that is not known."""
    for tag in found:
        if not re.fullmatch(pattern or TAG, tag):
            raise off(
                path,
                place,
                f"の「{visible(tag)}」はタグに使えません（2〜100文字。記号は - _ . だけで、括弧や中黒は使えません）",
                f"holds “{visible(tag)}”, which is no tag (2 to 100 letters, of signs only - _ and .)",
            )
    return tuple(found)


def _is(value: Any, kind: type) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    if kind is list:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if kind is dict:
        return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    return isinstance(value, kind)


def metadata_table(path: Path, found: Any) -> dict[str, dict[str, str]]:
    """[metadata], by whom each entry is for: "" for everybody, a code, or the name of a dataset. Raises UsageError."""
    if not isinstance(found, dict):
        raise off(path, METADATA, "は [metadata] の形で書きます", "is written as [metadata]")
    stated: dict[str, dict[str, str]] = {}
    for key, value in found.items():
        if not isinstance(value, dict):
            stated.setdefault(EVERYBODY, {})[key] = _stated(path, METADATA, key, value)
            continue
        place = f"{METADATA}.{key}"
        if key not in municipalities():
            _own_name(path, METADATA, key)
        stated[key] = {inner: _stated(path, place, inner, said) for inner, said in value.items()}
    return stated


def _stated(path: Path, place: str, key: str, value: Any) -> str:
    if key not in STATABLE:
        raise unknown(path, place, key, STATABLE)
    if not isinstance(value, str):
        raise off(path, f"{place}.{key}", f"は{_KINDS[str][0]}", _KINDS[str][1])
    return value


def _own_name(path: Path, place: str, name: str) -> None:
    match = _OWN_NAME.fullmatch(name)
    if not match or match[1] not in municipalities():
        raise off(
            path,
            f"{place}.{name}",
            "は団体コード（262021 など6桁）かデータセットの名前（262021_aed など）で書きます",
            "must be a municipality's code (six digits, like 262021) or a dataset's name (like 262021_aed)",
        )
