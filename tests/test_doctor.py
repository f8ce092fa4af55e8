"""odtool doctor where no CKAN is needed: judging, this machine, folders, ledgers, and portals that misbehave."""

import base64
import contextlib
import http.server
import json
import os
import random
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from odtool import advisories, doctor, machine
from odtool.clock import JST
from odtool.doctor import (
    NAMES,
    Finding,
    end_of,
    exit_code,
    of_certificate,
    of_clock,
    of_end,
    of_space,
    of_version,
)
from odtool.errors import PortalError
from odtool.ledger.record import ledger
from odtool.portal import reach
from odtool.portal.action import ActionApi, NotFound
from odtool.report.doctor_told import STATES, doctor_html, doctor_json, doctor_text
from tests.publishing import AED, odtool, reply, sample, server

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=JST)
ROOT = Path(__file__).parent.parent
HUSH = "hush-hush-token-0123456789"
ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def settings(place: Path, url: str, *more: str) -> None:
    lines = ["[portals.city]", 'type = "ckan"', f'url = "{url}"', 'token_env = "CITY"', *more]
    (place / "odtool.toml").write_text("\n".join(lines) + "\n", "utf-8")


def examined(
    place: Path, portal: str, *more: str, **variables: str
) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    done = odtool(place, "doctor", portal, "--format", "json", *more, **variables)
    said = done.stdout + done.stderr
    assert "Traceback" not in said and HUSH not in said and done.returncode in (0, 2, 3), said
    assert not ACTING.search(said)
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in json.loads(done.stdout)["findings"]:
        found.setdefault(finding["name"], []).append(finding)
    return done.returncode, found


# --- judging -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "state", "named"),
    [
        ("2.9.11", "warning", "CVE-2026-42031"),
        ("2.8.0", "warning", "CVE-2022-43685"),
        ("2.10.10", "warning", "GHSA-73fv-x47v-f4j5"),
        ("2.10.11", "ok", ""),
        ("2.11.4", "warning", "CVE-2026-42031"),
        ("2.11.6", "ok", ""),
        ("2.12.0", "ok", ""),
        ("2.12.1", "unknown", ""),
        ("2.11.7", "unknown", ""),
        ("3.0.0", "unknown", ""),
        ("", "unknown", ""),
        ("<b>x</b>", "unknown", ""),
        ("２.９.１１", "unknown", ""),
        ("9" * 5000, "unknown", ""),
    ],
)
def test_a_version_is_judged_by_a_dated_list(version: str, state: str, named: str) -> None:
    found = of_version(version)
    assert found.state == state
    assert not named or any(named in ids for ids in found.facts["advisories"])
    if state == "ok":
        assert advisories.AS_OF in found.ja  # later ones are not known
    if state == "warning":
        assert advisories.SOURCE in found.do_ja and "2.11.6" in found.do_ja


def test_a_vulnerability_is_claimed_of_no_release_that_mended_it() -> None:
    for advisory in advisories.ADVISORIES:
        assert not any(advisory.touches(fixed) for fixed in advisory.fixed)
        assert all(
            advisory.touches((*fixed[:2], fixed[2] - 1))
            for fixed in advisory.fixed
            if fixed[2] and fixed[:2] >= advisory.since
        )
        assert (
            re.fullmatch(r"(CVE|GHSA)-[\w-]+(, GHSA-[\w-]+)*", advisory.ids) and advisory.ja and advisory.en
        )
    assert not any(advisories.known_of(release) for release in advisories.NEWEST)


def test_the_gravest_vulnerabilities_are_told_first() -> None:
    grave = [advisory.grave for advisory in advisories.known_of((2, 9, 8))]
    assert grave == sorted(grave, reverse=True) and grave[0]


def token(**said: Any) -> str:
    return ".".join(
        base64.urlsafe_b64encode(part).rstrip(b"=").decode()
        for part in (b"{}", json.dumps(said).encode(), b"x")
    )


