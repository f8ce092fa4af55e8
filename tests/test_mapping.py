"""A municipality's own layout judged and published as the national one."""

from pathlib import Path

import pytest

from odtool.datasets.catalog import datasets
from odtool.datasets.mapping import Columns, fingerprint, from_options, from_toml, to_toml, together
from odtool.datasets.suggest import suggest
from odtool.errors import UsageError
from odtool.judging import check
from odtool.judging.check import Choice
from odtool.model import FileReport
from odtool.table.write import write
from tests.test_cli import run
from tests.test_validate import AED, HEADER, RIGHT, csv

OWN = {"団体コード": "都道府県コード又は市区町村コード", "番号": "NO", "AEDのある施設": "名称", "よみがな": "名称_カナ",
       "場所": "住所", "北緯": "緯度", "東経": "経度", "階": "設置位置", "TEL": "電話番号", "メモ": "備考"}  # fmt: skip
FIXED = {"都道府県名": "京都府", "市区町村名": "京丹後市"}
COLUMNS = Columns(OWN, FIXED, AED.id)


def own(**changed: str) -> list[str]:
    cells = {**RIGHT, **changed}
    return [cells.get(field, "") for field in OWN.values()]


def table(*records: list[str], above: str = "") -> bytes:
    return (above + csv(list(OWN), *(records or [own()]))).encode()


def judged(data: bytes, columns: Columns | None = COLUMNS, **how: object) -> FileReport:
    return check.judge(data, "a.csv", Choice(columns=columns, **how))[0]  # type: ignore[arg-type]


def test_a_layout_of_ones_own_is_judged_as_the_national_one() -> None:
    report = judged(table(), None)
    assert report.status == "not-checked"
    report = judged(table(own(), own(NO="0000000002")))
    assert (report.status, report.match and report.match.dataset.id, report.rows) == ("valid", AED.id, 2)
    assert report.totals == {"mapping-used": 1}


def test_a_finding_is_told_by_the_files_own_column() -> None:
    (finding,) = [
        f for f in judged(table(own(), own(NO="2", 緯度="35度"))).findings if f.rule == "coordinate-format"
    ]
    assert (finding.row, finding.column, finding.label, finding.field) == (3, 6, "北緯", "緯度")


def test_rows_keep_their_numbers_under_title_and_blank_rows() -> None:
    report = judged(table(own(緯度="35度"), above="AEDの一覧\r\n\r\n"))
    assert [f.row for f in report.findings if f.rule == "coordinate-format"] == [4]
    assert report.header_row == 3


def test_the_report_says_which_mapping_was_used() -> None:
    note = judged(table()).findings[0]
    assert (note.rule, note.facts["name"], note.facts["count"]) == (
        "mapping-used",
        "--map",
        len(OWN) + len(FIXED),
    )
    assert "AEDのある施設→名称" in note.facts["shown"] or note.facts["shown"].endswith("…")


def test_what_is_published_has_the_national_header_and_the_fixed_values() -> None:
    _, seen = check.judge(table(), "a.csv", Choice(columns=COLUMNS))
    assert seen
    lines = write(seen).decode("utf-8-sig").splitlines()
    assert lines[0].split(",") == HEADER
    record = dict(zip(HEADER, lines[1].split(","), strict=True))
    assert (record["都道府県名"], record["名称"], record["緯度"]) == ("京都府", RIGHT["名称"], RIGHT["緯度"])


def test_columns_without_a_field_stay_at_the_end_and_are_told() -> None:
    data = (csv([*OWN, "担当課"], [*own(), "市民課"])).encode()
    report = judged(data)
    (extra,) = [f for f in report.findings if f.rule == "column-extra"]
    assert (extra.column, extra.label) == (len(OWN) + 1, "担当課")


def test_values_in_a_last_column_without_a_name_are_told_and_kept() -> None:
    data = csv([*OWN, ""], [*own(), "大事"], [*own(NO="2"), ""]).encode()
    report, seen = check.judge(data, "a.csv", Choice(columns=COLUMNS))
    assert report.status == "invalid" and "column-unnamed" in report.totals
    assert seen is not None and "大事" in write(seen).decode("utf-8-sig")
    report, seen = check.judge(table(own()).replace(b"\r\n", b",\r\n"), "a.csv", Choice(columns=COLUMNS))
    assert report.status == "valid" and seen is not None and seen.labels[-1] != ""


