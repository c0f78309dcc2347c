"""A flat, textured rectangle drawn by homographies: the ground of the tiny renderer.

PyBullet's renderer scans the whole screen box of every triangle, so a floor costs it more than all objects together,
without mipmaps or soft shadows. A flat floor needs no triangles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.renderers.drawing import Matrix, clip_from_world, ray_lengths, srgb_to_linear
from seedbed.scenes.srgb import decoded, encoded
from seedbed.scenes.view import Body, Bytes, Camera, Light

_WHITE = np.full((1, 1, 3), 255, np.uint8)
_LEVELS = 7


@dataclass(frozen=True, eq=False)
class Floor:
    """A rectangle in the world.

    Attributes:
        body: what it was made from.
        frame: (4, 3), (a, b, 1) on the rectangle to homogeneous world.
        low: (2,) smallest a and b.
        high: (2,) largest.
        uv: (2, 3), (a, b, 1) to texture coordinates.
    """

    body: Body
    frame: Matrix
    low: Matrix
    high: Matrix
    uv: Matrix

    @property
    def plane(self) -> Matrix:
        """(4,) unit normal and negative distance: the dot with a point is its height over the floor."""
        normal = np.cross(self.frame[:3, 0], self.frame[:3, 1])
        normal /= np.linalg.norm(normal)
        return np.append(normal, -normal @ self.frame[:3, 2])


@dataclass(frozen=True, eq=False)
class Seen:
    """Where a camera sees a floor.

    Attributes:
        where: (H, W) bool, pixels whose centre's ray meets the rectangle between near and far.
        nearness: (H, W) float32, one over the depth along the axis, 1 / metres; of use inside `where` only.
        from_pixel: (3, 3), pixel centre (column, row, 1) to (a, b, 1) times nearness.
    """

    where: NDArray[np.bool_]
    nearness: NDArray[np.float32]
    from_pixel: Matrix


def floor_of(body: Body) -> Floor | None:
    """Returns a body as a floor, or None where it is no flat rectangle with plainly laid texture."""
    v = body.mesh.vertices.astype(np.float64)
    low, high = v.min(axis=0), v.max(axis=0)
    size = float((high - low)[:2].max())
    if high[2] - low[2] > 1e-6 * size or body.parts:
        return None
    a, b, c = (v[body.mesh.faces[:, i], :2] for i in range(3))
    area = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]).sum() / 2.0
    whole = float(np.prod((high - low)[:2]))
    if not np.isclose(area, whole, rtol=1e-4, atol=0.0):
        return None
    at = np.hstack([v[:, :2], np.ones((len(v), 1))])
    uv = np.linalg.lstsq(at, body.mesh.uvs.astype(np.float64), rcond=None)[0].T
    if np.abs(at @ uv.T - body.mesh.uvs).max() > 1e-3 * (1.0 + np.abs(body.mesh.uvs).max()):
        return None
    frame = np.stack([body.pose[:, 0], body.pose[:, 1], body.pose @ np.array([0.0, 0.0, low[2], 1.0])], axis=1)
    return Floor(body, frame, low[:2], high[:2], uv)


def see(floor: Floor, camera: Camera) -> Seen | None:
    """Finds where a camera sees a floor; None where it looks along its very plane."""
    width, height = camera.width, camera.height
    to_clip = (clip_from_world(camera) @ floor.frame)[[0, 1, 3]]
    if abs(np.linalg.det(to_clip / np.abs(to_clip).max())) < 1e-9:
        return None
    from_pixel = np.array(
        [[2.0 / width, 0.0, 1.0 / width - 1.0], [0.0, -2.0 / height, 1.0 - 1.0 / height], [0, 0, 1.0]]
    )
    back = np.linalg.inv(to_clip) @ from_pixel
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    a, b, near = (np.float32(r[0]) * x + (np.float32(r[1]) * y + np.float32(r[2])) for r in back)
    where = (near > 1.0 / camera.far) & (near < 1.0 / camera.near)
    for along, i in ((a, 0), (b, 1)):
        where &= (along >= np.float32(floor.low[i]) * near) & (along <= np.float32(floor.high[i]) * near)
    return Seen(where, near, back)


def paint(
    floor: Floor,
    seen: Seen,
    light: Light,
    camera: Camera,
    maps: tuple[Bytes, Bytes, Matrix, Matrix] | None,
    wet: float = 0.0,
) -> Bytes:
    """Paints a floor.

    Args:
        floor: what to paint.
        seen: where the camera sees it.
        light: sun and ambient.
        camera: what looks at it.
        maps: of shadows: share of the sun and of the sky that reach the floor (square, 255 is all), and for each the
            (4, 4) matrix from the world to its texture coordinates; None where nothing casts any.
        wet: 0 dry to 1; water darkens it and mirrors the sky, evenly.

    Returns:
        (H, W, 3) uint8 sRGB, of meaning inside `seen.where` only.
    """
    texture = floor.body.material.texture
    surface = _laid(floor, seen, _WHITE if texture is None else texture)
    if maps is None:
        sun = sky = np.full(surface.shape[:2], 255, np.uint8)
    else:
        sun, sky = (_cast(floor, seen, picture, matrix) for picture, matrix in zip(maps[:2], maps[2:], strict=True))
    strengths = _strengths(floor, light, camera.pose[:3, 3], 1.0 - 0.5 * min(1.5 * wet, 1.0))
    shares = (sun.astype(np.uint16) >> 2) << 6 | (sky >> 2)
    gain = cv2.merge([np.take(channel, shares, mode="clip") for channel in strengths.T.copy()])
    product: NDArray[np.uint16] = cv2.multiply(surface, gain, dtype=cv2.CV_16U)
    painted: Bytes = np.take(_FINISHED, product, mode="clip")
    return painted if wet <= 0.0 else _mirroring(painted, floor, seen, light, camera, min(1.5 * wet, 1.0))


def _mirroring(painted: Bytes, floor: Floor, seen: Seen, light: Light, camera: Camera, share: float) -> Bytes:
    """Lays the sky's reflection in water over a floor (Schlick 1994)."""
    height = abs(float(floor.plane @ np.append(camera.pose[:3, 3], 1.0)))
    steep = np.minimum(height * seen.nearness / ray_lengths(camera), 1.0)
    part = (share * (0.02 + 0.75 * (1.0 - steep) ** 5))[..., None].astype(np.float32)
    sky = (255.0 * shine(np.asarray(light.sky))).astype(np.float32)
    return np.asarray(np.rint(painted * (1.0 - part) + sky * part), np.uint8)


