"""What a catalogue in a folder says of itself: pages, DCAT, sitemap, the national lists. Also to two runners, and after a crash."""

import csv
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, XSD

from odtool import page
from odtool.errors import PortalError
from odtool.judging import check
from odtool.model import FileReport
from odtool.planning.plan import Offer, Wishes
from odtool.portal import Payload, files
from odtool.portal.entries import Entry, entry
from odtool.portal.folder import Folder
from odtool.portal.national import listed, numbered
from odtool.portal.pages import look
from tests.publishing import (
    AED,
    NOTE,
    OTHER_NOTE,
    PUBLISHED,
    SAMPLES,
    edited,
    odtool,
    planned,
    publish,
    sample,
    statuses,
)

pytestmark = pytest.mark.filterwarnings(
    "ignore:ConjunctiveGraph is deprecated"
)  # rdflib's own reader uses it

SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
EU = "http://publications.europa.eu/resource/authority/"
BASE = "https://opendata.example.lg.jp/"
HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "a\x00b\x1b[31m\u202ec",
)
METADATA = {
    "frequency": "1年に1回",
    "spatial": "舞鶴市",
    "temporal": "2026-04-01/2027-03-31",
    "language": "ja",
    "source_url": "https://www.example.lg.jp/aed",
    "maintainer": "デジタル推進課",
    "maintainer_email": "od@example.lg.jp",
}


def described(name: str = "262021_aed", **parts: Any) -> dict[str, Any]:
    """A datapackage.json as odtool writes it; `parts` replace some of it."""
    return {
        "name": name,
        "title": "【舞鶴市】AED設置箇所一覧",
        "description": "AEDを置いている場所。",
        "keywords": ["自治体標準ODS", "AED設置箇所"],
        "licenses": [
            {
                "name": "CC-BY-4.0",
                "title": "クリエイティブ・コモンズ 表示 4.0 国際（CC BY 4.0）",
                "path": "https://creativecommons.org/licenses/by/4.0/deed.ja",
            }
        ],
        "contributors": [{"title": "舞鶴市", "role": "publisher"}],
        "odtool": ours(),
        "resources": [resource(f"{name}.csv")],
        **parts,
    }


def ours(**parts: Any) -> dict[str, Any]:
    return {
        "managed": True,
        "dataset": "standard-aed",
        "edition": "standard",
        "title": "AED設置箇所一覧",
        "municipality": "262021",
        "published": "2026-04-01",
        "updated": "2026-11-20",
        "metadata": METADATA,
        **parts,
    }


def resource(name: str, **parts: Any) -> dict[str, Any]:
    return {
        "name": name.removesuffix(".csv"),
        "path": name,
        "title": "AED設置箇所一覧",
        "format": "csv",
        "mediatype": "text/csv",
        "bytes": 1234,
        "hash": "sha256:" + "ab" * 32,
        "odtool": {
            "status": "valid",
            "published": "2026-04-01",
            "updated": "2026-11-20",
            "validated": "2026-11-20",
            "schema": "standard-aed",
            "tool": "odtool 9.8.7",
            "rows": 2,
            "errors": 0,
            "warnings": 1,
            "hints": 2,
        },
        **parts,
    }


def laid(root: Path, *packages: dict[str, Any], content: str = "ID,名称\r\n1,市役所\r\n2,図書館\r\n") -> Path:
    """These datasets in the folder, as if they had been published."""
    for package in packages:
        folder = root / package["name"]
        folder.mkdir(parents=True)
        (folder / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False), "utf-8")
        for each in package["resources"]:
            if isinstance(each, dict) and files.is_plain(str(each.get("path"))):
                (folder / each["path"]).write_text(content, "utf-8-sig", newline="")
    return root


def finished(root: Path, base_url: str = "") -> Path:
    Folder("f", str(root), "舞鶴市のオープンデータ", "odtool test", base_url=base_url).finish()
    return root


def entry_of(**parts: Any) -> Entry:
    found = entry("262021_aed", described(**parts))
    assert found
    return found


def tree(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }


def judged(offer: Offer, content: bytes) -> FileReport:
    return check.judge(content, offer.file_name)[0]


# --- DCAT --------------------------------------------------------------------------------------


def graph(root: Path) -> Graph:
    """The catalogue as a reader of linked data has it, when it finds the file at BASE."""
    found = Graph()
    found.parse(
        data=(root / "catalog.jsonld").read_text("utf-8"), format="json-ld", publicID=f"{BASE}catalog.jsonld"
    )
    return found


@pytest.fixture(params=[BASE, ""], ids=["known address", "address unknown"])
def linked(request: pytest.FixtureRequest, tmp_path: Path) -> Graph:
    return graph(finished(laid(tmp_path, described()), request.param))


