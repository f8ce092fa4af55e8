"""The known departures from a definition → the definition as a file follows it.

Publishers add, leave out and rename columns in ways that circulate. A file that follows such a way is judged by
it, so that its columns are neither «extra» nor «missing». Departures are independent of each other: a file may
follow several.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from odtool.model import Dataset, Field, Variant
from odtool.text import fold

ENOUGH = 0.5  # share of a departure's new names that a header must hold to follow it


def followed(dataset: Dataset, labels: Collection[str]) -> Dataset:
    """The dataset as a header follows it; the dataset itself where no departure is met.

    `labels` are the header's names, folded.
    """
    done = {variant.id for variant in dataset.follows}
    for variant in dataset.variants:
        if variant.id not in done and _follows(variant, dataset, labels):
            dataset = applied(variant, dataset)
    return dataset


def applied(variant: Variant, dataset: Dataset) -> Dataset:
    """The dataset with the departure made. Names that the dataset lacks or already has are passed over; what it
    says to follow is the rest."""
    names = [field.name for field in dataset.fields]
    made = replace(
        variant,
        added=tuple((field, before) for field, before in variant.added if field.name not in names),
        dropped=tuple(name for name in variant.dropped if name in names),
        renamed={old: new for old, new in variant.renamed.items() if old in names},
    )
    fields = [_renamed(field, made.renamed) for field in dataset.fields if field.name not in made.dropped]
    for field, before in made.added:
        places = [other.name for other in fields]
        fields.insert(places.index(before) if before in places else len(places), field)
    return replace(dataset, fields=tuple(fields), follows=(*dataset.follows, made))


def joined(variant: Variant, datasets: Mapping[str, Dataset]) -> Variant:
    """The departure with the columns of the dataset that it joins."""
    if variant.joined is None:
        return variant
    other, count = variant.joined
    columns = tuple((field, None) for field in datasets[other].fields[:count])
    return replace(variant, added=(*variant.added, *columns))


def _follows(variant: Variant, dataset: Dataset, labels: Collection[str]) -> bool:
    """Whether a header makes this departure: no name that it leaves out, and enough of its new ones.

    A departure that only leaves columns out is met where nothing else is missing: a file that lacks half of its
    columns follows no known way, it is incomplete.
    """
    names = {field.name: fold(field.name) for field in dataset.fields}
    gone = [name for name in (*variant.dropped, *variant.renamed) if name in names]
    new = {fold(name) for old, name in variant.renamed.items() if old in names}
    new |= {fold(field.name) for field, _ in variant.added if field.name not in names}
    if any(names[name] in labels for name in variant.dropped if name in names):
        return False
    if new:
        here = new & set(labels)
        unchanged = sum(names[name] in labels for name in gone)
        return bool(here) and len(here) >= ENOUGH * len(new) and len(here) > unchanged
    return bool(gone) and all(
        folded in labels or any(fold(alias) in labels for alias in _field(dataset, name).aliases)
        for name, folded in names.items()
        if name not in gone
    )


def _field(dataset: Dataset, name: str) -> Field:
    return next(field for field in dataset.fields if field.name == name)


def _renamed(field: Field, names: Mapping[str, str]) -> Field:
    """The field under its new name, the old one kept as an alias."""
    new = names.get(field.name)
    if new is None:
        return field
    aliases = (field.name, *(alias for alias in field.aliases if fold(alias) != fold(new)))
    return replace(field, name=new, aliases=aliases)
