"""Files made to hurt: each is judged or refused with a sentence, in little memory, and nothing is written anywhere.

Every file is judged by the program itself, in a process of its own whose memory is measured and whose time is
bounded far above what it needs.
"""

import io
import json
import os
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import fuzz
from odtool.judging import check
from odtool.messages import message
from tests.test_read import bomb, book
from tests.test_validate import HEADER, aed, row

SECONDS = 20  # a ceiling, not a measure: two processors, other tests beside it
MEMORY = 300 * 2**20
SPACE = 4 * 2**30  # addresses a process may ask for; what is allotted but never used does not count above
BILLION = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{BILLION}]>'


@dataclass(frozen=True)
class Judged:
    code: int
    file: Any
    rules: dict[str, int]
    memory: int  # bytes at most


def judged(data: bytes, tmp_path: Path, name: str = "a.csv", *options: str) -> Judged:
    """The program's own verdict on the bytes. Fails where it needs too long or too much."""
    path = tmp_path / name
    path.write_bytes(data)
    script = (
        "import pathlib, resource, runpy, sys\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({SPACE}, {SPACE}))\n"
        "try:\n    runpy.run_module('odtool', run_name='__main__', alter_sys=True)\n"
        # The peak of this program alone: that of getrusage also counts the process which started it.
        "finally:\n    print(pathlib.Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "validate", "--format", "json", *options, str(path)],
        capture_output=True, text=True, encoding="utf-8", timeout=SECONDS, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr[-2_000:]
    memory = int(done.stderr.split()[-1]) * 1024
    assert memory < MEMORY, f"{memory / 2**20:.0f} MB"
    (file,) = json.loads(done.stdout)["files"]
    assert {p.name for p in tmp_path.iterdir()} == {name}
    return Judged(
        done.returncode,
        file,
        file["totals"] if "totals" in file else {f["rule"]: 1 for f in file["findings"]},
        memory,
    )


def told(judged: Judged) -> set[str]:
    return {finding["rule"] for finding in judged.file["findings"]}


# --- text ----------------------------------------------------------------------------------------------

TEXTS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a million columns": (lambda: b",".join(b"c%d" % n for n in range(10**6)) + b"\n" + b"1," * 10**6, "columns-too-many"),
    "a million empty columns": (lambda: b"," * 10**6 + b"\n" + b"," * 10**6, "columns-too-many"),
    "a row of a million cells below a right header": (lambda: aed(row()).encode() + b"x," * 10**6, "columns-too-many"),
    "a cell of 40 MB": (lambda: aed(row(備考="あ" * (40 * 2**20 // 3))).encode(), "cell-endless"),
    "a quoted cell of 5 MB in lines": (lambda: aed(row(備考='"' + "あ\n" * 1_250_000 + '"')).encode(), "cell-endless"),
    "a cell of NULs": (lambda: aed(row(備考="\0" * 100_000)).encode(), "control-character"),
    "scripts in cells": (lambda: aed(row(名称="<script>alert(1)</script>", 備考="=cmd|'/C calc'!A0")).encode(), "formula-start"),
    "a million quote characters": (lambda: aed(row()).encode() + b'"' * 10**6, ""),
    "an odd number of quote characters": (lambda: aed(row()).encode() + b'"' * (10**6 + 1) + b"\nx", ""),
    "quotes in quotes": (lambda: aed(row(備考='"' + '""' * 200_000 + '"')).encode(), "cell-too-long"),
    "a quote that never ends": (lambda: aed(row(), row(備考='"')).encode() + aed(*[row()] * 20_000).encode(), "quote-unclosed"),
    "nothing but line breaks": (lambda: b"\n" * 10**7, "file-empty"),
    "nothing but delimiters": (lambda: b",\n" * 10**6, "file-empty"),
    "a header repeated in every column": (lambda: b",".join([b"x"] * 2_000) + b"\n1\n", "column-repeated"),
    "a title of half a megabyte": (lambda: b"t" * 500_000 + b"\n" + aed(row()).encode(), "header-not-first"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_text_is_judged_or_refused_within_its_means(name: str, tmp_path: Path) -> None:
    make, rule = TEXTS[name]
    answer = judged(make(), tmp_path)
    assert answer.code == 1
    assert not rule or rule in told(answer), told(answer)


def test_too_many_columns_are_refused_with_a_plain_sentence() -> None:
    report, _ = check.judge(b",".join([b"x"] * 20_000) + b"\n1\n", "a.csv")
    (finding,) = report.findings
    assert "20,000列" in message(finding, "ja") and report.status == "invalid"


def test_a_cell_of_a_hundred_megabytes_is_refused_within_the_memory(tmp_path: Path) -> None:
    answer = judged(aed(row()).encode() + b"x" * (100 * 2**20), tmp_path)
    assert answer.code == 1


def test_the_report_on_an_over_long_cell_is_short(tmp_path: Path) -> None:
    answer = judged(aed(row(備考="説" * 10**6)).encode(), tmp_path)
    assert len(json.dumps(answer.file, ensure_ascii=False)) < 100_000


# --- workbooks ---------------------------------------------------------------------------------------------


def edited(**parts: bytes) -> bytes:
    """A right book with parts replaced or added; a name's / is written __ and its . is _DOT_."""
    parts = {name.replace("__", "/").replace("_DOT_", "."): content for name, content in parts.items()}
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book({"一覧": [HEADER, row()]}))) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for entry in source.infolist():
            archive.writestr(entry.filename, parts.pop(entry.filename, source.read(entry)))
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def many_sheets(count: int) -> bytes:
    names = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, count + 1))
    return edited(xl__workbook_DOT_xml=(
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/'
        f'officeDocument/2006/relationships"><sheets>{names}</sheets></workbook>').encode())  # fmt: skip


def far_cell() -> bytes:
    """One cell in the last row and column that a spreadsheet has."""
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    return edited(xl__worksheets__sheet1_DOT_xml=sheet.encode())


def far_cell_elsewhere() -> bytes:
    """The same in a part that is not called a sheet, written in another way."""
    data = far_cell()
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for entry in source.infolist():
            content = source.read(entry).replace(b"worksheets/sheet1.xml", b"other/part.bin")
            if entry.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b'"XFD1048576"', b"'XFD1048576'").replace(
                    b'<row r="1048576">', b"<row>"
                )
            archive.writestr(entry.filename.replace("worksheets/sheet1.xml", "other/part.bin"), content)
    return out.getvalue()


def outside() -> bytes:
    """Entries whose names lead out of the archive, to a file beside it and to an absolute one."""
    out = io.BytesIO(book({"一覧": [HEADER, row()]}))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("../evil.csv", "x")
        archive.writestr("/tmp/evil.csv", "x")
        archive.writestr("xl/../../../evil.csv", "x")
    return out.getvalue()


BOOKS: dict[str, Callable[[], bytes]] = {
    "a bomb": lambda: bomb(600),
    "a bomb below the limit of the directory": lambda: bomb(290),
    "a hundred thousand sheets": lambda: many_sheets(100_000),
    "a cell in the last corner": far_cell,
    "a cell in the last corner of a hidden away sheet": far_cell_elsewhere,
    "a billion laughs in the book": lambda: edited(xl__workbook_DOT_xml=f"{LAUGHS}<workbook>&a9;</workbook>".encode()),
    "a billion laughs in the properties": lambda: edited(docProps__core_DOT_xml=f"{LAUGHS}<x><creator>&a9;</creator></x>".encode()),
    "a billion laughs in a sheet": lambda: edited(
        xl__worksheets__sheet1_DOT_xml=f'{LAUGHS}<worksheet hidden="1"><c>&a9;</c></worksheet>'.encode()),
    "names that lead outside": outside,
    "a sheet that is no XML": lambda: edited(xl__worksheets__sheet1_DOT_xml=b"\0\xff<<<"),
    "twenty thousand entries": lambda: edited(**{f"x__{n}": b"" for n in range(20_000)}),
    "cut short": lambda: book({"一覧": [HEADER, row()]})[:-200],
    "comments without end": lambda: edited(
        xl__worksheets___rels__sheet1_DOT_xml_DOT_rels=b'<R><Relationship Id="a" Target="../comments1.xml"/></R>',
        xl__comments1_DOT_xml=b"<c>" + b'<comment ref="A1"><t>x</t></comment>' * 200_000 + b"</c>"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOOKS)
def test_a_hostile_book_is_judged_or_refused_within_its_means(name: str, tmp_path: Path) -> None:
    evil = Path("/tmp/evil.csv")
    before = evil.exists()
    answer = judged(BOOKS[name](), tmp_path, "a.xlsx")
    assert evil.exists() == before and not (tmp_path.parent / "evil.csv").exists()
    assert answer.file["status"] in ("valid", "invalid", "not-checked")


# --- anything at all ------------------------------------------------------------------------------------------

often = settings(max_examples=150, deadline=None, derandomize=True, database=None,
                 suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
pieces = st.lists(
    st.one_of(
        st.sampled_from(fuzz.PIECES),
        st.binary(max_size=12),
        st.text(max_size=8).map(lambda t: t.encode("utf-8", "replace")),
    ),
    max_size=40,
).map(b"".join)


@often
@given(pieces)
def test_any_bytes_get_a_verdict_that_can_be_told(data: bytes) -> None:
    fuzz.judged(data)


@often
@given(st.sampled_from(fuzz.seeds()), st.integers(0, 2**31))
def test_a_right_file_with_damage_gets_a_verdict_that_can_be_told(data: bytes, seed: int) -> None:
    fuzz.judged(fuzz.damaged(data, seed))


def test_the_limits_of_this_test_are_those_that_are_promised() -> None:
    assert MEMORY == 300 * 2**20
    assert resource.RLIMIT_AS


def test_a_search_guided_by_coverage_finds_no_input_that_makes_it_fail(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris is there for Linux only")
    root = Path(fuzz.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, str(root / "benchmarks" / "fuzz.py"), "20", "7"], cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert re.search(r"^Done [0-9]+ runs", done.stderr, re.MULTILINE) and list(tmp_path.iterdir()) == []
