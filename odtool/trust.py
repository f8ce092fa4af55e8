"""Whose certificates are believed: the same authorities for every connection that odtool makes.

Those of this machine, as its browser has them: an office whose proxy opens TLS puts its own authority there. Beside them
whatever VARIABLES name, as requests, curl and OpenSSL know them; here they add, and take nothing away. There is no way
not to look at a certificate.
"""

import os
import ssl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from odtool.errors import UsageError, because
from odtool.text import visible

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Each may name a file of certificates (PEM or DER), or a folder of them as `openssl rehash` makes it."""
FOLDERS = "SSL_CERT_DIR"
"""Folders, as OpenSSL has them; those that are not there do not count."""
NATIVE: Mapping[str, tuple[str, str]] = {
    "win32": ("Windows の証明書ストア", "the certificate store of Windows"),
    "darwin": ("macOS のキーチェーン", "the keychain of macOS"),
}
"""Systems with a store that OpenSSL cannot read whole."""
BUNDLES = (
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
)
"""Where systems keep their authorities, if OpenSSL was built to look elsewhere; as truststore 0.10 has them."""

Kind = Literal["expired", "early", "name", "self-signed", "issuer", "revoked", "certificate", "tls"]
# What is told of a certificate that is not believed, by the code of the error.
_KINDS: Mapping[int, Kind] = {
    # OpenSSL, include/openssl/x509_vfy.h (X509_V_ERR_…)
    9: "early", 10: "expired", 18: "self-signed", 19: "issuer", 20: "issuer", 21: "issuer", 23: "revoked",
    62: "name", 64: "name",
    # Windows, winerror.h: CERT_E_EXPIRED, CERT_E_UNTRUSTEDROOT, CERT_E_CHAINING, CERT_E_CN_NO_MATCH, CRYPT_E_REVOKED
    0x800B0101: "expired", 0x800B0109: "issuer", 0x800B010A: "issuer", 0x800B010F: "name", 0x80092010: "revoked",
    # macOS, SecBase.h: errSecCertificateExpired, …NotValidYet, …Revoked, errSecNotTrusted, errSecHostNameMismatch
    -67818: "expired", -67819: "early", -67820: "revoked", -67843: "issuer", -67602: "name",
}  # fmt: skip


class TrustError(UsageError):
    """A place that somebody named for certificates cannot be used; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """Where the authorities are from: this machine's own (`ja`, `en`), and what is `named` beside them, as pairs of a
    variable and its place."""

    ja: str
    en: str
    named: tuple[tuple[str, str], ...] = ()


