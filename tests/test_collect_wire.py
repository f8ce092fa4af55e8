"""What portals and the links in them may try against whoever reads them."""

import gzip
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from odtool.collect import guard
from odtool.collect.fetch import Fetcher
from odtool.collect.listed import UnseenError
from odtool.collect.manners import Hosts
from odtool.collect.wire import LargeError, Patience, Wire
from odtool.portal.web import Pace
from tests.collecting import Request, Site, collected, package, reading, seen, send, site

QUICK = Patience(1, 1, 2)


OPEN: list[Wire] = []


@pytest.fixture
def portal():
    with site() as made:
        yield made
    while OPEN:
        OPEN.pop().close()


def wired(**how: Any) -> Wire:
    OPEN.append(Wire(**how))
    return OPEN[-1]


def fetcher(
    portal: Site,
    *,
    private: bool = True,
    patience: Patience = QUICK,
    most: int = 1_000_000,
    resolve: guard.Resolve = guard.numbers,
) -> Fetcher:
    wire = wired(private=private, own=portal.address, patience=patience, resolve=resolve)
    return Fetcher(
        wire, Hosts(), own=portal.address, pace=0, most=most, private=private, sleep=lambda _: None
    )


@pytest.mark.parametrize(
    "number",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
     "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
     "2002:7f00:1::", "2002:0a00:1::", "192.0.2.1", "198.18.0.1", "240.0.0.1", "ff02::1", "nonsense", ""],
)  # fmt: skip
def test_a_number_of_no_open_network_is_refused(number: str) -> None:
    assert not guard.is_public(number)


@pytest.mark.parametrize(
    "number", ["8.8.8.8", "133.242.0.3", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_number_of_the_open_network_is_allowed(number: str) -> None:
    assert guard.is_public(number)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.jp/a.csv", "gopher://x", "javascript:alert(1)", "//example.jp/a", "", "http://", "http://[::1",
     "http://user:secret@example.jp/", "http://example.jp:22/", "http://example.jp:99999/", "http://" + "a" * 300 + ".jp/", "http://x/" + "a" * 5000,
     "data:text/csv,a"],
)  # fmt: skip
def test_an_address_that_is_none_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(UnseenError) as error:
        guard.target(url)
    assert "secret" not in error.value.ja + error.value.en


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/a.csv", "http://localhost/a.csv", "http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://[::1]/",
     "http://169.254.169.254/latest/meta-data", "http://[::ffff:127.0.0.1]/"],
)  # fmt: skip
def test_a_link_into_a_private_network_is_not_followed(url: str) -> None:
    wire = wired(patience=QUICK)
    with pytest.raises(UnseenError):
        wire.get(url, {}, 1000)


