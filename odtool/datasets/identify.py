"""A grid → its table, and the datasets it may be, best first, each with its reason.

Header names are compared folded (width, dashes, brackets and blanks do not count) and through the aliases
that circulate. A name that few datasets have says more than one that all have (住所, 緯度): names are
weighed by their rarity. «No dataset fits» is an answer.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import cached_property, lru_cache, partial
from itertools import islice
from typing import overload

from odtool.datasets.sketch import Sketch, named, sketch
from odtool.datasets.variants import ENOUGH, followed
from odtool.model import Dataset, Field, Grid, Mapped, Match, Table
from odtool.rules.file import named_slug
from odtool.text import fold, is_blank
from odtool.value import dataclass

FITS = 0.5  # least score of a dataset that is taken for the file's own
NAMED = 0.08  # what a file name that names the dataset adds
LOOKED_AT = 30  # first rows among which the header is looked for
SURELY = 0.9  # share of a row below which no header need be looked for
WORTH_A_LOOK = 0.2  # least score of a dataset whose known variants are tried


@dataclass(frozen=True, slots=True)
class Profile:
    """A dataset as it is compared with headers; all names folded."""

    sketch: Sketch
    weights: Mapping[str, float]  # by field name
    total: float  # of all weights
    own: frozenset[str]  # field names that hardly any other kind of dataset has
    read: Callable[[], Dataset]  # its definition


@dataclass(frozen=True)
class Index:
    """The datasets, ready to be compared with headers. `find` reads the definition with that id."""

    sketches: tuple[Sketch, ...]
    find: Callable[[str], Dataset]

    @cached_property
    def usual(self) -> float:
        """Weight of a label that no dataset has."""
        return math.log(len(self.sketches) + 1) / 2

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        count = Counter(name for known in self.sketches for name in known.fields)
        kinds: defaultdict[str, set[str]] = defaultdict(set)
        for known in self.sketches:
            for name in known.fields:
                kinds[name].add(known.slug)
        by_holders = {holders: self._weight(holders) for holders in set(count.values())}
        return tuple(
            _profile(
                known,
                {name: by_holders[count[name]] for name in known.fields},
                frozenset(name for name in known.fields if len(kinds[name]) <= 2),
                partial(self.find, known.id),
            )
            for known in self.sketches
        )

    @cached_property
    def holders(self) -> dict[str, set[int]]:
        """By folded name or alias, the profiles that have it, by their places."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        for n, known in enumerate(self.sketches):
            for name in known.names:
                found[name].add(n)
        return dict(found)

    def _weight(self, holders: int) -> float:
        return math.log((len(self.sketches) + 1) / holders)

    def followed(self, profile: Profile, labels: Set[str]) -> Profile:
        """The profile of the known variant that a header follows; the profile itself where it follows none.

        A variant's own names weigh as much as those of the dataset; they are its own only where the dataset's are.
        """
        if not any(len(new & labels) >= ENOUGH * len(new) for new in profile.sketch.new):
            return profile
        plain = profile.read()
        dataset = followed(plain, labels)
        if dataset is plain:
            return profile
        varied = sketch(dataset)
        origin = {name: profile.sketch.names.get(name) for name in varied.fields}
        weights = {name: profile.weights[was] if was else self.usual for name, was in origin.items()}
        own = frozenset(name for name, was in origin.items() if was in profile.own)
        return _profile(varied, weights, own, lambda: dataset)

    @cached_property
    def slugs(self) -> dict[str, str]:
        """File-name part of each dataset and its Japanese name."""
        return {known.slug: known.name for known in self.sketches if known.slug}

    @cached_property
    def _slugs(self) -> tuple[str, ...]:
        return tuple(self.slugs)

    def slug_in(self, name: str) -> str | None:
        """The dataset that a file name names."""
        return _named(name, self._slugs)


def index_of(*datasets: Dataset) -> Index:
    """The index of these datasets."""
    return Index(tuple(map(sketch, datasets)), {dataset.id: dataset for dataset in datasets}.__getitem__)


def _profile(
    known: Sketch, weights: Mapping[str, float], own: frozenset[str], read: Callable[[], Dataset]
) -> Profile:
    return Profile(known, weights, math.fsum(weights.values()), own, read)


