"""Models that detect and models that segment: told apart, held against the labels, trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from seedbed.core.documents import Document
from seedbed.core.errors import DataError, TrainingError
from seedbed.training import Plan, train
from seedbed.training.learning import offline
from seedbed.training.learning.models import find_model
from seedbed.training.learning.tasks import task_of
from seedbed.training.sets.folders import read_set

torch = pytest.importorskip("torch")
pytest.importorskip("ultralytics")

MakePlan = Callable[..., Document[Plan]]
DrawSet = Callable[..., Path]


@pytest.fixture(scope="module")
def small_segmenter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small detector with a head for outlines."""
    text = find_model("small.yaml", Path())
    assert isinstance(text, Path)
    path = tmp_path_factory.mktemp("models") / "small-seg.yaml"
    path.write_text(text.read_text().replace("1, Detect, [nc]", "1, Segment, [nc, 8, 24]"))
    return path


@pytest.fixture(scope="module")
def outlined(tmp_path_factory: pytest.TempPathFactory, draw_shapes: DrawSet) -> tuple[Path, Path]:
    """A synthetic and a real set whose labels are outlines: a triangle in each box."""
    roots = []
    for look in ("synthetic", "real"):
        root = draw_shapes(tmp_path_factory.mktemp("outlined") / look, look)
        for path in root.glob("labels/*/*.txt"):
            lines = []
            for line in path.read_text().splitlines():
                kind, x, y, w, h = line.split()
                left, right = float(x) - float(w) / 2, float(x) + float(w) / 2
                top, bottom = float(y) - float(h) / 2, float(y) + float(h) / 2
                lines.append(f"{kind} {x} {top:.6f} {left:.6f} {bottom:.6f} {right:.6f} {bottom:.6f}")
            path.write_text("\n".join(lines) + "\n")
        roots.append(root)
    return roots[0], roots[1]


@pytest.mark.parametrize(
    ("name", "task"),
    [("small.yaml", "detect"), ("yolo11n.yaml", "detect"), ("yolo26n-seg.yaml", "segment"), ("yolov9c.yaml", "detect")],
)
def test_descriptions_say_their_task(name: str, task: str) -> None:
    offline.prepare()
    assert task_of(find_model(name, Path())) == task


@pytest.mark.parametrize("head", ["Pose, [nc, [4, 3]]", "Classify, [nc]", "RTDETRDecoder, [nc]", "WorldDetect, [nc]"])
def test_another_task_is_refused(tmp_path: Path, head: str) -> None:
    offline.prepare()
    path = tmp_path / "other.yaml"
    path.write_text(f"nc: 2\nbackbone: []\nhead:\n  - [[1], 1, {head}]\n")
    with pytest.raises(TrainingError, match="another task"):
        task_of(path)


def test_weights_that_are_none_are_named(tmp_path: Path) -> None:
    offline.prepare()
    path = tmp_path / "broken.pt"
    path.write_bytes(b"no weights")
    with pytest.raises(TrainingError, match=r"broken\.pt: not a model"):
        task_of(path)


def test_boxes_alone_do_not_teach_outlines(tmp_path: Path, tiny_plan: MakePlan, small_segmenter: Path) -> None:
    plan = tiny_plan()
    plan = Document(plan.value.model_copy(update={"model": str(small_segmenter)}), plan.path, plan.text, plan.tree)
    with pytest.raises(DataError, match="is only a box") as caught:
        train(plan, tmp_path / "run")
    assert "without `-seg`" in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_outlines_are_read_beside_their_boxes(outlined: tuple[Path, Path]) -> None:
    frame = read_set(outlined[0]).split("train")[0]
    assert len(frame.outlines) == len(frame.boxes) == 2
    for outline, (x, y, w, h) in zip(frame.outlines, frame.boxes.tolist(), strict=True):
        assert outline is not None
        assert outline.shape == (3, 2)
        assert outline.min(0).tolist() == pytest.approx([x - w / 2, y - h / 2], abs=1e-5)
        assert outline.max(0).tolist() == pytest.approx([x + w / 2, y + h / 2], abs=1e-5)


def test_a_segmenter_is_trained_and_judged_by_outlines(
    tmp_path: Path, tiny_plan: MakePlan, small_segmenter: Path, outlined: tuple[Path, Path]
) -> None:
    from ultralytics.nn.tasks import load_checkpoint

    plan = tiny_plan(synthetic=outlined[0], real=outlined[1], epochs=2, augment="{synthetic: [gauss_noise]}")
    plan = Document(plan.value.model_copy(update={"model": str(small_segmenter)}), plan.path, plan.text, plan.tree)
    result = train(plan, tmp_path / "run")
    body = json.loads((tmp_path / "run" / "results.json").read_text())
    assert set(body["test"]["real"]["masks"]) == {"mAP50", "mAP50-95"}
    assert task_of(result.seeds[0].best_weights) == "segment"
    rows = result.seeds[0].epochs
    assert any("seg" in column for column in rows[0])
    # Weights go on from what they know: with next to no learning rate they stay what they were.
    given = result.seeds[0].best_weights
    plan = tiny_plan(synthetic=outlined[0], real=outlined[1], epochs=1, lr=1e-9, share="{start: 0.9, end: 0.9}")
    plan = Document(plan.value.model_copy(update={"model": str(given)}), plan.path, plan.text, plan.tree)
    again = train(plan, tmp_path / "again").seeds[0].best_weights
    name = "model.3.conv.weight"
    before, after = (load_checkpoint(str(path))[0].state_dict()[name] for path in (given, again))
    assert torch.allclose(before.float(), after.float(), atol=1e-5)


def test_steps_that_move_outlines_are_refused(
    tmp_path: Path, tiny_plan: MakePlan, small_segmenter: Path, outlined: tuple[Path, Path]
) -> None:
    plan = tiny_plan(synthetic=outlined[0], real=outlined[1], augment="{real: [rotate]}")
    plan = Document(plan.value.model_copy(update={"model": str(small_segmenter)}), plan.path, plan.text, plan.tree)
    with pytest.raises(TrainingError, match="for real images moves things"):
        train(plan, tmp_path / "run")


def test_masks_fill_half_of_their_boxes(outlined: tuple[Path, Path]) -> None:
    import numpy as np
    from ultralytics.cfg import get_cfg

    from seedbed.training.learning.loading import FrameDataset

    hyp = get_cfg(overrides={"task": "segment", "overlap_mask": False, "mask_ratio": 1})
    given = read_set(outlined[1])
    dataset = FrameDataset(given.split("train"), given.names, 96, hyp, augment=False, batch=4, stride=32)
    for sample in (dataset[0], dataset[5]):
        for mask, (x, y, w, h) in zip(sample["masks"].numpy(), sample["bboxes"].numpy(), strict=True):
            rows, columns = np.nonzero(mask)
            high, wide = mask.shape
            assert columns.mean() / wide == pytest.approx(x, abs=0.02)
            # The centre of a triangle on its base lies two thirds down.
            assert rows.mean() / high == pytest.approx(y + h / 6, abs=0.02)
            # Half of the box, and half a pixel all around: cv2.fillPoly draws the border too.
            base, height = w * wide, h * high
            assert mask.sum() == pytest.approx(base * height / 2 + base / 2 + np.hypot(base / 2, height), rel=0.06)
