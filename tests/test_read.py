"""Bytes → grids: what a file is, its encoding, its records, and that nothing makes the reader stumble."""

import csv
import datetime as dt
import io
import random
import re
import resource
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odtool.judging import check
from odtool.judging.read import KEPT, Reading, read
from odtool.messages import message
from odtool.model import Finding, Grid
from odtool.table.decode import decode
from tests.publishing import odtool

HEADER = ["名称", "住所", "電話番号"]
ROWS = [["中央公民館", "京都府京都市中京区", "075-222-3111"], ["西会館", "京都府京丹後市", "0772-69-0001"]]


def text(rows: Sequence[Sequence[str]], newline: str = "\r\n", delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return out.getvalue()


def only(reading: Reading) -> Grid:
    assert len(reading.grids) == 1, reading.faults
    return reading.grids[0]


def rows(data: bytes) -> list[list[str]]:
    return [list(record) for record in only(read(data)).records()]


def fault(data: bytes) -> Finding:
    reading = read(data)
    assert reading.grids == () and len(reading.faults) == 1
    return reading.faults[0]


def book(sheets: dict[str, list[list[object]]], hidden: Sequence[str] = ()) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, cells in sheets.items():
        sheet = workbook.create_sheet(name)
        for record in cells:
            sheet.append(record)
        if name in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


# --- encodings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cells", "times"), [(10, 1), (KEPT // 4, 3)], ids=["small", "large"])
def test_a_small_file_is_taken_apart_once(monkeypatch: pytest.MonkeyPatch, cells: int, times: int) -> None:
    """A large one anew whenever its records are asked for, so that they need not be held."""
    grid = only(read(b"a,b\r\n" + b"c,d\r\n" * cells))
    asked: list[object] = []
    reader = csv.reader
    monkeypatch.setattr(csv, "reader", lambda *_, **more: asked.append(more) or reader(*_, **more))
    walks = [list(grid.records()) for _ in range(3)]
    assert walks[0] == walks[1] == walks[2] and len(walks[0]) == cells + 1
    assert len(asked) == times


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp932", "cp932"),
        ("euc_jp", "euc-jp"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_every_encoding_offices_use_is_read(codec: str, encoding: str, delimiter: str) -> None:
    data = text([HEADER, *ROWS], delimiter=delimiter).encode(codec)
    grid = only(read(data))
    assert [list(record) for record in grid.records()] == [HEADER, *ROWS]
    assert (grid.form.encoding, grid.form.newline, grid.form.delimiter) == (encoding, "crlf", delimiter)
    assert grid.form.format == ("tsv" if delimiter == "\t" else "csv")
    assert grid.faults == ()


def test_a_utf16_file_with_a_big_endian_mark_is_read() -> None:
    assert rows(b"\xfe\xff" + text([HEADER, *ROWS]).encode("utf-16-be")) == [HEADER, *ROWS]


def test_the_characters_only_microsoft_has_are_read() -> None:
    wanted = [["名称", "備考"], ["①㈱髙﨑", "－～∥Ⅱ㍉"], ["ｱｲｳ", "表ソ能予"]]
    data = text(wanted).encode("cp932")
    assert rows(data) == wanted
    assert only(read(data)).form.encoding == "cp932"


def test_a_tiny_cp932_file_is_no_other_encoding() -> None:
    assert rows("ID,備考\r\n1,①～㈱髙\r\n".encode("cp932")) == [["ID", "備考"], ["1", "①～㈱髙"]]


def test_plain_ascii_is_utf8() -> None:
    assert only(read(b"a,b\n1,2\n")).form.encoding == "utf-8"


def test_japanese_after_much_ascii_is_still_seen() -> None:
    for codec in ("utf-8", "cp932"):
        wanted = [["ID", "name"], *[[f"{n:07}", "x" * 30] for n in range(6_000)], ["1", "髙島屋①"]]
        data = text(wanted).encode(codec)
        assert len(data) > 200_000
        grid = only(read(data))
        assert grid.form.encoding == codec
        assert list(grid.records())[-1] == ["1", "髙島屋①"]


WORDS = ["中央公民館", "京都府", "京丹後市峰山町", "第一小学校", "ナースステーション", "さくら保育園", "消防署", "南口広場",
         "月火水木金", "075-222-3111", "35.011636", "1", "", "図書館（本館）", "避難所・避難場所", "〒604-8571", "ＡＥＤ",
         "2026-04-01", "バリアフリー、車いす可", "平日のみ", "市役所1階ロビー"]  # fmt: skip
LABELS = [
    "名称",
    "名称_カナ",
    "住所",
    "緯度",
    "経度",
    "電話番号",
    "備考",
    "設置位置",
    "ID",
    "URL",
    "利用可能曜日",
    "開始時間",
]


def invented(seed: int) -> list[list[str]]:
    """A table as municipalities make them: 1 to 50 rows, 1 to 12 columns."""
    chance = random.Random(seed)
    labels = chance.sample(LABELS, chance.randint(1, len(LABELS)))
    return [labels, *[[chance.choice(WORDS) for _ in labels] for _ in range(chance.randint(1, 50))]]


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "euc_jp", "utf-16", "utf-16-le", "utf-16-be"])
def test_no_encoding_is_taken_for_another(codec: str) -> None:
    for seed in range(400):
        table = invented(seed)
        if not any(ord(c) > 0x7F for c in text(table)):
            continue
        found = decode(text(table).encode(codec))
        assert found.text == text(table), (seed, found.encoding)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    st.lists(
        st.text(
            st.sampled_from("あいのをカーン、。公園市町村京都府区役所学校一二三国道・（）0123456789"),
            min_size=2,
        ),
        min_size=2,
    )
)
def test_everyday_text_in_either_japanese_encoding_is_read_back(words: list[str]) -> None:
    table = [["名称", "住所", "備考"], *[[word, "京都府京都市", "南側の入口です"] for word in words]]
    for codec in ("cp932", "euc_jp", "utf-8"):
        assert decode(text(table).encode(codec)).text == text(table)


