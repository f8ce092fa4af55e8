"""What was seen of a dataset → one of five states, or that it was not seen; never unpublished where nobody looked."""

from datetime import date
from typing import Any

import pytest

from odtool.coverage.cell import Cell, seen_cell
from odtool.coverage.matrix import Coverage, Seen, coverage
from odtool.coverage.observation import Observation
from odtool.coverage.sighting import Correction, Progress
from odtool.ledger.record import Publication
from odtool.report.coverage_words import next_step, why
from tests.seeing import BODIK, DATASETS, EDITIONS, KYOTO, TODAY, UJI, drawn, other, seen


def uji(table: Coverage, slug: str = "aed") -> Cell:
    row = next(row for row in table.rows if row.code == UJI)
    return row.cells[list(DATASETS).index(slug)]


def cell(*files: Observation) -> Cell:
    return seen_cell(files, TODAY)


@pytest.mark.parametrize(
    ("parts", "state"),
    [
        ({}, "valid"),
        ({"warnings": 2}, "improve"),
        ({"open": False, "licence": "CC-BY-NC-4.0"}, "improve"),
        ({"open": None}, "valid"),
        ({"verdict": "invalid", "errors": 1}, "invalid"),
        ({"updated": "2025-04-01", "expected": 365}, "stale"),
        ({"updated": "2025-04-01", "expected": 365, "verdict": "invalid", "errors": 1}, "invalid"),
        ({"updated": "2025-04-01", "expected": None}, "valid"),
        ({"updated": "", "expected": 30}, "valid"),
        ({"updated": "いつか", "expected": 30}, "valid"),
        ({"verdict": "not-seen", "alive": None}, "not-seen"),
        ({"verdict": "not-seen", "alive": False}, "invalid"),
        ({"verdict": "not-checked", "format": "PDF"}, "not-seen"),
    ],
)  # fmt: skip
def test_each_file_has_one_of_five_states_or_was_not_seen(parts: dict[str, Any], state: str) -> None:
    assert cell(seen(**parts)).five == state


def test_of_the_same_bytes_in_two_places_the_better_place_counts() -> None:
    free, limited = seen(), seen(dataset_name="again", open=False, licence="CC-BY-NC-4.0")
    for files in ((free, limited), (limited, free)):
        found = cell(*files)
        assert (found.five, found.licence, found.files) == ("valid", free.licence, 1)


@pytest.mark.parametrize(("day", "state"), [("2026-11-20", "valid"), ("2026-11-21", "stale")])
def test_data_are_out_of_date_on_the_day_after_the_update_was_due(day: str, state: str) -> None:
    file = seen(updated="2026-10-21", expected=30)
    assert seen_cell([file], date.fromisoformat(day)).five == state


def test_where_nobody_says_how_often_nothing_is_called_out_of_date_and_that_is_said() -> None:
    unknown = cell(seen(updated="1999-01-01"))
    assert unknown.five == "valid" and "更新頻度が分からないため" in why(unknown, TODAY, "ja")
    assert "how often it is due is not known" in why(unknown, TODAY, "en")
    assert "判断していません" not in why(cell(seen(expected=365)), TODAY, "ja")


def test_of_several_files_the_best_counts() -> None:
    files = [seen(resource="bad", sha256="b", verdict="invalid", errors=9), seen(), seen(resource="pdf", sha256="c", verdict="not-checked")]  # fmt: skip
    assert (cell(*files).five, cell(*files).files) == ("valid", 3)


def test_the_same_bytes_on_two_portals_are_one_file() -> None:
    files = [seen(), seen(source="https://city.example", resource="9")]
    assert cell(*files).files == 1


def test_this_years_file_stands_for_last_years_of_the_same_series() -> None:
    old = seen(resource="r7", sha256="7", title="令和7年 AED設置箇所", updated="2025-04-01")
    new = seen(
        resource="r8",
        sha256="8",
        title="令和8年 AED設置箇所",
        updated="2026-04-01",
        verdict="invalid",
        errors=4,
    )
    assert cell(old, new).five == "invalid"
    apart = seen(
        resource="r8",
        sha256="8",
        title="北部のAED設置箇所",
        updated="2026-04-01",
        verdict="invalid",
        errors=4,
    )
    assert cell(old, apart).five == "valid"


def test_a_later_look_takes_the_place_of_an_earlier_one() -> None:
    earlier = seen(at="2026-11-01T03:00:00+09:00", verdict="invalid", errors=2)
    assert cell(seen(), earlier).five == cell(earlier, seen()).five == "valid"


def test_what_is_not_seen_tonight_says_how_it_was() -> None:
    missed = seen(
        verdict="not-seen",
        alive=None,
        at="2026-11-21T03:00:00+09:00",
        why="ポータルが応答しません",
        why_en="no answer",
    )
    found = cell(seen(), missed)
    assert (found.five, found.before, found.is_published) == ("not-seen", "valid", False)
    assert why(found, TODAY, "ja") == "ポータルが応答しません。前回は「公開・適合」"
    assert "Last time: published, valid" in why(found, TODAY, "en")


def test_a_format_that_cannot_be_judged_is_published_and_not_called_valid() -> None:
    found = cell(seen(verdict="not-checked", format="PDF", why="PDF は確認できません"))
    assert found.is_published and found.five == "not-seen"
    assert "内容は確認できていません（PDF は確認できません）" in why(
        found, TODAY, "ja"
    ) and "CSV" in next_step(found, "ja")


def test_a_dead_link_is_named() -> None:
    found = cell(seen(verdict="not-seen", alive=False))
    assert (
        found.five == "invalid"
        and "リンク切れ" in why(found, TODAY, "ja")
        and "直して" in next_step(found, "ja")
    )


