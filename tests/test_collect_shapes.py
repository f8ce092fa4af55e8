"""Answers of portals of every make, saved ones among them, read as datasets."""

import json
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odtool.collect import graph, shapes
from odtool.collect.dcat import Feed, datasets
from odtool.collect.fetch import Fetcher
from odtool.collect.here import Folder, OpenDataList, Published
from odtool.collect.listed import UnseenError
from odtool.collect.manners import Hosts
from odtool.collect.wire import Wire
from odtool.datasets import catalog
from odtool.portal import national
from odtool.portal.entries import entry
from tests.collecting import AED, Request, Site, collected, reading, seen, send, site
from tests.publishing import NOW, catalogue, publish, sample


@pytest.fixture
def portal():
    with site() as made:
        yield made


def answer(portals: Path, name: str) -> Any:
    return json.loads((portals / name).read_text("utf-8"))


def test_an_answer_of_the_national_portal_is_read(portals: Path) -> None:
    found = shapes.ckan(
        answer(portals, "data.go.jp/package_show.json")[0]["result"], "https://www.data.go.jp/data"
    )
    assert found and found.id == "caa_20181122_0027" and found.organisation == "消費者庁"
    (file,) = found.files
    assert (file.format, file.licence[0], file.mark, file.size) == ("PDF", "CC-BY", "", None)
    assert file.day == "2018-12-10" and found.tags[1] == "予算_決算_調達関連情報"


def test_the_answers_of_a_prefectures_portal_are_read_though_they_lack_half(portals: Path) -> None:
    told = answer(portals, "yamaguchi/package_search_subset_2025-06-10.json")
    raw = [entry for key, entries in told.items() if key != "timestamp" for entry in entries]
    found = [shapes.ckan(entry, "https://yamaguchi-opendata.jp/ckan") for entry in raw]
    assert len(found) == len(raw) == 93 and all(found)
    assert sum(len(one.files) for one in found if one) >= 332
    assert all(file.url.startswith("https://") for one in found if one for file in one.files)


def test_an_answer_of_shirasagi_is_read(portals: Path) -> None:
    found = shapes.shirasagi(
        answer(portals, "_shirasagi_fixture/package_show.json")["result"], "https://source.example.jp/api"
    )
    assert (
        found
        and found.id.startswith("29b8d70d")
        and found.name == "サンプルデータ【1】"
        and found.tags == ("タグ",)
    )
    (file,) = found.files
    assert (
        file.url.endswith("/sample.txt") and "resource" in file.url and file.licence == ("cc-by", "CC BY", "")
    )
    assert file.day == "2019-05-22" and file.mark and found.organisation == "東区"


def test_a_portal_of_shirasagi_is_read_from_end_to_end(portal: Site, tmp_path: Path) -> None:
    portal.action("/api/package_list", ["u-1"])
    portal.action("/api/package_show", {"uuid": "u-1", "name": "【舞鶴市】444", "state": "public", "tags": ["a"], "groups": [], "resources": [
        {"uuid": "r-1", "name": "x", "download_url": f"{portal.address}/r/x.csv", "format": "CSV", "updated": "2026-04-01T00:00:00+09:00",
         "license": {"uid": "cc-by", "name": "CC BY 4.0"}}]})  # fmt: skip
    portal.put("/r/x.csv", AED)
    collected(tmp_path / "s", reading(portal, type="shirasagi"))
    one = seen(tmp_path / "s")["r-1"]
    assert (one.verdict, one.municipality, one.placed_by, one.licence) == (
        "valid",
        "262021",
        "title",
        "CC-BY-4.0",
    )
    assert any("limit=0" in path for path in portal.asked)


def test_a_portal_of_dataeye_is_read_from_end_to_end(portal: Site, tmp_path: Path) -> None:
    portal.action("/ckan_api/package_list", [7, "8"])
    for n in (7, 8):
        portal.action(f"/ckan_api/package_show?id={n}", {"id": n, "title": "AED", "organization": "京都市", "resources": [
            {"id": n, "title": "一覧", "url": f"{portal.address}/resource_download/{n}", "format": "csv", "size": "9999", "license": "pdl"}]})  # fmt: skip
        portal.put(f"/resource_download/{n}", AED)
    collected(tmp_path / "s", reading(portal, type="dataeye"))
    found = seen(tmp_path / "s")
    assert set(found) == {"7", "8"} and {one.licence for one in found.values()} == {"PDL-1.0"}
    assert all(
        one.verdict == "valid" and one.size == len(AED) and one.municipality == "261009"
        for one in found.values()
    )


