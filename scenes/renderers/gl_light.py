"""The gl renderer's two maps of a world seen from its lights.

The *sun map* is a shadow map fitted round the bodies. The *sky map* is a height field of the bodies seen from straight
above, blurred: it tells how much of the sky a point near or under a body misses, which is what makes things stand on
the floor instead of floating over it. Neither depends on the
camera: further views of a world under the same sun cost nothing, under another sun the sun map alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import moderngl
import numpy as np

from seedbed.scenes.renderers import shaders
from seedbed.scenes.renderers.drawing import Matrix
from seedbed.scenes.renderers.light_maps import TO_TEXTURE, fit, reach_of, sky_channels
from seedbed.scenes.view import Body, Light

SUN_SIZE = 1024
SKY_SIZE = 256


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
        self._ctx = ctx
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
        self._sun: tuple[float, ...] = ()
        self._world: tuple[tuple[int, bytes], ...] = ()
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
        sun = tuple(float(x) for x in light.sun)
        world = tuple((id(body.mesh), body.pose.tobytes()) for body in bodies)
        if (sun, world) == (self._sun, self._world):
            return
        boxes = [c @ body.pose.T for c, body in zip(corners, bodies, strict=True)]
        points = np.concatenate(boxes)
        clip, half = fit(points, np.array(sun), SUN_SIZE)
        self.sun_from_world, self.sun_texel = TO_TEXTURE @ clip, 2.0 * half / SUN_SIZE
        self._draw(self._sun_frame, clip, bodies, render)
        if world != self._world:
            self.reach = reach_of(boxes)
            clip, half = fit(points, np.array([0.0, 0.0, 1.0]), SKY_SIZE, rim=3.0 * self.reach)
            self.sky_from_world = TO_TEXTURE @ clip
            self._draw(self._sky_frame, clip, bodies, render)
            depth = np.frombuffer(self._sky_depth.read(alignment=1), np.float32).reshape(SKY_SIZE, SKY_SIZE)
            channels = sky_channels(depth, clip, self.reach * SKY_SIZE / (2.0 * half))
            self.sky_map.write(channels.astype(np.float16).tobytes())
        # Holding the bodies keeps their meshes' identities from being reused while the key lives.
        self._sun, self._world, self._bodies = sun, world, bodies

    def release(self) -> None:
        """Gives everything back to the context."""
        for item in (self._sun_frame, self._sky_frame, self.sun_map, self._sky_depth, self.sky_map, self.program):
            item.release()
        self._bodies = ()

    def _draw(self, frame: Any, clip: Matrix, bodies: tuple[Body, ...], render: Callable[[int], None]) -> None:
        frame.use()
        self._ctx.front_face = "ccw"
        frame.clear(depth=1.0)
        for i, body in enumerate(bodies):
            self.program["clip_from_model"].write(np.asarray((clip @ body.pose).T, np.float32).tobytes())
            render(i)
