"""Small static plots as SVG: scales, axes, marks, a legend. A browser's worth of grammar is not needed for them.

Vega-Lite drew these before; starting its JavaScript engine took more time than checking five million rows.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

INK, SOIL = "#22302a", "#8a7f72"
AXIS, GRID = "#c9c3b8", "#ece7dd"
FONT = "Inter, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif"
SIZE = 11
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[] -"), frozenset("mwMW%@")
_TICK, _GAP = 5, 4

Point = tuple[float, float]


def text_width(words: str, size: float = SIZE) -> float:
    """About how wide a text is, in pixels: no font is at hand to ask."""
    parts = sum(0.36 if c in _NARROW else 0.92 if c in _WIDE else 0.66 if c.isupper() else 0.6 for c in words)
    return parts * size


def shortened(words: str, limit: float) -> str:
    """A text cut with an ellipsis to a width."""
    if text_width(words) <= limit:
        return words
    while words and text_width(words + "…") > limit:
        words = words[:-1]
    return words.rstrip() + "…"


@dataclass(frozen=True)
class Linear:
    """A straight scale, or a logarithmic one.

    Attributes:
        low: value at the start.
        high: value at the end.
        start: pixel of `low`.
        end: pixel of `high`.
        log: whether equal ratios are equal distances.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        low, high, at = (math.log(each) if self.log else each for each in (self.low, self.high, value))
        # By the largest of them, so that no difference of numbers leaves what a float can hold.
        size = max(abs(low), abs(high), abs(at)) or 1.0
        low, high, at = low / size, high / size, at / size
        part = (at - low) / (high - low) if high > low else 0.5
        return self.start + (self.end - self.start) * min(max(part, -1e3), 1e3)


def ticks(low: float, high: float, count: int, least: float = 0.0) -> list[float]:
    """Round values between two ends, about so many: steps of 1, 2 or 5 times a power of ten.

    The step is the one of d3-array's `tickIncrement` (Bostock): the power below, times 2, 5 or 10 where the number of
    ticks is then nearer to what was asked, on a logarithmic scale.

    Args:
        low: the lower end.
        high: the upper end.
        count: about how many.
        least: smallest step.
    """
    if not high > low:
        return [low]
    raw = high / max(count, 1) - low / max(count, 1)
    if not 1e-290 < raw < 1e290 or raw < 1e-12 * max(abs(low), abs(high)):
        return [low, high]  # as far as floats tell, there is nothing round in between
    power = 10.0 ** math.floor(math.log10(raw))
    error = raw / power
    factor = 10 if error >= math.sqrt(50) else 5 if error >= math.sqrt(10) else 2 if error >= math.sqrt(2) else 1
    step = max(power * factor, least)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def percent(values: Sequence[float]) -> list[str]:
    """Shares as per cent, with as many digits as their step needs."""
    return [f"{name}%" for name in plain([100 * value for value in values])]


def plain(values: Sequence[float]) -> list[str]:
    """Numbers as people write them, 1,200,000 or 0.25; powers of ten where these would be long."""
    steps = [abs(b - a) for a, b in pairwise(values) if b != a]
    most = max((abs(value) for value in values), default=0.0)
    step = min(steps, default=most) or 1.0
    if most >= 1e12 or not 1e-7 <= step < math.inf:
        return [f"{value:.4g}".replace("-", "−") for value in values]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{value:,.{digits}f}".replace("-", "−") for value in values]


def nice(low: float, high: float, count: int = 5) -> Point:
    """Ends moved outward to the next tick."""
    marks = ticks(low, high, count)
    step = marks[1] - marks[0] if len(marks) > 1 else 0.0
    if not 0 < step < math.inf:
        return low, high
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


_EPOCH = dt.datetime(1970, 1, 1)


def days_of(moment: str) -> float:
    """An ISO date or moment as days since 1970; what is said of the offset is left out."""
    return (dt.datetime.fromisoformat(moment).replace(tzinfo=None) - _EPOCH) / dt.timedelta(days=1)