# --- broken bytes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig"])
def test_a_broken_byte_is_placed_by_row_and_column(codec: str) -> None:
    data = text([HEADER, *ROWS]).encode(codec)
    place = data.index("西会館".encode()) + 3
    (found,) = only(read(data[:place] + b"\xff" + data[place:])).faults
    assert (found.rule, found.row, found.column) == ("encoding-broken", 3, 1)
    assert found.facts["hex"] == "0xFF"
    assert found.facts["offset"] == place + 1
    assert "0xFF" in message(found, "ja")


def test_a_broken_byte_hides_neither_row_nor_column_of_the_rest() -> None:
    data = text([HEADER, *ROWS]).encode()
    place = data.index("西会館".encode())
    broken = rows(data[: place + 2] + data[place + 3 :])
    assert broken[2][1:] == ROWS[1][1:]
    assert "�" in broken[2][0]


def test_a_broken_byte_after_a_quoted_line_break_is_in_the_row_a_spreadsheet_shows() -> None:
    data = text([HEADER, ["西\r\n会館", *ROWS[1][1:]], *ROWS * 10]).encode()
    place = data.rindex("京丹後市".encode())
    (found,) = only(read(data[:place] + b"\xff" + data[place:])).faults
    assert (found.row, found.column) == (22, 2)


def test_a_lone_byte_at_the_end_is_broken_too() -> None:
    (found,) = only(read(text([HEADER, *ROWS]).encode() + b"\xe4")).faults
    assert found.rule == "encoding-broken"


# --- line ends and quotes --------------------------------------------------------------------------


@pytest.mark.parametrize(("end", "name"), [("\r\n", "crlf"), ("\n", "lf"), ("\r", "cr")])
def test_records_may_end_in_any_one_way(end: str, name: str) -> None:
    data = text([HEADER, *ROWS], newline=end).encode()
    assert rows(data) == [HEADER, *ROWS]
    assert only(read(data)).form.newline == name


def test_records_that_end_in_two_ways_are_mixed() -> None:
    assert only(read("名称,住所\r\n中央,京都\n西,大阪\r\n".encode())).form.newline == "mixed"


def test_a_line_break_inside_quotes_does_not_count_as_the_end_of_a_record() -> None:
    grid = only(read('名称,住所\r\n"中央\n公民館",京都\r\n'.encode()))
    assert grid.form.newline == "crlf"
    assert list(grid.records())[1] == ["中央\n公民館", "京都"]


def test_doubled_quotes_do_not_confuse_the_line_ends() -> None:
    assert only(read('名称,備考\r\n"中央""本館""\n一階",""\r\n'.encode())).form.newline == "crlf"


def test_one_line_without_an_end_has_no_kind_of_line_end() -> None:
    assert only(read("名称,住所".encode())).form.newline is None


def test_a_quote_that_is_never_closed_is_placed() -> None:
    (found,) = only(read('名称,住所\r\n中央,京都\r\n"西,大阪\r\n東,奈良\r\n'.encode())).faults
    assert (found.rule, found.row) == ("quote-unclosed", 3)


