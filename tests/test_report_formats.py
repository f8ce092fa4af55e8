"""The forms of the report that other programs read, each on every sample and on hostile cells."""

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unicodedata import category
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from odtool.cli import reporting
from odtool.judging.check import Choice, check
from odtool.judging.excerpt import excerpts, records, starts
from odtool.model import Excerpt, FileReport, Finding
from odtool.report import as_frictionless as frictionless_form
from odtool.report import told
from odtool.report.as_csv import as_csv, harmless
from odtool.report.as_frictionless import as_frictionless
from odtool.report.as_github import as_github, command
from odtool.report.as_junit import as_junit, ran
from odtool.report.as_sarif import address, as_sarif
from odtool.report.as_xlsx import as_xlsx
from odtool.rules import RULES

SAMPLES = Path(__file__).parent / "samples"
DAY = "2026-12-01"
FILES = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".csv", ".xlsx"))
every_sample = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
both_languages = pytest.mark.parametrize("lang", ["ja", "en"])
HOSTILE = (
    "<script>alert(1)</script>]]><!-- &amp; -->",
    '=HYPERLINK("http://evil.example","x")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1+1)\t",
    "-2+3",
    "9:00\r\n::error file=x::y%0A%3A\n=1+1",
    "\x1b[31mred\x1b]8;;http://evil.example\x07\x00\x0b\x9b",
    "\u202e\u200b\ufeff_x0041_",
    "x" * 40_000,
)


def report(path: Path) -> FileReport:
    return check(str(path))


def shown(judged: FileReport) -> list[dict[int, Excerpt]]:
    return [told.discreet(judged, excerpts(judged, told.every_row(judged) | told.error_rows(judged)))]