def test_a_look_alike_without_search_and_with_lists_is_read(portal: Site, tmp_path: Path) -> None:
    portal.action("/api/3/action/package_list", ["a", "gone"])
    portal.action("/api/3/action/status_show", {"ckan_version": "2.2"})
    portal.action("/api/3/action/package_show?id=a", [{"name": "a", "title": "A", "tags": ["x", " y"], "organization": None, "license_id": None,
        "metadata_modified": "月, 03/27/2017 - 00:00", "resources": [{"id": "r", "url": f"{portal.address}/f.csv", "last_modified": "2017"}]}])  # fmt: skip
    portal.put("/f.csv", AED)
    (result,) = collected(tmp_path / "s", reading(portal))
    assert result.state == "done"
    one = seen(tmp_path / "s")["r"]
    assert (one.verdict, one.updated, one.open, one.municipality, one.placed_by) == (
        "valid",
        "",
        None,
        "261009",
        "rows",
    )


def test_a_folder_of_ours_is_read_without_a_request(tmp_path: Path) -> None:
    from odtool.collect.settings import Reading

    publish(catalogue(tmp_path / "out"), sample("261009_aed.csv"))
    (listed,) = Folder(tmp_path / "out").datasets()
    assert listed.owner == "261009" and listed.files[0].mark
    (result,) = collected(tmp_path / "s", Reading("f", "folder", path=str(tmp_path / "out")))
    (one,) = seen(tmp_path / "s").values()
    assert (one.verdict, one.dataset, one.licence, result.requests) == ("valid", "suisho-aed", "CC-BY-4.0", 0)
    (result,) = collected(tmp_path / "s", Reading("f", "folder", path=str(tmp_path / "out")))
    assert result.fetched == 0 and result.news == 0


def test_the_feed_of_a_folder_of_ours_is_read_over_the_web(portal: Site, tmp_path: Path) -> None:
    publish(catalogue(tmp_path / "out"), sample("261009_aed.csv"))
    for file in (tmp_path / "out").rglob("*"):
        if file.is_file():
            portal.put("/" + file.relative_to(tmp_path / "out").as_posix(), file.read_bytes())
    (result,) = collected(
        tmp_path / "s", reading(portal, type="dcat", url=f"{portal.address}/catalog.jsonld")
    )
    (one,) = seen(tmp_path / "s").values()
    assert (one.verdict, one.dataset, one.municipality, one.licence) == (
        "valid",
        "suisho-aed",
        "261009",
        "CC-BY-4.0",
    )
    assert result.requests == 3  # robots.txt, the feed, the file
    (result,) = collected(
        tmp_path / "s", reading(portal, type="dcat", url=f"{portal.address}/catalog.jsonld")
    )
    assert result.news == 0


def entry_of(page: str, *files: str) -> dict[str, object]:
    """A dataset of a feed, with files at these addresses."""
    held = [{"@id": file, "@type": "dcat:Distribution", "dcat:downloadURL": file} for file in files]
    return {"@id": page, "@type": "dcat:Dataset", "dct:title": page, "dcat:distribution": held}


def test_in_a_feed_nothing_is_lost_whose_address_ends_like_another(portal: Site) -> None:
    one = entry_of("http://x/262021/aed/1", "http://x/f/1/csv", "http://x/f/2/csv")
    other, later, alone = (entry_of(f"http://x/{part}") for part in ("262013/aed/1", "262048/aed/1", "a/b"))
    following = {"@id": "http://x/", "@type": "hydra:PagedCollection", "hydra:nextPage": "/feed?page=2"}
    hydra = {"hydra": "http://www.w3.org/ns/hydra/core#"}
    portal.put("/feed", {"@context": hydra, "@graph": [following, one, other, alone]})
    portal.put("/feed?page=2", {"@graph": [alone, later, one]})
    with closing(Wire(private=True)) as wire:
        fetcher = Fetcher(wire, Hosts(), pace=0, private=True)
        first, second, third, fourth = Feed(fetcher, f"{portal.address}/feed").datasets()
    assert [one.id for one in (first, second, third)] == [
        "http://x/262021/aed/1",
        "http://x/262013/aed/1",
        "b",
    ]
    assert [file.id for file in first.files] == ["http://x/f/1/csv", "http://x/f/2/csv"]
    assert fourth.name == "http://x/262048/aed/1"


