"""What synthetic frames are worth: three arms on the same real test photographs.

    python benchmarks/arms.py --synthetic out/cones --real ../shared/data/frc_cone_cube -o out/arms

Every arm: yolo11n from nothing, 224 px, 6,000 images seen (20 epochs of 300), AdamW 0.002, batch 16, the best epoch
chosen by the same real validation photographs, scored on the real test photographs. The four real labels are drawn by
seed and are the same in both arms that use them. Run again after an interruption, it goes on.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import Any

from seedbed.core.errors import SeedbedError
from seedbed.core.progress import Lines, Silent
from seedbed.training import TrainResult, train
from seedbed.training.plan import loads_plan

ARMS = {
    "synthetic only": {"share": "{schedule: constant, start: 1}", "real_labels": "all"},
    "real only": {"share": "{schedule: constant, start: 0}", "real_labels": "N"},
    "falling share": {"share": "{schedule: linear, start: 0.9, end: 0.0, real_tail: 0.1}", "real_labels": "N"},
}
PLAN = """\
seedbed: plan/1
name: {name}
model: yolo11n.yaml
share: {share}
real_labels: {real_labels}
epochs: {epochs}
images_per_epoch: 300
image_size: 224
batch: 16
optimizer: AdamW
lr: 0.002
seeds: [{seed}]
test: [real]
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Scores of synthetic only, few real labels, and both.")
    parser.add_argument("--synthetic", type=Path, required=True, nargs="+", help="rendered frames, one folder or more")
    parser.add_argument("--real", type=Path, required=True, help="photographs in YOLO layout")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder of runs and tables")
    parser.add_argument("--labels", type=int, default=4, help="real labelled images to learn from")
    parser.add_argument("--images", type=int, default=6000, help="images seen, a multiple of 300")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--quiet", action="store_true")
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    # Seed by seed, so that an interrupted table has whole lines to compare.
    for seed in given.seeds:
        for arm in given.arms:
            try:
                result = _run(given, arm, seed)
            except SeedbedError as error:
                print(error, file=sys.stderr)
                return 1
            rows.append(_row(arm, given.labels, result))
            print(_line(rows[-1]), flush=True)
    _write(given.out, given, rows)
    print("\n" + _table(given.out))
    return 0


def _run(given: argparse.Namespace, arm: str, seed: int) -> TrainResult:
    fields = {key: value.replace("N", str(given.labels)) for key, value in ARMS[arm].items()}
    name = arm.replace(" ", "_")
    text = PLAN.format(name=name, seed=seed, epochs=given.images // 300, **fields)
    document = loads_plan(text, Path(f"{name}.yaml"))
    synthetic = None if arm == "real only" else given.synthetic
    progress = Silent() if given.quiet else Lines(every=60)
    return train(document, given.out / name / f"seed-{seed}", synthetic=synthetic, real=given.real, progress=progress)


def _row(arm: str, labels: int, result: TrainResult) -> dict[str, Any]:
    seed = result.seeds[0]
    test = seed.test["real"]
    return {
        "arm": arm if arm == "synthetic only" else f"{arm}, {labels} real labels",
        "seed": seed.seed,
        "mAP50": test["mAP50"],
        "mAP50-95": test["mAP50-95"],
        "best_epoch": seed.best_epoch,
        **{key: seed.mistakes["real"][key] for key in ("objects", "found", "background", "duplicates", "misplaced")},
        **{f"{name}/mAP50": each["mAP50"] for name, each in test["classes"].items()},
    }


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['arm']}, seed {row['seed']}: mAP50 {row['mAP50']:.3f}, mAP50-95 {row['mAP50-95']:.3f}, "
        f"{row['found']} of {row['objects']} found, {row['background']} false on background, {row['duplicates']} twice"
    )


def _write(out: Path, given: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    with open(out / "arms.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
    arms = {}
    for arm in dict.fromkeys(row["arm"] for row in rows):
        of_arm = [row for row in rows if row["arm"] == arm]
        arms[arm] = {
            metric: {
                "mean": sum(row[metric] for row in of_arm) / len(of_arm),
                "min": min(row[metric] for row in of_arm),
                "max": max(row[metric] for row in of_arm),
            }
            for metric in ("mAP50", "mAP50-95")
        }
    body = {"images_seen": given.images, "seeds": given.seeds, "arms": arms, "runs": rows}
    (out / "arms.json").write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")


def _table(out: Path) -> str:
    body = json.loads((out / "arms.json").read_text(encoding="utf-8"))
    lines = [f"| learnt from ({len(body['seeds'])} seeds) | real test mAP50 | mAP50-95 |", "|---|---|---|"]
    for arm, scores in body["arms"].items():
        cells = [f"{each['mean']:.3f} ({each['min']:.3f} to {each['max']:.3f})" for each in scores.values()]
        lines.append(f"| {arm} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
