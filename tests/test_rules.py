"""Every rule, judged by its cases in tests/rules/<id>.yaml and by what must hold for all rules."""

import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import odtool
from odtool.datasets.catalog import datasets
from odtool.datasets.schema import from_descriptor
from odtool.judging.column import FEW, Column
from odtool.messages import message
from odtool.model import Field, Finding, Shape
from odtool.report.rule_page import cells, literal
from odtool.rule import Rule
from odtool.rules import RULES
from odtool.text import PLACEHOLDERS

FOLDER = Path(__file__).parent / "rules"
LEAST = 4  # good cases and bad cases of each rule
FEWER = {"flag-format": 1}  # rules that accept fewer values than that

CELL = [rule.id for rule in RULES.values() if rule.scope == "cell"]
RECORD = [rule.id for rule in RULES.values() if rule.scope == "record"]


@dataclass(frozen=True)
class Case:
    """A value (of a record rule: its cells) and what the rule says of it. `suggestion` None: there is none."""

    rule: Rule
    name: str
    good: bool
    value: Any
    field: Field
    at: str | None
    suggestion: str | None

    def __str__(self) -> str:
        return f"{self.rule.id}-{self.name}"

    def findings(self, value: Any = None) -> list[Finding]:
        return found(self.rule, self.value if value is None else value, self.field)


def column(descriptor: dict[str, Any]) -> Field:
    """A column as a Table Schema describes it, with our own `kind`."""
    return from_descriptor({"fields": [{"name": "列", **descriptor}]}, "case").fields[0]


def found(rule: Rule, value: Any, field: Field) -> list[Finding]:
    """What the rule finds in the value, as the reader is told it."""
    if rule.scope == "record":
        hits: Iterable[dict[str, Any]] = rule.check(*value)
        place = {"row": 2, "column": 3, "label": "列", "field": "列"}
        return [rule.finding(**place, **{k: v for k, v in hit.items() if k != "at"}) for hit in hits]
    hit = rule.check(value, field)
    place = {"row": 2, "column": 3, "label": field.name, "field": field.name, "value": value}
    return [] if hit is None else [rule.finding(**place, **hit)]


@cache
def cases(rule: str) -> tuple[Case, ...]:
    told = yaml.safe_load(FOLDER.joinpath(f"{rule}.yaml").read_text(encoding="utf-8"))
    return tuple(
        Case(
            RULES[rule],
            case["name"],
            "good" in case,
            tuple(value) if isinstance(value := case.get("good", case.get("bad")), list) else value,
            column(case.get("field") or told.get("field") or {}),
            case.get("at"),
            case.get("suggestion"),
        )
        for case in told["cases"]
    )


ALL = [case for path in sorted(FOLDER.glob("*.yaml")) for case in cases(path.stem)]
BAD = [case for case in ALL if not case.good]


# --- cases -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", CELL + RECORD)
def test_every_rule_on_values_has_cases(rule: str) -> None:
    good = [case.good for case in cases(rule)]
    assert good.count(True) >= FEWER.get(rule, LEAST)
    assert good.count(False) >= LEAST
    assert len({case.name for case in cases(rule)}) == len(good)


def test_every_file_of_cases_belongs_to_a_rule() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(CELL + RECORD)


@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_case_holds(case: Case) -> None:
    findings = case.findings()
    if case.good:
        assert findings == []
    else:
        assert [finding.suggestion for finding in findings] == [case.suggestion]


@pytest.mark.parametrize("case", [case for case in BAD if case.rule.scope == "record"], ids=str)
def test_a_finding_on_a_record_stands_at_one_of_its_cells(case: Case) -> None:
    (hit,) = case.rule.check(*case.value)
    assert hit["at"] == case.at
    assert hit["value"] == case.value[case.rule.kinds.index(case.at)]


@pytest.mark.parametrize("case", [case for case in BAD if case.suggestion], ids=str)
def test_a_suggestion_is_good_in_the_eyes_of_its_rule(case: Case) -> None:
    value: Any = case.suggestion
    if case.rule.scope == "record":
        place = case.rule.kinds.index(str(case.at))
        value = (*case.value[:place], value, *case.value[place + 1 :])
    assert case.findings(value) == []


