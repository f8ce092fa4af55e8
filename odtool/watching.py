"""How far a long piece of work has come, for whoever looks on; nobody has to."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, BinaryIO, Protocol, TypeVar, cast

T = TypeVar("T")
Step = Callable[[int], None]
"""Told how much more is done, in things or in bytes."""


class Watch(Protocol):
    """Begins a piece of work of that size, named in both languages; what it gives is told of every step."""

    def __call__(self, total: int, ja: str, en: str) -> AbstractContextManager[Step]: ...


class Counting(Protocol):
    """Begins a piece of work of which nobody knows the size, named in both languages; what it gives is told of every
    step."""

    def __call__(self, ja: str, en: str) -> AbstractContextManager[Step]: ...


@contextmanager
def uncounted(ja: str, en: str) -> Iterator[Step]:  # noqa: ARG001 - nobody looks
    yield lambda _: None


@contextmanager
def unwatched(total: int, ja: str, en: str) -> Iterator[Step]:  # noqa: ARG001 - nobody looks
    yield lambda _: None


def watched(items: Iterable[T], total: int, watch: Watch, ja: str, en: str) -> Iterator[T]:
    """The items as they come, each of them a step."""
    with watch(total, ja, en) as step:
        for item in items:
            yield item
            step(1)


class Read:
    """A stream that tells how many bytes of it were read."""

    def __init__(self, stream: BinaryIO, bar: AbstractContextManager[Step]) -> None:
        self._stream = stream
        self._bar = bar
        self._step = bar.__enter__()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._step(len(data))
        return data

    def __enter__(self) -> "Read":
        return self

    def __exit__(self, *why: Any) -> None:
        self.close()

    def close(self) -> None:
        if not self._stream.closed:
            self._stream.close()
            self._bar.__exit__(None, None, None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def reading(
    open_: Callable[[], BinaryIO], size: int, watch: Watch, ja: str, en: str
) -> Callable[[], BinaryIO]:
    """The same way to open a stream, watched."""
    return lambda: cast(BinaryIO, Read(open_(), watch(size, ja, en)))
