"""Zips on portals: each table in them is a file of its own, and none of them a danger."""

import io
import struct
import warnings
import zipfile
from pathlib import Path

import pytest

from odtool.collect import judging, within
from odtool.coverage.matrix import Seen, coverage
from odtool.coverage.observed import store
from odtool.coverage.sighting import Correction
from tests.collecting import AED, NOW, Site, collected, package, reading, seen, site, zipped

LATER = "2026-11-21T09:00:00+09:00"
OTHER = b"\xef\xbb\xbf" + "名称,住所\r\n庁舎,京都市\r\n".encode()


@pytest.fixture
def portal():
    with site() as made:
        yield made


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


def listed(portal: Site, body: bytes, mark: str) -> None:
    portal.put("/f/a.zip", body)
    file = {"url": f"{portal.address}/f/a.zip", "format": "ZIP", "last_modified": mark, "name": "まとめ"}
    portal.ckan([package("d", file)])


def test_each_table_of_a_zip_is_judged_as_a_file_of_its_own(portal: Site, book: Path) -> None:
    wrong = AED.replace(b"26100", b"99999")
    listed(
        portal,
        zipped(aed__csv=AED, bad__csv=wrong, other__csv=OTHER, in__zip=zipped(aed__csv=AED)),
        "2026-01-01",
    )
    collected(book, reading(portal))
    found = seen(book)
    assert {name: one.verdict for name, one in found.items()} == {
        "d-1": "not-checked", "d-1!/aed.csv": "valid", "d-1!/bad.csv": "invalid", "d-1!/other.csv": "not-checked",
        "d-1!/in.zip/aed.csv": "valid"}  # fmt: skip
    assert "4 個" in found["d-1"].why and found["d-1!/aed.csv"].title == "d / まとめ / aed.csv"
    assert found["d-1!/aed.csv"].url.endswith("a.zip") and found["d-1!/aed.csv"].municipality == "261009"


def test_a_zip_counts_as_the_one_file_that_it_is(portal: Site, book: Path) -> None:
    listed(portal, zipped(a__csv=AED, b__csv=OTHER), "2026-01-01")
    collected(book, reading(portal))
    from datetime import date

    with store(book) as open_:
        drawn = coverage(
            [], [], datasets={"aed": "AED"}, today=date(2026, 11, 20), seen=Seen(list(open_.latest()))
        )
    (row,) = drawn.rows
    assert (row.body.files, row.cells[0].state) == (1, "published")


def test_what_a_zip_holds_no_more_is_gone_and_what_could_not_be_seen_is_not(portal: Site, book: Path) -> None:
    listed(portal, zipped(a__csv=AED, b__csv=OTHER), "2026-01-01")
    collected(book, reading(portal))
    listed(portal, zipped(a__csv=AED, b__csv=OTHER), "2026-02-01")
    portal.put("/f/a.zip", b"later", 503, Retry_After="0")
    collected(book, reading(portal), now=LATER)
    one = seen(book)["d-1!/a.csv"]
    assert (one.verdict, one.dataset) == ("not-seen", "suisho-aed")
    listed(portal, zipped(a__csv=AED, b__csv=OTHER), "2026-02-01")
    collected(book, reading(portal), now="2026-11-22T09:00:00+09:00")
    assert seen(book)["d-1!/a.csv"].verdict == "valid"
    listed(portal, zipped(a__csv=AED, c__csv=OTHER), "2026-03-01")
    collected(book, reading(portal), now="2026-11-23T09:00:00+09:00")
    assert set(seen(book)) == {"d-1", "d-1!/a.csv", "d-1!/c.csv"}


def test_a_zip_that_is_as_it_was_keeps_what_it_holds(portal: Site, book: Path) -> None:
    listed(portal, zipped(a__csv=AED, b__csv=OTHER), "2026-01-01")
    collected(book, reading(portal))
    before = seen(book)
    (result,) = collected(book, reading(portal), now=LATER)
    assert result.fetched == 0 and seen(book) == before
    listed(portal, zipped(a__csv=AED, b__csv=OTHER), "2026-02-01")  # the portal says that it changed
    collected(book, reading(portal), now=LATER)
    assert {name: one.verdict for name, one in seen(book).items()} == {
        name: one.verdict for name, one in before.items()
    }


