"""What can go wrong outside the data. Each error says what to do next and carries its exit code."""

from typing import Any


class OdtoolError(Exception):
    """A sentence for the reader in both languages, and the exit code it ends the program with."""

    exit_code = 4

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(ja)
        self.ja = ja
        self.en = en

    def text(self, lang: str) -> str:
        return self.en if lang == "en" else self.ja

    def __reduce__(self) -> tuple[Any, ...]:
        # On its way from a worker's process an exception is made again from its first argument alone.
        return _again, (type(self), self.args, self.__dict__)


class UsageError(OdtoolError):
    """The call itself is off: a missing file, an unknown dataset, a broken setting."""

    exit_code = 2


class PortalError(OdtoolError):
    """The portal or the network did not do what was asked."""

    exit_code = 3


def _again(kind: type[OdtoolError], args: tuple[Any, ...], parts: dict[str, Any]) -> OdtoolError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(parts)
    return error
