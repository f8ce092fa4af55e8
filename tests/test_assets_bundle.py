"""A folder with a descriptor: what is published under which name, and every key that is off."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from odtool.assets.bundle import bundle
from odtool.assets.descriptor import of_toml
from odtool.assets.model import METADATA, Bundle
from odtool.assets.package import of_package
from odtool.errors import UsageError
from tests import assetfiles as made

TOML = """
title = "兵庫県_全域数値地形図_1mメッシュ（見本）"
municipality = "280003"
name = "dem-1m"
licence = "CC-BY-4.0"
author = "兵庫県"
maintainer_email = "gis@example.jp"
source_url = "https://example.jp/dem"
tags = ["標高", "点群"]
crs = "EPSG:6673"
files = ["*.zip", { path = "説明書.pdf", title = "説明書", documentation = true }]
"""


def folder(path: Path, toml: str = TOML, **extra: bytes) -> Path:
    files: Mapping[str, bytes] = {
        "dataset.toml": toml.encode(),
        "05OF371.zip": made.zipped({"a.txt": b"10000.5 -120000.5 1\n10001.5 -119999.5 2\n"}),
        "05OF372.zip": made.zipped({"a.txt": b"12000.5 -120000.5 1\n12001.5 -119999.5 2\n"}),
        "説明書.pdf": made.pdf(),
        **extra,
    }
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def said(found: Bundle, *severities: str) -> set[str]:
    return {f.code for f in found.findings if not severities or f.severity in severities}


def test_a_folder_becomes_one_dataset_of_many_files(tmp_path: Path) -> None:
    found = bundle(folder(tmp_path))
    assert (found.name, found.municipality, found.count("error")) == ("280003_dem-1m", "280003", 0)
    assert (
        found.metadata["author"] == "兵庫県"
        and set(found.metadata) <= set(METADATA)
        and found.tags == ("標高", "点群")
    )
    assert [asset.file_name for asset in found.assets][:2] == ["05of371.zip", "05of372.zip"]
    assert [asset.documentation for asset in found.assets] == [False, False, True]
    assert found.assets[2].title == "説明書" and found.assets[2].file_name.isascii()
    assert found.assets[0].crs and found.assets[0].crs.source == "dataset.toml"
    assert found.extent and 134.44 < found.extent.west < found.extent.east < 134.47


def test_reading_twice_says_the_same(tmp_path: Path) -> None:
    assert bundle(folder(tmp_path)) == bundle(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [('title = "', 'titel = "', "descriptor-key", "titel"), ('municipality = "280003"', "", "descriptor-missing", "municipality"),
     ('"280003"', '"280004"', "descriptor-value", "municipality"), ('"280003"', "280003", "descriptor-type", "municipality"),
     ('"dem-1m"', '"標高"', "descriptor-value", "name"), ('name = "dem-1m"', "", "descriptor-missing", "name"),
     ('"gis@example.jp"', '"gis"', "descriptor-value", "maintainer_email"), ('"EPSG:6673"', '"5系"', "descriptor-value", "crs"),
     ('"https://example.jp/dem"', '"ftp://x"', "descriptor-value", "source_url"), ('"点群"', '"点群（1m）"', "descriptor-value", "tags"),
     ('"*.zip"', '"*.las"', "descriptor-no-file", "files[1]"), ('"*.zip"', '"../*.zip"', "descriptor-path", "files[1]"),
     ('"*.zip"', '"/etc/passwd"', "descriptor-path", "files[1]"), ('"*.zip"', '"a**b"', "descriptor-no-file", "files[1]"),
     ('"*.zip"', "5", "descriptor-type", "files[1]"), ("documentation = true", 'documentation = "はい"', "descriptor-type", "documentation"),
     ("title = \"説明書\"", "titel = \"説明書\"", "descriptor-key", "files[2].titel"), ('"兵庫県"', '"兵庫\\u001b[2J県"', "descriptor-value", "author"),
     ('name = "dem-1m"', f'name = "{"x" * 100}"', "descriptor-value", "name"), ("files = [", "files = 5 #", "descriptor-type", "files"),
     ("title = ", "title = = ", "broken", "TOML")],
)  # fmt: skip
def test_every_slip_in_a_descriptor_names_its_key(
    tmp_path: Path, old: str, new: str, code: str, key: str
) -> None:
    assert old in TOML
    found = bundle(folder(tmp_path, TOML.replace(old, new, 1)))
    matching = [f for f in found.findings if f.code == code and key in f.ja and key in f.en]
    assert matching and matching[0].severity == "error" and matching[0].place == "dataset.toml"
    assert "\x1b" not in matching[0].ja


def test_the_example_of_the_docs_is_a_descriptor() -> None:
    page = (Path(__file__).parent.parent / "docs" / "assets.md").read_text("utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    described = of_toml(example.encode())
    assert not described.findings and described.name == "280003_dem-1m" and len(described.files) == 3
    assert set(described.metadata) == set(METADATA)


def test_hostile_descriptors_are_told_and_nothing_more() -> None:
    for content in (
        b"\xff\xfe",
        b"a = " + b"[" * 5_000,
        b'title = "' + "題".encode("cp932") + b'"',
        b"",
        b"x = 1979-05-27\n",
    ):
        assert any(f.severity == "error" for f in of_toml(content).findings)
    for content in (
        b"[]",
        b"{",
        b"[" * 100_000,
        b'{"resources": {}}',
        b'{"resources": [1, {"path": 5}], "licenses": 3}',
        b"\xff",
    ):
        assert any(f.severity == "error" for f in of_package(content).findings)


def test_a_file_named_by_itself_keeps_its_words_whatever_patterns_match_it(tmp_path: Path) -> None:
    toml = TOML.replace('"*.zip",', '"*", { path = "05OF372.zip", title = "東の図郭" },')
    found = bundle(folder(tmp_path, toml))
    assert [a.title for a in found.assets] == ["05OF371", "東の図郭", "説明書"]


def test_a_title_for_a_pattern_names_each_file_too(tmp_path: Path) -> None:
    found = bundle(folder(tmp_path, TOML.replace('"*.zip"', '{ path = "*.zip", title = "標高" }')))
    assert [a.title for a in found.assets][:2] == ["標高（05OF371）", "標高（05OF372）"]


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    outside = tmp_path / "secret.zip"
    outside.write_bytes(made.zipped({"a": b"b"}))
    inside = folder(tmp_path / "in")
    (inside / "link.zip").symlink_to(outside)
    found = bundle(inside)
    assert "descriptor-path" in said(found, "error") and len(found.assets) == 3


def test_hidden_files_are_not_taken_and_files_left_out_are_told(tmp_path: Path) -> None:
    found = bundle(folder(tmp_path, **{".secret.zip": b"PK", "memo.txt": b"memo"}))
    assert len(found.assets) == 3 and "left-out" in said(found, "hint")
    assert "memo.txt" in next(f.ja for f in found.findings if f.code == "left-out")


def test_stated_checksums_are_compared(tmp_path: Path) -> None:
    right = hashlib.sha256(made.pdf()).hexdigest()
    for digest, code in ((right, set()), ("0" * 64, {"checksum-differs"})):
        toml = TOML.replace("documentation = true", f'sha256 = "{digest}"')
        asset = bundle(folder(tmp_path, toml)).assets[2]
        assert {f.code for f in asset.findings} == code


def test_files_with_the_same_contents_are_told(tmp_path: Path) -> None:
    twin = made.zipped({"a.txt": b"10000.5 -120000.5 1\n10001.5 -119999.5 2\n"})
    found = bundle(folder(tmp_path, **{"05OF371.zip": twin, "05OF373.zip": twin}))
    assert [("same-contents" in {f.code for f in a.findings}) for a in found.assets] == [
        False,
        False,
        True,
        False,
    ]


def test_data_of_another_municipality_are_told(tmp_path: Path) -> None:
    found = bundle(folder(tmp_path, TOML.replace('"280003"', '"011002"').replace("280003", "011002")))
    assert any(f.code == "outside-municipality" for a in found.assets for f in a.findings)


def test_a_folder_without_a_descriptor_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        bundle(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_descriptor_that_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    (folder(tmp_path) / "dataset.toml").chmod(0)
    with pytest.raises(UsageError):
        bundle(tmp_path)


# --- datapackage.json ---------------------------------------------------------------------------------


def package(path: Path, **changes: object) -> Bundle:
    content = made.las()
    path.joinpath("a.las").write_bytes(content)
    described = {
        "name": "280003_pointcloud",
        "title": "点群",
        "licenses": [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}],
        "contributors": [{"title": "兵庫県", "role": "author", "email": "gis@example.jp"},
                         {"title": "情報課", "roles": ["maintainer"]}],
        "sources": [{"title": "x", "path": "https://example.jp/"}],
        "keywords": ["点群"],
        "resources": [{"name": "a", "path": "a.las", "title": "図郭", "bytes": len(content),
                       "hash": "sha256:" + hashlib.sha256(content).hexdigest()}],
    } | changes  # fmt: skip
    path.joinpath("datapackage.json").write_text(json.dumps(described), "utf-8")
    return bundle(path)


def test_an_existing_data_package_says_the_same(tmp_path: Path) -> None:
    found = package(tmp_path)
    assert (found.name, found.municipality, found.descriptor) == (
        "280003_pointcloud",
        "280003",
        "datapackage.json",
    )
    assert found.metadata == {"title": "点群", "licence": "CC-BY-4.0", "author": "兵庫県", "author_email": "gis@example.jp",
                              "maintainer": "情報課", "source_url": "https://example.jp/"}  # fmt: skip
    assert found.tags == ("点群",) and found.assets[0].title == "図郭" and not found.count("error")


@pytest.mark.parametrize(
    ("resource", "code"),
    [({"path": "https://example.jp/a.las"}, "descriptor-remote"), ({"data": [1]}, "descriptor-remote"),
     ({"path": "../a.las"}, "descriptor-path"), ({"path": "b.las"}, "descriptor-no-file"),
     ({"path": "a.las", "bytes": 5}, "size-differs"), ({"path": "a.las", "hash": "sha256:" + "0" * 64}, "checksum-differs"),
     ({"path": "a.las", "hash": "0" * 32}, "checksum-other"), ({"path": "[a].las"}, "descriptor-no-file")],
)  # fmt: skip
def test_what_a_data_package_gets_wrong_is_told(
    tmp_path: Path, resource: dict[str, object], code: str
) -> None:
    found = package(tmp_path, resources=[resource])
    assert code in said(found) | {f.code for a in found.assets for f in a.findings}


def test_a_data_package_without_a_code_asks_for_one(tmp_path: Path) -> None:
    found = package(tmp_path, name="pointcloud")
    assert found.name == "" and "descriptor-missing" in said(found, "error")
    assert package(tmp_path, name="pointcloud", municipality="280003").name == "280003_pointcloud"
