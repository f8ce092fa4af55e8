"""Who has published what, whether it is valid, and since when."""

from datetime import date
from typing import Any

import pytest

from odtool.coverage.matrix import Cell, Coverage, coverage, members
from odtool.ledger.record import Check, Publication

TODAY = date(2026, 11, 20)
DATASETS = {"aed": "AED設置箇所一覧", "event": "イベント一覧", "population": "地域・年齢別人口"}
KYOTO, UJI, KITA_WARD = "261009", "262048", "261017"


def check(at: str = "2026-11-01T10:00:00+09:00", **parts: Any) -> Check:
    plain: dict[str, Any] = {
        "at": at, "path": "a.csv", "sha256": "a" * 64, "municipality": UJI, "slug": "aed", "edition": "standard",
        "status": "invalid" if parts.get("errors") else "valid", "errors": 0, "warnings": 0, "hints": 0, "tool": "odtool",
    }  # fmt: skip
    return Check(**plain | parts)


def publication(at: str = "2026-11-02T10:00:00+09:00", **parts: Any) -> Publication:
    plain: dict[str, Any] = {
        "at": at, "portal": "https://a.example", "dataset_name": "uji_aed", "file_name": "aed.csv", "municipality": UJI,
        "slug": "aed", "edition": "standard", "action": "create", "source_sha256": "a" * 64, "content_sha256": "b" * 64,
        "errors": 0, "warnings": 0, "url": "https://a.example/dataset/uji_aed", "tool": "odtool",
    }  # fmt: skip
    return Publication(**plain | parts)


def made(
    checks: list[Check], publications: list[Publication], municipalities: list[str] | None = None
) -> Coverage:
    return coverage(checks, publications, datasets=DATASETS, municipalities=municipalities, today=TODAY)


def only(checks: list[Check], publications: list[Publication], slug: str = "aed") -> Cell:
    return made(checks, publications, [UJI]).rows[0].cells[list(DATASETS).index(slug)]


# --- one cell ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checks", "publications", "state"),
    [
        ([], [], "none"),
        ([check(status="not-checked")], [], "none"),
        ([check()], [], "ready"),
        ([check(warnings=3)], [], "ready"),
        ([check(errors=1)], [], "refused"),
        ([check()], [publication()], "published"),
        ([], [publication()], "published"),
        ([], [publication(warnings=1)], "published-warnings"),
        ([], [publication(errors=1, warnings=1)], "published-errors"),
    ],
)
def test_a_cell_says_how_it_stands(checks: list[Check], publications: list[Publication], state: str) -> None:
    assert only(checks, publications).state == state


def test_a_published_cell_says_when_and_where() -> None:
    cell = only([check()], [publication(warnings=2)])
    assert cell.published_at is not None and cell.published_at.isoformat() == "2026-11-02T10:00:00+09:00"
    assert (cell.warnings, cell.portal, cell.url) == (
        2,
        "https://a.example",
        "https://a.example/dataset/uji_aed",
    )
    assert cell.checked_at is None and cell.when == cell.published_at


def test_a_newer_file_with_errors_leaves_what_is_published() -> None:
    cell = only([check("2026-11-03T10:00:00+09:00", errors=4)], [publication()])
    assert (cell.state, cell.errors, cell.newer_errors) == ("published", 0, 4)


@pytest.mark.parametrize(
    "at", ["2026-11-02T09:59:59+09:00", "2026-11-02T10:00:00+09:00", "2026-11-02T01:00:00Z"]
)
def test_a_check_up_to_the_moment_of_publication_is_not_newer(at: str) -> None:
    assert only([check(at, errors=4)], [publication()]).newer_errors == 0


def test_a_newer_check_one_second_later_is_newer_in_any_time_zone() -> None:
    assert only([check("2026-11-02T01:00:01Z", errors=4)], [publication()]).newer_errors == 4


def test_a_corrected_file_takes_the_remark_away() -> None:
    checks = [check("2026-11-03T10:00:00+09:00", errors=4), check("2026-11-04T10:00:00+09:00")]
    assert only(checks, [publication()]).newer_errors == 0
    assert only(checks, []).state == "ready"


