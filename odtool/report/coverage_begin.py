"""Where a body begins that has published little: of what is missing, what most others of its prefecture have.

To say «consider publishing it» of thirty datasets helps nobody to choose one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from odtool.coverage.cell import Cell
from odtool.coverage.matrix import Coverage, Row
from odtool.datasets import catalog
from odtool.page import choose

FIRST = 5
"""Datasets that are named to begin with, where more are missing."""

Popular = Mapping[str, Mapping[int, int]]
"""By prefecture (and all of them, under ""): the place of a dataset → the municipalities that publish it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A line for what was never published: one dataset, or what is left of them. All in the reader's language."""

    name: str
    why: str
    step: str


def popular(shown: Coverage) -> Popular:
    """How many of the municipalities that are shown publish each dataset."""
    found: dict[str, Counter[int]] = defaultdict(Counter)
    for row in shown.rows:
        there = [place for place, cell in enumerate(row.cells) if cell.is_published]
        for key in {row.prefecture, ""}:
            found[key].update(there)
    return found


def is_missing(cell: Cell) -> bool:
    """Whether nothing at all is known of it, so that all there is to say is to consider publishing it."""
    return cell.state == "none" and not any(cell.hint) and not cell.until


def missing(row: Row, shown: Coverage, others: Popular, lang: str) -> Iterator[Missing]:
    """What that body has never published, in the order in which it may begin: a line each for the first, one for the
    rest. Where nobody has anything there is no order, and none is made up."""
    near = bool(others.get(row.prefecture))
    counts = others.get(row.prefecture if near else "", {})
    where = _where(row.prefecture if near else "", shown.area, lang)
    places = [place for place, cell in enumerate(row.cells) if is_missing(cell)]
    places.sort(key=lambda place: -counts.get(place, 0))
    few = len(places) <= FIRST + 1
    first = places if few else [place for place in places[:FIRST] if counts.get(place)]
    for place in first:
        lead = len(first) > 1 and place == first[0]
        yield _one(place, row, shown, lang, where=where, count=counts.get(place, 0), lead=lead)
    rest = places[len(first) :]
    if not rest:
        return
    names = choose(lang, "、", ", ").join(shown.columns[place].name for place in rest)
    if first:
        yield Missing(
            choose(lang, "ほか {n:,} データセット", "{n:,} more datasets", n=len(rest)),
            names,
            choose(lang, "上のデータの次に検討してください", "Consider these next"),
        )
        return
    yield Missing(
        choose(lang, "{n:,} データセット", "{n:,} datasets", n=len(rest)),
        names,
        choose(lang, "手元にデータがあるものを一つ選び、そこから始めてください（ひな形は odtool template で作れます）", "Choose one of which there are data, and begin with it (odtool template makes a form)"),
    )  # fmt: skip


def _where(prefecture: str, area: str, lang: str) -> str:
    """Whose municipalities were counted; «as shown» where these may not be all of the prefecture."""
    if area or not prefecture:
        return area or choose(lang, "この表", "this table")
    return choose(lang, "この表の{name}", "{name} as shown here", name=prefecture)


def _one(place: int, row: Row, shown: Coverage, lang: str, *, where: str, count: int, lead: bool) -> Missing:
    column = shown.columns[place]
    said = choose(lang, "{where}の {n:,} 市区町村が公開しています", "{n:,} municipality of {where} publishes it", "{n:,} municipalities of {where} publish it", where=where, n=count) if count else ""  # fmt: skip
    begin = choose(lang, "まずここから。", "Begin here. ") if lead else ""
    form = _ids().get(column.slug)
    if form is None:
        return Missing(column.name, said, begin + choose(lang, "データがあれば公開を検討してください", "If there are data, consider publishing them"))  # fmt: skip
    body = f" --municipality {row.code}" if row.code.isdigit() else ""
    command = f"odtool template {form}{body} -o {column.slug}.xlsx"
    return Missing(column.name, said, begin + choose(lang, "データがあれば公開を。ひな形：{command}", "If there are data, publish them. A form: {command}", command=command))  # fmt: skip


@cache
def _ids() -> dict[str, str]:
    """The id of each dataset's definition by its slug; that of the newer edition where both have it."""
    found = sorted(catalog.datasets().values(), key=lambda dataset: dataset.edition == "standard")
    return {dataset.slug: dataset.id for dataset in found}
