"""odtool validate"""

import os
import sys
from contextlib import ExitStack

import click

from odtool import clock, source, workers
from odtool.cli import mapped, options, outputs, reporting
from odtool.errors import UsageError
from odtool.judging import batch, check
from odtool.report.as_text import as_text


@click.command()
@options.paths
@options.judging
@mapped.options
@mapped.reviewing
@click.option(
    "--format",
    "form",
    type=click.Choice(reporting.FORMS),
    default="text",
    show_default=True,
    help="報告の形 / form of the report.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    help="報告を書くファイル（既定は画面）。複数のファイルを xlsx で報告するときはフォルダー"
    " / write the report here; a folder for several xlsx reports.",
)
@click.option(
    "--date",
    metavar="YYYY-MM-DD",
    callback=options.day,
    help="報告の日付（既定は今日） / date of the report.",
)
@click.option(
    "--profile",
    type=click.Choice(["dataset", "machine-readability"]),
    default="dataset",
    show_default=True,
    help="machine-readability は、どの表でも機械可読性の30の規則で確認 / judge by the 30 rules on machine-readability.",
)
@click.option(
    "--package",
    metavar="FILE",
    help="表に付くデータパッケージ（--profile machine-readability。既定は隣の datapackage.json） / its data package.",
)
@click.option(
    "--before",
    metavar="FILE",
    multiple=True,
    help="比べる前の版（--profile machine-readability） / a former edition to compare with.",
)
@click.option(
    "--no-cache", is_flag=True, help="前回の結果を使わず、すべて確認し直す / judge every file anew."
)
@options.lang
def validate(
    *,
    files: tuple[str, ...],
    dataset: str | None,
    schema: str | None,
    limit: int,
    jobs: int | None,
    no_cache: bool,
    form: str,
    output: str | None,
    date: str | None,
    profile: str,
    package: str | None,
    before: tuple[str, ...],
    maps: tuple[str, ...],
    mapping: str | None,
    mappings: str | None,
    reviewed: tuple[str, ...],
    lang: str,
) -> int:
    """ファイルを確認し、どこがなぜ誤りで、何と書けばよいかを伝えます。

    Judge files (or the tables in folders) and say where they are wrong, why, and what to write instead.
    """
    if profile == "machine-readability":
        from odtool.cli import readability

        readability.refuse_others(click.get_current_context())
        return readability.run(
            files,
            dataset=dataset,
            package=package,
            before=before,
            jobs=jobs,
            form=form,
            output=output,
            date=date,
            lang=lang,
        )
    if package or before:
        raise UsageError(
            "--package と --before は --profile machine-readability と一緒に使います。",
            "--package and --before go with --profile machine-readability.",
        )
    choice = check.choose(
        dataset,
        schema,
        limit,
        columns=mapped.chosen(maps, mapping),
        remembered=mapped.remembered(mappings),
        reviewed=reviewed,
    )
    if output:
        outputs.refuse_input(output, mapped.beside(schema, mapping, choice.remembered))
    paths = list(source.expand(files))
    with ExitStack() as stack:
        verdicts = None
        if len(paths) >= workers.MANY and not no_cache:
            from odtool.judging import cache

            verdicts = stack.enter_context(cache.opened(clock.today().toordinal()))
        results = batch.check_all(paths, choice, jobs, verdicts)
        reports, code = options.sort_out(
            options.progress(results, len(paths), "確認中" if lang == "ja" else "checking"), lang
        )
    if not reports:
        return code or options.nothing_found(files, lang)
    if form == "text":
        colour = output is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
        options.write("\n".join(as_text(reports, lang, colour)) + "\n", reporting.safe(output, reports))
    else:
        reporting.write_report(reports, form, output, lang, date)
    return code
