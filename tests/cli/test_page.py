"""Pages and charts: self-contained, escaped, and drawn from the numbers given."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

from seedbed.cli import charts, page


def test_text_is_escaped_everywhere() -> None:
    nasty = "<script>alert('x')</script>"
    made = page.page(nasty, [page.card(nasty, nasty, ""), page.facts([(nasty, nasty)]), page.table([nasty], [[nasty]])])
    assert "<script>" not in made
    assert made.count("&lt;script&gt;") == 7


def test_the_page_loads_nothing_from_elsewhere() -> None:
    made = page.page("t", [page.jpeg(b"\xff\xd8", "a picture")])
    assert re.findall(r'(?:src|href)="(?!data:)', made) == []
    assert "@import" not in made
    HTMLParser().feed(made)


def test_a_histogram_shows_range_typical_and_bars() -> None:
    bins = [{"from": 0.0, "to": 1.0, "share": 0.25}, {"from": 1.0, "to": 2.0, "share": 0.75}]
    drawn = charts.histogram(bins, expected=(0.0, 2.0), typical=1.5, unit="m")
    root = ET.fromstring(drawn)
    assert root.tag.endswith("svg")
    for color in (charts.SUN, charts.LEAF, charts.CLAY):
        assert color in drawn
    assert "m</text>" in drawn
    assert charts.CLAY not in charts.histogram(bins, expected=None)


def test_bars_show_what_was_asked_only_where_it_was() -> None:
    asked = charts.shares([{"name": "card", "got": 0.7, "asked": 0.72}, {"name": "cash", "got": 0.3, "asked": 0.28}])
    free = charts.shares([{"name": "S001", "got": 1.0, "asked": None}])
    assert charts.CLAY in asked
    assert charts.CLAY not in free
    assert "cash" in asked


def test_the_same_numbers_give_the_same_picture() -> None:
    points = [{"epoch": e, "seed": 0, "name": "real", "value": e / 10} for e in range(4)]
    first, second = (charts.lines(points, "epoch", {"real": charts.LEAF}) for _ in range(2))
    assert first == second
