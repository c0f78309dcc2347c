"""What stands behind a scene: drawn, photographed all around (HDRI), or folders of photographs without the objects."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model, Problems
from seedbed.core.words import listed
from seedbed.scenes.models.folders import Folder, pictures
from seedbed.scenes.models.ranges import Fraction

Region = tuple[float, float, float, float]


def _lies(region: Region) -> Region:
    if region[0] >= region[2] or region[1] >= region[3]:
        raise PydanticCustomError(
            "region",
            "the region is empty",
            {"allowed": "[left, top, right, bottom], left before right, top before bottom"},
        )
    return region


class Photographs(Folder):
    """A folder of photographs, best of the very place and camera.

    None may show the objects to find: they would count as background, the worst mistake there is. Say `empty`, or keep
    them out with `keep_out`, `masks` or `guesses`.
    """

    empty: bool = False
    """You know that none of the objects is in any of these pictures."""
    keep_out: tuple[Annotated[tuple[Fraction, Fraction, Fraction, Fraction], AfterValidator(_lies)], ...] = ()
    """Regions [left, top, right, bottom] that may show objects, as shares of the picture's width and height; they are
    painted over. For a fixed camera: where the things are."""
    masks: Folder | None = None
    """A folder with a picture of the same name for each photograph, not black where an object is: painted over."""
    guesses: Annotated[str, Field(min_length=1)] | None = None
    """A folder of YOLO label files (.txt) named as the photographs, as `seedbed label` writes them: a detector's boxes,
    and a fifth more on each side, are painted over. No file for a photograph: nothing was found in it."""
    ground: bool = False
    """The photograph is the ground as well: things stand on it and throw their shadows on it; no walls, fog or wet
    ground are drawn. Then the very floor of the place is behind them, from whatever side it was photographed."""
    fill: Literal["inpaint", "cover"] = "inpaint"
    """How what is kept out is painted over: inpaint carries on what lies around it, cover lays drawn patterns on it."""

    @property
    def assured(self) -> bool:
        """Whether the person has said how objects are kept out."""
        return self.empty or bool(self.keep_out) or self.masks is not None or self.guesses is not None


OPENEXR = b"\x76\x2f\x31\x01"
"""What such files begin with."""
HDRI = (".hdr", ".exr")


class Hdri(Model):
    """A place photographed all around in high dynamic range: it stands behind the things and lights them."""

    hdri: str = Field(min_length=1)
    """A file .hdr or .exr (equirectangular, twice as wide as high), or a folder of them; one is drawn per frame."""

    def paths(self, folder: Path) -> list[Path]:
        """The files, sorted by name.

        Args:
            folder: of the scene file.
        """
        place = folder / self.hdri
        if place.is_dir():
            return sorted(path for path in place.iterdir() if path.suffix.lower() in HDRI and path.is_file())
        return [place] if place.is_file() else []


def _kind(value: Any) -> str:
    """One problem per wrong item, not one per way it could have been meant."""
    if isinstance(value, str):
        return "named"
    return "around" if isinstance(value, Hdri) or (isinstance(value, dict) and "hdri" in value) else "photographs"


BackdropItem = Annotated[
    Annotated[Literal["procedural"], Tag("named")]
    | Annotated[Photographs, Tag("photographs")]
    | Annotated[Hdri, Tag("around")],
    Discriminator(_kind),
]


def check_backdrops(backdrops: tuple[Any, ...], folder: Path, problems: Problems) -> None:
    """Adds what is wrong with backdrops that their types cannot tell.

    Args:
        backdrops: of the scene.
        folder: of the scene file.
        problems: what is found is added here.
    """
    for index, item in enumerate(backdrops):
        loc: tuple[str | int, ...] = ("world", "backdrop", index)
        if isinstance(item, Hdri):
            _check_hdri(item, loc, folder, problems)
        if isinstance(item, Photographs) and item.guesses is not None:
            _check_guesses(folder / item.folder, folder / item.guesses, (*loc, "guesses"), problems)
        if isinstance(item, Photographs) and item.masks is not None and (folder / item.masks.folder).is_dir():
            place = folder / item.folder
            known = {path.stem for path in pictures(folder / item.masks.folder)}
            bare = [path.name for path in pictures(place) if path.stem not in known] if place.is_dir() else []
            if bare:
                problems.add(
                    (*loc, "masks", "folder"),
                    "photographs without a mask",
                    found=listed(bare, 3),
                    allowed="a picture of the same name for each, all black where there is nothing to keep out",
                    at_value=True,
                )


def _check_guesses(place: Path, labels: Path, loc: tuple[str | int, ...], problems: Problems) -> None:
    if not labels.is_dir():
        problems.add(loc, "no such folder", found=labels.name, allowed="a folder of YOLO label files", at_value=True)
    if not place.is_dir() or not labels.is_dir():
        return
    files = sorted(labels.glob("*.txt"))
    if not {path.stem for path in files} & {path.stem for path in pictures(place)}:
        problems.add(
            loc,
            "no label file with the name of a photograph",
            found=listed((path.name for path in files), 3) or "no .txt file",
            allowed="YOLO labels named as the photographs, such as a.txt for a.jpg (`seedbed label` writes them)",
            at_value=True,
        )
    for path in files:
        try:
            guessed(path)
        except (ValueError, UnicodeDecodeError) as error:
            problems.add(loc, f"not YOLO labels: {path.name}: {error}", allowed="class x y width height, as shares")


def guessed(path: Path) -> tuple[Region, ...]:
    """Boxes of a YOLO label file as left, top, right, bottom, shares of the picture; none where there is no file.

    Raises:
        ValueError: a line is not a class, four numbers from 0 to 1 and perhaps a confidence.
    """
    regions: list[Region] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.is_file() else (), 1):
        words = line.split()
        if not words:
            continue
        values = [float(word) for word in words]
        if len(values) not in (5, 6) or not all(0 <= value <= 1 for value in values[1:]):
            raise ValueError(f"line {number}: {line.strip()[:60]}")
        _, x, y, w, h = values[:5]
        regions.append((x - w / 2, y - h / 2, x + w / 2, y + h / 2))
    return tuple(regions)


def _check_hdri(item: Hdri, loc: tuple[str | int, ...], folder: Path, problems: Problems) -> None:
    paths = item.paths(folder)
    allowed = "an equirectangular .hdr or .exr file, or a folder of them"
    if not paths:
        there = (folder / item.hdri).exists()
        message = "no .hdr or .exr files in the folder" if there else "no such file or folder"
        problems.add((*loc, "hdri"), message, found=item.hdri, allowed=allowed, at_value=True)
    for path in paths:
        with path.open("rb") as file:
            start = file.read(10)
        if start.startswith(OPENEXR) and importlib.util.find_spec("OpenEXR") is None:
            words = "an .exr needs the package OpenEXR"
            problems.add((*loc, "hdri"), words, found=path.name, allowed="pip install 'seedbed[scenes]'", at_value=True)
        elif not start.startswith((b"#?RADIANCE", b"#?RGBE", OPENEXR)):
            words = "neither a Radiance nor an OpenEXR picture"
            problems.add((*loc, "hdri"), words, found=path.name, allowed=allowed, at_value=True)


def backdrop_remarks(backdrops: tuple[Any, ...], move: str) -> Iterator[str]:
    """Folders of photographs of which nobody has said how real objects are kept out, or that a camera leaves behind.

    Args:
        backdrops: of the scene.
        move: what the camera does in a sequence; `still` outside of one.
    """
    for index, item in enumerate(backdrops):
        if isinstance(item, Photographs) and move != "still":
            yield (
                f"world.backdrop.{index}: a photograph stays where it is in the picture while the camera moves "
                f"(`sequence.camera: {{move: {move}}}`); a place photographed all around, `{{hdri: file}}`, moves as "
                "it should"
            )
        if isinstance(item, Photographs) and not item.assured:
            yield (
                f"WARNING world.backdrop.{index}: if a picture in {item.folder} shows one of the objects, it counts as "
                "background, and that ruins training (.954 fell to .596 in a test). Say `empty: true` if you know that "
                "none does, or keep them out: `keep_out: [[left, top, right, bottom]]`, `masks: {folder: ...}`, or, "
                "where a detector found them, `guesses: ...`"
            )
