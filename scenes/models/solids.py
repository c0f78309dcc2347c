"""Plain solids: cone, pillow, box, ball, and clutter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from seedbed.core.documents import Model, Problems
from seedbed.scenes.models.folders import Folder
from seedbed.scenes.models.ranges import Counts, Fraction, Fractions, Lengths, Name, rising
from seedbed.scenes.models.thing import Thing

BandCount = Annotated[int, Field(ge=0, le=2)]
BandCounts = Annotated[tuple[BandCount, BandCount], AfterValidator(rising)]


class Cone(Thing):
    """A hollow traffic cone on a square base."""

    longest: ClassVar[str] = "height"
    shape: Literal["cone"]
    height: Lengths
    base: Fractions = (0.6, 0.72)
    """Side of the base over the height."""
    bands: BandCounts = (0, 0)
    """Reflecting bands around it, at most 2."""
    dented: Fraction = 0
    """Chance to be dented and bent by use. `upright` says how many stand: the others have fallen."""


class Pillow(Thing):
    """An inflated cube: bulging faces, pinched edges."""

    shape: Literal["pillow"]
    size: Lengths


class Box(Thing):
    """A box; each side is drawn on its own."""

    shape: Literal["box"]
    size: Lengths
    """Of each side, drawn on its own."""
    label: Folder | None = None
    """Pictures of the print: on the two largest sides, upright; the others wear the thing's colour."""


class Ball(Thing):
    """A ball."""

    shape: Literal["ball"]
    size: Lengths
    """Diameter."""


ClutterForm = Literal[
    "box",
    "plank",
    "cylinder",
    "pole",
    "ring",
    "ball",
    "bottle",
    "capsule",
    "wedge",
    "rock",
    "bracket",
    "plant",
    "legs",
    "cup",
    "bowl",
    "pipe",
    "pyramid",
    "book",
    "star",
]


class Clutter(Model):
    """Things of many forms and colours that are nobody's label."""

    shape: Literal["clutter"]
    size: Lengths = (0.05, 0.6)
    """Largest extent; small things are drawn more often than large ones."""
    count: Counts = (0, 8)
    forms: tuple[ClutterForm, ...] = ()
    """Left out: all forms."""
    lookalike: Fraction = 0.25
    """Chance to wear the colour of a labelled class."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """None: never labelled."""
        return ()

    def check(self, problems: Problems, loc: tuple[str | int, ...], folder: Path) -> None:
        """Nothing that the types do not tell."""


class Lookalike(Model):
    """A distractor by rule: like a labelled thing in one way, and unlike it in the other."""

    shape: Literal["lookalike"]
    of: Name
    """The class it could be taken for."""
    rule: Literal["same colour, other shape", "same shape, other colour"]
    count: Counts = (0, 3)

    @property
    def class_names(self) -> tuple[str, ...]:
        """None: never labelled."""
        return ()

    def check(self, problems: Problems, loc: tuple[str | int, ...], folder: Path) -> None:
        """Nothing that can be told without the other objects."""
