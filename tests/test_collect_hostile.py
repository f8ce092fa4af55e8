"""Portals that mean harm, from end to end: on a real server, into the store, and out of every report."""

import csv
import gzip
import json
import time
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from odtool.collect import guard, shapes
from odtool.collect.fetch import Fetcher
from odtool.collect.listed import UnseenError
from odtool.collect.manners import Hosts
from odtool.collect.wire import LargeError, Patience, Wire
from tests.collecting import AED, Request, Site, collected, package, reading, seen, site
from tests.publishing import odtool

QUICK = Patience(1, 1, 2)
OPEN: list[Wire] = []
BAD = '=HYPERLINK("http://evil.example")<script>alert(1)</script>\x1b[31m\u202e\u2066\u200f\x00\x07\ud800\n@x'


@pytest.fixture
def portal():
    with site() as made:
        yield made
        while OPEN:
            OPEN.pop().close()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


def fetcher(portal: Site, *, most: int = 1_000_000, patience: Patience = QUICK) -> Fetcher:
    OPEN.append(wire := Wire(private=True, own=portal.address, patience=patience))
    return Fetcher(wire, Hosts(), own=portal.address, pace=0, most=most, private=True, sleep=lambda _: None)


def raw(
    portal: Site, path: str, head: bytes, *pieces: bytes, pause: float = 0, forever: bool = False
) -> None:
    """Exactly these bytes as the answer; the last piece again and again where it is `forever`."""

    def answer(request: Request) -> None:
        request.close_connection = True
        try:
            request.wfile.write(head)
            for piece in pieces:
                request.wfile.write(piece)
            while forever:
                request.wfile.write(pieces[-1])
                time.sleep(pause)
        except OSError:
            """It hung up, as it should."""

    portal.answers[path] = answer


OK = b"HTTP/1.1 200 OK\r\n"


# --- where a link leads --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/x",
        "ftp://example.jp/a",
        "javascript:alert(1)",
        "data:text/csv,a",
        "http://user:geheim@example.jp/",
        "http://example.jp:22/",
        "//[::1",
        "http://\x00/",
        "",
    ],
)
def test_a_redirect_out_of_the_web_is_not_followed(portal: Site, place: str) -> None:
    raw(portal, "/a", OK.replace(b"200 OK", b"302 Found") + b"Content-Length: 0\r\nLocation: " + place.encode() + b"\r\n\r\n")  # fmt: skip
    made = fetcher(portal)
    made._private = made.wire._private = False  # the first host is the portal's own; the rest is the open web
    made.wire._resolve = lambda *_: ["127.0.0.1"]
    public, guard.is_public = guard.is_public, lambda number: number == "127.0.0.1"
    try:
        with pytest.raises(UnseenError) as error:
            made.get(f"{portal.address}/a")
    finally:
        guard.is_public = public
    assert "geheim" not in error.value.ja + error.value.en and "\x00" not in error.value.ja


@pytest.mark.parametrize(
    "host",
    ["0177.0.0.1", "0x7f000001", "2130706433", "127.1", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]",
     "[64:ff9b::10.0.0.1]", "[fe80::1%25lo]", "localhost", "127.0.0.1.", "０.0.0.0", "①27.0.0.1"],
)  # fmt: skip
def test_no_way_of_writing_a_host_leads_inside(portal: Site, host: str) -> None:
    wire = Wire(own=portal.address, patience=QUICK)
    with pytest.raises(UnseenError):
        wire.get(f"http://{host}/a", {}, 1000)
    assert not portal.asked


# --- answers without end -------------------------------------------------------------------------


def test_headers_without_end_are_left(portal: Site) -> None:
    raw(portal, "/a", OK, b"X-More: again\r\n", forever=True)
    with pytest.raises(UnseenError):
        fetcher(portal).get(f"{portal.address}/a")


def test_one_header_without_end_is_left(portal: Site) -> None:
    raw(portal, "/a", OK + b"X-More: ", b"a" * 65_536, forever=True)
    with pytest.raises(UnseenError):
        fetcher(portal).get(f"{portal.address}/a")


def test_promises_to_go_on_without_end_are_left(portal: Site) -> None:
    raw(portal, "/a", b"", b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01, forever=True)
    with pytest.raises(UnseenError, match="時間内"):
        fetcher(portal, patience=Patience(1, 1, 0.5)).get(f"{portal.address}/a")


