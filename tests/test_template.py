"""Workbooks to fill in: what is in them, and that what was filled in comes back valid."""

import datetime as dt
import io
import json
import os
import shutil
import signal
import subprocess
import zipfile
from collections.abc import Generator
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from odtool.cli.template import template as command
from odtool.datasets.catalog import datasets
from odtool.errors import UsageError
from odtool.judging.check import judge
from odtool.messages import message
from odtool.model import Dataset, Field, FileReport
from odtool.municipality import municipalities
from odtool.report.template import is_number, template

TODAY = dt.date(2026, 4, 1)
BODY = municipalities()["262129"]
EVERY = list(datasets().values())
every_dataset = pytest.mark.parametrize("dataset", EVERY, ids=lambda dataset: dataset.id)
# A value of each kind that nothing can be said against.
VALUES = {
    "municipality-code": "262129", "prefecture-name": "京都府", "municipality-name": "京丹後市",
    "organization-name": "京都府京丹後市", "kana": "チュウオウコウミンカン", "latin": "Central Hall",
    "address": "京都府京丹後市峰山町杉谷889", "latitude": "35.624283", "longitude": "135.061004",
    "height-kind": "標高", "height": "12.5", "phone": "0772-69-0001", "extension": "0123", "postcode": "0270001",
    "corporate-number": "4000020262129", "town-id": "0001000", "poi-code": "0901", "weekdays": "月火水木金",
    "date": "2026-04-01", "time": "08:30", "number": "0", "flag": "1", "presence": "有",
    "url": "https://www.city.kyotango.lg.jp/", "email": "koho@city.kyotango.lg.jp", "list": "本館;別館",
    "language": "ja", "license": "CC BY 4.0", "text": "中央公民館",
}  # fmt: skip


def sheet_of(book: bytes) -> Worksheet:
    found = load_workbook(io.BytesIO(book))
    (sheet,) = found.worksheets
    return sheet


def value(field: Field, row: int) -> str:
    """A right value of the column; IDs differ from row to row and begin with zeros."""
    if field.kind == "id":
        return f"{row:010}"
    if field.kind == "time" and ("終了" in field.name or "閉" in field.name):
        return "17:15"
    if field.kind in ("latitude", "longitude", "height"):
        return VALUES[field.kind]
    for shape in (field.shape, field.unconfirmed):
        if shape and shape.enum:
            return shape.enum[0]
        if shape and shape.type in ("date", "time", "number", "integer"):
            return VALUES["number" if shape.type == "integer" else shape.type]
        if shape and shape.format == "uri":
            return VALUES["url"]
    if field.unconfirmed and field.unconfirmed.pattern and field.kind == "text":
        return "0" * int(field.unconfirmed.pattern.partition("{")[2].rstrip("}"))
    return VALUES[field.kind]


def records(dataset: Dataset, rows: int = 2) -> list[list[str]]:
    return [[value(field, row) for field in dataset.fields] for row in range(1, rows + 1)]


def filled(book: bytes, dataset: Dataset) -> bytes:
    """The book with two records typed into it by openpyxl; quantities as numbers."""
    found = load_workbook(io.BytesIO(book))
    sheet = found.worksheets[0]
    for row, record in enumerate(records(dataset), 2):
        for column, (field, text) in enumerate(zip(dataset.fields, record, strict=True), 1):
            sheet.cell(row, column).value = float(text) if is_number(field) else text
    out = io.BytesIO()
    found.save(out)
    return out.getvalue()


def complaints(report: FileReport) -> list[str]:
    """What is said of a file, apart from remarks on the files that belong with it."""
    return [message(finding, "ja") for finding in report.findings if finding.severity != "hint"]


# --- the book --------------------------------------------------------------------------------------


@every_dataset
def test_the_header_is_the_one_of_the_definition(dataset: Dataset) -> None:
    sheet = sheet_of(template(dataset, TODAY))
    assert [cell.value for cell in sheet[1]] == [field.name for field in dataset.fields]
    assert sheet.max_row == 1
    assert sheet.freeze_panes == "A2"


