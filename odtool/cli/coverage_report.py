"""odtool coverage report"""

from collections.abc import Callable

import click

from odtool import clock
from odtool.cli import coverage_options, options
from odtool.coverage import goals
from odtool.coverage import overview as drawing
from odtool.coverage.matrix import Overview
from odtool.errors import UsageError


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
    lang: str,
) -> int:
    """どの市区町村がどのデータを公開し、適合しているか、次に何をすればよいかを表にします。

    Show which municipality has published which dataset, whether it is valid and up to date, and what to do next.
    """
    area, chosen = coverage_options.rows(prefecture, municipalities)
    wanted = goals.targets(targets, area) if area or targets else []
    book, seen = coverage_options.there(ctx, "ledger", "store")
    shown = drawing.overview(
        today=clock.today(), ledger=book, store=seen, area=area, codes=chosen, targets=wanted, lang=lang
    )
    if bodies and form not in ("text", "csv"):
        raise UsageError(
            "--bodies は CSV を作ります。--format は指定しないでください。",
            "--bodies makes a CSV: leave --format out.",
        )
    options.write(renderer("bodies" if bodies else form)(shown, lang), output)
    return 0


def renderer(form: str) -> Callable[[Overview, str], str | bytes]:
    """Loaded only when it is wanted."""
    if form == "bodies":
        from odtool.report.coverage_csv import bodies_csv

        return lambda shown, lang: bodies_csv(shown.coverage, lang)
    if form == "csv":
        from odtool.report.coverage_csv import coverage_csv

        return lambda shown, lang: coverage_csv(shown.coverage, lang)
    if form == "json":
        from odtool.report.coverage_json import coverage_json

        return lambda shown, _: coverage_json(shown)
    if form == "xlsx":
        from odtool.report.coverage_xlsx import coverage_xlsx

        return coverage_xlsx
    if form == "html":
        from odtool.report.coverage_html import coverage_context, coverage_html

        return lambda shown, lang: coverage_html(coverage_context(shown, lang), lang)
    from odtool.report.coverage_text import coverage_text

    return coverage_text
