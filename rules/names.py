"""Names in a rule book: how they are spelt, and the known one nearest to a wrong one."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"


def _plain(name: Any) -> Any:
    if isinstance(name, str) and not re.match(NAME, name):
        raise PydanticCustomError(
            "name", "not a usable name", {"allowed": "up to 63 letters (a-z), digits and _, not starting with a digit"}
        )
    return name


Name = Annotated[str, Field(pattern=NAME), BeforeValidator(_plain)]
"""A table's or column's name: usable unquoted in formulas, file names and databases."""
