"""Level 3: the rules on layout, time and area (L3-01, L3-05, L3-06, L3-07, L3-09)."""

import re
from collections.abc import Iterator, Mapping, Sequence

from odtool.municipality import exists, municipalities, prefectures
from odtool.readability.criterion import criterion, found_by_ordinary
from odtool.readability.facts import Column, Facts, Sheet
from odtool.readability.level2 import is_mark
from odtool.readability.model import Place, Undecided, Words
from odtool.readability.places import columns, in_column, listed, of_findings, rows
from odtool.readability.values import plain_text
from odtool.text import column_letter, fold, narrow, percent, visible


@criterion(
    "L3-01", "項目名行から始まり、次行からデータ入力がされているか", "Are the names in row 1 and the data from row 2?",
    weight="fatal",
    advice="1行目を項目名の行だけにし、2行目からデータを書いてください。",
    advice_en="Make row 1 the only row of names and begin the data in row 2.",
    bad="1行目に表題、3行目に項目名", good="1行目に項目名、2行目からデータ",
)  # fmt: skip
def names_first(facts: Facts) -> Iterator[Place]:
    """項目名が1行目になければ満たしません。項目名とデータの間に空の行があるか、項目名が2行以上あるときも満たしません。
    データセットが分かった表では、その項目名の行を使います。

    Not met where the names are not in row 1, an empty row parts them from the data, or they take more than
    one row. Where the dataset was recognised, its row of names is used.
    """
    for sheet in facts.tables:
        assert sheet.layout
        layout = sheet.layout
        yield from of_findings(
            sheet, [f for f in sheet.findings if f.rule in ("header-not-first", "file-empty")]
        )
        gap = [
            row
            for row in layout.blank_rows
            if layout.data_rows and layout.header[1] < row < layout.data_rows[0]
        ]
        if gap:
            yield Place(
                Words(
                    "項目名とデータの間に空の行があります。", "An empty row parts the names from the data."
                ),
                rows(gap),
                sheet.name,
                len(gap),
            )
        if layout.header[1] > layout.header[0]:
            count = layout.header[1] - layout.header[0] + 1
            yield Place(Words(f"項目名の行が{count}行あります。", f"The names take {count} rows."),
                        rows(range(layout.header[0], layout.header[1] + 1)), sheet.name, weight="major")  # fmt: skip


_ERA = r"(?:明治|大正|昭和|平成|令和|[MTSHR])\s?\.?(?:元|[0-9]{1,2})"
_TIME_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("2026年（令和8年）", re.compile(rf"[0-9]{{4}}年?度?\s*[（(]\s*{_ERA}年?度?\s*[）)].*|{_ERA}年?度?\s*[（(]\s*[0-9]{{4}}年?度?\s*[）)].*")),
    ("2026-04-01", re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?(?:[T ][0-9:]+(?:[+-][0-9:]+|Z)?)?")),
    ("2026/4/1", re.compile(r"[0-9]{4}/[0-9]{1,2}(?:/[0-9]{1,2})?(?: [0-9:]+)?")),
    ("2026.4.1", re.compile(r"[0-9]{4}\.[0-9]{1,2}(?:\.[0-9]{1,2})?")),
    ("2026年4月1日", re.compile(r"[0-9]{4}年(?:[0-9]{1,2}月)?(?:[0-9]{1,2}日)?")),
    ("2026年度", re.compile("[0-9]{4}年度")),
    ("2026", re.compile("[0-9]{4}")),
    ("20260401", re.compile("(?:19|20)[0-9]{2}[01][0-9](?:[0-3][0-9])?")),
    ("2026000000", re.compile("[0-9]{10}")),
    ("4月1日", re.compile("[0-9]{1,2}月?(?:[0-9]{1,2}日?)?")),
)  # fmt: skip
_ERA_ONLY = re.compile(rf"{_ERA}(?:年|[./-]|$).*|{_ERA}年度")
_SHORT_YEAR = re.compile(r"(?:'|’)?[0-9]{2}[/.-][0-9]{1,2}[/.-][0-9]{1,2}")
_ERA_HEADER = re.compile(
    r"(?:明治|大正|昭和|平成|令和)(?:元|[0-9０-９]{1,2})年|(?:^|[^A-Za-z])[HR][0-9]{1,2}(?:年|年度|$|\.)"
)


