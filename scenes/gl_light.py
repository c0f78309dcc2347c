"""The gl renderer's two maps of a world seen from its lights.

The *sun map* is a shadow map fitted round the bodies. The *sky map* is a height field of the bodies seen from straight
above, blurred: it tells how much of the sky a point near or under a body misses, which is what makes things stand on
the floor instead of floating over it. Both depend on the world alone, so further views of a world cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes import shaders
from seedbed.scenes.drawing import Matrix
from seedbed.scenes.view import Body, Light

SUN_SIZE = 1024
SKY_SIZE = 512
_TO_TEXTURE = np.array([[0.5, 0, 0, 0.5], [0, 0.5, 0, 0.5], [0, 0, 0.5, 0.5], [0, 0, 0, 1.0]])


class LightMaps:
    """Draws and keeps the maps of the last world.

    Args:
        ctx: the context that owns them.

    Attributes:
        program: what casters' vertex arrays must be made for (`in_position` only).
        sun_map: depth texture with comparison.
        sky_map: two float channels: covered share round a point, and that times the mean height of what covers, metres.
        sun_from_world: (4, 4) world to the sun map's texture coordinates and depth.
        sun_texel: metres.
        sky_from_world: (4, 4) world to the sky map's texture coordinates.
        reach: metres over which a body takes sky away from its neighbourhood.
    """

    def __init__(self, ctx: Any) -> None:
        self.program = ctx.program(vertex_shader=shaders.SHADOW_VERTEX, fragment_shader=shaders.SHADOW_FRAGMENT)
        self.sun_map = ctx.depth_texture((SUN_SIZE, SUN_SIZE))
        self.sun_map.compare_func = "<="
        self.sun_map.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self._sun_frame = ctx.framebuffer(depth_attachment=self.sun_map)
        self._sky_depth = ctx.depth_texture((SKY_SIZE, SKY_SIZE))
        self._sky_frame = ctx.framebuffer(depth_attachment=self._sky_depth)
        self.sky_map = ctx.texture((SKY_SIZE, SKY_SIZE), 2, dtype="f2")
        for texture in (self.sun_map, self._sky_depth, self.sky_map):
            texture.repeat_x = texture.repeat_y = False
        self.sun_from_world = self.sky_from_world = np.eye(4)
        self.sun_texel = self.reach = 0.0
        self._key: tuple[object, ...] = ()
        self._bodies: tuple[Body, ...] = ()

    def update(
        self, bodies: tuple[Body, ...], light: Light, corners: Sequence[Matrix], render: Callable[[int], None]
    ) -> None:
        """Draws the maps anew where the world or the sun is another than last time.

        Args:
            bodies: casters, at least one.
            light: the sun.
            corners: per body (8, 4), its mesh's box.
            render: draws body i's shape with `program`.
        """
        key = (light.sun, *((id(body.mesh), body.pose.tobytes()) for body in bodies))
        if key == self._key:
            return
        # Holding the bodies keeps their meshes' identities from being reused while the key lives.
        self._key, self._bodies = key, bodies
        boxes = [c @ body.pose.T for c, body in zip(corners, bodies, strict=True)]
        clip, half = _fit(np.concatenate(boxes), np.asarray(light.sun, np.float64), SUN_SIZE)
        self.sun_from_world, self.sun_texel = _TO_TEXTURE @ clip, 2.0 * half / SUN_SIZE
        self._draw(self._sun_frame, clip, render)

        sizes = [float(np.ptp(box[:, :2], axis=0).min()) for box in boxes]
        self.reach = max(0.3 * float(np.median(sizes)), 1e-3)
        clip, half = _fit(np.concatenate(boxes), np.array([0.0, 0.0, 1.0]), SKY_SIZE, rim=3.0 * self.reach)
        self.sky_from_world = _TO_TEXTURE @ clip
        self._draw(self._sky_frame, clip, render)
        depth = np.frombuffer(self._sky_depth.read(alignment=1), np.float32).reshape(SKY_SIZE, SKY_SIZE)
        self.sky_map.write(_sky(depth, clip, self.reach * SKY_SIZE / (2.0 * half)))

    def release(self) -> None:
        """Gives everything back to the context."""
        for item in (self._sun_frame, self._sky_frame, self.sun_map, self._sky_depth, self.sky_map, self.program):
            item.release()
        self._bodies = ()

    def _draw(self, frame: Any, clip: Matrix, render: Callable[[int], None]) -> None:
        frame.use()
        frame.clear(depth=1.0)
        for i, body in enumerate(self._bodies):
            self.program["clip_from_model"].write(np.asarray((clip @ body.pose).T, np.float32).tobytes())
            render(i)


def _sky(depth: NDArray[np.float32], clip: Matrix, sigma: float) -> bytes:
    """Turns a depth map from above into the sky map's two channels, as float16 bytes; sigma in texels."""
    covered = (depth < 1.0).astype(np.float32)
    # z of the world from depth: 2 depth - 1 = clip[2, 2] z + clip[2, 3].
    height = ((2.0 * depth - 1.0 - clip[2, 3]) / clip[2, 2]).astype(np.float32) * covered
    both = cv2.GaussianBlur(np.dstack([covered, height]), (0, 0), min(max(sigma, 0.5), 24.0))
    return cast(bytes, both.astype(np.float16).tobytes())


def _fit(points: Matrix, towards: Matrix, size: int, rim: float = 0.0) -> tuple[Matrix, float]:
    """Fits an orthographic frustum round points.

    Args:
        points: (N, 4) homogeneous, world.
        towards: (3,) from the ground towards the light.
        size: texels of the map each way.
        rim: metres to leave free round them, besides a few texels.

    Returns:
        World to clip space (4, 4), and half the frustum's width in metres.
    """
    z = towards / np.linalg.norm(towards)
    x = np.cross((0.0, 0.0, 1.0) if abs(z[2]) < 0.99 else (0.0, 1.0, 0.0), z)
    x /= np.linalg.norm(x)
    basis = np.stack([x, np.cross(z, x), z])
    seen = points[:, :3] @ basis.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    # A rim of empty texels: what lies outside the map is lit, and the filter must find light before its border.
    half = (max(float((high - low)[:2].max()) / 2.0, 0.01) + rim) * (1.0 + 8.0 / size)
    depth = float(high[2] - low[2])
    margin = 0.05 * depth + 0.01
    scale = np.array([1.0 / half, 1.0 / half, -2.0 / (depth + 2.0 * margin)])
    clip = np.eye(4)
    clip[:3, :3] = basis * scale[:, None]
    clip[:3, 3] = -scale * (low + high) / 2.0
    return clip, half
