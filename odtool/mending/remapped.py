"""What was done to a table that was read through a mapping → what became of the file's own columns.

A mended table was mended in the national layout. Its owner knows the file's own columns, so every change is told by
these, and what the mapping itself does (names, fixed values, order) is told before it.
"""

from collections.abc import Iterator
from dataclasses import replace

from odtool.datasets.mapping import Seen
from odtool.made import Change, Mended
from odtool.rules import mapped
from odtool.text import fold

_RENAMED = ("項目名の対応表により、国の項目名にしました。", "The mapping says that it is this field.")
_FIXED = ("項目名の対応表に決めた値を、どの行にも入れました。", "The mapping gives this value for every row.")
_ABSENT = (
    "国の定義にあり、元のファイルにない列を、空のまま加えました。",
    "The national definition has this column, the file has not; it is there, empty.",
)
_ORDERED = ("国の定義の順にしました。", "The columns are in the order of the national definition.")


def remapped(mended: Mended, seen: Seen) -> Mended:
    """The same table; the changes are at their places in the file as it was before it was read through the mapping."""
    return replace(mended, changes=(*_mapping(seen), *(_owned(change, seen) for change in mended.changes)))


def _owned(change: Change, seen: Seen) -> Change:
    """The change by the file's own column; a column that only the mapping has keeps its name and has no place."""
    if change.column is None or change.column > len(seen.own):
        return change
    own = seen.own[change.column - 1]
    return replace(change, column=None) if own is None else replace(change, column=own[0], label=own[1])


def _mapping(seen: Seen) -> Iterator[Change]:
    """What the mapping itself changes."""
    rule, row = mapped.mapping_used.id, seen.table.header_row
    fixed = {fold(name): value for name, value in seen.columns.fixed.items()}
    labels = seen.table.labels
    places = [own and own[0] for own in seen.own]
    for own, label in zip(seen.own, labels, strict=True):
        if own is not None and own[1] != label:
            yield Change("label", rule, *_RENAMED, row, own[0], own[1], own[1], label)
    kept = [place for place in places if place is not None]
    if kept != sorted(kept):
        names = {own[0]: own[1] for own in seen.own if own is not None}
        before, after = ("、".join(names[n] for n in order) for order in (sorted(kept), kept))
        yield Change("columns-ordered", rule, *_ORDERED, row, before=before, after=after)
    for place, label in zip(places, labels, strict=True):
        if place is not None:
            continue
        if value := fixed.get(fold(label)):
            yield Change("column-added", rule, *_FIXED, row, label=label, after=f"{label}＝{value}")
        else:
            yield Change("column-added", rule, *_ABSENT, row, label=label, after=label)
