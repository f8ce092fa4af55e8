"""Options that several commands share, and the few things every command does alike."""

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import click

from odtool import __version__
from odtool.cli import outputs
from odtool.errors import FaultError, OdtoolError, UsageError
from odtool.model import FileReport
from odtool.text import visible

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def lang(command: F) -> F:
    return click.option(
        "--lang", type=click.Choice(["ja", "en"]), default="ja", envvar="ODTOOL_LANG", show_default=True,
        help="表示の言語 / language.",
    )(command)  # fmt: skip


def judging(command: F) -> F:
    """--dataset, --schema, --limit, --jobs: how files are judged."""
    for option in (
        jobs,
        click.option("--limit", type=click.IntRange(0), default=1_000, show_default=True,
                     help="1つの規則で残す指摘の数。0 はすべて / findings kept per rule; 0 for all."),
        click.option("--schema", metavar="FILE",
                     help="Table Schema（JSON）に照らす / judge against a Table Schema."),
        click.option("--dataset", metavar="ID",
                     help="このデータセットとして確認する（例 standard-aed） / judge as this dataset."),
    ):  # fmt: skip
        command = option(command)
    return command


def jobs(command: F) -> F:
    return click.option(
        "--jobs", type=click.IntRange(1), default=None,
        help="同時に使うプロセス数（既定は、ファイルが多いとき CPU の数） / processes.",
    )(command)  # fmt: skip


def paths(command: F) -> F:
    return click.argument("files", nargs=-1, required=True, metavar="FILES...")(command)


def day(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Callback of options that take a day. Raises UsageError where it is none."""
    try:
        return value and dt.date.fromisoformat(value).isoformat()
    except ValueError:
        raise UsageError(
            f"「{visible(value or '')}」は日付として読めません。2026-04-01 のように書いてください。",
            f"“{visible(value or '')}” is not a date. Write it like 2026-04-01.",
        ) from None


def progress(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    """The items as they come, with a bar on a terminal only."""
    if not sys.stderr.isatty() or total < 2:
        yield from items
        return
    with click.progressbar(items, length=total, label=label, file=sys.stderr) as bar:
        yield from bar


def sort_out(results: Iterable[FileReport | OdtoolError], lang: str) -> tuple[list[FileReport], int]:
    """The reports, and the exit code: 4 where we failed at a file, else 2 where one was not to be had (told on stderr),
    else 1 where any file is not valid, else 0."""
    reports, missing = [], 0
    for result in results:
        if isinstance(result, OdtoolError):
            missing = max(missing, told(result, lang))
        else:
            reports.append(result)
    wrong = any(report.status != "valid" for report in reports)
    return reports, missing or int(wrong)


def told(error: OdtoolError, lang: str) -> int:
    """The exit code, having said on stderr what went wrong with one of several files."""
    click.echo(visible(error.text(lang) + _kept(error, lang), 10_000), err=True)
    return error.exit_code


def _kept(error: OdtoolError, lang: str) -> str:
    """Where our own fault is written down for us; nothing of any other error."""
    if not isinstance(error, FaultError) or not error.trace:
        return ""
    import tempfile

    name = ""
    with (
        suppress(OSError),
        tempfile.NamedTemporaryFile(
            "w", prefix="odtool-", suffix=".log", delete=False, encoding="utf-8", errors="replace"
        ) as log,
    ):
        name = log.name
        log.write(f"odtool {__version__} Python {sys.version}\n{error.trace}")
    if not name:
        return ""
    return (
        f" Please send us this file: {name}"
        if lang == "en"
        else f"このファイルを開発者に送ってください: {name}"
    )


def nothing_found(files: Iterable[str], lang: str) -> int:
    """Said where the folders named hold no table at all; the exit code of wrong usage."""
    named = "、".join(visible(name, 500) for name in files)
    click.echo(
        f"{named}: no CSV or xlsx files in it."
        if lang == "en"
        else f"{named}: CSV も xlsx もありません。場所を確かめてください。",
        err=True,
    )
    return 2


def write(content: str | bytes, output: str | None) -> None:
    """To the file; to a terminal; or to a pipe, text as UTF-8 and byte by byte."""
    if output is None and isinstance(content, str) and sys.stdout.isatty():
        click.echo(content, nl=False)
        return
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    outputs.write_whole(data, output)
