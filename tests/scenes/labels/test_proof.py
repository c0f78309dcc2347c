from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_labels import RULES, drawn, plate, view

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.labels.proof import Claim, check_aside, prove
from seedbed.scenes.labels.records import Dropped, Label

GOOD = Label(1, "a", 600, 1.0, (50, 40, 70, 70), silhouette=600)
IDS = drawn((1, 50, 40, 70, 70))
CLAIM = Claim(4, [GOOD], IDS.astype(np.uint8), [("a", (50, 40, 70, 70))], IDS.astype(np.uint8))


def moved() -> dict[str, object]:
    ids = drawn((1, 10, 40, 30, 70))
    label = replace(GOOD, box=(10, 40, 30, 70))
    return {"ids": ids, "mask": ids.astype(np.uint8), "labels": [label], "written": [("a", (10, 40, 30, 70))]}


def corner() -> dict[str, object]:
    """The box is within the hull's, but one pixel of it is not within the hull."""
    ids = drawn((1, 50, 40, 70, 70), (1, 71, 55, 72, 56))
    label = replace(GOOD, pixels=601, silhouette=601, box=(50, 40, 72, 70))
    return {"ids": ids, "mask": ids.astype(np.uint8), "labels": [label], "written": [("a", (50, 40, 72, 70))]}


def gone(why: Dropped) -> dict[str, object]:
    return {
        "labels": [replace(GOOD, box=None, dropped=why)],
        "written": [],
        "mask": drawn().astype(np.uint8),
    }


TAMPERED: dict[str, dict[str, object]] = {
    "box one pixel off": {"labels": [replace(GOOD, box=(50, 40, 71, 70))], "written": [("a", (50, 40, 71, 70))]},
    "text one pixel off": {"written": [("a", (50, 40, 70, 69))]},
    "text of another class": {"written": [("b", (50, 40, 70, 70))]},
    "line missing": {"written": []},
    "body forgotten": {"labels": [], "written": []},
    "body twice": {"labels": [GOOD, GOOD]},
    "wrong class": {"labels": [replace(GOOD, name="b")], "written": [("b", (50, 40, 70, 70))]},
    "wrong count": {"labels": [replace(GOOD, pixels=599)]},
    "no reason": {**gone(Dropped.HIDDEN), "labels": [replace(GOOD, box=None)]},
    "seen but outside": gone(Dropped.OUTSIDE),
    "seen but hidden": gone(Dropped.HIDDEN),
    "dropped against the rules": gone(Dropped.MIN_VISIBLE),
    "ignored against the rules": {"labels": [replace(GOOD, ignored=Dropped.MIN_PIXELS)], "written": []},
    "a pixel lost": {"mask": drawn((1, 50, 40, 70, 69)).astype(np.uint8)},
    "another pixel instead": {"mask": drawn((1, 51, 40, 70, 70), (1, 70, 40, 71, 70)).astype(np.uint8)},
    "id of nobody in the mask": {"mask": drawn((1, 50, 40, 70, 70), (9, 0, 0, 1, 1)).astype(np.uint8)},
    "id of nobody drawn": {"ids": drawn((1, 50, 40, 70, 70), (9, 0, 0, 1, 1))},
    "mask of another size": {"mask": IDS[:50].astype(np.uint8)},
    "mask of another frame": moved(),
    "a pixel outside the hull": corner(),
    "too little seen": {"labels": [replace(GOOD, visible=0.05)]},
    "share above one": {"labels": [replace(GOOD, visible=1.2)]},
    "silhouette smaller than what is seen": {"labels": [replace(GOOD, silhouette=500)]},
    "semantic map lacks a pixel": {"semantic": drawn((1, 50, 40, 70, 69)).astype(np.uint8)},
}


def test_a_good_frame_passes() -> None:
    prove(CLAIM, view(plate(1, 0.2, -0.1, 0.4, 0.6)), IDS, RULES, ("a", "b"))


@pytest.mark.parametrize("case", sorted(TAMPERED))
def test_proof_fails_on(case: str) -> None:
    change = dict(TAMPERED[case])
    ids = change.pop("ids", IDS)
    if "ids" in TAMPERED[case]:
        change["semantic"] = None
    with pytest.raises(RenderError, match="frame 4") as caught:
        prove(replace(CLAIM, **change), view(plate(1, 0.2, -0.1, 0.4, 0.6)), ids, RULES, ("a", "b"))  # type: ignore[arg-type]
    assert caught.value.reason is Reason.LABEL_MISMATCH


@pytest.mark.parametrize(("aside", "frames"), [(0, 1), (1, 1), (1, 9999), (2, 20_000), (3, 39_999)])
def test_so_many_may_lie_aside(aside: int, frames: int) -> None:
    if aside <= max(1, frames / 10_000):
        check_aside(aside, frames)
        return
    with pytest.raises(RenderError, match="too many frames"):
        check_aside(aside, frames)
