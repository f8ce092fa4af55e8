"""How many leaks of personal data the gate stops, and how many clean files it stops by mistake.

Leaks of each kind are seeded into files without fault: the valid ones of tests/samples and, where ODTOOL_CORPUS
names a folder of real municipal files, the valid ones there. Every person, number and address is invented; the
seeds are fixed, so that a run repeats. The names were listed apart from those that odtool knows.

python benchmarks/leaks.py                the table, as in docs/privacy.md
python benchmarks/leaks.py --missed       and each leak that was not caught
python benchmarks/leaks.py --fresh WORD   other leaks, drawn from that word: none that the gate was ever tuned on
"""

import csv
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import openpyxl
import openpyxl.comments

from odtool.judging import check
from odtool.model import FileReport
from odtool.privacy import has_check_digit
from odtool.table.chunks import Oddities, chunks

ROOT = Path(__file__).parent.parent
SEEDS = 4  # leaks of each kind in each file
GATE = ("personal-", "column-hidden")  # rules that stop a file for the people in it
TOLD = (*GATE, "row-hidden", "comment-left", "author-left", "sheet-hidden", "sheet-extra", "column-extra")

_FAMILY = (
    "佐藤 鈴木 高橋 田中 渡辺 伊藤 中村 小林 山本 加藤 吉田 山田 佐々木 松本 井上 木村 清水 林 斎藤 山口 長谷川 五十嵐 久保田 "
    "鷲尾 薬師寺 真鍋 物部 猪俣 蛭田 寒河江 百瀬 諸星 鯨井 雨宮 四方 仲宗根 曽我部 畠山 忍足 棚橋 綿貫 鶴見 桐生"
)
_GIVEN = (
    "太郎 花子 健一 陽子 翔太 美咲 大輔 由美子 誠 恵 拓海 さくら 一馬 琴音 宗一郎 千鶴 光 晴美 義之 和枝 蒼空 心春 隆史 みどり "
    "亮介 菜々子 龍之介 ひなた 武 静江 孝太郎 紗季 勝 タカシ 倫太郎 八重 賢治 澪 忠 瑞穂"
)
_TOWNS = "本町 栄町 緑ヶ丘 大手 旭町 泉 中島 桜台 北浜 西新町"
_CITIES = "架空市 青葉町 みなと市 東山区 川辺村"
FAMILY, GIVEN, TOWNS, CITIES = (words.split() for words in (_FAMILY, _GIVEN, _TOWNS, _CITIES))


@dataclass
class Sheet:
    """A clean table that a leak is put into; `book` where it must become a workbook."""

    labels: list[str]
    records: list[list[str]]
    book: openpyxl.Workbook | None = None

    def add(self, label: str, cells: Iterator[str] | Sequence[str]) -> None:
        """A further column at the right end."""
        self.labels.append(label)
        for record, cell in zip(self.records, cells, strict=False):
            record.append(cell)
        self.records = [record + [""] * (len(self.labels) - len(record)) for record in self.records]

    def text_column(self) -> int:
        """A column of free text, for a remark."""
        for name in ("備考", "説明", "設置位置", "特記事項", "利用可能日時特記事項", "名称"):
            if name in self.labels:
                return self.labels.index(name)
        return len(self.labels) - 1

    def as_book(self) -> openpyxl.Workbook:
        self.book = openpyxl.Workbook()
        sheet = self.book.active
        sheet.title = "一覧"
        for row in (self.labels, *self.records):
            sheet.append(row)
        return self.book

    def content(self) -> bytes:
        if self.book:
            out = io.BytesIO()
            self.book.save(out)
            return out.getvalue()
        text = io.StringIO()
        csv.writer(text).writerows((self.labels, *self.records))
        return text.getvalue().encode("utf-8-sig")


# --- invented people -------------------------------------------------------------------------------


def name(r: Random) -> str:
    return r.choice(FAMILY) + r.choice(("", "", " ", "　")) + r.choice(GIVEN)


def number(r: Random) -> str:
    while True:
        digits = f"{r.randrange(10**11, 10**12)}"
        if has_check_digit(digits):
            return digits


def written(number: str, r: Random) -> str:
    return r.choice(
        (number, f"{number[:4]}-{number[4:8]}-{number[8:]}", f"{number[:4]} {number[4:8]} {number[8:]}")
    )


