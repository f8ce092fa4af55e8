"""Patterns compiled when they are first used: a small file needs few of them, and compiling all takes longer
than judging it."""

import re
from collections.abc import Callable
from typing import Any, cast


class _Later:
    """Turns into the compiled pattern's methods when the first of them is asked for."""

    def __init__(self, pattern: str, flags: int):
        self.pattern, self._flags = pattern, flags

    def __getattr__(self, name: str) -> Callable[..., Any]:
        compiled = re.compile(self.pattern, self._flags)
        method: Callable[..., Any] = getattr(compiled, name)
        self.__dict__[name] = method  # from now on found without asking here
        return method


def later(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern, not compiled before one of its methods is called."""
    return cast("re.Pattern[str]", _Later(pattern, flags))


def at_first_use(pattern: str) -> Callable[[str], object]:
    """The pattern's `fullmatch`, not compiled before the first call."""
    compiled = later(pattern)

    def fullmatch(value: str) -> object:
        return compiled.fullmatch(value)

    return fullmatch
