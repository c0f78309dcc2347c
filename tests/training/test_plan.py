"""Plans: what is refused, where, and with which words."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import numpy as np
import pytest

from seedbed.core.errors import DocumentError, Reason, TrainingError
from seedbed.training import Plan, load_plan, packs, plan_schema
from seedbed.training.learning.models import find_model
from seedbed.training.plan import loads_plan


def shares_of(plan: Plan) -> np.ndarray:
    """Shares of a plan for 100 labels of the rarest class."""
    return plan.share.settled(100).per_epoch(plan.epochs)


HEAD = "seedbed: plan/1\nname: x\n"


@pytest.mark.parametrize(
    ("lines", "place", "words"),
    [
        ("share: {start: 0.9}", (3, 1), "needs an end"),
        ("share: {schedule: constant, start: 1, end: 0}", None, "has no end"),
        ("share: {schedule: falling, start: 1}", (3, 19), "not one of the known values"),
        ("share: {start: 1.2, end: 0}", (3, 16), "out of bounds"),
        ("share: {start: .nan, end: 0}", None, ""),
        ("share: {start: 1, end: 0}\nbatch: 32\nimages_per_epoch: 20", (4, 1), "larger than an epoch"),
        ("share: {start: 1, end: 0}\nbatch: 16\nimages_per_epoch: 33", (5, 1), "one image alone"),
        ("share: {start: 1, end: 0}\nseeds: [1, 2, 1]", None, "named twice"),
        ("share: {start: 1, end: 0}\ntest: [real, unreal]", None, "not one of the known values"),
        ("share: {start: 1, end: 0}\ntest: []", (4, 1), "nothing to judge by"),
        ("share: {schedule: constant, start: 1}\nreal_labels: 4", (4, 1), "no epoch has room"),
        ("share: {start: 1, end: 0}\noptimizer: auto", None, "not one of the known values"),
        ("share: {start: 1, end: 0}\nexports: [onnx]", (4, 1), "unknown key"),
        ("share: {start: 1, end: 0}\nstop_after: 5", (4, 1), "has to reach its end"),
        ("share: {start: 1, end: 0}\nimage_size: 100", (4, 13), ""),
        ("share: {start: 1, end: 0}\nmodel: yolo11n", (4, 8), ""),
        ("about: no share", None, "'share' is missing"),
    ],
)
def test_broken_plans(lines: str, place: tuple[int, int] | None, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        loads_plan(HEAD + lines + "\n")
    problem = caught.value.problems[0]
    assert words in problem.message
    if place is not None:
        assert (problem.line, problem.column) == place


def test_all_problems_at_once() -> None:
    with pytest.raises(DocumentError) as caught:
        loads_plan(HEAD + "share: {start: 0.5}\nseeds: [1, 1]\nbatch: 16\nimages_per_epoch: 17\n")
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("name", sorted(packs()))
def test_packs_are_plans(name: str) -> None:
    plan = load_plan(packs()[name]).value
    assert shares_of(plan)[0] > shares_of(plan)[-1] == 0
    assert find_model(plan.model, packs()[name].parent)


def test_the_pack_of_the_design_is_there() -> None:
    assert "cones" in packs()


def test_a_plan_without_choices_has_fixed_ones() -> None:
    plan = loads_plan(HEAD + "share: {start: 1, end: 0}\n").value
    assert (plan.optimizer, plan.lr, plan.batch, plan.workers, plan.seeds) == ("AdamW", 0.002, 16, 0, (0,))
    np.testing.assert_allclose(shares_of(plan), np.linspace(1, 0, plan.epochs))
    assert plan.mosaic_epochs == 18


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(plan_schema())
    body = {"seedbed": "plan/1", "name": "x", "share": {"start": 1, "end": 0}}
    jsonschema.validate(body, plan_schema())


def test_weights_are_never_downloaded(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as caught:
        find_model("yolo11n.pt", tmp_path)
    assert caught.value.reason is Reason.NOT_FOUND
    assert "yolo11n.yaml" in str(caught.value.repair)
    (tmp_path / "yolo11n.pt").write_bytes(b"")
    assert find_model("yolo11n.pt", tmp_path) == (tmp_path / "yolo11n.pt").resolve()


def test_unknown_models_are_named() -> None:
    assert Path(find_model("small.yaml", Path("/nowhere"))).is_file()
    assert find_model("yolo11n.yaml", Path("/nowhere")) == "yolo11n.yaml"
    with pytest.raises(TrainingError) as caught:
        find_model("smal.yaml", Path("/nowhere"))
    assert "small.yaml" in str(caught.value)
