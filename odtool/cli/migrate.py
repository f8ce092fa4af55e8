"""odtool migrate"""

import json

import click

from odtool import catalog, clock
from odtool.check import Choice
from odtool.cli import options, outputs
from odtool.errors import UsageError
from odtool.mending import move
from odtool.report.migration_told import migration_json, migration_text


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--to", "target", metavar="ID", required=True,
              help="移す先のデータセット（例 standard-aed、suisho-aed） / the dataset to move to.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(dir_okay=False),
              help="書き出すファイル（CSV） / the file to write.")  # fmt: skip
@click.option("--dry-run", is_flag=True,
              help="書き込まずに、移し方だけを示す / write nothing, only tell what would be done.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="移し方の一覧の形 / form of the list.")  # fmt: skip
@click.option("--list", "listed", type=click.Path(dir_okay=False),
              help="一覧を書くファイル（既定は画面） / write the list here.")  # fmt: skip
@click.option("--dataset", metavar="ID",
              help="元のファイルのデータセット（既定は見分ける） / what the file is; recognised by default.")  # fmt: skip
@options.lang
def migrate(
    *,
    file: str,
    target: str,
    output: str | None,
    dry_run: bool,
    form: str,
    listed: str | None,
    dataset: str | None,
    lang: str,
) -> int:
    """旧版（推奨データセット）の表を新版（自治体標準）に、または逆に移します。元のファイルは変えません。

    Move a table from the old edition to the new one, or back. The original stays as it is.

    値はそのまま写します。確かに分かることだけをつなぎ、分け、人が確かめることは列ごとに示します。

    \b
    終了コード / exit codes:
      0  移した表に誤りがない           the result has no errors
      1  誤りが残る、または移せない     it has, or nothing was moved
    """
    if output is None and not dry_run:
        raise UsageError(
            "書き出すファイルの名前を -o で指定してください。書かずに確かめるときは --dry-run を付けます。",
            "Give the name of the new file with -o, or --dry-run to write nothing.",
        )
    if output:
        (output,) = outputs.targets([file], output, [file])
    if listed:
        outputs.refuse_input(listed, [file, *([output] if output else [])])
    choice = Choice(catalog.dataset(dataset) if dataset else None)
    moved = move(file, catalog.dataset(target), choice, output)
    if output and moved.content is not None and not dry_run:
        outputs.write_whole(moved.content, output)
    migration = moved.migration
    if form == "json":
        told = migration_json(migration, clock.today().isoformat(), lang)
        options.write(json.dumps(told, ensure_ascii=False) + "\n", listed)
    else:
        options.write("\n".join(migration_text(migration, lang, dry_run)) + "\n", listed)
    return 0 if migration.after and migration.after.status == "valid" else 1
