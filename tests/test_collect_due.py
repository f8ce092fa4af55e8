"""How often data are due: the portal's own word first, then that of the settings; otherwise nobody knows."""

import csv
import sqlite3
from io import StringIO
from pathlib import Path

import pytest

from odtool.collect import dates
from odtool.collect.settings import declared_in
from odtool.coverage.observed import store
from odtool.errors import UsageError
from tests.collecting import AED, NOW, Site, collected, package, reading, seen, site
from tests.publishing import SAMPLES, odtool


@pytest.fixture
def portal():
    with site() as made:
        yield made


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.mark.parametrize(
    ("portal", "stated", "days", "by"),
    [
        ("毎月", {"aed": "1年"}, 31, "portal"),
        ("", {"aed": "1年", "*": "毎月"}, 366, "settings"),
        ("", {"population": "1年", "*": "毎月"}, 31, "settings"),
        ("随時", {"aed": "1年"}, 366, "settings"),
        ("", {"population": "1年"}, None, ""),
        ("よく分からない", {}, None, ""),
    ],
)
def test_the_portal_is_believed_first_and_then_the_settings(
    portal: str, stated: dict[str, str], days: int | None, by: str
) -> None:
    assert dates.due(portal, stated, "aed") == (days, by)


def filled(portal: Site) -> None:
    portal.put("/a.csv", AED)
    file = {"url": f"{portal.address}/a.csv", "last_modified": "2024-04-01"}
    often = [{"key": "frequency", "value": "毎月"}]
    portal.ckan([package("silent", file), package("told", {**file, "id": "t"}, extras=often)])


def test_one_row_of_a_day_to_come_does_not_hide_the_days_of_the_others(portal: Site, book: Path) -> None:
    data = (SAMPLES / "142034_population_20260401.csv").read_bytes()
    table = data.replace(b"2026-04-01", b"2062-04-01", 1)
    assert table != data
    portal.put("/a.csv", table)
    portal.ckan([package("p", {"url": f"{portal.address}/a.csv"})])
    collected(book, reading(portal))
    (one,) = seen(book).values()
    assert (one.updated, one.updated_by) == ("2026-04-01", "data")


def test_the_report_says_whose_word_makes_data_late(portal: Site, book: Path, tmp_path: Path) -> None:
    filled(portal)
    collected(book, reading(portal))
    found = seen(book)
    assert (found["silent-1"].expected, found["silent-1"].expected_by) == (None, "")
    assert (found["t"].expected, found["t"].expected_by) == (31, "portal")
    portal.ckan([package("silent", {"url": f"{portal.address}/a.csv", "last_modified": "2024-04-01"})])
    before = portal.requests("/a.csv")
    collected(book, reading(portal, frequency={"aed": "1年"}), now="2026-11-21T09:00:00+09:00")
    assert portal.requests("/a.csv") == before  # a word of the settings is no reason to fetch anything
    one = seen(book)["silent-1"]
    assert (one.expected, one.expected_by) == (366, "settings")
    made = odtool(tmp_path, "coverage", "report", "--store", str(book), "--format", "csv", "-o", "r.csv")
    assert made.returncode == 0, made.stderr
    (row,) = [
        row
        for row in csv.DictReader(StringIO((tmp_path / "r.csv").read_text("utf-8-sig")))
        if row["slug"] == "aed" and row["code"] == "261009"
    ]
    assert (row["status"], row["expected_days"], row["expected_by"]) == ("stale", "366", "settings")
    assert "odtool.toml" in row["why"]


def test_settings_name_datasets_there_are_and_words_that_say_something(tmp_path: Path) -> None:
    path = tmp_path / "odtool.toml"
    head = '[collect.x]\ntype = "ckan"\nurl = "https://example.jp/api/3/action"\n'
    path.write_text(head + 'frequency = { population = "毎月", aed = "1年" }\n', "utf-8")
    assert declared_in(str(path))["x"].frequency == {"population": "毎月", "aed": "1年"}
    path.write_text(head + 'frequency = "1年"\n', "utf-8")
    assert declared_in(str(path))["x"].frequency == {"*": "1年"}
    for line, place in (
        ('frequency = { popluation = "毎月" }', "frequency.popluation"),
        ('frequency = { population = "随時" }', "frequency.population"),
        ("frequency = { population = 31 }", "frequency.population"),
        ('frequency = "よく"', "frequency"),
        ("frequency = 7", "frequency"),
    ):
        path.write_text(f"{head}{line}\n", "utf-8")
        with pytest.raises(UsageError) as error:
            declared_in(str(path))
        assert f"collect.x.{place}" in error.value.ja and f"collect.x.{place}" in error.value.en


def test_a_store_that_an_older_odtool_made_is_read_and_written_on(portal: Site, book: Path) -> None:
    filled(portal)
    collected(book, reading(portal))
    connection = sqlite3.connect(book)
    connection.execute("DROP TRIGGER IF EXISTS observations_update")
    connection.execute("ALTER TABLE observations DROP COLUMN expected_by")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    assert seen(book)["t"].expected_by == ""
    (result,) = collected(book, reading(portal, frequency={"*": "1年"}), now="2026-11-21T09:00:00+09:00")
    assert result.state == "done" and seen(book)["silent-1"].expected_by == "settings"
    with store(book) as open_:
        assert open_.history(portal.address, "silent")[0].at == NOW
