"""Things of table, shop and store: die, card, and what stands on shelves."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Problems
from seedbed.scenes.models.folders import Folder, pictures
from seedbed.scenes.models.ranges import Fraction, Fractions, Lengths, Name, Ratios
from seedbed.scenes.models.thing import Thing

NUMBERS = ("1", "2", "3", "4", "5", "6")


def _true_or_names(value: Any) -> str:
    return "names" if isinstance(value, list | tuple) else "numbers"


def _six(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) != 6:
        raise PydanticCustomError("faces", "a die has six faces", {"allowed": "six names, in the order one to six"})
    return names


SixNames = Annotated[tuple[Name, ...], AfterValidator(_six)]
DieFaces = Annotated[
    Annotated[Literal[True], Tag("numbers")] | Annotated[SixNames, Tag("names")], Discriminator(_true_or_names)
]


class Die(Thing):
    """A six-sided die: rounded edges, pips, opposite faces add up to 7."""

    shape: Literal["die"]
    size: Lengths = (0.012, 0.025)
    """Edge. Gaming dice have 16 mm."""
    roundness: Fractions = (0.1, 0.45)
    """Radius of the rounded edges over half the edge; high ones roll far."""
    faces: DieFaces | None = None
    """The class is the face that shows up: `true` for classes 1 to 6, or six names in the order one to six, such as
    [one, two, three, four, five, six]. Left out: `class`, whichever face is up."""
    upright: Fraction = 0
    """Chance to be dropped level; the others tumble. Any face may be up either way."""

    @property
    def face_names(self) -> tuple[str, ...]:
        """Classes of the faces one to six; none where the faces do not matter."""
        if self.faces is None:
            return ()
        return NUMBERS if self.faces is True else self.faces

    @property
    def class_names(self) -> tuple[str, ...]:
        """Every class it may show."""
        return self.face_names or super().class_names

    def check(self, problems: Problems, loc: tuple[str | int, ...], folder: Path) -> None:
        """Class and faces exclude each other."""
        if self.faces is not None and self.class_name is not None:
            allowed = "class for one class, or faces for a class per face"
            problems.add((*loc, "class"), "faces already name the classes", found=self.class_name, allowed=allowed)


class CardFaces(Folder):
    """Pictures of cards' faces."""

    classes: dict[Name, Annotated[str, Field(min_length=1)]] | None = None
    """Class by the picture's file name: class to pattern, such as {ace: "A*", king: "K*"}. `*` stands for any letters,
    `?` for one; the ending (.png) is left away. Pictures that match none are distractors. Left out: all of them are
    `class`."""
    others: Fraction | None = None
    """Share of cards whose picture matches no class; of the others each class is as likely as the next, however many
    pictures it has. Left out: every picture is as likely as the next."""

    def class_of(self, stem: str) -> str | None:
        """The first class whose pattern fits a picture's name without its ending."""
        return next((name for name, pattern in (self.classes or {}).items() if fnmatchcase(stem, pattern)), None)


class Card(Thing):
    """A thin printed card with rounded corners: a playing card, a ticket, a leaflet."""

    longest: ClassVar[str] = "length"
    shape: Literal["card"]
    length: Lengths = (0.086, 0.09)
    """Of the long side. Playing cards have 88 mm."""
    aspect: Ratios | None = None
    """Short side over long side; playing cards have 0.72. Left out: as the face's picture."""
    thickness: Lengths = (0.001, 0.002)
    corners: Fractions = (0.03, 0.05)
    """Radius of the corners over the long side."""
    faces: CardFaces | None = None
    """Pictures of the faces; their longer side is the card's. Left out: printed at random."""
    back: Folder | None = None
    """Pictures of the back. Left out: a pattern."""
    face_up: Fraction = 0.9
    """Chance to lie with its face up. Where the class is the face's, a card with its back up has none."""
    upright: Fraction = 1
    """Chance to be dropped flat; the others tumble."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Every class its face may give it."""
        by_face = () if self.faces is None or self.faces.classes is None else tuple(self.faces.classes)
        return by_face or super().class_names

    def check(self, problems: Problems, loc: tuple[str | int, ...], folder: Path) -> None:
        """Class and classes of faces exclude each other, and every class has a picture of its own."""
        if self.faces is None or self.faces.classes is None:
            return
        where = (*loc, "faces", "classes")
        if self.class_name is not None:
            allowed = "class for one class, or faces.classes for a class per face"
            problems.add((*loc, "class"), "faces already name the classes", found=self.class_name, allowed=allowed)
        if not self.faces.classes:
            problems.add(where, "no class", allowed="at least one class and its pattern")
        place = folder / self.faces.folder
        stems = [path.stem for path in pictures(place)] if place.is_dir() else []
        for name, message, found in _unmatched(self.faces, stems) if stems else ():
            problems.add((*where, name), message, found=found, allowed=f"names such as {', '.join(stems[:4])}")


def _unmatched(faces: CardFaces, stems: list[str]) -> Iterator[tuple[str, str, str]]:
    """Classes without a picture, and pictures of two classes: class, message, what was found."""
    owners: dict[str, str] = {}
    for name, pattern in (faces.classes or {}).items():
        fitting = [stem for stem in stems if fnmatchcase(stem, pattern)]
        if not fitting:
            yield name, "no picture has such a name", pattern
        for stem in fitting:
            if owners.setdefault(stem, name) != name:
                yield name, f"the picture is of class {owners[stem]!r} already", stem
                break
