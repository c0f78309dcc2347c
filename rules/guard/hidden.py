"""Columns that are not written: those by formula are computed again, references are found by their table's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedbed.rules.book import Book
from seedbed.rules.columns import Column
from seedbed.rules.guard.codes import Code
from seedbed.rules.guard.computed import Compared
from seedbed.rules.guard.identities import combined
from seedbed.rules.guard.parsing import DIGITS, Spec, decimals
from seedbed.rules.guard.rules import Finding, Rule
from seedbed.rules.sources import Formula

if TYPE_CHECKING:
    import polars as pl

    from seedbed.rules.guard.known import Parents
    from seedbed.rules.guard.views import View


def is_hidden(column: Column) -> bool:
    """Whether a column only serves others."""
    return bool(getattr(column, "hidden", False))


def derived(view: View, name: str, column: Column, rule: Rule, spec: Spec) -> pl.Series | None:
    """A hidden column from the columns it is computed from.

    Args:
        view: of the batch.
        name: of the column.
        column: its model.
        rule: of its source.
        spec: its type.

    Returns:
        Typed values, None where they cannot be known: drawn ones, and those made from columns that are not there.
    """
    import polars as pl

    if not isinstance(rule, Compared) or getattr(column, "missing", False) or not all(map(view.has, rule.inputs)):
        return None
    values = rule.expected(view)
    match spec.type:
        case "integer" | "decimal" if values.dtype.is_numeric() or values.dtype == pl.Boolean:
            if not (spec.type == "integer" and values.dtype.is_integer()):
                values = _rounded(values, spec.places if spec.type == "decimal" else 0)
            values = values.cast(pl.Int64)
            values = decimals(values, spec.places) if spec.type == "decimal" else values
        case "datetime":
            local = values.cast(pl.Datetime("ms")).cast(pl.Int64)
            moments = pl.Series(view.zone.to_utc(local.fill_null(0).to_numpy()))
            moments = moments.zip_with(local.is_not_null(), pl.Series([None], dtype=pl.Int64))
            values = moments.cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(spec.zone.name)
        case _:
            values = values.cast(spec.dtype())
    return values.alias(name)


def _rounded(values: pl.Series, places: int) -> pl.Series:
    """Units of the last place, half away from zero as the generator rounds; missing where too large for the type."""
    import polars as pl

    units = values.cast(pl.Float64) * 10.0**places
    units = units + units.sign() * (0.5 + 1e-6)
    fits = units.abs() < 10.0**DIGITS - 1
    whole = units.zip_with(fits.fill_null(False), pl.Series([None], dtype=pl.Float64))
    return whole.cast(pl.Int64)


@dataclass(frozen=True)
class Detour:
    """A hidden reference to a table with a key: columns by formula (`store: slot.store`) tell where it leads.

    Attributes:
        reference: the hidden column.
        to: table it leads to.
        columns: of the row, in the order of the key's columns.
    """

    reference: str
    to: str
    columns: tuple[str, ...]

    def take(self, view: View, parents: Parents) -> list[Finding]:
        """Finds the rows it leads to and puts them into the view; rows that lead nowhere are the finding."""
        keys, valid = combined(view, self.columns)
        positions = parents.index.find(keys, valid)
        view.place(self.reference, positions)
        lost: NDArray[np.bool_] = positions < 0
        if valid is not None:
            lost = lost & valid
        if not lost.any():
            return []
        view.spoil(self.reference, lost)
        return [Finding(Code.ORPHAN, f"{', '.join(self.columns)}: leads to no row of {self.to}", lost)]


def detours(book: Book, table: str) -> list[Detour]:
    """The hidden references of a table to tables with a key, where the row shows the whole key."""
    columns = book.tables[table].columns
    shown = {
        column.formula.strip(): name
        for name, column in columns.items()
        if isinstance(column, Formula) and not is_hidden(column)
    }
    found = []
    for name, reference in book.tables[table].references.items():
        key = book.tables[reference.to].key
        if is_hidden(reference) and key is not None and book.tables[reference.to].id_column is None:
            names = tuple(shown.get(f"{name}.{part}", "") for part in key)
            if all(names):
                found.append(Detour(name, reference.to, names))
    return found
