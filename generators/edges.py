"""What a compiled plan shows before anything is made: what cannot be made, and effects that leave no room.

Effects move the typical value, and the value stays inside the range. Where they would carry the typical value itself
out of it, values heap up at the range's end: a few rows of that are no harm, many mean that range and effects do not
fit each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, DocumentError, Problem
from seedbed.generators.blocks import Block, Maker, TableMaker
from seedbed.generators.distributions import DistributionMaker
from seedbed.generators.formulas import CasesMaker
from seedbed.generators.layouts import ChildrenLayout
from seedbed.generators.processes import ProcessLayout
from seedbed.generators.ranges import RangeMaker
from seedbed.generators.sources import MissingMaker
from seedbed.generators.switches import SwitchMaker

if TYPE_CHECKING:
    from seedbed.core.documents import Document
    from seedbed.rules.book import Book

SAMPLE = 1 << 14
"""Rows of a table that are looked at, evenly spread over it."""
MOST_SHARE = 0.01
"""Share of rows at the edge that is worth a remark."""


@dataclass(frozen=True)
class Edge:
    """A column whose effects push too many rows to the end of its range.

    Attributes:
        table: of the column.
        column: its name, or that of a number that lays out the table, such as `children.count`.
        share: of the table's rows.
        effect: whose removal would lower the share most, as the person wrote it.
        without: the share without it.
    """

    table: str
    column: str
    share: float
    effect: str
    without: float

    def __str__(self) -> str:
        return (
            f"{self.table}.{self.column}: in {_percent(self.share)} of rows the effects push the typical value to the "
            f"edge of the range; without {self.effect!r} it would be {_percent(self.without)}. Widen the range, or "
            "bring the factors closer to 1"
        )


def remarks(document: Document[Book]) -> list[str]:
    """Compiles the plan of a checked book, writes nothing, and looks at a sample of its rows.

    Args:
        document: from `load_book`.

    Returns:
        Remarks that are no problems, one sentence each.

    Raises:
        DocumentError: the plan is refused, placed at the column in the book.
    """
    from seedbed.generators.compiler import compile_plan
    from seedbed.generators.plans import resolve

    try:
        return [str(edge) for edge in edges(compile_plan(resolve(document, {})))]
    except DataError as error:
        raise DocumentError([_placed(error, document)]) from error


def edges(tables: Mapping[str, TableMaker]) -> list[Edge]:
    """Columns whose effects push more than `MOST_SHARE` of the rows to an end of the range.

    Args:
        tables: compiled.

    Returns:
        Columns in the order of the book. The same for the same book: rows are sampled evenly, not by chance.
    """
    found = []
    for name, table in tables.items():
        found += [_edge(name, label, maker, _sample(owners)) for label, maker, owners in _of_layout(table)]
        block = _sample(table)
        found += [_edge(name, column, made.maker, block) for column, made in table.columns.items()]
    return [edge for edge in found if edge is not None]


def _of_layout(table: TableMaker) -> Iterator[tuple[str, Maker, TableMaker]]:
    """The numbers that lay a table out: their name, their maker, and the table whose rows they belong to."""
    match table.layout:
        case ChildrenLayout():
            yield "children.count", table.layout.count, table.layout.parent
        case ProcessLayout():
            for number, state in enumerate(table.layout.process.states):
                if state.stay is not None:
                    name = table.layout.words.texts[number].as_py()
                    yield f"process.states.{name}.stay", state.stay.maker, table.layout.process.entities


def _sample(table: TableMaker) -> Block:
    count = min(table.rows, SAMPLE)
    return Block(table, rows=np.arange(count, dtype=np.int64) * table.rows // max(count, 1))


def _edge(table: str, column: str, maker: Maker, block: Block) -> Edge | None:
    beyond, gains = 0, Counter[str]()
    for ranged, rows in _ranged(maker, block):
        here, less = _beyond(ranged, rows)
        beyond += here
        gains.update(less)
    if beyond <= MOST_SHARE * len(block):
        return None
    effect, gain = gains.most_common(1)[0]
    return Edge(table, column, beyond / len(block), effect, (beyond - gain) / len(block))


def _ranged(maker: Maker, block: Block) -> Iterator[tuple[RangeMaker | DistributionMaker, Block]]:
    """The ranges with effects that a column draws from, each with the rows that do."""
    match maker:
        case MissingMaker():
            yield from _ranged(maker.maker, block)
        case CasesMaker() | SwitchMaker():
            for positions, branch in maker.split(block):
                yield from _ranged(branch, block.part(positions))
        case RangeMaker() | DistributionMaker():
            if maker.effects and len(block):
                yield maker, block


def _beyond(maker: RangeMaker | DistributionMaker, block: Block) -> tuple[int, dict[str, int]]:
    """How many rows are pushed over an edge, and by the name of each effect how many of them are not without it."""
    factors = [np.broadcast_to(effect.factors(block), len(block)) for effect in maker.effects]
    least, most = maker.factors

    def count(some: list[NDArray[np.float64]]) -> int:
        product = np.prod([np.ones(len(block)), *some], axis=0)
        # A typical value on the very edge stays there; rounding of a product does not count.
        return int(np.count_nonzero((product < least * (1 - 1e-9)) | (product > most * (1 + 1e-9))))

    whole = count(factors)
    return whole, {
        effect.name: whole - count(factors[:index] + factors[index + 1 :]) for index, effect in enumerate(maker.effects)
    }


def _percent(share: float) -> str:
    return f"{share * 100:.2g} %" if share < 0.1 else f"{share * 100:.0f} %"


def _placed(error: DataError, document: Document[Book]) -> Problem:
    """A refusal as a problem at the column or constraint it is about."""
    table, _, column = (error.where or "").partition(".")
    line, place, path = 0, 0, ""
    body = document.value.tables.get(table)
    checks = () if body is None or column else enumerate(body.constraints)
    places: list[tuple[str | int, ...]] = [
        ("tables", table, "constraints", index, "check") for index, one in checks if one.check == error.found
    ]
    for loc in (*places, ("tables", table, "columns", column), ("tables", table)):
        if loc in document.tree.keys:
            line, place = document.tree.position(loc)
            path = ".".join(map(str, loc))
            break
    message = error.message if path else f"{error.where}: {error.message}" if error.where else error.message
    return Problem(
        str(document.path),
        line,
        place,
        message + (f"; {error.repair}" if error.repair else ""),
        error.reason,
        path=path,
        found=None if error.found is None else str(error.found),
        allowed=error.allowed,
    )
