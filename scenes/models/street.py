"""Things of a street: house, tree, car, person, lamp, sign, barrier, drum; for the layout `street` and any other."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from seedbed.scenes.models.ranges import Fraction, Lengths, rising, some
from seedbed.scenes.models.thing import Thing

Storey = Annotated[int, Field(ge=1, le=6)]
Storeys = Annotated[tuple[Storey, Storey], AfterValidator(rising)]
Tall = Annotated[float, Field(ge=1.0, le=2.3)]
Talls = Annotated[tuple[Tall, Tall], AfterValidator(rising)]
Roof = Literal["pitched", "gabled", "hipped", "flat"]
Wall = Literal["plaster", "brick", "boards"]
CarKind = Literal["hatchback", "saloon", "van"]
TreeKind = Literal["broadleaf", "conifer", "poplar", "bush"]
LampStyle = Literal["arm", "post", "double"]
SignName = Literal[
    "stop",
    "give way",
    "speed limit",
    "no entry",
    "no parking",
    "direction",
    "parking",
    "crossing",
    "warning",
    "roadworks",
]


class House(Thing):
    """A house: windows, door, roof."""

    longest: ClassVar[str] = "width"
    shape: Literal["house"]
    width: Lengths = (8, 13)
    """Along the street, metres."""
    depth: Lengths = (8, 11)
    """Away from the street, metres."""
    storeys: Storeys = (1, 3)
    """Floors under the roof."""
    roofs: Annotated[tuple[Roof, ...], AfterValidator(some)] = ("pitched", "pitched", "gabled", "hipped", "flat")
    """One is drawn per house: pitched has its ridge along the street, gabled across it."""
    walls: Annotated[tuple[Wall, ...], AfterValidator(some)] = ("plaster", "plaster", "brick", "boards")
    """One is drawn per house. `color` colours plaster and boards; brick has its own."""
    shops: Fraction = 0.15
    """Chance of a shop on the ground floor."""
    upright: Fraction = 1


class Tree(Thing):
    """A tree or a bush."""

    longest: ClassVar[str] = "height"
    shape: Literal["tree"]
    height: Lengths = (5, 11)
    """Metres; a bush has a fifth of it."""
    kinds: Annotated[tuple[TreeKind, ...], AfterValidator(some)] = ("broadleaf", "broadleaf", "conifer", "poplar")
    """One is drawn per tree."""
    upright: Fraction = 1


class Car(Thing):
    """A car, its size as its kind has it: about 4.1, 4.7 and 4.6 m long."""

    longest: ClassVar[str] = "kinds"
    shape: Literal["car"]
    kinds: Annotated[tuple[CarKind, ...], AfterValidator(some)] = ("hatchback", "hatchback", "saloon", "saloon", "van")
    """One is drawn per car."""
    upright: Fraction = 1

    @property
    def extent(self) -> float:
        """Metres."""
        return 4.95


class Person(Thing):
    """A person, standing or walking. `color` is that of the upper garment."""

    longest: ClassVar[str] = "height"
    shape: Literal["person"]
    height: Talls = (1.5, 1.95)
    """Metres."""
    walking: Fraction = 0.65
    """Chance to walk; the others stand."""
    helmet: Fraction = 0
    """Chance of a safety helmet. In a street, people with helmet or vest stand at the roadworks, if there are any."""
    vest: Fraction = 0
    """Chance of a high-visibility vest."""
    upright: Fraction = 1


class Lamp(Thing):
    """A street lamp."""

    longest: ClassVar[str] = "height"
    shape: Literal["lamp"]
    height: Lengths = (4, 8)
    """Metres."""
    styles: Annotated[tuple[LampStyle, ...], AfterValidator(some)] = ("arm", "arm", "post", "double")
    """One is drawn per world, so that a street has lamps of one kind."""
    upright: Fraction = 1


class Sign(Thing):
    """A traffic sign on its post."""

    longest: ClassVar[str] = "height"
    shape: Literal["sign"]
    signs: Annotated[tuple[SignName, ...], AfterValidator(some)] = (
        *("stop", "give way", "speed limit", "no entry", "no parking", "direction", "parking", "crossing", "warning"),
    )
    """One is drawn per sign."""
    size: Lengths = (0.6, 0.85)
    """Of the plate, metres."""
    height: Lengths = (1.9, 2.4)
    """Of the plate's lower edge over the ground, metres."""
    upright: Fraction = 1


class Barrier(Thing):
    """A roadworks barrier with red and white boards."""

    longest: ClassVar[str] = "length"
    shape: Literal["barrier"]
    length: Lengths = (1.2, 2.4)
    """Metres."""
    height: Lengths = (0.9, 1.15)
    """Metres."""
    upright: Fraction = 1


class Drum(Thing):
    """A traffic drum: an orange barrel with pale bands."""

    longest: ClassVar[str] = "height"
    shape: Literal["drum"]
    height: Lengths = (0.85, 1.1)
    """Metres."""
    upright: Fraction = 1
