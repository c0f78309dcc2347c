"""Sequences: frames of one world one after another, of things that move.

sequence:
  frames: 90
  fps: 15
  actors:
    - {of: car, on: lanes, speed: [6, 14]}
    - {of: person, on: sidewalks, speed: [0.8, 1.7]}
  camera: {move: vehicle, speed: [5, 10]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field

from seedbed.core.documents import Model, Problems
from seedbed.core.words import listed
from seedbed.scenes.models.ranges import Fractions, Lengths, Name, rising

if TYPE_CHECKING:
    from seedbed.scenes.models.scene import Scene

_Speed = Annotated[float, Field(gt=0, le=40)]
_Speeds = Annotated[tuple[_Speed, _Speed], AfterValidator(rising)]
_Turn = Annotated[float, Field(ge=-180, le=180)]
_Turns = Annotated[tuple[_Turn, _Turn], AfterValidator(rising)]
_LONGEST = 5.0
"""Metres of a lane that the longest car stands on."""


class Actor(Model):
    """Things of a class that move, each at a constant speed."""

    of: Name
    """Class of the things."""
    on: Literal["lanes", "sidewalks", "belt"]
    """lanes: of a street, the way its traffic goes. sidewalks: of a street, either way. belt: straight through the
    world, along x, all at the same speed."""
    speed: _Speeds
    """Metres per second. The fuller a lane or sidewalk is, the slower its things are within this range: none runs
    through another."""


class Still(Model):
    """A camera that stands still."""

    move: Literal["still"] = "still"
    """The camera stands still."""


class Drive(Model):
    """A camera in a car."""

    move: Literal["vehicle"]
    """It drives along a lane of a street."""
    speed: _Speeds = (6, 12)
    """Metres per second."""


class Pan(Model):
    """A camera that turns where it stands."""

    move: Literal["pan"]
    """It turns around the vertical where it stands."""
    turn: _Turns = (-12, 12)
    """Degrees per second, positive to the left."""


class Walk(Model):
    """A camera that is carried."""

    move: Literal["path"]
    """It is carried along `camera.path`; without one straight along a street, and elsewhere around what it looks at."""
    speed: _Speeds = (0.2, 0.8)
    """Metres per second."""


class SequenceModel(Model):
    """Each world is a sequence: its frames follow one another at a constant rate.

    Surfaces, light and weather are the world's, and every thing keeps its number. Frames of a sequence lie in one
    split.
    """

    frames: int = Field(default=90, ge=1, le=1000)
    """Of each sequence."""
    fps: float = Field(default=15, ge=1, le=240)
    """Frames per second."""
    actors: tuple[Actor, ...] = ()
    """What moves; the other things stand still. On lanes, cars move that do not park (`world.street.parked`); on
    sidewalks, people that walk (`walking`)."""
    start: Literal["settled", "dropping"] = "settled"
    """dropping: the first frame sees the things in the air, and the sequence how they fall and settle."""
    height: Lengths = (0.2, 0.8)
    """For `start: dropping`: how far above the ground the lowest thing starts, metres."""
    shutter: Fractions = (0.05, 0.4)
    """Share of the time between two frames that the shutter is open: what moves meanwhile is blurred."""
    camera: Annotated[Still | Drive | Pan | Walk, Discriminator("move")] = Still()
    """How the camera moves."""

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return (self.frames - 1) / self.fps

    def actor(self, name: str | None) -> Actor | None:
        """What the things of a class do, or None if they do not move."""
        return next((actor for actor in self.actors if actor.of == name), None)

    def on(self, place: str) -> tuple[Actor, ...]:
        """Those who move on a kind of way."""
        return tuple(actor for actor in self.actors if actor.on == place)


def check_sequence(scene: Scene, problems: Problems) -> None:
    """Adds what is wrong with a scene's sequence.

    Args:
        scene: the scene.
        problems: what is found is added here.
    """
    sequence = scene.sequence
    if sequence is None:
        return
    street, layout = scene.world.street, scene.world.layout
    if "views" in scene.camera.model_fields_set:
        problems.add(("camera", "views"), "sequence.frames says how many frames a world has", allowed="one of the two")
    if scene.sensor.motion_blur is not None:
        where = ("sensor", "motion_blur")
        problems.add(where, "in a sequence what moves is blurred, as it moves", allowed="sequence.shutter")
    seen: set[str] = set()
    for index, actor in enumerate(sequence.actors):
        loc = ("sequence", "actors", index)
        if actor.of not in scene.classes:
            problems.add(
                (*loc, "of"), "no such class", found=actor.of, allowed=listed(scene.classes), near=scene.classes
            )
        elif actor.of in seen:
            problems.add((*loc, "of"), "the class moves already", found=actor.of, allowed="each class once")
        seen.add(actor.of)
        _check_place(scene, actor, loc, problems)
        if actor.on == "belt" and actor.speed != sequence.on("belt")[0].speed:
            other = sequence.on("belt")[0].speed
            problems.add((*loc, "speed"), "one belt has one speed", found=list(actor.speed), allowed=f"{list(other)}")
    if isinstance(sequence.camera, Drive):
        if layout != "street":
            problems.add(("sequence", "camera", "move"), "only a street has lanes", allowed="world.layout: street")
        else:
            _check_length(sequence, sequence.camera.speed, street.length[0], ("sequence", "camera", "speed"), problems)
    if sequence.start == "dropping" and (layout not in ("scatter", "tray") or sequence.on("belt")):
        found = "a belt" if sequence.on("belt") else layout
        problems.add(("sequence", "start"), "nothing falls there", found=found, allowed="layout scatter or tray")


def _check_place(scene: Scene, actor: Actor, loc: tuple[str | int, ...], problems: Problems) -> None:
    needed = "scatter" if actor.on == "belt" else "street"
    if scene.world.layout != needed:
        found = f"world.layout: {scene.world.layout}"
        problems.add((*loc, "on"), f"there are no {actor.on} here", found=found, allowed=f"world.layout: {needed}")
    elif actor.on != "belt" and scene.sequence is not None:
        _check_length(scene.sequence, actor.speed, scene.world.street.length[0], (*loc, "speed"), problems)


def _check_length(
    sequence: SequenceModel,
    speed: tuple[float, float],
    length: float,
    loc: tuple[str | int, ...],
    problems: Problems,
) -> None:
    way = speed[0] * sequence.seconds
    if way > length - _LONGEST:
        problems.add(
            loc,
            "the street is too short: even the slowest would leave it",
            found=f"{speed[0]:g} m/s for {sequence.seconds:.1f} s, {way:.0f} m",
            allowed=f"at most {length - _LONGEST:.0f} m: fewer frames, a lower speed, or a longer world.street.length",
        )
