"""Rules on whole records."""

from collections.abc import Iterator

from odtool.model import Finding
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


def ragged(row: int, found: int, expected: int) -> Finding:
    """What is said of a row with another number of cells than the header."""
    more = found > expected
    return row_ragged.finding(
        row=row, found=found, expected=expected,
        advice="値の中のカンマを「\"」で囲むか、余分なカンマを消してください。" if more
        else "足りないカンマを補ってください。",
        advice_en="Quote commas inside values, or remove the extra ones." if more else "Add the missing commas.",
    )  # fmt: skip


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


@rule(
    "row",
    severity="error",
    ja="データの下に注記が{count}行あります（「{text}」など）。この行はデータとして確認していません。"
    "表から消し、要る説明は備考の列か、公開ページの説明に書いてください。",
    en="Below the data stand {count} rows of notes (“{text}” …). They were not judged as data. Remove them from the "
    "table; what must be said goes to a remarks column or to the page of the dataset.",
    bad="※令和8年4月1日現在",
    good="（データの下に何もない）",
    source=f"{MACHINE_READABILITY} L1-04",
)
def footnote_below() -> Iterator[Hit]:
    """表の下に注記や出典を置くと、データの行として読まれます。

    A note or a source below the table is read as a row of data.
    """
    return _seen_by_engine()


@rule(
    "row",
    severity="error",
    ja="データの下に合計の行（「{text}」）があります。この行はデータとして確認していません。表から消してください。",
    en="Below the data stands a row of totals (“{text}”). It was not judged as data. Remove it from the table.",
    bad="合計,1250,640,610",
    good="（データの下に何もない）",
    source=f"{MACHINE_READABILITY} L1-04",
)
def total_row() -> Iterator[Hit]:
    """合計の行が混ざると、集計したときに二重に数えられます。

    A row of totals is counted twice by whoever adds up the table.
    """
    return _seen_by_engine()


@rule(
    "row",
    severity="error",
    ja="データの途中に、注記や見出しの行が{count}行あります（{rows}行目、「{text}」など）。この行はデータとして確認していません。"
    "表から消し、要る説明は備考の列に書いてください。",
    en="Among the data stand rows of notes or headings ({count}: row {rows}, “{text}” …). They were not judged as data. "
    "Remove them; what must be said goes to a remarks column.",
    bad="【北区】（ほかの列はすべて空）",
    good="（どの行もデータ。区の名前は列に書く）",
    source=f"{MACHINE_READABILITY} L1-04",
)
def note_among() -> Iterator[Hit]:
    """データの行の間に、注記や「【北区】」のような見出しの行を置きません。区分けは列に書きます。

    No rows of notes or headings stand among the rows of data; what they say belongs in a column.
    """
    return _seen_by_engine()


@rule(
    "row",
    severity="error",
    ja="データの途中に、小計や合計の行が{count}行あります（{rows}行目、「{text}」など）。この行はデータとして確認していません。"
    "表から消してください。",
    en="Among the data stand rows of totals ({count}: row {rows}, “{text}” …). They were not judged as data. Remove them.",
    bad=",小計,,1250,640,610",
    good="（どの行もデータ）",
    source=f"{MACHINE_READABILITY} L1-04",
)
def total_among() -> Iterator[Hit]:
    """小計や合計の行が途中に混ざると、集計したときに二重に数えられます。

    Rows of totals among the data are counted twice by whoever adds up the table.
    """
    return _seen_by_engine()


@rule(
    "row",
    severity="error",
    ja="データの途中に、項目名の行がもう一度あります（{count}行: {rows}行目）。この行はデータとして確認していません。消してください。",
    en="The header stands again among the data ({count} times: row {rows}). That is not judged as data. Remove it.",
    bad="名称,住所（2つ目）",
    good="（項目名は1行だけ）",
    source=f"{MACHINE_READABILITY} L1-02",
    mends=mends.HEADER_REPEATED,
)
def header_repeated() -> Iterator[Hit]:
    """項目名の行は、表の初めに1つだけ置きます。印刷のために途中で繰り返すと、データの行として読まれます。

    There is one header, above the data. Repeated for print, it is read as a row of data.
    """
    return _seen_by_engine()