def _cast(floor: Floor, seen: Seen, picture: Bytes, matrix: Matrix) -> Bytes:
    """Brings a light map into the frame; beyond its border all light arrives."""
    size = picture.shape[0]
    to_texel = (np.diag([size, size, 1.0]) @ (matrix @ floor.frame)[[0, 1, 3]]) - np.array([[0.5], [0.5], [0.0]]) * (
        matrix @ floor.frame
    )[3]
    return _warp(picture, to_texel @ seen.from_pixel, seen.where.shape, cv2.BORDER_CONSTANT, 255)


def _laid(floor: Floor, seen: Seen, texture: Bytes) -> Bytes:
    """Brings the texture into the frame, each pixel from the mipmap level of its footprint."""
    height, width = texture.shape[:2]
    uv = np.vstack([floor.uv, [0.0, 0.0, 1.0]])
    to_texel = np.array([[width, 0, -0.5], [0, -height, height - 0.5], [0, 0, 1.0]]) @ uv @ seen.from_pixel
    out = np.zeros((*seen.where.shape, 3), np.uint8)
    if not seen.where.any():
        return out
    # The area of a pixel on a plane is |det| / nearness^3: a level is a range of nearness.
    det = max(abs(float(np.linalg.det(to_texel))), 1e-12)
    limits = [float("inf"), *((det / 4.0 ** (level - 0.35)) ** (1.0 / 3.0) for level in range(1, _LEVELS)), 0.0]
    shown = np.where(seen.where, seen.nearness, np.float32(-1.0))
    picture = texture
    for level in range(_LEVELS):
        where = (shown <= limits[level]) & (shown > limits[level + 1])
        rows = np.flatnonzero(where.any(axis=1))
        if len(rows):
            top, bottom = int(rows[0]), int(rows[-1]) + 1
            shift = np.array([[1.0, 0, 0], [0, 1.0, top], [0, 0, 1.0]])
            k = np.array([[picture.shape[1] / width, 0, 0], [0, picture.shape[0] / height, 0], [0, 0, 1.0]])
            centre = np.array([[1.0, 0, 0.5], [0, 1.0, 0.5], [0, 0, 1.0]])
            matrix = np.linalg.inv(centre) @ k @ centre @ to_texel @ shift
            band = _warp(picture, matrix, (bottom - top, out.shape[1]), cv2.BORDER_WRAP, 0)
            cv2.copyTo(band, where[top:bottom].view(np.uint8), out[top:bottom])
        if min(picture.shape[:2]) > 1:
            half = (max(picture.shape[1] // 2, 1), max(picture.shape[0] // 2, 1))
            picture = cast(Bytes, cv2.resize(picture, half, interpolation=cv2.INTER_AREA))
    return out


def _warp(picture: Bytes, matrix: Matrix, shape: tuple[int, ...], border: int, value: int) -> Bytes:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (shape[1], shape[0])
    return cast(Bytes, cv2.warpPerspective(picture, matrix, size, flags=flags, borderMode=border, borderValue=value))


def _strengths(floor: Floor, light: Light, eye: Matrix, dry: float) -> Bytes:
    """Returns the light on the floor, (64 x 64, 3): share of the sun, share of the sky; sRGB-coded, 127.5 is 1."""
    plane = floor.plane
    normal = plane[:3] * (1.0 if plane @ np.append(eye, 1.0) >= 0.0 else -1.0)
    sun = np.asarray(light.sun) / np.linalg.norm(light.sun)
    direct = np.asarray(light.sun_color) * max(float(normal @ sun), 0.0)
    up = 0.5 + 0.5 * float(normal[2])
    ambient = np.asarray(light.bounce) * (1.0 - up) + np.asarray(light.sky) * up
    share = np.arange(64) / 63.0
    total = share[:, None, None] * direct + share[None, :, None] * ambient
    total = total * (np.array(srgb_to_linear(floor.body.material.color)) * dry)
    return cast(Bytes, np.minimum(encoded(total) * 127.5 + 0.5, 255.0).astype(np.uint8).reshape(-1, 3))


def _finished() -> Bytes:
    """From texture times light, both sRGB-coded, to the picture: the tone curve of the gl renderer, as a table."""
    return cast(Bytes, np.rint(shine(decoded(np.arange(65536) / (255.0 * 127.5))) * 255.0).astype(np.uint8))


def shine(linear: NDArray[Any]) -> Matrix:
    """Linear light to what it is in the picture, in [0, 1]: tone curve and sRGB."""
    return encoded(toned(linear))


def toned(linear: NDArray[Any]) -> Matrix:
    """The tone curve: straight to 0.7, then a shoulder of the same slope that reaches 1 only at infinity."""
    return cast(Matrix, np.minimum(linear, 0.7) + 0.3 * (1.0 - np.exp(-np.maximum(linear - 0.7, 0.0) / 0.3)))


_FINISHED = _finished()
