"""What the ledger has to tell, and the command that tells it."""

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import escape
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest

from odtool.cli import COMMANDS
from odtool.coverage.matrix import coverage
from odtool.errors import UsageError
from odtool.ledger.events import KINDS
from odtool.ledger.history import History, Wanted, history
from odtool.ledger.journal import (
    Call,
    Check,
    PlannedItem,
    Publication,
    Readback,
    Run,
    RunEnd,
    Unpublished,
    Withdrawal,
)
from odtool.ledger.record import Ledger, Running, ledger
from odtool.report.history_csv import CALLS, EVENTS, history_csv
from odtool.report.history_html import history_html
from odtool.report.history_json import history_json
from odtool.report.history_text import WORDS, counted, ended, history_text
from odtool.text import width
from tests.publishing import AED, sample
from tests.publishing import odtool as run_at
from tests.test_record import CODE, FILE, NAME, PORTAL, first_version

ROOT = Path(__file__).parent.parent
OTHER = "262048_event"
TITLE = "【京都市】AED設置箇所一覧"
HOSTILE = '=1+1\x1b[2J\u202e<script>alert(1)</script>{n}\r\n,"'
both_languages = pytest.mark.parametrize("lang", ["ja", "en"])


def at(day: int) -> str:
    return f"2026-11-{day:02}T09:00:00+09:00"


def publication(day: int, action: str = "create", name: str = NAME, file: str = FILE) -> Publication:
    return Publication(at(day), PORTAL, name, file, name[:6], "aed", "standard", action, "a" * 64, "b" * 64, 0, 0,
                       f"{PORTAL}/{file}", "1.0")  # fmt: skip


def withdrawal(day: int, *, verified: bool = True, reason: str = "個人情報") -> Withdrawal:
    return Withdrawal(at(day), PORTAL, NAME, "", CODE, reason, verified, "1.0")


ITEM = PlannedItem(NAME, FILE, CODE, "aed.csv", TITLE, "create", "まだありません。", "Not there yet.")
REFUSED = PlannedItem("", "", "", "bad.csv", "", "refuse", "誤りが 3 件あります。", "3 errors.")
CALL = Call(at(1), "GET", "package_show", NAME, "ok", 200, 35, 0, 4_000)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def book(place: Path) -> Iterator[Ledger]:
    with ledger(place) as opened:
        yield opened


def run(
    book: Ledger, day: int, *entries: Any, command: str = "publish", code: int = 0, portal: str = "kyoto"
) -> str:
    """A run on that day with those entries: a list of them is its plan. Its id."""
    with book.run(command, portal=portal, address=PORTAL, now=lambda: at(day)) as running:
        tell(running, entries)
        running.code = code
    return running.id


def killed(book: Ledger, day: int, *entries: Any) -> None:
    """A run that never came to its end."""
    book.note(Run(f"202611{day:02}-x", at(day), "publish", "kyoto", PORTAL, "me@here", "1.0"))
    tell(Running(book, f"202611{day:02}-x", lambda: at(day)), entries)


def tell(running: Running, entries: tuple[Any, ...]) -> None:
    for entry in entries:
        if isinstance(entry, list):
            running.plan("{}", entry)
        elif isinstance(entry, Call):
            running.call(entry)
        else:
            running.note(entry)


def told(book: Ledger, lang: str = "ja", **wanted: Any) -> str:
    return history_text(history(book, Wanted(**wanted)), lang)


# --- run by run ----------------------------------------------------------------------------------


def test_runs_come_newest_first_with_who_when_where_what_and_why(book: Ledger) -> None:
    run(book, 1, [ITEM, REFUSED], publication(1), Unpublished(at(1), PORTAL, "", "", "", "bad.csv", "refused", "誤りが 3 件あります。", "3 errors."), code=1)  # fmt: skip
    run(book, 2, publication(2, "unchanged"))
    who = book.select(Run)[0].who
    first, second = told(book).split("\n\n")
    assert first.startswith("2026-11-02 09:00:00  公開  kyoto (https://data.example.lg.jp)\n")
    assert "問題なし（0）" in first and first.rstrip().endswith("変更なし 1件")
    for said in (who, "公開できないデータあり（1）", "新規 1件、公開しない 1件", TITLE, f"{NAME}/{FILE}",
                 "まだありません。", "bad.csv", "誤りが 3 件あります。", f"{PORTAL}/{FILE}"):  # fmt: skip
        assert said in second


