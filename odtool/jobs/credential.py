"""The password of a mail server, or the address of a webhook: from the environment, a file, or the system's keyring."""

from collections.abc import Mapping
from pathlib import Path

from odtool.errors import UsageError
from odtool.jobs.settings import Reader
from odtool.settings import secret


def keyring_user(reader: Reader) -> str:
    return f"notify:{reader.name}"


def credential(reader: Reader, environment: Mapping[str, str]) -> str:
    """ "" where there is none. Raises UsageError, which never shows any part of it."""
    if found := environment.get(reader.variable, ""):
        return _plain(found)
    if reader.secret_file:
        try:
            return _plain(Path(reader.secret_file).read_text("utf-8-sig"))
        except (OSError, ValueError):
            raise UsageError(
                f"{reader.secret_file}: notify.{reader.name} のファイルを読めません。",
                f"{reader.secret_file}: the file of notify.{reader.name} cannot be read.",
            ) from None
    return _plain(secret.stored(keyring_user(reader)))


def needed(reader: Reader) -> UsageError:
    """Told where there is none."""
    what, en = (
        ("パスワード", "password") if reader.type == "mail" else ("Webhook の URL", "webhook's address")
    )
    key = "password_file" if reader.type == "mail" else "url_file"
    return UsageError(
        f"notify.{reader.name} の{what}がありません。環境変数 {reader.variable} に入れるか、odtool.toml の {key} にファイルを書いてください。",
        f"There is no {en} for notify.{reader.name}. Put it into the environment variable {reader.variable}, or name a "
        f"file as {key} in odtool.toml.",
    )


def _plain(text: str) -> str:
    return text.strip("\r\n \t")
