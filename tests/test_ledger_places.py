"""A folder has many spellings and is one portal, also in ledgers that kept them as they were typed."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from odtool.ledger.journal import Publication, Run, Withdrawal
from odtool.ledger.record import ledger, reading
from odtool.ledger.spelled import place
from tests.publishing import NOW, odtool, sample

DATED = "142034_population_20260401.csv"


def publication(portal: str, name: str = "a", action: str = "create") -> Publication:
    return Publication(
        NOW, portal, name, f"{name}.csv", "261009", "aed", "1", action, "0", "0", 0, 0, "", "1"
    )


def as_typed(path: Path, *rows: tuple[str, str, str]) -> None:
    """What an older odtool kept: (table, column, text) are written over the last row as they are."""
    with closing(sqlite3.connect(path)) as connection:
        for table, column, text in rows:
            connection.execute(f"DROP TRIGGER {table}_update")
            connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE rowid = (SELECT max(rowid) FROM {table})", (text,)
            )
        connection.commit()


def test_every_spelling_of_a_folder_is_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "link").symlink_to("p")
    monkeypatch.chdir(tmp_path)
    whole = (tmp_path / "p").resolve().as_posix()
    assert {place(said) for said in ("p", "./p", "p/", "../" + tmp_path.name + "/p", "link", whole)} == {
        whole
    }
    assert place("https://data.example.jp/ckan") == "https://data.example.jp/ckan" and place("") == ""


def test_what_is_kept_under_one_spelling_is_found_under_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with ledger("l.sqlite") as book:
        book.note(publication("./p"), publication("p", "b"), publication(str(tmp_path / "p"), "b", "update"))
        assert [entry.dataset_name for entry in book.published("../" + tmp_path.name + "/p")] == ["a", "b"]
        assert len(book.select(Publication, portal="p")) == 3 and book.published("q") == []
        book.note(Withdrawal(NOW, "p/", "a", "", "261009", "x", True, "1"))
        assert [entry.dataset_name for entry in book.published("p")] == ["b"]


@pytest.mark.parametrize("elsewhere", [False, True], ids=["from there", "from another folder"])
def test_an_older_ledger_is_read_as_if_it_had_kept_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: bool
) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "other").mkdir()
    file = tmp_path / "l.sqlite"
    whole = str((tmp_path / "p").resolve())
    with ledger(file) as book:
        for portal in ("./p", "p"):
            book.note(publication(whole))
            as_typed(file, ("publications", "portal", portal))
            book.note(Run("r" + portal, NOW, "publish", "folder:p", whole, "", "1"))
            as_typed(file, ("runs", "address", portal))
            with closing(sqlite3.connect(file)) as connection:
                for table in ("runs", "publications"):
                    connection.execute(
                        f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'x'); END"
                    )
        book.note(publication(whole, "b"))
        book.note(Withdrawal(NOW, whole, "b", "", "261009", "x", True, "1"))
    before = file.read_bytes()
    monkeypatch.chdir(tmp_path / "other" if elsewhere else tmp_path)
    for opened in (reading, ledger):
        with opened(file) as book:
            assert [entry.portal for entry in book.published(whole)] == [whole]
            assert {run.address for run in book.select(Run)} == {whole}
            assert {entry.portal for entry in book.changes()} == {whole}
            assert len(book.standing()) == 2  # the first and the last of one file, not of two
    assert file.read_bytes() == before  # the rows stay as they are
    with ledger(file) as book:  # and more can be written
        book.note(publication(whole, "c"), Withdrawal(NOW, whole, "a", "", "261009", "x", True, "1"))
        assert [entry.dataset_name for entry in book.published(whole)] == ["c"]


def test_prune_knows_what_was_published_under_another_spelling(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    now_, before = sample(DATED), str(tmp_path / DATED.replace("2026", "2025"))
    shutil.copy(now_, before)
    first = odtool(tmp_path, "publish", now_, before, "--portal", "folder:p", "--ledger", "l")
    assert first.returncode == 0, first.stdout + first.stderr
    there = ("--portal", "folder:../p", "--ledger", "../l")
    done = odtool(tmp_path / "work", "publish", now_, "--prune", *there)
    assert "取り下げ 1件" in done.stdout, done.stdout + done.stderr
    shown = odtool(tmp_path, "history", "--portal", "folder:./p", "--ledger", "l")
    assert shown.returncode == 0 and "取り下げ" in shown.stdout
