"""The tiny renderer: PyBullet's own CPU renderer, which needs no graphics driver.

It draws the objects. A flat ground with its texture and soft shadows is laid under them by homographies (see `floor`),
and decided against them by depth, so ids are those of the gl renderer within a few border pixels. Objects cast shadows
on the ground, not on one another. Lamps and an environment shine from all sides alike, and nothing is supersampled.
"""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.renderers.drawing import Matrix, box_corners, fitted, fogged
from seedbed.scenes.renderers.floor import Floor, floor_of, paint, see, shine
from seedbed.scenes.renderers.light_maps import TO_TEXTURE, fit, reach_of, sky_channels
from seedbed.scenes.renderers.tiny_air import flattened, in_air
from seedbed.scenes.renderers.tiny_shapes import Stage
from seedbed.scenes.view import Body, Bytes, Camera, Drawing, Light, View
from seedbed.scenes.worlds import physics as world

_SUN_SIZE = 512
_SKY_SIZE = 256
# How many half widths away the eye of a parallel frustum stands.
_AWAY = 500.0


class TinyRenderer:
    """Draws views with PyBullet's software renderer, in a client of its own."""

    name = "tiny"

    def __init__(self) -> None:
        self._bullet = world.load_pybullet()
        self._client: int = self._bullet.connect(self._bullet.DIRECT)
        self._stage = Stage(self._bullet, self._client)

    def draw(self, view: View) -> Drawing:
        """Draws one view.

        Args:
            view: what to draw.

        Returns:
            Colour and ids, both at the camera's resolution.
        """
        camera, light = view.camera, flattened(view)
        # Everything is built anew for each view: only a full reset gives PyBullet's memory back, and what was drawn
        # before can then have no say.
        self._stage.clear()
        things = (*view.bodies, *view.scenery)
        casters = [body for body in things if body.casts]
        for body in casters:
            self._stage.add(body)
        floor = None if view.ground is None else floor_of(view.ground)
        seen = None if floor is None else see(floor, camera)
        maps = None
        if floor is not None and seen is not None and light.shadows and casters and seen.where.any():
            maps = self._light_maps(casters, light, floor)
        for body in (*things, *(() if view.ground is None or floor is not None else (view.ground,))):
            if not body.casts or body is view.ground:
                self._stage.add(body)
        color, nearness, ids = self._objects(camera, light)
        drawn = nearness > 0.0
        depth = np.full(nearness.shape, np.inf, np.float32)
        np.divide(1.0, nearness, out=depth, where=drawn)
        if floor is not None and seen is not None:
            behind = seen.where & (seen.nearness > nearness)
            painted = paint(floor, seen, light, camera, maps, view.wet)
            cv2.copyTo(painted, behind.view(np.uint8), color)
            ids[behind] = 0
            np.divide(1.0, seen.nearness, out=depth, where=behind)
            drawn |= behind
        if view.fog is not None:
            color = in_air(color, depth, view.fog, camera)
        back = fogged(fitted(view.backdrop, camera), view.fog, camera.far)
        cv2.copyTo(back, np.logical_not(drawn).view(np.uint8), color)
        return Drawing(color=color, ids=ids, depth=depth)

    def close(self) -> None:
        """Ends the client."""
        if self._client >= 0:
            self._bullet.disconnect(physicsClientId=self._client)
            self._stage.close()
            self._client = -1

    def _objects(self, camera: Camera, light: Light) -> tuple[Bytes, NDArray[np.float32], NDArray[np.uint16]]:
        """Draws what is on the stage.

        Returns:
            Colour (H, W, 3); one over the depth along the axis (H, W), 0 where nothing is; ids (H, W).
        """
        width, height = camera.width, camera.height
        projection = camera.projection()
        scale, shift = float(projection[2, 2]), float(projection[2, 3])
        # Tiny samples pixels at their corners: half a pixel back, in clip space and times the depth.
        projection[0, 2] += 1.0 / width
        projection[1, 2] += 1.0 / height
        rgba, depth, mask = self._image(projection, camera.view(), width, height, light)
        # Depth is (ndc + 1) / 2, and ndc = -scale + shift / distance.
        nearness = ((2.0 * depth - 1.0 + np.float32(scale)) / np.float32(shift)).astype(np.float32)
        nearness[(mask < 0) | (depth > 1.0)] = 0.0
        mask = np.where(nearness > 0.0, mask, -1)
        color = cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB)
        glow = self._stage.glow(mask)
        return color if glow is None else np.maximum(color, glow), nearness, self._stage.ids(mask)

    def _light_maps(self, casters: list[Body], light: Light, floor: Floor) -> tuple[Bytes, Bytes, Matrix, Matrix]:
        """Draws the casters from the sun and from above; see `floor.paint`."""
        boxes = [box_corners(body.mesh) @ body.pose.T for body in casters]
        points, reach = np.concatenate(boxes), reach_of(boxes)
        sun, half = fit(points, np.asarray(light.sun, np.float64), _SUN_SIZE, rim=0.3 * reach)
        depth = self._depth_map(sun, _SUN_SIZE)
        above = (depth < 1.0) & (depth < _plane_depth(floor, sun, _SUN_SIZE) - 1e-3)
        blur = 0.1 * min(light.softness, 10.0)
        lit = cv2.GaussianBlur(
            np.where(above, 0, 255).astype(np.uint8), (0, 0), max(blur * reach * _SUN_SIZE / (2 * half), 0.7)
        )
        sky, half = fit(points, np.array([0.0, 0.0, 1.0]), _SKY_SIZE, rim=3.0 * reach)
        covered, height = cv2.split(
            sky_channels(self._depth_map(sky, _SKY_SIZE), sky, reach * _SKY_SIZE / (2.0 * half))
        )
        # From depth to z as in `sky_channels`: how high the floor itself is.
        ground = (2.0 * _plane_depth(floor, sky, _SKY_SIZE) - 1.0 - sky[2, 3]) / sky[2, 2]
        hidden = np.minimum(np.clip((height - covered * ground) / reach, 0.0, 1.0), covered)
        open_sky = np.rint(255.0 * (1.0 - 0.85 * hidden)).astype(np.uint8)
        # Image rows run down, texture coordinates up.
        down = np.diag([1.0, -1.0, 1.0, 1.0])
        down[1, 3] = 1.0
        return lit, open_sky, down @ TO_TEXTURE @ sun, down @ TO_TEXTURE @ sky

    def _depth_map(self, clip: Matrix, size: int) -> NDArray[np.float32]:
        """Draws depth, 0 to 1, through a parallel frustum; rows run down.

        Tiny draws nothing without perspective: the eye stands far enough away for its rays to be parallel.
        """
        scale = np.linalg.norm(clip[:3, :3], axis=1)  # one over half the frustum's width, height and depth
        basis = clip[:3, :3] / scale[:, None]
        basis[2] *= -1.0  # towards the light
        away = _AWAY * max(1.0 / scale[0], 1.0 / scale[2])
        view = np.eye(4)
        view[:3, :3] = basis
        view[:3, 3] = clip[:3, 3] / (scale * (1.0, 1.0, -1.0)) - (0.0, 0.0, away)
        near, far = away - 1.0 / scale[2], away + 1.0 / scale[2]
        projection = np.zeros((4, 4))
        projection[0, 0] = projection[1, 1] = away * scale[0]
        projection[2, 2] = -(far + near) / (far - near)
        projection[2, 3] = -2.0 * far * near / (far - near)
        projection[3, 2] = -1.0
        projection[:2, 2] += 1.0 / size
        _, depth, mask = self._image(projection, view, size, size, None)
        distance = projection[2, 3] / (2.0 * depth - 1.0 + projection[2, 2])
        flat = ((distance - near) / (far - near)).astype(np.float32)
        return np.where(mask < 0, np.float32(1.0), flat)

    def _image(
        self, projection: Matrix, view: Matrix, width: int, height: int, light: Light | None
    ) -> tuple[Bytes, NDArray[np.float32], NDArray[np.int32]]:
        p = self._bullet
        _, _, rgba, depth, mask = p.getCameraImage(
            width,
            height,
            view.T.ravel().tolist(),
            projection.T.ravel().tolist(),
            renderer=p.ER_TINY_RENDERER,
            shadow=0,
            physicsClientId=self._client,
            **({} if light is None else _lamp(light)),
        )
        shape = (height, width)
        return np.reshape(rgba, (*shape, 4)).astype(np.uint8), np.reshape(depth, shape), np.reshape(mask, shape)


