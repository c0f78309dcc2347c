"""Constraints: what holds on every row of a table."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from seedbed.core.documents import Model

Severity = Literal["reject", "warn"]
"""What happens to a real row that breaks a rule: it is set aside, or let through and counted."""


class Constraint(Model):
    """A rule that holds on every row.

    Where the check bounds a number, date or datetime that is drawn (`ended > started`, `discount <= price * 0.5`), the
    column that is later in the book gives way: it is drawn from its own distribution, cut to what the rest of the row
    leaves it, however little that is, and the columns before it keep theirs. Where that leaves nothing, or the check is
    of another form, the drawn columns that it depends on are drawn again, until it holds. Ids and parts of the row
    stay, and so does every column that the check does not depend on.
    """

    name: str = Field(min_length=1, max_length=200, examples=["a promo has a discount"])
    """What the rule says, in words; messages call the constraint by it."""
    check: str = Field(min_length=1, max_length=4000, examples=["not promo or discount > 0"])
    """SQL condition over this row and its parents. As with CHECK in SQL, a row keeps the rule where the condition is
    missing (null) because something it reads is."""
    severity: Severity = Field(default="reject", examples=["warn"])
    """What happens to a real row that breaks it: `reject` sets it aside, `warn` lets it through and counts it."""
