"""The gl renderer: moderngl through EGL, software Mesa included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes import shaders
from seedbed.scenes.view import Body, Bytes, Camera, Drawing, Light, Material, Mesh, View

Matrix = NDArray[np.float64]

_SHADOW_SIZE = 1024
# Draws after which something not seen again is released: a world's close-ups may leave bodies out for a while.
_KEEP_DRAWS = 12


def projection(camera: Camera) -> Matrix:
    """Returns the OpenGL projection matrix of a camera, (4, 4), camera frame to clip space."""
    f = 1.0 / np.tan(np.radians(camera.fov) / 2.0)
    n, far = camera.near, camera.far
    out = np.zeros((4, 4))
    out[0, 0] = f * camera.height / camera.width
    out[1, 1] = f
    out[2, 2] = (far + n) / (n - far)
    out[2, 3] = 2.0 * far * n / (n - far)
    out[3, 2] = -1.0
    return out


def srgb_to_linear(color: tuple[float, float, float]) -> tuple[float, float, float]:
    """Decodes an sRGB colour in [0, 1] (IEC 61966-2-1)."""
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color)
    return r, g, b


@dataclass
class _Shape:
    """A mesh on the device, with the object it was made from: holding it keeps its identity from being reused."""

    mesh: Mesh
    corners: Matrix
    buffers: tuple[Any, ...]
    shadow_array: Any
    arrays: dict[int, Any]
    last: int = 0

    def release(self) -> None:
        for item in (*self.arrays.values(), self.shadow_array, *self.buffers):
            item.release()


@dataclass
class _Picture:
    """A texture on the device, with the array it was made from."""

    pixels: Bytes
    texture: Any
    last: int = 0

    def release(self) -> None:
        self.texture.release()


@dataclass
class _Target:
    """A frame buffer: colour, ids, depth."""

    frame: Any
    parts: tuple[Any, ...]

    def release(self) -> None:
        for item in (self.frame, *self.parts):
            item.release()


@dataclass
class _Shadow:
    """The sun's fitted map: clip matrix for casters, texture matrix for receivers."""

    clip: Matrix
    texture: Matrix
    texel: float


