"""What synthetic frames are worth, on photographs: `seedbed train --arms` with a budget for two CPU cores.

    python benchmarks/arms.py --synthetic out/cones --real ../shared/data/frc_cone_cube -o out/arms --labels 4 24 all

Every arm: yolo11n from nothing, 224 px, 6,000 images seen (20 epochs of 300), AdamW 0.002, batch 16, the best epoch
chosen by the same real validation photographs, scored on the real test photographs. The real labels of a seed are the
same in every arm. Run again after an interruption, it goes on.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from seedbed.cli.arms_page import arms_lines, write_arms
from seedbed.core.errors import SeedbedError
from seedbed.core.progress import Lines, Silent
from seedbed.training import compare_arms
from seedbed.training.judging.arms import ARMS
from seedbed.training.plan import loads_plan

PLAN = """\
seedbed: plan/1
name: arms
model: yolo11n.yaml
share: {{schedule: linear, start: 0.9, end: 0.0, real_tail: 0.1}}
epochs: {epochs}
images_per_epoch: 300
image_size: 224
batch: 16
optimizer: AdamW
lr: 0.002
seeds: {seeds}
flip: {flip}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Real alone, synthetic alone and mixes, on the same test photographs.")
    parser.add_argument("--synthetic", type=Path, required=True, nargs="+", help="rendered frames, one folder or more")
    parser.add_argument("--real", type=Path, required=True, help="photographs in YOLO layout")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder of runs and tables")
    parser.add_argument("--labels", nargs="+", default=["4"], help="real labelled images to learn from, or all")
    parser.add_argument("--images", type=int, default=6000, help="images seen, a multiple of 300")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--flip", type=float, default=0.5, help="part of the images that are mirrored; 0 for print")
    parser.add_argument("--quiet", action="store_true")
    given = parser.parse_args()
    plan = loads_plan(PLAN.format(epochs=given.images // 300, seeds=given.seeds, flip=given.flip), Path("arms.yaml"))
    try:
        comparison = compare_arms(
            plan,
            given.out,
            real_labels=[each if each == "all" else int(each) for each in given.labels],
            arms=given.arms,
            synthetic=given.synthetic,
            real=given.real,
            progress=Silent() if given.quiet else Lines(every=60),
        )
    except SeedbedError as error:
        print(error, file=sys.stderr)
        return 1
    write_arms(comparison)
    print("\n".join(arms_lines(comparison)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
