"""The Digital Agency's samples for the 30 rules, rebuilt from their description with data of our own invention.

python -m tests.readability_samples    writes docs/parity.md: each sample's label, our verdict, every difference
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from odtool.datasets import catalog
from odtool.readability import judge
from odtool.readability.gather import gather
from odtool.readability.model import Status
from odtool.report.readability_words import VERDICTS
from tests.readability_books import with_drawing

PAGE = Path(__file__).parent.parent / "docs" / "parity.md"
Rows = list[list[Any]]

LABEL: dict[str, Status] = {"OK": "met", "NG": "not-met"}


@dataclass(frozen=True)
class Sample:
    """One sheet or file: the rule it is about, its label, what it shows, its bytes, and why we differ, if we do.

    `code` is what the sample application itself gives where that is not the label.
    """

    rule: str
    label: str
    name: str
    about: str
    data: bytes
    file: str
    code: str = ""
    why: str = ""

    @cache  # noqa: B019 - samples live as long as the run
    def verdict(self) -> Status:
        facts = gather(self.data, self.file, self.file, catalog.index())
        return next(v.status for v in judge(facts).verdicts if v.rule == self.rule)


def book(rows: Rows, change: Callable[[Worksheet], None] | None = None) -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "一覧"
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def csv(text: str, encoding: str = "utf-8-sig") -> bytes:
    return text.replace("\n", "\r\n").encode(encoding)


def merged(*ranges: str) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        for area in ranges:
            sheet.merge_cells(area)

    return change


# --- our own invented data ---------------------------------------------------------------------------

POPULATION: Rows = [
    ["市町村名", "人口", "世帯数"],
    ["青葉市", 51234, 21034],
    ["若葉町", 8120, 3320],
    ["双葉村", 2310, 980],
    ["紅葉市", 120456, 50321],
]
FACILITIES: Rows = [
    ["施設名", "所在地", "定員（人）"],
    ["青葉公民館", "青葉市本町1-1", 120],
    ["若葉図書館", "若葉町中央2-3", 80],
    ["双葉会館", "双葉村大字双葉5", 45],
    ["紅葉ホール", "紅葉市駅前4-2", 600],
]
PROFIT: Rows = [
    ["月", "売上（円）", "利益（円）"],
    *[[f"{m}月", 300000 + 1000 * m, 50000 + 100 * m] for m in range(1, 13)],
]
FRUIT = ["りんご", "みかん", "ぶどう", "もも"]
ANSWERS = ["取組済", "検討中", "予定なし"]
SPELLINGS = {
    "取組済": ("取組済", "取り組み済み"),
    "検討中": ("検討中", "検討中"),
    "予定なし": ("予定なし", "予定無し"),
}


def survey(spell: Callable[[int, str], str]) -> Rows:
    """200 answers; `spell` writes the n-th."""
    return [["回答番号", "取組の状況"], *[[n, spell(n, ANSWERS[n % 3])] for n in range(1, 201)]]


def with_column(rows: Rows, name: str, values: list[Any]) -> Rows:
    return [[*row, cell] for row, cell in zip(rows, [name, *values], strict=True)]


def text_of(rows: Rows) -> str:
    return "".join(",".join(str(cell) for cell in row) + "\n" for row in rows)


def font(cells: str, **style: Any) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        for name in cells.split():
            sheet[name].font = Font(**style)

    return change


def fill(**colours: str) -> Callable[[Worksheet], None]:
    """fill(B2="FFFF00", …)."""

    def change(sheet: Worksheet) -> None:
        for name, colour in colours.items():
            sheet[name].fill = PatternFill("solid", fgColor=colour)

    return change


def one_fill_per_column(sheet: Worksheet) -> None:
    for row in sheet.iter_rows(min_row=2):
        for cell, colour in zip(row, ("DDEBF7", "E2EFDA", "FFF2CC"), strict=True):
            cell.fill = PatternFill("solid", fgColor=colour)


def banded(sheet: Worksheet) -> None:
    for row in range(2, sheet.max_row + 1, 2):
        for cell in sheet[row]:
            cell.fill = PatternFill("solid", fgColor="DDEBF7")


def chart_beside(sheet: Worksheet) -> None:
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=5), titles_from_data=True)
    sheet.add_chart(chart, "F2")


def hide_row(sheet: Worksheet) -> None:
    sheet.row_dimensions[5].hidden = True


def hide_column(sheet: Worksheet) -> None:
    sheet.column_dimensions["C"].hidden = True


def with_lookup(sheet: Worksheet) -> None:
    sheet.parent.create_sheet("参照").append(["青葉市", 1])
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, 3).value = f"=VLOOKUP(A{row},参照!A:B,2,FALSE)"


def calculated(formula: str) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, 3).value = formula.format(row=row)

    return change


CITIES = [f"{name}市" for name in "青若双紅白黒赤緑金銀東西南北上下大小新古"] + [
    f"{n}浜町" for n in "一二三四五六七八九十"
]
REGION = [["北部", "中部", "南部"][n // 10] for n in range(30)]


def cities(region: Callable[[int], Any]) -> Rows:
    return [["地方", "市町村名", "人口"], *[[region(n), CITIES[n], 10000 + 37 * n] for n in range(30)]]


def first_only(mark: Any) -> Callable[[int], Any]:
    return lambda n: REGION[n] if n % 10 == 0 else mark(n) if callable(mark) else mark


NAMES: Rows = [["市町村名", "2024年_男", "2024年_女", "2025年_男", "2025年_女"],
               *[[CITIES[n], 100 + n, 110 + n, 101 + n, 111 + n] for n in range(6)]]  # fmt: skip
TWO_ROWS: Rows = [["市町村名", "2024年", None, "2025年", None], [None, "男", "女", "男", "女"], *NAMES[1:]]
CHOICES: Rows = [["番号", "きっかけ", "きっかけの詳細"],
                 *[[n, ["広報紙", "知人の紹介", "その他"][n % 3], "駅の掲示" if n % 3 == 2 else None] for n in range(1, 51)]]  # fmt: skip
UNITS: Rows = [
    ["施設名", "面積（㎡）", "高さ（m）"],
    ["青葉公民館", 1250, 12.5],
    ["若葉図書館", 980, 9.8],
    ["双葉会館", 640, 7.2],
]
MATERIALS: Rows = [
    ["品名", "寸法", "価格（円）"],
    ["棚", "幅80cm", 12000],
    ["机", "幅120cm", 25000],
    ["椅子", "幅45cm", 8000],
]


def renamed(rows: Rows, *names: Any) -> Rows:
    return [list(names), *rows[1:]]


def replaced(rows: Rows, column: int, *values: Any) -> Rows:
    """The rows, the first values of one column exchanged."""
    return [rows[0], *[[*row[:column], values[n] if n < len(values) else row[column], *row[column + 1 :]]
                       for n, row in enumerate(rows[1:])]]  # fmt: skip


QUOTED = 'ID,施設名,説明\n1,青葉公民館,"会議室と\n和室があります"\n2,若葉図書館,"本と\n雑誌"\n'
UNQUOTED = QUOTED.replace('"', "")
COMMAS = 'ID,施設名,所在地\n1,青葉公民館,"青葉市,本町1-1"\n2,若葉図書館,"若葉町,中央2-3"\n'
HEADER_LATE: Rows = [["施設の一覧（2026年4月）", None, None], *FACILITIES]
THREE_HEADERS: Rows = [["市町村名", "人口", None, None], [None, "2025年", None, None], [None, "男", "女", "計"],
                       *[[CITIES[n], 100 + n, 110 + n, 210 + 2 * n] for n in range(6)]]  # fmt: skip


SAMPLES: tuple[Sample, ...] = (
    Sample("L1-01", "OK", "rule_01 OK", "人口の表（英語）のブック", book([["City", "Population"], ["Aoba", 51234], ["Wakaba", 8120]]), "a.xlsx"),
    Sample("L1-01", "NG", "rule_01 NG pdf", "同じ表の PDF", b"%PDF-1.7\n1 0 obj\n", "a.pdf", "例外（判定なし）"),
    Sample("L1-01", "NG", "rule_01 NG docx", "同じ表の Word 文書", with_drawing(b"", docx=True), "a.docx", "例外（判定なし）"),
    Sample("L1-02", "OK", "rule_02 OK", "表が一つ", book(POPULATION), "a.xlsx"),
    Sample("L1-02", "NG", "rule_02 NG", "空の行の後に2つ目の表（ブック）", book([*POPULATION, [None], ["施設種別", "施設数", "定員"], ["公民館", 12, 900], ["図書館", 3, 250]]), "a.xlsx"),
    Sample("L1-02", "NG", "rule_02 NG csv", "空の行の後に2つ目の表（CSV）", csv(text_of([*POPULATION, ["", "", ""], ["施設種別", "施設数", "定員"], ["公民館", 12, 900], ["図書館", 3, 250]])), "a.csv"),
    Sample("L1-03", "OK", "rule_03 OK", "空の行も列もない", book(POPULATION), "a.xlsx"),
    Sample("L1-03", "NG", "rule_03 NG-01", "上に2行、途中に空の行", book([["人口"], ["2026年"], *POPULATION[:3], [None], *POPULATION[3:]]), "a.xlsx"),
    Sample("L1-03", "NG", "rule_03 NG-02", "途中に空の列", book([[row[0], None, *row[1:]] for row in POPULATION]), "a.xlsx"),
    Sample("L1-04", "OK", "rule_04 OK", "表だけ", book(POPULATION), "a.xlsx"),
    Sample("L1-04", "NG", "rule_04 NG-01", "右の離れた列に注、下に出典・作成者・日付", book([[*POPULATION[0], None, None, None, None, None, "注: 速報値"], *POPULATION[1:], [None], ["出典: 住民基本台帳"], ["作成者: 企画課"], ["2026年4月1日"]]), "a.xlsx"),
    Sample("L1-04", "NG", "rule_04 NG-02", "横に注記、すぐ下に出典", book([POPULATION[0], [*POPULATION[1], None, "合併後"], *POPULATION[2:4], [*POPULATION[4], None, "推計"], ["出典: 住民基本台帳"]]), "a.xlsx"),
    Sample("L1-05", "OK", "rule_05 OK", "どの列にも名前", book(POPULATION), "a.xlsx"),
    Sample("L1-05", "NG", "rule_05 NG-01", "名前のない列が2つ", book(renamed(POPULATION, "市町村名", None, None)), "a.xlsx"),
    Sample("L1-05", "NG", "rule_05 NG-02", "名前が 001〜003", book(renamed(POPULATION, "001", "002", "003")), "a.xlsx"),
    Sample("L1-06", "OK", "rule_06 OK", "余分な空白がない", book(FACILITIES), "a.xlsx"),
    Sample("L1-06", "OK", "rule_06 OK-English", "英語の語の間の空白", csv("Name,Address\nAoba Community Hall,1-1 Honcho Aoba City\nWakaba Library,2-3 Chuo Wakaba Town\n"), "a.csv"),
    Sample("L1-06", "NG", "rule_06 NG-01", "値の前後の空白", book(replaced(FACILITIES, 0, " 青葉公民館", "若葉図書館　")), "a.xlsx"),
    Sample("L1-06", "NG", "rule_06 NG-02", "語の中に続く空白", book(replaced(FACILITIES, 0, "青葉　　公民館", "若葉　　図書館")), "a.xlsx"),
    Sample("L1-06", "NG", "rule_06 NG-03", "体裁のための改行", book(replaced(FACILITIES, 0, "青葉\n公民館", "若葉\n図書館")), "a.xlsx"),
    Sample("L1-06", "NG", "rule_06 NG-01 csv", "値の前後の空白（CSV）", csv(text_of(replaced(FACILITIES, 0, "　青葉公民館", "若葉図書館 "))), "a.csv"),
    Sample("L1-06", "NG", "rule_06 NG-02 csv", "文字の間を広げる空白（CSV）", csv(text_of(replaced(FACILITIES, 0, "青 葉 会 館", "若 葉 会 館"))), "a.csv"),
    Sample("L1-07", "OK", "rule_07 OK", "一つのセルに一つの値", book(POPULATION), "a.xlsx"),
    Sample("L1-07", "NG", "rule_07 NG-01", "n、n（n）", book(replaced(POPULATION, 1, "51,234（25,600）", "8,120（4,010）", "2,310（1,100）", "120,456（60,001）")), "a.xlsx"),
    Sample("L1-07", "NG", "rule_07 NG-02", "n（n）", book(replaced(POPULATION, 1, "51234（25600）", "8120（4010）", "2310（1100）", "120456（60001）")), "a.xlsx"),
    Sample("L1-07", "NG", "rule_07 NG-03", "n（年度）、n（年度）", book(replaced(POPULATION, 1, "51234（2024年度）、50990（2025年度）", "8120（2024年度）、8090（2025年度）")), "a.xlsx"),
    Sample("L1-07", "NG", "rule_07 NG-04", "項目名が改行とスラッシュで2つの意味", book(renamed(POPULATION, "市町村名", "人口\n／世帯数", "面積")), "a.xlsx"),
    Sample("L1-07", "NG", "rule_07 NG-05", "「・」の箇条書き", book(with_column(FACILITIES, "設備", ["・駐車場\n・和室", "・駐車場", "・調理室\n・和室", "・駐車場"])), "a.xlsx"),
    Sample("L1-07", "NG", "rule_07 NG-06", "改行で並べた一覧", book(with_column(FACILITIES, "設備", ["駐車場\n和室", "駐車場", "調理室\n和室", "駐車場"])), "a.xlsx"),
    Sample("L1-07", "NG", "rule_07 NG-07", "カンマで並べた一覧", book(with_column(FACILITIES, "設備", ["駐車場,和室", "駐車場", "調理室,和室,書庫", "駐車場"])), "a.xlsx"),
    Sample("L1-08", "OK", "rule_08 OK ㎡", "単位の ㎡", book(renamed(UNITS, "施設名", "面積（㎡）", "高さ（m）")), "a.xlsx"),
    Sample("L1-08", "OK", "rule_08 OK Ⅰ-0", "符号の Ⅰ-0", book(with_column(FACILITIES, "類型", ["Ⅰ-0", "Ⅱ-1", "Ⅰ-2", "Ⅲ-0"])), "a.xlsx"),
    Sample("L1-08", "OK", "rule_08 OK csv UTF-8", "UTF-8 の CSV で、記号がない", csv(text_of(FACILITIES)), "a.csv"),
    Sample("L1-08", "NG", "rule_08 NG-01", "丸数字 ①⑤⑩", book(with_column(FACILITIES, "順位", ["①", "⑤", "⑩", "③"])), "a.xlsx", "満たす", "アプリは CP932 のファイルしか見ません。私たちはどの文字コードでも見るため、札と一致します。"),
    Sample("L1-08", "NG", "rule_08 NG-02", "ローマ数字 Ⅲ Ⅳ", book(with_column(FACILITIES, "等級", ["Ⅲ", "Ⅳ", "Ⅰ", "Ⅲ"])), "a.xlsx", "満たす", "同上"),
    Sample("L1-08", "NG", "rule_08 NG-03", "㈱ ㍉ ㌔㌢", book(with_column(MATERIALS, "製造", ["㈱青葉", "㍉", "㌔㌢"])), "a.xlsx", "満たす", "同上"),
    Sample("L1-08", "NG", "rule_08 NG csv CP932", "CP932 の CSV の丸数字", csv(text_of(with_column(FACILITIES, "順位", ["①", "⑤", "⑩", "③"])), "cp932"), "a.csv"),
    Sample("L1-10", "OK", "rule_10 OK-01", "表の上の行のテキストボックス", with_drawing(book([[None], [None], *FACILITIES]), kind="text-box", at=(1, 1), text="速報値です"), "a.xlsx"),
    Sample("L1-10", "OK", "rule_10 OK-02", "表の右の図", book(FACILITIES, chart_beside), "a.xlsx"),
    Sample("L1-10", "NG", "rule_10 NG-01", "A2 に枠の画像", with_drawing(book(FACILITIES), kind="picture", at=(2, 1)), "a.xlsx"),
    Sample("L1-10", "NG", "rule_10 NG-02", "抜けた見出しの上のテキストボックス", with_drawing(book(FACILITIES), kind="text-box", at=(3, 1), text="若葉図書館"), "a.xlsx"),
    Sample("L1-11", "OK", "rule_11 OK-01", "項目名だけ太字", book(POPULATION, font("A1 B1 C1", bold=True)), "a.xlsx"),
    Sample("L1-11", "OK", "rule_11 OK-02", "領域（列）ごとに一つの塗り", book(POPULATION, one_fill_per_column), "a.xlsx"),
    Sample("L1-11", "NG", "rule_11 NG-01", "赤い文字", book(POPULATION, font("B3", color="FF0000")), "a.xlsx"),
    Sample("L1-11", "NG", "rule_11 NG-02", "太字のセルが一つ", book(POPULATION, font("B4", bold=True)), "a.xlsx"),
    Sample("L1-11", "NG", "rule_11 NG-03", "3色の塗り", book(POPULATION, fill(B2="FFFF00", B3="92D050", B4="FF0000")), "a.xlsx"),
    Sample("L1-11", "NG", "rule_11 NG-04", "1行おきの塗り", book(POPULATION, banded), "a.xlsx"),
    Sample("L1-11", "NG", "rule_11 NG-05", "斜体が2つ", book(POPULATION, font("A2 A4", italic=True)), "a.xlsx"),
    Sample("L1-12", "OK", "rule_12 OK", "結合がない", book(POPULATION), "a.xlsx"),
    Sample("L1-12", "NG", "rule_12 NG-01", "項目名の行を結合", book(TWO_ROWS, merged("B1:C1", "D1:E1")), "a.xlsx", "満たす", "アプリは項目名の結合を L2-03 だけで扱います。題名は「セルの結合をしていないか」なので、私たちは両方で満たさないとし、札と一致します。"),
    Sample("L1-12", "NG", "rule_12 NG-02", "データの2行を結合", book([POPULATION[0], POPULATION[1], [None, 100, 50], *POPULATION[3:]], merged("A2:A3")), "a.xlsx"),
    Sample("L1-13", "OK", "rule_13 OK", "非表示がない", book(POPULATION), "a.xlsx"),
    Sample("L1-13", "NG", "rule_13 NG-01", "5行目が非表示", book(POPULATION, hide_row), "a.xlsx"),
    Sample("L1-13", "NG", "rule_13 NG-02", "列が非表示", book(POPULATION, hide_column), "a.xlsx"),
    Sample("L1-14", "OK", "rule_14 OK csv", "引用符で囲んだ改行", csv(QUOTED), "a.csv", "満たさない", "規則の本文は「データの内部に改行が含まれていると…１つのデータは必ず１行で完結させる」としており、引用符で囲んだ改行も当てはまります。アプリのコードと単体テストも満たさないとしており、札だけが違います。"),
    Sample("L1-14", "NG", "rule_14 NG csv", "引用符のない改行", csv(UNQUOTED), "a.csv", "満たす（L1-15 が満たさない）", "アプリは割れた行をセルの数の違い（L1-15）とだけ見ます。私たちは割れた行をつなぐと項目の数に合うことを確かめて L1-14 とし、札と一致します。"),
    Sample("L1-15", "OK", "rule_15 OK csv", "カンマを含む値を引用符で囲む", csv(COMMAS), "a.csv"),
    Sample("L1-15", "NG", "rule_15 NG csv", "カンマを含む値を囲まない", csv(COMMAS.replace('"', "")), "a.csv"),
    Sample("L2-01", "OK", "rule_16 OK", "月ごとの売上と利益", book(PROFIT), "a.xlsx"),
    Sample("L2-01", "NG", "rule_16 NG-01", "▲50,000", book(replaced(PROFIT, 2, "▲50,000", "▲1,200")), "a.xlsx"),
    Sample("L2-01", "NG", "rule_16 NG-02", "円を付けた値", book(replaced(PROFIT, 1, *[f"{300000 + m}円" for m in range(12)])), "a.xlsx"),
    Sample("L2-01", "NG", "rule_16 NG-03", "¥ と (50000)", book(replaced(PROFIT, 1, "¥300000", "(50000)")), "a.xlsx"),
    Sample("L2-01", "NG", "rule_16 NG-04", "「150 000」（列のすべて）", book(replaced(PROFIT, 1, *[f"{150 + m} 000" for m in range(12)])), "a.xlsx", "満たす（AI なし）", "アプリはすべての値が文字のとき文字の列とみなします。私たちは数に見える値が半分以上なら数値の列とみなし、札と一致します。"),
    Sample("L2-01", "NG", "rule_16 NG-05", "0(a と脚注", book([*replaced(PROFIT, 2, "0(a", "1200(a"), [None], ["(a 速報値"]]), "a.xlsx"),
    Sample("L2-02", "OK", "rule_17 OK", "30の市町村、どの行にも地方名", book(cities(lambda n: REGION[n])), "a.xlsx"),
    Sample("L2-02", "NG", "rule_17 NG-01", "同じ値を空欄に", book(cities(first_only(None))), "a.xlsx"),
    Sample("L2-02", "NG", "rule_17 NG-02", "同じ値の代わりに行番号", book(cities(first_only(lambda n: n // 10 * 10 + 2))), "a.xlsx", "判定しない（AI なし）", "アプリは AI なしでは見ません。私たちは文字の列の数がすべて前の行の番号であることを確かめ、札と一致します。"),
    Sample("L2-02", "NG", "rule_17 NG-03", "〃", book(cities(first_only("〃"))), "a.xlsx"),
    Sample("L2-02", "NG", "rule_17 NG-04", "同上", book(cities(first_only("同上"))), "a.xlsx"),
    Sample("L2-02", "OK", "（自作）〇", "「あり」の印の 〇", book([["施設名", "駐車場", "定員（人）"], ["青葉公民館", "〇", 10], ["若葉図書館", "〇", 20], ["双葉会館", "", 30]]), "a.xlsx", "見出しの列なら満たさない", "アプリは 〇 を「同じ」の印の一つに数えます。自治体の表では「あり」の印なので、私たちは数えません（公式の見本にはない例です）。"),
    Sample("L2-03", "OK", "rule_18 OK", "つないだ項目名", book(NAMES), "a.xlsx"),
    Sample("L2-03", "NG", "rule_18 NG-01", "結合した親の項目名", book(TWO_ROWS, merged("B1:C1", "D1:E1", "A1:A2")), "a.xlsx"),
    Sample("L2-03", "NG", "rule_18 NG-02", "単位の行", book([["市町村名", "人口", "面積"], [None, "（人）", "（km2）"], *[[CITIES[n], 100 + n, 10 + n] for n in range(6)]]), "a.xlsx"),
    Sample("L2-03", "NG", "rule_18 NG-03", "結合した1行の項目名", book([["市町村名", "人口", None], *POPULATION[1:]], merged("B1:C1")), "a.xlsx"),
    Sample("L2-03", "NG", "rule_18 NG-04", "結合した組が2つ", book([["市町村名", "人口", None, "世帯数", None], *[[CITIES[n], 1 + n, 2 + n, 3 + n, 4 + n] for n in range(6)]], merged("B1:C1", "D1:E1")), "a.xlsx"),
    Sample("L2-04", "OK", "rule_19 OK", "200件の回答、書き方が一つ", book(survey(lambda _, a: a)), "a.xlsx"),
    Sample("L2-04", "NG", "rule_19 NG-01", "書き方の揺れ（番号なし）", book(survey(lambda n, a: SPELLINGS[a][n % 5 == 0])), "a.xlsx"),
    Sample("L2-04", "NG", "rule_19 NG-02", "番号の付いた書き方の揺れ", book(survey(lambda n, a: f"{ANSWERS.index(a) + 1}. {a}" if n % 4 else f"{ANSWERS.index(a) + 1}．{a}")), "a.xlsx"),
    Sample("L2-05", "OK", "rule_20 OK", "50行、詳細は別の列", book(CHOICES), "a.xlsx"),
    Sample("L2-05", "NG", "rule_20 NG-01", "「4. その他: …」", book([["番号", "きっかけ"], *[[n, f"4. その他: 駅の掲示{n}" if n % 3 == 2 else "1. 広報紙"] for n in range(1, 51)]]), "a.xlsx"),
    Sample("L2-05", "NG", "rule_20 NG-02", "前に空白の付いた「その他」", book([["番号", "きっかけ"], *[[n, f" 4. その他: 駅の掲示{n}" if n % 3 == 2 else "1. 広報紙"] for n in range(1, 51)]]), "a.xlsx"),
    Sample("L2-06", "OK", "rule_21 OK", "値だけ", book(PROFIT), "a.xlsx"),
    Sample("L2-06", "NG", "rule_21 NG-01", "=B-C", book(PROFIT, calculated("=B{row}-1")), "a.xlsx"),
    Sample("L2-06", "NG", "rule_21 NG-02", "TEXT()", book(PROFIT, calculated('=TEXT(B{row},"#,##0")')), "a.xlsx"),
    Sample("L2-06", "NG", "rule_21 NG-03", "別のシートへの VLOOKUP", book(POPULATION, with_lookup), "a.xlsx"),
    Sample("L3-01", "OK", "rule_22 OK", "1行目から項目名", book(FACILITIES), "a.xlsx"),
    Sample("L3-01", "OK", "rule_22 OK csv", "1行目から項目名（CSV）", csv(text_of(FACILITIES)), "a.csv"),
    Sample("L3-01", "NG", "rule_22 NG-01", "表題の行", book(HEADER_LATE), "a.xlsx"),
    Sample("L3-01", "NG", "rule_22 NG-02", "2行目が空", book([FACILITIES[0], [None], *FACILITIES[1:]]), "a.xlsx"),
    Sample("L3-01", "NG", "rule_22 NG-03", "項目名が3行", book(THREE_HEADERS, merged("B1:D1", "B2:D2")), "a.xlsx"),
    Sample("L3-01", "NG", "rule_22 NG csv", "表題の行（CSV）", csv("施設の一覧（2026年4月）,,\n" + text_of(FACILITIES)), "a.csv"),
    Sample("L3-04", "OK", "rule_25 OK-01", "括弧の中の単位", book(UNITS), "a.xlsx"),
    Sample("L3-04", "OK", "rule_25 OK-02", "名前から分かる単位", book(POPULATION), "a.xlsx"),
    Sample("L3-04", "NG", "rule_25 NG-01", "単位がない", book(renamed(UNITS, "施設名", "面積", "高さ")), "a.xlsx"),
    Sample("L3-04", "NG", "rule_25 NG-02", "一つの列だけ単位がない", book(renamed(UNITS, "施設名", "面積（㎡）", "高さ")), "a.xlsx"),
)  # fmt: skip


MADE = "<!-- 自動生成 / generated: python -m tests.readability_samples -->\n\n"
INTRO = """# 公式の見本との比較 / Parity with the official samples

