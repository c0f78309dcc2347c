"""The cycles renderer: Blender's path tracer, in a process of its own (see `cycles_worker`).

Light goes as in the gl renderer, but once more: a floor lights what stands over it, and what shines is seen in what is
smooth. A frame takes seconds of CPU time, most of them in the denoiser; `View.supersample` k takes k * k samples a
pixel, 8 at most, instead of one.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.renderers.drawing import fitted, fogged, over, srgb_to_linear
from seedbed.scenes.srgb import encoded
from seedbed.scenes.view import Bytes, Drawing, Floats, View

RECYCLE = 200
"""Views after which Blender's process is replaced: it keeps some memory of each."""

SAMPLES = 8
"""Most paths a pixel."""

TRIES = 2
"""Times a view is given to a process before it is the view that is wrong."""

SECONDS = 600.0
"""Time for one view after which the process is taken for hung."""

_NOTHING = 1e9  # metres; Blender's depth where nothing is, is beyond


class CyclesRenderer:
    """Draws views with Blender.

    Args:
        recycle: views after which its process is replaced.
    """

    name = "cycles"

    def __init__(self, recycle: int = RECYCLE) -> None:
        self._recycle = recycle
        self._process: subprocess.Popen[bytes] | None = None
        self._said: Any = None
        self._drawn = 0

    def draw(self, view: View) -> Drawing:
        """Draws one view.

        Raises:
            RenderError: Blender cannot draw it, or its process died twice over it.
        """
        samples = min(view.supersample**2, SAMPLES)
        # The backdrop is laid behind here.
        bare = replace(view, backdrop=np.zeros((1, 1, 3), np.uint8))
        return drawing_of(view, self._ask(pickle.dumps((bare, samples), pickle.HIGHEST_PROTOCOL)))

    def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is None:
            return
        # It ends by itself when nothing more can come; at once if it is in the middle of something.
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, self._said):
            if pipe is not None:
                pipe.close()

    def _ask(self, request: bytes) -> dict[str, Floats]:
        for tried in range(TRIES):
            try:
                answer = self._asked_once(request)
            except (EOFError, OSError, pickle.UnpicklingError):
                problem = self._last_words()
                self.close()
                if tried == TRIES - 1:
                    raise RenderError(
                        f"Blender's process died ({problem})",
                        reason=Reason.WORKER_DIED,
                        where="renderer cycles",
                        repair="if memory ran out, use fewer --workers; "
                        "if a library is missing, install it (Debian, Ubuntu: apt-get install "
                        "libxrender1 libxi6 libxkbcommon0 libsm6 libgl1) or use --renderer gl",
                    ) from None
            else:
                if isinstance(answer, str):
                    raise RenderError(
                        f"Blender could not draw a view ({answer})", reason=Reason.NO_RENDERER, where="renderer cycles"
                    )
                return answer
        raise AssertionError("unreachable")

    def _asked_once(self, request: bytes) -> dict[str, Floats] | str:
        if self._process is not None and self._drawn >= self._recycle:
            self.close()
        if self._process is None:
            self._said = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
            self._process = subprocess.Popen(
                [sys.executable, "-m", "seedbed.scenes.renderers.cycles_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
            )
            self._drawn = 0
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        hung = threading.Timer(SECONDS, process.kill)
        hung.start()
        try:
            process.stdin.write(request)
            process.stdin.flush()
            answer = pickle.load(process.stdout)
        finally:
            hung.cancel()
        self._drawn += 1
        return cast("dict[str, Floats] | str", answer)

    def _last_words(self) -> str:
        """The last line that the process wrote, or how it ended."""
        assert self._process is not None
        self._process.kill()
        code = self._process.wait()
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").split("\n")
        lines = [line.strip() for line in lines if line.strip()]
        errors = [line for line in lines if "Error" in line]
        return f"exit code {code}: {(errors or lines or ['no message'])[-1][:200]}"


def drawing_of(view: View, channels: dict[str, Floats]) -> Drawing:
    """Makes the picture from what Blender measured.

    Args:
        view: of the picture.
        channels: (H, W) each, by Blender's names: linear light premultiplied with its alpha; depth and object indices
            of the pixels' centres.
    """
    camera = view.camera
    z = channels["ViewLayer.Depth.Z"]
    depth = np.where(z < _NOTHING, z, np.float32(np.inf)).astype(np.float32)
    index = np.rint(channels["ViewLayer.IndexOB.X"]).astype(np.int64)
    ids = np.array([0, *(body.id for body in view.bodies)], np.uint16)[index]
    alpha = np.clip(channels["ViewLayer.Combined.A"], 0.0, 1.0)
    light = np.stack([channels[f"ViewLayer.Combined.{name}"] for name in "RGB"], axis=-1)
    light = toned(np.maximum(light, 0.0) / np.maximum(alpha, 1e-3)[..., None])
    if view.fog is not None:
        # Where a thing covers a part of the pixel, but not its centre, its depth is that of the nearest neighbour.
        near = cast(Floats, cv2.erode(np.minimum(depth, camera.far), np.ones((3, 3), np.uint8)))
        away = np.where(np.isfinite(depth), depth, near) * lengths(view)
        left = np.exp(-view.fog.density * away)[..., None]
        light = left * light + (1.0 - left) * np.array(srgb_to_linear(view.fog.color))
    color: Bytes = np.rint(encoded(np.minimum(light, 1.0)) * 255.0).astype(np.uint8)
    back = fogged(fitted(view.backdrop, camera), view.fog, camera.far)
    cover = np.rint(alpha * 255.0).astype(np.uint8)
    return Drawing(color=over(color, cover, back), ids=ids, depth=depth)


def toned(light: NDArray[Any]) -> NDArray[Any]:
    """The gl renderer's tone curve: straight up to 0.7, then a shoulder that reaches white only at infinity."""
    knee = 0.7
    above = np.maximum(light - knee, 0.0) / (1.0 - knee)
    return np.asarray(np.minimum(light, knee) + (1.0 - knee) * (1.0 - np.exp(-above)))


def lengths(view: View) -> NDArray[np.float64]:
    """How far it is to what a pixel shows, for one metre along the axis, (H, W)."""
    camera = view.camera
    x, y = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    flat = camera.plane(np.stack([x.reshape(-1), y.reshape(-1)], axis=1))
    return np.asarray(np.sqrt(1.0 + (flat**2).sum(axis=1)).reshape(camera.height, camera.width))


def probe() -> None:
    """Draws a small known picture; raises RuntimeError when it comes out wrong."""
    from seedbed.scenes.renderers.probe import prove

    renderer = CyclesRenderer()
    try:
        prove(renderer)
    finally:
        renderer.close()
