"""Rules that keep personal data and dangerous cells out of what is published.

The rules on cells see every value of the file. Those on columns, sheets and books are declared here and
found by `odtool.judging.gate`, which looks at columns together; where its evidence is weak they are warnings.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from odtool import privacy
from odtool.later import later
from odtool.model import Field, Match, Table
from odtool.rule import DAMAGE, Hit, Leaving, OfOtherLength, rule
from odtool.rules.file import MACHINE_READABILITY

LAW = "個人情報の保護に関する法律（平成15年法律第57号）第2条・第69条"
NUMBER_LAW = "行政手続における特定の個人を識別するための番号の利用等に関する法律（平成25年法律第27号）第19条"
INJECTION = "https://owasp.org/www-community/attacks/CSV_Injection"
LONGEST_CELL = 32_767  # characters; source: Microsoft Excel の仕様と制限
MOST_COLUMNS = 2_000  # filled columns of a table that is judged; no national dataset has a tenth of them
LONGEST_NAME = 63  # bytes; source: PostgreSQL «Identifiers and Key Words» (NAMEDATALEN)

# What a person may say is right after all: a guide's mobile number, names of authors, codes that look like My Numbers.
REVIEWABLE = ("personal-phone", "personal-mail", "personal-number-inside", "personal-number", "personal-name",
              "personal-column", "personal-rows", "personal-sheet", "personal-comment", "column-hidden")  # fmt: skip

# Columns of free text. In the others such a cell breaks the column's own form, which stops it too.
TEXT = ("text", "address", "list", "organization-name", "municipality-name", "latin", "extension", "id", "license",
        "language", "poi-code", "town-id", "height", "height-kind", "presence", "kana")  # fmt: skip


class Holding(Leaving):
    """A sieve that leaves the values in which the pattern is found; most columns are passed over as a whole."""

    def __init__(self, pattern: str):
        self.pattern = pattern
        self.search = re.compile(pattern).search
        super().__init__(lambda value: self.search(value) is None)

    def __call__(self, values: Collection[str]) -> Iterable[str]:
        return filter(self.search, values) if self.search("\n".join(values)) else ()


@rule(
    "cell", kinds=TEXT, stage=DAMAGE, severity="error", clean=lambda _: Holding(privacy.PHONE_SIGNS),
    ja="「{value}」に携帯電話の番号（{found}）があります。個人の番号なら消してください。公開してよい連絡先なら、"
    "データセットの電話番号の列に書いてください。",
    en="“{value}” holds a mobile telephone number ({found}). Delete it if it is a person's; a contact for the public "
    "belongs in the dataset's column for telephone numbers.",
    bad="担当 090-0000-0000", good="担当 市民課", source=LAW,
)  # fmt: skip
def personal_phone(value: str, field: Field) -> Hit | None:
    """個人の携帯電話の番号は公開しません。070・080・090 で始まる番号を、連絡先の列のほかで見つけると止めます。

    Mobile numbers of people are not published; one beginning with 070, 080 or 090 stops a file unless it stands
    in a contact column that the dataset defines.
    """
    if privacy.names_phone(field.name):  # judged as a whole column
        return None
    found = privacy.mobile(value)
    return {"found": found} if found else None


@rule(
    "cell", kinds=TEXT, stage=DAMAGE, severity="error", clean=lambda _: Holding(privacy.MAIL_SIGNS),
    ja="「{value}」に個人用のメールアドレス（{found}）があります。個人のものなら消してください。公開してよい連絡先なら、"
    "データセットのメールアドレスの列に書いてください。",
    en="“{value}” holds a private mail address ({found}). Delete it if it is a person's; a contact for the public belongs "
    "in the dataset's column for mail addresses.",
    bad="taro@docomo.ne.jp", good="kouhou@city.example.lg.jp", source=LAW,
)  # fmt: skip
def personal_mail(value: str, field: Field) -> Hit | None:
    """携帯電話会社や無料メールのアドレスは個人のものと考え、連絡先の列のほかでは公開しません。

    Addresses at mobile carriers and free mail services are taken for a person's and stop a file unless they stand
    in a contact column that the dataset defines.
    """
    if privacy.names_mail(field.name):  # judged as a whole column
        return None
    found = privacy.personal_mail(value)
    return {"found": found} if found else None


@rule(
    "cell", kinds=TEXT, stage=DAMAGE, severity="error", clean=lambda _: Holding(privacy.NUMBER_SIGNS),
    ja="文章の中に、マイナンバー（個人番号）の形と検査数字に合う12桁の番号（末尾 {end}）があります。マイナンバーなら直ちに"
    "消し、元のファイルの扱いも確かめてください。",
    en="The text holds twelve digits (ending in {end}) with the form and check digit of an individual number "
    "(My Number). If it is one, delete it at once and look after the original file too.",
    bad="個人番号 123456789018", good="（番号を消したセル）", source=NUMBER_LAW,
)  # fmt: skip
def personal_number_inside(value: str, field: Field) -> Hit | None:
    """マイナンバーは、どの列にも書きません。番号だけのセルは列全体で判断します（personal-number）。

    An individual number (My Number) stands in no column. Cells of nothing but a number are judged as a column
    (personal-number).
    """
    digits = privacy.twelve_digits(value)
    if digits is None or privacy.is_twelve_digits(value):
        return None
    # Beside its own name any twelve digits count; a wrong digit is more likely than another meaning.
    certain = privacy.SAYS_NUMBER.search(value) or privacy.has_check_digit(digits)
    return {"end": digits[-2:]} if certain else None


# --- cells that do something when they are opened -----------------------------------------------------

_FORMULA = later(r"[\t\r]*(?:=|@(?![A-Za-z0-9_.]+$)|[+-](?=[A-Za-z_]+[(!|]|.*\|))")
_LIKE_FORMULA = later(r"[\t\r]*(?:@|[+-](?![0-9０-９ 　()（）.,\-–]+$))")
_SURELY_NO_FORMULA = "[^=@+\\-\t\r\n][^\n]*"


@rule(
    "cell", kinds=TEXT, stage=DAMAGE, severity="error", clean=_SURELY_NO_FORMULA,
    ja="「{value}」は、表計算ソフトで開くと計算式として動きます。先頭の「{sign}」を取るか、式の結果の値に置き換えてください。",
    en="“{value}” runs as a formula when it is opened in a spreadsheet. Take the leading “{sign}” away, or write the "
    "formula's result.",
    bad="=HYPERLINK(A1)", good="https://www.city.example.lg.jp/", source=INJECTION,
)  # fmt: skip
def formula_start(value: str, field: Field) -> Hit | None:
    """「=」や「@」で始まるセルは、開いた人のパソコンで計算式として動くことがあります。

    A cell that begins with “=” or “@” can run as a formula on the computer of whoever opens the file.
    """
    return {"sign": value.lstrip("\t\r")[0]} if _FORMULA.match(value) else None


@rule(
    "cell", kinds=TEXT, stage=DAMAGE, severity="warning", clean=_SURELY_NO_FORMULA,
    ja="「{value}」は「{sign}」で始まるので、表計算ソフトで開くと計算式のエラーに変わることがあります。先頭の文字を変えてください。",
    en="“{value}” begins with “{sign}”; a spreadsheet may turn it into a formula error. Begin it with another character.",
    bad="-無料", good="無料", source=INJECTION,
)  # fmt: skip
def formula_like(value: str, field: Field) -> Hit | None:
    """数値でも電話番号でもないのに「+」「-」で始まるセルや「@名前」だけのセルは、計算式と間違えられます。

    A cell beginning with “+” or “-” that is neither number nor telephone number, or a bare “@name”, is taken for a formula.
    """
    if _FORMULA.match(value) or len(value.strip()) < 2 or not _LIKE_FORMULA.match(value):
        return None
    if re.fullmatch(r"[-ー－]+", value.strip()):  # a placeholder
        return None
    return {"sign": value.lstrip("\t\r")[0]}


@rule(
    "cell", kinds=TEXT, stage=DAMAGE, severity="error", clean=lambda _: OfOtherLength(0, LONGEST_CELL),
    ja="このセルは {length:,} 文字あります。Excel は 32,767 文字までしか読めません。短くするか、別の文書にしてください。",
    en="This cell has {length:,} characters; Excel reads no more than 32,767. Shorten it, or make it a document of its own.",
    bad="（40,000文字の説明）", good="（32,767文字までの説明）",
    source="Microsoft Excel の仕様と制限（セルに入る文字数）",
)  # fmt: skip
def cell_too_long(value: str, field: Field) -> Hit | None:
    """一つのセルは 32,767 文字までです。長すぎるセルは、引用符の閉じ忘れの跡であることもあります。

    A cell has up to 32,767 characters. A longer one may also be what a missing quote left behind.
    """
    return {"length": len(value)} if len(value) > LONGEST_CELL else None


@rule(
    "file", severity="error",
    ja="{least:,}文字を超えても終わらないセルか行があります。「\"」の閉じ忘れか、表ではないファイルです。元の表を開いて確かめ、"
    "保存し直してください。",
    en="A cell or line does not end within {least:,} characters: a quote is not closed, or this is no table. Look at the "
    "original and save it again.",
    bad="（数MBに及ぶセル）", good="（32,767文字までのセル）", source="https://www.rfc-editor.org/rfc/rfc4180",
)  # fmt: skip
def cell_endless() -> Iterator[Hit]:
    """極端に長いセルや行は、読み切る前に断ります。

    A cell or line of extreme length is refused before it is read to its end.
    """
    return _seen_by_gate()


# --- names of columns ---------------------------------------------------------------------------------------


@rule(
    "header", severity="warning",
    ja="項目名「{label}」は UTF-8 で {bytes} バイトあります。CKAN のデータストアは 63 バイト（漢字21字）で切ります。"
    "短い項目名にしてください。",
    en="The column name “{label}” has {bytes} bytes in UTF-8. CKAN's DataStore cuts it after 63 (21 kanji). Shorten it.",
    bad="指定緊急避難場所として利用できる期間と時間帯の説明", good="利用できる期間の説明",
    source="PostgreSQL: Identifiers and Key Words（63バイト）",
)  # fmt: skip
def column_name_long(table: Table, match: Match | None, filled: Sequence[bool]) -> Iterator[Hit]:
    """定義にない項目名は、UTF-8 で 63 バイトまでにします。

    A column name that is not in the definition has no more than 63 bytes in UTF-8.
    """
    defined = {m.column for m in match.mapping if m.field == m.label} if match else set()
    for column, label in enumerate(table.labels, 1):
        size = len(label.encode("utf-8", "replace"))
        if size > LONGEST_NAME and column not in defined:
            yield {"column": column, "label": label, "bytes": size}


# --- columns, sheets and books; found by odtool.judging.gate --------------------------------------------------------


def _seen_by_gate() -> Iterator[Hit]:
    """`odtool.judging.gate` finds these where it looks at whole columns and sheets."""
    yield from ()


@rule(
    "table", severity="error",
    ja="マイナンバー（個人番号）の列とみられます（{reason}）。公開できません。列ごと消し、元のファイルの扱いも確かめてください。",
    en="This looks like a column of individual numbers (My Number: {reason_en}). It must not be published: delete the "
    "column and look after the original file too.",
    bad="個人番号: 123456789018", good="（列がない）", source=NUMBER_LAW,
)  # fmt: skip
def personal_number() -> Iterator[Hit]:
    """12桁の番号は10個に1個が偶然に検査数字と合うので、列全体の割合と項目名で判断します。

    One in ten of any twelve-digit numbers has the right check digit by chance, so the share in the whole column and
    the column's name decide.
    """
    return _seen_by_gate()


@rule(
    "table", severity="error",
    ja="個人の氏名の列とみられます（{reason}）。{advice}",
    en="This looks like a column of people's names ({reason_en}). {advice_en}",
    bad="氏名: 山田太郎", good="（列がない）", source=LAW,
)  # fmt: skip
def personal_name() -> Iterator[Hit]:
    """氏名は、住所・生年月日・電話番号などと組になると個人が分かります。代表者や作者の名前らしい列は注意だけにします。

    Names tell who a person is, the more so beside home address, birth date or telephone number. Names of officers and
    authors are a warning only.
    """
    return _seen_by_gate()


@rule(
    "table", severity="error",
    ja="{what}の列とみられます（{reason}）。{advice}",
    en="This looks like a column of {what_en} ({reason_en}). {advice_en}",
    bad="生年月日: 1958-03-02", good="（列がない）", source=LAW,
)  # fmt: skip
def personal_column() -> Iterator[Hit]:
    """生年月日、自宅の住所、個人の電話番号・メールアドレス、被保険者番号などの列は、オープンデータには入れません。

    Columns of birth dates, home addresses, people's telephone numbers and mail addresses, insurance numbers and the
    like are no open data.
    """
    return _seen_by_gate()


@rule(
    "table", severity="error",
    ja="{count}行が個人の記録とみられます（{rows}行目: 人の名前と携帯電話の番号）。別の名簿が混ざっていないか確かめ、行ごと消してください。",
    en="{count} rows look like records of people (row {rows}: a person's name and a mobile number). Check whether another "
    "list got in, and delete the rows.",
    bad="山田太郎,090-0000-0000", good="中央公民館,0772-00-0000", source=LAW,
)  # fmt: skip
def personal_rows() -> Iterator[Hit]:
    """施設などの一覧に、名簿の行が混ざることがあります。

    Rows of a list of people can get into a list of places.
    """
    return _seen_by_gate()


@rule(
    "file", severity="error",
    ja="{kind}シート「{sheet}」に個人の情報とみられるものがあります（{reason}）。シートごと消してください。",
    en="The {kind_en} sheet “{sheet}” seems to hold personal data ({reason_en}). Delete the whole sheet.",
    bad="非表示のシート「名簿」", good="シート: 一覧", source=LAW,
)  # fmt: skip
def personal_sheet() -> Iterator[Hit]:
    """公開する表のほかのシートも、表示・非表示にかかわらず全部を調べます。

    The sheets besides the published one are looked at as well, hidden or not.
    """
    return _seen_by_gate()


@rule(
    "file", severity="error",
    ja="隠れた列（{columns}列「{labels}」）に値があります。CSV にすると見える列になります。再表示して、要らない列は消してください。",
    en="Hidden columns ({columns}: “{labels_en}”) hold values; in a CSV they are visible. Unhide them, and delete what is not needed.",
    bad="非表示の列「備考2」", good="（非表示の列がない）", source=f"{MACHINE_READABILITY} L1-13",
)  # fmt: skip
def column_hidden() -> Iterator[Hit]:
    """隠した列は、公開するときには隠れません。

    A hidden column is not hidden in what is published.
    """
    return _seen_by_gate()


@rule(
    "file", severity="warning",
    ja="隠れた行が{count}行あります（{rows}行目）。CSV にすると見える行になります。再表示して、要らない行は消してください。",
    en="{count} rows are hidden (row {rows}); in a CSV they are visible. Unhide them, and delete what is not needed.",
    bad="非表示の行", good="（非表示の行がない）", source=f"{MACHINE_READABILITY} L1-13",
)  # fmt: skip
def row_hidden() -> Iterator[Hit]:
    """隠した行やフィルターで見えない行は、公開するときには隠れません。

    Rows that are hidden or filtered out are not hidden in what is published.
    """
    return _seen_by_gate()


@rule(
    "file", severity="warning",
    ja="セルのコメント（メモ）が{count}個あります（{cells}）。ブックのまま公開すると読まれます。消してください。",
    en="There are {count} cell comments ({cells}). They can be read where the book itself is published: delete them.",
    bad="コメント「担当に確認」", good="（コメントがない）", source=f"{MACHINE_READABILITY} L1-13",
)  # fmt: skip
def comment_left() -> Iterator[Hit]:
    """コメントには、書いた人の名前や内部のやり取りが残ります。

    Comments keep the names of those who wrote them, and internal remarks.
    """
    return _seen_by_gate()


@rule(
    "file", severity="error",
    ja="セルのコメントに個人の情報とみられるものがあります（{cells}: {reason}）。コメントを消してください。",
    en="A cell comment seems to hold personal data ({cells}: {reason_en}). Delete the comment.",
    bad="コメント「山田 090-0000-0000」", good="（コメントがない）", source=LAW,
)  # fmt: skip
def personal_comment() -> Iterator[Hit]:
    """コメントも中身と同じように調べます。

    Comments are looked at as the cells are.
    """
    return _seen_by_gate()


@rule(
    "file", severity="warning",
    ja="ブックのプロパティに名前（{names}）が残っています。ブックのまま公開するなら、「ファイル」→「情報」→"
    "「ドキュメント検査」で消してください（odtool が公開する CSV には入りません）。",
    en="The book's properties keep names ({names}). Remove them (File, Info, Inspect Document) if the book itself is to be "
    "published; the CSV that odtool publishes does not have them.",
    bad="作成者: 山田太郎", good="作成者: （空）", source=LAW,
)  # fmt: skip
def author_left() -> Iterator[Hit]:
    """ブックの作成者や最終更新者には、職員の氏名が入っていることがあります。

    A book's author and last editor often are the names of staff.
    """
    return _seen_by_gate()


@rule(
    "file", severity="error",
    ja="列が{count:,}列あります。{most:,}列を超える表は確認できません。要る列だけを残すか、行と列を入れ替えてください。",
    en="There are {count:,} columns; a table of more than {most:,} is not judged. Keep the columns you need, or exchange rows "
    "and columns.",
    bad="（20,000列の表）", good="（2,000列までの表）", source="https://support.microsoft.com/excel（列の上限 16,384）",
)  # fmt: skip
def columns_too_many() -> Iterator[Hit]:
    """列の極端に多い表は、確認する前に断ります。

    A table of extremely many columns is refused before it is judged.
    """
    return _seen_by_gate()
