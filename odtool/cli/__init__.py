"""The command line: a file per command, loaded only when it is called."""

import errno
import gc
import io
import os
import sys
from importlib import import_module
from typing import Any

import click

from odtool import __version__
from odtool.errors import OdtoolError, UsageError
from odtool.text import near, visible

COMMANDS = (
    "validate",
    "fix",
    "migrate",
    "identify",
    "inspect",
    "datasets",
    "template",
    "plan",
    "apply",
    "publish",
    "withdraw",
    "run",
    "jobs",
    "coverage",
    "history",
    "portals",
    "token",
    "doctor",
    "rules",
    "explain",
    "demo",
)


_SHUT = (errno.EACCES, errno.EPERM, errno.EIO, errno.ENAMETOOLONG)
"""What keeps us from looking at a place, whatever is there."""


class Lazy(click.Group):
    """Imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"odtool.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        wanted = args[0]
        if wanted not in COMMANDS and not wanted.startswith("-"):
            listed = near(wanted, COMMANDS) or list(COMMANDS)
            raise UsageError(
                f"「{visible(wanted)}」というコマンドはありません。{'、'.join(listed)} があります（odtool --help で一覧を表示）。",
                f"There is no command “{visible(wanted)}”. There are {', '.join(listed)} (see odtool --help).",
            )
        return super().resolve_command(ctx, args)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="odtool")
def odtool() -> None:
    """自治体のオープンデータを確認し、公開し、見守る道具です。

    Checks municipal open data, publishes it, and keeps track of it.

    \b
    終了コード / exit codes:
      0  問題なし              fine
      1  データに誤りがある    the data has errors, or was not checked
      2  使い方の誤り          wrong usage
      3  ポータル・通信の障害  portal or network
      4  odtool の不具合       our own fault

    いくつも当てはまるときは 4、3、2、1 の順で、先のものです。
    Where several fit, it is the first of 4, 3, 2, 1.
    """


def main() -> None:
    """Run the program. The one place that turns exceptions into sentences and exit codes."""
    lang = _lang(sys.argv)
    _settle_streams()
    # Millions of cells come and go without ever forming a cycle; looking for cycles among them as often as
    # Python does by default takes a third of the time.
    gc.set_threshold(200_000, 50, 100)
    try:
        code = odtool(standalone_mode=False)
    except click.exceptions.Abort as error:
        from odtool.cli.interrupted import DECLINED, called, sentence

        # Without a cause it is the answer to a question, which is asked before anything is changed.
        broken_off = error.__cause__ is not None
        _say(sentence(called(sys.argv[1:], COMMANDS), lang) if broken_off else DECLINED[lang == "en"])
        code = 130
    except click.ClickException as error:
        said = error.format_message()
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            click.echo(said, err=True)
        else:
            _say(_misused(error, said, lang))
        code = 2
    except OdtoolError as error:
        from odtool.cli.options import told

        code = told(error, lang)
    except BrokenPipeError:
        _forget_output()
        code = 0
    except Exception as error:  # noqa: BLE001 - whatever it is, the reader gets a sentence and we get the trace
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            _say(
                "空き容量がないため、書き込めません。"
                if lang == "ja"
                else "It cannot be written: no space left."
            )
            _forget_output()
            code = 2
        elif isinstance(error, OSError) and error.filename and error.errno in _SHUT:
            from odtool.errors import because

            _say(
                f"{error.filename}: 使えません（{because(error)}）。場所と権限を確かめてください。"
                if lang == "ja"
                else f"{error.filename}: cannot be used ({error.strerror}). Look at the place and its permissions."
            )
            code = 2
        else:
            _say(_own_fault(error, lang))
            code = 4
    gc.freeze()  # what is left dies with the process; looking through all of it for cycles takes a tenth of a small run
    sys.exit(code if isinstance(code, int) else 0)


def _forget_output() -> None:
    """Keeps the interpreter's last flush quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _settle_streams() -> None:
    """Files and pipes get UTF-8; a terminal that cannot show a letter shows a question mark instead of failing.
    A stream that was closed is as good as an empty one."""
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


def _misused(error: click.ClickException, said: str, lang: str) -> str:
    """Click's complaint about a call that cannot be parsed, in the reader's language."""
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path if context else 'odtool'} --help"
    if lang == "en":
        return f"{' '.join(said.split())} See {hint}."
    if isinstance(error, click.NoSuchOption):
        said = f"「{visible(error.option_name)}」という指定はありません。"
    elif isinstance(error, click.MissingParameter):
        wanting = error.param
        missing = wanting.opts[-1] if isinstance(wanting, click.Option) else wanting and wanting.metavar
        named = "ファイルやフォルダー" if missing == "FILES..." else f"{missing or '必要なもの'} "
        said = f"{named}が指定されていません。"
    elif isinstance(error, click.BadParameter) and error.param:
        wanted = _wanted(error.param.type) or f"が正しくありません（{visible(error.message, 200)}）。"
        said = f"{error.param.metavar if isinstance(error.param, click.Argument) else '・'.join(error.param.opts)} の値{wanted}"
    elif isinstance(error, click.BadOptionUsage) and "requires an argument" in said:
        said = f"{visible(error.option_name)} のあとに値がありません。"
    elif said.startswith("Got unexpected extra argument"):
        said = f'余分な指定があります: {visible(said[said.find("(") + 1 : -1], 200)}。空白を含む名前は "…" で囲んでください。'
    else:
        said = f"指定が正しくありません（{visible(said, 200)}）。"
    return f"{said}使い方は {hint} で表示できます。"


def _wanted(kind: click.ParamType[Any]) -> str:
    """What a value of that kind must be, in Japanese; empty where nothing is known of it."""
    if isinstance(kind, click.Choice):
        return f"は {'、'.join(map(str, kind.choices))} のどれかで指定してください。"
    if isinstance(kind, click.IntRange) and kind.min is not None:
        return f"は{kind.min:g}以上の整数で指定してください。"
    return "は整数で指定してください。" if kind is click.INT else ""


def _say(sentence: str) -> None:
    """On one line, whatever a file is called."""
    click.echo(visible(sentence, 10_000), err=True)


def _lang(argv: list[str]) -> str:
    """The language asked for, also where the call is too broken to be parsed."""
    wanted = [b for a, b in zip(argv, [*argv[1:], ""], strict=True) if a == "--lang"] + [
        a.removeprefix("--lang=") for a in argv if a.startswith("--lang=")
    ]
    return "en" if "en" in wanted or (not wanted and os.environ.get("ODTOOL_LANG") == "en") else "ja"


def _own_fault(error: Exception, lang: str) -> str:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="odtool-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(f"odtool {__version__} Python {sys.version}\n")
        traceback.print_exception(error, file=log)
    if lang == "en":
        return f"odtool itself failed ({type(error).__name__}). Please send us this file: {log.name}"
    return f"odtool の不具合で止まりました（{type(error).__name__}）。このファイルを開発者に送ってください: {log.name}"
