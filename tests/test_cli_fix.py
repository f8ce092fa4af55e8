"""odtool fix and odtool migrate as their users meet them."""

import csv
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from odtool.datasets.mapping import Columns, fingerprint, to_toml
from tests.test_cli import JAPANESE, SAMPLES, run

BAD, GOOD, BROKEN, OWN = "092088_aed.csv", "261009_aed.csv", "141500_aed.csv", "262145_nouen.csv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (BAD, GOOD, BROKEN, OWN, "262111_public_toilet.csv"):
        (tmp_path / name).write_bytes((SAMPLES / name).read_bytes())
    return tmp_path


def test_the_mended_copy_has_fewer_errors_and_the_original_stays(folder: Path) -> None:
    before = (folder / BAD).read_bytes()
    done = run(folder, "fix", BAD, "-o", "out/092088_aed.csv")
    assert done.returncode == 1 and done.stderr == ""
    assert (folder / BAD).read_bytes() == before
    errors = json.loads(run(folder, "validate", "--format", "json", "out/092088_aed.csv").stdout)["summary"][
        "errors"
    ]
    assert f"残り {errors}件" in done.stdout and 0 < errors < 10
    assert "9:00:00 → 09:00" in done.stdout and "92088 → 092088" in done.stdout


def test_a_file_with_nothing_left_to_fix_ends_with_0_and_is_written_alike(folder: Path) -> None:
    done = run(folder, "fix", GOOD, "-o", "copy.csv")
    assert done.returncode == 0 and "自動で直すところはありませんでした" in done.stdout
    assert (folder / "copy.csv").read_bytes() == (folder / GOOD).read_bytes()


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    before = sorted(folder.iterdir())
    done = run(folder, "fix", BAD, "--dry-run", "-o", "out.csv", "--lang", "en")
    assert done.returncode == 1 and "Nothing was written" in done.stdout
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_the_input_is_never_overwritten_under_whatever_name(folder: Path, link: object) -> None:
    before = (folder / BAD).read_bytes()
    target = BAD
    if callable(link):
        target = "other.csv"
        link(folder / BAD, folder / target)
    for arguments in (["fix", BAD, "-o", target], ["fix", BAD, "--dry-run", "--list", target],
                      ["fix", BAD, "-o", f"../{folder.name}/{target}"],
                      ["migrate", GOOD, "--to", "standard-aed", "-o", GOOD]):  # fmt: skip
        done = run(folder, *arguments)
        assert done.returncode == 2 and "上書き" in done.stderr, arguments
    assert (folder / BAD).read_bytes() == before and (folder / GOOD).read_bytes() == (
        SAMPLES / GOOD
    ).read_bytes()


def test_the_list_never_goes_where_a_copy_does(folder: Path) -> None:
    (folder / "made").mkdir()
    for arguments in (["fix", BAD, "-o", "new.csv", "--list", "new.csv"],
                      ["fix", BAD, "-o", "new.csv", "--list", f"../{folder.name}/new.csv"],
                      ["fix", BAD, "-o", "made", "--list", f"made/{BAD}"],
                      ["migrate", GOOD, "--to", "standard", "-o", "new.csv", "--list", "new.csv"]):  # fmt: skip
        done = run(folder, *arguments)
        assert done.returncode == 2 and "--list には別の名前" in done.stderr
    assert not (folder / "new.csv").exists() and not list((folder / "made").iterdir())


@pytest.mark.parametrize(
    "command",
    [["fix", BAD, "-o"], ["fix", BAD, "--dry-run", "--list"], ["migrate", GOOD, "--to", "standard", "-o"],
     ["validate", BAD, "--format", "json", "-o"]],
)  # fmt: skip
@pytest.mark.parametrize("how", ["--schema", "--mapping", "--mappings"])
def test_a_mapping_or_schema_is_never_overwritten(folder: Path, command: list[str], how: str) -> None:
    if (command[0], how) == ("migrate", "--schema"):
        return
    (folder / "m").mkdir()
    kept = folder / "m" / "a.toml"
    kept.write_text('{"fields": [{"name": "x"}]}' if how == "--schema" else '[columns]\n"x" = "名称"\n')
    before = kept.read_bytes()
    done = run(folder, *command, "m/a.toml", how, "m" if how == "--mappings" else "m/a.toml")
    assert done.returncode == 2 and "元のファイルは上書きしません" in done.stderr
    assert kept.read_bytes() == before