@criterion(
    "L3-05", "時間軸の表記が標準化されているか", "Are dates and years written in a standard way?", weight="major",
    advice="西暦（2026-04-01、2026年度など）にそろえるか、和暦に西暦を併記してください。",
    advice_en="Use the western calendar in one form, or write the western year beside the era.",
    bad="令和8年4月1日 / R8.4.1", good="2026-04-01",
)  # fmt: skip
def standard_time(facts: Facts) -> Iterator[Place]:
    """日付・年・年度の列に、西暦のない和暦か2桁の年があるか、一つの列で書き方が混じっていれば満たしません。どれかの西暦の書き方に
    そろっていれば満たします（国の定義が求める 2026-04-01 の形かどうかは、ふだんの確認で見ます）。西暦の列が隣にある和暦の列と、項目名の和暦は参考です。時間の列がなければ判定しません。

    Not met where a column of dates or years holds an era without the western year, or years of two digits, or
    mixes forms. Any western form will do if it is used
    throughout (whether it is the national one, 2026-04-01, is judged by the ordinary rules). An era beside a western column
    and eras in names are notes. Without a column of time it is not judged.
    """
    seen = False
    for sheet in facts.tables:
        western = any("西暦" in column.label for column in sheet.columns)
        for column in sheet.columns:
            if (
                _ERA_HEADER.search(plain_text(column.label))
                and not re.search("[0-9]{4}", plain_text(column.label))
                and not column.national
            ):
                seen = True
                yield Place(Words(f"項目名「{visible(column.label)}」の年が和暦だけです。", f"The name “{visible(column.label)}” holds only the era's year."),
                            (f"{column_letter(column.number)}{sheet.layout.header[1] if sheet.layout else 1}",), sheet.name, note=True)  # fmt: skip
            if column.role != "date" or not column.values:
                continue
            seen = True
            yield from _forms_of_time(sheet, column, western)
    if not seen:
        yield Undecided(Words("日付や年の列がありません", "there is no column of dates or years"))


def _forms_of_time(sheet: Sheet, column: Column, western: bool) -> Iterator[Place]:
    forms: dict[str, list[str]] = {}
    eras, short, odd = [], [], []
    for text in column.values:
        bare = narrow(text[:80]).replace("−", "-")
        form = next((name for name, pattern in _TIME_FORMS if pattern.fullmatch(bare)), None)
        if form:
            forms.setdefault(form, []).append(text)
        elif _ERA_ONLY.fullmatch(bare):
            eras.append(text)
        elif _SHORT_YEAR.fullmatch(bare):
            short.append(text)
        elif not is_mark(text):
            odd.append(text)
    if odd and forms:
        yield in_column(
            sheet,
            column,
            odd,
            "「{value}」など、日付や年として読めない値があります。",
            "“{value}” … are no dates or years.",
        )
    if eras:
        yield in_column(sheet, column, eras, "「{value}」など、西暦のない和暦があります。", "the era's year without the western one (“{value}” …).",
                        note=western)  # fmt: skip
    if short:
        yield in_column(
            sheet, column, short, "「{value}」など、年が2桁です。", "years of two digits (“{value}” …)."
        )
    if len(forms) > 1:
        usual = max(forms, key=lambda name: sum(len(column.values[text]) for text in forms[name]))
        others = [text for name, texts in forms.items() if name != usual for text in texts]
        yield in_column(sheet, column, others, f"「{{value}}」など、ほかの値（{usual} の形）と書き方が違います。",
                        f"“{{value}}” … are written otherwise than the rest (like {usual}).")  # fmt: skip


_PREFECTURE_COLUMN = re.compile("都道府県|^県名?$|prefecture", re.IGNORECASE)
_CITY_COLUMN = re.compile("市区町村|市町村|区市町村|municipality|^市名$|^市町名$", re.IGNORECASE)


