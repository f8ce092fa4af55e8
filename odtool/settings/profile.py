"""What is known of portals: a file per kind of portal in `portal/profiles`, each fact with how sure it is.

A fact that nobody knows is absent; nothing here is guessed at run time. What somebody states in odtool.toml counts
before a profile.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast

from odtool import resources
from odtool.errors import UsageError
from odtool.text import near, visible

Sure = Literal["A", "B", "C", "assumed"]
SURE: Mapping[Sure, tuple[str, str]] = {
    "A": ("確認済み", "seen"),
    "B": ("複数の情報が一致", "several sources agree"),
    "C": ("一つの情報のみ", "one source only"),
    "assumed": ("推定", "assumed"),
}  # fmt: skip

# Each fact a profile may hold: its type, and its name for the reader.
FACTS: Mapping[str, tuple[type, str, str]] = {
    "url": (str, "アドレス", "address"),
    "version": (str, "ソフトと版", "software and version"),
    "organization": (str, "組織の名前", "organisation"),
    "dataset_names": (str, "データセットの名前の例", "names of datasets"),
    "licence": (str, "CC BY 4.0 のライセンスID", "id of CC BY 4.0"),
    "picked_up": (list, "データが横断サービスに拾われるライセンス", "licences with which data is picked up downstream"),
    "picked_up_by": (str, "拾うサービス", "picked up by"),
    "tags": (list, "必ず付けるタグ", "tags to add"),
    "tag_rule": (str, "タグの決まり", "rule for tags"),
    "tag_pattern": (str, "タグに使える文字（正規表現）", "letters of a tag (regular expression)"),
    "required": (list, "必須とみられる独自の項目", "extra fields that seem to be required"),
    "max_upload_mb": (int, "1ファイルの上限（MB）", "largest file (MB)"),
    "datastore": (bool, "DataStore", "DataStore"),
    "views": (str, "プレビューを作るのは", "views are made by"),
    "pace": (float, "呼び出しの間隔（秒）", "seconds between calls"),
    "locale": (str, "メッセージの言語", "language of messages"),
    "key": (str, "認証", "authentication"),
    "terms": (str, "利用規約", "terms of use"),
    "bulk": (str, "一括取り込み", "bulk import"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """`source` tells in both languages how it is known. `en` is the value in English where it is a Japanese text."""

    value: Any
    sure: Sure
    source: tuple[str, str]
    en: str = ""

    def told(self, lang: str) -> str:
        """The value for the reader."""
        if isinstance(self.value, list):
            return ", ".join(map(str, self.value))
        if isinstance(self.value, bool):
            return ("yes" if self.value else "no") if lang == "en" else ("あり" if self.value else "なし")
        return self.en if lang == "en" and self.en else str(self.value)


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of portal. `places` says where it keeps each key of metadata (`odtool.planning.metadata.KEYS`, or a field of
    its own), `words` how it writes certain values, `fields` what its entry form calls each key, `steps` how data is
    registered there by hand."""

    name: str
    title: tuple[str, str]
    api: Literal["ckan", "hand"]
    notes: tuple[tuple[str, str], ...]
    facts: Mapping[str, Fact]
    places: Mapping[str, Fact]
    words: Mapping[str, Mapping[str, str]]
    fields: Mapping[str, Fact]
    steps: tuple[str, ...] = ()

    def text(self, fact: str) -> str:
        """The value of a fact that is text; "" where it is not known."""
        found = self.facts.get(fact)
        return str(found.value) if found else ""

    def texts(self, fact: str) -> tuple[str, ...]:
        found = self.facts.get(fact)
        return tuple(map(str, found.value)) if found else ()

    def number(self, fact: str) -> float:
        """The value of a fact that is a number; 0 where it is not known."""
        found = self.facts.get(fact)
        return float(found.value) if found else 0.0

    def surely(self, fact: str) -> bool:
        """Whether the fact is known well enough to refuse something because of it."""
        return fact in self.facts and self.facts[fact].sure in ("A", "B")

    @property
    def own_places(self) -> Mapping[str, str]:
        """Where the portal keeps each key, as plain text."""
        return {key: str(fact.value) for key, fact in self.places.items()}


@lru_cache(maxsize=1)
def profiles() -> Mapping[str, Profile]:
    """All shipped profiles by name, the plain one first."""
    folder = resources.package().joinpath("portal", "profiles")
    files = {
        place.name.removesuffix(".toml"): place for place in folder.iterdir() if place.name.endswith(".toml")
    }
    order = sorted(files, key=lambda name: (name != "plain", name))
    return {name: _profile(name, tomllib.loads(files[name].read_text("utf-8"))) for name in order}


def profile(name: str) -> Profile:
    """The profile of that name. Raises UsageError with those there are."""
    known = profiles()
    if name in known:
        return known[name]
    listed = near(name, known) or list(known)
    raise UsageError(
        f"「{visible(name)}」というポータルのプロファイルはありません。{'、'.join(listed)} があります（odtool portals で一覧を表示）。",
        f"There is no portal profile “{visible(name)}”. There are {', '.join(listed)} (see odtool portals).",
    )


def _profile(name: str, said: Mapping[str, Any]) -> Profile:
    sources = {key: _both(value) for key, value in said.get("sources", {}).items()}

    def facts(table: str) -> dict[str, Fact]:
        return {key: _fact(entry, sources) for key, entry in said.get(table, {}).items()}

    return Profile(
        name,
        _both(said["title"]),
        said["api"],
        tuple(_both(note) for note in said.get("notes", ())),
        facts("facts"),
        facts("places"),
        {key: dict(table) for key, table in said.get("words", {}).items()},
        facts("fields"),
        tuple(said.get("steps", ())),
    )


def _fact(entry: Mapping[str, Any], sources: Mapping[str, tuple[str, str]]) -> Fact:
    return Fact(entry["value"], cast(Sure, entry["sure"]), sources[entry["source"]], entry.get("en", ""))


def _both(pair: list[str]) -> tuple[str, str]:
    ja, en = pair
    return ja, en
