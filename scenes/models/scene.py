"""The scene file: what a person may write, and every check of it.

Ranges are `[low, high]`: a value is drawn between them for each object, world or frame. Lengths are metres, angles
degrees, hues degrees on the colour circle (0 red, 60 yellow, 120 green, 240 blue).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator

from seedbed.core.documents import Document, File, Problems, load
from seedbed.core.words import listed, nearest
from seedbed.scenes.models.arrangement import ArrangementModel
from seedbed.scenes.models.backdrops import Photographs, backdrop_remarks, check_backdrops
from seedbed.scenes.models.camera import CameraModel, check_camera
from seedbed.scenes.models.folders import check_folder, folders_in
from seedbed.scenes.models.light import LightModel
from seedbed.scenes.models.meshes import MeshThing, check_mesh, mesh_remarks
from seedbed.scenes.models.objects import Object
from seedbed.scenes.models.output import Image, Labels, Renderers, Splits
from seedbed.scenes.models.ranges import Name, some
from seedbed.scenes.models.sensor import Sensor
from seedbed.scenes.models.sequence import SequenceModel, check_sequence
from seedbed.scenes.models.solids import Clutter, Lookalike
from seedbed.scenes.models.weather import WeatherModel
from seedbed.scenes.models.world import WorldModel


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
    arrangement: ArrangementModel = ArrangementModel()
    objects: Annotated[tuple[Object, ...], AfterValidator(some)]
    light: LightModel = LightModel()
    weather: WeatherModel = WeatherModel()
    sensor: Sensor = Sensor()
    sequence: SequenceModel | None = None
    labels: Labels = Labels()
    splits: Splits = Splits()
    renderer: Renderers | None = None
    """Several renderers share the worlds, such as `{gl: 0.9, cycles: 0.1}`: two looks of the same things. Without it,
    and where the command names one, a single renderer draws all."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in order of first appearance: their place is the number in the label files."""
        return tuple(dict.fromkeys(name for thing in self.objects for name in thing.class_names))

    @property
    def views(self) -> int:
        """Frames of each world."""
        return self.camera.views if self.sequence is None else self.sequence.frames

    def folders(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Folders of pictures the scene uses: place in the file, path as written."""
        return folders_in(self)


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
    _check_arrangement(scene, problems)
    _check_renderers(scene, problems)
    check_camera(scene.camera, scene.image.size, problems)
    check_sequence(scene, problems)
    if all(most == 0 for most in (thing.count[1] for thing in scene.objects)):
        problems.add(("objects",), "every count is 0", allowed="at least one object that can appear")
    if sum(thing.count[1] for thing in scene.objects) > _MOST_BODIES:
        total = sum(thing.count[1] for thing in scene.objects)
        problems.add(("objects",), "too many things in one world", found=total, allowed=f"at most {_MOST_BODIES}")
    for index, thing in enumerate(scene.objects):
        if isinstance(thing, Lookalike):
            if thing.of not in scene.classes:
                close = nearest(thing.of, scene.classes)
                found = thing.of + (f"; did you mean {close!r}?" if close else "")
                problems.add(("objects", index, "of"), "no such class", found=found, allowed=listed(scene.classes))
            continue
        length, key = (thing.size[1], "size") if isinstance(thing, Clutter) else (thing.extent, thing.longest)
        if length > scene.world.size and scene.world.layout != "street":
            where = ("objects", index, key)
            problems.add(where, "larger than the world", found=length, allowed=f"at most {scene.world.size}")
        thing.check(problems, ("objects", index), document.folder)
    for index, thing in enumerate(scene.objects):
        if isinstance(thing, MeshThing):
            check_mesh(index, thing, document.folder, scene.world.size, problems)
    for loc, folder in scene.folders():
        check_folder(problems, loc, document.folder / folder, folder)
    check_backdrops(scene.world.backdrop, document.folder, problems)
    problems.raise_if_any()


def remarks(document: Document[Scene]) -> Iterator[str]:
    """What a person should know of a scene without problems, a sentence each."""
    sequence = document.value.sequence
    yield from backdrop_remarks(document.value.world.backdrop, "still" if sequence is None else sequence.camera.move)
    for index, thing in enumerate(document.value.objects):
        if isinstance(thing, MeshThing):
            yield from (f"objects.{index}: {line}" for line in mesh_remarks(thing, document.folder))


_MOST_BODIES = 120


def _check_arrangement(scene: Scene, problems: Problems) -> None:
    rules = scene.arrangement
    total = rules.stacked + rules.overlapping + rules.touching
    if total > 1 + 1e-9:
        problems.add(("arrangement",), "the chances add up to more than 1", found=round(total, 6), allowed="at most 1")
    layout, place = scene.world.layout, scene.world
    if layout in ("shelf", "street"):
        words = f"a {layout} settles by itself from which side things are seen"
        if "azimuth" in scene.camera.orbit.model_fields_set:
            problems.add(("camera", "orbit", "azimuth"), words, allowed="with the layouts scatter, tray and grid")
        for index, thing in enumerate(scene.objects):
            if getattr(thing, "yaw", None) is not None:
                problems.add(("objects", index, "yaw"), words, allowed="with the layouts scatter, tray and grid")
    for index, item in enumerate(scene.world.backdrop):
        if layout == "street" and isinstance(item, Photographs):
            allowed = "`{hdri: file}`, or no backdrop for a drawn sky"
            problems.add(("world", "backdrop", index), "no photograph stands over a street", allowed=allowed)
    rooms = {"tray": ("tray", place.tray.size[1]), "shelf": ("shelf", max(place.shelf.clear[1], place.shelf.width[1]))}
    for index, thing in enumerate(scene.objects):
        if layout not in rooms or isinstance(thing, Clutter | Lookalike):
            continue
        name, most = rooms[layout]
        first = getattr(thing, thing.longest)[0]
        least = float(first) if isinstance(first, int | float) else thing.extent  # a car's kinds have their sizes
        if least > most:
            where = ("objects", index, thing.longest)
            problems.add(where, f"fits no {name} of this scene", found=least, allowed=f"at most {most:g} metres")


def _check_splits(scene: Scene, problems: Problems) -> None:
    total = sum(scene.splits.shares().values())
    if abs(total - 1) > 1e-9:
        problems.add(("splits",), "the shares do not add up to 1", found=round(total, 6), allowed="1")
    elif scene.splits.train == 0:
        problems.add(("splits", "train"), "nothing to train on", found=0, allowed="more than 0")


def _check_renderers(scene: Scene, problems: Problems) -> None:
    if scene.renderer is None:
        return
    total = sum(scene.renderer.shares().values())
    if abs(total - 1) > 1e-9:
        problems.add(("renderer",), "the shares do not add up to 1", found=round(total, 6), allowed="1")


def scene_schema() -> dict[str, Any]:
    """JSON Schema of a scene file, for editors."""
    return Scene.model_json_schema(by_alias=True)


def packs() -> dict[str, Path]:
    """Scenes that come with Seedbed: name to file."""
    folder = Path(__file__).parent.parent / "packs"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
