"""The way to a portal: the proxy, name, connection, certificate, a first answer. Everything without the token."""

import json
import os
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.utils import get_environ_proxies, should_bypass_proxies

from odtool import __version__, trust
from odtool.doctor import Finding, not_checked, of_certificate, of_clock, of_trust
from odtool.portal import web
from odtool.text import visible

TIMEOUT = (10.0, 30.0)  # seconds: to connect, and without a byte arriving
LARGEST = 1_000_000  # bytes of a first answer; CKAN's has a few thousand
LONGEST_ANSWER = 60.0  # seconds for all of it
_SIP = 64  # bytes read at once: whoever sends a byte a second is to be noticed
_LOCAL = ("localhost", "127.0.0.1", "::1")

_NETWORK = ("ネットワークとファイアウォールを確かめ、情報システム担当に「このパソコンから {host} の {port} 番へ通信できるか」を聞いてください。",
            "Look at the network and the firewall; ask your IT department whether this machine may reach {host}, port {port}.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reached:
    """What was found on the way; `status` is what the portal tells of itself (`status_show`), None where it is no CKAN
    or was not reached."""

    findings: tuple[Finding, ...]
    status: Mapping[str, Any] | None = None


@dataclass(slots=True)
class _First:
    """The first answer: its code, headers and body, which is b"" where it was too long."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False


def reach(
    address: str,
    now: Callable[[], datetime],
    *,
    timeout: tuple[float, float] = TIMEOUT,
    longest: float = LONGEST_ANSWER,
    environment: Mapping[str, str] = os.environ,
) -> Reached:
    """Go there step by step, until one fails. `now` gives the time with its zone."""
    parts = urlsplit(address)
    host, https = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if https else 80)
    findings: list[Finding] = []
    through = _proxy(address)
    findings.append(_of_proxy(through, environment))
    context: ssl.SSLContext | None = None
    if https:
        try:
            context = trust.context(environment=environment)
        except trust.TrustError as error:
            return Reached((*findings, Finding("trust", "problem", error.ja, error.en, side="here")))
        findings.append(of_trust(trust.trusted(environment=environment)))
    if not through:
        failed = _connect(host, port, timeout[0])
        if failed:
            return Reached((*findings, failed))
        if context:
            findings.append(_certificate(host, port, timeout[0], now(), context))
            if findings[-1].state == "problem":
                return Reached(tuple(findings))
    try:
        answer = _first(f"{address}/api/3/action/status_show", timeout, longest)
    except requests.RequestException as error:
        return Reached((*findings, _unreached(error, address, host, port)))
    if through and https:
        findings.append(not_checked("certificate", "信用できますが、プロキシを通すので期限は見えません", "it is trusted, but there is a proxy between, so its end cannot be seen"))  # fmt: skip
    findings += _of_answer(address, host, https, answer, now())
    status, what = _ckan(answer)
    findings.append(what)
    return Reached(tuple(findings), status)


# --- proxy, name, connection -------------------------------------------------------------------


def _proxy(address: str) -> str:
    """The proxy that requests would go through, without its user name and password; "" for none."""
    try:
        found = get_environ_proxies(address, no_proxy=None).get(urlsplit(address).scheme, "")
        if not found or should_bypass_proxies(address, no_proxy=None):
            return ""
        parts = urlsplit(found if "://" in found else f"http://{found}")
        return f"{parts.hostname or '?'}:{parts.port or '?'}"
    except ValueError:
        return "?"


def _of_proxy(through: str, environment: Mapping[str, str]) -> Finding:
    named = sorted({key.upper() for key in environment if key.lower() in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") and environment[key]})  # fmt: skip
    seen_ja = f"環境変数 {'、'.join(named)} があります" if named else "プロキシの環境変数はありません"
    seen_en = (
        f"There is {', '.join(named)} in the environment" if named else "No proxy is named in the environment"
    )
    facts = {"variables": named, "used": through or None}
    if through:
        shown = visible(through, 100)
        return Finding("proxy", "ok", f"プロキシ {shown} を通して接続します（{seen_ja}）。", f"Connects through the proxy {shown}. {seen_en}.", facts=facts)  # fmt: skip
    return Finding("proxy", "ok", f"プロキシを通さずに接続します（{seen_ja}）。", f"Connects without a proxy. {seen_en}.",
                   facts=facts)  # fmt: skip


def _connect(host: str, port: int, seconds: float) -> Finding | None:
    """None where it connects."""
    do_ja, do_en = (sentence.format(host=host, port=port) for sentence in _NETWORK)
    try:
        there = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return Finding(
            "address", "problem", f"{host} という名前のサーバーが見つかりません（DNS）。", f"No server of the name {host} is found (DNS).",
            "設定の url の書き誤りがないか確かめてください。正しければ、ネットワークかプロキシの設定の問題です。",
            "Look for a slip in url in the settings. If there is none, it is the network, or a proxy is needed.",
        )  # fmt: skip
    try:
        socket.create_connection((str(there[0][4][0]), port), timeout=seconds).close()
    except OSError as error:
        refused = isinstance(error, ConnectionRefusedError)
        ja = "接続を断られました" if refused else "接続できません"
        en = "refuses the connection" if refused else "cannot be connected to"
        if len(there) > 1 and _any(there[1:], port, seconds):
            return None
        return Finding("address", "problem", f"{host} の {port} 番に{ja}。", f"Port {port} of {host} {en}.", do_ja, do_en)  # fmt: skip
    return None


def _any(there: list[Any], port: int, seconds: float) -> bool:
    """Whether another of its addresses answers: often it has one of each kind, and only one works here."""
    for *_, place in there[:3]:
        try:
            socket.create_connection((place[0], port), timeout=seconds).close()
        except OSError:
            continue
        return True
    return False


def _certificate(host: str, port: int, seconds: float, now: datetime, context: ssl.SSLContext) -> Finding:
    try:
        with (
            socket.create_connection((host, port), timeout=seconds) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            said = secure.getpeercert() or {}
        ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(said["notAfter"])), UTC)
    except ssl.SSLCertVerificationError as error:
        return _untrusted(error, host)
    except (OSError, ValueError, KeyError):
        return Finding(
            "certificate", "problem", f"{host} と暗号化した通信（TLS）を始められません。", f"No encrypted connection (TLS) to {host} can be made.",
            "url が https でよいか、ポータルが新しい TLS に対応しているかを、ポータルの担当者に確かめてください。",
            "Ask those in charge of the portal whether https is right, and whether it knows today's TLS.",
        )  # fmt: skip
    return of_certificate(ends, now)


def _untrusted(error: Exception, host: str) -> Finding:
    why = trust.kind(error)
    (ja, en), (do_ja, do_en) = trust.refused(why)
    if why == "tls":
        return Finding(
            "certificate",
            "problem",
            f"{host} と{ja}。",
            f"With {host} {en}.",
            do_ja,
            do_en,
            facts={"why": why},
        )
    return Finding(
        "certificate", "problem", f"{host} の証明書は{ja}ため、通信しません。", f"The certificate of {host} {en}; nothing was sent.",
        do_ja, do_en, facts={"why": why},
    )  # fmt: skip


def _unreached(error: requests.RequestException, address: str, host: str, port: int) -> Finding:
    if isinstance(error, requests.exceptions.SSLError):  # through a proxy; else it was seen before
        return _untrusted(error, host)
    told = web.failure(error, address, writing=False)
    do_ja, do_en = (sentence.format(host=host, port=port) for sentence in _NETWORK)
    return Finding("address", "problem", told.ja, told.en, do_ja, do_en)


# --- the first answer --------------------------------------------------------------------------


def _first(url: str, timeout: tuple[float, float], longest: float) -> _First:
    """The answer as it comes, redirects not followed, never more than LARGEST of it. Raises RequestException."""
    session = web.session(f"odtool/{__version__}", 0.5)
    started = datetime.now(UTC)
    with session, session.get(url, timeout=timeout, allow_redirects=False, stream=True) as answer:
        found = _First(answer.status_code, dict(answer.headers))
        for chunk in answer.iter_content(_SIP):
            found.body += chunk
            late = (datetime.now(UTC) - started).total_seconds() > longest
            if len(found.body) > LARGEST or late:
                found.body, found.cut = b"", True
                break
        return found


def _of_answer(address: str, host: str, https: bool, answer: _First, now: datetime) -> Iterator[Finding]:
    moved = _moved(address, answer)
    if moved:
        yield moved
    elif not https and host not in _LOCAL:
        yield Finding(
            "address", "warning", f"{visible(address, 200)} に届きますが、暗号化されません（http）。トークンが通信の途中で見えます。",
            f"{visible(address, 200)} is reached, but without encryption (http): the token can be seen on its way.",
            "https のアドレスがあるかポータルの担当者に確かめ、設定の url を直してください。",
            "Ask those in charge of the portal for an https address, and correct url in the settings.", side="here",
        )  # fmt: skip
    else:
        yield Finding(
            "address", "ok", f"{visible(address, 200)} に届きます。", f"{visible(address, 200)} is reached."
        )
    told = _date(_header(answer, "Date"))
    if told:
        yield of_clock((told - now).total_seconds())
    else:
        yield not_checked("clock", "ポータルが時刻を言いません", "the portal does not tell the time")


def _moved(address: str, answer: _First) -> Finding | None:
    if not 300 <= answer.code < 400:
        return None
    try:
        to = urlsplit(urljoin(f"{address}/", _header(answer, "Location")))
        where = f"{to.scheme}://{to.hostname}{f':{to.port}' if to.port else ''}"
        path = to.path.partition("/api/3/")[0]
    except ValueError:
        where, path = "?", ""
    shown = visible(f"{where}{path}", 200)
    return Finding(
        "address", "problem", f"{visible(address, 200)} は {shown} に移っています（{answer.code}）。トークンはそこには送りません。",
        f"{visible(address, 200)} has moved to {shown} ({answer.code}). The token is not sent there.",
        "移った先が正しいポータルなら、設定の url をその住所に直してください。",
        "If that is the right portal, put its address into the settings as url.", side="here",
    )  # fmt: skip


def _header(answer: _First, name: str) -> str:
    return next((value for key, value in answer.headers.items() if key.lower() == name.lower()), "")


def _date(told: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(told)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _ckan(answer: _First) -> tuple[Mapping[str, Any] | None, Finding]:
    """What CKAN tells of itself, and a sentence of it."""
    try:
        said = json.loads(answer.body) if answer.code == 200 else None
    except (ValueError, RecursionError):
        said = None
    status = said.get("result") if isinstance(said, dict) and said.get("success") is True else None
    if not isinstance(status, dict):
        ja = "返事が長すぎます" if answer.cut else f"返事 {answer.code}"
        en = "its answer has no end" if answer.cut else f"it answered {answer.code}"
        return None, Finding(
            "ckan", "problem", f"CKAN として答えません（{ja}）。", f"It does not answer as a CKAN: {en}.",
            "url がポータルの入口（/api の手前まで。例 https://example.jp/ckan）か確かめてください。混雑や保守中のこともあります。",
            "Look whether url is the portal's entrance, up to before /api, such as https://example.jp/ckan. It may also be under repair.",
        )  # fmt: skip
    version, locale = _text(status.get("ckan_version")), _text(status.get("locale_default"))
    extensions = extensions_of(status)
    told = visible(" ".join(extensions) or "?", 300)
    return status, Finding(
        "ckan", "ok", f"CKAN {version or '（版は非公開）'} が答えます。言語 {locale or '不明'}、拡張機能: {told}。",
        f"CKAN {version or '(version not told)'} answers. Language {locale or 'not told'}; extensions: {told}.",
        facts={"version": version or None, "locale": locale or None, "extensions": [visible(e, 60) for e in extensions]},
    )  # fmt: skip


def extensions_of(status: Mapping[str, Any]) -> list[str]:
    """The names of CKAN's plugins; older versions tell them as one text."""
    listed = status.get("extensions")
    names = listed.split() if isinstance(listed, str) else listed if isinstance(listed, list) else []
    return [name for name in names if isinstance(name, str)][:100]


def _text(value: Any) -> str:
    return visible(value, 40) if isinstance(value, str) else ""