def test_the_end_of_a_token_is_what_it_says_of_itself() -> None:
    assert end_of(token(jti="a", exp=1_800_000_000)) == datetime.fromtimestamp(1_800_000_000, UTC)
    assert end_of(token(jti="a")) == "never"
    odd = ("", "a.b", "a.b.c", "a.!!.c", "11111111-2222-3333-4444-555555555555", token(exp=1), token(jti="a", exp="x"),
           token(jti="a", exp=1e40), token(jti="a", exp=float("nan")), token(jti="a", exp=[]), "é.é.é", "." * 1000)  # fmt: skip
    assert [end_of(text) for text in odd] == [None] * len(odd)


def test_an_end_is_warned_of_before_it_comes() -> None:
    states = {days: of_end(NOW + timedelta(days=days), NOW).state for days in (-1, 0, 1, 29, 30, 400)}
    assert states == {-1: "problem", 0: "problem", 1: "warning", 29: "warning", 30: "ok", 400: "ok"}
    assert of_end(None, NOW).state == "unknown" and of_end("never", NOW).state == "ok"
    assert "あと 29 日" in of_end(NOW + timedelta(days=29), NOW).ja
    assert [of_certificate(NOW + timedelta(days=days), NOW).state for days in (29, 30)] == ["warning", "ok"]


def test_clock_and_disk_are_judged_at_their_limits() -> None:
    assert [of_clock(s).state for s in (-301, -300, 0, 300, 301)] == ["warning", "ok", "ok", "ok", "warning"]
    assert "進んで" in of_clock(400).ja and "遅れて" in of_clock(-400).ja
    limits = (doctor.LITTLE, doctor.LITTLE - 1, doctor.TOO_LITTLE - 1)
    assert [of_space("/", free).state for free in limits] == ["ok", "warning", "problem"]


def test_what_is_mended_here_counts_before_what_is_mended_there() -> None:
    here, there = (Finding("address", "problem", "", "", side=side) for side in ("here", "there"))
    mild = [Finding("address", state, "", "") for state in ("ok", "warning", "unknown")]
    assert [exit_code(f) for f in (mild, [*mild, there], [there, here], [here])] == [0, 3, 2, 2]


# --- telling -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_state_and_every_thing_to_do_is_told_in_both_languages(lang: str) -> None:
    found = [
        Finding("token", state, f"文{state}", f"words {state}", "すること", "to be done") for state in STATES
    ]
    text = doctor_text("city", found, lang)
    for state in STATES:
        assert STATES[state][lang == "en"] in text and f"{'words ' if lang == 'en' else '文'}{state}" in text
    assert text.count("→ ") == len(STATES)
    assert ("未確認 1件" if lang == "ja" else "1 not known") in text


def test_what_came_from_outside_cannot_steer_a_terminal() -> None:
    nasty = Finding("ckan", "ok", "a\x1b[2Jb\u202ec\x9b", "x\x07\u200by", facts={"v": "\x1b]0;t\x07\u2028"})
    for text in (
        doctor_text("\x1b[31m", [nasty], "ja"),
        doctor_json({"name": "\x9b", "address": ""}, "now", [nasty]),
    ):
        assert not ACTING.search(text)
    assert json.loads(doctor_json(None, "now", [nasty]))["findings"][0]["facts"]["v"] == "\x1b]0;t\x07\u2028"


def test_the_page_shows_what_came_from_outside_as_text(tmp_path: Path) -> None:
    nasty = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J"
    found = [Finding("ckan", state, nasty, nasty, nasty, nasty) for state in STATES]
    for lang in ("ja", "en"):
        page = doctor_html(nasty, "2026-11-20T09:00:00+09:00", found, lang)
        assert "<script" not in page and "<img" not in page and "\x1b" not in page
        assert all(STATES[state][lang == "en"] in page for state in STATES)
    done = odtool(tmp_path, "doctor", "folder:out", "--format", "html", "-o", "doctor.html")
    assert done.returncode == 0 and "未確認" in (tmp_path / "doctor.html").read_text("utf-8")