デジタル庁の「機械可読性に関するルール」の見本アプリ（digital-go-jp/machine_readability_rule の `sample_app`）には、規則ごとに
「OK」「NG」の札の付いた見本があります。次の表は、札と odtool の判定を並べたものです。

**ここで使ったのは公式の見本そのものではありません。** 見本の説明だけを読み、同じ誤りを持つ表を、架空の値で作り直したものです。
値も名前も私たちが考えたもので、公式のファイルからは何も写していません。札は、その見本が示す規則だけについての札です。
「見本アプリ」の列は、アプリのコードを読んで分かる、札と違う判定です（動かしてはいません）。

The samples are rebuilt from their description with invented data; they are not the original files. A label speaks for
its own rule only. “見本アプリ” tells where the sample application's code gives something else than the label.

| 規則 | 見本 | 内容 | 札 | odtool の判定 | 札と同じか | 見本アプリ（札と違うとき） |
| --- | --- | --- | --- | --- | --- | --- |
"""
WITHOUT = """
見本のない規則: L1-09、L3-02、L3-03、L3-05〜L3-09。

## ほかの違い / Other differences from the sample application

- **項目名の行**: アプリは最大5行を項目名とみなします。odtool は、データセットが分かった表ではその項目名の行を使い、ほかの表でも
  データの行を項目名にしません。
