"""Numbers over time → an SVG that stands in a page: drawn by pygal, styled by the page, readable without either.

Of what the library makes only shapes and texts are taken: no script, no style, no address, no id, nothing that says when
it was made. So the page keeps its policy, and the same numbers are the same drawing, byte for byte.
"""

import datetime as dt
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.machinery import PathFinder
from typing import Any

WIDTH, HEIGHT = 900, 320  # units of the drawing; it grows and shrinks with the page
TICKS = 6
_TAKEN: Mapping[str, tuple[str, ...]] = {
    "svg": ("viewBox",),
    "g": ("class", "transform"),
    "path": ("class", "d"),
    "rect": ("class", "x", "y", "width", "height"),
    "circle": ("class", "cx", "cy", "r"),
    "text": ("class", "x", "y", "transform"),
    "title": (),
}
_LEFT_OUT = ("tooltip-overlay", "text-overlay")


@dataclass(frozen=True, slots=True)
class Line:
    """A name and a number for every day."""

    name: str
    numbers: Sequence[int]


def chart(days: Sequence[dt.date], lines: Sequence[Line], label: str) -> str:
    """The SVG of these lines over the days; `label` says what it shows and where its numbers stand. Beside every point
    stands what it is, which browsers show when it is pointed at."""
    pygal = _pygal()
    top = max((number for line in lines for number in line.numbers), default=0)
    drawing = pygal.DateLine(
        width=WIDTH, height=HEIGHT, js=[], disable_xml_declaration=True, no_prefix=True, title=None, explicit_size=False,
        range=(0, max(top, 4)), min_scale=2, max_scale=6, dots_size=3, legend_at_bottom=True, legend_at_bottom_columns=len(lines) or 1,
        truncate_label=-1, truncate_legend=-1, show_x_guides=False, show_y_guides=True,
        x_value_formatter=lambda day: day.isoformat(), value_formatter=lambda number: f"{number:,.0f}",
    )  # fmt: skip
    drawing.x_labels = _ticks(days)
    for line in lines:
        drawing.add(line.name, list(zip(days, line.numbers, strict=True)))
    inside = "".join(_kept(child) for child in drawing.render_tree())
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">{inside}</svg>'


def _pygal() -> Any:
    """The library. It puts a finder for installed packages in the place of Python's own, of a kind that Python warns of; both
    are as they were when this returns."""
    finders, own = list(sys.meta_path), vars(PathFinder).get("find_distributions")
    import pygal

    sys.meta_path[:] = finders
    if own is not None:
        PathFinder.find_distributions = own  # type: ignore[method-assign]
    return pygal


def _ticks(days: Sequence[dt.date]) -> list[dt.date]:
    """The days that are written below: the first and the last, and some evenly between them."""
    whole = (days[-1] - days[0]).days
    steps = min(TICKS - 1, max(whole, 1))
    return list(dict.fromkeys(days[0] + dt.timedelta(days=whole * n // steps) for n in range(steps + 1)))


def _kept(node: Any) -> str:
    """A node and what is in it, as far as it may stand in a page."""
    tag = (
        node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""
    )  # comments have a function for a tag
    if tag == "g" and any(name in node.get("class", "") for name in _LEFT_OUT):
        return ""
    if tag not in _TAKEN or (tag == "title" and node.text == "Pygal"):
        return ""
    attributes = "".join(f' {key}="{escape(node.get(key))}"' for key in _TAKEN[tag] if node.get(key))
    return f"<{tag}{attributes}>{escape(node.text or '')}{''.join(_inside(node))}</{tag}>"


def _inside(node: Any) -> Iterator[str]:
    for child in node:
        told = child.tag.rpartition("}")[2] == "desc" if isinstance(child.tag, str) else False
        if told and child.get("class") == "value":  # what a script would show in a box
            yield f"<title>{escape(child.text or '')}</title>"
        else:
            yield _kept(child)
