"""Renderers: one interface, and the choice between them.

A renderer turns a passive `View` into a `Drawing` and knows nothing of physics, labels or files. All renderers draw
the same ids at the same pixel centres, so they are interchangeable.

Conventions every renderer keeps:

- Identity is what is cached. A `Mesh` or a texture array that is the *same object* in the next view is not sent again;
  arrays handed over in a view are therefore never changed in place afterwards.
- Texture coordinates are OpenGL's: u = 0 is the left edge, v = 0 the bottom edge (the array's last row).
- `Body.parts` faces are half-open ranges: (first, last, material) covers `faces[first:last]`.
- Faces are seen from their front (counter-clockwise) only.
- The sun's shadow is cast by `View.bodies` and `View.scenery` where `Body.casts` says so (a hall's walls must not: they
  would put the whole hall in the dark); `View.ground` receives it and casts none. Lamps cast none.
- Fog is mixed in as light that arrives, after the tone curve: linear colour = share x thing + (1 - share) x air.
- Nothing drawn means the backdrop, byte for byte, where it has the size of the frame.
"""

from __future__ import annotations

import functools
import importlib.util
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from seedbed.core.errors import Reason, RenderError

if TYPE_CHECKING:
    from seedbed.scenes.view import Drawing, View

Drawer = Literal["tiny", "gl", "cycles"]
Name = Literal["auto", "tiny", "gl", "cycles"]

_REPAIR = (
    "install a software GL driver (Debian, Ubuntu: apt-get install libegl1 libgl1-mesa-dri) or use --renderer tiny"
)
_BLENDER = "pip install 'seedbed[cycles]' or use --renderer gl"
_PROBE_SECONDS: dict[str, int] = {"gl": 60, "cycles": 180}


class Renderer(Protocol):
    """Draws views. Not thread-safe; one per process is enough."""

    name: str

    def draw(self, view: View) -> Drawing:
        """Draws one view: the same view gives the same bytes, whatever was drawn before."""

    def close(self) -> None:
        """Releases everything; the renderer is of no use afterwards."""


@dataclass(frozen=True)
class Choice:
    """Which renderer draws, and why.

    Attributes:
        name: the renderer's name, never "auto".
        reason: one line to show the person when the choice is a fall-back, else None.
    """

    name: Drawer
    reason: str | None = None


def choose_renderer(name: Name) -> Choice:
    """Settles on a renderer once, before worker processes start.

    "gl", "cycles" and "auto" really draw a small known picture in a process of its own: a driver that crashes takes
    that process with it, not this one. "auto" is gl where it works, tiny elsewhere.

    Args:
        name: what was asked for.

    Returns:
        The renderer to open, by a name that can be handed to worker processes.

    Raises:
        RenderError: "gl" was named and there is no working GL context, "cycles" without Blender, or the name is
            unknown.
    """
    if name == "tiny":
        return Choice("tiny")
    if name not in ("auto", "gl", "cycles"):
        raise RenderError("unknown renderer", reason=Reason.UNKNOWN_NAME, found=name, allowed="auto, tiny, gl, cycles")
    if name == "cycles":
        _check_blender()
        return Choice("cycles")
    problem = _probe("gl")
    if problem is None:
        return Choice("gl")
    if name == "gl":
        raise _no_gl(problem)
    return Choice("tiny", f"No GL context here ({problem}): drawing with tiny")


def open_renderer(name: Name) -> Renderer:
    """Opens a renderer.

    Args:
        name: "tiny", "gl", "cycles", or "auto" for `choose_renderer` first.

    Returns:
        A renderer; close it when done.

    Raises:
        RenderError: there is no working GL context or no Blender, or the name is unknown.
    """
    if name == "cycles":
        _find_blender()
        from seedbed.scenes.renderers.cycles import CyclesRenderer

        return CyclesRenderer()
    if name == "gl":
        # No probe here: workers open by name what was probed once by `choose_renderer`.
        from seedbed.scenes.renderers.gl import GlRenderer

        try:
            return GlRenderer()
        except Exception as error:  # moderngl raises bare Exception, drivers whatever they like
            raise _no_gl(_one_line(str(error))) from error
    if choose_renderer(name).name == "gl":
        return open_renderer("gl")
    from seedbed.scenes.renderers.tiny import TinyRenderer

    return TinyRenderer()


def _no_gl(problem: str) -> RenderError:
    return RenderError(
        f"no GL context here ({problem})", reason=Reason.NO_RENDERER, where="renderer gl", repair=_REPAIR
    )


def _find_blender() -> None:
    if importlib.util.find_spec("bpy") is None:
        raise RenderError(
            "Blender's module bpy is not installed",
            reason=Reason.MISSING_PACKAGE,
            where="renderer cycles",
            repair=_BLENDER,
        )


def _check_blender() -> None:
    _find_blender()
    problem = _probe("cycles")
    if problem is not None:
        raise RenderError(
            f"Blender does not draw here ({problem})",
            reason=Reason.NO_RENDERER,
            where="renderer cycles",
            repair="install the libraries it names (Debian, Ubuntu: apt-get install libxrender1 libxi6 libxkbcommon0 "
            "libsm6 libgl1) or use --renderer gl",
        )


def _one_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no message"


@functools.cache
def _probe(name: Literal["gl", "cycles"]) -> str | None:
    """Draws the probe picture in a subprocess; returns what went wrong in one line, or None."""
    code = f"from seedbed.scenes.renderers.{name} import probe; probe()"
    seconds = _PROBE_SECONDS[name]
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return f"the driver did not draw within {seconds} s"
    except OSError as error:
        return _one_line(str(error))
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        return f"the driver crashed with signal {-done.returncode}"
    return _one_line(done.stderr).removeprefix("Exception: ").removeprefix("RuntimeError: ")
