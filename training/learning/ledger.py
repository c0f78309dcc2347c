"""What is learnt from, counted and held against the plan, batch by batch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import TrainingError
from seedbed.training.mix.order import EpochMix, Mix


class Ledger:
    """The images of a run, by place: synthetic ones first.

    Args:
        synthetic: number of images.
        real: likewise.

    Attributes:
        used: (synthetic + real,) how often each was learnt from in the epochs that have ended.
        synthetic: images of the epoch that are synthetic, partners left out.
        loads: images read in the epoch, mosaic and mixup partners too.
        synthetic_loads: those of them that are synthetic.
    """

    def __init__(self, synthetic: int, real: int) -> None:
        self.boundary = synthetic
        self.used: NDArray[np.int64] = np.zeros(synthetic + real, dtype=np.int64)
        self.synthetic = self.loads = self.synthetic_loads = 0

    def begin(self, mix: Mix, epoch: int, places: Iterable[int]) -> None:
        """An epoch starts.

        Args:
            mix: the order.
            epoch: from 0.
            places: of the epoch that this process is to learn from, in order.
        """
        self._mix, self._epoch, self._places = mix, epoch, iter(places)
        self._order: EpochMix = mix.epoch(epoch)
        self._fresh = np.zeros_like(self.used)
        self.synthetic = self.loads = self.synthetic_loads = 0

    def hold(self, loads: Sequence[Any]) -> None:
        """Holds a batch against the plan: its epoch, its places, its share, and every image loaded, partners too.

        Args:
            loads: per image of the batch, its code (epoch * images + place) and the places of all images in it.

        Raises:
            TrainingError: the batch is another one.
        """
        mix, epoch = self._mix, self._epoch
        places = list(itertools.islice(self._places, len(loads)))
        codes = [int(each[0]) for each in loads]
        own = np.array([int(each[1]) for each in loads]) < self.boundary
        planned = [
            [image if synthetic else self.boundary + image for synthetic, image in self._order.loads(place)]
            for place in places
        ]
        expected = [epoch * mix.images + place for place in places]
        if codes != expected or [each[1:].tolist() for each in loads] != planned:
            raise TrainingError(
                "a batch is not the one that was planned",
                where=f"epoch {epoch + 1}, image {places[0] + 1 if places else mix.images}",
                found=f"places {codes[0]} to {codes[-1]} with {int(own.sum())} synthetic images",
                allowed=f"places {expected[:1]} to {expected[-1:]}, as epochs.csv and plan.yaml say",
                repair="this is a fault of Seedbed: please report it with plan.yaml and train.log",
            )
        share = mix.counts[epoch] / mix.images
        if abs(own.sum() - share * len(loads)) >= 1:
            raise TrainingError("a batch is off its share", where=f"epoch {epoch + 1}", found=int(own.sum()))
        every = np.concatenate([each[1:].numpy() for each in loads])
        np.add.at(self._fresh, every, 1)
        self.synthetic += int(own.sum())
        self.loads += len(every)
        self.synthetic_loads += int((every < self.boundary).sum())

    def end(self, summed: Callable[[NDArray[np.int64]], NDArray[np.int64]]) -> None:
        """The epoch has ended.

        Args:
            summed: adds whole numbers up over the processes that learn together.
        """
        counts = summed(np.array([self.synthetic, self.loads, self.synthetic_loads, *self._fresh]))
        self.synthetic, self.loads, self.synthetic_loads = (int(each) for each in counts[:3])
        self.used = self.used + counts[3:]
