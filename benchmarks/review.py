"""Planted label errors that `seedbed review` finds: `python benchmarks/review.py --real SET --run RUN [--seeds 0 1]`.

One label in ten of a real set is spoilt: dropped, moved, of another class, or there is one too many. What counts is the
part of them among the first fifth of the ranked list. The set is copied to a temporary folder, images as links.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from seedbed.core import keys
from seedbed.training import review
from seedbed.training.judging.mistakes import iou
from seedbed.training.sets.folders import read_set
from seedbed.training.sets.labelled import Frame

SPOILT = 0.1
LOOKED_AT = 0.2


def spoil(real: Path, out: Path, seed: int, split: str) -> dict[str, list[tuple[str, np.ndarray]]]:
    """Writes a spoilt copy; image -> (kind, box in shares: left, top, right, bottom) of each error."""
    given = read_set(real)
    draw = keys.generator(seed, "benchmark", "review")
    frames = given.split(split)
    (out / "images" / split).mkdir(parents=True)
    (out / "labels" / split).mkdir(parents=True)
    errors: dict[str, list[tuple[str, np.ndarray]]] = {}
    for frame in frames:
        name = f"images/{split}/{frame.path.name}"
        (out / name).symlink_to(frame.path.resolve())
        lines, errors[name] = _spoilt(frame, len(given.names), draw)
        (out / "labels" / split / frame.path.name).with_suffix(".txt").write_text("".join(lines))
    names = "".join(f"  {i}: {name}\n" for i, name in enumerate(given.names))
    (out / "data.yaml").write_text(f"path: .\ntrain: images/{split}\nnames:\n{names}")
    return errors


def _spoilt(frame: Frame, classes: int, draw: np.random.Generator) -> tuple[list[str], list[tuple[str, np.ndarray]]]:
    rows, errors = [], []
    for kind, box in zip(frame.classes, frame.boxes.astype(float), strict=True):
        if draw.uniform() >= SPOILT:
            rows.append((int(kind), box))
            continue
        what = ("dropped", "moved", "class", "extra")[int(draw.integers(4))]
        if what == "dropped":
            errors.append((what, _corners(box)))
            continue
        if what == "moved":
            turn = draw.uniform(0, 2 * np.pi)
            moved = box + np.array([np.cos(turn) * box[2], np.sin(turn) * box[3], 0, 0]) * draw.uniform(0.4, 0.8)
            moved[:2] = np.clip(moved[:2], moved[2:] / 2, 1 - moved[2:] / 2)
            errors.append((what, _corners(moved)))
            rows.append((int(kind), moved))
        elif what == "class":
            errors.append((what, _corners(box)))
            rows.append(((int(kind) + 1) % classes, box))
        else:
            rows.append((int(kind), box))
            more = np.concatenate([draw.uniform(box[2:] / 2, 1 - box[2:] / 2), box[2:]])
            errors.append((what, _corners(more)))
            rows.append((int(kind), more))
    return [f"{kind} " + " ".join(f"{value:.6f}" for value in box) + "\n" for kind, box in rows], errors


def _corners(box: np.ndarray) -> np.ndarray:
    return np.concatenate([box[:2] - box[2:] / 2, box[:2] + box[2:] / 2])


def main() -> int:
    parser = argparse.ArgumentParser(description="Planted label errors found in the first fifth.")
    parser.add_argument("--real", type=Path, required=True, help="photographs in YOLO layout")
    parser.add_argument("--run", type=Path, required=True, help="a finished run")
    parser.add_argument("--split", default="train")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    for seed in given.seeds:
        folder = Path(tempfile.mkdtemp())
        try:
            errors = spoil(given.real, folder / "set", seed, given.split)
            done = review(folder / "set", given.run, folder / "review")
            total, found = Counter[str](), Counter[str]()
            first = done.doubts[: round(LOOKED_AT * done.labels)]
            sizes = {each.frame.name: each.frame for each in first}
            looked: dict[str, list[np.ndarray]] = {}
            for each in first:
                looked.setdefault(each.frame.name, []).append(np.array(each.suspicion.box))
            for name, planted in errors.items():
                for kind, box in planted:
                    total[kind] += 1
                    if name not in sizes:
                        continue
                    from PIL import Image

                    with Image.open(sizes[name].path) as image:
                        scale = np.array([*image.size, *image.size])
                    overlaps = iou((box * scale)[None], np.stack(looked[name]))[0]
                    found[kind] += bool((overlaps >= 0.5).any())
            kinds = ", ".join(f"{kind} {found[kind]} of {count}" for kind, count in sorted(total.items()))
            print(
                f"seed {seed}: {sum(found.values())} of {sum(total.values())} planted errors "
                f"({sum(found.values()) / max(1, sum(total.values())):.0%}) in the first {len(first)} of "
                f"{done.labels} labels: {kinds}",
                flush=True,
            )
        finally:
            shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
