"""odtool datasets"""

import click

from odtool import catalog
from odtool.cli import options
from odtool.report.dataset_page import dataset_page
from odtool.text import pad


@click.command()
@click.argument("dataset", required=False, metavar="[ID]")
@options.lang
def datasets(dataset: str | None, lang: str) -> None:
    """知っているデータセットを一覧にします。ID を付けると項目の定義を示します。

    List the datasets; with an ID, show its columns like a specification sheet.
    """
    if dataset:
        options.write(dataset_page(catalog.dataset(dataset), lang) + "\n", None)
        return
    found = catalog.datasets().values()
    longest = max(len(entry.id) for entry in found)
    english = lang == "en"
    lines = [
        f"{entry.id:<{longest}}  {pad(entry.title_en if english else entry.name, 36)}  "
        f"{EDITION_SHORT[entry.edition][english]}  {len(entry.fields):>2} {'columns' if english else '項目'}\n"
        for entry in found
    ]
    options.write("".join(lines), None)


EDITION_SHORT = {"standard": ("新", "new"), "suisho": ("旧", "old")}
