"""The passive description of one frame: what a renderer draws and a label writer reads.

A `View` holds plain arrays only. The world (PyBullet) makes it, renderers draw it; neither knows the other.
Units are metres and radians, the world's up axis is +z, the camera looks along its own -z (OpenGL convention).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Mesh:
    """A triangle mesh in its own frame.

    Attributes:
        vertices: (V, 3) metres.
        normals: (V, 3) unit length.
        uvs: (V, 2) texture coordinates; they may exceed [0, 1] and repeat.
        faces: (F, 3) int32 vertex indices, counter-clockwise seen from outside.
    """

    vertices: Floats
    normals: Floats
    uvs: Floats
    faces: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Material:
    """Metallic-roughness surface.

    Attributes:
        color: sRGB base colour in [0, 1], multiplies the texture.
        texture: (H, W, 3) uint8 sRGB, or None.
        roughness: 0 mirror to 1 matt.
        metallic: 0 or 1, or between for worn surfaces.
    """

    color: tuple[float, float, float] = (0.8, 0.8, 0.8)
    texture: Bytes | None = None
    roughness: float = 0.7
    metallic: float = 0.0


@dataclass(frozen=True, eq=False)
class Body:
    """One thing in the world.

    Attributes:
        id: 1 and up, unique in the frame; 0 is background and ground.
        name: class name, or None for a distractor or furniture of the room.
        mesh: shape, already in metres.
        material: surface; `parts` may give face ranges other materials.
        pose: (4, 4) float64, mesh frame to world.
        parts: ((first_face, last_face, material), ...) overriding `material` for those faces.
    """

    id: int
    name: str | None
    mesh: Mesh
    material: Material
    pose: NDArray[np.float64]
    parts: tuple[tuple[int, int, Material], ...] = ()


@dataclass(frozen=True, eq=False)
class Light:
    """Sun and ambient.

    Attributes:
        sun: unit vector from the ground towards the sun.
        sun_color: linear RGB, intensity included (1 is a neutral daylight exposure).
        sky: linear RGB ambient from above.
        bounce: linear RGB ambient from below.
        shadows: whether the sun casts them.
    """

    sun: tuple[float, float, float]
    sun_color: tuple[float, float, float]
    sky: tuple[float, float, float]
    bounce: tuple[float, float, float]
    shadows: bool = True


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera.

    Attributes:
        width: pixels.
        height: pixels.
        fov: vertical field of view, degrees.
        pose: (4, 4) float64, camera frame (x right, y up, looking along -z) to world.
        near: metres.
        far: metres.
        stretch: shown width over true width; 0.75 is 4:3 video squeezed into a square. 1 is square pixels.
    """

    width: int
    height: int
    fov: float
    pose: NDArray[np.float64]
    near: float = 0.05
    far: float = 60.0
    stretch: float = 1.0

    def projection(self) -> NDArray[np.float64]:
        """The (4, 4) OpenGL projection, row by column: camera frame to clip space, +y up.

        Renderers and label writers all use this one, so that a pixel means the same ray to each of them.
        """
        focal = 1.0 / np.tan(np.radians(self.fov) / 2.0)
        depth = self.far - self.near
        matrix = np.zeros((4, 4))
        matrix[0, 0] = focal * self.stretch * self.height / self.width
        matrix[1, 1] = focal
        matrix[2, 2] = -(self.far + self.near) / depth
        matrix[2, 3] = -2.0 * self.far * self.near / depth
        matrix[3, 2] = -1.0
        return matrix

    def view(self) -> NDArray[np.float64]:
        """The (4, 4) matrix from world to camera frame."""
        return np.asarray(np.linalg.inv(self.pose), np.float64)


@dataclass(frozen=True, eq=False)
class View:
    """One frame to draw.

    Attributes:
        bodies: everything with an id.
        ground: a body with id 0 that receives shadows, or None.
        scenery: further bodies with id 0 (walls, backdrop boards).
        light: sun and ambient.
        camera: the pinhole camera.
        backdrop: (H, W, 3) uint8 sRGB picture shown where nothing is drawn; any size, stretched to the frame.
    """

    bodies: tuple[Body, ...]
    ground: Body | None
    light: Light
    camera: Camera
    backdrop: Bytes
    scenery: tuple[Body, ...] = field(default=())


@dataclass(frozen=True, eq=False)
class Drawing:
    """What a renderer returns.

    Attributes:
        color: (H, W, 3) uint8 sRGB.
        ids: (H, W) uint16, body id at each pixel's centre, 0 for background, ground and scenery.
    """

    color: Bytes
    ids: NDArray[np.uint16]
