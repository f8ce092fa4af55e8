"""What is found out about being ready to publish: one sentence for each thing looked at, and what to do about it.

Only judging is done here; who asks the portal, the network and the machine is elsewhere. Whatever comes from outside
is to be made visible before it gets into a sentence.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from odtool import advisories
from odtool.clock import JST
from odtool.text import visible
from odtool.trust import Trusted

State = Literal["ok", "warning", "problem", "unknown"]
Side = Literal["here", "there"]

NAMES: Mapping[str, tuple[str, str]] = {
    "settings": ("設定", "settings"),
    "extras": ("独自の項目", "fields of its own"),
    "proxy": ("プロキシ", "proxy"),
    "address": ("接続先", "address"),
    "trust": ("信頼する認証局", "trusted authorities"),
    "certificate": ("証明書", "certificate"),
    "clock": ("時計", "clock"),
    "ckan": ("CKAN", "CKAN"),
    "version": ("版の安全", "safety of version"),
    "revise": ("安全な書き込み", "safe writing"),
    "token": ("トークン", "token"),
    "token-valid": ("トークンの効力", "token accepted"),
    "token-expiry": ("トークンの期限", "token's end"),
    "organization": ("組織の権限", "organisation"),
    "licence": ("ライセンス", "licence"),
    "picked-up": ("横断サービス", "picked up"),
    "upload-limit": ("容量の上限", "upload limit"),
    "datastore": ("DataStore", "DataStore"),
    "write": ("書き込みの試し", "trial of writing"),
    "upload": ("ファイル送信", "upload"),
    "search-lag": ("検索への反映", "search lag"),
    "datastore-write": ("DataStore 書込", "DataStore writing"),
    "clean-up": ("後片付け", "cleaning up"),
    "folder": ("フォルダー", "folder"),
    "web-address": ("公開アドレス", "web address"),
    "disk": ("空き容量", "disk space"),
    "ledger": ("台帳", "ledger"),
    "last-run": ("前回の公開", "last run"),
    "jobs": ("定期実行", "scheduled jobs"),
    "python": ("Python", "Python"),
    "packages": ("部品", "packages"),
    "console": ("画面の文字", "console"),
    "places": ("書き込み先", "places"),
}
"""What is looked at, with its name in both languages."""

SOON = 30  # days before an end at which somebody is to act
CLOCK = 300  # seconds that a clock may be off
LITTLE, TOO_LITTLE = 1_000_000_000, 50_000_000  # bytes of free disk
SHOWN = 5  # vulnerabilities told one by one


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `unknown`: it was not or could not be found out, which is never as good as ok. `side` tells
    whether a problem is mended here, in settings or on the machine, or by the portal's people. `facts` are for
    machines."""

    name: str
    state: State
    ja: str
    en: str
    do_ja: str = ""
    do_en: str = ""
    side: Side = "there"
    facts: Mapping[str, Any] = field(default_factory=dict)

    def said(self, lang: str) -> str:
        return self.en if lang == "en" else self.ja

    def do(self, lang: str) -> str:
        return self.do_en if lang == "en" else self.do_ja


def exit_code(findings: Iterable[Finding]) -> int:
    """0 where nothing is a problem, 2 where something is one that is mended here, else 3. Unlike elsewhere (`exits`) 2
    stands first: nothing was done that could be half done, and what is wrong there often follows from what is wrong here.
    """
    sides = {finding.side for finding in findings if finding.state == "problem"}
    return 2 if "here" in sides else 3 if sides else 0


def count(findings: Iterable[Finding], state: State) -> int:
    return sum(finding.state == state for finding in findings)


def not_checked(name: str, ja: str, en: str, do_ja: str = "", do_en: str = "") -> Finding:
    """For what was not looked at, and why."""
    return Finding(name, "unknown", f"確認していません（{ja}）。", f"Not checked: {en}.", do_ja, do_en)


# --- the portal --------------------------------------------------------------------------------


