"""Level 2: the six rules on values and names that machines compute with."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from odtool.readability.criterion import criterion, found_by_ordinary
from odtool.readability.facts import Column, Facts, Sheet
from odtool.readability.model import Place, Undecided, Words
from odtool.readability.places import area, cells, in_column, rows
from odtool.readability.values import is_plain, meant_number, number_like, plain_text
from odtool.text import PLACEHOLDERS, column_letter, fold, is_blank, visible

# Signs that stand for a value that is missing or kept secret; what they mean is the matter of L3-03.
MARKS = PLACEHOLDERS | frozenset(
    {"x", "X", "Ｘ", "χ", "***", "**", "△", "▲", "－－－", "..", "...", "･･･", "・", "秘匿", "(X)"}
)


def is_mark(text: str) -> bool:
    return text.strip() in MARKS


@criterion(
    "L2-01", "数値データは数値属性とし、文字列を含まないこと", "Are numbers plain numbers without text?", weight="fatal",
    advice="数字だけを半角で書き、単位・桁区切り・注記は項目名や別の列に移してください。",
    advice_en="Write half-width digits only; units, separators and notes go to the name or another column.",
    bad="1,234人", good="1234",
)  # fmt: skip
def plain_numbers(facts: Facts) -> Iterator[Place]:
    """数値の列（定義で数値のもの、または値の半分以上が数に見えるもの）に、単位・桁区切り・全角数字・▲・注記の付いた値があれば
    満たしません。年や日付、番号・コードの列は除きます。値がないことを示す記号は L3-03 で扱います。ブックで数値と文字の数字が混じる列も
    満たしません。表示形式だけで付けた記号は問題ありません。

    Not met where a column of numbers (by its definition, or because half of its values look like numbers)
    holds units, separators, full-width digits, ▲ or notes. Years, dates, numbers that are names, and codes
    are excepted; marks for missing values belong to L3-03. Also not met where a book's column mixes numbers
    with digits stored as text. Signs that only a number format shows are fine.
    """
    numeric = False
    for sheet in facts.tables:
        defined = {c.number for c in sheet.columns if c.field and c.field.shape.type in ("number", "integer")}
        for column in sheet.by_role("number", "coordinate"):
            numeric = numeric or column.filled > 0
            if column.number in defined:
                continue
            wrong = [text for text in column.values if _dressed(text)]
            if wrong and not _mostly_numbers(column):
                yield in_column(sheet, column, wrong, "数として読めない値（「{value}」など）が多いため、数値の列とは断定しません。",
                                "many values (“{value}” …) are no numbers, so this may be no column of numbers.", note=True)  # fmt: skip
            elif wrong:
                hint = meant_number(wrong[0])
                yield in_column(
                    sheet, column, wrong,
                    "「{value}」など、数字以外の文字を含む値があります。" + (f"「{hint}」のように書いてください。" if hint else ""),
                    "values such as “{value}” are no plain numbers." + (f" Write {hint}." if hint else ""),
                )  # fmt: skip
            yield from _typed_as_text(sheet, column)
    yield from found_by_ordinary("L2-01", facts)
    if not numeric:
        yield Undecided(Words("数値の列がありません", "there is no column of numbers"))


def _dressed(text: str) -> bool:
    """A value with something beside a plain number. Words without any digit are marks, or another matter."""
    bare = text.strip()
    return not is_plain(bare) and not is_mark(bare) and any(c.isdigit() for c in plain_text(bare))


def _mostly_numbers(column: Column) -> bool:
    like = sum(len(found) for text, found in column.values.items() if number_like(text) or is_mark(text))
    return like >= 0.5 * column.filled


def _typed_as_text(sheet: Sheet, column: Column) -> Iterator[Place]:
    if sheet.book is None:
        return
    places = [row for text, found in column.values.items() if is_plain(text.strip()) for row in found]
    typed = [row for row in places if (row, column.number) in sheet.book.texts_of_digits]
    if typed:
        mixed = len(typed) < len(places)
        name = visible(column.label, 40)
        yield Place(
            Words(f"「{name}」の列: 数字が文字列として入っています。セルの書式を数値にして入れ直してください。",
                  f"Column “{name}”: digits are stored as text. Format the cells as numbers and enter them again."),
            cells(column.number, typed), sheet.name, len(typed), note=not mixed,
        )  # fmt: skip


_DITTO = frozenset(
    {
        "〃",
        "同上",
        "同左",
        "同右",
        "仝",
        "々",
        "ヽ",
        "ゝ",
        "”",
        "″",
        '"',
        "同",
        "上に同じ",
        "上記と同じ",
        "同じ",
    }
)


@criterion(
    "L2-02", "データ内での項目名等の省略をしていないか", "Is no value left out because it equals the one above?",
    weight="fatal",
    advice="どの行にも、省略せずに値を書いてください。", advice_en="Write the value in every row.",
    bad="京都府,京都市⏎〃,宮津市", good="京都府,京都市⏎京都府,宮津市",
)  # fmt: skip
def nothing_left_out(facts: Facts) -> Iterator[Place]:
    """「〃」「同上」などだけのセルがあるか、左端の見出しの列（定義のない表）で、値のあとに空欄が続く組が2つ以上あるか、
    文字の列に前の行の番号が書かれていれば満たしません。〇 は「あり」の印として使われるため、省略とはみなしません。

    Not met where a cell holds only 〃, 同上 or the like; where a heading column at the left of a table without
    definition shows two or more groups of a value followed by blanks; or where a column of words holds the
    numbers of rows above. 〇 is taken for a yes, not for a ditto mark.
    """
    for sheet in facts.tables:
        heading = True
        for column in sheet.columns:
            marks = [text for text in column.values if text.strip() in _DITTO]
            if marks:
                yield in_column(sheet, column, marks, "「{value}」と書いて値を省略しています。",
                                "“{value}” stands for the value above.")  # fmt: skip
            heading = (
                heading
                and column.role not in ("number", "coordinate", "date", "time")
                and not column.national
            )
            if heading and column.number <= _first_column(sheet) + 2:
                yield from _blanks_below(sheet, column)
            if column.role not in ("coordinate", "code", "date", "time", "contact"):
                yield from _rows_named(sheet, column)


def _first_column(sheet: Sheet) -> int:
    assert sheet.layout
    return sheet.layout.columns[0]


def _blanks_below(sheet: Sheet, column: Column) -> Iterator[Place]:
    """Groups of one value and blanks below it, each value once: the pattern of a heading written only once."""
    filled = {row for found in column.values.values() for row in found}
    if not column.empty or not filled or len(column.values) < 2:
        return
    assert sheet.layout
    groups, length = [], 0
    for row in sheet.layout.data_rows:
        if row in filled:
            groups.append(length)
            length = 0
        else:
            length += 1
    groups = [*groups[1:], length]
    first_filled = min(filled) == sheet.layout.data_rows[0]
    once = all(len(found) == 1 for found in column.values.values())
    if first_filled and once and sum(length > 0 for length in groups) >= max(2, len(groups) / 2):
        name = visible(column.label, 40)
        yield Place(
            Words(f"「{name}」の列: 上と同じ値が省略されているようです（値のあとに空欄が続く組が{sum(n > 0 for n in groups)}組）。",
                  f"Column “{name}”: values equal to the one above seem to be left out ({sum(n > 0 for n in groups)} groups)."),
            cells(column.number, column.empty), sheet.name, len(column.empty),
        )  # fmt: skip


def _rows_named(sheet: Sheet, column: Column) -> Iterator[Place]:
    """Bare numbers in a column of words that are all numbers of rows above which hold a word."""
    assert sheet.layout
    numbers = [text for text in column.values if re.fullmatch("[0-9]{1,6}", plain_text(text))]
    words = {row for text, found in column.values.items() if text not in numbers for row in found}
    places = [(int(plain_text(text)), row) for text in numbers for row in column.values[text]]
    if len(places) < 2 or len(words) < 2 or len(places) > 10 * len(words):
        return
    data = sheet.layout.data_rows
    by_sheet = all(number < row and number in words for number, row in places)
    by_order = all(1 <= number <= len(data) and data[number - 1] in words and data[number - 1] < row for number, row in places)  # fmt: skip
    if by_sheet or by_order:
        yield in_column(sheet, column, numbers, "「{value}」など、同じ値の代わりに前の行の番号が書かれているようです。",
                        "numbers of rows above (“{value}” …) seem to stand for their values.")  # fmt: skip


@criterion(
    "L2-03", "各列が一意に識別可能な項目名を持っているか", "Does every column have a name of its own, complete in one row?",
    weight="fatal",
    advice="項目名を1行にまとめ、列ごとに違う完全な名前を書いてください（例 2025年_人口_男）。",
    advice_en="Write the names in one row, complete and different for every column.",
    bad="2025年（3列を結合）の下に 男,女,計", good="2025年_男,2025年_女,2025年_計",
)  # fmt: skip
def own_names(facts: Facts) -> Iterator[Place]:
    """同じ項目名（全角・半角の違いだけのものを含む）が2回あるか、項目名が結合したセルにあるか、項目名が2行以上に分かれていれば
    満たしません。名前のない列は L1-05 で扱います。

    Not met where a name occurs twice (also if only the width differs), stands in a merged cell, or is spread
    over several rows. Columns without a name belong to L1-05.
    """
    yield from found_by_ordinary("L2-03", facts)
    for sheet in facts.tables:
        assert sheet.layout
        first, last = sheet.layout.header
        if last > first:
            yield Place(
                Words(f"項目名が{last - first + 1}行に分かれています。", f"The names are spread over {last - first + 1} rows."),
                rows(range(first, last + 1)), sheet.name,
            )  # fmt: skip
        merged = [
            area(*m) for m in sorted(sheet.book.merges if sheet.book else ())
            if m[0] <= last and m[2] >= first and m[1] <= sheet.layout.columns[1] and m[3] >= sheet.layout.columns[0]
        ]  # fmt: skip
        if merged:
            yield Place(Words("項目名のセルが結合されているため、列ごとの名前がありません。",
                              "Names stand in merged cells, so columns have none of their own."), tuple(merged), sheet.name,
                        len(merged))  # fmt: skip


# Ways of writing one answer. Words of one line mean the same; two lines never do.
_FAMILIES = (
    frozenset({"有", "有り", "あり", "アリ", "ある", "有る"}),
    frozenset({"無", "無し", "なし", "ナシ", "ない", "無い"}),
    frozenset({"男", "男性", "男子"}), frozenset({"女", "女性", "女子"}),
    frozenset({"可", "可能", "可能である"}), frozenset({"不可", "不可能"}),
    frozenset({"はい", "ハイ", "yes", "y"}), frozenset({"いいえ", "イイエ", "no", "n"}),
    frozenset({"済", "済み", "ずみ"}), frozenset({"未", "未済"}),
    frozenset({"○", "〇", "◯"}), frozenset({"×", "✕", "✖", "x", "ｘ"}),
)  # fmt: skip
_NUMBERING = re.compile(r"^(?:[(（]?[0-9０-９]{1,2}[)）.．:：、 　]+|[①-⑳])\s*(?![0-9０-９])")
_TAIL = re.compile(r"[（(][^（）()]*[）)]$|※.*$")


@criterion(
    "L2-04", "選択肢回答が標準化されているか", "Are choices written in one way?", weight="critical",
    advice="一つの選択肢には一つの書き方だけを使ってください。", advice_en="Use one spelling for one choice.",
    bad="有,あり,有り", good="有,有,有",
)  # fmt: skip
def one_spelling(facts: Facts) -> Iterator[Place]:
    """選択肢の列（値が20個以上あって種類が20以下の文字の列、または定義で選択肢の決まった列）に、全角・半角、番号の有無、送り仮名、
    「有・あり」のような書き方だけが違う値があるか、定義にない語があれば満たしません。似ているだけの語は違う選択肢かもしれないので参考です。

    Not met where a column of choices (20 or more values of at most 20 kinds, or with a list in its definition)
    holds values that differ only in width, numbering, okurigana or the like (有 / あり), or words that are
    not on the list. Words that are merely alike are a note.
    """
    yield from found_by_ordinary("L2-04", facts)
    seen = False
    for sheet in facts.tables:
        for column in sheet.columns:
            if (
                column.field is not None
                and column.filled
                and (column.field.shape.enum or column.field.kind == "flag")
            ):
                seen = True
                if column.field.kind == "flag":
                    yield from _mixed_flags(sheet, column)
                continue
            if not is_choice(column):
                continue
            seen = True
            groups: dict[str, list[str]] = {}
            for text in column.values:
                if not is_mark(text):
                    groups.setdefault(answer(text), []).append(text)
            for group in groups.values():
                if len({text.strip() for text in group}) > 1:  # blanks at the ends are the matter of L1-06
                    usual = max(group, key=lambda text: len(column.values[text]))
                    others = [text for text in group if text != usual]
                    yield in_column(sheet, column, others, f"「{{value}}」は「{visible(usual)}」と同じ選択肢のようです。書き方をそろえてください。",
                                    f"“{{value}}” seems to be the same choice as “{visible(usual)}”.")  # fmt: skip
            for rare, usual in (*_alike(column, groups), *_remarked(groups)):
                yield in_column(sheet, column, [rare], f"「{{value}}」は「{visible(usual)}」と似ています。同じ選択肢なら書き方をそろえてください。",
                                f"“{{value}}” is much like “{visible(usual)}”; if they are the same choice, write it in one way.", note=True)  # fmt: skip
    if not seen:
        yield Undecided(Words("選択肢の列が見当たりません", "no column of choices was found"))


_YES = frozenset(
    map(fold, ("1", "○", "〇", "◯", "有", "有り", "あり", "●", "◎", "はい", "yes", "true", "対象", "該当"))
)


def _mixed_flags(sheet: Sheet, column: Column) -> Iterator[Place]:
    """Yes written in two ways, or no; one sign for yes and one for no is one way."""
    for yes in (True, False):
        marks = [text for text in column.values if (fold(_TAIL.sub("", plain_text(text))) in _YES) == yes]
        marks.sort(key=lambda text: -len(column.values[text]))
        if len({text.strip() for text in marks}) > 1:
            yield in_column(
                sheet, column, marks[1:],
                f"印が「{visible(marks[0])}」と「{{value}}」などに分かれています。",
                f"the mark is written “{visible(marks[0])}” and “{{value}}” ….",
            )  # fmt: skip


def is_choice(column: Column) -> bool:
    """Few kinds of short words, many times: a column of answers rather than of names."""
    if column.role not in ("text", "list", "name") or column.filled < 20:
        return False
    kinds = len(column.values)
    return 2 <= kinds <= 20 and kinds <= column.filled / 2 and all(len(text) <= 30 for text in column.values)


def answer(text: str) -> str:
    """What a written answer is compared by: no width, numbering or okurigana."""
    bare = _NUMBERING.sub("", plain_text(text)).strip() or plain_text(text)
    for number, family in enumerate(_FAMILIES):
        if bare.casefold() in family:
            return f"\x00{number}"
    folded = fold(bare)
    kanji = re.sub("[ぁ-ゖ]+", "", folded)
    return (
        kanji
        if len(kanji) > 1 and re.fullmatch("[一-鿿々]+", kanji) and not re.search("[ぁ-ゖ]$", _stem(folded))
        else folded
    )


def _stem(folded: str) -> str:
    """Hiragana at the end may change a meaning (参加した, 参加する): only the one of 済み or 無し is okurigana."""
    return re.sub("(?<=[一-鿿])[みりしいえけちき]$", "", folded)


def _remarked(groups: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """A choice with a remark behind it, and the choice without."""
    for texts in groups.values():
        bare = _TAIL.sub("", plain_text(texts[0])).strip()
        if bare and bare != plain_text(texts[0]) and answer(bare) in groups:
            yield texts[0], groups[answer(bare)][0]


_DISTINCT = re.compile(
    "[0-9一二三四五六七八九十上下左右東西南北前後内外大中小有無可不男女甲乙丙第新旧春夏秋冬月火水木金土日a-z]"
)


def _alike(column: Column, groups: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Rare words that differ from a frequent one in one letter that usually makes no other meaning."""
    counts = Counter({key: sum(len(column.values[t]) for t in texts) for key, texts in groups.items()})
    for rare, count in counts.items():
        if count > 2 or count > 0.05 * column.filled or len(rare) < 4:
            continue
        for usual, often in counts.items():
            if often >= 5 and _one_letter_apart(rare, usual):
                yield groups[rare][0], groups[usual][0]


