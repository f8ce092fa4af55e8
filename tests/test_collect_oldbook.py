"""Books of Excel 97–2003 on portals: read apart, judged like any other, and unable to do harm."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from odtool.collect import judging, oldbook
from tests.collecting import AED, zipped
from tests.publishing import SAMPLES

OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The sample of AED as LibreOffice writes it in the old format."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed (apt-get install libreoffice-calc)")
    folder = tmp_path_factory.mktemp("xls")
    shutil.copy(SAMPLES / "261009_aed.csv", folder / "aed.csv")
    how = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "xls"]
    subprocess.run(
        [*how, "--infilter=CSV:44,34,76,1,,0,false,false", "--outdir", str(folder), str(folder / "aed.csv")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (folder / "aed.xls").read_bytes()


def test_an_old_book_is_judged_by_what_is_in_it(book: bytes) -> None:
    one = judging.seen(book, "444.xls")
    assert (one.dataset, one.format) == ("suisho-aed", "XLS") and one.verdict in ("valid", "invalid")
    assert one.rows == judging.seen(AED, "444.csv").rows and one.warnings >= 1
    assert "xls" in one.why and one.why_en and one.fixable in (None, 0) and one.levels == (None, None, None)


def test_an_old_book_in_a_zip_is_judged_too(book: bytes) -> None:
    one = judging.seen(zipped(a__xls=book, b__csv=AED), "a.zip")
    assert [inner.dataset for _, inner in one.inside] == ["suisho-aed", "suisho-aed"]


def test_a_broken_old_book_and_what_is_none_are_not_checked(book: bytes) -> None:
    for data in (book[: len(book) // 2], book[:600], OLE + b"\0" * 600, OLE + b"\xff" * 5_000):
        one = judging.seen(data, "a.xls")
        assert one.verdict == "not-checked" and one.format == "XLS" and one.why and one.why_en


@pytest.mark.skipif(sys.platform == "win32", reason="such books are left unread there")
def test_damage_anywhere_in_an_old_book_takes_nobody_down(book: bytes) -> None:
    for place in range(512, len(book), max(1, len(book) // 12)):
        judged = judging.seen(book[:place] + b"\xff\xff\xff\x7f" + book[place + 4 :], "a.xls")
        assert judged.verdict in ("valid", "invalid", "not-checked")


def test_where_a_process_cannot_be_limited_no_old_book_is_read(
    book: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oldbook, "resource", None)
    assert judging.seen(book, "a.xls").verdict == "not-checked"


def test_the_process_that_reads_it_knows_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its environment is looked at from inside: a module of that name is found first."""
    (tmp_path / "python_calamine.py").write_text(
        "import os, sys\nsys.stdout.write(__import__('json').dumps([' '.join(os.environ)]))\nsys.stdout.flush()\nos._exit(0)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("ODTOOL_TOKEN", "geheim")
    (told,) = oldbook.sheets(OLE)
    assert b"TOKEN" not in told and b"PYTHONPATH" in told