def of_version(told: str) -> Finding:
    """Whether the CKAN of that version is known to be vulnerable; `told` is what the portal says, "" for nothing."""
    day = advisories.AS_OF
    version = advisories.parsed(told)
    if version is None:
        shown = visible(told, 40)
        return Finding(
            "version",
            "unknown",
            f"CKAN の版が分からないため（{shown or '答えがありません'}）、脆弱性の有無は分かりません。",
            f"The version of CKAN is not known ({shown or 'no answer'}), nor whether it is vulnerable.",
            "ポータルの担当者に、CKAN の版と、最新の修正が入っているかを聞いてください。",
            "Ask those in charge of the portal which version it is, and whether it has the last repairs.",
        )
    plain = ".".join(map(str, version))
    found = advisories.known_of(version)
    facts = {
        "version": plain,
        "as_of": day,
        "advisories": [advisory.ids for advisory in found],
        "source": advisories.SOURCE,
    }
    if found:
        goal = ".".join(map(str, advisories.repaired(version)))
        rest = len(found) - SHOWN
        ja = "、".join(f"{a.ja}（{a.ids}）" for a in found[:SHOWN]) + (f"、ほか{rest}件" if rest > 0 else "")
        en = "; ".join(f"{a.en} ({a.ids})" for a in found[:SHOWN]) + (
            f"; and {rest} more" if rest > 0 else ""
        )
        return Finding(
            "version", "warning",
            f"CKAN {plain} には、公表された脆弱性が {len(found)} 件あります（{day} 時点の一覧）: {ja}。",
            f"CKAN {plain} has {len(found)} published vulnerabilities (list as of {day}): {en}.",
            f"ポータルの担当者に伝えてください。CKAN {goal} 以降で直っています。独自に修正済みのこともあります。出典: {advisories.SOURCE}",
            f"Tell those in charge of the portal: CKAN {goal} and later are mended. They may have mended it themselves. Source: {advisories.SOURCE}",
            facts=facts,
        )  # fmt: skip
    if advisories.newer(version):
        return Finding(
            "version", "unknown",
            f"CKAN {plain} は、odtool の持つ脆弱性の一覧（{day} 時点）より新しいため、分かりません。",
            f"CKAN {plain} is newer than odtool's list of vulnerabilities (as of {day}), so nothing is known.",
            "odtool を新しくすると、一覧も新しくなります。", "A newer odtool has a newer list.", facts=facts,
        )  # fmt: skip
    return Finding(
        "version", "ok",
        f"CKAN {plain} に、{day} までに公表された脆弱性はありません（その後のものは分かりません）。",
        f"CKAN {plain} has no vulnerability published up to {day}; later ones are not known.", facts=facts,
    )  # fmt: skip


def of_clock(seconds: float) -> Finding:
    """`seconds` is how far the portal's clock is ahead of ours."""
    off = round(abs(seconds))
    facts = {"seconds": round(seconds)}
    if off <= CLOCK:
        return Finding("clock", "ok", f"ポータルの時計との差は {off} 秒です。", f"The portal's clock is {off} seconds off ours.", facts=facts)  # fmt: skip
    which = ("進んで", "ahead of") if seconds > 0 else ("遅れて", "behind")
    return Finding(
        "clock", "warning",
        f"ポータルの時計が、このパソコンより {off} 秒{which[0]}います。更新日や期限がずれて見えます。",
        f"The portal's clock is {off} seconds {which[1]} ours; dates and ends will look wrong.",
        "このパソコンの時計を合わせ、それでも差があればポータルの担当者に知らせてください。",
        "Set the clock of this machine; if the difference stays, tell those in charge of the portal.", facts=facts,
    )  # fmt: skip


def of_trust(trusted: Trusted) -> Finding:
    """Whose certificates are believed; that tells nothing yet of the portal's own."""
    more_ja = "".join(f"、環境変数 {key} の {visible(place, 200)}" for key, place in trusted.named)
    more_en = "".join(f", {visible(place, 200)} ({key})" for key, place in trusted.named)
    facts = {
        "machine": trusted.en,
        "named": [{"variable": key, "place": visible(place, 200)} for key, place in trusted.named],
    }
    return Finding("trust", "ok", f"証明書の発行元として信頼するのは、{trusted.ja}{more_ja}です。",
                   f"Issuers of certificates are believed by {trusted.en}{more_en}.", facts=facts)  # fmt: skip


