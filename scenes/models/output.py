"""What a run writes: image files, labels, splits."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from seedbed.core.documents import Model
from seedbed.scenes.models.ranges import Fraction, Quality, Size


class Image(Model):
    """The files written."""

    size: tuple[Size, Size] = (640, 640)
    """Width and height in pixels."""
    format: Literal["jpg", "png"] = "jpg"
    quality: Quality = 92
    """JPEG quality of the file."""
    supersample: Literal[1, 2, 3, 4] = 1
    """Colour is drawn at this many times the size each way and averaged: 2 smooths outlines and far patterns, for about
    twice the time with gl; cycles takes its square, at most 8, samples a pixel instead of one, tiny does not heed it.
    Labels are of the pixels' centres always."""


class Labels(Model):
    """What is labelled, and how little may be seen of it."""

    masks: bool = True
    """Write instance maps: the body's id at each pixel."""
    semantic: bool = False
    """Write semantic maps: the class's number plus 1 at each pixel, of everything that has a class, however little of
    it is seen."""
    depth: Literal[False, "png", "float"] = False
    """Write depth maps: `png` has 16 bits of millimetres, up to 65.535 m; `float` is a TIFF in metres."""
    min_visible: Fraction = 0.1
    """Share of an object's silhouette that must be seen, the part outside the picture counted as unseen."""
    min_pixels: int = Field(default=24, ge=1)
    """Fewest visible pixels of a labelled object."""
    under: Literal["drop", "ignore"] = "drop"
    """What happens to objects of which less is seen: they get no label, or one that is marked to be ignored in formats
    that can say so (COCO's `iscrowd`, KITTI's `DontCare`) and is left out of the others."""


class Splits(Model):
    """Shares of the worlds; all views of a world go to the same split."""

    train: Fraction = 0.8
    val: Fraction = 0.1
    test: Fraction = 0.1

    def shares(self) -> dict[str, float]:
        """Split name to share, in this order."""
        return {"train": self.train, "val": self.val, "test": self.test}


class Renderers(Model):
    """Shares of the worlds that each renderer draws."""

    tiny: Fraction = 0.0
    """PyBullet's own renderer: fast, plain, works anywhere."""
    gl: Fraction = 0.0
    """OpenGL, software drivers included."""
    cycles: Fraction = 0.0
    """Blender's path tracer, the extra `cycles`: seconds of CPU time a frame instead of a tenth."""

    def shares(self) -> dict[str, float]:
        """Renderer name to share, those that draw at all, in this order."""
        shares = {"tiny": self.tiny, "gl": self.gl, "cycles": self.cycles}
        return {name: share for name, share in shares.items() if share > 0}
