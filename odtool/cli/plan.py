"""odtool plan: what publishing would do."""

import contextlib
from collections.abc import Mapping
from pathlib import PurePath

import click

from odtool import clock
from odtool.cli import mapped, options, publishing
from odtool.cli.outputs import refuse_input
from odtool.errors import OdtoolError, PortalError
from odtool.exits import worst
from odtool.judging import check
from odtool.planning.plan import Plan
from odtool.planning.planfile import to_json
from odtool.planning.rowdiff import RowChanges
from odtool.portal import Portal
from odtool.publishing import flow
from odtool.publishing.publish import in_the_way
from odtool.report.plan_text import plan_text
from odtool.report.plan_told import Told
from odtool.settings import config

CHANGES_WAITING = 5  # 2 is wrong usage in every command, so that a script can tell the two apart


@click.command()
@options.paths
@publishing.planning
@publishing.wishing
@mapped.options
@mapped.reviewing
@publishing.options
@options.jobs
@options.lang
@click.option(
    "--rows",
    is_flag=True,
    help="公開中のファイルをダウンロードし、行の増減も表示する / download what is published and tell what becomes of its rows.",
)
@click.option(
    "--diff/--no-diff",
    default=None,
    help="項目ごとの違いを表示する・しない（既定は、変わるものが少ないときだけ） / what differs in each; by default where few change.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html"]),
    default=None,
    help="形（既定は -o の拡張子による。画面は text） / form; by default as the name of FILE ends.",
)
@click.option(
    "-o", "--output", "outputs", metavar="FILE", multiple=True,
    help="計画をファイルに書く（何度でも）。JSON は odtool apply で実行し、HTML は人が読む / write the plan: JSON for odtool apply, "
    "HTML for people.",
)  # fmt: skip
@click.option(
    "--detailed-exitcode", is_flag=True, help="変更があれば終了コード5 / exit with 5 where there are changes."
)
def plan(
    *,
    files: tuple[str, ...],
    portal: str,
    municipality: str | None,
    dataset: str | None,
    adopt: tuple[str, ...],
    restore: tuple[str, ...],
    overwrite: bool,
    prune: bool,
    config_path: str | None,
    ledger: str,
    lang: str,
    jobs: int | None,
    maps: tuple[str, ...],
    mapping: str | None,
    mappings: str | None,
    reviewed: tuple[str, ...],
    rows: bool,
    diff: bool | None,
    form: str | None,
    outputs: tuple[str, ...],
    detailed_exitcode: bool,
) -> int:
    """公開すると何が変わるかを表示します。ポータルには何も書きません。

    Shows what publishing would change. Nothing is written to the portal.
    """
    settings = config.portal_named(portal, config_path)
    columns, known = mapped.chosen(maps, mapping), mapped.remembered(mappings, config_path)
    choice = check.choose(
        dataset, None, 1_000 if reviewed else 1, columns=columns, remembered=known, reviewed=reviewed
    )
    unavailable = publishing.Unavailable(lang)
    wished = publishing.wishes(adopt, restore, overwrite=overwrite, prune=prune)
    with (
        publishing.opened(settings, ledger, "plan", lang, writing=False) as (target, book, running),
        publishing.verdicts() as verdicts,
    ):
        before = book.published(target.address)
        made, reports = flow.make_plan(
            files,
            target,
            settings.policy,
            choice,
            now=clock.now,
            municipality=municipality,
            wishes=wished,
            before=before,
            note=running.note,
            missing=unavailable.tell,
            mappings=mappings or "",
            jobs=jobs,
            verdicts=verdicts,
            watch=publishing.watcher(lang),
        )
        publishing.remembering(running)(made)
        compared = _compared(made, target, settings, choice, lang) if rows else {}
        running.code = code = _code(made, detailed=detailed_exitcode, missing=unavailable.code)
    publishing.tell_unused(wished, made.items, lang)
    publishing.tell_unpruned(wished, made.items, before, municipality, lang)
    files_of = {output: form or _form(output) for output in outputs}
    stored = next((output for output, kind in files_of.items() if kind == "json"), "")
    beside = Told.of(reports, rows=compared, warnings=settings.warnings, file=stored)
    mine = (config_path or config.FILE, ledger, *(item.offer.path for item in made.items if item.offer.path))
    for output, kind in files_of.items():
        refuse_input(output, mine)
        options.write(_rendered(made, kind, lang, beside, diff), output)
    shown = "text" if outputs or not form else form
    if made.items or shown != "text":
        options.write(_rendered(made, shown, lang, beside, diff), None)
    return code


def _compared(
    made: Plan, target: Portal, settings: config.Settings, choice: check.Choice, lang: str
) -> Mapping[tuple[str, str], RowChanges | OdtoolError]:
    """What becomes of the rows. The files of a CKAN may lie anywhere, so they are asked for as a stranger's are."""
    watch = publishing.watcher(lang)
    if settings.type != "ckan":
        return flow.row_changes(made, target, choice, watch)
    from odtool.collect.apart import Looking

    look = Looking(settings.url, contact=settings.contact, pace=settings.knows.number("pace"))
    with contextlib.closing(look):
        return flow.row_changes(made, target, choice, watch, look.get)


def _form(output: str) -> str:
    return {".html": "html", ".htm": "html", ".txt": "text"}.get(PurePath(output).suffix.lower(), "json")


def _rendered(made: Plan, form: str, lang: str, known: Told, diff: bool | None) -> str:
    if form == "json":
        return to_json(made)
    if form == "html":
        from odtool.report.plan_html import plan_html

        return plan_html(made, lang, known)
    return plan_text(made, lang, known, diff=diff)


def _code(made: Plan, *, detailed: bool, missing: int) -> int:
    """`missing` is the exit code for files that were not to be had."""
    hindered = PortalError.exit_code if any(map(in_the_way, made.items)) else 0
    refused = 1 if made.count("refuse") else 0
    waiting = CHANGES_WAITING if detailed and made.waiting else 0
    return worst((missing, hindered, refused, waiting))
