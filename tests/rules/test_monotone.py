"""What a check says of one column, read from its words."""

from __future__ import annotations

import pytest

from seedbed.rules.monotone import direction_of, parts_of

TAINTED = {"sum": "x + y", "less": "y - 2 * x", "odd": "x % 2", "late": None}


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("x > y", 1),
        ("y >= x", -1),
        ("x - y >= 2.5", 1),
        ("3 * x < shop.size", -1),
        ("x / 2 + coalesce(y, 0) < 3", -1),
        ("-2 * x > y", -1),
        ("x > date '2025-03-01'", 1),
        ("x >= y + interval '1 day'", 1),
        ("not urgent or x <= 1440", -1),
        ("x is null or x <= t", -1),
        ("not (x < y)", 1),
        ("x > y and x > z", 1),
        ("kind in ('a', 'b') or x > 3", 1),
        ("case when y > 3 then 1 else 2 end < x", 1),
        ("sum < 10", -1),
        ("less < 10", 1),
        ("y > 3", 0),
        ("x - x > 3", None),
        ("x > y and x < z", None),
        ("x = y", None),
        ("x <> 3", None),
        ("x % 7 > 2", None),
        ("x * y > 2", None),
        ("2 / x > y", None),
        ("abs(x) > y", None),
        ("odd > 0", None),
        ("x > late", None),
        ("x between y and z", None),
        ("case when x > 3 then 1 else 2 end < y", None),
    ],
)
def test_direction(text, direction):
    assert direction_of(text, "x", TAINTED) == direction


@pytest.mark.parametrize(
    ("check", "parts"),
    [
        ("a < b", ["a < b"]),
        ("a < b and (b < c and c < d)", ["a < b", "b < c", "c < d"]),
        ("a between 1 and b + 2 and c > 3", ["a >= 1", "a <= b + 2", "c > 3"]),
        ("a < b or c < d and e", ["a < b or c < d and e"]),
        ("a not between 1 and 2 and b", ["a not between 1 and 2", "b"]),
        ("case when a and b then 1 end > c AND d", ["case when a and b then 1 end > c", "d"]),
        ("(a) < (b)", ["(a) < (b)"]),
    ],
)
def test_parts(check, parts):
    assert parts_of(check) == parts
