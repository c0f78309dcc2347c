"""Constraints: rows that break one have the columns it depends on drawn again, until every row keeps all.

Attempt k at a row uses random cells of its own, keyed with k, so what a row ends as is still a function of its number
alone: it does not matter which rows are computed beside it, or in which process. With one constraint the rows are
those of the book given that it holds (rejection sampling). Where a row breaks several, only what the broken ones
depend on is drawn again (R. Moser, G. Tardos: A constructive proof of the general Lovasz local lemma, Journal of the
ACM 57, 2010), which ends far sooner than drawing everything anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, Reason
from seedbed.generators.blocks import Block, TableMaker
from seedbed.generators.formulas import scattered
from seedbed.generators.values import Mask, Values, concatenated
from seedbed.rules.expressions import Expression

MOST_ATTEMPTS = 2000
"""Attempts at one row: a check that holds in one row of a hundred is out of luck this long once in 10**8 rows."""
TRIED_ROWS = 4096
"""Rows on which constraints are tried out before anything is written."""
_HOPELESS = 250
"""Attempts without a single row settled among many, after which a try-out gives up."""


@dataclass(frozen=True)
class Check:
    """A constraint, compiled.

    Attributes:
        name: the client's.
        expression: what holds.
        drawn: the columns it depends on that can be drawn again.
    """

    name: str
    expression: Expression
    drawn: frozenset[str]

    def broken(self, block: Block) -> Mask | None:
        """(N,) where the check is false, None where it is nowhere; a row where it is missing keeps it, as in SQL."""
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


@dataclass(frozen=True)
class Redraws:
    """The constraints of a table.

    Attributes:
        checks: at most 63.
        columns: those that a redraw can change and a check reads.
        wants: for each column that a check depends on, the columns of the row it is computed from.
    """

    checks: tuple[Check, ...]
    columns: frozenset[str]
    wants: Mapping[str, frozenset[str]]
    _anew: dict[int, frozenset[str]] = field(default_factory=dict, repr=False)

    def settled(self, draft: Block) -> dict[str, Values]:
        """Draws rows again until all constraints hold.

        Args:
            draft: the rows as first drawn.

        Returns:
            All of `columns` on the rows; empty where no row broke a constraint.

        Raises:
            DataError: a constraint holds in no attempt at some row.
        """
        broken = self._broken(draft)
        at = np.flatnonzero(broken)
        if at.size == 0:
            return {}
        return self._redrawn(draft, at, broken[at], hopeless=MOST_ATTEMPTS)

    def try_out(self, table: TableMaker) -> None:
        """Tries the constraints on the first rows of a table.

        Raises:
            DataError: a constraint cannot be met; names it, with the share of rows that broke it when first drawn.
        """
        draft = Block(table, start=0, stop=min(TRIED_ROWS, table.rows), draft=True)
        broken = self._broken(draft)
        at = np.flatnonzero(broken)
        if at.size:
            self._redrawn(draft, at, broken[at], hopeless=_HOPELESS)

    def _broken(self, block: Block) -> NDArray[np.int64]:
        """(N,) the checks each row breaks, a bit each."""
        bits = np.zeros(len(block), np.int64)
        for number, check in enumerate(self.checks):
            broken = check.broken(block)
            if broken is not None:
                bits[broken] |= 1 << number
        return bits

    def _redrawn(self, draft: Block, at: Any, broken: Any, hopeless: int) -> dict[str, Values]:
        names = sorted(self.columns)
        state = draft.values_at(names, at)
        start, many = broken, len(at) >= 64
        where: list[Any] = []
        done: dict[str, list[Values]] = {name: [] for name in names}
        for attempt in range(1, MOST_ATTEMPTS + 1):
            now = self._block(draft, at, state)
            groups = [np.flatnonzero(broken == bits) for bits in np.unique(broken).tolist()]
            parts = [self._again(now, here, attempt, int(broken[here[0]])) for here in groups]
            drawn = {name: scattered(len(at), groups, [part[name] for part in parts]) for name in names}
            tried = self._block(draft, at, drawn)
            broken = self._broken(tried)
            good, bad = np.flatnonzero(broken == 0), np.flatnonzero(broken)
            if good.size:
                where.append(at[good])
                for name, values in tried.values_at(names, good).items():
                    done[name].append(values)
            if bad.size == 0:
                break
            at, broken, state = at[bad], broken[bad], tried.values_at(names, bad)
            none = not where
            if attempt == MOST_ATTEMPTS or not any(map(self._columns_of, np.unique(broken).tolist())):
                raise self._refusal(draft, at, broken, start, attempt)
            if none and many and attempt >= hopeless:
                raise self._refusal(draft, at, broken, start, attempt)
        rows = np.concatenate(where)
        return {name: patched(draft.get(name), rows, concatenated(done[name])) for name in names}

    def _block(self, draft: Block, at: Any, columns: Mapping[str, Values]) -> Block:
        """Rows at positions of the draft as they stand: `columns` given, all that follows computed from them."""
        block = Block(draft.table, rows=draft.rows[at], base=(draft, at), anew=self.columns, draft=True)
        block.fill(columns)
        return block

    def _again(self, now: Block, here: Any, attempt: int, bits: int) -> dict[str, Values]:
        """Columns at positions where the same checks are broken, after another attempt."""
        anew, rows = self._columns_of(bits), now.rows[here]
        redo = Block(now.table, rows=rows, base=(now, here), attempt=attempt, anew=anew, draft=True)
        return {name: redo.get(name) for name in self.columns}

    def _columns_of(self, bits: int) -> frozenset[str]:
        """The columns computed anew in a row that breaks some checks: what these drew, and all that follows from it."""
        if bits not in self._anew:
            anew = {name for number, check in enumerate(self.checks) if bits >> number & 1 for name in check.drawn}
            grown = True
            while grown:
                more = {name for name in self.columns - anew if self.wants[name] & anew}
                anew |= more
                grown = bool(more)
            self._anew[bits] = frozenset(anew)
        return self._anew[bits]

    def _refusal(self, draft: Block, at: Any, broken: Any, start: Any, attempts: int) -> DataError:
        counts = [int(np.count_nonzero(broken >> number & 1)) for number in range(len(self.checks))]
        number = int(np.argmax(counts))
        check = self.checks[number]
        share = int(np.count_nonzero(start >> number & 1)) / len(draft)
        row = int(draft.rows[at[np.flatnonzero(broken >> number & 1)[0]]])
        words = f"constraint {check.name!r} cannot be met"
        if check.drawn:
            allowed = f"it breaks in {share:.1%} of {len(draft):,} rows, in row {row + 1} also after {attempts} redraws"
            repair = "widen a range, or loosen the check, so that at least one row in a hundred keeps it by itself"
        else:
            allowed = f"it breaks in {share:.1%} of {len(draft):,} rows and reads nothing that could be drawn again"
            repair = "let the check read a drawn column, or change the formulas it reads"
        return DataError(
            f"{words}: {allowed}",
            reason=Reason.INVALID,
            where=draft.table.name,
            found=check.expression.text,
            repair=repair,
        )


def patched(values: Values, positions: NDArray[np.int64], new: Values) -> Values:
    """Values with others put at some positions."""
    if values.words is not new.words:
        # Texts of both are kept; the codes of the new ones come after.
        both = concatenated([values, new])
        order = np.arange(len(values), dtype=np.int64)
        order[positions] = len(values) + np.arange(len(new))
        return both.take(order)
    data = values.data.astype(np.promote_types(values.data.dtype, new.data.dtype))
    data[positions] = new.data
    valid = values.valid
    if valid is not None or new.valid is not None:
        valid = np.ones(len(values), np.bool_) if valid is None else valid.copy()
        valid[positions] = True if new.valid is None else new.valid
    return Values(data, valid, values.words)
