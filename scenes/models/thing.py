"""What every kind of thing has: class, count, colour."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from seedbed.core.documents import Model, Problems
from seedbed.scenes.models.ranges import Counts, Fraction, Fractions, Hues, Name, Turns
from seedbed.scenes.models.surfaces import TextureItems


class Color(Model):
    """Range of a surface colour."""

    hue: Hues = (0, 360)
    """Degrees; above 360 wraps, so reds are [350, 370]."""
    saturation: Fractions = (0.6, 1)
    value: Fractions = (0.4, 1)
    """Lightness of the colour: 0 black, 1 full."""


class Thing(Model):
    """Keys of every thing; each shape adds its own dimensions."""

    longest: ClassVar[str] = "size"
    """The key that says how long the thing is at most, metres."""

    class_name: Name | None = Field(default=None, alias="class")
    """Label; left out, the thing is a distractor."""
    count: Counts = (1, 1)
    """How many per world, both ends possible."""
    color: Color | None = None
    """Left out: any colour."""
    roughness: Fractions = (0.25, 0.9)
    """0 mirror, 1 matt."""
    metallic: Fractions = (0, 0)
    """0 for everything but bare metal, 1 for that."""
    texture: TextureItems | None = None
    """What covers its faces that have no surface of their own: textures by name, or folders of pictures, one drawn per
    frame. With `color` they are tinted by it."""
    upright: Fraction = 0.5
    """Chance to be dropped standing; the others tumble."""
    yaw: Turns | None = None
    """Degrees by which what stands is turned around the vertical, in the layouts `scatter`, `tray` and `grid`. At 0 a
    card is upright to a camera whose `azimuth` is 270; cars, signs and helmets look along the x axis, to an `azimuth`
    of 0. Left out: any turn, or along the rows of a grid."""
    marks: Fraction = 0
    """Chance of a printed mark, such as a logo."""

    @property
    def form(self) -> str:
        """Name of the shape."""
        return str(self.shape)  # type: ignore[attr-defined]  # each shape is a class with this key

    @property
    def extent(self) -> float:
        """The longest it may be, metres."""
        return float(getattr(self, self.longest)[1])

    @property
    def class_names(self) -> tuple[str, ...]:
        """Every class a thing of this kind may turn out to be, in order; none for a distractor."""
        return () if self.class_name is None else (self.class_name,)

    def check(self, problems: Problems, loc: tuple[str | int, ...], folder: Path) -> None:
        """Adds what is wrong with this thing that its types cannot tell; folders of pictures are checked elsewhere.

        Args:
            problems: to add to.
            loc: of the thing in the file.
            folder: what paths are relative to.
        """