class Matches(Sequence[Match]):
    """The datasets that a table may be, best first. Each is made when it is asked for: most files want the first
    only, and every other one has its definition to be read."""

    def __init__(self, make: Sequence[Callable[[], Match]] = ()):
        self._make = make
        self._made: dict[int, Match] = {}

    def __len__(self) -> int:
        return len(self._make)

    @overload
    def __getitem__(self, at: int) -> Match: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Match, ...]: ...
    def __getitem__(self, at: int | slice) -> Match | tuple[Match, ...]:
        if isinstance(at, slice):
            return tuple(self[n] for n in range(len(self))[at])
        place = range(len(self))[at]
        if place not in self._made:
            self._made[place] = self._make[place]()
        return self._made[place]


@lru_cache(maxsize=64)
def _named(name: str, slugs: tuple[str, ...]) -> str | None:
    return named_slug(name, slugs)


def identify(grid: Grid, index: Index, name: str = "") -> tuple[Table | None, Sequence[Match]]:
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
        if share > WORTH_A_LOOK:
            varied = index.followed(profile, labels)
            if varied is not profile:
                profile = varied  # noqa: PLW2901 - judged as the variant from here on
                share = max(share, _share(labels, profile, index))
        if share:
            found.append((share + _bonus(name, profile.sketch, index), profile, share))
    # Of two that fit equally well, the one whose columns are all known goes first.
    found.sort(key=lambda item: (-item[0], item[1].sketch.incomplete))
    return table, Matches(
        [partial(_match, table.labels, profile, share, index, name) for _, profile, share in found]
    )


def against(table: Table, dataset: Dataset) -> Match:
    """The table held against one named dataset, whether it looks like it or not."""
    dataset = followed(dataset, _folded(table.labels))
    mapping = _mapping(table.labels, named(dataset))
    known = sum(m.field is not None for m in mapping)
    return Match(dataset, known / max(len(dataset.fields), 1), "", mapping)


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
    holders = set().union(*(index.holders[label] for label in labels & index.holders.keys()))
    return max((_share(labels, index.profiles[n], index) for n in holders), default=0.0)


def _folded(labels: Iterable[str]) -> set[str]:
    return {fold(label) for label in {*labels} if label and not label.isspace()}


def _share(labels: Set[str], profile: Profile, index: Index) -> float:
    """Weighed overlap of two sets of names, from 0 to 1 (twice what they share by what both hold).

    Where nothing is shared but names that many kinds of dataset have, it stays below FITS.
    """
    names = profile.sketch.names
    known = labels & names.keys()
    if not known:
        return 0.0
    shared = {names[label] for label in known}
    both = math.fsum(profile.weights[name] for name in shared)
    ours = both + index.usual * (len(labels) - len(known))
    share = 2 * both / (ours + profile.total)
    return share if shared & profile.own else min(share, FITS - NAMED - 0.01)


def _match(labels: Sequence[str], profile: Profile, share: float, index: Index, file_name: str) -> Match:
    dataset = profile.read()
    mapping = _mapping(labels, named(dataset))
    known = sum(m.field is not None for m in mapping)
    bonus = _bonus(file_name, profile.sketch, index)
    reason = f"項目名 {len(dataset.fields)} 個のうち {known} 個が一致" + (
        "、ファイル名も一致" if bonus else ""
    )
    reason_en = f"{known} of {len(dataset.fields)} column names" + (", and the file name" if bonus else "")
    for variant in dataset.follows:
        reason += f"、{variant.title}"
        reason_en += f", {variant.title_en}"
    return Match(dataset, round(min(1.0, share + bonus), 3), reason, mapping, reason_en)


def _bonus(file_name: str, dataset: Sketch, index: Index) -> float:
    title = dataset.name.removesuffix("一覧")
    says = bool(file_name) and (index.slug_in(file_name) == dataset.slug or title in file_name)
    return NAMED if says else 0.0


def _plain_header(head: Sequence[Sequence[str]]) -> tuple[int, Sequence[str]]:
    """Without a dataset: the first row that fills as many cells as the rows below usually do."""
    counts = [sum(not is_blank(cell) for cell in record) for record in head]
    widest = max(counts)
    row = next(n for n, count in enumerate(counts) if count >= min(widest, max(2, widest * 0.6)))
    return -(row + 1), head[row]
