"""What a rule is, and the list of all of them.

A rule is declared once, in `odtool/rules/`, by the decorator of its scope. The name of the function
becomes the id (`date_format` → `date-format`), its docstring the explanation (a Japanese paragraph, then
an English one).
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from itertools import filterfalse
from typing import Any, Literal

from odtool.model import Field, Finding, Severity
from odtool.value import dataclass

Scope = Literal["file", "header", "row", "cell", "record", "table"]
Hit = Mapping[str, Any]
"""What a check alone knows: facts for the message, and `suggestion` where there is one."""

Sieve = Callable[[Collection[str]], Iterable[str]]
"""From values, those in which a rule may find something: at least all in which it does.

The classes below say in public what they leave, so that a column library can be told the same.
"""

Join = Callable[[Iterable[Field]], Iterable[tuple[str | None, ...]]]
"""From the fields a file has, the names of those whose cells a record rule compares; None where there is none."""

Fits = Callable[[Collection[str]], str | None]
"""From what stands in the first of the columns a record rule compares, a pattern of combinations in which it finds
nothing, the cells joined by tabs; None where there is none."""

# Stages of judging one cell. The first stage that finds something ends it: one cause, one finding.
DAMAGE, SHAPE, CONSTRAINT, STYLE = range(4)


@dataclass(frozen=True, slots=True)
class Mend:
    """What `odtool fix` does about a rule, and why that is certain, in both languages.

    Of a rule on cells it writes the rule's suggestion where `certain(value, suggestion, field)` holds: where
    the new value means the same as the old one. Elsewhere the suggestion is only proposed.
    """

    ja: str
    en: str
    certain: Callable[[str, str, Field], bool] = lambda *_: True


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    scope: Scope
    severity: Severity
    ja: str
    en: str
    bad: str
    good: str
    source: str
    explanation: str
    check: Callable[..., Any]
    kinds: tuple[str, ...] = ()
    types: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    after: frozenset[str] = frozenset()
    stage: int = SHAPE
    clean: str | Callable[[Field], Sieve] | None = None
    mends: Mend | None = None
    join: Join | None = None
    fits: Fits | None = None

    def finding(self, **parts: Any) -> Finding:
        """A finding of this rule; what is not a part of a finding goes to its facts."""
        places = {key: parts.pop(key) for key in _PLACES if key in parts}
        return Finding(self.id, parts.pop("severity", self.severity), **places, facts=parts)

    def explain(self, lang: str) -> str:
        """The paragraph of the docstring in that language."""
        paragraphs = re.split(r"\n\s*\n", self.explanation.strip())
        chosen = paragraphs[-1] if lang == "en" else paragraphs[0]
        return re.sub(r"(?<=[ -~])\s+(?=[ -~])", " ", re.sub(r"\n\s+", "\n", chosen.strip())).replace(
            "\n", ""
        )


_PLACES = ("row", "column", "label", "field", "value", "suggestion")

DECLARED: dict[str, Rule] = {}
"""What has been declared until now: for `odtool.rules` alone, which imports all that declare any. Whoever wants the rules has
them from there, so that none is missing by the order of imports."""


class Leaving:
    """A sieve that leaves the values for which `fine` is not true."""

    def __init__(self, fine: Callable[[str], object]):
        self.fine = fine

    def __call__(self, values: Collection[str]) -> Iterable[str]:
        return filterfalse(self.fine, values)


class LeavingNone:
    """The sieve of a rule that finds nothing in this field."""

    def __call__(self, values: Collection[str]) -> Iterable[str]:  # noqa: ARG002 - a sieve's signature
        return ()


class Unlike(Leaving):
    """Leaves the values that the pattern does not match from beginning to end."""

    def __init__(self, pattern: str):
        super().__init__(_compiled(pattern).fullmatch)
        self.pattern = pattern


class Unlisted(Leaving):
    """Leaves the values that are none of the words."""

    def __init__(self, words: Iterable[str]):
        self.words = frozenset(words)
        super().__init__(self.words.__contains__)


class OfOtherLength(Leaving):
    """Leaves the values with fewer than `least` or more than `most` characters."""

    def __init__(self, least: int, most: int):
        self.least, self.most = least, most
        super().__init__(lambda value: least <= len(value) <= most)

    def __call__(self, values: Collection[str]) -> Iterable[str]:
        lengths = set(map(len, values))
        if lengths and self.least <= min(lengths) and max(lengths) <= self.most:
            return ()
        return filterfalse(self.fine, values)


class Outside(Leaving):
    """Leaves what is not well inside the bounds as a binary number, so that rounding cannot matter."""

    def __init__(self, low: float, high: float):
        self.low, self.high = low, high
        super().__init__(self._inside)

    def _inside(self, value: str) -> bool:
        try:
            return self.low < float(value) < self.high
        except ValueError:
            return False

    def __call__(self, values: Collection[str]) -> Iterable[str]:
        try:
            numbers = list(map(float, values))
        except ValueError:
            return filterfalse(self.fine, values)
        if numbers and self.low < min(numbers) and max(numbers) < self.high:
            return ()
        return filterfalse(self.fine, values)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def rule(
    scope: Scope,
    *,
    severity: Severity,
    ja: str,
    en: str,
    bad: str,
    good: str,
    source: str,
    kinds: tuple[str, ...] = (),
    types: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    stage: int = SHAPE,
    clean: str | Callable[[Field], Sieve] | None = None,
    mends: Mend | None = None,
    join: Join | None = None,
    fits: Fits | None = None,
) -> Callable[[Callable[..., Any]], Rule]:
    """Declare the decorated check as a rule.

    A cell rule judges the fields of certain `kinds`, or of certain Table Schema `types`, or those whose
    shape has one of the parts it `needs`; without any of the three, every field. It is not run on a file
    in which a rule of `after` found something. `clean` lets the engine pass over values in which the check would
    find nothing: a pattern that accepts only such values (not necessarily all of them), or a sieve made
    for the field. `mends` says what `odtool fix` does about it; without it, nothing is done but proposed.
    A record rule judges the columns of its `kinds`, or those that `join` puts together; then `kinds` only
    gives names to the first of them. Its `clean` is a pattern of the cells joined by tabs; where that depends on
    the first of them, as on a code, `fits` makes it.
    """

    def declare(check: Callable[..., Any]) -> Rule:
        name = check.__name__.strip("_").replace("_", "-")
        if name in DECLARED:
            raise ValueError(f"two rules are called {name}")
        DECLARED[name] = Rule(
            name, scope, severity, ja, en, bad, good, source, check.__doc__ or "", check,
            kinds, frozenset(types), needs, frozenset(after), stage, clean, mends, join, fits,
        )  # fmt: skip
        return DECLARED[name]

    return declare
