"""Which addresses may be asked at all: those of the open web, over http or https, and none inside our own network.

What a portal lists is written by strangers. A link to 127.0.0.1, to a machine of the office or to a cloud's own
address for secrets must not be followed, whatever name it goes by; so the numbers that a name stands for are
looked at, and the connection goes to just these numbers: a name that means another number a moment later changes nothing.
"""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from odtool.collect.listed import UnseenError
from odtool.text import visible

PORTS = frozenset({80, 443, 8080, 8443})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # https://www.rfc-editor.org/rfc/rfc6052
LONGEST = 4_000  # characters of an address

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `path` is as it is sent, query and all, in ASCII."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        usual = 443 if self.scheme == "https" else 80
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == usual else f":{self.port}")

    @property
    def url(self) -> str:
        return self.origin + self.path


def target(url: str, *, private: bool = False, own: str = "") -> Target:
    """The address taken apart. Raises UnseenError where it is none that may be asked. `private` allows every port,
    `own` is the address of a portal whose own port is allowed."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = (
            (parts.hostname or "").encode("idna").decode()
            if not _is_number(parts.hostname)
            else parts.hostname or ""
        )
        # What is quoted already stays so; blanks and letters beyond ASCII are written as servers want them.
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    except ValueError:  # UnicodeError is one
        raise _refused(url, "URL として読めません", "it is no address") from None
    if parts.scheme not in ("http", "https") or not host or len(url) > LONGEST:
        raise _refused(url, "http・https の URL ではありません", "it is not of the web")
    if parts.username is not None or parts.password is not None:
        bare = f"{parts.scheme}://{host}"
        raise _refused(bare, "ユーザー名やパスワードを含んでいます", "it holds a user name or a password")
    if not private and port not in PORTS and (host, port) != _place(own):
        raise _refused(url, f"ふつうでないポート（{port}）です", f"its port {port} is none of the web's")
    return Target(parts.scheme, host, port, f"{path}?{query}" if query else path)


def _place(own: str) -> tuple[str, int]:
    try:
        parts = urlsplit(own)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "", 0


def _is_number(host: str | None) -> bool:
    try:
        ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return True


def numbers(host: str, port: int) -> list[str]:
    """What the name stands for, as the system says. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def allowed(goal: Target, *, private: bool = False, resolve: Resolve = numbers) -> list[str]:
    """The numbers that may be connected to. Raises UnseenError where there are none."""
    try:
        found = resolve(goal.host, goal.port)
    except (OSError, UnicodeError):
        raise UnseenError(
            f"{visible(goal.host)} という名前の相手が見つかりません。URL とネットワークを確かめてください。",
            f"There is no host {visible(goal.host)}. Check the address and the network.",
        ) from None
    open_ = [number for number in found if private or is_public(number)]
    if not open_:
        raise _refused(
            goal.url,
            "庁内や自分の機械を指すアドレスです",
            "it leads into a private network, or to this machine itself",
        )
    return open_


def is_public(number: str) -> bool:
    """Whether an IP address is one of the open internet, also behind the notations that wrap another one."""
    try:
        address = ipaddress.ip_address(number.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _refused(url: str, ja: str, en: str) -> UnseenError:
    shown = visible(url, 200)
    return UnseenError(f"{shown} は開きません: {ja}。", f"{shown} is not opened: {en}.")