def parsed_csv(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf") and data.endswith(b"\r\n")
    text = data.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert len(lines) == text.count("\r\n") == text.count("\n"), "a finding takes one line"
    assert {len(line) for line in lines} == {11}
    return lines[1:]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> FileReport:
    """A sample whose times, names and column names are hostile, and so is the name of the file."""
    with (SAMPLES / "261009_aed.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    times = lines[0].index("開始時間")
    for line, value in zip(lines[1:], HOSTILE, strict=False):
        line[times] = line[4] = value
    lines[0].append("=1+1\x1b[0m<b>\n]]>")
    for line in lines[1:]:
        line.append("own")
    name = tmp_path_factory.mktemp("hostile") / "a,b:%0A::x]]><b>\x1b[31m.csv"
    with name.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    judged = report(name)
    assert judged.counts["error"] >= len(HOSTILE) and judged.match
    return judged


# --- csv -----------------------------------------------------------------------------------------


@both_languages
@every_sample
def test_csv_has_a_line_for_each_finding(path: Path, lang: str) -> None:
    judged = report(path)
    lines = parsed_csv(as_csv([judged], lang))
    assert [line[3] for line in lines if line[3]] == [finding.rule for finding in judged.findings]
    assert {line[0] for line in lines} == {str(path)} and len({line[1] for line in lines}) == 1


def test_csv_says_of_every_file_how_it_was_judged() -> None:
    lines = parsed_csv(as_csv([report(path) for path in FILES], "ja"))
    verdicts = {Path(line[0]).name: line[1] for line in lines}
    assert verdicts.keys() == {path.name for path in FILES}
    assert verdicts["262145_nouen.csv"] == "確認していません" and "問題なし" in verdicts["261009_aed.csv"]


def test_csv_starts_no_formula(hostile: FileReport) -> None:
    cells = [cell for line in parsed_csv(as_csv([hostile], "ja")) for cell in line]
    risky = [
        cell
        for cell in cells
        if cell[:1] in set("=+-@\t\r\n＝＋－＠") and not re.fullmatch(r"[+-]?[\d.]+", cell)
    ]
    assert not risky and any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert not any(category(character) in ("Cc", "Cf") for cell in cells for character in cell)


@pytest.mark.parametrize("value", ["-1.5", "+3", "12", "a=b", ""])
def test_numbers_and_ordinary_text_stay_as_they_are(value: str) -> None:
    assert harmless(value) == value


# --- xlsx ----------------------------------------------------------------------------------------


def book(judged: FileReport, lang: str = "ja") -> Any:
    return load_workbook(io.BytesIO(as_xlsx(judged, records(judged), DAY, lang)))


@every_sample
def test_xlsx_shows_the_table_with_every_faulty_cell_coloured_and_explained(path: Path) -> None:
    judged = report(path)
    sheets = book(judged)
    assert sheets.sheetnames == ["結果", "指摘一覧", "表"]
    table = sheets["表"]
    for number, record in enumerate(records(judged), 1):
        written = [unescape(table.cell(number, column).value or "") for column in range(1, len(record) + 1)]
        assert written == [cell.replace("\r\n", "\n") for cell in record]
    for finding in judged.findings:
        row = told.row_of(judged, finding)
        if row is not None:
            cell = table.cell(row, finding.column or 1)
            assert cell.fill.fgColor.rgb in ("FFFFC7CE", "FFFFE699", "FFDDEBF7")
            assert told.severity_word(finding.severity, "ja") in cell.comment.text
    coloured = {cell.coordinate for line in table for cell in line if cell.comment}
    linked = [cell.hyperlink for line in sheets["指摘一覧"] for cell in line if cell.hyperlink]
    assert {link.location.replace("'", "") for link in linked} == {f"表!{place}" for place in coloured}


@every_sample
def test_xlsx_lists_every_finding_below_its_cause(path: Path) -> None:
    judged = report(path)
    lines = list(book(judged)["指摘一覧"].iter_rows(min_row=2, values_only=True))
    listed = [line[7] for line in lines if line[7]]
    assert Counter(listed) == Counter(finding.rule for finding in judged.findings)
    if not judged.findings:
        assert lines[0][0] == "指摘はありません。"


@both_languages
def test_xlsx_puts_the_verdict_first(lang: str) -> None:
    judged = report(SAMPLES / "262145_nouen.csv")
    sheets = book(judged, lang)
    first = sheets[sheets.sheetnames[0]]
    assert first["A1"].value == ("not checked" if lang == "en" else "確認していません")
    assert (judged.reason_en if lang == "en" else judged.reason) in [cell.value for cell in first["B"]]


def test_xlsx_holds_text_only_and_leads_nowhere(hostile: FileReport) -> None:
    data = as_xlsx(hostile, records(hostile), DAY, "ja")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    for name, part in parts.items():
        ElementTree.fromstring(part)
        assert "<f>" not in part and "<f " not in part and 'TargetMode="External"' not in part, name
    cells = [cell for sheet in load_workbook(io.BytesIO(data)) for line in sheet for cell in line]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s", "inlineStr"} - {"inlineStr"}
    assert HOSTILE[1] in [cell.value for cell in cells]


def test_xlsx_is_the_same_every_time(hostile: FileReport) -> None:
    first, second = (as_xlsx(hostile, records(hostile), DAY, "ja") for _ in range(2))
    assert first == second


def test_xlsx_takes_a_long_table(tmp_path: Path) -> None:
    with (SAMPLES / "261009_aed.csv").open(encoding="utf-8-sig", newline="") as file:
        header, first, *_ = csv.reader(file)
    first[header.index("開始時間")] = "9:00"
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *[first] * 20_000])
    judged = check(str(path), Choice(limit=6_000))
    assert judged.counts["error"] >= 20_000
    data = as_xlsx(judged, records(judged), DAY, "ja")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("xl/worksheets/sheet3.xml").count(b"<row ") == 20_001
        assert archive.read("xl/comments1.xml").count(b"<comment ") == 5_000
        assert "説明のメモは5,000個まで" in archive.read("xl/worksheets/sheet1.xml").decode()


def test_a_file_without_a_table_still_gets_a_book(tmp_path: Path) -> None:
    path = tmp_path / "scan.csv"
    path.write_bytes(b"%PDF-1.4\n")
    sheets = book(report(path))
    assert any("PDF" in str(cell.value) for cell in sheets["結果"]["B"]) and sheets["表"].max_row == 1


# --- frictionless --------------------------------------------------------------------------------


def as_descriptor(judged: FileReport, lang: str = "ja") -> Any:
    return json.loads(json.dumps(as_frictionless([judged], lang, shown(judged))))


