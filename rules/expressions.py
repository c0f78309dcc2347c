"""Expressions: the one place where client text becomes something that runs.

Text goes through `syntax.parse`, never straight to polars, and only ever to `polars.sql_expr`: `LazyFrame.sql`,
`SQLContext` and an unlocked DuckDB each read or wrote files when tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from seedbed.core.errors import DataError, Reason
from seedbed.rules.syntax import parse
from seedbed.rules.tokens import ExpressionError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Expression", "ExpressionError"]

_RESULT = "result"


@dataclass(frozen=True)
class Expression:
    """A checked, row-wise SQL expression.

    Equal rows give equal results in any block, on any run. Missing values follow SQL: `null = 1` is missing, and a
    condition that is missing does not hold. Division by zero, a failed cast, infinity and NaN are missing values.

    Attributes:
        text: as the client wrote it.
        offsets: each column used, with the character of the text where it first stands.
    """

    text: str
    offsets: Mapping[str, int] = field(compare=False, repr=False)
    _sql: str = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Checks a text.

        Args:
            text: an SQL expression over columns (`quantity`) and columns of parents (`product.price`).

        Returns:
            The expression.

        Raises:
            ExpressionError: the text is not one row-wise expression; says where.
        """
        return _parsed(text)

    @property
    def columns(self) -> frozenset[str]:
        """The columns used: `quantity`, `product.price`, `store.region.name`."""
        return frozenset(self.offsets)

    @cached_property
    def polars(self) -> pl.Expr:
        """The expression over columns that literally bear these names, dots included."""
        import polars as pl

        return pl.sql_expr(self._sql)

    def __reduce__(self) -> tuple[object, ...]:
        # Worker processes make the polars object again where they need one: most formulas do without.
        return Expression, (self.text, dict(self.offsets), self._sql)

    def evaluate(self, frame: pl.DataFrame) -> pl.Series:
        """Computes the expression for a block of rows.

        Args:
            frame: one column for each of `columns`, named the same; categories may be text, Categorical or Enum.

        Returns:
            One value for each row of `frame`, never infinite or NaN.

        Raises:
            DataError: a column is absent, or the values do not fit the expression.
        """
        import polars as pl

        absent = sorted(self.columns - set(frame.columns))
        if absent:
            raise DataError(f"the expression needs {', '.join(absent)}", where=self.text, reason=Reason.UNKNOWN_NAME)
        used = frame.select(
            pl.col(name).cast(pl.String) if _is_coded(frame.schema[name]) else pl.col(name)
            for name in sorted(self.columns)
        )
        try:
            values = used.select(self.polars.alias(_RESULT)).get_column(_RESULT)
        except _polars_errors() as error:
            words = " ".join(str(error).split()).partition(" This error occurred")[0][:200]
            raise DataError(f"the expression does not fit its values: {words}", where=self.text) from None
        # A constant has length 1; so has `coalesce(1, x)`, which polars does not spread over the rows itself.
        if len(values) != frame.height:
            values = values.new_from_index(0, frame.height)
        if values.dtype.is_float() and not values.is_finite().all():
            values = values.to_frame().select(pl.when(pl.col(_RESULT).is_finite()).then(pl.col(_RESULT))).to_series()
        return values.alias("")

    def holds(self, frame: pl.DataFrame) -> pl.Series:
        """As `evaluate` for a condition: true where it holds, false where it does not or is missing."""
        import polars as pl

        return self.evaluate(frame).cast(pl.Boolean).fill_null(False)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Expression:
    parsed = parse(text)
    expression = Expression(text, parsed.columns, parsed.sql)
    try:
        _ = expression.polars
    except _polars_errors() as error:
        words = " ".join(str(error).split())[:160]
        raise ExpressionError(f"cannot be used: {words}") from None
    return expression


def _polars_errors() -> tuple[type[BaseException], ...]:
    """What polars raises; a panic inside it is no `Exception`."""
    import polars as pl

    return (pl.exceptions.PolarsError, pl.exceptions.PanicException, TypeError, ValueError)


def _is_coded(dtype: pl.DataType) -> bool:
    """Whether a column holds categories as codes, on which text functions and comparisons fail in polars."""
    import polars as pl

    return isinstance(dtype, pl.Categorical | pl.Enum)