def test_the_newest_check_wins_whatever_the_order_of_the_notes() -> None:
    older, newer = check("2026-11-01T10:00:00+09:00"), check("2026-11-01T02:00:00Z", errors=1)
    assert only([newer, older], []).state == only([older, newer], []).state == "refused"


def test_of_two_checks_at_one_moment_the_one_noted_later_wins() -> None:
    assert only([check(), check(errors=1)], []).state == "refused"
    assert only([check(errors=1), check()], []).state == "ready"


def test_both_editions_share_a_cell_that_names_the_newest() -> None:
    old = publication("2026-11-01T10:00:00+09:00", edition="suisho", warnings=9, dataset_name="old")
    new = publication("2026-11-02T10:00:00+09:00", edition="standard", dataset_name="new")
    assert [(c.edition, c.state) for c in (only([], [old, new]), only([], [new, old]))] == [
        ("standard", "published")
    ] * 2
    later_old = publication("2026-11-09T10:00:00+09:00", edition="suisho", dataset_name="old")
    assert only([], [new, later_old]).edition == "suisho"


def test_of_several_files_the_newest_counts() -> None:
    files = [
        publication(
            f"2026-0{month}-10T10:00:00+09:00", slug="population", file_name=f"p{month}.csv", warnings=month
        )
        for month in (4, 7, 5)
    ]
    assert only([], files, "population").warnings == 7


def test_finding_a_file_unchanged_does_not_make_it_newer() -> None:
    night = "2026-11-15T02:00:00+09:00"
    files = [
        publication("2025-04-10T10:00:00+09:00", file_name="2025.csv", warnings=1),
        publication("2026-04-10T10:00:00+09:00", file_name="2026.csv", warnings=2),
        publication(night, file_name="2026.csv", action="unchanged", warnings=3),
        publication(night, file_name="2025.csv", action="unchanged", warnings=1),
    ]
    cell = only([], files)
    assert cell.published_at is not None and cell.published_at.date() == date(2026, 4, 10)
    assert cell.warnings == 3  # the last word on the same content


def test_an_update_is_a_new_date() -> None:
    files = [
        publication("2026-04-10T10:00:00+09:00"),
        publication("2026-05-10T10:00:00+09:00", action="update"),
    ]
    cell = only([], files)
    assert cell.published_at is not None and cell.published_at.date() == date(2026, 5, 10)


def test_a_file_known_only_as_unchanged_is_published_since_it_was_first_seen() -> None:
    seen = [publication(f"2026-11-1{day}T02:00:00+09:00", action="unchanged") for day in (1, 2, 3)]
    cell = only([], seen)
    assert cell.published_at is not None and cell.published_at.date() == date(2026, 11, 11)


def test_of_two_files_at_one_moment_the_one_noted_later_wins() -> None:
    files = [publication(file_name="a.csv", warnings=1), publication(file_name="b.csv", warnings=2)]
    assert only([], files).warnings == 2
    assert only([], files[::-1]).warnings == 1


def test_the_day_is_the_one_in_japan() -> None:
    cell = only([], [publication("2026-11-19T15:00:00Z")])
    assert cell.published_at is not None and cell.published_at.date() == date(2026, 11, 20)
    cell = only([], [publication("2026-11-19T23:59:59")])
    assert cell.published_at is not None and cell.published_at.date() == date(2026, 11, 19)


@pytest.mark.parametrize("at", ["", "someday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"])
def test_a_time_nobody_can_read_is_no_reason_to_fail(at: str) -> None:
    cell = only([check(at)], [publication(at)])
    assert cell.state == "published"


# --- rows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefecture", "count"),
    [
        ("京都府", 26),
        ("奈良県", 39),
        ("神奈川県", 33),
        ("広島県", 23),
        ("東京都", 62),
        ("北海道", 179),
        ("京都", 0),
    ],
)
def test_a_prefecture_has_all_its_municipalities_and_nothing_else(prefecture: str, count: int) -> None:
    assert len(members(prefecture)) == count


