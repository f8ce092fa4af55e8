"""One bar for several long pieces of work that go on at once, and lines above it."""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, TextIO

import click

from odtool.text import visible
from odtool.watching import Counting, Step

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


OFTEN = 0.1  # seconds between two looks at a count


def counter(lang: str) -> Counting:
    """A count that grows in a line of its own on stderr, where that is a terminal, and is gone when it is over."""

    @contextmanager
    def count(ja: str, en: str) -> Iterator[Step]:
        stream = sys.stderr
        if not stream.isatty():
            yield lambda _: None
            return
        label, sign = visible(en if lang == "en" else ja, 60), "" if lang == "en" else " 件"
        total, since = 0, time.monotonic()

        def show() -> None:
            click.echo(f"\r{label}: {total:,}{sign}", file=stream, nl=False)

        def step(done: int) -> None:
            nonlocal total, since
            total += done
            if time.monotonic() - since >= OFTEN:
                since = time.monotonic()
                show()

        show()
        try:
            yield step
        finally:
            _clear(stream)

    return count


def _clear(stream: TextIO) -> None:
    click.echo(f"\r{' ' * (shutil.get_terminal_size().columns - 1)}\r", file=stream, nl=False)


class Bar:
    """For so many pieces of work, each of which begins when it knows its size. `stream` is a terminal."""

    def __init__(self, bar: "ProgressBar[int]", pieces: int, lang: str, stream: TextIO) -> None:
        self._bar, self._pieces, self._lang, self._stream = bar, pieces, lang, stream
        self._ended = 0
        self._lock = Lock()

    @contextmanager
    def watch(self, total: int, ja: str, en: str) -> Iterator[Step]:  # noqa: ARG002 - the bar is not of one of them
        """A `Watch`: the bar becomes longer by that piece."""
        with self._lock:
            self._bar.length = (self._bar.length or 0) + total
            self._bar.finished = False
        left = total

        def step(done: int) -> None:
            nonlocal left
            left -= done
            with self._lock:
                self._bar.update(done)

        try:
            yield step
        finally:  # what was not wanted is over, too
            with self._lock:
                self._bar.update(left)

    def ended(self, line: str) -> None:
        """One piece has ended, and that is said of it."""
        with self._lock:
            self._ended += 1
            self._bar.label = label(self._ended, self._pieces, self._lang)
            _clear(self._stream)
            click.echo(line, file=self._stream)
            self._bar.update(1)
            self._bar.render_progress()


def label(ended: int, pieces: int, lang: str) -> str:
    return f"{ended} of {pieces} sources" if lang == "en" else f"{pieces} か所のうち {ended} か所"


@contextmanager
def bar(pieces: int, lang: str) -> Iterator[Bar | None]:
    """The bar on stderr; None where that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    # Each piece counts one by itself, so that there is something to see before the first knows its size.
    with click.progressbar(length=pieces, label=label(0, pieces, lang), file=sys.stderr) as made:
        yield Bar(made, pieces, lang, sys.stderr)
