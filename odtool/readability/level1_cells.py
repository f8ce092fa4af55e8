"""Level 1, second part: the rules on cells (L1-06 to L1-09)."""

import re
from collections.abc import Iterator

from odtool.readability import characters
from odtool.readability.criterion import criterion, found_by_ordinary
from odtool.readability.facts import Column, Facts, Sheet
from odtool.readability.model import Place, Undecided, Words
from odtool.readability.places import (
    cells,
    header_cell,
    in_column,
)
from odtool.readability.values import is_plain, number_like
from odtool.text import visible

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


def _spread(text: str) -> bool:
    """Whether a short text is spaced out. Patterns are never tried on texts without bound."""
    return len(text) <= 200 and _SPREAD.search(text) is not None


def _untidy_names(sheet: Sheet) -> Iterator[Place]:
    for column in sheet.columns:
        label = column.label
        if (
            label != label.strip()
            or "\n" in label
            or "\r" in label
            or _spread(label)
            or _WIDE_GAP.search(label)
        ):
            yield Place(
                Words(f"項目名「{visible(label)}」に体裁のための空白か改行があります。",
                      f"The name “{visible(label)}” holds blanks or line breaks for the look."),
                header_cell(sheet, column), sheet.name, 1, label,
            )  # fmt: skip


def _untidy_values(sheet: Sheet, column: Column) -> Iterator[Place]:
    trimmed = {text: text.strip() for text in column.values}
    if column.role != "address":
        wide = [t for t, bare in trimmed.items() if "\n" not in bare and _WIDE_GAP.search(bare)]
        if wide:
            yield in_column(sheet, column, wide, "空白が2つ以上続いています（「{value}」など）。",
                            "two or more blanks in a row (“{value}” …).")  # fmt: skip
        person = column.named(_NAMES_OF_PEOPLE)
        spread = [t for t, bare in trimmed.items() if t not in wide and not person and _spread(bare)]
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
                    header_cell(sheet, column), sheet.name, 1, label,
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
                    header_cell(sheet, column), sheet.name, 1, column.label,
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
    for sheet, column in numbers:
        if not column.empty or column.national:
            continue
        marks = facts.package.missing_values(column) if facts.package else None
        if marks is not None and "" in marks:
            continue
        where = cells(column.number, column.empty)
        name = visible(column.label, 40)
        if marks and any(text.strip() in ("0", "0.0", "０") for text in column.values):
            yield Place(
                Words(f"「{name}」の列: 値がないことを示す記号が決められていますが、空欄とゼロが混じっています。",
                      f"Column “{name}”: a mark for missing values is agreed on, but blanks stand beside zeros."),
                where, sheet.name, len(column.empty),
            )  # fmt: skip
        else:
            yield Undecided(
                Words(f"「{name}」の列などの空欄が、ゼロなのか値がないのかは、{_UNSAID[bool(facts.package)].ja}",
                      f"whether blanks (column “{name}” …) mean zero or no value {_UNSAID[bool(facts.package)].en}"),
                where, sheet.name, len(column.empty),
            )  # fmt: skip


_UNSAID = {
    False: Words(
        "表だけでは分かりません。データパッケージの missingValues に書けば判定します",
        "cannot be told from the table; say so in the missingValues of a data package",
    ),
    True: Words(
        'データパッケージにも書かれていません。空欄が値なしなら、missingValues に "" を加えてください',
        'is not said in the data package either; add "" to missingValues where blank means no value',
    ),
}
