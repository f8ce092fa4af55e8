"""Made files: whole or not at all, wherever they go."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from odtool.cli import options
from odtool.cli.outputs import write_pieces
from odtool.errors import UsageError


def torn() -> Iterator[bytes]:
    yield b"the beginning"
    raise OSError(28, "No space left on device")


def test_what_cannot_be_written_whole_leaves_the_older_file_and_nothing_beside_it(tmp_path: Path) -> None:
    place = tmp_path / "report.html"
    place.write_bytes(b"the older one")
    with pytest.raises(UsageError, match="書き込めません"):
        write_pieces(torn(), str(place))
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [
        ("report.html", b"the older one")
    ]


def test_whoever_has_the_older_file_open_reads_it_to_its_end(tmp_path: Path) -> None:
    place = tmp_path / "report.html"
    place.write_bytes(b"the older one")
    if sys.platform == "win32":
        pytest.skip("there an open file cannot be replaced")
    with place.open("rb") as reader:
        options.write("the newer", str(place))
        assert reader.read() == b"the older one"
    assert place.read_bytes() == b"the newer"


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes as Unix has them")
def test_a_link_stays_one_and_a_pipe_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    link, pipe = tmp_path / "latest.html", tmp_path / "pipe"
    link.symlink_to("public/report.html")
    options.write("x", str(link))
    assert link.is_symlink() and (tmp_path / "public" / "report.html").read_text() == "x"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    options.write("y", str(pipe))
    reader.join(10)
    assert read == [b"y"] and pipe.is_fifo()
