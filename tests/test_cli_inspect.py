"""odtool inspect as its users meet it."""

import json
import os
import pty
import re
import select
import subprocess
from pathlib import Path

import jsonschema
import pytest

from tests import assetfiles as made
from tests.test_assets_bundle import TOML, folder
from tests.test_cli import JAPANESE, ODTOOL, environment, is_one_sentence, loaded, run

CONTRACT = json.loads((Path(__file__).parent.parent / "docs" / "assets.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_sound_file_is_told_in_the_readers_language(tmp_path: Path, lang: str) -> None:
    (tmp_path / "a.las").write_bytes(made.las())
    done = run(tmp_path, "inspect", "a.las", "--lang", lang)
    assert (
        done.returncode == 0 and done.stderr == "" and "EPSG:6673" in done.stdout and "134.4" in done.stdout
    )
    assert bool(JAPANESE.search(done.stdout)) == (lang == "ja")


def test_errors_are_1_warnings_are_0_and_missing_files_are_2(tmp_path: Path) -> None:
    (tmp_path / "bad.las").write_bytes(made.las()[:-1])
    (tmp_path / "bare.las").write_bytes(made.las(records=[]))
    assert run(tmp_path, "inspect", "bare.las").returncode == 0
    done = run(tmp_path, "inspect", "bad.las", "bare.las")
    assert done.returncode == 1 and "途中で切れています" in done.stdout and "座標系" in done.stdout
    done = run(tmp_path, "inspect", "missing.las", "bare.las")
    assert done.returncode == 2 and is_one_sentence(done.stderr) and "bare.las" in done.stdout
    (tmp_path / "nothing").mkdir()
    assert is_one_sentence(run(tmp_path, "inspect", "nothing").stderr)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_json_keeps_its_contract(tmp_path: Path, lang: str) -> None:
    folder(tmp_path / "dem", TOML.replace("licence", "license"))
    (tmp_path / "bad.las").write_bytes(made.las()[:-1])
    done = run(tmp_path, "inspect", "dem", "bad.las", "--json", "--lang", lang)
    report = json.loads(done.stdout)
    jsonschema.validate(report, CONTRACT, cls=jsonschema.Draft202012Validator)
    assert done.returncode == 1 and report["summary"]["files"] == 4
    (dataset,) = report["datasets"]
    assert dataset["name"] == "280003_dem-1m" and len(dataset["files"]) == 3
    assert [f["code"] for f in dataset["findings"] if f["severity"] == "error"] == ["descriptor-key"]
    assert "license" in dataset["findings"][0]["message"]


def test_a_folder_without_a_descriptor_is_looked_through(tmp_path: Path) -> None:
    (tmp_path / "x" / "deep").mkdir(parents=True)
    (tmp_path / "x" / "deep" / "a.las").write_bytes(made.las())
    (tmp_path / "x" / "a.las").write_bytes(made.las(points=3))
    files = json.loads(run(tmp_path, "inspect", "x", "--json").stdout)["files"]
    assert len({file["file_name"] for file in files}) == 2


def test_a_report_never_replaces_what_was_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.las").write_bytes(made.las())
    done = run(tmp_path, "inspect", "a.las", "--json", "-o", "a.las")
    assert done.returncode == 2 and is_one_sentence(done.stderr)
    assert (tmp_path / "a.las").read_bytes() == made.las()
    assert run(tmp_path, "inspect", "a.las", "--json", "-o", "report.json").stdout == ""
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["schema"] == "odtool-assets/1"


def test_hostile_names_and_contents_reach_the_terminal_harmless(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2J.zip").write_bytes(made.zipped({"\x1b]0;x\x07.csv": b"a"}))
    done = run(tmp_path, "inspect", "a\x1b[2J.zip")
    assert "\x1b" not in done.stdout and "\x07" not in done.stdout


def test_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "a.las").write_bytes(made.las())
    modules, shown = loaded(tmp_path, "inspect", "a.las")
    assert shown and not modules & {
        "ckanapi",
        "frictionless",
        "jinja2",
        "polars",
        "requests",
        "python_calamine",
    }


def test_large_files_show_a_bar_on_a_terminal_only(tmp_path: Path) -> None:
    with (tmp_path / "a.bin").open("wb") as file:
        file.truncate(60_000_000)
    assert run(tmp_path, "inspect", "a.bin").stderr == ""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [ODTOOL, "inspect", "a.bin"], cwd=tmp_path, env=environment(TERM="xterm"), stdout=subprocess.DEVNULL, stderr=theirs
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 30)[0]:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait() == 0 and re.search(
        r"読んでいます.*100%", shown.decode("utf-8", "replace"), re.DOTALL
    )
