"""odtool coverage snapshot"""

import click

from odtool import clock
from odtool.cli import coverage_options, options
from odtool.coverage import observed
from odtool.coverage import overview as drawing
from odtool.coverage.observed import broken
from odtool.coverage.sighting import Snapshot
from odtool.errors import UsageError
from odtool.text import pad, visible, width


@click.command()
@click.option("--name", metavar="NAME", help="この名前で今の状況を固定する（例 令和8年度末） / freeze today's table under this name.")  # fmt: skip
@click.option("--verify", is_flag=True, help="固定した記録がその後変わっていないか確かめる / see that none was changed.")  # fmt: skip
@click.option("--export", metavar="NAME", help="固定した内容を JSON Lines で書き出す / write a frozen table as JSON lines.")  # fmt: skip
@coverage_options.ledger
@coverage_options.store
@click.option("--prefecture", metavar="NAME", help="この都道府県の全市区町村（例 京都府） / all municipalities of it.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(dir_okay=False, writable=True), help="--export の書き先（既定は画面） / where --export writes.")  # fmt: skip
@options.lang
@click.pass_context
def snapshot(
    ctx: click.Context,
    *,
    name: str | None,
    verify: bool,
    export: str | None,
    ledger: str,  # noqa: ARG001 - read by `there`
    store: str,
    prefecture: str | None,
    output: str | None,
    lang: str,
) -> int:
    """今の状況を名前を付けて固定します。固定した記録は書き換えられず、ハッシュで確かめられます。

    Freeze today's table under a name. Nothing rewrites it, and its hash tells whether anybody did. Without an option,
    lists what is frozen.
    """
    if sum((name is not None, verify, export is not None)) > 1:
        raise UsageError(
            "--name、--verify、--export はどれか一つだけ指定してください。",
            "Give one of --name, --verify and --export.",
        )
    if name is None:
        with observed.reading(store) as book:
            if export is not None:
                options.write(book.snapshot(export).content, output)
                return 0
            return _listed(book.snapshots(), broken(book) if verify else None, lang)
    if not name.strip() or visible(name, 100) != name:
        raise UsageError(
            f"「{visible(name)}」は名前にできません。「令和8年度末」のように1行で書いてください。",
            f"“{visible(name)}” cannot be a name. Write one line, like 令和8年度末.",
        )
    area, _ = coverage_options.rows(prefecture, None)
    told = coverage_options.there(ctx, "ledger", "store")[0]
    with observed.store(store) as book:
        at = clock.now()
        drawing.keep_day(book, told, clock.today(), at)
        frozen = drawing.freeze(book, name, drawing.table(book, told, clock.today(), area), at)
    click.echo(
        f"Frozen “{name}”: {frozen.rows} lines, SHA-256 {frozen.sha256}"
        if lang == "en"
        else f"「{name}」を固定しました（{frozen.rows} 行）。\nSHA-256 {frozen.sha256}\nこの値を決裁文書などに控えておくと、後から変わっていないことを示せます。"
    )
    return 0


def _listed(frozen: list[Snapshot], wrong: dict[str, tuple[str, str]] | None, lang: str) -> int:
    """Each with its hash, and where asked, whether it is as it was made; 1 where one is not."""
    english = lang == "en"
    if not frozen:
        click.echo("Nothing is frozen yet." if english else "固定した記録はまだありません。")
        return 0
    longest = max(width(entry.name) for entry in frozen)
    for entry in frozen:
        said = ""
        if wrong is not None:
            ja, en = wrong.get(entry.name, ("変わっていません", "as it was made"))
            said = f"  {en if english else ja}"
        click.echo(f"{pad(entry.name, longest)}  {entry.day}  {entry.area or '–'}  {entry.sha256}{said}")
    return 1 if wrong else 0
