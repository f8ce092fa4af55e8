"""odtool identify --suggest: a mapping of a file's columns, to be looked through by a person."""

import csv
from collections.abc import Sequence
from pathlib import Path, PurePath

import click

from odtool import source
from odtool.cli import options, outputs
from odtool.datasets import catalog
from odtool.datasets.mapping import to_toml
from odtool.datasets.suggest import SURE, Suggestion, suggest
from odtool.errors import UsageError
from odtool.judging import check
from odtool.judging.read import overlong
from odtool.messages import message
from odtool.municipality import municipalities
from odtool.rules.file import named_code
from odtool.text import pad, visible, width


def run(files: Sequence[str], dataset: str | None, output: str | None, lang: str) -> int:
    """Propose for each file; the exit code. Several files need a folder to write to; of those whose mappings would be
    called alike, a number is added."""
    folder = output is not None and not output.endswith(".toml")
    if output and len(files) > 1 and not folder:
        raise UsageError(
            "ファイルが複数あるときは、-o にフォルダーを指定してください。",
            "For several files, give -o a folder.",
        )
    wanted = (catalog.dataset(dataset),) if dataset else tuple(catalog.datasets().values())
    code = 0
    taken: set[str] = set()
    for path in files:
        name = PurePath(path.replace("\\", "/")).name
        try:
            data = source.content(path)
        except UsageError as error:
            code = max(code, options.told(error, lang))
            continue
        seen = check.recognise(data, name)
        table, faults = seen.table, seen.faults
        place = named_code(name)
        found = None
        try:
            if table:
                found = suggest(table, wanted, name, place if place in municipalities() else None)
        except csv.Error:  # a cell without end, below the header
            table, faults = None, (overlong(data),)
        if table is None or found is None:
            said = "no column has a counterpart" if lang == "en" else "対応する列が見つかりません"
            for line in [message(fault, lang) for fault in faults] if table is None else [said]:
                click.echo(f"{visible(path, 500)}: {line}", err=True)
            code = max(code, 1)
            continue
        click.echo(_shown(path, found, lang), err=output is None)
        text = to_toml(found.columns, found.scores)
        if output is None:
            options.write(text, None)
            continue
        target = output
        if folder:
            stem, n = f"{place or PurePath(name).stem}_{found.dataset.slug}", 1
            target = str(Path(output) / f"{stem}.toml")
            while target.casefold() in taken:
                n += 1
                target = str(Path(output) / f"{stem}-{n}.toml")
            taken.add(target.casefold())
        outputs.refuse_input(target, files)
        outputs.write_whole(text.encode("utf-8", "replace"), target, folder=True)
        click.echo(f"  → {target}")
    return code


def _shown(path: str, found: Suggestion, lang: str) -> str:
    """The pairs with their scores, the columns left over, the fields that stay empty."""
    english = lang == "en"
    columns = [visible(pair.label, 30) for pair in found.pairs]
    widest = max(map(width, columns))
    lines = [f"{visible(path)}: {found.dataset.name} ({found.dataset.id})"]
    for pair, label in zip(found.pairs, columns, strict=True):
        doubt = "" if pair.score >= SURE else ("  ← check" if english else "  ← 確かめてください")
        lines.append(f"  {pad(label, widest)} → {pair.field}  {pair.score:.2f}{doubt}")
    lines += [f"  {name} = {value}" for name, value in found.columns.fixed.items()]
    if found.left:
        said = "no field for: " if english else "対応する項目のない列: "
        lines.append("  " + said + "、".join(visible(label, 20) for label in found.left))
    taken = {pair.field for pair in found.pairs} | found.columns.fixed.keys()
    needed = [f.name for f in found.dataset.fields if f.required and f.name not in taken]
    if needed:
        lines.append(
            "  " + ("required, but missing: " if english else "必須なのにない項目: ") + "、".join(needed)
        )
    return "\n".join(lines)
