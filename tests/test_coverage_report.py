"""The coverage table as text, CSV and page, and the command that makes it."""

import csv
import os
import re
import subprocess
import sys
import unicodedata
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from odtool.coverage import overview
from odtool.coverage.matrix import Coverage, coverage, members
from odtool.datasets.catalog import datasets
from odtool.ledger.record import Check, Publication, ledger
from odtool.report.coverage_csv import COLUMNS, coverage_csv, harmless
from odtool.report.coverage_html import coverage_context, coverage_html
from odtool.report.coverage_text import coverage_text, matrix
from odtool.text import width
from tests.test_coverage import DATASETS, KYOTO, TODAY, UJI, check, publication

HOSTILE = ("=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1", "<script>alert(1)</script>", 'a"b,c\r\nd', "{n}{0}", "ｶ\u0301\u200b\x1b[31m")  # fmt: skip
both_languages = pytest.mark.parametrize("lang", ["ja", "en"])


def everything() -> tuple[list[Check], list[Publication]]:
    """Every state, wide and narrow names."""
    newer = check("2026-11-09T10:00:00+09:00", errors=3)
    checks = [check(municipality="072085", slug="event", errors=1234), check(municipality="462195"), newer]
    nobody: dict[str, Any] = {"municipality": "", "slug": "", "edition": "", "status": "not-checked"}
    publications = [
        publication(),
        publication(municipality=KYOTO, slug="event", warnings=12, edition="suisho"),
        publication(municipality="011002", slug="population", errors=1),
    ]
    return [*checks, check(path="own.csv", **nobody)], publications


def made(area: str = "", names: dict[str, str] = DATASETS, codes: list[str] | None = None) -> Coverage:
    checks, publications = everything()
    return coverage(checks, publications, datasets=names, municipalities=codes, today=TODAY, area=area)


def all_names() -> dict[str, str]:
    return {dataset.slug: dataset.name for dataset in datasets().values()}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))


# --- text ----------------------------------------------------------------------------------------


@both_languages
@pytest.mark.parametrize("area", ["", "鹿児島県", "京都府", "神奈川県", "北海道"])
@pytest.mark.parametrize("count", [1, 5, 6, 22])
def test_every_line_of_the_matrix_is_equally_wide(lang: str, area: str, count: int) -> None:
    names = dict(list(all_names().items())[:count])
    lines = matrix(made(area, names, list(members(area)) if area else None), lang)
    assert len({width(line) for line in lines}) == 1


@both_languages
@pytest.mark.parametrize("area", ["", "鹿児島県"])
def test_nothing_is_wider_than_80_columns(lang: str, area: str) -> None:
    for names in (DATASETS, all_names(), overview.names(lang)):
        text = coverage_text(made(area, names, list(members(area)) if area else None), lang)
        lines = text.splitlines()
        assert max(map(width, [lines[0], *lines[2:]])) <= 80  # the second is a sentence, which may wrap


@both_languages
def test_the_matrix_fits_also_where_a_terminal_shows_the_marks_in_two_columns(lang: str) -> None:
    """Characters of ambiguous width (●, ×, –) are wide in many a Japanese terminal."""
    full = dict(list(all_names().items())[:22])
    checks = [check(municipality=code, slug=slug) for code in members("鹿児島県") for slug in full]
    shown = coverage(checks, [], datasets=full, municipalities=members("鹿児島県"), today=TODAY)
    for line in matrix(shown, lang):
        bare = line.rstrip()
        assert width(bare) + sum(unicodedata.east_asian_width(mark) == "A" for mark in bare) <= 80


def test_hostile_names_neither_break_lines_nor_reach_the_terminal() -> None:
    checks = [check(municipality=name) for name in HOSTILE]
    shown = coverage(checks, [], datasets=dict.fromkeys(HOSTILE, "a\nb\x1b[2J") | DATASETS, today=TODAY)
    lines = matrix(shown, "ja")
    assert len(lines) == 2 + len(HOSTILE) and len({width(line) for line in lines}) == 1
    assert "\x1b" not in coverage_text(shown, "ja")


