"""Charts as SVG text: Vega-Lite's grammar, drawn without a browser, one look for every page.

The specifications are written here as they are: Altair would make the same ones, and takes three seconds a page for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

INK, SOIL, LEAF, SKY, SUN, CLAY = "#22302a", "#8a7f72", "#2f7d5b", "#3b76b5", "#e0a426", "#c0563b"
_FONT = "Inter, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif"
_LOOK = {
    "view": {"continuousWidth": 300, "continuousHeight": 300, "stroke": None},
    "axis": {
        "grid": False,
        "domainColor": "#c9c3b8",
        "tickColor": "#c9c3b8",
        "labelColor": INK,
        "titleColor": SOIL,
        "labelFont": _FONT,
        "titleFont": _FONT,
        "titleFontWeight": "normal",
        "labelFontSize": 11,
    },
    "legend": {"labelFont": _FONT, "titleFont": _FONT, "labelColor": INK, "title": None, "orient": "top"},
    "text": {"font": _FONT},
}

Rows = Sequence[Mapping[str, Any]]
Spec = dict[str, Any]


def svg(chart: Spec, width: int = 300, height: int = 130) -> str:
    """Draws a chart.

    Args:
        chart: of Vega-Lite, without size and look.
        width: of the plotting area, pixels.
        height: likewise.

    Returns:
        An `<svg>` element.
    """
    import vl_convert

    frame = {"width": width, "height": height, "background": "transparent", "config": _LOOK}
    schema = "https://vega.github.io/schema/vega-lite/v6.json"
    return str(vl_convert.vegalite_to_svg({"$schema": schema, **frame, **chart}))


def _data(rows: Rows) -> Spec:
    return {"values": [dict(row) for row in rows]}


def _numbers(field: str, **more: Any) -> Spec:
    return {"field": field, "type": "quantitative", **more}


def _names(order: Sequence[str], limit: int) -> Spec:
    """The axis of names, at the left."""
    axis = {"ticks": False, "domain": False, "labelLimit": limit}
    return {"field": "name", "type": "nominal", "sort": list(order), "title": None, "axis": axis}


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
    kind = "temporal" if temporal else "quantitative"
    ends = [bins[0]["from"], bins[-1]["to"], *(expected or ())] if bins else list(expected or ())
    scale = {"zero": False, "nice": False} if temporal else {"domain": [min(ends), max(ends)], "nice": False}
    axis = {"tickCount": 5, "labelOverlap": True}

    def at(field: str) -> Spec:
        return {"field": field, "type": kind, "title": unit or None, "scale": scale, "axis": axis}

    layers: list[Spec] = []
    if expected is not None:
        layers.append(
            {
                "data": _data([{"low": expected[0], "high": expected[1]}]),
                "mark": {"type": "rect", "color": SUN, "opacity": 0.16},
                "encoding": {"x": at("low"), "x2": {"field": "high"}},
            }
        )
    layers.append(
        {
            "data": _data(bins),
            "mark": {"type": "rect", "color": LEAF, "opacity": 0.9},
            "encoding": {
                "x": at("from"),
                "x2": {"field": "to"},
                "y": _numbers("share", title=None, axis={"format": "%", "tickCount": 3}),
                "y2": {"datum": 0},
            },
        }
    )
    if typical is not None:
        layers.append(
            {
                "data": _data([{"typical": typical}]),
                "mark": {"type": "rule", "color": CLAY, "strokeWidth": 2, "strokeDash": [5, 3]},
                "encoding": {"x": at("typical")},
            }
        )
    return svg({"layer": layers})


def shares(bars: Rows, unit: str | None = None) -> str:
    """Categories: the share that came out (bar) beside the share asked for (tick).

    Args:
        bars: `{"name", "got", "asked"}`; `asked` may be None.
        unit: shown under the axis.

    Returns:
        An `<svg>` element.
    """
    y = _names([bar["name"] for bar in bars], 110)
    bar = {
        "mark": {"type": "bar", "color": LEAF, "opacity": 0.9},
        "encoding": {"y": y, "x": _numbers("got", title=unit, axis={"format": "%", "tickCount": 4})},
    }
    tick = {
        "transform": [{"filter": "isValid(datum.asked)"}],
        "mark": {"type": "tick", "color": CLAY, "thickness": 2.5, "size": 16},
        "encoding": {"y": y, "x": _numbers("asked")},
    }
    return svg({"data": _data(bars), "layer": [bar, tick]}, height=max(36, 19 * len(bars)))


def ways(bars: Rows) -> str:
    """Where the records of each table went: one bar a table, its parts by colour.

    Args:
        bars: `{"name", part: count, ...}`, the parts in the order good, in between, bad.

    Returns:
        An `<svg>` element.
    """
    parts = [key for key in (bars[0] if bars else {}) if key != "name"]
    totals = {bar["name"]: max(sum(bar[part] for part in parts), 1) for bar in bars}
    values = [
        {"name": bar["name"], "part": part, "share": bar[part] / totals[bar["name"]], "order": order}
        for bar in bars
        for order, part in enumerate(parts)
    ]
    colours = {"domain": parts, "range": [LEAF, SUN, CLAY]}
    chart = {
        "data": _data(values),
        "mark": {"type": "bar", "opacity": 0.9},
        "encoding": {
            "y": _names(list(totals), 130),
            "x": _numbers("share", title=None, axis={"format": "%", "tickCount": 5}, scale={"domain": [0, 1]}),
            "color": {"field": "part", "type": "nominal", "sort": parts, "scale": colours},
            "order": _numbers("order"),
        },
    }
    return svg(chart, width=720, height=max(40, 24 * len(bars)))


def counts(bars: Rows) -> str:
    """Reasons with how many rows each concerns.

    Args:
        bars: `{"name", "count", "kind"}`; kind is `reject` or `warn`.

    Returns:
        An `<svg>` element.
    """
    y = _names([bar["name"] for bar in bars], 420)
    x = _numbers("count", title=None, axis={"tickCount": 4, "format": ",d", "tickMinStep": 1})
    colours = {"domain": ["reject", "warn"], "range": [CLAY, SUN]}
    colour = {"field": "kind", "type": "nominal", "scale": colours, "legend": None}
    bar = {"mark": {"type": "bar", "opacity": 0.9}, "encoding": {"y": y, "x": x, "color": colour}}
    label = {
        "mark": {"type": "text", "align": "left", "dx": 4, "color": INK},
        "encoding": {"y": y, "x": x, "text": {"field": "label", "type": "nominal"}},
    }
    data = _data([{**bar, "label": f"{bar['count']:,}"} for bar in bars])
    return svg({"data": data, "layer": [bar, label]}, width=460, height=max(36, 22 * len(bars)))


def lines(points: Rows, x: str, series: Mapping[str, str], *, height: int = 200) -> str:
    """Shares over epochs: the mean of the seeds drawn strong, each seed faint.

    Series that lie on one another stay visible: the first is drawn widest, the last narrowest.

    Args:
        points: `{x, "name", "seed", "value"}`.
        x: field of the axis.
        series: name -> colour, in the order of the legend.
        height: pixels.

    Returns:
        An `<svg>` element.
    """
    known = [point for point in points if point["name"] in series]
    several = len({point["seed"] for point in known}) > 1
    colour = {
        "field": "name",
        "type": "nominal",
        "sort": list(series),
        "scale": {"domain": list(series), "range": list(series.values())},
        "legend": {"symbolStrokeWidth": 4, "symbolType": "stroke", "symbolOpacity": 1},
    }
    across = _numbers(x, axis={"tickMinStep": 1, "title": x}, scale={"nice": False, "zero": False})
    up = _numbers("value", title=None, axis={"format": "%", "grid": True, "gridColor": "#ece7dd"})
    layers = []
    for order, name in enumerate(series):
        data = _data([point for point in known if point["name"] == name])
        mean = {"x": across, "y": {**up, "aggregate": "mean"}, "color": colour}
        width = 2.0 + 2.5 * (len(series) - 1 - order)
        if several:
            each = {"x": across, "y": up, "color": colour, "detail": {"field": "seed", "type": "nominal"}}
            mark = {"type": "line", "opacity": 0.3, "strokeWidth": 1}
            layers.append({"data": data, "mark": mark, "encoding": each})
        layers.append({"data": data, "mark": {"type": "line", "strokeWidth": width}, "encoding": mean})
    return svg({"layer": layers}, width=560, height=height)


def course(points: Rows, each: Rows, x: str) -> str:
    """A score from one training to the next, the newest drawn strong, single seeds faint.

    Args:
        points: `{"at", "name", "value", "new"}`, in order; `at` counts from 1.
        each: `{"at", "value"}` of every seed.
        x: what the axis counts.

    Returns:
        An `<svg>` element.
    """
    shown = range(1, len(points) + 1, -(-len(points) // 20) or 1)
    axis = {"title": x, "values": list(shown), "format": "d"}
    scale = {"domain": [0.5, max(2, len(points)) + 0.5], "nice": False, "zero": False}
    across = _numbers("at", axis=axis, scale=scale)
    grid = {"format": ".1%", "grid": True, "gridColor": "#ece7dd", "tickCount": 5}
    up = _numbers("value", title=None, axis=grid, scale={"zero": False, "padding": 12})
    strong = {"condition": {"test": "datum.new", "value": LEAF}, "value": SOIL}
    label = {"type": "text", "dy": -14, "fontSize": 12, "fontWeight": "bold", "color": LEAF, "format": ".1%"}
    layers = [
        {"data": _data(each), "mark": {"type": "circle", "size": 22, "opacity": 0.35, "color": SOIL}},
        {"data": _data(points), "mark": {"type": "line", "color": SOIL, "strokeWidth": 2}},
        {
            "data": _data(points),
            "mark": {"type": "circle", "size": 90, "opacity": 1},
            "encoding": {"x": across, "y": up, "color": strong},
        },
        {
            "data": _data([point for point in points if point["new"]]),
            "mark": label,
            "encoding": {"x": across, "y": up, "text": _numbers("value", format=".1%")},
        },
    ]
    return svg({"layer": [{"encoding": {"x": across, "y": up}, **layer} for layer in layers]}, width=900, height=220)


def curve(points: Rows, *, temporal: bool, ticks: Sequence[float] | None = None) -> str:
    """Factors over days or over the hours of a day, with a line at 1.

    Args:
        points: `{"at", "factor"}`; `at` an ISO date, or hours from 0 to 24.
        temporal: `at` is a date.
        ticks: places of the axis to name.

    Returns:
        An `<svg>` element.
    """
    axis = {"tickCount": 6, "labelOverlap": True} if ticks is None else {"values": list(ticks)}
    kind = "temporal" if temporal else "quantitative"
    line = {
        "data": _data(points),
        "mark": {
            "type": "area",
            "color": SKY,
            "opacity": 0.18,
            "line": {"color": SKY, "strokeWidth": 1.4},
            "interpolate": "step-after" if temporal else "linear",
        },
        "encoding": {
            "x": {"field": "at", "type": kind, "title": None, "scale": {"nice": False}, "axis": axis},
            "y": _numbers("factor", title=None, scale={"zero": True}, axis={"tickCount": 4, "format": "~g"}),
        },
    }
    one = {
        "data": _data([{"factor": 1}]),
        "mark": {"type": "rule", "color": SOIL, "strokeDash": [2, 3]},
        "encoding": {"y": _numbers("factor")},
    }
    return svg({"layer": [line, one]}, width=300, height=110)


def beside(bins: Rows, others: Rows | None) -> str:
    """A histogram, and the outline of another over it.

    Args:
        bins: `{"from", "to", "share"}`.
        others: likewise, same edges, or None.

    Returns:
        An `<svg>` element.
    """
    across = {"type": "quantitative", "title": None, "scale": {"zero": False, "nice": False}, "axis": {"tickCount": 5}}
    up = _numbers("share", title=None, axis={"format": "%", "tickCount": 3})
    layers: list[Spec] = [
        {
            "data": _data(bins),
            "mark": {"type": "rect", "color": LEAF, "opacity": 0.75},
            "encoding": {"x": {"field": "from", **across}, "x2": {"field": "to"}, "y": up, "y2": {"datum": 0}},
        }
    ]
    if others is not None:
        steps = [{"at": row["from"], "share": row["share"]} for row in others]
        steps.append({"at": others[-1]["to"], "share": others[-1]["share"]})
        layers.append(
            {
                "data": _data(steps),
                "mark": {"type": "line", "color": CLAY, "strokeWidth": 2, "interpolate": "step-after"},
                "encoding": {"x": {"field": "at", **across}, "y": up},
            }
        )
    return svg({"layer": layers})


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
    rows = [
        {"x": x * step, "x2": (x + 1) * step, "y": -y * step, "y2": -(y + 1) * step, "n": count}
        for (x, y), count in sorted(found.items())
    ]
    axis = {"labels": False, "ticks": False, "domain": False, "title": None}
    chart = {
        "data": _data(rows),
        "mark": {"type": "rect"},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "axis": axis, "scale": {"domain": [0, wide]}},
            "x2": {"field": "x2"},
            "y": {"field": "y", "type": "quantitative", "axis": axis, "scale": {"domain": [-high, 0]}},
            "y2": {"field": "y2"},
            "color": _numbers("n", scale={"range": ["#eef3ee", LEAF]}, legend=None),
        },
    }
    return svg(chart, width=200, height=round(200 * high / wide))
