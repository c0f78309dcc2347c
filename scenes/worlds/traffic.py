"""Traffic of a street: cars that drive along lanes and people who walk along sidewalks, each at a constant speed.

All go straight on, so what one sweeps over is its own boxes, made longer: what stands is met or not by one comparison.
Two that move are compared frame by frame, the one behind with the headway it keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seedbed.core.keys import generator
from seedbed.scenes.models.street import Person
from seedbed.scenes.shapes.meshes import Rng, Shape
from seedbed.scenes.shapes.street import gait
from seedbed.scenes.worlds.footprints import Footprint, Ground, meet
from seedbed.scenes.worlds.street_plan import Path, Street

Array = NDArray[np.float64]

PHASES = 12
"""Of the walking cycle: each is a mesh of its own."""
_TRIES = 40
_MARGIN = {"lane": 0.15, "sidewalk": 0.08}
# Headway: metres, and seconds at one's own speed.
_HEADWAY = {"lane": (2.0, 0.4), "sidewalk": (0.3, 0.0)}


@lru_cache(maxsize=96)
def walks(seed: int, index: int, thing: Person, number: int) -> tuple[Shape, ...]:
    """The phases of one of the people a scene has; none for one who stands.

    Args:
        seed: of the scene.
        index: of the object in the scene.
        thing: that object.
        number: of the person, as `street.variant` has it.
    """
    return gait(thing, PHASES, lambda: generator(seed, "street shape", index, number))


def stride(phases: Sequence[Shape]) -> float:
    """Metres of one walking cycle, two steps: the feet do not slide."""
    apart = [abs(shape.keypoints["left_ankle"][0] - shape.keypoints["right_ankle"][0]) for shape in phases]
    return 2 * max(apart)


@dataclass(frozen=True, eq=False)
class Course:
    """One that moves straight on.

    Attributes:
        boxes: as of `footprints.layers`.
        start: (3,) metres at the first frame, on the ground.
        turn: its heading around +z, radians.
        speed: metres per second.
        kind: of its way.
    """

    boxes: Array
    start: Array
    turn: float
    speed: float
    kind: Literal["lane", "sidewalk"]

    @property
    def way(self) -> Array:
        """Its direction, (3,) of length one."""
        return np.array([np.cos(self.turn), np.sin(self.turn), 0.0])

    def at(self, seconds: float) -> Array:
        """(3,) metres, on the ground."""
        return np.asarray(self.start + self.way * (self.speed * seconds))

    def swept(self, seconds: float) -> Footprint:
        """What it passes over in a time."""
        return self._print(0.0, self.speed * seconds)

    def ahead(self, seconds: float) -> Footprint:
        """Where it is at a time, with the headway it keeps."""
        length, time = _HEADWAY[self.kind]
        return self._print(seconds, length + time * self.speed)

    def here(self, seconds: float) -> Footprint:
        """Where it is at a time."""
        return self._print(seconds, 0.0)

    def _print(self, seconds: float, longer: float) -> Footprint:
        boxes = self.boxes + np.array([0, 0, 0, longer, 0, 0])
        x, y, z = self.at(seconds).tolist()
        return Footprint(boxes, x, y, z, self.turn)


@dataclass
class Traffic:
    """What moves in a street.

    Attributes:
        street: the street.
        ground: what stands.
        frames: of the sequence.
        fps: frames per second.
        rng: of the world's motion.
        courses: of those that move so far.
    """

    street: Street
    ground: Ground
    frames: int
    fps: float
    rng: Rng
    courses: list[Course] = field(default_factory=list)

    def __post_init__(self) -> None:
        works = self.street.works
        if works is not None:  # closed, whether or not anything stands there
            middle = works.side * (works.inner + works.outer) / 2
            half = (works.outer - works.inner) / 2
            self.ground.add(Footprint(np.array([[works.low, -half, 0, works.high, half, 2]]), 0.0, middle, 0.0, 0.0))

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return (self.frames - 1) / self.fps

    def enter(
        self, boxes: Array, kind: Literal["lane", "sidewalk"], speeds: tuple[float, float], latest: float = 1.0
    ) -> Course | None:
        """Finds a way for one more, on which it meets nobody from the first frame to the last.

        Args:
            boxes: of the thing, as of `footprints.layers`; it faces +x.
            kind: of its way.
            speeds: lowest and highest, metres per second. The speed drawn is lowered as long as there is no room.
            latest: where it starts at the latest, as a share of the places where it can.

        Returns:
            Its course, or None where there is none.
        """
        paths = [path for path in self.street.paths() if path.kind == kind]
        low, wanted = speeds[0], float(self.rng.uniform(*speeds))
        for attempt in range(_TRIES):
            speed = low + (wanted - low) * (1 - attempt / (_TRIES - 1))
            course = self._proposed(boxes, paths[int(self.rng.integers(len(paths)))], kind, speed, low, latest)
            if course is not None and self._free(course):
                self.courses.append(course)
                return course
        return None

    def _proposed(
        self, boxes: Array, path: Path, kind: Literal["lane", "sidewalk"], speed: float, low: float, latest: float
    ) -> Course | None:
        """Somewhere on a path, such that it stays on it; slower where it would leave it."""
        points = path.points[::-1] if path.both and self.rng.uniform() < 0.5 else path.points
        along = points[-1] - points[0]
        length = float(np.hypot(along[0], along[1]))
        back, front = float(-boxes[:, 0].min()), float(boxes[:, 3].max())
        wide = float(max(boxes[:, 4].max(), -boxes[:, 1].min()))
        room = length - back - front
        at, aside = (float(value) for value in self.rng.uniform(0, 1, 2))
        if self.seconds > 0:
            speed = min(speed, room / self.seconds)
        if room < 0 or speed < low:
            return None
        start = back + at * latest * (room - speed * self.seconds)
        spare = max(0.0, path.width / 2 - wide - 0.1)
        spare = min(spare, 0.25) if kind == "lane" else spare
        unit = along / length
        across = np.array([-unit[1], unit[0], 0.0])
        place = points[0] + unit * start + across * (2 * aside - 1) * spare
        return Course(boxes, place, float(np.arctan2(unit[1], unit[0])), speed, kind)

    def _free(self, course: Course) -> bool:
        swept = course.swept(self.seconds).grown(_MARGIN[course.kind])
        return self.ground.free(swept) and not any(self._meets(course, other, swept) for other in self.courses)

    def _meets(self, one: Course, two: Course, swept: Footprint) -> bool:
        length, time = _HEADWAY[two.kind]
        reach = two.swept(self.seconds).grown(length + time * max(one.speed, two.speed))
        if not meet(swept, reach):
            return False
        times = [frame / self.fps for frame in range(self.frames)]
        return any(meet(one.ahead(t), two.here(t)) or meet(one.here(t), two.ahead(t)) for t in times)


def person_of(seed: int, index: int, thing: object, number: int | None) -> tuple[Shape, ...]:
    """The walking phases of a thing, if it is a person who walks."""
    return walks(seed, index, thing, number) if isinstance(thing, Person) and number is not None else ()
