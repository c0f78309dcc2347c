"""The gl renderer: moderngl through EGL, software Mesa included."""

from __future__ import annotations

from typing import Any

import cv2
import moderngl
import numpy as np

from seedbed.scenes.renderers import shaders
from seedbed.scenes.renderers.drawing import Matrix, clip_from_world, fitted, fogged, in_sight, over, runs
from seedbed.scenes.renderers.gl_light import LightMaps
from seedbed.scenes.renderers.gl_shading import Shading, lamps_on, write
from seedbed.scenes.renderers.gl_store import Shape, Store, Target
from seedbed.scenes.renderers.probe import prove
from seedbed.scenes.view import Body, Bytes, Camera, Drawing, Floats, View

_DEVICES = 4
_FRAMEBUFFER_SRGB = 0x8DB9


class GlRenderer:
    """Draws views with OpenGL 3.3."""

    name = "gl"

    def __init__(self) -> None:
        self._ctx = _context()
        self._ctx.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._ctx.enable_direct(_FRAMEBUFFER_SRGB)
        self._maps = LightMaps(self._ctx)
        self._store = Store(self._ctx, self._maps.program)
        self._shading = Shading(self._ctx, self._maps, self._store)
        self._ids_program = self._ctx.program(**shaders.ids_alone())
        self._mean_program = self._ctx.program(**shaders.mean())
        self._mean_array = self._ctx.vertex_array(self._mean_program, [])

    def draw(self, view: View) -> Drawing:
        """Draws one view.

        Args:
            view: what to draw.

        Returns:
            Colour and ids, both at the camera's resolution.
        """
        camera, k = view.camera, view.supersample
        width, height = camera.width, camera.height
        with self._ctx:
            shadows = self._draw_maps(view)
            scene = self._in_order(view)
            if k == 1:
                target = shown = self._store.target(width, height)
                self._draw_shaded(view, scene, target, shadows, width, height)
            else:
                target = self._store.target(width, height, "ids")
                self._draw_ids(view, scene, target)
                large = self._store.target(width * k, height * k, "color")
                self._draw_shaded(view, scene, large, shadows, width * k, height * k)
                shown = self._store.target(width, height, "color")
                self._draw_mean(large, shown, k)
            first = 0 if k > 1 else 1
            data = target.frame.read(components=1, attachment=first, dtype="u2", alignment=1)
            ids = np.frombuffer(data, np.uint16).reshape(height, width)
            depth = _read_depth(target, first + 1, camera)
            color, alpha = _read_color(shown, width, height)
            self._store.next_draw()
        back = fogged(fitted(view.backdrop, camera), view.fog, camera.far)
        return Drawing(color=over(color, alpha, back), ids=ids, depth=depth)

    def close(self) -> None:
        """Releases every object of the context, then the context."""
        if self._ctx is None:
            return
        with self._ctx:
            for part in (self._store, self._shading, self._maps):
                part.release()
            for item in (self._mean_array, self._mean_program, self._ids_program):
                item.release()
        self._ctx.release()
        self._ctx = None

    def _draw_maps(self, view: View) -> bool:
        """Draws what the lights see; returns whether there are shadows."""
        casters = tuple(body for body in (*view.bodies, *view.scenery) if body.casts)
        if not view.light.shadows or not casters:
            return False
        shapes = [self._store.shape(body.mesh) for body in casters]
        self._maps.update(casters, view, [s.corners for s in shapes], lambda i: shapes[i].shadow_array.render())
        return True

    def _in_order(self, view: View) -> list[tuple[Body, Shape, Matrix]]:
        """The bodies that may be seen, with their shapes and boxes (8, 4) in the world.

        Near things come first: what they hide is then never shaded. The ground is the largest thing hidden: last.
        """
        eye = view.camera.pose[:3, 3]
        bodies = sorted((*view.bodies, *view.scenery), key=lambda b: float(np.sum((b.pose[:3, 3] - eye) ** 2)))
        if view.ground is not None:
            bodies.append(view.ground)
        if not bodies:
            return []
        shapes = [self._store.shape(body.mesh) for body in bodies]
        boxes = [shape.corners @ body.pose.T for shape, body in zip(shapes, bodies, strict=True)]
        seen = in_sight(boxes, clip_from_world(view.camera))
        return [item for item, shown in zip(zip(bodies, shapes, boxes, strict=True), seen, strict=True) if shown]

    def _draw_shaded(
        self,
        view: View,
        scene: list[tuple[Body, Shape, Matrix]],
        target: Target,
        shadows: bool,
        width: int,
        height: int,
    ) -> None:
        clip = self._start(target, view.camera, width, height)
        self._shading.begin(view, clip, shadows)
        for number, (body, shape, box) in enumerate(scene):
            self._shading.body(lamps_on(view.light.lamps, box))
            for first, last, material in runs(body):
                program = self._shading.use(body, number, material)
                self._store.array(shape, program).render(vertices=3 * (last - first), first=3 * first)
        self._shading.end()

    def _draw_ids(self, view: View, scene: list[tuple[Body, Shape, Matrix]], target: Target) -> None:
        program = self._ids_program
        write(program, "clip_from_world", self._start(target, view.camera, view.camera.width, view.camera.height).T)
        for body, shape, _ in scene:
            write(program, "model", body.pose.T)
            program["body_id"].value = body.id
            self._store.array(shape, program).render()

    def _draw_mean(self, large: Target, small: Target, k: int) -> None:
        small.frame.use()
        self._ctx.disable(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        large.parts[0].use(0)
        self._mean_program["k"].value = k
        self._mean_array.render(vertices=3)
        self._ctx.enable(moderngl.DEPTH_TEST | moderngl.CULL_FACE)

    def _start(self, target: Target, camera: Camera, width: int, height: int) -> Matrix:
        """Makes an empty picture; returns world to clip space."""
        target.frame.use()
        # Rows are drawn bottom up so that they read back top down; that turns the winding round.
        self._ctx.front_face = "cw"
        target.frame.viewport = (0, 0, width, height)
        target.frame.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        clip = clip_from_world(camera)
        clip[1] *= -1.0
        return clip


def _context() -> Any:
    """Opens a context on the first EGL device that gives one: the first may be a card this user may not open."""
    problem: Exception | None = None
    for device in range(_DEVICES):
        options: dict[str, Any] = {"backend": "egl", "device_index": device}
        try:
            return moderngl.create_context(standalone=True, require=330, **options)
        except Exception as error:  # moderngl raises bare Exception
            problem = problem or error
    raise RuntimeError(str(problem))


def _read_color(target: Target, width: int, height: int) -> tuple[Bytes, Bytes]:
    """Returns colour (H, W, 3) and alpha (H, W)."""
    data = np.frombuffer(target.frame.read(components=4, alignment=1), np.uint8).reshape(height, width, 4)
    return cv2.cvtColor(data, cv2.COLOR_RGBA2RGB), cv2.extractChannel(data, 3)


def _read_depth(target: Target, attachment: int, camera: Camera) -> Floats:
    """Returns metres along the axis (H, W), infinite where nothing was drawn."""
    data = target.frame.read(components=1, attachment=attachment, dtype="f4", alignment=1)
    depth: Floats = np.frombuffer(data, np.float32).reshape(camera.height, camera.width).copy()
    depth[depth == 0.0] = np.inf
    return depth


def probe() -> None:
    """Draws a small known picture; raises RuntimeError when it comes out wrong."""
    renderer = GlRenderer()
    prove(renderer)
    renderer.close()
