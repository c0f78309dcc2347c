"""Rows that agree on some columns: who differs from the others is told, whatever the cut into batches."""

from __future__ import annotations

from collections import Counter, defaultdict

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import judged, one_table

from seedbed.rules.constraints import Severity
from seedbed.rules.dependencies import Dependency
from seedbed.rules.guard.batches import Breach
from seedbed.rules.guard.dependencies import Agreement
from seedbed.rules.guard.views import View

TOWNS = one_table(
    """
zip: {type: text, pattern: "[0-9]{5}"}
city: {type: text, faker: city}
state: {type: category, choices: {AL: 1, AK: 1}}
""",
    tail="depends:\n  - {name: a ZIP code has one city, given: [zip], same: [city, state]}",
)


def test_the_few_differ_from_the_many() -> None:
    frame = pl.DataFrame(
        {
            "zip": ["35233"] * 25 + ["99501", "99502", "99502", None],
            "city": ["birmingham"] * 24 + ["birmingxam", "anchorage", "x", "y", "z"],
            "state": ["AL"] * 25 + ["AK", None, "AK", "AK"],
        }
    )
    verdict = judged(TOWNS, {"t": frame}, size=7)["t"]
    found = {(row, column) for row, column, code in verdict.found if code == "dependency"}
    assert found == {(24, "city"), (27, "city"), (26, "city")}
    breach = next(each for each in verdict.breaches if each.code == "dependency")
    assert breach.words == "a ZIP code has one city: differs from other rows of the same zip"
    assert breach.details is not None
    assert breach.details[0] == '"birmingxam" in 1 of 25 rows, "birmingham" in 24'


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=40), st.integers(1, 9))
def test_as_counted_by_hand(rows: list[tuple[str, str]], size: int) -> None:
    book = one_table(
        "k: {type: text, pattern: '[a-c]'}\nv: {type: text, pattern: '[x-z]'}",
        tail="depends:\n  - {name: one, given: [k], same: [v]}",
    )
    frame = pl.DataFrame(rows, schema={"k": pl.String, "v": pl.String}, orient="row")
    verdict = judged(book, {"t": frame}, size=size)["t"]
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for key, value in rows:
        groups[key][value] += 1
    wrong = set()
    for number, (key, value) in enumerate(rows):
        others = [count for other, count in groups[key].items() if other != value]
        if others and max(others) >= groups[key][value]:
            wrong.add((number, "v", "dependency"))
    assert verdict.found == wrong
    kept = [row for number, row in enumerate(rows) if (number, "v", "dependency") not in verdict.found]
    assert all(len({value for other, value in kept if other == key}) <= 1 for key, _ in kept)


def test_too_many_combinations_are_given_up_with_a_remark() -> None:
    agreement = Agreement(Dependency(name="one", given=("k",), same=("v",)), most=10)
    view = View(12, judged(TOWNS, {})["t"].judge._zone, {}, False)
    view.put("k", pl.Series([str(number // 2) for number in range(12)]))
    view.put("v", pl.Series([str(number) for number in range(12)]))
    agreement.survey(view)
    assert list(agreement.judge(view)) == []
    (remark,) = agreement.finish()
    assert isinstance(remark, Breach)
    assert remark.severity == "warn"
    assert "not checked, more than 10 combinations" in remark.words


@pytest.mark.parametrize("severity", ["warn", "reject"])
def test_severity(severity: Severity) -> None:
    book = one_table(
        "k: {type: text, pattern: '[a-c]'}\nv: {type: text, pattern: '[x-z]'}",
        tail=f"depends:\n  - {{name: one, given: [k], same: [v], severity: {severity}}}",
    )
    frame = pl.DataFrame({"k": ["a"] * 3, "v": ["x", "y", "x"]})
    (breach,) = judged(book, {"t": frame})["t"].breaches
    assert (breach.severity, breach.rows.tolist()) == (severity, [1])
