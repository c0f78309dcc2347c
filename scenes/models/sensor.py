"""What the camera's electronics do to a picture."""

from __future__ import annotations

from seedbed.core.documents import Model
from seedbed.scenes.models.ranges import Fractions, PixelRange, Qualities, Ratios, Stops


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