def test_an_officers_word_on_one_table_of_a_zip_counts_for_that_table_alone(portal: Site, book: Path) -> None:
    listed(portal, zipped(a__csv=AED, b__csv=OTHER), "2026-01-01")
    collected(book, reading(portal))
    with store(book) as open_:
        open_.correct(
            Correction(NOW, portal.address, "d", "d-1!/b.csv", "dataset", "suisho-aed", "見た", "私")
        )
    collected(book, reading(portal), now=LATER)
    found = seen(book)
    assert (found["d-1!/b.csv"].recognised_by, found["d-1!/b.csv"].verdict) == ("officer", "invalid")
    assert (found["d-1!/a.csv"].recognised_by, found["d-1!/a.csv"].verdict) == ("contents", "valid")
    assert found["d-1"].recognised_by == ""


def nested(depth: int, inner: bytes) -> bytes:
    for _ in range(depth):
        inner = zipped(z__zip=inner)
    return inner


def test_zips_within_zips_have_an_end() -> None:
    (deep,) = within.tables(nested(9, zipped(a__csv=AED)))
    assert not deep.data and "段" in deep.why[0]
    (shallow,) = within.tables(nested(within.DEPTH - 1, zipped(a__csv=AED)))
    assert shallow.data == AED


def test_what_unpacks_to_too_much_is_not_unpacked() -> None:
    (one,) = within.tables(zipped(a__csv=b"\0" * 250_000_000))
    assert not one.data and "大きく" in one.why[0]
    parts = {f"p{n}__csv": b"0" * 900_000 for n in range(40)}  # each within the limit, together beyond it
    packed = zipped(**parts)
    left = list(within.tables(packed))
    assert sum(len(one.data) for one in left) <= max(within.LEAST, within.RATIO * len(packed))
    assert "大きく" in left[-1].why[0]


def test_a_directory_that_lies_about_sizes_is_not_believed() -> None:
    body = bytearray(zipped(a__csv=b"0" * 5_000_000))
    place = body.rindex(b"PK\1\2")
    struct.pack_into("<I", body, place + 24, 10)
    (one,) = within.tables(bytes(body))
    assert len(one.data) <= within.LEAST


@pytest.mark.parametrize("cut", [10, 60, -30, -5])
def test_a_zip_that_is_broken_is_told_in_a_sentence(cut: int) -> None:
    one = judging.seen(zipped(a__csv=AED, b__csv=AED)[:cut], "a.zip")
    assert one.verdict == "not-checked" and one.why and one.why_en


def test_too_many_tables_are_told_and_not_left_out_silently() -> None:
    many = {f"t{n}__csv": b"a,b\r\n1,2\r\n" for n in range(within.TABLES + 5)}
    found = list(within.tables(zipped(**many)))
    assert sum(bool(one.data) for one in found) == within.TABLES and "より多い" in found[-1].why[0]


def test_a_table_behind_thousands_of_other_entries_is_not_called_missing() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for n in range(within.MEMBERS):
            archive.writestr(f"{n}.jpg", b"x")
        archive.writestr("aed.csv", AED)
    found = judging.seen(made.getvalue(), "a.zip")
    assert (
        found.verdict == "not-checked" and "2,000 個より多い" in found.why and "2,000 entries" in found.why_en
    )


def test_names_in_a_zip_lead_nowhere_and_two_of_one_name_are_both_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2):
            archive.writestr("../../etc/a.csv", AED)
    found = judging.seen(target.getvalue(), "a.zip")
    assert [one.verdict for _, one in found.inside] == ["valid", "valid"]
    assert len({name for name, _ in found.inside}) == 2 and not list(tmp_path.iterdir())


def test_a_file_too_large_to_try_repairs_on_says_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = AED.replace(b"26100", b"99999")
    assert judging.seen(wrong, "a.csv").fixable is not None
    monkeypatch.setattr(judging, "CLOSE_LOOK", len(wrong) - 1)
    one = judging.seen(wrong, "a.csv")
    assert one.errors and one.fixable is None
