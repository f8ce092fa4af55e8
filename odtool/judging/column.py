"""One column and the rules that judge it, by its distinct values.

A rule is asked once about a value however often it stands there, and a pattern over the whole column
(`Rule.clean`) lets columns pass in which nothing can be found.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import filterfalse
from typing import TYPE_CHECKING

from odtool import rules
from odtool.later import at_first_use, later
from odtool.model import Field
from odtool.rule import Hit, Rule, Unlike
from odtool.rules import RULES, of_scope
from odtool.rules.safety import Holding
from odtool.text import PLACEHOLDERS

if TYPE_CHECKING:
    from odtool.judging import fast

FEW = 16  # with fewer distinct values in a chunk, each is looked up by itself
REMEMBERED = 20_000  # verdicts kept per column
CARRIED = 2_000  # of these, carried over to the next file with the same field
FIELDS = 2_000  # of which is remembered how they are judged

# What any of the rules on all text could object to, beside placeholders. Must cover every rule of the
# stages DAMAGE and STYLE that judges all columns; a test holds the two together.
_SUSPECT = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3099\u309a\ufeff�〓?ｦ-ﾟ\ue000-\uf8ff\U000f0000-\U0010ffff#]"
)
ANYTHING_SUSPICIOUS = (
    f"[\n{_SUSPECT.pattern[1:]}|E\\+|^[ \u3000]|[ \u3000]$"  # the same of one value, and its ends
)
LONGEST_PLACEHOLDER = max(map(len, PLACEHOLDERS))
_NONE: frozenset[str] = frozenset()
Verdict = tuple[tuple[Rule, Hit, bool], ...]
"""What the rules say of one value; True where only an unconfirmed definition is broken."""


class Column:
    """One column, the rules that judge it, and what they said of the values seen so far."""

    def __init__(
        self, number: int, label: str, field: Field | None, missing: Sequence[str], done: frozenset[str]
    ):
        self.number, self.label = number, label
        self.field = field or _unknown(label)
        self.missing = frozenset(missing) | {""}
        self.plain_missing = self.missing == {""}
        known = _knowledge(self.field, done)
        self.plan, self.own_plan = known.plan, known.own_plan
        self.specific, self.sieves, self.memo = known.specific, known.sieves, known.memo
        self.empty: list[int] = []
        self.empty_count = 0
        self.filled = False
        self.varied = False  # whether most values of the last chunk were different ones
        self.blank: Collection[str] = _NONE

    def bad(self, cells: Sequence[str]) -> dict[str, Verdict]:
        """The distinct values in which something was found. Sets `blank` to the missing ones among the cells."""
        text = "\n".join(cells) if self.varied else ""
        if self.varied and self.plain_missing and not _has_empty_line(text):
            values: Iterable[str] = self._suspects(
                cells, text
            )  # hardly a value stands twice: no need to look
            self.blank = {value for value in values if value.isspace()}
        else:
            distinct = set(cells)
            self.blank = {value for value in distinct if value in self.missing or value.isspace()}
            distinct -= self.missing
            self.filled = self.filled or bool(distinct)
            self.varied = len(distinct) > len(cells) // 2
            values = self._suspects(distinct, "\n".join(distinct)) if len(distinct) > FEW else distinct
        if len(self.memo) > REMEMBERED:
            self.memo.clear()
        found = {}
        for value in values:
            verdict = self.memo.get(value)
            if verdict is None:
                verdict = self.memo[value] = self._judge(value)
            if verdict:
                found[value] = verdict
        return found

    def asked(self, *, wants_blank: bool) -> "fast.Asked":
        """What the column library is asked of this column."""
        from odtool.judging import fast

        sieves = [Unlike(rule.clean) if isinstance(rule.clean, str) else rule.clean and rule.clean(judged)
                  for rule, judged in self.specific]  # fmt: skip
        return fast.Asked(self.number - 1, self.missing, sieves, wants_blank)

    def _suspects(self, values: Collection[str], text: str) -> set[str]:
        """What is left of the values when those are gone in which surely nothing is wrong.

        `text` is the values joined by line breaks: most columns can be passed over as a whole.
        """
        whole = text if text.count("\n") == len(values) - 1 else None
        suspects: set[str] = set()
        if min(map(len, values)) <= LONGEST_PLACEHOLDER:
            suspects.update(PLACEHOLDERS.intersection(values))
        if whole is None or _suspicious(whole):
            suspects.update(value for value in values if "\n" in value or _suspicious(value))
        for sieve in self.sieves:
            suspects.update(sieve(values, whole))
        return suspects

    def _judge(self, value: str) -> Verdict:
        if value.isspace():
            return ((rules.cell.edge_space, {"suggestion": ""}, False),)
        found: list[tuple[Rule, Hit, bool]] = []
        stage = None
        suspicious = "\n" in value or _suspicious(value)
        for rule, judged, unconfirmed, fine in self.plan if suspicious else self.own_plan:
            if found and rule.stage != stage:
                break
            if fine and fine(value):
                continue
            hit = rule.check(value, judged)
            if hit is not None:
                found.append((rule, hit, unconfirmed))
                stage = rule.stage
        return tuple(found)


@lru_cache(maxsize=1_000)
def _unknown(label: str) -> Field:
    """The field of a column that is none of the dataset's."""
    return Field(label)