def test_a_quote_inside_a_cell_is_no_open_quote() -> None:
    assert only(read('名称,幅\r\n中央,32" 型\r\n西,1\r\n'.encode())).faults == ()


def test_quoted_commas_and_quotes_are_read() -> None:
    table = [["名称", "備考"], ['中央"本館"', "京都,大阪"], ["西", "一\n二"]]
    assert rows(text(table).encode()) == table


# --- no table --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [b"", b" ", b"\r\n\r\n", "　\n　".encode(), b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b"\xff\xfe"]
)
def test_a_file_without_anything_in_it_is_empty(data: bytes) -> None:
    assert fault(data).rule == "file-empty"


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


def old_office(*streams: str) -> bytes:
    """The beginning of a container of old Office files, with a directory of those names."""
    entries = [name.encode("utf-16-le").ljust(64, b"\0").ljust(128, b"\x01") for name in streams]
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + b"".join(entries) + bytes(512)


def test_an_old_workbook_is_refused_with_the_words_of_excels_menu_by_every_command(tmp_path: Path) -> None:
    (tmp_path / "262021_aed.xls").write_bytes(old_office("Root Entry", "Workbook"))
    for command in (["validate"], ["identify"], ["fix", "-o", "new.csv"], ["plan"], ["publish"]):
        done = odtool(tmp_path, command[0], "262021_aed.xls", *command[1:])
        told = done.stdout + done.stderr
        flat = "".join(told.split())
        assert done.returncode in (1, 2), (command, told)
        assert "「ファイル」→「名前を付けて保存」" in flat and "「Excelブック(*.xlsx)」" in flat, (
            command,
            told,
        )


@pytest.mark.parametrize(
    ("data", "ja", "en"),
    [
        (b"%PDF-1.7\n...", "PDF", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "古い形式の Excel", "an old Office file"),
        (old_office("Root Entry", "Workbook"), "古い形式の Excel ブック（xls）", "an old Excel workbook (xls)"),
        (old_office("Root Entry", "Book"), "古い形式の Excel ブック（xls）", "an old Excel workbook (xls)"),
        (old_office("Root Entry", "EncryptedPackage"), "パスワードで暗号化", "an Office file that is encrypted"),
        (old_office("Root Entry", "WordDocument"), "古い形式の Word 文書", "an old Word document"),
        (old_office("Root Entry", "PowerPoint Document"), "古い形式の PowerPoint", "an old PowerPoint"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "画像（PNG）", "a PNG picture"),
        (b"\xff\xd8\xff\xe0" + bytes(64), "画像（JPEG）", "a JPEG picture"),
        (b"{\\rtf1\\ansi}", "リッチテキスト文書", "a rich text document"),
        (b"\x1f\x8b\x08\x00" + bytes(64), "圧縮ファイル（gzip）", "a gzip archive"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(64), "圧縮ファイル（7z）", "a 7z archive"),
        ("<!DOCTYPE html><html><body>見つかりません</body></html>".encode(), "ウェブページ", "a web page"),
        ("\ufeff\r\n<html lang=ja>".encode(), "ウェブページ", "a web page"),
        ("<?xml version='1.0' encoding='Shift_JIS'?><a>京都</a>".encode("cp932"), "ウェブページ", "a web page"),
        (zipped(a=b"1,2"), "圧縮ファイル（zip）", "a zip archive"),
        (zipped(word__document_xml=b"<a/>"), "Word 文書", "a Word document"),
        (zipped(mimetype=b"application", content_xml=b"<a/>"), "OpenDocument の文書", "an OpenDocument file"),
    ],
    ids=["pdf", "ole", "xls", "xls-95", "locked", "doc", "ppt", "png", "jpeg", "rtf", "gzip", "7z", "html", "html-with-bom", "xml", "zip", "docx", "ods"],
)  # fmt: skip
def test_what_is_no_table_is_named_and_the_reader_told_what_to_do(data: bytes, ja: str, en: str) -> None:
    found = fault(data)
    assert found.rule == "file-format"
    assert ja in message(found, "ja") and message(found, "ja").endswith("してください。")
    assert f"This is {en}" in message(found, "en")


@pytest.mark.parametrize("data", [b"<3,5\n", "＜公園＞,住所\n".encode(), b"PK,1\n2,3\n", b"%,a\n1,2\n"])
def test_a_table_that_only_begins_like_something_else_is_a_table(data: bytes) -> None:
    assert only(read(data)).form.format == "csv"


