"""The order of a run, without torch: exact shares, even batches, even repeats, nothing but the seed."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.training.mix.order import PARTNERS, EpochMix, Mix, drawn, repeats, spread, whole_counts
from seedbed.training.mix.share import Share, Stage, Step

part = st.floats(0, 1, allow_nan=False)


@st.composite
def shares(draw: st.DrawFn) -> np.ndarray:
    """Shares of some epochs under any schedule, an adaptive one after any scores."""
    kind = draw(
        st.sampled_from(["linear", "constant", "cosine", "step", "staged", "adaptive", "auto", "by_real_labels"])
    )
    at = sorted(draw(st.sets(st.floats(0.01, 0.99), max_size=4)))
    told = Share(
        schedule=kind,
        start=draw(part),
        end=draw(part),
        real_tail=draw(part),
        steps=tuple(Step(at=each, share=draw(part)) for each in at),
        stages=tuple(Stage(share=draw(part), part=draw(st.floats(0.1, 9))) for _ in range(draw(st.integers(0, 4)))),
        patience=draw(st.integers(1, 4)),
    )
    epochs = draw(st.integers(1, 12))
    scores = draw(st.lists(part, max_size=epochs))
    return told.settled(draw(st.integers(0, 9000))).per_epoch(epochs, tuple(scores))


@st.composite
def mixes_of(draw: st.DrawFn) -> Mix:
    """Any run: with mosaics in some of its epochs, with some of its places blended."""
    images = draw(st.integers(2, 90))
    sizes = (draw(st.integers(0, 2**31)), draw(st.integers(1, 60)), draw(st.integers(1, 60)), images)
    mosaic_epochs = draw(st.none() | st.integers(0, 12))
    return Mix(*sizes, draw(shares()), mosaic_epochs=mosaic_epochs, blends=draw(st.integers(0, images)))


mixes = mixes_of()


@given(mixes, st.integers(2, 32))
@settings(max_examples=1000, deadline=None)
def test_shares_batches_and_repeats_of_any_plan(mix: Mix, batch: int) -> None:
    used = {True: np.zeros(mix.synthetic, np.int64), False: np.zeros(mix.real, np.int64)}
    for number in range(mix.epochs):
        order, asked = mix.epoch(number), mix.shares[number]
        mosaics = number < (mix.epochs if mix.mosaic_epochs is None else mix.mosaic_epochs)
        got = int(order.synthetic.sum())
        blends = mix.blends if mosaics else 0
        assert order.partner_image.shape == (mix.images, PARTNERS if mosaics else 0)
        assert order.blend_image.shape == (blends, 1 + PARTNERS)
        for flags in (
            order.synthetic,
            order.partner_synthetic,
            order.blend_synthetic[:, 0],
            order.blend_synthetic[:, 1:],
        ):
            assert abs(int(flags.sum()) - asked * flags.size) <= 0.5 + 1e-9
        assert sorted(order.blended[order.blended >= 0]) == list(range(blends))
        for start in range(0, mix.images, batch):
            here = slice(start, start + batch)
            size = len(order.synthetic[here])
            assert abs(order.synthetic[here].sum() - got / mix.images * size) < 1
            assert abs((order.blended[here] >= 0).sum() - blends / mix.images * size) < 1
        loads = [load for place in range(mix.images) for load in order.loads(place)]
        assert len(loads) == mix.images * (1 + PARTNERS * mosaics) + blends * (1 + PARTNERS)
        for flag, image in loads:
            used[flag][image] += 1
        for seen in used.values():
            low, high = repeats(seen)
            assert high - low <= 1, "whatever an image was loaded for"


@given(mixes, st.data())
@settings(max_examples=100, deadline=None)
def test_an_epoch_does_not_depend_on_which_were_asked_before(mix: Mix, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, mix.epochs - 1))
    again = replace(mix)
    for other in range(number):
        mix.epoch(other)
    for field in fields(EpochMix):
        np.testing.assert_array_equal(getattr(mix.epoch(number), field.name), getattr(again.epoch(number), field.name))


@given(st.integers(1, 200), st.data())
@settings(deadline=None)
def test_any_run_of_places_is_within_one_of_its_share(places: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, places))
    marks = spread(count, places, data.draw(st.integers(0, places - 1)))
    assert marks.sum() == count
    start = data.draw(st.integers(0, places - 1))
    stop = data.draw(st.integers(start + 1, places))
    assert abs(marks[start:stop].sum() - (stop - start) * count / places) < 1


def test_known_counts() -> None:
    np.testing.assert_array_equal(whole_counts(np.array([0.0, 0.25, 0.5, 1.0]), 10), [0, 3, 5, 10])


def test_seeds_and_roles_are_apart() -> None:
    first = drawn(0, "place real", 50, 0, 50)
    assert sorted(first) == list(range(50))
    assert list(first) != list(drawn(1, "place real", 50, 0, 50))
    assert list(first) != list(drawn(0, "partner real", 50, 0, 50))
    np.testing.assert_array_equal(drawn(0, "place real", 50, 0, 130)[47:103], drawn(0, "place real", 50, 47, 103))


@pytest.mark.parametrize(
    ("synthetic", "real", "shares", "word"),
    [(0, 5, [0.5], "synthetic"), (5, 0, [0.5], "real"), (0, 5, [0.0, 0.2], "synthetic"), (5, 0, [1.0, 0.99], "real")],
)
def test_a_share_of_nothing_is_refused(synthetic: int, real: int, shares: list[float], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        Mix(0, synthetic, real, 40, np.array(shares))


def test_one_source_needs_no_other() -> None:
    assert not Mix(0, 0, 5, 10, np.zeros(2)).epoch(1).synthetic.any()
    assert Mix(0, 5, 0, 10, np.ones(2)).epoch(1).partner_synthetic.all()
