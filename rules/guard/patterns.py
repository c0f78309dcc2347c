"""The form of texts: ids with a number in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from seedbed.rules.guard.absences import mask_of
from seedbed.rules.guard.codes import Code
from seedbed.rules.guard.rules import Finding
from seedbed.rules.sources import IdFormat

if TYPE_CHECKING:
    import polars as pl


class IdShape:
    """An id of a format such as `S{:03d}`: the text around the number, and at least so many digits.

    Args:
        parts: of the format.
    """

    def __init__(self, parts: IdFormat) -> None:
        self._parts = parts
        digits = rf"(\d{{{parts.width}}}|[1-9]\d{{{parts.width},17}})" if parts.width else r"[1-9]\d{0,17}"
        self._pattern = f"^{re.escape(parts.prefix)}{digits}{re.escape(parts.suffix)}$"

    def judge(self, values: pl.Series) -> Iterator[Finding]:
        """Ids of another form."""
        import polars as pl

        text = values if values.dtype == pl.String else values.cast(pl.String)
        right = text.str.contains(self._pattern)
        if not right.all():
            words = f"is no id such as {self._parts.render(1)}"
            yield Finding(Code.PATTERN, words, mask_of(~right))
