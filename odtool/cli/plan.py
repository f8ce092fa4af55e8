"""odtool plan: what publishing would do."""

import click

from odtool import check, clock, config, flow
from odtool.cli import mapped, options, publishing
from odtool.plan import Plan
from odtool.planfile import to_json

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
    "-o", "--output", metavar="FILE", help="計画をファイルに書く（odtool apply で実行） / write the plan."
)
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
    output: str | None,
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
    with (
        publishing.opened(settings, ledger, "plan", lang, writing=False) as (target, book, running),
        publishing.verdicts() as verdicts,
    ):
        made, _ = flow.make_plan(
            files,
            target,
            settings.policy,
            choice,
            now=clock.now,
            municipality=municipality,
            wishes=publishing.wishes(adopt, restore, overwrite=overwrite, prune=prune),
            before=book.published(target.address),
            note=running.note,
            missing=unavailable.tell,
            mappings=mappings or "",
            jobs=jobs,
            verdicts=verdicts,
            watch=publishing.watcher(lang),
        )
        publishing.remembering(running)(made)
        running.code = code = _code(made, detailed=detailed_exitcode, missing=unavailable.any)
    if output:
        options.write(to_json(made), output)
    if made.items:
        options.write(publishing.plan_text(made, lang), None)
    return code


def _code(made: Plan, *, detailed: bool, missing: bool) -> int:
    if missing:
        return 2
    if any(item.cause == "portal" for item in made.items):
        return 3
    if made.count("refuse"):
        return 1
    return CHANGES_WAITING if detailed and made.waiting else 0
