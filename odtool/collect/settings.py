"""What `[collect.NAME]` in odtool.toml states of the portals to read, and what the command line names instead."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from odtool.collect import dates, guard, manners
from odtool.collect.fetch import MOST
from odtool.collect.listed import UnseenError
from odtool.datasets import catalog
from odtool.errors import UsageError
from odtool.former import misstated
from odtool.municipality import municipalities, prefectures
from odtool.settings.portal import NAME
from odtool.settings.secret import leaks
from odtool.settings.stating import off, unknown
from odtool.text import near, visible

FILE = "odtool.toml"
TABLE = "collect"
Type = Literal["ckan", "dataeye", "shirasagi", "dcat", "folder", "list", "ledger"]
TYPES: tuple[str, ...] = get_args(Type)
_ON_DISK = frozenset({"folder", "ledger"})
_APIS = frozenset({"ckan", "dataeye", "shirasagi"})
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """One portal to read. `type` "" means that it is found out, once, and remembered in the store.

    `url` is the address of the API, the feed or the list, or the portal's own; `path` a place on this machine.
    `permission` tells who allowed programs to read it, and when; `pace` the least seconds between two requests.
    `feed` is a DCAT feed to read where robots.txt forbids the API. `organizations` or a `prefecture` narrow a
    portal that many share; `municipality` is whose it is when it is one city's. `frequency` is how
    often data are due where the portal does not say so: words by the slug of a dataset, or by `dates.EVERY`. `allow_private` lets addresses inside a
    private network be read: for an intranet.
    """

    name: str
    type: Type | Literal[""] = ""
    url: str = ""
    path: str = ""
    permission: str = ""
    pace: float | None = None
    feed: str = ""
    contact: str = ""
    municipality: str = ""
    prefecture: str = ""
    organizations: tuple[str, ...] = ()
    frequency: Mapping[str, str] = field(default_factory=dict)
    allow_private: bool = False
    max_mb: int | None = None
    max_total_mb: int | None = None

    @property
    def address(self) -> str:
        """What observations of it are kept under."""
        return self.url or f"{self.type}:{Path(self.path).as_posix()}"

    @property
    def least(self) -> float:
        """Seconds between two requests. Whoever reads their own network may leave it at none."""
        return manners.USUAL if self.pace is None else self.pace

    @property
    def most(self) -> int:
        """Bytes of one file."""
        return self.max_mb * MEGABYTE if self.max_mb else MOST

    @property
    def total(self) -> int | None:
        """Bytes of one collection; None for any number."""
        return self.max_total_mb * MEGABYTE if self.max_total_mb else None


KEYS: Mapping[str, tuple[type | tuple[type, ...], str, str]] = {
    "type": (str, "文字列で書いてください", "must be a string"),
    "url": (str, "文字列で書いてください", "must be a string"),
    "path": (str, "文字列で書いてください", "must be a string"),
    "permission": (str, "「誰が・いつ許可したか」を文字列で書いてください", "must be a string: who allowed it, and when"),
    "pace": ((int, float), "秒数を数値で書いてください", "must be a number of seconds"),
    "feed": (str, "文字列で書いてください", "must be a string"),
    "contact": (str, "文字列で書いてください", "must be a string"),
    "municipality": (str, "6桁の団体コードを文字列で書いてください", "must be a six-digit code, as a string"),
    "prefecture": (str, "都道府県の名前を文字列で書いてください", "must be the name of a prefecture"),
    "organizations": (list, "文字列の並び（[\"…\", \"…\"]）で書いてください", "must be a list of strings"),
    "frequency": ((str, dict), "「1年」「毎月」のような言葉か、データセットごとの表（population = \"毎月\"）で書いてください",
                  'must be words such as "1年" or "monthly", or a table of them by dataset'),
    "allow_private": (bool, "true か false で書いてください", "must be true or false"),
    "max_mb": (int, "1以上の整数で書いてください", "must be a whole number from 1"),
    "max_total_mb": (int, "1以上の整数で書いてください", "must be a whole number from 1"),
}  # fmt: skip
"""What a [collect.x] may state: of which kind, and the complaint where it is of another."""


def chosen(wanted: Sequence[str], config: str | None = None) -> list[Reading]:
    """The portals named, or all of the settings where none is. A name of the settings, an address, or a place on this
    machine. Raises UsageError."""
    declared = declared_in(config)
    if not wanted:
        if not declared:
            raise UsageError(
                f"{config or FILE} に [collect.名前] がありません。読み取るポータルを書くか、URL かフォルダーを指定してください。",
                f"There is no [collect.NAME] in {config or FILE}. State the portals to read, or give an address or a folder.",
            )
        return list(declared.values())
    return [
        declared[name] if name in declared else _named(name, declared, config)
        for name in dict.fromkeys(wanted)
    ]


def _named(name: str, declared: Mapping[str, Reading], config: str | None) -> Reading:
    if name.startswith(("http://", "https://")):
        return Reading(name, _type_by_name(name), url=_address(name, name, private=True))
    place = Path(name)
    if place.is_dir():
        return Reading(name, "folder", path=name)
    if place.is_file():
        return Reading(name, "ledger" if place.suffix in (".sqlite", ".db") else "list", path=name)
    there = near(name, declared) or list(declared)
    raise UsageError(
        f"「{visible(name)}」という読み取り先はありません（{config or FILE} にある名前: {'、'.join(there) or 'なし'}）。"
        "名前のほか、URL、カタログのフォルダー、オープンデータ一覧の CSV、台帳を指定できます。",
        f"There is no source “{visible(name)}” ({config or FILE} has: {', '.join(there) or 'none'}). "
        "Give a name, an address, a catalogue's folder, a list of open data as CSV, or a ledger.",
    )


def _type_by_name(url: str) -> Type | Literal[""]:
    """What an address says by itself; of an API it says nothing."""
    bare = url.partition("?")[0].lower()
    if bare.endswith((".jsonld", ".ttl", ".rdf", "/catalog.xml")):
        return "dcat"
    return "list" if bare.endswith(".csv") else ""


def declared_in(config: str | None = None) -> dict[str, Reading]:
    """All of the settings. Raises UsageError, naming the key that is wrong."""
    path = Path(config or FILE)
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        if config is None:
            return {}
        raise UsageError(f"{path}: 設定ファイルがありません。", f"{path}: there is no such file.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{path}: 設定ファイルとして読めません（{error}）。",
            f"{path}: cannot be read as settings ({error}).",
        ) from None
    found = content.get(TABLE, {})
    for place in leaks({TABLE: found}):
        raise off(path, place, "にトークンかパスワードのようなものが書かれています。消してください（読み取りには要りません）",
                  "seems to hold a token or a password. Take it out: reading needs none")  # fmt: skip
    if not isinstance(found, dict):
        raise off(path, TABLE, "は [collect.名前] の形で書きます", "is written as [collect.NAME]")
    return {name: _reading(path, name, entry) for name, entry in found.items()}


def _reading(path: Path, name: str, entry: Any) -> Reading:
    place = f"{TABLE}.{name}"
    if not NAME.fullmatch(name):
        raise off(
            path, place, "は英数字と _ - だけで名付けてください", "may be named with a-z, 0-9, _ and - only"
        )
    if not isinstance(entry, dict):
        raise off(path, place, "は [collect.名前] の形で書きます", "is written as [collect.NAME]")
    for key, value in entry.items():
        if key not in KEYS:
            raise unknown(path, place, key, KEYS)
        kind, ja, en = KEYS[key]
        odd = isinstance(value, bool) and kind is not bool
        if (
            odd
            or not isinstance(value, kind)
            or (isinstance(value, list) and not all(isinstance(one, str) for one in value))
        ):
            raise off(path, f"{place}.{key}", f"は{ja}", en)
    said = dict(entry)
    _check(path, place, said)
    for key in ("url", "feed"):
        if said.get(key) and not (said.get("type") == "list" and key == "url" and "://" not in said[key]):
            said[key] = _address(said[key], f"{path}: {place}.{key}", private=bool(said.get("allow_private")))
    if said.get("path"):  # meant from the settings file, not from wherever the program was started
        said["path"] = str(path.parent / said["path"])
    if "frequency" in said:
        said["frequency"] = _frequency(path, place, said["frequency"])
    if "organizations" in said:
        said["organizations"] = tuple(said["organizations"])
    return Reading(name, **said)


def _frequency(path: Path, place: str, stated: Any) -> dict[str, str]:
    """By the slugs of datasets. Words that say nothing certain are no expectation, and are refused."""
    found = {dates.EVERY: stated} if isinstance(stated, str) else stated
    for slug, words in found.items():
        where = f"{place}.frequency" + ("" if isinstance(stated, str) else f".{slug}")
        if slug not in (*catalog.index().slugs, dates.EVERY):
            there = "、".join(near(slug, catalog.index().slugs)) or "odtool datasets で一覧"
            raise off(path, where, f"というデータセットはありません（{there}）", f"is no dataset ({there})")
        if not isinstance(words, str) or dates.expected(words) is None:
            raise off(path, where, "は「毎日」「毎週」「毎月」「四半期」「半年」「1年」「2年」のように書いてください",
                      'is written like "daily", "weekly", "monthly", "quarterly" or "yearly"')  # fmt: skip
    return dict(found)


def _check(path: Path, place: str, said: Mapping[str, Any]) -> None:
    kind = said.get("type", "")
    if kind and kind not in TYPES:
        raise off(
            path, f"{place}.type", f"は {'・'.join(TYPES)} のどれかです", f"is one of {', '.join(TYPES)}"
        )
    if kind in _ON_DISK and not said.get("path"):
        raise off(path, f"{place}.path", "がありません", "is missing")
    if kind not in _ON_DISK and not said.get("url") and not (kind == "list" and said.get("path")):
        raise off(path, f"{place}.url", "がありません", "is missing")
    if (code := said.get("municipality")) and code not in municipalities():
        raise off(
            path,
            f"{place}.municipality",
            *misstated(str(code)),
        )
    if (area := said.get("prefecture")) and area not in prefectures():
        raise off(
            path,
            f"{place}.prefecture",
            "は都道府県の名前（京都府など）ではありません",
            "is no prefecture's name, such as 京都府",
        )
    if (said.get("organizations") or said.get("prefecture")) and kind in _APIS - {"ckan"}:
        raise off(
            path,
            place,
            "では organizations・prefecture で絞れません（CKAN だけです）",
            "cannot be narrowed by organizations or prefecture: that is for CKAN",
        )
    pace = said.get("pace")
    if pace is not None and not (
        0 <= pace <= manners.LONGEST and (pace >= manners.USUAL or said.get("allow_private"))
    ):
        raise off(
            path,
            f"{place}.pace",
            f"は {manners.USUAL:g} から {manners.LONGEST:g} 秒の間です（{manners.USUAL:g} 秒より短くできるのは、allow_private = true の庁内のサイトだけです）",
            f"is from {manners.USUAL:g} to {manners.LONGEST:g} seconds; less only inside an own network, with allow_private = true",
        )
    for key in ("max_mb", "max_total_mb"):
        if said.get(key) is not None and said[key] < 1:
            raise off(
                path, f"{place}.{key}", "は1以上の整数で書いてください", "must be a whole number from 1"
            )
    if "permission" in said and not re.search(r"\d{4}|令和", said["permission"]):
        raise off(
            path, f"{place}.permission", "には、誰がいつ許可したかを書いてください（例 「府情報政策課 2026-04-01 メールで許可」）",
            "must say who allowed it and when, such as “open data office, 2026-04-01, by mail”",
        )  # fmt: skip


def _address(url: str, where: str, *, private: bool) -> str:
    try:
        guard.target(url, private=private, own=url)
    except UnseenError as error:
        raise UsageError(f"{where}: {error.ja}", f"{where}: {error.en}") from None
    return url.rstrip("/")