# --- workbooks -------------------------------------------------------------------------------------


def test_the_content_decides_that_a_file_is_a_workbook() -> None:
    grid = only(read(book({"一覧": [["名称", "住所"], ["中央", "京都"]]})))
    assert (grid.form.format, grid.form.sheet, grid.form.encoding, grid.form.newline) == (
        "xlsx",
        "一覧",
        None,
        None,
    )
    assert [list(record) for record in grid.records()] == [["名称", "住所"], ["中央", "京都"]]


def test_typed_cells_become_the_text_that_the_definitions_ask_for() -> None:
    typed: list[object] = [
        dt.date(2026, 4, 1), dt.datetime.fromisoformat("2026-04-01T09:30"), dt.time(9, 0), dt.time(9, 0, 30), 1234, 3.5, 35.0,
        0.1, 8000012010038, True, False, "0123", None, -5, dt.timedelta(hours=26),
    ]  # fmt: skip
    (_, record) = rows(book({"一覧": [["列"] * len(typed), typed]}))
    assert record == ["2026-04-01", "2026-04-01 09:30:00", "09:00", "09:00:30", "1234", "3.5", "35", "0.1",
                      "8000012010038", "TRUE", "FALSE", "0123", "", "-5", "26:00"]  # fmt: skip


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?"])
def test_an_error_of_a_formula_is_seen_in_its_place(error: str) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["名称", "定員"])
    sheet.append(["中央", 1])
    sheet["B2"].value = error
    sheet["B2"].data_type = "e"
    out = io.BytesIO()
    workbook.save(out)
    assert rows(out.getvalue())[1] == ["中央", error]


def test_a_formula_that_was_never_calculated_is_not_read_as_empty() -> None:
    assert rows(book({"一覧": [["名称", "読み", "定員"], ["中央", '=A2&"<"', "=1+1"], ["西", "x", 2]]}))[
        1
    ] == [
        "中央",
        '=A2&"<"',
        "=1+1",
    ]


def test_a_formula_whose_result_is_an_empty_text_is_empty() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book({"一覧": [["名称", "備考"], ["中央", "x"], ["西", "x"]]}))) as old,
        zipfile.ZipFile(out, "w") as new,
    ):
        for name in old.namelist():
            formula = rb'<c r="B2" t="str"><f>IF(A2="","x","")</f><v></v></c>'
            new.writestr(name, re.sub(rb'<c r="B2".*?</c>', formula, old.read(name)))
    assert rows(out.getvalue())[1] == ["中央", ""]


def test_the_rows_of_a_workbook_are_those_the_sheet_shows() -> None:
    assert rows(book({"一覧": [[None, None], ["名称", "住所"], [None, None], ["中央", "京都"]]})) == [
        ["", ""],
        ["名称", "住所"],
        ["", ""],
        ["中央", "京都"],
    ]


def test_a_hidden_sheet_is_told_and_not_read() -> None:
    grid = only(read(book({"一覧": [["名称"], ["中央"]], "作業用": [["氏名"], ["山田"]]}, hidden=["作業用"])))
    assert [found.rule for found in grid.faults] == ["sheet-hidden"]
    assert "作業用" in message(grid.faults[0], "ja")
    assert not any("山田" in record for record in grid.records())


def test_every_visible_sheet_with_values_is_a_grid() -> None:
    reading = read(book({"作成例": [["名称"]], "空": [], "一覧": [["名称"], ["中央"]]}))
    assert [grid.form.sheet for grid in reading.grids] == ["作成例", "一覧"]


def test_a_workbook_without_values_is_empty() -> None:
    assert fault(book({"空": []})).rule == "file-empty"


def test_a_workbook_whose_only_values_are_hidden_is_empty_and_says_so() -> None:
    reading = read(book({"一覧": [], "作業用": [["氏名"]]}, hidden=["作業用"]))
    assert [found.rule for found in reading.faults] == ["sheet-hidden", "file-empty"]