def _lamp(light: Light) -> dict[str, Any]:
    """Turns sun and ambient into tiny's lamp, which multiplies sRGB numbers without decoding them."""
    sun = np.asarray(light.sun, np.float64) / np.linalg.norm(light.sun)
    sky, bounce, direct = np.asarray(light.sky), np.asarray(light.bounce), np.asarray(light.sun_color)
    around = (sky + bounce) / 2.0
    if direct.max() < 0.3 * sky.max():
        # Clouds or night: what light there is comes from above, and things must not be flat.
        sun, direct = np.array([0.2, 0.1, 0.97]), direct + 0.8 * np.maximum(sky - 0.5 * bounce, 0.0)
        around = 0.4 * sky + 0.3 * bounce
    dark = float(shine(around).mean())
    bright = np.maximum(shine(around + direct) - dark, 0.0)
    strength = max(float(bright.max()), 1e-6)
    return {
        # A position: far away, or it would be a lamp in the room.
        "lightDirection": (sun * 100.0).tolist(),
        "lightDistance": 100.0,
        "lightColor": (bright / strength).tolist(),
        "lightAmbientCoeff": dark,
        "lightDiffuseCoeff": strength,
        "lightSpecularCoeff": 0.05 * strength,
    }


def _plane_depth(floor: Floor, clip: Matrix, size: int) -> Matrix:
    """Returns the depth, 0 to 1, at which each texel's ray through a parallel frustum meets the floor's plane."""
    a, b, c, d = floor.plane @ np.linalg.inv(clip)
    at = (np.arange(size) + 0.5) * 2.0 / size - 1.0
    if abs(c) < 1e-6:
        return np.full((size, size), -np.inf)
    return cast(Matrix, (1.0 - (a * at[None, :] + b * -at[:, None] + d) / c) / 2.0)
