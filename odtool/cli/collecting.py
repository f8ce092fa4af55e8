"""odtool coverage collect"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TextIO

import click

from odtool import clock, workers
from odtool.cli import options
from odtool.coverage import observed
from odtool.errors import UsageError, because
from odtool.exits import worst
from odtool.text import visible
from odtool.watching import uncounted, unwatched

if TYPE_CHECKING:
    from odtool.collect.gather import Result

STATES = {
    "done": ("完了", "done"),
    "partial": ("途中まで", "partly"),
    "failed": ("確認できず", "not seen"),
}
VERDICTS = {
    "valid": ("適合", "valid"),
    "invalid": ("不適合", "invalid"),
    "not-checked": ("対象外・未確認", "not checked"),
    "not-seen": ("確認できず", "not seen"),
}


@click.command("collect")
@click.argument("sources", nargs=-1, metavar="[SOURCE...]")
@click.option("--store", metavar="FILE", default=observed.DEFAULT, envvar=observed.VARIABLE, show_default=True,
              help="見たことの記録（環境変数 ODTOOL_COVERAGE） / the store of observations.")  # fmt: skip
@click.option("--config", metavar="FILE", help="設定ファイル（既定は odtool.toml） / settings.")
@click.option("--ledger", metavar="FILE", default="odtool-ledger.sqlite", envvar="ODTOOL_LEDGER", show_default=True,
              help="公開の記録。あれば、その日の状態に加えます / the ledger, counted in where there is one.")  # fmt: skip
@click.option(
    "--limit",
    type=click.IntRange(0),
    help="ポータルごとに、今回取得するファイル数の上限 / files fetched of each portal.",
)
@click.option("--only", metavar="PATTERN", default="",
              help="名前・組織・団体コードがこれに合うものだけ（例 262021、*病院*） / only what is called so.")  # fmt: skip
@click.option(
    "--since",
    metavar="DAY",
    callback=options.day,
    help="この日より後に変わったものだけ / only what changed since.",
)
@click.option(
    "--recheck", is_flag=True, help="変わっていないファイルも取得し直す / fetch what has not changed, too."
)
@click.option("--contact", metavar="ADDRESS", default="", envvar="ODTOOL_CONTACT",
              help="読み取りの名乗りに添える連絡先（URL かメール） / whom portals may ask about us.")  # fmt: skip
@click.option(
    "--log",
    metavar="FILE",
    help="1行1件の JSON で経過を追記するファイル / append what happens, a JSON object a line.",
)
@click.option("--jobs", type=click.IntRange(1), default=None,
              help="取得しながら確認に使うプロセスの数（既定は CPU の数、2 から 8 まで。1 なら同じプロセスで） / processes that judge "
              "while files are fetched.")  # fmt: skip
@options.lang
def collect(
    *,
    sources: tuple[str, ...],
    store: str,
    config: str | None,
    ledger: str,
    limit: int | None,
    only: str,
    since: str | None,
    recheck: bool,
    contact: str,
    log: str | None,
    jobs: int | None,
    lang: str,
) -> int:
    """ポータルで実際に公開されているものを読み取り、記録します。

    Read what is really published on portals, and note it.

    SOURCE は odtool.toml の [collect.名前] の名前、URL、フォルダー、オープンデータ一覧の CSV、台帳です。
    指定しなければ、設定にあるすべてを読み取ります。

    \b
    読み取れないポータルがあると終了コードは 3、odtool の不具合で確認できないファイルがあると 4 です（ほかは最後まで読み取ります）。
    The exit code is 3 where a portal could not be read, 4 where odtool itself failed at a file; all else is read to the end.
    """
    from odtool.cli import bars
    from odtool.cli.publishing import watcher
    from odtool.collect import gather  # reading portals needs much that telling what it does needs not
    from odtool.collect.bench import bench
    from odtool.collect.gather import Wishes, World
    from odtool.collect.settings import chosen
    from odtool.ledger import record

    told = ledger if Path(ledger).is_file() else None
    if told:
        with record.reading(told):  # else the day would be lost after hours of reading
            pass
    readings = chosen(sources, config)
    wishes = Wishes(limit, only, since or "", recheck)
    several = len(readings) > 1
    above = False
    # The processes are begun before anything is open that they would inherit.
    with (
        # Nobody may be watching: unless it is asked for, no file is judged where nothing could end that.
        bench(jobs or max(2, min(workers.processors(), gather.AT_ONCE)), beside=Path(store)) as judges,
        _log(log) as noted,
        observed.store(store) as book,
        bars.bar(len(readings), lang) if several else nullcontext() as bar,
    ):

        def each(result: "Result") -> None:
            nonlocal above
            if bar:
                bar.ended(_line(result, lang))
                above = True

        results = gather.collect(
            readings,
            book,
            World(clock.now),
            wishes,
            contact=contact,
            log=noted,
            watch=bar.watch if bar else unwatched if several else watcher(lang),
            count=uncounted if several else bars.counter(lang),
            each=each,
            bench=judges,
        )
        from odtool.coverage.overview import keep_day

        keep_day(book, told, clock.today(), clock.now())
    # What a reader has just seen above the bar is not shown once more on the same terminal.
    click.echo(_told(results, lang, lines=not (above and sys.stdout.isatty())))
    return worst(result.code for result in results)


def _told(results: Sequence["Result"], lang: str, *, lines: bool) -> str:
    said = [_line(result, lang) for result in results] if lines else []
    total = len(results)
    read = sum(result.state != "failed" for result in results)
    said.append(
        f"{read} of {total} sources read."
        if lang == "en"
        else f"{total} か所のうち {read} か所を読み取りました。"
    )
    return "\n".join(said)


def _line(result: "Result", lang: str) -> str:
    """What came of one portal, in two lines or three."""
    n = 1 if lang == "en" else 0
    name, state = visible(result.name), STATES.get(result.state, STATES["failed"])[n]
    verdicts = "・".join(f"{words[n]} {result.verdicts.get(key, 0):,}" for key, words in VERDICTS.items())
    spent = result.seconds
    ours = spent.get("judging", 0) + spent.get("noting", 0)
    held = spent.get("noting", 0) + spent.get("held up", 0)
    if lang == "en":
        head = (
            f"{name}: {state}. {result.datasets:,} datasets, {result.files:,} files; {result.recognised:,} national ones; "
            f"{verdicts.replace('・', ', ')}; {result.dead:,} dead links; {result.news:,} news, {result.gone:,} gone"
        )
        cost = (
            f"  {result.requests:,} requests, {result.received:,} bytes; on the wire {spent.get('wire', 0):.1f} s, waiting "
            f"{spent.get('waiting', 0):.1f} s, our own work {ours:.1f} s (in the way of fetching: {held:.1f} s)"
        )
        fault = (
            f"  {result.faults:,} {'file' if result.faults == 1 else 'files'} could not be checked: a fault of odtool"
            if result.faults
            else ""
        )
        return "\n".join(
            filter(None, (head, cost, fault, f"  {visible(result.en, 2_000)}" if result.en else ""))
        )
    head = (
        f"{name}: {state}。データセット {result.datasets:,}、ファイル {result.files:,}（国のデータセット {result.recognised:,}）。"
        f"{verdicts}・リンク切れ {result.dead:,}。新しい記録 {result.news:,}、なくなったもの {result.gone:,}"
    )
    cost = (
        f"  問い合わせ {result.requests:,} 回・{result.received:,} バイト。通信 {spent.get('wire', 0):.1f} 秒、"
        f"間隔をあけて待った時間 {spent.get('waiting', 0):.1f} 秒、odtool の処理 {ours:.1f} 秒（うち取得を待たせた時間 {held:.1f} 秒）"
    )
    fault = (
        f"  odtool の不具合で確認できなかったファイル {result.faults:,}（次の版で確認し直します）"
        if result.faults
        else ""
    )
    return "\n".join(filter(None, (head, cost, fault, f"  {visible(result.ja, 2_000)}" if result.ja else "")))


@contextmanager
def _log(path: str | None) -> Iterator[Callable[[dict[str, object]], None]]:
    """What writes down events, each at once; nothing where no file is named."""
    if path is None:
        with nullcontext():
            yield lambda _: None
        return
    lock = Lock()
    try:
        file: TextIO = Path(path).open("a", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed below
    except OSError as error:
        raise UsageError(
            f"{path}: 書き込めません（{because(error)}）。場所と権限を確かめてください。",
            f"{path}: cannot be written ({error.strerror}).",
        ) from None
    with file:

        def note(event: dict[str, object]) -> None:
            with lock:
                told = {
                    key: visible(value, 2_000) if isinstance(value, str) else value
                    for key, value in event.items()
                }
                file.write(json.dumps({"at": clock.now(), **told}, ensure_ascii=False) + "\n")
                file.flush()

        yield note
