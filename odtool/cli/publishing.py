"""What plan, apply and publish share: their options, the ledger, and how outcomes are told."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePath
from typing import Any, TypeVar

import click

from odtool import clock
from odtool.cli.options import told as say_why
from odtool.datasets import catalog
from odtool.errors import OdtoolError
from odtool.exits import worst
from odtool.judging import cache
from odtool.judging.check import RECOGNISED, Choice, judge
from odtool.ledger import record
from odtool.ledger.journal import Publication
from odtool.model import FileReport
from odtool.municipality import municipalities
from odtool.planning.plan import Item, Offer, Plan, Wishes
from odtool.planning.planfile import listed, to_json
from odtool.portal import Portal
from odtool.portal.waiting import told
from odtool.publishing.publish import Outcome, connect, exit_code
from odtool.settings import config
from odtool.settings.secret import exposed
from odtool.text import visible
from odtool.turn import turn
from odtool.watching import Step, Watch

MANY_UNCHANGED = 20
NAMED = 5  # of many, that are named in a sentence
F = TypeVar("F", bound=Callable[..., Any])


def options(command: F) -> F:
    """--config, --ledger."""
    for option in (
        click.option("--ledger", metavar="PATH", default="odtool-ledger.sqlite", envvar="ODTOOL_LEDGER",
                     show_default=True, help="確認と公開の台帳 / the ledger of checks and publications."),
        click.option("--config", "config_path", metavar="FILE",
                     help="設定ファイル（既定は odtool.toml） / settings, odtool.toml by default."),
    ):  # fmt: skip
        command = option(command)
    return command


def planning(command: F) -> F:
    """--portal, --municipality, --dataset: what is to go where."""
    for option in (
        click.option("--dataset", metavar="ID",
                     help="このデータセットとして公開する（例 standard-aed） / publish as this dataset."),
        click.option("--municipality", metavar="CODE",
                     help="団体コード（6桁）。ファイルから分からないときに指定 / the municipality's code."),
        click.option("--portal", metavar="NAME", default=config.DEFAULT, show_default=True,
                     help="設定の名前、folder:フォルダー、または CKAN の URL / a name from the settings, folder:PATH, "
                     "or the address of a CKAN."),
    ):  # fmt: skip
        command = option(command)
    return command


def creating(command: F) -> F:
    return click.option(
        "--create-organization", is_flag=True,
        help="ポータルに自治体の組織がなければ作る / make the municipality's organisation where it is missing.",
    )(command)  # fmt: skip


def wishing(command: F) -> F:
    """--adopt, --restore, --overwrite, --prune."""
    for option in (
        click.option("--prune", is_flag=True,
                     help="前に公開して今回のファイルにないものを取り下げる / withdraw what was published before and is "
                     "not among the files."),
        click.option("--overwrite", is_flag=True,
                     help="ポータルで手直しされた項目も odtool の内容に戻す / undo what was edited on the portal by hand."),
        click.option("--restore", metavar="NAME", multiple=True,
                     help="取り下げたデータセットをもう一度公開する。取り下げた1つのファイルだけなら NAME/FILE / publish a withdrawn dataset "
                     "again, or, as NAME/FILE, a single file that was withdrawn."),
        click.option("--adopt", metavar="NAME", multiple=True,
                     help="ほかの方法で作られたデータセットを引き継ぐ / take over a dataset that odtool did not make."),
    ):  # fmt: skip
        command = option(command)
    return command


def wishes(adopt: tuple[str, ...], restore: tuple[str, ...], *, overwrite: bool, prune: bool) -> Wishes:
    return Wishes(frozenset(adopt), frozenset(restore), overwrite, prune)


def limiting(command: F) -> F:
    """--max-update, --max-delete."""
    for option in (
        click.option("--max-delete", type=click.IntRange(min=0), metavar="N",
                     help="取り下げがこれを超えるなら何もしない（既定は10） / do nothing where more would be withdrawn (10 if not "
                     "given)."),
        click.option("--max-update", type=click.IntRange(min=0), metavar="N",
                     help="更新がこれを超えるなら何もしない / do nothing where more would be updated."),
    ):  # fmt: skip
        command = option(command)
    return command


def verdicts() -> contextlib.AbstractContextManager[cache.Verdicts | None]:
    """Verdicts of earlier runs; a file that has not changed is not judged again."""
    return cache.opened(clock.today().toordinal())


@contextmanager
def opened(
    settings: config.Settings,
    ledger: str,
    command: str,
    lang: str,
    *,
    writing: bool,
    create: bool = False,
    alone: bool = True,
    choice: Choice = RECOGNISED,
) -> Iterator[tuple[Portal, record.Ledger, record.Running]]:
    """The portal, the ledger, and this run in it. Whoever writes has the portal alone, as far as this machine goes,
    unless it cannot wait for that (`alone`). `choice` is how the files are judged."""
    _warn(settings, lang)
    with record.ledger(ledger) as book, waiting(lang):
        address = settings.url or settings.path
        mine = turn(address, waiting=lambda ja, en: click.echo(en if lang == "en" else ja, err=True))
        with (
            mine if writing and alone else contextlib.nullcontext(),
            book.run(command, portal=settings.name, address=address, now=clock.now) as running,
        ):
            portal = connect(
                settings,
                writing=writing,
                create_organization=create,
                tell=running.call,
                report=lambda offer, content: _published_verdict(offer, content, choice),
            )
            with contextlib.closing(portal):
                yield portal, book, running


def waiting(lang: str) -> contextlib.AbstractContextManager[None]:
    """Who sits at a terminal is told when the portal lets us wait."""
    if not sys.stderr.isatty():
        return contextlib.nullcontext()

    def tell(waited: int, left: int) -> None:
        ja = f"ポータルの返事を待っています（{waited}秒目。あと最大{left}秒）。"
        en = f"Waiting for the portal to answer (for {waited} s now, {left} s more at most)."
        click.echo(f"\r\x1b[K{en if lang == 'en' else ja}", err=True)  # perhaps over a bar, which comes again

    return told(tell)


def _warn(settings: config.Settings, lang: str) -> None:
    """Tells what somebody should know before publishing there."""
    told = list(settings.warnings)
    if settings.type == "ckan" and settings.token_file and (open_to_others := exposed(settings.token_file)):
        told.append(open_to_others)
    for ja, en in told:
        click.echo(f"Mind: {visible(en, 1_000)}" if lang == "en" else f"注意: {visible(ja, 1_000)}", err=True)


def _published_verdict(offer: Offer, content: bytes, choice: Choice) -> FileReport | None:
    """What is found in the very bytes that are published: the file they are made of may hold more."""
    dataset = choice.dataset or catalog.dataset(offer.dataset)
    return judge(content, offer.file_name, replace(choice, dataset=dataset, limit=1_000))[0]


def watcher(lang: str) -> Watch:
    """A bar for each long piece of work, on a terminal only."""

    @contextmanager
    def watch(total: int, ja: str, en: str) -> Iterator[Step]:
        if not sys.stderr.isatty() or total < 2:
            yield lambda _: None
            return
        label = visible(en if lang == "en" else ja, 60)
        with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
            yield bar.update

    return watch


def remembering(running: record.Running) -> Callable[[Plan], None]:
    """Writes a plan into the ledger."""
    return lambda plan: running.plan(to_json(plan), listed(plan))


def say(line: str, lang: str, *, err: bool = False) -> None:
    """Prints a line. Where nobody takes it any more (a closed pipe, a full disk) that is told once, and the work goes on:
    a portal must not be left half done because the reader of the list has gone."""
    try:
        click.echo(line, err=err)
    except OSError:
        stream = sys.stderr if err else sys.stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not err:
            ja = "ここから先は出力先に書けませんが、作業は続けます。結果は odtool history で見られます。"
            en = (
                "The output cannot be written any more; the work goes on. See odtool history for its outcome."
            )
            say(en if lang == "en" else ja, lang, err=True)


def tell_unused(wished: Wishes, items: Iterable[Item], lang: str) -> None:
    """Tells of names that were asked for and are no dataset of these files: a slip of the pen would go unnoticed."""
    offers = [item.offer for item in items]
    names = {offer.dataset_name for offer in offers} | {f"{o.dataset_name}/{o.file_name}" for o in offers}
    for option, asked in (("--adopt", wished.adopt), ("--restore", wished.restore)):
        for name in sorted(asked - names):
            shown = visible(name, 200)
            ja = f"注意: {option} の {shown} は、公開できるファイルのデータセットの中にないため、使いませんでした。名前を確かめてください。"
            en = f"Mind: {option} {shown} was not used, as no file that can be published is of that dataset. Check the name."
            say(en if lang == "en" else ja, lang, err=True)


def tell_unpruned(
    wished: Wishes, items: Iterable[Item], before: Iterable[Publication], municipality: str | None, lang: str
) -> None:
    """Tells of municipalities that --prune left alone, as not one of the files is theirs: perhaps the last one is gone."""
    if not wished.prune or municipality:
        return
    whose = {item.offer.municipality for item in items}
    left = sorted({entry.municipality for entry in before} - whose - {""})
    if not left:
        return
    known = municipalities()
    names = [known[code].name if code in known else visible(code, 20) for code in left[:NAMED]]
    more = len(left) - len(names)
    ja = (
        f"注意: --prune は、今回のファイルが1つもない団体（{'、'.join(names)}{f' ほか{more:,}団体' if more else ''}）の公開済みの"
        "データを残しました。なくなったのなら、odtool withdraw で取り下げてください。"
    )
    en = (
        f"Mind: --prune left what is published of municipalities without any file here ({', '.join(names)}"
        f"{f' and {more:,} more' if more else ''}). If it is gone for good, withdraw it with odtool withdraw."
    )
    say(en if lang == "en" else ja, lang, err=True)


class Unavailable:
    """Tells of files that are not to be had; `code` is the exit code for that, 0 where there were none."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self.code = 0

    def tell(self, error: OdtoolError) -> None:
        self.code = worst((self.code, say_why(error, self._lang)))


