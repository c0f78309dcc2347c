"""The charts of Seedbed's pages as SVG text, one look for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seedbed.cli.plot import (
    INK,
    SOIL,
    Linear,
    Plot,
    Point,
    days_of,
    nice,
    percent,
    plain,
    shortened,
    text_width,
    ticks,
    time_ticks,
)

LEAF, SKY, SUN, CLAY = "#2f7d5b", "#3b76b5", "#e0a426", "#c0563b"
__all__ = ["CLAY", "INK", "LEAF", "SKY", "SOIL", "SUN"]

Rows = Sequence[Mapping[str, Any]]
_ASIDE = 5
"""Pixels between the dots of two ways of training with the same number of labels."""


def histogram(
    bins: Rows,
    *,
    expected: tuple[Any, Any] | None,
    typical: Any = None,
    temporal: bool = False,
    unit: str | None = None,
) -> str:
    """What came out (bars) in what the client said (band) with the typical value (line).

    Args:
        bins: `{"from", "to", "share"}`, share of the rows.
        expected: the client's range.
        typical: the client's most likely value.
        temporal: the axis is time; values are ISO dates.
        unit: shown under the axis.

    Returns:
        An `<svg>` element.
    """
    plot = Plot(300, 130, "a histogram" + (" beside the expected range" if expected else ""))

    def number(value: Any) -> float:
        return days_of(value) if temporal else float(value)

    edges = [(number(row["from"]), number(row["to"])) for row in bins]
    span = None if expected is None else (number(expected[0]), number(expected[1]))
    ends = [*(edges[0][:1] + edges[-1][1:] if edges else ()), *(span or ())] or [0.0, 1.0]
    x = Linear(min(ends), max(ends), 0, plot.width)
    y = _shares_axis(plot, [float(row["share"]) for row in bins])
    _across(plot, x, temporal=temporal, title=unit or "")
    if span is not None:
        plot.rect((x(span[0]), x(span[1])), (0, plot.height), SUN, 0.16)
    for (start, stop), row in zip(edges, bins, strict=True):
        plot.rect((x(start), x(stop)), (y(float(row["share"])), y(0)), LEAF, 0.9)
    if typical is not None:
        at = x(number(typical))
        plot.line([(at, 0), (at, plot.height)], CLAY, 2, dash="5,3")
    return plot.svg()


def shares(bars: Rows, unit: str | None = None) -> str:
    """Categories: the share that came out (bar) beside the share asked for (tick).

    Args:
        bars: `{"name", "got", "asked"}`; `asked` may be None.
        unit: shown under the axis.

    Returns:
        An `<svg>` element.
    """
    plot = Plot(300, max(36, 19 * len(bars)), "shares of values")
    most = max((max(bar["got"], bar["asked"] or 0.0) for bar in bars), default=1.0)
    x = Linear(0.0, nice(0.0, most, 4)[1] or 1.0, 0, plot.width)
    marks = ticks(0.0, x.high, 4)
    plot.bottom_axis([x(mark) for mark in marks], percent(marks), unit or "")
    rows = _rows(plot, [str(bar["name"]) for bar in bars], 110)
    for bar, (top, bottom) in zip(bars, rows, strict=True):
        plot.rect((0, x(bar["got"])), (top, bottom), LEAF, 0.9)
        if bar["asked"] is not None:
            middle, at = (top + bottom) / 2, x(bar["asked"])
            plot.rect((at - 1.25, at + 1.25), (middle - 8, middle + 8), CLAY)
    return plot.svg()


def ways(bars: Rows) -> str:
    """Where the records of each table went: one bar a table, its parts by colour.

    Args:
        bars: `{"name", part: count, ...}`, the parts in the order good, in between, bad.

    Returns:
        An `<svg>` element.
    """
    plot = Plot(720, max(40, 24 * len(bars)), "where the records of each table went")
    parts = [key for key in (bars[0] if bars else {}) if key != "name"]
    colours = dict(zip(parts, (LEAF, SUN, CLAY), strict=False))
    x = Linear(0.0, 1.0, 0, plot.width)
    marks = ticks(0.0, 1.0, 5)
    plot.bottom_axis([x(mark) for mark in marks], percent(marks))
    plot.legend(colours.items(), stroke=False)
    for bar, row in zip(bars, _rows(plot, [str(bar["name"]) for bar in bars], 130), strict=True):
        total, done = max(sum(bar[part] for part in parts), 1), 0.0
        for part in parts:
            share = bar[part] / total
            plot.rect((x(done), x(done + share)), row, colours[part], 0.9)
            done += share
    return plot.svg()


def counts(bars: Rows) -> str:
    """Reasons with how many rows each concerns.

    Args:
        bars: `{"name", "count", "kind"}`; kind is `reject` or `warn`.

    Returns:
        An `<svg>` element.
    """
    plot = Plot(460, max(36, 22 * len(bars)), "reasons by rows concerned")
    most = max((bar["count"] for bar in bars), default=1)
    x = Linear(0.0, nice(0.0, max(most, 1), 4)[1], 0, plot.width)
    marks = ticks(0.0, x.high, 4, least=1.0)
    plot.bottom_axis([x(mark) for mark in marks], plain(marks))
    for bar, row in zip(bars, _rows(plot, [str(bar["name"]) for bar in bars], 420), strict=True):
        plot.rect((0, x(bar["count"])), row, CLAY if bar["kind"] == "reject" else SUN, 0.9)
        plot.words((x(bar["count"]) + 4, sum(row) / 2 + 3.8), f"{bar['count']:,}")
    return plot.svg()


def lines(points: Rows, x: str, series: Mapping[str, str], *, height: int = 200, shares: bool = True) -> str:
    """Shares over epochs: the mean of the seeds drawn strong, each seed faint.

    Series that lie on one another stay visible: the first is drawn widest, the last narrowest.

    Args:
        points: `{x, "name", "seed", "value"}`.
        x: field of the axis.
        series: name -> colour, in the order of the legend.
        height: pixels.
        shares: whether values are shares, told in per cent.

    Returns:
        An `<svg>` element.
    """
    plot = Plot(560, height, f"{', '.join(series)} over {x}")
    known = [point for point in points if point["name"] in series]
    at = [float(point[x]) for point in known] or [0.0, 1.0]
    values = [float(point["value"]) for point in known] or [0.0, 1.0]
    across = Linear(min(at), max(at), 0, plot.width)
    up = _up(plot, *nice(min(0.0, *values), max(values)), shares=shares)
    marks = ticks(across.low, across.high, 10, least=1.0)
    plot.bottom_axis([across(mark) for mark in marks], plain(marks), x)
    plot.legend(series.items(), stroke=True)
    several = len({point["seed"] for point in known}) > 1
    for order, (name, colour) in enumerate(series.items()):
        mine = [point for point in known if point["name"] == name]
        for seed in dict.fromkeys(point["seed"] for point in mine) if several else ():
            way = sorted((float(p[x]), float(p["value"])) for p in mine if p["seed"] == seed)
            plot.line([(across(a), up(b)) for a, b in way], colour, opacity=0.3)
        strong = [(across(a), up(b)) for a, b in _means([(float(p[x]), float(p["value"])) for p in mine])]
        plot.line(strong, colour, 2.0 + 2.5 * (len(series) - 1 - order))
    return plot.svg()


def course(points: Rows, each: Rows, x: str) -> str:
    """A score from one training to the next, the newest drawn strong, single seeds faint.

    Args:
        points: `{"at", "name", "value", "new"}`, in order; `at` counts from 1.
        each: `{"at", "value"}` of every seed.
        x: what the axis counts.

    Returns:
        An `<svg>` element.
    """
    plot = Plot(900, 220, f"the score of each {x}")
    across = Linear(0.5, max(2, len(points)) + 0.5, 0, plot.width)
    values = [float(point["value"]) for point in (*points, *each)]
    spare = 0.12 * (max(values) - min(values)) or 0.01
    up = _up(plot, max(0.0, min(values) - spare), max(values) + spare)
    shown = list(range(1, len(points) + 1, -(-len(points) // 20) or 1))
    plot.bottom_axis([across(mark) for mark in shown], [str(mark) for mark in shown], x)
    for one in each:
        plot.dot((across(one["at"]), up(one["value"])), 2.6, SOIL, 0.35)
    plot.line([(across(point["at"]), up(point["value"])) for point in points], SOIL, 2)
    for point in points:
        place = (across(point["at"]), up(point["value"]))
        plot.dot(place, 5.3, LEAF if point["new"] else SOIL)
        if point["new"]:
            plot.words((place[0], place[1] - 11), f"{point['value']:.1%}", LEAF, anchor="middle", bold=True)
    return plot.svg()


def crossings(points: Rows, arms: Mapping[str, str]) -> str:
    """A score over numbers of labels, a line for each way of training, a dot for each repetition.

    Args:
        points: `{"labels", "arm", "value"}`.
        arms: arm -> colour, in the order of the legend.

    Returns:
        An `<svg>` element.
    """
    plot = Plot(640, 300, "score over the number of labelled photographs")
    labels = sorted({int(point["labels"]) for point in points})
    # A tenth of the span on either side, so that no dot lies on the axis.
    spare = (labels[-1] / labels[0]) ** 0.1 if len(labels) > 1 else 2.0
    across = Linear(labels[0] / spare, labels[-1] * spare, 0, plot.width, log=True)
    values = [float(point["value"]) for point in points]
    up = _up(plot, *nice(min(values), max(values)), shares=False)
    plot.bottom_axis([across(label) for label in labels], [f"{label}" for label in labels], "labelled photographs")
    plot.legend(arms.items(), stroke=True)
    for place, (arm, colour) in enumerate(arms.items()):
        aside = _ASIDE * (place - (len(arms) - 1) / 2)
        mine = [(float(point["labels"]), float(point["value"])) for point in points if point["arm"] == arm]
        plot.line([(across(a), up(b)) for a, b in _means(mine)], colour, 2.5)
        for a, b in mine:
            plot.dot((across(a) + aside, up(b)), 3, colour, 0.55)
    return plot.svg()


def curve(points: Rows, *, temporal: bool, ticks_at: Sequence[float] | None = None) -> str:
    """Factors over days or over the hours of a day, with a line at 1.

    Args:
        points: `{"at", "factor"}`; `at` an ISO date, or hours from 0 to 24.
        temporal: `at` is a date.
        ticks_at: places of the axis to name.

    Returns:
        An `<svg>` element.
    """
    plot = Plot(300, 110, "the factor over time")
    at = [days_of(point["at"]) if temporal else float(point["at"]) for point in points]
    values = [float(point["factor"]) for point in points]
    x = Linear(min(at), max(at), 0, plot.width)
    y = Linear(0.0, nice(0.0, max(1.0, *values), 4)[1], plot.height, 0)
    marks = ticks(0.0, y.high, 4)
    plot.left_axis([y(mark) for mark in marks], plain(marks))
    if ticks_at is None:
        _across(plot, x, temporal=temporal, count=6)
    else:
        plot.bottom_axis([x(mark) for mark in ticks_at], plain(ticks_at))
    way: list[Point] = []
    for place, value in zip(at, values, strict=True):
        if temporal and way:
            way.append((x(place), way[-1][1]))
        way.append((x(place), y(value)))
    plot.area(way, plot.height, SKY, 0.18)
    plot.line(way, SKY, 1.4)
    plot.line([(0, y(1)), (plot.width, y(1))], SOIL, dash="2,3")
    return plot.svg()


def beside(bins: Rows, others: Rows | None) -> str:
    """A histogram, and the outline of another over it.

    Args:
        bins: `{"from", "to", "share"}`.
        others: likewise, same edges, or None.

    Returns:
        An `<svg>` element.
    """
    plot = Plot(300, 130, "a histogram" + (" and the outline of another" if others else ""))
    every = [*bins, *(others or ())]
    x = Linear(min(row["from"] for row in every), max(row["to"] for row in every), 0, plot.width)
    y = _shares_axis(plot, [float(row["share"]) for row in every])
    _across(plot, x)
    for row in bins:
        plot.rect((x(row["from"]), x(row["to"])), (y(row["share"]), y(0)), LEAF, 0.75)
    if others:
        way = [(x(row[end]), y(row["share"])) for row in others for end in ("from", "to")]
        plot.line(way, CLAY, 2)
    return plot.svg()


def places(points: Sequence[tuple[float, float]], cells: int = 16) -> str:
    """Where points lie in a picture, as shades of a grid.

    Args:
        points: x and y in pixels, y down.
        cells: across.

    Returns:
        An `<svg>` element.
    """
    wide, high = (max(point[axis] for point in points) * 1.02 + 1 for axis in (0, 1))
    step = wide / cells
    found: dict[tuple[int, int], int] = {}
    for x, y in points:
        key = int(x / step), int(y / step)
        found[key] = found.get(key, 0) + 1
    plot = Plot(200, round(200 * high / wide), "where boxes lie")
    size, most = plot.width / cells, max(found.values())
    for (column, row), count in sorted(found.items()):
        bottom = min((row + 1) * size, plot.height)
        plot.rect((column * size, (column + 1) * size), (row * size, bottom), _shade(count / most))
    return plot.svg()


def _shade(part: float) -> str:
    """From nearly white to leaf green."""
    ends = ((0xEE, 0xF3, 0xEE), (0x2F, 0x7D, 0x5B))
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in zip(*ends, strict=True))


def _means(points: Sequence[Point]) -> list[Point]:
    """The mean of the values at each place, in order."""
    at: dict[float, list[float]] = {}
    for place, value in points:
        at.setdefault(place, []).append(value)
    return [(place, sum(values) / len(values)) for place, values in sorted(at.items())]


def _across(plot: Plot, x: Linear, *, temporal: bool = False, title: str = "", count: int = 5) -> None:
    if temporal:
        marks, names = time_ticks(x.low, x.high, count)
    else:
        marks = ticks(x.low, x.high, count)
        names = plain(marks)
        # Large numbers leave room for fewer.
        while count > 2 and sum(text_width(name) + 8 for name in names) > plot.width:
            count -= 1
            marks = ticks(x.low, x.high, count)
            names = plain(marks)
    plot.bottom_axis([x(mark) for mark in marks], names, title)


def _shares_axis(plot: Plot, values: Sequence[float]) -> Linear:
    y = Linear(0.0, nice(0.0, max(values, default=1.0) or 1.0, 3)[1], plot.height, 0)
    marks = ticks(0.0, y.high, 3)
    plot.left_axis([y(mark) for mark in marks], percent(marks))
    return y


def _up(plot: Plot, low: float, high: float, *, shares: bool = True) -> Linear:
    """The y axis of a plot of scores, with lines across."""
    y = Linear(low, high if high > low else low + 1.0, plot.height, 0)
    marks = ticks(y.low, y.high, 5)
    plot.left_axis([y(mark) for mark in marks], percent(marks) if shares else plain(marks), grid=True, line=False)
    return y


def _rows(plot: Plot, names: Sequence[str], limit: float) -> list[Point]:
    """Top and bottom of the bar of each name, from above."""
    high = plot.height / max(len(names), 1)
    middles = [(number + 0.5) * high for number in range(len(names))]
    plot.left_axis(middles, [shortened(name, limit) for name in names], line=False)
    return [(middle - 0.45 * high, middle + 0.45 * high) for middle in middles]