def mobile(r: Random) -> str:
    head, a, b = r.choice(("070", "080", "090")), r.randrange(10_000), r.randrange(10_000)
    plain = r.choice((f"{head}-{a:04}-{b:04}", f"{head}{a:04}{b:04}", f"{head}({a:04}){b:04}"))
    return (
        plain
        if r.random() < 0.8
        else plain.translate(str.maketrans("0123456789-()", "０１２３４５６７８９－（）"))
    )


def mail(r: Random) -> str:
    user = r.choice(("taro", "hana.k", "ken_1980", "y-suzuki", "momo")) + str(r.randrange(100))
    return (
        user
        + "@"
        + r.choice(
            ("gmail.com", "yahoo.co.jp", "docomo.ne.jp", "ezweb.ne.jp", "icloud.com", "softbank.ne.jp")
        )
    )


def birth(r: Random) -> str:
    year, month, day = r.randrange(1930, 2018), r.randrange(1, 13), r.randrange(1, 29)
    era = ("昭和", "S") if year < 1989 else ("平成", "H")
    count = year - (1925 if year < 1989 else 1988)
    return r.choice((f"{year}-{month:02}-{day:02}", f"{year}/{month}/{day}", f"{era[0]}{count}年{month}月{day}日",
                     f"{era[1]}{count}.{month}.{day}", f"{year}{month:02}{day:02}"))  # fmt: skip


def home(r: Random) -> str:
    place = r.choice(("", "架空県", "京都府")) + r.choice(CITIES) + r.choice(TOWNS)
    return place + r.choice(
        (f"{r.randrange(1, 5)}-{r.randrange(1, 30)}-{r.randrange(1, 20)}", f"{r.randrange(1, 900)}番地")
    )


def many(make: Callable[[Random], str], r: Random, sheet: Sheet) -> list[str]:
    """A value for each row, in some files with gaps, and at least one."""
    gap, sure = r.choice((0, 0, 0.3)), r.randrange(len(sheet.records))
    return ["" if n != sure and r.random() < gap else make(r) for n in range(len(sheet.records))]


# --- kinds of leaks ------------------------------------------------------------------------------------

Leak = Callable[[Sheet, Random], None]
NEUTRAL = ("備考2", "項目1", "Column1", "メモ", "確認用", "")


def number_named(sheet: Sheet, r: Random) -> None:
    sheet.add(r.choice(("個人番号", "マイナンバー", "マイナンバー（個人番号）")), many(number, r, sheet))


def number_unnamed(sheet: Sheet, r: Random) -> None:
    shape = r.choice(("", "-", " "))
    sheet.add(r.choice(NEUTRAL), ["".join((n[:4], shape, n[4:8], shape, n[8:])) if n else ""
                                  for n in many(number, r, sheet)])  # fmt: skip


def number_in_text(sheet: Sheet, r: Random) -> None:
    text = r.choice(("個人番号 {} 確認済", "マイナンバー：{}", "本人確認済（{}）", "控え {}")).format(
        written(number(r), r)
    )
    r.choice(sheet.records)[sheet.text_column()] = text


def name_and_home(sheet: Sheet, r: Random) -> None:
    sheet.add(r.choice(("氏名", "申請者氏名", "世帯主", "利用者名", "保護者氏名")), many(name, r, sheet))
    sheet.add(r.choice(("自宅住所", "現住所", "住所（自宅）", "居住地")), many(home, r, sheet))


def name_and_birth(sheet: Sheet, r: Random) -> None:
    sheet.add(r.choice(("氏名", "お名前", "対象者", "会員名", "フルネーム")), many(name, r, sheet))
    sheet.add(r.choice(("生年月日", "誕生日", "生年月日（和暦）")), many(birth, r, sheet))


def name_and_birth_unnamed(sheet: Sheet, r: Random) -> None:
    first, second = r.sample(NEUTRAL[:5], 2)
    sheet.add(first, many(name, r, sheet))
    sheet.add(second, many(birth, r, sheet))


def birth_alone(sheet: Sheet, r: Random) -> None:
    sheet.add(r.choice(("生年月日", "代表者生年月日", "誕生日")), many(birth, r, sheet))


def mobile_column(sheet: Sheet, r: Random) -> None:
    sheet.add(
        r.choice(("携帯電話", "携帯番号", "担当者連絡先", "電話番号2", "緊急連絡先", "備考2")),
        many(mobile, r, sheet),
    )