def context(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """For connections of one kind of client; certificates and the names in them are looked at. Raises TrustError."""
    if platform in NATIVE:
        import truststore

        made: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:  # truststore would do the same here, but read all of them again for each connection: 16 ms on a small machine
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.verify_flags |= (
            ssl.VERIFY_X509_PARTIAL_CHAIN
        )  # whoever adds an authority that has one above it means that
        for place in _machines():
            _load(made, place)
    for variable, place in named(environment):
        _add(made, variable, place)
    return made


def trusted(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> Trusted:
    """What `context` takes, for people. Reads nothing of it."""
    if platform in NATIVE:
        return Trusted(*NATIVE[platform], named(environment))
    places = _machines()
    if places == (_shipped(),):
        return Trusted("Python の部品 certifi の一覧（このパソコンには一覧がありません）",
                       "the list of Python's certifi, as this machine has none", named(environment))  # fmt: skip
    shown = ", ".join(visible(place, 200) for place in places)
    return Trusted(
        f"このパソコンの一覧（{shown}）", f"the list of this machine ({shown})", named(environment)
    )


def named(environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The variables that are set, each with its place."""
    found = [(key, place) for key in VARIABLES if (place := environment.get(key, "").strip())]
    folders = environment.get(FOLDERS, "").split(os.pathsep)
    return (*found, *((FOLDERS, folder) for folder in folders if folder and Path(folder).is_dir()))


def kind(error: BaseException) -> Kind:
    """Why there is no trust; "tls" where it never came to a certificate."""
    for one in _within(error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return _KINDS.get(getattr(one, "verify_code", 0), "certificate")
    return "tls"


def refusal(error: BaseException, who_ja: str, who_en: str = "") -> tuple[str, str]:
    """What is told in both languages of a connection that was not made, and what to do. Nothing of the error's own text
    is in it. `who` is fit to be shown."""
    why = kind(error)
    (ja, en), (do_ja, do_en) = _WHAT[why], _DO[why]
    who_en = who_en or who_ja
    if why == "tls":
        return f"{who_ja} と{ja}。{do_ja}", f"With {who_en} {en}. {do_en}"
    return (
        f"{who_ja} の証明書は{ja}ため、通信しません。{do_ja}",
        f"The certificate of {who_en} {en}; nothing was sent. {do_en}",
    )


def refused(why: Kind) -> tuple[tuple[str, str], tuple[str, str]]:
    """What is wrong with a certificate, and what to do, each in both languages; to be put into a sentence."""
    return _WHAT[why], _DO[why]


_WHAT: Mapping[Kind, tuple[str, str]] = {
    "expired": ("期限が切れている", "has ended"),
    "early": ("まだ有効になっていない", "is not valid yet"),
    "name": ("別の名前のサーバーのものである", "is that of a server of another name"),
    "self-signed": (
        "自己署名（発行元がサーバー自身）で、発行元を確かめられない",
        "is signed by nobody but itself",
    ),
    "issuer": ("発行元をこのパソコンが知らない", "has an issuer that is not known here"),
    "revoked": ("取り消されている", "was revoked"),
    "certificate": ("正しいか確かめられない", "cannot be verified"),
    "tls": ("暗号化した通信（TLS）を始められません", "no encrypted connection (TLS) can be made"),
}
_DATE = (
    "このパソコンの日付を確かめてください。正しければ、相手のサーバーの担当者に知らせてください。",
    "Check the date of this machine. If it is right, tell those in charge of that server.",
)
_AUTHORITY = (
    (
        "庁内の検査装置（プロキシ）を通る場合は、ネットワーク担当から認証局の証明書のファイル（.pem か .cer）をもらい、その場所を"
        "環境変数 REQUESTS_CA_BUNDLE に書いてください（Windows では「信頼されたルート証明機関」に入れても構いません）。"
        "そうでなければ、相手のサーバーの担当者に知らせてください。"
    ),
    (
        "Where your own network inspects traffic (a proxy), ask its people for the certificate of their authority, a .pem or "
        ".cer file, and name its place in REQUESTS_CA_BUNDLE, or put it among the trusted root authorities of Windows. "
        "Otherwise tell those in charge of that server."
    ),
)
_DO: Mapping[Kind, tuple[str, str]] = {
    "expired": _DATE,
    "early": _DATE,
    "name": (
        "設定に書いた名前（URL）を確かめてください。正しければ、相手のサーバーの担当者に知らせてください。",
        "Check the name in the settings. If it is right, tell those in charge of that server.",
    ),
    "self-signed": _AUTHORITY,
    "issuer": _AUTHORITY,
    "revoked": ("相手のサーバーの担当者に知らせてください。", "Tell those in charge of that server."),
    "certificate": _AUTHORITY,
    "tls": (
        "設定の名前とポートの番号（URL なら https でよいか）を確かめてください。正しければ、相手のサーバーの担当者に知らせてください。",
        (
            "Check the name and the port in the settings, and whether https is right. If they are, tell those in charge of "
            "that server."
        ),
    ),
}


def _machines() -> tuple[str, ...]:
    """Where OpenSSL was built to look, whatever the environment says; else where systems have them; else certifi's."""
    built = ssl.get_default_verify_paths()
    file, folder = Path(built.openssl_cafile), Path(built.openssl_capath)
    found = [str(file)] if file.is_file() else []
    found += [str(folder)] if _hashed(folder) else []
    found = found or [place for place in BUNDLES if Path(place).is_file()][:1]
    return tuple(found) or (_shipped(),)


def _shipped() -> str:
    import certifi

    return certifi.where()


def _hashed(folder: Path) -> bool:
    """Whether OpenSSL finds something there: it looks for names such as 002c0b4f.0."""
    try:
        return any(path.suffix[1:].isdigit() and len(path.stem) == 8 for path in folder.iterdir())
    except OSError:
        return False


def _load(made: ssl.SSLContext, place: str) -> None:
    is_folder = Path(place).is_dir()
    made.load_verify_locations(capath=place if is_folder else None, cafile=None if is_folder else place)


def _add(made: ssl.SSLContext, variable: str, place: str) -> None:
    try:
        try:
            _load(made, place)
        except ssl.SSLError:  # no PEM: Windows saves .cer as DER
            made.load_verify_locations(cadata=Path(place).read_bytes())
    except (OSError, ValueError) as error:
        ja, en = "証明書が入っていません", "there is no certificate in it"
        if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
            ja, en = because(error), error.strerror or "it cannot be read"
        shown = visible(place, 200)
        raise TrustError(
            f"信頼する証明書のファイル {shown} を読めません（{ja}）。環境変数 {variable} を直すか、消してください。",
            f"The trusted certificates in {shown} cannot be read: {en}. Correct {variable}, or take it out.",
        ) from None


def _within(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it was made of: libraries put one into the other in several ways."""
    seen: list[BaseException] = [error]
    for one in seen:
        yield one
        inner = (*one.args, getattr(one, "reason", None), one.__cause__, one.__context__)
        seen += [found for found in inner if isinstance(found, BaseException) and found not in seen]
