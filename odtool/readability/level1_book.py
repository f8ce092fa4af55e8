"""Level 1, third part: the rules on what a workbook holds beside values (L1-10 to L1-13)."""

from collections import Counter
from collections.abc import Iterator

from odtool.messages import said
from odtool.readability.book import PLAIN, BookSheet, Look
from odtool.readability.criterion import criterion
from odtool.readability.facts import Column, Facts, Sheet
from odtool.readability.layout import Layout
from odtool.readability.model import Place, Words
from odtool.readability.places import area, cells, columns, rows
from odtool.text import column_letter, visible


@criterion(
    "L1-10", "【Excel】オブジェクトを使用していないか", "[Excel] Is the table free of objects?", weight="critical",
    scope="book",
    advice="図形やテキストボックスの内容をセルに書き、図形を消してください。",
    advice_en="Write what the objects tell into cells and delete them.",
    bad="B3 の上のテキストボックス「休止中」", good="「状態」の列に「休止中」",
)  # fmt: skip
def no_objects(facts: Facts) -> Iterator[Place]:
    """表の範囲の上に画像・図形・テキストボックス・グラフが置かれていれば満たしません。表の外に置かれたもの、セルのコメント、
    グラフだけのシートは参考として知らせます。

    Not met where a picture, shape, text box or chart begins inside the table. Objects outside it, comments
    and chart sheets are notes.
    """
    names = {"picture": ("画像", "a picture"), "chart": ("グラフ", "a chart"), "shape": ("図形", "a shape"),
             "text-box": ("テキストボックス", "a text box"), "connector": ("線", "a line"), "group": ("図形の組", "a group of shapes")}  # fmt: skip
    for sheet in facts.tables:
        assert sheet.layout
        for thing in sheet.book.objects if sheet.book else ():
            inside = _inside(sheet.layout, thing.row, thing.column)
            ja, en = names[thing.kind]
            text = f"「{visible(thing.text, 40)}」" if thing.text else ""
            yield Place(
                Words(f"{ja}{text}が{'表の上' if inside else '表の外'}にあります。",
                      f"There is {en}{f' “{visible(thing.text, 40)}”' if thing.text else ''} {'on' if inside else 'beside'} the table."),
                (f"{column_letter(thing.column)}{thing.row}",), sheet.name, note=not inside,
            )  # fmt: skip
        if sheet.book and sheet.book.comments:
            yield Place(
                Words("セルにコメントがあります。公開前に内容を確かめ、必要ならセルに書いてください。",
                      "There are comments on cells. Check them; write into cells what readers need."),
                sheet.book.comments, sheet.name,
                len(sheet.book.comments), note=True,
            )  # fmt: skip
    for name in facts.book.chart_sheets if facts.book else ():
        yield Place(
            Words("グラフだけのシートがあります。", "There is a sheet that is only a chart."),
            (),
            name,
            note=True,
        )


def _inside(layout: Layout, row: int, column: int) -> bool:
    return layout.header[0] <= row <= layout.body[1] and layout.columns[0] <= column <= layout.columns[1]


_LOOKS = (("文字の色", "font colour"), ("塗りつぶし", "fill"), ("太字", "bold"), ("斜体", "italics"),
          ("取り消し線", "strike-through"), ("文字の大きさ", "font size"))  # fmt: skip


@criterion(
    "L1-11", "【Excel】書式でデータの違いを表現していないか", "[Excel] Does no format carry meaning?", weight="critical",
    scope="book",
    advice="書式で表した区別を、値として列に書いてください（例 「区分」の列に「速報値」）。",
    advice_en="Write the distinction as a value into a column of its own.",
    bad="赤い文字の行は休止中", good="「状態」の列に「休止中」",
)  # fmt: skip
def no_meaning_in_formats(facts: Facts) -> Iterator[Place]:
    """表のデータの中で、同じ列の一部のセルだけ文字の色・塗りつぶし・太字・斜体・取り消し線・文字の大きさが違えば満たしません。
    列全体が同じ書式なら満たします。テーマの色も実際の色に直して比べます。条件付き書式は参考です。

    Not met where only some cells of a column differ in font colour, fill, bold, italics, strike-through or
    font size. A format that a whole column shares is fine. Theme colours are resolved. Conditional formats
    are notes.
    """
    for sheet in facts.tables:
        if sheet.book is None:
            continue
        for column in sheet.columns:
            yield from _odd_looks(sheet, sheet.book, column)
        if sheet.book.conditional:
            yield Place(
                Words("条件付き書式があります。色で区別している内容があれば、列に書いてください。",
                      "There are conditional formats. Write into a column what they tell by colour."),
                sheet.book.conditional, sheet.name, len(sheet.book.conditional), note=True,
            )  # fmt: skip


