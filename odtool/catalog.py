"""The bundled data packages → Datasets."""

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from odtool import resources
from odtool.errors import UsageError
from odtool.identify import Index
from odtool.model import Dataset
from odtool.schema import from_package
from odtool.text import near, visible
from odtool.variants import joined

if TYPE_CHECKING:
    from odtool.made import Kin


@cache
def datasets() -> dict[str, Dataset]:
    """Every bundled dataset by id, in the order of the folders' names."""
    packages = sorted(resources.folder("datapackages").iterdir(), key=lambda folder: folder.name)
    found = (
        from_package(json.loads(folder.joinpath("datapackage.json").read_bytes()))
        for folder in packages
        if folder.joinpath("datapackage.json").is_file()
    )
    known = {dataset.id: dataset for dataset in found}
    return {
        name: replace(dataset, variants=tuple(joined(variant, known) for variant in dataset.variants))
        if dataset.variants
        else dataset
        for name, dataset in known.items()
    }


def dataset(wanted: str) -> Dataset:
    """The dataset with that id. Raises UsageError with what there is."""
    if wanted not in datasets():
        found = near(wanted, datasets()) or list(datasets())[:3]
        raise UsageError(
            f"「{visible(wanted)}」というデータセットはありません。{'、'.join(found)} などから選んでください"
            "（odtool datasets で一覧を表示）。",
            f"There is no dataset “{visible(wanted)}”. Choose one like {', '.join(found)} (odtool datasets lists them).",
        )
    return datasets()[wanted]


@cache
def index() -> Index:
    return Index(tuple(datasets().values()))


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
