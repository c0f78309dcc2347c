"""What the camera's optics and electronics do to a picture."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from seedbed.core.documents import Model
from seedbed.scenes.models.folders import Folder
from seedbed.scenes.models.ranges import (
    Fraction,
    Fractions,
    Kelvins,
    Lengths,
    PixelRange,
    Qualities,
    Ratios,
    Stops,
    rising,
)

_Beta = Annotated[float, Field(ge=0, le=0.02)]
_Factor = Annotated[float, Field(ge=1, le=8)]


class Match(Folder):
    """Makes frames look like pictures of the real camera: unlabelled ones will do, also such as show the objects."""

    method: Literal["fourier", "histogram", "pixel"] = "fourier"
    """fourier: light and large patches of colour (FDA, Yang and Soatto 2020); histogram: how often each brightness
    occurs; pixel: mean and spread of red, green and blue."""
    chance: Fraction = 0.5
    """Share of the frames."""
    beta: Annotated[tuple[_Beta, _Beta], AfterValidator(rising)] = (0.001, 0.004)
    """For fourier: share of the frequencies that are taken over; above .02 blotches appear."""
    blend: Fractions = (0.4, 1)
    """For histogram and pixel: 1 is the real picture's colours entirely."""


class Sensor(Model):
    """What the camera does to the picture, after it is drawn. Left out: nothing."""

    defocus: PixelRange | None = None
    """Radius of the disc that a point out of focus becomes, in pixels of an image 640 high; small ones are drawn more
    often."""
    focus: Lengths | None = None
    """Distance that is sharp, metres: `defocus` is then how blurred the far distance is. Left out: all is equally."""
    motion_blur: PixelRange | None = None
    """Mean length of the smear while the camera turns and moves, in pixels of an image 640 high; short ones are drawn
    more often."""
    vignette: Fractions | None = None
    """Share of the light lost in the corners."""
    downscale: Annotated[tuple[_Factor, _Factor], AfterValidator(rising)] | None = None
    """The sensor has so many times fewer pixels each way than the image, which is enlarged again."""
    noise: Fractions | None = None
    """Standard deviation, 1 is white."""
    row_noise: Fractions | None = None
    """Standard deviation of whole rows, half of it as bands that roll through the picture under flickering lamps."""
    white_balance: Kelvins | None = None
    """Kelvin that the camera takes for white in light of 6500: lower makes the picture bluer, higher more orange."""
    saturation: Ratios | None = None
    """Colours' distance from grey is multiplied by this: above 1 for the vivid pictures of phones and webcams."""
    exposure: Stops | None = None
    """Photographic stops: -1 halves the light."""
    match: Match | None = None
    """Unlabelled pictures of the real camera whose look is taken over."""
    jpeg: Qualities | None = None
    """Quality of the compression inside the camera."""
