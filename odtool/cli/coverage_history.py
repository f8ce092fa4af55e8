"""odtool coverage history"""

import json
from collections.abc import Sequence

import click

from odtool import clock, former
from odtool.cli import coverage_options, options
from odtool.coverage import overview as drawing
from odtool.coverage.trend import STATES, thinned
from odtool.errors import UsageError
from odtool.report.coverage_words import FIVE, MARKS
from odtool.text import pad, width, wrapped

_AS_SHOWN = {"valid": "published", "improve": "published-warnings", "invalid": "published-errors", "stale": "stale", "not-seen": "not-seen"}  # fmt: skip
LEDGER = (
    "* は、ポータルを読み取る前の日です。台帳（odtool での公開）だけの数なので、その後の数とそのままは比べられません。",
    "* The portals were not read yet: only the ledger tells of those days, so they do not compare with those after.",
)


@click.command()
@coverage_options.ledger
@coverage_options.store
@click.option("--prefecture", metavar="NAME", help="この都道府県の全市区町村（例 京都府） / all municipalities of it.")  # fmt: skip
@click.option("--municipality", metavar="CODE", default="", help="この団体のデータが変わった日 / when this body's data changed.")  # fmt: skip
@click.option("--days", is_flag=True, help="月末だけでなく、見た日すべて / every day, not only the last of each month.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="表示の形 / form.")  # fmt: skip
@options.lang
@click.pass_context
def history(
    ctx: click.Context,
    *,
    ledger: str,  # noqa: ARG001 - read by `there`
    store: str,  # noqa: ARG001 - ditto
    prefecture: str | None,
    municipality: str,
    days: bool,
    form: str,
    lang: str,
) -> int:
    """公開の状況がどう変わってきたかを表示します。日ごとの記録は coverage collect のたびに残り、それより前は台帳から分かります。

    Show how things came along. Collecting leaves a record for every day on which it ran; of the time before the ledger
    tells.
    """
    seen, told = coverage_options.there(ctx, "store", "ledger")
    if municipality:
        if prefecture is not None:
            raise UsageError(
                "--prefecture と --municipality はどちらか一つだけ指定してください。",
                "Give either --prefecture or --municipality.",
            )
        return _changes(told, seen, municipality, form, lang)
    area, _ = coverage_options.rows(prefecture, None)
    shown = drawing.overview(today=clock.today(), ledger=told, store=seen, area=area, lang=lang)
    points = list(shown.points) if days else thinned(shown.points)
    if form == "json":
        found = [{"day": p.day, "started": p.started, "cells": p.cells, "datasets": p.datasets, "files": p.files, "own": p.own, "told_by": "ledger" if p.ledger else "all"} for p in points]  # fmt: skip
        options.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n", None)
        return 0
    english = lang == "en"
    marks = [MARKS[_AS_SHOWN[state]] for state in STATES]
    heads = ("day", "begun", "publ.", *marks, "sets", "files") if english else ("日", "取組済", "公開", *marks, "データ", "ファイル")  # fmt: skip
    widths = (11, *(max(6, width(head)) for head in heads[1:]))
    click.echo(_line(heads, widths))
    for point in points:
        numbers = (point.started, point.published, *(point.cells.get(state, 0) for state in STATES), point.datasets, point.files)  # fmt: skip
        day = f"{point.day}*" if point.ledger else point.day
        click.echo(_line((day, *(f"{number:,}" for number in numbers)), widths))
    key = "  ".join(f"{mark} {FIVE[state][english]}" for mark, state in zip(marks, STATES, strict=True))
    click.echo("\n".join(wrapped("", key, 80)))
    if any(point.ledger for point in points):
        click.echo("\n".join(wrapped("", LEDGER[english], 80)))
    return 0


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    """The first to the left, numbers to the right; with all of them it fits 80 columns."""
    first, *rest = zip(texts, widths, strict=True)
    return " ".join([pad(*first), *(" " * (columns - width(text)) + text for text, columns in rest)])


def _changes(ledger: str | None, store: str | None, code: str, form: str, lang: str) -> int:
    former.require(code)
    found = drawing.changes(ledger, store, code)
    if form == "json":
        listed = [{"day": entry.day, "dataset": entry.slug, "status": entry.state} for entry in found]
        options.write(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", None)
        return 0
    named = drawing.names(lang)
    if not found:
        click.echo(
            "Nothing was noted of it yet." if lang == "en" else "この団体についての記録はまだありません。"
        )
    for entry in found:
        click.echo(
            f"{entry.day}  {pad(FIVE[entry.state][lang == 'en'], 22)}  {named.get(entry.slug, entry.slug)}"
        )
    return 0
