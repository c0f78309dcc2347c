"""Constraints of a table on real rows: CHECK as in SQL."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from seedbed.rules.constraints import Constraint
from seedbed.rules.expressions import Expression
from seedbed.rules.guard.absences import mask_of
from seedbed.rules.guard.batches import Breach
from seedbed.rules.guard.codes import Code, Severity
from seedbed.rules.guard.reckoned import truths

if TYPE_CHECKING:
    from seedbed.rules.guard.views import View


class Check:
    """One constraint.

    Args:
        constraint: of the book.
    """

    def __init__(self, constraint: Constraint) -> None:
        self._constraint = constraint
        self._expression = Expression.parse(constraint.check)

    @cached_property
    def _words(self) -> str:
        return f"{self._constraint.name}: {' '.join(self._constraint.check.split())}"

    def judge(self, view: View) -> list[Breach]:
        """Rows where the check is false; where it is missing, or something it reads could not be read, it passes."""
        import polars as pl

        if not all(map(view.has, self._expression.columns)):
            return []
        found = truths(view, self._expression)
        if found is not None:
            held, valid = found
            if held.all():
                return []
            broken = ~held if valid is None else ~held & valid
        else:
            truth = view.evaluate(self._expression).cast(pl.Boolean)
            if truth.all():
                return []
            broken = mask_of(~truth)
        spoiled = view.spoiled(self._expression.columns)
        if spoiled is not None:
            broken &= ~spoiled
        if not broken.any():
            return []
        severity = Severity(self._constraint.severity)
        return [Breach(Code.CONSTRAINT, None, np.flatnonzero(broken), self._words, None, severity)]
