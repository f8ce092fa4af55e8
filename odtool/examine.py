"""odtool doctor: everything that is looked at before publishing to a portal, in the order in which it can fail."""

import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import requests

from odtool import __version__
from odtool.doctor import Finding, Side, end_of, not_checked, of_end, of_space
from odtool.errors import OdtoolError, UsageError, because
from odtool.ledger import record
from odtool.ledger.journal import Publication, Run, RunEnd, Tell, nobody
from odtool.ledger.spelled import place
from odtool.places import barred, existing, free, writable
from odtool.portal import web
from odtool.portal.action import ActionApi
from odtool.portal.checkup import Checkup, organization_name
from odtool.portal.reach import TIMEOUT, reach
from odtool.portal.stated import of_extras, of_picked_up, of_token, of_upload_limit
from odtool.portal.trial import Place, Trial
from odtool.settings import secret
from odtool.settings.portal import Settings
from odtool.text import visible

_CODE = re.compile(r"[0-9]{6}")
WRITING = ("publish", "apply", "withdraw")
# What is not looked at where the portal is not reached, or is no CKAN.
ASKED = (
    "version",
    "revise",
    "token-valid",
    "token-expiry",
    "organization",
    "licence",
    "upload-limit",
    "datastore",
)
TRIED = ("write", "upload", "search-lag", "datastore-write")


def portal(
    settings: Settings,
    *,
    ledger: str,
    municipalities: Sequence[str],
    write_test: bool,
    now: Callable[[], datetime],
    tell: Tell = nobody,
) -> Iterator[Finding]:
    """What is found, one thing after the other. `municipalities` are codes; where none are given, those that the
    settings and the ledger name are looked at. `now` gives the time with its zone; `tell` hears of every call."""
    yield from of_extras(settings)
    if settings.type == "ckan":
        codes = list(municipalities) or sorted(_named(settings) | _published(settings, ledger))
        yield from _ckan(settings, codes, write_test=write_test, now=now, tell=tell)
    else:
        yield from _folder(Path(settings.path))
        yield from _web_address(settings)
    yield from of_ledger(ledger, settings)


# --- a CKAN ------------------------------------------------------------------------------------


def _ckan(
    settings: Settings, codes: Sequence[str], *, write_test: bool, now: Callable[[], datetime], tell: Tell
) -> Iterator[Finding]:
    try:
        token = secret.find(settings)
        yield from of_token(settings, token)
    except UsageError as error:
        yield _wrong("token", error)
        yield not_checked("token-expiry", "トークンを読めません", "the token cannot be read")
        token = None
    yield from of_picked_up(settings)
    yield of_upload_limit(settings)
    reached = reach(settings.url, now)
    yield from reached.findings
    if reached.status is None:
        if token:
            yield of_end(end_of(token.token), now())
        for name in ASKED + (TRIED if write_test else ()):
            yield not_checked(
                name, "ポータルが CKAN として答えません", "the portal does not answer as a CKAN"
            )
        return
    api = ActionApi(
        settings.url, token.token if token else "", contact=settings.contact, pause=0.5,
        pace=settings.knows.number("pace"), timeout=TIMEOUT, tell=tell,
    )  # fmt: skip
    with closing(api):
        checkup = Checkup(settings, api, reached.status, token)
        yield from checkup.run(codes, now())
        if not write_test:
            yield not_checked(
                TRIED[0], "書き込みは試していません", "writing was not tried",
                "--write-test を付けると、非公開のデータセットを作って試し、すぐ消します。",
                "--write-test tries it with a private dataset, and deletes that at once.",
            )  # fmt: skip
            for name in TRIED[1:]:
                yield not_checked(name, "書き込みは試していません", "writing was not tried")
            return
        yield from _tried(settings, codes, token.token if token else "", api, checkup)