def test_a_file_that_was_refused_is_told_once_though_plan_and_run_both_note_it(book: Ledger) -> None:
    refusal = Unpublished(at(1), PORTAL, "", "", "", "bad.csv", "refused", "だめ", "no")
    run(book, 1, [REFUSED, replace(REFUSED, path="b.csv")], refusal, replace(refusal, path="b.csv"))
    events = history(book, Wanted()).stories[0].events
    assert [(event.path, event.kind) for event in events] == [("bad.csv", "refused"), ("b.csv", "refused")]


def test_a_run_that_only_planned_tells_what_it_planned(book: Ledger) -> None:
    same, gone = (
        replace(ITEM, action=action, file_name=f"{action}.csv") for action in ("unchanged", "withdraw")
    )
    run(book, 1, [ITEM, REFUSED, same, gone], command="plan")
    story = history(book, Wanted()).stories[0]
    assert story.counts == {"unchanged": 1, "planned": 2, "refused": 1}
    assert "計画  kyoto" in told(book) and "予定（新規）" in told(book) and "予定（取り下げ）" in told(book)
    assert "planned (create)" in told(book, "en")


def test_a_killed_run_tells_that_its_end_and_the_fate_of_its_files_are_unknown(book: Ledger) -> None:
    killed(book, 1, [ITEM], replace(CALL, method="POST", action="package_create", outcome="begun"))
    text = told(book)
    assert "終わりの記録なし（実行中か、途中で止まった）" in text and "結果の記録なし 1件" in text
    assert f"返事の記録がない書き込み: package_create {NAME}（行われたかどうか分かりません）" in text
    assert "問題なし" not in text and "新規" not in text


@pytest.mark.parametrize(
    ("code", "entries", "kind"),
    [
        (2, (), "not-done"),  # a plan that is stale or too large
        (3, (CALL,), "not-done"),  # it had only looked
        (3, (replace(CALL, method="POST", outcome="begun"),), "unfinished"),
        (2, (publication(1, file="b.csv"),), "unfinished"),
        (4, (), "unfinished"),
        (130, (), "unfinished"),
    ],
)
def test_not_done_is_said_only_of_a_run_that_surely_sent_nothing(
    book: Ledger, code: int, entries: tuple[Any, ...], kind: str
) -> None:
    run(book, 1, [ITEM], *entries, code=code)
    for found in (history(book, Wanted()).stories[0].events, history(book, Wanted(dataset=NAME)).events):
        assert {event.kind for event in found if event.file_name == FILE} == {kind}


def test_what_was_edited_by_hand_and_left_so_is_told_as_such(book: Ledger) -> None:
    run(book, 1, [replace(ITEM, action="drift", ja="ポータルで題名が変えられています。")], CALL)
    assert "手直しのまま 1件" in told(book) and "題名が変えられています" in told(book)


def test_a_dataset_that_stays_withdrawn_is_no_failure_of_portal_or_network(tmp_path: Path) -> None:
    path, where = sample(AED), ("--portal", "folder:p")
    run_at(tmp_path, "publish", path, *where)
    run_at(tmp_path, "withdraw", NAME, *where, "--reason", "誤り", "--yes")
    for command in ("publish", "plan"):
        assert run_at(tmp_path, command, path, *where).returncode == 3
    for lang, failing, kept in (
        ("ja", "障害（3）", "障害ではない"),
        ("en", "portal or network", "nothing failed"),
    ):
        told = run_at(tmp_path, "history", "--lang", lang).stdout
        assert failing not in told and told.count(kept) == 2, told


def test_two_files_refused_for_each_other_are_both_told_of_a_plan(book: Ledger) -> None:
    rival = replace(ITEM, action="refuse")
    run(book, 1, [rival, replace(rival, path="b.csv")], command="plan")
    assert history(book, Wanted()).stories[0].counts == {"refused": 2}


def test_an_announced_write_that_was_answered_is_told_once(book: Ledger) -> None:
    write = replace(CALL, method="POST", action="package_create")
    run(book, 1, replace(write, outcome="begun"), CALL, write)
    story = history(book, Wanted(calls=True)).stories[0]
    assert [(c.sequence, c.outcome) for c in story.calls] == [(2, "ok"), (3, "ok")] and story.unanswered == ()
    assert "やり取り 2 回" in told(book) and "返事の記録がない" not in told(book)