DATASET = URIRef(f"{BASE}262021_aed/index.html#dataset")


def test_dcat_says_what_the_catalogue_holds_and_who_answers_for_it(linked: Graph) -> None:
    (catalogue,) = linked.subjects(RDF.type, DCAT.Catalog)
    assert linked.value(catalogue, DCTERMS.title) == Literal("舞鶴市のオープンデータ", lang="ja")
    assert list(linked.objects(catalogue, DCAT.dataset)) == [DATASET]
    publisher = linked.value(catalogue, DCTERMS.publisher)
    assert linked.value(publisher, FOAF.name) == Literal("京都府舞鶴市", lang="ja")
    assert linked.value(publisher, DCTERMS.identifier) == Literal("262021")


def test_dcat_describes_a_dataset(linked: Graph) -> None:
    def of(name: URIRef) -> Any:
        return linked.value(DATASET, name)

    assert of(DCTERMS.title) == Literal("【舞鶴市】AED設置箇所一覧", lang="ja")
    assert of(DCTERMS.description) == Literal("AEDを置いている場所。", lang="ja")
    assert of(DCTERMS.identifier) == Literal("262021_aed")
    assert of(DCAT.landingPage) == URIRef(f"{BASE}262021_aed/index.html")
    assert of(DCTERMS.accrualPeriodicity) == URIRef(f"{EU}frequency/ANNUAL")
    assert of(DCTERMS.issued) == Literal("2026-04-01", datatype=XSD.date)
    assert of(DCTERMS.modified) == Literal("2026-11-20", datatype=XSD.date)
    assert linked.value(of(DCTERMS.spatial), DCTERMS.identifier) == Literal("262021")
    assert linked.value(of(DCTERMS.temporal), DCAT.startDate) == Literal("2026-04-01", datatype=XSD.date)
    assert linked.value(of(DCTERMS.temporal), DCAT.endDate) == Literal("2027-03-31", datatype=XSD.date)
    assert linked.value(of(DCAT.contactPoint), VCARD.hasEmail) == URIRef("mailto:od@example.lg.jp")
    assert {str(word) for word in linked.objects(DATASET, DCAT.keyword)} == {"自治体標準ODS", "AED設置箇所"}