def test_trailers_without_end_are_left(portal: Site) -> None:
    head = OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    raw(portal, "/a", head, b"X-More: again\r\n", pause=0.001, forever=True)
    with pytest.raises(UnseenError, match="時間内"):
        fetcher(portal, patience=Patience(1, 1, 0.5)).get(f"{portal.address}/a")


@pytest.mark.parametrize(
    "head",
    [
        b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 100_000,
        b"Content-Length: 999999999999999999999999999999\r\n\r\nabc",
        b"Content-Length: 10\r\n\r\nabc",
    ],
)
def test_a_length_that_is_none_or_a_lie_is_not_believed(portal: Site, head: bytes) -> None:
    raw(portal, "/a", OK + head)
    with pytest.raises(UnseenError):
        fetcher(portal).get(f"{portal.address}/a")


def test_bytes_beyond_the_stated_length_do_not_become_the_next_answer(portal: Site) -> None:
    def answer(request: Request) -> None:
        body = b"one" + OK + b"Content-Length: 4\r\n\r\nevil"
        request.wfile.write(OK + b"Content-Length: 3\r\n\r\n" + body)
        request.close_connection = True

    portal.answers["/a"] = answer
    portal.put("/b", b"mine")
    made = fetcher(portal)
    assert made.get(f"{portal.address}/a").data == b"one"
    time.sleep(0.05)
    assert made.get(f"{portal.address}/b").data == b"mine"


# --- what is packed ------------------------------------------------------------------------------


def test_all_parts_of_a_packed_answer_are_read_and_together_have_an_end(portal: Site) -> None:
    part = gzip.compress(b"a,b\r\n" * 1000)
    portal.put("/a", part * 3 + b"\0" * 20, Content_Encoding="gzip")
    assert fetcher(portal).get(f"{portal.address}/a").data == b"a,b\r\n" * 3000
    portal.put("/b", gzip.compress(b"\0" * 100_000) * 1000, Content_Encoding="gzip")
    with pytest.raises(LargeError):
        fetcher(portal).get(f"{portal.address}/b")
    portal.put("/c", part + part[:-10], Content_Encoding="gzip")
    with pytest.raises(UnseenError):
        fetcher(portal).get(f"{portal.address}/c")


@pytest.mark.parametrize("packing", ["zstd", "br", "deflate", "gzip, gzip", "x" * 5000])
def test_a_packing_that_was_not_asked_for_is_left_packed(portal: Site, packing: str) -> None:
    portal.put("/a", b"\x28\xb5\x2f\xfd" + b"\0" * 100, Content_Encoding=packing)
    with pytest.raises(UnseenError, match="圧縮"):
        fetcher(portal).get(f"{portal.address}/a")


# --- listings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"success": true, "result": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b'{"success": true, "result": {"count": 1' + b"0" * 5_000 + b', "results": []}}',
        b'{"success": true, "result": {"count": NaN, "results": []}}',
        b'{"success": true, "result": {"count": -Infinity, "results": [{}]}}',
        b'{"success": true, "result": {"count": 1e308, "results": [1, null, "x", [], {"name": []}]}}',
        b'{"success": true, "result": {"count": 9007199254740993, "results": []}}',
        b"\xff\xfe\x00\x00",
        b"\xef\xbb\xbf{",
        b'{"success": "true", "result": []}',
        b"null",
        b"",
    ],
)
def test_a_listing_that_is_none_ends_in_a_sentence_and_nothing_is_gone(
    portal: Site, book: Path, body: bytes
) -> None:
    portal.put("/a.csv", AED)
    portal.ckan([package("d", {"url": f"{portal.address}/a.csv"})])
    collected(book, reading(portal))
    for action in ("package_search", "package_list"):
        portal.put(f"/api/3/action/{action}", body)
    (result,) = collected(book, reading(portal), now="2026-11-21T09:00:00+09:00")
    assert result.code == 3 and result.ja and result.en and result.gone == 0
    assert seen(book)["d-1"].verdict == "valid"