@pytest.mark.parametrize("edition", ["standard", "suisho"])
def test_a_national_list_of_open_data_is_read_in_both_editions(
    edition: str, portal: Site, tmp_path: Path
) -> None:
    from odtool.collect.settings import Reading

    publish(catalogue(tmp_path / "out"), sample("261009_aed.csv"))
    place = next((tmp_path / "out").glob("*/datapackage.json"))
    made = entry(place.parent.name, json.loads(place.read_text("utf-8")))
    assert made
    data = national.listed(edition, [made], national.numbered([made], {}), f"{portal.address}/")
    (tmp_path / "list.csv").write_bytes(data)
    portal.put(f"/{made.name}/{made.files[0].name}", AED)
    portal.put(f"/{made.name}/index.html", "<html>page</html>")
    (listed,) = OpenDataList(str(tmp_path / "list.csv")).datasets()
    assert listed.owner == "261009" and listed.licence[0] == "CC-BY-4.0"
    collected(
        tmp_path / "s", Reading("l", "list", path=str(tmp_path / "list.csv"), pace=0, allow_private=True)
    )
    (one,) = seen(tmp_path / "s").values()
    assert one.municipality == "261009"
    assert one.verdict == (
        "valid" if edition == "standard" else "not-seen"
    )  # the old edition names pages, not files


def test_bodies_in_one_list_have_their_own_datasets_whatever_their_numbers(tmp_path: Path) -> None:
    labels = catalog.dataset("suisho-open_data_list").fields
    rows = [
        {
            "都道府県コード又は市区町村コード": code,
            "NO": "1",
            "データ名称": name,
            "URL": f"http://x/{name}.csv",
        }
        for code, name in (("262021", "a"), ("", "b"), ("262013", "c"))
    ]
    text = [",".join(label.name for label in labels)]
    text += [",".join(row.get(label.name, "") for label in labels) for row in rows]
    (tmp_path / "list.csv").write_text("\n".join(text), "utf-8")
    found = list(OpenDataList(str(tmp_path / "list.csv")).datasets())
    assert [(one.id, one.owner, len(one.files)) for one in found] == [
        ("262021_1", "262021", 2),
        ("262013_1", "262013", 1),
    ]


def test_a_table_that_is_no_list_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(AED)
    with pytest.raises(UnseenError, match="一覧の項目名"):
        list(OpenDataList(str(tmp_path / "x.csv")).datasets())


def test_what_the_ledger_says_is_looked_for_where_it_was_published(tmp_path: Path) -> None:
    from odtool.collect.settings import Reading
    from odtool.ledger.record import Publication, ledger

    publish(catalogue(tmp_path / "out"), sample("261009_aed.csv"))
    there = tmp_path / "out/261009_aed/261009_aed.csv"
    with ledger(tmp_path / "l.sqlite") as book:
        for name, url in (("261009_aed", str(there)), ("gone", str(tmp_path / "nothing.csv"))):
            book.note(
                Publication(
                    NOW, "folder", name, "a.csv", "261009", "aed", "suisho", "create", "", "x", 0, 0, url, "t"
                )
            )
    assert len(list(Published(tmp_path / "l.sqlite").datasets())) == 2
    collected(tmp_path / "s", Reading("l", "ledger", path=str(tmp_path / "l.sqlite")))
    from odtool.coverage.observed import store

    with store(tmp_path / "s") as open_:
        found = {one.dataset_name.partition("@")[0]: one for one in open_.latest()}
    assert (found["261009_aed"].verdict, found["gone"].alive) == ("valid", False)