@pytest.mark.parametrize(("cells", "found"), [(own()[:-1], 9), ([*own(), "x"], 11)])
def test_a_row_of_another_length_is_told_as_in_the_file(cells: list[str], found: int) -> None:
    report = judged(table(own(), cells))
    told = [f for f in report.findings if f.rule == "row-ragged"]
    assert report.status == "invalid"
    assert [(f.row, f.facts["found"], f.facts["expected"]) for f in told] == [(3, found, 10)]


def test_a_note_below_is_no_row_that_is_too_short() -> None:
    assert "row-ragged" not in judged(table(own(), ["※ 電話は平日のみ"])).totals


@pytest.mark.parametrize("first", [True, False])
def test_a_column_that_the_mapping_names_goes_before_one_that_has_the_fields_name(first: bool) -> None:
    labels, record = (["名称", *OWN], ["旧", *own()]) if first else ([*OWN, "名称"], [*own(), "旧"])
    report, seen = check.judge(csv(labels, record).encode(), "a.csv", Choice(columns=COLUMNS))
    assert seen is not None and list(seen.grid.records())[1][seen.labels.index("名称")] == RIGHT["名称"]
    assert "column-repeated" in report.totals


def test_a_mapped_file_passes_the_gate_for_personal_data_too() -> None:
    data = (csv([*OWN, "生年月日"], [*own(), "S45.3.2"])).encode()
    (personal,) = [f for f in judged(data).findings if f.rule == "personal-column"]
    assert (personal.column, personal.label) == (len(OWN) + 1, "生年月日")


def test_a_field_that_the_dataset_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(UsageError) as refused:
        judged(table(), Columns({"AEDのある施設": "店名"}, dataset=AED.id))
    assert "店名" in refused.value.ja and AED.id in refused.value.en


# --- as options and TOML -----------------------------------------------------------------------------


def test_a_mapping_survives_toml() -> None:
    columns = Columns(
        {'あ"い\\う': "名称", "a=b": "住所", "改\n行": "備考"}, {"都道府県名": "京都府"}, "suisho-aed", "0f"
    )
    assert from_toml(to_toml(columns), "m.toml") == Columns(
        columns.columns, columns.fixed, columns.dataset, columns.header, "m.toml"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[columns]",
        "[columns]\na = 1",
        "[columns]\na = {v = 'x'}",
        "[other]\na = 'b'",
        "dataset = 1\n[columns]\na='b'",
    ],
)
def test_a_broken_mapping_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        from_toml(text, "m.toml")
    assert "m.toml" in refused.value.ja and "m.toml" in refused.value.en


def test_a_map_option_is_label_and_field() -> None:
    assert from_options(["避難所名=名称", "a=b=住所"]).columns == {"避難所名": "名称", "a=b": "住所"}
    for wrong in ("避難所名", "=名称", "避難所名="):
        with pytest.raises(UsageError):
            from_options([wrong])


def test_what_an_option_says_of_a_column_goes_before_the_file() -> None:
    both = together(
        Columns({"a": "x", "b": "y"}, {"p": "1"}, "suisho-aed", "0f", "m.toml"), from_options(["a=z"])
    )
    assert (both.columns, both.fixed, both.dataset, both.name) == (
        {"a": "z", "b": "y"},
        {"p": "1"},
        "suisho-aed",
        "m.toml",
    )


# --- remembered ------------------------------------------------------------------------------------------


def test_a_remembered_mapping_is_used_for_the_very_header_it_was_made_for() -> None:
    known = (Columns(OWN, FIXED, AED.id, fingerprint(list(OWN)), "mappings/262129_aed.toml"),)
    assert judged(table(), None, remembered=known).status == "valid"
    other = csv([*OWN, "さらに"], [*own(), ""]).encode()
    assert judged(other, None, remembered=known).status == "not-checked"


def test_a_fingerprint_ignores_width_blanks_and_empty_columns_at_the_end() -> None:
    assert fingerprint(["名称", "ＴＥＬ ", "", ""]) == fingerprint(["名称", "TEL"])
    assert fingerprint(["名称", "TEL"]) != fingerprint(["TEL", "名称"])


# --- suggested -------------------------------------------------------------------------------------------


