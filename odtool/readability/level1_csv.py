"""Level 1, last part: the rules on the records of a CSV (L1-14 and L1-15)."""

from collections.abc import Iterator, Sequence

from odtool.readability.criterion import criterion, found_by_ordinary
from odtool.readability.facts import Facts, Sheet
from odtool.readability.model import Place, Words
from odtool.readability.places import header_cell, of_findings, rows
from odtool.text import column_letter


@criterion(
    "L1-14", "【CSV】１行１データで表現されているか", "[CSV] Is every record on one line?", weight="fatal", scope="csv",
    advice="セルの中の改行を消し、一つのデータを一行に書いてください。",
    advice_en="Remove the line breaks inside cells, so that every record is one line.",
    bad='1,"中央公民館⏎（1階）",京都市', good="1,中央公民館（1階）,京都市",
)  # fmt: skip
def one_line_per_record(facts: Facts) -> Iterator[Place]:
    """データの中に改行があれば、二重引用符で囲まれていても満たしません（規則の本文「１つのデータは必ず１行で完結させる」）。
    引用符のない改行で一つのデータが2行以上に割れた行も、ここで知らせます。

    Not met where a record holds a line break, also inside quotes (the rule's text: one record ends on one
    line). Records that an unquoted line break tore apart are told here too.
    """
    yield from found_by_ordinary("L1-14", facts)
    for sheet in facts.tables:
        for first, last in torn(sheet):
            yield Place(
                Words("引用符のない改行で、一つのデータが複数の行に割れています。",
                      "An unquoted line break tore one record into several rows."),
                rows(range(first, last + 1)), sheet.name,
            )  # fmt: skip
        broken = [column for column in sheet.columns if "\n" in column.label or "\r" in column.label]
        if broken:
            yield Place(
                Words("項目名の中で改行しています。", "There are line breaks in the header."),
                tuple(cell for column in broken for cell in header_cell(sheet, column)), sheet.name, len(broken), broken[0].label,
            )  # fmt: skip


def torn(sheet: Sheet) -> list[tuple[int, int]]:
    """First and last row of each record that line breaks have torn: together the pieces have just as many
    cells as the header."""
    assert sheet.layout
    assert sheet.table
    width, found, data = len(sheet.table.labels), [], sheet.layout.data_rows
    at = 0
    while at < len(data):
        end = _piece(sheet.rows, data, at, width)
        if end > at:
            found.append((data[at], data[end]))
        at = end + 1
    return found


def _piece(records: Sequence[Sequence[str]], data: Sequence[int], at: int, width: int) -> int:
    """The last of the rows that together make one record; `at` itself where it is whole or not to be mended."""
    total = len(records[data[at] - 1])
    if total > width:
        return at
    for end in range(at + 1, min(at + 12, len(data))):
        more = len(records[data[end] - 1])
        if more >= width or data[end] != data[end - 1] + 1:
            return at
        total += more - 1
        if total == width and (end + 1 >= len(data) or len(records[data[end + 1] - 1]) != 1):
            return end
        if total > width:
            return at
    return at


@criterion(
    "L1-15", "【CSV】文字列にカンマが含まれているフィールドの値はダブルコーテーション（“）で囲んでいるか",
    "[CSV] Are values with commas quoted?", weight="fatal", scope="csv",
    advice='カンマを含む値を「"」で囲み、どの行も項目名と同じ数のセルにしてください。',
    advice_en="Quote values that hold commas, so that every row has as many cells as the header.",
    bad="中央公民館,京都市,中京区（項目名は2個）", good='中央公民館,"京都市,中京区"',
)  # fmt: skip
def commas_are_quoted(facts: Facts) -> Iterator[Place]:
    """セルの数が項目名の数と違う行、閉じられていない引用符、囲まれていない値の中の引用符があれば満たしません。
    空の行（L1-03）、表の上や下の文字（L1-04）、改行で割れた行（L1-14）は数えません。

    Not met where a row has another number of cells than the header, a quote is never closed, or one stands
    inside an unquoted value. Empty rows (L1-03), text above or below (L1-04) and torn records (L1-14) do
    not count.
    """
    for sheet in facts.tables:
        pieces = {row for first, last in torn(sheet) for row in range(first, last + 1)}
        ragged = [f for f in sheet.findings if f.rule == "row-ragged" and f.row not in pieces]
        unclosed = [f for f in sheet.findings if f.rule == "quote-unclosed"]
        yield from of_findings(sheet, ragged + unclosed)
        if facts.stray_quotes and not unclosed:
            yield Place(
                Words('囲まれていない値の中に「"」があります。値全体を「"」で囲み、中の「"」は「""」と書いてください。',
                      "There is a double quote inside an unquoted value. Quote the whole value and double the quote inside."),
                tuple(f"{column_letter(c)}{r}" for r, c in facts.stray_quotes), sheet.name, len(facts.stray_quotes),
            )  # fmt: skip