@pytest.mark.parametrize("case", BAD, ids=str)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_message_can_be_filled_with_what_the_check_tells(case: Case, lang: str) -> None:
    for finding in case.findings():
        said = message(finding, lang)
        assert "None" not in said
        assert "{" not in said.replace("{10}", "")
        assert "\n" not in said and "\x0b" not in said


# --- declarations ----------------------------------------------------------------------------------


def is_described(example: str) -> bool:
    """Whether the example only describes a value (in full-width brackets)."""
    return example.startswith("（") and example.endswith("）")


@pytest.mark.parametrize("rule", CELL + RECORD)
def test_the_bad_example_of_a_rule_is_found_and_the_good_one_is_not(rule: str) -> None:
    declared, field = RULES[rule], cases(rule)[0].field
    read = cells if declared.scope == "record" else literal
    for example, expected in ((declared.bad, 1), (declared.good, 0)):
        if not is_described(example):
            assert len(found(declared, read(example), field)) == expected, example


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_rule_says_everything_about_itself(rule: Rule) -> None:
    assert rule.ja and rule.en and rule.bad and rule.good and rule.source
    assert rule.bad != rule.good
    assert re.fullmatch("[a-z]+(?:-[a-z]+)*", rule.id)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_rule_is_explained_in_japanese_and_then_in_english(rule: Rule) -> None:
    paragraphs = [part for part in re.split(r"\n\s*\n", rule.explanation.strip()) if part.strip()]
    assert len(paragraphs) == 2
    assert re.search("[ぁ-んァ-ヶ一-鿿]", paragraphs[0]) and paragraphs[0].rstrip().endswith("。")
    assert paragraphs[1].strip()[0].isascii() or paragraphs[1].strip()[0] == "�"
    assert paragraphs[1].rstrip().endswith(".")


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_both_messages_of_a_rule_tell_the_same_facts(rule: Rule) -> None:
    def fields(text: str) -> set[str]:
        return {name.removesuffix("_en") for _, name, _, _ in Formatter().parse(text) if name}

    english = fields(rule.en)
    assert english <= fields(rule.ja)
    # What is left out in English is said by other words; facts in full are in the JSON report.
    assert fields(rule.ja) - english <= {"description", "label"}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_what_a_rule_waits_for_is_a_rule(rule: Rule) -> None:
    assert rule.after <= RULES.keys()


# --- speed must not change the verdict ------------------------------------------------------------

NASTY = "aA1-.+E#?!〓\ufffdｶﾞﾟ｡　 \t\n\r\x0b\x00\x1f\x85\xa0\u200b\u200e\u2028\u2060\ufeff\ue000\uf8ff漢あア髙N/A－ー…"
nasty_text = st.one_of(
    st.text(NASTY, min_size=1, max_size=8),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8),
    st.sampled_from(sorted(PLACEHOLDERS)),
    st.from_regex(r"#(REF!|N/A|#+)|[0-9]\.[0-9]+E\+[0-9]+", fullmatch=True),
)
often = settings(max_examples=300, deadline=None, derandomize=True, database=None)


PATTERNS = [r.id for r in RULES.values() if isinstance(r.clean, str)]


@pytest.mark.parametrize("rule", PATTERNS)
def test_what_a_rules_pattern_passes_over_its_check_finds_nothing_in(rule: str) -> None:
    declared, field = RULES[rule], cases(rule)[0].field

    @often
    @given(st.from_regex(declared.clean, fullmatch=True))
    def holds(value: str) -> None:
        asked = tuple(value.split("\t")) if declared.scope == "record" else value
        assert found(declared, asked, field) == []

    holds()


@pytest.mark.parametrize("rule", [rule.id for rule in RULES.values() if rule.clean and callable(rule.clean)])
def test_what_a_rules_sieve_passes_over_its_check_finds_nothing_in(rule: str) -> None:
    declared = RULES[rule]
    values = TEXTS | {str(n) for n in range(-10, 110)}
    for field in {case.field.shape: case.field for case in cases(rule)}.values():
        left = set(declared.clean(field)(sorted(values)))
        assert {value for value in values if declared.check(value, field) is not None} <= left


# The longest cases are left out where every value meets every column.
TEXTS = {case.value for case in ALL if isinstance(case.value, str) and 0 < len(case.value) < 1_000}

