"""The share of synthetic images over the epochs of a run, as arithmetic.

Every schedule is a function of what the plan says and, for `adaptive`, of the real validation scores so far: a resumed
run computes the same shares from epochs.csv, and nothing else has to be remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float64]

FALLING_FROM = 0.9
"""Start of a falling share that nobody has set: the engineers this is for began at .8 to .9."""


def even(start: float, end: float, epochs: int) -> Shares:
    """Equal steps from `start` in the first epoch to `end` in the last, (epochs,)."""
    return start + (end - start) * np.arange(epochs) / max(epochs - 1, 1)


def cosine(start: float, end: float, epochs: int) -> Shares:
    """Half a cosine from `start` to `end`, (epochs,): slow at both ends (Loshchilov and Hutter 2017, "SGDR")."""
    return end + (start - end) * (1 + np.cos(np.pi * np.arange(epochs) / max(epochs - 1, 1))) / 2


def steps(start: float, moves: Sequence[tuple[float, float]], epochs: int) -> Shares:
    """`start`, then each share from its part of the epochs on.

    Args:
        start: share of the first epoch.
        moves: (part of the epochs, share), parts rising, each in (0, 1).
        epochs: 1 or more.

    Returns:
        (epochs,) shares; a part is rounded to whole epochs.
    """
    shares = np.full(epochs, start)
    for at, share in moves:
        shares[round(at * epochs) :] = share
    return shares


def parted(parts: Sequence[float], epochs: int) -> list[int]:
    """Whole epochs in proportion to `parts`, each at least one where there is room; they add up to `epochs`."""
    edges = np.round(np.cumsum([0.0, *parts]) / sum(parts) * epochs).astype(int)
    counts = np.diff(edges)
    while (counts == 0).any() and counts.max() > 1:
        counts[int(np.argmax(counts))] -= 1
        counts[int(np.argmin(counts))] += 1
    return [int(count) for count in counts]


def by_labels(curve: Sequence[tuple[float, float]], labels: int) -> float:
    """The share a curve has at so many labels: straight between its points over the logarithm of 1 + labels.

    Args:
        curve: (labels of the rarest class, share), labels rising.
        labels: 0 or more.
    """
    known = np.log1p([point[0] for point in curve])
    return float(np.interp(np.log1p(labels), known, [point[1] for point in curve]))


@dataclass(frozen=True)
class Decision:
    """What `adaptive` did after an epoch.

    Attributes:
        epoch: from 1, after whose validation it was decided.
        share: of the next epoch.
        what: `hold`, `cut` or `back`.
        why: in words, with the scores.
    """

    epoch: int
    share: float
    what: str
    why: str


@dataclass(frozen=True)
class Adaptive:
    """How a share follows real validation.

    Attributes:
        start: first share.
        end: lowest share.
        cut: factor at a plateau.
        patience: epochs without improvement that are a plateau, and that a cut has to prove itself.
        gain: what counts as an improvement, and, the other way, as a fall.
    """

    start: float
    end: float
    cut: float
    patience: int
    gain: float

    def follow(self, scores: Sequence[float]) -> tuple[Shares, list[Decision]]:
        """Shares of the epochs so far and of the next one.

        A share is held while the score improves and cut at a plateau. Where the score has fallen since a cut, by the
        end of its patience, the cut is taken back, once in a run.

        Args:
            scores: real validation score of each finished epoch.

        Returns:
            (len(scores) + 1,) shares, and one decision per score.
        """
        share, best, waited = self.start, -np.inf, 0
        before: tuple[float, float] | None = None  # share and best score before the last cut, while it may be undone
        since, best_since, returned = 0, -np.inf, False
        shares, decisions = [share], []
        for epoch, score in enumerate(scores, 1):
            what, why = "hold", f"{score:.4f}"
            if score > best + self.gain or not np.isfinite(best):
                why = f"{score:.4f} is better than {best:.4f}" if np.isfinite(best) else "the first score"
                best, waited = score, 0
            else:
                waited += 1
                why = f"{score:.4f}, no better than {best:.4f} for {waited} of {self.patience} epochs"
            since, best_since = since + 1, max(best_since, score)
            if before is not None and since >= self.patience:
                held, reached = before
                if best_since < reached - self.gain and not returned:
                    what, returned = "back", True
                    why = f"at most {best_since:.4f} since the cut, {reached:.4f} before it: back to {held:.3g}, once"
                    share, waited = held, 0
                before = None
            if what == "hold" and waited >= self.patience and share > self.end and before is None:
                what, before = "cut", (share, best)
                lower = share * self.cut
                share = self.end if lower < self.end + 0.02 else lower
                why = f"no better than {best:.4f} for {waited} epochs: cut to {share:.3g}"
                since, best_since, waited = 0, -np.inf, 0
            shares.append(share)
            decisions.append(Decision(epoch, share, what, why))
        return np.asarray(shares), decisions
