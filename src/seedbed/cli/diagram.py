"""Tables and the references between them as one SVG: parents left, what refers to them right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from seedbed.cli.charts import CLAY, INK, LEAF, SOIL
from seedbed.cli.page import text

WIDTH = 210
GAP_X, GAP_Y = 110, 26
LINE = 17
HEAD = 44
MOST_LINES = 14
_FONT = "Inter, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Box:
    """A table in the diagram.

    Attributes:
        name: of the table.
        under: a line below it, such as its rows.
        columns: (name, kind) in order.
        references: column -> table it leads to.
    """

    name: str
    under: str
    columns: Sequence[tuple[str, str]]
    references: Mapping[str, str]

    @property
    def shown(self) -> Sequence[tuple[str, str]]:
        """The columns that have a line: all, or the references and the first of the others."""
        if len(self.columns) <= MOST_LINES:
            return self.columns
        room = MOST_LINES - 1 - len(self.references)
        first = [name for name, _ in self.columns if name not in self.references][: max(room, 0)]
        return [column for column in self.columns if column[0] in self.references or column[0] in first]

    @property
    def height(self) -> int:
        """Pixels."""
        return HEAD + LINE * (len(self.shown) + (len(self.shown) < len(self.columns))) + 8


def diagram(boxes: Sequence[Box]) -> str:
    """Draws tables.

    Args:
        boxes: the tables; references may lead to any of them, also to the box itself.

    Returns:
        An `<svg>` element.
    """
    places = _places(boxes)
    width = max(x for x, _ in places.values()) + WIDTH + 40
    height = max(y + box.height for box in boxes for y in [places[box.name][1]]) + 10
    parts = [_edge(box, column, to, boxes, places) for box in boxes for column, to in box.references.items()]
    parts += [_drawn(box, *places[box.name]) for box in boxes]
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="Tables and their references" '
        f'style="max-width:100%;height:auto" font-family="{_FONT}">{"".join(parts)}</svg>'
    )


def _places(boxes: Sequence[Box]) -> dict[str, tuple[int, int]]:
    """Top left corner of each: a table stands one column right of the rightmost it refers to."""
    known = {box.name: box for box in boxes}
    graph = {box.name: {to for to in box.references.values() if to != box.name and to in known} for box in boxes}
    level: dict[str, int] = {}
    for name in TopologicalSorter(graph).static_order():
        level[name] = 1 + max((level[to] for to in graph[name]), default=-1)
    columns: dict[int, list[str]] = {}
    for box in boxes:
        columns.setdefault(level[box.name], []).append(box.name)
    heights = {at: sum(known[n].height + GAP_Y for n in names) - GAP_Y for at, names in columns.items()}
    places: dict[str, tuple[int, int]] = {}
    middle = max(heights.values()) / 2
    for at, names in sorted(columns.items()):
        # Tables stand beside what they refer to, as far as the order within a column can do it.
        if at:
            names.sort(key=lambda name: sum(places[to][1] for to in graph[name]) / len(graph[name]))
        y = middle - heights[at] / 2
        for name in names:
            places[name] = (10 + at * (WIDTH + GAP_X), round(y) + 5)
            y += known[name].height + GAP_Y
    return places


def _drawn(box: Box, x: int, y: int) -> str:
    lines = []
    for row, (name, kind) in enumerate(box.shown):
        colour = CLAY if name in box.references else INK
        at = y + HEAD + LINE * row + 12
        lines.append(
            f'<text x="{x + 12}" y="{at}" font-size="12" fill="{colour}">{text(_short(name, 20))}</text>'
            f'<text x="{x + WIDTH - 12}" y="{at}" font-size="11" fill="{SOIL}" text-anchor="end">{text(kind)}</text>'
        )
    if len(box.shown) < len(box.columns):
        at = y + HEAD + LINE * len(box.shown) + 12
        more = f"and {len(box.columns) - len(box.shown)} more"
        lines.append(f'<text x="{x + 12}" y="{at}" font-size="11" fill="{SOIL}">{more}</text>')
    return (
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{box.height}" rx="9" fill="#fff" stroke="#d9d2c4"/>'
        f'<path d="M{x} {y + 36}V{y + 9}q0 -9 9 -9h{WIDTH - 18}q9 0 9 9v27z" fill="{LEAF}" opacity="0.14"/>'
        f'<text x="{x + 12}" y="{y + 17}" font-size="14" font-weight="700" fill="{INK}">{text(box.name)}</text>'
        f'<text x="{x + 12}" y="{y + 31}" font-size="11" fill="{SOIL}">{text(_short(box.under, 36))}</text>'
        + "".join(lines)
    )


def _edge(box: Box, column: str, to: str, boxes: Sequence[Box], places: Mapping[str, tuple[int, int]]) -> str:
    target = next((other for other in boxes if other.name == to), None)
    if target is None:
        return ""
    x, y = places[box.name]
    row = next(index for index, (name, _) in enumerate(box.shown) if name == column)
    start_y = y + HEAD + LINE * row + 8
    style = f'fill="none" stroke="{CLAY}" stroke-width="1.4" opacity="0.75"'
    if to == box.name:
        right = x + WIDTH
        return (
            f'<path d="M{right} {start_y}c34 0 34 {y + 20 - start_y} 0 {y + 20 - start_y}" {style}/>'
            f'<circle cx="{right}" cy="{y + 20}" r="3.5" fill="{CLAY}"/>'
        )
    end_x, end_y = places[to][0] + WIDTH, places[to][1] + 20
    bend = (x - end_x) / 2
    return (
        f'<path d="M{x} {start_y}C{x - bend:.0f} {start_y} {end_x + bend:.0f} {end_y} {end_x} {end_y}" {style}/>'
        f'<circle cx="{end_x}" cy="{end_y}" r="3.5" fill="{CLAY}"/>'
    )


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"
