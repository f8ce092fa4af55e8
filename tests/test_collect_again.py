"""A portal that is read again and is not what it was: down, halved for good, read in part."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from odtool.collect.gather import Wishes
from odtool.coverage import overview
from odtool.coverage.observed import reading as opened
from odtool.coverage.observed import store
from tests.collecting import Site, collected, package, reading, seen, site
from tests.seeing import DONE, drawn

KYOTO_CITY, KYOTO_FU = "261009", "260002"


@pytest.fixture
def portal() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "s.sqlite"


def many(portal: Site, count: int) -> None:
    portal.ckan(
        [package(f"d{n}", {"url": f"{portal.address}/{n}.pdf", "format": "PDF"}) for n in range(count)]
    )


def states(book: Path, day: str = "2026-12-01") -> dict[str, str]:
    """The five states of Kyoto city's cells, 未公開 among them."""
    with store(book) as open_:
        shown = overview.table(open_, None, date.fromisoformat(day), "京都府")
    row = next(row for row in shown.rows if row.code == KYOTO_CITY)
    return {column.slug: cell.five for column, cell in zip(shown.columns, row.cells, strict=True)}


# --- down ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", [{"municipality": KYOTO_CITY}, {"prefecture": "京都府"}])
def test_where_the_only_portal_of_a_body_is_down_nothing_of_it_is_called_unpublished(
    portal: Site, book: Path, whose: dict[str, Any]
) -> None:
    many(portal, 2)
    collected(book, reading(portal, **whose))
    assert set(states(book).values()) == {"none"}
    portal.answers.clear()
    portal.robots_status = 503
    (result,) = collected(book, reading(portal, **whose))
    assert result.state == "failed" and set(states(book).values()) == {"not-seen"}
    portal.robots_status = 0
    many(portal, 2)
    collected(book, reading(portal, **whose))
    assert set(states(book).values()) == {"none"}


def test_where_no_portal_that_could_hold_it_was_read_nothing_is_called_unpublished(
    portal: Site, book: Path
) -> None:
    portal.robots_status = 503
    collected(book, reading(portal))
    assert set(states(book).values()) == {"not-seen"}


@pytest.mark.parametrize(
    ("read", "whose", "state"),
    [
        ("done", "", "none"),
        ("done", KYOTO_CITY, "none"),
        ("done", "260002", "none"),
        ("done", "292010", "not-seen"),  # the portal of another city
        ("failed", "", "not-seen"),
        ("failed", "292010", "not-seen"),
    ],
)
def test_a_portal_of_anybody_that_is_down_says_nothing_where_another_one_was_read(
    read: str, whose: str, state: str
) -> None:
    down = replace(DONE, source="https://down.example", state="failed")
    other = replace(DONE, source="https://other.example", state=read, municipality=whose)
    shown = drawn(sources=(down, other))
    row = next(row for row in shown.rows if row.code == KYOTO_CITY)
    assert {cell.state for cell in row.cells} == {state}


@pytest.mark.parametrize("part", [Wishes(only="nothing*"), Wishes(limit=0)])
def test_a_second_look_at_a_part_does_not_make_the_rest_unseen(
    portal: Site, book: Path, part: Wishes
) -> None:
    many(portal, 2)
    whole = reading(portal, prefecture="京都府")
    collected(book, whole)
    collected(book, whole, wishes=part)
    assert set(states(book).values()) == {"none"}
    with opened(book) as open_:
        assert [source.state for source in open_.sources()] == ["done"]


def test_a_first_look_at_a_part_leaves_the_rest_unseen(portal: Site, book: Path) -> None:
    many(portal, 2)
    collected(book, reading(portal, municipality=KYOTO_CITY), wishes=Wishes(limit=0))
    assert set(states(book).values()) == {"not-seen"}


# --- halved --------------------------------------------------------------------------------------


def test_a_listing_that_stays_halved_is_believed_after_a_week(portal: Site, book: Path) -> None:
    many(portal, 12)
    collected(book, reading(portal), now="2026-10-01T09:00:00+09:00")
    many(portal, 3)
    (first,) = collected(book, reading(portal), now="2026-10-02T09:00:00+09:00")
    (soon,) = collected(book, reading(portal), now="2026-10-08T09:00:00+09:00")
    assert first.gone == soon.gone == 0 and "7日以上" in first.ja and len(seen(book)) == 12
    (later,) = collected(book, reading(portal), now="2026-10-09T09:00:00+09:00")
    assert (later.state, later.gone, len(seen(book))) == ("done", 9, 3)


def test_where_a_listing_shrank_all_else_is_as_it_was(portal: Site, book: Path) -> None:
    """All that is listed was seen: nothing else becomes unseen for it; yet the portal is named."""
    many(portal, 12)
    collected(book, reading(portal, prefecture="京都府"))
    many(portal, 3)
    collected(book, reading(portal, prefecture="京都府"))
    assert set(states(book).values()) == {"none"}
    with store(book) as open_:
        shown = overview.table(open_, None, date(2026, 12, 1), "京都府")
    assert shown.totals.datasets == 12 and [place.failed for place in shown.looked] == [True]


def test_a_day_on_which_a_prefectures_portal_was_down_is_kept_for_all_its_municipalities(
    portal: Site, book: Path
) -> None:
    many(portal, 2)
    whole = reading(portal, prefecture="京都府")
    collected(book, whole)
    with store(book) as open_:
        overview.keep_day(open_, None, date(2026, 11, 20), "1")
    portal.robots_status = 503
    collected(book, whole)
    with store(book) as open_:
        overview.keep_day(open_, None, date(2026, 11, 21), "2")
    shown = overview.overview(today=date(2026, 11, 22), ledger=None, store=str(book), area="京都府")
    unseen = [point.cells["not-seen"] for point in shown.points]
    assert unseen == [0, 26 * len(shown.coverage.columns), 26 * len(shown.coverage.columns)]


def test_a_fault_that_passed_does_not_count_for_the_next_one(portal: Site, book: Path) -> None:
    for count, day in ((12, "10-01"), (3, "10-02"), (12, "10-03"), (3, "10-20")):
        many(portal, count)
        (result,) = collected(book, reading(portal), now=f"2026-{day}T09:00:00+09:00")
    assert result.gone == 0 and len(seen(book)) == 12


def test_what_shrinks_further_is_waited_for_anew(portal: Site, book: Path) -> None:
    for count, day in ((12, "10-01"), (3, "10-02"), (1, "10-20")):
        many(portal, count)
        (result,) = collected(book, reading(portal), now=f"2026-{day}T09:00:00+09:00")
    assert result.gone == 0
    (last,) = collected(book, reading(portal), now="2026-10-27T09:00:00+09:00")
    assert last.gone == 11
