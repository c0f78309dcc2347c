"""The gl renderer: moderngl through EGL, software Mesa included."""

from __future__ import annotations

from typing import Any

import cv2
import moderngl
import numpy as np

from seedbed.scenes.renderers import shaders
from seedbed.scenes.renderers.drawing import Matrix, clip_from_world, fitted, runs, srgb_to_linear
from seedbed.scenes.renderers.gl_light import SUN_SIZE, LightMaps
from seedbed.scenes.renderers.gl_store import Store, Target
from seedbed.scenes.view import Body, Bytes, Camera, Drawing, Floats, Light, Material, Mesh, View

_DEVICES = 4
# How far the four outer taps of the shadow filter lie from the middle, texels.
_SHADOW_TAP = 1.2


class GlRenderer:
    """Draws views with OpenGL 3.3.

    Args:
        supersample: colour is drawn at this many times the resolution each way and averaged; ids are never averaged.
    """

    name = "gl"

    def __init__(self, *, supersample: int = 1) -> None:
        self._ctx = _context()
        self._supersample = supersample
        self._programs: dict[tuple[bool, bool], Any] = {}
        self._ctx.enable_only(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._maps = LightMaps(self._ctx)
        self._store = Store(self._ctx, self._maps.program)

    def draw(self, view: View) -> Drawing:
        """Draws one view.

        Args:
            view: what to draw.

        Returns:
            Colour and ids, both at the camera's resolution.
        """
        camera = view.camera
        width, height, k = camera.width, camera.height, self._supersample
        with self._ctx:
            shadows = view.light.shadows and bool(view.bodies)
            if shadows:
                shapes = [self._store.shape(body.mesh) for body in view.bodies]
                self._maps.update(
                    view.bodies, view.light, [s.corners for s in shapes], lambda i: shapes[i].shadow_array.render()
                )
            target = self._store.target(width, height)
            self._draw_bodies(view, target, shadows, width, height)
            data = target.frame.read(components=1, attachment=1, dtype="u2", alignment=1)
            ids = np.frombuffer(data, np.uint16).reshape(height, width)
            depth = _read_depth(target, camera)
            if k > 1:
                target = self._store.target(width * k, height * k)
                self._draw_bodies(view, target, shadows, width * k, height * k)
            color, empty = _read_color(target, width * k, height * k)
            self._store.next_draw()
        back = fitted(view.backdrop, camera)
        if k > 1:
            back = cv2.resize(back, (width * k, height * k), interpolation=cv2.INTER_NEAREST)
        cv2.copyTo(back, empty, color)
        if k > 1:
            color = cv2.resize(color, (width, height), interpolation=cv2.INTER_AREA)
        return Drawing(color=color, ids=ids, depth=depth)

    def close(self) -> None:
        """Releases every object of the context, then the context."""
        if self._ctx is None:
            return
        with self._ctx:
            self._store.release()
            self._maps.release()
            for program in self._programs.values():
                program.release()
        self._programs.clear()
        self._ctx.release()
        self._ctx = None

    def _draw_bodies(self, view: View, target: Target, shadows: bool, width: int, height: int) -> None:
        frame = target.frame
        frame.use()
        # Rows are drawn bottom up so that they read back top down; that turns the winding round.
        self._ctx.front_face = "cw"
        frame.viewport = (0, 0, width, height)
        frame.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        clip = clip_from_world(view.camera)
        clip[1] *= -1.0
        eye = view.camera.pose[:3, 3]
        ready: set[int] = set()
        # Near things first: what they hide is then never shaded. The ground is the largest thing hidden: last.
        bodies = sorted((*view.bodies, *view.scenery), key=lambda b: float(np.sum((b.pose[:3, 3] - eye) ** 2)))
        for body in (*bodies, *(() if view.ground is None else (view.ground,))):
            shape = self._store.shape(body.mesh)
            for first, last, material in runs(body):
                program = self._program(material.texture is not None, shadows)
                if id(program) not in ready:
                    self._set_frame(program, clip, eye, view.light, shadows)
                    ready.add(id(program))
                if material.texture is not None:
                    self._store.picture(material.texture).texture.use(0)
                _set_material(program, body, material)
                self._store.array(shape, program).render(vertices=3 * (last - first), first=3 * first)

    def _set_frame(self, program: Any, clip: Matrix, eye: Matrix, light: Light, shadows: bool) -> None:
        sun = np.asarray(light.sun, np.float64)
        _write(program, "clip_from_world", clip.T)
        _write(program, "eye", eye)
        _write(program, "sun", sun / np.linalg.norm(sun))
        _write(program, "sun_color", light.sun_color)
        _write(program, "sky", light.sky)
        _write(program, "bounce", light.bounce)
        if shadows:
            maps = self._maps
            _write(program, "sun_from_world", maps.sun_from_world.T)
            _write(program, "sun_offset", 2.0 * maps.sun_texel)
            _write(program, "sun_tap", _SHADOW_TAP / SUN_SIZE)
            _write(program, "sky_from_world", maps.sky_from_world[:2].T)
            _write(program, "sky_reach", 1.0 / maps.reach)
            maps.sun_map.use(1)
            maps.sky_map.use(2)

    def _program(self, textured: bool, shadows: bool) -> Any:
        program = self._programs.get((textured, shadows))
        if program is None:
            defines = ("#define TEXTURED\n" if textured else "") + ("#define SHADOWS\n" if shadows else "")
            vertex, fragment = (
                source.replace("#version 330\n", "#version 330\n" + defines)
                for source in (shaders.VERTEX, shaders.FRAGMENT)
            )
            program = self._ctx.program(vertex_shader=vertex, fragment_shader=fragment)
            for unit, name in enumerate(("base_texture", "sun_map", "sky_map")):
                if name in program:
                    program[name].value = unit
            self._programs[textured, shadows] = program
        return program


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


def _set_material(program: Any, body: Body, material: Material) -> None:
    _write(program, "model", body.pose.T)
    _write(program, "normal_matrix", np.linalg.inv(body.pose[:3, :3]))
    _write(program, "base_color", srgb_to_linear(material.color))
    _write(program, "roughness", material.roughness)
    _write(program, "metallic", material.metallic)
    program["body_id"].value = body.id


def _write(program: Any, name: str, value: object) -> None:
    """Writes a float uniform as OpenGL wants it: a matrix column after column."""
    program[name].write(np.ascontiguousarray(value, np.float32).tobytes())


def _read_color(target: Target, width: int, height: int) -> tuple[Bytes, Bytes]:
    """Returns colour (H, W, 3) and a mask (H, W), 255 where nothing was drawn."""
    data = np.frombuffer(target.frame.read(components=4, alignment=1), np.uint8).reshape(height, width, 4)
    return cv2.cvtColor(data, cv2.COLOR_RGBA2RGB), cv2.bitwise_not(cv2.extractChannel(data, 3))


def _read_depth(target: Target, camera: Camera) -> Floats:
    """Returns metres along the axis (H, W), infinite where nothing was drawn."""
    data = target.frame.read(components=1, attachment=-1, dtype="f4", alignment=1)
    window = np.frombuffer(data, np.float32).reshape(camera.height, camera.width)
    near, far = camera.near, camera.far
    depth = (near * far / (far - window.astype(np.float64) * (far - near))).astype(np.float32)
    depth[window >= 1.0] = np.inf
    return depth


def probe() -> None:
    """Draws a small known picture; raises RuntimeError when it comes out wrong."""
    square = Mesh(
        vertices=np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32),
        normals=np.tile(np.array([[0, 0, 1]], np.float32), (4, 1)),
        uvs=np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32),
        faces=np.array([[0, 1, 2], [0, 2, 3]], np.int32),
    )
    pose = np.eye(4)
    pose[2, 3] = 4.0
    texture = np.zeros((8, 8, 3), np.uint8)
    texture[:4] = 200
    body = Body(65535, None, square, Material((1.0, 1.0, 1.0), texture, roughness=1.0), np.eye(4))
    light = Light((0.0, 0.0, 1.0), (1.0, 1.0, 1.0), (0.1, 0.1, 0.1), (0.1, 0.1, 0.1))
    camera = Camera(32, 32, 2.0 * float(np.degrees(np.arctan(0.5))), pose)
    renderer = GlRenderer()
    drawing = renderer.draw(View((body,), None, light, camera, np.full((32, 32, 3), 77, np.uint8)))
    renderer.close()
    inside = np.zeros((32, 32), bool)
    inside[8:24, 8:24] = True
    if not np.array_equal(drawing.ids, inside * 65535):
        raise RuntimeError("the driver draws ids wrongly")
    if (drawing.color[~inside] != 77).any():
        raise RuntimeError("the driver draws the backdrop wrongly")
    if drawing.color[9:13, 9:23].min() < 150 or drawing.color[19:23, 9:23].max() > 60:
        raise RuntimeError("the driver draws colours wrongly")
