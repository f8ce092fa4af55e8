"""A grid → its table, and the datasets it may be, best first, each with its reason.

Header names are compared folded (width, dashes, brackets and blanks do not count) and through the aliases
that circulate. A name that few datasets have says more than one that all have (住所, 緯度): names are
weighed by their rarity. «No dataset fits» is an answer.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from odtool.model import Dataset, Field, Grid, Mapped, Match, Table
from odtool.rules.file import named_slug
from odtool.text import fold, is_blank
from odtool.variants import followed

FITS = 0.5  # least score of a dataset that is taken for the file's own
NAMED = 0.08  # what a file name that names the dataset adds
LOOKED_AT = 30  # first rows among which the header is looked for
SURELY = 0.9  # share of a row below which no header need be looked for
WORTH_A_LOOK = 0.2  # least score of a dataset whose known variants are tried


@dataclass(frozen=True, slots=True)
class Profile:
    """A dataset as it is compared with headers; all names folded."""

    dataset: Dataset
    fields: dict[str, Field]  # by name or alias; a field's own name goes before another's alias
    weights: dict[str, float]  # by field name
    own: frozenset[str]  # field names that hardly any other kind of dataset has


@dataclass(frozen=True)
class Index:
    """The datasets, ready to be compared with headers."""

    datasets: tuple[Dataset, ...]

    @cached_property
    def usual(self) -> float:
        """Weight of a label that no dataset has."""
        return math.log(len(self.datasets) + 1) / 2

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        names = {dataset.id: [fold(field.name) for field in dataset.fields] for dataset in self.datasets}
        count = Counter(name for folded in names.values() for name in folded)
        kinds: defaultdict[str, set[str]] = defaultdict(set)
        for dataset in self.datasets:
            for name in names[dataset.id]:
                kinds[name].add(dataset.slug)
        return tuple(
            Profile(
                dataset,
                _names(dataset),
                {name: self._weight(count[name]) for name in names[dataset.id]},
                frozenset(name for name in names[dataset.id] if len(kinds[name]) <= 2),
            )
            for dataset in self.datasets
        )

    def _weight(self, holders: int) -> float:
        return math.log((len(self.datasets) + 1) / holders)

    def followed(self, profile: Profile, labels: Collection[str]) -> Profile:
        """The profile of the known variant that a header follows; the profile itself where it follows none.

        A variant's own names weigh as much as those of the dataset; they are its own only where the dataset's are.
        """
        dataset = followed(profile.dataset, labels)
        if dataset is profile.dataset:
            return profile
        names = _names(dataset)
        origin = {fold(field.name): profile.fields.get(fold(field.name)) for field in dataset.fields}
        weights = {
            name: profile.weights[fold(field.name)] if field else self.usual for name, field in origin.items()
        }
        own = frozenset(name for name, field in origin.items() if field and fold(field.name) in profile.own)
        return Profile(dataset, names, weights, own)

    @cached_property
    def slugs(self) -> dict[str, str]:
        """File-name part of each dataset and its Japanese name."""
        return {dataset.slug: dataset.name for dataset in self.datasets if dataset.slug}

    @cached_property
    def _slugs(self) -> tuple[str, ...]:
        return tuple(self.slugs)

    def slug_in(self, name: str) -> str | None:
        """The dataset that a file name names."""
        return _named(name, self._slugs)


@lru_cache(maxsize=64)
def _named(name: str, slugs: tuple[str, ...]) -> str | None:
    return named_slug(name, slugs)


def identify(grid: Grid, index: Index, name: str = "") -> tuple[Table | None, tuple[Match, ...]]:
    """The table with its header found, and the matches, best first. None where the grid has no table.

    `name` is the file's name; it can tip the balance between datasets, never make a match alone.
    """
    head = list(islice(grid.records(), LOOKED_AT))
    scored: list[tuple[float, int, Sequence[str]]] = []
    for row, record in enumerate(head, 1):
        if not all(map(is_blank, record)):
            scored.append((_best_share(record, index), -row, record))
            if scored[-1][0] >= SURELY:
                break
    if not scored:
        return None, ()
    share, minus_row, record = max(scored, key=lambda item: item[:2])
    if share < FITS / 2:
        minus_row, record = _plain_header(head)
    table = Table(grid, tuple(record), -minus_row)
    labels = _folded(table.labels)
    found = []
    for profile in index.profiles:
        share = _share(labels, profile, index)
        if share > WORTH_A_LOOK and profile.dataset.variants:
            profile = index.followed(profile, labels)  # noqa: PLW2901 - judged as the variant from here on
            share = max(share, _share(labels, profile, index))
        if share:
            found.append((share + _bonus(name, profile.dataset, index), profile, share))
    # Of two that fit equally well, the one whose columns are all known goes first.
    found.sort(key=lambda item: (-item[0], bool(item[1].dataset.facts.get("incomplete"))))
    return table, tuple(_match(table.labels, profile, share, index, name) for _, profile, share in found)


def against(table: Table, dataset: Dataset) -> Match:
    """The table held against one named dataset, whether it looks like it or not."""
    dataset = followed(dataset, _folded(table.labels))
    mapping = _mapping(table.labels, _names(dataset))
    known = sum(m.field is not None for m in mapping)
    return Match(dataset, known / max(len(dataset.fields), 1), "", mapping)


def _names(dataset: Dataset) -> dict[str, Field]:
    """Folded name or alias → field. A field's own name goes before another's alias."""
    names = {fold(alias): field for field in dataset.fields for alias in field.aliases}
    return names | {fold(field.name): field for field in dataset.fields}


def _mapping(labels: Sequence[str], names: dict[str, Field]) -> tuple[Mapped, ...]:
    """Each column with its field. Where two columns want one field, the exactly named or first gets it."""
    exact = {
        field.name: n
        for field in names.values()
        for n, label in reversed(list(enumerate(labels)))
        if label == field.name
    }
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
    labels = _folded(record)
    return max((_share(labels, profile, index) for profile in index.profiles), default=0.0)


def _folded(labels: Iterable[str]) -> set[str]:
    return {fold(label) for label in labels if not is_blank(label)}


def _share(labels: set[str], profile: Profile, index: Index) -> float:
    """Weighed overlap of two sets of names, from 0 to 1 (twice what they share by what both hold).

    Where nothing is shared but names that many kinds of dataset have, it stays below FITS.
    """
    shared = {fold(profile.fields[label].name) for label in labels if label in profile.fields}
    if not shared:
        return 0.0
    both = sum(profile.weights[name] for name in shared)
    ours = both + index.usual * sum(label not in profile.fields for label in labels)
    share = 2 * both / (ours + sum(profile.weights.values()))
    return share if shared & profile.own else min(share, FITS - NAMED - 0.01)


def _match(labels: Sequence[str], profile: Profile, share: float, index: Index, file_name: str) -> Match:
    mapping = _mapping(labels, profile.fields)
    known = sum(m.field is not None for m in mapping)
    bonus = _bonus(file_name, profile.dataset, index)
    reason = f"項目名 {len(profile.dataset.fields)} 個のうち {known} 個が一致" + (
        "、ファイル名も一致" if bonus else ""
    )
    reason_en = f"{known} of {len(profile.dataset.fields)} column names" + (
        ", and the file name" if bonus else ""
    )
    for variant in profile.dataset.follows:
        reason += f"、{variant.title}"
        reason_en += f", {variant.title_en}"
    return Match(profile.dataset, round(min(1.0, share + bonus), 3), reason, mapping, reason_en)


def _bonus(file_name: str, dataset: Dataset, index: Index) -> float:
    title = dataset.name.removesuffix("一覧")
    says = bool(file_name) and (index.slug_in(file_name) == dataset.slug or title in file_name)
    return NAMED if says else 0.0


def _plain_header(head: Sequence[Sequence[str]]) -> tuple[int, Sequence[str]]:
    """Without a dataset: the first row that fills as many cells as the rows below usually do."""
    counts = [sum(not is_blank(cell) for cell in record) for record in head]
    widest = max(counts)
    row = next(n for n, count in enumerate(counts) if count >= min(widest, max(2, widest * 0.6)))
    return -(row + 1), head[row]
