"""What can be mended for certain is mended, once; what is not certain is left and proposed."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odtool.datasets import catalog
from odtool.datasets.identify import against
from odtool.datasets.schema import from_descriptor
from odtool.judging.check import Choice, judge
from odtool.judging.validate import validate
from odtool.made import Mended
from odtool.mending.fix import fix, unreadable
from odtool.model import Dataset, Form, Grid, Table
from odtool.report.rule_page import rule_page
from odtool.rules import RULES
from odtool.rules.mends import SILENT
from odtool.table.write import write_all
from odtool.text import PLACEHOLDERS
from tests.test_rules import ALL, Case

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.[cx]*"))
AED = catalog.dataset("suisho-aed")


def table(*records: Sequence[str], header_row: int = 1) -> Table:
    grid = Grid(Form("csv", "utf-8-sig", "crlf", ","), lambda: iter(records))
    return Table(grid, tuple(records[header_row - 1]), header_row)


def schema(*fields: dict[str, object]) -> Dataset:
    return from_descriptor({"fields": list(fields)}, "test")


def column(descriptor: dict[str, object], *values: str) -> tuple[list[str], Mended]:
    """The values of a column of that kind once they are mended, and the rest of the outcome."""
    dataset = schema({"name": "列", **descriptor}, {"name": "名"})
    given = table(("列", "名"), *((value, f"行{n}") for n, value in enumerate(values)))
    mended = fix(given, against(given, dataset))
    return [record[0] for record in list(mended.table.grid.records())[1:]], mended


def records(mended: Mended) -> list[list[str]]:
    return [list(record) for record in mended.table.grid.records()]


def aed(**cells: str) -> Table:
    """A table of two AEDs; the named cells of the first are as told, in their places."""
    plain = {
        "都道府県コード又は市区町村コード": "262129", "NO": "1", "都道府県名": "京都府", "市区町村名": "京丹後市",
        "名称": "中央公民館", "名称_カナ": "チュウオウコウミンカン", "住所": "京都府京丹後市峰山町", "緯度": "35.011636",
        "経度": "135.768029", "設置位置": "1階",
    }  # fmt: skip
    names = [field.name for field in AED.fields]
    first = [cells.get(name, plain.get(name, "")) for name in names]
    second = [{**plain, "NO": "2"}.get(name, "") for name in names]
    return table(names, first, second)


def mended_aed(name: str = "", **cells: str) -> tuple[dict[str, str], Mended]:
    given = aed(**cells)
    mended = fix(given, against(given, AED), name=name)
    header, first, *_ = records(mended)
    return dict(zip(header, first, strict=True)), mended


# --- values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("descriptor", "before", "after"),
    [
        ({"type": "number"}, "１,２３４", "1234"),
        ({"type": "number"}, "－５", "-5"),
        ({"type": "date"}, "2026/4/1", "2026-04-01"),
        ({"type": "date"}, "令和8年4月1日", "2026-04-01"),
        ({"type": "date"}, "平成元年１月８日", "1989-01-08"),
        ({"type": "time", "format": "%H:%M"}, "9:00:00", "09:00"),
        ({"type": "time", "format": "%H:%M"}, "９時３０分", "09:30"),
        ({"kind": "phone"}, "０７５－２２２－３１１１", "075-222-3111"),
        ({"kind": "postcode"}, "〒604-8571", "6048571"),
        ({"kind": "corporate-number"}, "４０００020262129", "4000020262129"),
        ({"kind": "latitude"}, " ３５．０１１６３６，", "35.011636"),
        ({"kind": "flag"}, "○", "1"),
        ({"kind": "flag", "blankMeans": "なし"}, "×", ""),
        ({"kind": "kana"}, "ﾁｭｳｵｳ", "チュウオウ"),
        ({"constraints": {"enum": ["有", "無", "Wi-Fi"]}}, "Ｗｉ－Ｆｉ ", "Wi-Fi"),
        ({"constraints": {"pattern": "[0-9]{4}"}}, "００１２", "0012"),
        ({}, "　中央公民館 ", "中央公民館"),
        ({}, "ﾅｰｽ室", "ナース室"),
        ({}, "－", ""),
        ({}, "中央\u200b公民館", "中央公民館"),
        ({}, "テ\u3099ータ", "データ"),
        ({}, "本館\xa01階", "本館 1階"),
    ],
)
def test_a_value_whose_meaning_stays_is_mended(
    descriptor: dict[str, object], before: str, after: str
) -> None:
    (value,), mended = column(descriptor, before)
    assert value == after
    (change,) = [change for change in mended.changes if change.kind == "cell"]
    assert (change.before, change.after, change.row, change.column, change.label) == (
        before,
        after,
        2,
        1,
        "列",
    )
    assert change.why and change.why_en and change.rule in RULES


@pytest.mark.parametrize(
    ("descriptor", "value"),
    [
        ({"type": "number"}, "10²"),
        ({"type": "number"}, "①"),
        ({"type": "number"}, "12床"),
        ({"type": "number"}, "ー5"),
        ({"type": "number"}, "－"),
        ({"type": "date"}, "2026年4月"),
        ({"type": "date"}, "45383"),
        ({"type": "time", "format": "%H:%M"}, "9:3"),
        ({"type": "time", "format": "%H:%M"}, "午後5時"),
        ({"kind": "phone"}, "075-222-3111（代表）"),
        ({"kind": "postcode"}, "60-48571"),
        ({"kind": "latitude"}, "35°00’41”"),
        ({"kind": "flag"}, "◎"),
        ({"kind": "flag"}, "×"),
        ({"kind": "kana"}, "こどもへや"),
        ({"kind": "weekdays"}, "毎日"),
        ({"kind": "url"}, "https://example.jp/ﾃｽﾄ"),
        ({"constraints": {"enum": ["有", "無"]}}, "あり"),
        ({}, "ＡＥＤは受付（１階）にあります"),
        ({}, "不明"),
        ({}, "該当なし"),
        ({"constraints": {"required": True}}, "－"),
        ({}, "1階\x0b2階"),
    ],
)
def test_a_value_that_could_mean_something_else_is_left(descriptor: dict[str, object], value: str) -> None:
    (left,), mended = column(descriptor, value)
    assert left == value
    assert not any(change.kind == "cell" for change in mended.changes)


def test_what_is_not_certain_is_proposed_with_the_reason() -> None:
    _, mended = column({"kind": "kana"}, "こどもへや")
    (proposal,) = mended.proposals
    assert proposal.finding.suggestion == "コドモヘヤ" and proposal.finding.row == 2
    assert proposal.why and proposal.why_en


@pytest.mark.parametrize("case", [case for case in ALL if case.rule.scope == "cell"], ids=str)
def test_a_mended_value_is_good_in_the_eyes_of_its_rule(case: Case) -> None:
    mend = case.rule.mends
    for finding in case.findings():
        if mend and finding.suggestion and mend.certain(case.value, finding.suggestion, case.field):
            assert case.findings(finding.suggestion) == []


def test_only_placeholders_count_as_saying_nothing() -> None:
    assert PLACEHOLDERS | {"-"} >= SILENT and not SILENT & {"不明", "未定", "該当なし", "未設定"}


# --- what the rest of the table says -------------------------------------------------------------------


def test_a_serial_number_among_days_is_the_day_that_it_stands_for() -> None:
    values, mended = column({"type": "date"}, "2024-04-01", "2024/5/1", "45404", "2024-06-30")
    assert values == ["2024-04-01", "2024-05-01", "2024-04-22", "2024-06-30"]
    assert not mended.proposals


@pytest.mark.parametrize(
    "others",
    [
        ("2024-04-01", "2024-06-30"),  # too few
        ("2024-04-01", "2024-05-01", "2024-04-30", "未定"),  # something else in the column
        ("2014-04-01", "2015-05-01", "2016-06-30"),  # outside
        ("2004-04-01", "2024-05-01", "2034-06-30"),  # the count from 1904 would lie within as well
    ],
)
def test_a_serial_number_that_could_be_another_day_is_only_proposed(others: Sequence[str]) -> None:
    values, mended = column({"type": "date"}, "45404", *others)
    assert values[0] == "45404"
    assert ("45404", "2024-04-22") in {(p.finding.value, p.finding.suggestion) for p in mended.proposals}


def test_a_code_that_lost_its_zero_is_restored_where_its_row_agrees() -> None:
    first, _ = mended_aed(
        都道府県コード又は市区町村コード="92088",
        都道府県名="栃木県",
        市区町村名="小山市",
        住所="栃木県小山市",
    )
    assert first["都道府県コード又は市区町村コード"] == "92088"  # the other row is of Kyoto
    given = aed(都道府県コード又は市区町村コード="26212")
    (_, row, *_) = records(fix(given, against(given, AED)))
    assert row[0] == "262129"


def test_a_code_that_the_file_name_contradicts_is_left() -> None:
    first, mended = mended_aed("092088_aed.csv", 都道府県コード又は市区町村コード="26212")
    assert first["都道府県コード又は市区町村コード"] == "26212"
    assert any(proposal.finding.suggestion == "262129" for proposal in mended.proposals)


def test_a_month_in_the_file_name_contradicts_no_code() -> None:
    first, _ = mended_aed("202011_aed.csv", 都道府県コード又は市区町村コード="26212", 市区町村名="京丹後市")
    assert first["都道府県コード又は市区町村コード"] == "262129"


def test_a_code_of_which_nothing_else_is_known_is_left() -> None:
    values, _ = column({"kind": "municipality-code"}, "26212")
    assert values == ["26212"]


def swapped(*pairs: tuple[str, str]) -> list[list[str]]:
    dataset = schema({"name": "緯度", "kind": "latitude"}, {"name": "経度", "kind": "longitude"})
    given = table(("緯度", "経度"), *pairs)
    return records(fix(given, against(given, dataset)))[1:]


def test_coordinates_exchanged_in_every_row_are_swapped() -> None:
    assert swapped(("135.1234", "35.1234"), ("135.5678", "35.5678")) == [
        ["35.1234", "135.1234"],
        ["35.5678", "135.5678"],
    ]


def test_coordinates_exchanged_in_some_rows_are_left() -> None:
    pairs = [["135.1234", "35.1234"], ["35.5678", "135.5678"]]
    assert swapped(*map(tuple, pairs)) == pairs  # type: ignore[arg-type]


def test_a_mend_that_brings_another_error_to_light_is_taken_back() -> None:
    dataset = schema({"name": "番号", "constraints": {"unique": True}}, {"name": "名"})
    given = table(("番号", "名"), ("A1", "x"), ("A1 ", "y"))
    before = validate(given, against(given, dataset))
    mended = fix(given, against(given, dataset))
    after = validate(mended.table, against(mended.table, dataset))
    assert before.counts["error"] == after.counts["error"] == 0
    assert records(mended)[2][0] == "A1 "
    assert any("新しい誤り" in proposal.why for proposal in mended.proposals)


# --- rows and columns ----------------------------------------------------------------------------------


def test_names_order_titles_and_empty_rows_follow_the_definition() -> None:
    dataset = catalog.dataset("standard-fire_hydrant")
    names = [field.name for field in dataset.fields]
    kept = [name for name in names if name != "備考"]
    header = [*reversed(kept), "", "担当"]
    row = [f"{n}" for n in range(len(kept))]
    given = table(
        ("消防水利の一覧",), header, [*row, "", "x"], [""] * len(header), [*row, "", "y"], header_row=2
    )
    mended = fix(given, against(given, dataset))
    labels, first, second = records(mended)
    assert [label for label in labels if label != "担当"] == names
    assert labels[labels.index(header[-3]) + 1] == "担当"  # behind its left neighbour
    assert first[labels.index(kept[-1])] == "0" and second[labels.index("担当")] == "y"
    kinds = {change.kind for change in mended.changes}
    assert {"rows-removed", "column-added", "column-removed", "columns-ordered"} <= kinds
    assert any(change.before == "消防水利の一覧" for change in mended.changes)


def test_a_required_column_is_never_added_empty() -> None:
    given = table(("NO", "名称"), ("1", "中央公民館"))
    mended = fix(given, against(given, AED))
    required = {field.name for field in AED.fields if field.required or field.requirement == "必須"}
    assert not {change.label for change in mended.changes if change.kind == "column-added"} & required


def test_columns_stay_where_a_row_has_another_length() -> None:
    given = table(("経度", "緯度", "名称"), ("135.1234", "35.1234", "a"), ("135.1234", "35.1234"))
    mended = fix(given, against(given, AED))
    assert records(mended)[2] == ["135.1234", "35.1234"]
    assert records(mended)[0] == ["経度", "緯度", "名称"]
    assert any(proposal.finding.rule == "column-order" for proposal in mended.proposals)


def test_columns_whose_addition_would_bring_an_error_are_not_added() -> None:
    given = table(("ID",), ("*",))
    dataset = catalog.dataset("standard-aed")
    mended = fix(given, against(given, dataset))
    before, after = (validate(each, against(each, dataset)).counts["error"] for each in (given, mended.table))
    assert after <= before


def test_blank_cells_beyond_the_last_column_go_and_others_stay() -> None:
    given = table(("名称", "住所"), ("a", "b", "", " "), ("c", "d", "e"))
    assert records(fix(given, against(given, AED)))[1:] == [["a", "b"], ["c", "d", "e"]]


def test_of_an_unknown_table_no_row_and_no_column_is_removed() -> None:
    rows = [("表題", "", ""), ("甲", "乙", "丙"), (" x", "y", "－"), ("", "", ""), ("z", "", "")]
    given = table(*rows, header_row=2)
    assert records(fix(given, None)) == [*map(list, rows[:2]), ["x", "y", "－"], *map(list, rows[3:])]


def test_proposals_stand_where_the_mended_table_has_them() -> None:
    names = ["名称_カナ", "名称"]
    given = table(("題",), names, ["", ""], ["こどもへや", "x"], header_row=2)
    mended = fix(given, against(given, AED))
    (proposal,) = [p for p in mended.proposals if p.finding.rule == "kana-format"]
    rows, finding = records(mended), proposal.finding
    assert finding.row and finding.column
    assert rows[finding.row - 1][finding.column - 1] == "こどもへや"


def test_what_the_copy_cannot_show_any_more_is_told() -> None:
    given = table(("名称", "住所"), ("a", "b"))
    fault = RULES["row-hidden"].finding(row=2, count=1, rows="2")
    hidden = replace(given, grid=replace(given.grid, faults=(fault,)))
    (proposal, *_) = fix(hidden, against(hidden, AED)).proposals
    assert proposal.finding.rule == "row-hidden" and "元のファイル" in proposal.why


# --- what holds for every table ------------------------------------------------------------------------

VALUES = sorted(
    {c.value for c in ALL if isinstance(c.value, str)} | PLACEHOLDERS | {"", " ", "92088", "45404"}
)
value = st.sampled_from(VALUES) | st.text(alphabet=" 　-－0１.:/年月日aＡｱあ漢○×\u200b\x0b\n", max_size=6)
DATASETS = list(catalog.datasets())


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], int, str]:
    """A table somewhat like a dataset: some of its columns in some order, others, odd rows, any values."""
    dataset = draw(st.sampled_from(DATASETS))
    names = [field.name for field in catalog.dataset(dataset).fields]
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=8, unique=draw(st.booleans())))
    labels = [*chosen, *draw(st.lists(st.sampled_from(["", "メモ", "Column1", "名称　"]), max_size=2))]
    width = len(labels)
    lengths = st.just(width) if draw(st.booleans()) else st.integers(max(1, width - 1), width + 1)
    row = lengths.flatmap(lambda n: st.lists(value, min_size=n, max_size=n))
    title = draw(st.booleans())
    rows = draw(st.lists(row, min_size=1, max_size=6))
    return [*([["題"]] if title else []), labels, *rows], 2 if title else 1, dataset


@settings(max_examples=400, deadline=None)
@given(tables())
def test_mending_twice_equals_mending_once_and_never_adds_an_error(
    given: tuple[list[list[str]], int, str],
) -> None:
    rows, header_row, name = given
    dataset = catalog.dataset(name)
    before = table(*rows, header_row=header_row)
    once = fix(before, against(before, dataset))
    again = fix(once.table, against(once.table, dataset))
    assert again.changes == () and records(again) == records(once)
    errors = [
        [f.rule for f in validate(each, against(each, dataset), limit=0).findings if f.severity == "error"]
        for each in (before, once.table)
    ]
    assert len(errors[1]) <= len(errors[0]), errors


def test_a_long_file_is_mended_in_every_row() -> None:
    lines = ["番号,開始時間", *(f"{n},{n % 24}:{n % 60:02}" for n in range(30_000))]
    dataset = schema(
        {"name": "番号", "type": "integer"}, {"name": "開始時間", "type": "time", "format": "%H:%M"}
    )
    report, given = judge("\r\n".join(lines).encode(), "long.csv", Choice(dataset))
    assert given and report.counts["error"] > 10_000
    mended = fix(given, report.match)
    assert sum(change.kind == "cell" for change in mended.changes) == report.counts["error"]
    after, _ = judge(write_all(mended.table), "long.csv", Choice(dataset))
    assert after.status == "valid"


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_says_whether_and_why_it_is_mended(rule: str, lang: str) -> None:
    (line,) = [
        line for line in rule_page(RULES[rule], lang).splitlines() if line.startswith("- odtool fix: ")
    ]
    mend = RULES[rule].mends
    assert (
        (mend.en if lang == "en" else mend.ja) in line if mend else "直しません" in line or "does not" in line
    )


def holds_for(path: Path) -> None:
    """A file, mended: no more errors, nothing certain left, and the bytes stay when it is mended again."""
    data = path.read_bytes()
    report, found = judge(data, path.name)
    if found is None or unreadable(found):
        return
    once = fix(found, report.match, name=path.name)
    content = write_all(once.table)
    choice = Choice(report.match.dataset if report.match else None)
    after, again = judge(content, path.name, choice)
    assert again is not None
    assert after.counts["error"] <= report.counts["error"], path
    twice = fix(again, after.match, name=path.name)
    assert twice.changes == () and write_all(twice.table) == content, path
    assert [dict(c) for c in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_sample_is_mended_once_and_for_all(path: Path) -> None:
    if path.suffix in (".csv", ".xlsx"):
        holds_for(path)


def test_every_real_file_is_mended_once_and_for_all(corpus: Path) -> None:
    files = [
        path for path in sorted(corpus.rglob("*")) if path.is_file() and path.suffix in (".csv", ".xlsx")
    ]
    assert files
    for path in files:
        holds_for(path)


@pytest.mark.parametrize("kind", ["number", "integer"])
@pytest.mark.parametrize("value", ["120人", "５m", "5m", "1,200円", "120m2", "120㎡", "3 床"])
def test_a_number_loses_its_unit_only_at_a_persons_hand(kind: str, value: str) -> None:
    values, mended = column({"type": kind}, value, "7")
    assert values == [value, "7"]
    (proposal,) = mended.proposals
    assert str(proposal.finding.suggestion).isdigit()