def test_a_second_byte_order_mark_is_no_part_of_a_name(folder: Path) -> None:
    data = (folder / GOOD).read_bytes()
    (folder / "twice.csv").write_bytes(b"\xef\xbb\xbf" + data)
    done = run(folder, "validate", "twice.csv", "--format", "json")
    (told,) = json.loads(done.stdout)["files"]
    assert [(finding["rule"], finding["column"]) for finding in told["findings"]] == [("column-renamed", 1)]
    assert run(folder, "fix", "twice.csv", "-o", "copy.csv").returncode == 0
    assert (folder / "copy.csv").read_bytes() == data


def test_several_files_go_into_a_folder(folder: Path) -> None:
    done = run(folder, "fix", BAD, GOOD, BROKEN, "-o", "out")
    assert done.returncode == 1
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        BAD,
        GOOD,
    ]  # the broken one was left alone
    assert "直していません" in done.stdout


def test_a_folder_that_holds_the_inputs_is_refused_as_output(folder: Path) -> None:
    done = run(folder, "fix", BAD, GOOD, "-o", ".")
    assert done.returncode == 2 and (folder / GOOD).read_bytes() == (SAMPLES / GOOD).read_bytes()


def test_two_inputs_of_one_name_are_refused(folder: Path) -> None:
    (folder / "b").mkdir()
    (folder / "b" / GOOD).write_bytes((SAMPLES / GOOD).read_bytes())
    done = run(folder, "fix", GOOD, f"b/{GOOD}", "-o", "out")
    assert done.returncode == 2 and not (folder / "out").exists()


def test_a_link_among_the_copies_does_not_lose_one_of_them(folder: Path) -> None:
    (folder / "made").mkdir()
    (folder / "made" / GOOD).symlink_to(BAD)
    done = run(folder, "fix", GOOD, BAD, "-o", "made")
    assert done.returncode == 2 and "リンクの先が同じ" in done.stderr
    assert [path.name for path in (folder / "made").iterdir()] == [GOOD]


def test_what_was_not_checked_never_looks_done(folder: Path) -> None:
    done = run(folder, "fix", OWN, "-o", "out.csv")
    assert done.returncode == 1 and "確認していません" in done.stdout and "○" not in done.stdout
    assert (folder / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    "arguments", [["fix", BAD], ["fix", BAD, "-o", "out.xlsx"], ["migrate", GOOD, "--to", "standard-aed"]]
)
def test_a_call_without_a_place_to_write_is_wrong_usage(folder: Path, arguments: list[str]) -> None:
    assert run(folder, *arguments).returncode == 2


def test_the_list_of_changes_has_all_of_them_in_both_languages(folder: Path) -> None:
    done = run(folder, "fix", BAD, "262111_public_toilet.csv", "--dry-run", "--format", "json")
    told = json.loads(done.stdout)
    assert told["schema"] == "odtool-fix/1" and told["summary"]["files"] == 2
    for file in told["files"]:
        assert sum(change["count"] for change in file["changes"]) > 40
        assert all(change["why"] and change["why_en"] for change in file["changes"] + file["proposals"])
        assert sum(rest["count"] for rest in file["left"]) == file["after"]["counts"]["error"]
    titles = [c["before"] for c in told["files"][1]["changes"] if c["rule"] == "header-not-first"]
    assert titles == ["京田辺市公衆トイレ一覧", "令和8年4月1日現在", ""]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page_stands_alone_and_shows_hostile_cells_as_text(folder: Path, lang: str) -> None:
    path = folder / BAD
    text = path.read_text(encoding="utf-8-sig").replace("栃木,", "<script>alert(1)</script> ,", 1)
    path.write_text(text, encoding="utf-8-sig")
    done = run(folder, "fix", BAD, "--dry-run", "--format", "html", "--list", "list.html", "--lang", lang)
    assert done.returncode == 1 and done.stdout == ""
    page = (folder / "list.html").read_text(encoding="utf-8")
    assert "<script" not in page and "Content-Security-Policy" in page and f'<html lang="{lang}">' in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)
    if lang == "en":
        plain = re.sub(r"<(?:code|bdi|b|span)[^>]*>[^<]*</(?:code|bdi|b|span)>|“[^”]*”", "", page)
        assert len(JAPANESE.findall(plain)) < 200  # the names of columns are Japanese


