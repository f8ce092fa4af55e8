"""The whole path over every real file: judged, published to a folder and to a real CKAN, read back, drawn."""

import csv
import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.ckan.plugin import Ckan
from tests.test_cli import run
from tests.test_report_json import CHECKER

TABLES = (".csv", ".xlsx")


@dataclass(frozen=True)
class Judged:
    """The real files, the verdict on each, and what the list of them says."""

    folder: Path
    paths: tuple[str, ...]
    files: tuple[Any, ...]
    listed: Mapping[str, Mapping[str, str]]
    seconds: float

    def named(self, path: str) -> str:
        return Path(path).relative_to(self.folder).as_posix()


@pytest.fixture(scope="module")
def judged(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    cwd = tmp_path_factory.mktemp("judged")
    paths = tuple(sorted(str(path) for path in corpus.rglob("*") if path.name.endswith(TABLES)))
    assert paths, f"there are no tables in {corpus}"
    started = time.monotonic()
    done = run(cwd, "validate", "--format", "json", *paths)
    seconds = time.monotonic() - started
    assert done.returncode in (0, 1) and done.stderr == ""
    report = json.loads(done.stdout)
    CHECKER.validate(report)
    index = corpus.parent / "INDEX.csv"
    listed = {}
    if index.is_file():
        with index.open(encoding="utf-8-sig", newline="") as lines:
            listed = {row["file"]: row for row in csv.DictReader(lines)}
    return Judged(corpus, paths, tuple(report["files"]), listed, seconds)


def test_each_real_file_gets_a_verdict(judged: Judged, capsys: pytest.CaptureFixture[str]) -> None:
    assert tuple(file["path"] for file in judged.files) == judged.paths
    counts = Counter(file["status"] for file in judged.files)
    errors = Counter(f["rule"] for file in judged.files for f in file["findings"] if f["severity"] == "error")
    with capsys.disabled():
        print(  # noqa: T201 - the summary is what this run is for
            f"\n{len(judged.files)} real files in {judged.seconds:.1f} s: {dict(counts)}; "
            f"most frequent errors: {', '.join(f'{rule} {n:,}' for rule, n in errors.most_common(6))}"
        )
    for file in judged.files:
        assert file["format"], f"{file['path']} was not read"
        assert file["rows"] > 0


def test_a_layout_of_ones_own_is_never_called_valid(judged: Judged) -> None:
    own = {name for name, row in judged.listed.items() if row["edition"] == "own layout"}
    found = {judged.named(file["path"]): file for file in judged.files}
    assert [name for name in own & found.keys() if found[name]["status"] == "valid"] == []
    if judged.listed:
        assert len(own & found.keys()) > 10


def test_an_exact_layout_is_recognised(judged: Judged) -> None:
    """Where the list of the files found a definition's columns one by one, so do we."""
    editions = {"推奨データセット(旧)": "suisho", "自治体標準ODS(新)": "standard"}
    for file in judged.files:
        row = judged.listed.get(judged.named(file["path"]))
        if row is None or not row["nearest_definition"].endswith(" 1.00"):
            continue
        dataset = file["dataset"]
        assert dataset is not None, file["path"]
        assert (dataset["name"], dataset["edition"]) == (
            row["nearest_definition"].removesuffix(" 1.00"),
            editions[row["edition"]],
        ), file["path"]


def test_the_valid_ones_go_to_a_folder_once(judged: Judged, tmp_path: Path) -> None:
    where = ["--portal", "folder:portal"]
    first = run(tmp_path, "publish", *judged.paths, *where)
    assert first.returncode == 1 and first.stderr == "", first.stderr
    packages = [json.loads(path.read_bytes()) for path in (tmp_path / "portal").glob("*/datapackage.json")]
    published = 0
    for package in packages:
        for entry in package["resources"]:
            content = (tmp_path / "portal" / package["name"] / entry["path"]).read_bytes()
            assert f"sha256:{hashlib.sha256(content).hexdigest()}" == entry["hash"]
            assert content.startswith(b"\xef\xbb\xbf")
            published += 1
    assert f"新規 {published}件、更新 0件" in first.stdout and 0 < published <= valid(judged)

    before = tree(tmp_path / "portal")
    second = run(tmp_path, "publish", *judged.paths, *where)
    assert second.returncode == 1 and f"変更なし {published}件" in second.stdout
    assert "変更はありませんでした。" in second.stdout and tree(tmp_path / "portal") == before

    for form, word in (("text", "公開"), ("html", "</html>"), ("csv", ",")):
        drawn = run(tmp_path, "coverage", "--format", form)
        assert drawn.returncode == 0 and word in drawn.stdout
    text = run(tmp_path, "coverage").stdout
    assert sum(text.count(mark) for mark in "●◐") - 2 >= len(packages) > 0  # two stand in the legend


def test_the_valid_ones_go_to_a_real_ckan_once(judged: Judged, fresh: Ckan, tmp_path: Path) -> None:
    where = ["--portal", fresh.url, "--create-organization"]
    publish = [file["path"] for file in judged.files if file["status"] == "valid"]
    first = run(tmp_path, "publish", *publish, *where, CKAN_API_TOKEN=fresh.token)
    assert first.returncode in (0, 1) and first.stderr == "", first.stderr
    published = first.stdout.count("公開しました（読み直して一致を確認）")
    assert published > 0 and "失敗" not in first.stdout and f"新規 {published}件" in first.stdout

    seen = 0
    for name in fresh.action("package_list"):
        for resource in fresh.action("package_show", id=name)["resources"]:
            if resource["url"] in first.stdout:
                content = requests.get(resource["url"], timeout=60).content
                assert resource["hash"].removeprefix("sha256:") == hashlib.sha256(content).hexdigest(), name
                seen += 1
    assert seen == published

    second = run(tmp_path, "publish", *publish, *where, CKAN_API_TOKEN=fresh.token)
    assert second.returncode == first.returncode and f"変更なし {published}件" in second.stdout
    assert "変更はありませんでした。" in second.stdout
    assert fresh.token not in first.stdout + first.stderr + second.stdout + second.stderr
    assert "公開を始めています" in run(tmp_path, "coverage").stdout


def valid(judged: Judged) -> int:
    return sum(file["status"] == "valid" for file in judged.files)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def fresh(ckan: Ckan) -> Iterator[Ckan]:
    """The portal, which is shared by all tests of the run; what this test adds is taken away again."""
    before = set(ckan.action("package_list"))
    yield ckan
    for name in set(ckan.action("package_list")) - before:
        ckan.action("dataset_purge", id=name)
