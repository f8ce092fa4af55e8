"""Rules on the file as a whole. Faults that only the reader can see are found there and named here."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from odtool.model import Form, Match
from odtool.municipality import may_be_month, municipalities
from odtool.rule import Hit, rule
from odtool.rules import mends
from odtool.text import fold

MACHINE_READABILITY = "行政データにおける機械可読性に関するルール（2026-03-31）"


def _seen_by_reader() -> Iterator[Hit]:
    """The reader finds these faults while it reads; there is nothing left to check afterwards."""
    yield from ()


@rule(
    "file",
    severity="error",
    ja="{found}なので、表として読めません。{advice}",
    en="This is {found_en}, not a table that can be read. {advice_en}",
    bad="一覧.pdf",
    good="一覧.csv",
    source=f"{MACHINE_READABILITY} L1-01",
)
def file_format() -> Iterator[Hit]:
    """表は CSV か Excel ブック（xlsx）で用意します。名前ではなく中身で見分けます。

    A table comes as CSV or as an Excel book (xlsx). The content decides, not the name.
    """
    return _seen_by_reader()


@rule(
    "file",
    severity="error",
    ja="ファイルに表がありません（{found}）。1行目に項目名、2行目からデータを入れてください。",
    en="There is no table in the file ({found_en}). Put the column names in row 1 and the data from row 2.",
    bad="（0バイトのファイル）",
    good="名称,住所⏎中央公民館,京都府京都市…",
    source=f"{MACHINE_READABILITY} L3-01",
)
def file_empty() -> Iterator[Hit]:
    """項目名の行と、1行以上のデータが要ります。

    A row of column names and at least one row of data are needed.
    """
    return _seen_by_reader()


@rule(
    "file",
    severity="error",
    ja="文字として読めないバイトがあります（先頭から{offset:,}バイト目、{hex}。ほかを含め{count}か所）。"
    "元のファイルを開き直し、「CSV UTF-8（コンマ区切り）」で保存し直してください。",
    en="There are bytes that are no text (first at byte {offset:,}: {hex}; {count} in all). "
    "Open the original again and save it as “CSV UTF-8”.",
    bad="京都\\xff市",
    good="京都市",
    source="https://www.rfc-editor.org/rfc/rfc3629",
)
def encoding_broken() -> Iterator[Hit]:
    """ファイル全体が一つの文字コード（UTF-8、CP932、EUC-JP、UTF-16）で読める必要があります。

    The whole file must be readable in one encoding (UTF-8, CP932, EUC-JP or UTF-16).
    """
    return _seen_by_reader()


@rule(
    "file",
    severity="error",
    ja='「"」で始まるセルが閉じられていません。この行から後ろが一つのセルとして読まれています。'
    'このセルの終わりに「"」を補ってください。',
    en="A cell that starts with a double quote is never closed, so everything after it was read as one cell. "
    "Add the closing quote.",
    bad='"中央公民館,京都市',
    good='"中央公民館",京都市',
    source="https://www.rfc-editor.org/rfc/rfc4180",
)
def quote_unclosed() -> Iterator[Hit]:
    """二重引用符で始めたセルは、二重引用符で閉じます。

    A cell opened by a double quote is closed by one.
    """
    return _seen_by_reader()


@rule(
    "file",
    severity="error",
    ja="このブックは開きません: {found}。必要な表だけを新しいブックか CSV に写してください。",
    en="This book is not opened: {found_en}. Copy the table you need to a new book or to CSV.",
    bad="展開すると数GBになるブック",
    good="数MBまでのブック",
    source="https://owasp.org/www-community/vulnerabilities/",
)
def workbook_unsafe() -> Iterator[Hit]:
    """極端に大きく展開されるブックや壊れたブックは、開く前に断ります。

    Books that unpack to an extreme size, or are damaged, are refused before they are opened.
    """
    return _seen_by_reader()


@rule(
    "file",
    severity="warning",
    ja="表を読んだシート「{sheet}」のほかに、シート「{others}」があります。公開するのは1シートだけです。"
    "不要なシートは消してください。",
    en="Besides the sheet “{sheet}” that was read there is “{others}”. Only one sheet is published; "
    "remove the others.",
    bad="シート: 一覧, 作成例",
    good="シート: 一覧",
    source=f"{MACHINE_READABILITY} L1-02",
    mends=mends.ONE_SHEET,
)
def sheet_extra() -> Iterator[Hit]:
    """一つのファイルには一つの表だけを置きます。

    One file holds one table.
    """
    return _seen_by_reader()


@rule(
    "file",
    severity="warning",
    ja="隠れたシート「{others}」があります。個人情報などが残っていないか確かめ、消してください。",
    en="There is a hidden sheet “{others}”. Check it for personal data and remove it.",
    bad="非表示のシート: 作業用",
    good="シート: 一覧",
    source=f"{MACHINE_READABILITY} L1-13",
    mends=mends.ONE_SHEET,
)
def sheet_hidden() -> Iterator[Hit]:
    """公開するブックに非表示のシートを残しません。

    A book for publication has no hidden sheet.
    """
    return _seen_by_reader()


@rule(
    "file",
    severity="hint",
    ja="文字コードが {encoding} です。公開するときは UTF-8（BOM付き）に変えて書き出します。",
    en="The encoding is {encoding}. It is written as UTF-8 with a byte order mark when it is published.",
    bad="CP932",
    good="UTF-8",
    source="https://www.rfc-editor.org/rfc/rfc3629",
    mends=mends.ENCODING,
)
def encoding_old(form: Form) -> Iterator[Hit]:
    """どの環境でも読めるのは UTF-8 です。

    UTF-8 is what every system reads.
    """
    names = {"cp932": "CP932（Shift_JIS）", "euc-jp": "EUC-JP", "utf-16": "UTF-16"}
    if form.encoding in names:
        yield {"encoding": names[form.encoding]}


@rule(
    "file",
    severity="hint",
    ja="改行が混ざっています。公開するときは CRLF にそろえて書き出します。",
    en="Records end in different ways. They are written with CRLF when the file is published.",
    bad="CRLF と LF",
    good="CRLF",
    source="https://www.rfc-editor.org/rfc/rfc4180",
    mends=mends.NEWLINES,
)
def newline_mixed(form: Form) -> Iterator[Hit]:
    """行の終わりは一つの種類にそろえます。

    Every record ends the same way.
    """
    if form.newline == "mixed":
        yield {}


@rule(
    "file",
    severity="warning",
    ja="ファイル名は「{named}」を示していますが、中身の項目名は「{found}」のものです。"
    "ファイル名か中身のどちらかを直してください。",
    en="The file name says {named}, but the columns are those of {found}. Correct one of the two.",
    bad="262021_aed.csv（中身は公衆トイレ一覧）",
    good="262021_public_toilet.csv",
    source="推奨データセットのファイル名の規則（コード_英字名.csv）",
)
def file_name_dataset(name: str, match: Match, slugs: dict[str, str]) -> Iterator[Hit]:
    """ファイル名に付けたデータセット名は、中身と同じでなければなりません。

    The dataset that the file name names must be the one inside.
    """
    named = named_slug(name, slugs)
    if named and named != match.dataset.slug and match.dataset.slug:
        yield {"named": slugs[named], "found": match.dataset.name}


def named_slug(name: str, slugs: Iterable[str]) -> str | None:
    """The dataset that a file name names in the national way: 262021_aed.csv → aed. Longest name first."""
    stem = PurePath(name).stem.replace("-", "_")
    for slug in sorted(slugs, key=len, reverse=True):
        if slug in stem and re.search(rf"(?:^|\d{{6}}_){re.escape(slug)}(?:_|\.|$)", stem):
            return slug
    return None


def named_code(name: str) -> str | None:
    """The six-digit code in a file name: 10_避難場所_353418_evacuation_space.csv → 353418. What can be a month is one only
    where the name says so in words, too: 202011_長野市_aed.csv."""
    stem = PurePath(name).stem
    found = [digits for digits in _six_digits(stem) if not may_be_month(digits) or _called(digits, stem)]
    return found[0] if len(found) == 1 else None


def named_month(name: str) -> str | None:
    """The number in a file name that is taken for a month, and is a municipality's code as well."""
    stem = PurePath(name).stem
    found = (digits for digits in _six_digits(stem) if may_be_month(digits) and digits in municipalities())
    return next((digits for digits in found if not _called(digits, stem)), None)


def _six_digits(stem: str) -> list[str]:
    return re.findall(r"(?<![0-9])([0-9]{6})(?![0-9])", stem)


def _called(code: str, stem: str) -> bool:
    place = municipalities().get(code)
    return place is not None and fold(place.name) in fold(stem)