@criterion(
    "L3-06", "地域コード又は正式な地域名称が表記されているか", "Are areas given by standard code or full official name?",
    weight="critical",
    advice="全国地方公共団体コードの列を加えるか、都道府県名・市区町村名を省略せずに書いてください。",
    advice_en="Add a column of local government codes, or write the full names of prefecture and municipality.",
    bad="京都", good="260002 / 京都府",
)  # fmt: skip
def official_areas(facts: Facts) -> Iterator[Place]:
    """地域の列のコードが正しい（検査数字まで合う）か、都道府県名・市区町村名が正式な名前なら満たします。「京都」のような省略は満たしません。
    コードの列がないことは参考です（規則は「可能な限り」としています）。地域の列がなければ判定しません。

    Met where codes are right (with their check digit) or prefectures and municipalities have their full
    names; short names like 京都 do not meet it. A missing column of codes is a note (the rule says «as far as
    possible»). Without a column of areas it is not judged.
    """
    yield from found_by_ordinary("L3-06", facts)
    seen = coded = False
    for sheet in facts.tables:
        for column in sheet.columns:
            if column.field is not None and column.field.kind != "municipality-code":
                area = column.field.kind in ("prefecture-name", "municipality-name", "organization-name")
                seen = seen or (area and column.filled > 0)
                continue
            kind = _area_kind(column)
            if kind is None:
                continue
            seen = True
            coded = coded or kind == "code"
            wrong = [text for text in column.values if _wrong_area(text.strip(), kind)]
            if wrong:
                yield in_column(sheet, column, wrong, "「{value}」など、地域コードか正式な地域名でない値があります。",
                                "“{value}” … are neither codes nor full official names of areas.")  # fmt: skip
    if not seen:
        yield Undecided(Words("地域を表す列がありません", "there is no column of areas"))
    elif not coded:
        yield Place(Words("地域コードの列がありません。可能なら全国地方公共団体コードの列を加えてください。",
                          "There is no column of local government codes; add one if you can."), note=True)  # fmt: skip


def _area_kind(column: Column) -> str | None:
    """What area a column of no definition names: by its name, and where that is vague by its values."""
    label = column.label.strip()
    texts = [text.strip() for text in column.values]
    if not texts:
        return None
    if column.field is not None and column.field.kind == "municipality-code":
        return "code"
    if re.search(
        "団体コード|自治体コード|市区?町村コード|都道府県コード|地域コード|area_?code|municipality_?code",
        label,
        re.IGNORECASE,
    ):
        return "code"
    if column.role != "area":
        return None
    if _PREFECTURE_COLUMN.search(label):
        return "prefecture"
    if _CITY_COLUMN.search(label):
        return "city"
    short = {name[:-1] for name in prefectures()}
    if sum(text in prefectures() or text in short for text in texts) >= 0.5 * len(texts):
        return "prefecture"
    return "city" if sum(exists(text) for text in texts) >= 0.5 * len(texts) else None


def _wrong_area(text: str, kind: str) -> bool:
    if is_mark(text) or text in (
        "全国",
        "合計",
        "計",
        "総数",
        "県計",
        "市計",
        "町計",
        "その他",
        "国",
        "県外",
        "市外",
    ):
        return False
    if kind == "code":
        return not (re.fullmatch("[0-9]{2}|[0-9]{5,6}", text) and _known_code(text))
    if kind == "prefecture":
        return text not in prefectures()
    return not (exists(text) or text in prefectures() or re.fullmatch(r".{1,10}[市区町村]", text))


def _known_code(text: str) -> bool:
    """Two digits of a prefecture, five or six of a municipality (with the right check digit). A well-formed code that
    is not in today's list may be one from before a merger."""
    if len(text) == 2:
        return 1 <= int(text) <= 47
    known = municipalities()
    return text in known if len(text) == 6 else any(code[:5] == text for code in known)


@criterion(
    "L3-07", "年によってフォーマットが著しく異なっていないか", "Does the layout stay the same from year to year?", weight="major",
    advice="項目名と並びを前の版にそろえ、変えたときは変更の履歴を書いてください。",
    advice_en="Keep names and order of the former edition, and state what was changed and why.",
    bad="2025年版は12列、2026年版は30列", good="どの年も同じ12列",
)  # fmt: skip
def same_as_before(facts: Facts) -> Iterator[Place]:
    """--before で指定した前の版と、項目名の8割以上が同じで、共通する項目の順序も同じなら満たします。前の版が指定されていなければ
    判定しません。

    Met where at least 80 % of the names are those of the former edition given with --before, in the same
    order. Without a former edition it is not judged.
    """
    if not facts.before:
        yield Undecided(Words("前の版が指定されていません（--before で指定すると比べます）",
                              "no former edition was given (name one with --before)"))  # fmt: skip
    for former in facts.before:
        for sheet in facts.tables[:1]:
            yield from _changes([column.label for column in sheet.columns], former.labels, former.path, sheet)