def test_a_redirect_into_a_private_network_is_not_followed(
    portal: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first host passes for one of the open web, whatever it really is; the second does not."""
    portal.put("/a", b"", 302, Location="http://inside.example/secret")
    port = int(portal.address.rpartition(":")[2])
    portal.answers["/secret"] = (200, {}, b"secret")

    def resolve(host: str, _: int) -> list[str]:
        return ["10.0.0.5"] if host == "inside.example" else ["127.0.0.1"]

    wire = wired(private=False, own=f"http://portal.example:{port}", patience=QUICK, resolve=resolve)
    public = guard.is_public
    monkeypatch.setattr(guard, "is_public", lambda number: number == "127.0.0.1" or public(number))
    made = Fetcher(wire, Hosts(), own=f"http://portal.example:{port}", pace=0)
    with pytest.raises(UnseenError, match="庁内"):
        made.get(f"http://portal.example:{port}/a")
    assert "/secret" not in portal.asked


def test_a_name_that_changes_its_number_after_the_check_is_not_followed(portal: Site) -> None:
    """The name is looked up once, and the connection goes to what was checked."""
    asked: list[str] = []

    def rebinding(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["192.0.2.1"] if len(asked) == 1 else ["127.0.0.1"]

    port = int(portal.address.rpartition(":")[2])
    wire = wired(own=f"http://portal.example:{port}", patience=Patience(0.3, 0.3, 1), resolve=rebinding)
    with pytest.raises(UnseenError):
        wire.get(f"http://portal.example:{port}/", {}, 1000)
    assert asked == ["portal.example"] and not portal.asked


def test_redirects_without_end_are_left(portal: Site) -> None:
    portal.put("/a", b"", 302, Location="/a")
    with pytest.raises(UnseenError, match="転送"):
        fetcher(portal).get(f"{portal.address}/a")
    assert portal.requests("/a") == 6


def test_a_redirect_that_ends_at_nothing_is_a_dead_link(portal: Site) -> None:
    portal.put("/a", b"", 301, Location="/b")
    assert fetcher(portal).get(f"{portal.address}/a").state == "gone"


def chunks(request: Request, piece: bytes, pause: float) -> None:
    send(request, 200, {"Transfer-Encoding": "chunked"}, b"")
    try:
        while True:
            request.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            time.sleep(pause)
    except OSError:
        request.close_connection = True


def test_a_body_without_end_is_cut(portal: Site) -> None:
    portal.answers["/a"] = lambda request: chunks(request, b"a" * 65_536, 0)
    with pytest.raises(LargeError):
        fetcher(portal).get(f"{portal.address}/a")


def test_a_body_that_drips_is_cut(portal: Site) -> None:
    portal.answers["/a"] = lambda request: chunks(request, b"a", 0.05)
    with pytest.raises(UnseenError, match="時間内"):
        fetcher(portal, patience=Patience(1, 1, 0.5)).get(f"{portal.address}/a")


def test_a_head_that_drips_is_cut(portal: Site) -> None:
    def answer(request: Request) -> None:
        try:
            while True:
                request.wfile.write(
                    b"HTTP/1.1 200 OK\r\n" if not request.__dict__.setdefault("n", 0) else b"X"
                )
                request.n = 1  # type: ignore[attr-defined]
                time.sleep(0.05)
        except OSError:
            request.close_connection = True

    portal.answers["/a"] = answer
    with pytest.raises(UnseenError, match="時間内"):
        fetcher(portal, patience=Patience(1, 1, 0.5)).get(f"{portal.address}/a")


def test_silence_is_cut_and_a_silent_host_is_soon_left_alone(portal: Site) -> None:
    quiet = socket.create_server(("127.0.0.1", 0))
    try:
        made = fetcher(portal, patience=Patience(0.2, 0.2, 1))
        made._permitted = address = f"http://127.0.0.1:{quiet.getsockname()[1]}"
        for _ in range(3):
            with pytest.raises(UnseenError):
                made.get(f"{address}/a")
        requests = made.wire.requests
        with pytest.raises(UnseenError, match="続けて返事がない"):
            made.get(f"{address}/a")
        assert made.wire.requests == requests
    finally:
        quiet.close()


def test_a_bomb_of_gzip_is_cut(portal: Site) -> None:
    portal.put("/a", gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip")
    with pytest.raises(LargeError):
        fetcher(portal).get(f"{portal.address}/a")


def test_a_packed_answer_is_unpacked_and_a_broken_one_is_not_taken_for_whole(portal: Site) -> None:
    packed = gzip.compress(b"a,b\r\n" * 1000)
    portal.put("/a", packed, Content_Encoding="gzip")
    portal.put("/b", packed[:-20], Content_Encoding="gzip")
    assert fetcher(portal).get(f"{portal.address}/a").data == b"a,b\r\n" * 1000
    with pytest.raises(UnseenError):
        fetcher(portal).get(f"{portal.address}/b")


def test_a_file_that_breaks_off_is_not_taken_for_whole(portal: Site) -> None:
    def answer(request: Request) -> None:
        send(request, 200, {"Content-Length": "1000"}, b"a,b\r\n")
        request.close_connection = True

    portal.answers["/a"] = answer
    with pytest.raises(UnseenError):
        fetcher(portal).get(f"{portal.address}/a")


def test_a_stated_size_beyond_the_limit_is_not_read_at_all(portal: Site) -> None:
    portal.put("/a", b"a" * 2_000_000)
    made = fetcher(portal)
    with pytest.raises(LargeError):
        made.get(f"{portal.address}/a")
    assert made.wire.received == 0


def test_an_overloaded_portal_is_asked_again_a_little_later(portal: Site) -> None:
    def answer(request: Request) -> None:
        if portal.requests("/a") < 3:
            send(request, 429, {"Retry-After": "7"}, b"")
        else:
            send(request, 200, {}, b"ok")

    waits: list[float] = []
    portal.answers["/a"] = answer
    made = Fetcher(
        wired(private=True, own=portal.address),
        Hosts(),
        own=portal.address,
        pace=0,
        private=True,
        sleep=waits.append,
    )
    assert made.get(f"{portal.address}/a").data == b"ok" and waits == [7, 7]


def test_the_distance_a_host_asks_for_is_kept(portal: Site) -> None:
    portal.robots = b"User-agent: *\nCrawl-delay: 2\nDisallow: /*?*\nAllow: /ok?*\n"
    portal.put("/a", b"x")
    slept: list[float] = []
    hosts = Hosts(pace=lambda seconds: Pace(seconds, clock=lambda: 0.0, sleep=slept.append))
    made = Fetcher(wired(private=True, own=portal.address), hosts, own=portal.address, pace=0.5, private=True)
    for _ in range(3):
        made.get(f"{portal.address}/a")
    assert slept[-2:] == [2.0, 4.0]
    with pytest.raises(UnseenError, match=r"robots\.txt"):
        made.get(f"{portal.address}/a?b=1")


def test_a_mark_before_the_first_rule_does_not_undo_it(portal: Site) -> None:
    portal.robots = b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n"
    made = Fetcher(wired(private=True, own=portal.address), Hosts(), own=portal.address, pace=0, private=True)
    with pytest.raises(UnseenError, match=r"robots\.txt"):
        made.get(f"{portal.address}/a")


@pytest.mark.parametrize(
    ("status", "body", "state"), [(500, b"", "refused"), (404, b"", "ok"), (200, b"<html>", "ok")]
)
def test_a_robots_txt_that_cannot_be_told_keeps_us_out_and_none_does_not(
    portal: Site, status: int, body: bytes, state: str
) -> None:
    portal.put("/a", b"x")
    portal.robots, portal.robots_status = body, status
    made = fetcher(portal)
    if state == "ok":
        assert made.get(f"{portal.address}/a").data == b"x"
    else:
        with pytest.raises(UnseenError, match=r"robots\.txt"):
            made.get(f"{portal.address}/a")


def test_letters_beyond_ascii_in_an_address_are_written_as_servers_want_them(portal: Site) -> None:
    portal.put("/%E3%83%87%20%E3%83%BC.csv", b"x")
    assert fetcher(portal).get(f"{portal.address}/デ ー.csv").data == b"x"
    assert fetcher(portal).get(f"{portal.address}/%E3%83%87%20ー.csv").data == b"x"


def test_a_connection_is_kept_and_one_that_was_closed_meanwhile_is_made_anew(portal: Site) -> None:
    portal.put("/a", b"x")

    def last(request: Request) -> None:
        send(request, 200, {}, b"y")
        request.close_connection = True  # without saying so

    portal.answers["/b"] = last
    made = fetcher(portal)
    for path in ("/a", "/b", "/a"):
        assert made.get(f"{portal.address}{path}").data
        time.sleep(0.05)


def test_the_distance_a_host_asks_for_is_kept_with_a_permission_too(portal: Site) -> None:
    portal.robots = b"User-agent: *\nCrawl-delay: 3\nDisallow: /\n"
    portal.put("/a", b"x")
    slept: list[float] = []
    hosts = Hosts(pace=lambda seconds: Pace(seconds, clock=lambda: 0.0, sleep=slept.append))
    made = Fetcher(
        wired(private=True, own=portal.address),
        hosts,
        own=portal.address,
        pace=0.5,
        private=True,
        permission="2026",
    )
    for _ in range(3):
        assert made.get(f"{portal.address}/a").data == b"x"
    assert slept[-2:] == [3.0, 6.0]
    slept.clear()
    wire = wired(private=True, own=portal.address)
    made = Fetcher(
        wire, Hosts(hosts.pace), own=portal.address, pace=2, private=True, permission="2026", agreed=True
    )
    for _ in range(3):
        assert made.get(f"{portal.address}/a").data == b"x"
    assert slept == [2.0, 4.0]


def test_the_proxy_of_an_office_is_used_and_still_no_private_number_asked_for(
    portal: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, portal.address.replace("http://", "http://me:secret@"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    portal.put("http://portal.example/a", b"x")

    def unknown(host: str, _: int) -> list[str]:
        if host == "10.0.0.1":
            return [host]
        raise OSError  # names are turned into numbers at the proxy

    wire = wired(patience=QUICK, resolve=unknown)
    assert wire.get("http://portal.example/a", {}, 100).body == b"x"
    assert portal.headers[-1]["proxy-authorization"] == "Basic bWU6c2VjcmV0"
    before = len(portal.asked)
    with pytest.raises(UnseenError) as error:
        wire.get("http://10.0.0.1/a", {}, 100)
    assert len(portal.asked) == before and "secret" not in error.value.ja


def test_a_host_without_the_encryption_it_promises_is_told_in_a_sentence(portal: Site) -> None:
    with pytest.raises(UnseenError, match="TLS"):
        wired(private=True, patience=QUICK).get(portal.address.replace("http:", "https:"), {}, 100)


@pytest.mark.parametrize(
    "url",
    [
        "http://x.example/\ud800",
        "http://\ud800.example/",
        "http://x.example/a\r\nX: y",
        "http://x\x00y/",
        "http://a b/",
    ],
)
def test_letters_that_no_address_holds_end_in_a_sentence(url: str) -> None:
    wire = wired(patience=QUICK, resolve=lambda *_: ["192.0.2.1"])
    with pytest.raises(UnseenError):
        wire.get(url, {}, 100)


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_a_redirect_to_a_japanese_name_leads_where_the_server_means(portal: Site, encoding: str) -> None:
    place = "/表 一覧.csv"

    def answer(request: Request) -> None:
        request.wfile.write(
            b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + place.encode(encoding) + b"\r\n\r\n"
        )

    portal.answers["/a"] = answer
    portal.put(quote(place.encode(encoding)), b"x")
    assert fetcher(portal).get(f"{portal.address}/a").data == b"x"


def test_a_redirect_to_a_page_to_sign_in_is_no_file_and_no_dead_link(portal: Site, tmp_path: Path) -> None:
    portal.ckan([package("d", {"url": f"{portal.address}/f.csv"})])
    portal.put("/f.csv", b"", 302, Location="/login?next=/f.csv")
    portal.put("/login", b"<!doctype html><title>login</title>", Content_Type="text/html")
    collected(tmp_path / "s", reading(portal))
    one = seen(tmp_path / "s")["d-1"]
    assert (one.verdict, one.alive) == ("not-seen", None)
