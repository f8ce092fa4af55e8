"""Tokens: where they come from, and what looks like one. No sentence of this module shows any part of a token."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from odtool.errors import UsageError
from odtool.settings.portal import SHARED_TOKEN, Settings

SERVICE = "odtool"
"""Under which name the system's keyring keeps tokens; the user is the portal's name."""

_TELLING = re.compile(r"token|secret|passw|credential|api_?-?key|authorization|bearer", re.IGNORECASE)
_PLACES = frozenset({"token_env", "token_file", "password_env", "password_file"})  # these say where one is
# A JSON Web Token (CKAN 2.9 and later), a UUID (the API keys before), user:password in an address, and any long
# run of letters and digits.
_JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]{4,}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LOGIN = re.compile(r"://[^/\s@]*@|[?&](key|token|password|apikey|api_key)=", re.IGNORECASE)
_LONG = re.compile(r"[A-Za-z0-9_-]{32,}")


def leaks(content: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """The places in settings at which a token or a password seems to stand."""
    for key, value in content.items():
        where = f"{place}.{key}" if place else key
        if _long(key) or _JWT.search(key):
            yield place or "odtool.toml"  # the key itself must not be shown
        elif isinstance(value, Mapping):
            yield from leaks(value, where)
        elif (_TELLING.search(key) and key not in _PLACES) or any(map(looks_secret, _texts(value))):
            named = _UUID.fullmatch(str(value)) and place.endswith(
                ".names"
            )  # a dataset may be named by its id
            if not named:
                yield where


def looks_secret(text: str) -> bool:
    return bool(
        _JWT.search(text) or _UUID.fullmatch(text.strip()) or _LOGIN.search(text) or _long(text.strip())
    )


def _long(text: str) -> bool:
    """A long run of letters and digits mixed; no path, no sentence, no name."""
    kinds = (any(map(str.islower, text)), any(map(str.isupper, text)), any(map(str.isdigit, text)))
    return bool(_LONG.fullmatch(text)) and all(kinds)


def _texts(value: Any) -> list[str]:
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


# --- where it comes from -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A token, where it was found, and what is wrong with that place, in both languages. Its text is never shown:
    not by `repr`, either."""

    token: str
    place: Literal["variable", "file", "keyring"]
    ja: str
    en: str
    warning: tuple[str, str] | None = None

    def __repr__(self) -> str:
        return f"Found({self.en!r})"


def token(settings: Settings, environment: Mapping[str, str] = os.environ, *, insist: bool = True) -> str:
    """The token; "" where there is none."""
    found = find(settings, environment, insist=insist)
    return found.token if found else ""


def find(
    settings: Settings, environment: Mapping[str, str] = os.environ, *, insist: bool = True
) -> Found | None:
    """The token and where it comes from; None where there is none. Raises UsageError where it cannot be one, and,
    for those who insist on one, where it may be in a keyring that is locked.

    It is that of the portal's own variable, else of its token_file, else of the system's keyring, else
    CKAN_API_TOKEN, which is not asked where the portal has a place of its own: a token must not reach another
    portal by accident.
    """
    own = settings.token_variable
    if environment.get(own):
        return Found(
            checked(environment[own]), "variable", f"環境変数 {own}", f"the environment variable {own}"
        )
    if settings.token_file:
        return _of_file(settings.token_file)
    kept = _of_keyring(settings.name)
    if kept:
        return Found(checked(kept), "keyring", "このパソコンのキーリング", "the system's keyring")
    shared = "" if settings.token_env else environment.get(SHARED_TOKEN, "")
    if shared:
        return Found(
            checked(shared),
            "variable",
            f"環境変数 {SHARED_TOKEN}",
            f"the environment variable {SHARED_TOKEN}",
        )
    if kept is None and insist:
        raise _unusable()
    return None


def checked(found: str) -> str:
    """The token without the blanks around it. Raises UsageError where it holds what no token holds."""
    found = found.strip()
    if not (found.isascii() and found.isprintable()) or " " in found:
        raise UsageError(
            "トークンに使えない文字が入っています。余分な改行や空白、全角文字がないか確かめてください。",
            "The token has characters that no token has. Look for line breaks, blanks or wide letters.",
        )
    return found


def _of_file(name: str) -> Found:
    path = Path(name)
    try:
        found = path.read_text("utf-8-sig")
    except (OSError, ValueError):
        raise UsageError(
            f"{path}: トークンのファイルを読めません。場所と権限を確かめてください（場所は設定の token_file です）。",
            f"{path}: the file with the token cannot be read. Check the place (token_file in the settings) and the "
            "permissions.",
        ) from None
    if not found.strip():
        raise UsageError(
            f"{path}: トークンのファイルが空です。ポータルで作ったトークンを1行で書いて保存してください。",
            f"{path}: the file for the token is empty. Put the token made on the portal into it, on one line.",
        )
    return Found(checked(found), "file", f"ファイル {path}", f"the file {path}", exposed(name))


def exposed(name: str) -> tuple[str, str] | None:
    """A sentence in both languages where others may read the file with the token; None where there is no such file,
    or where the system does not tell."""
    path = Path(name)
    try:
        closed = not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    except (OSError, ValueError):
        return None
    if closed or os.name != "posix":
        return None
    return (
        f"{path}: トークンのファイルをほかの利用者も読めます。chmod 600 {path} で自分だけにしてください。",
        f"{path}: others may read this file with the token. Close it to them: chmod 600 {path}",
    )


# --- the system's keyring ----------------------------------------------------------------------


def _of_keyring(user: str) -> str | None:
    """What the keyring keeps; "" where nothing, or where there is no keyring; None where it does not open."""
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ImportError:
        return ""
    try:
        return keyring.get_password(SERVICE, user) or ""
    except NoKeyringError:
        return ""
    except KeyringError:
        return None


def stored(user: str) -> str:
    """What the keyring keeps for that user; "" where nothing, or where it does not open."""
    return _of_keyring(user) or ""


def keep(user: str, found: str) -> None:
    """Put a token into the keyring. Raises UsageError where that is not possible."""
    keyring, errors = _keyring()
    try:
        keyring.set_password(SERVICE, user, checked(found))
    except errors.KeyringError:
        raise _unusable() from None


def forget(user: str) -> bool:
    """Take the token out of the keyring; whether there was one."""
    keyring, errors = _keyring()
    try:
        if keyring.get_password(SERVICE, user) is None:
            return False
        keyring.delete_password(SERVICE, user)
    except errors.KeyringError:
        raise _unusable() from None
    return True


def _keyring() -> tuple[Any, Any]:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise UsageError(
            "キーリングを使うための部品がありません。pip install 'odtool[keyring]' で入れるか、環境変数か token_file を使ってください。",
            "What is needed to use the keyring is not installed. Run pip install 'odtool[keyring]', or use an "
            "environment variable or token_file.",
        ) from None
    return keyring, keyring.errors


def _unusable() -> UsageError:
    return UsageError(
        "このパソコンのキーリングを使えません（ない、または鍵がかかっています）。環境変数か token_file を使ってください。",
        "The system's keyring cannot be used: there is none, or it is locked. Use an environment variable or token_file.",
    )
