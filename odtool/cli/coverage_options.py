"""What the commands of coverage share: which files they read, and whose rows they show."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from odtool import former, municipality, source
from odtool.coverage.observed import DEFAULT, VARIABLE
from odtool.errors import UsageError
from odtool.judging.read import read
from odtool.text import fold, narrow, visible

F = TypeVar("F", bound=Callable[..., Any])

CODE_LABELS = frozenset(
    map(fold, ("code", "コード", "団体コード", "全国地方公共団体コード", "都道府県コード又は市区町村コード"))
)


def ledger(command: F) -> F:
    return click.option(
        "--ledger",
        metavar="FILE",
        default="odtool-ledger.sqlite",
        envvar="ODTOOL_LEDGER",
        show_default=True,
        help="確認と公開の記録（環境変数 ODTOOL_LEDGER） / the ledger.",
    )(command)


def store(command: F) -> F:
    return click.option(
        "--store",
        metavar="FILE",
        default=DEFAULT,
        envvar=VARIABLE,
        show_default=True,
        help=f"ポータルを見た記録（環境変数 {VARIABLE}） / what was seen on portals.",
    )(command)


def whose(command: F) -> F:
    """--prefecture and --municipalities."""
    for option in (
        click.option(
            "--municipalities",
            metavar="FILE",
            help="表示する市区町村の表（「code」の列がある CSV） / CSV with a column “code”.",
        ),
        click.option(
            "--prefecture",
            metavar="NAME",
            help="この都道府県の全市区町村（例 京都府） / all municipalities of it.",
        ),
    ):
        command = option(command)
    return command


def there(ctx: click.Context, *names: str) -> list[str | None]:
    """The files of these parameters; None for one that nobody named and that is not there. Where none of them is, the
    first is looked for all the same, and missed in its own words."""
    found = [_there(ctx, name) for name in names]
    return found if any(found) else [str(ctx.params[names[0]]), *found[1:]]


def _there(ctx: click.Context, name: str) -> str | None:
    path = str(ctx.params[name])
    named = ctx.get_parameter_source(name) not in (ParameterSource.DEFAULT, None)
    return path if named or Path(path).is_file() else None


def rows(wanted: str | None, listed: str | None) -> tuple[str, list[str] | None]:
    """The prefecture, "" where none was asked for, and the codes of the list. Raises UsageError where both were."""
    if wanted is not None and listed is not None:
        raise UsageError(
            "--prefecture と --municipalities はどちらか一つだけ指定してください。",
            "Give either --prefecture or --municipalities.",
        )
    return (prefecture(wanted) if wanted is not None else ""), (codes(listed) if listed is not None else None)


def prefecture(wanted: str) -> str:
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


def codes(path: str) -> list[str]:
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
    found: list[str] = []
    for number, record in enumerate(records[1:], 2):
        written = narrow(record[place]) if place < len(record) else ""
        if not written:
            continue
        # A spreadsheet takes the zero away from 011002, and some lists leave the check digit out.
        code = written if written in municipality.municipalities() else municipality.restored(written)
        if code is None:
            ja, en = former.refused(written)
            raise UsageError(f"{path} {number}行目: {ja}", f"{path}, row {number}: {en}")
        found.append(code)
    return found