@pytest.mark.parametrize("command", [["fix"], ["migrate", "--to", "standard"]])
def test_the_page_is_shown_without_scrolling_sideways(
    folder: Path, chromium: str, command: list[str]
) -> None:
    run(
        folder,
        *command,
        GOOD,
        BAD,
        "262111_public_toilet.csv",
        "--dry-run",
        "--format",
        "html",
        "--list",
        "list.html",
    )
    for width in (1280, 375):
        probe = (
            (folder / "list.html")
            .read_text(encoding="utf-8")
            .replace("default-src 'none'", "default-src 'none'; script-src 'unsafe-inline'")
        )
        probe += "<script>document.title=document.documentElement.scrollWidth+'/'+innerWidth</script>"
        (folder / "probe.html").write_text(probe, encoding="utf-8")
        done = subprocess.run(
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900", "--dump-dom",
             (folder / "probe.html").as_uri()], capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        found = re.search(r"<title>([0-9]+)/([0-9]+)</title>", done.stdout)
        assert found and int(found[1]) <= int(found[2]), (width, found and found[0])


# --- migrate ---------------------------------------------------------------------------------------------


def test_there_and_back_gives_the_same_bytes(folder: Path) -> None:
    there = run(folder, "migrate", GOOD, "--to", "standard-aed", "-o", "new.csv")
    assert there.returncode == 0 and "standard-aed として確認: 必ず直す 0件" in there.stdout
    assert "所在地_町字" in there.stdout
    back = run(folder, "migrate", "new.csv", "--to", "suisho-aed", "-o", "old.csv", "--lang", "en")
    assert back.returncode == 0 and (folder / "old.csv").read_bytes() == (folder / GOOD).read_bytes()


def test_another_dataset_or_the_same_edition_is_refused(folder: Path) -> None:
    for target in ("standard-public_toilet", "suisho-aed", "standard-parking", "standard-nothing"):
        done = run(folder, "migrate", GOOD, "--to", target, "-o", "new.csv")
        assert done.returncode == 2 and done.stderr and not (folder / "new.csv").exists(), target


@pytest.mark.parametrize("name", [BROKEN, OWN])
def test_what_cannot_be_read_or_told_is_not_moved(folder: Path, name: str) -> None:
    done = run(folder, "migrate", name, "--to", "suisho-aed", "-o", "new.csv")
    assert done.returncode == 1 and {BROKEN: "手を付けていません", OWN: "移していません"}[name] in done.stdout
    assert not (folder / "new.csv").exists()


def test_the_steps_come_as_json_too(folder: Path) -> None:
    done = run(folder, "migrate", GOOD, "--to", "standard-aed", "--dry-run", "--format", "json")
    told = json.loads(done.stdout)
    (file,) = told["files"]
    assert told["schema"] == "odtool-migration/1" and (file["from"], file["to"]) == (
        "suisho-aed",
        "standard-aed",
    )
    assert any(step["by_hand"] and step["rows_left"] for step in file["steps"])
    assert file["after"]["status"] == "valid"