def test_the_text_names_every_mark_and_every_dataset() -> None:
    text = coverage_text(made(), "ja")
    for words in (
        "● 公開・適合",
        "◐ 公開・要改善",
        "■ 公開見送り",
        "○ 未公開・適合",
        "– 未公開",
        "! 更新分に誤り",
        *DATASETS.values(),
    ):
        assert words in text
    assert "●! 京都府宇治市 AED設置箇所一覧: 必ず直す 3 件（2026-11-09 確認）" in text
    assert "どのデータセットにも合わなかったファイル 1 件" in text
    assert "1 file fits no dataset" in coverage_text(made(), "en")


def test_marks_that_occur_nowhere_are_left_out_where_they_should_not_exist() -> None:
    shown = coverage([], [publication()], datasets=DATASETS, today=TODAY)
    assert "公開・不適合" not in coverage_text(shown, "ja") and "更新分に誤り" not in coverage_text(
        shown, "ja"
    )
    assert "× 公開・不適合" in coverage_text(made(), "ja")


def test_a_long_list_of_things_to_fix_is_cut_and_says_so() -> None:
    checks = [check(municipality=code, errors=1) for code in members("北海道")[:50]]
    text = coverage_text(coverage(checks, [], datasets=DATASETS, today=TODAY), "ja")
    assert text.count("必ず直す 1 件") == 20 and "ほか 30 件" in text


def test_an_empty_table_says_so() -> None:
    text = coverage_text(coverage([], [], datasets=DATASETS, today=TODAY), "ja")
    assert text.endswith("表示する市区町村がまだありません。\n")


# --- CSV -----------------------------------------------------------------------------------------


def test_the_csv_is_for_excel() -> None:
    text = coverage_csv(made())
    assert text.startswith("\ufeff") and text.count("\r\n") == text.count("\n") == 1 + 5 * len(DATASETS)


def test_the_csv_has_a_line_per_municipality_and_dataset() -> None:
    found = rows(coverage_csv(made("京都府", all_names(), list(members("京都府")))))
    assert len(found) == 27 * len(all_names()) and tuple(found[0]) == COLUMNS
    assert [row["kind"] for row in found[:: len(all_names())]] == ["municipality"] * 26 + ["prefecture"]
    assert found[-1]["municipality"] == "京都府"
    cells = {(row["code"], row["slug"]): row for row in found}
    assert len(cells) == len(found)
    uji = cells[UJI, "aed"]
    assert uji["municipality"] == "宇治市" and uji["state"] == "published" and uji["edition"] == "standard"
    assert uji["published_at"] == "2026-11-02T10:00:00+09:00" and uji["newer_errors"] == "3"
    assert uji["portal"] == "https://a.example" and uji["url"] == "https://a.example/dataset/uji_aed"
    assert cells[UJI, "event"]["state"] == "none" and cells[UJI, "event"]["published_at"] == ""


def test_codes_are_texts_with_their_zeros() -> None:
    assert '"011002","北海道","札幌市"' in coverage_csv(made())


def test_hostile_texts_come_back_and_none_begins_a_formula() -> None:
    parts = [
        publication(municipality=text, slug=text, edition=text, portal=text, url=text) for text in HOSTILE
    ]
    found = rows(coverage_csv(coverage([], parts, datasets={text: text for text in HOSTILE}, today=TODAY)))
    assert {row["dataset"].removeprefix("'") for row in found} == set(HOSTILE)
    assert not [
        value for row in found for value in row.values() if value.startswith(("=", "+", "-", "@", "\t", "\r"))
    ]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1"])
def test_a_formula_is_made_harmless(text: str) -> None:
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("text", ["", "宇治市", "a=b", "https://a.example/-1"])
def test_ordinary_texts_stay(text: str) -> None:
    assert harmless(text) == text


# --- page ----------------------------------------------------------------------------------------


@both_languages
def test_the_page_shows_each_cell_in_its_state(lang: str) -> None:
    html = coverage_html(coverage_context(made("", DATASETS), lang), lang)
    states = set(re.findall(r'<td class="([\w-]+)"', html))
    assert states == {"published", "published-warnings", "published-errors", "refused", "ready", "none"}
    assert 'href="https://a.example/dataset/uji_aed"' in html and "2026-11-02" in html


def test_the_page_says_what_the_text_says() -> None:
    html = coverage_html(coverage_context(made(), "ja"), "ja")
    for words in ("公開・不適合", "更新分に誤り 3", "旧版", "どのデータセットにも合わなかったファイル 1 件"):
        assert words in html