def time_ticks(low: float, high: float, count: int) -> tuple[list[float], list[str]]:
    """Days since 1970 between two ends on which a year, month, day or hour begins, and what to call them."""
    span = (high - low) / max(count, 1)
    first, last = (_EPOCH + dt.timedelta(days=each) for each in (low, high))
    months = next((step for step in (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200) if span <= 30.5 * step * 1.35), 12000)
    days = next((step for step in (1, 2, 7, 14) if span <= step * 1.35), None) if span <= 20 else None
    found: list[dt.datetime] = []
    if span <= 0.7:
        hours = next(step for step in (1, 3, 6, 12) if span * 24 <= step * 1.5 or step == 12)
        at = first.replace(minute=0, second=0, microsecond=0)
        while at <= last:
            if at >= first and at.hour % hours == 0:
                found.append(at)
            at += dt.timedelta(hours=1)
    elif days is not None:
        at = dt.datetime(first.year, first.month, first.day)
        while at <= last:
            if at >= first and (at - _EPOCH).days % days == 0:
                found.append(at)
            at += dt.timedelta(days=1)
    else:
        number = (first.year * 12 + first.month - 1) // months * months
        while number <= last.year * 12 + last.month:
            year, month = divmod(number, 12)
            if 1 <= year <= 9999 and first <= (at := dt.datetime(year, month + 1, 1)) <= last:
                found.append(at)
            number += months
    return [(at - _EPOCH) / dt.timedelta(days=1) for at in found], [_called(at, days is not None) for at in found]


def _called(at: dt.datetime, daily: bool) -> str:
    if at.hour or at.minute:
        return f"{at:%H:%M}"
    if daily and at.day != 1:
        return f"{at:%b} {at.day}"
    return f"{at:%Y}" if at.month == 1 and at.day == 1 else f"{at:%b}" if at.day == 1 else f"{at:%b} {at.day}"