@both_languages
@every_sample
def test_frictionless_reads_its_own_report(path: Path, lang: str) -> None:
    from frictionless import Report

    judged = report(path)
    described = as_descriptor(judged, lang)
    read = Report.from_descriptor(json.loads(json.dumps(described)))
    assert read.valid == (judged.status == "valid") and read.stats["tasks"] == 1
    unchecked = judged.status == "not-checked"
    assert read.stats["errors"] == judged.counts["error"] + unchecked
    assert len(read.tasks[0].errors) == sum(f.severity == "error" for f in judged.findings) + unchecked
    wanted = ("rowNumber", "fieldNumber", "cell", "type")
    for error, told_error in zip(read.tasks[0].errors, described["tasks"][0]["errors"], strict=True):
        again = error.to_descriptor()
        assert {key: again.get(key) for key in wanted} == {key: told_error.get(key) for key in wanted}


def test_every_rule_has_a_type_of_frictionless_with_its_own_title_and_tags() -> None:
    from frictionless import errors

    theirs = {
        kind.type: (kind.title, tuple(kind.tags))
        for kind in vars(errors).values()
        if isinstance(kind, type) and hasattr(kind, "template")
    }
    theirs["error"] = ("Error", ())
    for kind, ours in frictionless_form.TYPES.items():
        assert theirs[kind] == ours
    assert frictionless_form.BY_RULE.keys() <= RULES.keys()
    for rule in RULES.values():
        assert (
            frictionless_form.BY_RULE.get(rule.id, frictionless_form.BY_SCOPE[rule.scope])
            in frictionless_form.TYPES
        )


def test_a_finding_whose_record_is_not_known_is_one_about_the_table() -> None:
    kinds = {
        frictionless_form.error_type(Finding(rule.id, "error", facts={"found": 1, "expected": 2}), {})
        for rule in RULES.values()
        if rule.scope in ("cell", "row", "record")
    }
    assert kinds == {"table-error"}


# --- sarif ---------------------------------------------------------------------------------------

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
REFERENCE = {"type": "string", "format": "uri-reference", "pattern": "^[!-~]+$"}
# What the schema of SARIF 2.1.0 (OASIS) asks of the parts that are written here.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "additionalProperties": False,
                "properties": {
                    "language": {"pattern": "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$"},
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "invocations": {"items": {"required": ["executionSuccessful"]}},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "additionalProperties": False,
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "informationUri": {"type": "string", "pattern": "^https?://"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": TEXT,
                                                "fullDescription": TEXT,
                                                "help": TEXT,
                                                "helpUri": {"type": "string", "pattern": "^https?://"},
                                                "defaultConfiguration": {"properties": {"level": LEVEL}},
                                                "properties": {"type": "object"},
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "artifacts": {
                        "type": "array",
                        "uniqueItems": True,
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {
                                "location": {"properties": {"uri": REFERENCE}},
                                "length": {"type": "integer", "minimum": -1},
                                "hashes": {"additionalProperties": {"type": "string"}},
                                "properties": {"type": "object"},
                            },
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": LEVEL,
                                "message": TEXT,
                                "properties": {"type": "object"},
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "additionalProperties": False,
                                        "properties": {
                                            "logicalLocations": {
                                                "type": "array",
                                                "items": {
                                                    "properties": {"fullyQualifiedName": {"type": "string"}}
                                                },
                                            },
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "properties": {
                                                            "uri": REFERENCE,
                                                            "index": {"type": "integer", "minimum": 0},
                                                        }
                                                    },
                                                    "region": {
                                                        "required": ["startLine"],
                                                        "properties": {
                                                            "startLine": {"type": "integer", "minimum": 1},
                                                            "startColumn": {"type": "integer", "minimum": 1},
                                                        },
                                                    },
                                                },
                                            },
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


@both_languages
@every_sample
def test_sarif_keeps_its_schema_and_points_to_the_lines(path: Path, lang: str) -> None:
    judged = report(path)
    log = json.loads(json.dumps(as_sarif([judged], lang, shown(judged), "https://docs.example.jp/")))
    jsonschema.Draft7Validator(SARIF).validate(log)
    run = log["runs"][0]
    results, rules = run["results"], run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in results] == [
        result["ruleId"] for result in results
    ]
    told_rules = [result["ruleId"] for result in results if result["ruleId"] != "not-checked"]
    assert told_rules == [finding.rule for finding in judged.findings]
    for rule in rules:
        if rule["id"] in RULES:
            assert rule["helpUri"] == f"https://docs.example.jp/rules/{rule['id']}.md"
            assert (Path(__file__).parent.parent / "docs" / "rules").is_dir() and rule["help"]["text"]
    located = [r for r in results if "region" in r["locations"][0]["physicalLocation"]]
    assert bool(located) == (path.suffix == ".csv" and any(told.row_of(judged, f) for f in judged.findings))


