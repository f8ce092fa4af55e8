"""odtool portals: where data can be published, and what is known of each place."""

import click

from odtool.cli import options
from odtool.report import portals_told
from odtool.settings import config, profile


@click.command()
@click.argument("portal", required=False, metavar="[NAME]")
@click.option("--config", "config_path", metavar="FILE",
              help="設定ファイル（既定は odtool.toml） / settings, odtool.toml by default.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="出力の形式 / output format.")  # fmt: skip
@options.lang
def portals(portal: str | None, config_path: str | None, form: str, lang: str) -> None:
    """公開先のプロファイルと、設定にある公開先を一覧にします。名前を付けると、分かっていることと確かさを示します。

    Lists the portal profiles and the portals of the settings; with a NAME, what is known of it, and how sure that is.
    """
    declared = config.portals(config_path)
    known = profile.profiles()
    if portal:
        mine = declared.get(portal)
        kind = mine.knows if mine else profile.profile(portal)
        known = {kind.name: kind} if kind.name else {}
        declared = {portal: mine} if mine else {}
        if form == "text":
            options.write(portals_told.one(kind, mine, lang), None)
            return
    made = (
        portals_told.as_json(known, declared)
        if form == "json"
        else portals_told.overview(known, declared, lang)
    )
    options.write(made, None)
