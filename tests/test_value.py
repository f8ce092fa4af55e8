"""Our quick dataclass behaves as the standard one."""

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from odtool import model, value
from odtool.model import Form, Shape


@value.dataclass(frozen=True, slots=True)
class Quick:
    """A value."""

    one: int
    two: str = "x"
    many: dict[str, int] = dataclasses.field(default_factory=dict)

    def doubled(self) -> int:
        return 2 * self.one


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    """A value."""

    one: int
    two: str = "x"
    many: dict[str, int] = dataclasses.field(default_factory=dict)

    def doubled(self) -> int:
        return 2 * self.one


def without_name(text: str) -> str:
    return text.replace("Quick", "…").replace("Standard", "…")


SAID: dict[str, Callable[[Any], object]] = {
    "made": lambda made: made(1, two="y"),
    "asdict": lambda made: dataclasses.asdict(made(1)),
    "astuple": lambda made: dataclasses.astuple(made(1)),
    "replace": lambda made: dataclasses.replace(made(1), two="z"),
    "fields": lambda made: [(f.name, f.type, f.default, f.init, f.repr) for f in dataclasses.fields(made)],
    "is a dataclass": lambda made: (dataclasses.is_dataclass(made), dataclasses.is_dataclass(made(1))),
    "equal": lambda made: (made(1) == made(1), made(1) == made(2), made(1) == 1, made(1) != made(1, "y")),
    "match arguments": lambda made: made.__match_args__,
    "slots": lambda made: (made.__slots__, hasattr(made(1), "__dict__"), made.__doc__, made(4).doubled()),
    "own default": lambda made: made(1).many is made(1).many,
    "copy": lambda made: pickle.loads(pickle.dumps(made(1, "ü"))),
}
REFUSED: dict[str, Callable[[Any], object]] = {
    "assignment": lambda made: setattr(made(1), "one", 2),
    "deletion": lambda made: delattr(made(1), "one"),
    "too few": lambda made: made(),
    "too many": lambda made: made(1, "x", {}, 4),
    "an unknown name": lambda made: made(1, three=3),
    "no hash of a dict": lambda made: hash(made(1)),
    "replace by an unknown name": lambda made: dataclasses.replace(made(1), three=3),
}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_a_quick_class_does_what_a_standard_one_does(said: Callable[[Any], object]) -> None:
    assert without_name(repr(said(Quick))) == without_name(repr(said(Standard)))


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_a_quick_class_refuses_what_a_standard_one_refuses(refused: Callable[[Any], object]) -> None:
    told = []
    for made in (Quick, Standard):
        with pytest.raises((TypeError, AttributeError)) as caught:
            refused(made)
        told.append((type(caught.value), without_name(str(caught.value))))
    assert told[0] == told[1]


def test_equal_values_hash_alike() -> None:
    assert hash(Form("csv", "utf-8")) == hash(Form("csv", "utf-8"))
    assert len({Shape("date"), Shape("date"), Shape("time")}) == 2


def test_what_a_quick_class_cannot_be_is_a_standard_one() -> None:
    @value.dataclass(frozen=True, slots=True)
    class Counted:
        one: int
        known: ClassVar[int] = 3

        def __post_init__(self) -> None:
            if self.one < 0:
                raise ValueError("below zero")

    @value.dataclass
    class Open:
        one: int

    assert [f.name for f in dataclasses.fields(Counted)] == ["one"] and Counted.known == 3
    with pytest.raises(ValueError, match="below zero"):
        Counted(-1)
    free = Open(1)
    free.one = 2
    assert free == Open(2)


def test_the_nouns_are_quick() -> None:
    """They are most of what is defined when the program starts."""
    nouns = [kind for kind in vars(model).values() if dataclasses.is_dataclass(kind)]
    assert len(nouns) > 10 and all(hasattr(kind, "_values") for kind in nouns)
