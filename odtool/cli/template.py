"""odtool template"""

from pathlib import Path

import click

from odtool import clock, former
from odtool.cli import options
from odtool.datasets import catalog
from odtool.errors import UsageError, because
from odtool.municipality import municipalities
from odtool.text import visible


@click.command()
@click.argument("dataset", metavar="DATASET")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="BOOK.xlsx",
    type=click.Path(dir_okay=False),
    help="作るブック。すでにあるファイルには書きません / the workbook to make; never overwrites.",
)
@click.option(
    "--municipality",
    metavar="CODE",
    help="団体コード6桁。コードと名前を入れておく / fill in this body’s code and names.",
)
@click.option(
    "--rows",
    type=click.IntRange(1, 100_000),
    default=1,
    show_default=True,
    help="コードと名前を入れておく行の数 / rows to fill them into.",
)
@options.lang
def template(dataset: str, output: str, municipality: str | None, rows: int, lang: str) -> None:
    """データセットの入力用ブックを作ります。書き方は、セルを選ぶと表示されます。

    Make a workbook to fill in. What to write shows when a cell is chosen.
    """
    wanted = catalog.dataset(dataset)
    body = municipalities().get(municipality) if municipality else None
    if municipality:
        former.require(municipality)
    if not output.lower().endswith(".xlsx"):
        raise UsageError(
            f"{visible(output, 500)}: ブックの名前は .xlsx で終わるようにしてください。",
            f"{visible(output, 500)}: the name of a workbook ends in .xlsx.",
        )
    from odtool.report import template as sheet

    _create(output, sheet.template(wanted, clock.today(), body, rows))
    click.echo(
        f"{visible(output, 500)}: {wanted.title_en or wanted.name}, {len(wanted.fields)} columns. Fill it in from row 2, then: "
        f"odtool validate {visible(output, 500)}"
        if lang == "en"
        else f"{visible(output, 500)}: {wanted.name}（{len(wanted.fields)}項目）。2行目から入力し、odtool validate {visible(output, 500)} で確認してください。"
    )


def _create(output: str, content: bytes) -> None:
    """A new file. What is there already may have been filled in, so it is never written over."""
    try:
        with Path(output).open("xb") as book:
            book.write(content)
    except FileExistsError:
        raise UsageError(
            f"{visible(output, 500)}: すでにあります。入力したものを消さないよう、上書きはしません。別の名前を指定してください。",
            f"{visible(output, 500)} is there already and is not written over. Give another name.",
        ) from None
    except OSError as error:
        raise UsageError(
            f"{visible(output, 500)}: 書き込めません（{because(error)}）。場所と権限を確かめてください。",
            f"{visible(output, 500)}: cannot be written ({error.strerror}).",
        ) from None
