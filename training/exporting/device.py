"""The folder for a device without a network: model, names, what to do before and after, and an example that runs."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.core.files import write_atomic

if TYPE_CHECKING:
    from seedbed.training.exporting.checking import Checked

FACTS = "model.json"
EXAMPLE = "detect.py"
Measured = tuple["Checked", "Checked"] | None


def write_folder(out: Path, model: str, facts: dict[str, Any], measured: Measured = None) -> None:
    """Writes all but the model itself.

    Args:
        out: the folder.
        model: name of the model's file or folder in it.
        facts: `names`, `image_size`, `threshold`, `end2end`, `format`, `int8`, `run`, `digest`.
        measured: the run's own weights and the exported model, where they were judged.
    """
    names = facts["names"]
    write_atomic(out / "labels.txt", "".join(f"{name}\n" for name in names).encode())
    write_atomic(out / FACTS, json.dumps({"model": model, **facts}, indent=1, ensure_ascii=False).encode() + b"\n")
    if facts["format"] == "onnx":
        write_atomic(out / EXAMPLE, (resources.files("seedbed.training.exporting") / "example.py").read_bytes())
    write_atomic(out / "README.md", _readme(model, facts, measured).encode())


def _readme(model: str, facts: dict[str, Any], measured: Measured) -> str:
    size, names = facts["image_size"], facts["names"]
    kind = facts["format"] + (", int8" if facts["int8"] else "")
    if facts["end2end"]:
        rows = f"""`output0`, float32, 1 x N x 6: left, top, right, bottom (pixels of the {size} x {size} input), score,
class. Overlaps are gone already."""
    else:
        rows = f"""`output0`, float32, 1 x {4 + len(names)} x N: centre x, centre y, width, height (pixels of the
{size} x {size} input), then one score per class in [0, 1], in the order of `labels.txt`. Of a
segmenter further rows are the weights of its masks in `output1`."""
    run = ""
    if facts["format"] == "onnx":
        run = "    python detect.py picture.jpg\n\nneeds onnxruntime, numpy and Pillow.\n\n"
    return f"""# {facts["name"]}: {", ".join(names)}

`{model}` ({kind}), made from the run `{facts["run"]}`, weights {facts["digest"]}.

{run}## Before

1. Decode to RGB, apply the camera's turn mark (EXIF).
2. Scale the long side to {size} pixels, bilinear; pad to {size} x {size} with grey ({facts["padding"]}), the picture in
   the middle.
3. Divide by 255; order as 1 x 3 x {size} x {size} (batch, channel, row, column), float32. The input is called `images`.

## After

{rows}

1. Keep scores from {facts["threshold"]:.4f} on: the working threshold, chosen on validation photographs.
2. Of boxes of one class that overlap by more than {facts["iou"]} (intersection over union), keep the surest.
3. Take the padding off and divide by the scale: pixels of the picture, cut at its edges.

{_scores(measured)}The same facts as data: `{FACTS}`.

## Licence

Made with Ultralytics, whose licence is AGPL-3.0: weights trained with it are claimed to fall under it, or under an
enterprise licence of theirs, in whatever product they are.
"""


def _scores(measured: Measured) -> str:
    if measured is None:
        return ""
    rows = "".join(
        f"| {name} | {one.map50:.3f} | {one.map50_95:.3f} | {one.found} of {one.objects} | {one.false} "
        f"| {one.megabytes:.1f} | {one.milliseconds:.1f} |\n"
        for name, one in zip(("weights of the run", "this model"), measured, strict=True)
    )
    return f"""## Measured

On {measured[0].images} test images; found and false at the threshold; one thread of the machine that exported it.

| | mAP50 | mAP50-95 | found | false | MB | ms an image |
|---|---|---|---|---|---|---|
{rows}
"""
