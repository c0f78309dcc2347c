"""Charts as SVG text: Altair's grammar, drawn without a browser, one look for every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

INK, SOIL, LEAF, SKY, SUN, CLAY = "#22302a", "#8a7f72", "#2f7d5b", "#3b76b5", "#e0a426", "#c0563b"
_FONT = "Inter, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif"

Rows = Sequence[Mapping[str, Any]]


def svg(chart: Any, width: int = 300, height: int = 130) -> str:
    """Draws an Altair chart.

    Args:
        chart: without size.
        width: of the plotting area, pixels.
        height: likewise.

    Returns:
        An `<svg>` element.
    """
    import vl_convert

    styled = (
        chart.properties(width=width, height=height, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            grid=False,
            domainColor="#c9c3b8",
            tickColor="#c9c3b8",
            labelColor=INK,
            titleColor=SOIL,
            labelFont=_FONT,
            titleFont=_FONT,
            titleFontWeight="normal",
            labelFontSize=11,
        )
        .configure_legend(labelFont=_FONT, titleFont=_FONT, labelColor=INK, title=None, orient="top")
        .configure_text(font=_FONT)
    )
    return str(vl_convert.vegalite_to_svg(styled.to_dict()))


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
    import altair as alt

    kind: Any = "temporal" if temporal else "quantitative"

    def at(field: str) -> Any:
        ends = [bins[0]["from"], bins[-1]["to"], *(expected or ())] if bins else list(expected or ())
        scale = alt.Scale(zero=False, nice=False) if temporal else alt.Scale(domain=[min(ends), max(ends)], nice=False)
        axis = alt.Axis(tickCount=5, labelOverlap=True)
        return alt.X(field, type=kind, title=unit or None, scale=scale, axis=axis)

    layers: list[Any] = []
    if expected is not None:
        band = alt.InlineData(values=[{"low": expected[0], "high": expected[1]}])
        layers.append(alt.Chart(band).mark_rect(color=SUN, opacity=0.16).encode(x=at("low"), x2="high"))
    layers.append(
        alt.Chart(alt.InlineData(values=list(bins)))
        .mark_rect(color=LEAF, opacity=0.9)
        .encode(
            x=at("from"),
            x2="to",
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format="%", tickCount=3)),
            y2=alt.datum(0),
        )
    )
    if typical is not None:
        line = alt.InlineData(values=[{"typical": typical}])
        layers.append(alt.Chart(line).mark_rule(color=CLAY, strokeWidth=2, strokeDash=[5, 3]).encode(x=at("typical")))
    return svg(alt.layer(*layers))


def shares(bars: Rows, unit: str | None = None) -> str:
    """Categories: the share that came out (bar) beside the share asked for (tick).

    Args:
        bars: `{"name", "got", "asked"}`; `asked` may be None.
        unit: shown under the axis.

    Returns:
        An `<svg>` element.
    """
    import altair as alt

    data = alt.InlineData(values=list(bars))
    order = [bar["name"] for bar in bars]
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=110))
    x = alt.X("got:Q", title=unit, axis=alt.Axis(format="%", tickCount=4))
    bar = alt.Chart(data).mark_bar(color=LEAF, opacity=0.9).encode(y=y, x=x)
    tick = (
        alt.Chart(data)
        .transform_filter("isValid(datum.asked)")
        .mark_tick(color=CLAY, thickness=2.5, size=16)
        .encode(y=y, x="asked:Q")
    )
    return svg(bar + tick, height=max(36, 19 * len(bars)))


def ways(bars: Rows) -> str:
    """Where the records of each table went: one bar a table, its parts by colour.

    Args:
        bars: `{"name", part: count, ...}`, the parts in the order good, in between, bad.

    Returns:
        An `<svg>` element.
    """
    import altair as alt

    parts = [key for key in (bars[0] if bars else {}) if key != "name"]
    totals = {bar["name"]: max(sum(bar[part] for part in parts), 1) for bar in bars}
    values = [
        {"name": bar["name"], "part": part, "share": bar[part] / totals[bar["name"]], "order": order}
        for bar in bars
        for order, part in enumerate(parts)
    ]
    colour = alt.Color("part:N", sort=parts, scale=alt.Scale(domain=parts, range=[LEAF, SUN, CLAY]))
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar(opacity=0.9)
        .encode(
            y=alt.Y("name:N", sort=list(totals), title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=130)),
            x=alt.X("share:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1])),
            color=colour,
            order="order:Q",
        )
    )
    return svg(chart, width=720, height=max(40, 24 * len(bars)))


def counts(bars: Rows) -> str:
    """Reasons with how many rows each concerns.

    Args:
        bars: `{"name", "count", "kind"}`; kind is `reject` or `warn`.

    Returns:
        An `<svg>` element.
    """
    import altair as alt

    data = alt.InlineData(values=[{**bar, "label": f"{bar['count']:,}"} for bar in bars])
    order = [bar["name"] for bar in bars]
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=420))
    x = alt.X("count:Q", title=None, axis=alt.Axis(tickCount=4, format=",d", tickMinStep=1))
    colour = alt.Color("kind:N", scale=alt.Scale(domain=["reject", "warn"], range=[CLAY, SUN]), legend=None)
    base = alt.Chart(data)
    bar = base.mark_bar(opacity=0.9).encode(y=y, x=x, color=colour)
    label = base.mark_text(align="left", dx=4, color=INK).encode(y=y, x=x, text="label:N")
    return svg(bar + label, width=460, height=max(36, 22 * len(bars)))


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
    import altair as alt

    known = [point for point in points if point["name"] in series]
    several = len({point["seed"] for point in known}) > 1
    colour = alt.Color(
        "name:N",
        sort=list(series),
        scale=alt.Scale(domain=list(series), range=list(series.values())),
        legend=alt.Legend(symbolStrokeWidth=4, symbolType="stroke", symbolOpacity=1),
    )

    def y(value: str) -> Any:
        return alt.Y(value, title=None, axis=alt.Axis(format="%", grid=True, gridColor="#ece7dd"))

    layers = []
    for order, name in enumerate(series):
        base = alt.Chart(alt.InlineData(values=[point for point in known if point["name"] == name])).encode(
            x=alt.X(
                x, type="quantitative", axis=alt.Axis(tickMinStep=1, title=x), scale=alt.Scale(nice=False, zero=False)
            ),
            y=y("mean(value):Q"),
            color=colour,
        )
        width = 2.0 + 2.5 * (len(series) - 1 - order)
        if several:
            layers.append(base.mark_line(opacity=0.3, strokeWidth=1).encode(y=y("value:Q"), detail="seed:N"))
        layers.append(base.mark_line(strokeWidth=width))
    return svg(alt.layer(*layers), width=560, height=height)


def curve(points: Rows, *, temporal: bool, ticks: Sequence[float] | None = None) -> str:
    """Factors over days or over the hours of a day, with a line at 1.

    Args:
        points: `{"at", "factor"}`; `at` an ISO date, or hours from 0 to 24.
        temporal: `at` is a date.
        ticks: places of the axis to name.

    Returns:
        An `<svg>` element.
    """
    import altair as alt

    axis = alt.Axis(tickCount=6, labelOverlap=True) if ticks is None else alt.Axis(values=list(ticks))
    x = alt.X("at", type="temporal" if temporal else "quantitative", title=None, scale=alt.Scale(nice=False), axis=axis)
    y = alt.Y("factor:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=4, format="~g"))
    one = (
        alt.Chart(alt.InlineData(values=[{"factor": 1}])).mark_rule(color=SOIL, strokeDash=[2, 3]).encode(y="factor:Q")
    )
    line = alt.Chart(alt.InlineData(values=list(points))).mark_area(
        color=SKY,
        opacity=0.18,
        line={"color": SKY, "strokeWidth": 1.4},
        interpolate="step-after" if temporal else "linear",
    )
    return svg(alt.layer(line.encode(x=x, y=y), one), width=300, height=110)