def _tried(
    settings: Settings, codes: Sequence[str], token: str, api: ActionApi, checkup: Checkup
) -> Iterator[Finding]:
    wanted = [organization_name(settings, code) for code in codes]
    possible = [name for name in wanted if name in checkup.writable] if wanted else sorted(checkup.writable)
    if len(possible) == 1 or (wanted and possible):
        name = possible[0]
        yield from Trial(settings.url, token, api).run(Place(name, checkup.writable[name], checkup.datastore))
        return
    why = ("書き込める組織がありません", "there is no organisation to write to") if not possible else (
        "どの組織で試すか分かりません", "it is not said in which organisation")  # fmt: skip
    do = ("", "") if not possible else ("--municipality 団体コード で指定してください。", "Name it with --municipality CODE.")  # fmt: skip
    for step in TRIED:
        yield not_checked(step, *why, *do)


def _named(settings: Settings) -> set[str]:
    """The municipalities that the settings speak of."""
    return {found[0] for key in (*settings.stated, *settings.names) if (found := _CODE.match(key))}


def _published(settings: Settings, ledger: str) -> set[str]:
    """Those whose data was published there before."""
    if barred(Path(ledger)) or not Path(ledger).is_file():
        return set()
    try:
        with record.reading(ledger) as book:
            there = book.select(Publication, portal=settings.url)
    except UsageError:  # told with the ledger
        return set()
    return {entry.municipality for entry in there if _CODE.fullmatch(entry.municipality)}


# --- a folder ----------------------------------------------------------------------------------


def _folder(path: Path) -> Iterator[Finding]:
    shown = visible(str(path), 200)
    parent = existing(path)
    do = ("場所と権限を確かめてください。", "Look at the place and its permissions.")
    if error := barred(path):
        yield Finding("folder", "problem", f"{shown} を使えません（{because(error)}）。", f"{shown} cannot be used ({error.strerror}).",
                      *do, side="here")  # fmt: skip
        return
    if path.exists() and not path.is_dir():
        yield Finding(
            "folder",
            "problem",
            f"{shown} はフォルダーではありません。",
            f"{shown} is no folder.",
            *do,
            side="here",
        )
        return
    if not writable(parent):
        yield Finding(
            "folder",
            "problem",
            f"{shown} に書き込めません。",
            f"{shown} cannot be written to.",
            *do,
            side="here",
        )
    elif path.exists():
        yield Finding(
            "folder", "ok", f"フォルダー {shown} に書き込めます。", f"The folder {shown} can be written to."
        )
    else:
        yield Finding("folder", "ok", f"フォルダー {shown} は、公開のときに作ります。", f"The folder {shown} will be made when publishing.")  # fmt: skip
    yield of_space(str(parent), free(parent))


def _web_address(settings: Settings) -> Iterator[Finding]:
    if settings.type != "folder":
        return
    if not settings.base_url:
        yield Finding(
            "web-address", "ok", "公開アドレスは設定されていません。ページ同士のリンクは動きます。", "No web address is stated; links between the pages work.",
            "Web サーバーで公開するなら、odtool.toml の base_url に書くと、サイトマップなどに正しいアドレスが入ります。",
            "If a web server serves it, state base_url in odtool.toml: sitemap and catalogue then have full addresses.",
        )  # fmt: skip
        return
    shown = visible(settings.base_url, 200)
    do = ("Web サーバーと base_url を確かめてください。初めて公開する前なら、このままで構いません。",
          "Look at the web server and at base_url. Before the first publication it may be so.")  # fmt: skip
    session = web.session(f"odtool/{__version__}", 0.5)
    try:
        with session, session.get(f"{settings.base_url}/", timeout=(10, 30), stream=True) as answer:
            code = answer.status_code
    except requests.RequestException as error:
        failed = web.failure(error, shown, writing=False)
        yield Finding("web-address", "warning", failed.ja, failed.en, *do, side="here")
        return
    if code == 200:
        yield Finding("web-address", "ok", f"{shown} が答えます（中身は確認していません）。", f"{shown} answers; what it shows was not checked.")  # fmt: skip
    else:
        yield Finding("web-address", "warning", f"{shown} の答えは {code} です。", f"{shown} answers with {code}.", *do, side="here")  # fmt: skip


# --- records -----------------------------------------------------------------------------------


