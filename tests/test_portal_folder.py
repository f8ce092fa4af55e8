"""A catalogue in a folder."""

import json
import os
from pathlib import Path

import pytest
from frictionless import validate

from odtool import whole
from odtool.errors import PortalError
from odtool.judging.read import read
from odtool.planning.plan import Wishes
from odtool.portal import files
from tests.publishing import (
    AED,
    NOTE,
    OTHER_NOTE,
    SAMPLES,
    VALID,
    catalogue,
    edited,
    odtool,
    planned,
    publish,
    sample,
    statuses,
)


def everything(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


def test_every_valid_sample_is_published_and_the_others_are_absent(tmp_path: Path) -> None:
    outcomes = publish(catalogue(tmp_path), str(SAMPLES))
    assert {name for name, status in statuses(outcomes).items() if status == "published"} == set(VALID)
    assert {name for name, status in statuses(outcomes).items() if status == "refused"} == set(
        statuses(outcomes)
    ) - set(VALID)
    assert len(list(tmp_path.glob("*/datapackage.json"))) == len(VALID)
    index = (tmp_path / "index.html").read_text("utf-8")
    assert "【京都市】AED設置箇所一覧" in index and "城陽市" not in index


def test_what_was_published_has_the_cells_of_the_source(tmp_path: Path) -> None:
    publish(catalogue(tmp_path), sample("292010_tourism.csv"))
    (before,) = read((SAMPLES / "292010_tourism.csv").read_bytes()).grids
    data = (tmp_path / "292010_tourism/292010_tourism.csv").read_bytes()
    (after,) = read(data).grids
    assert list(before.records()) == list(after.records())
    assert data.startswith(b"\xef\xbb\xbf") and data.count(b"\n") == data.count(b"\r\n")


def test_leading_zeros_are_kept(tmp_path: Path) -> None:
    text = (SAMPLES / AED).read_bytes().decode("utf-8-sig")
    header, *rows = text.splitlines()
    number = header.split(",").index("内線番号")
    cells = rows[0].split(",")
    cells[number] = "0012"
    (tmp_path / AED).write_text("\n".join([header, ",".join(cells), *rows[1:]]) + "\n", "utf-8")
    assert statuses(publish(catalogue(tmp_path / "p"), str(tmp_path / AED))) == {AED: "published"}
    published = (tmp_path / "p/261009_aed" / AED).read_text("utf-8-sig")
    assert published.splitlines()[1].split(",")[number] == "0012"


def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    publish(catalogue(tmp_path), str(SAMPLES))
    before = everything(tmp_path)
    outcomes = publish(catalogue(tmp_path), str(SAMPLES))
    assert {o.status for o in outcomes} == {"unchanged", "refused"}
    assert everything(tmp_path) == before


def test_a_changed_file_changes_only_its_own_dataset(tmp_path: Path) -> None:
    root = tmp_path / "portal"
    publish(catalogue(root), sample(AED), sample("262129_public_toilet.csv"))
    before = everything(root)
    changed = edited(AED, tmp_path, NOTE, OTHER_NOTE)
    assert statuses(publish(catalogue(root), changed)) == {AED: "published"}
    after = everything(root)
    assert {name for name in after if before[name] != after[name]} == {
        "261009_aed/261009_aed.csv", "261009_aed/datapackage.json", "261009_aed/index.html",
        "catalog.jsonld", "lists/standard/261009_open_data_list.csv",
    }  # fmt: skip


@pytest.mark.parametrize("name", VALID)
def test_the_data_package_is_valid_by_the_standard(tmp_path: Path, name: str) -> None:
    publish(catalogue(tmp_path), sample(name))
    (package,) = tmp_path.glob("*/datapackage.json")
    assert validate(str(package)).valid
    described = json.loads(package.read_text("utf-8"))
    (resource,) = described["resources"]
    assert resource["odtool"]["status"] == "valid" and resource["odtool"]["validated"] == "2026-11-20"
    assert described["licenses"][0]["name"] == "CC-BY-4.0"


def test_dated_files_share_a_dataset(tmp_path: Path) -> None:
    older = tmp_path / "142034_population_20250401.csv"
    older.write_bytes(Path(sample("142034_population_20260401.csv")).read_bytes())
    root = tmp_path / "portal"
    outcomes = publish(catalogue(root), sample("142034_population_20260401.csv"), str(older))
    assert [o.status for o in outcomes] == ["published", "published"]
    package = json.loads((root / "142034_population/datapackage.json").read_text("utf-8"))
    assert [r["path"] for r in package["resources"]] == [older.name, "142034_population_20260401.csv"]
    assert {
        o.status for o in publish(catalogue(root), sample("142034_population_20260401.csv"), str(older))
    } == {"unchanged"}


def test_what_others_wrote_into_the_entry_stays(tmp_path: Path) -> None:
    publish(catalogue(tmp_path / "p"), sample(AED))
    place = tmp_path / "p/261009_aed/datapackage.json"
    package = json.loads(place.read_text("utf-8"))
    package |= {"title": "変えた題名", "homepage": "https://example.jp", "description": "詳しい説明"}
    package["keywords"].append("救命")
    place.write_text(json.dumps(package), "utf-8")
    (outcome,) = publish(catalogue(tmp_path / "p"), sample(AED))
    assert (outcome.status, [c.field for c in outcome.item.left]) == ("drift", ["title", "description"])
    (outcome,) = publish(catalogue(tmp_path / "p"), sample(AED), wishes=Wishes(overwrite=True))
    assert (outcome.status, outcome.item.action) == ("published", "update")
    after = json.loads(place.read_text("utf-8"))
    assert (after["title"], after["homepage"]) == ("【京都市】AED設置箇所一覧", "https://example.jp")
    assert after["description"] != "詳しい説明" and "救命" in after["keywords"]


@pytest.mark.parametrize(
    "content", [b"261009_aed by hand", b"{}", b'{"resources": []}', b'{"resources": [3]}']
)
def test_a_dataset_that_odtool_did_not_make_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "261009_aed").mkdir()
    (tmp_path / "261009_aed/datapackage.json").write_bytes(content)
    before = everything(tmp_path)
    (outcome,) = publish(catalogue(tmp_path), sample(AED))
    assert (outcome.status, outcome.item.cause) == ("refused", "portal")
    assert everything(tmp_path) == before


