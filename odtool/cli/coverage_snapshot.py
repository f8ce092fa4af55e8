"""odtool coverage snapshot"""

import re

import click

from odtool import clock
from odtool.cli import coverage_options, options
from odtool.coverage import observed
from odtool.coverage import overview as drawing
from odtool.coverage.observed import broken
from odtool.coverage.sighting import Snapshot
from odtool.errors import UsageError
from odtool.ledger import record
from odtool.text import narrow, pad, visible, width


@click.command()
@click.option("--name", metavar="NAME", help="この名前で今の状況を固定する（例 令和8年度末） / freeze today's table under this name.")  # fmt: skip
@click.option("--verify", is_flag=False, flag_value="", default=None, metavar="[SHA-256]", help="固定した記録がその後変わっていないか確かめる。控えておいた SHA-256 を続けて書くと、その記録が今もあるかも確かめる / see that none was changed; with a hash that was noted, also that its snapshot is there.")  # fmt: skip
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
    verify: str | None,
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
    if sum((name is not None, verify is not None, export is not None)) > 1:
        raise UsageError(
            "--name、--verify、--export はどれか一つだけ指定してください。",
            "Give one of --name, --verify and --export.",
        )
    if output is not None and export is None:
        raise UsageError(
            "-o は --export と一緒に使います（例 --export 令和8年度末 -o 令和8年度末.jsonl）。",
            "-o is for --export: name the snapshot that is to be written.",
        )
    if name is None:
        with observed.reading(store) as book:
            if export is not None:
                options.write(book.snapshot(export).content, output)
                return 0
            frozen = book.snapshots()
            wrong = None if verify is None else broken(book)
            return _noted(frozen, wrong, verify, lang) if verify and wrong is not None else _listed(frozen, wrong, lang)  # fmt: skip
    if not name.strip() or visible(name, 100) != name:
        raise UsageError(
            f"「{visible(name)}」は名前にできません。「令和8年度末」のように1行で書いてください。",
            f"“{visible(name)}” cannot be a name. Write one line, like 令和8年度末.",
        )
    area, _ = coverage_options.rows(prefecture, None)
    told = coverage_options.there(ctx, "ledger", "store")[0]
    if told is None:
        with observed.reading(store) as book:
            drawing.require_any(book, store)
    else:
        with record.reading(told):  # else a store would be made, only to say that there is no ledger
            pass
    with observed.store(store) as book:
        at = clock.now()
        drawing.keep_day(book, told, clock.today(), at)
        made = drawing.freeze(book, name, drawing.table(book, told, clock.today(), area), at)
    click.echo(
        f"Frozen “{name}”: {made.rows:,} {'line' if made.rows == 1 else 'lines'}.\nSHA-256 {made.sha256}\nNote it down where nobody changes it: --verify with it shows that the snapshot is still there, as it was made."
        if lang == "en"
        else f"「{name}」を固定しました（{made.rows} 行）。\nSHA-256 {made.sha256}\nこの値を決裁文書などに控えておくと、--verify に続けて書くだけで、その記録が今もあり、変わっていないことを示せます。"
    )
    return 0


def _noted(frozen: list[Snapshot], wrong: dict[str, tuple[str, str]], noted: str, lang: str) -> int:
    """Whether the snapshot of that noted hash is there and, with all before it, as it was made; 1 where it is not."""
    digest = "".join(narrow(noted).split()).lower()
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise UsageError(
            f"「{visible(noted, 80)}」は SHA-256 ではありません。固定したときに表示された、0〜9 と a〜f の 64 文字をすべて書いてください。",
            f"“{visible(noted, 80)}” is no SHA-256. Write all 64 digits (0-9, a-f) that were shown when it was frozen.",
        )
    english = lang == "en"
    place = next((n for n, entry in enumerate(frozen) if entry.sha256 == digest), None)
    if place is None:
        click.echo(
            f"There is no snapshot with this SHA-256, out of {len(frozen)}. It was deleted or made anew, the number was noted wrong, or this is another file (--store)."
            if english
            else f"この SHA-256 の記録はありません（{len(frozen)} 件を確認）。記録が消されたか作り直されたか、控えた値が違うか、別のファイルを見ています（--store で指定できます）。"
        )
        return 1
    entry, until = frozen[place], frozen[: place + 1]
    harmed = [each for each in until if each.name in wrong]
    if harmed:
        reasons = [f"{each.name}: {wrong[each.name][english]}" for each in harmed]
        click.echo(
            f"“{entry.name}” ({entry.day}) has this SHA-256, but it or one before it was changed. {'; '.join(reasons)}"
            if english
            else f"この SHA-256 の「{entry.name}」（{entry.day}）はありますが、それかその前の記録が書き換えられています。{'、'.join(reasons)}"
        )
        return 1
    before = (
        (
            f"その前の {place} 件も変わっていません。",
            " So is the one before it." if place == 1 else f" So are the {place} before it.",
        )
        if place
        else ("", "")
    )
    click.echo(
        f"“{entry.name}” ({entry.day}) is there, as it was made.{before[1]}"
        if english
        else f"「{entry.name}」（{entry.day}）があり、変わっていません。{before[0]}"
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
