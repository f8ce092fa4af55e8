"""The commands that publish, as they are used: in pipes, in scheduled jobs, by people who mistype."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from odtool.cli.plan import _code
from odtool.planning.plan import Change, Item, Offer, Plan
from odtool.text import width
from tests.publishing import AED, NOTE, OTHER_NOTE, PUBLISHED, VALID, edited, odtool, sample


def started(cwd: Path, *arguments: str, out: int, lang: str = "ja") -> subprocess.CompletedProcess[str]:
    """The program with its output bound to that file descriptor."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ODTOOL")}
    return subprocess.run(
        [sys.executable, "-m", "odtool", *arguments, "--lang", lang],
        cwd=cwd,
        env=kept,
        stdout=out,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize(("lang", "told"), [("ja", "作業は続けます"), ("en", "the work goes on")])
def test_publishing_goes_on_when_nobody_reads_its_output_any_more(
    tmp_path: Path, lang: str, told: str
) -> None:
    """As in `odtool publish … | head -1`."""
    files = [sample(name) for name in VALID]
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = started(tmp_path, "publish", *files, out=writer, lang=lang)
    finally:
        os.close(writer)
    assert done.returncode == 0
    assert done.stderr.count(told) == 1
    again = odtool(tmp_path, "publish", *files)
    assert PUBLISHED not in again.stdout
    assert f"変更なし {len(VALID)}件" in again.stdout
    assert "不具合" not in odtool(tmp_path, "history").stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_publishing_goes_on_when_the_disk_of_its_output_is_full(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = started(tmp_path, "publish", sample(AED), out=full.fileno())
    assert (done.returncode, done.stderr.count("odtool history")) == (0, 1)
    assert "変更なし 1件" in odtool(tmp_path, "publish", sample(AED)).stdout


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("apply", "PLAN が指定されていません"),
        ("plan", "ファイルやフォルダーが指定されていません"),
        ("token", "set|delete|show が指定されていません"),
        ("publish x --max-update -1", "--max-update の値は0以上の整数で"),
        ("plan x --lang fr", "--lang の値は ja、en のどれかで"),
        ("migrate x", "--to が指定されていません"),
        ("plan x -o", "-o のあとに値がありません"),
        ("apply plan 1.json", "余分な指定があります: 1.json"),
    ],
)
def test_a_call_that_cannot_be_parsed_is_told_in_the_readers_language(
    tmp_path: Path, call: str, told: str
) -> None:
    done = odtool(tmp_path, *call.split())
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert told in done.stderr
    for english in ("Missing", "Invalid", "Option", "Got", " is not "):
        assert english not in done.stderr


@pytest.mark.parametrize("output", [AED, f"./{AED}", "odtool.toml", "odtool-ledger.sqlite"])
def test_a_plan_is_never_written_over_what_it_was_made_from(tmp_path: Path, output: str) -> None:
    original = Path(edited(AED, tmp_path, NOTE, OTHER_NOTE))
    (tmp_path / "odtool.toml").write_text("[metadata]\nmaintainer = '情報政策課'\n", "utf-8")
    content = original.read_bytes(), (tmp_path / "odtool.toml").read_bytes()
    done = odtool(tmp_path, "plan", ".", "-o", output)
    assert (done.returncode, done.stdout) == (2, "")
    assert "上書きしません" in done.stderr
    assert content == (original.read_bytes(), (tmp_path / "odtool.toml").read_bytes())
    assert odtool(tmp_path, "history").returncode == 0


@pytest.mark.parametrize(("command", "lang", "told"), [("plan", "ja", "注意"), ("publish", "en", "Mind")])
def test_a_name_to_adopt_or_restore_that_fits_no_file_is_told(
    tmp_path: Path, command: str, lang: str, told: str
) -> None:
    wishes = ("--adopt", "261009_ade", "--restore", "261009_aed")
    done = odtool(tmp_path, command, sample(AED), *wishes, "--lang", lang)
    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if "261009_" in line] == done.stderr.splitlines()
    assert done.stderr.startswith(told) and "--adopt" in done.stderr and "--restore" not in done.stderr