def test_a_file_that_was_changed_by_hand_is_put_right_when_told(tmp_path: Path) -> None:
    publish(catalogue(tmp_path), sample(AED))
    place = tmp_path / "261009_aed" / AED
    good = place.read_bytes()
    place.write_bytes(good.replace(b"261009", b"261010"))
    assert statuses(publish(catalogue(tmp_path), sample(AED))) == {AED: "drift"}
    told = publish(catalogue(tmp_path), sample(AED), wishes=Wishes(overwrite=True))
    assert statuses(told) == {AED: "published"}
    assert place.read_bytes() == good


def test_what_a_crash_left_is_completed(tmp_path: Path) -> None:
    (tmp_path / "261009_aed").mkdir()
    (tmp_path / f"261009_aed/.datapackage.json.1234{whole.UNFINISHED}").write_bytes(b"{")
    assert statuses(publish(catalogue(tmp_path), sample(AED))) == {AED: "published"}
    (tmp_path / "261009_aed" / AED).unlink()
    (item,) = planned(catalogue(tmp_path), sample(AED)).items
    assert item.action == "update"
    assert statuses(publish(catalogue(tmp_path), sample(AED))) == {AED: "published"}


@pytest.mark.parametrize("part", ["..", "a/b", "", "京都", ".hidden", "A", "a.exe", "a" * 200, "a\x00", "c:"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, part: str) -> None:
    with pytest.raises(PortalError):
        files.inside(tmp_path, part)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert statuses(publish(catalogue(tmp_path / "p"), sample(AED))) == {AED: "failed"}


def test_a_file_in_the_place_of_the_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "odtool-portal").write_text("a file")
    done = odtool(tmp_path, "publish", sample(AED))
    assert done.returncode == 3 and "書き込めません" in done.stdout and "公開しました" not in done.stdout


def test_files_can_be_read_by_a_web_server(tmp_path: Path) -> None:
    publish(catalogue(tmp_path), sample(AED))
    assert (tmp_path / "261009_aed" / AED).stat().st_mode & 0o044 == 0o044 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_folder_that_cannot_be_looked_at_is_told_and_not_our_fault(tmp_path: Path) -> None:
    """A name that is too long is met as a folder of somebody else's is, also by root."""
    place = f"folder:{'x' * 300}"
    for command in (("plan", sample(AED)), ("publish", sample(AED)), ("withdraw", "261009_aed", "--reason", "x", "--yes")):  # fmt: skip
        done = odtool(tmp_path, *command, "--portal", place)
        assert (done.returncode, "読めません（名前が長すぎます）" in done.stdout + done.stderr) == (3, True)


def test_a_description_that_cannot_be_read_is_not_taken_for_that_of_somebody_else(tmp_path: Path) -> None:
    """Else its dataset would be left out of the catalogue without a word."""
    publish(catalogue(tmp_path), sample(AED))
    place = tmp_path / "261009_aed" / "datapackage.json"
    place.unlink()
    place.symlink_to(place)
    with pytest.raises(PortalError, match="読めません"):
        catalogue(tmp_path).find("261009_aed")
    with pytest.raises(PortalError, match="読めません"):
        catalogue(tmp_path).finish()


def test_half_of_a_letter_in_a_description_does_not_stop_the_other_datasets(tmp_path: Path) -> None:
    publish(catalogue(tmp_path), sample(AED))
    place = tmp_path / "261009_aed" / "datapackage.json"
    place.write_text(json.dumps(json.loads(place.read_text("utf-8")) | {"title": "\ud83d"}), "utf-8")
    other = sample("262021_evacuation_space.csv")
    told = publish(catalogue(tmp_path), sample(AED), other)
    assert statuses(told) == {AED: "refused", "262021_evacuation_space.csv": "published"}
