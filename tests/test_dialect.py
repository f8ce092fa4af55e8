"""Patterns translated for the column library: never more than Python accepts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odtool.judging.dialect import translated

pl = pytest.importorskip("polars")

PIECES = st.sampled_from(
    ["a", "-", "[0-9]", "[ァ-ヶー]", "[^a-c]", r"\d", r"\w", r"\s", ".", r"\.", "(?:ab|c)", "(x|yz)", "[]a]", "[-a]", "[a-]",
     "[a&&b]", "[[a]", "[a~~b]", "[a--b]", "é", "#", " ", "　", "^", "$", "\\\\", "[\\]x]", "[\\d_]", "有|無", "\\n", "[\\x00-\\uffff]",
     "[\\ud000-\\uf000]", "\\u3042", "{", "}", "&", "/"]
)  # fmt: skip
TIMES = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "{,2}", "*?", "+?", "??", "*+"])
PATTERNS = st.lists(st.tuples(PIECES, TIMES), max_size=5).map(lambda parts: "".join(a + b for a, b in parts))
VALUES = st.lists(
    st.text("aabcxyz-_0199１٣. 　#[]{}^$&~|有無アヶé\\\n\r/あ\ue000\u1680", max_size=6),
    min_size=1,
    max_size=30,
)


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, FutureWarning):
        return False
    return True


@given(PATTERNS.filter(_compiles), VALUES)
def test_a_translated_pattern_accepts_nothing_that_python_refuses(pattern: str, values: list[str]) -> None:
    found = translated(pattern)
    if found is None:
        return
    there = pl.Series(values).str.contains(found.pattern).to_list()
    here = [re.fullmatch(pattern, value) is not None for value in values]
    assert all(h for h, t in zip(here, there, strict=True) if t), (pattern, found)
    if found.exact:
        assert here == there
        assert pl.Series(values).str.contains(found.inside).to_list() == [
            re.search(pattern, value) is not None for value in values
        ]
    for value, accepted in zip(values, there, strict=True):
        if accepted and found.ranges is not None:
            assert all(any(low <= ord(each) <= high for low, high in found.ranges) for each in value)


@pytest.mark.parametrize(
    "pattern", [r"\bA", r"(?=a)a", r"(?<!a)b", r"(a)\1", r"(?i)a", r"(?P<x>a)", r"(?>a)", "a{,2}", "a++", "[^\\d]", "(", r"\Z"]
)  # fmt: skip
def test_what_the_other_dialect_understands_otherwise_is_not_translated(pattern: str) -> None:
    assert translated(pattern) is None


@pytest.mark.parametrize(
    "pattern", ["[0-9]{6}", "有|無", "[ァ-ヶー・ 　0-9]*", "^[月火水木金土日]{1,7}$", r"https?://[^\s/?#]+"]
)
def test_usual_patterns_of_schemas_are_translated_or_left_to_the_exact_rules(pattern: str) -> None:
    found = translated(pattern)
    assert found is None if "[^\\s" in pattern else found is not None