@pytest.mark.parametrize(
    ("errors", "fixable", "one_step"), [(3, 3, True), (3, 2, False), (3, 0, False), (0, 0, False)]
)
def test_one_step_is_where_a_certain_repair_mends_every_error(
    errors: int, fixable: int, one_step: bool
) -> None:
    found = cell(seen(verdict="invalid" if errors else "valid", errors=errors, fixable=fixable))
    assert found.one_step == one_step and ("あと一歩" in next_step(found, "ja")) == one_step


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_state_but_valid_says_why_and_what_to_do(lang: str) -> None:
    cells = [
        cell(seen(warnings=1)), cell(seen(open=False)), cell(seen(verdict="invalid", errors=1)), cell(seen(expected=1)),
        cell(seen(verdict="not-seen", alive=None)), cell(seen(verdict="not-checked")), Cell("refused", errors=1),
    ]  # fmt: skip
    assert all(why(found, TODAY, lang) and next_step(found, lang) for found in cells)
    assert (
        next_step(Cell(), lang)
        and next_step(Cell("ready"), lang)
        and not next_step(cell(seen(expected=365)), lang)
    )


# --- in the table --------------------------------------------------------------------------------


def test_what_nobody_publishes_is_unpublished_only_where_the_portals_were_read() -> None:
    assert uji(drawn()).five == "none"
    broken = Progress(
        "https://uji.example", at="2026-11-20", state="failed", note="応答なし", municipality=UJI
    )
    table = drawn(sources=(broken,))
    assert uji(table).five == "not-seen"
    assert {row.cells[0].five for row in table.rows if row.code != UJI} == {"none"}
    whole = drawn(sources=(Progress(BODIK, state="partial", municipality="260002"),))
    assert {row.cells[0].five for row in whole.rows} == {"not-seen"}


def test_a_wards_data_are_its_citys() -> None:
    assert next(row for row in drawn(seen(municipality="261017")).rows if row.code == KYOTO).published == 1


def word(what: Any, value: str = "", resource: str = "r1") -> Correction:
    return Correction("2026-11-20", BODIK, "262048_aed", resource, what, value, "見た")


def test_an_officer_says_whose_it_is_and_what_to_leave_out() -> None:
    moved = drawn(seen(), words=(word("municipality", KYOTO),))
    assert uji(moved).five == "none" and next(row for row in moved.rows if row.code == KYOTO).published == 1
    ignored = drawn(seen(), words=(word("ignore", resource=""),))
    assert uji(ignored).five == "none" and ignored.totals.datasets == 0


def test_a_file_an_officer_named_is_not_called_valid_before_it_was_judged_so() -> None:
    table = drawn(seen(), words=(word("dataset", "standard-event"),))
    assert (
        uji(table).five == "none"
        and uji(table, "event").five == "not-seen"
        and uji(table, "event").is_published
    )
    judged = drawn(seen(slug="event", dataset="standard-event", recognised_by="officer"), words=(word("dataset", "standard-event"),))  # fmt: skip
    assert uji(judged, "event").five == "valid"


def published(at: str, **parts: Any) -> Publication:
    plain: dict[str, Any] = {
        "at": at, "portal": BODIK + "/", "dataset_name": "262048_aed", "file_name": "aed.csv", "municipality": UJI, "slug": "aed",
        "edition": "standard", "action": "create", "source_sha256": "a", "content_sha256": "b", "errors": 0, "warnings": 0,
        "url": "", "tool": "odtool",
    }  # fmt: skip
    return Publication(**plain | parts)


def both(publication: Publication, *files: Observation) -> Coverage:
    return coverage([], [publication], datasets=DATASETS, today=TODAY, municipalities=[UJI], seen=Seen(files, (), EDITIONS))  # fmt: skip


def test_of_ledger_and_portal_the_later_word_on_a_dataset_counts() -> None:
    bad = seen(verdict="invalid", errors=3)
    assert (
        uji(both(published("2026-11-20T09:00:00+09:00"), bad)).five == "valid"
    )  # published after it was looked at
    assert uji(both(published("2026-11-19T09:00:00+09:00"), bad)).five == "invalid"


def test_of_ledger_and_another_portal_the_better_counts_and_a_dataset_once() -> None:
    table = both(
        published("2026-11-19T09:00:00+09:00", portal="https://city.example"),
        seen(verdict="invalid", errors=3),
    )
    assert uji(table).five == "valid" and table.totals.datasets == 2
    assert both(published("2026-11-19T09:00:00+09:00"), seen()).totals.datasets == 1


def test_what_the_ledger_published_into_a_folder_is_what_was_collected_from_it() -> None:
    told = published("2026-11-19T09:00:00+09:00", portal="portal")
    assert both(told, seen(source="folder:portal")).totals.datasets == 1
    elsewhere = published("2026-11-19T09:00:00+09:00", portal="/srv/portal", content_sha256="a" * 64)
    assert both(elsewhere, seen(source="folder:portal")).totals.datasets == 1


def test_a_name_alone_makes_no_state_but_a_question() -> None:
    table = drawn(other(UJI, 1, title="AED設置場所", maybe="aed", rows=3))
    found = uji(table)
    assert found.five == "none" and not found.is_published
    assert "「AED設置場所」がありますが" in why(found, TODAY, "ja") and "correct r1 --dataset" in next_step(
        found, "ja"
    )
    assert not any(uji(drawn(seen(), other(UJI, 1, maybe="aed"))).hint)


def test_a_file_that_does_not_say_whose_it_is_is_told_of() -> None:
    assert drawn(seen(municipality="", organisation="")).totals.unplaced == 1
    assert drawn(other(UJI, 1)).totals.unmatched == 0
