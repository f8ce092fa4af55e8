"""What commands share that read a municipality's own columns as the national ones, or trust a person's look."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from odtool.datasets.mapping import Columns, from_options, from_toml, together
from odtool.errors import UsageError
from odtool.rules import safety

reviewing = click.option(
    "--reviewed", metavar="RULE", multiple=True, type=click.Choice(safety.REVIEWABLE),
    help="個人情報の指摘のうち、人が確かめて問題ないとしたもの（注意に変える。何度でも） / personal-data findings that a person "
    "has looked at; they become warnings.",
)  # fmt: skip


F = TypeVar("F", bound=Callable[..., Any])
FOLDER = "mappings"


def options(command: F) -> F:
    """--map, --mapping, --mappings."""
    for option in (
        click.option("--mappings", metavar="DIR",
                     help="項目名の対応表を覚えておくフォルダー（既定は odtool.toml の隣の mappings）。見出しが同じファイルに使う "
                     "/ remembered mappings, used for files with the same header."),
        click.option("--mapping", metavar="FILE",
                     help="項目名の対応表（TOML。odtool identify --suggest で作れる） / a mapping of columns."),
        click.option("--map", "maps", metavar="LABEL=FIELD", multiple=True,
                     help="この列をこの項目として読む（例 避難所名=名称。何度でも） / read a column as a field."),
    ):  # fmt: skip
        command = option(command)
    return command


def chosen(maps: Iterable[str], mapping: str | None) -> Columns | None:
    """The mapping behind --map and --mapping; what --map says counts. Raises UsageError."""
    pairs = from_options(tuple(maps))
    if mapping:
        return together(_read(Path(mapping)), pairs)
    return pairs if pairs.columns else None


def remembered(folder: str | None, settings: str | None = None) -> tuple[Columns, ...]:
    """Every mapping in the folder, or in «mappings» beside the settings where there is one. Raises UsageError.

    Without settings that are named, the place is the current folder, where odtool.toml is looked for."""
    place = Path(folder) if folder else Path(settings).parent / FOLDER if settings else Path(FOLDER)
    if folder and not place.is_dir():
        raise UsageError(f"{folder}: フォルダーがありません。", f"{folder}: there is no such folder.")
    return tuple(_read(path) for path in sorted(place.glob("*.toml")))


def beside(schema: str | None, mapping: str | None, known: Iterable[Columns]) -> list[str]:
    """The files that are read beside the tables, none of which may be written over."""
    return [*filter(None, (schema, mapping)), *(columns.name for columns in known)]


def _read(path: Path) -> Columns:
    try:
        return from_toml(path.read_text("utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"{path}: 読めません。場所と文字コード（UTF-8）を確かめてください。",
            f"{path}: cannot be read as UTF-8 text.",
        ) from None
