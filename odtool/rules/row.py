"""Rules on whole records."""

from collections.abc import Iterator

from odtool.rule import Hit, rule
from odtool.rules import mends
from odtool.rules.file import MACHINE_READABILITY


def _seen_by_engine() -> Iterator[Hit]:
    """The engine meets these while it walks the records."""
    yield from ()


@rule(
    "row",
    severity="error",
    ja="セルの数が{found}個です。項目名は{expected}個なので、{advice}",
    en="This row has {found} cells, the header {expected}. {advice_en}",
    bad="中央公民館,京都市,中京区（項目名は2個）",
    good='中央公民館,"京都市,中京区"',
    source=f"{MACHINE_READABILITY} L1-15",
    mends=mends.TRAILING_CELLS,
)
def row_ragged() -> Iterator[Hit]:
    """どの行も、項目名と同じ数のセルを持ちます。

    Every row has as many cells as the header.
    """
    return _seen_by_engine()


@rule(
    "row",
    severity="warning",
    ja="空の行が{count}行あります（{rows}行目）。行ごと削除してください。",
    en="{count} empty rows (row {rows}). Delete them.",
    bad=",,,,",
    good="（空の行がない）",
    source=f"{MACHINE_READABILITY} L1-03",
    mends=mends.BLANK_ROWS,
)
def row_blank() -> Iterator[Hit]:
    """データの途中や終わりに空の行を置きません。

    There are no empty rows among or after the data.
    """
    return _seen_by_engine()