class GlRenderer:
    """Draws views with OpenGL 3.3.

    Args:
        supersample: colour is drawn at this many times the resolution each way and averaged; ids are never averaged.
    """

    name = "gl"

    def __init__(self, *, supersample: int = 1) -> None:
        self._ctx = moderngl.create_context(standalone=True, backend="egl", require=330)
        self._supersample = supersample
        self._draws = 0
        self._shapes: dict[int, _Shape] = {}
        self._pictures: dict[int, _Picture] = {}
        self._targets: dict[tuple[int, int], _Target] = {}
        self._programs: dict[tuple[bool, bool], Any] = {}
        ctx = self._ctx
        # Rows are drawn bottom up so that they read back top down; that turns the winding round.
        ctx.front_face = "cw"
        ctx.enable_only(moderngl.DEPTH_TEST)
        self._shadow_program = ctx.program(vertex_shader=shaders.SHADOW_VERTEX, fragment_shader=shaders.SHADOW_FRAGMENT)
        self._shadow_map = ctx.depth_texture((_SHADOW_SIZE, _SHADOW_SIZE))
        self._shadow_map.compare_func = "<="
        self._shadow_map.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self._shadow_map.repeat_x = self._shadow_map.repeat_y = False
        self._shadow_frame = ctx.framebuffer(depth_attachment=self._shadow_map)

    def draw(self, view: View) -> Drawing:
        """Draws one view.

        Args:
            view: what to draw.

        Returns:
            Colour and ids, both at the camera's resolution.
        """
        with self._ctx:
            return self._draw(view)

    def close(self) -> None:
        """Releases every object of the context, then the context."""
        if self._ctx is None:
            return
        with self._ctx:
            for item in (*self._shapes.values(), *self._pictures.values(), *self._targets.values()):
                item.release()
            for thing in (*self._programs.values(), self._shadow_frame, self._shadow_map, self._shadow_program):
                thing.release()
        self._shapes.clear()
        self._pictures.clear()
        self._targets.clear()
        self._programs.clear()
        self._ctx.release()
        self._ctx = None

    # -- one draw ------------------------------------------------------------------------------------------------------

    def _draw(self, view: View) -> Drawing:
        self._draws += 1
        camera, light = view.camera, view.light
        shadow = self._draw_shadow(view.bodies, light) if light.shadows and view.bodies else None
        target = self._target(camera.width, camera.height)
        self._draw_bodies(view, target, shadow, camera.width, camera.height)
        ids = np.frombuffer(target.frame.read(components=1, attachment=1, dtype="u2", alignment=1), np.uint16)
        ids = ids.reshape(camera.height, camera.width)
        color, cover = self._read_color(target, camera.width, camera.height)
        k = self._supersample
        if k > 1:
            size = (camera.width * k, camera.height * k)
            target = self._target(*size)
            self._draw_bodies(view, target, shadow, *size)
            color, cover = self._read_color(target, *size)
            back = cv2.resize(_fitted(view.backdrop, camera), size, interpolation=cv2.INTER_NEAREST)
            cv2.copyTo(back, cover, color)
            color = cv2.resize(color, (camera.width, camera.height), interpolation=cv2.INTER_AREA)
        else:
            cv2.copyTo(_fitted(view.backdrop, camera), cover, color)
        self._forget()
        return Drawing(color=color, ids=ids)

    def _draw_shadow(self, casters: tuple[Body, ...], light: Light) -> _Shadow:
        shapes = [self._shape(body.mesh) for body in casters]
        shadow = _fit_shadow([s.corners for s in shapes], [b.pose for b in casters], light)
        self._shadow_frame.use()
        self._shadow_frame.clear(depth=1.0)
        matrix = self._shadow_program["clip_from_model"]
        for shape, body in zip(shapes, casters, strict=True):
            matrix.write(_bytes(shadow.clip @ body.pose))
            shape.shadow_array.render()
        return shadow

    def _draw_bodies(self, view: View, target: _Target, shadow: _Shadow | None, width: int, height: int) -> None:
        camera, light = view.camera, view.light
        clip = projection(camera) @ np.linalg.inv(camera.pose)
        clip[1] *= -1.0
        eye = camera.pose[:3, 3]
        frame = target.frame
        frame.use()
        frame.viewport = (0, 0, width, height)
        frame.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        ready: set[int] = set()
        # Near things first: what they hide is then never shaded. The ground is the largest thing hidden: last.
        bodies = sorted((*view.bodies, *view.scenery), key=lambda b: float(np.sum((b.pose[:3, 3] - eye) ** 2)))
        for body in (*bodies, *(() if view.ground is None else (view.ground,))):
            shape = self._shape(body.mesh)
            for first, last, material in _ranges(body):
                textured = material.texture is not None
                program = self._program(textured, shadow is not None)
                if id(program) not in ready:
                    self._set_frame(program, clip, eye, light, shadow)
                    ready.add(id(program))
                if material.texture is not None:
                    self._picture(material.texture).texture.use(0)
                self._set_material(program, body, material)
                array = self._array(shape, program)
                array.render(vertices=3 * (last - first), first=3 * first)

    def _set_frame(self, program: Any, clip: Matrix, eye: Matrix, light: Light, shadow: _Shadow | None) -> None:
        _set(program, "clip_from_world", _bytes(clip))
        _set(program, "eye", np.asarray(eye, np.float32).tobytes())
        sun = np.asarray(light.sun, np.float64)
        for name, value in (
            ("sun", sun / np.linalg.norm(sun)),
            ("sun_color", light.sun_color),
            ("sky", light.sky),
            ("bounce", light.bounce),
        ):
            _set(program, name, np.asarray(value, np.float32).tobytes())
        if shadow is not None:
            _set(program, "shadow_from_world", _bytes(shadow.texture))
            _set(program, "shadow_offset", np.float32(2.0 * shadow.texel).tobytes())
            _set(program, "shadow_step", np.float32(1.2 / _SHADOW_SIZE).tobytes())
            self._shadow_map.use(1)

    def _set_material(self, program: Any, body: Body, material: Material) -> None:
        program["model"].write(_bytes(body.pose))
        program["normal_matrix"].write(_bytes(np.linalg.inv(body.pose[:3, :3]).T))
        program["base_color"].value = srgb_to_linear(material.color)
        program["roughness"].value = material.roughness
        program["metallic"].value = material.metallic
        program["body_id"].value = body.id

    def _read_color(self, target: _Target, width: int, height: int) -> tuple[Bytes, Bytes]:
        """Returns colour (H, W, 3) and a mask (H, W) of the pixels where nothing was drawn."""
        data = np.frombuffer(target.frame.read(components=4, alignment=1), np.uint8).reshape(height, width, 4)
        return cv2.cvtColor(data, cv2.COLOR_RGBA2RGB), cv2.bitwise_not(cv2.extractChannel(data, 3))

    # -- things on the device ------------------------------------------------------------------------------------------

    def _program(self, textured: bool, shadows: bool) -> Any:
        program = self._programs.get((textured, shadows))
        if program is None:
            defines = ("#define TEXTURED\n" if textured else "") + ("#define SHADOWS\n" if shadows else "")
            program = self._ctx.program(
                vertex_shader=shaders.VERTEX,
                fragment_shader=shaders.FRAGMENT.replace("#version 330\n", "#version 330\n" + defines),
            )
            if textured:
                program["base_texture"].value = 0
            if shadows:
                program["shadow_map"].value = 1
            self._programs[textured, shadows] = program
        return program

    def _shape(self, mesh: Mesh) -> _Shape:
        shape = self._shapes.get(id(mesh))
        if shape is None:
            low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
            corners = np.array(
                [[x, y, z, 1.0] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
            )
            data = np.hstack([mesh.vertices, mesh.normals, mesh.uvs]).astype(np.float32)
            vertices = self._ctx.buffer(data.tobytes())
            faces = self._ctx.buffer(np.ascontiguousarray(mesh.faces, np.int32).tobytes())
            shadow_array = self._ctx.vertex_array(
                self._shadow_program, [(vertices, "3f 20x", "in_position")], index_buffer=faces
            )
            shape = _Shape(mesh, corners, (vertices, faces), shadow_array, {})
            self._shapes[id(mesh)] = shape
        shape.last = self._draws
        return shape

    def _array(self, shape: _Shape, program: Any) -> Any:
        array = shape.arrays.get(id(program))
        if array is None:
            vertices, faces = shape.buffers
            array = self._ctx.vertex_array(
                program,
                [(vertices, "3f 3f 2f", "in_position", "in_normal", "in_uv")],
                index_buffer=faces,
                skip_errors=True,
            )
            shape.arrays[id(program)] = array
        return array

    def _picture(self, pixels: Bytes) -> _Picture:
        picture = self._pictures.get(id(pixels))
        if picture is None:
            height, width = pixels.shape[:2]
            # Row 0 of the array is the top; texture coordinate v = 0 is the bottom.
            data = np.ascontiguousarray(pixels[::-1])
            texture = self._ctx.texture((width, height), 3, data.tobytes(), alignment=1, internal_format=0x8C41)
            texture.build_mipmaps()
            texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
            picture = _Picture(pixels, texture)
            self._pictures[id(pixels)] = picture
        picture.last = self._draws
        return picture

    def _target(self, width: int, height: int) -> _Target:
        target = self._targets.get((width, height))
        if target is None:
            ctx = self._ctx
            color = ctx.texture((width, height), 4)
            ids = ctx.texture((width, height), 1, dtype="u2")
            depth = ctx.depth_renderbuffer((width, height))
            target = _Target(ctx.framebuffer([color, ids], depth), (color, ids, depth))
            while len(self._targets) >= 4:
                self._targets.pop(next(iter(self._targets))).release()
            self._targets[width, height] = target
        return target

    def _forget(self) -> None:
        """Releases what has not been drawn for a while."""
        oldest = self._draws - _KEEP_DRAWS
        for store in (self._shapes, self._pictures):
            for name in [name for name, item in store.items() if item.last < oldest]:
                store.pop(name).release()


def _ranges(body: Body) -> list[tuple[int, int, Material]]:
    """Splits a body's faces into half-open runs of one material."""
    if not body.parts:
        return [(0, len(body.mesh.faces), body.material)]
    out: list[tuple[int, int, Material]] = []
    at = 0
    for first, last, material in sorted(body.parts, key=lambda part: part[0]):
        if first > at:
            out.append((at, first, body.material))
        out.append((first, last, material))
        at = last
    if at < len(body.mesh.faces):
        out.append((at, len(body.mesh.faces), body.material))
    return out


def _fit_shadow(corners: list[Matrix], poses: list[Matrix], light: Light) -> _Shadow:
    """Fits an orthographic light frustum round the casters' boxes."""
    z = np.asarray(light.sun, np.float64) / np.linalg.norm(light.sun)
    x = np.cross((0.0, 0.0, 1.0) if abs(z[2]) < 0.99 else (0.0, 1.0, 0.0), z)
    x /= np.linalg.norm(x)
    basis = np.stack([x, np.cross(z, x), z])
    points = np.concatenate([c @ p.T for c, p in zip(corners, poses, strict=True)])[:, :3] @ basis.T
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2.0
    half = max(float((high - low)[:2].max()) / 2.0, 0.05)
    half *= 1.0 + 8.0 / _SHADOW_SIZE  # a rim of empty texels: what lies outside is lit
    depth = float(high[2] - low[2])
    margin = 0.05 * depth + 0.01
    clip = np.eye(4)
    clip[:3, :3] = basis
    scale = np.array([1.0 / half, 1.0 / half, -2.0 / (depth + 2.0 * margin)])
    clip[:3, :3] *= scale[:, None]
    clip[:3, 3] = -scale * middle
    to_texture = np.array([[0.5, 0, 0, 0.5], [0, 0.5, 0, 0.5], [0, 0, 0.5, 0.5], [0, 0, 0, 1.0]])
    return _Shadow(clip, to_texture @ clip, 2.0 * half / _SHADOW_SIZE)


def _fitted(backdrop: Bytes, camera: Camera) -> Bytes:
    """Stretches a backdrop to the frame."""
    if backdrop.shape[:2] == (camera.height, camera.width):
        return backdrop
    smaller = backdrop.shape[0] > camera.height or backdrop.shape[1] > camera.width
    kind = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    out: Bytes = cv2.resize(backdrop, (camera.width, camera.height), interpolation=kind)
    return out


def _bytes(matrix: Matrix) -> bytes:
    """A matrix as OpenGL wants it: float32, column after column."""
    return np.asarray(matrix.T, np.float32).tobytes()


def _set(program: Any, name: str, value: bytes) -> None:
    """Writes a uniform that the compiler may have dropped."""
    uniform = program.get(name, None)
    if uniform is not None:
        uniform.write(value)


def probe() -> None:
    """Draws a small known picture and raises RuntimeError when it comes out wrong."""
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
    backdrop = np.full((32, 32, 3), 77, np.uint8)
    renderer = GlRenderer()
    drawing = renderer.draw(View((body,), None, light, camera, backdrop))
    expected = np.zeros((32, 32), bool)
    expected[8:24, 8:24] = True
    if not np.array_equal(drawing.ids, expected * 65535):
        raise RuntimeError("the driver draws ids wrongly")
    if (drawing.color[~expected] != 77).any():
        raise RuntimeError("the driver draws the backdrop wrongly")
    if drawing.color[9:13, 9:23].min() < 150 or drawing.color[19:23, 9:23].max() > 60:
        raise RuntimeError("the driver draws colours wrongly")
    renderer.close()
