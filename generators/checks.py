"""A constraint's condition on the rows of a block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedbed.core.errors import DataError, Reason
from seedbed.generators.arithmetic import computed_by
from seedbed.generators.blocks import Block
from seedbed.generators.values import Mask
from seedbed.rules.expressions import Expression


@dataclass(frozen=True)
class Check:
    """A constraint, compiled.

    Attributes:
        name: the client's.
        expression: what holds.
        drawn: the columns it depends on that can be drawn again.
        gives: the columns that are drawn within what it leaves them; empty where some of it bounds no column.
    """

    name: str
    expression: Expression
    drawn: frozenset[str]
    gives: tuple[str, ...] = ()

    def broken(self, block: Block) -> Mask | None:
        """(N,) where the check is false, None where it is nowhere; a row where it is missing keeps it, as in SQL."""
        found = computed_by(self.expression, block)
        if found is not None and found.data.dtype == np.bool_:
            if found.data.all():
                return None
            return np.asarray(~found.data if found.valid is None else ~found.data & found.valid)
        import polars as pl

        names = sorted(self.expression.columns)
        frame = pl.DataFrame([block.series(name) for name in names] or [pl.Series("", np.zeros(len(block), np.int8))])
        try:
            held = self.expression.evaluate(frame).cast(pl.Boolean)
        except (DataError, pl.exceptions.PolarsError) as error:
            words = error.message if isinstance(error, DataError) else str(error).splitlines()[0]
            raise DataError(
                f"constraint {self.name!r} does not fit its columns: {words}",
                reason=Reason.INVALID,
                where=block.table.name,
                found=self.expression.text,
                repair="change the check so that it fits its columns' types",
            ) from None
        # Asking first costs nothing, and spares the rows of a rule that holds anyway a way back to numpy.
        return None if held.all() else np.asarray((~held).fill_null(False).to_numpy())
