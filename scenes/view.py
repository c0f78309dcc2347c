"""The passive description of one frame: what a renderer draws and labels are read from.

A `View` holds plain arrays only. The world (PyBullet) makes it, renderers draw it; neither knows the other.
Units are metres and radians, the world's up axis is +z, the camera looks along its own -z (OpenGL convention).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.optics import NO_LENS, Lens, bent

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
        emission: light the surface gives off by itself, times its colour: lamps, lit windows, traffic lights.
    """

    color: tuple[float, float, float] = (0.8, 0.8, 0.8)
    texture: Bytes | None = None
    roughness: float = 0.7
    metallic: float = 0.0
    emission: float = 0.0


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
        casts: whether it throws the sun's shadow; the walls and ceiling of a room the camera stands in must not. The
            ground of a view casts none, whatever it says.
        keypoints: named points that labels tell, metres in the mesh's frame.
    """

    id: int
    name: str | None
    mesh: Mesh
    material: Material
    pose: NDArray[np.float64]
    parts: tuple[tuple[int, int, Material], ...] = ()
    casts: bool = True
    keypoints: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Lamp:
    """A small light that shines all around and throws no shadow.

    Attributes:
        position: metres.
        color: linear RGB of the light that falls on a surface facing it at one metre.
        reach: metres; beyond it nothing arrives, and the fall-off is bent to end there.
    """

    position: tuple[float, float, float]
    color: tuple[float, float, float]
    reach: float


@dataclass(frozen=True)
class Fog:
    """Air that hides what is far (Koschmieder 1924).

    Attributes:
        density: 1 / metres; after d metres a share exp(-density d) of a thing's light is left.
        color: sRGB of the air itself, in [0, 1].
    """

    density: float
    color: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Light:
    """Sun and ambient.

    Attributes:
        sun: unit vector from the ground towards the sun.
        sun_color: linear RGB, intensity included (1 is a neutral daylight exposure).
        sky: linear RGB ambient from above.
        bounce: linear RGB ambient from below.
        shadows: whether the sun casts them.
        lamps: small lights.
        softness: how blurred shadows are: 1 is a clear day's sun, more is haze, and an overcast sky has no sun at all.
        environment: (H, 2 H, 3) float32 linear light from all around (equirectangular: +z is the top row, +x the middle
            column, and columns run to the right as seen from inside, so -y lies a quarter right of the middle), which
            takes the place of `sky` and `bounce`, and is what shiny things mirror; or None.
    """

    sun: tuple[float, float, float]
    sun_color: tuple[float, float, float]
    sky: tuple[float, float, float]
    bounce: tuple[float, float, float]
    shadows: bool = True
    lamps: tuple[Lamp, ...] = ()
    softness: float = 1.0
    environment: Floats | None = None


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera: a pinhole, and what its lens bends.

    Attributes:
        width: pixels.
        height: pixels.
        fov: vertical field of view of the pinhole, degrees.
        pose: (4, 4) float64, camera frame (x right, y up, looking along -z) to world.
        near: metres.
        far: metres.
        stretch: shown width over true width; 0.75 is 4:3 video squeezed into a square. 1 is square pixels.
        center: where the optical axis meets the picture, as shares of its width and height from the left and top.
        lens: distortion. Renderers draw the pinhole alone; `frames.lens` bends what they drew.
    """

    width: int
    height: int
    fov: float
    pose: NDArray[np.float64]
    near: float = 0.05
    far: float = 60.0
    stretch: float = 1.0
    center: tuple[float, float] = (0.5, 0.5)
    lens: Lens = NO_LENS

    def matrix(self) -> NDArray[np.float64]:
        """The (3, 3) intrinsics in pixels: x right, y down, z ahead; pixel centres lie at halves."""
        focal = self.height / 2.0 / np.tan(np.radians(self.fov) / 2.0)
        matrix = np.eye(3)
        matrix[0, 0], matrix[1, 1] = focal * self.stretch, focal
        matrix[0, 2], matrix[1, 2] = self.center[0] * self.width, self.center[1] * self.height
        return matrix

    def projection(self) -> NDArray[np.float64]:
        """The (4, 4) OpenGL projection of the pinhole, row by column: camera frame to clip space, +y up.

        Renderers and label writers all use this one, so that a pixel means the same ray to each of them.
        """
        focal = 1.0 / np.tan(np.radians(self.fov) / 2.0)
        depth = self.far - self.near
        matrix = np.zeros((4, 4))
        matrix[0, 0] = focal * self.stretch * self.height / self.width
        matrix[1, 1] = focal
        matrix[0, 2] = 1.0 - 2.0 * self.center[0]
        matrix[1, 2] = 2.0 * self.center[1] - 1.0
        matrix[2, 2] = -(self.far + self.near) / depth
        matrix[2, 3] = -2.0 * self.far * self.near / depth
        matrix[3, 2] = -1.0
        return matrix

    def view(self) -> NDArray[np.float64]:
        """The (4, 4) matrix from world to camera frame."""
        return np.asarray(np.linalg.inv(self.pose), np.float64)

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels of points before the camera, the lens included (see `optics`).

        Args:
            points: (N, 3) metres in the camera's frame, z below 0.

        Returns:
            (N, 2) pixels, x right and y down, also outside the picture.
        """
        flat = np.stack([points[:, 0] / -points[:, 2], points[:, 1] / points[:, 2]], axis=1)
        return self.shown(bent(flat, self.lens) if any(self.lens) else flat)

    def bend(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where the lens shows what the pinhole alone would show at (N, 2) pixels."""
        return self.shown(bent(self.plane(pixels), self.lens)) if any(self.lens) else pixels

    def plane(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 2) pixels as places on the image plane one unit ahead, x right and y down."""
        matrix = self.matrix()
        return np.asarray((pixels - matrix[:2, 2]) / np.array([matrix[0, 0], matrix[1, 1]]))

    def shown(self, flat: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 2) places on the image plane one unit ahead as pixels."""
        matrix = self.matrix()
        return np.asarray(flat * np.array([matrix[0, 0], matrix[1, 1]]) + matrix[:2, 2])