def _changes(now: Sequence[str], then: Sequence[str], path: str, sheet: Sheet) -> Iterator[Place]:
    new, old = [fold(name) for name in now if name], [fold(name) for name in then if name]
    shared = set(new) & set(old)
    share = len(shared) / max(len(set(new) | set(old)), 1)
    if share < 0.8:
        added = listed(name for name in now if name and fold(name) not in old)
        gone = listed(name for name in then if name and fold(name) not in new)
        yield Place(
            Words(f"前の版（{visible(path, 80)}）と同じ項目は{percent(share)}%です。増えた項目: {added.ja or 'なし'}。なくなった項目: {gone.ja or 'なし'}。",
                  f"{percent(share)}% of the names are those of the former edition ({visible(path, 80)}). New: {added.en or 'none'}. Gone: {gone.en or 'none'}."),
            (), sheet.name,
        )  # fmt: skip
    elif [name for name in new if name in shared] != [name for name in old if name in shared]:
        yield Place(Words(f"前の版（{visible(path, 80)}）と項目の順序が違います。", f"The order of columns differs from the former edition ({visible(path, 80)})."),
                    (), sheet.name)  # fmt: skip


_PERIOD = re.compile(
    rf"(?:{_ERA}|(?:19|20)[0-9]{{2}})(?:年|年度)?(?:[0-9]{{1,2}}月|第?[1-4]四半期|上期|下期)?|[0-9]{{1,2}}月(?:分)?|第?[1-4一二三四]四半期|(?:19|20)[0-9]{{2}}[-/.][0-9]{{1,2}}"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?|[1-4]q|q[1-4]", re.IGNORECASE,
)  # fmt: skip
_AGES = re.compile(r"[0-9]{1,3}\s*[-~〜～－ー歳]\s*(?:[0-9]{1,3}\s*)?歳?(?:以上|未満)?.*")
_NUMBERED_NAME = re.compile(r"(.*[^0-9])([0-9]{1,2})([^0-9]*)")


@criterion(
    "L3-09", "データが縦持ち形式になっているか", "Is the data long rather than wide?", weight="major",
    advice="年や項目を列に並べず、「年」「項目」「値」の列を作り、一つの観測値を一行に書いてください。",
    advice_en="Do not spread years or items over columns: make columns for year, item and value, one row for each value.",
    bad="市区町村,2023年,2024年,2025年", good="市区町村,年,人口",
)  # fmt: skip
def long_layout(facts: Facts) -> Iterator[Place]:
    """年・月・期の名前の列が3つ以上、年齢の区分の列が4つ以上、番号だけが違う名前の列（設備1、設備2…）が4つ以上、または列が100を超えれば
    満たしません。国の定義が決めている列は数えません。

    Not met where three or more columns are named after years, months or periods, four or more after age
    bands, four or more differ only by a number, or there are more than 100 columns. Columns of a national
    definition do not count.
    """
    for sheet in facts.tables:
        own = [column for column in sheet.columns if not column.national and column.label.strip()]
        names = {column.number: plain_text(column.label[:200]).replace("\n", "") for column in own}
        taken: set[int] = set()
        periods = [
            number for number, name in names.items() if _PERIOD.fullmatch(name) or _period_prefix(name)
        ]
        for found, least, ja, en in (
            (periods, 3, "年・月・期ごとの列", "columns for years, months or periods"),
            ([n for n, name in names.items() if _AGES.fullmatch(name)], 4, "年齢の区分ごとの列", "columns for age bands"),
            *((group, 4, "番号だけが違う名前の列", "columns whose names differ only by a number") for group in _numbered(names)),
        ):  # fmt: skip
            left = [number for number in found if number not in taken]
            if len(left) >= least and len(sheet.columns) > least:
                taken.update(left)
                yield Place(
                    Words(f"{ja}が{len(left)}列あります。", f"There are {len(left)} {en}."),
                    columns(left),
                    sheet.name,
                    len(left),
                )
        if len(own) > 100:
            yield Place(
                Words(f"列が{len(sheet.columns)}あります。", f"There are {len(sheet.columns)} columns."),
                (),
                sheet.name,
            )


def _period_prefix(name: str) -> bool:
    """2024年人口, 令和5年度_件数: a period, then what is counted."""
    return re.match(rf"(?:{_ERA}年|(?:19|20)[0-9]{{2}}(?:年|_|-|\s))(?:度)?[_\s・]?\D", name) is not None


def _numbered(names: Mapping[int, str]) -> Iterator[list[int]]:
    groups: dict[tuple[str, str], list[int]] = {}
    for number, name in names.items():
        if found := _NUMBERED_NAME.fullmatch(name):
            groups.setdefault((found[1], found[3]), []).append(number)
    for group in groups.values():
        if len({names[number] for number in group}) == len(group):
            yield group