def test_dcat_describes_a_file(linked: Graph) -> None:
    (copy,) = linked.objects(DATASET, DCAT.distribution)
    assert linked.value(copy, DCAT.downloadURL) == URIRef(f"{BASE}262021_aed/262021_aed.csv")
    assert linked.value(copy, DCAT.accessURL) == URIRef(f"{BASE}262021_aed/index.html")
    assert linked.value(copy, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert linked.value(copy, DCAT.mediaType) == URIRef(
        "http://www.iana.org/assignments/media-types/text/csv"
    )
    assert linked.value(copy, DCAT.byteSize) == Literal("1234", datatype=XSD.nonNegativeInteger)
    checksum = linked.value(copy, SPDX.checksum)
    assert linked.value(checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
    assert linked.value(checksum, SPDX.checksumValue) == Literal("ab" * 32, datatype=XSD.hexBinary)


def test_what_nobody_stated_is_not_in_dcat(tmp_path: Path) -> None:
    bare = described(odtool=ours(metadata={"frequency": "気が向いたとき", "temporal": "昔"}, published=None))
    found = graph(finished(laid(tmp_path, bare)))
    for name in (
        DCTERMS.accrualPeriodicity,
        DCTERMS.temporal,
        DCTERMS.issued,
        DCAT.contactPoint,
        DCTERMS.source,
    ):
        assert found.value(DATASET, name) is None
    assert found.value(found.value(DATASET, DCTERMS.spatial), DCTERMS.identifier) == Literal("262021")


def test_an_area_that_is_not_the_municipality_does_not_get_its_code(tmp_path: Path) -> None:
    found = graph(finished(laid(tmp_path, described(odtool=ours(metadata={"spatial": "加佐地区"})))))
    area = found.value(DATASET, DCTERMS.spatial)
    assert found.value(area, DCTERMS.identifier) is None
    assert Literal("加佐地区", lang="ja") in set(found.objects(area))


def test_of_several_publishers_none_answers_for_the_whole(tmp_path: Path) -> None:
    other = described("261009_aed", odtool=ours(municipality="261009"))
    found = graph(finished(laid(tmp_path, described(), other)))
    (catalogue,) = found.subjects(RDF.type, DCAT.Catalog)
    assert found.value(catalogue, DCTERMS.publisher) is None
    assert {str(found.value(p, DCTERMS.identifier)) for p in found.objects(None, DCTERMS.publisher)} == {
        "262021",
        "261009",
    }


def test_a_page_describes_itself_to_search_engines(tmp_path: Path) -> None:
    html = (finished(laid(tmp_path, described()), BASE) / "262021_aed/index.html").read_text("utf-8")
    about = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)[0])
    assert (about["@type"], about["name"]) == ("Dataset", "【舞鶴市】AED設置箇所一覧")
    assert about["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert about["url"] == f"{BASE}262021_aed/index.html"
    assert about["temporalCoverage"] == "2026-04-01/2027-03-31"
    assert about["creator"]["contactPoint"]["email"] == "od@example.lg.jp"
    (copy,) = about["distribution"]
    assert copy["contentUrl"] == f"{BASE}262021_aed/262021_aed.csv" and copy["sha256"] == "ab" * 32


# --- sitemap and robots ------------------------------------------------------------------------


def test_a_catalogue_that_knows_its_address_has_a_sitemap_of_absolute_addresses(tmp_path: Path) -> None:
    finished(laid(tmp_path, described()), BASE.rstrip("/"))
    text = (tmp_path / "sitemap.xml").read_text("utf-8")
    assert re.findall("<loc>(.*?)</loc>", text) == [f"{BASE}index.html", f"{BASE}262021_aed/index.html"]
    assert text.count("<lastmod>2026-11-20</lastmod>") == 2
    assert f"Sitemap: {BASE}sitemap.xml" in (tmp_path / "robots.txt").read_text("utf-8")


def test_without_an_address_there_is_no_sitemap_and_no_absolute_link(tmp_path: Path) -> None:
    finished(laid(tmp_path, described()), BASE)
    finished(tmp_path)
    assert not (tmp_path / "sitemap.xml").exists() and not (tmp_path / "robots.txt").exists()
    assert BASE not in "".join(text.decode() for text in tree(tmp_path).values())


def test_below_the_root_of_a_site_nobody_reads_robots(tmp_path: Path) -> None:
    finished(laid(tmp_path, described()), f"{BASE}catalogue")
    assert (tmp_path / "sitemap.xml").exists() and not (tmp_path / "robots.txt").exists()


def test_robots_and_sitemap_of_somebody_else_stay(tmp_path: Path) -> None:
    laid(tmp_path, described())
    for name in ("robots.txt", "sitemap.xml"):
        (tmp_path / name).write_text("by hand")
    for address in (BASE, ""):
        finished(tmp_path, address)
        assert (tmp_path / "robots.txt").read_text() == (tmp_path / "sitemap.xml").read_text() == "by hand"


# --- the national lists ------------------------------------------------------------------------


def rows(root: Path, edition: str, code: str = "262021") -> list[dict[str, str]]:
    text = (root / "lists" / edition / f"{code}_open_data_list.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf") and text.count(b"\n") == text.count(b"\r\n")
    return list(csv.DictReader(text.decode("utf-8-sig").splitlines()))


@pytest.mark.parametrize("edition", ["standard", "suisho"])
@pytest.mark.parametrize("address", [BASE, ""])
def test_the_national_list_is_valid_by_its_own_definition(tmp_path: Path, edition: str, address: str) -> None:
    root = tmp_path / "p"
    publish(Folder("f", str(root), "t", "odtool test", base_url=address), str(SAMPLES))
    laid(root, described(), described("262021_event", odtool=ours(dataset="standard-event")))
    finished(root, address)
    lists = sorted((root / "lists" / edition).iterdir())
    assert len(lists) == 9
    for path in lists:
        report = check.check(str(path))
        assert (
            report.match
            and report.match.dataset.id == f"{edition}-open_data_list"
            and report.match.score == 1
        )
        assert (report.status, report.counts["error"], report.counts["warning"]) == ("valid", 0, 0), path.name


def test_the_new_list_says_what_is_known_and_leaves_the_rest_empty(tmp_path: Path) -> None:
    (row,) = rows(finished(laid(tmp_path, described()), BASE), "standard")
    expected = {
        "データセット_ID": "262021_aed",
        "全国地方公共団体コード": "262021",
        "地方公共団体名": "京都府舞鶴市",
        "データセット_キーワード": "自治体標準ODS;AED設置箇所",
        "データセット_公開日": "2026-04-01",
        "データセット_最終更新日": "2026-11-20",
        "データセット_URL": f"{BASE}262021_aed/index.html",
        "データセット_更新頻度": "1年に1回",
        "データセット_準拠する標準": "自治体標準オープンデータセット",
        "データセット_連絡先メールアドレス": "od@example.lg.jp",
        "データセット_バージョン": "",
        "ファイル_ダウンロードURL": f"{BASE}262021_aed/262021_aed.csv",
        "ファイル形式": "csv",
        "ファイル_サイズ": "1234",
        "ファイル_ステータス": "配信中",
    }
    assert {key: row[key] for key in expected} == expected


def test_the_old_list_says_that_a_class_is_a_guess_unless_it_was_stated(tmp_path: Path) -> None:
    (row,) = rows(finished(laid(tmp_path, described())), "suisho")
    assert (row["分類"], row["備考"], row["URL"]) == ("社会保障・衛生", "分類は推定", "")
    shutil.rmtree(tmp_path / "262021_aed")
    (row,) = rows(finished(laid(tmp_path, described(odtool=ours(category="その他")))), "suisho")
    assert (row["分類"], row["備考"]) == ("その他", "")


def test_a_number_of_the_list_is_never_given_twice(tmp_path: Path) -> None:
    first = finished(laid(tmp_path, described(), described("262021_event")))
    assert [row["NO"] for row in rows(first, "suisho")] == ["0000000001", "0000000002"]
    shutil.rmtree(tmp_path / "262021_event")
    finished(laid(tmp_path, described("262021_bicycle_parking")))
    numbers = {row["データ名称"]: row["NO"] for row in rows(tmp_path, "suisho")}
    assert len(rows(tmp_path, "suisho")) == 2
    assert json.loads((tmp_path / "lists/262021_numbers.json").read_text("utf-8")) == {
        "262021_aed/262021_aed.csv": 1,
        "262021_event/262021_event.csv": 2,
        "262021_bicycle_parking/262021_bicycle_parking.csv": 3,
    }
    assert set(numbers.values()) <= {"0000000001", "0000000003"}


def test_the_lists_of_a_municipality_that_has_nothing_any_more_go(tmp_path: Path) -> None:
    finished(laid(tmp_path, described(), described("261009_aed", odtool=ours(municipality="261009"))))
    shutil.rmtree(tmp_path / "261009_aed")
    (tmp_path / "lists/standard/notes.csv").write_text("by hand")
    finished(tmp_path)
    assert {path.name for path in (tmp_path / "lists").rglob("*.csv")} == {
        "262021_open_data_list.csv",
        "notes.csv",
    }


@pytest.mark.parametrize("text", ["=1+1", "+81", "-x", "@a", "＝cmd"])
def test_a_text_that_a_spreadsheet_would_run_is_left_out_of_the_list(text: str) -> None:
    found = entry_of(title=text, description=f"  {text}")
    data = listed("suisho", [found], numbered([found], {}), "").decode("utf-8-sig")
    assert text not in data


# --- hostile contents --------------------------------------------------------------------------


def filled(value: Any, payload: str, kept: tuple[str, ...] = ("municipality", "path", "updated")) -> Any:
    """The value with every text in it replaced, but for what must be there for a dataset to be one."""
    if isinstance(value, dict):
        return {k: v if k in kept and isinstance(v, str) else filled(v, payload) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(each, payload) for each in value]
    return payload if isinstance(value, str) else value


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_texts_become_no_markup_anywhere(tmp_path: Path, payload: str) -> None:
    package = filled(described(), payload) | {
        "name": "262021_aed",
        "licenses": [{"name": payload, "title": payload, "path": payload}],
    }
    laid(tmp_path, package, content=f'ID,"{payload.replace(chr(34), chr(34) * 2)}"\r\n1,<b>x</b>\r\n')
    finished(tmp_path, BASE)
    for html in ((tmp_path / name).read_text("utf-8") for name in ("index.html", "262021_aed/index.html")):
        assert (
            "<script>alert" not in html and "<img" not in html and "<b>x" not in html and " 49 " not in html
        )
        assert html.count("</script>") == 1 and not page.UNWRITABLE.search(html)
    assert len(graph(tmp_path)) > 10
    for data in (
        (tmp_path / "lists" / e / "262021_open_data_list.csv").read_bytes() for e in ("standard", "suisho")
    ):
        assert b"\x1b" not in data and b"\x00" not in data


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.example/", "file:///etc/passwd",
                                     "https://a\n.example", "../x", "http:x", "https://"])  # fmt: skip
