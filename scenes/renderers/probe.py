"""A small known picture that tells whether a renderer works on this machine."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from seedbed.scenes.view import Body, Camera, Drawing, Light, Material, Mesh, View


class _Draws(Protocol):
    def draw(self, view: View) -> Drawing: ...


def prove(renderer: _Draws) -> None:
    """Draws it; raises RuntimeError when it comes out wrong."""
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
    drawing = renderer.draw(View((body,), None, light, camera, np.full((32, 32, 3), 77, np.uint8)))
    inside = np.zeros((32, 32), bool)
    inside[8:24, 8:24] = True
    if not np.array_equal(drawing.ids, inside * 65535):
        raise RuntimeError("ids are drawn wrongly")
    if (drawing.color[~inside] != 77).any():
        raise RuntimeError("the backdrop is drawn wrongly")
    if drawing.color[9:13, 9:23].min() < 150 or drawing.color[19:23, 9:23].max() > 60:
        raise RuntimeError("colours are drawn wrongly")