def test_sarif_names_no_documentation_that_there_is_not() -> None:
    judged = report(SAMPLES / "262072_hospital.csv")
    assert "helpUri" not in json.dumps(as_sarif([judged], "en", shown(judged)))


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/表.csv", "a%20b/%E8%A1%A8.csv"),
        ("c\\d.csv", "c/d.csv"),
        ("/x/a#1?.csv", "file:///x/a%231%3F.csv"),
        ("C:\\x\\a.csv", "file:///C:/x/a.csv"),
        ("a:b.csv", "a%3Ab.csv"),
        ("bad\udcff.csv", "bad%FF.csv"),
    ],
)
def test_sarif_writes_paths_as_addresses(path: str, uri: str) -> None:
    assert address(path) == uri
    assert unquote(uri, errors="surrogateescape").endswith(path.replace("\\", "/").lstrip("/"))


# --- junit ---------------------------------------------------------------------------------------


def suites(*judged: FileReport, lang: str = "ja") -> list[Any]:
    return list(JUnitXml.fromstring(as_junit(judged, lang)))


@both_languages
@every_sample
def test_junit_has_a_case_for_each_rule_that_ran(path: Path, lang: str) -> None:
    judged = report(path)
    (suite,) = suites(judged, lang=lang)
    cases = {case.name: case for case in suite}
    assert suite.name == str(path) and suite.tests == len(cases)
    assert judged.totals.keys() <= cases.keys()
    failed = {name for name, case in cases.items() if case.is_failure}
    assert failed == {finding.rule for finding in judged.findings if finding.severity == "error"}
    assert (suite.errors == 1) == (judged.status == "not-checked") == ("not-checked" in cases)
    assert (suite.failures + suite.errors == 0) == (judged.status == "valid")


def test_junit_claims_no_rule_that_had_nothing_to_judge() -> None:
    events, aed = (report(SAMPLES / name) for name in ("264075_event.csv", "261009_aed.csv"))
    assert "coordinate-swapped" in {rule.id for rule in ran(aed)}
    assert "boolean-format" not in {rule.id for rule in ran(events)}
    unmatched = {rule.id for rule in ran(report(SAMPLES / "262145_nouen.csv"))}
    assert "column-missing" not in unmatched and "excel-error" in unmatched


def test_junit_tells_warnings_without_failing() -> None:
    (suite,) = suites(report(SAMPLES / "262048_public_wireless_lan.csv"))
    told_case = next(case for case in suite if case.name == "edge-space")
    assert told_case.is_passed and "直したほうがよい" in told_case.system_out


# --- github --------------------------------------------------------------------------------------

COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^,:\n]*,?)+)::([^\n]*)")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    found = [match for line in text.split("\n") if (match := COMMAND.fullmatch(line))]
    return [(m[1], dict(part.split("=", 1) for part in m[2].split(",")), unescaped(m[3])) for m in found]


def unescaped(text: str) -> str:
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


@both_languages
@every_sample
def test_github_gets_a_command_for_each_finding(path: Path, lang: str) -> None:
    judged = report(path)
    text = as_github([judged], lang, shown(judged))
    found = commands(text)
    levels = {"error": "error", "warning": "warning", "hint": "notice"}
    assert Counter(level for level, _, _ in found) == Counter(
        [levels[finding.severity] for finding in judged.findings]
        + ["warning"] * (judged.status == "not-checked")
    )
    assert {unescaped(properties["file"]) for _, properties, _ in found} <= {str(path)}
    assert text.count("\n::") + text.startswith("::") == len(found)