def test_only_addresses_of_the_web_are_kept(tmp_path: Path, address: str) -> None:
    said = METADATA | {"source_url": address}
    package = described(
        licenses=[{"name": "own", "title": "独自", "path": address}], odtool=ours(metadata=said)
    )
    found = entry("262021_aed", package)
    assert found and (found.licence_url, found.source_url) == ("", "")
    finished(laid(tmp_path, package))
    written = b"".join(
        tree(tmp_path)[name] for name in ("index.html", "262021_aed/index.html", "catalog.jsonld")
    )
    assert address.encode() not in written.replace(b"https://schema.org/", b"") or address == "https://"


@pytest.mark.parametrize(
    "mail",
    [
        "javascript:x",
        "a@b",
        "a b@example.jp",
        "a@example.jp?bcc=x@evil.example",
        "<a@example.jp>",
        "あ@example.jp",
        "a@b@c.jp",
    ],
)
def test_what_is_no_mail_address_is_not_linked(mail: str) -> None:
    found = entry_of(odtool=ours(metadata={"maintainer": "課", "maintainer_email": mail}))
    assert found.contact and (found.contact.name, found.contact.email) == ("課", "")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a/b.csv", "..", "a.exe", "京都.csv", ""]
)
def test_files_with_names_that_lead_elsewhere_are_not_shown(tmp_path: Path, name: str) -> None:
    package = described(resources=[resource(name), resource("262021_aed.csv")])
    assert [file.name for file in entry_of(resources=package["resources"]).files] == ["262021_aed.csv"]
    root = finished(laid(tmp_path, package))
    assert "passwd" not in "".join(
        text.decode() for key, text in tree(root).items() if not key.endswith("package.json")
    )


