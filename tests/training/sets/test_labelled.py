"""Classes of labelled sets are joined by name, and what does not fit is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seedbed.core.documents import Document
from seedbed.core.errors import DataError, Reason
from seedbed.training.plan import Plan
from seedbed.training.sets.folders import read_set
from seedbed.training.sets.labelled import with_names
from seedbed.training.sets.material import gather

DrawSet = Callable[..., Path]
MakePlan = Callable[..., Document[Plan]]


def test_classes_are_joined_by_name(real_set: Path, synthetic_set: Path) -> None:
    real, synthetic = read_set(real_set), read_set(synthetic_set)
    moved = with_names(synthetic, real.names)
    for before, after in zip(synthetic.split("train"), moved.split("train"), strict=True):
        assert [synthetic.names[c] for c in before.classes] == [real.names[c] for c in after.classes]
        np.testing.assert_array_equal(before.boxes, after.boxes)


def test_a_class_the_other_set_does_not_know_is_refused(
    tmp_path: Path, draw_shapes: DrawSet, tiny_plan: MakePlan
) -> None:
    other = draw_shapes(tmp_path / "other", "real", ("cone", "box"))
    (other / "labels" / "val" / "000.txt").write_text("1 0.5 0.5 0.2 0.2\n")
    with pytest.raises(DataError) as caught:
        gather(tiny_plan(synthetic=other))
    assert caught.value.reason is Reason.CLASS_MISMATCH
    assert "box" in str(caught.value)
    assert "images/val/000.png" in str(caught.value)
    assert caught.value.allowed == "cube, cone"


def test_a_class_a_set_cannot_label_is_refused(tmp_path: Path, draw_shapes: DrawSet, tiny_plan: MakePlan) -> None:
    with pytest.raises(DataError, match="does not know cube"):
        gather(tiny_plan(synthetic=draw_shapes(tmp_path / "cones", "synthetic", ("cone",))))


def test_a_class_the_plan_leaves_out_is_refused(tiny_plan: MakePlan) -> None:
    with pytest.raises(DataError, match="class the plan does not know: cube"):
        gather(tiny_plan(classes="[cone]"))
