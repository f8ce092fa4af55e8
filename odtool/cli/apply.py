"""odtool apply: carry out a plan."""

import click

from odtool import clock, source
from odtool.cli import mapped, options, publishing
from odtool.errors import UsageError
from odtool.planning.planfile import from_json
from odtool.publishing import flow
from odtool.publishing.publish import Limits
from odtool.settings import config
from odtool.text import visible


@click.command()
@click.argument("plan_file", metavar="PLAN")
@click.option(
    "--portal",
    metavar="NAME",
    help="計画の公開先がアドレスだけのとき、同じものを確かめのために書く / the plan's portal once more, where the plan has no "
    "more than its address.",
)
@publishing.options
@options.jobs
@publishing.limiting
@publishing.creating
@options.lang
def apply(
    *,
    plan_file: str,
    portal: str | None,
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
    settings = _meant(config.portal_named(plan.portal, config_path), portal)
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
        before = book.published(target.address)
        outcomes = flow.apply_plan(
            plan, target, settings.policy,
            now=clock.now, before=before, limits=Limits(max_update, max_delete),
            note=running.note, each=publishing.teller(lang), planned=publishing.remembering(running),
            remembered=known,
            jobs=jobs, verdicts=verdicts, watch=publishing.watcher(lang),
        )  # fmt: skip
        publishing.tell_unpruned(plan.wishes, plan.items, before, plan.municipality, lang)
        running.code = code = publishing.end(outcomes, lang)
    return code


def _meant(settings: config.Settings, portal: str | None) -> config.Settings:
    """A plan is a file like any other: it must not decide alone to which address the token goes. Raises UsageError."""
    if portal is not None and portal.rstrip("/") != settings.name.rstrip("/"):
        raise UsageError(
            f"計画の公開先は {visible(settings.name)} で、--portal の {visible(portal)} ではありません。どちらかを直してください。",
            f"The plan is for {visible(settings.name)}, not for {visible(portal)} as --portal says. Correct one of them.",
        )
    if portal is None and settings.name == settings.url:
        raise UsageError(
            f"計画の公開先が odtool.toml にありません。そこにトークンを送ってよければ、--portal {visible(settings.name)} を付けてください。",
            f"The plan's portal is not in odtool.toml. If the token may be sent there, add --portal {visible(settings.name)}.",
        )
    return settings
