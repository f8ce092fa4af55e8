"""odtool publish: plan and apply at once."""

import click

from odtool import clock
from odtool.cli import mapped, options, publishing
from odtool.exits import worst
from odtool.judging import check
from odtool.publishing import flow
from odtool.publishing.publish import Limits
from odtool.settings import config


@click.command()
@options.paths
@publishing.planning
@publishing.wishing
@publishing.limiting
@mapped.options
@mapped.reviewing
@publishing.options
@options.jobs
@publishing.creating
@options.lang
def publish(
    *,
    files: tuple[str, ...],
    portal: str,
    municipality: str | None,
    dataset: str | None,
    adopt: tuple[str, ...],
    restore: tuple[str, ...],
    overwrite: bool,
    prune: bool,
    max_update: int | None,
    max_delete: int | None,
    config_path: str | None,
    ledger: str,
    lang: str,
    create_organization: bool,
    jobs: int | None,
    maps: tuple[str, ...],
    mapping: str | None,
    mappings: str | None,
    reviewed: tuple[str, ...],
) -> int:
    """確認して問題のないファイルを公開し、ポータルから読み直して一致を確かめます。何度実行しても同じ結果になります。

    Publishes the files that are valid, and reads them back to make sure. Safe to run again and again.
    """
    settings = config.portal_named(portal, config_path)
    columns, known = mapped.chosen(maps, mapping), mapped.remembered(mappings, config_path)
    choice = check.choose(
        dataset, None, 1_000 if reviewed else 1, columns=columns, remembered=known, reviewed=reviewed
    )
    unavailable = publishing.Unavailable(lang)
    wished = publishing.wishes(adopt, restore, overwrite=overwrite, prune=prune)
    with (
        publishing.opened(
            settings, ledger, "publish", lang, writing=True, create=create_organization, choice=choice
        ) as (
            target,
            book,
            running,
        ),
        publishing.verdicts() as verdicts,
    ):
        before = book.published(target.address)
        outcomes = flow.publish(
            files, target, settings.policy, choice,
            now=clock.now, municipality=municipality,
            wishes=wished,
            before=before, limits=Limits(max_update, max_delete),
            note=running.note, each=publishing.teller(lang), planned=publishing.remembering(running), missing=unavailable.tell,
            jobs=jobs, verdicts=verdicts, watch=publishing.watcher(lang),
        )  # fmt: skip
        items = [outcome.item for outcome in outcomes]
        publishing.tell_unused(wished, items, lang)
        publishing.tell_unpruned(wished, items, before, municipality, lang)
        code = publishing.end(outcomes, lang) if outcomes else 0
        running.code = code = worst((code, unavailable.code))
    return code
