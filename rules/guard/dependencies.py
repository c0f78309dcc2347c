"""Rows that agree on some columns agree on others: who differs from most of the others is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from seedbed.core.words import listed
from seedbed.rules.dependencies import Dependency
from seedbed.rules.guard.batches import Breach, no_rows
from seedbed.rules.guard.codes import Code, Severity
from seedbed.rules.guard.identities import combined

if TYPE_CHECKING:
    import polars as pl

    from seedbed.rules.guard.views import View

MOST_PAIRS = 1 << 22
"""Different combinations of the deciding columns with one that follows; beyond, a rule is given up with a remark. They
take some 50 bytes each, and the text of the value."""
_PENDING = 1 << 18
_SHOWN = 60


class Agreement:
    """One dependency: counts every value of every group of rows first, then tells who differs.

    Args:
        dependency: of the book.
        most: combinations at most.
    """

    def __init__(self, dependency: Dependency, most: int = MOST_PAIRS) -> None:
        self._dependency = dependency
        self._counts = {name: _Pairs(most) for name in dependency.same}
        self._given = listed(dependency.given)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns it looks at."""
        return (*self._dependency.given, *self._dependency.same)

    def survey(self, view: View) -> None:
        """Counts the values of a batch."""
        groups = self._groups(view)
        if groups is None:
            return
        for name in self._dependency.same:
            if view.has(name) and not self._counts[name].lost:
                keys, valid = combined(view, (name,))
                self._counts[name].add(_pairs(groups, keys, valid, view.column(name)))

    def judge(self, view: View) -> Iterator[Breach]:
        """Rows whose value is not that of most rows of their group."""
        groups = self._groups(view)
        if groups is None:
            return
        for name in self._dependency.same:
            pairs = self._counts[name]
            if not view.has(name) or pairs.lost or pairs.conflicts.is_empty():
                continue
            keys, valid = combined(view, (name,))
            values = view.column(name)
            found = _pairs(groups, keys, valid, values, numbered=True).join(
                pairs.conflicts, on=["group", "value"], how="inner", maintain_order="left"
            )
            if found.height:
                rows = found.get_column("row").to_numpy()
                words = f"{self._dependency.name}: differs from other rows of the same {self._given}"
                texts = found.get_column("text")
                severity = Severity(self._dependency.severity)
                yield Breach(Code.DEPENDENCY, name, rows, words, texts, severity, _details(found))

    def finish(self) -> Iterator[Breach]:
        """What could not be told."""
        for name, pairs in self._counts.items():
            if pairs.lost:
                words = f"{self._dependency.name}: not checked, more than {pairs.most:,} combinations"
                yield Breach(Code.DEPENDENCY, name, no_rows(), words, severity=Severity.WARN)

    def _groups(self, view: View) -> tuple[Any, Any] | None:
        if not all(map(view.has, self._dependency.given)):
            return None
        return combined(view, self._dependency.given)


def _pairs(groups: tuple[Any, Any], keys: Any, valid: Any, values: pl.Series, numbered: bool = False) -> pl.DataFrame:
    """One row for each row of a batch where both sides have a value."""
    import polars as pl

    frame = pl.DataFrame({"group": groups[0], "value": keys, "text": values.cast(pl.String)})
    if numbered:
        frame = frame.with_columns(pl.Series("row", np.arange(len(values))))
    there = groups[1] if valid is None else valid if groups[1] is None else groups[1] & valid
    return frame if there is None else frame.filter(pl.Series(there))


def _details(found: pl.DataFrame) -> pl.Series:
    """`"birmingxam" in 1 of 25 rows, "birmingham" in 24`."""
    import polars as pl

    def quoted(name: str) -> pl.Expr:
        return pl.concat_str(pl.lit('"'), pl.col(name).str.slice(0, _SHOWN), pl.lit('"'))

    words = pl.format("{} in {} of {} rows, {} in {}", quoted("text"), "count", "total", quoted("other"), "most")
    return found.select(words.alias("detail")).to_series()


@dataclass
class _Pairs:
    """How often each value occurs in each group, both as 64 bits of a hash; one text of each is kept.

    Attributes:
        most: pairs at most.
        lost: whether there were more.
    """

    most: int
    lost: bool = False
    _held: list[pl.DataFrame] = field(default_factory=list)
    _conflicts: pl.DataFrame | None = None

    def add(self, pairs: pl.DataFrame) -> None:
        """Counts the pairs of a batch."""
        self._held.append(_grouped(pairs, first=True))
        waiting = sum(each.height for each in self._held[1:])
        if waiting > max(_PENDING, self._held[0].height):
            self._merge()

    @property
    def conflicts(self) -> pl.DataFrame:
        """The values of groups with several, but for those that most rows of their group have.

        Columns group, value, count, total (rows of the group), other (the value most rows have, or another of as many),
        most (how many have it).
        """
        if self._conflicts is None:
            self._merge()
            self._conflicts = self._found()
            self._held = []
        return self._conflicts

    def _merge(self) -> None:
        import polars as pl

        if len(self._held) > 1:
            self._held = [_grouped(pl.concat(self._held), first=False)]
        if self._held and self._held[0].height > self.most:
            self._held, self.lost = [], True

    def _found(self) -> pl.DataFrame:
        import polars as pl

        if not self._held:
            return pl.DataFrame()
        pairs = (
            self._held[0]
            .filter(pl.len().over("group") > 1)
            .sort("group", "count", "text", descending=[False, True, False])
        )
        groups = pairs.group_by("group").agg(
            pl.col("count").sum().alias("total"),
            pl.col("count").first().alias("most"),
            pl.col("count").get(1).alias("next"),
            pl.col("text").first().alias("other"),
            pl.col("text").get(1).alias("second"),
            pl.col("value").first().alias("leader"),
        )
        joined = pairs.join(groups, on="group")
        leads = pl.col("value") == pl.col("leader")
        tied = pl.col("most") == pl.col("next")
        other = pl.when(leads).then(pl.col("second")).otherwise(pl.col("other"))
        return joined.filter(~leads | tied).select("group", "value", "count", "total", other.alias("other"), "most")


def _grouped(pairs: pl.DataFrame, *, first: bool) -> pl.DataFrame:
    import polars as pl

    count = pl.len().cast(pl.Int64) if first else pl.col("count").sum()
    return pairs.group_by("group", "value").agg(count.alias("count"), pl.col("text").first())
