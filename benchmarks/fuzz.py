"""Anything at all as input: bytes, right files with damage, workbooks with damaged parts.

What is promised: every input gets a verdict, and each finding can be told in both languages; no input ends in
an exception. `tests/test_hostile.py` runs this with fixed seeds, and for some seconds guided by coverage; this script
searches guided by coverage where atheris is installed (Linux), else at random, until its time is over.

python benchmarks/fuzz.py [SECONDS] [SEED]
"""

import io
import sys
import tempfile
import time
import zipfile
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from odtool.model import FileReport

ROOT = Path(__file__).parent.parent
PIECES = (
    b",", b"\t", b"\n", b"\r\n", b"\r", b'"', b'""', b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x82\xa0", b"\xa4\xa2",
    b"\x1b$B", b"PK\x03\x04", b"<?xml", b"<html", b"=1+1", b"@", b"%PDF", b"\xd0\xcf\x11\xe0", b"\xed\xa0\x80",
    "都道府県コード又は市区町村コード,NO,名称,緯度,経度,住所\r\n".encode(), "名称".encode("cp932"), "名称".encode("euc-jp"),
    "名称,緯度".encode("utf-16"), b"123456789018", b"090-0000-0000", "令和元年".encode(), b"35.62,135.06", b"1E+400", b"#REF!",
)  # fmt: skip


def judged(data: bytes, name: str = "262129_aed.csv") -> "FileReport":
    """The verdict on the bytes, every finding of which was told."""
    from odtool.judging import check  # here, so that a guided search can watch what is loaded
    from odtool.messages import message

    report, _ = check.judge(data, name)
    assert report.status in ("valid", "invalid", "not-checked")
    assert (report.counts["error"] > 0) <= (report.status != "valid")
    for finding in report.findings[:50]:
        for lang in ("ja", "en"):
            said = message(finding, lang)
            assert said
            assert not {"\n", "\0"} & set(said)
    return report


@cache
def seeds() -> tuple[bytes, ...]:
    """Right files and less right ones: the heads of the samples, and the books as they are."""
    paths = sorted((ROOT / "tests" / "samples").glob("*_*.*"))
    return tuple(
        path.read_bytes()
        if path.suffix == ".xlsx"
        else b"".join(path.read_bytes().splitlines(keepends=True)[:6])
        for path in paths
    )


def damaged(data: bytes, seed: int) -> bytes:
    """The file after a few accidents; in a book they happen inside its parts, so that the zip stays right."""
    random = Random(seed)
    if not data.startswith(b"PK") or random.random() < 0.2:
        return _hurt(data, random)
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        entries = source.infolist()
        victim = random.choice(entries).filename
        for entry in entries:
            content = source.read(entry)
            if entry.filename != victim:
                archive.writestr(entry.filename, content)
            elif random.random() < 0.9:
                archive.writestr(entry.filename, _hurt(content, random))
    return out.getvalue()


def _hurt(data: bytes, random: Random) -> bytes:
    for _ in range(random.randrange(1, 6)):
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.choice((0, 1, 2, 8, 64)))
        piece = random.choice((b"", random.choice(PIECES), random.randbytes(2), data[at:end] * 3))
        data = data[:at] + piece + data[end:]
    return data


def guided(seconds: int, seed: int) -> None:
    """Search guided by coverage, from the seeds on; needs atheris. Ends the program."""
    import atheris

    with atheris.instrument_imports(include=["odtool"]):
        for right in seeds():
            judged(right)
    with tempfile.TemporaryDirectory() as corpus:
        for number, right in enumerate(seeds()):
            Path(corpus, str(number)).write_bytes(right)
        limits = (
            f"-max_total_time={seconds}",
            f"-seed={seed + 1}",
            "-max_len=65536",
            "-timeout=20",
            "-rss_limit_mb=1000",
        )
        atheris.Setup([sys.argv[0], *limits, corpus], _quietly)
        atheris.Fuzz()


def _quietly(data: bytes) -> None:
    judged(data)


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    try:
        guided(seconds, first)
    except ImportError:
        print("atheris is not installed: at random", file=sys.stderr)
    end, seed = time.monotonic() + seconds, first
    while time.monotonic() < end:
        data = damaged(seeds()[seed % len(seeds())], seed)
        try:
            judged(data)
        except Exception:
            place = Path(f"fuzz-{seed}.bin")
            place.write_bytes(data)
            print(f"seed {seed}: the input is in {place}", file=sys.stderr)
            raise
        seed += 1
    print(f"{seed - first:,} inputs, none of which made odtool fail")


if __name__ == "__main__":
    main()
