"""What a cell says to the one who must act: why it is so, and what to do next."""

import re
import shlex
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from odtool.coverage import overview
from odtool.coverage.cell import Cell
from odtool.coverage.matrix import Looked
from odtool.coverage.observed import store
from odtool.coverage.sighting import Correction, Gone, Progress
from odtool.report.coverage_html import coverage_context, coverage_html
from odtool.report.coverage_words import basis, next_step, why
from tests.seeing import AT, BODIK, TODAY, UJI, drawn, other, seen

both_languages = pytest.mark.parametrize("lang", ["ja", "en"])


def cell(*files: Any, slug: str = "aed", **how: Any) -> Cell:
    shown = drawn(*files, **how)
    row = next(row for row in shown.rows if row.code == UJI)
    return row.cells[[column.slug for column in shown.columns].index(slug)]


@pytest.mark.parametrize(
    ("late", "said"), [(1, "1 day late"), (2, "2 days late"), (1_000, "1,000 days late")]
)
def test_one_day_late_is_one_day(late: int, said: str) -> None:
    stale = cell(seen(updated=(TODAY - timedelta(365 + late)).isoformat(), expected=365))
    assert said in why(stale, TODAY, "en") and f"{late:,} 日遅れ" in why(stale, TODAY, "ja")


# --- files that nobody could look into -----------------------------------------------------------


@both_languages
@pytest.mark.parametrize(
    "parts",
    [
        {"verdict": "not-checked", "format": "PDF", "why": "中身はPDFです。", "why_en": "It is a PDF."},
        {"verdict": "not-seen", "alive": None, "why": "応答なし", "why_en": "no answer"},
        {"verdict": "not-seen", "alive": False, "why": "リンク切れ", "why_en": "dead"},
    ],
)
def test_what_is_called_like_a_dataset_and_cannot_be_looked_into_is_not_called_unpublished(
    parts: dict[str, Any], lang: str
) -> None:
    found = cell(other(UJI, 1, title="AED設置箇所", maybe="aed", **parts))
    assert found.five == "not-seen" and not found.is_published
    said = why(found, TODAY, lang)
    assert "AED設置箇所" in said and ("推定" in said if lang == "ja" else "assumed" in said)
    assert next_step(found, lang)


def test_what_is_called_like_a_dataset_and_has_other_columns_is_no_such_dataset() -> None:
    read = other(UJI, 1, title="AED設置箇所", maybe="aed", rows=12, levels=(50, 0, 0))
    assert cell(read).five == "none" and "項目名" in why(cell(read), TODAY, "ja")
    unread = other(UJI, 2, title="AED 一覧 PDF", maybe="aed")
    for files in ((read, unread), (unread, read)):
        assert cell(*files).five == "not-seen" and "AED 一覧 PDF" in why(cell(*files), TODAY, "ja")
    assert cell(read, unread, seen()).five == "valid"  # one that is recognised says all


def test_the_command_for_an_officer_stays_one_command_whatever_a_portal_calls_its_file() -> None:
    for resource in ("r1; rm -rf ~", "$(reboot)", "`id`", "a' b", "--ignore x"):
        hint = cell(other(UJI, 1, resource, title="AED", maybe="aed", rows=1))
        told = next_step(hint, "ja")
        command = re.search(r"odtool coverage correct .* --dataset ID --reason 理由", told)
        assert command and shlex.split(command[0])[3] == resource


# --- gone, missed ----------------------------------------------------------------------------------


@both_languages
@pytest.mark.parametrize("silent", [False, True])
def test_what_was_published_and_is_gone_is_told_otherwise_than_what_never_was(
    tmp_path: Path, lang: str, silent: bool
) -> None:
    path = tmp_path / "s.sqlite"
    with store(path) as book:
        book.note([seen(warnings=1)], progress=[Progress(BODIK, at="2026-09-01", state="done")])
        overview.keep_day(book, None, date(2026, 9, 1), "2026-09-01T03:00:00+09:00")
        if silent:  # as when a portal does not answer for a while before it takes the dataset away
            book.note([seen(verdict="not-seen", alive=None, at="2026-09-15T03:00:00+09:00")])
            overview.keep_day(book, None, date(2026, 9, 15), "2026-09-15T03:00:00+09:00")
        book.note(gone=[Gone("2026-10-01T03:00:00+09:00", BODIK, "262048_aed")])
        overview.keep_day(book, None, date(2026, 10, 1), "2026-10-01T03:00:00+09:00")
        shown = overview.table(book, None, TODAY, "京都府")
    row = next(row for row in shown.rows if row.code == UJI)
    cells = dict(zip((column.slug for column in shown.columns), row.cells, strict=True))
    gone, never = cells["aed"], cells["event"]
    assert gone.five == never.five == "none"
    assert "2026-10-01" in why(gone, TODAY, lang)
    assert ("公開・要改善" if lang == "ja" else "to improve") in why(gone, TODAY, lang) and not why(
        never, TODAY, lang
    )
    assert next_step(gone, lang) != next_step(never, lang)


