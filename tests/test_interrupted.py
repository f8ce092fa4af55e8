"""What is said when a command is broken off."""

import click
import pytest

from odtool.cli import COMMANDS, odtool
from odtool.cli.interrupted import called, sentence


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["validate", "a"], "validate"),
        (["coverage", "collect", "bodik"], "coverage collect"),
        (["--help"], ""),
        (["jobs"], "jobs"),
        (["nothing"], ""),
        ([], ""),
    ],
)
def test_the_command_that_was_called_is_found(arguments: list[str], command: str) -> None:
    assert called(arguments, COMMANDS) == command


@pytest.mark.parametrize(
    ("command", "ja", "en"),
    [
        ("validate", "残りから続けます", "goes on with the rest"),
        ("fix", "作り直します", "anew"),
        ("plan", "ポータルには何も書き込んでいません", "Nothing was written to the portal"),
        ("apply", "odtool plan で残りの計画", "a new odtool plan"),
        ("publish", "残りから続けます", "goes on with the rest"),
        ("withdraw", "まだ公開されているかもしれません", "may still be public"),
        ("run", "止まったところから続けます", "goes on where it stopped"),
        ("coverage collect", "止まったところから続けます", "goes on where it stopped"),
        ("history", "何も変えていません", "Nothing was changed"),
    ],
)
def test_it_says_what_is_done_and_how_it_goes_on(command: str, ja: str, en: str) -> None:
    assert sentence(command, "ja").startswith("中断しました。") and ja in sentence(command, "ja")
    assert sentence(command, "en").startswith("Interrupted. ") and en in sentence(command, "en")


def test_every_command_that_does_much_has_its_sentence() -> None:
    """What is quickly done says only that it was broken off."""
    quick = {"template", "coverage report", "coverage correct", "coverage snapshot", "token",
             "doctor", "demo", "jobs install"}  # fmt: skip
    context = click.Context(odtool)
    for name in COMMANDS:
        command = odtool.get_command(context, name)
        inner = (
            [f"{name} {sub}" for sub in command.list_commands(context)]
            if isinstance(command, click.Group)
            else [name]
        )
        for each in inner:
            alone = sentence(each, "ja") == "中断しました。"
            assert alone == (each in quick), each
