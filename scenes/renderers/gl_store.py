"""What the gl renderer keeps on the device: meshes, textures and frame buffers, by the identity of their source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.renderers.drawing import Matrix, box_corners
from seedbed.scenes.renderers.environment import harmonics, mirror_levels
from seedbed.scenes.srgb import LINEAR, encoded
from seedbed.scenes.view import Bytes, Floats, Mesh

# Draws that something outlives unused. Meshes stay through a world; textures are new with nearly every view and large.
# Read-only textures are of a pool that lives as long as the process: their mipmaps are a tenth of a frame's work.
_KEEP_SHAPES = 4
_KEEP_POOLED = 100
_KEEP_PICTURES = 1
_KEEP_TARGETS = 4
# Spare textures of one size, and how many sizes.
_KEEP_SPARE, _KEEP_SPARE_SIZES = 8, 8
_SRGB8, _SRGB8_ALPHA8 = 0x8C41, 0x8C43


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
    """A texture on the device, with the array it was made from, for `keep` draws after the last that showed it."""

    pixels: Bytes
    texture: Any
    keep: int
    last: int = 0

    def release(self) -> None:
        """Gives the texture back."""
        self.texture.release()


@dataclass
class Surroundings:
    """An environment on the device, with the array it was made from."""

    source: Floats
    texture: Any
    harmonics: Matrix
    last: int = 0

    def release(self) -> None:
        """Gives the texture back."""
        self.texture.release()


Attachments = Literal["all", "color", "ids"]


@dataclass
class Target:
    """A frame buffer: colour, ids and depth in this order, or a part of them; and a depth buffer.

    Colour is sRGB with alpha 255 where something was drawn, ids are R16UI, depth is R32F: metres, 0 where nothing was
    drawn.
    """

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
        self._spare: dict[tuple[int, int], list[Any]] = {}
        self._environments: dict[int, Surroundings] = {}
        self._targets: dict[tuple[int, int, Attachments], Target] = {}
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
            parts = (("in_position", "3f", "12x"), ("in_normal", "3f", "12x"), ("in_uv", "2f", "8x"))
            layout = " ".join(kind if name in program else gap for name, kind, gap in parts)
            names = [name for name, _, _ in parts if name in program]
            array = self._ctx.vertex_array(program, [(shape.vertices, layout, *names)], shape.faces)
            shape.arrays[id(program)] = array
        return array

    def picture(self, pixels: Bytes) -> Picture:
        """Returns a texture on the device, with mipmaps; v = 0 is the array's last row."""
        picture = self._pictures.get(id(pixels))
        if picture is None:
            levels = mip_levels(np.ascontiguousarray(pixels[::-1]))
            height, width = pixels.shape[:2]
            spare = self._spare.get((width, height))
            texture = spare.pop() if spare else self._texture(width, height)
            for level, data in enumerate(levels):
                texture.write(data.tobytes(), level=level, alignment=1)
            keep = _KEEP_PICTURES if pixels.flags.writeable else _KEEP_POOLED
            picture = self._pictures[id(pixels)] = Picture(pixels, texture, keep)
        picture.last = self._draw
        return picture

    def environment(self, source: Floats) -> Any:
        """Returns the mip chain of an environment on the device."""
        return self._surroundings(source).texture

    def harmonics(self, source: Floats) -> Matrix:
        """Returns an environment's harmonics, (9, 3)."""
        return self._surroundings(source).harmonics

    def target(self, width: int, height: int, parts: Attachments = "all") -> Target:
        """Returns a frame buffer of a size; the last few are kept."""
        size, name = (width, height), (width, height, parts)
        target = self._targets.pop(name, None)
        if target is None:
            while len(self._targets) >= _KEEP_TARGETS:
                self._targets.pop(next(iter(self._targets))).release()
            made = []
            if parts != "ids":
                made.append(self._ctx.texture(size, 4, internal_format=_SRGB8_ALPHA8))
            if parts != "color":
                made += [self._ctx.texture(size, 1, dtype="u2"), self._ctx.texture(size, 1, dtype="f4")]
            depth = self._ctx.depth_renderbuffer(size)
            target = Target(self._ctx.framebuffer(made, depth), (*made, depth))
        self._targets[name] = target
        return target

    def next_draw(self) -> None:
        """Ends a draw: releases what has not been used for a while."""
        for shelf in (self._shapes, self._environments):
            for name in [name for name, item in shelf.items() if item.last < self._draw - _KEEP_SHAPES]:
                shelf.pop(name).release()
        for name in [name for name, item in self._pictures.items() if item.last < self._draw - item.keep]:
            self._put_by(self._pictures.pop(name).texture)
        self._draw += 1

    def release(self) -> None:
        """Releases everything."""
        for shelf in (self._shapes, self._pictures, self._environments, self._targets):
            for item in shelf.values():
                item.release()
            shelf.clear()
        for spare in self._spare.values():
            for texture in spare:
                texture.release()
        self._spare.clear()

    def _texture(self, width: int, height: int) -> Any:
        texture = self._ctx.texture((width, height), 3, alignment=1, internal_format=_SRGB8)
        texture.build_mipmaps()  # makes room for them
        texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        return texture

    def _put_by(self, texture: Any) -> None:
        """Keeps a texture for the next picture of its size: making one takes longer than filling it."""
        spare = self._spare.setdefault(texture.size, [])
        if len(spare) < _KEEP_SPARE and len(self._spare) <= _KEEP_SPARE_SIZES:
            spare.append(texture)
        else:
            texture.release()

    def _surroundings(self, source: Floats) -> Surroundings:
        known = self._environments.get(id(source))
        if known is None:
            levels = mirror_levels(source)
            height, width = levels[0].shape[:2]
            texture = self._ctx.texture((width, height), 3, dtype="f2")
            texture.build_mipmaps(max_level=len(levels) - 1)
            for i, level in enumerate(levels):
                texture.write(level.astype(np.float16).tobytes(), level=i, alignment=1)
            texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
            texture.repeat_y = False
            known = self._environments[id(source)] = Surroundings(source, texture, harmonics(source))
        known.last = self._draw
        return known


def mip_levels(pixels: Bytes) -> list[Bytes]:
    """A picture and its halves down to one pixel, averaged in linear light, sRGB."""
    levels = [pixels]
    light: NDArray[np.uint16] = cv2.LUT(pixels, _LINEAR_16)
    while max(pixels.shape[:2]) > 1:
        height, width = (max(side // 2, 1) for side in pixels.shape[:2])
        smaller = cv2.resize(light, (width, height), interpolation=cv2.INTER_AREA)
        light = np.asarray(smaller, np.uint16).reshape(height, width, 3)
        pixels = np.take(_SRGB_OF_16, light)
        levels.append(pixels)
    return levels


_LINEAR_16 = np.rint(LINEAR * 65535.0).astype(np.uint16)
_SRGB_OF_16: Bytes = np.rint(encoded(np.arange(65536) / 65535.0) * 255.0).astype(np.uint8)
