"""Rules that hold several others: for each branch of `cases`, each value of `by`, or all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedbed.rules.expressions import Expression
from seedbed.rules.guard.codings import CodeMap
from seedbed.rules.guard.rules import Finding, Mask, Outcome, Rule

if TYPE_CHECKING:
    import polars as pl

    from seedbed.rules.guard.views import View


@dataclass(frozen=True)
class AllOf:
    """Several rules at once."""

    rules: tuple[Rule, ...]

    @property
    def inputs(self) -> frozenset[str]:
        """Those of all rules."""
        return frozenset().union(*(rule.inputs for rule in self.rules))

    def judge(self, view: View, name: str) -> Outcome:
        """What any of them finds."""
        return Outcome([finding for rule in self.rules for finding in rule.judge(view, name).findings])


@dataclass(frozen=True)
class Switched:
    """Another rule for each value of another column.

    Attributes:
        path: the column.
        rules: by its values, as text.
        plain: for all others, and where there is none.
    """

    path: str
    rules: Mapping[str, Rule]
    plain: Rule

    @property
    def inputs(self) -> frozenset[str]:
        """The column looked at, and those of all rules."""
        return frozenset({self.path}).union(*(rule.inputs for rule in (self.plain, *self.rules.values())))

    @cached_property
    def _map(self) -> CodeMap:
        return CodeMap(self._numbers)

    def _numbers(self, texts: pl.Series) -> NDArray[np.int64]:
        import polars as pl

        values = list(self.rules)
        numbers = texts.replace_strict(values, range(1, len(values) + 1), default=0, return_dtype=pl.Int64)
        return np.array(numbers.fill_null(0).to_numpy())

    def judge(self, view: View, name: str) -> Outcome:
        """Each rule judges all rows, and counts on its own."""
        import polars as pl

        switch = view.series(self.path)
        if "." not in self.path and view.coded(self.path):
            column = view.codes(self.path)
            numbers = self._map.map(column)
            if column.valid is not None:
                numbers[~column.valid] = 0
        else:
            numbers = self._numbers(switch.cast(pl.String))
        unsure = view.spoiled([self.path])
        found: list[Finding] = []
        missing: Mask | None = unsure
        for number, (value, rule) in enumerate([("", self.plain), *self.rules.items()]):
            outcome = rule.judge(view, name)
            if not outcome.findings and outcome.missing is False:
                continue
            here = numbers == number
            for finding in outcome.findings:
                mask = finding.mask & here if unsure is None else finding.mask & here & ~unsure
                if mask.any():
                    place = f" ({self.path} is {value})" if number else ""
                    found.append(Finding(finding.code, finding.words + place, mask))
            if outcome.missing is not False:
                none = here if outcome.missing is True else here & outcome.missing
                missing = none if missing is None else missing | none
        return Outcome(found, False if missing is None else missing)


@dataclass(frozen=True)
class Branch:
    """A branch of `cases`.

    Attributes:
        when: its condition, None for `otherwise`.
        rule: of its source.
    """

    when: Expression | None
    rule: Rule

    @property
    def place(self) -> str:
        """In words, where the branch applies."""
        return "otherwise" if self.when is None else f"where {' '.join(self.when.text.split())}"


@dataclass(frozen=True)
class Cases:
    """The first branch whose condition holds says what the value may be."""

    branches: tuple[Branch, ...]
    inputs: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        names = [branch.rule.inputs | (branch.when.columns if branch.when else frozenset()) for branch in self.branches]
        object.__setattr__(self, "inputs", frozenset().union(*names))

    def judge(self, view: View, name: str) -> Outcome:
        """Each branch judges all rows, and counts on its own; rows whose condition cannot be told are left alone."""
        rest: Mask | None = None
        unsure: Mask | None = None
        found: list[Finding] = []
        missing: Mask | None = None
        for branch in self.branches:
            if branch.when is None:
                here = rest
            else:
                holds = view.holds(branch.when)
                here = holds if rest is None else holds & rest
                rest = ~holds if rest is None else rest & ~holds
                spoiled = view.spoiled(branch.when.columns)
                if spoiled is not None:
                    unsure = spoiled if unsure is None else unsure | spoiled
                if not here.any():
                    continue
            outcome = branch.rule.judge(view, name)
            for finding in outcome.findings:
                mask = finding.mask if here is None else finding.mask & here
                if unsure is not None:
                    mask = mask & ~unsure
                if mask.any():
                    found.append(Finding(finding.code, f"{finding.words} ({branch.place})", mask))
            if outcome.missing is not False:
                everywhere = np.ones(view.rows, np.bool_) if here is None else here
                none = everywhere if outcome.missing is True else everywhere & outcome.missing
                missing = none if missing is None else missing | none
        if unsure is not None:
            missing = unsure if missing is None else missing | unsure
        return Outcome(found, False if missing is None else missing)
