"""A grid → its table, and the datasets it may be, best first, each with its reason.

Header names are compared folded (width, dashes, brackets and blanks do not count) and through the aliases
that circulate. A name that few datasets have says more than one that all have (住所, 緯度): names are
weighed by their rarity. «No dataset fits» is an answer.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from odtool.model import Dataset, Field, Grid, Mapped, Match, Table
from odtool.rules.file import named_slug
from odtool.text import fold, is_blank

FITS = 0.5  # least score of a dataset that is taken for the file's own
NAMED = 0.08  # what a file name that names the dataset adds
LOOKED_AT = 30  # first rows among which the header is looked for


@dataclass(frozen=True)
class Index:
    """The datasets, ready to be compared with headers."""

    datasets: tuple[Dataset, ...]

    @cached_property
    def names(self) -> tuple[dict[str, Field], ...]:
        return tuple(_names(dataset) for dataset in self.datasets)

    @cached_property
    def rarity(self) -> dict[str, float]:
        """Weight of a field name: how few of the datasets have it."""
        seen = Counter(fold(f.name) for dataset in self.datasets for f in dataset.fields)
        return {name: math.log((len(self.datasets) + 1) / count) for name, count in seen.items()}

    @cached_property
    def slugs(self) -> dict[str, str]:
        """File-name part of each dataset and its Japanese name."""
        return {dataset.slug: dataset.name for dataset in self.datasets if dataset.slug}


def identify(grid: Grid, index: Index, name: str = "") -> tuple[Table | None, tuple[Match, ...]]:
    """The table with its header found, and the matches, best first. None where the grid has no table.

    `name` is the file's name; it can tip the balance between datasets, never make a match alone.
    """
    head = list(islice(grid.records(), LOOKED_AT))
    scored = [
        (_best_share(record, index), -row, record)
        for row, record in enumerate(head, 1)
        if not all(map(is_blank, record))
    ]
    if not scored:
        return None, ()
    share, minus_row, record = max(scored, key=lambda item: item[:2])
    if share < FITS / 2:
        minus_row, record = _plain_header(head)
    table = Table(grid, tuple(record), -minus_row)
    found = [_match(table.labels, dataset, names, index, name)
             for dataset, names in zip(index.datasets, index.names, strict=True)]  # fmt: skip
    return table, tuple(sorted((m for m in found if m.score > 0), key=lambda m: -m.score))


def against(table: Table, dataset: Dataset) -> Match:
    """The table held against one named dataset, whether it looks like it or not."""
    mapping = _mapping(table.labels, _names(dataset))
    known = sum(m.field is not None for m in mapping)
    return Match(dataset, known / max(len(dataset.fields), 1), "", mapping)


def _names(dataset: Dataset) -> dict[str, Field]:
    """Folded name or alias → field. A field's own name goes before another's alias."""
    names = {fold(alias): field for field in dataset.fields for alias in field.aliases}
    return names | {fold(field.name): field for field in dataset.fields}


def _mapping(labels: Sequence[str], names: dict[str, Field]) -> tuple[Mapped, ...]:
    """Each column with its field. Where two columns want one field, the exactly named or first gets it."""
    exact = {field.name: n for field in names.values() for n, label in enumerate(labels) if label == field.name}
    taken: set[str] = set()
    mapping = []
    for n, label in enumerate(labels):
        field = names.get(fold(label)) if label else None
        if field and (field.name in taken or exact.get(field.name, n) != n):
            field = None
        if field:
            taken.add(field.name)
        mapping.append(Mapped(n + 1, label, field.name if field else None))
    return tuple(mapping)


def _best_share(record: Sequence[str], index: Index) -> float:
    labels = {fold(cell) for cell in record if cell}
    return max((_share(labels, names, dataset, index) for dataset, names in zip(index.datasets, index.names)), default=0)


def _share(labels: Iterable[str], names: dict[str, Field], dataset: Dataset, index: Index) -> float:
    """Weighed overlap of two sets of names, from 0 to 1 (twice what they share by what both hold)."""
    labels = set(labels)
    found = {names[label].name for label in labels if label in names}
    shared = sum(index.rarity[fold(name)] for name in found)
    usual = math.log(len(index.datasets) + 1) * 0.5  # weight of a name that no dataset has
    ours = sum(usual for label in labels if label not in names)
    theirs = sum(index.rarity[fold(f.name)] for f in dataset.fields)
    return 2 * shared / ((shared + ours) + theirs) if shared else 0.0


def _match(
    labels: Sequence[str], dataset: Dataset, names: dict[str, Field], index: Index, file_name: str
) -> Match:
    share = _share({fold(label) for label in labels if not is_blank(label)}, names, dataset, index)
    mapping = _mapping(labels, names)
    known = sum(m.field is not None for m in mapping)
    reason = f"項目名 {len(dataset.fields)} 個のうち {known} 個が一致"
    score = share
    if share and _name_says(file_name, dataset, index):
        score = min(1.0, share + NAMED)
        reason += "、ファイル名も一致"
    return Match(dataset, round(score, 3), reason, mapping)


def _name_says(file_name: str, dataset: Dataset, index: Index) -> bool:
    title = dataset.name.removesuffix("一覧")
    return bool(file_name) and (named_slug(file_name, index.slugs) == dataset.slug or title in file_name)


def _plain_header(head: Sequence[Sequence[str]]) -> tuple[int, Sequence[str]]:
    """Without a dataset: the first row that fills as many cells as the rows below usually do."""
    counts = [sum(not is_blank(cell) for cell in record) for record in head]
    widest = max(counts)
    row = next(n for n, count in enumerate(counts) if count >= min(widest, max(2, widest * 0.6)))
    return -(row + 1), head[row]
