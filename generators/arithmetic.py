"""Expressions of numbers and truth values on a block's rows, without polars where nothing else is in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedbed.generators.blocks import Block
from seedbed.generators.values import Mask
from seedbed.rules import reckoning
from seedbed.rules.arithmetic import Tree, tree_of
from seedbed.rules.expressions import Expression
from seedbed.rules.reckoning import Result, Unfit

__all__ = ["Result", "computed", "computed_by"]


def computed_by(expression: Expression, block: Block) -> Result | None:
    """What an expression of numbers and truth values gives, computed without polars; None where it is another one."""
    tree = tree_of(expression.text)
    if tree is None or tree[0] == "number":
        return None
    try:
        return computed(tree, block)
    except Unfit:
        return None


def computed(tree: Tree, block: Block) -> Result:
    """Computes a tree on a block's rows.

    Raises:
        Unfit: it cannot be computed here.
    """
    return reckoning.computed(tree, _Rows(block))


@dataclass(slots=True)
class _Rows:
    """A block's rows as trees see them."""

    block: Block

    def __len__(self) -> int:
        return len(self.block)

    def column(self, path: str) -> Result:
        form, values = self.block.table.form(path), self.block.get(path)
        match form.type:
            case "integer" | "number" | "boolean":
                return Result(values.data, values.valid, finite=True)
            case "decimal":
                return Result(form.numbers(values), values.valid, fresh=True, finite=True)
        raise Unfit

    def valid(self, path: str) -> Mask | None:
        return self.block.get(path).valid

    def equal(self, path: str, text: str, equal: bool) -> Result:
        values = self.block.get(path)
        if values.words is None or not values.words.fixed:
            raise Unfit
        table = np.array([(word == text) == equal for word in values.words.texts.to_pylist()], np.bool_)
        return Result(table[values.data], values.valid, fresh=True)
