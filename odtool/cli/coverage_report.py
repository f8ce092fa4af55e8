"""odtool coverage report"""

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from odtool import clock
from odtool.cli import coverage_options, options, outputs
from odtool.coverage import goals
from odtool.coverage import overview as drawing
from odtool.coverage.matrix import Coverage, Overview
from odtool.errors import UsageError, because
from odtool.text import visible

if TYPE_CHECKING:
    from odtool.coverage.boundaries import Boundaries

CHUNK = 1 << 20  # bytes read at a time


@click.command()
@coverage_options.ledger
@coverage_options.store
@coverage_options.whose
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "csv", "json", "xlsx"]),
    default="text",
    show_default=True,
    help="表の形 / form of the table.",
)
@click.option(
    "--bodies",
    is_flag=True,
    help="団体ごとの公開データセット数の CSV（団体名・公開データセット数・主な公開データ） / CSV of all datasets by body.",
)
@click.option(
    "--targets",
    metavar="FILE",
    help="目標（odtool.toml の [targets]、または CSV） / targets, from odtool.toml or a CSV.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True),
    help="表を書くファイル（既定は画面） / write the table here.",
)
@click.option(
    "--split",
    metavar="FOLDER",
    type=click.Path(file_okay=False),
    help="団体ごとの Excel（次にすること）をこのフォルダーに書く / write a workbook for every body here, to be mailed.",
)
@click.option(
    "--boundaries",
    metavar="FILE",
    help="行政区域の GeoJSON。HTML に地図を描く（国土数値情報の N03 など。通信はしません） / GeoJSON of areas: HTML gets a map.",
)
@options.lang
@click.pass_context
def report(
    ctx: click.Context,
    *,
    ledger: str,  # noqa: ARG001 - read by `there`
    store: str,  # noqa: ARG001 - ditto
    prefecture: str | None,
    municipalities: str | None,
    form: str,
    bodies: bool,
    targets: str | None,
    output: str | None,
    split: str | None,
    boundaries: str | None,
    lang: str,
) -> int:
    """どの市区町村がどのデータを公開し、適合しているか、次に何をすればよいかを表にします。

    Show which municipality has published which dataset, whether it is valid and up to date, and what to do next.
    """
    _one_form(ctx, form, bodies=bodies, split=split, output=output)
    areas = _areas(boundaries, form)
    area, chosen = coverage_options.rows(prefecture, municipalities)
    if targets is not None and not area:
        raise UsageError(
            "--targets は都道府県の目標を表示するためのものです。--prefecture も指定してください（例 --prefecture 京都府）。",
            "--targets is for the targets of a prefecture: add --prefecture, such as --prefecture 京都府.",
        )
    wanted = goals.targets(targets, area) if area else []
    book, seen = coverage_options.there(ctx, "ledger", "store")
    with _undisturbed():
        shown = drawing.overview(
            today=clock.today(), ledger=book, store=seen, area=area, codes=chosen, targets=wanted, lang=lang
        )
        if split is not None:
            return _split(shown.coverage, split, lang)
        if form in ("csv", "json") and not bodies:
            _written(_pieces(form, shown, lang), output)
        elif areas is not None:
            from odtool.report.coverage_html import coverage_context, coverage_html

            options.write(coverage_html(coverage_context(shown, lang, areas), lang), output)
        else:
            options.write(renderer("bodies" if bodies else form)(shown, lang), output)
    return 0


def _areas(path: str | None, form: str) -> "Boundaries | None":
    """The boundaries in that file. Raises UsageError."""
    if path is None:
        return None
    if form != "html":
        raise UsageError(
            "--boundaries は HTML に地図を描くためのものです。--format html を付けてください。",
            "--boundaries is for the map in the HTML: add --format html.",
        )
    from odtool.coverage.boundaries import read

    try:
        with Path(path).open("rb") as stream:
            return read(path, iter(lambda: stream.read(CHUNK), b""))
    except OSError as error:
        raise UsageError(
            f"{visible(path, 500)}: 開けません（{because(error)}）。名前と場所を確かめてください。",
            f"{visible(path, 500)}: cannot be opened ({error.strerror}).",
        ) from None


def _one_form(ctx: click.Context, form: str, *, bodies: bool, split: str | None, output: str | None) -> None:
    """Raises UsageError where the options contradict one another."""
    named = ctx.get_parameter_source("form") is not ParameterSource.DEFAULT
    if bodies and form not in ("text", "csv"):
        raise UsageError(
            "--bodies は CSV を作ります。--format は指定しないでください。",
            "--bodies makes a CSV: leave --format out.",
        )
    if split is not None and (bodies or output is not None or (named and form != "xlsx")):
        raise UsageError(
            "--split は団体ごとの Excel をフォルダーに書きます。--bodies・-o・ほかの --format と一緒には使えません。",
            "--split writes workbooks into a folder: leave --bodies, -o and other forms out.",
        )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without looking for cycles, which cells do not form: over a whole country that takes a fourth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # else everything is looked through at this moment
        if was:
            gc.enable()


def _split(shown: Coverage, folder: str, lang: str) -> int:
    """A workbook for every body, each put in place whole; what an earlier run wrote for it is replaced."""
    from odtool.report.coverage_books import books

    count = 0
    for name, content in options.progress(books(shown, lang), len(shown.bodies), "Excel"):
        outputs.write_whole(content, str(Path(folder) / name), folder=True)
        count += 1
    place = visible(folder, 500)
    if not count:
        click.echo("There is no body to write of." if lang == "en" else "書き出す団体がありません。")
        return 0
    click.echo(
        f"{count:,} {'workbook is' if count == 1 else 'workbooks are'} in {place}."
        if lang == "en"
        else f"{place} に {count:,} 団体分の Excel を書きました。"
    )
    return 0


def _written(pieces: Iterable[str], output: str | None) -> None:
    """Piece by piece to the file or the pipe: the whole of a country is hundreds of megabytes."""
    if output is None and sys.stdout.isatty():
        for piece in pieces:
            click.echo(piece, nl=False)
        return
    data = (piece.encode("utf-8", "replace") for piece in pieces)
    if output is None:
        sys.stdout.buffer.writelines(data)
        sys.stdout.buffer.flush()
    else:
        outputs.write_pieces(data, output)


def _pieces(form: str, shown: Overview, lang: str) -> Iterable[str]:
    """A CSV or JSON, body by body."""
    if form == "csv":
        from odtool.report.coverage_csv import csv_pieces

        return csv_pieces(shown.coverage, lang)
    from odtool.report.coverage_json import json_pieces

    return json_pieces(shown)


def renderer(form: str) -> Callable[[Overview, str], str | bytes]:
    """Loaded only when it is wanted. CSV and JSON are made piece by piece and have none."""
    if form == "bodies":
        from odtool.report.coverage_csv import bodies_csv

        return lambda shown, lang: bodies_csv(shown.coverage, lang)
    if form == "xlsx":
        from odtool.report.coverage_xlsx import coverage_xlsx

        return coverage_xlsx
    if form == "html":
        from odtool.report.coverage_html import coverage_context, coverage_html

        return lambda shown, lang: coverage_html(coverage_context(shown, lang), lang)
    from odtool.report.coverage_text import coverage_text

    return coverage_text