def test_the_key_of_the_page_leaves_out_what_should_not_exist() -> None:
    shown = coverage([], [publication()], datasets=DATASETS, today=TODAY)
    html = coverage_html(coverage_context(shown, "ja"), "ja")
    assert "公開・不適合" not in html and "不適合（未公開）" not in html


def test_hostile_texts_are_text_on_the_page() -> None:
    parts = [publication(municipality=t, slug=t, edition=t, url="javascript:alert(1)") for t in HOSTILE]
    shown = coverage([], parts, datasets={text: text for text in HOSTILE}, today=TODAY)
    html = coverage_html(coverage_context(shown, "ja"), "ja")
    assert "<script>alert" not in html and "javascript:" not in html and "&lt;script&gt;" in html


# --- command -------------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A ledger with every state."""
    path = tmp_path / "ledger.sqlite"
    checks, publications = everything()
    with ledger(path) as opened:
        for check_ in checks:
            opened.note(check_)
        for published in publications:
            opened.note(published)
    return path


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "odtool", "coverage", *arguments]
    return subprocess.run(command, check=False, capture_output=True, timeout=60, env={**os.environ, **env})


def test_the_command_shows_a_prefecture_whole(book: Path) -> None:
    done = run("--ledger", str(book), "--prefecture", "京都府")
    text = done.stdout.decode()
    assert done.returncode == 0 and done.stderr == b""
    assert (
        text.startswith("京都府のオープンデータの公開状況")
        and len(re.findall(r"^26\d{4} ", text, re.MULTILINE)) == 26
    )
    assert run("--ledger", str(book), "--prefecture", "京都").stdout == done.stdout


def test_the_ledger_may_come_from_the_environment(book: Path) -> None:
    done = run("--format", "csv", ODTOOL_LEDGER=str(book))
    assert done.returncode == 0 and done.stdout.startswith(b"\xef\xbb\xbf") and b"\r\r\n" not in done.stdout
    assert {row["code"] for row in rows(done.stdout.decode())} == {"011002", "072085", KYOTO, UJI, "462195"}


def test_the_command_writes_a_page_into_a_file(book: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = run("--ledger", str(book), "--format", "html", "-o", str(page), "--lang", "en")
    assert (done.returncode, done.stdout) == (0, b"") and '<html lang="en">' in page.read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_list_of_municipalities_chooses_the_rows(book: Path, tmp_path: Path, encoding: str) -> None:
    listed = tmp_path / "codes.csv"
    listed.write_text(f"名前,code\n宇治市,{UJI}\n札幌市,11002\n\n京都市,26100\n", encoding=encoding)
    done = run("--ledger", str(book), "--municipalities", str(listed), "--format", "csv")
    assert done.returncode == 0, done.stderr.decode()
    assert list(dict.fromkeys(row["code"] for row in rows(done.stdout.decode()))) == [UJI, "011002", KYOTO]


@pytest.mark.parametrize(
    ("content", "said"), [("name\n宇治市\n", "「code」"), ("code\n123456\n", "2行目"), ("", "「code」")]
)
def test_a_list_that_is_none_is_refused_in_a_sentence(
    book: Path, tmp_path: Path, content: str, said: str
) -> None:
    listed = tmp_path / "codes.csv"
    listed.write_text(content, encoding="utf-8")
    done = run("--ledger", str(book), "--municipalities", str(listed))
    assert (done.returncode, done.stdout) == (2, b"") and said in done.stderr.decode()


@both_languages
def test_a_missing_ledger_is_told_in_one_sentence_and_not_made(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "none.sqlite"
    done = run("--ledger", str(path), "--lang", lang)
    assert (done.returncode, done.stdout) == (2, b"") and not path.exists()
    assert done.stderr.decode().count("\n") == 1 and str(path) in done.stderr.decode()


@pytest.mark.parametrize(
    "wanted",
    [("--prefecture", "京都市"), ("--prefecture", ""), ("--prefecture", "京都府", "--municipalities", "x")],
)
def test_a_wrong_choice_of_rows_is_wrong_usage(book: Path, wanted: tuple[str, ...]) -> None:
    done = run("--ledger", str(book), *wanted)
    assert (done.returncode, done.stdout) == (2, b"") and done.stderr.decode().count("\n") == 1


def test_a_file_that_is_no_ledger_is_wrong_usage(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("code\n" * 1000, encoding="utf-8")
    assert run("--ledger", str(path)).returncode == 2
