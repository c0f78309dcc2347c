"""Albumentations per domain: names and values checked, boxes moved, numbers that belong to a place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedbed.core.documents import Document
from seedbed.core.errors import DocumentError
from seedbed.training.learning.augmenting import Augmenter, augmenters, place_key
from seedbed.training.plan import Plan, loads_plan
from seedbed.training.sets.material import gather

pytest.importorskip("albumentations")

MakePlan = Callable[..., Document[Plan]]
HEAD = "seedbed: plan/1\nname: x\nshare: {start: 0.9, end: 0.1}\n"

IMAGE = np.arange(40 * 60 * 3, dtype=np.uint32).reshape(40, 60, 3).astype(np.uint8)
BOXES = np.array([[0.2, 0.3, 0.1, 0.2], [0.7, 0.6, 0.2, 0.4]], dtype=np.float32)


@pytest.mark.parametrize(
    ("step", "place", "words"),
    [
        ("motion_blurr", (4, 23), r"no such step in Albumentations[\s\S]*motion_blur\b"),
        ("{gauss_noise: {std: [0, 0.1]}}", (4, 38), r"no such parameter[\s\S]*std_range"),
        ("{gauss_noise: {std_range: [0.1, 5]}}", (4, 38), r"must be >= 0 and <= 1"),
        ("{motion_blur: {p: 2}}", (4, 38), "motion_blur"),
        ("random_crop", (4, 23), "random_crop: height: Field required"),
        ("{random_crop: {height: 20, width: 20}}", (4, 24), "changes the size"),
        ("normalize", (4, 23), "number format"),
        ("{blur: {}, clahe: {}}", (4, 23), "one step has one name"),
        ("lambda", (4, 23), "no such step"),
    ],
)
def test_broken_steps_are_named(step: str, place: tuple[int, int] | None, words: str) -> None:
    with pytest.raises(DocumentError, match=words) as caught:
        loads_plan(f"{HEAD}augment: {{synthetic: [{step}]}}\n")
    problem = caught.value.problems[0]
    if place is not None:
        assert (problem.line, problem.column) == place


def test_all_broken_steps_at_once() -> None:
    with pytest.raises(DocumentError) as caught:
        loads_plan(f"{HEAD}augment: {{synthetic: [blurr], real: [nois], all: [{{clahe: {{x: 1}}}}]}}\n")
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("name", ["gauss_noise", "GaussNoise", "iso_noise", "ISONoise", "clahe", "CLAHE", "to_gray"])
def test_both_ways_of_writing_a_name(name: str) -> None:
    assert loads_plan(f"{HEAD}augment: {{all: [{name}]}}\n").value.augment.all == (name,)


def test_a_flip_moves_boxes_and_pixels_together() -> None:
    image, boxes, kept = Augmenter([{"horizontal_flip": {"p": 1.0}}])(IMAGE, BOXES, 5)
    np.testing.assert_array_equal(image, IMAGE[:, ::-1])
    np.testing.assert_allclose(boxes, [[0.8, 0.3, 0.1, 0.2], [0.3, 0.6, 0.2, 0.4]], atol=1e-6)
    assert kept.tolist() == [0, 1]


def test_a_box_that_leaves_the_picture_loses_its_label_and_one_at_the_edge_is_cut() -> None:
    shift = {"affine": {"translate_percent": {"x": -0.5, "y": 0.0}, "p": 1.0}}
    _, boxes, kept = Augmenter([shift])(IMAGE, np.array([[0.2, 0.3, 0.1, 0.2], [0.5, 0.5, 0.2, 0.4]], np.float32), 5)
    assert kept.tolist() == [1]
    np.testing.assert_allclose(boxes, [[0.05, 0.5, 0.1, 0.4]], atol=0.02)


def test_no_box_at_all() -> None:
    none = np.zeros((0, 4), np.float32)
    _, boxes, kept = Augmenter([{"rotate": {"p": 1.0}}])(IMAGE, none, 1)
    assert boxes.shape == (0, 4)
    assert len(kept) == 0


def test_the_given_picture_stays_and_the_key_decides() -> None:
    step = Augmenter([{"gauss_noise": {"p": 1.0}}, {"motion_blur": {"p": 0.5}}])
    before = IMAGE.copy()
    one, _, _ = step(IMAGE, BOXES, place_key(0, 3, 4, 1))
    step(IMAGE, BOXES, 99)
    again, _, _ = step(IMAGE, BOXES, place_key(0, 3, 4, 1))
    other, _, _ = step(IMAGE, BOXES, place_key(0, 3, 4, 2))
    np.testing.assert_array_equal(IMAGE, before)
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_colours_are_in_the_order_the_steps_expect() -> None:
    blue = np.zeros((32, 32, 3), np.uint8)
    blue[..., 0] = 255
    shift = {"rgb_shift": {"r_shift_limit": [100, 100], "g_shift_limit": [0, 0], "b_shift_limit": [0, 0], "p": 1.0}}
    image, _, _ = Augmenter([shift])(blue, BOXES, 0)
    assert image[0, 0].tolist() == [255, 0, 100]


def test_each_kind_has_its_own_steps() -> None:
    augment = loads_plan(f"{HEAD}augment: {{synthetic: [blur], all: [clahe]}}\n").value.augment
    assert augment.steps(True) == ("blur", "clahe")
    assert augment.steps(False) == ("clahe",)
    assert set(augmenters(augment)) == {True, False}
    assert set(augmenters(loads_plan(f"{HEAD}augment: {{real: [blur]}}\n").value.augment)) == {False}


def _dataset(plan: Document[Plan]) -> Any:
    pytest.importorskip("ultralytics")
    from ultralytics.cfg import get_cfg

    from seedbed.training.learning.arguments import arguments
    from seedbed.training.learning.loading import MixDataset
    from seedbed.training.learning.models import find_model
    from seedbed.training.mix.order import Mix

    value = plan.value
    material = gather(plan).material(0)
    mix = Mix(0, len(material.synthetic), len(material.real), value.images_per_epoch, np.full(value.epochs, 0.5))
    hyp = get_cfg(
        overrides={
            k: v for k, v in arguments(value, 0, find_model("small.yaml", Path()), Path("x")).items() if k != "data"
        }
    )
    return MixDataset(
        material.synthetic, material.real, mix, 1, material.names, 64, hyp, batch=4, stride=32, steps=value.augment
    )


def test_only_synthetic_images_are_changed_and_boxes_follow(tiny_plan: MakePlan) -> None:
    plain = _dataset(tiny_plan())
    steps = "{synthetic: [{to_gray: {p: 1.0}}, {horizontal_flip: {p: 1.0}}]}"
    given = _dataset(tiny_plan(augment=steps))
    for index in range(24):
        one, two = plain.get_image_and_label(index), given.get_image_and_label(index)
        if index < 12:
            assert (np.ptp(two["img"], axis=2) == 0).all()
            assert np.allclose(one["instances"].bboxes[:, 0], 1 - two["instances"].bboxes[:, 0], atol=1e-5)
        else:
            np.testing.assert_array_equal(one["img"], two["img"])


@pytest.mark.parametrize("part", [0.0, 1.0])
def test_print_need_not_be_mirrored(tiny_plan: MakePlan, part: float) -> None:
    dataset = _dataset(tiny_plan(flip=part))
    across = [
        each
        for each in dataset.transforms.transforms
        if "Flip" in type(each).__name__ and each.direction == "horizontal"
    ]
    label = dataset.get_image_and_label(0)
    image, middles = label["img"].copy(), label["instances"].bboxes[:, 0].copy()
    flipped = across[0](label)
    np.testing.assert_array_equal(flipped["img"], image[:, ::-1] if part else image)
    flipped["instances"].convert_bbox("xywh")
    assert np.allclose(flipped["instances"].bboxes[:, 0], 1 - middles if part else middles, atol=1e-6)


def test_two_loading_processes_give_the_same_images(tiny_plan: MakePlan) -> None:
    from seedbed.training.learning.loading import mix_loader

    steps = "{synthetic: [{gauss_noise: {p: 0.7}}], real: [{rotate: {p: 0.7}}], all: [motion_blur]}"
    dataset = _dataset(tiny_plan(augment=steps))

    def batches(workers: int) -> list[Any]:
        loader = mix_loader(dataset, 4, workers)
        try:
            return [(batch["img"].numpy().copy(), batch["bboxes"].numpy().copy()) for batch in loader]
        finally:
            loader.close()

    for (one, boxes), (two, others) in zip(batches(0), batches(2), strict=True):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_array_equal(boxes, others)
