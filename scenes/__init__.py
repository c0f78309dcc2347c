"""Scene file -> labelled frames.

`load_scene`, `check_scene`, `scene_schema` and `packs` are light. `render` and `sheet` load the world, the renderers
and OpenCV when first asked for, `convert` the formats.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from seedbed.scenes.models.scene import Scene, check_scene, load_scene, packs, remarks, scene_schema

if TYPE_CHECKING:
    from seedbed.scenes.capture.contact_sheet import sheet
    from seedbed.scenes.capture.describing import Rendered
    from seedbed.scenes.capture.run import render
    from seedbed.scenes.formats.convert import convert

__all__ = [
    "Rendered",
    "Scene",
    "check_scene",
    "convert",
    "load_scene",
    "packs",
    "remarks",
    "render",
    "scene_schema",
    "sheet",
]

_LATER = {
    "Rendered": "capture.describing",
    "convert": "formats.convert",
    "render": "capture.run",
    "sheet": "capture.contact_sheet",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"seedbed.scenes.{_LATER[name]}"), name)
    globals()[name] = value
    return value
