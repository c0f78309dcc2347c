"""Things that stand on shelves and in stores: bottle, can, mug, fruit, helmet, crate, pallet, barrel, shelf."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from seedbed.scenes.models.folders import Folder
from seedbed.scenes.models.ranges import Fraction, Lengths, Ratios, rising, some
from seedbed.scenes.models.thing import Thing

BottleKind = Literal["wine", "beer", "water", "cola", "sauce", "jar"]
CanKind = Literal["drink", "slim", "food", "spray"]
CrateKind = Literal["wood", "plastic"]
PalletKind = Literal["wood", "plastic"]
BarrelKind = Literal["steel", "plastic", "traffic"]
FruitKind = Literal["apple", "orange", "lemon", "pear", "banana"]
ShelfKind = Literal["wood", "metal"]
BoardCount = Annotated[int, Field(ge=2, le=12)]
BoardCounts = Annotated[tuple[BoardCount, BoardCount], AfterValidator(rising)]


class Bottle(Thing):
    """A bottle with a cap and a label. Glass and plastic are opaque."""

    longest: ClassVar[str] = "height"
    shape: Literal["bottle"]
    height: Lengths = (0.2, 0.32)
    """With the cap."""
    kinds: Annotated[tuple[BottleKind, ...], AfterValidator(some)] = ("wine", "beer", "water", "cola", "sauce", "jar")
    """One is drawn per bottle. Wine, beer and jar are of glass; width follows the height."""
    labelled: Fraction = 0.85
    """Chance of a label."""
    label: Folder | None = None
    """Pictures of labels. Left out: printed at random."""
    upright: Fraction = 0.75


class Can(Thing):
    """A can, printed all around."""

    longest: ClassVar[str] = "height"
    shape: Literal["can"]
    height: Lengths = (0.1, 0.17)
    kinds: Annotated[tuple[CanKind, ...], AfterValidator(some)] = ("drink", "slim", "food", "spray")
    """One is drawn per can; width follows the height: a drink can of 0.33 l is 0.115 m high and 0.066 m wide."""
    label: Folder | None = None
    """Pictures of the print. Left out: printed at random."""
    upright: Fraction = 0.75


class Mug(Thing):
    """A mug with a handle, hollow."""

    longest: ClassVar[str] = "height"
    shape: Literal["mug"]
    height: Lengths = (0.085, 0.11)
    """The width is 0.8 to 0.96 of it, and the handle 0.3."""
    printed: Fraction = 0.3
    """Chance of a print around it."""
    label: Folder | None = None
    """Pictures of the print. Left out: printed at random."""
    upright: Fraction = 0.85

    @property
    def extent(self) -> float:
        """The longest it may be, metres: across the handle."""
        return 1.3 * self.height[1]


class Fruit(Thing):
    """A fruit."""

    shape: Literal["fruit"]
    kinds: Annotated[tuple[FruitKind, ...], AfterValidator(some)] = ("apple", "orange", "lemon", "pear", "banana")
    """One is drawn per fruit: list one to give it a class."""
    size: Lengths | None = None
    """Longest side without the stem. Left out: as each kind has it, from 0.065 m (apple) to 0.21 m (banana)."""
    upright: Fraction = 0.3

    @property
    def extent(self) -> float:
        """The longest it may be, metres."""
        return self.size[1] if self.size is not None else 0.21


class Helmet(Thing):
    """A hard hat: shell, brim, peak."""

    longest: ClassVar[str] = "length"
    shape: Literal["helmet"]
    length: Lengths = (0.26, 0.3)
    """From the peak to the nape."""
    upright: Fraction = 0.75


class Crate(Thing):
    """An open crate: slats of wood, or plastic with ribs and grips."""

    longest: ClassVar[str] = "length"
    shape: Literal["crate"]
    length: Lengths = (0.4, 0.6)
    width: Ratios = (0.6, 0.75)
    """Width over length."""
    height: Ratios = (0.4, 0.6)
    """Height over length."""
    kinds: Annotated[tuple[CrateKind, ...], AfterValidator(some)] = ("wood", "plastic")
    """One is drawn per crate."""
    upright: Fraction = 0.9


class Pallet(Thing):
    """A EUR pallet (EN 13698-1): 1.2 x 0.8 x 0.144 m."""

    longest: ClassVar[str] = "length"
    shape: Literal["pallet"]
    length: Lengths = (1.2, 1.2)
    """The other measures follow it."""
    kinds: Annotated[tuple[PalletKind, ...], AfterValidator(some)] = ("wood", "wood", "plastic")
    """One is drawn per pallet."""
    upright: Fraction = 1


class Barrel(Thing):
    """A barrel with ribs."""

    longest: ClassVar[str] = "height"
    shape: Literal["barrel"]
    height: Lengths = (0.86, 0.95)
    """A drum of 200 litres has 0.88 m and is 0.57 m wide."""
    kinds: Annotated[tuple[BarrelKind, ...], AfterValidator(some)] = ("steel", "plastic")
    """One is drawn per barrel; traffic is the striped one of roadworks."""
    upright: Fraction = 0.8


class Shelf(Thing):
    """A shelf that stands where it is put; goods can stand on its boards."""

    longest: ClassVar[str] = "height"
    shape: Literal["shelf"]
    height: Lengths = (1.2, 2.0)
    width: Lengths = (0.7, 1.2)
    depth: Lengths = (0.3, 0.45)
    boards: BoardCounts = (3, 6)
    """How many, the top one included."""
    kinds: Annotated[tuple[ShelfKind, ...], AfterValidator(some)] = ("wood", "metal")
    """One is drawn per shelf."""
    upright: Fraction = 1

    @property
    def extent(self) -> float:
        """The longest it may be, metres."""
        return max(self.height[1], self.width[1])