def test_of_a_folder_each_file_goes_to_the_other_edition_of_what_it_is(folder: Path) -> None:
    (folder / "in" / "sub").mkdir(parents=True)
    for name in (GOOD, "262013_public_facility.csv", "262021_evacuation_space.csv", OWN, BROKEN):
        (folder / "in" / "sub" / name).write_bytes((SAMPLES / name).read_bytes())
    how = ["--to", "standard", "-o", "out", "--format", "json", "--jobs", "2"]
    done = run(folder, "migrate", "in", *how)
    told = json.loads(done.stdout)
    assert done.returncode == 1 and done.stderr == ""
    assert told["summary"] == {"files": 5, "moved": 2, "already": 1, "unmoved": 2, "errors": 0}
    assert {Path(f["path"]).name: (f["to"], f["moved"], f["already"], f["done"]) for f in told["files"]} == {
        GOOD: ("standard-aed", True, False, True),
        "262013_public_facility.csv": ("standard-public_facility", True, False, True),
        "262021_evacuation_space.csv": ("standard-evacuation_space", False, True, True),
        OWN: (None, False, False, False),
        BROKEN: ("standard-aed", False, False, False),
    }
    assert all(file["reason"] for file in told["files"] if not file["moved"])
    written = sorted(path.relative_to(folder / "out") for path in (folder / "out").rglob("*.csv"))
    assert written == [Path("sub") / GOOD, Path("sub") / "262013_public_facility.csv"]
    alone = run(folder, "migrate", f"in/sub/{GOOD}", "--to", "standard-aed", "-o", "one.csv")
    assert alone.returncode == 0
    assert (folder / "one.csv").read_bytes() == (folder / "out" / "sub" / GOOD).read_bytes()


def test_files_of_another_dataset_are_told_of_among_those_that_are_moved(folder: Path) -> None:
    done = run(folder, "migrate", GOOD, "262111_public_toilet.csv", "--to", "standard-aed", "-o", "out")
    assert done.returncode == 1 and "移した 1、既にその版 0、移していない 1" in done.stdout
    assert "移せるのは suisho-aed" in done.stdout
    assert [path.name for path in (folder / "out").iterdir()] == [GOOD]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page_of_a_migration_stands_alone_and_shows_every_column(folder: Path, lang: str) -> None:
    hostile = (folder / GOOD).read_text("utf-8-sig").replace(",備考", ",備考,<script>alert(1)</script>", 1)
    (folder / GOOD).write_text(hostile, encoding="utf-8-sig")
    done = run(folder, "migrate", GOOD, OWN, "--to", "standard", "--dry-run", "--format", "html", "--list",
               "list.html", "--lang", lang)  # fmt: skip
    assert done.returncode == 1 and done.stdout == "", done.stderr
    page = (folder / "list.html").read_text(encoding="utf-8")
    assert "<script" not in page and "Content-Security-Policy" in page and f'<html lang="{lang}">' in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)


# --- many files --------------------------------------------------------------------------------------------


def test_of_a_folder_the_copies_stand_in_the_same_places_whatever_the_number_of_processes(
    folder: Path,
) -> None:
    (folder / "in" / "a").mkdir(parents=True)
    (folder / "in" / "b").mkdir()
    for place in ("in", "in/a", "in/b"):
        for name in (BAD, "342050_preschool.xlsx"):
            (folder / place / name).write_bytes((SAMPLES / name).read_bytes())
    lists = []
    for jobs in ("1", "2"):
        done = run(folder, "fix", "in", "-o", f"out{jobs}", "--jobs", jobs, "--format", "json")
        assert done.returncode == 1 and done.stderr == ""
        lists.append(done.stdout.replace(f"out{jobs}/", ""))
    assert lists[0] == lists[1]
    copies = [
        {path.relative_to(folder / out): path.read_bytes() for path in (folder / out).rglob("*.csv")}
        for out in ("out1", "out2")
    ]
    assert len(copies[0]) == 6 and copies[0] == copies[1]
    assert Path("b") / BAD in copies[0]


def test_a_book_and_a_csv_of_one_name_are_written_side_by_side(folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "in" / "a.csv").write_bytes((SAMPLES / GOOD).read_bytes())
    (folder / "in" / "a.xlsx").write_bytes((SAMPLES / "342050_preschool.xlsx").read_bytes())
    run(folder, "fix", "in", "-o", "out")
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["a.csv", "a.xlsx.csv"]


