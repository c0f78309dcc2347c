"""The folder for a device without a network: model, names, what to do before and after, and an example that runs."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from seedbed.core.files import write_atomic

FACTS = "model.json"
EXAMPLE = "detect.py"


def write_folder(out: Path, model: str, facts: dict[str, Any]) -> None:
    """Writes all but the model itself.

    Args:
        out: the folder.
        model: name of the model's file or folder in it.
        facts: `names`, `image_size`, `threshold`, `end2end`, `format`, `int8`, `run`, `digest`.
    """
    names = facts["names"]
    write_atomic(out / "labels.txt", "".join(f"{name}\n" for name in names).encode())
    write_atomic(out / FACTS, json.dumps({"model": model, **facts}, indent=1, ensure_ascii=False).encode() + b"\n")
    if facts["format"] == "onnx":
        write_atomic(out / EXAMPLE, (resources.files("seedbed.training.exporting") / "example.py").read_bytes())
    write_atomic(out / "README.md", _readme(model, facts).encode())


def _readme(model: str, facts: dict[str, Any]) -> str:
    size, names = facts["image_size"], facts["names"]
    kind = facts["format"] + (", int8" if facts["int8"] else "")
    if facts["end2end"]:
        rows = f"""`output0`, float32, 1 x N x 6: left, top, right, bottom (pixels of the {size} x {size} input), score,
class. Overlaps are gone already."""
    else:
        rows = f"""`output0`, float32, 1 x {4 + len(names)} x N: centre x, centre y, width, height (pixels of the
{size} x {size} input), then one score per class in [0, 1], in the order of `labels.txt`. A
segmenter has 32 more rows."""
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

Measured scores, size and time: `export.json`. The same facts as data: `{FACTS}`.
"""
