"""The camera: its lens and where it stands."""

from __future__ import annotations

from pydantic import Field

from seedbed.core.documents import Model
from seedbed.scenes.models.ranges import Fovs, Lengths, Ratios, Rises, Rolls


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
