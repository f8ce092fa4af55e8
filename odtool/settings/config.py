"""odtool.toml → the portals it declares, each with what its profile knows."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from odtool.errors import UsageError, because
from odtool.settings import profile, stating
from odtool.settings.lines import earlier
from odtool.settings.portal import NAME, SHARED_TOKEN, Settings
from odtool.settings.secret import leaks, token
from odtool.settings.stating import METADATA, PORTALS, off

__all__ = ["DEFAULT", "FILE", "SHARED_TOKEN", "Settings", "portal_named", "portals", "token"]

FILE = "odtool.toml"
DEFAULT = "folder:odtool-portal"
TABLES = (PORTALS, METADATA, "collect", "targets", "jobs", "notify")
"""What odtool.toml may hold; the last four are read where they are used: `collect`, `goals`, `jobs.settings`."""
# What tomllib says of a key or a table that is there already: https://toml.io/en/v1.0.0#keys
_TWICE = ("Cannot overwrite a value", "Cannot declare")
_NEEDED = {"folder": "path", "upload": "path", "ckan": "url"}
_API = {"ckan": "ckan", "upload": "hand"}


def portal_named(wanted: str | None, config: str | None = None) -> Settings:
    """The portal of that name in odtool.toml, or `folder:PATH`, or a CKAN's address; folder:odtool-portal
    where none is named. Raises UsageError with the names there are."""
    stated, declared = _read(config)
    name = DEFAULT if wanted is None else wanted  # an empty variable in a script names none
    if name in declared:
        return declared[name]
    if name.startswith("folder:") and len(name) > len("folder:"):
        return Settings(name, "folder", path=name.removeprefix("folder:"), stated=stated)
    if name.startswith(("http://", "https://")):
        return Settings(name, "ckan", url=_address(name, name), stated=stated)
    there = "、".join(declared) or "なし"
    raise UsageError(
        f"「{name}」というポータルはありません（{config or FILE} にある名前: {there}）。"
        "名前のほか、folder:フォルダー、または CKAN の URL を指定できます。",
        f"There is no portal “{name}” ({config or FILE} has: {', '.join(declared) or 'none'}). "
        "Give one of these names, folder:PATH, or the address of a CKAN.",
    )


def portals(config: str | None = None) -> dict[str, Settings]:
    """Everything declared in that file; in odtool.toml, where it exists, if no file is named."""
    return _read(config)[1]


def _read(config: str | None) -> tuple[dict[str, dict[str, str]], dict[str, Settings]]:
    """What is stated of datasets, and the portals."""
    path = Path(config or FILE)
    text = ""
    try:
        text = path.read_text("utf-8-sig")
        content = tomllib.loads(text)
    except FileNotFoundError:
        if config is None:
            return {}, {}
        raise UsageError(f"{path}: 設定ファイルがありません。", f"{path}: there is no such file.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{path}: 設定ファイルとして読めません（{_unreadable(error, text)[0]}）。",
            f"{path}: cannot be read as settings ({_unreadable(error, text)[1]}).",
        ) from None
    for place in leaks(content):
        raise off(
            path,
            place,
            "にトークンかパスワードのようなものが書かれています。この設定からは消し、環境変数、token_file か odtool token set で渡してください",
            "seems to hold a token or a password. Take it out, and hand it over by an environment variable, "
            "token_file or odtool token set",
        )
    for key in content:
        if key not in TABLES:
            raise stating.unknown(path, "", key, TABLES)
    stated = stating.metadata_table(path, content.get(METADATA, {}))
    found = content.get(PORTALS, {})
    if not isinstance(found, dict):
        raise off(path, PORTALS, "は [portals.名前] の形で書きます", "is written as [portals.NAME]")
    return stated, {
        name: replace(_settings(path, name, entry), stated=stated) for name, entry in found.items()
    }


def _unreadable(error: Exception, text: str) -> tuple[str, str]:
    """Why, in both languages. The parser says it in English, with the place at the end."""
    if isinstance(error, OSError):
        return because(error), str(error)
    if isinstance(error, UnicodeDecodeError):
        return "UTF-8 ではありません。UTF-8 で保存し直してください", str(error)
    place = re.search(r"\(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
    if not place:
        return str(error), str(error)
    if str(error).startswith(_TWICE):
        number = int(place[1]) if place[1] else len(text.rstrip().splitlines())
        first = earlier(text, number)
        ja, en = (
            (f"{first}行目にもあります", f"is on line {first}, too")
            if first
            else ("ほかにもあります", "is there twice")
        )
        return (
            f"{number}行目の項目か表と同じ名前のものが、{ja}。1つにまとめるか、名前を変えてください",
            f"what has the name of the key or table on line {number} {en}; join the two, or give one another name",
        )
    where = f"{place[1]}行目の{place[2]}文字目" if place[1] else "ファイルの終わり"
    return (
        (
            f"{where}の書き方が TOML に合いません。引用符やかっこの閉じ忘れがないか、フォルダーの区切りの \\ を / と書いて"
            "いるかを確かめてください"
        ),
        str(error),
    )


def _settings(path: Path, name: str, entry: Any) -> Settings:
    place = f"{PORTALS}.{name}"
    if not NAME.fullmatch(name):
        raise off(
            path, place, "は英数字と _ - だけで名付けてください", "may be named with a-z, 0-9, _ and - only"
        )
    said = stating.portal_table(path, place, entry)
    known = None
    if "profile" in said:
        try:
            known = profile.profile(said["profile"])
        except UsageError as error:
            raise UsageError(
                f"{path}: {place}.profile: {error.ja}", f"{path}: {place}.profile: {error.en}"
            ) from None
        said.setdefault("type", "ckan" if known.api == "ckan" else "upload")
        if known.text("url") and said["type"] == "ckan":
            said.setdefault("url", known.text("url"))
    needed = _NEEDED.get(said.get("type", ""))
    if needed is None:
        raise off(path, f"{place}.type", 'は "folder"、"ckan"、"upload" のどれかです', 'is "folder", "ckan" or "upload"')  # fmt: skip
    if known and known.api != _API.get(said["type"], known.api):
        raise off(
            path,
            f"{place}.type",
            f"が、プロファイル {known.name} の「{_said_type(known.api)}」と合いません",
            f"does not fit the profile {known.name}, which is “{_said_type(known.api)}”",
        )
    if not said.get(needed):
        raise off(path, f"{place}.{needed}", "がありません", "is missing")
    said["tags"] = stating.tags(
        path, f"{place}.tags", said.get("tags", ()), known.text("tag_pattern") if known else ""
    )
    return Settings(name, **_placed(path, place, said), base=path.parent)


def _said_type(api: str) -> str:
    return next(kind for kind, spoken in _API.items() if spoken == api)


def _placed(path: Path, place: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """A relative path is meant from the settings file, not from wherever the program was started."""
    placed = dict(entry)
    for key in ("path", "token_file"):
        if placed.get(key):
            placed[key] = str(path.parent / placed[key])
    for key in ("url", "base_url"):
        if placed.get(key):
            placed[key] = _address(placed[key], f"{path}: {place}.{key}")
    return placed


def _address(url: str, where: str) -> str:
    try:
        parts = urlsplit(url)
        usable = (
            parts.scheme in {"http", "https"} and parts.hostname and not parts.query and not parts.fragment
        )
        usable = usable and parts.port != 0  # to ask for a port that there cannot be is a ValueError
        secret = parts.username is not None or parts.password is not None
    except ValueError:
        usable, secret = False, False
    if secret:
        raise UsageError(
            "URL にユーザー名やパスワードを書かないでください。トークンは環境変数か token_file で渡します。",
            "Write no user name or password into the address; tokens come from the environment or token_file.",
        )
    if not usable:
        raise UsageError(
            f"{where}: URL として使えません。http:// か https:// で始まるポータルの URL を、? や # より前だけ書いてください。",
            f"{where}: is no usable address. Write one that begins with http:// or https:// and has no ? or #.",
        )
    return url.rstrip("/")