def of_ledger(ledger: str, settings: Settings | None = None) -> Iterator[Finding]:
    """Whether the ledger can be written, and how the last run for that portal ended."""
    path, shown = Path(ledger), visible(ledger, 200)
    do = (
        "場所と権限を確かめるか、--ledger で別の場所を指定してください。",
        "Look at the place and its permissions, or name another one with --ledger.",
    )
    if shut := barred(path):
        yield Finding("ledger", "problem", f"台帳 {shown} を使えません（{because(shut)}）。", f"The ledger {shown} cannot be used ({shut.strerror}).",
                      *do, side="here")  # fmt: skip
        if settings:
            yield not_checked("last-run", "台帳を読めません", "the ledger cannot be read")
        return
    if not path.exists():
        good = writable(existing(path.parent))
        yield Finding("ledger", "ok" if good else "problem",
                      f"台帳 {shown} は、公開のときに作ります。" if good else f"台帳 {shown} を作れません。",
                      f"The ledger {shown} will be made when publishing." if good else f"The ledger {shown} cannot be made.",
                      *(("", "") if good else do), side="here")  # fmt: skip
        if settings:
            yield Finding(
                "last-run",
                "ok",
                "ここからの公開の記録はまだありません。",
                "Nothing was published from here yet.",
            )
        return
    try:
        with record.reading(ledger) as book:
            runs, ends = book.select(Run), book.select(RunEnd)
    except UsageError as error:
        yield _wrong("ledger", error)
        if settings:
            yield not_checked("last-run", "台帳を読めません", "the ledger cannot be read")
        return
    # SQLite writes files of its own beside it.
    if not os.access(path, os.W_OK) or not writable(path.parent):
        yield Finding("ledger", "problem", f"台帳 {shown} に書き込めません。", f"The ledger {shown} cannot be written to.", *do, side="here")  # fmt: skip
    else:
        yield Finding(
            "ledger", "ok", f"台帳 {shown} に書き込めます。", f"The ledger {shown} can be written to."
        )
    if settings:
        yield _last(settings, runs, {end.run: end for end in ends})


def _last(settings: Settings, runs: Collection[Run], ends: dict[str, RunEnd]) -> Finding:
    addresses = {place(settings.url), place(settings.path)} - {""}
    mine = [run for run in runs if run.command in WRITING and run.address in addresses]
    if not mine:
        return Finding("last-run", "ok", "このポータルへの公開の記録は、台帳にまだありません。", "The ledger tells of no publication to this portal yet.")  # fmt: skip
    good = [run for run in mine if run.run in ends and ends[run.run].exit_code == 0]
    last, end = mine[-1], ends.get(mine[-1].run)
    at, when = last.at[:16].replace("T", " "), good[-1].at[:16].replace("T", " ") if good else ""
    facts = {
        "last": last.at,
        "exit_code": end.exit_code if end else None,
        "last_good": good[-1].at if good else None,
    }
    if end and end.exit_code == 0:
        return Finding("last-run", "ok", f"前回（{at}）は最後まで成功しました。", f"The last run, {at}, ended well.", facts=facts)  # fmt: skip
    before = (f"最後に成功したのは {when} です", f"The last one that ended well was {when}") if good else (
        "成功した記録はまだありません", "None has ended well yet")  # fmt: skip
    how = (f"終了コード {end.exit_code} で終わっています", f"ended with exit code {end.exit_code}") if end else (
        "終わった記録がありません（実行中か、途中で止まりました）", "has no end: it is going on, or was cut off")  # fmt: skip
    return Finding(
        "last-run", "warning", f"前回（{at}）は{how[0]}。{before[0]}。", f"The last run, {at}, {how[1]}. {before[1]}.",
        "odtool history で何があったかを見てください。もう一度実行しても、重複はしません。",
        "odtool history tells what happened. Running it again makes no duplicates.", facts=facts,
    )  # fmt: skip


def _wrong(name: str, error: OdtoolError, side: Side = "here") -> Finding:
    """A sentence that already says what to do."""
    return Finding(name, "problem", visible(error.ja, 1_000), visible(error.en, 1_000), side=side)