# Values of which every column of a bundled dataset finds some to be right, many of each form.
ORDINARY = [
    form.format(n)
    for n in range(100, 250)
    for form in ("公民館{}号", "{}", "35.011{}", "075-222-3{}", "6048{}", "0000000{}", "{}ゴウカン", "2026-04-{:02.0f}",
                 "https://example.jp/{}", "a{}@example.jp", "町{}")
] + [f"20{n:02}-{m:02}-01" for n in range(10, 20) for m in range(1, 13)] + [
    f"{h:02}:{m:02}" for h in range(8, 20) for m in range(0, 60, 5)
]  # fmt: skip


def columns() -> list[Column]:
    """A column for every different definition among the bundled datasets, and one of no dataset."""
    seen: dict[tuple[str, Shape, Shape | None], Field] = {}
    for dataset in datasets().values():
        for field in dataset.fields:
            seen.setdefault((field.kind, field.shape, field.unconfirmed), field)
    return [Column(1, "列", field, ("",), frozenset()) for field in (*seen.values(), Field("列"))]


def fine_values(column: Column) -> list[str]:
    """More different values than are judged one by one, none of which is wrong; or nothing."""
    fine = [value for value in ORDINARY if not column._judge(value)]
    return fine[: FEW + 10] if len(fine) > FEW else []


def one_by_one(column: Column, values: Iterable[str]) -> dict[str, Any]:
    return {value: verdict for value in values if (verdict := column._judge(value))}


def test_many_values_are_judged_together_as_each_would_be_alone() -> None:
    for column in columns():
        assert column.bad(sorted(TEXTS)) == one_by_one(column, TEXTS), column.field.name


def test_one_wrong_value_among_many_right_ones_is_always_found() -> None:
    among_many = 0
    for column in columns():
        fine = fine_values(column)
        for value in TEXTS if fine else ():
            column.memo.clear()
            among_many += 1
            assert column.bad([*fine, value]) == one_by_one(column, [value]), (column.field.name, value)
    assert among_many > 10_000


def test_nasty_text_among_many_right_values_is_judged_as_it_would_be_alone() -> None:
    tried = [(column, fine) for column in columns() if (fine := fine_values(column))]

    @often
    @given(nasty_text)
    def holds(value: str) -> None:
        for column, fine in tried:
            column.memo.clear()
            assert column.bad([*fine, value]) == one_by_one(column, [value]), (column.field.name, value)

    holds()


@pytest.mark.parametrize("value", sorted(value for value in TEXTS if value.strip()))
def test_no_rule_stumbles_over_a_value_made_for_another(value: str) -> None:
    for rule in (RULES[name] for name in CELL):
        for finding in found(rule, value, cases(rule.id)[0].field):
            message(finding, "ja")
            message(finding, "en")


def test_an_explanation_has_no_blanks_around_it() -> None:
    assert all(rule.explain("en") == rule.explain("en").strip() for rule in RULES.values())


def test_a_prefecture_is_named_once() -> None:
    (finding,) = found(RULES["organization-mismatch"], ("260002", "滋賀県"), Field("列"))
    assert "京都府京都府" not in message(finding, "ja")


def test_every_allowed_word_is_named() -> None:
    words = [f"選択肢の長い名前その{n}" for n in range(10)]
    (finding,) = found(RULES["enum"], "x", column({"constraints": {"enum": words}}))
    assert words[-1] in message(finding, "ja")


@pytest.mark.parametrize(
    "module",
    [
        "judging.column",
        "mending.fix",
        "mending.reshape",
        "report.fix_told",
        "report.as_junit",
        "report.coverage_words",
    ],
)
def test_whoever_needs_the_rules_has_all_of_them_whatever_was_imported_before(module: str) -> None:
    asked = (
        f"import odtool.{module} as asked; known = len(vars(asked)['RULES']) if 'RULES' in vars(asked) else -1; "
        "from odtool.rules import RULES; print(known in (-1, len(RULES)) and len(RULES) > 50)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_what_is_declared_so_far_is_read_by_the_list_of_all_rules_alone() -> None:
    package = Path(odtool.__file__).parent
    found = [
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "DECLARED" in path.read_text("utf-8")
    ]
    assert sorted(found) == ["rule.py", "rules/__init__.py"]
