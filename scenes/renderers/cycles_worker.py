"""The process that Blender lives in: reads pickled views from stdin, writes pickled pictures to stdout.

`python -m seedbed.scenes.renderers.cycles_worker`, started by `cycles`. Blender comes with libraries of its own, keeps
some memory of every scene, prints what it does and is under the GPL: four reasons for a process that imports nothing
else and is replaced now and then.
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from seedbed.scenes.renderers.exr import read_exr


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answers each request until the source ends.

    A request is (view, samples); see `cycles_scene.build`. The answer is a dictionary of channels, or the text of what
    went wrong.
    """
    import bpy  # noqa: F401, I001 - first: it is what lets Python find the next one
    import addon_utils

    addon_utils.enable("cycles")
    with tempfile.TemporaryDirectory(prefix="seedbed-cycles-", dir=_memory()) as folder:
        file = Path(folder) / "frame.exr"
        while True:
            try:
                request = pickle.load(source)
            except EOFError:
                return
            answer: Any
            try:
                answer = _draw(file, *request)
            except Exception as error:  # whatever Blender raises: the other side tells the person
                answer = f"{type(error).__name__}: {error}"
            pickle.dump(answer, target, pickle.HIGHEST_PROTOCOL)
            target.flush()


def _draw(file: Path, view: Any, samples: int) -> dict[str, Any]:
    import bpy

    from seedbed.scenes.renderers.cycles_scene import at_centres, build

    build(view, samples)
    scene = bpy.context.scene
    scene.render.filepath = str(file)
    bpy.ops.render.render(write_still=True)
    channels = dict(read_exr(file))
    if samples > 1:
        # Where a body begins must not hang on where in the pixel the first sample fell.
        at_centres(scene)
        bpy.ops.render.render(write_still=True)
        channels |= {name: values for name, values in read_exr(file).items() if name in DATA}
    return channels


DATA = ("ViewLayer.Depth.Z", "ViewLayer.IndexOB.X")
"""Channels that are of the pixels' centres."""


def _memory() -> str | None:
    """A folder in memory, where the system has one: pictures pass through a file."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def main() -> None:
    """Serves the process that started this one."""
    # What Blender prints goes where errors go, not between the answers.
    with os.fdopen(os.dup(1), "wb") as target:
        os.dup2(2, 1)
        serve(sys.stdin.buffer, target)


if __name__ == "__main__":
    main()