@dataclass
class Plot:
    """A plotting area with what is drawn in and around it; (0, 0) is its upper left corner, pixels.

    Attributes:
        width: of the area.
        height: likewise.
        title: what the plot shows, for those who cannot see it.
    """

    width: float
    height: float
    title: str = ""
    _marks: list[str] = field(default_factory=list)
    _axes: list[str] = field(default_factory=list)
    _room: dict[str, float] = field(default_factory=lambda: {"left": 5.0, "right": 5.0, "top": 5.0, "bottom": 5.0})

    def rect(self, x: Point, y: Point, color: str, opacity: float = 1.0) -> None:
        """A filled rectangle between two x and two y, in any order."""
        left, right, top, bottom = min(x), max(x), min(y), max(y)
        if right > left and bottom > top:
            size = f'x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" height="{bottom - top:.2f}"'
            self._marks.append(f'<rect {size} fill="{color}"{_opacity(opacity)}/>')

    def line(
        self, points: Sequence[Point], color: str, width: float = 1.0, *, dash: str = "", opacity: float = 1.0
    ) -> None:
        """A line through points."""
        if len(points) > 1:
            way = "M" + "L".join(f"{x:.2f},{y:.2f}" for x, y in points)
            dashed = f' stroke-dasharray="{dash}"' if dash else ""
            self._marks.append(
                f'<path d="{way}" fill="none" stroke="{color}" stroke-width="{width:g}"{dashed}{_opacity(opacity)}/>'
            )

    def area(self, points: Sequence[Point], base: float, color: str, opacity: float) -> None:
        """What lies between a line and a height."""
        if len(points) > 1:
            way = [(points[0][0], base), *points, (points[-1][0], base)]
            path = "M" + "L".join(f"{x:.2f},{y:.2f}" for x, y in way)
            self._marks.append(f'<path d="{path}Z" fill="{color}"{_opacity(opacity)}/>')

    def dot(self, at: Point, radius: float, color: str, opacity: float = 1.0) -> None:
        """A filled circle."""
        self._marks.append(
            f'<circle cx="{at[0]:.2f}" cy="{at[1]:.2f}" r="{radius:g}" fill="{color}"{_opacity(opacity)}/>'
        )

    def words(self, at: Point, words: str, color: str = INK, *, anchor: str = "start", bold: bool = False) -> None:
        """A text; `at` is the end of its base line that `anchor` names."""
        self._marks.append(_words(at, words, color, anchor, SIZE + bold, bold))
        reach = text_width(words, SIZE + bold)
        right = at[0] + (reach if anchor == "start" else reach / 2 if anchor == "middle" else 0)
        self._widen("right", right - self.width + 2)

    def bottom_axis(self, places: Sequence[float], names: Sequence[str], title: str = "") -> None:
        """The x axis: names at pixels; those that would touch the one before are left out."""
        y, end = self.height, -math.inf
        self._axes.append(_rule((0, y), (self.width, y), AXIS))
        for x, name in zip(places, names, strict=True):
            self._axes.append(_rule((x, y), (x, y + _TICK), AXIS))
            half = text_width(name) / 2
            if x - half > end + 4:
                self._axes.append(_words((x, y + _TICK + 11), name, INK, "middle"))
                end = x + half
                self._widen("right", x + half - self.width)
                self._widen("left", half - x)
        self._widen("bottom", _TICK + 16 + (16 if title else 0))
        if title:
            self._axes.append(_words((self.width / 2, y + _TICK + 27), title, SOIL, "middle"))

    def left_axis(
        self, places: Sequence[float], names: Sequence[str], *, grid: bool = False, line: bool = True
    ) -> None:
        """The y axis: names at pixels, lines across the plot where asked; without a line of its own it has no ticks."""
        widest = 0.0
        for y, name in zip(places, names, strict=True):
            if grid:
                self._axes.insert(0, _rule((0, y), (self.width, y), GRID))
            if line:
                self._axes.append(_rule((-_TICK, y), (0, y), AXIS))
            self._axes.append(_words((-_TICK - _GAP, y + 3.8), name, INK, "end"))
            widest = max(widest, text_width(name))
        if line:
            self._axes.append(_rule((0, 0), (0, self.height), AXIS))
        self._widen("left", widest + _TICK + _GAP + 3)

    def legend(self, series: Iterable[tuple[str, str]], *, stroke: bool) -> None:
        """Names and colours in a row above the plot."""
        x, y = 0.0, -14.0
        for name, color in series:
            if stroke:
                self._axes.append(_rule((x, y), (x + 18, y), color, 4))
            else:
                self._axes.append(
                    f'<rect x="{x:.1f}" y="{y - 5:.1f}" width="11" height="11" fill="{color}" opacity="0.9"/>'
                )
            x += 23 if stroke else 16
            self._axes.append(_words((x, y + 4), name, INK, "start"))
            x += text_width(name) + 18
        self._widen("top", 28)
        self._widen("right", x - 18 - self.width)

    def svg(self) -> str:
        """An `<svg>` element."""
        left, top = self._room["left"], self._room["top"]
        width, height = left + self.width + self._room["right"], top + self.height + self._room["bottom"]
        label = f' aria-label="{escape(self.title)}"' if self.title else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.2f} {height:.2f}" role="img"{label} font-family="{FONT}">'
            f'<g transform="translate({left:.2f},{top:.2f})">{"".join(self._axes)}{"".join(self._marks)}</g></svg>'
        )

    def _widen(self, side: str, room: float) -> None:
        self._room[side] = max(self._room[side], math.ceil(room) + 1.0)


def _rule(start: Point, end: Point, color: str, width: float = 1) -> str:
    ends = f'x1="{start[0]:.2f}" y1="{start[1]:.2f}" x2="{end[0]:.2f}" y2="{end[1]:.2f}"'
    return f'<line {ends} stroke="{color}" stroke-width="{width:g}"/>'


def _words(at: Point, words: str, color: str, anchor: str, size: float = SIZE, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    place = f'x="{at[0]:.2f}" y="{at[1]:.2f}" font-size="{size:g}" text-anchor="{anchor}"'
    return f'<text {place} fill="{color}"{weight}>{escape(words)}</text>'


def _opacity(value: float) -> str:
    return "" if value == 1 else f' opacity="{value:g}"'