def test_the_json_is_what_its_schema_promises(tmp_path: Path) -> None:
    schema = json.loads((ROOT / "docs" / "doctor.schema.json").read_text("utf-8"))
    assert schema["$defs"]["finding"]["properties"]["name"]["enum"] == list(NAMES)
    with server(misbehaving(3, honest_start=True)) as url:
        settings(tmp_path, url)
        calls = ([], ["city"], ["city", "--write-test"], ["nowhere"], ["folder:out"])
        for arguments in calls:
            jsonschema.validate(
                json.loads(odtool(tmp_path, "doctor", *arguments, "--format", "json").stdout), schema
            )


def test_every_name_of_a_finding_is_known_in_both_languages() -> None:
    assert all(ja and en for ja, en in NAMES.values())


# --- this machine, folders, ledgers ------------------------------------------------------------


def test_without_a_portal_this_machine_is_looked_at(tmp_path: Path) -> None:
    done = odtool(tmp_path, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("Python", "ckanapi", "polars", "utf-8", str(tmp_path), "odtool.toml"):
        assert word in "".join(line.strip() for line in done.stdout.splitlines()), word
    english = odtool(tmp_path, "doctor", "--lang", "en")
    assert "There is no file of settings" in " ".join(english.stdout.split())
    assert not list(tmp_path.iterdir())


def test_a_console_that_cannot_show_everything_is_warned_of(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="cp932") as stdout:
        (found,) = (f for f in machine.findings(None, stdout) if f.name == "console")
    assert found.state == "warning" and "cp932" in found.ja and "PYTHONUTF8" in found.do_ja


@pytest.mark.parametrize(
    "text", ["[portals", '[portals.city]\ntype = "ftp"\n', '[portals.city]\ntype = "ckan"\n']
)
def test_settings_that_cannot_be_read_are_a_problem_of_ours(tmp_path: Path, text: str) -> None:
    (tmp_path / "odtool.toml").write_text(text, "utf-8")
    code, found = examined(tmp_path, "city")
    assert code == 2 and found["settings"][-1]["state"] == "problem"
    assert odtool(tmp_path, "doctor").returncode == 2


def test_a_portal_that_nobody_declared_is_a_problem_of_ours(tmp_path: Path) -> None:
    settings(tmp_path, "http://127.0.0.1:9")
    code, found = examined(tmp_path, "town")
    assert code == 2 and "city" in found["settings"][-1]["message"]["ja"]


def test_wrong_usage_is_one_sentence(tmp_path: Path) -> None:
    for arguments in (["--write-test"], ["city", "--municipality", "123456"], ["--municipality", "261009"]):
        done = odtool(tmp_path, "doctor", *arguments)
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_a_folder_is_looked_at_and_left_as_it_is(tmp_path: Path) -> None:
    code, found = examined(tmp_path, "folder:out")
    assert code == 0 and not list(tmp_path.iterdir())
    assert found["folder"][0]["state"] == "ok" and found["disk"][0]["facts"]["free_bytes"] > 0
    (tmp_path / "out").write_text("", "utf-8")
    code, found = examined(tmp_path, "folder:out")
    assert code == 2 and found["folder"][0]["state"] == "problem"


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a place that nobody may write to")
def test_a_folder_that_cannot_be_written_to_is_a_problem(tmp_path: Path) -> None:
    code, found = examined(tmp_path, "folder:/proc/odtool")
    assert code == 2 and found["folder"][0]["state"] == "problem"
    code, found = examined(tmp_path, "folder:out", "--ledger", "/proc/odtool/ledger.sqlite")
    assert code == 2 and found["ledger"][0]["state"] == "problem"


def test_a_folder_or_a_ledger_that_cannot_be_looked_at_is_a_problem(tmp_path: Path) -> None:
    name = "x" * 300
    _, found = examined(tmp_path, f"folder:{name}", "--ledger", name)
    assert (found["folder"][0]["state"], found["ledger"][0]["state"]) == ("problem", "problem")
    assert found["last-run"][0]["state"] == "unknown"


def test_the_web_address_of_a_folder_is_asked(tmp_path: Path) -> None:
    def declare(url: str) -> None:
        (tmp_path / "odtool.toml").write_text(
            f'[portals.web]\ntype = "folder"\npath = "out"\nbase_url = "{url}"\n', "utf-8"
        )

    with server(lambda request: reply(request, 404 if "no" in request.path else 200, b"hello")) as url:
        declare(url)
        assert examined(tmp_path, "web")[1]["web-address"][0]["state"] == "ok"
        declare(f"{url}/no")
        assert examined(tmp_path, "web")[1]["web-address"][0]["state"] == "warning"
    declare("http://127.0.0.1:9")
    code, found = examined(tmp_path, "web")
    assert code == 0 and found["web-address"][0]["state"] == "warning"


def test_the_last_run_is_told_from_the_ledger(tmp_path: Path) -> None:
    odtool(tmp_path, "publish", sample(AED), "--portal", "folder:out")
    _, found = examined(tmp_path, "folder:out")
    assert found["last-run"][0]["state"] == "ok" and "成功" in found["last-run"][0]["message"]["ja"]
    with (
        ledger(tmp_path / "odtool-ledger.sqlite") as book,
        pytest.raises(KeyError),
        book.run("publish", portal="folder:out", address=str(tmp_path / "out"), now=NOW.isoformat),
    ):
        raise KeyError
    code, found = examined(tmp_path, "folder:out")
    (last,) = found["last-run"]
    assert code == 0 and last["state"] == "warning" and last["facts"]["exit_code"] == 4
    assert last["facts"]["last_good"] and "history" in last["do"]["ja"]


def test_a_ledger_that_is_none_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "odtool-ledger.sqlite").write_bytes(b"no database" * 100)
    code, found = examined(tmp_path, "folder:out")
    assert (
        code == 2 and found["ledger"][0]["state"] == "problem" and found["last-run"][0]["state"] == "unknown"
    )


