"""What an officer says of a dataset: dataset.toml, or an existing datapackage.json → Descriptor.

Everything off is a finding that names the key; nothing is guessed. A descriptor with errors is not published.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from odtool.assets import crs
from odtool.assets.model import METADATA, AssetFinding, Crs
from odtool.assets.notes import finding
from odtool.municipality import municipalities
from odtool.text import near

TOML, PACKAGE = "dataset.toml", "datapackage.json"
LARGEST = 4 << 20  # bytes of a descriptor
_KEYS = (*METADATA, "municipality", "name", "crs", "tags", "files")
_FILE_KEYS = ("path", "title", "description", "documentation", "crs", "sha256")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")
_TAG = re.compile(r"[\w .-]{2,100}")  # what CKAN takes
LONGEST_NAME = 100  # of a dataset on CKAN


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry of files: a path or a pattern, and what is said of it. `key` is for messages."""

    key: str
    path: str
    title: str = ""
    description: str = ""
    documentation: bool = False
    crs: Crs | None = None
    sha256: str = ""
    size: int | None = None
    literal: bool = False  # no pattern, whatever signs are in it

    @property
    def exact(self) -> bool:
        return self.literal or not any(sign in self.path for sign in "*?[")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """`name` is the dataset's full name, "" where code or slug are not known."""

    source: str
    name: str = ""
    municipality: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    crs: Crs | None = None
    files: tuple[Wanted, ...] = ()
    findings: tuple[AssetFinding, ...] = ()