def of_certificate(ends: datetime, now: datetime) -> Finding:
    """A valid certificate; whether it soon is none."""
    days, day = (ends - now).days, ends.astimezone(JST).date().isoformat()
    facts = {"expires": ends.isoformat(), "days": days}
    if days >= SOON:
        return Finding("certificate", "ok", f"証明書は正しく、期限は {day} です（あと {days} 日）。",
                       f"The certificate is right and ends on {day}, in {days} days.", facts=facts)  # fmt: skip
    return Finding(
        "certificate", "warning",
        f"証明書の期限が {day} に切れます（あと {days} 日）。切れると公開できません。",
        f"The certificate ends on {day}, in {days} days. After that nothing can be published.",
        "自動で更新されることもあります。切れる前に、ポータルの担当者に確かめてください。",
        "It may be renewed by itself. Ask those in charge of the portal before it ends.", facts=facts,
    )  # fmt: skip


# --- the token ---------------------------------------------------------------------------------


def end_of(token: str) -> datetime | Literal["never"] | None:
    """When a JSON Web Token ends, as it says of itself (`exp`, https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4);
    "never" where it is one without an end; None where it is no such token."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        if not isinstance(said, dict) or "jti" not in said:  # CKAN's tokens always have one
            return None
        return datetime.fromtimestamp(float(said["exp"]), JST) if "exp" in said else "never"
    except (binascii.Error, ValueError, TypeError, OverflowError, OSError, RecursionError):
        return None


def of_end(ends: datetime | Literal["never"] | None, now: datetime) -> Finding:
    """When the token ends; None where that cannot be told."""
    if ends is None:
        return Finding(
            "token-expiry", "unknown",
            "トークンの期限は分かりません（CKAN 2.8 以前の APIキーか、期限を書かない形です）。",
            "It cannot be told when the token ends: it is an API key of CKAN up to 2.8, or does not say.",
            "ポータルの利用者の画面で期限を確かめてください。", "Look for its end in the portal's pages.",
        )  # fmt: skip
    if ends == "never":
        return Finding("token-expiry", "ok", "トークンに期限はありません。", "The token has no end.")
    days, day = (ends - now).days, ends.astimezone(JST).strftime("%Y-%m-%d %H:%M")
    facts = {"expires": ends.isoformat(), "days": days}
    renew = ("ポータルの利用者の画面で新しいトークンを作り、odtool token set などで入れ替えてください。",
             "Make a new token in the portal's pages and put it in the place of the old one, for example with odtool token set.")  # fmt: skip
    if ends <= now:
        return Finding("token-expiry", "problem", f"トークンの期限が {day} に切れています。",
                       f"The token ended on {day}.", *renew, side="here", facts=facts)  # fmt: skip
    if days < SOON:
        return Finding("token-expiry", "warning", f"トークンの期限まであと {days} 日です（{day} まで）。",
                       f"The token ends in {days} days, on {day}.", *renew, facts=facts)  # fmt: skip
    return Finding("token-expiry", "ok", f"トークンの期限まであと {days} 日です（{day} まで）。",
                   f"The token ends in {days} days, on {day}.", facts=facts)  # fmt: skip


# --- this machine ------------------------------------------------------------------------------


def of_space(name: str, free: int | None) -> Finding:
    """`name` is a place, `free` the bytes that can still be written there; None where that is not known."""
    if free is None:
        return not_checked("disk", "空き容量を調べられません", "the free space cannot be told")
    told, facts = f"{free / 1e9:,.1f}", {"place": name, "free_bytes": free}
    shown = visible(name, 200)
    if free >= LITTLE:
        return Finding("disk", "ok", f"空き容量は {told} GB です（{shown}）。", f"{told} GB are free at {shown}.", facts=facts)  # fmt: skip
    return Finding(
        "disk", "problem" if free < TOO_LITTLE else "warning",
        f"空き容量が {told} GB しかありません（{shown}）。", f"Only {told} GB are free at {shown}.",
        "要らないファイルを消すか、別の場所に変えてください。", "Delete what is not needed, or use another place.",
        side="here", facts=facts,
    )  # fmt: skip