@pytest.mark.parametrize("command", [["fix"], ["migrate", "--to", "standard"], ["validate"]])
def test_a_file_that_is_not_there_is_told_of_and_the_others_go_on_in_several_processes(
    folder: Path, command: list[str]
) -> None:
    names = []
    for n in range(6):
        (folder / f"{n}.csv").write_bytes((SAMPLES / GOOD).read_bytes())
        names.append(f"{n}.csv")
    out = [] if command == ["validate"] else ["-o", "out"]
    done = run(folder, *command, *names, "nothing.csv", *out, "--jobs", "2")
    assert done.returncode == 2 and "nothing.csv: ファイルがありません" in done.stderr
    assert "6 ファイル" in done.stdout


# --- a layout of one's own ---------------------------------------------------------------------------------


def test_a_mapped_file_is_written_with_the_national_columns_and_told_by_its_own(folder: Path) -> None:
    given = (folder / GOOD).read_bytes().decode("utf-8-sig")
    own = given.replace("都道府県名", "県", 1).replace("名称,", "AEDのある施設,", 1)
    (folder / "own.csv").write_bytes(own.encode("utf-8-sig"))
    how = ["--map", "AEDのある施設=名称", "--map", "県=都道府県名", "--dataset", "suisho-aed"]
    done = run(folder, "fix", "own.csv", "-o", "out.csv", *how, "--format", "json")
    assert done.returncode in (0, 1) and done.stderr == ""
    (file,) = json.loads(done.stdout)["files"]
    renamed = {(c["before"], c["after"]) for c in file["changes"] if c["kind"] == "label"}
    assert renamed == {("AEDのある施設", "名称"), ("県", "都道府県名")}
    assert (folder / "out.csv").read_bytes() == (folder / GOOD).read_bytes()
    again = run(folder, "fix", "out.csv", "-o", "again.csv", "--dataset", "suisho-aed")
    assert "自動で直すところはありませんでした" in again.stdout
    assert (folder / "again.csv").read_bytes() == (folder / "out.csv").read_bytes()


@pytest.mark.parametrize("how", ["options", "file", "remembered"])
def test_a_mapped_file_moves_to_the_other_edition_like_any_other(folder: Path, how: str) -> None:
    given = (folder / GOOD).read_bytes().decode("utf-8-sig")
    own = given.replace("都道府県名", "県", 1).replace("名称,", "AEDのある施設,", 1)
    (folder / "own").mkdir()
    (folder / "own" / GOOD).write_bytes(own.encode("utf-8-sig"))
    pairs = ["--map", "AEDのある施設=名称", "--map", "県=都道府県名"]
    if how != "options":
        renamed = {"AEDのある施設": "名称", "県": "都道府県名"}
        labels = next(csv.reader(own.splitlines()))
        (folder / "mappings").mkdir()
        known = Columns(renamed, {}, "suisho-aed", fingerprint(labels))
        (folder / "mappings" / "m.toml").write_text(to_toml(known), "utf-8")
        pairs = (
            ["--mapping", "mappings/m.toml"] if how == "file" else []
        )  # remembered without being asked for
    dataset = [] if how == "remembered" else ["--dataset", "suisho-aed"]
    done = run(folder, "migrate", f"own/{GOOD}", "--to", "standard-aed", "-o", "new.csv", *dataset, *pairs)
    plain = run(folder, "migrate", GOOD, "--to", "standard-aed", "-o", "plain.csv")
    assert done.returncode == plain.returncode and done.stderr == "", done.stdout + done.stderr
    assert (folder / "new.csv").read_bytes() == (folder / "plain.csv").read_bytes()


def test_a_row_that_a_mapping_would_fill_up_is_left_to_a_person(folder: Path) -> None:
    header, *rows = (folder / GOOD).read_text("utf-8-sig").splitlines()
    rows[0] = rows[0].rpartition(",")[0]
    (folder / "short.csv").write_text("\n".join([header.replace(",名称,", ",施設,"), *rows]), "utf-8")
    for command in (["fix"], ["migrate", "--to", "standard"]):
        done = run(folder, *command, "short.csv", "--map", "施設=名称", "-o", "out.csv")
        assert done.returncode == 1 and "2行目: セルの数が21個です" in done.stdout
        assert not (folder / "out.csv").exists()


