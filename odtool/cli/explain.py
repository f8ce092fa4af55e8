"""odtool explain"""

import click

from odtool import former
from odtool.cli import options
from odtool.errors import UsageError
from odtool.readability import CRITERIA
from odtool.report import place_page
from odtool.report.criterion_page import criterion_page
from odtool.report.rule_page import rule_page
from odtool.rules import RULES
from odtool.text import near, visible


@click.command()
@click.argument("rule", metavar="RULE")
@options.lang
def explain(rule: str, lang: str) -> None:
    """規則を一つ、例を付けて説明します。団体コードや市区町村の名前なら、その移り変わりを示します。

    Explain one rule with examples; or, of a local government's code or name, whose it is and was.
    """
    if rule.upper() in CRITERIA:
        options.write(criterion_page(CRITERIA[rule.upper()], lang) + "\n", None)
        return
    if rule not in RULES and (bodies := place_page.found(rule)):
        options.write("\n".join(place_page.place_page(code, lang) for code in bodies), None)
        return
    if rule not in RULES and rule.strip().isascii() and rule.strip().isdigit():
        since = former.FIRST.isoformat()
        raise UsageError(
            f"「{visible(rule)}」という団体コードは、今も {since} 以降にもありません。検査数字まで含む6桁で指定してください（例 262021）。",
            f"There is no code {visible(rule)}, nor was there since {since}. Give all six digits, like 262021.",
        )
    if rule not in RULES:
        found = near(rule, sorted(RULES)) or sorted(RULES)[:3]
        raise UsageError(
            f"「{visible(rule)}」という規則はありません。{'、'.join(found)} などがあります（odtool rules で一覧を表示）。",
            f"There is no rule “{visible(rule)}”. There are {', '.join(found)} … (odtool rules lists them).",
        )
    options.write(rule_page(RULES[rule], lang) + "\n", None)