@both_languages
def test_what_was_seen_before_a_portal_fell_silent_says_of_which_day_it_is(lang: str) -> None:
    down = Progress(BODIK, at="2026-11-25T03:00:00+09:00", state="failed", note="応答なし")
    said = why(cell(seen(), sources=(down,)), TODAY, lang)
    assert "2026-11-25" in said and "2026-11-20" in said
    assert "2026-11-25" not in why(cell(seen()), TODAY, lang)


# --- rules, licences, frequencies ------------------------------------------------------------------


def test_what_makes_a_file_invalid_is_told_in_words_and_what_is_only_advice_is_not() -> None:
    wrong = cell(
        seen(verdict="invalid", errors=2, warnings=13, rules="coordinate-elsewhere=13 time-format=2")
    )
    assert why(wrong, TODAY, "ja").startswith(
        "必ず直すところ 2 件（時刻は24時間制で、時と分を2桁ずつコロンで区切ります［time-format］ 2 件）"
    )
    assert "coordinate" not in why(wrong, TODAY, "en") and "24-hour" in why(wrong, TODAY, "en")
    advice = why(cell(seen(warnings=13, rules="coordinate-elsewhere=13")), TODAY, "ja")
    assert "［coordinate-elsewhere］ 13 件" in advice


def test_a_rule_that_is_not_known_any_more_is_told_by_its_id() -> None:
    assert "old-rule 4 件" in why(cell(seen(verdict="invalid", errors=4, rules="old-rule=4")), TODAY, "ja")


@both_languages
def test_what_is_not_known_of_a_published_file_can_be_stated_on_the_portal(lang: str) -> None:
    assert "CC BY 4.0" in next_step(cell(seen(open=None, licence="", expected=365)), lang)
    assert next_step(cell(seen(expected=None)), lang)
    assert not next_step(cell(seen(expected=365)), lang)


# --- a new edition beside the old --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [("LAN 令和7年", "LAN 令和8年"), ("LAN 平成30年", "LAN 令和元年度"), ("LAN (2025)", "LAN (2026)"), ("LAN R7年度", "LAN 2026年度")],
)  # fmt: skip
def test_of_two_titles_that_differ_by_the_year_alone_the_newer_counts(old: str, new: str) -> None:
    files = [
        seen(resource="old", title=old, updated="", updated_by="", sha256="o"),
        seen(resource="new", title=new, updated="", updated_by="", sha256="n", verdict="invalid", errors=1),
    ]
    for order in (files, files[::-1]):
        assert cell(*order).five == "invalid"


def test_a_year_in_a_title_does_not_drop_a_file_that_is_no_older() -> None:
    dated = seen(
        resource="a", title="LAN 2026年", updated="2026-04-01", sha256="a", verdict="invalid", errors=1
    )
    assert cell(dated, seen(resource="b", title="LAN 2026", updated="", sha256="b")).five == "valid"
    assert cell(dated, seen(resource="c", title="別のLAN", updated="", sha256="c")).five == "valid"


@both_languages
def test_an_officers_word_on_a_file_that_nobody_can_look_into_promises_no_judgement(lang: str) -> None:
    word = Correction(AT, BODIK, f"{UJI}_1", "r1", "dataset", "standard-aed", "見て確かめた")
    pdf = other(UJI, 1, format="PDF", why="PDF は表として確かめられません", why_en="A PDF is no table")
    told = cell(pdf, words=(word,))
    assert told.five == "not-seen" and told.is_published
    assert ("PDF は表として" if lang == "ja" else "A PDF is no table") in why(told, TODAY, lang)
    table = other(UJI, 1, rows=9, why="国のデータセットの項目名ではありません", why_en="other columns")
    said = why(cell(table, words=(word,)), TODAY, lang)
    assert "次の収集で確認します" in said if lang == "ja" else "the next collection" in said


def test_one_portal_is_one_and_two_are_two() -> None:
    def said(*sources: str) -> str:
        return basis([Looked(source, "1", failed=False) for source in sources], "en")[0]

    assert (said(BODIK), said(BODIK, "x")) == ("Drawn from 1 portal.", "Drawn from 2 portals.")


def test_a_card_of_the_page_holds_no_long_word_beside_its_number() -> None:
    html = coverage_html(coverage_context(drawn(seen()), "ja"), "ja")
    assert "<small>データセット" not in html and re.search(
        r"<b>1</b><span[^>]*>データセット<br>1 ファイル", html
    )