def test_the_calls_of_a_run_are_told_on_request_with_the_words_of_a_refusal(book: Ledger) -> None:
    run(book, 1, replace(CALL, outcome="absent", status=404),
        replace(CALL, method="POST", action="package_create", outcome="unknown", status=502, told="<h1>Bad Gateway</h1>"))  # fmt: skip
    assert "やり取り 2 回（結果不明 1）" in told(book) and "Bad Gateway" not in told(book)
    text = told(book, calls=True)
    assert "package_show 261009_aed  該当なし  404  35 ms" in text and "<h1>Bad Gateway</h1>" in text


def test_a_file_that_was_read_back_otherwise_is_told(book: Ledger) -> None:
    same = Readback(at(1), NAME, FILE, "b" * 64, "b" * 64, agrees=True)
    run(book, 1, same, replace(same, found_sha256="c" * 64, agrees=False, differs="content"))
    text = told(book)
    assert "読み直し 2 件（一致 1 件）" in text and "読み直し不一致  261009_aed/261009_aed.csv" in text


def test_a_run_is_found_by_the_beginning_of_its_number(book: Ledger) -> None:
    wanted = run(book, 1, publication(1))
    run(book, 2)
    assert [s.run.run for s in history(book, Wanted(run=wanted[:8])).stories] == [wanted]


@pytest.mark.parametrize(("asked", "said"), [("2027", "台帳にありません"), ("2026", "2 件あります")])
def test_a_run_that_is_not_there_or_not_the_only_one_is_wrong_usage(
    book: Ledger, asked: str, said: str
) -> None:
    run(book, 1)
    run(book, 2)
    with pytest.raises(UsageError, match=said):
        history(book, Wanted(run=asked))


def test_a_long_run_names_some_files_and_all_of_them_when_asked_for(book: Ledger) -> None:
    number = run(book, 1, *(publication(1, file=f"{n}.csv") for n in range(25)))
    assert f"ほか 5 件（--run {number} ですべて表示）" in told(book) and "24.csv" not in told(book)
    assert "24.csv" in told(book, run=number)


def test_only_as_many_runs_as_wanted_are_told_and_the_rest_is_counted(book: Ledger) -> None:
    for day in range(1, 6):
        run(book, day)
    text = told(book, limit=2)
    assert text.startswith("2026-11-05") and "2026-11-03 " not in text and "さらに古い記録が 3 件" in text


def test_runs_are_chosen_by_portal_municipality_and_day(book: Ledger) -> None:
    run(book, 1, publication(1))
    run(book, 2, publication(2, name=OTHER), portal="uji")
    run(book, 3)

    def days(**wanted: Any) -> list[str]:
        return [story.run.at[8:10] for story in history(book, Wanted(**wanted)).stories]

    assert days() == ["03", "02", "01"]
    assert days(portals={"uji"}) == ["02"] and days(portals={PORTAL}) == ["03", "02", "01"]
    assert days(municipality="262048") == ["02"] and days(municipality="011002") == []
    assert days(since=date(2026, 11, 2)) == ["03", "02"] and days(since=date(2026, 11, 4)) == []


def test_a_day_is_a_day_in_japan(book: Ledger) -> None:
    book.note(Run("x", "2026-11-01T16:00:00+00:00", "publish", "p", PORTAL, "me@here", "1.0"))
    assert history(book, Wanted(since=date(2026, 11, 2))).stories
    assert not history(book, Wanted(since=date(2026, 11, 3))).stories


def test_what_was_published_before_there_were_runs_is_told_last_and_as_such(place: Path) -> None:
    first_version(place, publication(1), publication(1, "unchanged", OTHER), publication(2, "update"))
    with ledger(place) as book:
        run(book, 3, publication(3, "unchanged"))
        texts = told(book).split("\n\n")
    assert [text[:10] for text in texts] == ["2026-11-03", "2026-11-02", "2026-11-01"]
    assert "実行の記録なし（古い odtool が書いた台帳）" in texts[2] and "新規 1件、変更なし 1件" in texts[2]
    assert "問題なし" not in texts[2]