def test_github_names_the_line_of_the_file_also_after_line_breaks_in_cells(tmp_path: Path) -> None:
    with (SAMPLES / "261009_aed.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))[:6]
    times = lines[0].index("開始時間")
    lines[1][4] = 'two\r\nlines "quoted", and a comma'
    lines[3][times] = "9:00"
    path = tmp_path / "261009_aed.csv"
    with path.open("w", encoding="cp932", newline="") as file:
        csv.writer(file).writerows(lines)
    judged = report(path)
    found = [
        (p, m)
        for _, p, m in commands(as_github([judged], "ja", shown(judged)))
        if "time-format" in p["title"]
    ]
    ((properties, words),) = found
    assert properties["line"] == "5" and words.startswith("4行目")
    text = path.read_bytes().decode("cp932").split("\r\n")[4]
    assert text[int(properties["col"]) - 1 :].startswith("9:00,")


def test_github_commands_cannot_be_broken_out_of(hostile: FileReport) -> None:
    text = as_github([hostile], "ja", shown(hostile))
    lines = text.rstrip("\n").split("\n")
    assert all(COMMAND.fullmatch(line) for line in lines[:-2]) and len(lines) - 2 == len(hostile.findings)
    assert not any(category(character) in ("Cc", "Cf") for character in text.replace("\n", ""))
    assert command("error", {"file": "a,b:c%\r\n"}, "x\r\n::stop::%") == (
        "::error file=a%2Cb%3Ac%25%0D%0A::x%0D%0A::stop::%25"
    )


# --- what holds for every form -------------------------------------------------------------------

FORMS: dict[str, Callable[[FileReport], str]] = {
    "csv": lambda judged: as_csv([judged], "ja").decode(),
    "frictionless": lambda judged: json.dumps(
        as_frictionless([judged], "ja", shown(judged)), ensure_ascii=False
    ),
    "sarif": lambda judged: json.dumps(as_sarif([judged], "ja", shown(judged)), ensure_ascii=False),
    "junit": lambda judged: as_junit([judged], "ja").decode(),
    "github": lambda judged: as_github([judged], "ja", shown(judged)),
}
every_form = pytest.mark.parametrize("form", FORMS)


@every_form
def test_no_form_carries_raw_control_characters(form: str, hostile: FileReport) -> None:
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", FORMS[form](hostile))


def test_hostile_cells_leave_every_form_readable(hostile: FileReport) -> None:
    from frictionless import Report

    Report.from_descriptor(as_descriptor(hostile))
    jsonschema.Draft7Validator(SARIF).validate(as_sarif([hostile], "ja", shown(hostile)))
    (suite,) = suites(hostile)
    assert "<script>" in next(case for case in suite if case.name == "time-format").result[0].text


@every_form
def test_every_form_says_that_a_file_was_not_checked(form: str) -> None:
    assert "確認していません" in FORMS[form](report(SAMPLES / "262145_nouen.csv"))


@every_form
def test_every_form_says_that_findings_are_left_out(form: str) -> None:
    judged = check(str(SAMPLES / "262072_hospital.csv"), Choice(limit=1))
    assert told.unlisted(judged) and (
        "載せていません" in FORMS[form](judged) or "findingsNotListed" in FORMS[form](judged)
    )


def test_a_file_that_changed_since_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((SAMPLES / "262072_hospital.csv").read_bytes())
    judged = report(path)
    assert excerpts(judged, {2})[2].places
    path.write_bytes(path.read_bytes() + b"\r\n")
    assert excerpts(judged, {2}) == {} and list(records(judged)) == []
    path.unlink()
    assert excerpts(judged, {2}) == {}


def test_where_personal_data_were_found_no_report_repeats_the_record() -> None:
    judged = report(SAMPLES / "262072_hospital.csv")
    faulty = next(finding for finding in judged.findings if finding.row and finding.value)
    private = replace(judged, totals={**judged.totals, "personal-number": 1})
    kept = told.discreet(private, excerpts(judged, told.first_rows(judged)))
    assert kept[1] == excerpts(judged, {1})[1]
    cells = kept[faulty.row or 0].cells
    assert cells[(faulty.column or 0) - 1] == faulty.value and set(cells[:3]) == {told.HIDDEN}


def test_the_docs_name_every_form() -> None:
    page = (Path(__file__).parent.parent / "docs" / "reports.md").read_text("utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(reporting.FORMS)


# --- places in the text --------------------------------------------------------------------------

CELL = st.text(st.sampled_from('ab",;\n\r 表'), max_size=6)


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=4), st.sampled_from(",\t;"))
def test_every_cell_is_found_where_it_begins(written: list[list[str]], delimiter: str) -> None:
    for record in written:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter).writerow(record)
        raw = text.getvalue()
        read = next(iter(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter)))
        lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", raw)
        places = starts(raw, delimiter)
        assert len(places) == len(read)
        for (line, character), cell in zip(places, read, strict=True):
            assert lines[line - 1][character - 1 :].startswith(('"', cell[:1] or delimiter, "\r\n"))


