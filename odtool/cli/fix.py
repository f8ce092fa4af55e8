"""odtool fix"""

import json
from collections.abc import Sequence

import click

from odtool import clock, source
from odtool.cli import mapped, options, outputs
from odtool.errors import OdtoolError, UsageError
from odtool.judging import check
from odtool.made import Repair
from odtool.mending.copies import mend_all
from odtool.report import fix_told


@click.command()
@options.paths
@click.option("-o", "--output", type=click.Path(),
              help="直したファイル（CSV）の名前。複数のファイルを直すときはフォルダー / the mended file; a folder for "
              "several.")  # fmt: skip
@click.option("--dry-run", is_flag=True,
              help="書き込まずに、直すところだけを示す / write nothing, only list the changes.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True,
              help="直した一覧の形 / form of the list of changes.")  # fmt: skip
@click.option("--list", "listed", type=click.Path(dir_okay=False),
              help="一覧を書くファイル（既定は画面） / write the list here.")  # fmt: skip
@click.option("--dataset", metavar="ID",
              help="このデータセットとして直す（例 standard-aed） / mend as this dataset.")  # fmt: skip
@click.option("--schema", metavar="FILE",
              help="Table Schema（JSON）に照らして直す / mend against a Table Schema.")  # fmt: skip
@mapped.options
@options.jobs
@options.lang
def fix(
    *,
    files: tuple[str, ...],
    output: str | None,
    dry_run: bool,
    form: str,
    listed: str | None,
    dataset: str | None,
    schema: str | None,
    maps: tuple[str, ...],
    mapping: str | None,
    mappings: str | None,
    jobs: int | None,
    lang: str,
) -> int:
    """確かに直せるところだけを直した写しを作ります。元のファイルは変えません。

    Make a copy in which all that can be mended for certain is mended. The original stays as it is.

    フォルダーを指定すると、中の表をすべて直し、-o のフォルダーに同じ並びで書き出します。

    項目名の対応表のあるファイルは、国の項目名で書き出します。

    Of a folder all tables are mended, into the same places of the folder -o. A file with a mapping of its columns is
    written with the national ones.

    \b
    終了コード / exit codes:
      0  人が直すところは残っていない   nothing is left to fix by hand
      1  残っている、または直せない     something is left, or was not mended
    """
    choice = check.choose(
        dataset, schema, 1_000, columns=mapped.chosen(maps, mapping), remembered=mapped.remembered(mappings)
    )
    paths = list(dict.fromkeys(source.expand(files)))
    if not paths:
        return options.nothing_found(files, lang)
    if output is None and not dry_run:
        raise UsageError(
            "直したファイルの名前を -o で指定してください。書かずに確かめるときは --dry-run を付けます。",
            "Give the name of the mended file with -o, or --dry-run to write nothing.",
        )
    beside = mapped.beside(schema, mapping, choice.remembered)
    places = outputs.targets(paths, output, files, beside) if output else [None] * len(paths)
    if listed:
        outputs.refuse_input(listed, [*paths, *beside])
        outputs.refuse_copy(listed, filter(None, places))
    repairs: list[Repair] = []
    missing = 0
    made = mend_all(list(zip(paths, places, strict=True)), choice, jobs)
    for written in options.progress(made, len(paths), "直しています" if lang == "ja" else "mending"):
        if isinstance(written, OdtoolError):
            missing = max(missing, options.told(written, lang))
            continue
        repair, content = written.repair, written.content
        if repair.output and content is not None and not dry_run:
            outputs.write_whole(content, repair.output, folder=True)
        repairs.append(repair)
    if repairs:
        _show(repairs, form, listed, lang, dry_run)
    return missing or int(not all(map(fix_told.done, repairs)))


def _show(repairs: Sequence[Repair], form: str, listed: str | None, lang: str, dry: bool) -> None:
    day = clock.today().isoformat()
    if form == "json":
        from odtool.report.fix_json import fix_json

        options.write(json.dumps(fix_json(repairs, day, lang), ensure_ascii=False) + "\n", listed)
    elif form == "html":
        from odtool.report.fix_html import fix_html

        options.write(fix_html(repairs, day, lang, dry), listed)
    else:
        from odtool.report.fix_text import fix_text

        options.write("\n".join(fix_text(repairs, lang, dry)) + "\n", listed)