- **L1-08**: アプリは CP932 のファイルだけを見て、ふつうの「～」も満たさないとします。odtool はどの文字コードでも JIS X 0208 と比べ、
  ～・－ などの対応の違いだけの文字は認めます。
- **L1-15**: アプリは空の行や表題の行も「セルの数が違う」とします。odtool では L1-03・L1-04・L3-01 です（一つの原因に一つの指摘）。
- **L2-01**: アプリは「1,234」や全角数字を認めます。規則の本文は区切り文字を認めないため、odtool は満たさないとします。
- **L2-02**: アプリは 〇 を「同じ」の印に数えます。odtool は「あり」の印とみなします。
- **L3-04**: アプリは緯度・経度にも単位を求めます。odtool は求めません。
- **L3-06**: アプリは正式名だけでコードの列がない表も満たさないとします。規則は「可能な限り」なので、odtool では参考です。
- **点数**: 規則ごとの重さは同じです。アプリは表やシートごとに引きますが、odtool は一つの規則につき一度だけ引き、いつも内訳を示します。
"""


@cache
def page() -> str:
    """docs/parity.md as the samples and our verdicts make it now."""
    lines, differences = [], []
    for sample in sorted(SAMPLES, key=lambda sample: sample.rule):
        ours = sample.verdict()
        same = ours == LABEL[sample.label]
        lines.append(
            f"| {sample.rule} | {sample.name} | {sample.about} | {sample.label} | {VERDICTS[ours][0]} | "
            f"{'同じ' if same else '**違う**'} | {sample.code or '–'} |"
        )
        if sample.why:
            differences.append(f"- **{sample.rule} {sample.name}**（{sample.about}）: {sample.why}")
    same = sum(sample.verdict() == LABEL[sample.label] for sample in SAMPLES)
    total = f"\n{len(SAMPLES)} の見本のうち {same} で札と同じ、{len(SAMPLES) - same} で違います。\n"
    why = "\n## 違いの理由 / Why they differ\n\n" + "\n".join(differences) + "\n"
    return MADE + INTRO + "\n".join(lines) + "\n" + total + why + WITHOUT


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