def _one_letter_apart(one: str, other: str) -> bool:
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    left, right = one[start:], other[start:]
    if len(one) == len(other):
        return left[1:] == right[1:] and not _DISTINCT.search(left[0] + right[0])
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return longer[1:] == shorter and not _DISTINCT.search(longer[0])


_LONG = 300  # characters of a cell that are looked at
_OTHER = re.compile(
    r"[\s　]*(?:[(（]?[0-9０-９]{1,2}[)）.．:：、 　]*|[①-⑳])?[\s　]*その他[\s　]*[（(:：・、,，　 ][\s　]*[^\s　）)].*",
    re.DOTALL,
)


@criterion(
    "L2-05", "選択肢列と「その他」の詳細記入が分離されているか", "Is the free text of “other” in a column of its own?",
    weight="major",
    advice="選択肢の列には「その他」とだけ書き、内容は「その他の詳細」のような別の列に書いてください。",
    advice_en="Write only その他 in the column of choices and the text in another column.",
    bad="その他（電話で申込）", good="その他 | 電話で申込",
)  # fmt: skip
def other_is_apart(facts: Facts) -> Iterator[Place]:
    """「その他（…）」「4. その他: …」のように、選択肢と自由記述が一つのセルにあれば満たしません。説明文・住所・名称の列は見ません。

    Not met where a cell holds “other” together with its free text. Prose, addresses and names are not judged.
    """
    for sheet in facts.tables:
        for column in sheet.columns:
            if column.role in ("prose", "address", "contact", "number", "coordinate", "code"):
                continue
            found = [text for text in column.values if _OTHER.fullmatch(text.strip()[:_LONG])]
            if found:
                yield in_column(sheet, column, found, "「{value}」など、「その他」と内容が同じセルにあります。",
                                "“other” and its text share a cell (“{value}” …).")  # fmt: skip


