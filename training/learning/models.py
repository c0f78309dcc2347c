"""Where a plan's `model` is found. Nothing is ever downloaded."""

from __future__ import annotations

import importlib.util
import re
from importlib import resources
from pathlib import Path

from seedbed.core.errors import Reason, TrainingError
from seedbed.core.words import listed, nearest


def find_model(name: str, folder: Path) -> Path | str:
    """The file a plan's `model` means.

    Args:
        name: as in the plan.
        folder: of the plan.

    Returns:
        A path: beside the plan, or below the working folder, or one of Seedbed's own descriptions; or the bare name of
        a description that comes with Ultralytics.

    Raises:
        TrainingError: there is no such file.
    """
    for candidate in (folder / name, Path.cwd() / name):
        if candidate.is_file():
            return candidate.resolve()
    if name.endswith(".pt"):
        stem = Path(name).stem
        raise TrainingError(
            "the weights are not on this machine, and nothing is downloaded",
            reason=Reason.NOT_FOUND,
            where=name,
            allowed=f"a file beside the plan ({folder.resolve()}) or in the working folder",
            repair=f"put {Path(name).name} there, or start from nothing with `model: {stem}.yaml`",
        )
    own = {path.name: path for path in Path(str(resources.files("seedbed.training"))).glob("*.yaml")}
    if name in own:
        return own[name]
    known = _ultralytics()
    if name in known:
        return name
    every = sorted([*own, *known])
    close = nearest(name, every)
    raise TrainingError(
        "no such model description",
        reason=Reason.UNKNOWN_NAME,
        where=name,
        found=f"did you mean {close!r}?" if close else None,
        allowed="a .yaml beside the plan, or one of "
        + listed(each for each in every if re.fullmatch(r"small\.yaml|yolo(11|v8)[nsmlx]?(-seg)?\.yaml", each)),
    )


def _ultralytics() -> set[str]:
    """Names of detectors and segmenters that come with Ultralytics, such as yolo11n.yaml and yolo11n-seg.yaml."""
    # Found without importing it: its switches have to be set first.
    found = importlib.util.find_spec("ultralytics")
    if found is None or not found.submodule_search_locations:
        return set()
    folder = Path(found.submodule_search_locations[0]) / "cfg" / "models"
    names = set()
    for path in folder.glob("*/yolo*.yaml"):
        text = path.read_text(encoding="utf-8")
        name = re.fullmatch(r"(yolov?\d+)([^.]*)", path.stem)
        if name is None or not re.search(r"\b(v10Detect|Detect|Segment|Segment26), *\[nc", text):
            continue
        names.add(path.name)
        if re.search(r"^scales:", text, re.MULTILINE) and not re.match(r"[a-z]", name[2]):
            names |= {f"{name[1]}{size}{name[2]}.yaml" for size in "nsmlx"}
    return names
