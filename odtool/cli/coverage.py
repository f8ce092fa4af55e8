"""odtool coverage"""

from collections.abc import Sequence

import click

from odtool import catalog, clock, municipality, source
from odtool import coverage as table
from odtool.cli import options
from odtool.errors import UsageError
from odtool.read import read
from odtool.record import reading
from odtool.text import fold, narrow, visible

CODE_LABELS = frozenset(
    map(fold, ("code", "コード", "団体コード", "全国地方公共団体コード", "都道府県コード又は市区町村コード"))
)


@click.command()
@click.option(
    "--ledger",
    metavar="FILE",
    default="odtool-ledger.sqlite",
    envvar="ODTOOL_LEDGER",
    show_default=True,
    help="確認と公開の記録（環境変数 ODTOOL_LEDGER） / the ledger.",
)
@click.option(
    "--prefecture", metavar="NAME", help="この都道府県の全市区町村（例 京都府） / all municipalities of it."
)
@click.option(
    "--municipalities",
    metavar="FILE",
    help="表示する市区町村の表（「code」の列がある CSV） / CSV with a column “code”.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "csv"]),
    default="text",
    show_default=True,
    help="表の形 / form of the table.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True),
    help="表を書くファイル（既定は画面） / write the table here.",
)
@options.lang
def coverage(
    *,
    ledger: str,
    prefecture: str | None,
    municipalities: str | None,
    form: str,
    output: str | None,
    lang: str,
) -> int:
    """どの市区町村がどのデータを公開し、適合しているか、いつからかを表にします。

    Show which municipality has published which dataset, whether it is valid, and since when.
    """
    if prefecture is not None and municipalities is not None:
        raise UsageError(
            "--prefecture と --municipalities はどちらか一つだけ指定してください。",
            "Give either --prefecture or --municipalities.",
        )
    area = _prefecture(prefecture) if prefecture is not None else ""
    chosen: Sequence[str] | None = _codes(municipalities) if municipalities is not None else None
    checks, publications = _entries(ledger)
    shown = table.coverage(
        checks,
        publications,
        datasets=_names(lang),
        municipalities=table.members(area) if area else chosen,
        today=clock.today(),
        area=area,
    )
    options.write(_rendered(shown, form, lang), output)
    return 0


def _rendered(shown: table.Coverage, form: str, lang: str) -> str:
    if form == "csv":
        from odtool.report.coverage_csv import coverage_csv

        return coverage_csv(shown)
    if form == "html":
        from odtool.report.coverage_html import coverage_context, coverage_html

        return coverage_html(coverage_context(shown, lang), lang)
    from odtool.report.coverage_text import coverage_text

    return coverage_text(shown, lang)


def _entries(path: str) -> tuple[Sequence[table.Check], Sequence[table.Publication]]:
    """What was withdrawn is published no more."""
    with reading(path) as book:
        return book.latest_checks(), book.standing()


def _names(lang: str) -> dict[str, str]:
    """The datasets by slug; the newer edition names it where both have it."""
    found = sorted(
        catalog.datasets().values(), key=lambda dataset: (dataset.slug, dataset.edition != "standard")
    )
    names: dict[str, str] = {}
    for dataset in found:
        names.setdefault(dataset.slug, (lang == "en" and dataset.title_en) or dataset.name)
    return names


def _prefecture(wanted: str) -> str:
    """The prefecture of that name; 「京都」 will do for 京都府."""
    names = list(dict.fromkeys(place.prefecture for place in municipality.municipalities().values()))
    written = wanted.strip()
    found = next((name for name in names if written in (name, name[:-1])), None)
    if found is None:
        near = [name for name in names if written and name[0] == written[0]] or names[:3]
        raise UsageError(
            f"「{visible(wanted)}」という都道府県はありません。{'、'.join(near)} などのように書いてください。",
            f"There is no prefecture “{visible(wanted)}”. Write it like {', '.join(near)}.",
        )
    return found


def _codes(path: str) -> list[str]:
    """The codes in the file's column of codes. Raises UsageError where one is no municipality's."""
    grids = read(source.content(path)).grids
    records = list(grids[0].records()) if grids else []
    place = (
        next((n for n, label in enumerate(records[0]) if fold(label) in CODE_LABELS), None)
        if records
        else None
    )
    if place is None:
        raise UsageError(
            f"{path}: 「code」という列がありません。1行目に列の名前、その下に6桁の市区町村コードを書いてください。",
            f"{path}: there is no column “code”. Name the columns in row 1 and give six-digit codes below.",
        )
    codes = []
    for number, record in enumerate(records[1:], 2):
        written = narrow(record[place]) if place < len(record) else ""
        if not written:
            continue
        # A spreadsheet takes the zero away from 011002, and some lists leave the check digit out.
        code = written if written in municipality.municipalities() else municipality.restored(written)
        if code is None:
            raise UsageError(
                f"{path} {number}行目: 「{visible(written)}」という市区町村コードはありません。6桁のコードを書いてください。",
                f"{path}, row {number}: there is no municipality code “{visible(written)}”. Write all six digits.",
            )
        codes.append(code)
    return codes
