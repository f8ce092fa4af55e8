"""Whole tables: what is found in them, where, and how often it is told."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import openpyxl.comments
import pytest

from odtool.datasets.catalog import datasets, index
from odtool.datasets.identify import against, identify
from odtool.datasets.mapping import Columns
from odtool.datasets.schema import from_descriptor
from odtool.judging import check
from odtool.judging.check import Choice
from odtool.judging.read import read
from odtool.judging.validate import Judgement, validate
from odtool.messages import message
from odtool.model import Dataset, FileReport, Finding
from odtool.rules import RULES
from tests.test_pairs import body, facility, in_run, metadata, parking
from tests.test_read import bomb, book, zipped

SAMPLES = Path(__file__).parent / "samples"
EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
AED = datasets()["suisho-aed"]
RIGHT = {
    "都道府県コード又は市区町村コード": "262129", "NO": "0000000001", "都道府県名": "京都府", "市区町村名": "京丹後市",
    "名称": "中央公民館", "名称_カナ": "チュウオウコウミンカン", "住所": "京都府京丹後市峰山町杉谷889",
    "緯度": "35.624283", "経度": "135.061004", "設置位置": "1階ロビー", "電話番号": "0772-69-0001",
    "法人番号": "4000020262129", "利用可能曜日": "月火水木金", "開始時間": "08:30", "終了時間": "17:15",
    "小児対応設備の有無": "有",
}  # fmt: skip


def row(**changed: str) -> list[str]:
    """A record without fault, but for what is changed."""
    cells = {**RIGHT, **changed}
    assert changed.keys() <= {field.name for field in AED.fields}
    return [cells.get(field.name, "") for field in AED.fields]


def csv(*records: list[str]) -> str:
    return "".join(",".join(cells) + "\r\n" for cells in records)


HEADER = [field.name for field in AED.fields]


def aed(*records: list[str], header: list[str] = HEADER, above: str = "") -> str:
    return above + csv(header, *records)


def judge(text: str, dataset: Dataset = AED, name: str = "", limit: int = 1_000) -> Judgement:
    """The text held against the dataset, through every step."""
    (grid,) = read(text.encode()).grids
    table, _ = identify(grid, index())
    assert table
    return validate(table, against(table, dataset), name=name, slugs=index().slugs, limit=limit)


def given(judgement: Judgement, rule: str) -> list[Finding]:
    return [finding for finding in judgement.findings if finding.rule == rule]


def found(text: str, rule: str, **how: Any) -> list[Finding]:
    return given(judge(text, **how), rule)


def schema(*fields: dict[str, Any], **more: Any) -> Dataset:
    return from_descriptor({"fields": list(fields), **more}, "test")


def drop(record: list[str], name: str) -> list[str]:
    return [cell for cell, label in zip(record, HEADER, strict=True) if label != name]


# --- samples ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_yields_what_it_was_made_for(name: str) -> None:
    wanted, report = EXPECTED[name], check.check(str(SAMPLES / name))
    form = report.form
    assert form
    assert (report.match.dataset.id if report.match else None) == wanted["dataset"]
    assert (form.format, form.encoding, form.newline) == (
        wanted["format"],
        wanted["encoding"],
        wanted["newline"],
    )
    assert report.header_row == wanted["header_row"]
    assert (report.status, report.rows) == (wanted["status"], wanted["rows"])
    assert set(wanted["rules"]) <= report.totals.keys()
    if wanted["status"] == "valid":
        assert report.counts["error"] == 0


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_finding_in_a_sample_can_be_told(name: str, lang: str) -> None:
    for finding in check.check(str(SAMPLES / name)).findings:
        said = message(finding, lang)
        assert said and "None" not in said and "\n" not in said


def test_every_sample_has_its_expectation() -> None:
    assert {p.name for p in SAMPLES.iterdir() if p.suffix in (".csv", ".xlsx")} == EXPECTED.keys()


def test_a_right_table_has_no_finding() -> None:
    judgement = judge(aed(row(), row(NO="0000000002")))
    assert judgement.findings == ()
    assert judgement.counts == {"error": 0, "warning": 0, "hint": 0}
    assert (judgement.rows, judgement.municipalities) == (2, ("262129",))


# --- one cause, one finding ------------------------------------------------------------------------


def test_a_missing_column_hides_its_cell_findings() -> None:
    header = drop(HEADER, "名称")
    judgement = judge(aed(*[drop(row(NO=str(n)), "名称") for n in range(5)], header=header))
    assert judgement.totals == {"column-missing": 1}
    (missing,) = judgement.findings
    assert (missing.field, missing.row, missing.column) == ("名称", None, None)


def test_a_blank_column_of_a_required_field_is_one_finding() -> None:
    judgement = judge(aed(*[row(NO=str(n), 名称="") for n in range(5)]))
    assert judgement.totals == {"required-column-empty": 1}
    assert judgement.findings[0].facts["count"] == 5


def test_an_empty_cell_of_a_required_field_is_told_by_row() -> None:
    judgement = judge(aed(row(), row(NO="0000000002", 名称=""), row(NO="0000000003", 名称="　")))
    assert [f.row for f in given(judgement, "required-empty")] == [3, 4]
    assert judgement.totals["required-empty"] == 2


def test_a_wrong_type_is_not_told_again_as_out_of_range_or_form() -> None:
    judgement = judge(aed(row(緯度="北緯35度")))
    assert [f.rule for f in judgement.findings if f.label == "緯度"] == ["coordinate-format"]
    judgement = judge(aed(row(都道府県コード又は市区町村コード="26212")))
    assert [f.rule for f in judgement.findings if f.column == 1] == ["municipality-code"]


def test_a_damaged_value_is_not_judged_by_its_form() -> None:
    assert judge(aed(row(開始時間="#REF!"))).totals == {"excel-error": 1}


def test_a_broken_byte_is_not_told_again_for_its_cell() -> None:
    data = aed(row(), row(NO="0000000002", 設置位置="玄関の左側")).encode()
    place = data.index("玄関の左側".encode())
    report, _ = check.judge(data[: place + 2] + data[place + 3 :], "a.csv")
    assert report.totals == {"encoding-broken": 1}
    assert [(f.row, f.column) for f in report.findings] == [(3, HEADER.index("設置位置") + 1)]


def test_both_coordinates_exchanged_are_one_finding_a_row() -> None:
    judgement = judge(aed(row(緯度="135.061004", 経度="35.624283")))
    assert judgement.totals == {"coordinate-swapped": 1}


# --- rows ------------------------------------------------------------------------------------------


def test_row_numbers_are_those_a_spreadsheet_shows() -> None:
    records = [row(設置位置='"1階\r\nロビー"'), row(NO="0000000002", 開始時間="9:00")]
    text = csv(HEADER, records[0]) + "\r\n" + csv(records[1])
    judgement = judge(text)
    assert [f.row for f in given(judgement, "line-break")] == [2]
    assert [f.row for f in given(judgement, "row-blank")] == [3]
    assert [f.row for f in given(judgement, "time-format")] == [4]
    assert judgement.rows == 2


@pytest.mark.parametrize("blank", ["\r\n", "," * 21 + "\r\n", "," + "　, " + "," * 19 + "\r\n"])
def test_blank_rows_are_one_finding_and_judged_no_further(blank: str) -> None:
    judgement = judge(aed(row()) + blank * 3 + csv(row(NO="0000000002")) + blank)
    assert judgement.totals == {"row-blank": 1}
    assert judgement.findings[0].facts == {"count": 4, "rows": "3, 4, 5, 7"}
    assert judgement.rows == 2


def test_many_blank_rows_are_not_all_listed() -> None:
    (blank,) = found(aed(row()) + "\r\n" * 5_000, "row-blank")
    assert blank.facts["count"] == 5_000 and len(blank.facts["rows"]) < 60


def test_a_row_of_another_length_is_told_and_the_rest_of_it_judged() -> None:
    judgement = judge(aed([*row(開始時間="9:00"), "余り"], row(NO="0000000002")[:-1], row(NO="0000000003")))
    assert [(f.row, f.facts["found"], f.facts["expected"]) for f in given(judgement, "row-ragged")] == [
        (2, len(HEADER) + 1, len(HEADER)),
        (3, len(HEADER) - 1, len(HEADER)),
    ]
    assert [f.row for f in given(judgement, "time-format")] == [2]
    assert "消してください" in message(given(judgement, "row-ragged")[0], "ja")
    assert "補ってください" in message(given(judgement, "row-ragged")[1], "ja")


@pytest.mark.parametrize(
    "above", ["AED設置箇所一覧\r\n", "AED設置箇所一覧\r\n\r\n令和8年4月1日現在\r\n", "\r\n\r\n"]
)
def test_what_stands_above_the_header_is_told_and_rows_stay_right(above: str) -> None:
    lines = above.count("\r\n")
    judgement = judge(aed(row(開始時間="9:00"), above=above))
    (first,) = given(judgement, "header-not-first")
    assert (first.row, first.facts["header_row"]) == (lines + 1, lines + 1)
    assert first.facts["above"] == ("AED設置箇所一覧" if above[0] == "A" else "空の行")
    assert [f.row for f in given(judgement, "time-format")] == [lines + 2]
    assert judgement.rows == 1


# --- columns ---------------------------------------------------------------------------------------


def test_a_renamed_column_is_mapped_and_told_what_it_should_be_called() -> None:
    header = ["名称カナ" if label == "名称_カナ" else label for label in HEADER]
    judgement = judge(aed(row(名称_カナ="ちゅうおう"), header=header))
    (renamed,) = given(judgement, "column-renamed")
    assert (renamed.label, renamed.suggestion) == ("名称カナ", "名称_カナ")
    assert [f.field for f in given(judgement, "kana-format")] == ["名称_カナ"]
    assert "column-absent" not in judgement.totals and "column-missing" not in judgement.totals


def test_a_repeated_column_is_told_once() -> None:
    judgement = judge(aed([*row(), "余り"], header=[*HEADER, "名称"]))
    (repeated,) = given(judgement, "column-repeated")
    assert repeated.facts == {"count": 2, "columns": "E, W"}
    assert not {"column-extra", "column-missing"} & judgement.totals.keys()


def test_a_column_of_ones_own_is_told_and_its_damage_too() -> None:
    judgement = judge(aed([*row(), "#REF!"], header=[*HEADER, "担当者メモ"]))
    assert judgement.totals == {"column-extra": 1, "excel-error": 1}
    assert given(judgement, "excel-error")[0].field is None


def test_data_without_a_column_name_is_told_and_no_extra_column_besides() -> None:
    judgement = judge(aed([*row(), "値"], header=[*HEADER, ""]))
    assert judgement.totals == {"column-unnamed": 1}
    assert judgement.findings[0].column == len(HEADER) + 1


def test_columns_without_name_or_data_are_told_together() -> None:
    judgement = judge(aed([*row(), "", "", ""], header=[*HEADER, "", "Column1", "列2"]))
    assert judgement.totals == {"column-blank": 1}
    assert judgement.findings[0].facts["count"] == 3


def test_columns_in_another_order_are_told_once_and_judged_all_the_same() -> None:
    labels = [*HEADER[1:], HEADER[0]]
    cells = row(開始時間="9:00")
    judgement = judge(aed([*cells[1:], cells[0]], header=labels))
    assert judgement.totals == {"column-order": 1, "time-format": 1}


# --- keys ------------------------------------------------------------------------------------------


def test_an_id_twice_in_one_municipality_is_told_with_its_first_row() -> None:
    (twice,) = found(aed(row(), row(NO="0000000002"), row()), "id-duplicate")
    assert (twice.row, twice.value, twice.facts["first"]) == (4, "0000000001", 2)


def test_the_same_id_in_two_municipalities_is_fine() -> None:
    other = {
        "都道府県コード又は市区町村コード": "262056",
        "市区町村名": "宮津市",
        "住所": "京都府宮津市",
        "法人番号": "",
    }
    assert "id-duplicate" not in judge(aed(row(), row(**other))).totals


def test_rows_without_an_id_are_one_finding_and_no_duplicates() -> None:
    judgement = judge(aed(row(), row(NO=""), row(NO="　")))
    assert [f.facts["count"] for f in given(judgement, "id-empty")] == [2]
    assert "id-duplicate" not in judgement.totals


UNIQUE = schema(
    {"name": "番号", "type": "string", "constraints": {"unique": True}}, {"name": "値", "type": "string"}
)
KEY = schema({"name": "年"}, {"name": "番号"}, {"name": "値"}, primaryKey=["年", "番号"])


def test_a_value_declared_unique_may_not_come_twice() -> None:
    judgement = judge("番号,値\nA,1\nB,1\nA,2\n", UNIQUE)
    assert [(f.row, f.value, f.facts["first"]) for f in given(judgement, "value-duplicate")] == [(4, "A", 2)]


def test_a_key_of_two_columns_is_compared_as_a_pair() -> None:
    judgement = judge('年,番号,値\na,"b,c",1\n"a,b",c,2\na,x,3\na,x,4\n', KEY)
    assert [f.row for f in given(judgement, "value-duplicate")] == [5]


def test_blank_cells_are_no_duplicates() -> None:
    assert "value-duplicate" not in judge("番号,値\n,1\n,2\n", UNIQUE).totals


# --- names of files --------------------------------------------------------------------------------


def test_a_file_name_of_another_body_is_told() -> None:
    (other,) = found(aed(row()), "file-name-code", name="262021_aed.csv")
    assert (other.facts["named_title"], other.facts["found_title"]) == ("京都府舞鶴市", "京都府京丹後市")


@pytest.mark.parametrize(
    "name", ["262129_aed.csv", "260002_aed.csv", "aed.csv", "20260401_aed.csv", "123456_aed.csv"]
)
def test_a_file_name_that_does_not_contradict_is_fine(name: str) -> None:
    assert judge(aed(row()), name=name).totals == {}


def test_a_file_name_of_another_dataset_is_told() -> None:
    (other,) = found(aed(row()), "file-name-dataset", name="262129_public_toilet.csv")
    assert other.facts == {"named": "公衆トイレ一覧", "found": "AED設置箇所一覧"}


# --- counting --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "kept"), [(3, 3), (1, 1), (0, 50), (1_000, 50)])
def test_all_findings_are_counted_and_some_kept(limit: int, kept: int) -> None:
    text = aed(*[row(NO=str(n), 開始時間="9:00", 名称="" if n else "館", 住所="京都府#") for n in range(50)])
    judgement = judge(text, limit=limit)
    assert judgement.totals["time-format"] == 50
    assert judgement.totals["required-empty"] == 49
    assert len(given(judgement, "time-format")) == kept
    assert len(given(judgement, "required-empty")) == min(kept, 49)
    assert sum(judgement.counts.values()) == sum(judgement.totals.values())


def test_the_first_findings_are_the_ones_kept() -> None:
    text = aed(*[row(NO=str(n), 開始時間="9:00", 名称="" if n else "館") for n in range(5_000)])
    judgement = judge(text, limit=3)
    assert [f.row for f in given(judgement, "time-format")] == [2, 3, 4]
    assert [f.row for f in given(judgement, "required-empty")] == [3, 4, 5]


def test_findings_come_in_the_order_of_the_table() -> None:
    judgement = judge(aed(row(終了時間="9:00", 開始時間="8:00"), row(NO="0000000002", 名称_カナ="ほ")))
    places = [(f.row or 0, f.column or 0) for f in judgement.findings]
    assert places == sorted(places) and len(places) == 3


def test_what_is_only_inferred_is_a_warning_and_says_so() -> None:
    dataset = datasets()["standard-aed"]
    labels = [field.name for field in dataset.fields]
    cells = [
        "可" if label == "小児対応設備の有無" else "京都府" if label == "所在地_連結表記" else ""
        for label in labels
    ]
    (guess,) = found(csv(labels, cells), "enum", dataset=dataset)
    assert (guess.severity, guess.facts["unconfirmed"]) == ("warning", True)
    assert "断定しません" in message(guess, "ja")


def test_a_column_of_a_type_that_is_not_judged_is_told() -> None:
    (unchecked,) = found(
        "番号,区域\n1,{}\n",
        "type-unchecked",
        dataset=schema({"name": "番号"}, {"name": "区域", "type": "geojson"}),
    )
    assert unchecked.label == "区域"


def test_missing_values_of_a_schema_count_as_empty() -> None:
    dataset = schema(
        {"name": "名称", "constraints": {"required": True}},
        {"name": "数", "type": "number"},
        missingValues=["", "-"],
    )
    judgement = judge("名称,数\n館,-\n-,5\n", dataset)
    assert judgement.totals == {"required-empty": 1}


def test_the_verdict_does_not_depend_on_the_length_of_the_file() -> None:
    wrong = row(NO="x", 開始時間="24:00", 緯度="35.62", 備考="ﾃｽﾄ", URL="なし", 電話番号="－")
    alone = judge(aed(wrong))
    among = judge(aed(*[row(NO=f"{n:05}", 名称=f"第{n}館", 備考=f"備考{n}") for n in range(3_000)], wrong))
    assert alone.totals == among.totals
    assert {f.row for f in among.findings} == {3_002}


# --- every rule on files, headers, rows and tables --------------------------------------------------


def report(text: str | bytes, path: str = "a.csv", dataset: Dataset | None = AED) -> Callable[[], FileReport]:
    data = text.encode() if isinstance(text, str) else text
    return lambda: check.judge(data, path, Choice(dataset))[0]


FINE = report(aed(row(), row(NO="0000000002")))
FINE_BOOK = report(book({"一覧": [HEADER, row()]}), "a.xlsx")
PLAIN = schema({"name": "番号"}, {"name": "区域", "type": "geojson"})


def edited(change: Callable[[Any], object]) -> bytes:
    """A fine book after a change of its sheet."""
    workbook = openpyxl.load_workbook(io.BytesIO(book({"一覧": [HEADER, row()]})))
    change(workbook.active)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def hide(part: Any) -> None:
    part.hidden = True


def remark(sheet: Any, text: str) -> None:
    sheet["B2"].comment = openpyxl.comments.Comment(text, "x")


TOILET = datasets()["standard-public_toilet"]


def toilet(*addresses: str) -> str:
    """Public toilets at these addresses, in the new edition."""
    return csv(["所在地_連結表記", "名称"], *([address, "駅前"] for address in addresses))


def merged(cells: list[str], label: str = "35.624283、135.061004") -> list[str]:
    """The record with latitude and longitude in one cell."""
    at = HEADER.index("緯度")
    assert HEADER[at + 1] == "経度"
    return [*cells[:at], label, *cells[at + 2 :]]


def shared(addresses: int) -> str:
    """AEDs at different addresses with the same coordinate."""
    return aed(*(row(NO=f"{n:010}", 住所=f"京都府京丹後市峰山町杉谷{n}") for n in range(addresses)))


# rule → a file in which it finds something, and one in which it does not
FILES: dict[str, tuple[Callable[[], FileReport], Callable[[], FileReport]]] = {
    "file-format": (report(b"%PDF-1.7"), FINE),
    "file-empty": (report(aed()), FINE),
    "encoding-broken": (report(aed(row(), row(NO="0000000002")).encode() + b"\xff"), FINE),
    "quote-unclosed": (report(aed(row(), row(NO='"2'), row(NO="0000000003"))), FINE),
    "workbook-unsafe": (report(bomb(301), "a.xlsx"), FINE_BOOK),
    "sheet-extra": (report(book({"一覧": [HEADER, row()], "作成例": [["x"]]}), "a.xlsx"), FINE_BOOK),
    "sheet-hidden": (report(book({"一覧": [HEADER, row()], "作業": [["x"]]}, hidden=["作業"]), "a.xlsx"), FINE_BOOK),
    "encoding-old": (report(aed(row()).encode("cp932")), FINE),
    "newline-mixed": (report(aed(row()) + csv(row(NO="0000000002")).replace("\r\n", "\n")), FINE),
    "file-name-dataset": (report(aed(row()), "262129_public_toilet.csv"), report(aed(row()), "262129_aed.csv")),
    "header-not-first": (report(aed(row(), above="表題\r\n")), FINE),
    "column-missing": (report(csv(drop(HEADER, "名称"), drop(row(), "名称"))), FINE),
    "column-absent": (report(csv(drop(HEADER, "備考"), drop(row(), "備考"))), FINE),
    "column-extra": (report(aed([*row(), "x"], header=[*HEADER, "メモ"])), FINE),
    "column-unnamed": (report(aed([*row(), "x"], header=[*HEADER, ""])), FINE),
    "column-blank": (report(aed([*row(), ""], header=[*HEADER, ""])), FINE),
    "column-renamed": (report(aed(row(), header=[label.replace("_", "＿") for label in HEADER])), FINE),
    "column-repeated": (report(aed([*row(), "x"], header=[*HEADER, "名称"])), FINE),
    "column-order": (report(csv(HEADER[::-1], row()[::-1])), FINE),
    "header-merged": (report(aed(merged(row()), header=merged(HEADER, "緯度／経度"))), FINE),
    "row-ragged": (report(aed([*row(), "x"])), FINE),
    "row-blank": (report(aed(row()) + "\r\n"), FINE),
    "footnote-below": (report(aed(row()) + "※令和8年4月1日現在\r\n"), FINE),
    "total-row": (report(aed(row()) + "合計,1\r\n"), FINE),
    "note-among": (report(aed(row(), ["※休止中"], row(NO="0000000002"))), FINE),
    "total-among": (report(aed(row(), ["", "小計", "", "12"], row(NO="0000000002"))), FINE),
    "header-repeated": (report(aed(row(), HEADER, row(NO="0000000002"))), FINE),
    "required-empty": (report(aed(row(), row(名称="", NO="0000000002"))), FINE),
    "required-column-empty": (report(aed(row(名称=""))), FINE),
    "id-duplicate": (report(aed(row(), row())), FINE),
    "id-empty": (report(aed(row(NO=""))), FINE),
    "value-duplicate": (report("番号,値\nA,1\nA,1\n", dataset=UNIQUE), report("番号,値\nA,1\nB,1\n", dataset=UNIQUE)),
    "file-name-code": (report(aed(row()), "262021_aed.csv"), report(aed(row()), "262129_aed.csv")),
    "signs-mixed": (report(aed(row(備考="9時～17時"), row(NO="0000000002", 備考="9時〜17時"))), FINE),
    "extension-characters": (report(aed(row(名称="㈱京丹後"))), FINE),
    "address-wide-digits": (report(aed(row(住所="京都府京丹後市峰山町杉谷８８９"))), FINE),
    "address-without-prefecture": (report(toilet("京丹後市峰山町杉谷889"), dataset=TOILET),
                                   report(toilet("京都府京丹後市峰山町杉谷889"), dataset=TOILET)),
    "id-uneven": (report(aed(row(), row(NO="2"))), FINE),
    "coordinate-shared": (report(shared(5)), report(shared(4))),
    "municipalities-mixed": (report(aed(row(), row(NO="0000000002"), row(都道府県コード又は市区町村コード="271004"))), FINE),
    "variant-followed": (in_run(a=body().replace("情報の管理主体_全国地方公共団体コード,", "").replace("352071,", "")),
                         in_run(a=body())),
    "pair-missing": (in_run(a=body()), in_run(a=body(), b=metadata())),
    "pair-publisher": (in_run(a=body("352071"), b=metadata("352080")), in_run(a=body(), b=metadata())),
    "reference-unknown": (in_run(a=parking("A9"), b=facility("A1")), in_run(a=parking("A1"), b=facility("A1"))),
    "mapping-used": (
        lambda: check.judge(aed(row()).encode(), "a.csv", Choice(AED, columns=Columns({"名称": "名称"})))[0],
        FINE,
    ),
    "column-name-long": (report(aed([*row(), "x"], header=[*HEADER, "長い項目の名前" * 4])), FINE),
    "personal-number": (report(aed([*row(), "123456789018"], header=[*HEADER, "個人番号"])), FINE),
    "personal-name": (report(aed([*row(), "山田　太郎"], header=[*HEADER, "世帯主"])), FINE),
    "personal-column": (report(aed([*row(), "S45.3.2"], header=[*HEADER, "生年月日"])), FINE),
    "personal-rows": (report(aed(*[row(NO=n, 名称="山田太郎", 電話番号="090-0000-0000") for n in "12"])), FINE),
    "personal-sheet": (report(book({"一覧": [HEADER, row()], "名簿": [["氏名", "住所"], ["山田太郎", "宮津市1-2"]]},
                                   hidden=["名簿"]), "a.xlsx"), FINE_BOOK),
    "column-hidden": (report(edited(lambda sheet: hide(sheet.column_dimensions["D"])), "a.xlsx"), FINE_BOOK),
    "row-hidden": (report(edited(lambda sheet: hide(sheet.row_dimensions[2])), "a.xlsx"), FINE_BOOK),
    "comment-left": (report(edited(lambda sheet: remark(sheet, "課で確認")), "a.xlsx"), FINE_BOOK),
    "personal-comment": (report(edited(lambda sheet: remark(sheet, "山田 090-0000-0000")), "a.xlsx"), FINE_BOOK),
    "author-left": (report(edited(lambda sheet: setattr(sheet.parent.properties, "creator", "山田太郎")), "a.xlsx"),
                    FINE_BOOK),
    "cell-endless": (report(aed(row()).encode() + b"x" * 5_000_000), FINE),
    "columns-too-many": (report(csv([f"列{n}" for n in range(2_001)], ["1"] * 2_001)), FINE),
    "type-unchecked": (report("番号,区域\n1,{}\n", dataset=PLAIN), FINE),
}  # fmt: skip


@pytest.mark.parametrize("rule", FILES)
def test_a_rule_on_whole_files_is_met_in_the_file_made_for_it_and_not_in_the_other(rule: str) -> None:
    bad, good = FILES[rule]
    met = [finding for finding in bad().findings if finding.rule == rule]
    assert met and bad().totals[rule] >= 1
    for lang in ("ja", "en"):
        assert "None" not in message(met[0], lang) and "{" not in message(met[0], lang)
    assert rule not in good().totals


def test_every_rule_on_whole_files_has_its_file() -> None:
    assert FILES.keys() == {rule.id for rule in RULES.values() if rule.scope not in ("cell", "record")}


def test_a_file_that_is_no_table_is_invalid_and_says_that_it_was_not_checked() -> None:
    told = report(zipped(a=b"1"))()
    assert (told.status, told.counts["error"], told.rows, told.form) == ("invalid", 1, 0, None)
    assert told.reason and told.reason_en


def test_a_table_of_no_known_dataset_is_not_called_valid() -> None:
    told = report("品名,数量\n紙,1\n", dataset=None)()
    assert (told.status, told.match) == ("not-checked", None)
    assert told.reason and "--dataset" in told.reason


def test_a_blank_row_may_begin_with_a_space() -> None:
    assert judge(aed(row()) + "　, " + "," * 20 + "\r\n").totals == {"row-blank": 1}


def test_of_a_repeated_column_the_first_one_is_judged() -> None:
    assert judge(aed([*row(), "余り"], header=[*HEADER, "名称"])).totals == {"column-repeated": 1}


def test_a_latitude_is_judged_without_a_longitude_column() -> None:
    assert "coordinate-outside" in judge(csv(drop(HEADER, "経度"), drop(row(緯度="343.2"), "経度"))).totals


def test_two_names_in_one_cell_of_the_header_are_no_extra_column_and_the_columns_are_still_missed() -> None:
    judgement = judge(aed(merged(row()), header=merged(HEADER, "緯度、経度")))
    (finding,) = given(judgement, "header-merged")
    assert (finding.label, finding.facts["count"]) == ("緯度、経度", 2)
    assert "column-extra" not in judgement.totals
    assert {f.field for rule in ("column-missing", "column-absent") for f in given(judgement, rule)} == {
        "緯度",
        "経度",
    }


def test_a_name_beside_a_word_that_is_none_is_not_taken_for_two_columns() -> None:
    judgement = judge(aed(merged(row()), header=merged(HEADER, "緯度/世界測地系")))
    assert given(judgement, "header-merged") == []