class Draft:
    """A descriptor being read; collects what is off."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.findings: list[AssetFinding] = []
        self.metadata: dict[str, str] = {}

    def off(self, code: str, **facts: object) -> None:
        self.findings.append(finding(code, self.source, **facts))

    def wrong_type(self, key: str, what: str, what_en: str) -> None:
        self.off("descriptor-type", key=key, what=what, what_en=what_en)

    def wrong_value(self, key: str, value: str, what: str, what_en: str) -> None:
        self.off("descriptor-value", key=key, value=value, what=what, what_en=what_en)

    def text(self, table: Mapping[str, Any], key: str, place: str = "") -> str:
        """The text at a key, "" where there is none or it is unfit."""
        value = table.get(key, "")
        named = place + key
        if not isinstance(value, str):
            self.wrong_type(named, '文字列（" " で囲む）', "a text in quotes")
            return ""
        value = unicodedata.normalize("NFC", value.strip())
        lines = key == "description"
        if any(unicodedata.category(c) in ("Cc", "Cs") and not (lines and c in "\r\n\t") for c in value):
            self.wrong_value(
                named, value, "改行や制御文字を除いてください。", "Remove line breaks and control characters."
            )
            return ""
        return value

    def system(self, table: Mapping[str, Any], place: str = "") -> Crs | None:
        text = self.text(table, "crs", place)
        if not text:
            return None
        found = crs.stated(text, self.source) or crs.of_name(text, self.source)
        if found is None:
            self.wrong_value(
                f"{place}crs", text, "EPSG:6673 のように書いてください。", "Write it like EPSG:6673."
            )
        return found

    def describe(self, table: Mapping[str, Any]) -> None:
        """The keys of METADATA, each looked at for its kind."""
        for key in METADATA:
            value = self.text(table, key)
            if not value:
                continue
            if key.endswith("_email") and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", value):
                self.wrong_value(
                    key, value, "メールアドレスの形で書いてください。", "Write an e-mail address."
                )
            elif key == "source_url" and not is_web(value):
                self.wrong_value(
                    key, value, "https:// で始まる URL を書いてください。", "Write an address with https://."
                )
            else:
                self.metadata[key] = value
        if "title" not in self.metadata and not table.get("title"):
            self.off(
                "descriptor-missing",
                key="title",
                what="データセットの題名",
                what_en="the title of the dataset",
            )
        if "licence" not in self.metadata:
            self.off("licence-default")

    def name(self, code: str, slug: str) -> tuple[str, str]:
        """The code, and the name on a portal; "" for what is unfit or missing."""
        if not code:
            self.off(
                "descriptor-missing",
                key="municipality",
                what="団体コード（6桁）",
                what_en="the municipality's six-digit code",
            )
        elif code not in municipalities():
            self.wrong_value(
                "municipality",
                code,
                "全国地方公共団体コード（6桁）にありません。",
                "It is no six-digit municipality code.",
            )
            code = ""
        if not slug:
            self.off(
                "descriptor-missing",
                key="name",
                what="英小文字の短い名前（例 dem-1m）",
                what_en="a short ASCII name like dem-1m",
            )
        elif not _SLUG.fullmatch(slug):
            self.wrong_value(
                "name", slug, "英小文字・数字・_・- だけで書いてください。", "Use only a-z, 0-9, _ and -."
            )
            slug = ""
        full = slug if slug.startswith(f"{code}_") else f"{code}_{slug}"
        if code and slug and len(full) > LONGEST_NAME:
            self.wrong_value(
                "name",
                slug,
                f"団体コードと合わせて{LONGEST_NAME}文字までです。",
                f"With the code it may have {LONGEST_NAME} letters.",
            )
            return code, ""
        return code, full if code and slug else ""

    def tags(self, value: Any, key: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
            self.wrong_type(key, '文字列の並び（["点群", "標高"]）', "a list of texts")
            return ()
        for tag in value:
            if not _TAG.fullmatch(tag):
                self.wrong_value(
                    key,
                    tag,
                    "2〜100文字で、かっこや中黒は使えません。",
                    "A tag has 2 to 100 characters, no brackets or middle dots.",
                )
        return tuple(dict.fromkeys(tag for tag in value if _TAG.fullmatch(tag)))

    def unknown(self, table: Mapping[str, Any], known: tuple[str, ...], place: str = "") -> None:
        for key in table:
            if key not in known:
                alike = near(key, known, 3) or list(known)
                near_ja, near_en = f"使える項目: {'、'.join(alike)}。", f"Known keys: {', '.join(alike)}."
                self.off("descriptor-key", key=f"{place}{key}", near=near_ja, near_en=near_en)

    def done(self, **found: Any) -> Descriptor:
        return Descriptor(self.source, metadata=self.metadata, findings=tuple(self.findings), **found)


def of_toml(content: bytes) -> Descriptor:
    """dataset.toml."""
    import tomllib

    draft = Draft(TOML)
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        detail = "文字コードが UTF-8 でない" if isinstance(error, UnicodeDecodeError) else str(error)[:100]
        draft.off("broken", what="TOML", detail=detail or "入れ子が深すぎる", detail_en=str(error)[:100])
        return draft.done()
    draft.unknown(table, _KEYS)
    draft.describe(table)
    code, name = draft.name(draft.text(table, "municipality"), draft.text(table, "name"))
    tags = draft.tags(table["tags"], "tags") if "tags" in table else ()
    return draft.done(
        name=name, municipality=code, tags=tags, crs=draft.system(table), files=tuple(_files(draft, table))
    )


def _files(draft: Draft, table: Mapping[str, Any]) -> list[Wanted]:
    entries = table.get("files")
    if entries is None:
        draft.off(
            "descriptor-missing", key="files", what="公開するファイルの並び（例 [\"*.zip\"]）",
            what_en='the list of files, like ["*.zip"]',
        )  # fmt: skip
        return []
    if not isinstance(entries, list):
        draft.wrong_type("files", 'ファイル名の並び（["*.zip"]）', "a list of file names")
        return []
    found = []
    for number, entry in enumerate(entries, 1):
        key = f"files[{number}]"
        if isinstance(entry, str):
            entry = {"path": entry}  # noqa: PLW2901 - the short form of the same
        if not isinstance(entry, dict):
            draft.wrong_type(key, "ファイル名か { path = … } の形", "a file name or { path = … }")
            continue
        draft.unknown(entry, _FILE_KEYS, f"{key}.")
        wanted = _file(draft, entry, key)
        if wanted:
            found.append(wanted)
    return found


def _file(draft: Draft, entry: Mapping[str, Any], key: str) -> Wanted | None:
    path = draft.text(entry, "path", f"{key}.").replace("\\", "/")
    if not path:
        draft.off("descriptor-missing", key=f"{key}.path", what="ファイル名", what_en="a file name")
        return None
    if leads_out(path):
        draft.off("descriptor-path", key=key, value=path)
        return None
    documentation = entry.get("documentation", False)
    if not isinstance(documentation, bool):
        draft.wrong_type(f"{key}.documentation", " true か false ", "true or false")
        documentation = False
    digest = draft.text(entry, "sha256", f"{key}.").lower()
    if digest and not re.fullmatch(r"[0-9a-f]{64}", digest):
        draft.wrong_value(
            f"{key}.sha256", digest, "64桁の16進数で書いてください。", "Write 64 hexadecimal digits."
        )
        digest = ""
    return Wanted(
        key,
        path,
        draft.text(entry, "title", f"{key}."),
        draft.text(entry, "description", f"{key}."),
        documentation,
        draft.system(entry, f"{key}."),
        digest,
    )


def leads_out(path: str) -> bool:
    """Whether a path or pattern is not simply below its folder."""
    parts = path.split("/")
    return path.startswith(("/", "~")) or ".." in parts or (len(path) > 1 and path[1] == ":") or "\0" in path


def is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
