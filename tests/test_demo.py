"""The demo: the whole way by one command, twice."""

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from tests.test_cli import GOOD, copied, run
from tests.test_report_json import CHECKER, json

THREE = ("report.html", "portal/index.html", "coverage.html")


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    copied(folder)
    done = run(folder, "demo", "samples", "-o", "out")
    assert done.returncode == 0 and done.stderr == ""
    return folder, done.stdout


def test_it_judges_every_file_publishes_nine_and_names_three_files(demonstrated: tuple[Path, str]) -> None:
    folder, said = demonstrated
    assert len(re.findall(r"^  [○✕？] ", said, re.MULTILINE)) == 18
    assert "新規 9件、更新 0件、変更なし 0件、公開しない 9件" in said
    assert "京都府京都市" in said
    for name in THREE:
        assert f"out/{name}" in said
        page = (folder / "out" / name).read_text("utf-8")
        assert page.startswith(("<!DOCTYPE html>", "<!doctype html>"))
        assert "<script src" not in page and not re.search(r'<link[^>]+href="http', page)  # standalone
    assert len(list((folder / "out" / "portal").glob("*/*.csv"))) == 9


def test_a_second_time_there_is_nothing_to_change(demonstrated: tuple[Path, str]) -> None:
    folder, _ = demonstrated
    before = digests(folder / "out" / "portal")
    done = run(folder, "demo", "samples", "-o", "out")
    assert done.returncode == 0 and "変更はありませんでした。" in done.stdout
    assert digests(folder / "out" / "portal") == before


def test_it_leaves_the_files_as_they_were(demonstrated: tuple[Path, str]) -> None:
    folder, _ = demonstrated
    originals = digests(Path(__file__).parent / "samples")
    assert digests(folder / "samples").items() <= originals.items()
    assert sorted(path.name for path in folder.iterdir()) == ["out", "samples"]


def test_the_report_names_every_file_and_what_to_mend(demonstrated: tuple[Path, str]) -> None:
    folder, _ = demonstrated
    page = (folder / "out" / "report.html").read_text("utf-8")
    assert all(path.name in page for path in (folder / "samples").iterdir())
    assert "09:00" in page and "必ず直す" in page and 'name="viewport"' in page


def test_ones_own_folder_may_hold_a_file_that_is_none(tmp_path: Path) -> None:
    copied(tmp_path)
    own = tmp_path / "自治体のデータ"
    own.mkdir()
    shutil.copy(tmp_path / GOOD, own)
    (own / "資料.pdf").write_bytes(b"%PDF-1.7\n")
    done = run(tmp_path, "demo", own.name, "--lang", "en")
    assert done.returncode == 0 and done.stderr == ""
    assert (
        "資料.pdf" in done.stdout and "1 created" in done.stdout and "odtool-demo/report.html" in done.stdout
    )
    report = run(tmp_path, "validate", "--format", "json", own.name).stdout
    CHECKER.validate(json.loads(report))


def test_a_missing_folder_is_wrong_usage(tmp_path: Path) -> None:
    done = run(tmp_path, "demo", "nowhere")
    assert done.returncode == 2 and "nowhere" in done.stderr and done.stderr.count("\n") == 1
