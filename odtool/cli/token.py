"""odtool token: the token of a portal in the system's keyring. None of its commands ever shows one."""

import sys
from typing import Any

import click

from odtool import config, secret
from odtool.cli import options
from odtool.errors import UsageError
from odtool.settings import Settings

_portal = click.argument("portal", metavar="PORTAL")
_config = click.option(
    "--config", "config_path", metavar="FILE",
    help="設定ファイル（既定は odtool.toml） / settings, odtool.toml by default.",
)  # fmt: skip


@click.group()
def token() -> None:
    """ポータルのトークンを、このパソコンのキーリングに入れたり消したりします。トークンそのものは表示しません。

    Keeps a portal's token in the system's keyring, or takes it out. A token is never shown.
    """


@token.command(name="set")
@_portal
@_config
@options.lang
def set_(portal: str, config_path: str | None, lang: str) -> None:
    """トークンをキーリングに入れます。画面に出さずに尋ねます（パイプがあれば標準入力から読みます）。引数では渡せません。

    Puts a token into the keyring: asked for without showing it, or read from standard input; never an argument.
    """
    settings = _known(portal, config_path)
    found = secret.checked(_asked(settings.name, lang))
    if not found:
        raise UsageError("トークンが空です。何も変えていません。", "The token is empty. Nothing was changed.")
    secret.keep(settings.name, found)
    _say(lang, f"{settings.name} のトークンをキーリングに入れました。", f"The token of {settings.name} is in the keyring now.")  # fmt: skip
    _shadowed(settings, lang)


@token.command()
@_portal
@_config
@options.lang
def delete(portal: str, config_path: str | None, lang: str) -> None:
    """キーリングからトークンを消します。ポータルでの無効化は、ポータルの画面で行ってください。

    Takes the token out of the keyring. To make it invalid, use the portal's own pages.
    """
    settings = _known(portal, config_path)
    if secret.forget(settings.name):
        _say(lang, f"{settings.name} のトークンをキーリングから消しました。", f"The token of {settings.name} is no longer in the keyring.")  # fmt: skip
    else:
        _say(lang, f"キーリングに {settings.name} のトークンはありません。", f"The keyring has no token of {settings.name}.")  # fmt: skip


@token.command()
@_portal
@_config
@options.lang
def show(portal: str, config_path: str | None, lang: str) -> int:
    """トークンがどこから来るかだけを表示します。なければ終了コード2です。

    Tells only where the token comes from; exit code 2 where there is none.
    """
    settings = _known(portal, config_path)
    found = secret.find(settings)
    if found is None:
        _say(lang, f"{settings.name} のトークンはどこにもありません。", f"There is no token of {settings.name} anywhere.")  # fmt: skip
        return 2
    _say(lang, f"{settings.name} のトークンは{found.ja}から来ます。", f"The token of {settings.name} comes from {found.en}.")  # fmt: skip
    if found.warning:
        click.echo(found.warning[lang == "en"], err=True)
    return 0


def _known(portal: str, config_path: str | None) -> Settings:
    settings = config.portal_named(portal, config_path)
    if settings.type != "ckan":
        raise UsageError(
            f"{settings.name} にトークンは要りません。",
            f"{settings.name} needs no token.",
        )
    return settings


def _asked(name: str, lang: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.read()
    sentence = f"Token of {name}" if lang == "en" else f"{name} のトークン（画面には出ません）"
    answer: Any = click.prompt(sentence, hide_input=True, err=True)
    return str(answer)


def _shadowed(settings: Settings, lang: str) -> None:
    """Says so where another place comes before the keyring."""
    found = secret.find(settings)
    if found and found.place != "keyring":
        _say(
            lang,
            f"ただし、{found.ja}のトークンが先に使われます。",
            f"Mind: the token in {found.en} is used before it.",
        )


def _say(lang: str, ja: str, en: str) -> None:
    click.echo(en if lang == "en" else ja)