@pytest.mark.parametrize(("field", "code"), [("description", 0), ("content", 3)])
def test_a_plan_that_leaves_a_hand_edit_alone_ends_as_publishing_would(field: str, code: int) -> None:
    item = Item(
        Offer("a.csv", "0"), "drift", "手直し", "edited", left=(Change(field, "a", "b"),), cause="portal"
    )
    assert _code(Plan("x", "x", "2026-11-20", (item,)), detailed=True, missing=False) == code


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("no/such/folder/p.json", "その場所がありません"),
        (".", "フォルダーです"),
        (f"{'名' * 300}.json", "名前が長すぎます"),
    ],
)
def test_why_a_file_cannot_be_written_is_told_in_the_readers_language(
    tmp_path: Path, output: str, reason: str
) -> None:
    done = odtool(tmp_path, "plan", sample(AED), "-o", output)
    assert done.returncode == 2 and f"書き込めません（{reason}）" in done.stderr
    english = odtool(tmp_path, "plan", sample(AED), "-o", output, "--lang", "en").stderr
    assert reason not in english and "cannot be written (" in english


@pytest.mark.parametrize(
    ("ledger", "reason"),
    [
        ("folder", "開けないか、作れません"),
        ("text.sqlite", "SQLite のファイルではありません"),
        ("other.sqlite", "ほかのプログラムのデータベースです"),
        ("newer.sqlite", "もっと新しい odtool が書いたファイルです"),
    ],
)
def test_why_a_ledger_cannot_be_used_is_told_in_the_readers_language(
    tmp_path: Path, ledger: str, reason: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.sqlite").write_text("台帳ではない文章です。" * 100, "utf-8")
    for name, statement in (("other", "CREATE TABLE mine (x)"), ("newer", "PRAGMA user_version = 99")):
        with closing(sqlite3.connect(tmp_path / f"{name}.sqlite")) as made:
            made.execute(statement)
    done = odtool(tmp_path, "plan", sample(AED), "--ledger", ledger)
    assert done.returncode == 2 and f"台帳として使えません（{reason}" in done.stderr
    assert reason not in odtool(tmp_path, "plan", sample(AED), "--ledger", ledger, "--lang", "en").stderr


def test_publishing_a_folder_again_passes_over_the_catalogue_that_was_made_in_it(tmp_path: Path) -> None:
    """As in `odtool publish .` with the portal that is named nowhere: a folder beside the files."""
    edited(AED, tmp_path, NOTE, OTHER_NOTE)
    (tmp_path / "odtool.toml").write_text('[portals.hand]\nprofile = "shirasagi"\npath = "upload"\n', "utf-8")
    assert PUBLISHED in odtool(tmp_path, "publish", ".").stdout
    assert "手で登録 1件" in odtool(tmp_path, "publish", ".", "--portal", "hand").stdout
    for portal in ("folder:odtool-portal", "hand"):
        again = odtool(tmp_path, "publish", ".", "--portal", portal)
        assert (again.returncode, again.stdout.count(AED)) == (0, 1), again.stdout
        assert "変更なし 1件、公開しない 0件" in again.stdout
    moved = odtool(
        tmp_path, "plan", "odtool-portal/261009_aed/261009_aed.csv", "--portal", "folder:elsewhere"
    )
    assert "新規 1件" in moved.stdout


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"[portals.kyoto\n", "1行目の15文字目"),
        ("[portals.a]\ntype = 'folder'\npath = \"C:\\データ\"\n".encode(), "3行目"),
        (b'[portals.a]\ntype = "folder', "終わり"),
        ("[metadata]\nmaintainer = '情報政策課'".encode("cp932"), "UTF-8 で保存し直して"),
    ],
)
def test_a_slip_in_the_settings_is_told_with_its_place_in_the_readers_language(
    tmp_path: Path, written: bytes, told: str
) -> None:
    (tmp_path / "odtool.toml").write_bytes(written)
    done = odtool(tmp_path, "plan", sample(AED))
    assert done.returncode == 2 and told in done.stderr
    assert "(at " not in done.stderr and "codec" not in done.stderr


def test_a_long_path_does_not_push_the_reasons_out_of_sight(tmp_path: Path) -> None:
    place = tmp_path / ("課" * 40) / ("年度" * 20)
    place.mkdir(parents=True)
    (place / "262021_aed.csv").write_text("名称,住所\n中央公民館,舞鶴市\n", "utf-8")
    shown = odtool(tmp_path, "plan", str(place), sample(AED)).stdout
    assert "…" in shown and "/262021_aed.csv" in shown
    rows = [line for line in shown.splitlines() if line.startswith(("公開しない", "新規  "))]
    assert all(width(line.split("どのデータセット")[0].split("ポータルに")[0]) < 130 for line in rows)
