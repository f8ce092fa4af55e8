"""odtool inspect"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from odtool.assets import bundle, names
from odtool.assets.inspect import inspect as look
from odtool.assets.inspect import work
from odtool.assets.model import Asset, Bundle
from odtool.assets.source import Progress
from odtool.cli import options, outputs
from odtool.errors import UsageError
from odtool.text import visible

_LARGE = 50_000_000  # bytes from which waiting is worth a bar


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATHS...")
@click.option("--json", "as_json", is_flag=True, help="JSON で出す / as JSON.")
@click.option("-o", "--output", metavar="FILE", help="ファイルに書く / write to this file.")
@options.lang
def inspect(*, paths: tuple[str, ...], as_json: bool, output: str | None, lang: str) -> int:
    """表でないファイル（点群、画像、地図、zip、GTFS、PDF など）を調べます。

    Looks at files that are no tables: point clouds, rasters, vector data, archives, timetables, documents.

    \b
    フォルダーに dataset.toml か datapackage.json があれば、1つのデータセットとして調べます。
    A folder with a dataset.toml or datapackage.json is looked at as one dataset.
    """
    folders, files, missing = _sorted_out(paths, lang)
    total = sum(found.work for found in folders) + sum(map(work, files))
    bundles: list[Bundle] = []
    assets: list[Asset] = []
    with _bar(total, lang) as progress:
        for found in folders:
            try:
                bundles.append(bundle.read(found, progress=progress))
            except UsageError as error:
                missing = _told(error, lang)
        for path, name in files.items():
            try:
                assets.append(look(path, file_name=name, progress=progress))
            except UsageError as error:
                missing = _told(error, lang)
    if output:
        read = [*files, *(asset.path for made in bundles for asset in made.assets)]
        outputs.refuse_input(output, read)
    if bundles or assets:
        options.write(_shown(bundles, assets, as_json, output, lang), output)
    wrong = any(made.count("error") for made in bundles) or any(asset.count("error") for asset in assets)
    return 2 if missing else int(wrong)


def _sorted_out(paths: tuple[str, ...], lang: str) -> tuple[list[bundle.Contents], dict[str, str], bool]:
    """Folders with a descriptor; all other files, with their names for a portal; whether something was not to be
    had."""
    folders: list[bundle.Contents] = []
    files: dict[str, str] = {}
    missing = False
    for path in paths:
        if not path or not _is_folder(path):
            files.setdefault(path, names.ascii_name(Path(path).name))
            continue
        try:
            if bundle.descriptor_in(path):
                folders.append(bundle.contents(path))
                continue
        except UsageError as error:
            missing = _told(error, lang)
            continue
        inside = sorted(str(p) for p in Path(path).rglob("*") if not p.name.startswith(".") and p.is_file())
        if not inside:
            named = visible(path, 500)
            click.echo(
                f"{named}: no files in it."
                if lang == "en"
                else f"{named}: ファイルがありません。場所を確かめてください。",
                err=True,
            )
            missing = True
        files |= {name: names.ascii_name(Path(name).relative_to(path).as_posix()) for name in inside}
    return folders, files, missing


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):  # `inspect` says what is wrong with it
        return False


def _told(error: UsageError, lang: str) -> bool:
    click.echo(error.text(lang), err=True)
    return True


@contextmanager
def _bar(total: int, lang: str) -> Iterator[Progress | None]:
    """A bar on a terminal, where there is much to read."""
    if not sys.stderr.isatty() or total < _LARGE:
        yield None
        return
    label = "reading" if lang == "en" else "読んでいます"
    with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
        yield bar.update


def _shown(bundles: list[Bundle], assets: list[Asset], as_json: bool, output: str | None, lang: str) -> str:
    if as_json:
        from odtool.report.assets_json import as_json as made

        return json.dumps(made(bundles, assets, lang), ensure_ascii=False, indent=1) + "\n"
    from odtool.report.assets_text import as_text

    colour = output is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return "\n".join(as_text(bundles, assets, lang, colour)) + "\n"
