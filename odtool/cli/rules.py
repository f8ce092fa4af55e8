"""odtool rules"""

import click

from odtool.cli import options
from odtool.readability import CRITERIA
from odtool.report.readability_words import WEIGHTS
from odtool.rules import RULES
from odtool.text import pad
from odtool.words import SEVERITIES


@click.command()
@options.lang
def rules(lang: str) -> None:
    """確認している規則を一覧にします。

    List every rule that is checked.
    """
    longest = max(map(len, RULES))
    english = lang == "en"
    lines = [
        f"{rule.id:<{longest}}  {pad(SEVERITIES[rule.severity][english], 16)}  {rule.explain(lang)}\n"
        for rule in sorted(RULES.values(), key=lambda rule: rule.id)
    ]
    # The 30 rules on machine-readability, judged by --profile machine-readability.
    lines += [
        f"{id_:<{longest}}  {pad(WEIGHTS[rule.weight][english], 16)}  {rule.title_en if english else rule.title}\n"
        for id_, rule in sorted(CRITERIA.items())
    ]
    options.write("".join(lines), None)