# --- portals that are not there, or no portals --------------------------------------------------


def test_a_name_that_nobody_has_is_told_apart_from_a_closed_port(tmp_path: Path) -> None:
    settings(tmp_path, "http://portal.invalid")
    code, found = examined(tmp_path, "city", CITY=HUSH)
    assert code == 3 and "DNS" in found["address"][0]["message"]["ja"]
    settings(tmp_path, "http://127.0.0.1:9")
    code, found = examined(tmp_path, "city", CITY=HUSH)
    assert code == 3 and "断られ" in found["address"][0]["message"]["ja"]
    for name in ("version", "token-valid", "organization", "datastore"):
        assert found[name][0]["state"] == "unknown"  # never ok without having been asked


def test_a_redirect_is_told_and_the_token_does_not_follow_it(tmp_path: Path) -> None:
    seen: list[str] = []

    def elsewhere(request: http.server.BaseHTTPRequestHandler) -> None:
        seen.append(request.headers.get("Authorization", ""))
        request.send_response(301)
        request.send_header(
            "Location", "https://user:hidden@new.example.jp/ckan/api/3/action/status_show?key=hidden"
        )
        request.send_header("Content-Length", "0")
        request.end_headers()

    with server(elsewhere) as url:
        settings(tmp_path, url)
        code, found = examined(tmp_path, "city", CITY=HUSH)
    (address,) = found["address"]
    assert code == 2 and "https://new.example.jp/ckan に" in address["message"]["ja"]
    assert "hidden" not in json.dumps(address) and seen == [""]


def test_a_proxy_is_told_without_its_password(tmp_path: Path) -> None:
    settings(tmp_path, "http://portal.example.jp")
    code, found = examined(
        tmp_path, "city", CITY=HUSH, HTTP_PROXY="http://me:hidden@127.0.0.1:9", NO_PROXY=""
    )
    (proxy,) = found["proxy"]
    assert "127.0.0.1:9" in proxy["message"]["ja"] and "HTTP_PROXY" in proxy["message"]["ja"]
    assert code == 3 and "hidden" not in json.dumps(found)


