"""Requests to portals that misbehave: no answer without an end, no fault of ours, nobody else's password."""

import http.server
from pathlib import Path

import pytest
import requests

from odtool.errors import PortalError
from odtool.planning.plan import Held
from odtool.portal import PortalStopError, web
from odtool.portal.action import ActionApi
from odtool.portal.ckan import Ckan
from odtool.portal.ckan_entry import held
from tests.publishing import AED, odtool, reply, sample, server

Request = http.server.BaseHTTPRequestHandler


def endless(request: Request) -> None:
    """Sends without an end, for as long as somebody takes it."""
    request.rfile.read(int(request.headers.get("Content-Length", 0)))
    request.send_response(200)
    request.end_headers()
    try:
        while True:
            request.wfile.write(b" " * 65_536)
    except OSError:
        request.close_connection = True


def test_an_answer_without_an_end_is_not_read_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "LARGEST_ANSWER", 1_000_000)
    with server(endless) as address:
        api = ActionApi(address, "", pause=0)
        with pytest.raises(PortalStopError, match="終わりません"):
            api.read("package_show", id="x")
        with pytest.raises(web.UncertainError, match="終わりません"):
            api.write("package_create", name="x")
        api.close()


def test_a_file_without_an_end_is_read_no_further_than_it_should_go() -> None:
    with server(endless) as address:
        portal = Ckan("test", address, "", pause=0)
        file = Held("x.csv", "id", "0" * 64, 10, f"{address}/x.csv")
        assert portal.digest(file) != file.sha256
        portal.close()


def test_an_answer_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "LONGEST_ANSWER", -1.0)
    with server(lambda request: reply(request, 200, b"{}")) as address:
        api = ActionApi(address, "", pause=0)
        with pytest.raises(PortalStopError, match="終わりません"):
            api.read("package_show", id="x")
        api.close()


def test_the_page_of_a_redirect_is_not_read() -> None:
    def redirect(request: Request) -> None:
        if request.path == "/there":
            reply(request, 200, b"here")
            return
        request.send_response(302)
        request.send_header("Location", "/there")
        request.end_headers()
        try:
            while True:
                request.wfile.write(b" " * 65_536)
        except OSError:
            request.close_connection = True

    with server(redirect) as address, web.session("test", 0) as session:
        assert session.get(address, timeout=10).content == b"here"


@pytest.mark.parametrize("place", ["http://[x/", "http://a b:c/"])
def test_a_redirect_to_no_address_is_a_request_that_failed(place: str) -> None:
    def redirect(request: Request) -> None:
        request.send_response(302)
        request.send_header("Location", place)
        request.send_header("Content-Length", "0")
        request.end_headers()

    with (
        server(redirect) as address,
        web.session("test", 0) as session,
        pytest.raises(requests.RequestException),
    ):
        session.get(address, timeout=10)


def test_an_odd_answer_to_a_write_may_mean_that_it_was_done() -> None:
    with server(lambda request: reply(request, 200, b"<html>Welcome</html>")) as address:
        api = ActionApi(address, "", pause=0)
        with pytest.raises(web.UncertainError, match="CKAN として"):
            api.write("package_create", name="x")
        assert api.surely(lambda: api.write("package_create", name="x"), lambda: True) is None
        api.close()


def test_a_time_to_wait_that_is_no_number_is_no_fault_of_ours() -> None:
    def busy(request: Request) -> None:
        request.rfile.read(int(request.headers.get("Content-Length", 0)))
        request.send_response(503)
        request.send_header("Retry-After", "²")
        request.send_header("Content-Length", "0")
        request.end_headers()

    with server(busy) as address:
        api = ActionApi(address, "", pause=0)
        with pytest.raises(PortalError, match="503"):
            api.write("package_create", name="x")
        api.close()


@pytest.mark.parametrize("size", ["²", "9" * 5_000, "-1"])
def test_a_size_that_is_no_number_is_not_known(size: str) -> None:
    assert held({"id": "x", "size": size}, tables=False).size is None


def test_a_link_that_a_hand_put_in_the_place_of_our_file_is_not_ours() -> None:
    """The API leaves our marks where they are, unlike the portal's own form."""
    ours = {"id": "x", "hash": "sha256:ab", "odtool_sha256": "ab", "url_type": "upload"}
    assert not held(ours, tables=False).edited
    for kind in ("", None, "datastore"):
        found = held(ours | {"url_type": kind, "url": "https://example.jp/x.csv"}, tables=False)
        assert (found.edited, found.sha256) == (True, "")


def test_a_file_of_passwords_is_not_sent_in_the_place_of_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password secret\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    met: list[str | None] = []

    def answer(request: Request) -> None:
        met.append(request.headers.get("Authorization"))
        reply(request, 404, b"")

    with server(answer) as address:
        api = ActionApi(address, "our-token", pause=0)
        with pytest.raises(PortalError):
            api.read("package_show", id="x")
        api.public.get(address, timeout=10)
        api.close()
    assert met == ["our-token", None]


def test_certificates_that_cannot_be_read_are_told_in_a_sentence(tmp_path: Path) -> None:
    done = odtool(
        tmp_path, "publish", sample(AED), "--portal", "https://127.0.0.1:9",
        CKAN_API_TOKEN="hush-hush-0123456789", REQUESTS_CA_BUNDLE=str(tmp_path / "none.pem"),
    )  # fmt: skip
    assert done.returncode == 3 and "REQUESTS_CA_BUNDLE" in done.stderr, done.stderr
