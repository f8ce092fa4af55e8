"""Bytes at hand: a whole file, or the beginning of an entry of an archive; and one streaming pass over a file."""

import hashlib
from collections.abc import Callable, Sequence
from typing import BinaryIO, Protocol

CHUNK = 1 << 20  # bytes held at a time
Progress = Callable[[int], None]  # told of every number of bytes done


class UnseenError(Exception):
    """Bytes that exist but are not at hand."""


class Source(Protocol):
    """Random access to `size` bytes; `at` gives fewer than asked for at the end."""

    @property
    def size(self) -> int: ...

    def at(self, offset: int, count: int) -> bytes: ...


class Tap(Protocol):
    """Sees every byte of a file once, in order."""

    def feed(self, chunk: bytes) -> None: ...

    def close(self) -> None: ...


class FileSource:
    """A file on disk."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size

    def at(self, offset: int, count: int) -> bytes:
        if not 0 <= offset < self.size or count <= 0:
            return b""
        self._file.seek(offset)
        return self._file.read(min(count, self.size - offset))


class Prefix:
    """The first bytes of something `size` bytes long."""

    def __init__(self, head: bytes, size: int) -> None:
        self._head = head
        self.size = size

    def at(self, offset: int, count: int) -> bytes:
        """Raises UnseenError for bytes behind the beginning."""
        if not 0 <= offset < self.size or count <= 0:
            return b""
        end = min(offset + count, self.size)
        if end > len(self._head):
            raise UnseenError
        return self._head[offset:end]


def stream(file: BinaryIO, taps: Sequence[Tap], progress: Progress | None) -> tuple[int, str]:
    """Read the file once from its beginning: its size and SHA-256; every tap sees every byte."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        for tap in taps:
            tap.feed(chunk)
        if progress:
            progress(len(chunk))
    for tap in taps:
        tap.close()
    return size, digest.hexdigest()
