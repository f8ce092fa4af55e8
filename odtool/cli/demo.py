"""odtool demo: the whole way in one go, by the commands themselves."""

from pathlib import Path

import click

from odtool import clock, source
from odtool.cli import options, reporting
from odtool.cli.coverage_report import renderer
from odtool.cli.publish import publish
from odtool.coverage import overview as drawing
from odtool.judging import batch
from odtool.report.as_text import verdict
from odtool.text import pad, visible, width


@click.command()
@options.paths
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    default="odtool-demo",
    show_default=True,
    help="作るものを置くフォルダー / where everything goes.",
)
@options.lang
@click.pass_context
def demo(ctx: click.Context, *, files: tuple[str, ...], output: str, lang: str) -> int:
    """確認・報告・公開・一覧までを続けて行います。公開先はフォルダーの中のカタログです。

    Goes the whole way: judge, report, publish into a catalogue in a folder, draw the coverage.
    """
    english = lang == "en"
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    report, table, ledger = folder / "report.html", folder / "coverage.html", str(folder / "ledger.sqlite")

    _say("1. Judge the files" if english else "1. ファイルを確認します")
    paths = list(source.expand(files))
    reports, code = options.sort_out(options.progress(batch.check_all(paths), len(paths), ""), lang)
    if not reports:
        return code or options.nothing_found(files, lang)
    names = [visible(Path(judged.path).name, 60) for judged in reports]
    longest = max(map(width, names))
    for name, judged in zip(names, reports, strict=True):
        click.echo(f"  {_MARKS[judged.status]} {pad(name, longest)}  {verdict(judged, lang)}")
    reporting.write_report(reports, "html", str(report), lang)

    _say("2. Publish the valid ones" if english else "2. 問題のないファイルを公開します")
    portal = folder / "portal"
    ctx.invoke(publish, files=tuple(j.path for j in reports), portal=f"folder:{portal}", municipality=None, dataset=None,
               config_path=None, ledger=ledger, lang=lang)  # fmt: skip

    _say("3. Draw the coverage" if english else "3. 公開の状況を表にします")
    for form, place in (("text", None), ("html", str(table))):
        shown = drawing.overview(today=clock.today(), ledger=ledger, store=None, lang=lang)
        options.write(renderer(form)(shown, lang), place)

    _say("Now open these three files:" if english else "次の3つのファイルを開いてみてください:")
    for page, ja, en in (
        (report, "どこをどう直せばよいか", "what to mend, and how"),
        (portal / "index.html", "公開されたデータのカタログ", "the catalogue of what was published"),
        (table, "どの市区町村が何を公開したか", "who has published what"),
    ):
        click.echo(f"  {page}  … {en if english else ja}")
    return code if code == 2 else 0


_MARKS = {"valid": "○", "invalid": "✕", "not-checked": "？"}


def _say(heading: str) -> None:
    click.echo(f"\n{heading}")
