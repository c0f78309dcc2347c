"""The ledger: what was planned is counted, anything else is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from seedbed.core.errors import TrainingError  # noqa: E402
from seedbed.training.learning.ledger import Ledger  # noqa: E402
from seedbed.training.mix.order import Mix  # noqa: E402

BATCH = 4


def _mix(images: int, share: float, seed: int) -> Mix:
    return Mix(seed, 7, 5, images, np.full(3, share), mosaic_epochs=2)


def _batches(mix: Mix, epoch: int) -> list[list[object]]:
    """What a loader that follows the mix gives."""
    order = mix.epoch(epoch)
    every = [
        torch.tensor([epoch * mix.images + place, *(i if s else mix.synthetic + i for s, i in order.loads(place))])
        for place in range(mix.images)
    ]
    return [every[start : start + BATCH] for start in range(0, mix.images, BATCH)]


@given(images=st.integers(1, 40), share=st.floats(0, 1), seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_what_was_planned_is_counted(images: int, share: float, seed: int) -> None:
    mix = _mix(images, share, seed)
    ledger = Ledger(mix.synthetic, mix.real)
    loads = np.zeros(12, dtype=int)
    for epoch in range(3):
        ledger.begin(mix, epoch, range(images))
        for batch in _batches(mix, epoch):
            ledger.hold(batch)
            for each in batch:
                np.add.at(loads, each[1:].numpy(), 1)
        ledger.end(lambda counts: counts)
        assert ledger.synthetic == mix.counts[epoch]
        assert ledger.used.tolist() == loads.tolist()
    assert loads.sum() == images * (4 + 4 + 1), "mosaics in two of three epochs"


@pytest.mark.parametrize("wrong", ["image", "partner", "place", "epoch"])
def test_another_batch_is_refused(wrong: str) -> None:
    mix = _mix(8, 0.5, 0)
    ledger = Ledger(mix.synthetic, mix.real)
    ledger.begin(mix, 1, range(8))
    batch = _batches(mix, 0 if wrong == "epoch" else 1)[0]
    if wrong == "place":
        batch = batch[::-1]
    elif wrong != "epoch":
        column = {"image": 1, "partner": 3}[wrong]
        batch[2][column] = (batch[2][column] + 1) % 12
    with pytest.raises(TrainingError, match="not the one that was planned"):
        ledger.hold(batch)
