"""Folders of files that are no tables, published like everything else."""

from functools import partial
from pathlib import Path

import pytest

from odtool.planning.plan import Offer, StalePlanError
from odtool.planning.planfile import from_json, to_json
from odtool.portal import Payload
from odtool.portal.folder import Folder
from odtool.publishing import bundled, flow
from odtool.publishing.publish import Outcome
from tests import assetfiles as made
from tests.publishing import AED, NOW, PUBLISHED, SAMPLES, catalogue, now, odtool, planned, publish

DESCRIPTOR = """title = "1mメッシュの地形データ"
description = "航空レーザ測量による。"
municipality = "280003"
name = "dem-1m"
licence = "CC-BY-4.0"
crs = "EPSG:6673"
tags = ["点群"]
[[files]]
path = "*.zip"
title = "地形データ"
[[files]]
path = "*.pdf"
title = "説明書"
documentation = true
"""


def terrain(path: Path, **extra: bytes) -> str:
    """A folder with its descriptor."""
    path.mkdir(parents=True, exist_ok=True)
    files = {
        "dataset.toml": DESCRIPTOR.encode(),
        "05OF371.zip": made.zipped({"a.txt": b"10000.5 -120000.5 1\n10001.5 -119999.5 2\n"}),
        "manual.pdf": made.pdf(),
    } | {name.replace("_", "."): content for name, content in extra.items()}
    for name, content in files.items():
        (path / name).write_bytes(content)
    return str(path)


def outcomes(found: list[Outcome]) -> dict[str, tuple[str, str]]:
    return {Path(o.item.offer.path).name: (o.item.action, o.status) for o in found}


def test_every_file_of_the_folder_becomes_a_file_of_one_dataset(tmp_path: Path) -> None:
    folder, portal = terrain(tmp_path / "dem"), catalogue(tmp_path / "p")
    first = publish(portal, folder)
    assert outcomes(first) == {
        "05OF371.zip": ("create", "published"),
        "manual.pdf": ("create", "published"),
    }, [o.ja for o in first]
    held = portal.find("280003_dem-1m")
    assert held and held.metadata["title"] == "1mメッシュの地形データ"
    sent = {path.read_bytes() for path in Path(folder).glob("*.[zp]*")}
    assert {(tmp_path / "p/280003_dem-1m" / name).read_bytes() for name in held.resources} == sent
    assert {o.status for o in publish(portal, folder)} == {"unchanged"}


def test_tables_and_folders_of_other_files_are_published_in_one_run(tmp_path: Path) -> None:
    terrain(tmp_path / "in/dem")
    (tmp_path / "in" / AED).write_bytes((SAMPLES / AED).read_bytes())
    found = publish(catalogue(tmp_path / "p"), str(tmp_path / "in"))
    assert {o.item.offer.dataset_name for o in found} == {"261009_aed", "280003_dem-1m"}
    assert {o.status for o in found} == {"published"}


def test_a_table_does_not_pass_the_gate_by_in_such_a_folder(tmp_path: Path) -> None:
    folder = terrain(tmp_path / "dem", list_csv="氏名,住所\n山田太郎,京都市1-2-3\n".encode())
    text = (Path(folder) / "dataset.toml").read_text("utf-8")
    (Path(folder) / "dataset.toml").write_text(text + '[[files]]\npath = "*.csv"\n', "utf-8")
    found = outcomes(publish(catalogue(tmp_path / "p"), folder))
    assert found["list.csv"] == ("refuse", "refused")
    assert found["manual.pdf"] == ("create", "published")


def test_a_damaged_file_is_refused_and_the_others_are_published(tmp_path: Path) -> None:
    folder = terrain(tmp_path / "dem", b_zip=b"PK\x03\x04 cut off")
    found = outcomes(publish(catalogue(tmp_path / "p"), folder))
    assert found["b.zip"] == ("refuse", "refused")
    assert found["05OF371.zip"] == ("create", "published")


def test_a_descriptor_with_an_error_publishes_nothing(tmp_path: Path) -> None:
    folder = terrain(tmp_path / "dem")
    (Path(folder) / "dataset.toml").write_text(DESCRIPTOR.replace("280003", "280004"), "utf-8")
    assert {o.status for o in publish(catalogue(tmp_path / "p"), folder)} == {"refused"}
    assert not (tmp_path / "p").exists()


def test_a_plan_holds_to_the_bytes_of_such_files(tmp_path: Path) -> None:
    folder, portal = terrain(tmp_path / "dem"), catalogue(tmp_path / "p")
    stored = from_json(to_json(planned(portal, folder)), "plan.json")
    assert {o.status for o in flow.apply_plan(stored, portal, now=now)} == {"published"}
    stale = planned(portal, folder)
    (Path(folder) / "manual.pdf").write_bytes(made.pdf(b"changed"))
    with pytest.raises(StalePlanError, match=r"manual\.pdf"):
        flow.apply_plan(stale, portal, now=now)


def test_a_file_that_changes_between_plan_and_sending_is_not_sent(tmp_path: Path) -> None:
    folder, portal = terrain(tmp_path / "dem"), catalogue(tmp_path / "p")

    def change(_: object) -> None:
        (Path(folder) / "manual.pdf").write_bytes(made.pdf(b"changed"))

    found = outcomes(flow.publish([folder], portal, now=lambda: NOW, planned=change))
    assert found["manual.pdf"] == ("create", "failed") and found["05OF371.zip"] == ("create", "published")


def test_a_file_that_vanishes_before_it_is_sent_does_not_stop_the_others(tmp_path: Path) -> None:
    folder, portal = terrain(tmp_path / "dem"), catalogue(tmp_path / "p")

    def vanish(_: object) -> None:
        (Path(folder) / "05OF371.zip").unlink()

    found = outcomes(flow.publish([folder], portal, now=lambda: NOW, planned=vanish))
    assert found["05OF371.zip"] == ("create", "failed") and found["manual.pdf"] == ("create", "published")


def test_the_command_tells_of_such_files_as_of_any_other(tmp_path: Path) -> None:
    folder = terrain(tmp_path / "dem")
    planning = odtool(tmp_path, "plan", folder)
    assert planning.returncode == 0 and "280003_dem-1m" in planning.stdout, planning.stderr
    done = odtool(tmp_path, "publish", folder)
    assert done.returncode == 0 and done.stdout.count(PUBLISHED) == 2, done.stdout + done.stderr


@pytest.mark.parametrize("change", ["other", "longer", "shorter"])
def test_a_file_that_changes_while_it_is_sent_never_arrives_whole(tmp_path: Path, change: str) -> None:
    folder, portal = terrain(tmp_path / "dem"), catalogue(tmp_path / "p")
    offer = next(i.offer for i in planned(portal, folder).items if i.offer.path.endswith("pdf"))
    payload = bundled.contents(offer)
    good = Path(offer.path).read_bytes()
    bad = {"other": good[:-1] + b"x", "longer": good + b"x", "shorter": good[:-1]}[change]
    with payload.open() as stream:
        assert b"".join(iter(partial(stream.read, 7), b"")) == good
    Path(offer.path).write_bytes(bad)
    given: list[bytes] = []
    with pytest.raises(StalePlanError), payload.open() as stream:
        given.extend(iter(partial(stream.read, 7), b""))
    assert sum(map(len, given)) < len(bad)  # never the last of it
    with pytest.raises(StalePlanError):
        publish_one(portal, offer, payload)
    assert not (tmp_path / "p/280003_dem-1m" / offer.file_name).exists()


def publish_one(portal: Folder, offer: Offer, payload: Payload) -> None:
    portal.save(offer, payload, None, set(offer.metadata))
