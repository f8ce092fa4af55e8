"""Connections in an office whose proxy opens TLS: whose certificates are believed, and what is told of all others."""

import http.client
import http.server
import json
import select
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
import trustme

from odtool import trust
from odtool.collect.wire import Wire
from odtool.errors import OdtoolError
from odtool.jobs import mail, webhook
from odtool.jobs.digest import Digest
from odtool.jobs.part import Part
from odtool.jobs.settings import Reader
from odtool.portal import web
from tests.publishing import odtool, reply

DAY = timedelta(days=1)
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def known(authority: trustme.CA, tmp_path: Path) -> Path:
    """The file that the network's people would hand out."""
    path = tmp_path / "認証局.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*trust.VARIABLES, trust.FOLDERS, "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def speaking(certificate: trustme.LeafCert) -> Iterator[int]:
    """A server with that certificate; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply(self, 200, b'{"success": true, "result": {"ckan_version": "2.12.0"}}', "application/json")

        def log_message(self, *_: object) -> None:
            """Tests need no log."""

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    running.socket = context.wrap_socket(running.socket, server_side=True, do_handshake_on_connect=False)
    running.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield running.server_address[1]
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


@contextmanager
def inspecting(port: int) -> Iterator[str]:
    """The proxy of an office: whatever host is asked for, the answer comes from the server at `port`, under its
    certificate. Its address."""

    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            self.send_response(200)
            self.end_headers()
            with socket.create_connection(("127.0.0.1", port)) as there:
                ways = {self.connection: there, there: self.connection}
                while ready := select.select(list(ways), [], [], 5)[0]:
                    for one in ready:
                        if not (came := one.recv(65_536)):
                            return
                        ways[one].sendall(came)

        def log_message(self, *_: object) -> None:
            """Tests need no log."""

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    running.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}"
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def by_session(url: str) -> int:
    with web.session("test", 0) as session:
        try:
            return session.get(url, timeout=5).status_code
        except requests.RequestException as error:
            raise web.failure(error, url, writing=False) from None


def by_wire(url: str) -> int:
    wire = Wire(private=True)
    try:
        return wire.get(url, {}, 1_000).status
    finally:
        wire.close()


PART = Part(Digest("nightly", "1", NOW.isoformat(), NOW.isoformat(), "city", False, 0, {}, ()), (), "")


def by_mail(url: str) -> int:
    """The handshake alone: what comes after it is no mail server."""
    port = int(url.rpartition(":")[2].strip("/"))
    reader = Reader(
        "joho", "mail", ("b@example.jp",), "a@example.jp", host="localhost", port=port, tls="implicit"
    )
    try:
        mail.send(reader, (PART,), {})
    except OdtoolError as error:
        if "証明書" in error.ja:
            raise
    return 200


def by_webhook(url: str) -> int:
    """The handshake alone: the server does not take what is sent."""
    try:
        webhook.send(Reader("localhost", "json"), (PART,), {"ODTOOL_NOTIFY_LOCALHOST": f"{url}hush"})
    except OdtoolError as error:
        if "証明書" in error.ja or "hush" in error.ja + error.en:
            raise
    return 200


CLIENTS = pytest.mark.parametrize("asked", [by_session, by_wire])
Asked = Callable[[str], int]


@CLIENTS
@pytest.mark.parametrize("variable", trust.VARIABLES)
def test_an_authority_is_believed_where_any_of_the_variables_names_it(
    authority: trustme.CA, known: Path, monkeypatch: pytest.MonkeyPatch, asked: Asked, variable: str
) -> None:
    with speaking(authority.issue_cert("localhost")) as port:
        url = f"https://localhost:{port}/"
        with pytest.raises(OdtoolError, match="発行元をこのパソコンが知らない") as error:
            asked(url)
        assert "ネットワーク担当" in error.value.ja and "REQUESTS_CA_BUNDLE" in error.value.ja
        assert "REQUESTS_CA_BUNDLE" in error.value.en and "nothing was sent" in error.value.en
        monkeypatch.setenv(variable, str(known))
        assert asked(url) == 200


@CLIENTS
def test_an_authority_is_believed_that_lies_in_a_folder_or_is_saved_as_windows_does(
    authority: trustme.CA, known: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: Asked
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "office.pem").write_bytes(known.read_bytes())
    subprocess.run(["openssl", "rehash", folder], check=True, capture_output=True)
    der = tmp_path / "office.cer"
    der.write_bytes(ssl.PEM_cert_to_DER_cert(known.read_text("ascii")))
    with speaking(authority.issue_cert("localhost")) as port:
        for variable, place in (
            (trust.FOLDERS, folder),
            ("REQUESTS_CA_BUNDLE", folder),
            ("SSL_CERT_FILE", der),
        ):
            with monkeypatch.context() as here:
                here.setenv(variable, str(place))
                assert asked(f"https://localhost:{port}/") == 200


def test_what_is_named_adds_to_what_the_machine_believes(known: Path) -> None:
    alone = trust.context("linux", {})
    more = trust.context("linux", {"REQUESTS_CA_BUNDLE": str(known)})
    assert len(more.get_ca_certs()) == len(alone.get_ca_certs()) + 1
    assert trust.trusted("linux", {"SSL_CERT_FILE": str(known)}).ja == trust.trusted("linux", {}).ja


@CLIENTS
def test_the_authority_between_suffices(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: Asked
) -> None:
    between = authority.create_child_ca()
    place = tmp_path / "between.pem"
    between.cert_pem.write_to_path(str(place))
    monkeypatch.setenv("SSL_CERT_FILE", str(place))
    with speaking(between.issue_cert("localhost")) as port:
        assert asked(f"https://localhost:{port}/") == 200


@pytest.mark.parametrize("asked", [by_session, by_wire, by_mail, by_webhook])
def test_what_is_wrong_with_a_certificate_is_told_apart(
    authority: trustme.CA, known: Path, monkeypatch: pytest.MonkeyPatch, asked: Asked
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(known))
    cases = {
        "期限が切れている": authority.issue_cert("localhost", not_before=NOW - 9 * DAY, not_after=NOW - DAY),
        "まだ有効になっていない": authority.issue_cert(
            "localhost", not_before=NOW + DAY, not_after=NOW + 9 * DAY
        ),
        "別の名前のサーバーのもの": authority.issue_cert("elsewhere.example.jp"),
        "発行元をこのパソコンが知らない": trustme.CA().issue_cert("localhost"),
    }
    for told, certificate in cases.items():
        with speaking(certificate) as port, pytest.raises(OdtoolError, match=told) as error:
            asked(f"https://localhost:{port}/")
        assert error.value.ja.endswith("ください。") and "localhost" in error.value.ja
    with speaking(authority.issue_cert("localhost")) as port:
        assert asked(f"https://localhost:{port}/") == 200


@CLIENTS
def test_a_certificate_signed_by_nobody_else_is_told_as_that(tmp_path: Path, asked: Asked) -> None:
    key, made = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", made, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], capture_output=True, check=True,
    )  # fmt: skip
    alone = trustme.LeafCert(key.read_bytes(), made.read_bytes(), [])
    with speaking(alone) as port, pytest.raises(OdtoolError, match="自己署名"):
        asked(f"https://localhost:{port}/")


def test_no_caller_can_do_without_certificates(authority: trustme.CA) -> None:
    with speaking(authority.issue_cert("localhost")) as port, web.session("test", 0) as session:
        session.verify = False
        for how in ({}, {"verify": False}):
            with pytest.raises(requests.exceptions.SSLError):
                session.get(f"https://localhost:{port}/", timeout=5, **how)  # type: ignore[arg-type]


@CLIENTS
@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_named_file_that_is_of_no_use_is_told_with_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: Asked, content: bytes | None
) -> None:
    place = tmp_path / "office.pem"
    if content is not None:
        place.write_bytes(content)
    monkeypatch.setenv("CURL_CA_BUNDLE", str(place))
    with pytest.raises(OdtoolError, match="CURL_CA_BUNDLE") as error:
        asked("https://localhost:9/")
    assert "office.pem" in error.value.ja
    assert ("場所がありません" if content is None else "証明書が入っていません") in error.value.ja


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_each_system_is_asked_with_the_same_care(authority: trustme.CA, known: Path, platform: str) -> None:
    """On another system than its own, truststore reads that of OpenSSL; what goes through it is the same."""
    with (
        speaking(authority.issue_cert("localhost")) as right,
        speaking(authority.issue_cert("x.jp")) as wrong,
    ):
        context = trust.context(platform, {"REQUESTS_CA_BUNDLE": str(known)})
        assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED
        adapter = web.Adapter()
        adapter._trusted = context
        with web.session("test", 0) as session:
            session.mount("https://", adapter)
            assert session.get(f"https://localhost:{right}/", timeout=5).status_code == 200
            with pytest.raises(requests.exceptions.SSLError) as error:
                session.get(f"https://localhost:{wrong}/", timeout=5)
            assert trust.kind(error.value) == "name"
        made = http.client.HTTPSConnection("localhost", right, context=context, timeout=5)
        made.request("GET", "/")
        assert made.getresponse().status == 200
        made.close()


@pytest.mark.parametrize(
    ("code", "kind"), [(0x800B0101, "expired"), (0x800B0109, "issuer"), (-67602, "name"), (77, "certificate")]
)
def test_the_codes_of_other_systems_are_known(code: int, kind: str) -> None:
    error = ssl.SSLCertVerificationError("secret")
    error.verify_code = code
    assert trust.kind(error) == kind and "secret" not in "".join(trust.refusal(error, "x"))


def test_a_machine_without_a_list_takes_the_one_of_certifi(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nowhere = str(tmp_path / "none")
    bare = ssl.DefaultVerifyPaths(None, None, "SSL_CERT_FILE", nowhere, "SSL_CERT_DIR", nowhere)  # type: ignore[arg-type]
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: bare)
    monkeypatch.setattr(trust, "BUNDLES", ())
    assert "certifi" in trust.trusted("linux", {}).ja and len(trust.context("linux", {}).get_ca_certs()) > 50


def settings(folder: Path, url: str) -> None:
    text = f'[portals.city]\ntype = "ckan"\nurl = "{url}"\nlicence = "cc-by-4.0"\n'
    (folder / "odtool.toml").write_text(text, "utf-8")


def examined(folder: Path, **variables: str) -> dict[str, dict[str, object]]:
    done = odtool(folder, "doctor", "city", "--format", "json", CKAN_API_TOKEN="hush-0123456789", **variables)
    assert "Traceback" not in done.stderr
    return {found["name"]: found for found in json.loads(done.stdout)["findings"]}


def test_behind_a_proxy_that_opens_tls_the_office_is_told_what_to_ask_for(
    authority: trustme.CA, known: Path, tmp_path: Path
) -> None:
    settings(tmp_path, "https://portal.example.jp")
    with speaking(authority.issue_cert("portal.example.jp")) as port, inspecting(port) as proxy:
        blank = {"HTTPS_PROXY": proxy, "https_proxy": proxy} | dict.fromkeys(
            (*trust.VARIABLES, trust.FOLDERS, "NO_PROXY", "no_proxy"), ""
        )
        found = examined(tmp_path, **blank)
        assert found["certificate"]["state"] == "problem" and "ckan" not in found
        assert "ネットワーク担当" in found["certificate"]["do"]["ja"]  # type: ignore[index]
        assert "このパソコンの一覧" in found["trust"]["message"]["ja"]  # type: ignore[index]
        found = examined(tmp_path, **blank | {"REQUESTS_CA_BUNDLE": str(known)})
        assert found["ckan"]["state"] == "ok" and found["certificate"]["state"] == "unknown"
        assert "認証局.pem" in found["trust"]["message"]["ja"]  # type: ignore[index]
        found = examined(tmp_path, **blank | {"SSL_CERT_FILE": str(tmp_path / "none.pem")})
        assert found["trust"]["state"] == "problem" and "ckan" not in found


def test_the_machine_alone_tells_whom_it_believes(tmp_path: Path, known: Path) -> None:
    done = odtool(tmp_path, "doctor", "--lang", "en", SSL_CERT_FILE=str(known))
    assert "trusted authorities" in done.stdout and "SSL_CERT_FILE" in done.stdout


def test_nothing_is_loaded_before_a_connection_is_made() -> None:
    code = "import sys; from odtool import trust; print([m for m in ('truststore', 'certifi', 'requests') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
