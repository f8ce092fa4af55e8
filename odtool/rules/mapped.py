"""What is told where a table was judged through a mapping of its columns; found by `odtool.datasets.mapping`."""

from collections.abc import Iterator

from odtool.rule import Hit, rule


@rule(
    "file", severity="hint",
    ja="対応表（{name}）を使い、{count}列を読み替えて確認しました（{shown}）。公開するときは国の項目名で書き出します。",
    en="Judged through a mapping ({name}) of {count} columns ({shown}). It is published under the national names.",
    bad="避難所名,場所", good="名称,住所", source="推奨データセット／自治体標準オープンデータセットの項目定義",
)  # fmt: skip
def mapping_used() -> Iterator[Hit]:
    """自治体独自の列を国の項目に読み替えたときは、そのことを知らせます。

    Where a municipality's own columns were read as national ones, this is told.
    """
    yield from ()
