"""The gl renderer's maps of a world seen from its lights.

The *sun maps* are shadow maps fitted round the part of the casters that the camera can see the shadows of: one for
things on a table or in a hall, two where a street goes from the nearest kerb to the last house. The *sky map* is a
height field of the casters seen from straight above, blurred: it tells how much of the sky a point near or under a
body misses, which is what makes things stand on the floor instead of floating over it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import moderngl
import numpy as np

from seedbed.scenes.renderers import shaders
from seedbed.scenes.renderers.drawing import Matrix
from seedbed.scenes.renderers.light_maps import TO_TEXTURE, fit, met, reach_of, sky_channels, slice_of
from seedbed.scenes.view import Body, Camera, View

SUN_SIZE = 1024
SKY_SIZE = 256
# Half the width of a map, metres, up to which one is enough: 6 mm a texel.
_ONE_IS_ENOUGH = 3.0
# Half the width of the sky map from which on it covers what is near the camera only, and how far that goes, metres.
_WIDE_SKY, _SKY_DEPTH = 15.0, 30.0
# What is higher is no part of the sky map, metres.
_TALL = 3.0
# Half the sun's angle in the sky, radians.
_SUN_ANGLE = 0.00465
# Penumbras are no wider than this share of a map: taps over a wider one would be seen one by one.
_MOST_BLUR = 0.02


@dataclass
class SunMap:
    """One shadow map.

    Attributes:
        depth: texture, with comparison.
        frame: to draw into it.
        bare: sampler of the same texture without comparison.
        from_world: (4, 4) world to its texture coordinates and depth.
        texel: metres.
        soft: texture coordinates of blur per unit of depth, and the most.
    """

    depth: Any
    frame: Any
    bare: Any
    from_world: Matrix = field(default_factory=lambda: np.eye(4))
    texel: float = 0.0
    soft: tuple[float, float] = (0.0, 0.0)

    def release(self) -> None:
        """Gives everything back to the context."""
        for item in (self.frame, self.bare, self.depth):
            item.release()


class LightMaps:
    """Draws and keeps the maps of the last view.

    Args:
        ctx: the context that owns them.

    Attributes:
        program: what casters' vertex arrays must be made for (`in_position` only).
        suns: near map first; `cascades` says how many are in use.
        cascades: 1 or 2.
        sky_map: two float channels: covered share round a point, and that times the mean height of what covers, metres.
        sky_from_world: (4, 4) world to the sky map's texture coordinates.
        reach: metres over which a body takes sky away from its neighbourhood.
    """

    def __init__(self, ctx: Any) -> None:
        self._ctx = ctx
        self.program = ctx.program(**shaders.shadow())
        self.suns = (self._sun_map(), self._sun_map())
        self.cascades = 1
        self._sky_depth = ctx.depth_texture((SKY_SIZE, SKY_SIZE))
        self._sky_frame = ctx.framebuffer(depth_attachment=self._sky_depth)
        self.sky_map = ctx.texture((SKY_SIZE, SKY_SIZE), 2, dtype="f2")
        self.sky_map.repeat_x = self.sky_map.repeat_y = False
        self.sky_from_world = np.eye(4)
        self.reach = 0.0
        self._drawn: list[bytes] = [b"", b""]
        self._sky_drawn = b""
        self._casters: tuple[Body, ...] = ()

    def update(
        self, casters: tuple[Body, ...], view: View, corners: Sequence[Matrix], render: Callable[[int], None]
    ) -> None:
        """Draws the maps anew where the casters, the sun or what the camera sees is another than last time.

        Args:
            casters: at least one.
            view: its light and camera.
            corners: per caster (8, 4), its mesh's box.
            render: draws caster i's shape with `program`.
        """
        world = b"".join(id(body.mesh).to_bytes(8, "little") + body.pose.tobytes() for body in casters)
        boxes = [c @ body.pose.T for c, body in zip(corners, casters, strict=True)]
        points, towards = np.concatenate(boxes), np.asarray(view.light.sun, np.float64)
        windows = _windows(view.camera, points)
        whole = fit(points, towards, SUN_SIZE, window=windows[-1])
        fits = [whole]
        if whole[1] > _ONE_IS_ENOUGH:
            near = fit(points, towards, SUN_SIZE, window=windows[0])
            fits = [near, whole] if near[1] < 0.6 * whole[1] else fits
        self.cascades = len(fits)
        high = float(np.ptp(points[:, 2]))
        for i, (clip, half) in enumerate(fits):
            sun = self.suns[i]
            sun.from_world, sun.texel = TO_TEXTURE @ clip, 2.0 * half / SUN_SIZE
            blur = _SUN_ANGLE * view.light.softness / (2.0 * half)
            deep = 2.0 / float(np.linalg.norm(clip[2, :3]))
            sun.soft = (blur * deep, min(blur * high / max(float(towards[2]), 0.2), _MOST_BLUR))
            if self._drawn[i] != clip.tobytes() + world:
                self._draw(sun.frame, clip, casters, met(boxes, clip), render)
                self._drawn[i] = clip.tobytes() + world
        if self.cascades == 1:
            self._drawn[1] = b""
        self._update_sky(casters, boxes, points, world, view.camera, render)
        # Holding the bodies keeps their meshes' identities from being reused while the keys live.
        self._casters = casters

    def release(self) -> None:
        """Gives everything back to the context."""
        for item in (*self.suns, self._sky_frame, self._sky_depth, self.sky_map, self.program):
            item.release()
        self._casters = ()

    def _update_sky(
        self,
        casters: tuple[Body, ...],
        boxes: Sequence[Matrix],
        points: Matrix,
        world: bytes,
        camera: Camera,
        render: Callable[[int], None],
    ) -> None:
        # Houses and trees are no lids over what stands at their foot: their walls would darken themselves.
        low = {i for i, box in enumerate(boxes) if np.ptp(box[:, 2]) < _TALL} or set(range(len(boxes)))
        reach, up = reach_of([boxes[i] for i in sorted(low)]), np.array([0.0, 0.0, 1.0])
        clip, half = fit(points, up, SKY_SIZE, rim=3.0 * reach)
        if half > _WIDE_SKY:
            clip, half = fit(points, up, SKY_SIZE, 3.0 * reach, slice_of(camera, camera.near, _SKY_DEPTH))
        if self._sky_drawn == clip.tobytes() + world:
            return
        self.reach, self.sky_from_world = reach, TO_TEXTURE @ clip
        self._draw(self._sky_frame, clip, casters, [i for i in met(boxes, clip) if i in low], render)
        depth = np.frombuffer(self._sky_depth.read(alignment=1), np.float32).reshape(SKY_SIZE, SKY_SIZE)
        channels = sky_channels(depth, clip, reach * SKY_SIZE / (2.0 * half))
        self.sky_map.write(channels.astype(np.float16).tobytes())
        self._sky_drawn = clip.tobytes() + world

    def _draw(
        self,
        frame: Any,
        clip: Matrix,
        casters: tuple[Body, ...],
        chosen: Sequence[int],
        render: Callable[[int], None],
    ) -> None:
        frame.use()
        self._ctx.front_face = "ccw"
        frame.clear(depth=1.0)
        for i in chosen:
            self.program["clip_from_model"].write(np.asarray((clip @ casters[i].pose).T, np.float32).tobytes())
            render(i)

    def _sun_map(self) -> SunMap:
        depth = self._ctx.depth_texture((SUN_SIZE, SUN_SIZE))
        depth.compare_func = "<="
        depth.filter = (moderngl.LINEAR, moderngl.LINEAR)
        depth.repeat_x = depth.repeat_y = False
        nearest = (moderngl.NEAREST, moderngl.NEAREST)
        bare = self._ctx.sampler(repeat_x=False, repeat_y=False, filter=nearest, compare_func="", texture=depth)
        return SunMap(depth, self._ctx.framebuffer(depth_attachment=depth), bare)


def _windows(camera: Camera, points: Matrix) -> tuple[Matrix, Matrix]:
    """What a camera sees near by and altogether; what is near is so by the logarithm of the depths there are."""
    depths = -(points @ camera.view()[2])
    last = float(np.clip(depths.max(), 1.0, camera.far))
    first = float(np.clip(depths.min(), 1.0, last))
    return (
        slice_of(camera, camera.near, float(np.sqrt(first * last))),
        # Shadows fall beyond the last caster too.
        slice_of(camera, camera.near, camera.far),
    )
