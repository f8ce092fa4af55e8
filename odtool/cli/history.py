"""odtool history: what was published, refused and withdrawn, by whom, and why."""

import datetime as dt

import click

from odtool.cli import options
from odtool.errors import UsageError
from odtool.ledger import history as told
from odtool.ledger.record import reading
from odtool.ledger.spelled import place
from odtool.municipality import municipalities
from odtool.settings import config
from odtool.text import visible


@click.command()
@click.option(
    "--ledger",
    metavar="PATH",
    default="odtool-ledger.sqlite",
    envvar="ODTOOL_LEDGER",
    show_default=True,
    help="公開の台帳（環境変数 ODTOOL_LEDGER） / the ledger.",
)
@click.option(
    "--config",
    "config_path",
    metavar="FILE",
    help="設定ファイル（既定は odtool.toml） / settings, odtool.toml by default.",
)
@click.option(
    "--portal",
    metavar="NAME",
    default="",
    help="このポータル（設定の名前か URL）の記録だけ / only this portal.",
)
@click.option(
    "--dataset",
    metavar="NAME",
    default="",
    help="このデータセット（例 261009_aed）にあったことすべて / the whole life of this dataset.",
)
@click.option(
    "--municipality",
    metavar="CODE",
    default="",
    help="この団体（6桁の団体コード）の記録だけ / only this municipality.",
)
@click.option(
    "--since", metavar="YYYY-MM-DD", callback=options.day, help="この日からの記録だけ / from this day on."
)
@click.option(
    "--run",
    "run_id",
    metavar="ID",
    default="",
    help="この実行だけを詳しく。番号は初めの数文字でもよい / this run only; the beginning of its number will do.",
)
@click.option(
    "--calls", is_flag=True, help="ポータルとのやり取りも1回ずつ表示 / each call to the portal, too."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "json", "csv"]),
    default="text",
    show_default=True,
    help="表示の形 / form.",
)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="新しい方から表示する件数 / how many, newest first.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="書くファイル（既定は画面） / write it here.",
)
@options.lang
def history(
    *,
    ledger: str,
    config_path: str | None,
    portal: str,
    dataset: str,
    municipality: str,
    since: str | None,
    run_id: str,
    calls: bool,
    form: str,
    limit: int,
    output: str | None,
    lang: str,
) -> int:  # fmt: skip
    """いつ、だれが、何を公開し、更新し、取り下げたか、なぜ公開しなかったかを、台帳から新しい順に表示します。

    Tells from the ledger, newest first, what was published, refused or withdrawn, when, by whom, and why.
    """
    if municipality and municipality not in municipalities():
        raise UsageError(
            f"「{visible(municipality)}」という団体コードはありません。検査数字まで含む6桁で指定してください（例 262021）。",
            f"There is no municipality code {visible(municipality)}. Give all six digits, like 262021.",
        )
    wanted = told.Wanted(
        portals=_names(portal, config_path),
        dataset=dataset,
        municipality=municipality,
        since=dt.date.fromisoformat(since) if since else None,
        run=run_id,
        calls=calls,
        limit=limit,
    )
    with reading(ledger) as book:
        found = told.history(book, wanted)
    options.write(_rendered(found, form, lang), output)
    return 0


def _names(portal: str, config_path: str | None) -> frozenset[str]:
    """All that the portal may be called in the ledger; names that are no longer in the settings stay usable."""
    if not portal:
        return frozenset()
    declared = config.portals(config_path).get(portal)
    address = portal.rstrip("/").removeprefix("folder:")
    more = {declared.url, declared.path} if declared else set()
    return frozenset({portal, *(place(each) for each in {address, *more})} - {""})


def _rendered(found: told.History, form: str, lang: str) -> str:
    if form == "json":
        from odtool.report.history_json import history_json

        return history_json(found)
    if form == "csv":
        from odtool.report.history_csv import history_csv

        return history_csv(found, lang)
    if form == "html":
        from odtool.report.history_html import history_html

        return history_html(found, lang)
    from odtool.report.history_text import history_text

    return history_text(found, lang)
