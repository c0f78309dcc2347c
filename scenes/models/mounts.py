"""Cameras that do not circle the things: fixed, on a path, on a vehicle."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.scenes.models.ranges import Lengths, Rolls, rising

_Place = Annotated[float, Field(ge=-200, le=200)]
_High = Annotated[float, Field(gt=0, le=200)]
_Eye = tuple[_Place, _Place, _High]
_Pitch = Annotated[float, Field(ge=-90, le=90)]


class Mount(Model):
    """A camera fixed to a wall, a pole or a frame."""

    position: _Eye
    """Where it hangs, metres: x, y, and z above the ground. The middle of the world is [0, 0, 0]."""
    look_at: tuple[_Place, _Place, _Place] = (0, 0, 0)
    """What is in the middle of its picture, metres."""
    roll: Rolls = (0, 0)
    """Degrees around the viewing direction."""
    jitter: Annotated[float, Field(ge=0, le=2)] = 0.0
    """How far it and what it looks at may be off, metres (standard deviation): nobody mounts it twice the same."""


def _far_apart(mount: Mount) -> Mount:
    if max(abs(a - b) for a, b in zip(mount.position, mount.look_at, strict=True)) < 0.01:
        raise PydanticCustomError("look", "the camera looks at its own place", {"allowed": "another place in look_at"})
    return mount


def _listed(value: Any) -> Any:
    return {"points": value} if isinstance(value, list | tuple) else value


class Path(Model):
    """A camera carried along a path, looking ahead along it. Every frame is at a place of its own on it."""

    points: tuple[_Eye, ...] = Field(min_length=2)
    """Its corners [x, y, z], metres; straight lines between."""
    ahead: Annotated[float, Field(gt=0, le=100)] = 1.5
    """How far ahead on the path it looks, metres; at the end straight on."""
    pitch: Annotated[tuple[_Pitch, _Pitch], AfterValidator(rising)] = (-15, 0)
    """Degrees that it looks up; below 0 is down."""
    roll: Rolls = (0, 0)
    """Degrees around the viewing direction."""
    jitter: Annotated[float, Field(ge=0, le=2)] = 0.02
    """How far off the path it may be, metres (standard deviation)."""


def _moves(path: Path) -> Path:
    for index, (one, other) in enumerate(zip(path.points, path.points[1:], strict=False)):
        if max(abs(a - b) for a, b in zip(one, other, strict=True)) < 1e-6:
            raise PydanticCustomError(
                "path", "two points of the path are one", {"allowed": f"another place than point {index} for the next"}
            )
    return path


class Vehicle(Model):
    """A camera on a robot or vehicle that stands anywhere in the world, turned any way."""

    height: Lengths = (0.3, 1.0)
    """Metres above the ground."""
    pitch: Annotated[tuple[_Pitch, _Pitch], AfterValidator(rising)] = (-20, 0)
    """Degrees that it looks up; below 0 is down."""
    roll: Rolls = (-2, 2)
    """Degrees around the viewing direction."""


MountModel = Annotated[Mount, AfterValidator(_far_apart)]
PathModel = Annotated[Path, BeforeValidator(_listed), AfterValidator(_moves)]