def test_wards_and_the_prefecture_itself_are_no_rows_of_a_prefecture() -> None:
    assert KYOTO in members("京都府") and not {KITA_WARD, "260002"} & set(members("京都府"))
    assert "131016" in members("東京都")  # 千代田区 is a municipality


def test_every_municipality_asked_for_is_a_row_also_without_anything() -> None:
    shown = made([], [publication()], list(members("京都府")))
    assert len(shown.rows) == 26 and shown.totals.municipalities == 26
    assert (shown.totals.started, shown.totals.published, shown.totals.refused) == (1, 1, 0)
    assert all(len(row.cells) == len(DATASETS) for row in shown.rows)
    assert next(row for row in shown.rows if row.code == UJI).published == 1


def test_without_a_choice_those_seen_are_rows_in_the_national_order() -> None:
    codes = ("999999", UJI, "011002", KYOTO)
    shown = made([check(municipality=code) for code in codes], [])
    assert [row.code for row in shown.rows] == ["011002", KYOTO, UJI, "999999"]
    assert [row.name for row in shown.rows] == ["札幌市", "京都市", "宇治市", "999999"]


def test_a_choice_keeps_its_order_and_says_nobody_twice() -> None:
    assert [row.code for row in made([], [], [UJI, KYOTO, UJI]).rows] == [UJI, KYOTO]


def test_nothing_asked_and_nothing_seen_is_an_empty_table() -> None:
    assert made([], []).rows == () and made([check()], [], []).rows == ()


def test_what_a_ward_published_is_its_citys_unless_the_ward_is_a_row() -> None:
    of_the_ward = [publication(municipality=KITA_WARD)]
    assert [row.published for row in made([], of_the_ward, [KYOTO]).rows] == [1]
    assert [row.code for row in made([], of_the_ward).rows] == [KYOTO]
    assert [row.published for row in made([], of_the_ward, [KYOTO, KITA_WARD]).rows] == [0, 1]


def test_others_stay_out_of_the_rows_and_the_totals() -> None:
    shown = made([check(municipality=KYOTO, errors=1)], [publication(municipality=KYOTO)], [UJI])
    assert (shown.totals.started, shown.totals.published, shown.totals.refused) == (0, 0, 0)


def test_the_latest_of_a_row_is_its_newest_publication() -> None:
    files = [publication(), publication("2026-11-05T10:00:00+09:00", slug="event", file_name="e.csv")]
    latest = made([check("2026-11-09T10:00:00+09:00", slug="population")], files).rows[0].latest
    assert latest is not None and latest.date() == date(2026, 11, 5)


# --- what stands in no cell ----------------------------------------------------------------------


def test_files_that_fit_no_dataset_are_counted_once_each() -> None:
    nobody: dict[str, Any] = {"municipality": "", "slug": "", "edition": "", "status": "not-checked"}
    checks = [check(path="x.csv", **nobody), check(path="x.csv", **nobody), check(path="y.csv", **nobody)]
    shown = made(checks, [], [UJI])
    assert (shown.totals.unmatched, shown.totals.unplaced) == (2, 0)
    assert {cell.state for cell in shown.rows[0].cells} == {"none"}
    again = [*checks, check("2026-11-09T10:00:00+09:00", path="x.csv")]
    assert made(again, [], [UJI]).totals.unmatched == 1


def test_files_of_nobody_are_told_apart_from_files_of_no_dataset() -> None:
    totals = made([check(municipality="")], [], [UJI]).totals
    assert (totals.unmatched, totals.unplaced) == (0, 1)


def test_own_layouts_of_others_are_not_counted() -> None:
    own: dict[str, Any] = {"slug": "", "edition": "", "status": "not-checked"}
    assert made([check(municipality=KYOTO, **own)], [], [UJI]).totals.unmatched == 0
    assert made([check(municipality=UJI, **own)], [], [UJI]).totals.unmatched == 1


def test_the_date_and_the_columns_are_as_given() -> None:
    shown = made([], [])
    assert shown.date == TODAY and [(c.slug, c.name) for c in shown.columns] == list(DATASETS.items())