def mobile_in_text(sheet: Sheet, r: Random) -> None:
    who = r.choice(FAMILY)
    text = r.choice(
        ("担当 {who} {tel}", "連絡先 {tel}", "{who}さん携帯{tel}", "{tel}", "鍵は{who}氏（{tel}）が保管")
    )
    r.choice(sheet.records)[sheet.text_column()] = text.format(who=who, tel=mobile(r))


def mail_column(sheet: Sheet, r: Random) -> None:
    sheet.add(
        r.choice(("メール", "個人メール", "E-mail", "メールアドレス2", "連絡用", "備考2")),
        many(mail, r, sheet),
    )


def mail_in_text(sheet: Sheet, r: Random) -> None:
    text = r.choice(("申込は{}まで", "{}", "担当 {}", "mail:{}")).format(mail(r))
    r.choice(sheet.records)[sheet.text_column()] = text


def secret_column(sheet: Sheet, r: Random) -> None:
    label = r.choice(
        ("被保険者番号", "口座番号", "身体障害者手帳番号", "要介護度", "基礎年金番号", "住民票コード")
    )
    sheet.add(label, many(lambda r: str(r.randrange(10**6, 10**7)), r, sheet))


def rows_of_people(sheet: Sheet, r: Random) -> None:
    """Records of people at the end of a list of places: named in the name's column, phone in the phone's."""
    names = [n for n, label in enumerate(sheet.labels) if label in ("名称", "イベント名")]
    phones = [n for n, label in enumerate(sheet.labels) if "電話番号" in label]
    for _ in range(r.randrange(4, 9)):
        record = list(sheet.records[0])
        record[names[0] if names else sheet.text_column()] = name(r)
        record[phones[0] if phones else sheet.text_column()] = mobile(r)
        sheet.records.append(record)


def people(r: Random) -> list[list[str]]:
    heads = [("氏名", name), ("生年月日", birth), ("住所", home), ("電話番号", mobile), ("個人番号", number)]
    chosen = [heads[0], *r.sample(heads[1:], 2)]
    rows = [[label for label, _ in chosen]]
    return rows + [[make(r) for _, make in chosen] for _ in range(r.randrange(3, 40))]


def sheet_hidden(sheet: Sheet, r: Random) -> None:
    added = sheet.as_book().create_sheet(r.choice(("作業", "元データ", "Sheet2", "名簿")))
    added.sheet_state = r.choice(("hidden", "veryHidden"))
    for row in people(r)[r.choice((0, 0, 1)) :]:
        added.append(row)


def sheet_visible(sheet: Sheet, r: Random) -> None:
    added = sheet.as_book().create_sheet(r.choice(("Sheet2", "名簿", "利用者")))
    for row in people(r)[r.choice((0, 0, 1)) :]:
        added.append(row)


def note(sheet: Sheet, _: Random) -> None:
    sheet.add("メモ", ["要確認"] * len(sheet.records))


def column_hidden(sheet: Sheet, r: Random) -> None:
    r.choice((name_and_birth, mobile_column, note))(sheet, r)
    active = sheet.as_book().active
    active.column_dimensions[openpyxl.utils.get_column_letter(len(sheet.labels))].hidden = True


def comment(sheet: Sheet, r: Random) -> None:
    text = r.choice(("担当 {name} {tel}", "{name}さんのメール {mail}", "マイナンバー {number}"))
    said = text.format(name=name(r), tel=mobile(r), mail=mail(r), number=number(r))
    cell = sheet.as_book().active.cell(
        r.randrange(1, len(sheet.records) + 2), r.randrange(1, len(sheet.labels) + 1)
    )
    cell.comment = openpyxl.comments.Comment(said, "x")


def author(sheet: Sheet, r: Random) -> None:
    sheet.as_book().properties.creator = name(r)


STOPPED: dict[str, tuple[str, Leak]] = {
    "my-number": ("マイナンバーの列（項目名あり）", number_named),
    "my-number-unnamed": ("マイナンバーの列（関係のない項目名）", number_unnamed),
    "my-number-text": ("文章の中のマイナンバー1個", number_in_text),
    "name-home": ("氏名と自宅住所の列", name_and_home),
    "name-birth": ("氏名と生年月日の列", name_and_birth),
    "name-birth-unnamed": ("氏名と生年月日の列（関係のない項目名）", name_and_birth_unnamed),
    "birth": ("生年月日の列", birth_alone),
    "mobile": ("個人の携帯電話の列", mobile_column),
    "mobile-text": ("文章の中の携帯電話1個", mobile_in_text),
    "mail": ("個人のメールの列", mail_column),
    "mail-text": ("文章の中の個人メール1個", mail_in_text),
    "secret": ("被保険者番号・口座番号などの列", secret_column),
    "rows": ("施設の一覧の末尾に混ざった名簿の行", rows_of_people),
    "sheet-hidden": ("非表示シートの名簿", sheet_hidden),
    "sheet-visible": ("2枚目のシートの名簿", sheet_visible),
    "column-hidden": ("非表示の列", column_hidden),
    "comment": ("コメントの中の個人情報", comment),
}
TOLD_ONLY: dict[str, tuple[str, Leak]] = {
    "author": ("ブックの作成者（公開する CSV には入らない）", author),
}