def test_a_mapping_is_suggested_by_names_and_values() -> None:
    seen = check.recognise(table(), "262129_aed.csv").table
    assert seen
    found = suggest(seen, datasets().values(), "262129_aed.csv", "262129")
    assert found and found.dataset.slug == "aed"
    right = sum(found.columns.columns.get(label) == field for label, field in OWN.items())
    assert right >= len(OWN) - 2
    assert found.columns.header == fingerprint(list(OWN))
    assert found.columns.fixed["都道府県名"] == "京都府"


def test_a_column_of_other_values_scores_less_than_its_name_promises() -> None:
    data = "名称,緯度,経度\r\n館,135.06,35.62\r\n館2,135.07,35.63\r\n".encode()
    seen = check.recognise(data, "a.csv").table
    assert seen
    found = suggest(seen, [AED])
    assert found and found.scores["緯度"] < 0.9


def test_a_suggestion_is_written_remembered_and_used(tmp_path: Path) -> None:
    (tmp_path / "262129_aed.csv").write_bytes(table())
    assert run(tmp_path, "validate", "262129_aed.csv").returncode == 1
    done = run(tmp_path, "identify", "--suggest", "262129_aed.csv", "--dataset", AED.id, "-o", "mappings/")
    assert done.returncode == 0 and (tmp_path / "mappings" / "262129_aed.toml").is_file(), done.stderr
    options = [part for label, field in OWN.items() for part in ("--map", f"{label}={field}")]
    done = run(tmp_path, "validate", "262129_aed.csv", "--mapping", "mappings/262129_aed.toml", *options)
    assert done.returncode == 0, done.stdout
    (tmp_path / "mappings" / "262129_aed.toml").write_text(
        to_toml(Columns(OWN, FIXED, AED.id, fingerprint(list(OWN)))), encoding="utf-8"
    )
    done = run(tmp_path, "validate", "262129_aed.csv")
    assert done.returncode == 0 and "262129_aed.toml" in done.stdout
    for command in (
        ["publish", "262129_aed.csv"],
        ["plan", "262129_aed.csv", "-o", "p.json"],
        ["apply", "p.json"],
    ):
        done = run(tmp_path, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    (published,) = (tmp_path / "odtool-portal").rglob("262129_aed.csv")
    assert published.read_text("utf-8-sig").splitlines()[0].split(",") == HEADER


def test_publishing_takes_a_mapping_for_one_run(tmp_path: Path) -> None:
    (tmp_path / "262129_x.csv").write_bytes(table())
    (tmp_path / "m.toml").write_text(to_toml(COLUMNS), encoding="utf-8")
    done = run(tmp_path, "publish", "262129_x.csv", "--mapping", "m.toml")
    assert done.returncode == 0 and "新規" in done.stdout, done.stdout + done.stderr


def test_a_missing_folder_or_file_of_mappings_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(table())
    for option in ("--mapping", "--mappings"):
        assert run(tmp_path, "validate", "a.csv", option, "nowhere").returncode == 2


def test_suggestions_of_several_files_stand_side_by_side_and_a_missing_file_stops_none(
    tmp_path: Path,
) -> None:
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "262129_aed.csv").write_bytes(table())
    done = run(tmp_path, "identify", "--suggest", "none.csv", "x", "y", "-o", "made")
    assert done.returncode == 2 and "none.csv: ファイルがありません" in done.stderr
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == [
        "262129_aed-2.toml",
        "262129_aed.toml",
    ]


def test_a_suggestion_never_goes_over_a_file_it_was_made_from(tmp_path: Path) -> None:
    data = tmp_path / "262129_aed.csv"
    data.write_bytes(table())
    (tmp_path / "link.toml").symlink_to(data)
    done = run(tmp_path, "identify", "--suggest", data.name, "-o", "link.toml")
    assert done.returncode == 2 and "元のファイルは上書きしません" in done.stderr
    assert data.read_bytes() == table()


def test_a_suggestion_that_cannot_be_written_or_made_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "262129_aed.csv").write_bytes(table())
    done = run(tmp_path, "identify", "--suggest", "262129_aed.csv", "-o", "262129_aed.csv")
    assert done.returncode == 2 and "書き込めません" in done.stderr
    (tmp_path / "empty").mkdir()
    done = run(tmp_path, "identify", "--suggest", "empty")
    assert done.returncode == 2 and "CSV も xlsx もありません" in done.stderr
