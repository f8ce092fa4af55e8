"""odtool.toml → the portals it declares."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from odtool.errors import UsageError
from odtool.metadata import CC_BY, Licence, Policy

FILE = "odtool.toml"
DEFAULT = "folder:odtool-portal"
SHARED_TOKEN = "CKAN_API_TOKEN"  # noqa: S105 - the name of the variable, not a token
_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach a portal and what to say there. Holds no token, only where to find it.

    `base_url` is where the public finds a catalogue in a folder.
    """

    name: str
    type: Literal["folder", "ckan"]
    path: str = ""
    url: str = ""
    title: str = "オープンデータ"
    licence: str = CC_BY.id
    licence_title: str = ""
    licence_url: str = ""
    organization: str = "{code}"
    token_env: str = ""
    token_file: str = ""
    contact: str = ""
    base_url: str = ""
    base: Path = field(default=Path(), compare=False)

    @property
    def terms(self) -> Licence:
        known = CC_BY if self.licence == CC_BY.id else Licence(self.licence, self.licence, "")
        return Licence(self.licence, self.licence_title or known.title, self.licence_url or known.url)

    @property
    def policy(self) -> Policy:
        """How datasets are described there."""
        return Policy(self.terms)

    @property
    def token_variable(self) -> str:
        """The environment variable that is looked at first."""
        if self.token_env or not _NAME.fullmatch(self.name):
            return self.token_env or SHARED_TOKEN
        return f"ODTOOL_TOKEN_{self.name.upper().replace('-', '_')}"


_KEYS = frozenset(f.name for f in fields(Settings)) - {"name", "base"}


def portal_named(wanted: str | None, config: str | None = None) -> Settings:
    """The portal of that name in odtool.toml, or `folder:PATH`, or a CKAN's address; folder:odtool-portal
    where none is named. Raises UsageError with the names there are."""
    declared = portals(config)
    name = wanted or DEFAULT
    if name in declared:
        return declared[name]
    if name.startswith("folder:") and len(name) > len("folder:"):
        return Settings(name, "folder", path=name.removeprefix("folder:"))
    if name.startswith(("http://", "https://")):
        return Settings(name, "ckan", url=_address(name, name))
    there = "、".join(declared) or "なし"
    raise UsageError(
        f"「{name}」というポータルはありません（{config or FILE} にある名前: {there}）。"
        "名前のほか、folder:フォルダー、または CKAN の URL を指定できます。",
        f"There is no portal “{name}” ({config or FILE} has: {', '.join(declared) or 'none'}). "
        "Give one of these names, folder:PATH, or the address of a CKAN.",
    )


def portals(config: str | None = None) -> dict[str, Settings]:
    """Everything declared in that file; in odtool.toml, where it exists, if no file is named."""
    path = Path(config or FILE)
    import tomllib  # most calls have no such file

    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if config is None:
            return {}
        raise UsageError(f"{path}: 設定ファイルがありません。", f"{path}: there is no such file.") from None
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path}: 設定ファイルとして読めません（{error}）。",
            f"{path}: cannot be read as settings ({error}).",
        ) from None
    for key in content:
        if key != "portals":
            raise _off(path, key, "という項目はありません", "is no setting")
    found = content.get("portals", {})
    if not isinstance(found, dict):
        raise _off(path, "portals", "は [portals.名前] の形で書きます", "is written as [portals.NAME]")
    return {name: _settings(path, name, entry) for name, entry in found.items()}


def _settings(path: Path, name: str, entry: Any) -> Settings:
    place = f"portals.{name}"
    if not _NAME.fullmatch(name):
        raise _off(
            path, place, "は英数字と _ - だけで名付けてください", "may be named with a-z, 0-9, _ and - only"
        )
    if not isinstance(entry, dict):
        raise _off(path, place, "は [portals.名前] の形で書きます", "is written as [portals.NAME]")
    for key, value in entry.items():
        if key not in _KEYS:
            keys = "、".join(sorted(_KEYS))
            raise _off(
                path, f"{place}.{key}", f"という項目はありません（使える項目: {keys}）", "is no setting"
            )
        if not isinstance(value, str):
            raise _off(path, f"{place}.{key}", "は文字列で書いてください", "must be a string")
    needed = {"folder": "path", "ckan": "url"}.get(entry.get("type", ""))
    if needed is None:
        raise _off(path, f"{place}.type", 'は "folder" か "ckan" です', 'is "folder" or "ckan"')
    if not entry.get(needed):
        raise _off(path, f"{place}.{needed}", "がありません", "is missing")
    return Settings(name, **_placed(path, place, entry), base=path.parent)


def _placed(path: Path, place: str, entry: Mapping[str, str]) -> dict[str, Any]:
    """A relative path is meant from the settings file, not from wherever the program was started."""
    placed = dict(entry)
    for key in ("path", "token_file"):
        if placed.get(key):
            placed[key] = str(path.parent / placed[key])
    for key in ("url", "base_url"):
        if key in placed:
            placed[key] = _address(placed[key], f"{path}: {place}.{key}")
    return placed


def _address(url: str, where: str) -> str:
    try:
        parts = urlsplit(url)
        usable = (
            parts.scheme in {"http", "https"} and parts.hostname and not parts.query and not parts.fragment
        )
        secret = parts.username is not None or parts.password is not None
    except ValueError:
        usable, secret = False, False
    if secret:
        raise UsageError(
            "URL にユーザー名やパスワードを書かないでください。トークンは環境変数か token_file で渡します。",
            "Write no user name or password into the address; tokens come from the environment or token_file.",
        )
    if not usable:
        raise UsageError(f"{where}: URL として使えません。", f"{where}: is no usable address.")
    return url.rstrip("/")


def _off(path: Path, key: str, ja: str, en: str) -> UsageError:
    return UsageError(f"{path}: 「{key}」{ja}。", f"{path}: {key} {en}.")


def token(settings: Settings, environment: Mapping[str, str] = os.environ) -> str:
    """The token; "" where there is none.

    It is that of the portal's own variable, else of its token_file, else CKAN_API_TOKEN, which is not
    asked where the portal has a place of its own: a token must not reach another portal by accident.
    """
    found = environment.get(settings.token_variable, "")
    if not found and settings.token_file:
        try:
            found = Path(settings.token_file).read_text("utf-8")
        except (OSError, ValueError):
            raise UsageError(
                f"{settings.token_file}: トークンのファイルを読めません。",
                f"{settings.token_file}: the file with the token cannot be read.",
            ) from None
    elif not found and not settings.token_env:
        found = environment.get(SHARED_TOKEN, "")
    found = found.strip()
    if not (found.isascii() and found.isprintable()) or " " in found:
        raise UsageError(
            "トークンに使えない文字が入っています。余分な改行や空白、全角文字がないか確かめてください。",
            "The token has characters that no token has. Look for line breaks, blanks or wide letters.",
        )
    return found
