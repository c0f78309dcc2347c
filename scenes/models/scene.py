"""The scene file: what a person may write, and every check of it.

Ranges are `[low, high]`: a value is drawn between them for each object, world or frame. Lengths are metres, angles
degrees, hues degrees on the colour circle (0 red, 60 yellow, 120 green, 240 blue).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Document, File, Model, Problems, load

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


def _rising(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise PydanticCustomError(
            "range", "the range runs backwards", {"allowed": f"low before high, such as [{pair[1]}, {pair[0]}]"}
        )
    return pair


def _some(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if not items:
        raise PydanticCustomError("some", "the list is empty", {"allowed": "at least one item"})
    return items


Fraction = Annotated[float, Field(ge=0, le=1)]
_Length = Annotated[float, Field(gt=0, le=20)]
_Count = Annotated[int, Field(ge=0, le=60)]
_Hue = Annotated[float, Field(ge=0, le=720)]
_Fov = Annotated[float, Field(ge=5, le=120)]
_Rise = Annotated[float, Field(ge=0, le=90)]
_Roll = Annotated[float, Field(ge=-180, le=180)]
_Ratio = Annotated[float, Field(ge=0.2, le=5)]
_Kelvin = Annotated[float, Field(ge=1500, le=20000)]
_Strength = Annotated[float, Field(ge=0, le=10)]
_Pixels = Annotated[float, Field(ge=0, le=64)]
_Stops = Annotated[float, Field(ge=-4, le=4)]
_Quality = Annotated[int, Field(ge=5, le=100)]
_Size = Annotated[int, Field(ge=32, le=4096)]

Lengths = Annotated[tuple[_Length, _Length], AfterValidator(_rising)]
Counts = Annotated[tuple[_Count, _Count], AfterValidator(_rising)]
Hues = Annotated[tuple[_Hue, _Hue], AfterValidator(_rising)]
Fractions = Annotated[tuple[Fraction, Fraction], AfterValidator(_rising)]
Fovs = Annotated[tuple[_Fov, _Fov], AfterValidator(_rising)]
Rises = Annotated[tuple[_Rise, _Rise], AfterValidator(_rising)]
Rolls = Annotated[tuple[_Roll, _Roll], AfterValidator(_rising)]
Ratios = Annotated[tuple[_Ratio, _Ratio], AfterValidator(_rising)]
Kelvins = Annotated[tuple[_Kelvin, _Kelvin], AfterValidator(_rising)]
Strengths = Annotated[tuple[_Strength, _Strength], AfterValidator(_rising)]
PixelRange = Annotated[tuple[_Pixels, _Pixels], AfterValidator(_rising)]
Stops = Annotated[tuple[_Stops, _Stops], AfterValidator(_rising)]
Qualities = Annotated[tuple[_Quality, _Quality], AfterValidator(_rising)]
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w][\w .-]*$")]


class Folder(Model):
    """A folder of pictures, relative to the scene file."""

    folder: str = Field(min_length=1)
    """Path of the folder. Never pictures that may hold the objects to find: they would count as background."""


class Image(Model):
    """The files written."""

    size: tuple[_Size, _Size] = (640, 640)
    """Width and height in pixels."""
    format: Literal["jpg", "png"] = "jpg"
    quality: _Quality = 92
    """JPEG quality of the file."""


class Orbit(Model):
    """Where the camera stands, seen from what it looks at."""

    distance: Lengths = (1.0, 4.0)
    """Metres; near and far are drawn equally often per doubling."""
    elevation: Rises = (10, 60)
    """Degrees above the horizon."""
    roll: Rolls = (0, 0)
    """Degrees around the viewing direction."""


class CameraModel(Model):
    """The camera."""

    fov: Fovs = (50, 70)
    """Vertical field of view in degrees."""
    stretch: Ratios = (1, 1)
    """Shown width over true width: 0.75 for 4:3 video that was squeezed into a square."""
    orbit: Orbit = Orbit()
    views: int = Field(default=4, ge=1, le=64)
    """Frames per settled world. Each has its own camera, light and surfaces; the arrangement is the world's."""


def _named_or_folder(value: Any) -> str:
    """One problem per wrong item, not one per way it could have been meant."""
    return "named" if isinstance(value, str) else "pictures"


