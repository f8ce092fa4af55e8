"""The bundled data packages → Datasets."""

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from odtool import resources
from odtool.datasets.identify import Index
from odtool.datasets.schema import from_package
from odtool.datasets.sketch import from_json
from odtool.datasets.variants import joined
from odtool.errors import UsageError
from odtool.model import Dataset
from odtool.text import near, visible

if TYPE_CHECKING:
    from odtool.made import Kin


@cache
def datasets() -> dict[str, Dataset]:
    """Every bundled dataset by id, in the order of the folders' names."""
    packages = sorted(resources.folder("datapackages").iterdir(), key=lambda folder: folder.name)
    return {
        folder.name: _definition(folder.name)
        for folder in packages
        if folder.joinpath("datapackage.json").is_file()
    }


@cache
def _definition(wanted: str) -> Dataset:
    """The dataset with that id, which is also the name of its folder."""
    dataset = _package(wanted)
    if not dataset.variants:
        return dataset
    others = {variant.joined[0] for variant in dataset.variants if variant.joined}
    known = {other: _package(other) for other in others}
    return replace(dataset, variants=tuple(joined(variant, known) for variant in dataset.variants))


@cache
def _package(wanted: str) -> Dataset:
    return from_package(json.loads(resources.text("datapackages", wanted, "datapackage.json")))


def find(wanted: str) -> Dataset | None:
    """The dataset with that id, where there is one."""
    return _definition(wanted) if wanted in _ids() else None


def dataset(wanted: str) -> Dataset:
    """The dataset with that id. Raises UsageError with what there is."""
    if found := find(wanted):
        return found
    like = near(wanted, _ids()) or list(_ids())[:3]
    raise UsageError(
        f"「{visible(wanted)}」というデータセットはありません。{'、'.join(like)} などから選んでください"
        "（odtool datasets で一覧を表示）。",
        f"There is no dataset “{visible(wanted)}”. Choose one like {', '.join(like)} (odtool datasets lists them).",
    )


@cache
def index() -> Index:
    """All bundled datasets, from their sketches: the definitions are read when a file looks like them."""
    return Index(from_json(resources.text("datapackages", "index.json")), _definition)


@cache
def _ids() -> dict[str, None]:
    return {sketch.id: None for sketch in index().sketches}


@cache
def migrations() -> "dict[str, tuple[Kin, ...]]":
    """By the file-name part of a dataset: each column of its new edition with what it was in the old one."""
    from odtool.made import Kin  # judging a file needs none

    told = json.loads(resources.text("datapackages", "migrations.json"))

    def kin(entry: dict[str, Any]) -> Kin:
        note = told["notes"].get(entry.get("note"), {"ja": "", "en": ""})
        old = entry.get("old", [] if entry["kind"] == "new" else [entry["new"]])
        return Kin(entry["new"], tuple(old), entry["kind"], entry.get("check", False), note["ja"], note["en"])

    return {slug: tuple(map(kin, entries)) for slug, entries in told["datasets"].items()}