def test_what_the_mapping_adds_and_moves_is_in_the_list(folder: Path) -> None:
    head = "施設,番号,TEL,場所,北緯,東経,メモ"
    row = "館,1,075-000-0000,京都府京丹後市1,35.5,135.1, あり "
    (folder / "262129_aed.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
    (folder / "m.toml").write_text(
        'dataset = "suisho-aed"\n[columns]\n"施設" = "名称"\n"番号" = "NO"\n"TEL" = "電話番号"\n"場所" = "住所"\n'
        '"北緯" = "緯度"\n"東経" = "経度"\n"メモ" = "備考"\n"都道府県名" = {value = "京都府"}\n', encoding="utf-8"
    )  # fmt: skip
    done = run(folder, "fix", "262129_aed.csv", "-o", "out.csv", "--mapping", "m.toml", "--format", "json")
    (file,) = json.loads(done.stdout)["files"]
    kinds = {(c["kind"], c["after"]) for c in file["changes"]}
    assert ("column-added", "都道府県名＝京都府") in kinds and ("column-added", "方書") in kinds
    assert ("columns-ordered", "番号、施設、場所、北緯、東経、TEL、メモ") in kinds
    (cell,) = [c for c in file["changes"] if c["kind"] == "cell" and c["before"] == " あり "]
    assert (cell["row"], cell["column"], cell["label"], cell["after"]) == (2, 7, "メモ", "あり")
    wrong = run(folder, "fix", "262129_aed.csv", "-o", "x.csv", "--mapping", "none.toml")
    assert wrong.returncode == 2 and "none.toml" in wrong.stderr


# --- what the text says ------------------------------------------------------------------------------------


def test_a_file_of_which_nothing_is_known_or_mended_is_not_called_mended(folder: Path) -> None:
    (folder / "own.csv").write_bytes("\ufeff農園名,区画,メモ\r\nひまわり,3,x\r\n".encode())
    done = run(folder, "fix", "own.csv", "--dry-run")
    assert "直していません（内容は確認していません）" in done.stdout and "直しました" not in done.stdout


def test_a_file_in_which_nothing_was_mended_is_not_said_to_be_mended_as_something(folder: Path) -> None:
    for lang, seen, mended in (
        ("ja", "として見ました", "として直しました"),
        ("en", "Looked at as", "Mended as"),
    ):
        done = run(folder, "fix", GOOD, "--dry-run", "--lang", lang)
        assert seen in done.stdout and mended not in done.stdout
        assert ("1 file:" if lang == "en" else "1 ファイル:") in done.stdout


def test_of_a_long_cell_the_part_that_changed_is_shown(folder: Path) -> None:
    text = (folder / GOOD).read_bytes().decode("utf-8-sig").split("\r\n")
    text[1] += "あ" * 60 + "おわり "
    (folder / GOOD).write_bytes("\r\n".join(text).encode("utf-8-sig"))
    done = run(folder, "fix", GOOD, "--dry-run")
    assert "…あああああああおわり␣ → …あああああああおわり" in done.stdout.replace("\n      ", "")


def test_a_columns_mends_by_one_rule_are_told_in_one_line(folder: Path) -> None:
    lines = (folder / GOOD).read_bytes().decode("utf-8-sig").split("\r\n")
    phone = lines[0].split(",").index("電話番号")
    for n, change in ((1, "－"), (2, "０７５－０００－００００"), (3, "075-000-0000 ")):
        cells = lines[n].split(",")
        lines[n] = ",".join([*cells[:phone], change, *cells[phone + 1 :]])
    (folder / GOOD).write_bytes("\n".join(lines).encode("utf-8-sig"))
    done = run(folder, "fix", GOOD, "--dry-run")
    assert "改行 LF → 改行 CRLF" in done.stdout
    assert done.stdout.count("列「電話番号」") == 1 and "「電話番号」 3件" in done.stdout
