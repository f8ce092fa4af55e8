"""odtool apply: carry out a plan."""

import click

from odtool import clock, config, flow, source
from odtool.cli import mapped, options, publishing
from odtool.planfile import from_json
from odtool.publish import Limits


@click.command()
@click.argument("plan_file", metavar="PLAN")
@publishing.options
@options.jobs
@publishing.limiting
@publishing.creating
@options.lang
def apply(
    *,
    plan_file: str,
    max_update: int | None,
    max_delete: int | None,
    config_path: str | None,
    ledger: str,
    lang: str,
    create_organization: bool,
    jobs: int | None,
) -> int:
    """odtool plan -o で作った計画のとおりに公開します。計画の後でファイルかポータルが変わっていれば、何もしません。

    Carries out exactly the plan made by odtool plan -o; does nothing where files or portal have changed since.
    """
    plan = from_json(source.content(plan_file), plan_file)
    settings = config.portal_named(plan.portal, config_path)
    known = mapped.remembered(plan.reading.mappings or None, config_path)
    with (
        publishing.opened(
            settings,
            ledger,
            "apply",
            lang,
            writing=True,
            create=create_organization,
            choice=flow.choice_of(plan, known),
        ) as (
            target,
            book,
            running,
        ),
        publishing.verdicts() as verdicts,
    ):
        outcomes = flow.apply_plan(
            plan, target, settings.policy,
            now=clock.now, before=book.published(target.address), limits=Limits(max_update, max_delete),
            note=running.note, each=publishing.teller(lang), planned=publishing.remembering(running),
            remembered=known,
            jobs=jobs, verdicts=verdicts, watch=publishing.watcher(lang),
        )  # fmt: skip
        running.code = code = publishing.end(outcomes, lang)
    return code
