"""Level 1, first part: the rules on the file and on where its table is (L1-01 to L1-05)."""

import re
from collections.abc import Iterator

from odtool.messages import said
from odtool.readability.criterion import UNREAD, criterion
from odtool.readability.facts import Facts, Sheet
from odtool.readability.layout import Outside
from odtool.readability.model import Place, Undecided, Words
from odtool.readability.places import (
    area,
    columns,
    header_cell,
    header_row,
    listed,
    of_findings,
    rows,
)
from odtool.readability.values import is_plain, is_year, number_like
from odtool.text import column_letter, fold, is_blank, visible

_KINDS = {"title": ("表題など表の上の文字", "text above the table"), "note": ("注記・出典など", "a note or source"),
          "total": ("合計の行", "a row of totals"), "beside": ("表の横の文字", "text beside the table")}  # fmt: skip


@criterion(
    "L1-01", "ファイル形式は機械が直接読み取れるExcelやCSV等となっているか",
    "Is the file in a format that machines read directly, such as Excel or CSV?",
    weight="fatal", scope="file",
    advice="元の表を CSV か Excel ブック（xlsx）で保存し、それを公開してください。",
    advice_en="Save the original table as CSV or xlsx and publish that.",
    bad="一覧.pdf", good="一覧.csv",
)  # fmt: skip
def file_format(facts: Facts) -> Iterator[Place]:
    """ファイルの中身が CSV・TSV・Excel（xlsx）・ODS・JSON・XML なら満たします。名前ではなく中身で見分けます。
    PDF、Word、画像、古い Excel（xls）などは満たしません。

    Met where the content is CSV, TSV, xlsx, ODS, JSON or XML, whatever the name. PDF, Word, pictures, old
    Excel (xls) and the like do not meet it.
    """
    if facts.kind in UNREAD or facts.tables:
        return
    for finding in facts.refused:
        words = Words(said(finding, "ja"), said(finding, "en"))
        yield Place(words) if finding.rule == "file-format" else Undecided(words)


@criterion(
    "L1-02", "１シート（ファイル）に複数の表が掲載されていないか", "Is there only one table on a sheet (in a file)?",
    weight="fatal",
    advice="2つ目以降の表を、別のシートか別のファイルに移してください。",
    advice_en="Move every further table to a sheet or file of its own.",
    bad="A1:C9 に人口の表、A12:C20 に世帯数の表", good="人口.csv と 世帯数.csv",
)  # fmt: skip
def one_table(facts: Facts) -> Iterator[Place]:
    """空の行や列の後に、項目名がもう一度現れるか、数値の列の上に新しい項目名の行があれば、別の表とみなして満たしません。
    空の行があるだけなら L1-03 です。シートが複数あることは参考として知らせます。

    Not met where names occur again after an empty row or column, or new names stand above numbers. A mere
    gap belongs to L1-03. Several sheets are a note.
    """
    for sheet in facts.tables:
        assert sheet.layout
        for other in sheet.layout.others:
            name = visible(sheet.rows[other[0] - 1][other[1] - 1], 30) if sheet.rows[other[0] - 1][other[1] - 1:] else ""  # fmt: skip
            yield Place(
                Words(f"もう一つの表があります（「{name}」から）。この検査はこの表の中身を見ていません。",
                      f"There is another table (from “{name}”). Its contents were not looked at."),
                (area(*other),), sheet.name,
            )  # fmt: skip
    if len(facts.tables) > 1:
        names = listed(sheet.name or "" for sheet in facts.tables)
        yield Place(
            Words(f"表のあるシートが{len(facts.tables)}枚あります（{names.ja}）。シートごとに確かめました。",
                  f"{len(facts.tables)} sheets hold tables ({names.en}); each was judged."), note=True,
        )  # fmt: skip


@criterion(
    "L1-03", "データが分断されていないか", "Is the data in one piece?", weight="critical",
    advice="空の行と列を、行ごと・列ごと削除してください。", advice_en="Delete the empty rows and columns.",
    bad="名称,住所⏎,⏎中央公民館,京都市", good="名称,住所⏎中央公民館,京都市",
)  # fmt: skip
def in_one_piece(facts: Facts) -> Iterator[Place]:
    """表の上、途中、下（CSV の末尾を含む）に空の行があるか、途中や右端に名前もデータもない列があれば、満たしません。

    Not met where a wholly empty row stands above, inside or below the table (also at the end of a CSV), or
    a column without name and data inside it or at its right.
    """
    for sheet in facts.tables:
        assert sheet.layout
        blank = sheet.layout.blank_rows
        if blank:
            yield Place(
                Words("空の行があります。", "There are empty rows."), rows(blank), sheet.name, len(blank)
            )
        found = tuple(finding for finding in sheet.findings if finding.rule == "column-blank")
        if sheet.layout.blank_columns:
            blank = sheet.layout.blank_columns
            yield Place(
                Words("名前もデータもない列があります。", "There are columns without name and data."),
                columns(blank), sheet.name, len(blank),
            )  # fmt: skip
        else:
            yield from of_findings(sheet, found)


