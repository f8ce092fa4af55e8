"""What telling datasets apart needs of each of them, and no more: its names, folded.

Reading all definitions takes longer than judging a small file. So their sketches lie ready in
`datapackages/index.json` (written by docs/generate.py, held against the definitions by a test), and a definition
is read when a file looks like it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from odtool.model import Dataset, Field, Variant
from odtool.text import fold
from odtool.value import dataclass

# The facts that say which files belong together.
_TOGETHER = ("companionFiles", "references")


@dataclass(frozen=True, slots=True)
class Sketch:
    """A dataset as it is compared with headers.

    `fields` are the names of its columns, folded; `names` leads from each folded name or alias to one of them.
    `new` has for each variant the folded names that it brings, none where it only leaves columns out. `facts` are
    those of the dataset that name other files.
    """

    id: str
    slug: str
    name: str
    fields: tuple[str, ...]
    names: Mapping[str, str]
    new: tuple[frozenset[str], ...]
    incomplete: bool
    facts: Mapping[str, Any]


def sketch(dataset: Dataset) -> Sketch:
    """The sketch of a dataset."""
    fields = tuple(fold(field.name) for field in dataset.fields)
    return Sketch(
        id=dataset.id,
        slug=dataset.slug,
        name=dataset.name,
        fields=fields,
        names={name: fold(field.name) for name, field in named(dataset).items()},
        new=tuple(_new(variant, dataset) for variant in dataset.variants),
        incomplete=bool(dataset.facts.get("incomplete")),
        facts={key: dataset.facts[key] for key in _TOGETHER if key in dataset.facts},
    )


def named(dataset: Dataset) -> dict[str, Field]:
    """Folded name or alias → field. A field's own name goes before another's alias."""
    names = {fold(alias): field for field in dataset.fields for alias in field.aliases}
    return names | {fold(field.name): field for field in dataset.fields}


def _new(variant: Variant, dataset: Dataset) -> frozenset[str]:
    """The folded names that a variant brings to the dataset."""
    known = {field.name for field in dataset.fields}
    new = [name for old, name in variant.renamed.items() if old in known]
    return frozenset(
        map(fold, (*new, *(field.name for field, _ in variant.added if field.name not in known)))
    )


def as_json(sketches: Iterable[Sketch]) -> str:
    """One line for each sketch. Names that lead to themselves are left out, as they are the fields'."""
    lines = [
        json.dumps(
            {
                "id": one.id,
                "slug": one.slug,
                "name": one.name,
                "fields": one.fields,
                "aliases": {name: field for name, field in one.names.items() if name != field},
                "new": [sorted(names) for names in one.new],
                "incomplete": one.incomplete,
                "facts": one.facts,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for one in sketches
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def from_json(text: str | bytes) -> tuple[Sketch, ...]:
    """The sketches again, from what `as_json` wrote."""
    return tuple(
        Sketch(
            one["id"],
            one["slug"],
            one["name"],
            tuple(one["fields"]),
            {**one["aliases"], **{name: name for name in one["fields"]}},
            tuple(map(frozenset, one["new"])),
            one["incomplete"],
            one["facts"],
        )
        for one in json.loads(text)
    )
