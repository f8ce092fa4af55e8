"""odtool explain"""

import click

from odtool.cli import options
from odtool.errors import UsageError
from odtool.report.rule_page import rule_page
from odtool.rules import RULES


@click.command()
@click.argument("rule", metavar="RULE")
@options.lang
def explain(rule: str, lang: str) -> None:
    """規則を一つ、例を付けて説明します。

    Explain one rule with examples.
    """
    if rule not in RULES:
        near = [name for name in RULES if rule in name or name in rule] or sorted(RULES)[:3]
        raise UsageError(
            f"「{rule}」という規則はありません。{'、'.join(near[:5])} などがあります（odtool rules で一覧を表示）。",
            f"There is no rule “{rule}”. There are {', '.join(near[:5])} … (odtool rules lists them).",
        )
    options.write(rule_page(RULES[rule], lang) + "\n", None)
