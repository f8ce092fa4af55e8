"""Which exit code a call ends with where several fit."""

from collections.abc import Iterable

WORST_FIRST = (4, 3, 2, 1, 5, 0)
"""Our own fault, portal or network, wrong usage, the data, changes waiting, fine: the same in every command but doctor,
which says why. A portal in trouble stands before a file that is not there: what is on the portal may be half done, and
whoever tries again later on 3 must not miss it."""


def worst(codes: Iterable[int]) -> int:
    """The code that stands for all of them; 0 for none."""
    found = set(codes)
    return next((code for code in WORST_FIRST if code in found), 0)
