"""odtool doctor: is everything ready to publish, and what to do where it is not."""

import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime

import click

from odtool import clock, former, machine
from odtool.cli import options, publishing
from odtool.doctor import Finding, exit_code
from odtool.errors import UsageError
from odtool.ledger import record
from odtool.ledger.journal import nobody
from odtool.report.doctor_told import doctor_html, doctor_json, doctor_text
from odtool.settings import config
from odtool.settings.portal import Settings
from odtool.text import visible


@click.command()
@click.argument("portal", required=False, metavar="[PORTAL]")
@click.option("--municipality", "codes", metavar="CODE", multiple=True,
              help="この団体（6桁の団体コード）の組織に公開できるか。何回でも / whether this municipality's organisation may be "
              "published to; may be repeated.")  # fmt: skip
@click.option("--write-test", is_flag=True,
              help="非公開のデータセットを作って試し、すぐ消す / try it with a private dataset, and delete that at once.")  # fmt: skip
@publishing.options
@click.option("--format", "form", type=click.Choice(["text", "html", "json"]), default="text", show_default=True,
              help="出力の形式 / output format.")  # fmt: skip
@click.option("-o", "--output", metavar="FILE", type=click.Path(dir_okay=False),
              help="書くファイル（既定は画面） / write it here.")  # fmt: skip
@options.lang
def doctor(
    *,
    portal: str | None,
    codes: tuple[str, ...],
    write_test: bool,
    config_path: str | None,
    ledger: str,
    form: str,
    output: str | None,
    lang: str,
) -> int:
    """公開の準備ができているかを確かめます: 接続、証明書、CKAN の版、トークンと期限、組織の権限、ライセンス、DataStore、台帳など。
    問題には、どうすればよいかを添えます。PORTAL を省くと、このパソコンを調べます。--write-test を付けない限り、何も書き込みません。

    Looks whether everything is ready to publish: connection, certificate, version of CKAN, token and its end,
    organisations, licence, DataStore, ledger; and tells what to do where it is not. Without PORTAL it looks at this
    machine. Nothing is written without --write-test. Exit code 2 where something is wrong here, 3 where it is on the
    portal or on the way to it.
    """
    from odtool import examine  # it brings all that speaks to portals; --help does without

    _require(codes)
    if portal is None:
        if write_test or codes:
            raise UsageError("--write-test と --municipality には PORTAL が要ります。", "--write-test and --municipality need a PORTAL.")  # fmt: skip
        from odtool.jobs import health

        now = datetime.now().astimezone()
        found = [*machine.findings(config_path, sys.stdout), *examine.of_ledger(ledger)]
        found += health.findings(config_path, None, now)
        title = "This machine" if lang == "en" else "このパソコン"
        return _show(title, None, found, form=form, output=output, lang=lang)
    found = [machine.settings(config_path)]
    try:
        settings = config.portal_named(portal, config_path)
    except UsageError as error:
        if found[0].state != "problem":
            found.append(Finding("settings", "problem", error.ja, error.en, side="here"))
        return _show(
            portal, {"name": visible(portal, 100), "address": ""}, found, form=form, output=output, lang=lang
        )
    address = settings.url or settings.path
    with _noting(settings, ledger, write_test=write_test) as running, publishing.waiting(lang):
        tell = running.call if running else nobody
        found += examine.portal(
            settings, ledger=ledger, municipalities=codes, write_test=write_test, now=_now, tell=tell
        )
        if running:
            running.code = exit_code(found)
    title = portal if portal in (address, f"folder:{address}") else f"{portal} ({address})"
    return _show(
        title, {"name": settings.name, "address": address}, found, form=form, output=output, lang=lang
    )


@contextlib.contextmanager
def _noting(settings: Settings, ledger: str, *, write_test: bool) -> Iterator[record.Running | None]:
    """Where something is written to a portal, the ledger tells of it; else doctor leaves no trace."""
    if not write_test or settings.type != "ckan":
        yield None
        return
    with (
        record.ledger(ledger) as book,
        book.run("doctor", portal=settings.name, address=settings.url, now=clock.now) as running,
    ):
        yield running


def _require(codes: tuple[str, ...]) -> None:
    for code in codes:
        former.require(code)


def _now() -> datetime:
    return datetime.now(clock.JST)


def _show(
    title: str,
    portal: dict[str, str] | None,
    found: list[Finding],
    *,
    form: str,
    output: str | None,
    lang: str,
) -> int:
    at = clock.now()
    if form == "json":
        made = doctor_json(portal, at, found)
    elif form == "html":
        made = doctor_html(title, at, found, lang)
    else:
        made = doctor_text(title, found, lang)
    options.write(made, output)
    return exit_code(found)
