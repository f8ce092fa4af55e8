"""What is said of a dataset beside its files: the keys, their names for the reader, and what settings state."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of use; `id` is the portal's own word for them."""

    id: str
    title: str
    url: str


CC_BY = Licence(
    "CC-BY-4.0",
    "クリエイティブ・コモンズ 表示 4.0 国際（CC BY 4.0）",
    "https://creativecommons.org/licenses/by/4.0/deed.ja",
)


def licence_called(id_: str) -> Licence:
    """The licence of that id; of others than CC BY 4.0 no more is known than that."""
    return CC_BY if id_ == CC_BY.id else Licence(id_, id_, "")


KEYS: Mapping[str, tuple[str, str]] = {
    "title": ("題名", "title"),
    "description": ("説明", "description"),
    "licence": ("ライセンス", "licence"),
    "dataset": ("データセットの種類", "kind of dataset"),
    "edition": ("様式の版", "edition"),
    "schema": ("項目の定義の場所", "address of the definition"),
    "author": ("作成者", "author"),
    "author_email": ("作成者のメール", "author's mail"),
    "maintainer": ("担当", "maintainer"),
    "maintainer_email": ("担当のメール", "maintainer's mail"),
    "frequency": ("更新頻度", "update frequency"),
    "temporal": ("対象期間", "temporal coverage"),
    "spatial": ("対象地域", "spatial coverage"),
    "language": ("言語", "language"),
    "source_url": ("もとのページ", "source page"),
}
"""Every key with its name in both languages."""

STATABLE = frozenset(KEYS) - {"licence", "dataset", "edition", "schema"}
"""What settings may state; the rest follows from the file and the portal."""


def named(key: str, lang: str) -> str:
    """The key as the reader calls it; a portal's own extra field keeps its name."""
    ja, en = KEYS.get(key, (key, key))
    return en if lang == "en" else ja


def digest(value: str) -> str:
    """What is remembered of a value that was written: enough to notice that it has changed since."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Policy:
    """How datasets are described on one portal.

    `stated` holds metadata by whom it is for: "" for every dataset, a municipality's code, or a dataset's name
    such as 262021_aed; the closer wins. `extras` are fields of the portal's own. `names` says which datasets of
    ours live under another name there. `report_url` is where reports are to be had, with {dataset} and {file}.
    `tags` are added to each dataset's own. `words` says by key how the portal writes certain values. `largest` is
    the size in bytes above which it takes no file; None where that is not known.
    """

    terms: Licence = CC_BY
    stated: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    extras: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    report_url: str = ""
    tags: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    largest: int | None = None

    def of(self, municipality: str, dataset_name: str) -> dict[str, str]:
        """Everything stated of that dataset."""
        said = dict(self.extras)
        for whose in ("", municipality, dataset_name):
            said |= self.stated.get(whose, {})
        return said

    def worded(self, key: str, value: str) -> str:
        """The value as the portal writes it."""
        return self.words.get(key, {}).get(value, value)

    def expressed(self, said: Mapping[str, str], holds: Collection[str] | None) -> dict[str, str]:
        """What the portal has a place for (all of it where `holds` is None), in its own words."""
        return {
            key: self.worded(key, value)
            for key, value in said.items()
            if value and (holds is None or key in holds or key in self.extras)
        }

    def report_of(self, dataset_name: str, file: str) -> str:
        """Where the report on a file is to be had; "" where that is not known."""
        return self.report_url.replace("{dataset}", dataset_name).replace("{file}", file)