@contextmanager
def speaking_tls(folder: Path, days: int, name: str = "localhost") -> Iterator[tuple[int, Path]]:
    """A server with a certificate of its own, and the file by which it can be trusted."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", str(days),
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"], capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("openssl makes no certificate here")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply(self, 200, b'{"success": true, "result": {"ckan_version": "2.12.0"}}', "application/json")

        def log_message(self, *_: object) -> None:
            """Tests need no log."""

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    running.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield running.server_address[1], certificate
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def test_a_certificate_is_judged_by_who_issued_it_its_name_and_its_end(tmp_path: Path) -> None:
    with speaking_tls(tmp_path, 10) as (port, trusted):
        settings(tmp_path, f"https://localhost:{port}")
        code, found = examined(tmp_path, "city", CITY=HUSH)
        assert code == 3 and "自己署名" in found["certificate"][0]["message"]["ja"]
        assert "REQUESTS_CA_BUNDLE" in found["certificate"][0]["do"]["ja"] and "ckan" not in found
        code, found = examined(tmp_path, "city", CITY=HUSH, REQUESTS_CA_BUNDLE=str(trusted))
        assert found["certificate"][0]["state"] == "warning" and found["certificate"][0]["facts"]["days"] in (
            9,
            10,
        )
        assert found["ckan"][0]["state"] == "ok"
        code, found = examined(tmp_path, "city", CITY=HUSH, REQUESTS_CA_BUNDLE=str(tmp_path / "none.pem"))
        assert code == 2 and "none.pem" in found["trust"][0]["message"]["ja"] and "ckan" not in found
    with speaking_tls(tmp_path, 90, "elsewhere.example.jp") as (port, trusted):
        settings(tmp_path, f"https://localhost:{port}")
        code, found = examined(tmp_path, "city", CITY=HUSH, REQUESTS_CA_BUNDLE=str(trusted))
        assert code == 3 and "別の名前のサーバーのもの" in found["certificate"][0]["message"]["ja"]


# --- hostile answers ---------------------------------------------------------------------------

STATUS = {
    "success": True,
    "result": {"ckan_version": "2.12.0", "locale_default": "ja", "extensions": ["datastore"]},
}
_DEEP = b"[" * 100_000 + b"]" * 100_000
ANSWERS: tuple[bytes, ...] = (
    b"", b"null", b"[]", b"0", b'"text"', b"<html><script>alert(1)</script>", b"\xff\xfe\x00", _DEEP, b'{"success": true}',
    b'{"success": true, "result": null}', b'{"success": true, "result": 3}', b'{"success": true, "result": []}',
    b'{"success": true, "result": [null, 1, {}, {"name": 3, "id": {}}, {"id": [], "url": "creativecommons.org/licenses/by/4.0"}]}',
    b'{"success": true, "result": {"name": "\\u001b[2J\\u202e", "sysadmin": "yes", "records": 1, "count": "x"}}',
    b'{"success": true, "result": {"ckan_version": ["\\u001b"], "extensions": {"a": 1}, "locale_default": 9}}',
    b'{"success": false}', b'{"success": false, "error": []}', b'{"success": false, "error": {"__type": 7, "message": [1]}}',
    b'{"success": false, "error": {"__type": "Validation Error", "upload": [[[["\\u001b[31m"]]]]}}',
    b'{"success": false, "error": {"__type": "Not Found Error"}}', b'{"success": false, "error": {"__type": "Authorization Error"}}',
    b'{"success": true, "result": [' + b'{"name": "x", "id": "y"},' * 20_000 + b"1]}",
)  # fmt: skip


def misbehaving(seed: int, *, honest_start: bool) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """A portal that answers anything to anything, the same for the same seed."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        action = request.path.partition("?")[0].rpartition("/")[2]
        if honest_start and action == "status_show":
            reply(request, 200, json.dumps(STATUS).encode(), "application/json")
            return
        if honest_start and seed % 2 and action == "organization_list_for_user":  # so that writing is tried
            mine = {"success": True, "result": [{"name": "261009", "id": "x"}]}
            reply(request, 200, json.dumps(mine).encode(), "application/json")
            return
        dice = random.Random(f"{seed} {action}")
        code = dice.choice((200, 200, 200, 200, 302, 400, 403, 404, 409, 500))
        reply(
            request, code, dice.choice(ANSWERS), dice.choice(("application/json", "text/html", "x/\x1b[31m"))
        )

    return answer


