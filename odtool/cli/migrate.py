"""odtool migrate"""

import json
from collections.abc import Sequence

import click

from odtool import clock, source
from odtool.cli import mapped, options, outputs
from odtool.datasets import catalog
from odtool.errors import OdtoolError, UsageError
from odtool.judging.check import Choice
from odtool.made import Migration
from odtool.mending.copies import move, move_all
from odtool.report import migration_told


@click.command()
@options.paths
@click.option("--to", "target", metavar="ID", required=True,
              help="移す先のデータセット（例 standard-aed、suisho-aed）か版（standard か suisho。どのデータセットかはファイルごとに"
              "見分ける） / the dataset to move to, or an edition.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(),
              help="書き出すファイル（CSV）。複数のファイルを移すときはフォルダー / the file to write; a folder for several.")  # fmt: skip
@click.option("--dry-run", is_flag=True,
              help="書き込まずに、移し方だけを示す / write nothing, only tell what would be done.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True,
              help="移し方の一覧の形 / form of the list.")  # fmt: skip
@click.option("--list", "listed", type=click.Path(dir_okay=False),
              help="一覧を書くファイル（既定は画面） / write the list here.")  # fmt: skip
@click.option("--dataset", metavar="ID",
              help="元のファイルのデータセット（既定は見分ける） / what the file is; recognised by default.")  # fmt: skip
@mapped.options
@options.jobs
@options.lang
def migrate(
    *,
    files: tuple[str, ...],
    target: str,
    output: str | None,
    dry_run: bool,
    form: str,
    listed: str | None,
    dataset: str | None,
    maps: tuple[str, ...],
    mapping: str | None,
    mappings: str | None,
    jobs: int | None,
    lang: str,
) -> int:
    """旧版（推奨データセット）の表を新版（自治体標準）に、または逆に移します。元のファイルは変えません。

    Move tables from the old edition to the new one, or back. The originals stay as they are.

    項目名の対応表のあるファイルは、その項目として読みます。A file with a mapping of its columns is read through it.

    値はそのまま写します。確かに分かることだけをつなぎ、分け、人が確かめることは列ごとに示します。

    \b
    終了コード / exit codes:
      0  移した表に誤りがない           the results have no errors
      1  誤りが残る、または移せない     one has, or was not moved
    """
    paths = list(dict.fromkeys(source.expand(files)))
    if not paths:
        return options.nothing_found(files, lang)
    if output is None and not dry_run:
        raise UsageError(
            "書き出すファイルの名前を -o で指定してください。書かずに確かめるときは --dry-run を付けます。",
            "Give the name of the new file with -o, or --dry-run to write nothing.",
        )
    choice = Choice(
        catalog.dataset(dataset) if dataset else None,
        columns=mapped.chosen(maps, mapping),
        remembered=mapped.remembered(mappings),
    )
    beside = mapped.beside(None, mapping, choice.remembered)
    places = outputs.targets(paths, output, files, beside) if output else [None] * len(paths)
    if listed:
        outputs.refuse_input(listed, [*paths, *beside])
        outputs.refuse_copy(listed, filter(None, places))
    # Of one file, being the wrong one is a mistake in the call; among several it is told of in its place.
    made = (
        iter([move(paths[0], target, choice, places[0])])
        if list(files) == paths[:1]
        else move_all(list(zip(paths, places, strict=True)), target, choice, jobs)
    )
    migrations: list[Migration] = []
    missing = 0
    for moved in options.progress(made, len(paths), "移しています" if lang == "ja" else "moving"):
        if isinstance(moved, OdtoolError):
            missing = max(missing, options.told(moved, lang))
            continue
        migration, content = moved.migration, moved.content
        if migration.output and content is not None and not dry_run:
            outputs.write_whole(content, migration.output, folder=True)
        migrations.append(migration)
    if migrations:
        _show(migrations, form, listed, lang, dry_run)
    return missing or int(not all(map(migration_told.done, migrations)))


def _show(migrations: Sequence[Migration], form: str, listed: str | None, lang: str, dry: bool) -> None:
    day = clock.today().isoformat()
    if form == "json":
        from odtool.report.migration_json import migration_json

        options.write(json.dumps(migration_json(migrations, day, lang), ensure_ascii=False) + "\n", listed)
    elif form == "html":
        from odtool.report.migration_html import migration_html

        options.write(migration_html(migrations, day, lang, dry), listed)
    else:
        from odtool.report.migration_text import migration_text

        options.write("\n".join(migration_text(migrations, lang, dry)) + "\n", listed)