# --- one dataset ---------------------------------------------------------------------------------


def test_the_life_of_a_dataset_is_told_and_nights_without_change_are_one_line(book: Ledger) -> None:
    run(book, 1, [ITEM], publication(1))
    for day in (2, 3, 4):
        run(book, day, publication(day, "unchanged"), publication(day, "unchanged", OTHER))
    run(book, 5, withdrawal(5))
    run(book, 6, publication(6, "restore"))
    found = history(book, Wanted(dataset=NAME))
    assert [(e.kind, e.at[8:10], e.times) for e in found.events] == [
        ("restore", "06", 1), ("withdrawn", "05", 1), ("unchanged", "04", 3), ("create", "01", 1),
    ]  # fmt: skip
    text = history_text(found, "ja")
    assert "261009_aed.csv（2026-11-02 09:00:00 から 3 回確認）" in text and OTHER not in text
    assert (
        "取り下げ" in text
        and "データセット全体" in text
        and "個人情報" in text
        and "まだありません。" in text
    )


def test_a_withdrawal_that_was_not_confirmed_does_not_read_like_one(book: Ledger) -> None:
    run(book, 1, withdrawal(1, verified=False))
    assert "取り下げ未確認" in told(book, dataset=NAME)
    assert re.search(r"withdrawal not confirmed", told(book, "en", dataset=NAME))


def test_a_dataset_that_is_not_in_the_ledger_is_told_in_a_sentence(book: Ledger) -> None:
    assert "このデータセットの記録は台帳にありません" in told(book, dataset="x")
    assert "The ledger has no such entry." in told(book, "en")


# --- forms ---------------------------------------------------------------------------------------


def full(book: Ledger) -> History:
    run(book, 1, [ITEM, REFUSED], publication(1), CALL, code=1)
    run(book, 2, publication(2, "unchanged"))
    run(book, 3)
    return history(book, Wanted(calls=True))


def test_as_json_every_key_is_there_and_null_says_that_nothing_is_known(book: Ledger) -> None:
    full(book)
    killed(book, 4)
    data = json.loads(history_json(history(book, Wanted())))
    assert data["schema"] == "odtool-history/1" and data["older_not_shown"] == 0
    newest, *_, oldest = data["runs"]
    assert newest["ended"] is None and newest["exit_code"] is None and newest["plan"] is None
    assert oldest["exit_code"] == 1 and oldest["counts"] == {"create": 1, "refused": 1}
    assert oldest["plan"]["summary"] == "create=1 refuse=1" and oldest["calls"] is None
    assert {e["what"]: e["dataset"] for e in oldest["events"]} == {"create": NAME, "refused": None}
    assert {tuple(run) for run in data["runs"]} == {tuple(newest)}


def test_the_json_keeps_its_contract_whatever_happened(book: Ledger) -> None:
    schema = json.loads((ROOT / "docs" / "history.schema.json").read_text("utf-8"))
    assert schema["$defs"]["kind"]["enum"] == list(KINDS)
    full(book)
    killed(book, 4, [ITEM], replace(CALL, method="POST", outcome="begun"))
    run(book, 5, withdrawal(5), Readback(at(5), NAME, FILE, "b", "", agrees=False), command="withdraw")
    with pytest.raises(UsageError), book.run("apply", portal="p", address=PORTAL, now=lambda: at(6)):
        raise UsageError("だめ", "no")
    for wanted in (
        Wanted(),
        Wanted(calls=True),
        Wanted(dataset=NAME),
        Wanted(dataset="x"),
        Wanted(since=date(2026, 1, 1)),
    ):
        jsonschema.validate(json.loads(history_json(history(book, wanted))), schema)


def test_as_csv_each_file_has_a_line_and_a_run_without_change_is_not_silent(book: Ledger) -> None:
    full(book)
    text = history_csv(history(book, Wanted()), "ja")
    lines = list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))
    assert text.startswith("\ufeff") and tuple(lines[0]) == EVENTS
    assert [(line["at"][8:10], line["what"], line["times"]) for line in lines] == [
        ("03", "", "0"), ("02", "unchanged", "1"), ("01", "create", "1"), ("01", "refused", "1"),
    ]  # fmt: skip