@pytest.mark.parametrize("seed", range(30))
def test_no_answer_of_a_portal_is_too_odd(tmp_path: Path, seed: int) -> None:
    settings(tmp_path, "http://127.0.0.1:9", "datastore = true")
    with server(misbehaving(seed, honest_start=seed % 5 > 0)) as url:
        settings(tmp_path, url, "datastore = true")
        more = ["--write-test"] if seed % 2 else []
        _, found = examined(tmp_path, "city", "--municipality", "261009", *more, CITY=HUSH)
    assert all(finding["state"] != "ok" for finding in found.get("write", []))


@pytest.mark.parametrize("body", ANSWERS, ids=range(len(ANSWERS)))
def test_whatever_a_portal_answers_to_a_call_is_a_sentence_or_a_value(body: bytes) -> None:
    for code in (200, 400, 409, 500):

        def same(request: http.server.BaseHTTPRequestHandler, code: int = code) -> None:
            reply(request, code, body, "application/json")

        with server(same) as url:
            api = ActionApi(url, HUSH, pause=0)
            for call in (api.read, api.write):
                with contextlib.suppress(PortalError, NotFound):
                    call("package_show", id="x")
            api.close()


def test_an_answer_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    def endless(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(b" " * 65_536)
        except OSError:
            pass

    with server(endless) as url:
        settings(tmp_path, url)
        code, found = examined(tmp_path, "city", CITY=HUSH)
    assert code == 3 and found["ckan"][0]["state"] == "problem"


def test_a_portal_that_says_nothing_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = reach.reach(f"http://127.0.0.1:{silent.getsockname()[1]}", lambda: NOW, timeout=(0.2, 0.2))
    assert found.status is None and found.findings[-1].state == "problem"


def test_a_portal_that_dribbles_is_given_up_in_time() -> None:
    def dribble(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        with contextlib.suppress(OSError):
            while True:
                request.wfile.write(b" ")
                time.sleep(0.001)

    with server(dribble) as url:
        found = reach.reach(url, lambda: NOW, longest=0.3)
    assert found.status is None and "長すぎ" in found.findings[-1].ja


def test_a_clock_that_is_off_is_told(tmp_path: Path) -> None:
    def late(request: http.server.BaseHTTPRequestHandler) -> None:
        request.date_time_string = lambda *_: "Mon, 01 Jan 2024 00:00:00 GMT"  # type: ignore[method-assign]
        reply(request, 200, json.dumps(STATUS).encode(), "application/json")

    with server(late) as url:
        found = reach.reach(url, lambda: NOW)
    (clock,) = (f for f in found.findings if f.name == "clock")
    assert clock.state == "warning" and "遅れて" in clock.ja


def test_nothing_of_the_token_is_told(tmp_path: Path) -> None:
    """Also where the portal repeats what it was sent."""

    def parrot(request: http.server.BaseHTTPRequestHandler) -> None:
        if "status_show" in request.path:
            reply(request, 200, json.dumps(STATUS).encode(), "application/json")
            return
        said = request.headers.get("Authorization", "")
        error = {"__type": "Validation Error", "name": [said], "message": said}
        reply(request, 409, json.dumps({"success": False, "error": error}).encode(), "application/json")

    (tmp_path / "file").write_text(HUSH, "utf-8")
    (tmp_path / "file").chmod(0o644)
    with server(parrot) as url:
        settings(tmp_path, url)
        examined(tmp_path, "city", "--write-test", "--municipality", "261009", CITY=HUSH)
        settings(tmp_path, url, 'token_file = "file"')
        _, found = examined(tmp_path, "city")
    if os.name == "posix":
        assert "chmod 600" in found["token"][0]["message"]["ja"]


def test_doctor_does_not_load_what_it_does_not_need() -> None:
    code = "import sys, odtool.cli.doctor; sys.exit('polars' in sys.modules or 'frictionless' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