def teller(lang: str) -> Callable[[Outcome], None]:
    """Prints an outcome as soon as it is known. Of what did not change only the first few are named."""
    quiet = 0

    def tell(outcome: Outcome) -> None:
        nonlocal quiet
        if outcome.status == "unchanged":
            quiet += 1
            if quiet > MANY_UNCHANGED:
                return
        offer = outcome.item.offer
        name = visible(offer.title or PurePath(offer.path).name or offer.dataset_name)
        place = f" {offer.file_name}" if offer.file_name else ""
        say(f"{name}{place}: {visible(outcome.text(lang), 2_000)}", lang)  # a portal's words are in it
        if outcome.status in ("published", "prepared"):
            say(f"  {visible(outcome.url, 2_000)}", lang)

    return tell


def end(outcomes: Iterable[Outcome], lang: str) -> int:
    """Prints the totals; the exit code."""
    found = list(outcomes)
    kinds: list[str] = [
        outcome.status if outcome.status != "published" else outcome.item.action for outcome in found
    ]
    shown = {
        "create": ("新規", "created"),
        "update": ("更新", "updated"),
        "unchanged": ("変更なし", "unchanged"),
        "refused": ("公開しない", "refused"),
        "prepared": ("手で登録", "to register by hand"),
        "adopt": ("引き継ぎ", "adopted"),
        "withdrawn": ("取り下げ", "withdrawn"),
        "drift": ("手直しあり", "edited by hand"),
        "failed": ("失敗", "failed"),
        "not-done": ("未実行", "not done"),
    }
    en = lang == "en"
    counts = [(words[en], kinds.count(kind)) for kind, words in shown.items()]
    counts = counts[:4] + [count for count in counts[4:] if count[1]]
    if "prepared" in kinds:
        say(
            "What is to be registered by hand is ready; README.txt tells how. It is not public yet."
            if en
            else "手で登録する一式を作りました。まだ公開されていません。README.txt の手順で登録してください。",
            lang,
        )
    if set(kinds) <= {"unchanged", "refused"} and "unchanged" in kinds:
        say("There was nothing to change." if en else "変更はありませんでした。", lang)
    say(
        ", ".join(f"{n} {word}" for word, n in counts)
        if en
        else "合計: " + "、".join(f"{word} {n}件" for word, n in counts),
        lang,
    )
    return exit_code(found)