def test_as_csv_with_calls_each_call_has_a_line(book: Ledger) -> None:
    lines = list(csv.reader(StringIO(history_csv(full(book), "en").removeprefix("\ufeff"), newline="")))
    assert tuple(lines[0]) == CALLS and [line[3:6] for line in lines[1:]] == [["GET", "package_show", NAME]]


@both_languages
@pytest.mark.parametrize("wanted", [{}, {"dataset": HOSTILE}, {"calls": True}], ids=str)
def test_nothing_that_comes_from_outside_acts_on_terminal_or_spreadsheet(
    book: Ledger, lang: str, wanted: dict[str, Any]
) -> None:
    item = replace(
        ITEM, dataset_name=HOSTILE, file_name=HOSTILE, path=HOSTILE, title=HOSTILE, ja=HOSTILE, en=HOSTILE
    )
    bad = replace(
        publication(1, HOSTILE), dataset_name=HOSTILE, file_name=HOSTILE, url=HOSTILE, portal=HOSTILE
    )
    run(book, 1, [item], bad, replace(CALL, target=HOSTILE, told=HOSTILE, action=HOSTILE, method=HOSTILE),
        Unpublished(at(1), HOSTILE, HOSTILE, "x", "", HOSTILE, "failed", HOSTILE, HOSTILE),
        replace(withdrawal(1, reason=HOSTILE), dataset_name=HOSTILE), command=HOSTILE, portal=HOSTILE)  # fmt: skip
    book.note(Run(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE), RunEnd(HOSTILE, HOSTILE, 77, HOSTILE))  # fmt: skip
    found = history(book, Wanted(**wanted))
    page = history_html(found, lang)
    for text in (history_text(found, lang), history_json(found), history_csv(found, lang), page):
        assert not set(text) & set("\x1b\u202e")
    assert "<script" not in page and "alert(1)" in page and not re.search(r'href="(?!data:,|#)', page)
    for line in csv.reader(StringIO(history_csv(found, lang).removeprefix("\ufeff"), newline="")):
        assert not any(cell.startswith("=") for cell in line)


@both_languages
def test_the_page_says_the_same_as_the_text(book: Ledger, lang: str) -> None:
    full(book)
    killed(book, 4, [ITEM], replace(CALL, method="POST", action="package_patch", outcome="begun"))
    for wanted in (Wanted(), Wanted(calls=True), Wanted(dataset=NAME)):
        found = history(book, wanted)
        page = history_html(found, lang)
        parts = {ended(story, lang) for story in found.stories} | {
            counted(s.counts, lang) for s in found.stories
        }
        for part in (*parts, TITLE, f"{NAME}/{FILE}", f'href="{PORTAL}/{FILE}"'):
            assert escape(part, quote=False) in page, part
        assert f'<html lang="{lang}">' in page and "None" not in page
        assert ("package_patch" in page) is not wanted.life and ("<details>" in page) is wanted.calls


@both_languages
def test_the_names_of_files_stand_below_each_other_also_after_wide_words(book: Ledger, lang: str) -> None:
    run(book, 1, publication(1), replace(publication(1, "adopt"), file_name="b.csv"), withdrawal(1))
    lines = [line for line in told(book, lang).splitlines() if line.startswith("    ") and NAME in line and "http" not in line]  # fmt: skip
    assert len(lines) == 3 and len({width(line[: line.index(NAME)]) for line in lines}) == 1


def test_every_kind_of_event_has_a_word_in_both_languages() -> None:
    assert tuple(WORDS) == KINDS and len(set(WORDS.values())) == len(KINDS)


# --- coverage ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_the_table_is_the_same_of_all_entries_and_of_those_that_tell(place: Path, seed: int) -> None:
    chance = Random(seed)
    every: list[Publication] = []
    checks: list[Check] = []
    with ledger(place) as book:
        for day in range(1, 29):
            name, file = chance.choice([NAME, OTHER]), chance.choice(["a.csv", "b.csv"])
            made = publication(day, chance.choice(["create", "update", *["unchanged"] * 4]), name, file)
            made = replace(made, errors=chance.randrange(2), warnings=chance.randrange(2), slug=name[7:])
            check = Check(
                at(day),
                file,
                "a" * 64,
                name[:6],
                name[7:],
                "standard",
                "invalid",
                chance.randrange(3),
                0,
                0,
                "1",
            )
            every.append(made)
            checks.append(check)
            book.note(made, check)
        wanted: dict[str, Any] = {
            "datasets": {"aed": "AED", "event": "イベント"},
            "today": date(2026, 11, 30),
        }
        assert coverage(book.latest_checks(), book.standing(), **wanted) == coverage(checks, every, **wanted)
        assert len(book.standing()) <= 3 * 4 and len(book.latest_checks()) <= 4


