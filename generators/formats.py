"""Texts put together from columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from seedbed.generators.blocks import Block
from seedbed.generators.patterns import written_out
from seedbed.generators.values import Values
from seedbed.rules.formats import TextFormat


@dataclass(frozen=True)
class FormatMaker:
    """Literal text with columns in it; missing where one of them is.

    Attributes:
        format: the format.
    """

    format: TextFormat

    def make(self, block: Block) -> Values:
        """One text per row."""
        import polars as pl

        paths = self.format.paths
        forms = {path: block.table.form(path) for path in paths}
        places = {path: form.places for path, form in forms.items() if form.type == "decimal"}
        moments = {path for path, form in forms.items() if form.type == "datetime"}
        frame = pl.DataFrame([block.series(path) for path in paths])
        series = frame.select(self.format.expression(places, moments).alias("")).to_series()
        valid = series.is_not_null().to_numpy() if series.null_count() else None
        texts = series.fill_null("").to_arrow().cast(pa.string())
        if isinstance(texts, pa.ChunkedArray):
            texts = texts.combine_chunks()
        return written_out(texts, None if valid is None else np.asarray(valid))
