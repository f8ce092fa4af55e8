"""odtool token: the token of a portal in the system's keyring. It is never shown."""

import sys
from typing import Any, Literal

import click

from odtool.cli import options
from odtool.errors import UsageError
from odtool.settings import config, secret
from odtool.settings.portal import Settings

Deed = Literal["set", "delete", "show"]


@click.command()
@click.argument("deed", type=click.Choice(["set", "delete", "show"]), metavar="set|delete|show")
@click.argument("portal", metavar="PORTAL")
@click.option("--config", "config_path", metavar="FILE",
              help="設定ファイル（既定は odtool.toml） / settings, odtool.toml by default.")  # fmt: skip
@options.lang
@click.argument("more", nargs=-1, metavar="")
def token(*, deed: Deed, portal: str, more: tuple[str, ...], config_path: str | None, lang: str) -> int:
    """ポータルのトークンを、このパソコンのキーリングに入れたり（set）消したり（delete）します。show は、トークンがどこから来るかだけを示し、
    なければ終了コード2です。トークンそのものは表示せず、引数でも受け取りません。set は画面に出さずに尋ねるか、標準入力から読みます。

    Keeps a portal's token in the system's keyring (set) or takes it out (delete). With show it tells only where the
    token comes from; exit code 2 where there is none. A token is never shown, and never an argument: set asks for it
    without showing it, or reads it from standard input.
    """
    if more:  # click's own complaint would repeat it
        raise UsageError(
            "トークンは引数では渡せません。書いたものは端末の履歴に残るので、それがトークンならポータルで無効にしてください。",
            "A token cannot be given as an argument. What was written stays in the terminal's history: if it was a "
            "token, make it invalid on the portal.",
        )
    settings = config.portal_named(portal, config_path)
    if settings.type != "ckan":
        raise UsageError(
            f"{settings.name} にトークンは要りません。",
            f"{settings.name} needs no token.",
        )
    return {"set": _set, "delete": _delete, "show": _show}[deed](settings, lang)


def _set(settings: Settings, lang: str) -> int:
    found = secret.checked(_asked(settings.name, lang))
    if not found:
        raise UsageError("トークンが空です。何も変えていません。", "The token is empty. Nothing was changed.")
    secret.keep(settings.name, found)
    _say(lang, f"{settings.name} のトークンをキーリングに入れました。", f"The token of {settings.name} is in the keyring now.")  # fmt: skip
    used = secret.find(settings)
    if used and used.place != "keyring":
        _say(lang, f"ただし、{used.ja}のトークンが先に使われます。", f"Mind: the token in {used.en} is used before it.")  # fmt: skip
    return 0


def _delete(settings: Settings, lang: str) -> int:
    if secret.forget(settings.name):
        _say(lang, f"{settings.name} のトークンをキーリングから消しました。トークンを無効にするには、ポータルの画面で行ってください。",
             f"The token of {settings.name} is no longer in the keyring. To make it invalid, use the portal's pages.")  # fmt: skip
    else:
        _say(lang, f"キーリングに {settings.name} のトークンはありません。", f"The keyring has no token of {settings.name}.")  # fmt: skip
    return 0


def _show(settings: Settings, lang: str) -> int:
    found = secret.find(settings)
    if found is None:
        _say(lang, f"{settings.name} のトークンはどこにもありません。", f"There is no token of {settings.name} anywhere.")  # fmt: skip
        return 2
    _say(lang, f"{settings.name} のトークンは{found.ja}から来ます。", f"The token of {settings.name} comes from {found.en}.")  # fmt: skip
    if found.warning:
        click.echo(found.warning[lang == "en"], err=True)
    return 0


def _asked(name: str, lang: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.read()
    sentence = f"Token of {name}" if lang == "en" else f"{name} のトークン（画面には出ません）"
    answer: Any = click.prompt(sentence, hide_input=True, err=True)
    return str(answer)


def _say(lang: str, ja: str, en: str) -> None:
    click.echo(en if lang == "en" else ja)
