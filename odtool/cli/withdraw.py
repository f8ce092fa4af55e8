"""odtool withdraw: take datasets off a portal at once."""

import sys
from collections.abc import Callable, Iterable

import click

from odtool import clock
from odtool.cli import options, publishing
from odtool.errors import UsageError
from odtool.publishing.publish import Outcome
from odtool.publishing.withdraw import Removal, exit_code
from odtool.publishing.withdraw import withdraw as withdrawn
from odtool.settings import config
from odtool.text import visible

GUIDE = "docs/withdraw.md"
CONFIRMATION = ("取り下げてよいですか", "Withdraw this?")
FORGET = (
    "個人情報などが公開されていたときは、ほかに次のことを確かめてください（くわしくは {guide}）。",
    "If personal data was public, see to these as well (more in {guide}):",
)
AFTERWARDS = (
    ("検索エンジンに残った写し（各社の「古いコンテンツの削除」から申し出る）",
     "copies kept by search engines: ask each by its form for outdated content"),
    ("ほかのサイトが集めた写し（横断検索や API の提供元に連絡する）",
     "copies collected by other sites: tell those who run cross searches and APIs"),
    ("だれがいつダウンロードしたか（ポータルの担当者にアクセスの記録を残してもらう）",
     "who downloaded it, and when: have the portal keep its access log"),
    ("庁内の個人情報の担当への連絡（報告や本人への通知が要るかは、担当が判断する）",
     "the office in charge of personal data, which decides whom to notify"),
)  # fmt: skip
COPIED = (
    "このフォルダーを Web サーバーなどに写しているときは、写した先でも今すぐ消してください（odtool が確かめたのはこのフォルダーだけです）。",
    "Where this folder is copied to a web server, remove it there too, now: odtool looked into this folder only.",
)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--portal", metavar="NAME", default=config.DEFAULT, show_default=True,
              help="設定の名前、folder:フォルダー、または CKAN の URL / a name from the settings, folder:PATH, or the address "
              "of a CKAN.")  # fmt: skip
@click.option("--reason", metavar="TEXT", default="", help="取り下げる理由（必須。台帳に残る） / why; required, and kept in the ledger.")  # fmt: skip
@click.option("--file", metavar="FILE", help="データセット全体でなく、このファイルだけ / this file only.")  # fmt: skip
@click.option("--foreign", is_flag=True,
              help="odtool が作ったものでなくても非公開にする（ファイルは消さない） / make it private though odtool did not make it; "
              "its files are left.")  # fmt: skip
@click.option("--yes", is_flag=True, help="確かめずに取り下げる / do not ask.")
@publishing.options
@options.lang
def withdraw(
    *,
    names: tuple[str, ...],
    portal: str,
    reason: str,
    file: str | None,
    foreign: bool,
    yes: bool,
    config_path: str | None,
    ledger: str,
    lang: str,
) -> int:
    """データセットを今すぐ取り下げ、公開の画面から見えなくなったことを確かめて、台帳に残します。

    NAME はポータルでの名前です（例 261009_aed）。もう一度公開するまで（odtool publish --restore NAME）、公開されません。

    Takes datasets off a portal at once, looks as the public does whether they are gone, and records it. They are not
    published again until odtool publish --restore NAME.
    """
    if file == "":  # an empty variable in a script: the whole dataset is not what was meant
        raise UsageError(
            "--file のファイルの名前が空です。データセット全体を取り下げるなら、--file を付けないでください。",
            "--file names no file. Leave it out to withdraw the whole dataset.",
        )
    file = file or ""
    removal = Removal(reason, file, foreign)
    if file and len(set(names)) > 1:
        raise UsageError(
            "--file は、データセットを1つだけ指定したときに使えます。", "--file goes with one dataset only."
        )
    settings = config.portal_named(portal, config_path)
    there = [settings.names.get(name, name) for name in names]
    _confirm(there, file, settings.name, yes=yes, lang=lang)
    with publishing.opened(settings, ledger, "withdraw", lang, writing=True, alone=False) as (
        target,
        book,
        running,
    ):
        outcomes = withdrawn(
            there, target, removal,
            now=clock.now, before=book.published(target.address), note=running.note, each=_teller(lang),
            planned=lambda items: running.plan("\n".join(f"{i.dataset_name}/{i.file_name}" for i in items), items),
        )  # fmt: skip
        running.code = code = exit_code(outcomes)
    _advise(outcomes, lang, copied=settings.type == "folder")
    return code


def _confirm(names: Iterable[str], file: str, portal: str, *, yes: bool, lang: str) -> None:
    """Raises UsageError where nobody is there to be asked, Abort where the answer is no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            "画面で確かめられないため、取り下げていません。--yes を付けると確かめずに取り下げます。",
            "Nobody is there to be asked, so nothing was withdrawn. Add --yes to withdraw without asking.",
        )
    for name in names:
        what = f"{name}/{file}" if file else name
        click.echo(f"{visible(portal, 200)}: {visible(what, 200)}", err=True)
    click.confirm(CONFIRMATION[lang == "en"], abort=True, err=True)


def _teller(lang: str) -> Callable[[Outcome], None]:
    """Prints an outcome as soon as it is known; what is not done, as an error."""

    def tell(outcome: Outcome) -> None:
        offer = outcome.item.offer
        name = "/".join(filter(None, (offer.dataset_name, offer.file_name)))
        done = outcome.status in ("withdrawn", "unchanged")
        publishing.say(f"{visible(name, 200)}: {visible(outcome.text(lang), 2_000)}", lang, err=not done)

    return tell


def _advise(outcomes: Iterable[Outcome], lang: str, *, copied: bool) -> None:
    """What odtool cannot do. Whether the law asks for more is for those in charge to say."""
    if not any(outcome.status == "withdrawn" for outcome in outcomes):
        return
    en = lang == "en"
    lines = [COPIED[en]] if copied else []
    lines += [FORGET[en].format(guide=GUIDE), *(f"  - {p[en]}" if en else f"  ・{p[en]}" for p in AFTERWARDS)]
    publishing.say("\n".join(lines), lang)
