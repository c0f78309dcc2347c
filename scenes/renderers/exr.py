"""Reads the OpenEXR files that Blender writes for us: scan lines, 32-bit floats, not compressed.

The layout is that of "OpenEXR File Layout" (openexr.com): magic number, version, attributes, a table of offsets, then
each line as its number, its length and its channels one after the other in the order of their names.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from seedbed.scenes.view import Floats

_MAGIC, _FLOAT, _NOT_COMPRESSED = 20000630, 2, 0
_TILED, _DEEP, _PARTS = 0x200, 0x800, 0x1000


def read_exr(path: Path) -> dict[str, Floats]:
    """Returns every channel by its full name, (H, W) float32 each, top row first.

    Raises:
        ValueError: it is no such file.
    """
    data = path.read_bytes()
    magic, version = struct.unpack_from("<ii", data)
    if magic != _MAGIC or version & (_TILED | _DEEP | _PARTS):
        raise ValueError(f"{path.name} is no OpenEXR file of one part in scan lines")
    attributes, at = _attributes(data, 8)
    if attributes["compression"][0] != _NOT_COMPRESSED:
        raise ValueError(f"{path.name} is compressed")
    names = _float_channels(attributes["channels"])
    left, top, right, bottom = struct.unpack("<4i", attributes["dataWindow"])
    width, height = right - left + 1, bottom - top + 1
    at += 8 * height
    line = np.dtype([("head", "<i4", 2), ("rows", "<f4", (len(names), width))])
    lines = np.frombuffer(data, line, height, at)
    order = lines["head"][:, 0] - top
    out = np.empty((len(names), height, width), np.float32)
    out[:, order] = lines["rows"].transpose(1, 0, 2)
    return dict(zip(names, out, strict=True))


def _attributes(data: bytes, at: int) -> tuple[dict[str, bytes], int]:
    """The header's attributes by name; and where it ends."""
    out = {}
    while data[at]:
        name, at = _text(data, at)
        _, at = _text(data, at)
        (size,) = struct.unpack_from("<i", data, at)
        out[name] = data[at + 4 : at + 4 + size]
        at += 4 + size
    return out, at + 1


def _float_channels(data: bytes) -> list[str]:
    names, at = [], 0
    while data[at]:
        name, at = _text(data, at)
        kind, _, across, down = struct.unpack_from("<iiii", data, at)
        if (kind, across, down) != (_FLOAT, 1, 1):
            raise ValueError(f"channel {name} is not of 32-bit floats, one a pixel")
        names.append(name)
        at += 16
    return names


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(0, at)
    return data[at:end].decode(), end + 1
