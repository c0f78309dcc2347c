"""The page of --arms, from figures that are given."""

from __future__ import annotations

from pathlib import Path

from seedbed.cli.arms_page import arms_lines, crossover, order_lines
from seedbed.training.judging.arms import ARMS, Comparison, Row
from seedbed.training.judging.verdicts import Difference

BETTER, WORSE, NEITHER = (
    Difference(*found)
    for found in (
        (0.05, 0.03, 0.08, (0.06, 0.04)),
        (-0.05, -0.08, -0.03, (-0.06, -0.04)),
        (0.01, -0.02, 0.04, (0.06, -0.04)),
    )
)
MISTAKES = {"objects": 9, "found": 7, "background": 1, "duplicates": 0, "misplaced": 0}


def comparison(orders: dict[tuple[int, str], Difference]) -> Comparison:
    rows = [Row(arm, n, 0, Path("run"), 0.5, 0.4, 0.4, MISTAKES) for n in (4, 24) for arm in ARMS]
    return Comparison(Path("out"), tuple(rows), (), {}, orders, 30)


def test_the_order_is_told_where_it_says_something() -> None:
    given = comparison(
        {
            (4, "constant"): BETTER,
            (4, "staged"): WORSE,
            (4, "rising"): BETTER,
            (24, "constant"): NEITHER,
            (24, "staged"): WORSE,
        }
    )
    lines = list(order_lines(given))
    assert [line.partition(":")[0].rstrip(".") for line in lines] == [
        "With 4 labels constant and rising did better than falling",
        "With 4 labels falling did better than staged",
        "With 24 labels falling did better than staged",
    ]
    assert all(line in list(arms_lines(given)) for line in lines)
    assert list(order_lines(comparison({}))) == []


def test_every_arm_has_a_line() -> None:
    drawn = crossover(comparison({}))
    assert all(arm in drawn for arm in ARMS)
