"""odtool run: the jobs of odtool.toml, from collecting to telling."""

import datetime as dt
from typing import TYPE_CHECKING

import click

from odtool import clock
from odtool.cli import options, publishing
from odtool.errors import UsageError
from odtool.text import visible

if TYPE_CHECKING:
    from odtool.jobs.digest import Digest


@click.command()
@click.argument("names", nargs=-1, metavar="[JOB]...")
@click.option("--dry-run", is_flag=True,
              help="計画まで。何も書き込まず、知らせない / up to the plan; nothing is written there, nobody is told.")  # fmt: skip
@click.option("--only", metavar="GLOB", multiple=True,
              help="この形の名前のファイルだけ（例 '*aed*'。何回でも） / only files with such names; may be repeated.")  # fmt: skip
@click.option("--date", "day", metavar="YYYY-MM-DD", callback=options.day,
              help="更新の期限をこの日で判断する（既定は今日） / judge by this day what is overdue.")  # fmt: skip
@click.option("--no-notify", is_flag=True, help="知らせを送らない / tell nobody.")
@click.option("--scheduler", metavar="ADDRESS",
              help="確認をほかのパソコンにも分ける Dask のスケジューラー（例 tcp://10.0.0.5:8786） / a Dask scheduler that spreads "
              "the judging over other machines.")  # fmt: skip
@click.option("--state", metavar="DIR",
              help="ログ・実行のページなどのフォルダー（既定は odtool.toml の隣の odtool-jobs） / where logs and pages go.")  # fmt: skip
@publishing.options
@options.jobs
@options.lang
def run(
    *,
    names: tuple[str, ...],
    dry_run: bool,
    only: tuple[str, ...],
    day: str | None,
    no_notify: bool,
    scheduler: str | None,
    state: str | None,
    config_path: str | None,
    ledger: str,
    jobs: int | None,
    lang: str,
) -> int:
    """odtool.toml の [jobs] を実行します: 集める → 確認 → （許された修正） → 計画 → 公開 → 記録 → 知らせる。名前を省くとすべて。

    Runs the [jobs] of odtool.toml, all of them where none is named: collect, validate, mend as allowed, plan, publish,
    record, tell. One bad file or dead source stops only itself; a run that was broken off is continued by the next.

    \b
    終了コード / exit codes:
      0  すべて問題なし              all is well
      1  公開しなかったファイルがある    a file was refused
      2  設定や場所の誤り            settings, or a source that is not there
      3  ポータル・通信の障害         portal or network
      4  odtool の不具合             our own fault
    """
    from odtool.jobs import cluster, place, settings
    from odtool.jobs.all import run_all
    from odtool.jobs.ran import How
    from odtool.jobs.summary import summary

    declared = settings.read(config_path)
    how = How(
        now=clock.now, today=dt.date.fromisoformat(day) if day else clock.today(), ledger=ledger, dry=dry_run, only=only,
        processes=jobs, watch=publishing.watcher(lang),
        waiting=lambda ja, en: click.echo(en if lang == "en" else ja, err=True),
    )  # fmt: skip
    judged = 0

    def told(digest: "Digest") -> None:
        nonlocal judged
        # What is told of the portal's token says of no file that it was looked at.
        judged += any(digest.counts.values()) or any(entry.kind != "token" for entry in digest.entries)
        click.echo(summary(digest, lang))

    with cluster.reached(scheduler), publishing.waiting(lang):
        code = run_all(
            declared, declared.chosen(names), place.places(declared, state), how, lang, notify=not (no_notify or dry_run),
            each=told,
            warn=lambda ja, en: click.echo(visible(en if lang == "en" else ja, 2_000), err=True),
        )  # fmt: skip
    if only and not judged:
        raise UsageError(
            f"--only（{'、'.join(only)}）に合う名前のファイルは、どのジョブにもありません。* を付けて書いてください（例 '*aed*'）。",
            f"No job has a file whose name fits --only ({', '.join(only)}). Write it with *, like '*aed*'.",
        )
    return code