_Pictures = Annotated[Folder, Tag("pictures")]
GroundMaterial = Literal["tiles", "concrete", "noise", "wood", "asphalt", "plain", "carpet", "gym"]
GroundItem = Annotated[Annotated[GroundMaterial, Tag("named")] | _Pictures, Discriminator(_named_or_folder)]
BackdropItem = Annotated[Annotated[Literal["procedural"], Tag("named")] | _Pictures, Discriminator(_named_or_folder)]


class Ground(Model):
    """The floor."""

    material: Annotated[tuple[GroundItem, ...], AfterValidator(_some)] = (
        *("tiles", "concrete", "noise", "wood"),
        *("asphalt", "plain", "carpet", "gym"),
    )
    """One is drawn per frame; list one twice to draw it twice as often."""


class WorldModel(Model):
    """The place and how things lie in it."""

    layout: Literal["scatter"] = "scatter"
    """scatter: dropped from above and left to settle."""
    size: float = Field(default=4, ge=0.5, le=30)
    """Side of the square things are dropped into, metres."""
    clusters: Fraction = 0.35
    """Chance that a world's objects are dropped close together instead of apart."""
    empty: Fraction = 0.06
    """Chance that a world has distractors only: frames without any label."""
    ground: Ground = Ground()
    backdrop: Annotated[tuple[BackdropItem, ...], AfterValidator(_some)] = ("procedural",)
    """What stands behind: drawn walls and patterns, or folders of pictures without the objects."""


class Color(Model):
    """Range of a surface colour."""

    hue: Hues = (0, 360)
    """Degrees; above 360 wraps, so reds are [350, 370]."""
    saturation: Fractions = (0.6, 1)
    value: Fractions = (0.4, 1)
    """Lightness of the colour: 0 black, 1 full."""


class _Thing(Model):
    class_name: Name | None = Field(default=None, alias="class")
    """Label; left out, the thing is a distractor."""
    count: Counts = (1, 1)
    """How many per world, both ends possible."""
    color: Color | None = None
    """Left out: any colour."""
    roughness: Fractions = (0.25, 0.9)
    """0 mirror, 1 matt."""
    upright: Fraction = 0.5
    """Chance to be dropped standing; the others tumble."""
    marks: Fraction = 0
    """Chance of a printed mark, such as a logo."""


class Cone(_Thing):
    """A hollow traffic cone on a square base."""

    shape: Literal["cone"]
    height: Lengths
    base: Fractions = (0.6, 0.72)
    """Side of the base over the height."""


class Pillow(_Thing):
    """An inflated cube: bulging faces, pinched edges."""

    shape: Literal["pillow"]
    size: Lengths


class Box(_Thing):
    """A box; each side is drawn on its own."""

    shape: Literal["box"]
    size: Lengths


class Ball(_Thing):
    """A ball."""

    shape: Literal["ball"]
    size: Lengths
    """Diameter."""


