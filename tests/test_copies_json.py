"""The lists of fix and migrate are contracts: docs/fix.schema.json and docs/migration.schema.json hold for every file
there is, in both languages."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.test_cli import BROKEN, SAMPLES, copied, run

DOCS = Path(__file__).parent.parent / "docs"
SCHEMAS = {
    command: json.loads((DOCS / f"{name}.schema.json").read_text("utf-8"))
    for command, name in (("fix", "fix"), ("migrate", "migration"))
}
OPTIONS = {"fix": [], "migrate": ["--to", "standard"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples, files that are no tables, and one with a layout of its own."""
    place = tmp_path_factory.mktemp("copies")
    copied(place)
    (place / "broken").mkdir()
    for name, data in BROKEN.items():
        (place / "broken" / name).write_bytes(data)
    schema = {"fields": [{"name": "名称"}, {"name": "面積", "type": "number"}]}
    (place / "schema.json").write_text(json.dumps(schema), "utf-8")
    (place / "own.csv").write_text("施設,面積\n 館 ,１２\n", "utf-8")
    return place


def told(folder: Path, command: str, *arguments: str) -> Any:
    done = run(folder, command, *arguments, "--dry-run", "--format", "json")
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(done.stdout)
    checker(command).validate(found)
    return found


def checker(command: str) -> Any:
    return jsonschema.Draft202012Validator(SCHEMAS[command], format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("command", SCHEMAS)
def test_the_schema_is_one_and_leaves_nothing_open(command: str) -> None:
    schema = SCHEMAS[command]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"] == schema["properties"]["schema"]["const"]
    objects = [
        schema,
        schema["properties"]["tool"],
        schema["properties"]["summary"],
        *schema["$defs"].values(),
    ]
    for described in (entry for entry in objects if entry["type"] == "object"):
        assert described["additionalProperties"] is False
        assert described["required"] == list(described["properties"])


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("command", SCHEMAS)
def test_the_list_of_every_file_keeps_the_contract(folder: Path, command: str, lang: str) -> None:
    found = told(folder, command, ".", *OPTIONS[command], "--lang", lang)
    assert found["summary"]["files"] == len(found["files"]) > len(list(SAMPLES.glob("*.csv"))) + 5
    kinds = {each["kind"] for file in found["files"] for each in file.get("changes", file.get("steps"))}
    said = SCHEMAS[command]["$defs"]["change" if command == "fix" else "step"]["properties"]["kind"]["enum"]
    assert kinds <= set(said) and len(kinds) >= 5


@pytest.mark.parametrize("command", SCHEMAS)
def test_the_totals_are_those_of_the_files(folder: Path, command: str) -> None:
    found = told(folder, command, "samples", "broken", *OPTIONS[command])
    files, total = found["files"], found["summary"]
    if command == "fix":
        assert total["changes"] == sum(change["count"] for file in files for change in file["changes"])
        assert total["proposals"] == sum(len(file["proposals"]) for file in files)
        assert total["unmended"] == sum(not file["mended"] for file in files) > 0
        assert total["errors_before"] == sum(file["before"]["counts"]["error"] for file in files)
    else:
        assert total["moved"] == sum(file["moved"] for file in files) > 0
        assert total["already"] == sum(file["already"] for file in files) > 0
        assert total["moved"] + total["already"] + total["unmoved"] == total["files"]
        assert total["errors"] == sum(file["after"]["counts"]["error"] for file in files if file["after"])
    assert all(file["reason"] for file in files if not file.get("mended", file.get("moved")))


def test_a_schema_of_ones_own_and_a_mapping_keep_the_contract(folder: Path) -> None:
    (file,) = told(folder, "fix", "own.csv", "--schema", "schema.json", "--map", "施設=名称")["files"]
    assert file["dataset"]["edition"] == "schema"
    assert {(c["kind"], c["label"], c["after"]) for c in file["changes"]} >= {
        ("label", "施設", "名称"),
        ("cell", "施設", "館"),
        ("cell", "面積", "12"),
    }


@pytest.mark.parametrize(
    ("command", "spoil"),
    [
        ("fix", lambda r: r.update(schema="odtool-fix/2")),
        ("fix", lambda r: r["files"][0].pop("done")),
        ("fix", lambda r: r["files"][0]["changes"][0].update(kind="magic")),
        ("fix", lambda r: r["files"][0]["changes"][0].update(row=0)),
        ("migrate", lambda r: r.update(date="1 Dec 2026")),
        ("migrate", lambda r: r["files"][0].update(extra=1)),
        ("migrate", lambda r: r["files"][0]["after"].update(status="fine")),
        ("migrate", lambda r: r["files"][0]["steps"][0].pop("note_en")),
    ],
)
def test_the_schema_refuses_what_the_contract_does_not_say(folder: Path, command: str, spoil: Any) -> None:
    found = told(folder, command, "samples/092088_aed.csv", *OPTIONS[command])
    spoil(found)
    assert not checker(command).is_valid(found)