def bomb(megabytes: int) -> bytes:
    """A workbook whose sheet unpacks to that many megabytes of blanks."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book({"一覧": [["名称"]]}))) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for entry in source.infolist():
            if entry.filename != "xl/worksheets/sheet1.xml":
                archive.writestr(entry.filename, source.read(entry))
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(megabytes):
                sheet.write(b" " * 2**20)
    return out.getvalue()


def test_a_book_that_would_unpack_to_an_extreme_size_is_refused_without_unpacking() -> None:
    data = bomb(600)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = fault(data)
    assert found.rule == "workbook-unsafe"
    assert "600 MB" in message(found, "ja")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


def test_a_book_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(bomb(16))
    place = data.rindex(b"PK\x01\x02")
    while b"sheet1.xml" not in data[place : place + 100]:
        place = data.rindex(b"PK\x01\x02", 0, place)
    data[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    assert fault(bytes(data)).rule == "workbook-unsafe"


def test_a_damaged_book_is_refused_with_a_sentence() -> None:
    whole = book({"一覧": [["名称"], ["中央"]]})
    for data in (whole[: len(whole) // 2], whole[:-30], b"PK\x03\x04" + bytes(100)):
        assert fault(data).rule == "workbook-unsafe"


def test_a_book_with_a_broken_sheet_is_refused_with_a_sentence() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book({"一覧": [["名称"]]}))) as source,
        zipfile.ZipFile(out, "w") as archive,
    ):
        for entry in source.infolist():
            broken = entry.filename == "xl/workbook.xml"
            archive.writestr(entry.filename, b"<broken" if broken else source.read(entry))
    assert fault(out.getvalue()).rule == "workbook-unsafe"


def test_a_book_with_a_password_is_refused_with_a_sentence() -> None:
    # What Excel encrypts is no zip any more but an old Office container.
    assert "古い形式" in message(fault(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)), "ja")
    data = bytearray(book({"一覧": [["名称"]]}))
    place = -1
    while (place := data.find(b"PK\x01\x02", place + 1)) >= 0:
        data[place + 8] |= 1
    found = fault(bytes(data))
    assert found.rule == "workbook-unsafe" and "パスワード" in message(found, "ja")


# --- whatever it is --------------------------------------------------------------------------------


def test_a_hundred_thousand_columns_are_read() -> None:
    assert len(rows((",".join(map(str, range(100_000))) + "\n").encode())[0]) == 100_000


def test_a_cell_of_a_megabyte_is_read() -> None:
    assert len(rows(f"名称,備考\n中央,{'あ' * 500_000}\n".encode())[1][1]) == 500_000


@pytest.mark.parametrize("cell", ["あ" * 3_500_000, '"' + "あ\n" * 1_500_000 + '"', "x" * 2**22])
def test_a_cell_that_no_table_has_is_refused_with_its_row(cell: str) -> None:
    report = check.judge(f"名称,備考\n中央,{cell}\n".encode(), "a.csv")[0]
    assert [(f.rule, f.row) for f in report.findings] == [("cell-endless", 2)]


def test_a_missing_quote_in_a_large_file_is_told_with_its_row() -> None:
    report = check.judge(b'a,b\n1,2\n3,"4\n' + b"5,6\n" * 500_000, "a.csv")[0]
    assert [(f.rule, f.row) for f in report.findings] == [("quote-unclosed", 3)]


def test_nul_characters_are_read() -> None:
    data = text([HEADER, *ROWS, ["中央\0公民館", "", ""]]).encode()
    assert rows(data)[-1] == ["中央\0公民館", "", ""]


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=100).map(lambda tail: b"PK\x03\x04" + tail),
        st.text(st.sampled_from('あア亜,"\n\r\t\0 1�'), max_size=60).map(str.encode),
        st.binary(min_size=1, max_size=5).map(lambda part: "名称,住所\n中央,京都\n".encode() + part),
    )
)
def test_no_bytes_whatever_raise_an_exception(data: bytes) -> None:
    reading = read(data)
    assert reading.grids or reading.faults
    for grid in reading.grids:
        for _ in grid.records():
            pass
        for found in grid.faults:
            assert message(found, "ja") and message(found, "en")
    for found in reading.faults:
        assert message(found, "ja") and message(found, "en")


def test_the_advice_is_told_to_its_end() -> None:
    assert message(fault(b"<html>"), "en").endswith("CSV or xlsx.")


def test_a_nul_in_a_tiny_file_does_not_make_it_utf16() -> None:
    assert rows(b"a,b\n1,x\0y\n") == [["a", "b"], ["1", "x\0y"]]


def test_utf8_with_a_broken_byte_is_never_taken_for_another_encoding() -> None:
    for seed in range(600):
        data = text(invented(seed)).encode()
        places = [n for n, byte in enumerate(data) if byte > 0x7F]
        if places:
            place = random.Random(seed).choice(places)
            found = decode(data[:place] + b"\xff" + data[place:])
            assert (found.codec, found.encoding) == ("utf-8", None)
