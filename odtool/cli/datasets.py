"""odtool datasets"""

import click

from odtool.cli import options
from odtool.datasets import catalog, elsewhere
from odtool.model import Dataset
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
    english = lang == "en"
    found = catalog.datasets().values()
    longest = max(len(entry.id) for entry in found)
    lines = [
        f"{entry.id:<{longest}}  {pad(entry.title_en if english else entry.name, 40)}  "
        f"{EDITION_SHORT[entry.edition][english]}  {len(entry.fields):>2} {'columns' if english else '項目'}"
        f"{_doubt(entry, english)}\n"
        for entry in found
    ]
    lines += ["\n", "Following another standard:\n" if english else "ほかの標準を使うもの:\n"]
    lines += [
        f"  {standard.number} {standard.title_en if english else standard.title}: "
        f"{standard.follows_en if english else standard.follows}\n     {standard.url}\n"
        for standard in elsewhere.standards()
    ]
    options.write("".join(lines), None)


def _doubt(dataset: Dataset, english: bool) -> str:
    """What is not known of the definition as a whole."""
    if dataset.facts.get("incomplete"):
        return "  (not all columns known)" if english else "  （すべての列は未確認）"
    if not dataset.facts.get("orderConfirmed", True):
        return "  (order not confirmed)" if english else "  （列の順序は未確認）"
    return ""


EDITION_SHORT = {"standard": ("新", "new"), "suisho": ("旧", "old")}
