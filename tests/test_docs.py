"""The generated pages say what the code says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from odtool.datasets.catalog import datasets
from odtool.report.dataset_page import dataset_page
from odtool.report.rule_page import example, rule_page
from odtool.rules import RULES

ROOT = Path(__file__).parent.parent


def test_the_generated_pages_are_up_to_date() -> None:
    command = [sys.executable, "docs/generate.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("rule", RULES)
def test_a_rules_page_shows_both_examples_and_the_message(rule: str, lang: str) -> None:
    page = rule_page(RULES[rule], lang)
    assert page.startswith(f"# {rule}\n")
    assert "✗" in page and "✓" in page and RULES[rule].source in page
    assert "None" not in page and not re.search(r"\{[a-z_]+\}", page)


@pytest.mark.parametrize("rule", [rule.id for rule in RULES.values() if rule.scope in ("cell", "record")])
def test_a_rules_page_quotes_the_value_that_the_check_was_given(rule: str) -> None:
    said = example(RULES[rule])
    assert said.rule == rule and said.value is not None


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("dataset", datasets())
def test_a_datasets_page_has_a_line_for_each_column(dataset: str, lang: str) -> None:
    lines = dataset_page(datasets()[dataset], lang).splitlines()
    table = [line for line in lines if line.startswith("| ")][2:]
    assert [line.split(" | ")[1] for line in table] == [field.name for field in datasets()[dataset].fields]
    assert {line.replace("\\|", "").count("|") for line in table} == {7}
