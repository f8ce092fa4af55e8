"""odtool coverage: report, snapshot, history, correct, on what was collected."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest

from odtool.coverage.cell import Cell
from odtool.coverage.matrix import Coverage, Overview
from odtool.coverage.observation import Observation
from odtool.coverage.observed import reading, store
from odtool.coverage.sighting import Progress
from odtool.report.coverage_csv import bodies_csv, coverage_csv
from odtool.report.coverage_html import coverage_context, coverage_html
from odtool.report.coverage_json import coverage_json
from odtool.report.coverage_text import coverage_text
from odtool.report.coverage_xlsx import coverage_xlsx
from odtool.whole import UNFINISHED
from tests.seeing import BODIK, KYOTO, UJI, drawn, other, seen, stored
from tests.test_pages import dom

ROOT = Path(__file__).parent.parent
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "coverage.schema.json").read_text("utf-8"))
HOSTILE = ('=HYPERLINK("http://x")', "+1", "@SUM(A1)", "<script>alert(1)</script>", "a\x1b[2Jb\r\nc", "\ud800", "'; DROP TABLE days")  # fmt: skip


def files() -> list[Observation]:
    """Every state there is."""
    return [
        seen(),
        seen(dataset_name="e", slug="event", dataset="standard-event", verdict="invalid", errors=3, fixable=3, rules="date-format=3", sha256="e"),
        seen(dataset_name="p", slug="population", dataset="standard-population", updated="2020-04-01", expected=365, sha256="p"),
        seen(dataset_name="k", municipality=KYOTO, warnings=2, sha256="k"),
        seen(dataset_name="ke", municipality=KYOTO, slug="event", dataset="standard-event", verdict="not-seen", alive=None, why="応答なし", why_en="no answer", sha256=""),
        seen(dataset_name="kp", municipality=KYOTO, slug="population", dataset="standard-population", verdict="invalid", errors=9, fixable=2, sha256="kp"),
        other("262013", 1, title="AED設置場所", maybe="aed", rows=3),
        other("260002", 1),
    ]  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return stored(tmp_path / "store.sqlite", *files())


def run(place: Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "odtool", "coverage", *arguments, "--store", str(place)],
        check=False, capture_output=True, timeout=120, cwd=place.parent, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return (done.stderr if code else done.stdout).decode()


# --- report --------------------------------------------------------------------------------------


def test_the_text_tells_every_state_and_what_to_fix(place: Path) -> None:
    text = run(place, "report", "--prefecture", "京都府")
    for words in (
        "26 市区町村のうち 3 が公開を始めています（取組率 12%）", "8 データセット、8 ファイル。あと一歩 1 件",
        "▲ 期限切れ", "◇ 確認できず", "×  宇治市 イベント一覧: 必ず直す 3 件（2026-11-20 確認） あと一歩", "京都府",
        "1 か所のポータルを見て作った表です",
    ):  # fmt: skip
        assert words in text
    assert run(place, "--prefecture", "京都府") == text  # without a name, report is meant


def test_a_portal_that_could_not_be_read_is_named(place: Path) -> None:
    with store(place) as book:
        book.note(
            progress=[Progress("https://dead.example", at="2026-11-20", state="failed", note="応答なし")]
        )
    assert "最後まで読めませんでした" in run(place, "report") and "https://dead.example" in run(
        place, "report"
    )


def test_the_json_keeps_its_promise(place: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    found = json.loads(run(place, "report", "--prefecture", "京都府", "--format", "json"))
    jsonschema.validate(found, SCHEMA)
    uji = next(row for row in found["municipalities"] if row["code"] == UJI)
    assert {slug: cell["status"] for slug, cell in uji["cells"].items()} == {"aed": "valid", "event": "invalid", "population": "stale"}  # fmt: skip
    assert uji["cells"]["event"]["one_step"] and uji["cells"]["event"]["rules"] == {"date-format": 3}
    fukuchiyama = next(row for row in found["municipalities"] if row["code"] == "262013")
    assert fukuchiyama["cells"]["aed"]["status"] == "none"
    assert fukuchiyama["cells"]["aed"]["hint"] == {"title": "AED設置場所", "resource": "r1"}
    assert found["others"][0]["name"] == "京都府" and found["others"][0]["datasets"] == 1


def test_the_json_schema_refuses_what_is_not_said_in_it(place: Path) -> None:
    found = json.loads(run(place, "report", "--format", "json"))
    found["municipalities"][0]["cells"] = {"aed": {"status": "fine"}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, SCHEMA)


def test_the_list_of_bodies_counts_everything(place: Path) -> None:
    text = run(place, "report", "--prefecture", "京都府", "--bodies")
    assert (
        text.splitlines()[0].removeprefix("\ufeff")
        == '"団体コード","団体名","公開データセット数","主な公開データ","ファイル数","標準データセット数"'
    )
    assert '"260002","京都府",1,"データ1",1,0' in text and '"262013","福知山市",1,"AED設置場所",1,0' in text


def test_targets_of_the_settings_are_shown(place: Path) -> None:
    (place.parent / "odtool.toml").write_text(
        '[targets."京都府"]\ngoals = ["令和12年度末までに全市町村"]\n', "utf-8"
    )
    text = run(place, "report", "--prefecture", "京都府")
    assert "令和12年度末までに全市町村: 3／26（12%）" in text and "見込みはまだ出せません" in text


def test_without_ledger_and_store_it_says_where_they_are_looked_for(tmp_path: Path) -> None:
    said = run(tmp_path / "none.sqlite", "report", code=2)
    assert "観測の記録がありません" in said and not (tmp_path / "none.sqlite").exists()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_two_columns_have_one_name(lang: str) -> None:
    from odtool.coverage.overview import names

    named = names(lang)
    assert len(set(named.values())) == len(named)
    assert named["school_lunch"] != named["school_food_services"]
    assert [name for name in named.values() if "〔" in name or "[" in name] == [named["school_food_services"], named["school_lunch"]]  # fmt: skip


# --- XLSX ----------------------------------------------------------------------------------------


def book_of(shown: Coverage, lang: str = "ja") -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(coverage_xlsx(Overview(shown), lang)))


def test_where_no_repair_was_tried_its_number_stays_open_in_every_form() -> None:
    shown = drawn(seen(verdict="invalid", errors=3, fixable=None))
    sheet = book_of(shown)["宇治市"]
    assert [cell.value for cell in sheet[5]][4:7] == [3, None, 0]
    jsonschema.validate(json.loads(coverage_json(Overview(shown))), SCHEMA)
    assert '"fixable":null' in coverage_json(Overview(shown)) and coverage_csv(shown)
    assert coverage_text(shown, "ja") and coverage_html(coverage_context(shown, "ja"), "ja")


def test_the_workbook_has_an_overview_and_a_sheet_of_next_steps_for_every_municipality() -> None:
    book = book_of(drawn(*files()))
    assert len(book.sheetnames) == 3 + 26 and book.sheetnames[0] == "一覧"
    uji = [[cell.value for cell in row] for row in book["宇治市"].iter_rows(min_row=5)]
    assert uji[0][:4] == ["イベント一覧", "× 公開・不適合", "必ず直すところ 3 件（日付は年・月・日をハイフンで区切り、4桁・2桁・2桁で書きます［date-format］ 3 件）", "あと一歩：odtool fix ですべて直せます。直したファイルに差し替えてください"]  # fmt: skip
    assert [row[1] for row in uji] == [
        "× 公開・不適合",
        "▲ 期限切れ",
        "● 公開・適合",
    ]  # what is most urgent first
    assert book["一覧"]["B10"].hyperlink.location == "'宇治市'!A1"


def test_the_prefecture_itself_has_a_row_and_a_sheet_where_it_has_a_national_dataset() -> None:
    shown = drawn(seen(municipality="260002", organisation="京都府"))
    assert book_of(shown).sheetnames[-1] == "京都府" and shown.totals.started == 0
    html = coverage_html(coverage_context(Overview(shown), "ja"), "ja")
    assert re.search(r'<b>京都府</b><span class="note">市区町村以外 260002', html)


def test_nothing_in_the_workbook_is_calculated_or_leads_outside() -> None:
    hostile = [seen(resource=str(n), dataset_name=str(n), title=text, why=text, url=text, rules=f"{text}=1", licence=text, organisation=text, municipality="" if n % 2 else UJI, sha256="", verdict="invalid", errors=1) for n, text in enumerate(HOSTILE)]  # fmt: skip
    book = book_of(drawn(*hostile, area=""))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert not [cell for cell in cells if cell.hyperlink and cell.hyperlink.target]


def test_two_municipalities_of_one_name_have_a_sheet_each() -> None:
    names = book_of(drawn(seen(municipality="132063"), seen(municipality="342084"), area="")).sheetnames
    assert names[3:] == ["府中市", "府中市 (2)"]


def test_a_sheet_has_a_name_that_excel_takes_also_where_letters_count_two() -> None:
    long = "𠮷野川流域広域水道企業団と周辺市町村の一部事務組合の長い名前の団体"
    names = book_of(drawn(seen(municipality="", organisation=long), area="")).sheetnames
    assert all(len(name.encode("utf-16-le")) <= 62 for name in names) and names[-1].startswith("𠮷野川")


def test_the_quick_way_of_writing_cells_makes_what_the_library_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    from xlsxwriter.worksheet import Worksheet

    from odtool.report import coverage_sheet

    quick = cells_of(book_of(drawn(*files())))
    monkeypatch.delattr(coverage_sheet.Sheet, "_write_cell")
    monkeypatch.delattr(coverage_sheet.Sheet, "_calculate_spans")
    monkeypatch.delattr(coverage_sheet.Book, "_check_sheetname")
    assert coverage_sheet.Sheet._write_cell is Worksheet._write_cell
    assert cells_of(book_of(drawn(*files()))) == quick


def cells_of(book: openpyxl.Workbook) -> list[tuple[Any, ...]]:
    return [(sheet.title, cell.coordinate, cell.value, cell.fill.fgColor.rgb, cell.font.b) for sheet in book for row in sheet.iter_rows() for cell in row]  # fmt: skip


def test_what_nobody_looked_into_has_no_numbers() -> None:
    unseen = seen(
        verdict="not-seen", why="応答なし", dataset_name="x", slug="event", dataset="standard-event"
    )
    lines = {row[0].value: [cell.value for cell in row] for row in book_of(drawn(seen(), unseen))["宇治市"].iter_rows(min_row=5)}  # fmt: skip
    assert lines["AED設置箇所一覧"][4:7] == [0, 0, 0]
    assert lines["イベント一覧"][4:7] == lines["地域・年齢別人口"][4:7] == [None, None, None]


# --- a workbook for every municipality -----------------------------------------------------------


def test_every_municipality_gets_a_workbook_of_its_own(place: Path) -> None:
    folder = place.parent / "送付 用"
    said = run(place, "report", "--prefecture", "京都府", "--split", str(folder))
    assert "26 団体分の Excel" in said and len(list(folder.iterdir())) == 26
    sheet = openpyxl.load_workbook(folder / f"{UJI}_宇治市.xlsx").active
    assert sheet is not None and sheet.title == "次にすること"
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0].startswith("宇治市：次にすること") and rows[1][0].endswith("あと一歩 1 件")
    assert rows[4][:2] == ["イベント一覧", "× 公開・不適合"] and rows[4][3].startswith("あと一歩")
    assert any(row[0] == "印の意味" for row in rows)


def test_a_second_run_replaces_the_workbooks_and_leaves_everything_else(place: Path) -> None:
    folder = place.parent / "books"
    run(place, "report", "--prefecture", "京都府", "--split", str(folder))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "メモ.txt").write_text("x", encoding="utf-8")
    (folder / f"{UJI}_宇治市.xlsx").write_bytes(b"old")
    run(place, "report", "--prefecture", "京都府", "--split", str(folder), "--format", "xlsx", "--lang", "ja")
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert after.pop("メモ.txt") == b"x" and after == before


@pytest.mark.parametrize("more", [("--format", "csv"), ("--bodies",), ("-o", "x.xlsx")])
def test_workbooks_for_every_municipality_go_with_no_other_form(place: Path, more: tuple[str, ...]) -> None:
    assert "--split" in run(place, "report", "--split", str(place.parent / "books"), *more, code=2)
    assert not (place.parent / "books").exists()


def test_a_folder_that_is_a_file_is_wrong_usage(place: Path) -> None:
    (place.parent / "books").write_text("x", encoding="utf-8")
    run(place, "report", "--split", str(place.parent / "books"), code=2)


def test_the_names_of_the_files_are_safe_everywhere_and_stay_the_same() -> None:
    from odtool.coverage.matrix import Row
    from odtool.report.coverage_books import file_names

    wanted = ["CON", "a/b", "a:b", "a?b", "../../etc/passwd", "x" * 300, "組合. ", "", "NUL.txt", "𠮷\ud800", "A", "a", "\x1b[2J"]  # fmt: skip
    rows = [Row("", "", name, ()) for name in wanted] + [Row("132063", "東京都", "府中市", ()), Row("342084", "広島県", "府中市", ())]  # fmt: skip
    names = file_names(rows)
    assert names[-2:] == ["132063_府中市", "342084_府中市"]
    assert len({name.casefold() for name in names}) == len(names) and names == file_names(rows)
    for name in names:
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name) and name == name.strip(" .")
        assert len(f"{name}.xlsx".encode()) <= 255
        assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name)


# --- piece by piece ------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_table_is_put_in_place_whole(place: Path, form: str) -> None:
    out = place.parent / "out"
    out.write_text("before", encoding="utf-8")
    run(place, "report", "--prefecture", "京都府", "--format", form, "-o", str(out))
    written = out.read_bytes().decode("utf-8-sig")
    assert written == run(place, "report", "--prefecture", "京都府", "--format", form).removeprefix("\ufeff")
    assert not list(place.parent.glob(f".*{UNFINISHED}"))


# --- hostile texts -------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_what_a_portal_writes_is_text_in_every_form(lang: str) -> None:
    hostile = [seen(resource=str(n), dataset_name=text, title=text, why=text, url="javascript:alert(1)", organisation=text, municipality="" if n % 2 else UJI, sha256="", verdict="not-seen", alive=None) for n, text in enumerate(HOSTILE)]  # fmt: skip
    broken = Progress("https://x.example/<script>", at="1", state="failed", note="<script>alert(2)</script>")
    shown = drawn(*hostile, area="", sources=(broken,))
    html = coverage_html(coverage_context(Overview(shown), lang), lang)
    assert "<script>alert" not in html and "javascript:" not in html and "\x1b" not in html
    assert html.count("<script>") == 1
    text = coverage_text(shown, lang)
    assert "\x1b" not in text and "\r" not in text
    for made in (coverage_csv(shown, lang), bodies_csv(shown, lang)):
        assert not re.search(r'"[=+@]', made)
    jsonschema.validate(json.loads(coverage_json(Overview(shown))), SCHEMA)


# --- snapshot ------------------------------------------------------------------------------------


def test_a_snapshot_is_frozen_listed_verified_and_exported(place: Path) -> None:
    said = run(place, "snapshot", "--name", "令和8年度末", "--prefecture", "京都府")
    digest = re.search(r"SHA-256 ([0-9a-f]{64})", said)
    assert digest and "固定しました（28 行）" in said
    assert digest[1] in run(place, "snapshot") and "変わっていません" in run(place, "snapshot", "--verify")
    lines = [json.loads(line) for line in run(place, "snapshot", "--export", "令和8年度末").splitlines()]
    assert (lines[0]["started"], lines[0]["datasets"], lines[0]["municipalities"]) == (3, 8, 26)
    uji = next(line for line in lines if line.get("code") == UJI)
    assert uji["cells"] == {"aed": "valid", "event": "invalid", "population": "stale"}
    assert "上書きはできません" in run(place, "snapshot", "--name", "令和8年度末", code=2)
    assert digest[1] in run(place, "report", "--prefecture", "京都府", "--format", "html")


def test_a_snapshot_stays_when_everything_else_changes(place: Path) -> None:
    run(place, "snapshot", "--name", "一", "--prefecture", "京都府")
    before = run(place, "snapshot", "--export", "一")
    with store(place) as book:
        book.note([seen(verdict="invalid", errors=1, at="2026-12-01T03:00:00+09:00")])
    run(place, "snapshot", "--name", "二", "--prefecture", "京都府")
    assert run(place, "snapshot", "--export", "一") == before != run(place, "snapshot", "--export", "二")


def test_a_snapshot_that_somebody_changed_is_found_out(place: Path) -> None:
    run(place, "snapshot", "--name", "令和8年度末")
    connection = sqlite3.connect(place)
    connection.execute("DROP TRIGGER snapshots_update")
    connection.execute("UPDATE snapshots SET day = '2020-01-01'")
    connection.commit()
    connection.close()
    done = subprocess.run([sys.executable, "-m", "odtool", "coverage", "snapshot", "--verify", "--store", str(place)], check=False, capture_output=True)  # fmt: skip
    assert done.returncode == 1 and "一致しません" in done.stdout.decode()


def digest_of(place: Path, name: str) -> str:
    found = re.search(r"SHA-256 ([0-9a-f]{64})", run(place, "snapshot", "--name", name))
    assert found
    return found[1]


def tampered(place: Path, statement: str) -> None:
    connection = sqlite3.connect(place)
    for verb in ("update", "delete"):
        connection.execute(f"DROP TRIGGER snapshots_{verb}")
    connection.execute(statement)
    connection.commit()
    connection.close()


def verified(place: Path, digest: str, *more: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", "odtool", "coverage", "snapshot", "--store", str(place), "--verify", digest, *more], check=False, capture_output=True)  # fmt: skip
    assert b"Traceback" not in done.stderr
    return done.returncode, (done.stdout + done.stderr).decode()


def test_a_noted_hash_tells_whether_its_snapshot_is_still_there_also_where_the_newest_was_deleted(
    place: Path,
) -> None:
    first, last = digest_of(place, "一"), digest_of(place, "二")
    spaced = f"{last[:32].upper()} {last[32:]}"
    assert verified(place, last)[0] == verified(place, spaced)[0] == verified(place, first)[0] == 0
    assert "「二」" in verified(place, last)[1] and "その前の 1 件" in verified(place, last)[1]
    tampered(place, "DELETE FROM snapshots WHERE name = '二'")
    assert "変わっていません" in run(place, "snapshot", "--verify")  # which alone cannot tell
    code, said = verified(place, last)
    assert code == 1 and "この SHA-256 の記録はありません" in said
    assert verified(place, last, "--lang", "en")[1].startswith("There is no snapshot with this SHA-256")
    assert verified(place, first)[0] == 0


def test_a_noted_hash_vouches_for_no_snapshot_after_one_that_was_changed(place: Path) -> None:
    first, last = digest_of(place, "一"), digest_of(place, "二")
    tampered(place, "UPDATE snapshots SET day = '2020-01-01' WHERE name = '一'")
    for digest in (first, last):
        code, said = verified(place, digest)
        assert code == 1 and "書き換えられています" in said and "一:" in said


def test_what_is_no_hash_is_wrong_usage(place: Path) -> None:
    run(place, "snapshot", "--name", "一")
    for wrong in ("abc", "z" * 64, "一", "a" * 65, "\x1b[2J"):
        code, said = verified(place, wrong)
        assert code == 2 and "64 文字" in said and "\x1b" not in said


def test_a_snapshot_that_is_killed_is_there_whole_or_not_at_all(place: Path) -> None:
    command = [sys.executable, "-m", "odtool", "coverage", "snapshot", "--store", str(place), "--name"]
    for number in range(6):
        process = subprocess.Popen(
            [*command, f"記録{number}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(0.25 + 0.06 * number)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert subprocess.run([*command, "最後"], check=False, capture_output=True).returncode == 0
    assert "一致しません" not in run(place, "snapshot", "--verify")
    with reading(place) as book:
        assert len(list(book.latest())) == len(files())


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 200])
def test_a_name_that_is_none_is_refused(place: Path, name: str) -> None:
    assert "名前にできません" in run(place, "snapshot", "--name", name, code=2)


def test_where_nothing_was_ever_looked_at_nothing_is_called_unpublished(tmp_path: Path) -> None:
    missing = tmp_path / "none.sqlite"
    ledger = ("--ledger", str(tmp_path / "no-ledger.sqlite"))
    run(missing, "snapshot", "--name", "x", *ledger, code=2)
    assert not missing.exists()
    with store(missing):
        pass
    for words in (("report", "--prefecture", "京都府"), ("history",), ("snapshot", "--name", "x")):
        assert "まだ何も読み取っていません" in run(missing, *words, code=2)


def test_a_file_to_write_wants_a_snapshot_to_export(place: Path) -> None:
    assert "--export" in run(place, "snapshot", "--name", "x", "-o", "y", code=2)
    assert "まだありません" in run(place, "snapshot")


# --- correct -------------------------------------------------------------------------------------


def test_an_officers_word_is_remembered_and_can_be_taken_back(place: Path) -> None:
    run(place, "correct", "e", "--ignore", "--reason", "試験用のデータ")
    found = json.loads(run(place, "report", "--prefecture", "京都府", "--format", "json"))
    assert "event" not in next(row for row in found["municipalities"] if row["code"] == UJI)["cells"]
    run(place, "correct", "e", "--undo")
    again = json.loads(run(place, "report", "--prefecture", "京都府", "--format", "json"))
    assert "event" in next(row for row in again["municipalities"] if row["code"] == UJI)["cells"]
    assert "取り消すものがありません" in run(place, "correct", "e", "--undo", code=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("e",), "どれか一つ"),
        (("e", "--ignore", "--undo"), "どれか一つ"),
        (("e", "--ignore"), "--reason"),
        (("nothing", "--ignore", "--reason", "x"), "集めた記録にありません"),
        (("r1", "--ignore", "--reason", "x"), "ファイルの ID"),
        (("e", "--dataset", "standard-aad", "--reason", "x"), "standard-aed"),
        (("e", "--municipality", "999999", "--reason", "x"), "団体コード"),
    ],
)
def test_a_word_that_cannot_be_meant_is_wrong_usage(
    place: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert words in run(place, "correct", *arguments, code=2)


def test_a_word_on_what_nobody_collected_makes_no_store(tmp_path: Path) -> None:
    missing = tmp_path / "none.sqlite"
    assert "観測の記録がありません" in run(missing, "correct", "e", "--undo", code=2)
    assert not missing.exists()


def test_history_is_of_a_prefecture_or_of_a_body(place: Path) -> None:
    assert "どちらか一つ" in run(place, "history", "--municipality", UJI, "--prefecture", "京都府", code=2)


def test_targets_want_their_prefecture(place: Path) -> None:
    assert "--prefecture" in run(place, "report", "--targets", "odtool.toml", code=2)


# --- history -------------------------------------------------------------------------------------


def test_history_shows_the_days_and_what_changed_of_a_body(place: Path) -> None:
    from datetime import date

    from odtool.coverage.overview import keep_day

    with store(place) as book:
        keep_day(book, None, date(2024, 11, 20), "2024-11-20T03:00:00+09:00")
        book.note([replace(seen(), verdict="invalid", errors=1, at="2026-11-21T03:00:00+09:00")])
        keep_day(book, None, date(2024, 11, 21), "2024-11-21T03:00:00+09:00")
    days = json.loads(run(place, "history", "--prefecture", "京都府", "--days", "--format", "json"))
    assert [(day["day"], day["cells"]["valid"]) for day in days[:2]] == [("2024-11-20", 1), ("2024-11-21", 0)]
    text = run(place, "history", "--municipality", UJI)
    assert re.search(r"2024-11-20\s+公開・適合\s+AED", text) and re.search(
        r"2024-11-21\s+公開・不適合\s+AED", text
    )


def test_what_is_gone_from_all_portals_is_unpublished_from_that_day_on(place: Path) -> None:
    from datetime import date

    from odtool.coverage.overview import keep_day
    from odtool.coverage.sighting import Gone

    with store(place) as book:
        keep_day(book, None, date(2024, 11, 20), "1")
        book.note(gone=[Gone("2", BODIK, file.dataset_name) for file in files()])
        keep_day(book, None, date(2024, 11, 21), "2")
        assert set(book.states().values()) == {"none"} and set(book.totals().values()) == {(0, 0)}


def test_a_command_that_is_none_is_told_with_the_nearest(place: Path) -> None:
    assert "snapshot" in run(place, "snapshto", code=2)


# --- in a real browser ---------------------------------------------------------------------------


def nation() -> Coverage:
    from odtool.coverage.bodies import is_municipality
    from odtool.coverage.matrix import Column, Row, Totals
    from odtool.municipality import municipalities
    from tests.seeing import TODAY

    states = ("published", "published-errors", "none", "stale", "not-seen", "published-warnings")
    codes = [code for code in municipalities() if is_municipality(code)]
    rows = tuple(
        Row(code, municipalities()[code].prefecture, municipalities()[code].title, tuple(Cell(states[(n + k) % 6], errors=int((n + k) % 6 == 1)) for k in range(31)))
        for n, code in enumerate(codes)
    )  # fmt: skip
    return Coverage(TODAY, "", tuple(Column(f"d{n}", f"データ{n}") for n in range(31)), rows, Totals(len(rows), 1, 1, 0, 0, 0))  # fmt: skip


@pytest.mark.browser
def test_the_filters_work_over_every_municipality_of_the_country(chromium: str, tmp_path: Path) -> None:
    shown = nation()
    html = coverage_html(coverage_context(shown, "ja"), "ja")
    assert len(shown.rows) == 1741
    (tmp_path / "inner.html").write_text(html, encoding="utf-8")
    measure = """onload = () => {
      const inner = frames[0], page = inner.document, name = page.getElementById('f-name'), state = page.getElementById('f-state');
      const rows = () => [...page.querySelectorAll('#matrix tbody tr')].filter((row) => row.offsetParent !== null).length;
      const say = [rows()];
      const began = performance.now();
      name.value = 'ｷｮｳﾄ'; name.value = '宇治'; name.dispatchEvent(new inner.Event('input')); say.push(rows());
      name.value = ''; state.value = 'stale'; state.dispatchEvent(new inner.Event('change')); say.push(rows());
      say.push(page.getElementById('matrix').className, page.getElementById('f-said').textContent);
      const head = page.querySelector('.matrix thead th:nth-child(2)'), box = page.querySelector('.matrix');
      box.scrollTop = 20000; box.scrollLeft = 400;
      say.push(Math.round(head.getBoundingClientRect().top - box.getBoundingClientRect().top) <= 2);
      const row = page.querySelectorAll('#matrix tbody tr')[900].cells[0];
      say.push(Math.round(row.getBoundingClientRect().left - box.getBoundingClientRect().left) <= 2);
      document.querySelector('p').textContent = say.join('|');
    }"""
    shown_ = dom(
        chromium,
        f"<iframe src=inner.html style='width:1200px;height:900px'></iframe><p></p><script>{measure}</script>",
        tmp_path, "--allow-file-access-from-files", "--virtual-time-budget=20000",
    )  # fmt: skip
    said = re.sub(r".*<p>(.*?)</p>.*", r"\1", shown_, flags=re.DOTALL)
    assert said == "1741|2|1741|only-stale|表示中の市区町村：1741|true|true"


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page_of_a_prefecture_does_not_scroll_sideways_on_a_phone(
    chromium: str, tmp_path: Path, lang: str
) -> None:
    from odtool.coverage.target import progress, target
    from odtool.coverage.trend import Point

    wish = target("令和8年度末までに全市町村")
    assert wish is not None
    aims = [progress(wish, [], municipalities=26, today=drawn().date, now=3)]
    points = [Point(f"2026-{month:02}-28", {"valid": month}, 1, 2, 3) for month in range(1, 12)]
    html = coverage_html(coverage_context(Overview(drawn(*files()), points, aims), lang), lang)
    (tmp_path / "inner.html").write_text(html, encoding="utf-8")
    frame = "<iframe src=inner.html style='border:0;width:375px;height:800px'></iframe><p></p>"
    measure = "onload = () => document.querySelector('p').textContent = 'width ' + frames[0].document.documentElement.scrollWidth"
    shown = dom(chromium, f"{frame}<script>{measure}</script>", tmp_path, "--hide-scrollbars", "--allow-file-access-from-files")  # fmt: skip
    assert "width 375" in shown


def test_the_chart_holds_shapes_and_texts_alone_and_is_the_same_every_time() -> None:
    from datetime import date

    from odtool.report.coverage_chart import Line, chart

    days = [date(2026, month, 28) for month in range(1, 12)]
    lines = [Line(text, list(range(len(days)))) for text in HOSTILE[3:]]
    drawn_ = chart(days, lines, '"><script>alert(1)</script>')
    assert drawn_ == chart(days, lines, '"><script>alert(1)</script>')
    assert set(re.findall(r"<([a-z]+)", drawn_)) <= {"svg", "g", "path", "rect", "circle", "text", "title"}
    assert not re.search(r"\b(on\w+|style|href|id)=", drawn_) and "://" not in drawn_
    assert "&lt;script&gt;alert(1)&lt;/script&gt;</text>" in drawn_
    assert "<title>2026-11-28: 10</title>" in drawn_ and drawn_.count("<circle") == len(days) * len(lines)


def test_drawing_leaves_the_way_python_finds_modules_alone() -> None:
    program = (
        "import datetime, sys; from odtool.report.coverage_chart import Line, chart; before = list(sys.meta_path)\n"
        "chart([datetime.date(2026, 11, 1), datetime.date(2026, 11, 2)], [Line('a', [0, 1])], 'x')\n"
        "assert sys.meta_path == before, sys.meta_path"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_chart_of_nothing_but_zeros_is_a_chart() -> None:
    from datetime import date

    from odtool.report.coverage_chart import Line, chart

    drawn_ = chart([date(2026, 11, 1), date(2026, 11, 2)], [Line("a", [0, 0])], "x")
    assert "2026-11-01</text>" in drawn_ and "2026-11-02</text>" in drawn_ and "NaN" not in drawn_


def test_after_a_chart_the_installed_packages_are_found_as_before() -> None:
    code = "import sys; before = list(sys.meta_path); from importlib.metadata import version; from odtool.report.coverage_chart import _pygal; _pygal(); print(version('click'), sys.meta_path == before)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0 and done.stdout.endswith(" True\n"), done.stderr


def test_the_chart_and_the_tiles_have_the_same_as_text() -> None:
    from odtool.coverage.trend import Point

    points = [
        Point("2026-10-31", {"valid": 1, "invalid": 4}, 2, 7, 9),
        Point("2026-11-20", {"valid": 2}, 3, 8, 10),
    ]
    html = coverage_html(coverage_context(Overview(drawn(*files()), points), "ja"), "ja")
    assert re.search(r'<svg[^>]*role="img" aria-label="[^"]*表にあります', html)
    assert re.search(
        r'<th scope="row" class="line">2026-10-31</th><td class="number">2</td><td class="number">5</td>',
        html,
    )
    assert re.search(r'<li class="level-\d"[^>]*>宇治市 <b>3', html) and "地図ではありません" in html
    one = coverage_html(coverage_context(Overview(drawn(*files()), points[:1]), "ja"), "ja")
    assert "<svg" not in one and "まだ1日分の記録しかない" in one