@every_dataset
def test_nothing_is_in_the_book_that_would_have_to_be_taken_out(dataset: Dataset) -> None:
    made = template(dataset, TODAY, BODY)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert not any("comment" in name or "vml" in name for name in archive.namelist())
        assert b"<dc:creator></dc:creator>" in archive.read("docProps/core.xml").replace(
            b" />", b"></dc:creator>"
        )
    book = load_workbook(io.BytesIO(made))
    assert [sheet.sheet_state for sheet in book.worksheets] == ["visible"]
    assert not any(cell.data_type == "f" for line in book.worksheets[0].iter_rows() for cell in line)


@every_dataset
def test_columns_that_excel_would_change_hold_text(dataset: Dataset) -> None:
    sheet = sheet_of(template(dataset, TODAY))
    formats = {
        column: style.number_format
        for style in sheet.column_dimensions.values()
        for column in range(style.min, style.max + 1)  # equal neighbours are kept as one
    }
    for column, field in enumerate(dataset.fields, 1):
        assert (formats[column] == "@") is not is_number(field), field.name
        if field.kind in {"municipality-code", "id", "phone", "postcode", "date", "time", "corporate-number"}:
            assert not is_number(field)


@every_dataset
def test_every_column_says_what_belongs_there_and_how_sure_that_is(dataset: Dataset) -> None:
    validations = sheet_of(template(dataset, TODAY)).data_validations.dataValidation
    said = {str(validation.sqref).split(":")[0]: validation for validation in validations}
    assert len(validations) == 2 * len(dataset.fields)
    for column, field in enumerate(dataset.fields, 1):
        letters = sheet_of_letter(column)
        for row in (1, 2):
            found = said[f"{letters}{row}"]
            assert found.promptTitle and field.name.startswith(found.promptTitle.rstrip("…"))
            assert len(found.promptTitle) <= 32 and len(found.prompt) <= 255
            assert found.showInputMessage
            assert ("必須かどうか未確認" in found.prompt) is (
                field.requirement == "不明" and not field.required
            )
            if field.example:
                assert field.example[:40] in found.prompt


def sheet_of_letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(column)


@every_dataset
def test_required_columns_stand_out_in_colour(dataset: Dataset) -> None:
    sheet = sheet_of(template(dataset, TODAY))
    required = {cell.fill.fgColor.rgb for cell, f in zip(sheet[1], dataset.fields, strict=True) if f.required}
    others = {cell.fill.fgColor.rgb for cell, f in zip(sheet[1], dataset.fields, strict=True)
              if not f.required and f.requirement != "必須"}  # fmt: skip
    assert len(required) <= 1 and not required & others


def test_choices_become_a_drop_down_that_warns_but_lets_through() -> None:
    dataset = datasets()["standard-public_toilet"]
    column = [field.name for field in dataset.fields].index("車椅子使用者用トイレ有無") + 1
    place = f"{sheet_of_letter(column)}2"
    (found,) = (
        v for v in sheet_of(template(dataset, TODAY)).data_validations.dataValidation if place in str(v.sqref)
    )
    assert (found.type, found.formula1) == ("list", '"有,無"')
    assert found.errorStyle == "information"  # the choices are not confirmed
    assert "A2:" not in str(found.sqref) and str(found.sqref).endswith("1001")


# --- a municipality's own book ---------------------------------------------------------------------


@every_dataset
def test_the_bodys_own_values_stand_in_as_many_rows_as_asked_for(dataset: Dataset) -> None:
    sheet = sheet_of(template(dataset, TODAY, BODY, rows=3))
    own = {"262129", "京都府京丹後市", "京都府", "京丹後市"}
    given = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=2)]
    assert {cell for line in given for cell in line if cell} <= own
    if any(
        field.kind == "municipality-code" and field.facts.get("codeOf") != "place" for field in dataset.fields
    ):
        assert len(given) == 3 and all("262129" in line for line in given)
    for field, cell in zip(dataset.fields, given[0] if given else [], strict=False):
        if field.name.startswith(("所在地_", "住所_", "学校所在地_")):
            assert cell is None


# --- round trips -----------------------------------------------------------------------------------


