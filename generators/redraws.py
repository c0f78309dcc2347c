"""Constraints: rows that break one have the columns it depends on drawn again, until every row keeps all.

First a column that a check only bounds is drawn within what the rest of the row leaves it (`truncating`). What then is
still broken is drawn again in whole.

Attempt k at a row uses random cells of its own, keyed with k, so what a row ends as is still a function of its number
alone: it does not matter which rows are computed beside it, or in which process. With one constraint the rows are
those of the book given that it holds (rejection sampling). Where a row breaks several, only what the broken ones
depend on is drawn again (R. Moser, G. Tardos: A constructive proof of the general Lovasz local lemma, Journal of the
ACM 57, 2010), which ends far sooner than drawing everything anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, Reason
from seedbed.generators.blocks import Block, TableMaker
from seedbed.generators.checks import Check
from seedbed.generators.truncating import Truncated
from seedbed.generators.values import Values, concatenated

MOST_ATTEMPTS = 2000
"""Attempts at one row: a check that holds in one row of a hundred is out of luck this long once in 10**8 rows."""
TRIED_ROWS = 4096
"""Rows on which constraints are tried out before anything is written."""
_TOGETHER, _MOST_TOGETHER = 4096, 64
"""Rows times attempts computed at once, and most attempts among them; they change speed, never the rows."""
_HOPELESS = 250
"""Attempts without a single row settled among many, after which a try-out gives up."""


class _Try(NamedTuple):
    """What came of attempts: checks still broken, attempts made in all, and the columns, row by row."""

    broken: NDArray[np.int64]
    made: NDArray[np.int64]
    values: dict[str, Values]


@dataclass(frozen=True)
class Redraws:
    """The constraints of a table.

    Attributes:
        checks: at most 63.
        columns: those that a redraw can change and a check reads.
        wants: for each column that a check depends on, the columns of the row it is computed from.
        truncated: the columns that give way to a check, each after those its checks read.
    """

    checks: tuple[Check, ...]
    columns: frozenset[str]
    wants: Mapping[str, frozenset[str]]
    truncated: tuple[Truncated, ...] = ()
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
        if broken is None:
            return {}
        at = np.flatnonzero(broken)
        return self._redrawn(draft, at, broken[at], hopeless=MOST_ATTEMPTS)

    def try_out(self, table: TableMaker) -> None:
        """Tries the constraints on the first rows of a table.

        Raises:
            DataError: a constraint cannot be met; names it, with the share of rows that broke it when first drawn.
        """
        draft = Block(table, start=0, stop=min(TRIED_ROWS, table.rows), draft=True)
        broken = self._broken(draft)
        if broken is not None:
            at = np.flatnonzero(broken)
            self._redrawn(draft, at, broken[at], hopeless=_HOPELESS)

    def _broken(self, block: Block) -> NDArray[np.int64] | None:
        """(N,) the checks each row breaks, a bit each; None where no row breaks any."""
        bits = None
        for number, check in enumerate(self.checks):
            broken = check.broken(block)
            if broken is not None and broken.any():
                if bits is None:
                    bits = np.zeros(len(block), np.int64)
                bits[broken] |= 1 << number
        return bits

    @cached_property
    def _unbounded(self) -> int:
        """The checks, a bit each, that no column gives way to."""
        bounded = {check.name for one in self.truncated for check in (*one.lower, *one.upper)}
        return sum(1 << number for number, check in enumerate(self.checks) if check.name not in bounded)

    def _truncated(self, block: Block, broken: Any, *, again: bool = False) -> tuple[Block, NDArray[np.int64]]:
        """Draws columns within what checks leave them, on the rows of a draft that break any.

        Args:
            block: the rows.
            broken: (N,) the checks each breaks.
            again: whether rows that break another check as well are left alone: they are drawn again anyhow.

        Returns:
            The rows with these columns, and (N,) the checks each breaks; where any is left, with those it broke before.
        """
        at = np.flatnonzero((broken != 0) & ((broken & self._unbounded) == 0) if again else broken)
        if not self.truncated or not at.size:
            return block, broken
        now = block.over(at)
        for one in self.truncated:
            made = one.make(now)
            if made is not None:
                now = _laid(now, made[0], made[1], one.follow)
        left = self._broken(now)
        broken = broken.copy()
        # Where a column gave way in vain, the check it gave way to counts as broken too: another column that this check
        # reads may be the one to draw again.
        broken[at] = 0 if left is None else np.where(left, left | broken[at], 0)
        return _laid(block, at, now, self.columns), broken

    def _redrawn(self, draft: Block, at: Any, broken: Any, hopeless: int) -> dict[str, Values]:
        names = sorted(self.columns)
        start, many = broken, len(at) >= 64
        now, broken = self._truncated(draft.over(at), broken)
        state, made = now.values_at(names, np.arange(len(at))), np.zeros(len(at), np.int64)
        where: list[Any] = []
        done: dict[str, list[Values]] = {name: [] for name in names}
        while True:
            good, bad = np.flatnonzero(broken == 0), np.flatnonzero(broken)
            if good.size:
                where.append(at[good])
                for name in names:
                    done[name].append(state[name].picked(good))
            if not bad.size:
                break
            at, broken, made = at[bad], broken[bad], made[bad]
            stuck = made >= MOST_ATTEMPTS
            if many and not where:
                stuck |= made.min() >= hopeless
            if stuck.any():
                raise self._refusal(draft, at[stuck], broken[stuck], start, int(made[stuck].min()))
            now = Block(draft.table, rows=draft.rows[at], base=(draft, at), anew=self.columns, draft=True)
            now.fill({name: state[name].picked(bad) for name in names})
            groups = [np.flatnonzero(broken == bits) for bits in np.unique(broken).tolist()]
            tries = [self._try(now, here, made[here], int(broken[here[0]])) for here in groups]
            at = at[np.concatenate(groups)]
            broken, made = (np.concatenate([getattr(one, part) for one in tries]) for part in ("broken", "made"))
            state = {name: concatenated([one.values[name] for one in tries]) for name in names}
        rows = np.concatenate(where)
        return {name: patched(draft.get(name), rows, concatenated(done[name])) for name in names}

    def _try(self, now: Block, here: Any, made: Any, bits: int) -> _Try:
        """Further attempts at rows that break the same checks, several at once where the rows are few.

        As long as a row breaks these same checks, the next attempt draws the same columns, and what the one before
        drew does not matter. So each row goes on to the first attempt after which it breaks others, or none.
        """
        anew = self._columns_of(bits)
        if not anew:
            values = now.values_at(self.columns, here)
            return _Try(np.full(len(here), bits), np.full(len(here), MOST_ATTEMPTS), values)
        count = len(here)
        # Columns that give way take time, and leave few rows that need a further attempt.
        times = min(max(_TOGETHER // count, 1), min(_MOST_TOGETHER, 8) if self.truncated else _MOST_TOGETHER)
        places = np.tile(here, times)
        attempts = np.repeat(np.arange(1, times + 1), count) + np.tile(made, times)
        redo = Block(now.table, rows=now.rows[places], base=(now, places), attempt=attempts, anew=anew, draft=True)
        found = self._broken(redo)
        redo, found = self._truncated(redo, np.zeros(len(places), np.int64) if found is None else found, again=True)
        after = found.reshape(times, count)
        # How many are tried at once must not show, so the last one allowed is the last one counted.
        moved = (after != bits) & (attempts.reshape(times, count) <= MOST_ATTEMPTS)
        chosen = np.where(moved.any(axis=0), moved.argmax(axis=0), times - 1)
        values = redo.values_at(self.columns, chosen * count + np.arange(count))
        reached = np.where(moved.any(axis=0), after[chosen, np.arange(count)], bits)
        still = np.flatnonzero(~moved.any(axis=0))
        if self.truncated and still.size:
            # A column that gave way in vain need not be among those drawn again.
            before = now.values_at(self.columns, here[still])
            values = {name: patched(values[name], still, before[name]) for name in self.columns}
        return _Try(reached, made + chosen + 1, values)

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
        breaks = f"it breaks in {share:.1%} of {len(draft):,} rows"
        if check.gives:
            columns = " and ".join(map(repr, check.gives))
            allowed = f"{breaks}, and in row {row + 1} leaves {columns} no value, also after {attempts} redraws"
            repair = f"widen the range of {columns}, or loosen the check"
        elif check.drawn:
            allowed = f"{breaks}, in row {row + 1} also after {attempts} redraws"
            repair = "widen a range, or loosen the check, so that at least one row in a hundred keeps it by itself"
        else:
            allowed = f"{breaks} and reads nothing that could be drawn again"
            repair = "let the check read a drawn column, or change the formulas it reads"
        return DataError(
            f"{words}: {allowed}",
            reason=Reason.INVALID,
            where=draft.table.name,
            found=check.expression.text,
            repair=repair,
        )


def _laid(block: Block, at: Any, new: Block, names: frozenset[str]) -> Block:
    """A block with columns of another put at some positions."""
    every = np.arange(len(block), dtype=np.int64)
    laid = block.over(every)
    laid.fill({name: patched(block.get(name), at, new.get(name)) for name in names})
    return laid


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
