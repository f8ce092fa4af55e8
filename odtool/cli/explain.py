"""odtool explain"""

import click

from odtool.cli import options
from odtool.errors import UsageError
from odtool.readability import CRITERIA
from odtool.report.criterion_page import criterion_page
from odtool.report.rule_page import rule_page
from odtool.rules import RULES
from odtool.text import near, visible


@click.command()
@click.argument("rule", metavar="RULE")
@options.lang
def explain(rule: str, lang: str) -> None:
    """規則を一つ、例を付けて説明します。

    Explain one rule with examples.
    """
    if rule.upper() in CRITERIA:
        options.write(criterion_page(CRITERIA[rule.upper()], lang) + "\n", None)
        return
    if rule not in RULES:
        found = near(rule, sorted(RULES)) or sorted(RULES)[:3]
        raise UsageError(
            f"「{visible(rule)}」という規則はありません。{'、'.join(found)} などがあります（odtool rules で一覧を表示）。",
            f"There is no rule “{visible(rule)}”. There are {', '.join(found)} … (odtool rules lists them).",
        )
    options.write(rule_page(RULES[rule], lang) + "\n", None)