def test_of_two_words_under_one_key_one_counts_and_nothing_breaks(portal: Site, book: Path) -> None:
    portal.put("/a.csv", AED)
    entry = json.dumps(package("d", {"url": f"{portal.address}/a.csv"}))
    twice = entry.replace('"name": "d"', '"name": "x", "name": "d"')
    portal.action("/api/3/action/status_show", {"ckan_version": "2.10"})
    portal.put(
        "/api/3/action/package_search", f'{{"success": true, "result": {{"count": 1, "results": [{twice}]}}}}'
    )
    collected(book, reading(portal))
    assert set(seen(book)) == {"d-1"}


def test_a_dataset_of_more_files_than_there_can_be_has_an_end_and_says_so(portal: Site, book: Path) -> None:
    files = [{"id": str(n), "url": f"{portal.address}/{n}.pdf", "format": "PDF"} for n in range(100_000)]
    portal.ckan([{**package("d"), "resources": files}])
    (result,) = collected(book, reading(portal))
    found = seen(book)
    assert (result.state, len(found)) == ("done", shapes.FILES + 1)
    assert "90,000" in found["#more"].title and found["#more"].why


def test_files_that_share_an_id_are_each_accounted_for(portal: Site, book: Path) -> None:
    portal.put("/a.csv", AED)
    files = [
        {"id": "same", "url": f"{portal.address}/{name}", "format": name[2:]}
        for name in ("a.csv", "b.pdf", "c.pdf")
    ]
    portal.ckan([package("d", *files)])
    collected(book, reading(portal))
    assert {name: one.verdict for name, one in seen(book).items()} == {
        "same": "valid", "same#2": "not-checked", "same#3": "not-checked"}  # fmt: skip


# --- what reaches a reader -----------------------------------------------------------------------


def test_a_hostile_title_reaches_no_terminal_no_spreadsheet_and_no_browser(
    portal: Site, book: Path, tmp_path: Path
) -> None:
    portal.put("/a.csv", AED)
    portal.put("/b.csv", AED.replace(b"26100", b"99999"))
    told = {
        "license_id": BAD,
        "license_title": "=1+1",
        "tags": [{"name": BAD}],
        "title": f"{BAD}AED設置箇所一覧",
    }
    portal.ckan([
        package("a", {"url": f"{portal.address}/a.csv", "name": BAD, "format": BAD}, **told),
        package("b", {"url": f"{portal.address}/b.csv", "name": BAD, "id": f"=r{BAD}"}, **{**told, "title": "=2+2"},
                organization={"name": "262021", "title": "=舞鶴市"}),
        package("c", {"url": f"{portal.address}/no.csv", "name": "+1"}, title="@SUM(1)AED",
                organization={"name": "zz", "title": "=cmd|' /C calc'!A0組合"}),
    ])  # fmt: skip
    collected(book, reading(portal))
    report = ("coverage", "report", "--store", str(book), "--prefecture", "京都府")
    for form in ("text", "html", "csv", "json", "xlsx"):
        made = odtool(tmp_path, *report, "--format", form, "-o", f"r.{form}")
        assert made.returncode == 0, made.stderr
    odtool(tmp_path, *report, "--bodies", "-o", "bodies.csv")
    shown = odtool(tmp_path, *report)
    texts = {form: (tmp_path / f"r.{form}").read_text("utf-8") for form in ("text", "html", "csv", "json")}
    texts |= {"terminal": shown.stdout + shown.stderr, "bodies": (tmp_path / "bodies.csv").read_text("utf-8")}
    for form, text in texts.items():
        assert not any(sign in text for sign in "\x1b\u202e\u2066\u200f\x00\x07"), form
    assert "<script>alert" not in texts["html"]
    for form in ("csv", "bodies"):
        for row in csv.reader(StringIO(texts[form].removeprefix("\ufeff"))):
            assert not any(cell.startswith(("=", "+", "@", "-", "\t")) for cell in row), row
    with ZipFile(tmp_path / "r.xlsx") as workbook:
        for name in workbook.namelist():
            text = workbook.read(name).decode("utf-8", "replace")
            assert (
                "evil.example</f>" not in text
                and "<f>=" not in text
                and "<f>HYPERLINK(&quot;http://evil" not in text
            )
            assert not any(sign in text for sign in "\x1b\u202e\u2066\x07"), name
