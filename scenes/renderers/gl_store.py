"""What the gl renderer keeps on the device: meshes, textures and frame buffers, by the identity of their source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import moderngl
import numpy as np

from seedbed.scenes.renderers.drawing import Matrix, box_corners
from seedbed.scenes.view import Bytes, Mesh

# Draws that something outlives unused. Meshes stay through a world; textures are new with nearly every view and large.
_KEEP_SHAPES = 4
_KEEP_PICTURES = 1
_KEEP_TARGETS = 4
_SRGB8 = 0x8C41


@dataclass
class Shape:
    """A mesh on the device. Holding the mesh keeps its identity from being reused while this lives."""

    mesh: Mesh
    corners: Matrix
    vertices: Any
    faces: Any
    shadow_array: Any
    arrays: dict[int, Any] = field(default_factory=dict)
    last: int = 0

    def release(self) -> None:
        """Gives the buffers back."""
        for item in (*self.arrays.values(), self.shadow_array, self.vertices, self.faces):
            item.release()


@dataclass
class Picture:
    """A texture on the device, with the array it was made from."""

    pixels: Bytes
    texture: Any
    last: int = 0

    def release(self) -> None:
        """Gives the texture back."""
        self.texture.release()


@dataclass
class Target:
    """A frame buffer: colour (RGBA8, alpha 255 where something was drawn), ids (R16UI), depth."""

    frame: Any
    parts: tuple[Any, ...]

    def release(self) -> None:
        """Gives the attachments back."""
        for item in (self.frame, *self.parts):
            item.release()


class Store:
    """Meshes and textures by identity, released some draws after they were last used.

    Args:
        ctx: the context that owns them.
        shadow_program: what every shape's depth-only vertex array is made for.
    """

    def __init__(self, ctx: Any, shadow_program: Any) -> None:
        self._ctx = ctx
        self._shadow_program = shadow_program
        self._shapes: dict[int, Shape] = {}
        self._pictures: dict[int, Picture] = {}
        self._targets: dict[tuple[int, int], Target] = {}
        self._draw = 0

    def shape(self, mesh: Mesh) -> Shape:
        """Returns a mesh on the device."""
        shape = self._shapes.get(id(mesh))
        if shape is None:
            data = np.hstack([mesh.vertices, mesh.normals, mesh.uvs]).astype(np.float32)
            vertices = self._ctx.buffer(data.tobytes())
            faces = self._ctx.buffer(np.ascontiguousarray(mesh.faces, np.int32).tobytes())
            array = self._ctx.vertex_array(self._shadow_program, [(vertices, "3f 20x", "in_position")], faces)
            shape = self._shapes[id(mesh)] = Shape(mesh, box_corners(mesh), vertices, faces, array)
        shape.last = self._draw
        return shape

    def array(self, shape: Shape, program: Any) -> Any:
        """Returns a shape's vertex array for a program."""
        array = shape.arrays.get(id(program))
        if array is None:
            layout = "3f 3f 2f" if "in_uv" in program else "3f 3f 8x"
            names = ("in_position", "in_normal", "in_uv") if "in_uv" in program else ("in_position", "in_normal")
            array = self._ctx.vertex_array(program, [(shape.vertices, layout, *names)], shape.faces)
            shape.arrays[id(program)] = array
        return array

    def picture(self, pixels: Bytes) -> Picture:
        """Returns a texture on the device, with mipmaps; v = 0 is the array's last row."""
        picture = self._pictures.get(id(pixels))
        if picture is None:
            level = np.ascontiguousarray(pixels[::-1])
            height, width = level.shape[:2]
            texture = self._ctx.texture((width, height), 3, level.tobytes(), alignment=1, internal_format=_SRGB8)
            texture.build_mipmaps()
            texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
            picture = self._pictures[id(pixels)] = Picture(pixels, texture)
        picture.last = self._draw
        return picture

    def target(self, width: int, height: int) -> Target:
        """Returns a frame buffer of a size; the last few sizes are kept."""
        target = self._targets.pop((width, height), None)
        if target is None:
            while len(self._targets) >= _KEEP_TARGETS:
                self._targets.pop(next(iter(self._targets))).release()
            color = self._ctx.texture((width, height), 4)
            ids = self._ctx.texture((width, height), 1, dtype="u2")
            depth = self._ctx.depth_renderbuffer((width, height))
            target = Target(self._ctx.framebuffer([color, ids], depth), (color, ids, depth))
        self._targets[width, height] = target
        return target

    def next_draw(self) -> None:
        """Ends a draw: releases what has not been used for a while."""
        for shelf, keep in ((self._shapes, _KEEP_SHAPES), (self._pictures, _KEEP_PICTURES)):
            for name in [name for name, item in shelf.items() if item.last < self._draw - keep]:
                shelf.pop(name).release()
        self._draw += 1

    def release(self) -> None:
        """Releases everything."""
        for shelf in (self._shapes, self._pictures, self._targets):
            for item in shelf.values():
                item.release()
            shelf.clear()
