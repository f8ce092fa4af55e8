"""Who is told what: by a real mail server over TLS, by a real web server; nothing twice, and never a secret."""

import http.server
import json
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from tests.publishing import AED, NOTE, OTHER_NOTE, edited, odtool, reply, sample, server

BAD = "262072_hospital.csv"
PASSWORD = "hunter2-Geheim-7f3a"
SETTINGS = """[portals.site]
type = "folder"
path = "public"

[jobs.nightly]
portal = "site"
sources = ["data"]
notify = ["joho"]
"""


class Box:
    """What the mail server took."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.peers: list[bool] = []

    async def handle_DATA(self, _server: object, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        self.peers.append(session.ssl is not None)
        return "250 OK"


def right(_server: object, _session: object, _envelope: object, _mechanism: str, told: Any) -> AuthResult:
    good = isinstance(told, LoginPassword) and told.password.decode() == PASSWORD
    return AuthResult(success=good, handled=False)


def free_port() -> int:
    """One that is free now; the mail server cannot choose one itself."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "cert.pem"
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", made, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("openssl makes no certificate here")
    return key, made


@pytest.fixture
def post(certificate: tuple[Path, Path]) -> Iterator[tuple[Box, int]]:
    """A mail server that takes nothing without STARTTLS and a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    box = Box()
    running = Controller(
        box, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True, auth_required=True,
        authenticator=right,
    )  # fmt: skip
    running.start()
    try:
        yield box, running.port
    finally:
        running.stop()


@pytest.fixture
def office(tmp_path: Path) -> Path:
    root = tmp_path / "office"
    (root / "data").mkdir(parents=True)
    for name in (AED, BAD):
        shutil.copy(sample(name), root / "data" / name)
    return root


def settings(office: Path, *reader: str) -> None:
    text = SETTINGS + "\n[notify.joho]\n" + "\n".join(reader) + "\n"
    (office / "odtool.toml").write_text(text, "utf-8")


def by_mail(office: Path, port: int, *more: str) -> None:
    settings(office, 'type = "mail"', 'host = "localhost"', f"port = {port}", 'from = "odtool@example.jp"',
             'to = ["joho@example.jp", "kikaku@example.jp"]', 'user = "odtool"', *more)  # fmt: skip


def run(office: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    own = {"ODTOOL_STATE": str(office.parent / "state"), "ODTOOL_CACHE": str(office.parent / "cache")}
    return odtool(office, "run", *arguments, **(own | variables))


def text(mail: EmailMessage) -> str:
    return str(mail.get_content())


def secrets_nowhere(office: Path, done: subprocess.CompletedProcess[str], *secrets: str) -> None:
    found = done.stdout + done.stderr
    for path in office.rglob("*"):
        if path.is_file() and "secret" not in path.name:
            found += path.read_bytes().decode("utf-8", "replace")
    for secret in secrets:
        assert secret not in found


# --- mail -------------------------------------------------------------------------------------------


def test_a_digest_comes_by_mail_over_tls_and_says_nothing_twice(
    office: Path, post: tuple[Box, int], certificate: tuple[Path, Path]
) -> None:
    box, port = post
    by_mail(office, port, 'pages = "https://intra.example.jp/odtool"')
    known = {"ODTOOL_NOTIFY_JOHO": PASSWORD, "SSL_CERT_FILE": str(certificate[1])}
    done = run(office, **known)
    assert done.returncode == 1 and done.stderr == ""
    assert len(box.mails) == 1 and box.peers == [True]
    mail = box.mails[0]
    assert "nightly" in mail["Subject"] and "【odtool】" in mail["Subject"] and mail["Auto-Submitted"]
    assert "kikaku@example.jp" in mail["To"]
    told = text(mail)
    assert "【公開したもの】" in told and AED in told and "【公開しなかったもの】" in told and BAD in told
    assert told.count("（22件）") == 1 and "主な原因" in told
    pages = re.findall(r"https://intra\.example\.jp/odtool/nightly/runs/(\S+)", told)
    assert len(pages) == 2 and all((office / "odtool-jobs/nightly/runs" / name).is_file() for name in pages)
    assert run(office, **known).returncode == 1 and len(box.mails) == 1  # nothing new: quiet
    (office / "data" / AED).write_bytes(Path(edited(AED, office / "tmp", NOTE, OTHER_NOTE)).read_bytes())
    run(office, **known)
    assert len(box.mails) == 2 and "更新" in text(box.mails[1]) and BAD not in text(box.mails[1])
    (office / "data" / BAD).unlink()
    assert run(office, **known).returncode == 0
    assert len(box.mails) == 3 and "【解消したもの】" in text(box.mails[2]) and BAD in text(box.mails[2])
    run(office, **known)
    assert len(box.mails) == 3
    secrets_nowhere(office, done, PASSWORD)


def test_the_digest_speaks_english_to_those_who_want_it(
    office: Path, post: tuple[Box, int], certificate: tuple[Path, Path]
) -> None:
    box, port = post
    by_mail(office, port, 'lang = "en"')
    run(office, ODTOOL_NOTIFY_JOHO=PASSWORD, SSL_CERT_FILE=str(certificate[1]))
    told = text(box.mails[0])
    assert "[published]" in told and "Commonest causes" in told and "公開しなかった" not in told


def test_why_a_file_was_withdrawn_is_told_in_the_language_of_the_reader(office: Path) -> None:
    channel = Channel()
    settings(office, 'type = "json"', 'tls = "none"', 'lang = "en"')
    text = (office / "odtool.toml").read_text("utf-8")
    (office / "odtool.toml").write_text(
        text.replace("notify =", "prune = true\nmax_delete = 5\nnotify ="), "utf-8"
    )
    with server(channel) as address:
        known = {"ODTOOL_NOTIFY_JOHO": address + SECRET}
        run(office, **known)
        (office / "data" / AED).unlink()
        run(office, **known)
    (gone,) = (e for e in channel.sent[1]["jobs"][0]["entries"] if e["kind"] == "withdrawn")
    assert gone["message"] == "Not among the files any more, so it is withdrawn."
    told = odtool(office, "history", "--lang", "en").stdout
    assert gone["message"] in told and "取り下げます" not in told


@pytest.mark.parametrize("case", ["password", "certificate", "nobody", "missing"])
def test_a_mail_that_does_not_go_out_is_told_and_sent_with_the_next_run(
    office: Path, post: tuple[Box, int], certificate: tuple[Path, Path], case: str
) -> None:
    box, port = post
    by_mail(office, 1 if case == "nobody" else port)
    good = {"ODTOOL_NOTIFY_JOHO": PASSWORD, "SSL_CERT_FILE": str(certificate[1])}
    bad = {
        "password": good | {"ODTOOL_NOTIFY_JOHO": "wrong-but-secret"},
        "certificate": {"ODTOOL_NOTIFY_JOHO": PASSWORD},
        "nobody": good,
        "missing": {"SSL_CERT_FILE": str(certificate[1])},
    }[case]
    done = run(office, **bad)
    assert done.returncode == 1 and not box.mails  # what was published stays published
    assert "知らせを送れませんでした" in done.stderr and len(done.stderr.splitlines()) == 1
    secrets_nowhere(office, done, PASSWORD, "wrong-but-secret")
    by_mail(office, port)
    run(office, **good)
    assert len(box.mails) == 1 and AED in text(box.mails[0]) and "【公開したもの】" in text(box.mails[0])


def test_a_password_never_goes_over_an_open_line(office: Path, certificate: tuple[Path, Path]) -> None:
    box = Box()
    running = Controller(box, hostname="127.0.0.1", port=free_port())  # no TLS at all
    running.start()
    try:
        by_mail(office, running.port)
        done = run(office, ODTOOL_NOTIFY_JOHO=PASSWORD)
        assert "TLS" in done.stderr and not box.mails
    finally:
        running.stop()


def test_an_address_that_the_mail_server_cannot_take_is_named(office: Path) -> None:
    box = Box()
    running = Controller(box, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=False)
    running.start()
    try:
        settings(office, 'type = "mail"', 'host = "127.0.0.1"', f"port = {running.port}", 'tls = "none"',
                 'from = "odtool@example.jp"', 'to = ["情報@example.jp"]')  # fmt: skip
        done = run(office)
        assert "情報@example.jp" in done.stderr and "TLS" not in done.stderr and not box.mails
    finally:
        running.stop()


@pytest.mark.parametrize(("answer", "mails"), [("550 no such user", 1), ("451 later", 2)])
def test_an_address_that_is_gone_has_nobody_told_twice(office: Path, answer: str, mails: int) -> None:
    class Picky(Box):
        async def handle_RCPT(  # noqa: N802 - the library's name
            self, _server: object, _session: object, envelope: Envelope, address: str, _options: object
        ) -> str:
            if address.startswith("gone"):
                return answer
            envelope.rcpt_tos.append(address)
            return "250 OK"

    box = Picky()
    running = Controller(box, hostname="127.0.0.1", port=free_port())
    running.start()
    try:
        settings(office, 'type = "mail"', 'host = "127.0.0.1"', f"port = {running.port}", 'tls = "none"',
                 'from = "odtool@example.jp"', 'to = ["joho@example.jp", "gone@example.jp"]')  # fmt: skip
        told = [run(office).stderr for _ in range(2)]
        assert len(box.mails) == mails
        assert ["gone@example.jp" in each for each in told] == [True, mails > 1]
    finally:
        running.stop()


def test_a_reader_who_must_be_reached_makes_the_run_fail(office: Path) -> None:
    by_mail(office, 1, "required = true")
    assert run(office, ODTOOL_NOTIFY_JOHO=PASSWORD).returncode == 3
    assert run(office, "--no-notify").returncode == 1


# --- webhooks ---------------------------------------------------------------------------------------


class Channel:
    """A webhook that keeps what it is sent."""

    def __init__(self, status: int = 200) -> None:
        self.status, self.sent, self.paths = status, [], []  # type: ignore[var-annotated]

    def __call__(self, request: http.server.BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        request.headers.replace_header("Content-Length", "0")
        self.paths.append(request.path)
        if self.status == 200:
            self.sent.append(json.loads(body))
        reply(request, self.status, b"secret-path-1234 said no")


SECRET = "/services/T0/B0/secret-path-1234"


def hostile(office: Path) -> str:
    name = "<!channel> <http:⁄⁄evil|click> [x](http:) & co.csv"
    shutil.copy(sample(BAD), office / "data" / name)
    return name


def test_a_message_on_slack_has_no_mentions_or_links_of_others(office: Path) -> None:
    channel = Channel()
    name = hostile(office)
    settings(office, 'type = "slack"', 'tls = "none"')
    with server(channel) as address:
        done = run(office, ODTOOL_NOTIFY_JOHO=address + SECRET)
    assert done.stderr == "" and channel.paths == [SECRET]
    told = channel.sent[0]["text"]
    assert "<" not in told and "&lt;!channel&gt;" in told and name not in told
    secrets_nowhere(office, done, "secret-path-1234")


def test_a_card_on_teams_has_only_plain_runs_of_text(office: Path) -> None:
    channel = Channel()
    name = hostile(office)
    settings(office, 'type = "teams"', 'tls = "none"')
    with server(channel) as address:
        run(office, ODTOOL_NOTIFY_JOHO=address + SECRET)
    (attached,) = channel.sent[0]["attachments"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    blocks = attached["content"]["body"]
    assert {block["type"] for block in blocks} == {"RichTextBlock"}
    runs = [run_ for block in blocks for run_ in block["inlines"]]
    assert {run_["type"] for run_ in runs} == {"TextRun"} and any(name[:20] in run_["text"] for run_ in runs)
    assert len(json.dumps(channel.sent[0]).encode()) < 28_000


def test_another_program_gets_plain_json(office: Path) -> None:
    channel = Channel()
    settings(office, 'type = "json"', 'tls = "none"', 'url_file = "hook.secret"')
    with server(channel) as address:
        (office / "hook.secret").write_text(address + SECRET + "\n")
        (office / "hook.secret").chmod(0o600)
        run(office)
    told = channel.sent[0]
    assert told["schema"] == "odtool-digest/1"
    (job,) = told["jobs"]
    assert job["job"] == "nightly" and job["exit_code"] == 1 and job["counts"]["create"] == 1
    kinds = {entry["kind"]: entry for entry in job["entries"]}
    assert set(kinds) == {"refused", "published"}
    assert len(kinds["refused"]["causes"]) == 3 and kinds["refused"]["causes"][0]["count"] == 22


def test_a_webhook_that_refuses_or_is_unsafe_is_told_without_its_address(office: Path) -> None:
    settings(office, 'type = "slack"', 'tls = "none"')
    channel = Channel(404)
    with server(channel) as address:
        done = run(office, ODTOOL_NOTIFY_JOHO=address + SECRET)
    assert "404" in done.stderr and done.returncode == 1
    secrets_nowhere(office, done, "secret-path-1234")
    settings(office, 'type = "slack"')
    for url in (
        "http://127.0.0.1:9" + SECRET,
        "file:///etc/passwd",
        "https://[" + SECRET,
        "https://127.0.0.1:9" + SECRET,
    ):
        done = run(office, ODTOOL_NOTIFY_JOHO=url)
        assert "知らせを送れませんでした" in done.stderr
        secrets_nowhere(office, done, "secret-path-1234", "passwd")


def test_two_jobs_make_one_digest_and_a_run_that_was_broken_off_is_told_later(office: Path) -> None:
    channel = Channel()
    settings(office, 'type = "json"', 'tls = "none"')
    with (office / "odtool.toml").open("a") as file:
        file.write(
            '[jobs.second]\nportal = "folder:b"\nsources = ["data/261009_aed.csv"]\nnotify = ["joho"]\n'
        )
    with server(channel) as address:
        known = {"ODTOOL_NOTIFY_JOHO": address + SECRET}
        run(office, **known)
        assert len(channel.sent) == 1 and [job["job"] for job in channel.sent[0]["jobs"]] == [
            "nightly",
            "second",
        ]
        (office / "data" / AED).write_bytes(Path(edited(AED, office / "tmp", NOTE, OTHER_NOTE)).read_bytes())
        run(office, "nightly", "--no-notify")  # as if it had been killed before telling
        run(office, "nightly", **known)
    (job,) = channel.sent[1]["jobs"]
    assert [entry["kind"] for entry in job["entries"]] == ["published"] and job["counts"].get(
        "unchanged"
    ) == 1


def test_part_of_the_files_settles_nothing_of_the_others(office: Path) -> None:
    channel = Channel()
    settings(office, 'type = "json"', 'tls = "none"')
    with server(channel) as address:
        known = {"ODTOOL_NOTIFY_JOHO": address + SECRET}
        run(office, **known)
        run(office, "--only", AED, **known)
        run(office, **known)
    assert len(channel.sent) == 1


def test_a_source_that_stays_dead_keeps_nobody_from_hearing_of_the_others(office: Path) -> None:
    channel = Channel()
    settings(office, 'type = "json"', 'tls = "none"')
    text = (office / "odtool.toml").read_text("utf-8")
    (office / "odtool.toml").write_text(text.replace('["data"]', '["data", "gone"]'), "utf-8")
    dated = office / "data" / AED.replace(".csv", "_20250401.csv")
    right = Path(sample(AED)).read_text("utf-8-sig")
    wrong = right.replace("京都府", "京都")
    with server(channel) as address:
        known = {"ODTOOL_NOTIFY_JOHO": address + SECRET}
        for contents in (wrong, right, wrong):  # broken in the very same way again, that is new
            dated.write_text(contents, "utf-8-sig")
            run(office, **known)
        (office / "gone").mkdir()
        shutil.copy(sample("262013_public_facility.csv"), office / "gone")
        run(office, **known)
    first, mended, again, back = (sent["jobs"][0] for sent in channel.sent)
    assert {entry["kind"] for entry in first["entries"]} == {"source", "refused", "published"}
    assert mended["settled"] == [dated.name]
    assert [(e["kind"], e["name"]) for e in again["entries"]] == [("refused", dated.name)]
    assert back["settled"] == ["gone"]


def test_a_message_that_was_sent_but_cannot_be_noted_is_not_called_unsent(office: Path) -> None:
    channel = Channel()
    settings(office, 'type = "json"', 'tls = "none"')
    (office / "odtool-jobs" / "nightly" / "told.json").mkdir(parents=True)  # nothing can be written there
    with server(channel) as address:
        done = run(office, ODTOOL_NOTIFY_JOHO=address + SECRET)
    assert len(channel.sent) == 1 and done.returncode == 2
    assert "知らせは送りました" in done.stderr and "送れませんでした" not in done.stderr


def test_a_ledger_that_cannot_be_used_is_told_and_what_it_knows_is_told_later(office: Path) -> None:
    channel = Channel()
    settings(office, 'type = "json"', 'tls = "none"')
    book = office / "odtool-ledger.sqlite"
    with server(channel) as address:
        known = {"ODTOOL_NOTIFY_JOHO": address + SECRET}
        run(office, **known)
        (office / "data" / AED).write_bytes(Path(edited(AED, office / "tmp", NOTE, OTHER_NOTE)).read_bytes())
        run(office, "--no-notify")  # as if it had been killed before telling
        kept = book.read_bytes()
        book.write_bytes(b"no ledger")
        for _ in range(2):
            done = run(office, **known)
            assert done.returncode == 2 and done.stderr == ""
        book.write_bytes(kept)
        run(office, **known)
    (broken,), (mended,) = (sent["jobs"] for sent in channel.sent[1:])
    assert [entry["kind"] for entry in broken["entries"]] == ["error"] and not broken["settled"]
    assert [entry["kind"] for entry in mended["entries"]] == ["published"]
    assert mended["settled"] == ["nightly"]


def test_what_a_hand_and_a_timer_start_is_told_once(office: Path) -> None:
    channel = Channel()
    settings(office, 'type = "json"', 'tls = "none"')
    (office / "data" / "broken.zip").write_bytes(b"PK")
    with server(channel) as address:
        known = {"ODTOOL_NOTIFY_JOHO": address + SECRET}
        run(office, **known)
        own = {"ODTOOL_STATE": str(office.parent / "state"), "ODTOOL_CACHE": str(office.parent / "cache")}
        odtool(office.parent, "run", "--config", str(office / "odtool.toml"), **(own | known))
    assert len(channel.sent) == 1


def test_data_that_is_overdue_is_told_once_and_only_where_a_frequency_is_stated(office: Path) -> None:
    channel = Channel()
    (office / "data" / BAD).unlink()
    settings(office, 'type = "json"', 'tls = "none"')
    with server(channel) as address:
        known = {"ODTOOL_NOTIFY_JOHO": address + SECRET}
        run(office, **known)
        run(office, "--date", "2090-01-01", **known)
        assert len(channel.sent) == 1
        with (office / "odtool.toml").open("a") as file:
            file.write('[metadata.261009_aed]\nfrequency = "1年"\n')
        run(office, **known)  # the frequency itself goes to the portal
        run(office, "--date", "2090-01-01", **known)
        run(office, "--date", "2090-01-02", **known)
    stale = [e for sent in channel.sent for j in sent["jobs"] for e in j["entries"] if e["kind"] == "stale"]
    assert len(stale) == 1 and "1年" in stale[0]["message"]