@given(st.text(st.sampled_from('ab",\n'), min_size=1, max_size=30))
def test_as_many_cells_are_found_as_the_reader_finds(raw: str) -> None:
    for record in csv.reader(io.StringIO(raw, newline="")):
        if record:
            assert len(starts(raw, ",")) == len(record)
        break


# --- the command ---------------------------------------------------------------------------------


def run(*arguments: str, cwd: Path = SAMPLES, stdin: bytes = b"") -> Any:
    odtool = Path(sys.executable).with_name("odtool")
    return subprocess.run(
        [odtool, "validate", *arguments], cwd=cwd, input=stdin, capture_output=True, check=False
    )


@pytest.mark.parametrize("form", ["csv", "frictionless", "sarif", "junit", "github", "html"])
def test_the_command_writes_each_form(form: str, tmp_path: Path) -> None:
    names = ("262072_hospital.csv", "262145_nouen.csv", "292095_cultural_property.xlsx")
    done = run("--format", form, *names)
    assert done.returncode == 1 and done.stderr == b"" and b"262145_nouen.csv" in done.stdout
    run("--format", form, "-o", str(tmp_path / "report"), *names)
    assert form == "html" or (tmp_path / "report").read_bytes() == done.stdout


def test_several_books_go_into_a_folder(tmp_path: Path) -> None:
    twin = tmp_path / "twin"
    twin.mkdir()
    (twin / "261009_aed.csv").write_bytes((SAMPLES / "261009_aed.csv").read_bytes())
    done = run(
        "--format",
        "xlsx",
        "-o",
        str(tmp_path / "new" / "out"),
        "261009_aed.csv",
        str(twin / "261009_aed.csv"),
    )
    assert done.returncode == 0, done.stderr.decode()
    names = {path.name for path in (tmp_path / "new" / "out").iterdir()}
    assert names == {"261009_aed.csv.xlsx", "261009_aed.csv-2.xlsx"}
    assert run("--format", "xlsx", "261009_aed.csv", "262072_hospital.csv").returncode == 2


def test_one_book_goes_to_a_file_or_to_standard_output(tmp_path: Path) -> None:
    done = run("--format", "xlsx", "--date", DAY, "-o", str(tmp_path / "a.xlsx"), "262072_hospital.csv")
    piped = run("--format", "xlsx", "--date", DAY, "262072_hospital.csv")
    assert done.returncode == piped.returncode == 1
    assert (tmp_path / "a.xlsx").read_bytes() == piped.stdout


def test_standard_input_is_shown_too() -> None:
    data = (SAMPLES / "262072_hospital.csv").read_bytes()
    done = run("--format", "xlsx", "-", stdin=data)
    assert load_workbook(io.BytesIO(done.stdout))["表"].max_row == 33
    assert b"line=2" in run("--format", "github", "-", stdin=data).stdout


@pytest.mark.parametrize("form", ["text", "csv", "xlsx", "html"])
def test_the_file_that_was_judged_is_never_overwritten(form: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((SAMPLES / "261009_aed.csv").read_bytes())
    done = run("--format", form, "-o", str(path), str(path))
    assert done.returncode == 2 and path.read_bytes() == (SAMPLES / "261009_aed.csv").read_bytes()