@criterion(
    "L1-04", "データ本体と無関係な情報がないか", "Is the sheet free of anything but the data?", weight="major",
    advice="表の外の文字を消し、必要な情報（表題・出典・注記・更新日）はデータセットの説明（メタデータ）に書いてください。",
    advice_en="Delete what stands outside the table; titles, sources, notes and dates belong in the dataset's metadata.",
    bad="A1 に「AED設置箇所一覧（令和8年4月1日現在）」", good="1行目から項目名",
)  # fmt: skip
def only_data(facts: Facts) -> Iterator[Place]:
    """表の範囲の外に文字（表題、注記、出典、合計の行、横の書き込み）があれば満たしません。

    Not met where anything stands outside the table: a title, note, source, row of totals or remark beside it.
    """
    for sheet in facts.tables:
        assert sheet.layout
        groups: dict[str, list[Outside]] = {}
        for cell in sheet.layout.outside:
            groups.setdefault(cell.kind, []).append(cell)
        for kind, found in groups.items():
            ja, en = _KINDS[kind]
            first = visible(found[0].text, 40)
            yield Place(
                Words(f"{ja}があります（「{first}」{'など' if len(found) > 1 else ''}）。",
                      f"There is {en} (“{first}”{' …' if len(found) > 1 else ''})."),
                tuple(f"{column_letter(cell.column)}{cell.row}" for cell in found), sheet.name, len(found), found[0].text,
            )  # fmt: skip


_CODE_LIKE = re.compile(
    r"(?:F|V|X|C|COL|COLUMN|FIELD|VAR|ITEM|列|項目|フィールド|UNNAMED:?|データ)[ _＿]?[0-9]{1,4}|[A-Z]{1,2}|[?？*＊.・-]+|[0-9]{1,4}", re.IGNORECASE
)  # fmt: skip


@criterion(
    "L1-05", "すべての列に意味が推測できる項目名が存在するか", "Does every column have a name that tells its meaning?",
    weight="critical",
    advice="列の内容が分かる項目名を書いてください。", advice_en="Give the column a name that tells what it holds.",
    bad="名称,,列3", good="名称,名称_カナ,住所",
)  # fmt: skip
def named_columns(facts: Facts) -> Iterator[Place]:
    """データのある列に名前がないか、名前が「列1」「F1」「001」のような記号だけなら満たしません。定義のある列と、年（2020 など）は除きます。

    Not met where a column with data has no name, or only a sign like 列1, F1 or 001. Columns of a national
    definition and years are excepted.
    """
    for sheet in facts.tables:
        merged = _merged_header_columns(sheet)
        unnamed = [f for f in sheet.findings if f.rule == "column-unnamed" and f.column not in merged]
        yield from of_findings(sheet, unnamed)
        signs = [
            column for column in sheet.columns
            if column.filled and not column.national and not is_year(column.label)
            and _CODE_LIKE.fullmatch(column.label.strip()) and fold(column.label) not in _REAL_NAMES
        ]  # fmt: skip
        for column in signs:
            yield Place(
                Words(f"項目名「{visible(column.label)}」からは内容が分かりません。",
                      f"The name “{visible(column.label)}” does not tell what the column holds."),
                header_cell(sheet, column), sheet.name, 1, column.label,
            )  # fmt: skip
        looks_like_data = [
            c for c in sheet.columns
            if not is_blank(c.label) and number_like(c.label) and not is_year(c.label) and not is_plain(c.label)
        ]  # fmt: skip
        if len(looks_like_data) > len(sheet.columns) / 2:
            yield Place(
                Words("項目名の行がなく、データから始まっているようです。",
                      "There seems to be no row of names; the file begins with data."),
                rows([header_row(sheet)]), sheet.name,
            )  # fmt: skip


_REAL_NAMES = frozenset({"id", "no", "x", "y"})


def _merged_header_columns(sheet: Sheet) -> set[int]:
    """Columns whose name stands in a cell merged over them."""
    assert sheet.layout
    first, last = sheet.layout.header
    merges = sheet.book.merges if sheet.book else ()
    return {c for top, left, bottom, right in merges if top <= last and bottom >= first for c in range(left + 1, min(right, left + 999) + 1)}  # fmt: skip
