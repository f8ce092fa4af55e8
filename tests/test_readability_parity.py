"""Our verdicts beside the labels of the Digital Agency's samples, rebuilt from their description."""

import pytest

from tests.readability_samples import LABEL, PAGE, SAMPLES, Sample, page


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.rule}-{sample.name}")
def test_our_verdict_is_the_samples_label_or_the_difference_is_explained(sample: Sample) -> None:
    verdict = sample.verdict()
    assert verdict != "not-judged"
    if sample.name == "rule_14 OK csv":  # the label contradicts the rule's own text
        assert verdict == "not-met" and "本文" in sample.why
    else:
        assert verdict == LABEL[sample.label]


def test_where_the_application_gives_something_else_than_the_label_the_reason_is_told() -> None:
    assert [s.name for s in SAMPLES if s.code and not s.why and s.code != "例外（判定なし）"] == []


def test_every_rule_that_has_official_samples_is_compared() -> None:
    rules = {f"L1-{n:02}" for n in (*range(1, 9), *range(10, 16))} | {f"L2-0{n}" for n in range(1, 7)}
    assert {sample.rule for sample in SAMPLES} == rules | {"L3-01", "L3-04"}


def test_the_page_of_the_comparison_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.readability_samples"


def test_the_page_says_that_the_samples_are_rebuilt() -> None:
    assert "公式の見本そのものではありません" in page() and "not the original files" in page()
