"""The JSON report is a contract: docs/report.schema.json holds for every file there is, in both languages."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from odtool.rules import RULES
from tests.test_cli import BROKEN, SAMPLES, copied, run

SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "report.schema.json").read_text("utf-8"))
CHECKER = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
DAY = "2026-12-01"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples, files that are no tables, and a Table Schema."""
    place = tmp_path_factory.mktemp("report")
    copied(place)
    (place / "broken").mkdir()
    for name, data in BROKEN.items():
        (place / "broken" / name).write_bytes(data)
    schema = {
        "fields": [{"name": "名称", "constraints": {"maxLength": 3}}, {"name": "緯度", "type": "number"}]
    }
    (place / "schema.json").write_text(json.dumps(schema), "utf-8")
    return place


def report(folder: Path, *arguments: str) -> Any:
    done = run(folder, "validate", "--format", "json", "--date", DAY, *arguments)
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(done.stdout)
    CHECKER.validate(found)
    return found


def findings(reported: Any) -> list[Any]:
    return [finding for file in reported["files"] for finding in file["findings"]]


def test_the_schema_is_one_and_leaves_nothing_open() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    objects = [
        SCHEMA,
        SCHEMA["properties"]["tool"],
        SCHEMA["properties"]["summary"],
        *SCHEMA["$defs"].values(),
    ]
    for described in (entry for entry in objects if entry["type"] == "object"):
        assert described["additionalProperties"] is False
        assert described["required"] == list(described["properties"])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: r.update(schema="odtool-report/2"),
        lambda r: r.update(date="1 Dec 2026"),
        lambda r: r["summary"].pop("not_checked"),
        lambda r: r["files"][0].update(status="fine"),
        lambda r: r["files"][0].update(extra=1),
        lambda r: r["files"][0].update(dataset=None),
        lambda r: r["files"][0]["counts"].update(error=1),
        lambda r: r["files"][0].update(encoding="shift_jis"),
    ],
)
def test_the_schema_refuses_what_the_contract_does_not_say(folder: Path, spoil: Any) -> None:
    found = report(folder, "samples/261009_aed.csv")
    spoil(found)
    assert not CHECKER.is_valid(found)


@pytest.mark.parametrize("limit", ["0", "1"])
@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["samples"],
        ["broken"],
        ["samples", "--schema", "schema.json"],
        ["samples/262145_nouen.csv", "--dataset", "standard-aed"],
    ],
    ids=["samples", "broken", "schema", "dataset"],
)
def test_every_report_keeps_the_contract(
    folder: Path, arguments: Sequence[str], lang: str, limit: str
) -> None:
    found = report(folder, *arguments, "--lang", lang, "--limit", limit)
    assert found["date"] == DAY
    summary, files = found["summary"], found["files"]
    assert summary["files"] == len(files) > 0
    assert Counter(file["status"].replace("-", "_") for file in files) == {
        key: summary[key] for key in ("valid", "invalid", "not_checked") if summary[key]
    }
    for severity in ("error", "warning", "hint"):
        assert summary[f"{severity}s"] == sum(file["counts"][severity] for file in files)
    for file in files:
        assert file["findings_total"] == sum(file["counts"].values())
        for finding in file["findings"]:
            assert finding["rule"] in RULES


def test_counts_are_those_of_the_findings_when_all_are_listed(folder: Path) -> None:
    for file in report(folder, "samples", "broken", "--limit", "0")["files"]:
        listed = Counter(finding["severity"] for finding in file["findings"])
        assert listed == {severity: count for severity, count in file["counts"].items() if count}


def test_a_limit_shortens_the_list_of_each_rule_and_no_count(folder: Path) -> None:
    whole, short = (report(folder, "samples", "--limit", limit)["files"] for limit in ("0", "1"))
    assert sum(file["findings_total"] for file in whole) > 2 * sum(len(file["findings"]) for file in short)
    for one, other in zip(whole, short, strict=True):
        assert {k: v for k, v in one.items() if k != "findings"} == {
            k: v for k, v in other.items() if k != "findings"
        }
        rules = [finding["rule"] for finding in other["findings"]]
        assert sorted(rules) == sorted({finding["rule"] for finding in one["findings"]})


def test_findings_stand_by_row_then_column(folder: Path) -> None:
    for file in report(folder, "samples")["files"]:
        places = [(f["row"] or 0, f["column"] or 0) for f in file["findings"]]
        assert places == sorted(places)


def test_files_stand_in_the_order_in_which_they_were_named(folder: Path) -> None:
    named = ["samples/292010_tourism.csv", "samples/092088_aed.csv", "samples/261009_aed.csv"]
    assert [file["path"] for file in report(folder, *named)["files"]] == named
    every = [file["path"] for file in report(folder, "samples")["files"]]
    assert every == sorted(every)


@pytest.mark.parametrize("form", ["json", "html", "text"])
def test_two_runs_and_two_processes_write_the_same_bytes(folder: Path, form: str) -> None:
    command = ["validate", "--format", form, "--date", DAY, "samples", "broken"]
    first = run(folder, *command, encoding=None).stdout
    assert first == run(folder, *command, encoding=None, PYTHONHASHSEED="7").stdout
    assert first == run(folder, *command, "--jobs", "2", encoding=None).stdout


def test_the_language_changes_sentences_only(folder: Path) -> None:
    japanese, english = (report(folder, "samples", "broken", "--lang", lang) for lang in ("ja", "en"))
    assert findings(japanese) != findings(english)
    for found in (japanese, english):
        for file in found["files"]:
            del file["reason"]
        for finding in findings(found):
            del finding["message"]
    assert japanese == english


def test_a_missing_file_leaves_the_report_on_the_others(folder: Path) -> None:
    done = run(folder, "validate", "--format", "json", "missing.csv", "samples/261009_aed.csv")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "missing.csv" in done.stderr
    found = json.loads(done.stdout)
    CHECKER.validate(found)
    assert [file["path"] for file in found["files"]] == ["samples/261009_aed.csv"]


def test_the_date_is_a_day_and_by_default_todays(folder: Path) -> None:
    done = run(folder, "validate", "--format", "json", "samples/261009_aed.csv")
    assert abs(date.fromisoformat(json.loads(done.stdout)["date"]) - date.today()).days <= 1  # noqa: DTZ011 - JST or not
    done = run(folder, "validate", "--format", "json", "--date", "2026-13-45", "samples/261009_aed.csv")
    assert done.returncode == 2 and done.stdout == "" and "2026-13-45" in done.stderr


def test_the_report_can_go_to_a_file(folder: Path, tmp_path: Path) -> None:
    command = ["validate", "--format", "json", "--date", DAY, "samples"]
    done = run(folder, *command, "-o", str(tmp_path / "report.json"))
    assert done.returncode == 1 and done.stdout == "" and done.stderr == ""
    assert (tmp_path / "report.json").read_text("utf-8") == run(folder, *command).stdout


def test_every_sample_is_there(folder: Path) -> None:
    names = {Path(file["path"]).name for file in report(folder, "samples")["files"]}
    assert names == {path.name for path in SAMPLES.iterdir() if path.suffix in (".csv", ".xlsx")}