def _odd_looks(sheet: Sheet, book: BookSheet, column: Column) -> Iterator[Place]:
    places = sorted(row for found in column.values.values() for row in found)
    looks: dict[int, Look] = {
        row: book.looks.get((row, column.number), PLAIN) for row in places
        if (row, column.number) not in book.linked
    }  # fmt: skip
    for part, (ja, en) in enumerate(_LOOKS):
        counts = Counter(look[part] for look in looks.values())
        if len(counts) < 2:
            continue
        usual = _usual(counts)
        odd = [row for row, look in looks.items() if look[part] != usual]
        kinds = len(counts) - 1
        name = visible(column.label, 40)
        yield Place(
            Words(f"「{name}」の列: {ja}の違うセルが{len(odd)}個あります{f'（{kinds}種類）' if kinds > 1 else ''}。",
                  f"Column “{name}”: {len(odd)} cells differ in {en}{f' ({kinds} kinds)' if kinds > 1 else ''}."),
            cells(column.number, odd), sheet.name, len(odd),
        )  # fmt: skip


def _usual(counts: Counter[str | bool | float]) -> str | bool | float:
    """The commonest look; of two as common, the plain one."""
    most = max(counts.values())
    return min(
        (value for value, count in counts.items() if count == most),
        key=lambda value: (bool(value), str(value)),
    )


@criterion(
    "L1-12", "【Excel】セルの結合をしていないか", "[Excel] Are no cells merged?", weight="fatal", scope="book",
    advice="結合を解除し、それぞれのセルに同じ値を書いてください。",
    advice_en="Unmerge the cells and write the value into each of them.",
    bad="A2:A5 を結合して「京都府」", good="A2〜A5 のそれぞれに「京都府」",
)  # fmt: skip
def no_merged_cells(facts: Facts) -> Iterator[Place]:
    """表の項目名の行かデータの中に結合したセルがあれば満たしません（データの中の結合のほうが重い）。表の外の結合は参考です。

    Not met where cells are merged in the header or the data (the latter weighs more). Merges outside the
    table are notes.
    """
    for sheet in facts.tables:
        assert sheet.layout
        layout = sheet.layout
        groups: dict[str, list[str]] = {"body": [], "header": [], "outside": []}
        for top, left, bottom, right in sorted(sheet.book.merges if sheet.book else ()):
            across = left <= layout.columns[1] and right >= layout.columns[0]
            if across and bottom >= layout.body[0] and top <= layout.body[1]:
                kind = "body"
            elif across and top <= layout.header[1] and bottom >= layout.header[0]:
                kind = "header"
            else:
                kind = "outside"
            groups[kind].append(area(top, left, bottom, right))
        if found := groups["body"]:
            yield Place(
                Words("データのセルが結合されています。", "Cells of the data are merged."),
                tuple(found),
                sheet.name,
                len(found),
            )
        if found := groups["header"]:
            yield Place(Words("項目名のセルが結合されています。", "Cells of the header are merged."), tuple(found), sheet.name,
                        len(found), weight="critical")  # fmt: skip
        if found := groups["outside"]:
            yield Place(Words("表の外に結合したセルがあります。", "There are merged cells outside the table."), tuple(found),
                        sheet.name, len(found), note=True)  # fmt: skip


@criterion(
    "L1-13", "【Excel】不要な行や列が非表示のまま残されていないか", "[Excel] Are no rows or columns left hidden?",
    weight="critical", scope="book",
    advice="再表示して中身を確かめ、要らない行・列・シートは削除してください（折りたたみ、絞り込みも解除します）。",
    advice_en="Unhide them, check what they hold, and delete what is not needed (also collapsed groups and filters).",
    bad="D列が非表示", good="（非表示の行・列・シートがない）",
)  # fmt: skip
def nothing_hidden(facts: Facts) -> Iterator[Place]:
    """使われている範囲に非表示（高さ・幅が0のもの、折りたたみ、絞り込みで隠れたものを含む）の行・列があるか、
    非表示のシートがあれば満たしません。

    Not met where rows or columns of the used range are hidden (also of height or width zero, collapsed, or
    hidden by a filter), or a whole sheet is.
    """
    for finding in facts.hidden_sheets:
        yield Place(Words(said(finding, "ja"), said(finding, "en")))
    for sheet in facts.tables:
        if sheet.book is None:
            continue
        used = len(sheet.rows)
        width = max(map(len, sheet.rows), default=0)
        hidden = [row for row in sheet.book.hidden_rows if row <= used]
        if hidden:
            yield Place(
                Words("非表示の行があります。", "There are hidden rows."),
                rows(hidden),
                sheet.name,
                len(hidden),
            )
        across = [column for column in sheet.book.hidden_columns if column <= width]
        if across:
            yield Place(
                Words("非表示の列があります。", "There are hidden columns."),
                columns(across),
                sheet.name,
                len(across),
            )