TURTLE = b"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<http://x/dataset/a> a dcat:Dataset ; dct:title "A" ; dct:identifier "a" ; dcat:distribution <http://x/r/1> .
<http://x/r/1> a dcat:Distribution ; dcat:accessURL <http://x/f.csv> ; dct:format "CSV" .
"""


def test_turtle_and_xml_say_the_same_as_json() -> None:
    rdflib = pytest.importorskip("rdflib")
    parsed = rdflib.Graph().parse(data=TURTLE, format="turtle")
    forms = {
        "turtle": TURTLE,
        "xml": parsed.serialize(format="xml").encode(),
        "json-ld": parsed.serialize(format="json-ld").encode(),
    }
    found = {
        form: list(datasets(graph.read(data, graph.form_of("", "", data)), "http://x/"))
        for form, data in forms.items()
    }
    assert (
        found["turtle"] == found["xml"] == found["json-ld"]
        and found["xml"][0].files[0].url == "http://x/f.csv"
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"<", b"<rdf", b"[" * 100_000, b'{"@graph": {"@graph": ' * 500, b"@prefix", b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>'],
)  # fmt: skip
def test_a_feed_that_is_none_is_told_in_a_sentence(data: bytes) -> None:
    with pytest.raises(UnseenError):
        graph.read(data, graph.form_of("x.ttl" if data.startswith(b"@") else "", "", data))


def test_no_context_is_fetched_from_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("asked the network"))
    data = json.dumps(
        {
            "@context": "http://127.0.0.1:9/context.jsonld",
            "@type": "dcat:Dataset",
            "@id": "http://x/a",
            "dct:title": "A",
        }
    ).encode()
    assert [one.name for one in datasets(graph.read(data, "json-ld"), "")] == ["A"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["name", "id", "title", "resources", "url", "extras", "key", "value", "tags", "organization", "groups",
      "license", "state", "size", "@id", "@graph", "@type", "@context", "@value", "dcat:distribution"]), inner, max_size=6),
    max_leaves=25,
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "name",
                "id",
                "uuid",
                "title",
                "resources",
                "extras",
                "tags",
                "organization",
                "groups",
                "license_id",
                "areas",
                "site",
            ]
        ),
        JSON,
    )
)
@settings(max_examples=300, deadline=None)
def test_whatever_a_portal_answers_is_read_without_a_fault(raw: dict[str, Any]) -> None:
    for read in (shapes.ckan, shapes.dataeye, shapes.shirasagi):
        found = read(raw, "http://127.0.0.1/api")
        assert found is None or (found.id and found.fingerprint)


@given(JSON)
@settings(max_examples=300, deadline=None)
def test_whatever_a_feed_holds_is_read_without_a_fault(document: Any) -> None:
    with suppress(UnseenError):
        list(datasets(graph.read(json.dumps(document).encode(), "json-ld"), "http://x/"))


def test_shirasagis_search_is_asked_for_everything_and_not_for_its_own_colon(
    portal: Site, tmp_path: Path
) -> None:
    """Without q it answers with those datasets alone that hold a colon somewhere."""
    sets = [
        {"uuid": f"u-{n}", "name": name, "state": "public", "tags": [], "groups": [{"name": "京都府/舞鶴市/企画課"}], "resources": [
            {"uuid": f"r-{n}", "name": "x", "download_url": f"{portal.address}/x.csv", "format": "CSV"},
            {"uuid": f"c-{n}", "name": "closed", "download_url": f"{portal.address}/x.csv", "format": "CSV", "state": "closed"},
            {"uuid": f"l-{n}", "name": "elsewhere", "originai_url": f"{portal.address}/y.csv", "format": "CSV", "license_id": 3}]}
        for n, name in enumerate(("a: b", "c"))
    ]  # fmt: skip

    def search(request: Request) -> None:
        asked = parse_qs(urlsplit(request.path).query, keep_blank_values=True)
        word = asked.get("q", [":"])[0]
        found = [one for one in sets if word in str(one["name"])]
        send(
            request,
            200,
            {},
            json.dumps({"success": True, "result": {"count": len(found), "results": found}}).encode(),
        )

    portal.answers["/api/package_search"] = search
    portal.put("/x.csv", AED)
    portal.put("/y.csv", AED)
    collected(tmp_path / "s", reading(portal, type="shirasagi", url=f"{portal.address}/api"))
    found = seen(tmp_path / "s")
    assert set(found) == {"r-0", "r-1", "l-0", "l-1"}
    assert {one.municipality for one in found.values()} == {"262021"}
    assert found["l-0"].url.endswith("/y.csv") and found["l-0"].licence == ""


def test_a_dataset_that_shirasagi_says_is_not_found_does_not_end_the_listing(
    portal: Site, tmp_path: Path
) -> None:
    portal.action("/api/package_list", ["gone", "u-1"])
    portal.put(
        "/api/package_show?id=gone",
        {"success": False, "error": {"message": "Not found", "type": "Not Found Error"}},
    )
    portal.action("/api/package_show?id=u-1", {"uuid": "u-1", "name": "x", "resources": []})
    (result,) = collected(tmp_path / "s", reading(portal, type="shirasagi", url=f"{portal.address}/api"))
    assert (result.state, result.datasets) == ("done", 1)
