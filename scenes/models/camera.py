"""The camera: its lens and where it stands."""

from __future__ import annotations

from itertools import product
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from seedbed.core.documents import Model, Problems
from seedbed.scenes.models.mounts import MountModel, PathModel, Vehicle
from seedbed.scenes.models.ranges import Fovs, Fraction, Lengths, Ratios, Rises, Rolls, Turns, rising
from seedbed.scenes.optics import Lens, bent, turning
from seedbed.scenes.view import Camera

_Pixels = Annotated[float, Field(ge=4, le=4096)]
Sizes = Annotated[tuple[_Pixels, _Pixels], AfterValidator(rising)]
_Coefficient = Annotated[float, Field(ge=-5, le=5)]
_Coefficients = Annotated[tuple[_Coefficient, _Coefficient], AfterValidator(rising)]


def _pair(value: Any) -> Any:
    """A single number is a range of no width."""
    return (value, value) if isinstance(value, int | float) and not isinstance(value, bool) else value


_Each = Annotated[_Coefficients, BeforeValidator(_pair)]


def _one_or_five(value: Any) -> str:
    return "five" if isinstance(value, list | tuple) and len(value) not in (1, 2) else "radial"


Distortion = Annotated[
    Annotated[_Coefficients, Tag("radial")] | Annotated[tuple[_Each, _Each, _Each, _Each, _Each], Tag("five")],
    Discriminator(_one_or_five),
]


class Intrinsics(Model):
    """A calibrated camera, as OpenCV's `calibrateCamera` gives it: pixels, the first one's centre at 0."""

    fx: float = Field(gt=0, le=1e5)
    """Focal length across, pixels."""
    fy: float = Field(gt=0, le=1e5)
    """Focal length down, pixels."""
    cx: float = Field(ge=-1e4, le=2e4)
    """Where the optical axis meets the picture, pixels from the left."""
    cy: float = Field(ge=-1e4, le=2e4)
    """The same, from the top."""
    size: tuple[Annotated[int, Field(ge=16, le=20000)], Annotated[int, Field(ge=16, le=20000)]] | None = None
    """Width and height of the pictures it was calibrated with. Left out: those of `image`."""


class Orbit(Model):
    """Where the camera stands, seen from what it looks at."""

    distance: Lengths = (1.0, 4.0)
    """Metres; near and far are drawn equally often per doubling."""
    pixels: Sizes | None = None
    """Instead of `distance`: how long the thing looked at is in the picture, pixels."""
    elevation: Rises = (10, 60)
    """Degrees above the horizon."""
    azimuth: Turns = (0, 360)
    """From where the camera looks, degrees around the vertical, anticlockwise from the x axis; across 0 as [-30, 30].
    With the objects' `yaw` this says from which side they are seen. Not for shelves and streets."""
    roll: Rolls = (0, 0)
    """Degrees around the viewing direction."""
    off_centre: Fraction = 0.8
    """How far off the middle the thing looked at may stand, 1 at the border of the picture. Less shows more
    of what is around it: where things are small or many, the same number of frames teaches more."""


class CameraModel(Model):
    """The camera."""

    fov: Fovs = (50, 70)
    """Vertical field of view in degrees, of the lens without its distortion."""
    stretch: Ratios = (1, 1)
    """Shown width over true width: 0.75 for 4:3 video that was squeezed into a square."""
    intrinsics: Intrinsics | None = None
    """A calibrated camera, in the place of `fov` and `stretch`."""
    distortion: Distortion = (0.0, 0.0)
    """What the lens bends (Brown-Conrady, as OpenCV): a range of k1, below 0 for barrel and above for pincushion; or
    five numbers or ranges k1, k2, p1, p2, k3."""
    orbit: Orbit = Orbit()
    """The camera circles the things; this is so where no other place is named."""
    mount: MountModel | None = None
    """The camera is fixed to a place."""
    path: PathModel | None = None
    """The camera is carried along a path: `[[x, y, z], ...]`, or with more about it."""
    vehicle: Vehicle | None = None
    """The camera is on a robot or vehicle. In a street that has cameras of its own, see `world.street.mounts`."""
    views: int = Field(default=2, ge=1, le=64)
    """Frames per settled world. Each has its own camera, light and surfaces; the arrangement is the world's. More
    worlds teach more than more views of one."""

    def coefficients(self) -> tuple[tuple[float, float], ...]:
        """Ranges of k1, k2, p1, p2, k3."""
        if len(self.distortion) == 2:
            return (self.distortion, (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
        return self.distortion

    def pinhole(self, size: tuple[int, int], fov: float, stretch: float) -> Camera:
        """The camera at the origin, without distortion.

        Args:
            size: of the image, pixels.
            fov: used without `intrinsics`, degrees.
            stretch: likewise.
        """
        width, height = size
        if self.intrinsics is None:
            return Camera(width, height, fov, np.eye(4), stretch=stretch)
        told, (wide, high) = self.intrinsics, self.intrinsics.size or size
        across, down = told.fx * width / wide, told.fy * height / high
        return Camera(
            width,
            height,
            float(np.degrees(2 * np.arctan(height / 2 / down))),
            np.eye(4),
            stretch=across / down,
            # OpenCV counts from the middle of the first pixel, a view from its edge.
            center=((told.cx + 0.5) / wide, (told.cy + 0.5) / high),
        )


_FOLD = 1.05


def check_camera(model: CameraModel, size: tuple[int, int], problems: Problems) -> None:
    """Adds what is wrong with a camera.

    Args:
        model: the camera.
        size: of the image, pixels.
        problems: what is found is added here.
    """
    if model.intrinsics is not None:
        for key in ("fov", "stretch"):
            if key in model.model_fields_set:
                problems.add(("camera", key), "intrinsics tell this already", allowed=f"{key} or intrinsics, not both")
    named = [key for key in ("orbit", "mount", "path", "vehicle") if key in model.model_fields_set]
    for key in named[1:]:
        problems.add(("camera", key), "the camera is in one place only", allowed=f"{named[0]} or {key}, not both")
    lenses: list[Lens] = list(product(*model.coefficients()))  # type: ignore[arg-type]
    widest = model.pinhole(size, model.fov[1], model.stretch[0])
    folds = [lens for lens in dict.fromkeys(lenses) if any(lens) and _folded(widest, lens)]
    if folds:
        shown = ", ".join(f"{value:g}" for value in folds[0])
        problems.add(
            ("camera", "distortion"),
            "the lens turns round inside the picture: its corners would show what lies inside them once more",
            found=f"k1, k2, p1, p2, k3 = {shown} at a vertical field of view of {widest.fov:.0f} degrees",
            allowed="coefficients nearer to 0, or a narrower field of view",
            at_value=True,
        )


def _folded(camera: Camera, lens: Lens) -> bool:
    """Whether the farthest corner lies clearly beyond the largest radius that the lens shows."""
    limit = turning(lens)
    if not np.isfinite(limit):
        return False
    width, height = camera.width, camera.height
    corners = camera.plane(np.array([[0, 0], [width, 0], [0, height], [width, height]], float))
    edge = bent(np.array([[limit, 0.0]]), (lens[0], lens[1], 0.0, 0.0, lens[4]))[0, 0]
    return bool(np.hypot(corners[:, 0], corners[:, 1]).max() > _FOLD * edge)
