"""Rules that need the whole table: identifiers, keys, and whose rows these are.

They are declared here; `validate` keeps what they need while it walks the chunks.
"""

from collections.abc import Iterator

from odtool.rule import Hit, rule
from odtool.rules.file import MACHINE_READABILITY
from odtool.rules.header import NATIONAL


def _seen_by_engine() -> Iterator[Hit]:
    yield from ()


@rule(
    "table", severity="error",
    ja="必須の項目が空です。値を入れてください。",
    en="A required cell is empty. Fill it in.",
    bad="（空欄）", good="中央公民館", source=NATIONAL,
)  # fmt: skip
def required_empty() -> Iterator[Hit]:
    """必須の項目は、どの行も空欄にできません。空白だけのセルも空欄です。

    A required column is filled in every row. A cell of blanks counts as empty.
    """
    return _seen_by_engine()


@rule(
    "table", severity="error",
    ja="必須の項目なのに、{count}行すべてが空です。値を入れてください。",
    en="This required column is empty in all {count} rows. Fill it in.",
    bad="（列全体が空欄）", good="（どの行にも値がある）", source=NATIONAL,
)  # fmt: skip
def required_column_empty() -> Iterator[Hit]:
    """必須の項目は、列を置くだけでなく、どの行にも値を入れます。

    A required column is not only there, it is filled.
    """
    return _seen_by_engine()


@rule(
    "table", severity="error",
    ja="ID「{value}」が{first}行目にもあります。同じ番号を2つの行に使えません。",
    en="The ID “{value}” is also in row {first}. No two rows share an ID.",
    bad="0000000001, 0000000001", good="0000000001, 0000000002", source=NATIONAL,
)  # fmt: skip
def id_duplicate() -> Iterator[Hit]:
    """NO や ID は、同じ自治体の同じデータセットの中で一度だけ使います。

    An ID is used once among the rows of one municipality in one dataset.
    """
    return _seen_by_engine()


@rule(
    "table", severity="warning",
    ja="ID がありません（{count}行）。行を見分けられるよう、重ならない番号を付けてください。",
    en="{count} rows have no ID. Give each a number of its own.",
    bad="（空欄）", good="0000000001", source=NATIONAL,
)  # fmt: skip
def id_empty() -> Iterator[Hit]:
    """ID があると、次の公開のときに同じ行を見分けられます。

    With an ID a row can be recognised at the next publication.
    """
    return _seen_by_engine()


@rule(
    "table", severity="error",
    ja="「{value}」が{first}行目にもあります。この列に同じ値は2回使えません。",
    en="“{value}” is also in row {first}. This column holds every value once.",
    bad="A, A", good="A, B", source="https://specs.frictionlessdata.io/table-schema/#constraints",
)  # fmt: skip
def value_duplicate() -> Iterator[Hit]:
    """重複を許さないと決められた列（または列の組）には、同じ値を2回使いません。

    A column (or key of columns) declared unique holds every value once.
    """
    return _seen_by_engine()


@rule(
    "table", severity="error",
    ja="ファイル名のコードは {named}（{named_title}）ですが、中のコードは {found}（{found_title}）です。"
    "ファイル名か中身のどちらかが違う団体のものです。確かめて直してください。",
    en="The file name says {named} ({named_title}), but the rows are of {found} ({found_title}). "
    "One of the two belongs to another body.",
    bad="262129_aed.csv の中のコードが 262021", good="262129_aed.csv の中のコードが 262129", source=NATIONAL,
)  # fmt: skip
def file_name_code() -> Iterator[Hit]:
    """ファイル名のコードと、中の公開主体のコードは同じです。

    The code in the file name is that of the rows.
    """
    return _seen_by_engine()


@rule(
    "table", severity="warning",
    ja="ほかの行のコードは{main}のものですが、{found}のコード（この行の「{value}」など）が{count}行あります。"
    "別の団体の行が混ざっていないか確かめてください。",
    en="The other rows have codes of {main}, but {count} rows have codes of {found} (here {value}). Check whether rows of "
    "another body got in.",
    bad="262129, 262129, 271004", good="262129, 262129, 262129", source=NATIONAL,
)  # fmt: skip
def municipalities_mixed() -> Iterator[Hit]:
    """一つのファイルの公開主体は、同じ都道府県の団体です。

    The publishing bodies of one file are of one prefecture.
    """
    return _seen_by_engine()


@rule(
    "table", severity="hint",
    ja="{types}型の列「{label}」は、この検査では値の形を確かめていません。",
    en="The values of the column “{label}” (type {types}) are not checked.",
    bad="（geojson の列）", good="（文字列・数値・日付などの列）", source=f"{MACHINE_READABILITY} L2-01",
)  # fmt: skip
def type_unchecked() -> Iterator[Hit]:
    """確かめていない列を「問題なし」と見せないために知らせます。

    Told so that a column that was not checked never looks as if it had passed.
    """
    return _seen_by_engine()
