"""The wheel alone is enough: built without the network, installed beside the libraries, run from an empty folder."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from odtool.datasets.catalog import datasets
from tests.test_cli import ROOT, SAMPLES, environment


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what git knows, so that nothing else of the checkout gets in."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for name in ("odtool", "datapackages", "recommended_datasets", "templates"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    shutil.rmtree(source)  # the program must not find its way back
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the wheel is installed, without the libraries."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command = [*pip, "--no-index", "--no-compile", "--target", str(target), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    return target


def run(installed: Path, cwd: Path, *arguments: str) -> Any:
    env = environment(PYTHONPATH=str(installed), PYTHONUTF8="1", PYTHONSAFEPATH="1")
    program = [sys.executable, str(installed / "bin" / "odtool"), *arguments]
    return subprocess.run(
        program, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_it_holds_the_program_its_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (archive.read(name).decode() for name in names if name.endswith("/METADATA"))
    assert {name.split("/")[0].split("-")[0] for name in names} == {"odtool"}
    assert sum(name.endswith("/datapackage.json") for name in names) == len(datasets())
    assert (
        "odtool/_data/templates/report.html.j2" in names
        and "odtool/_data/recommended_datasets/registry.csv" in names
    )
    assert "odtool/portal/profiles/bodik.toml" in names
    assert not any("__pycache__" in name or "/tests/" in name for name in names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert "Requires-Python: >=3.11" in metadata and "Requires-Dist: click>=" in metadata


def test_everything_it_needs_travels_in_it(installed: Path, tmp_path: Path) -> None:
    code = (
        "import odtool, sys; from odtool import resources\n"
        "print(odtool.__file__)\n"
        "for name in ('datapackages', 'recommended_datasets', 'templates'): print(resources.folder(name))"
    )
    env = environment(PYTHONPATH=str(installed), PYTHONSAFEPATH="1")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    places = done.stdout.splitlines()
    assert len(places) == 4 and all(place.startswith(f"{installed}{os.sep}odtool") for place in places)


def test_it_works_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "datasets")
    assert done.returncode == 0, done.stderr
    assert done.stdout.partition("\n\n")[0].count("\n") + 1 == len(datasets()) and "suisho-aed" in done.stdout
    assert run(installed, tmp_path, "explain", "date-format").returncode == 0
    assert "KYOTO DATASTORE" in run(installed, tmp_path, "portals").stdout
    assert list(tmp_path.iterdir()) == []

    shutil.copy(SAMPLES / "261009_aed.csv", tmp_path)
    done = run(installed, tmp_path, "validate", "261009_aed.csv", "--format", "json")
    assert done.returncode == 0 and json.loads(done.stdout)["files"][0]["dataset"]["id"] == "suisho-aed"
    done = run(installed, tmp_path, "validate", "261009_aed.csv", "--format", "html", "-o", "report.html")
    assert done.returncode == 0 and "</html>" in (tmp_path / "report.html").read_text("utf-8")
    done = run(installed, tmp_path, "publish", "261009_aed.csv", "--portal", "folder:portal")
    assert done.returncode == 0, done.stderr
    published = (tmp_path / "portal" / "261009_aed" / "261009_aed.csv").read_bytes()
    assert published == (SAMPLES / "261009_aed.csv").read_bytes()
    assert "京都市" in (tmp_path / "portal" / "index.html").read_text("utf-8")
    assert "京都市" in run(installed, tmp_path, "coverage", "--format", "html").stdout