@pytest.mark.parametrize("odd", [None, 3, "x", [3], {"a": [1]}, [[]], True])
def test_a_datapackage_of_any_shape_is_read(tmp_path: Path, odd: Any) -> None:
    for key in ("title", "description", "keywords", "licenses", "contributors", "resources"):
        found = entry("262021_aed", described(**{key: odd}))
        assert found and isinstance(found.title, str)
    for key in ("metadata", "published", "updated", "edition", "withdrawn", "category", "dataset", "title"):
        found = entry("262021_aed", described(odtool=ours(**{key: odd})))
        assert found and isinstance(found.updated, str)
    said = resource("262021_aed.csv") | dict.fromkeys(
        ("title", "format", "mediatype", "bytes", "hash", "odtool"), odd
    )
    root = finished(laid(tmp_path, described(resources=[said])))
    assert "262021_aed.csv" in (root / "262021_aed/index.html").read_text("utf-8")


@pytest.mark.parametrize("odd", [3, "x", ["x"], [{}]])
@pytest.mark.parametrize(
    "key", ["title", "description", "keywords", "licenses", "contributors", "resources", "odtool"]
)
def test_a_datapackage_that_a_hand_has_broken_is_told_of_or_put_right(
    tmp_path: Path, key: str, odd: Any
) -> None:
    target = Folder("f", str(tmp_path), "t", "odtool test")
    publish(target, sample(AED))
    place = tmp_path / "261009_aed/datapackage.json"
    package = json.loads(place.read_text("utf-8"))
    place.write_text(json.dumps(package | {key: odd}), "utf-8")
    (outcome,) = publish(target, sample(AED))
    assert outcome.status in ("refused", "drift", "published", "unchanged") and outcome.ja
    adopting = publish(target, sample(AED), wishes=Wishes(overwrite=True, adopt=frozenset({"261009_aed"})))
    assert [outcome.status for outcome in adopting] in (["published"], ["unchanged"], ["drift"])


def test_a_file_that_nobody_judged_is_not_called_checked(tmp_path: Path) -> None:
    package = described(
        resources=[resource("262021_aed.csv"), resource("262021_more.csv", odtool={"rows": 3})]
    )
    html = (finished(laid(tmp_path, package)) / "262021_aed/index.html").read_text("utf-8")
    assert "きまりに合っています" not in html and "確認していません" in html


def test_what_was_withdrawn_is_in_no_overview_and_its_page_says_so(tmp_path: Path) -> None:
    gone = described("262021_event", title="消えたもの", odtool=ours(withdrawn="2026-11-21"), resources=[])
    root = finished(laid(tmp_path, described(), gone), BASE)
    html = (root / "262021_event/index.html").read_text("utf-8")
    assert "公開を取りやめました" in html and "ld+json" not in html and "ダウンロード" not in html
    for name, content in tree(root).items():
        assert name.startswith("262021_event/") or b"262021_event" not in content, name


def test_a_period_is_told_in_words(tmp_path: Path) -> None:
    html = (finished(laid(tmp_path, described())) / "262021_aed/index.html").read_text("utf-8")
    assert "2026年4月1日〜2027年3月31日" in html


# --- a look into the files ---------------------------------------------------------------------