# --- measuring -------------------------------------------------------------------------------------------


@dataclass
class Rate:
    title: str
    seeded: int = 0
    stopped: int = 0
    told: int = 0
    missed: list[str] = field(default_factory=list)


def stops(report: FileReport) -> bool:
    """Whether the gate stops the file, whatever else is wrong with it."""
    return any(f.severity == "error" and f.rule.startswith(GATE) for f in report.findings)


def tells(report: FileReport) -> bool:
    return any(f.rule.startswith(TOLD) for f in report.findings)


def clean_files(folder: Path) -> Iterator[tuple[str, Sheet]]:
    """The files of a folder in which nothing but the gate finds an error."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".csv", ".xlsx"):
            continue
        report, table = check.judge(path.read_bytes(), str(path))
        others = [f for f in report.findings if f.severity == "error" and not f.rule.startswith(GATE)]
        if table and report.match and not others:
            records = [
                list(record)
                for chunk in chunks(table, Oddities())
                for record in zip(*chunk.columns, strict=True)
            ]
            yield path.name, Sheet(list(table.labels), records)


def measure(files: Sequence[tuple[str, Sheet]], seeds: int = SEEDS, fresh: str = "") -> dict[str, Rate]:
    """Each kind of leak, seeded so many times into each file; other ones for each word of `fresh`."""
    rates = {}
    for kind, (title, leak) in (STOPPED | TOLD_ONLY).items():
        rate = rates[kind] = Rate(title)
        for file, clean in files:
            for seed in range(seeds):
                sheet = Sheet(list(clean.labels), [list(record) for record in clean.records])
                leak(sheet, Random(f"{fresh}{kind} {file} {seed}"))
                report, _ = check.judge(sheet.content(), file)
                rate.seeded += 1
                rate.stopped += stops(report)
                rate.told += tells(report)
                if not (stops(report) if kind in STOPPED else tells(report)):
                    rate.missed.append(f"{kind} {file} {seed}")
    return rates


def false_stops(folder: Path) -> tuple[int, list[str]]:
    """The files of a folder that only the gate could stop: how many there are, and those it does stop."""
    count, stopped = 0, []
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".csv", ".xlsx"):
            continue
        report = check.check(str(path))
        errors = [f for f in report.findings if f.severity == "error"]
        if report.match and all(f.rule.startswith(GATE) for f in errors):
            count += 1
            stopped += [path.name] if errors else []
    return count, stopped


def main() -> None:
    folders = [ROOT / "tests" / "samples"]
    if corpus := os.environ.get("ODTOOL_CORPUS"):
        folders.append(Path(corpus))
    files = [file for folder in folders for file in clean_files(folder)]
    fresh = sys.argv[sys.argv.index("--fresh") + 1] if "--fresh" in sys.argv[:-1] else ""
    rates = measure(files, fresh=fresh)
    print("| 種類 | 入れた数 | 止めた | 止めた割合 | 知らせた割合 |\n| --- | --: | --: | --: | --: |")
    for rate in rates.values():
        print(f"| {rate.title} | {rate.seeded} | {rate.stopped} | {rate.stopped / rate.seeded:.1%} "
              f"| {rate.told / rate.seeded:.1%} |")  # fmt: skip
    seeded = sum(rates[kind].seeded for kind in STOPPED)
    stopped = sum(rates[kind].stopped for kind in STOPPED)
    print(f"| **合計（作成者を除く）** | {seeded} | {stopped} | {stopped / seeded:.1%} | |\n")
    for folder in folders:
        count, wrong = false_stops(folder)
        print(
            f"{folder.name}: 漏えいを入れる前から問題のないファイル {count}、止めたもの {len(wrong)} {wrong or ''}"
        )
    if "--missed" in sys.argv:
        print("\n".join(line for rate in rates.values() for line in rate.missed))


if __name__ == "__main__":
    main()