@criterion(
    "L2-06", "【Excel】数式を使用している場合は、数値データに修正しているか", "[Excel] Are formulas replaced by their values?",
    weight="major",
    advice="数式の範囲をコピーし、「値の貼り付け」で値に置き換えてください。",
    advice_en="Copy the formulas and paste them as values.",
    bad="=B2-C2", good="1250",
)  # fmt: skip
def values_not_formulas(facts: Facts) -> Iterator[Place]:
    """ブックの表の中に数式があるか、計算エラー（#REF! など）が残っていれば満たしません。CSV では計算エラーだけを見ます。

    Not met where a book's table holds formulas, or errors of formulas (#REF! …) are left. In a CSV only the
    errors can be seen.
    """
    yield from found_by_ordinary("L2-06", facts)
    if facts.is_book and facts.book is None:
        yield Undecided(Words("ブックの数式を読めませんでした", "the book's formulas could not be read"))
    if facts.is_text:
        yield Undecided(
            Words(
                "CSV には数式がないため、計算エラーだけを確かめました",
                "a CSV holds no formulas; only errors of formulas were looked for",
            )
        )
    for sheet in facts.tables:
        assert sheet.layout
        left, right = sheet.layout.columns
        by_column: dict[int, list[int]] = {}
        for row, column in sheet.book.formulas if sheet.book else ():
            if sheet.layout.header[0] <= row <= sheet.layout.body[1] and left <= column <= right:
                by_column.setdefault(column, []).append(row)
        for column, found in sorted(by_column.items()):
            assert sheet.book
            formula = sheet.book.formulas[min(found), column]
            value = sheet.rows[min(found) - 1][column - 1 : column]
            shown = f"（今の値 {visible(value[0], 30)}）" if value and not is_blank(value[0]) else ""
            yield Place(
                Words(f"{column_letter(column)}列に数式があります（{visible(formula, 40)}）{shown}。",
                      f"Column {column_letter(column)} holds formulas ({visible(formula, 40)})."),
                cells(column, found), sheet.name, len(found), formula,
            )  # fmt: skip