@dataclass(frozen=True, eq=False)
class View:
    """One frame to draw.

    Attributes:
        bodies: everything with an id.
        ground: a body with id 0 that receives shadows, or None.
        scenery: further bodies with id 0 (houses, walls, backdrop boards).
        light: sun and ambient.
        camera: the pinhole camera.
        backdrop: (H, W, 3) uint8 sRGB picture shown where nothing is drawn; any size, stretched to the frame.
        fog: the air, or None where it is clear. It lies over the backdrop as over something at the camera's far end.
        wet: 0 dry to 1: how much the ground darkens and mirrors as in rain.
        catcher: whether the ground is to show the backdrop, darkened where shadows fall (a shadow catcher). Renderers
            draw it plain; `frames.catching` does the rest.
        rain: 0 none to 1 a downpour: how many drops are in the air. Renderers do not draw them; `frames.weather` does.
        supersample: colour is drawn at this many times the resolution each way and averaged, by renderers that can;
            ids and depth are of the pixels' centres always.
    """

    bodies: tuple[Body, ...]
    ground: Body | None
    light: Light
    camera: Camera
    backdrop: Bytes
    scenery: tuple[Body, ...] = field(default=())
    fog: Fog | None = None
    wet: float = 0.0
    rain: float = 0.0
    catcher: bool = False
    supersample: int = 1


@dataclass(frozen=True, eq=False)
class Drawing:
    """What a renderer returns.

    Attributes:
        color: (H, W, 3) uint8 sRGB.
        ids: (H, W) uint16, body id at each pixel's centre, 0 for background, ground and scenery.
        depth: (H, W) float32, metres along the camera's axis at each pixel's centre, infinite where nothing is.
    """

    color: Bytes
    ids: NDArray[np.uint16]
    depth: Floats
