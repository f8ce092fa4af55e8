"""Level 1: the 15 rules on the form of the file and its cells."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from odtool.messages import said
from odtool.readability import characters
from odtool.readability.book import PLAIN, BookSheet, Look
from odtool.readability.criterion import UNREAD, criterion, found_by_ordinary
from odtool.readability.facts import Column, Facts, Sheet
from odtool.readability.layout import Layout, Outside
from odtool.readability.model import Place, Undecided, Words
from odtool.readability.places import area, cells, columns, in_column, of_findings, rows
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
        names = "」「".join(visible(sheet.name or "", 40) for sheet in facts.tables)
        yield Place(
            Words(f"表のあるシートが{len(facts.tables)}枚あります（「{names}」）。シートごとに確かめました。",
                  f"{len(facts.tables)} sheets hold tables (“{names}”); each was judged."), note=True,
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
                _header_cell(sheet, column), sheet.name, 1, column.label,
            )  # fmt: skip
        looks_like_data = [
            c for c in sheet.columns
            if not is_blank(c.label) and number_like(c.label) and not is_year(c.label) and not is_plain(c.label)
        ]  # fmt: skip
        if len(looks_like_data) > len(sheet.columns) / 2:
            yield Place(
                Words("項目名の行がなく、データから始まっているようです。",
                      "There seems to be no row of names; the file begins with data."),
                rows([_header_row(sheet)]), sheet.name,
            )  # fmt: skip


_REAL_NAMES = frozenset({"id", "no", "x", "y"})


def _header_row(sheet: Sheet) -> int:
    assert sheet.layout
    return sheet.layout.header[1]


def _header_cell(sheet: Sheet, column: Column) -> tuple[str, ...]:
    return (f"{column_letter(column.number)}{_header_row(sheet)}",)


def _merged_header_columns(sheet: Sheet) -> set[int]:
    """Columns whose name stands in a cell merged over them."""
    assert sheet.layout
    first, last = sheet.layout.header
    merges = sheet.book.merges if sheet.book else ()
    return {c for top, left, bottom, right in merges if top <= last and bottom >= first for c in range(left + 1, min(right, left + 999) + 1)}  # fmt: skip


_SPREAD = re.compile(
    r"(?:^|[\s　])[^\s　](?:[ 　]+[^\s　\x00-\x7f])+(?=$|[\s　])|^[ぁ-んァ-ヶ一-鿿]{1,2}　+[ぁ-んァ-ヶ一-鿿]{1,2}$"
)
_WIDE_GAP = re.compile(r"[^\s　][  　]{2,}[^\s　]")
_NAMES_OF_PEOPLE = re.compile(
    "氏名|姓名|代表者|設置者|所有者|管理者|管理責任者|園長|院長|開設者|理事長|担当者"
)


@criterion(
    "L1-06", "スペースや改行等で体裁を整えていないか", "Are cells free of blanks and line breaks for the look?",
    weight="critical",
    advice="体裁のための空白と改行を消してください。", advice_en="Remove blanks and line breaks that serve the layout.",
    bad="名　　称", good="名称",
)  # fmt: skip
def no_blanks_for_the_look(facts: Facts) -> Iterator[Place]:
    """値や項目名の前後の空白、2つ以上続く空白、文字の間を広げる空白（合　計）、項目名の中の改行があれば満たしません。
    住所と説明文の中の空白は見ません。語と語の間の全角空白1つは参考です。セルの中の改行は、CSV では L1-14 として、
    ブックではここで判定します（説明文の列を除く）。

    Not met where there are blanks around a value or name, two or more in a row, blanks that space out a word
    (合　計), or line breaks in a name. Blanks inside addresses and prose are not judged; one ideographic space
    between words is a note. Line breaks in cells belong to L1-14 in a CSV and to this rule in a book
    (except in columns of prose).
    """
    yield from found_by_ordinary("L1-06", facts)
    for sheet in facts.tables:
        yield from _untidy_names(sheet)
        for column in sheet.columns:
            if column.role in ("prose", "contact"):
                continue
            yield from _untidy_values(sheet, column)
            broken = [text for text in column.values if "\n" in text.strip()]
            if facts.is_book and broken and column.role != "prose":
                yield in_column(sheet, column, broken, "セルの中で改行しています（「{value}」など）。",
                                "there are line breaks inside cells (“{value}” …).")  # fmt: skip


def _untidy_names(sheet: Sheet) -> Iterator[Place]:
    for column in sheet.columns:
        label = column.label
        if (
            label != label.strip()
            or "\n" in label
            or "\r" in label
            or _SPREAD.search(label)
            or _WIDE_GAP.search(label)
        ):
            yield Place(
                Words(f"項目名「{visible(label)}」に体裁のための空白か改行があります。",
                      f"The name “{visible(label)}” holds blanks or line breaks for the look."),
                _header_cell(sheet, column), sheet.name, 1, label,
            )  # fmt: skip


def _untidy_values(sheet: Sheet, column: Column) -> Iterator[Place]:
    trimmed = {text: text.strip() for text in column.values}
    if column.role != "address":
        wide = [t for t, bare in trimmed.items() if "\n" not in bare and _WIDE_GAP.search(bare)]
        if wide:
            yield in_column(sheet, column, wide, "空白が2つ以上続いています（「{value}」など）。",
                            "two or more blanks in a row (“{value}” …).")  # fmt: skip
        person = column.named(_NAMES_OF_PEOPLE)
        spread = [t for t, bare in trimmed.items() if t not in wide and not person and _SPREAD.search(bare)]
        if spread:
            yield in_column(sheet, column, spread, "文字の間を空白で広げています（「{value}」など）。",
                            "words are spaced out by blanks (“{value}” …).")  # fmt: skip
        single = [t for t, bare in trimmed.items() if "\u3000" in bare and t not in wide and t not in spread]
        if single:
            yield in_column(sheet, column, single, "語の間に全角空白があります（「{value}」など）。体裁のためなら消してください。",
                            "an ideographic space between words (“{value}” …); remove it if it only serves the look.",
                            note=True)  # fmt: skip


_NUMBERED = re.compile(r"[0-9０-９][0-9０-９,，.．]*\s*[（(]\s*[0-9０-９][0-9０-９,，.．]*\s*[）)]")
_BULLET = re.compile(r"^\s*[・･●○◎■□◆◇▪•*＊-]\s*\S", re.MULTILINE)
_SEPARATORS = ("、", "，", ",", ";", "；", "・", "／", "/", "|", "｜")
_SHORT = 14  # characters of an item of a list; longer pieces are sentences


@criterion(
    "L1-07", "１セル１データとなっているか", "Does every cell hold one value?", weight="critical",
    advice="一つのセルには一つの値だけを書き、残りは別の列か別の行に分けてください。",
    advice_en="Write one value in a cell; the others go to columns or rows of their own.",
    bad="120（35）", good="120,35",
)  # fmt: skip
def one_value(facts: Facts) -> Iterator[Place]:
    """数値の列に2つの数が書かれているか、短い語の列に「、」「;」「・」や改行で区切った一覧が書かれていれば満たしません。
    説明文・住所・名前の列は見ません。定義が「;」区切りの一覧を求める列は認めます。

    Not met where a column of numbers holds two numbers in a cell, or a column of short words holds lists
    joined by 、 ; ・ or line breaks. Prose, addresses and names are not judged; columns whose definition asks
    for a list joined by semicolons are allowed.
    """
    for sheet in facts.tables:
        for column in sheet.columns:
            found = [text for text in column.values if _holds_several(text.strip(), column)]
            if found:
                yield in_column(sheet, column, found, "一つのセルに複数の値があります（「{value}」など）。",
                                "several values in one cell (“{value}” …).")  # fmt: skip
            label = column.label
            if re.search(r"[/／]\s*\n|\n\s*[/／]|.\n[（(]再掲", label) and not column.national:
                yield Place(
                    Words(f"項目名「{visible(label)}」が2つの項目を表しています。",
                          f"The name “{visible(label)}” stands for two values."),
                    _header_cell(sheet, column), sheet.name, 1, label,
                )  # fmt: skip


def _holds_several(text: str, column: Column) -> bool:
    if column.role in ("prose", "address", "time", "date", "area", "code"):
        return False
    if column.role in ("number", "coordinate"):
        return _several_numbers(text)
    lines = [line for line in text.splitlines() if line.strip()]
    if column.role == "contact":
        return len(lines) > 1 and all(len(_digits(line)) > 5 for line in lines)
    if len(_BULLET.findall(text)) > 1:
        return True
    if column.role == "list":  # joined by semicolons, as the definitions ask for
        return not re.search("[;；]", text) and ("、" in text or _is_list(text, "・"))
    if column.role == "name" or len(text) > 80 or "。" in text:
        return False
    if len(lines) > 1:  # a second line in brackets explains the first
        return all(len(line.strip()) <= _SHORT and line.strip()[0] not in "（(" for line in lines)
    return any(_is_list(text, sign) for sign in _SEPARATORS)


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def _several_numbers(text: str) -> bool:
    if _NUMBERED.fullmatch(text):
        return True
    parts = [part.strip() for part in re.split(r"[、，;；/／・\n]|,(?![0-9]{3}(?:[^0-9]|$))", text)]
    return len(parts) > 1 and all(part and number_like(part) for part in parts)


def _is_list(text: str, sign: str) -> bool:
    """Whether the sign joins several short words. Two words joined by / or ・ are often one name."""
    bare = re.sub(r"[（(「『【][^（）()「」『』【】]*[）)」』】]", "", text)
    parts = [part.strip() for part in bare.split(sign)]
    parts = [part for part in parts if part and part not in ("等", "など", "他", "ほか")]
    least = 3 if sign in "・/／" else 2
    if sign == "," and re.search(r"[0-9],[0-9]{3}(?:[^0-9]|$)", bare):
        return False
    return (
        len(parts) >= least
        and all(len(part) <= _SHORT for part in parts)
        and not all(map(is_plain, parts[:1]))
    )


@criterion(
    "L1-08", "機種依存文字を使用していないか", "Is the text free of machine-dependent characters?", weight="critical",
    advice="どの環境でも読める文字に書き換えてください（①→1、Ⅲ→3、㈱→株式会社、№→No.）。",
    advice_en="Use characters that every system shows (① → 1, ㈱ → 株式会社, № → No.).",
    bad="㈱山田 №①", good="株式会社山田 No.1",
)  # fmt: skip
def portable_characters(facts: Facts) -> Iterator[Place]:
    """どの文字コードのファイルでも、JIS X 0208 にない記号（①、㈱、№、㍉、絵文字など）、半角カタカナ、外字、失われた文字が
    あれば満たしません。㎡ などの単位記号と、～・－ のように規格どうしで符号だけが違う文字は認めます。固有名詞に要ることのある漢字
    （髙、﨑）・外国の文字・名称の中のローマ数字は参考です。

    In every encoding: not met where there are signs outside JIS X 0208 (①, ㈱, №, ㍉, emoji …), half-width
    katakana, private-use or lost characters. Signs of units (㎡) and characters that the standards merely map
    differently (～, －) are allowed. Kanji and foreign letters that a proper noun may need (髙, 﨑), and Roman
    numerals in names, are notes.
    """
    yield from found_by_ordinary("L1-08", facts)
    for sheet in facts.tables:
        for column in sheet.columns:
            bad: dict[str, str] = {}
            proper: dict[str, str] = {}
            for text in column.values:
                _sort_characters(text, column, bad, proper)
            for found, note in ((bad, False), (proper, True)):
                if found:
                    shown = "".join(dict.fromkeys("".join(found.values())))[:20]
                    yield in_column(
                        sheet, column, list(found),
                        f"機種依存文字「{shown}」があります（「{{value}}」など）。" if not note else f"「{shown}」は JIS X 0208 にない文字です（「{{value}}」など）。固有名詞でなければ書き換えてください。",
                        f"machine-dependent characters {shown} (“{{value}}” …)." if not note else f"{shown} are outside JIS X 0208 (“{{value}}” …); replace them unless a proper noun needs them.",
                        note=note,
                    )  # fmt: skip
            in_name = characters.outside(column.label).get("dependent", "") + characters.outside(column.label).get("roman", "")  # fmt: skip
            if in_name and not column.national:
                yield Place(
                    Words(f"項目名に機種依存文字「{in_name}」があります。", f"The name holds machine-dependent characters {in_name}."),
                    _header_cell(sheet, column), sheet.name, 1, column.label,
                )  # fmt: skip


_ROMAN_CODE = re.compile(r"[Ⅰ-ⅿ]+[-‐－−ー][0-9０-９Ⅰ-ⅿ]+")
_ROMAN_IN_NAME = re.compile(r"[^\W0-9Ⅰ-ⅿ]{2}[Ⅰ-ⅿ]|[Ⅰ-ⅿ][^\WⅠ-ⅿ]{2}")


def _sort_characters(text: str, column: Column, bad: dict[str, str], proper: dict[str, str]) -> None:
    found = characters.outside(text)
    if not found:
        return
    roman = found.get("roman", "")
    if roman and (
        column.role in ("name", "address", "prose") or _ROMAN_CODE.search(text) or _ROMAN_IN_NAME.search(text)
    ):
        proper[text], roman = roman, ""
    if wrong := found.get("dependent", "") + roman:
        bad[text] = wrong
    if rare := found.get("kanji", "") + found.get("foreign", ""):
        proper[text] = proper.get(text, "") + rare


@criterion(
    "L1-09", "空白とゼロが明確に区別されているか", "Are blank and zero told apart?", weight="minor",
    advice="値が0なら0と書き、値がないときの書き方（空欄か記号）を決めて説明に書いてください。",
    advice_en="Write 0 where the value is zero, and state how a missing value is written.",
    bad="0,,5,0", good="0,0,5,0（値のない行は「-」、意味は説明に記載）",
)  # fmt: skip
def blank_is_not_zero(facts: Facts) -> Iterator[Place]:
    """数値の列に空欄がなければ満たします。空欄があるとき、国の定義（空欄は値がないこと）かデータパッケージの missingValues が空欄の
    意味を決めていれば満たします。値がないことを示す記号が決められているのに空欄とゼロが混じっていれば満たしません。
    それ以外は、空欄がゼロの意味かどうか表だけでは分からないため判定しません。

    Met where no column of numbers has blanks, or where the national definition (blank: no value) or the data
    package's missingValues says what a blank means. Not met where a mark for missing values is agreed on
    and blanks stand beside zeros all the same. Otherwise the table alone cannot tell, and it is not judged.
    """
    numbers = [(s, c) for s in facts.tables for c in s.by_role("number") if c.filled]
    if not numbers:
        yield Undecided(Words("数値の列がありません", "there is no column of numbers"))
    stated = None
    if facts.package:
        schema = facts.package.resource.get("schema")
        stated = schema.get("missingValues") if isinstance(schema, dict) else None
    for sheet, column in numbers:
        if not column.empty or column.national:
            continue
        zero = any(text.strip() in ("0", "0.0", "０") for text in column.values)
        where = cells(column.number, column.empty)
        name = visible(column.label, 40)
        if isinstance(stated, list) and "" not in stated and zero:
            yield Place(
                Words(f"「{name}」の列: 値がないことを示す記号が決められていますが、空欄とゼロが混じっています。",
                      f"Column “{name}”: a mark for missing values is agreed on, but blanks stand beside zeros."),
                where, sheet.name, len(column.empty),
            )  # fmt: skip
        elif not isinstance(stated, list):
            yield Undecided(
                Words(f"「{name}」の列などの空欄が、ゼロなのか値がないのかは、表だけでは分かりません",
                      f"whether blanks (column “{name}” …) mean zero or no value cannot be told from the table"),
                where, sheet.name, len(column.empty),
            )  # fmt: skip


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
                tuple(f"{column_letter(column)}{row}" for row, column in sheet.book.comments), sheet.name,
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
        across = [n for first, last in sheet.book.hidden_columns for n in range(first, min(last, width) + 1)]
        if across:
            yield Place(
                Words("非表示の列があります。", "There are hidden columns."),
                columns(across),
                sheet.name,
                len(across),
            )


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
                tuple(cell for column in broken for cell in _header_cell(sheet, column)), sheet.name, len(broken), broken[0].label,
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
