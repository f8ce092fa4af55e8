"""Collecting from portals: what is noted, what is asked, and how little."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from odtool.collect.gather import Wishes
from odtool.coverage.observed import store
from odtool.coverage.sighting import Correction
from tests.collecting import AED, NOW, Request, Site, collected, package, reading, seen, site, zipped
from tests.publishing import SAMPLES

LATER = "2026-11-21T09:00:00+09:00"


@pytest.fixture
def portal():
    with site() as made:
        yield made


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


def kept(
    portal: Site, name: str, body: bytes = AED, *, mark: str = "2026-04-01T00:00:00", **more: str
) -> dict[str, str]:
    """A file that the portal keeps itself and vouches for."""
    portal.put(f"/files/{name}", body, ETag=f'"{hash(body)}"')
    return {"url": f"{portal.address}/files/{name}", "last_modified": mark, "name": name, **more}


def test_a_file_is_recognised_by_its_contents_and_not_by_its_name(portal: Site, book: Path) -> None:
    portal.ckan([package("444", kept(portal, "x.csv"))])
    (result,) = collected(book, reading(portal))
    (one,) = seen(book).values()
    assert result.state == "done" and result.code == 0
    assert (one.dataset, one.verdict, one.recognised_by) == ("suisho-aed", "valid", "contents")
    assert (one.municipality, one.placed_by, one.licence, one.open) == (
        "261009",
        "organisation",
        "CC-BY-4.0",
        True,
    )
    assert (one.alive, one.format, one.updated, one.updated_by) == (True, "CSV", "2026-04-01", "portal")


def test_a_name_that_promises_a_dataset_is_a_hint_and_no_verdict(portal: Site, book: Path) -> None:
    portal.ckan([package("261009_aed", kept(portal, "261009_aed.csv", b"a,b\r\n1,2\r\n"))])
    collected(book, reading(portal))
    (one,) = seen(book).values()
    assert (one.dataset, one.verdict, one.maybe) == ("", "not-checked", "aed") and one.why


def test_nothing_is_asked_for_again_where_the_portal_vouches_for_its_files(portal: Site, book: Path) -> None:
    portal.ckan([package(f"d{n}", kept(portal, f"{n}.csv"), kept(portal, f"{n}b.csv")) for n in range(3)])
    collected(book, reading(portal))
    portal.asked.clear()
    (result,) = collected(book, reading(portal), now=LATER)
    assert portal.requests("/files") == 0 and result.news == 0 and result.verdicts["valid"] == 6


def test_a_dataset_of_links_is_asked_for_one_file_at_most(portal: Site, book: Path) -> None:
    files = [{**kept(portal, f"{n}.csv"), "last_modified": ""} for n in range(4)]
    portal.ckan([package("links", *files)])
    collected(book, reading(portal))
    assert portal.requests("/files") == 4
    asked = set()
    for day in range(4):
        portal.asked.clear()
        portal.headers.clear()
        collected(book, reading(portal), now=f"2026-12-0{day + 1}T09:00:00+09:00")
        assert portal.requests("/files") == 1 and "if-none-match" in portal.headers[-1]
        asked |= {path for path in portal.asked if path.startswith("/files")}
    assert len(asked) == 4  # in turn


def test_a_link_that_changed_brings_the_others_to_be_asked_for(portal: Site, book: Path) -> None:
    files = [{**kept(portal, f"{n}.csv"), "last_modified": ""} for n in range(3)]
    portal.ckan([package("links", *files)])
    collected(book, reading(portal))
    for n in range(3):
        portal.put(f"/files/{n}.csv", b"a,b\r\n1,2\r\n")
    portal.asked.clear()
    collected(book, reading(portal), now=LATER)
    assert portal.requests("/files") == 3
    assert {one.dataset for one in seen(book).values()} == {""}


def test_a_replaced_file_is_fetched_and_judged_again(portal: Site, book: Path) -> None:
    portal.ckan([package("d", kept(portal, "a.csv"))])
    collected(book, reading(portal))
    wrong = AED.replace(b"26100", b"99999")
    portal.ckan([package("d", kept(portal, "a.csv", wrong, mark="2026-05-01T00:00:00"))])
    collected(book, reading(portal), now=LATER)
    (one,) = seen(book).values()
    assert one.verdict == "invalid" and one.errors and one.rules and one.updated == "2026-05-01"


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (200, b"<!DOCTYPE html><html><body>moved</body></html>", {}),
        (202, b"<html>challenge</html>", {}),
        (403, b"no", {}),
        (503, b"later", {"Retry_After": "0"}),
        (200, b"x", {"Content_Encoding": "br"}),
    ],
)
def test_what_came_in_place_of_a_file_is_not_seen_and_never_unpublished(
    portal: Site, book: Path, status: int, body: bytes, headers: dict[str, str]
) -> None:
    portal.ckan([package("d", kept(portal, "a.csv"))])
    collected(book, reading(portal))
    portal.ckan([package("d", kept(portal, "a.csv", mark="2026-06-01T00:00:00"))])
    portal.put("/files/a.csv", body, status, **headers)
    collected(book, reading(portal), now=LATER)
    one = seen(book)["d-1"]
    assert (one.verdict, one.alive) == ("not-seen", None) and one.why and one.why_en
    assert (one.dataset, one.municipality) == ("suisho-aed", "261009")  # as it was known before


def test_a_dead_link_is_told_and_comes_back_to_life(portal: Site, book: Path) -> None:
    portal.ckan([package("d", {**kept(portal, "a.csv"), "last_modified": ""})])
    del portal.answers["/files/a.csv"]
    (result,) = collected(book, reading(portal))
    assert result.dead == 1 and seen(book)["d-1"].alive is False
    kept(portal, "a.csv")
    collected(book, reading(portal), now=LATER)
    assert seen(book)["d-1"].verdict == "valid" and seen(book)["d-1"].alive is True


def test_a_dataset_that_is_listed_no_more_is_gone_and_one_that_could_not_be_listed_is_not(
    portal: Site, book: Path
) -> None:
    both = [package("a", kept(portal, "a.csv")), package("b", kept(portal, "b.csv"))]
    portal.ckan(both)
    collected(book, reading(portal))
    broken = portal.answers.pop("/api/3/action/package_search")
    portal.put("/api/3/action/package_search", b"<html>down</html>", 500)
    (result,) = collected(book, reading(portal), now=LATER)
    assert (result.state, result.code) == ("failed", 3) and len(seen(book)) == 2
    portal.answers["/api/3/action/package_search"] = broken
    portal.ckan(both[:1])
    (result,) = collected(book, reading(portal), now=LATER)
    assert result.gone == 1 and set(seen(book)) == {"a-1"}


def test_a_listing_that_shrinks_at_once_is_not_believed(portal: Site, book: Path) -> None:
    portal.ckan([package(f"d{n}", kept(portal, f"{n}.csv")) for n in range(12)])
    collected(book, reading(portal))
    portal.ckan([])
    (result,) = collected(book, reading(portal), now=LATER)
    assert result.gone == 0 and result.code == 3 and len(seen(book)) == 12


def test_pages_are_read_to_the_end_and_a_listing_that_ends_early_says_so(portal: Site, book: Path) -> None:
    packages = [package(f"d{n:03}") for n in range(230)]
    portal.ckan(packages)
    (result,) = collected(book, reading(portal))
    assert result.datasets == 230 and portal.requests("/api/3/action/package_search") == 3
    portal.action("/api/3/action/package_search", {"count": 900, "results": packages[:100]})
    (result,) = collected(book, reading(portal), now=LATER)
    assert result.state == "partial" and result.code == 3 and result.gone == 0


def test_one_dead_portal_stops_only_itself(portal: Site, book: Path) -> None:
    portal.ckan([package("d", kept(portal, "a.csv"))])
    dead = reading(portal, url="http://127.0.0.1:9", type="ckan")
    results = collected(book, reading(portal), dead.__class__(**{**_fields(dead), "name": "dead"}))
    assert [result.state for result in results] == ["done", "failed"] and results[1].ja


def _fields(made: object) -> dict[str, object]:
    return {name: getattr(made, name) for name in made.__slots__}  # type: ignore[attr-defined]


def test_robots_txt_is_obeyed_until_a_permission_is_noted(portal: Site, book: Path) -> None:
    portal.robots = b"User-agent: *\nDisallow: /api/\n"
    portal.ckan([package("d", kept(portal, "a.csv"))])
    (result,) = collected(book, reading(portal))
    assert result.state == "failed" and "robots.txt" in result.ja and not portal.asked
    (result,) = collected(book, reading(portal, permission="情報政策課 2026-04-01"), now=LATER)
    assert result.state == "done" and seen(book)["d-1"].verdict == "valid"


def test_where_robots_txt_forbids_the_api_the_feed_is_read(portal: Site, book: Path) -> None:
    portal.robots = b"User-agent: *\nDisallow: /api/\n"
    kept(portal, "a.csv")
    portal.put("/catalog.jsonld", {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/"},
        "@graph": [
            {"@id": "http://x/dataset/1", "@type": "dcat:Dataset", "dct:title": "AED", "dct:identifier": "1",
             "dct:publisher": {"@id": "_:p"}, "dcat:distribution": {"@id": "http://x/resource/r1"}},
            {"@id": "_:p", "@type": "foaf:Agent", "foaf:name": "京都市"},
            {"@id": "http://x/resource/r1", "@type": "dcat:Distribution", "dct:license": {"@id": "https://creativecommons.org/licenses/by/4.0/"},
             "dcat:accessURL": {"@id": f"{portal.address}/files/a.csv"}, "dct:format": "CSV"},
        ]})  # fmt: skip
    (result,) = collected(book, reading(portal, feed=f"{portal.address}/catalog.jsonld"))
    one = seen(book)["r1"]
    assert result.state == "done" and (one.verdict, one.municipality, one.licence) == (
        "valid",
        "261009",
        "CC-BY-4.0",
    )


def test_a_collector_says_who_asks(portal: Site, book: Path) -> None:
    portal.ckan([package("d", kept(portal, "a.csv"))])
    collected(book, reading(portal, contact="https://example.jp/ask"))
    assert all(
        h["user-agent"].startswith("odtool/") and "https://example.jp/ask" in h["user-agent"]
        for h in portal.headers
    )


@pytest.mark.parametrize("contact", ["京都府情報政策課", "a\r\nX-More: b", "\ud800"])
def test_whatever_the_contact_is_the_portal_is_read(portal: Site, book: Path, contact: str) -> None:
    portal.ckan([package("d", kept(portal, "a.csv"))])
    (result,) = collected(book, reading(portal, contact=contact))
    assert result.state == "done" and all("x-more" not in told for told in portal.headers)


def test_what_software_a_portal_runs_is_found_out_once(portal: Site, book: Path) -> None:
    portal.ckan([package("d", kept(portal, "a.csv"))], base="/ckan/api/3/action")
    collected(book, reading(portal, type=""))
    assert seen(book)["d-1"].verdict == "valid"
    portal.asked.clear()
    collected(book, reading(portal, type=""), now=LATER)
    assert not any("status_show" in path for path in portal.asked)


def test_organisations_of_one_prefecture_are_read_one_by_one(portal: Site, book: Path) -> None:
    nara = {"organization": {"name": "292010", "title": "奈良市"}}
    portal.ckan([package("kyoto", kept(portal, "a.csv")), package("nara", kept(portal, "b.csv"), **nara)])
    (result,) = collected(book, reading(portal, prefecture="奈良県"))
    assert result.datasets == 1 and set(seen(book)) == {"nara-1"}


def test_two_readings_of_one_portal_do_not_take_the_others_datasets_for_gone(
    portal: Site, book: Path
) -> None:
    nara = {"organization": {"name": "292010", "title": "奈良市"}}
    portal.ckan([package("kyoto", kept(portal, "a.csv")), package("nara", kept(portal, "b.csv"), **nara)])
    one = _fields(reading(portal, organizations=("261009",)))
    two = _fields(reading(portal, organizations=("292010",)))
    both = [
        type(reading(portal))(**{**one, "name": "kyoto"}),
        type(reading(portal))(**{**two, "name": "nara"}),
    ]
    collected(book, *both)
    collected(book, *both, now=LATER)
    assert set(seen(book)) == {"kyoto-1", "nara-1"}


def test_an_officers_word_decides_what_a_file_is_and_whose(portal: Site, book: Path) -> None:
    portal.ckan(
        [package("d", kept(portal, "a.csv", b"\xef\xbb\xbf" + "名称,住所\r\n庁舎,京都市\r\n".encode()))]
    )
    collected(book, reading(portal))
    with store(book) as open_:
        for what, value in (("dataset", "suisho-aed"), ("municipality", "262021")):
            open_.correct(Correction(NOW, portal.address, "d", "d-1", what, value, "見た", "私"))  # type: ignore[arg-type]
    collected(book, reading(portal), now=LATER)
    one = seen(book)["d-1"]
    assert (one.dataset, one.recognised_by, one.municipality, one.placed_by) == (
        "suisho-aed",
        "officer",
        "262021",
        "officer",
    )
    assert one.verdict == "invalid"


def test_what_an_officer_left_out_is_not_fetched(portal: Site, book: Path) -> None:
    portal.ckan([package("d", kept(portal, "a.csv"))])
    with store(book) as open_:
        open_.correct(Correction(NOW, portal.address, "d", "", "ignore", "", "対象外", "私"))
    collected(book, reading(portal))
    assert portal.requests("/files") == 0 and seen(book)["d-1"].verdict == "not-checked"


def test_a_limit_is_kept_and_the_next_run_goes_on(portal: Site, book: Path) -> None:
    portal.ckan([package(f"d{n}", kept(portal, f"{n}.csv")) for n in range(5)])
    (result,) = collected(book, reading(portal), wishes=Wishes(limit=2))
    assert portal.requests("/files") == 2 and result.state == "partial" and result.code == 0
    collected(book, reading(portal))
    assert portal.requests("/files") == 5 and len(seen(book)) == 5


def test_a_pattern_that_nothing_fits_is_told(portal: Site, book: Path) -> None:
    portal.ckan([package("d", kept(portal, "a.csv"))])
    (result,) = collected(book, reading(portal), wishes=Wishes(only="zzz*"))
    assert "--only に合うデータセットがありません" in result.ja and "--only" in result.en and result.code == 0
    (result,) = collected(book, reading(portal), wishes=Wishes(only="d"))
    assert not result.ja


def test_only_and_since_narrow_what_is_looked_at(portal: Site, book: Path) -> None:
    nara = {"organization": {"name": "292010", "title": "奈良市"}, "metadata_modified": "2020-01-01T00:00:00"}
    portal.ckan(
        [
            package("kyoto", kept(portal, "a.csv")),
            package("nara", kept(portal, "b.csv", mark="2020-01-01"), **nara),
            package("silent", kept(portal, "c.csv", last_modified=None), metadata_modified=""),
        ]
    )
    collected(book, reading(portal), wishes=Wishes(only="292010"))
    assert set(seen(book)) == {"nara-1"}
    collected(book, reading(portal), wishes=Wishes(since="2026-01-01"))
    assert set(seen(book)) == {"nara-1", "kyoto-1", "silent-1"}  # nobody says that the last did not change


def test_a_workbook_under_a_csv_name_and_a_table_in_a_zip_are_read(portal: Site, book: Path) -> None:
    portal.ckan([package("d", kept(portal, "a.zip", zipped(aed__csv=AED), format="ZIP"),
                         kept(portal, "b.csv", (SAMPLES / "mended.xlsx").read_bytes() if (SAMPLES / "mended.xlsx").exists() else zipped(a__csv=AED, b__csv=AED)))])  # fmt: skip
    collected(book, reading(portal))
    assert seen(book)["d-1"].verdict == "valid"


@pytest.mark.parametrize(
    ("body", "form"), [(b"%PDF-1.7\n", "PDF"), (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "XLS")]
)
def test_what_is_no_table_inside_is_not_checked_and_says_so(
    portal: Site, book: Path, body: bytes, form: str
) -> None:
    portal.ckan([package("d", kept(portal, "a.csv", body))])
    collected(book, reading(portal))
    one = seen(book)["d-1"]
    assert (one.verdict, one.format) == ("not-checked", form) and one.why


def test_a_document_is_not_fetched_and_counted_all_the_same(portal: Site, book: Path) -> None:
    portal.ckan([package("d", kept(portal, "a.pdf", b"%PDF-1.7", format="PDF")), package("none")])
    collected(book, reading(portal))
    assert portal.requests("/files") == 0
    assert {one.dataset_name: (one.verdict, one.resource) for one in seen(book).values()} == {
        "d": ("not-checked", "d-1"), "none": ("not-checked", "")}  # fmt: skip


def test_a_run_that_was_killed_is_taken_up_where_it_ended(portal: Site, book: Path) -> None:
    """The files are links that nobody vouches for: only what the store remembers keeps them from being asked for."""
    portal.ckan(
        [
            package(f"d{n}", *({**kept(portal, f"{n}{m}.csv"), "last_modified": ""} for m in "ab"))
            for n in range(30)
        ]
    )
    program = (
        "import sys; from tests.collecting import *; from odtool.collect.settings import Reading\n"
        "collected(Path(sys.argv[1]), Reading('test', 'ckan', sys.argv[2], pace=0.1, allow_private=True))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(book), portal.address], cwd=Path(__file__).parent.parent
    )
    try:
        while portal.requests("/files") < 25 and child.poll() is None:
            time.sleep(0.01)
    finally:
        child.kill()
        child.wait()
    done = len(seen(book))
    before = portal.requests("/files")
    assert 0 < done <= before < 60
    collected(book, reading(portal), now=LATER)
    assert len(seen(book)) == 60 and portal.requests("/files") - before == 60 - done
    with store(book) as open_:
        states = {one.state for one in open_.all_progress(portal.address).values()}
    assert "begun" not in states


def test_hostile_entries_are_read_as_far_as_they_make_sense(portal: Site, book: Path) -> None:
    odd = [
        {"name": 5, "resources": "x", "tags": {"a": 1}, "organization": "s", "extras": None},
        {"name": None, "id": None},
        {"name": "<script>", "title": "\x1b[31m<b>", "resources": [None, 3, {"url": "file:///etc/passwd", "id": "f", "format": "CSV"},
         {"url": "http://169.254.169.254/latest", "id": "g", "format": "CSV"}, {"url": "javascript:alert(1)", "id": "h", "format": "CSV"},
         {"url": "http://x.example/\ud800", "id": "\ud800", "format": "CSV", "name": "\ud800"}, {"url": "http://[::1", "id": "i", "format": "CSV"}]},
    ]  # fmt: skip
    portal.action("/api/3/action/package_search", {"count": 3, "results": odd})
    portal.action("/api/3/action/status_show", {"ckan_version": "2.9"})
    private = reading(portal, allow_private=True)
    (result,) = collected(book, private)
    found = seen(book)
    assert result.state in ("done", "partial")
    assert {found[key].verdict for key in "fhi"} == {"not-seen"}
    assert "\x1b" not in json.dumps([found["f"].title, found["f"].why], ensure_ascii=False)


def test_a_dataset_that_was_empty_and_got_files_is_there_with_them(portal: Site, book: Path) -> None:
    portal.ckan([package("d")])
    collected(book, reading(portal))
    portal.ckan([package("d", kept(portal, "a.csv"))])
    collected(book, reading(portal), now=LATER)
    collected(book, reading(portal), now="2026-11-22T09:00:00+09:00")
    assert {key: one.verdict for key, one in seen(book).items()} == {"d-1": "valid"}


def test_a_link_to_a_page_that_nobody_calls_a_table_is_not_checked(portal: Site, book: Path) -> None:
    portal.put("/page", "<!doctype html><html></html>")
    portal.ckan([package("d", {"url": f"{portal.address}/page", "format": ""})])
    collected(book, reading(portal))
    assert (seen(book)["d-1"].verdict, seen(book)["d-1"].format) == ("not-checked", "HTML")


def test_a_portal_that_tells_its_datasets_one_by_one_is_asked_once_for_each(portal: Site, book: Path) -> None:
    portal.action("/api/package_list", ["a", "b"])
    for name in "ab":
        portal.action(f"/api/package_show?id={name}", {"uuid": name, "name": name, "resources": [
            {"uuid": f"r{name}", "download_url": f"{portal.address}/{name}.csv", "format": "CSV"}]})  # fmt: skip
        portal.put(f"/{name}.csv", AED)
    source = reading(portal, type="shirasagi", url=f"{portal.address}/api")
    collected(book, source)
    portal.asked.clear()
    collected(book, source, now=LATER)
    assert portal.requests("/api/package_show") == 2 and not [
        path for path in portal.asked if path.endswith(".csv")
    ]
    collected(book, source, now="2026-12-20T09:00:00+09:00")
    assert len([path for path in portal.asked if path.endswith(".csv")]) == 2


def test_files_that_are_repaired_for_certain_are_counted(portal: Site, book: Path) -> None:
    text = AED.decode("utf-8-sig").replace("26100", "２６１００")
    portal.ckan([package("d", kept(portal, "a.csv", text.encode("utf-8-sig")))])
    collected(book, reading(portal))
    one = seen(book)["d-1"]
    assert one.verdict == "invalid" and 0 < one.fixable <= one.errors


def test_a_city_on_two_portals_is_told_alike_on_both(portal: Site, book: Path) -> None:
    """So that reports can count the same file of the same city once."""
    with site() as other:
        for each in (portal, other):
            each.ckan(
                [package("262021_x", kept(each, "a.csv"), organization={"name": "262021", "title": "舞鶴市"})]
            )
        two = type(reading(other))(**{**_fields(reading(other)), "name": "other"})
        collected(book, reading(portal), two)
    with store(book) as open_:
        found = list(open_.latest())
    assert len({one.source for one in found}) == 2
    assert len({(one.municipality, one.dataset, one.sha256) for one in found}) == 1


def test_a_portal_that_gives_fewer_at_once_than_were_asked_for_is_read_to_the_end(
    portal: Site, book: Path
) -> None:
    packages = [package(f"d{n:02}") for n in range(35)]
    portal.ckan(packages)
    whole = portal.answers["/api/3/action/package_search"]

    def capped(request: Request) -> None:
        request.path = request.path.replace("rows=100", "rows=10")
        whole(request)  # type: ignore[operator]

    portal.answers["/api/3/action/package_search"] = capped
    (result,) = collected(book, reading(portal))
    assert (result.state, result.datasets) == ("done", 35)