@every_dataset
def test_filled_in_with_openpyxl_it_comes_back_valid(dataset: Dataset) -> None:
    report, table = judge(
        filled(template(dataset, TODAY, BODY, rows=2), dataset), f"262129_{dataset.slug}.xlsx"
    )
    assert report.match and report.match.dataset.id == dataset.id
    assert (report.status, complaints(report)) == ("valid", [])
    assert report.rows == 2 and table
    _, first, second = table.grid.records()
    for field, wanted, cell in zip(dataset.fields, records(dataset)[0], first, strict=True):
        assert cell == wanted or float(cell) == float(wanted), field.name
    assert list(first) != list(second) or not any(field.kind == "id" for field in dataset.fields)


@pytest.fixture(scope="module")
def office() -> tuple[str, str]:
    """LibreOffice, and a Python that can speak to it."""
    program = shutil.which("soffice")
    if not program:
        pytest.skip("LibreOffice is not installed (apt-get install libreoffice-calc python3-uno)")
    for python in ("/usr/bin/python3", shutil.which("python3") or ""):
        if (
            python
            and subprocess.run([python, "-c", "import uno"], capture_output=True, check=False).returncode == 0
        ):
            return program, python
    pytest.skip("no Python has LibreOffice's uno (apt-get install python3-uno)")


@pytest.fixture
def listening(office: tuple[str, str], tmp_path: Path) -> Generator[tuple[str, str]]:
    """A LibreOffice of this test's own, which ends with it; the pipe it listens to and the Python to call it with."""
    program, python = office
    pipe = f"odtool-{os.getpid()}-{tmp_path.name}"
    own = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    started = subprocess.Popen(
        [program, own, "--headless", "--norestore", f"--accept=pipe,name={pipe};urp;"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    yield pipe, python
    os.killpg(started.pid, signal.SIGTERM)
    started.wait(60)


@pytest.mark.parametrize(
    "name", ["suisho-aed", "standard-public_toilet", "suisho-population", "standard-school_district"]
)
def test_filled_in_with_libreoffice_it_comes_back_valid(
    name: str, listening: tuple[str, str], tmp_path: Path
) -> None:
    dataset = datasets()[name]
    book, cells, out = (
        tmp_path / file for file in ("book.xlsx", "cells.json", f"262129_{dataset.slug}.xlsx")
    )
    book.write_bytes(template(dataset, TODAY, BODY, rows=2))
    cells.write_text(json.dumps(records(dataset)), encoding="utf-8")
    pipe, python = listening
    script = Path(__file__).with_name("libreoffice_fill.py")
    done = subprocess.run(
        [python, str(script), pipe, str(book), str(cells), str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report, table = judge(out.read_bytes(), out.name)
    assert (report.status, complaints(report)) == ("valid", [])
    assert report.rows == 2 and table
    first = list(table.grid.records())[1]
    for field, wanted, cell in zip(dataset.fields, records(dataset)[0], first, strict=True):
        assert cell == wanted or float(cell) == float(wanted), field.name


# --- the command -----------------------------------------------------------------------------------


def test_the_command_writes_the_book_and_says_how_to_go_on(tmp_path: Path) -> None:
    book = tmp_path / "aed.xlsx"
    done = CliRunner().invoke(command, ["suisho-aed", "-o", str(book), "--municipality", "262129"])
    assert done.exit_code == 0 and "odtool validate" in done.output
    assert sheet_of(book.read_bytes())["A2"].value == "262129"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such", "-o", "x.xlsx"], "データセットはありません"),
        (["suisho-aed", "-o", "x.csv"], ".xlsx"),
        (["suisho-aed", "-o", "x.xlsx", "--municipality", "26212"], "団体コード"),
        (["suisho-aed", "-o", "no/such/folder/x.xlsx"], "書き込めません"),
    ],
)
def test_a_wrong_call_says_what_to_write(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(command, arguments)
    assert isinstance(done.exception, UsageError) and said in done.exception.text("ja")
    assert list(tmp_path.iterdir()) == []


def test_a_book_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    book = tmp_path / "aed.xlsx"
    book.write_bytes(b"filled in")
    done = CliRunner().invoke(command, ["suisho-aed", "-o", str(book)])
    assert isinstance(done.exception, UsageError) and "上書き" in done.exception.text("ja")
    assert book.read_bytes() == b"filled in"