def test_a_withdrawn_dataset_is_published_no_more_in_the_coverage_table(place: Path) -> None:
    with ledger(place) as book:
        book.note(Check(at(1), "aed.csv", "a" * 64, CODE, "aed", "standard", "valid", 0, 0, 0, "1.0"))
        run(book, 1, publication(1))
        run(book, 2, withdrawal(2))

    def states() -> list[str]:
        done = odtool("coverage", "--ledger", str(place), "--format", "csv")
        found = csv.DictReader(StringIO(done.stdout.removeprefix("\ufeff"), newline=""))
        return [row["state"] for row in found if row["slug"] == "aed"]

    assert states() == ["ready"]
    with ledger(place) as book:
        table = coverage(book.checks(), book.standing(), datasets={"aed": "AED"}, today=date(2026, 11, 20))
        assert table.totals.published == 0
        run(book, 3, publication(3, "restore"))
    assert states() == ["published"]


# --- command -------------------------------------------------------------------------------------


def odtool(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "odtool", *arguments]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ODTOOL")} | {
        "PYTHONUTF8": "1"
    }
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        env=kept | variables,
    )


def test_the_command_tells_from_the_ledger_and_writes_nothing_to_it(place: Path) -> None:
    with ledger(place) as book:
        full(book)
    before = place.read_bytes()
    done = odtool("history", "--ledger", str(place))
    assert (done.returncode, done.stderr) == (0, "") and TITLE in done.stdout
    assert odtool("history", "--lang", "en", ODTOOL_LEDGER=str(place)).stdout.startswith("2026-11-03 09:00:00  Publication")  # fmt: skip
    assert place.read_bytes() == before


def test_a_portal_may_be_called_by_its_name_in_the_settings_though_the_ledger_has_the_address(
    place: Path, tmp_path: Path
) -> None:
    first_version(place, publication(1))
    settings = tmp_path / "odtool.toml"
    settings.write_text(
        f'[portals.kyoto]\ntype = "ckan"\nurl = "{PORTAL}"\n[portals.b]\ntype = "folder"\npath = "b"\n'
    )
    for name, known in (("kyoto", True), (PORTAL, True), (PORTAL + "/", True), ("b", False), ("gone", False)):
        done = odtool("history", "--ledger", str(place), "--config", str(settings), "--portal", name)
        assert done.returncode == 0 and ("2026-11-01" in done.stdout) is known, name


def test_the_command_writes_into_a_file(place: Path, tmp_path: Path) -> None:
    with ledger(place) as book:
        full(book)
    target = tmp_path / "h.csv"
    done = odtool("history", "--ledger", str(place), "--format", "csv", "-o", str(target))
    assert (done.returncode, done.stdout) == (0, "") and target.read_bytes().startswith(b"\xef\xbb\xbfat,")


@both_languages
@pytest.mark.parametrize(
    "wrong",
    [
        ["--municipality", "123456"],
        ["--since", "yesterday"],
        ["--limit", "0"],
        ["--run", "\x1bx"],
        ["--ledger", "none"],
    ],
    ids=lambda wrong: wrong[0],
)
def test_a_wrong_call_is_told_in_one_sentence(place: Path, wrong: list[str], lang: str) -> None:
    with ledger(place):
        pass
    done = odtool("history", "--ledger", str(place), *wrong, "--lang", lang)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr and "\x1b" not in done.stderr
    assert not Path("none").exists()


def test_the_command_is_listed() -> None:
    assert "history" in COMMANDS


def test_of_two_runs_in_one_second_the_later_stands_first(book: Ledger) -> None:
    killed(book, 1, [ITEM], replace(CALL, method="POST", outcome="begun"))
    run(book, 1, publication(1))
    assert [event.kind for event in history(book, Wanted(dataset=NAME)).events] == ["create", "unfinished"]
