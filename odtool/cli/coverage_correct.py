"""odtool coverage correct"""

from typing import Literal

import click

from odtool import clock, former
from odtool.cli import coverage_options, options
from odtool.coverage import observed
from odtool.coverage.observation import Observation
from odtool.coverage.sighting import Correction
from odtool.datasets import catalog
from odtool.errors import UsageError
from odtool.text import visible


@click.command()
@click.argument("resource", metavar="RESOURCE")
@click.option(
    "--dataset", metavar="ID", help="このデータセットである（例 standard-aed） / it is this dataset."
)
@click.option(
    "--municipality", metavar="CODE", help="この団体のものである（6桁の団体コード） / it is this body's."
)
@click.option("--ignore", is_flag=True, help="数えない / do not count it.")
@click.option("--undo", is_flag=True, help="前に指定したことを取り消す / take back what was said before.")
@click.option("--reason", metavar="TEXT", default="", help="そう判断した理由 / why.")
@coverage_options.store
@options.lang
def correct(
    *,
    resource: str,
    dataset: str | None,
    municipality: str | None,
    ignore: bool,
    undo: bool,
    reason: str,
    store: str,
    lang: str,
) -> int:
    """集めたファイルが何のデータか、どの団体のものかを担当者が指定します。指定は次の収集でも使います。

    Say what a collected file is. RESOURCE is its id, its address, or a dataset's name on the portal (then all its files).
    What was said is remembered.
    """
    if sum((dataset is not None, municipality is not None, ignore, undo)) != 1:
        raise UsageError(
            "--dataset、--municipality、--ignore、--undo のどれか一つを指定してください。",
            "Give one of --dataset, --municipality, --ignore and --undo.",
        )
    if not undo and not reason.strip():
        raise UsageError(
            "--reason に、そう判断した理由を書いてください。後から見直すときに使います。",
            "Say why with --reason: somebody will want to know.",
        )
    what: Literal["dataset", "municipality", "ignore", ""] = "ignore" if ignore else ""
    value = ""
    if dataset is not None:
        what, value = "dataset", catalog.dataset(dataset).id
    if municipality is not None:
        what, value = "municipality", _code(municipality)
    with observed.reading(store) as book:  # which makes no file where there is none
        found = _one(book.find(resource), resource)
        place = found.source, found.dataset_name, found.resource
        known = {(word.source, word.dataset_name, word.resource) for word in book.corrections()}
    shown = visible(found.title or found.resource or found.dataset_name)
    if undo and place not in known:
        raise UsageError(
            f"「{shown}」（{found.source}）について指定したことはないので、取り消すものがありません。",
            f"Nothing was said of “{shown}” ({found.source}), so there is nothing to take back.",
        )
    with observed.store(store) as book:
        book.correct(
            Correction(clock.now(), *place, what, value, visible(reason, 500)),
        )
    click.echo(f"Noted: “{shown}” ({found.source})." if lang == "en" else f"「{shown}」（{found.source}）について記録しました。")  # fmt: skip
    return 0


def _one(found: list[Observation], wanted: str) -> Observation:
    """The one file, or with resource "" the one dataset. Raises UsageError where there is none, or several."""
    shown = visible(wanted)
    if not found:
        raise UsageError(
            f"「{shown}」という ID・データセット名・URL のファイルは、集めた記録にありません。",
            f"Nothing that was collected has the id, dataset name or address “{shown}”.",
        )
    whole = {(entry.source, entry.dataset_name) for entry in found}
    if len(found) == 1 and found[0].dataset_name != wanted:
        return found[0]
    if len(whole) == 1 and found[0].dataset_name == wanted:
        first = found[0]
        return Observation(first.at, first.source, first.dataset_name, "", title=first.dataset_name)
    listed = "、".join(sorted(visible(f"{entry.source} {entry.dataset_name} {entry.resource}", 120) for entry in found)[:5])  # fmt: skip
    raise UsageError(
        f"「{shown}」に当てはまるファイルが {len(found)} 件あります（{listed}）。ファイルの ID か URL で指定してください。",
        f"{len(found)} files fit “{shown}” ({listed}). Give the id or the address of one.",
    )


def _code(written: str) -> str:
    former.require(written)
    return written