class _Knowledge:
    """How a field is judged, and what was said of its values; the same for all files of a run."""

    def __init__(self, field: Field, done: frozenset[str]):
        self.field = field
        self.plan = _plan(field, done)
        # Enough for values in which nothing is suspicious in itself.
        self.own_plan = [entry for entry in self.plan if entry[0].kinds or entry[0].types or entry[0].needs]
        self.specific = [
            (rule, judged) for rule, judged, _, _ in self.own_plan if rule is not rules.cell.placeholder
        ]
        self.sieves = [_sieve(rule, judged) for rule, judged in self.specific]
        self.memo: dict[str, Verdict] = {}


_KNOWN: dict[tuple[int, frozenset[str]], _Knowledge] = {}


def _knowledge(field: Field, done: frozenset[str]) -> _Knowledge:
    done &= _decisive()
    known = _KNOWN.get((id(field), done))
    if known is None or known.field is not field:  # another field may have lived in the same place before
        if len(_KNOWN) >= FIELDS:
            _KNOWN.clear()
        known = _KNOWN[id(field), done] = _Knowledge(field, done)
    if len(known.memo) > CARRIED:
        known.memo.clear()
    return known


@cache
def _decisive() -> frozenset[str]:
    """The rules after which others are not run."""
    return frozenset().union(*(rule.after for rule in RULES.values()))


_Entry = tuple[Rule, Field, bool, Callable[[str], object] | None]
"""A rule, what it judges by, whether that is unconfirmed, and in which values it surely finds nothing."""


def _plan(field: Field, done: frozenset[str]) -> list[_Entry]:
    """The cell rules for a field in the order of their stages, first what is confirmed, then the rest."""
    cell_rules = [rule for rule in of_scope("cell") if not rule.after & done]
    plan = [(rule, field, False) for rule in cell_rules if _judges(rule, field)]
    if field.unconfirmed:
        guessed = replace(field, shape=field.unconfirmed, kind="")
        plan += [
            (rule, guessed, True)
            for rule in cell_rules
            if (rule.types or rule.needs) and _judges(rule, guessed) and not _judges(rule, field)
        ]
    plan.sort(key=lambda entry: entry[0].stage)
    return [(rule, judged, unconfirmed, _fine(rule, judged)) for rule, judged, unconfirmed in plan]


def _judges(rule: Rule, field: Field) -> bool:
    if rule.kinds or rule.types or rule.needs:
        return (
            field.kind in rule.kinds
            or field.shape.type in rule.types
            or any(getattr(field.shape, part) not in (None, ()) for part in rule.needs)
        )
    return True


def _sieve(rule: Rule, field: Field) -> Callable[[Collection[str], str | None], Iterable[str]]:
    """The rule's sieve; a pattern is first tried on all values at once, joined by line breaks."""
    clean = rule.clean
    if isinstance(clean, str):
        one = later(clean)
        return lambda values, whole: (
            ()
            if whole is not None and every_line(clean).fullmatch(whole)
            else filterfalse(one.fullmatch, values)
        )
    sieve = clean(field) if clean else _all
    if isinstance(sieve, Holding):
        holding, search = sieve, sieve.search
        return lambda values, whole: (
            holding(values) if whole is None else filter(search, values) if search(whole) else ()
        )
    return lambda values, _: sieve(values)


def _fine(rule: Rule, field: Field) -> Callable[[str], object] | None:
    """Whether the rule surely finds nothing in a value, where it can be asked so."""
    if isinstance(rule.clean, str):
        return at_first_use(rule.clean)
    return getattr(rule.clean(field), "fine", None) if rule.clean else None


def _all(values: Collection[str]) -> Iterable[str]:
    return values


def _suspicious(text: str) -> bool:
    """Whether a rule on all text could find something in the text, or in one of its lines."""
    if _SUSPECT.search(text) or "E+" in text:
        return True
    return any(
        blank in text
        and (f"{blank}\n" in text or f"\n{blank}" in text or text[0] == blank or text[-1] == blank)
        for blank in " \u3000"
    )


def _has_empty_line(text: str) -> bool:
    return not text or "\n\n" in text or text.startswith("\n") or text.endswith("\n")


@cache
def every_line(pattern: str) -> re.Pattern[str]:
    """The pattern for values joined by line breaks. Possessive: a value that fails is not tried again."""
    return re.compile(f"(?>{pattern})(?:\n(?>{pattern}))*+")