ClutterForm = Literal[
    "box", "plank", "cylinder", "pole", "ring", "ball", "bottle", "capsule", "wedge", "rock", "bracket", "plant", "legs"
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


Thing = Annotated[Cone | Pillow | Box | Ball | Clutter, Field(discriminator="shape")]


class Sun(Model):
    """The main light: sun, lamp or window."""

    elevation: Rises = (20, 80)
    temperature: Kelvins = (3000, 7500)
    """Colour temperature in kelvin: low is orange, high is blue."""
    strength: Strengths = (0.5, 1.3)
    """1 exposes a white wall facing the light to white."""


class LightModel(Model):
    """Light."""

    sun: Sun = Sun()
    ambient: Strengths = (0.25, 0.7)
    """Light from all around, on the same scale as the sun's strength."""
    shadows: bool = True


class Sensor(Model):
    """What the camera's electronics do to the picture, after it is drawn. Left out: nothing."""

    motion_blur: PixelRange | None = None
    """Length of the smear in pixels of an image 640 high; short ones are drawn more often."""
    noise: Fractions | None = None
    """Standard deviation, 1 is white."""
    saturation: Ratios | None = None
    """Colours' distance from grey is multiplied by this: above 1 for the vivid pictures of phones and webcams."""
    exposure: Stops | None = None
    """Photographic stops: -1 halves the light."""
    jpeg: Qualities | None = None
    """Quality of the compression inside the camera."""


class Labels(Model):
    """What is labelled."""

    masks: bool = True
    """Write instance masks beside the boxes."""
    min_visible: Fraction = 0.1
    """Share of an object's silhouette that must be seen, the part outside the picture counted as unseen."""
    min_pixels: int = Field(default=24, ge=1)
    """Fewest visible pixels of a labelled object."""


class Splits(Model):
    """Shares of the worlds; all views of a world go to the same split."""

    train: Fraction = 0.8
    val: Fraction = 0.1
    test: Fraction = 0.1

    def shares(self) -> dict[str, float]:
        """Split name to share, in this order."""
        return {"train": self.train, "val": self.val, "test": self.test}


class Scene(File):
    """A scene: labelled frames as a function of this file, its seed and the frame's number."""

    kind: ClassVar[str] = "scene/1"
    seedbed: Literal["scene/1"]
    name: Name
    about: str = ""
    seed: int = 0
    image: Image = Image()
    camera: CameraModel = CameraModel()
    world: WorldModel = WorldModel()
    objects: Annotated[tuple[Thing, ...], AfterValidator(_some)]
    light: LightModel = LightModel()
    sensor: Sensor = Sensor()
    labels: Labels = Labels()
    splits: Splits = Splits()

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in order of first appearance: their place is the number in the label files."""
        names = (thing.class_name for thing in self.objects if not isinstance(thing, Clutter))
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def folders(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Folders of pictures the scene uses: place in the file, path as written."""
        for index, ground in enumerate(self.world.ground.material):
            if isinstance(ground, Folder):
                yield ("world", "ground", "material", index, "folder"), ground.folder
        for index, backdrop in enumerate(self.world.backdrop):
            if isinstance(backdrop, Folder):
                yield ("world", "backdrop", index, "folder"), backdrop.folder


def load_scene(path: Path | str) -> Document[Scene]:
    """Reads and checks a scene file.

    Raises:
        DocumentError: with every problem found.
    """
    document = load(path, Scene)
    check_scene(document)
    return document


def check_scene(document: Document[Scene]) -> None:
    """Checks what the types alone cannot.

    Raises:
        DocumentError: with every problem found.
    """
    scene, problems = document.value, document.problems()
    if not scene.classes:
        problems.add(("objects",), "nothing would be labelled", allowed="at least one object with a class")
    _check_splits(scene, problems)
    if all(most == 0 for most in (thing.count[1] for thing in scene.objects)):
        problems.add(("objects",), "every count is 0", allowed="at least one object that can appear")
    if sum(thing.count[1] for thing in scene.objects) > _MOST_BODIES:
        total = sum(thing.count[1] for thing in scene.objects)
        problems.add(("objects",), "too many things in one world", found=total, allowed=f"at most {_MOST_BODIES}")
    for index, thing in enumerate(scene.objects):
        length = thing.height[1] if isinstance(thing, Cone) else thing.size[1]
        if length > scene.world.size:
            where = ("objects", index, "height" if isinstance(thing, Cone) else "size")
            problems.add(where, "larger than the world", found=length, allowed=f"at most {scene.world.size}")
    for loc, folder in scene.folders():
        place = document.folder / folder
        if not place.is_dir():
            problems.add(loc, "no such folder", found=folder, allowed="a folder of pictures", at_value=True)
        elif not pictures(place):
            kinds = ", ".join(sorted(IMAGE_SUFFIXES))
            problems.add(loc, "the folder holds no pictures", found=folder, allowed=f"files {kinds}", at_value=True)
    problems.raise_if_any()


_MOST_BODIES = 120


def _check_splits(scene: Scene, problems: Problems) -> None:
    total = sum(scene.splits.shares().values())
    if abs(total - 1) > 1e-9:
        problems.add(("splits",), "the shares do not add up to 1", found=round(total, 6), allowed="1")
    elif scene.splits.train == 0:
        problems.add(("splits", "train"), "nothing to train on", found=0, allowed="more than 0")


def pictures(folder: Path) -> list[Path]:
    """Picture files of a folder, sorted by name, so that their order is the same on every machine."""
    return sorted(entry for entry in folder.iterdir() if entry.suffix.lower() in IMAGE_SUFFIXES and entry.is_file())


def scene_schema() -> dict[str, Any]:
    """JSON Schema of a scene file, for editors."""
    return Scene.model_json_schema(by_alias=True)


def packs() -> dict[str, Path]:
    """Scenes that come with Seedbed: name to file."""
    folder = Path(__file__).parent.parent / "packs"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
