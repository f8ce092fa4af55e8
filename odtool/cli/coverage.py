"""odtool coverage: who has published what, a group of commands. Without a name, `report` is meant."""

from importlib import import_module

import click

from odtool.errors import UsageError
from odtool.text import near, visible

COMMANDS = {
    "report": "odtool.cli.coverage_report",
    "collect": "odtool.cli.collecting",
    "snapshot": "odtool.cli.coverage_snapshot",
    "history": "odtool.cli.coverage_history",
    "correct": "odtool.cli.coverage_correct",
}


class Lazy(click.Group):
    """Imports a command's module when the command is asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`odtool coverage --prefecture 京都府` came before the other commands, and stands in many a timetable."""
        if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help")):
            args = ["report", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(module), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        wanted = args[0]
        if wanted not in COMMANDS:
            listed = near(wanted, COMMANDS) or list(COMMANDS)
            raise UsageError(
                f"coverage に「{visible(wanted)}」はありません。{'、'.join(listed)} があります（odtool coverage --help で一覧を表示）。",
                f"coverage has no “{visible(wanted)}”. There are {', '.join(listed)} (see odtool coverage --help).",
            )
        return super().resolve_command(ctx, args)


@click.group(cls=Lazy)
def coverage() -> None:
    """どの市区町村がどのデータを公開しているかを、集め、表にし、記録します。何も書かなければ report です。

    Collect, show and record which municipality has published which data. Without a name, report is meant.

    \b
    表示の言語はそれぞれの --lang で選びます / each of them takes --lang.
    """