def test_a_look_takes_the_first_rows_of_a_file_of_any_size(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\r\n" + '"x\r\ny",2\r\n' * 200_000, "utf-8-sig", newline="")
    seen = look(path)
    assert seen.labels == ("a", "b") and seen.rows == (("x\r\ny", "2"),) * 20
    assert seen.size == path.stat().st_size


def test_a_record_that_the_look_cuts_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\r\n1,2\r\n" + "3," + "あ" * 100_000, "utf-8-sig", newline="")
    assert look(path).rows == (("1", "2"),)
    path.write_text("a,b\r\n1," + "x" * 1_000 + "\r\n", "utf-8-sig", newline="")
    assert look(path).rows == (("1", "x" * 200 + "…"),)
    path.write_bytes(b"\xff\xfe\x00,\x80\r\n")
    assert look(path).labels
    (tmp_path / "a.json").write_text("{}")
    assert look(tmp_path / "a.json").labels == ()


def test_a_file_that_is_no_table_is_shown_without_a_look(tmp_path: Path) -> None:
    target = Folder("f", str(tmp_path / "p"), "t", "odtool test", base_url=BASE)
    (item,) = planned(target, sample(AED)).items
    raster = replace(
        item.offer,
        file_name="261009_dem.tif",
        file_title="標高",
        format="TIFF",
        media_type="image/tiff",
        size=4,
    )
    target.save(raster, Payload.of(b"II*\0"), None, ("title", "licence", "dataset"))
    target.finish()
    package = json.loads((tmp_path / "p/261009_aed/datapackage.json").read_text("utf-8"))
    (described_,) = package["resources"]
    assert described_["profile"] == "data-resource" and not {"schema", "encoding"} & described_.keys()
    assert "rows" not in described_["odtool"]
    html = (tmp_path / "p/261009_aed/index.html").read_text("utf-8")
    assert "261009_dem.tif" in html and "TIFF" in html and "中身を見る" not in html
    formats = set(graph(tmp_path / "p").objects(None, DCTERMS.format))
    assert formats == {URIRef(f"{EU}file-type/TIFF")}


@pytest.mark.parametrize("name", ["datapackage.json", "index.html", "page.html"])
def test_no_file_takes_the_place_of_the_catalogue_s_own(tmp_path: Path, name: str) -> None:
    target = Folder("f", str(tmp_path / "p"), "t", "odtool test")
    (item,) = planned(target, sample(AED)).items
    with pytest.raises(PortalError, match="置けません"):
        target.save(replace(item.offer, file_name=name), Payload.of(b"{}"), None, ("title",))
    assert not list((tmp_path / "p").glob("*/*"))


def test_the_settings_say_where_the_public_finds_the_catalogue(tmp_path: Path) -> None:
    settings = (
        f'[portals.files]\ntype = "folder"\npath = "public"\ntitle = "奈良市のデータ"\nbase_url = "{BASE}"\n'
    )
    (tmp_path / "odtool.toml").write_text(settings, "utf-8")
    done = odtool(tmp_path, "publish", "--portal", "files", sample("292010_tourism.csv"))
    assert done.returncode == 0 and PUBLISHED in done.stdout, done.stderr
    public = tmp_path / "public"
    assert f"{BASE}292010_tourism/index.html" in (public / "sitemap.xml").read_text("utf-8")
    assert "奈良市のデータ" in (public / "index.html").read_text("utf-8")
    report = (public / "292010_tourism/292010_tourism_report.html").read_text("utf-8")
    assert "292010_tourism.csv" in report and str(SAMPLES) not in report


# --- reports beside the files ------------------------------------------------------------------


def test_the_report_of_the_published_file_lies_beside_it_and_is_linked(tmp_path: Path) -> None:
    target = Folder("f", str(tmp_path / "p"), "t", "odtool test", report=judged)
    publish(target, sample("263036_fire_hydrant.csv"))
    folder = tmp_path / "p/263036_fire_hydrant"
    html = (folder / "263036_fire_hydrant_report.html").read_text("utf-8")
    assert "263036_fire_hydrant.csv" in html and str(SAMPLES) not in html
    assert 'href="263036_fire_hydrant_report.html"' in (folder / "index.html").read_text("utf-8")


def test_no_report_is_shown_that_says_other_than_the_verdict(tmp_path: Path) -> None:
    target = Folder("f", str(tmp_path / "p"), "t", "odtool test", report=judged)
    publish(target, sample(AED))
    changed = edited(AED, tmp_path, NOTE, OTHER_NOTE)
    none = Folder(
        "f", str(tmp_path / "p"), "t", "odtool test", report=lambda *_: FileReport("x", "not-checked")
    )
    assert statuses(publish(none, changed)) == {AED: "published"}
    assert not list(tmp_path.glob("p/*/*_report.html"))
    assert "_report.html" not in (tmp_path / "p/261009_aed/index.html").read_text("utf-8")


# --- the same again, after a crash, and two at once --------------------------------------------


def test_the_same_files_make_the_same_catalogue_byte_for_byte(tmp_path: Path) -> None:
    for name in ("a", "b"):
        publish(
            Folder("f", str(tmp_path / name), "t", "odtool test", base_url=BASE, report=judged), str(SAMPLES)
        )
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_a_page_that_is_missing_or_was_changed_is_made_again(tmp_path: Path) -> None:
    publish(Folder("f", str(tmp_path), "t", "odtool test"), sample(AED))
    good = tree(tmp_path)
    (tmp_path / "261009_aed/index.html").write_text("half")
    (tmp_path / "index.html").unlink()
    shutil.rmtree(tmp_path / "lists/standard")
    publish(Folder("f", str(tmp_path), "t", "odtool test"), sample(AED))
    assert tree(tmp_path) == good


def test_a_folder_without_anything_of_ours_is_not_touched(tmp_path: Path) -> None:
    laid(tmp_path, described(odtool={"managed": False}))
    before = tree(tmp_path)
    assert tree(finished(tmp_path)) == before


DIES = """
import os, signal, sys
from odtool import whole
from tests.publishing import publish
from odtool.portal.folder import Folder
count = 0
put = whole.put
def dies(path, pieces, **how):
    global count
    count += 1
    if count == int(sys.argv[2]):
        (path.parent / f".{path.name}.dead0000.part").write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)
    put(path, pieces, **how)
whole.put = dies
publish(Folder("f", sys.argv[1], "t", "odtool test"), *sys.argv[3:])
print(count)
"""


def run(root: Path, dies_at: int, *paths: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", DIES, str(root), str(dies_at), *paths]
    return subprocess.run(command, cwd=Path(__file__).parent.parent, env=os.environ | {"PYTHONPATH": "."},
                          capture_output=True, text=True, check=False)  # fmt: skip


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_killed_before_any_write_a_rerun_ends_in_the_same_catalogue(tmp_path: Path) -> None:
    paths = (sample(AED), sample("262021_evacuation_space.csv"))
    undisturbed = run(tmp_path / "good", 0, *paths)
    good, writes = tree(tmp_path / "good"), int(undisturbed.stdout)
    for n in range(1, writes + 1):
        root = tmp_path / f"killed-{n}"
        assert run(root, n, *paths).returncode == -signal.SIGKILL
        publish(Folder("f", str(root), "t", "odtool test"), *paths)
        assert tree(root) == good, n


def one_of_two(root: str, path: str, start: Any) -> None:
    start.wait()
    publish(Folder("f", root, "t", "odtool test"), path)


def test_two_runners_with_files_of_one_dataset_lose_nothing(tmp_path: Path) -> None:
    older = tmp_path / "142034_population_20250401.csv"
    newer = sample("142034_population_20260401.csv")
    older.write_bytes(Path(newer).read_bytes())
    publish(Folder("f", str(tmp_path / "good"), "t", "odtool test"), str(older), newer)
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    runners = [
        context.Process(target=one_of_two, args=(str(tmp_path / "p"), path, start))
        for path in (str(older), newer)
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    # Whoever came second may have been told that its plan had gone stale: it then runs again.
    for path in (str(older), newer):
        publish(Folder("f", str(tmp_path / "p"), "t", "odtool test"), path)
    assert set(tree(tmp_path / "p")) == set(tree(tmp_path / "good"))
    package = json.loads((tmp_path / "p/142034_population/datapackage.json").read_text("utf-8"))
    assert [each["path"] for each in package["resources"]] == [older.name, "142034_population_20260401.csv"]


def test_what_was_withdrawn_since_it_was_looked_up_is_not_published_again(tmp_path: Path) -> None:
    target = Folder("f", str(tmp_path / "p"), "t", "odtool test")
    publish(target, sample(AED))
    held = target.find("261009_aed")
    (item,) = planned(target, edited(AED, tmp_path, NOTE, OTHER_NOTE)).items
    assert held
    target.withdraw(held, None, "2026-11-21 個人情報")
    for seen in (held, None):
        with pytest.raises(PortalError, match="もう一度実行"):
            target.save(item.offer, Payload.of(b"x"), seen, ("title",))
    assert not list(tmp_path.glob("p/261009_aed/*.csv"))


def test_to_withdraw_takes_the_report_away_too(tmp_path: Path) -> None:
    target = Folder("f", str(tmp_path), "t", "odtool test", report=judged)
    publish(target, sample("263036_fire_hydrant.csv"))
    held = target.find("263036_fire_hydrant")
    assert held and (tmp_path / "263036_fire_hydrant/263036_fire_hydrant_report.html").exists()
    target.withdraw(held, None, "2026-11-21 個人情報")
    target.finish()
    left = {path.name for path in (tmp_path / "263036_fire_hydrant").iterdir()}
    assert left == {"datapackage.json", "index.html"}
    assert "個人情報".encode() not in b"".join(tree(tmp_path).values())


def hold(root: str, ready: Any, done: Any) -> None:
    with files.locked(Path(root)):
        ready.set()
        done.wait()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[None]:
    """Another program has the lock of the folder."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(str(tmp_path), ready, done))
    other.start()
    ready.wait()
    yield
    done.set()
    other.join()


def test_a_folder_that_another_writes_to_is_told_in_a_sentence(tmp_path: Path, held: None) -> None:
    with pytest.raises(PortalError, match="書き込み中"), files.locked(tmp_path, patience=0):
        pass


def test_the_lock_of_a_program_that_died_is_free(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(str(tmp_path), ready, done))
    other.start()
    ready.wait()
    other.kill()
    other.join()
    with files.locked(tmp_path, patience=0):
        assert time.monotonic() > 0


# --- the overview in a real browser ------------------------------------------------------------

PRESS = """
const told = [];
onload = () => {
  const page = frames[0].document;
  const tell = () => told.push([...page.querySelectorAll("[data-entry]:not([hidden]) h3")].map((e) => e.textContent).join("+"));
  const set = (what, value) => {
    const box = page.getElementById(what);
    box.value = value;
    box.dispatchEvent(new Event("input", {bubbles: true}));
    tell();
  };
  for (const [what, value] of STEPS) set(what, value);
  document.querySelector("p").textContent = told.join(" | ") + " | " + page.querySelector("[role=status]").textContent;
};
"""


def pressed(chromium: str, root: Path, *steps: tuple[str, str]) -> list[str]:
    """What the overview shows after each step, and what it says in the end."""
    outer = root.parent / "outer.html"
    script = PRESS.replace("STEPS", json.dumps(steps))
    # The page's policy lets no script of a test in: a frame around it takes its place.
    outer.write_text(
        f"<meta charset=utf-8><iframe src={root.name}/index.html></iframe><p></p><script>{script}</script>",
        "utf-8",
    )
    command = [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
               f"--user-data-dir={root.parent / 'profile'}", "--dump-dom", outer.as_uri()]  # fmt: skip
    shown = subprocess.run(command, check=True, capture_output=True, encoding="utf-8", timeout=60).stdout
    return re.findall("<p>(.*?)</p>", shown, re.DOTALL)[0].split(" | ")


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """Old lists of AEDs of 舞鶴市 in both editions, and a new one of toilets of 京都市 under another licence."""
    root = laid(
        tmp_path / "p",
        described("262021_aed", title="A", odtool=ours(updated="2019-04-01")),
        described("262021_aed_old", title="B", keywords=[], odtool=ours(edition="suisho", updated="2019-04-01")),
        described("261009_toilet", title="C", description="", keywords=["トイレ"], licenses=[{"name": "PDL1.0", "title": "PDL1.0"}],
                  odtool=ours(municipality="261009", dataset="standard-public_toilet", title="公衆トイレ一覧", metadata={}, updated="2099-01-01")),
    )  # fmt: skip
    return finished(root)


@pytest.mark.browser
def test_words_are_found_in_whatever_width_kana_or_case_they_are_typed(chromium: str, three: Path) -> None:
    words = ("ﾄｲﾚ", "といれ", "ａｅｄ", "舞鶴 AED", "舞鶴 トイレ")
    steps = [("words", word) for word in words]
    assert pressed(chromium, three, *steps) == [
        "C",
        "C",
        "A+B",
        "A+B",
        "",
        "あてはまるデータはありません。言葉や条件を減らしてみてください。",
    ]


@pytest.mark.browser
def test_every_filter_narrows_the_overview_down(chromium: str, three: Path) -> None:
    choices = (
        ("code", "261009", "C"),
        ("kind", "AED設置箇所一覧", "A+B"),
        ("edition", "suisho", "B"),
        ("licence", "PDL1.0", "C"),
        ("updated", "31", "C"),
        ("updated", "-366", "A+B"),
    )
    steps = [step for what, value, _ in choices for step in ((what, value), (what, ""))]
    *shown, told = pressed(chromium, three, *steps)
    assert shown[::2] == [left for *_, left in choices]
    assert set(shown[1::2]) == {"C+A+B"} and told == "3件を表示しています"


def test_without_a_script_everything_is_listed_and_nothing_does_nothing(three: Path) -> None:
    html = (three / "index.html").read_text("utf-8")
    assert re.search("<form[^>]* hidden", html) and "<li data-entry" in html
    assert not re.search("<li[^>]* hidden|<section[^>]* hidden", html)


def test_every_box_has_a_label_and_what_all_share_is_no_filter(tmp_path: Path, three: Path) -> None:
    html = (three / "index.html").read_text("utf-8")
    boxes = set(re.findall(r'<(?:input|select) id="(\w+)"', html))
    assert (
        boxes
        == set(re.findall(r'<label for="(\w+)"', html))
        == {"words", "code", "kind", "edition", "licence", "updated"}
    )
    one = (finished(laid(tmp_path / "one", described())) / "index.html").read_text("utf-8")
    assert set(re.findall(r'<(?:input|select) id="(\w+)"', one)) == {"words", "updated"}
