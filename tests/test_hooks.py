"""What other tools call us by: the pre-commit hook and the GitHub Action, run with the very lines they contain."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "tests" / "samples"
GOOD, BAD = SAMPLES / "261009_aed.csv", SAMPLES / "262072_hospital.csv"
HOOKS: Any = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
ACTION: Any = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "name" in step}


def environment(**variables: str) -> dict[str, str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ODTOOL", "GITHUB"))}
    return {**kept, "PATH": path, **variables}


# --- pre-commit ----------------------------------------------------------------------------------


def test_the_hook_has_what_pre_commit_asks_for() -> None:
    assert [hook["id"] for hook in HOOKS] == ["odtool-validate"]
    for hook in HOOKS:
        assert {"id", "name", "entry", "language"} <= hook.keys() and hook["language"] == "python"


@pytest.mark.parametrize(
    ("name", "judged"),
    [("a.csv", True), ("b/c.XLSX", True), ("d.tsv", True), ("e.xlsm", True), ("f.csv.txt", False), ("csv", False)],
)  # fmt: skip
def test_the_hook_is_called_for_tables_only(name: str, judged: bool) -> None:
    assert bool(re.search(HOOKS[0]["files"], name)) == judged


@pytest.mark.parametrize(("files", "code"), [([GOOD], 0), ([GOOD, BAD], 1)])
def test_the_hook_lets_good_files_pass_and_stops_bad_ones(files: list[Path], code: int) -> None:
    command = [*shlex.split(HOOKS[0]["entry"]), *map(str, files)]
    done = subprocess.run(command, env=environment(), capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == code and str(files[-1]) in done.stdout, done.stderr


# --- the action ----------------------------------------------------------------------------------


def filled(step: Any, values: dict[str, str]) -> dict[str, str]:
    """The step's variables with the expressions replaced as the runner would."""
    return {
        name: re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: values[found[1]], text)
        for name, text in step["env"].items()
    }


def act(tmp_path: Path, **inputs: str) -> Any:
    """The step «Validate» as the runner does it."""
    values = {f"inputs.{name}": about.get("default", "") for name, about in ACTION["inputs"].items()}
    values |= {f"inputs.{name}": text for name, text in inputs.items()} | {"runner.temp": str(tmp_path)}
    variables = filled(STEPS["Validate"], values) | {"GITHUB_OUTPUT": str(tmp_path / "output")}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS["Validate"]["run"]],
        env=environment(**variables),
        cwd=SAMPLES,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )


def test_the_action_is_a_composite_one_whose_inputs_are_all_described() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for part in (*ACTION["inputs"].values(), *ACTION["outputs"].values()):
        assert part["description"].endswith(".")
    for step in STEPS.values():
        assert step["shell"] == "bash"


def test_no_input_becomes_part_of_a_script() -> None:
    assert not [step for step in STEPS.values() if "${{" in step["run"]]


def test_the_action_annotates_lines_and_leaves_a_page(tmp_path: Path) -> None:
    done = act(tmp_path, files=f"{GOOD.name}\n{BAD.name}\n")
    assert done.returncode == 1, done.stderr
    assert re.search(rf"^::error file={BAD.name},line=2,col=\d+,title=", done.stdout, re.MULTILINE)
    page = (tmp_path / "output").read_text("utf-8").strip().removeprefix("report=")
    assert "必ず直す" in Path(page).read_text("utf-8")
    assert ACTION["outputs"]["report"]["value"] == "${{ steps.validate.outputs.report }}"


def test_the_action_passes_where_nothing_is_wrong(tmp_path: Path) -> None:
    done = act(tmp_path, files=GOOD.name, lang="en", dataset="suisho-aed")
    assert done.returncode == 0 and "1 file: 1 valid" in done.stdout, done.stderr


def test_the_action_takes_hostile_file_names_as_names(tmp_path: Path) -> None:
    done = act(tmp_path, files=f'$(touch {tmp_path}/ran)";touch {tmp_path}/ran\n-o')
    assert done.returncode == 2 and not (tmp_path / "ran").exists()


def test_the_action_installs_from_its_own_checkout(tmp_path: Path) -> None:
    step = STEPS["Install odtool"]
    assert filled(step, {"github.action_path": str(ROOT), "runner.temp": str(tmp_path)})[
        "ODTOOL_SOURCE"
    ] == str(ROOT)
    assert subprocess.run(["bash", "-n", "-c", step["run"]], check=False).returncode == 0
    for named in re.findall(r"\$ODTOOL_SOURCE/([\w.]+)", step["run"]):
        assert (ROOT / named).is_file()
