"""Labels of whole datasets, read back from disk with numpy alone: no pixel may differ."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from small_scene import SMALL

from seedbed.core.errors import DocumentError
from seedbed.scenes import load_scene, packs, render
from seedbed.scenes.labels.records import FrameRecord

FRAMES = 10_000


def read_back(out: Path) -> Counter[str]:
    """Compares every file of a dataset with every other.

    Nothing but numpy reads masks and boxes here: none of the package's own code.
    """
    found: Counter[str] = Counter()
    names = [line.split(": ", 1)[1] for line in (out / "data.yaml").read_text().splitlines() if line.startswith("  ")]
    classes = [json.loads(name) for name in names]
    for path in sorted(out.glob("frames/*/*.jsonl")):
        for line in path.read_text().splitlines():
            record = json.loads(line)
            width, height = record["size"]
            mask = cv2.imread(str(out / record["mask"]), cv2.IMREAD_UNCHANGED)
            assert mask.shape == (height, width)
            image = out / record["image"]
            text = (out / "labels" / image.parent.name / f"{image.stem}.txt").read_text()
            lines = [[float(value) for value in row.split()] for row in text.splitlines()]
            kept = [body for body in record["bodies"] if body["box"] and not body["ignored"]]
            assert len(lines) == len(kept)
            assert {int(i) for i in np.unique(mask)} - {0} == {b["id"] for b in record["bodies"] if b["box"]}
            for (kind, x, y, w, h), body in zip(lines, kept, strict=True):
                rows, columns = np.nonzero(mask == body["id"])
                tight = [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]
                assert body["box"] == tight
                assert classes[int(kind)] == body["name"]
                edges = np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2]) * (width, height, width, height)
                assert np.abs(edges - tight).max() < 1e-4
                assert len(rows) == body["pixels"]
                left, top, right, bottom = body["amodal"]
                assert left - 1 <= tight[0] < tight[2] <= right + 1
                assert top - 1 <= tight[1] < tight[3] <= bottom + 1
                assert 0 <= body["truncated"] <= 1 - body["visible"] + 2e-4
                found["boxes"] += 1
            if record["depth"]:
                depth = cv2.imread(str(out / record["depth"]), cv2.IMREAD_UNCHANGED)
                assert depth.shape == (height, width)
                for body in kept:
                    near = body["solid"]["center"][2] - np.linalg.norm(body["solid"]["size"]) / 2 - 0.01
                    assert (depth[mask == body["id"]] > near * (1000 if depth.dtype == np.uint16 else 1)).all()
                    found["depths"] += 1
            if record["semantic"]:
                semantic = cv2.imread(str(out / record["semantic"]), cv2.IMREAD_UNCHANGED)
                for number, name in enumerate(classes, start=1):
                    pixels = sum(body["pixels"] for body in record["bodies"] if body["name"] == name)
                    assert np.count_nonzero(semantic == number) == pixels
                found["semantic"] += 1
            assert json.loads(json.dumps(FrameRecord.from_json(record).to_json())) == record
            found["frames"] += 1
    return found


@pytest.mark.parametrize("depth", ["png", "float"])
def test_every_file_of_a_small_dataset_agrees(tmp_path: Path, depth: str) -> None:
    scene = tmp_path / "small.yaml"
    rules = f"labels: {{min_pixels: 8, semantic: true, depth: {depth}, under: ignore, min_visible: 0.6}}"
    lens = "camera: {distortion: [-0.2, 0.05], "
    scene.write_text(SMALL.replace("labels: {min_pixels: 8}", rules).replace("camera: {", lens))
    render(scene, tmp_path / "out", frames=15)
    found = read_back(tmp_path / "out")
    assert found["frames"] == found["semantic"] == 15
    assert found["depths"] == found["boxes"] > 5
    bodies = [
        body
        for path in (tmp_path / "out").glob("frames/*/*.jsonl")
        for line in path.read_text().splitlines()
        for body in json.loads(line)["bodies"]
    ]
    assert any(body["ignored"] == "min_visible" for body in bodies)


def complete(scene: Path) -> bool:
    """Whether a pack needs no files of the person's own."""
    try:
        load_scene(scene)
    except DocumentError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.timeout(24 * 3600)
def test_ten_thousand_frames_over_all_packs(tmp_path: Path) -> None:
    found: Counter[str] = Counter()
    names = [name for name, path in sorted(packs().items()) if complete(path)]
    for name in names:
        render(packs()[name], tmp_path / name, frames=-(-FRAMES // len(names)), workers=2)
        found += read_back(tmp_path / name)
        assert not list((tmp_path / name).glob("aside/*"))
    assert found["frames"] >= FRAMES
