"""An address among the sources → a file of ours, fetched only where it has changed.

Only addresses that the settings name are asked, redirects lead only to hosts that they name, and never into the own
network, unless they name that host for it. Nothing else is followed.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from odtool import __version__
from odtool.collect.listed import UnseenError
from odtool.collect.wire import Answer, Wire
from odtool.errors import PortalError
from odtool.jobs import place
from odtool.source import SUFFIXES
from odtool.text import visible

MOST = 500_000_000  # bytes of one file
HOPS = 5
_MARKUP = (b"<!doctype html", b"<html", b"<head", b"<script")


@dataclass(frozen=True, slots=True)
class Got:
    path: Path
    changed: bool


@dataclass(frozen=True, slots=True)
class Visits:
    """What may be asked: `hosts` beside the one of the address itself; of `intranet` also with private numbers."""

    hosts: tuple[str, ...] = ()
    intranet: tuple[str, ...] = ()
    wire: Callable[..., Wire] = Wire

    def fetch(self, url: str, into: Path) -> Got:
        """The file behind the address, in a folder of its own below `into`. Raises PortalError where nothing new can be
        told of it: what was fetched before is then not passed off as today's."""
        folder = into / hashlib.sha256(url.encode()).hexdigest()[:16]
        note = folder / "state.json"
        known = place.stored(note)
        kept = _kept(folder, known)
        asked = {"User-Agent": f"odtool/{__version__}", "Accept": "*/*"}
        if kept:
            asked |= {
                h: known[k]
                for h, k in (("If-None-Match", "etag"), ("If-Modified-Since", "modified"))
                if known.get(k)
            }
        answer, at_last = self._followed(url, asked)
        if answer.status == 304 and kept:
            return Got(kept, changed=False)
        if answer.status != 200:
            raise _failed(url, answer.status)
        body = answer.body
        if not body.strip():
            raise PortalError(f"{visible(url, 300)}: 中身が空です。", f"{visible(url, 300)} is empty.")
        if body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
            raise PortalError(
                f"{visible(url, 300)}: ファイルではなくウェブページが返されました（確認画面やログイン画面かもしれません）。URL を確かめてください。",
                f"{visible(url, 300)} answered with a web page in place of the file. Check the address.",
            )
        digest = hashlib.sha256(body).hexdigest()
        if kept and known.get("sha256") == digest:
            changed, path = False, kept
        else:
            changed, path = True, folder / name(at_last, body)
            place.write(path, body)
        told: dict[str, Any] = {
            "url": url, "file": path.name, "sha256": digest,
            "etag": answer.headers.get("etag", "")[:500], "modified": answer.headers.get("last-modified", "")[:100],
        }  # fmt: skip
        place.write(note, json.dumps(told, ensure_ascii=False))  # last: a stop before it only fetches again
        return Got(path, changed)

    def _followed(self, url: str, headers: dict[str, str]) -> tuple[Answer, str]:
        first = _host(url)
        for _ in range(HOPS + 1):
            host = _host(url)
            if host not in (first, *self.hosts, *self.intranet):
                raise PortalError(
                    f"{visible(url, 300)}: 設定にないサーバー {visible(host)} へ転送されました。よければ hosts に加えてください。",
                    f"{visible(url, 300)}: redirected to {visible(host)}, which the settings do not name. Add it to hosts if "
                    "that is right.",
                )
            private = host in self.intranet
            wire = self.wire(private=private)
            try:
                answer = wire.get(url, headers, MOST)
            except UnseenError as error:
                hint = "" if private else f"庁内のサーバーなら intranet に {visible(host)} を書いてください。"
                inside = "庁内" in error.ja
                raise PortalError(
                    error.ja + (hint if inside else ""),
                    error.en
                    + (f" Add {visible(host)} to intranet if that is meant." if inside and hint else ""),
                ) from None
            finally:
                wire.close()
            if answer.status not in (301, 302, 303, 307, 308):
                return answer, url
            try:
                url = urljoin(url, answer.headers.get("location", ""))
            except ValueError:
                break
        raise PortalError(
            f"{visible(url, 300)} は転送が続き、開けません。", f"{visible(url, 300)} redirects without end."
        )


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _failed(url: str, status: int) -> PortalError:
    shown = visible(url, 300)
    if status in (404, 410):
        return PortalError(
            f"{shown}: ファイルがありません（{status}）。URL を確かめてください。",
            f"{shown}: there is no such file ({status}).",
        )
    if status in (401, 403):
        return PortalError(f"{shown}: 読むことを断られました（{status}）。", f"{shown}: refused ({status}).")
    return PortalError(
        f"{shown}: サーバーで障害が起きています（{status}）。",
        f"{shown}: the server is in trouble ({status}).",
    )


def _kept(folder: Path, known: dict[str, Any]) -> Path | None:
    """What was fetched before, if it is still what it was."""
    named = known.get("file")
    if not isinstance(named, str) or PurePosixPath(named).name != named:
        return None
    path = folder / named
    try:
        same = hashlib.sha256(path.read_bytes()).hexdigest() == known.get("sha256")
    except OSError:
        return None
    return path if same else None


def name(url: str, body: bytes) -> str:
    """A harmless file name after the last part of the address, with a suffix that fits."""
    last = unquote(urlsplit(url).path).replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and c not in ':*?"<>|').strip(" .")[-80:]
    suffix = PurePosixPath(kept).suffix.lower()
    if suffix in SUFFIXES or suffix == ".zip":
        return kept
    packed = body[:4] == b"PK\x03\x04"
    return f"{kept or 'file'}{('.xlsx' if b'xl/' in body[:4_000] else '.zip') if packed else '.csv'}"
